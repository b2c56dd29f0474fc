package report

import (
	"testing"

	"github.com/liftmark/liftmark/internal/study"
	"github.com/liftmark/liftmark/internal/value"
)

// All expected texts in this file are written by hand from the rules of
// typography that the package states.

func TestUnits(t *testing.T) {
	for _, tt := range []struct {
		unit                              string
		level, change                     string // of 0.1234 or 1234
		levelWords, changeWords, currency string
		x                                 float64
		d                                 int
	}{
		{unit: "share of accounts", x: 0.1234, d: 1, level: "12.3 %", change: "+12.3", levelWords: "% of accounts", changeWords: "percentage points"},
		{unit: "% of seats", x: -0.5, d: 0, level: "−50 %", change: "−50", levelWords: "% of seats", changeWords: "percentage points"},
		{unit: "EUR per account-month", x: -1234, d: 0, level: "EUR −1,234", change: "EUR −1,234", levelWords: "EUR per account-month", changeWords: "per account-month", currency: "EUR"},
		{unit: "points", x: 12, d: 0, level: "12", change: "+12", levelWords: "points", changeWords: "points"},
		{unit: "NPS points", x: 12, d: 0, level: "12", change: "+12", levelWords: "NPS points", changeWords: "NPS points"},
		{unit: "tickets per account-month", x: 0.84, d: 2, level: "0.84", change: "+0.84", levelWords: "tickets per account-month", changeWords: "tickets per account-month"},
		{unit: "", x: 1, d: 0, level: "1", change: "+1"},
	} {
		u := parseUnit(tt.unit)
		got := []string{u.level(tt.x, tt.d), u.change(tt.x, tt.d), u.levelWords(), u.changeWords(), u.currency}
		for n, want := range []string{tt.level, tt.change, tt.levelWords, tt.changeWords, tt.currency} {
			if got[n] != withNBSP(want, got[n]) {
				t.Errorf("%q: part %d = %q, want %q", tt.unit, n, got[n], want)
			}
		}
	}
}

// withNBSP lets a table write plain spaces where the text has unbreakable ones.
func withNBSP(want, got string) string {
	if spaces(got) == want {
		return got
	}
	return want
}

func spaces(s string) string {
	out := []rune(s)
	for n, r := range out {
		if r == '\u00a0' {
			out[n] = ' '
		}
	}
	return string(out)
}

func TestEffectsInSentences(t *testing.T) {
	q := quantify(parseUnit("share of accounts"), study.Effect{Value: -0.0312, Low: -0.0456, High: -0.0168, Level: 0.95})
	if got, want := spaces(q.sentencePart()), "−3.1 percentage points (95 % interval −4.6 to −1.7)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := spaces(relative(study.Effect{Value: -0.22, Low: -0.31, High: -0.12})), "−22 % (−31 % to −12 %)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	v, i := measure(study.NamedEffect{Name: "risk ratio", Effect: study.Effect{Value: 0.73, Low: 0.62, High: 0.85}})
	if v != "0.73" || i != "0.62 to 0.85" {
		t.Errorf("a ratio carries no sign: %q, %q", v, i)
	}
}

func TestMoneyOfAnInterval(t *testing.T) {
	p := purse{currency: "EUR", minor: 100, level: 0.9}
	for _, tt := range []struct {
		in   value.MoneyRange
		want string
	}{
		{value.MoneyRange{Median: 38710000, Low: 18490000, High: 61940000}, "EUR 390,000 (90 % interval EUR 180,000 to 620,000)"},
		{value.MoneyRange{Median: 3800050, Low: 3800050, High: 3800050}, "EUR 38,001"},
		{value.MoneyRange{Median: -6260000, Low: -7190000, High: -5620000}, "EUR −63,000 (90 % interval EUR −72,000 to −56,000)"},
	} {
		if got := spaces(p.sentencePart(tt.in)); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
	yen := newPurse(&value.Result{Currency: "JPY", MinorDigits: 0})
	if got := spaces(yen.write(1234, 0)); got != "JPY 1,234" {
		t.Errorf("a currency without minor units: %q", got)
	}
}

func TestSmallWords(t *testing.T) {
	for _, tt := range []struct{ got, want string }{
		{pValue(0.0004), "< 0.001"}, {pValue(0.0312), "0.031"}, {pValue(0.62), "0.62"},
		{spaces(chance(0.9987)), "over 99 %"}, {spaces(chance(0.002)), "under 1 %"}, {spaces(chance(0.84)), "84 %"},
		{spaces(intervalName(0.975)), "97.5 % interval"}, {intervalName(0), "interval"},
		{monthWords(-1), "month before training"},
	} {
		if tt.got != tt.want {
			t.Errorf("got %q, want %q", tt.got, tt.want)
		}
	}
}

func TestLevelsStayApart(t *testing.T) {
	got := levels(parseUnit("share of accounts"), 1, 0.0847, 0.0851)
	if spaces(got[0]) != "8.47 %" || spaces(got[1]) != "8.51 %" {
		t.Errorf("got %v, want 8.47 %% and 8.51 %%: with one decimal both would be 8.5 %%", got)
	}
	same := levels(parseUnit("share of accounts"), 1, 0.0847, 0.0847)
	if spaces(same[0]) != "8.5 %" || same[0] != same[1] {
		t.Errorf("equal levels need no more decimals: %v", same)
	}
}
