package did_test

import (
	"context"
	"errors"
	"testing"

	"github.com/liftmark/liftmark/internal/reference"
	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/did"
)

// Four units over two periods change by 5, 1, 2 and −6. Were the first the one, the
// effect is 5 − (1 + 2 − 6)/3 = 6; the second, 1 − 1/3 = 2/3; the third, 2 − 0 = 2; the
// fourth, −6 − 8/3 = −26/3, which is further out: P = 2/4.
func TestRankTestByHand(t *testing.T) {
	p := did.Panel{Start: []int{1, did.Never, did.Never, did.Never}}
	for u, change := range []float64{5, 1, 2, -6} {
		p.Unit, p.Period, p.Outcome = append(p.Unit, u, u), append(p.Period, 0, 1), append(p.Outcome, float64(u*u), float64(u*u)+change)
	}
	r, err := did.RankTest(p)
	if err != nil {
		t.Fatal(err)
	}
	reference.Agree(t, "coefficients and P", append(r.Placebo, r.Value, r.P), []float64{6, 2. / 3, 2, -26. / 3, 6, 0.5}, 1e-12)
}

// With 12 % of rows missing at random, the balanced panel keeps 0.88²⁴ ≈ 5 % of units
// followed over 24 months; the panel as it is keeps all, and says what each lacks.
func TestGapsAreCountedAndKept(t *testing.T) {
	full := generated(2000, 24, 12)
	full.Covariates = nil
	p := did.Panel{Start: full.Start}
	missing := 0
	for i := range full.Unit {
		if (i*7919+i/24*31)%25 < 3 {
			missing++
			continue
		}
		p.Unit, p.Period, p.Outcome = append(p.Unit, full.Unit[i]), append(p.Period, full.Period[i]), append(p.Outcome, full.Outcome[i])
	}
	if share := float64(missing) / float64(len(full.Unit)); share < 0.115 || share > 0.125 {
		t.Fatalf("%.3f of the rows are missing", share)
	}
	_, dropped, err := p.Balanced()
	if err != nil {
		t.Fatal(err)
	}
	if dropped.Units < 1300 || dropped.Rows+missing < dropped.Units*24 {
		t.Errorf("balancing drops %d units and %d rows", dropped.Units, dropped.Rows)
	}
	lacking := 0
	for _, n := range dropped.Missing {
		lacking += n
	}
	if lacking != dropped.Units*24-dropped.Rows {
		t.Errorf("%d rows lacking, want %d", lacking, dropped.Units*24-dropped.Rows)
	}
	whole, err := did.Estimate(context.Background(), full, did.Options{})
	if err != nil {
		t.Fatal(err)
	}
	gaps, err := did.Estimate(context.Background(), p, did.Options{})
	if err != nil {
		t.Fatal(err)
	}
	a, b := aggregated(t, "simple", whole).Overall, aggregated(t, "simple", gaps).Overall
	if gaps.Units != 2000 || len(gaps.Skipped) != 0 || b.SE > 1.25*a.SE || b.ATT < a.ATT-2*a.SE || b.ATT > a.ATT+2*a.SE {
		t.Errorf("with gaps %d units, effect %.4f (%.4f); without %.4f (%.4f)", gaps.Units, b.ATT, b.SE, a.ATT, a.SE)
	}
}

// A covariate that is constant is the intercept again; a cluster that is doubled is
// still one.
func TestConstantCovariateIsCollinear(t *testing.T) {
	p := generated(300, 8, 2)
	p.Covariates = [][]float64{make([]float64, 300)}
	for u := range p.Covariates[0] {
		p.Covariates[0][u] = 3
	}
	if _, err := did.Estimate(context.Background(), p, did.Options{}); !errors.Is(err, stat.ErrCollinear) {
		t.Errorf("a constant covariate gives %v", err)
	}
	s := asSections(p)
	if _, err := did.EstimateCrossSections(context.Background(), s, did.Options{}); !errors.Is(err, stat.ErrCollinear) {
		t.Errorf("cross-sections with a constant covariate give %v", err)
	}
}

// Every unit twice, as one cluster with its copy, changes nothing but the small-sample
// factors of the regressions, which count rows.
func TestDoubledClustersChangeNothing(t *testing.T) {
	p := generated(120, 10, 7)
	p.Covariates = nil
	twice := did.Panel{Start: append(append([]int(nil), p.Start...), p.Start...)}
	for _, copied := range []int{0, 120} {
		for i, u := range p.Unit {
			twice.Unit, twice.Period, twice.Outcome = append(twice.Unit, u+copied), append(twice.Period, p.Period[i]), append(twice.Outcome, p.Outcome[i])
		}
	}
	for u := range twice.Start {
		twice.Cluster = append(twice.Cluster, u%120)
	}
	a, err := did.Estimate(context.Background(), p, did.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b, err := did.Estimate(context.Background(), twice, did.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range a.Cells {
		reference.Agree(t, "cell", []float64{b.Cells[i].ATT, b.Cells[i].SE}, []float64{c.ATT, c.SE}, 1e-10)
	}
	x, err := did.SunAbraham(p, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	y, err := did.SunAbraham(twice, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	k := float64(len(x.Cells) - 1 + 10) // dummies less a reference for each cohort, plus periods
	for _, c := range x.Cells {
		if c.Reference && c.Cohort != x.Cells[0].Cohort {
			k--
		}
	}
	n := float64(len(p.Outcome))
	factor := (2*n - 1) / (2*n - k) / ((n - 1) / (n - k))
	reference.Agree(t, "overall", []float64{y.Overall.ATT, y.Overall.SE * y.Overall.SE}, []float64{x.Overall.ATT, x.Overall.SE * x.Overall.SE * factor}, 1e-9)
}
