package scorm

import (
	"math"
	"strconv"
	"strings"

	"github.com/liftmark/liftmark/xapi"
)

func truth(b bool) *bool { return &b }

// number reads a decimal number, nil for anything else.
func number(text string) *float64 {
	f, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
		return nil
	}
	return &f
}

// timespan turns SCORM 1.2's HHHH:MM:SS.SS into an ISO 8601 duration, "" for
// none and for what is no timespan.
func timespan(text string) string {
	parts := strings.Split(text, ":")
	if len(parts) != 3 || strings.ContainsAny(text, "+-eExX_ ") {
		return ""
	}
	hours, errHours := strconv.ParseUint(parts[0], 10, 32)
	minutes, errMinutes := strconv.ParseUint(parts[1], 10, 32)
	seconds, err := strconv.ParseFloat(parts[2], 64)
	if errHours != nil || errMinutes != nil || err != nil || math.IsInf(seconds, 0) || math.IsNaN(seconds) {
		return ""
	}
	return isoDuration("PT" + part(float64(hours), "H") + part(float64(minutes), "M") + part(seconds, "S"))
}

// part gives a part of a duration, "" for zero.
func part(n float64, unit string) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatFloat(n, 'f', -1, 64) + unit
}

// isoDuration gives a duration as it is, "" for none, for one of no length and
// for what is no duration.
func isoDuration(text string) string {
	d, err := xapi.ParseDuration(text)
	if err != nil || d.Approximate() == 0 {
		return ""
	}
	return text
}

// separators are what xAPI puts between the parts of a response.
var separators = []string{"[,]", "[.]", "[:]"}

// responseOld turns a response of SCORM 1.2 into one of xAPI: lists are
// separated by commas there, pairs by dots, and some tools put braces around
// them or write truth as t and f.
func responseOld(kind, response string) string {
	for _, s := range separators {
		if strings.Contains(response, s) {
			return response // told as in SCORM 2004
		}
	}
	switch kind {
	case "true-false":
		switch strings.ToLower(response) {
		case "t", "1", "true":
			return "true"
		case "f", "0", "false":
			return "false"
		}
	case "choice", "sequencing":
		return strings.ReplaceAll(trimBraces(response), ",", "[,]")
	case "matching":
		items := strings.Split(trimBraces(response), ",")
		for i, item := range items {
			items[i] = strings.Replace(item, ".", "[.]", 1)
		}
		return strings.Join(items, "[,]")
	}
	return response
}

func trimBraces(text string) string {
	if strings.HasPrefix(text, "{") && strings.HasSuffix(text, "}") {
		return text[1 : len(text)-1]
	}
	return text
}

// cutLanguage takes the language off a text of SCORM 2004, as {lang=de}Was?.
func cutLanguage(text, otherwise string) (language, rest string) {
	after, ok := strings.CutPrefix(text, "{lang=")
	if !ok {
		return otherwise, text
	}
	tag, rest, ok := strings.Cut(after, "}")
	if !ok || xapi.CheckLanguageTag(tag) != nil {
		return otherwise, text
	}
	return tag, rest
}

// result gives the score as xAPI takes it, nil for none: what does not fit
// together there is left out.
func (s score) result() *xapi.Score {
	out := xapi.Score{Raw: s.raw}
	if s.min != nil && s.max != nil && *s.min >= *s.max {
		s.min, s.max = nil, nil
	}
	if s.raw != nil && (s.min != nil && *s.raw < *s.min || s.max != nil && *s.raw > *s.max) {
		s.min, s.max = nil, nil
	}
	if s.raw != nil || s.scaled != nil {
		out.Min, out.Max = s.min, s.max
	}
	switch {
	case s.scaled != nil && math.Abs(*s.scaled) <= 1:
		out.Scaled = s.scaled
	case s.scaled == nil && s.raw != nil && s.min != nil && s.max != nil:
		if scaled := (*s.raw - *s.min) / (*s.max - *s.min); scaled >= 0 && scaled <= 1 { // not where the range overflows
			out.Scaled = &scaled
		}
	}
	if out.Raw == nil && out.Scaled == nil {
		return nil
	}
	return &out
}
