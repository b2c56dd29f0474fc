package report

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Typography: a minus that is as wide as a plus, and a space that never breaks
// between a number and its unit.
const (
	minus = "−"
	nbsp  = "\u00a0"
)

// unit says how numbers of a KPI are written. The zero value is a plain number.
type unit struct {
	kind     unitKind
	currency string // ISO 4217, of money
	words    string // the rest of the unit: "tickets per account-month", "of accounts"
}

type unitKind int

const (
	plainUnit unitKind = iota
	shareUnit          // 0–1, written as per cent; its changes are percentage points
	moneyUnit
)

// shareWords start units whose values run from 0 to 1.
var shareWords = []string{"share", "percent", "%", "rate", "proportion", "fraction"}

// parseUnit reads the words with which a KPI states its unit: "share of
// accounts" is a share between 0 and 1, a leading ISO 4217 code is money,
// anything else is counted as it is.
func parseUnit(s string) unit {
	first, rest, _ := strings.Cut(strings.Join(strings.Fields(s), " "), " ")
	switch {
	case slices.Contains(shareWords, strings.ToLower(first)):
		return unit{kind: shareUnit, words: rest}
	case isCurrency(first):
		return unit{kind: moneyUnit, currency: first, words: rest}
	}
	return unit{words: strings.TrimSpace(first + " " + rest)}
}

// isCurrency tells an ISO 4217 code by its form. NPS, the one three-letter unit
// of the library that is not money, is excluded.
func isCurrency(s string) bool {
	if len(s) != 3 || s == "NPS" {
		return false
	}
	return strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// scale is what a stored number is multiplied with before it is written.
func (u unit) scale() float64 {
	if u.kind == shareUnit {
		return 100
	}
	return 1
}

// level writes a level of the KPI with d decimals: "12.4 %", "EUR 1,200".
func (u unit) level(x float64, d int) string {
	n := number(x*u.scale(), d)
	switch u.kind {
	case shareUnit:
		return n + nbsp + "%"
	case moneyUnit:
		return withCurrency(n, u.currency)
	}
	return n
}

// change writes a signed change without its unit: "−3.1", "+EUR 1,200".
func (u unit) change(x float64, d int) string {
	n := signed(x*u.scale(), d)
	if u.kind == moneyUnit {
		return withCurrency(n, u.currency)
	}
	return n
}

// levelWords names the unit of a level on an axis or in a table head.
func (u unit) levelWords() string {
	switch u.kind {
	case shareUnit:
		return strings.TrimSpace("% " + u.words)
	case moneyUnit:
		return strings.TrimSpace(u.currency + " " + u.words)
	}
	return u.words
}

// changeWords names the unit of a change: percentage points are not per cent.
func (u unit) changeWords() string {
	if u.kind == shareUnit {
		return "percentage points"
	}
	return u.words
}

// decimals is how many decimals an interval supports: the last digit shown is a
// twentieth to a half of its half width; negative for tens and hundreds. It adds
// decimals until no bound that differs from zero is written as zero, so that
// "excludes zero" can be seen. The numbers are in the unit in which they are written.
func decimals(low, high float64) int {
	half := math.Abs(high-low) / 2
	if half == 0 || !finite(half) {
		return decimalsOf(math.Max(math.Abs(low), math.Abs(high)))
	}
	d := int(math.Ceil(-math.Log10(half / 2)))
	for d < mostDecimals && (vanishes(low, d) || vanishes(high, d)) {
		d++
	}
	return min(max(d, -9), mostDecimals)
}

// mostDecimals is the limit for any number.
const mostDecimals = 6

// decimalsOf leaves three significant digits in a number that has no interval,
// and never rounds its whole part.
func decimalsOf(x float64) int {
	x = math.Abs(x)
	if x == 0 || math.IsNaN(x) || math.IsInf(x, 0) || x == math.Trunc(x) {
		return 0
	}
	return min(max(2-int(math.Floor(math.Log10(x))), 0), 6)
}

// vanishes tells a number that is not zero but would be written as zero.
func vanishes(x float64, d int) bool { return x != 0 && round(x, d) == 0 }

// round rounds x half away from zero to d decimals; d may be negative.
func round(x float64, d int) float64 {
	p := math.Pow10(d)
	if d < 0 { // a power of ten below one is not exact
		p = math.Pow10(-d)
		return math.Round(x/p) * p
	}
	return math.Round(x*p) / p
}

// number writes x with d decimals, thousands separated.
func number(x float64, d int) string {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return "not available"
	}
	r := round(x, d)
	s := group(strconv.FormatFloat(math.Abs(r), 'f', max(d, 0), 64))
	if r < 0 {
		return minus + s
	}
	return s
}

// signed writes x with its sign, also when it is positive.
func signed(x float64, d int) string {
	if round(x, d) > 0 {
		return "+" + number(x, d)
	}
	return number(x, d)
}

// group separates thousands: "1234567.8" becomes "1,234,567.8".
func group(s string) string {
	whole, fraction, found := strings.Cut(s, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if found {
		return whole + "." + fraction
	}
	return whole
}

// count writes a number of things.
func count(n int) string { return number(float64(n), 0) }

// counted writes a number of things with their name in the right number.
func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return count(n) + " " + many
}

// withCurrency puts the ISO code before the number: "EUR −1,200".
func withCurrency(n, currency string) string {
	if currency == "" {
		return n
	}
	return currency + nbsp + n
}

// percent writes a share of one as per cent with d decimals.
func percent(x float64, d int) string { return number(100*x, d) + nbsp + "%" }

// day writes a date that no reader can take for another.
func day(t time.Time) string { return t.UTC().Format("2 Jan 2006") }

// window writes a half-open period by its first and last day.
func window(from, to time.Time) string {
	switch {
	case from.IsZero() && to.IsZero():
		return "not stated"
	case to.IsZero():
		return "from " + day(from)
	case from.IsZero():
		return "until " + day(to.Add(-time.Nanosecond))
	}
	return day(from) + " to " + day(to.Add(-time.Nanosecond))
}

// pValue writes a p-value; below 0.001 its size says nothing more.
func pValue(p float64) string {
	if p < 0.001 {
		return "< 0.001"
	}
	if p < 0.1 {
		return number(p, 3)
	}
	return number(p, 2)
}

// list joins words as prose does: "a, b and c".
func list(words []string) string {
	switch len(words) {
	case 0:
		return ""
	case 1:
		return words[0]
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " and " + words[last]
}

// sentence starts with a capital and ends with a stop.
func sentence(s string) string { return upperFirst(stopped(s)) }

// stopped ends with a stop.
func stopped(s string) string {
	s = strings.TrimSpace(s)
	if s != "" && !strings.ContainsAny(s[len(s)-1:], ".?!") {
		s += "."
	}
	return s
}

func upperFirst(s string) string {
	for i, r := range s {
		if i == 0 {
			return strings.ToUpper(string(r)) + s[len(string(r)):]
		}
	}
	return s
}

// lowerFirst lowers the first letter of a name inside a sentence, unless it
// starts with an abbreviation such as NPS.
func lowerFirst(s string) string {
	r := []rune(s)
	if len(r) < 2 || !isLower(r[1]) && r[1] != ' ' {
		return s
	}
	return strings.ToLower(string(r[0])) + string(r[1:])
}

func isLower(r rune) bool { return strings.ToUpper(string(r)) != string(r) }
