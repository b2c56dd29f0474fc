package study

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/liftmark/liftmark/internal/figure"
	"github.com/liftmark/liftmark/internal/metric"
	"pgregory.net/rapid"
)

func measureFor(kind, value, name, direction string, horizon int) measure {
	d := &metric.Definition{ID: "churn_rate", Name: name, Kind: kind, Value: value, Direction: direction}
	if horizon > 0 && kind == "ratio" {
		d.Words = &metric.Words{Event: "leave", Until: "still a customer", Subject: "churn"}
	}
	unit, _ := outcomeUnit(d, "EUR")
	return measureOf(d, unit, nil, horizon)
}

func ticketsMeasure() measure {
	return measureFor("ratio", "per_account_month", "Support tickets per account and month", "lower", 0)
}

// findingWith is a finding of two large arms.
func findingWith(design string, e Effect) *Finding {
	return &Finding{
		Design: Design{ID: design}, Effect: &e, units: 400,
		Arms:   []Arm{{Name: armTrained, Units: 200, Events: 40}, {Name: armUntrained, Units: 200, Events: 40}},
		Checks: passing(),
	}
}

func passing() []Check {
	var out []Check
	for _, id := range neededForB {
		out = append(out, newCheck(id, Passed, "fine"))
	}
	return out
}

func effect(value, low, high float64) Effect {
	return Effect{Value: value, SE: (high - low) / (2 * z95), Low: low, High: high, Level: 0.95}
}

// TestHeadlines pins the sentences. They were written by hand from the numbers.
func TestHeadlines(t *testing.T) {
	for _, tt := range []struct {
		name, design string
		m            measure
		e            Effect
		b            bar
		headline     string
		natural      string
		answer       Answer
	}{
		{"fewer tickets", StaggeredDiD, ticketsMeasure(), effect(-0.21, -0.29, -0.13), bar{worth: 0.05},
			"Training cut support tickets by 0.21 per account and month (95 % interval −0.29 to −0.13), grade B.",
			"about 2 fewer support tickets per 10 accounts each month", Better},
		{"less churn, in points", TargetTrials, measureFor("ratio", "percent", "Churn rate", "lower", 12), effect(-0.0412, -0.0695, -0.0129), bar{worth: 0.01, needEvent: true},
			"Training cut churn within 12 months by 4.1 percentage points (95 % interval −7.0 to −1.3), grade B.",
			"about 4 fewer of every 100 accounts leave within 12 months", Better},
		{"more adoption", StaggeredDiD, measureFor("ratio", "percent", "Product adoption rate", "higher", 0), effect(0.121, 0.095, 0.147), bar{worth: 0.01},
			"Training raised product adoption rate by 12.1 percentage points (95 % interval 9.5 to 14.7), grade B.", "", Better},
		{"harm", StaggeredDiD, ticketsMeasure(), effect(0.3, 0.1, 0.5), bar{worth: 0.05},
			"Training raised support tickets by 0.30 per account and month (95 % interval 0.10 to 0.50), grade B.",
			"about 3 more support tickets per 10 accounts each month", Worse},
		{"money", StaggeredDiD, measureFor("ratio", "money", "Expansion revenue", "higher", 0), effect(1234, 1012, 1456), bar{worth: 50},
			"Training raised expansion revenue by 1,234 EUR per account and month (95 % interval 1,012 to 1,456), grade B.", "", Better},
		{"no clear effect", StaggeredDiD, measureFor("ratio", "points", "NPS of the product", "higher", 0), effect(0.4, -1.2, 2.0), bar{worth: 5},
			"Training made no clear difference to NPS of the product: 0.4 points (95 % interval −1.2 to 2.0), grade B.", "", NoEffect},
		{"too wide", StaggeredDiD, ticketsMeasure(), effect(-0.1, -0.3, 0.1), bar{worth: 0.05},
			// 400 × (1.96 × 0.102 ÷ 0.05)² = 400 × 16 = 6,400, less the 400 there are
			"We cannot tell yet whether training changed support tickets: the estimate is −0.10 per account and month (95 % interval −0.30 to 0.10). To tell 0.05 per account and month from nothing takes about 6,000 more accounts.",
			"anything from 3 fewer to 1 more support tickets per 10 accounts each month", CannotTell},
		{"unadjusted", ClusterDifference, ticketsMeasure(), effect(-0.21, -0.29, -0.13), bar{worth: 0.05},
			"Trained accounts show lower support tickets than others, by 0.21 per account and month (95 % interval −0.29 to −0.13), grade D. That is a difference, not yet an effect.",
			"about 2 fewer support tickets per 10 accounts each month", Better},
		{"change", BeforeAfter, ticketsMeasure(), effect(-0.21, -0.29, -0.13), bar{worth: 0.05},
			"After training, accounts show lower support tickets than before, by 0.21 per account and month (95 % interval −0.29 to −0.13), grade D. This is a change, not an effect: there is nothing to compare it with.",
			"", CannotTell},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := findingWith(tt.design, tt.e)
			conclude(f, tt.m, tt.b)
			if plain(f.Verdict.Headline) != tt.headline {
				t.Errorf("headline\n%s\nwant\n%s", f.Verdict.Headline, tt.headline)
			}
			if f.Verdict.Natural != tt.natural {
				t.Errorf("natural %q, want %q", f.Verdict.Natural, tt.natural)
			}
			if f.Verdict.Answer != tt.answer {
				t.Errorf("answer %s, want %s", f.Verdict.Answer, tt.answer)
			}
		})
	}
}

// plain shows a non-breaking space as a common one.
func plain(s string) string { return strings.ReplaceAll(s, figure.Space, " ") }

var (
	intervalIn = regexp.MustCompile(`95\x{a0}% interval (−?[\d,.]+) to (−?[\d,.]+)\)`)
	claims     = regexp.MustCompile(`\b(cut|raised)\b .*? by ([\d,.]+)`)
)

func parsed(t *rapid.T, s string) float64 {
	x, err := strconv.ParseFloat(strings.NewReplacer("−", "-", ",", "").Replace(s), 64)
	if err != nil {
		t.Fatalf("%q is no number", s)
	}
	return x
}

// TestWordsAgreeWithNumbers draws effects of any size that six decimals can show
// and checks that the sentence says what the numbers say.
func TestWordsAgreeWithNumbers(t *testing.T) {
	measures := []measure{ticketsMeasure(), measureFor("ratio", "percent", "Churn rate", "lower", 12), measureFor("ratio", "percent", "Product adoption rate", "higher", 0),
		measureFor("ratio", "money", "Expansion revenue", "higher", 0), measureFor("ratio", "points", "NPS of the product", "higher", 0), measureFor("duration", "days", "Time to value", "lower", 6)}
	rapid.Check(t, func(t *rapid.T) {
		m := rapid.SampledFrom(measures).Draw(t, "measure")
		size := math.Pow(10, rapid.Float64Range(-2, 3).Draw(t, "magnitude"))
		value := size * rapid.Float64Range(-1, 1).Draw(t, "value")
		se := size * rapid.Float64Range(0.001, 1).Draw(t, "se")
		e := effect(value, value-z95*se, value+z95*se)
		f := findingWith(rapid.SampledFrom([]string{StaggeredDiD, TargetTrials}).Draw(t, "design"), e)
		conclude(f, m, bar{worth: size * rapid.Float64Range(0.001, 2).Draw(t, "worth"), needEvent: m.horizon > 0})
		v := f.Verdict
		if strings.Contains(strings.ToLower(v.Headline+v.HowSure), "prove") {
			t.Fatalf("proves: %s", v.Headline)
		}
		crosses := e.Low <= 0 && e.High >= 0
		claim := claims.FindStringSubmatch(v.Headline)
		if crosses != (claim == nil) {
			t.Fatalf("interval %v to %v, but: %s", e.Low, e.High, v.Headline)
		}
		ends := intervalIn.FindStringSubmatch(v.Headline)
		if ends == nil {
			t.Fatalf("no interval in %s", v.Headline)
		}
		low, high := parsed(t, ends[1]), parsed(t, ends[2])
		if math.Abs(low-m.scale*e.Low) > 0.11*(high-low) || math.Abs(high-m.scale*e.High) > 0.11*(high-low) {
			t.Fatalf("%v to %v written as %v to %v", m.scale*e.Low, m.scale*e.High, low, high)
		}
		if claim == nil {
			if v.Answer == Better || v.Answer == Worse {
				t.Fatalf("answer %s for %v to %v", v.Answer, e.Low, e.High)
			}
			return
		}
		// An end closer to zero than any figure shows reads as zero.
		hidden := math.Min(math.Abs(m.scale*e.Low), math.Abs(m.scale*e.High)) < 0.5*math.Pow10(-figure.MostDecimals)
		if (claim[1] == "cut") != (value < 0) || !hidden && low*high <= 0 {
			t.Fatalf("effect %v, but: %s", value, v.Headline)
		}
		if (v.Answer == Better) != ((value < 0) == m.lower) {
			t.Fatalf("effect %v, lower is better %v: %s", value, m.lower, v.Answer)
		}
		if said := parsed(t, claim[2]); said < math.Min(math.Abs(low), math.Abs(high)) || said > math.Max(math.Abs(low), math.Abs(high)) {
			t.Fatalf("%v is outside the interval in: %s", said, v.Headline)
		}
		if more := strings.Contains(v.Natural, " more "); v.Natural != "" && more != (value > 0) {
			t.Fatalf("effect %v, but: %s", value, v.Natural)
		}
	})
}

func TestTooFewNeverAnswer(t *testing.T) {
	for name, arms := range map[string][]Arm{
		"19 trained":      {{Name: armTrained, Units: 19, Events: 10}, {Name: armUntrained, Units: 500, Events: 50}},
		"9 events":        {{Name: armTrained, Units: 100, Events: 9}, {Name: armUntrained, Units: 500, Events: 50}},
		"9 other events":  {{Name: armTrained, Units: 100, Events: 50}, {Name: armUntrained, Units: 500, Events: 9}},
		"no arm compared": {},
	} {
		f := findingWith(TargetTrials, effect(-0.2, -0.3, -0.1))
		f.Arms = arms
		conclude(f, measureFor("ratio", "percent", "Churn rate", "lower", 12), bar{worth: 0.01, needEvent: true})
		if f.Verdict.Answer != CannotTell || f.Verdict.Needed <= 0 || f.Verdict.Natural != "" {
			t.Errorf("%s: %+v", name, f.Verdict)
		}
	}
}

// TestMoreUnits: a hand count. 200 accounts with 5 events in an arm: 10 events
// take twice as many accounts. SE 0.02 against a worth of 0.0392 needs no more.
func TestMoreUnits(t *testing.T) {
	f := &Finding{units: 200, Effect: &Effect{SE: 0.02}, Arms: []Arm{{Units: 80, Events: 5}, {Units: 120, Events: 20}}}
	if got := moreUnits(f, bar{worth: 0.0392, needEvent: true}); got != 200 {
		t.Errorf("needs %d more, want 200", got)
	}
	if got := moreUnits(f, bar{worth: 0.0196, needEvent: true}); got != 600 { // (1.96 × 0.02 ÷ 0.0196)² = 4
		t.Errorf("needs %d more, want 600", got)
	}
	for x, want := range map[float64]int{0: 1, 1: 1, 12: 12, 123: 130, 1201: 1300, 6000: 6000} {
		if got := roundUp(x); got != want {
			t.Errorf("roundUp(%v) = %d, want %d", x, got, want)
		}
	}
}
