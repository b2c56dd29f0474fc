// Package figure writes numbers, amounts, dates and lists for people: as many
// digits as the interval supports, thousands separated, "−" for minus, a code
// with every amount. It is the one place that decides how a figure looks, so
// that a sentence, a chart and a table agree.
package figure

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/liftmark/liftmark/internal/record"
)

// Space does not break, so that a number keeps its unit at the end of a line.
const Space = "\u00a0"

const minus = "−"

// MostDecimals is the limit for any number.
const MostDecimals = 6

// Number writes x with d decimals, thousands separated; negative d rounds to
// tens, hundreds and so on. What rounds to zero has no sign. NaN and infinities
// read "not available".
func Number(x float64, d int) string {
	if !finite(x) {
		return "not available"
	}
	r := Round(x, d)
	text := group(strconv.FormatFloat(math.Abs(r), 'f', max(d, 0), 64))
	if r < 0 {
		return minus + text
	}
	return text
}

// Signed writes x as Number does, with its sign also when it is positive.
func Signed(x float64, d int) string {
	if Round(x, d) > 0 {
		return "+" + Number(x, d)
	}
	return Number(x, d)
}

// Percent writes a share of one in per cent, with d decimals: 0.305 is "30.5 %".
func Percent(share float64, d int) string { return Number(100*share, d) + Space + "%" }

// Share writes a share of one with at most one decimal: "30.5 %", "30 %".
func Share(share float64) string {
	d := 1
	if Round(100*share, 1) == Round(100*share, 0) {
		d = 0
	}
	return Percent(share, d)
}

// Count writes a number of things.
func Count(n int) string { return Number(float64(n), 0) }

// Counted writes a number of things with their name: "1 account", "2,000 accounts".
func Counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return Count(n) + " " + many
}

// Decimals is how many decimals an interval supports: the last digit shown is a
// fiftieth to a fifth of its half-width; negative for tens and hundreds. It adds
// decimals until no bound that differs from zero is written as zero, so that
// "excludes zero" can be seen. The numbers are in the unit in which they are written.
func Decimals(low, high float64) int {
	d := Width(low, high)
	if low == high || !finite(high-low) {
		return d
	}
	for d < MostDecimals && (vanishes(low, d) || vanishes(high, d)) {
		d++
	}
	return d
}

// Width is how many decimals an interval's width supports, as Decimals, but
// without the further ones that keep a bound from reading as zero; see Bound.
func Width(low, high float64) int {
	half := math.Abs(high-low) / 2
	if half == 0 || !finite(half) {
		return DecimalsOf(math.Max(math.Abs(low), math.Abs(high)))
	}
	return min(max(int(math.Ceil(-math.Log10(half/5))), -9), MostDecimals)
}

// Bound is how many decimals the end x of an interval needs beside others with
// d: as many, unless it would read as zero, which hides on which side of zero it
// lies; then one significant digit. What is closer to zero than MostDecimals can
// show is zero.
func Bound(x float64, d int) int {
	if !finite(x) || !vanishes(x, d) || vanishes(x, MostDecimals) {
		return d
	}
	for vanishes(x, d) {
		d++
	}
	return max(d, 0)
}

// DecimalsOf leaves three significant digits in a number that has no interval,
// and never rounds its whole part.
func DecimalsOf(x float64) int {
	x = math.Abs(x)
	if x == 0 || !finite(x) || x == math.Trunc(x) {
		return 0
	}
	return min(max(2-int(math.Floor(math.Log10(x))), 0), MostDecimals)
}

// Round rounds x half away from zero to d decimals; d may be negative.
func Round(x float64, d int) float64 {
	if d < 0 { // a power of ten below one is not exact
		p := math.Pow10(-d)
		return math.Round(x/p) * p
	}
	p := math.Pow10(d)
	return math.Round(x*p) / p
}

// vanishes tells a number that is not zero but would be written as zero.
func vanishes(x float64, d int) bool { return x != 0 && Round(x, d) == 0 }

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// group separates thousands: "1234567.8" becomes "1,234,567.8".
func group(text string) string {
	whole, fraction, found := strings.Cut(text, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if found {
		return whole + "." + fraction
	}
	return whole
}

// Money writes minor units of a currency in whole major units with the code
// before: "EUR 30,000", "EUR −1,200".
func Money(minor int64, currency string) string {
	return Amount(float64(minor)/math.Pow10(record.MinorDigits(currency)), 0, currency)
}

// Amount writes major units of a currency with d decimals; an empty currency
// leaves the code out.
func Amount(major float64, d int, currency string) string {
	if currency == "" {
		return Number(major, d)
	}
	return currency + Space + Number(major, d)
}

// Day writes a date that no reader can take for another: "22 Nov 2026".
func Day(t time.Time) string { return t.Format("2 Jan 2006") }

// Window writes a half-open period by its first and last day, in UTC.
func Window(from, to time.Time) string { return WindowIn(time.UTC, from, to) }

// WindowIn writes a half-open period by its first and last day in a time zone.
func WindowIn(zone *time.Location, from, to time.Time) string {
	last := to.In(zone).Add(-time.Nanosecond)
	switch {
	case from.IsZero() && to.IsZero():
		return "not stated"
	case to.IsZero():
		return "from " + Day(from.In(zone))
	case from.IsZero():
		return "until " + Day(last)
	}
	return Day(from.In(zone)) + " to " + Day(last)
}

// List joins words as prose does: "a, b and c".
func List(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " and " + words[last]
}

// Sentence starts with a capital and ends with a stop.
func Sentence(text string) string { return Capital(Stopped(text)) }

// Stopped ends with a stop.
func Stopped(text string) string {
	text = strings.TrimSpace(text)
	if text != "" && !strings.ContainsAny(text[len(text)-1:], ".?!") {
		text += "."
	}
	return text
}

// Capital starts with a capital.
func Capital(text string) string {
	r, size := utf8.DecodeRuneInString(text)
	if size == 0 {
		return text
	}
	return string(unicode.ToUpper(r)) + text[size:]
}

// Small lowers the first letter of a name inside a sentence, unless the name
// starts with an abbreviation such as NPS.
func Small(text string) string {
	r := []rune(text)
	if len(r) < 2 || !unicode.IsLower(r[1]) && r[1] != ' ' {
		return text
	}
	r[0] = unicode.ToLower(r[0])
	return string(r)
}
