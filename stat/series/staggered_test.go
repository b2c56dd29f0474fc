package series_test

import (
	"context"
	"errors"
	"math"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/series"
)

func TestStaggeredDIDOfSimulatedPanel(t *testing.T) {
	p, ref := simulation(t)
	s, err := series.StaggeredDID(p.Outcome, ref.Staggered.Start, series.SyntheticDifference)
	if err != nil {
		t.Fatal(err)
	}
	claim := evidence.Claim{Method: "synthetic difference-in-differences, two cohorts", Data: "simulated panel", Source: "R quadprog 1.5-8"}
	claim.Agree(t, []float64{s.Cohorts[0].Effect, s.Cohorts[1].Effect, s.Effect}, append(ref.Staggered.Cohorts, ref.Staggered.Effect), 1e-8)
	if s.Cohorts[0].Share != 12.0/18 || s.Cohorts[1].Start != 11 {
		t.Errorf("cohorts %+v", s.Cohorts)
	}
}

// With one cohort, staggered estimates and errors are those of the block: the
// same problem by another road.
func TestStaggeredDIDOfOneCohortIsTheBlock(t *testing.T) {
	p, ref := simulation(t)
	start := make([]int, len(p.Outcome))
	for i := range start {
		start[i] = series.Never
	}
	for _, i := range ref.Treated {
		start[i] = p.Before
	}
	s, err := series.StaggeredDID(p.Outcome, start, series.SyntheticDifference)
	if err != nil {
		t.Fatal(err)
	}
	within(t, "effect", s.Effect, ref.SDID.Effect, 1e-8)
	draws := series.Replication{Replicates: 1000, Seed: 3}
	placebo, err := s.Placebo(context.Background(), draws, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	bootstrap, err := s.Bootstrap(context.Background(), draws, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	tol := 4 * math.Sqrt(1/2000.0+1/(2*ref.SDID.Replicates))
	within(t, "placebo error, as a share", placebo.SE/ref.SDID.Placebo, 1, tol)
	within(t, "bootstrap error, as a share", bootstrap.SE/ref.SDID.Bootstrap, 1, tol)
}

func TestStaggeredDIDRefuses(t *testing.T) {
	p, _ := simulation(t)
	n := len(p.Outcome)
	for name, tt := range map[string]struct {
		set  func(start []int)
		want error
	}{
		"nobody treated":       {func([]int) {}, stat.ErrTooFew},
		"start after the last": {func(s []int) { s[0] = 14 }, stat.ErrInvalid},
		"negative start":       {func(s []int) { s[0] = -2 }, stat.ErrInvalid},
		"one period before":    {func(s []int) { s[0] = 1 }, stat.ErrTooFew},
		"one never treated": {func(s []int) {
			for i := range s[1:] {
				s[i] = 9
			}
		}, stat.ErrTooFew},
	} {
		start := make([]int, n)
		for i := range start {
			start[i] = series.Never
		}
		tt.set(start)
		if _, err := series.StaggeredDID(p.Outcome, start, series.SyntheticDifference); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
}
