package figure_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/liftmark/liftmark/internal/figure"
)

// plain makes the non-breaking space visible in expectations.
func plain(s string) string { return strings.ReplaceAll(s, figure.Space, "_") }

func TestWriting(t *testing.T) {
	for _, tt := range []struct{ name, got, want string }{
		{"thousands", figure.Number(1234567.891, 2), "1,234,567.89"},
		{"minus", figure.Number(-12.34, 1), "−12.3"},
		{"no signed zero", figure.Number(-0.04, 1), "0.0"},
		{"hundreds", figure.Number(12345, -2), "12,300"},
		{"not a number", figure.Number(math.NaN(), 1), "not available"},
		{"signed", figure.Signed(3.14, 1), "+3.1"},
		{"signed zero", figure.Signed(0.01, 1), "0.0"},
		{"percent", figure.Percent(0.305, 1), "30.5_%"},
		{"share without needless decimal", figure.Share(0.3), "30_%"},
		{"money", figure.Money(3000049, "EUR"), "EUR_30,000"},
		{"money without cents", figure.Money(1200, "JPY"), "JPY_1,200"},
		{"money with mils", figure.Money(-1200000, "KWD"), "KWD_−1,200"},
		{"money rounds half away", figure.Money(-123456789, "USD"), "USD_−1,234,568"},
		{"no negative nothing", figure.Money(-49, "EUR"), "EUR_0"},
		{"one", figure.Counted(1, "account", "accounts"), "1 account"},
		{"many", figure.Counted(2000, "account", "accounts"), "2,000 accounts"},
		{"list", figure.List([]string{"a", "b", "c"}), "a, b and c"},
		{"sentence", figure.Sentence("über alles"), "Über alles."},
		{"small", figure.Small("Churn rate"), "churn rate"},
		{"small keeps abbreviations", figure.Small("NPS of education"), "NPS of education"},
	} {
		if plain(tt.got) != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, plain(tt.got), tt.want)
		}
	}
}

func TestDecimalsFollowTheInterval(t *testing.T) {
	for _, tt := range []struct {
		low, high float64
		want      int
	}{
		{-0.29, -0.13, 2},     // half-width 0.08: a digit worth 0.01 is an eighth of it
		{-9.9, -1.7, 1},       // half-width 4.1: a digit worth 1 would be a quarter of it
		{1000, 5000, -2},      // half-width 2,000: hundreds
		{0.0004, 0.8, 4},      // the lower bound differs from zero, so it must not read 0.0
		{12.3456, 12.3456, 1}, // no width: three significant digits
		{40, 40, 0},
	} {
		if got := figure.Decimals(tt.low, tt.high); got != tt.want {
			t.Errorf("interval %g to %g: %d decimals, want %d", tt.low, tt.high, got, tt.want)
		}
	}
}

func TestABoundNearZeroKeepsItsSign(t *testing.T) {
	for _, tt := range []struct {
		low, high          float64
		width, atLow, atHi int
	}{
		{-0.00002, 0.34988, 2, 5, 2}, // 0.00 would hide the sign: −0.00002
		{0.0004, 0.8, 2, 4, 2},
		{-3, 1900, -2, 0, -2},  // hundreds, and 3 is not none
		{1e-17, 12.5, 0, 0, 0}, // rounding error of a bound at zero
		{0, 12.5, 0, 0, 0},
		{-0.29, -0.13, 2, 2, 2},
	} {
		d := figure.Width(tt.low, tt.high)
		if d != tt.width || figure.Bound(tt.low, d) != tt.atLow || figure.Bound(tt.high, d) != tt.atHi {
			t.Errorf("interval %g to %g: %d decimals, %d and %d at its ends, want %d, %d and %d", tt.low, tt.high,
				d, figure.Bound(tt.low, d), figure.Bound(tt.high, d), tt.width, tt.atLow, tt.atHi)
		}
	}
}

func TestWindowInAZone(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	from, to := time.Date(2025, 12, 31, 23, 0, 0, 0, time.UTC), time.Date(2026, 3, 31, 22, 0, 0, 0, time.UTC) // its midnights
	if got := figure.WindowIn(berlin, from, to); got != "1 Jan 2026 to 31 Mar 2026" {
		t.Error(got)
	}
}

func TestWindowShowsTheLastDay(t *testing.T) {
	from, to := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)
	if got := figure.Window(from, to); got != "1 Jan 2026 to 31 Jan 2026" {
		t.Error(got)
	}
}
