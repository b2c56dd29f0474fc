package study

import (
	"math"
	"strconv"
	"strings"
)

// minus is the sign that stands before negative numbers.
const minus = "−"

// number writes x with so many decimals, "−" before negative ones and
// thousands separated by a comma. A number that rounds to zero has no sign.
func number(x float64, decimals int) string {
	text := strconv.FormatFloat(math.Abs(x), 'f', decimals, 64)
	whole, fraction, _ := strings.Cut(text, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if fraction != "" {
		whole += "." + fraction
	}
	if x < 0 && strings.Trim(text, "0.") != "" {
		return minus + whole
	}
	return whole
}

// count writes a whole number with its thousands separated.
func count(n int) string { return number(float64(n), 0) }

// share writes 0.305 as "30.5 %" and 0.3 as "30 %".
func share(x float64) string {
	return strings.TrimSuffix(number(100*x, 1), ".0") + " %"
}

// most decimals that a number is ever written with.
const maxDecimals = 6

// decimals is how many decimals an interval of that half-width supports: the
// last digit shown is worth a fiftieth to a fifth of it. Bounds that are not zero
// keep enough digits not to read as zero.
func decimals(low, high float64) int {
	half := (high - low) / 2
	if !(half > 0) || math.IsInf(half, 0) {
		return 2
	}
	d := min(max(0, int(math.Ceil(-math.Log10(half/5)))), maxDecimals)
	for d < maxDecimals && (vanishes(low, d) || vanishes(high, d)) {
		d++
	}
	return d
}

// vanishes says whether a number that is not zero would be written as zero.
func vanishes(x float64, decimals int) bool {
	return x != 0 && math.Abs(x) < 0.5*math.Pow10(-decimals)
}

// plural gives the word for n things: plural(1, "account") is "1 account".
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	if noun == "person" {
		return count(n) + " people"
	}
	if strings.HasSuffix(noun, "y") && noun != "day" {
		noun = strings.TrimSuffix(noun, "y") + "ie"
	}
	return count(n) + " " + noun + "s"
}

// list joins words as English does: a, b and c.
func list(words []string) string {
	switch len(words) {
	case 0:
		return ""
	case 1:
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}
