package report

import (
	"slices"
	"strings"

	"github.com/liftmark/liftmark/internal/figure"
)

// nbsp never breaks between a number and its unit.
const nbsp = figure.Space

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
	n := figure.Number(x*u.scale(), d)
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
	n := figure.Signed(x*u.scale(), d)
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

// withCurrency puts the ISO code before the number: "EUR −1,200".
func withCurrency(n, currency string) string {
	if currency == "" {
		return n
	}
	return currency + nbsp + n
}

// pValue writes a p-value; below 0.001 its size says nothing more.
func pValue(p float64) string {
	if p < 0.001 {
		return "< 0.001"
	}
	if p < 0.1 {
		return figure.Number(p, 3)
	}
	return figure.Number(p, 2)
}
