package did_test

import (
	"context"
	"math"
	"testing"

	"github.com/liftmark/liftmark/internal/reference"
	"github.com/liftmark/liftmark/stat/did"
)

// tiny is four units over three periods. A and B start in period 3, C and D never.
//
//	     1  2  3   change 1→2   2→3
//	A    1  2  6       1         4
//	B    2  4  5       2         1
//	C    1  2  3       1         1
//	D    3  3  5       0         2
func tiny() did.Panel {
	return did.Panel{
		Start:   []int{3, 3, did.Never, did.Never},
		Unit:    []int{3, 0, 1, 2, 2, 0, 1, 3, 3, 0, 1, 2}, // not in order
		Period:  []int{1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3},
		Outcome: []float64{3, 1, 2, 1, 2, 2, 4, 3, 5, 6, 5, 3},
	}
}

// ATT(3, 2) = 3/2 − 1/2 = 1; with n = 4 and two units an arm each unit's influence
// is 2·(change − mean) of its arm: A −1, B 1, and for controls negated C −1, D 1; SE² = 4/16.
// ATT(3, 3) = 5/2 − 3/2 = 1; influences A 3, B −3, C 1, D −1; SE² = 20/16.
// Their covariance is (−3 − 3 − 1 − 1)/16.
func TestGroupTimeByHand(t *testing.T) {
	r, err := did.Estimate(context.Background(), tiny(), did.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Cells) != 2 || r.Cells[0].Base != 1 || r.Cells[1].Base != 2 {
		t.Fatalf("cells are %+v", r.Cells)
	}
	const z = 1.959963984540054 // normal table: 0.975 quantile
	for i, se := range []float64{math.Sqrt(4. / 16), math.Sqrt(20. / 16)} {
		c := r.Cells[i]
		reference.Agree(t, "ATT and SE", []float64{c.ATT, c.SE}, []float64{1, se}, 1e-14)
		reference.Agree(t, "interval", []float64{c.Interval.Low, c.Interval.High}, []float64{1 - z*se, 1 + z*se}, 1e-12)
		if c.Treated != 2 || c.Controls != 2 {
			t.Errorf("cell %d compares %d with %d, want 2 with 2", i, c.Treated, c.Controls)
		}
	}
	reference.Agree(t, "covariance", []float64{r.Covariance().At(0, 1)}, []float64{-8. / 16}, 1e-14)
	wald, err := r.PreTrend()
	if err != nil {
		t.Fatal(err)
	}
	// (1 / ½)² = 4; chi-squared table: P(χ²₁ > 4) = 0.0455
	reference.Agree(t, "Wald", []float64{wald.Statistic, wald.P}, []float64{4, 0.0455003}, 1e-6)
}

// Without D's first period, ATT(3, 2) compares A and B (mean 3/2) with C (1): ½.
// C's influence is 2·… of its own mean, 0, so SE² = (1 + 1)/16. ATT(3, 3) stays.
func TestGapsLeaveOtherCellsAlone(t *testing.T) {
	p := tiny()
	p.Unit, p.Period, p.Outcome = p.Unit[1:], p.Period[1:], p.Outcome[1:]
	r, err := did.Estimate(context.Background(), p, did.Options{})
	if err != nil {
		t.Fatal(err)
	}
	reference.Agree(t, "ATT(3, 2)", []float64{r.Cells[0].ATT, r.Cells[0].SE}, []float64{0.5, math.Sqrt(2. / 16)}, 1e-14)
	reference.Agree(t, "ATT(3, 3)", []float64{r.Cells[1].ATT, r.Cells[1].SE}, []float64{1, math.Sqrt(20. / 16)}, 1e-14)
	if r.Cells[0].Controls != 1 || r.Cells[1].Controls != 2 {
		t.Errorf("controls are %d and %d, want 1 and 2", r.Cells[0].Controls, r.Cells[1].Controls)
	}
	balanced, dropped, err := p.Balanced()
	if err != nil {
		t.Fatal(err)
	}
	if dropped.Units != 1 || dropped.Rows != 2 || dropped.Missing[0] != 1 || dropped.Missing[1] != 0 {
		t.Errorf("dropped %+v, want unit D with its 2 rows for lack of period 1", dropped)
	}
	if len(balanced.Outcome) != 9 {
		t.Errorf("%d rows left, want 9", len(balanced.Outcome))
	}
}

// Clustered {A, C} and {B, D}, the influences of ATT(3, 3) sum to 4 and −4: SE² = 32/16.
func TestClustersByHand(t *testing.T) {
	p := tiny()
	p.Cluster = []int{7, 9, 7, 9}
	r, err := did.Estimate(context.Background(), p, did.Options{})
	if err != nil {
		t.Fatal(err)
	}
	reference.Agree(t, "SE", []float64{r.Cells[1].SE}, []float64{math.Sqrt(2)}, 1e-14)
	if r.Clusters != 2 || r.Units != 4 {
		t.Errorf("%d clusters of %d units", r.Clusters, r.Units)
	}
}

// With C starting in period 4 of a panel that ends in 3, C is as good as never treated;
// a unit E that started in period 1 has no before, F no rows.
func TestCountsWhatItLeavesOut(t *testing.T) {
	p := tiny()
	p.Start = append(p.Start, 1, did.Never)
	p.Start[2] = 4
	p.Unit, p.Period, p.Outcome = append(p.Unit, 4), append(p.Period, 2), append(p.Outcome, 9)
	r, err := did.Estimate(context.Background(), p, did.Options{})
	if err != nil {
		t.Fatal(err)
	}
	reference.Agree(t, "ATT(3, 3)", []float64{r.Cells[1].ATT}, []float64{1}, 1e-14)
	if e := r.Excluded; e.AlwaysTreated != 1 || e.NoOutcome != 1 || e.Rows != 1 || r.Late != 1 || r.Units != 4 {
		t.Errorf("excluded %+v, %d late, %d units", e, r.Late, r.Units)
	}
}

// When all start at last, those that start last are the controls until then: with
// C and D starting in period 3 and A and B in 2, ATT(2, 2) = 3/2 − 1/2 = 1, and
// period 3 has no control.
func TestLastCohortIsTheControl(t *testing.T) {
	p := tiny()
	p.Start = []int{2, 2, 3, 3}
	r, err := did.Estimate(context.Background(), p, did.Options{Control: did.NotYetTreated})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Cells) != 1 || r.Cells[0].Cohort != 2 || len(r.Excluded.Periods) != 1 || r.Excluded.Periods[0] != 3 {
		t.Fatalf("cells %+v, excluded %+v", r.Cells, r.Excluded)
	}
	reference.Agree(t, "ATT(2, 2)", []float64{r.Cells[0].ATT}, []float64{1}, 1e-14)
}
