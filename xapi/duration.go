package xapi

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// Duration is an ISO 8601 duration as it was written, such as PT4H35M59.14S. It
// is text: months have no fixed length, so PT120S and PT2M differ.
type Duration struct{ text string }

// ParseDuration reads an ISO 8601 duration in the format with designators:
// P3Y1M29DT4H35M59.14S or P4W, where weeks stand alone. The last number may have
// decimals.
//
// Errors: *Problem without a path.
func ParseDuration(text string) (Duration, error) {
	if err := check(text, clauseDuration, durationFault); err != nil {
		return Duration{}, err
	}
	return Duration{text}, nil
}

// String gives the text that was parsed.
func (d Duration) String() string { return d.text }

// Approximate gives the length with years of 365.25 days and months of a
// twelfth of it. What is longer than a time.Duration can be is cut to that, 292
// years.
func (d Duration) Approximate() time.Duration {
	seconds := 0.0
	eachPart(d.text, func(p durationPart) {
		n, err := strconv.ParseFloat(p.number(), 64)
		if err != nil {
			n = math.MaxFloat64 // more digits than a float holds
		}
		seconds += n * unitSeconds[p.unit]
	})
	if seconds >= math.MaxInt64/1e9 {
		return math.MaxInt64
	}
	return time.Duration(math.Round(seconds * 1e9))
}

// Truncated gives the text with the seconds cut, never rounded, after
// hundredths: PT1.129S is PT1.12S.
func (d Duration) Truncated() string {
	at := strings.IndexAny(d.text, ".,")
	if at < 0 || !strings.HasSuffix(d.text, "S") || len(d.text)-at <= len(".12S") {
		return d.text
	}
	return d.text[:at+len(".12")] + "S"
}

// unit is a unit of a duration, in the order in which they are written.
type unit uint8

const (
	years unit = iota
	months
	days
	hours
	minutes
	wholeSeconds
	weeks
)

// unitSeconds is the length of each unit, of some of them on average.
var unitSeconds = [...]float64{
	years: 365.25 * 86400, months: 365.25 * 86400 / 12, days: 86400,
	hours: 3600, minutes: 60, wholeSeconds: 1, weeks: 7 * 86400,
}

// durationPart is a number with its unit. decimals includes the sign before it.
type durationPart struct {
	whole, decimals string
	unit            unit
}

func (p durationPart) number() string { return p.whole + strings.Replace(p.decimals, ",", ".", 1) }

// durationFault tells what keeps text from being a duration.
func durationFault(text string) string {
	if eachPart(text, func(durationPart) {}) {
		return ""
	}
	return "must be an ISO 8601 duration, such as PT4H35M59.14S, or P4W where weeks stand alone"
}

// eachPart calls visit for each part of a duration; it is false where text is none.
func eachPart(text string, visit func(durationPart)) bool {
	rest, ok := strings.CutPrefix(text, "P")
	if !ok || rest == "" {
		return false
	}
	next, inTime := years, false
	for rest != "" {
		if rest[0] == 'T' && !inTime && len(rest) > 1 {
			rest, inTime, next = rest[1:], true, max(next, hours)
			continue
		}
		part, after, ok := cutPart(rest, inTime)
		if !ok || part.unit < next || part.decimals != "" && after != "" {
			return false
		}
		if part.unit == weeks && (after != "" || rest != text[1:]) {
			return false
		}
		visit(part)
		rest, next = after, part.unit+1
	}
	return true
}

// cutPart takes the first number and its unit off a duration.
func cutPart(text string, inTime bool) (part durationPart, rest string, ok bool) {
	n := digitsAt(text, 0)
	part.whole = text[:n]
	end := n
	if n < len(text) && (text[n] == '.' || text[n] == ',') {
		end = n + 1 + digitsAt(text, n+1)
		if end == n+1 {
			return part, text, false
		}
		part.decimals = text[n:end]
	}
	if n == 0 || end == len(text) {
		return part, text, false
	}
	part.unit, ok = unitOf(text[end], inTime)
	return part, text[end+1:], ok
}

// unitOf finds the unit of a designator. M is months before T, minutes after it.
func unitOf(designator byte, inTime bool) (unit, bool) {
	letters, first := "YMD", years
	if inTime {
		letters, first = "HMS", hours
	}
	if designator == 'W' && !inTime {
		return weeks, true
	}
	i := strings.IndexByte(letters, designator)
	return first + unit(max(i, 0)), i >= 0
}

// digitsAt counts the digits from a place on.
func digitsAt(text string, from int) int {
	n := from
	for n < len(text) && isDigit(text[n]) {
		n++
	}
	return n - from
}
