package xapi

import "strings"

// CheckLanguageTag tells what keeps text from being a well-formed RFC 5646
// language tag. Whether its parts are registered does not matter.
//
// Errors: *Problem without a path.
func CheckLanguageTag(text string) error { return check(text, clauseLanguageMap, languageTagFault) }

// irregular are the tags of RFC 3066 that the grammar of RFC 5646 lists because
// its rules do not cover them, in lower case.
const irregular = " en-gb-oed i-ami i-bnn i-default i-enochian i-hak i-klingon i-lux i-mingo i-navajo i-pwn" +
	" i-tao i-tay i-tsu sgn-be-fr sgn-be-nl sgn-ch-de "

// languageTagFault tells what keeps text from being a language tag.
func languageTagFault(text string) string {
	if isLanguageTag(text) {
		return ""
	}
	return "must be an RFC 5646 language tag, such as en or pt-BR"
}

// isLanguageTag tells whether text is well-formed: a language, then in this
// order script, region, variants, extensions and private use.
func isLanguageTag(text string) bool {
	if n := len(text); n == 2 || n == 5 && text[2] == '-' { // en and en-US, nearly always
		if isAlphas(text[:2]) && (n == 2 || isAlphas(text[3:])) {
			return true
		}
	}
	lower := lowerASCII(text)
	if lower != "" && !strings.Contains(lower, " ") && strings.Contains(irregular, " "+lower+" ") {
		return true
	}
	tags := strings.Split(lower, "-")
	if tags[0] != "x" {
		if tags = afterLanguage(tags); tags == nil {
			return false
		}
		tags = afterExtensions(afterVariants(afterRegion(afterScript(tags))))
	}
	return isPrivateUse(tags)
}

// afterLanguage drops the language and its up to three extensions; nil if
// there is no language.
func afterLanguage(tags []string) []string {
	language := tags[0]
	if len(language) < 2 || len(language) > 8 || !isAlphas(language) {
		return nil
	}
	tags = tags[1:]
	for n := 0; n < 3 && len(language) <= 3 && len(tags) > 0 && len(tags[0]) == 3 && isAlphas(tags[0]); n++ {
		tags = tags[1:]
	}
	return tags
}

func afterScript(tags []string) []string {
	if len(tags) > 0 && len(tags[0]) == 4 && isAlphas(tags[0]) {
		return tags[1:]
	}
	return tags
}

func afterRegion(tags []string) []string {
	if len(tags) > 0 && (len(tags[0]) == 2 && isAlphas(tags[0]) || len(tags[0]) == 3 && isDigits(tags[0])) {
		return tags[1:]
	}
	return tags
}

func afterVariants(tags []string) []string {
	for len(tags) > 0 {
		v := tags[0]
		if !isAlnums(v) || len(v) > 8 || len(v) < 4 || len(v) == 4 && !isDigit(v[0]) {
			break
		}
		tags = tags[1:]
	}
	return tags
}

// afterExtensions drops every letter or digit but x with the parts that follow
// it; what it cannot read it leaves.
func afterExtensions(tags []string) []string {
	for len(tags) > 1 && len(tags[0]) == 1 && tags[0] != "x" && isAlnums(tags[0]) {
		n := 1
		for n < len(tags) && len(tags[n]) >= 2 && len(tags[n]) <= 8 && isAlnums(tags[n]) {
			n++
		}
		if n == 1 {
			break
		}
		tags = tags[n:]
	}
	return tags
}

// isPrivateUse tells whether tags are empty, or x and what follows it.
func isPrivateUse(tags []string) bool {
	if len(tags) == 0 {
		return true
	}
	if tags[0] != "x" || len(tags) == 1 {
		return false
	}
	for _, tag := range tags[1:] {
		if len(tag) < 1 || len(tag) > 8 || !isAlnums(tag) {
			return false
		}
	}
	return true
}

func isAlphas(text string) bool {
	for i := range len(text) {
		if !isAlpha(text[i]) {
			return false
		}
	}
	return text != ""
}

func isAlnums(text string) bool {
	for i := range len(text) {
		if !isAlnum(text[i]) {
			return false
		}
	}
	return text != ""
}
