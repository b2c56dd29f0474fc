package did_test

import (
	"context"
	"errors"
	"math"
	"testing"

	"github.com/liftmark/liftmark/internal/reference"
	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/did"
)

// drifting is four units over five periods; A and B start in period 4, C and D never.
//
//	     1  2  3 | 4  5
//	A    1  2  4   9  9
//	B    2  4  7   9  9
//	C    1  2  3   4  5
//	D    3  3  5   5  5
func drifting() did.Panel {
	p := did.Panel{Start: []int{4, 4, did.Never, did.Never}}
	for u, row := range [][]float64{{1, 2, 4, 9, 9}, {2, 4, 7, 9, 9}, {1, 2, 3, 4, 5}, {3, 3, 5, 5, 5}} {
		for t, y := range row {
			p.Unit, p.Period, p.Outcome = append(p.Unit, u), append(p.Period, t+1), append(p.Outcome, y)
		}
	}
	return p
}

// One period earlier, ATT(3, 3) compares the changes from 2 to 3: (2 + 3)/2 − (1 + 2)/2
// = 1. Two earlier, ATT(2, 2) from 1 to 2: 3/2 − 1/2 = 1 and ATT(2, 3) from 1 to 3:
// 8/2 − 4/2 = 2.
func TestPlaceboDateByHand(t *testing.T) {
	for earlier, want := range map[int][]float64{1: {1}, 2: {1, 2}} {
		r, err := did.PlaceboDate(context.Background(), drifting(), earlier, did.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var got []float64
		for _, c := range r.Cells {
			if c.Period >= c.Cohort {
				got = append(got, c.ATT)
			}
		}
		if len(got) != len(want) || len(r.Skipped) != 0 {
			t.Fatalf("%d earlier: effects %v, skipped %v", earlier, got, r.Skipped)
		}
		reference.Agree(t, "placebo effects", got, want, 1e-14)
	}
	if _, err := did.PlaceboDate(context.Background(), drifting(), 3, did.Options{}); !errors.Is(err, stat.ErrTooFew) {
		t.Errorf("no period before the pretended start gives %v", err)
	}
}

// With anticipation of one period the data before are periods 1 and 2, so that one
// earlier is a start in period 2.
func TestPlaceboDateBeforeAnticipation(t *testing.T) {
	r, err := did.PlaceboDate(context.Background(), drifting(), 1, did.Options{Anticipation: 1})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Cells) != 1 || r.Cells[0].Cohort != 2 || r.Cells[0].Period != 2 {
		t.Fatalf("cells %+v", r.Cells)
	}
	reference.Agree(t, "placebo effect", []float64{r.Cells[0].ATT}, []float64{1}, 1e-14)
}

// What happens after the start cannot move a placebo.
func TestPlaceboIgnoresWhatComesAfter(t *testing.T) {
	p := generated(300, 12, 4)
	q := p
	q.Outcome = append([]float64(nil), p.Outcome...)
	for i, u := range p.Unit {
		if p.Period[i] >= p.Start[u] {
			q.Outcome[i] += 1e6 * float64(i%7)
		}
	}
	o := did.Options{Control: did.NotYetTreated}
	a, err := did.PlaceboDate(context.Background(), p, 2, o)
	if err != nil {
		t.Fatal(err)
	}
	b, err := did.PlaceboDate(context.Background(), q, 2, o)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range a.Cells {
		reference.Agree(t, "cell", []float64{b.Cells[i].ATT, b.Cells[i].SE}, []float64{c.ATT, c.SE}, 1e-12)
	}
}

// Leaving a cohort out is estimating without it: with never-treated controls the
// cohorts' own effects stay, so the rest is their mean by size.
func TestLeaveCohortsOut(t *testing.T) {
	p := generated(600, 16, 8)
	p.Covariates = nil
	o := did.Options{}
	r, err := did.LeaveCohortsOut(context.Background(), p, o, (*did.GroupTime).ByCohort)
	if err != nil {
		t.Fatal(err)
	}
	all, err := did.Estimate(context.Background(), p, o)
	if err != nil {
		t.Fatal(err)
	}
	cohorts, err := all.ByCohort()
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Without) != len(cohorts.Effects) {
		t.Fatalf("%d cohorts left out, %d estimated", len(r.Without), len(cohorts.Effects))
	}
	low, high := math.Inf(1), math.Inf(-1)
	for k, left := range r.Without {
		var sum, units float64
		for j, e := range cohorts.Effects {
			if j != k {
				sum, units = sum+e.ATT*float64(e.Treated), units+float64(e.Treated)
			}
		}
		reference.Agree(t, "without a cohort", []float64{left.Effect.ATT, left.Shift}, []float64{sum / units, (sum/units - r.All.ATT) / r.All.SE}, 1e-9)
		low, high = math.Min(low, sum/units), math.Max(high, sum/units)
	}
	reference.Agree(t, "range", []float64{r.Low, r.High}, []float64{low, high}, 1e-9)
	if !r.SameSign {
		t.Error("signs differ")
	}
	if _, err := did.LeaveCohortsOut(context.Background(), drifting(), o, (*did.GroupTime).Simple); !errors.Is(err, stat.ErrTooFew) {
		t.Errorf("one cohort gives %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := did.LeaveCohortsOut(ctx, p, o, (*did.GroupTime).Simple); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled gives %v", err)
	}
}
