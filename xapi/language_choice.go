package xapi

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// maxLanguages is how many languages of a header count.
const maxLanguages = 32

// AcceptLanguage gives the language tags of an Accept-Language header, best
// first; those of equal quality as they come. A quality of 0 takes a language
// out. What is no language range is skipped, and so is "*", which is what
// happens anyhow: see [FormatCanonical].
func AcceptLanguage(header string) []string {
	type choice struct {
		tag     string
		quality float64
	}
	var choices []choice
	for item := range strings.SplitSeq(header, ",") {
		tag, parameters, _ := strings.Cut(item, ";")
		tag = strings.TrimSpace(tag)
		if quality := qualityOf(parameters); quality > 0 && isLanguageRange(tag) && len(choices) < maxLanguages {
			choices = append(choices, choice{tag, quality})
		}
	}
	slices.SortStableFunc(choices, func(a, b choice) int { return cmp.Compare(b.quality, a.quality) })
	tags := make([]string, len(choices))
	for i, c := range choices {
		tags[i] = c.tag
	}
	return tags
}

// qualityOf reads "q=0.8": 1 when there is nothing, 0 when it is wrong.
func qualityOf(parameters string) float64 {
	for parameter := range strings.SplitSeq(parameters, ";") {
		name, value, _ := strings.Cut(parameter, "=")
		if !strings.EqualFold(strings.TrimSpace(name), "q") {
			continue
		}
		quality, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
		if err != nil || !(quality >= 0 && quality <= 1) {
			return 0
		}
		return quality
	}
	return 1
}

// isLanguageRange tells whether text is subtags of letters and digits.
func isLanguageRange(text string) bool {
	for subtag := range strings.SplitSeq(text, "-") {
		if subtag == "" || len(subtag) > 8 || strings.ContainsFunc(subtag, notAlphanumeric) {
			return false
		}
	}
	return true
}

func notAlphanumeric(r rune) bool {
	return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9')
}

// chooseLanguage gives the index of the tag that fits preferences best, -1 when
// there are no tags. For each preference in turn it looks for the tag itself,
// then for the first more specific one (en-US for en), then for the tag without
// its last subtags, as RFC 4647 looks up (de for de-AT). After all of them come
// tags of the same language (en-US for en-GB), and at last the first tag.
func chooseLanguage(tags, preferences []string) int {
	if len(tags) == 0 {
		return -1
	}
	for _, want := range preferences {
		if i := slices.IndexFunc(tags, equalTo(want)); i >= 0 {
			return i
		}
		if i := slices.IndexFunc(tags, moreSpecificThan(want)); i >= 0 {
			return i
		}
		for shorter := shorterTag(want); shorter != ""; shorter = shorterTag(shorter) {
			if i := slices.IndexFunc(tags, equalTo(shorter)); i >= 0 {
				return i
			}
		}
	}
	for _, want := range preferences {
		language, _, _ := strings.Cut(want, "-")
		if i := slices.IndexFunc(tags, moreSpecificThan(language)); i >= 0 {
			return i
		}
	}
	return 0
}

func equalTo(text string) func(tag string) bool {
	return func(tag string) bool { return strings.EqualFold(tag, text) }
}

// moreSpecificThan tells which tags begin with a whole tag and go on.
func moreSpecificThan(text string) func(tag string) bool {
	return func(tag string) bool {
		return len(tag) > len(text) && tag[len(text)] == '-' && strings.EqualFold(tag[:len(text)], text)
	}
}

// shorterTag drops the last subtag, and a single letter that would be left
// before it.
func shorterTag(tag string) string {
	end := strings.LastIndexByte(tag, '-')
	if end < 0 {
		return ""
	}
	if end >= 2 && tag[end-2] == '-' {
		end -= 2
	}
	return tag[:end]
}
