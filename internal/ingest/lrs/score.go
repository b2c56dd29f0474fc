package lrs

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/liftmark/liftmark/xapi"
)

// share gives a score as a share of the points, 0 to 1: the scaled one, where
// less than nothing counts as nothing, or else the raw one within its bounds.
func share(s *xapi.Score) (float64, bool) {
	if s == nil {
		return 0, false
	}
	if s.Scaled != nil {
		return clamp(*s.Scaled), true
	}
	if s.Raw == nil || s.Max == nil {
		return 0, false
	}
	low := 0.0
	if s.Min != nil {
		low = *s.Min
	}
	if *s.Max <= low {
		return 0, false
	}
	return clamp((*s.Raw - low) / (*s.Max - low)), true
}

func clamp(x float64) float64 { return math.Max(0, math.Min(1, x)) }

// number reads an extension that is a number, or a text that is one.
func number(v jsontext.Value) (float64, bool) {
	text := strings.TrimSpace(string(v))
	if len(text) > 1 && text[0] == '"' {
		text = strings.TrimSpace(plain(v))
	}
	x, err := strconv.ParseFloat(text, 64)
	return x, err == nil && !math.IsNaN(x) && !math.IsInf(x, 0)
}

// plain reads an extension that is a text; other values give their JSON. v stands
// without white space around it, as a parsed extension does.
func plain(v jsontext.Value) string {
	text, err := jsontext.AppendUnquote(nil, v)
	if err != nil {
		return string(v)
	}
	return string(text)
}

// seconds reads a point of time within a medium: seconds, or a duration.
func seconds(v jsontext.Value) (float64, bool) {
	if x, ok := number(v); ok {
		return x, x >= 0
	}
	return durationSeconds(plain(v))
}

// durationSeconds reads an ISO 8601 duration.
func durationSeconds(text string) (float64, bool) {
	d, err := xapi.ParseDuration(text)
	if text == "" || err != nil {
		return 0, false
	}
	return d.Approximate().Seconds(), true
}

// watched sums what played segments cover, "0[.]12.5[,]40[.]60": what was
// watched twice counts once.
func watched(segments string) (float64, bool) {
	var list [][2]float64
	for part := range strings.SplitSeq(segments, "[,]") {
		from, to, ok := strings.Cut(part, "[.]")
		a, errA := strconv.ParseFloat(strings.TrimSpace(from), 64)
		b, errB := strconv.ParseFloat(strings.TrimSpace(to), 64)
		if !ok || errA != nil || errB != nil || !(a >= 0 && b >= a && b < 1e9) {
			continue
		}
		list = append(list, [2]float64{a, b})
	}
	slices.SortFunc(list, func(x, y [2]float64) int { return slices.Compare(x[:], y[:]) })
	total, end := 0.0, 0.0
	for _, s := range list {
		if s[1] > end {
			total += s[1] - math.Max(s[0], end)
			end = s[1]
		}
	}
	return total, len(list) > 0
}
