package study

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/liftmark/liftmark/internal/metric"
	"github.com/liftmark/liftmark/stat/did"
)

// sixMonths is a company of two accounts over six months: A leaves in the
// middle of month 4, B joins in the middle of month 1. Month 0 is January 2024.
func sixMonths() *company {
	first := monthOf(worldStart, time.UTC)
	return &company{
		zone: time.UTC, from: monthStart(0), to: monthStart(6), months: window{first, first + 6}, spells: true,
		accounts: []account{
			{id: "A", joined: first, spells: []span{{monthStart(0), monthStart(4).AddDate(0, 0, 14)}}},
			{id: "B", joined: first + 1, spells: []span{{from: monthStart(1).AddDate(0, 0, 14)}}},
		},
		index:   map[string]int{"A": 0, "B": 1},
		rollout: rollout{starts: []start{{ever: true, month: first + 2}, {}}},
	}
}

// seriesOf writes num and den of each account, month by month.
func (c *company) seriesOf(num, den [][]float64) *series {
	return &series{months: c.months, num: num, den: den}
}

func TestPanelKeepsWholeMonthsOnly(t *testing.T) {
	c := sixMonths()
	p := c.panelOf(c.seriesOf(
		[][]float64{{1, 2, 3, 4, 5, 0}, {0, 6, 7, 8, 9, 10}},
		[][]float64{{1, 1, 1, 1, 0.5, 0}, {0, 0.5, 1, 2, 1, 1}}))
	// A's month 4 and B's month 1 are part months; after A left there is no row,
	// rather than a zero. B's month 3 is 8 ÷ 2.
	if diff := cmp.Diff([]float64{1, 2, 3, 4, 7, 4, 9, 10}, p.values); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]int{0, 1, 2, 3, 2, 3, 4, 5}, p.periods); diff != "" {
		t.Error(diff)
	}
	if p.dropped.partMonths != 2 || p.start[0] != 2 || p.start[1] != did.Never {
		t.Errorf("%+v, starts %v", p.dropped, p.start)
	}
}

func TestSparseOutcomesAreTakenByQuarter(t *testing.T) {
	c := sixMonths()
	c.months.to += 14 // 20 months: the first two belong to no whole quarter
	c.to = monthStart(20)
	num, den := grid(2, 20), grid(2, 20)
	for _, k := range []int{2, 4, 5, 11, 19} {
		num[1][k], den[1][k] = float64(k), 1
	}
	p := c.panelOf(c.seriesOf(num, den))
	if p.step != quarter {
		t.Fatalf("periods of %d months", p.step)
	}
	// Months 2–4, 5–7, 11–13 and 17–19: (2 + 4) ÷ 2, 5, 11 and 19.
	if diff := cmp.Diff([]float64{3, 5, 11, 19}, p.values); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]int{0, 1, 3, 5}, p.periods); diff != "" {
		t.Error(diff)
	}
}

func TestFates(t *testing.T) {
	c := sixMonths()
	s := c.seriesOf([][]float64{{0, 0, 0, 0, 1, 0}, {0, 0, 0, 0, 0, 0}}, [][]float64{{1, 1, 1, 1, 1, 0}, {0, 0, 1, 1, 1, 1}})
	if !s.single() {
		t.Fatal("a monthly 0 or 1 that ends the series is an event")
	}
	first := c.months.from
	want := []fate{{true, first, first + 4, true}, {true, first + 2, first + 5, false}}
	if got := s.fates(); !slices.Equal(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
	a := want[0]
	for m, at := range map[month]bool{first - 2: false, first - 1: true, first + 3: true, first + 4: false} {
		if a.atRiskAfter(m) != at {
			t.Errorf("at risk after %s: %v", m, !at)
		}
	}
	if c.seriesOf([][]float64{{0, 0.5}}, [][]float64{{1, 1}}).single() {
		t.Error("a share is no event")
	}
}

func TestSeriesMeanSumsBeforeItDivides(t *testing.T) {
	c := sixMonths()
	s := c.seriesOf([][]float64{{1, 9, 0, 0, 0, 0}}, [][]float64{{1, 3, 0, 0, 0, 0}})
	if got := s.mean(0, c.months.from-5, c.months.from+3); got != 2.5 { // 10 ÷ 4, not (1 + 3) ÷ 2
		t.Errorf("mean %v", got)
	}
	if got := s.mean(0, c.months.from+2, c.months.to); !math.IsNaN(got) {
		t.Errorf("mean of nothing %v", got)
	}
}

func TestFieldCovariates(t *testing.T) {
	c := &company{}
	for i := range 200 {
		fields := map[string]string{"plan": []string{"a", "a", "b", "c"}[i%4], "size": "3", "mrr": "10", "empty": ""}
		if i < 4 {
			fields["plan"] = "rare" + string(rune('0'+i)) // four levels of one account each
		}
		if i%5 == 0 {
			fields["mrr"] = "5000"
		}
		c.accounts = append(c.accounts, account{seats: 1 + i%7, fields: fields})
	}
	columns, notes := c.fieldCovariates([]string{"plan", "size", "mrr", "seats", "empty"})
	var names []string
	for _, x := range columns {
		names = append(names, x.name)
	}
	// "a" is the reference; rare plans are pooled; size is the same for all; mrr is skewed.
	if diff := cmp.Diff([]string{"plan: b", "plan: c", "plan: other", "log mrr", "seats"}, names); diff != "" {
		t.Error(diff)
	}
	if len(notes) != 1 {
		t.Errorf("notes %q", notes)
	}
	if spelt, _ := c.fieldCovariates([]string{"Plan"}); len(spelt) != 3 {
		t.Errorf("another spelling of plan gives %d columns, want 3", len(spelt))
	}
	if got, want := columns[3].values[0], math.Log1p(5000); got != want {
		t.Errorf("log mrr %v, want %v", got, want)
	}
}

func TestMissingValuesAreSaidSo(t *testing.T) {
	x := []float64{1, math.NaN(), 3, 2}
	got := completed(covariate{"x", x})
	want := []covariate{{"x", []float64{1, 2, 3, 2}}, {"x not known", []float64{0, 1, 0, 0}}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(covariate{})); diff != "" {
		t.Error(diff)
	}
}

// TestNothingAfterTimeZeroEnters changes everything from a month on and sees
// that no covariate of the month before moves.
func TestNothingAfterTimeZeroEnters(t *testing.T) {
	values := func(change bool) []float64 {
		w := newWorld(law{accounts: 60, months: 24, train: -2, churn: 0.02, confounding: 0.5}, 9)
		cut := 15
		if change {
			for kpi, rows := range w.seasons {
				for k := range rows {
					if !rows[k].Period.Before(monthStart(cut)) {
						w.seasons[kpi][k].Num *= 3
					}
				}
			}
			w.completed = slices.DeleteFunc(w.completed, func(e metric.FirstEvent) bool { return !e.Time.Before(monthStart(cut)) })
		}
		p := worldPlan().withDefaults()
		c, err := load(t.Context(), w, p)
		if err != nil {
			t.Fatal(err)
		}
		kpis, err := c.loadCovariates(t.Context(), w, p.Covariates.KPIs)
		if err != nil {
			t.Fatal(err)
		}
		for k := range kpis {
			kpis[k].log = true // decided over all months, a scale and no value
		}
		a := &analysis{c: c, plan: p, kpis: kpis}
		var out []float64
		for i := range c.accounts {
			for _, x := range a.timeCovariates() {
				out = append(out, x.at(i, c.months.from+month(cut-1)))
			}
		}
		return out
	}
	if !slices.Equal(values(false), values(true)) {
		t.Error("a covariate at the end of a month knows what comes after it")
	}
}
