package experiment_test

import (
	"errors"
	"math"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/experiment"
	"github.com/liftmark/liftmark/stat/summary"
)

// Student's sleep data, five hours added so that a lift exists: R 4.2 prints
// t.test(x, y), and the delta method written out.
func TestCompareMeansSleep(t *testing.T) {
	x := moments(t, []float64{6.9, 5.8, 6.1, 5.1, 4.9, 9.4, 10.5, 6.6, 9.6, 8.4})
	y := moments(t, []float64{5.7, 3.4, 4.8, 3.8, 4.9, 8.4, 8.7, 5.8, 5.0, 7.0})
	got, err := experiment.CompareMeans(x, y, 0.95)
	check(t, err)
	evidence.Claim{Method: "Difference of means as assigned", Data: "Student's sleep, shifted", Source: "R 4.2 t.test, delta method"}.
		Agree(t, []float64{got.Value, got.SE, got.DF, got.Interval.Low, got.Interval.High, got.P, got.Relative.Value, got.Relative.SE, got.Relative.Interval.Low, got.Relative.Interval.High},
			[]float64{1.58, 0.849091017238762, 17.776473516178498, -0.2054832307117102, 3.3654832307117104, 0.07939414018735817, 0.2747826086956522, 0.1669033344197321, -0.05234191566666707, 0.6019071330579715}, 1e-11)
}

// Newcombe (1998): 56/70 against 48/80, method 10: 0.0524 to 0.3339; R 4.2
// prints the test of prop.test(correct = FALSE) and the log interval's ends.
func TestCompareSharesNewcombe(t *testing.T) {
	got, err := experiment.CompareShares(experiment.Count{Successes: 56, Trials: 70}, experiment.Count{Successes: 48, Trials: 80}, 0.95)
	check(t, err)
	for i, want := range []float64{0.0524, 0.3339} {
		if end := []float64{got.Interval.Low, got.Interval.High}[i]; math.Abs(end-want) > 5.1e-5 {
			t.Errorf("end %d: %.5f, published %.4f", i, end, want)
		}
	}
	evidence.Claim{Method: "Difference of shares as assigned", Data: "56/70 and 48/80", Source: "R 4.2 prop.test, Katz written out"}.
		Agree(t, []float64{got.Value, got.Z, got.P, got.Relative.Interval.Low, got.Relative.Interval.High},
			[]float64{0.2, 2.650171951258533, 0.008045081368196564, 1.076626422763193, 1.651248511266387}, 1e-11)
}

// Means 0.25 of 400 and 0.2 of 380, variances 0.19 and 0.16, 1,000 planned: the
// published radii written out in R 4.2.
func TestSequencesByFormula(t *testing.T) {
	a, b := summary.Moments{N: 400, Mean: 0.25, Var: 0.19}, summary.Moments{N: 380, Mean: 0.2, Var: 0.16}
	cs, err := experiment.ConfidenceSequence(a, b, 1000, 0.95)
	check(t, err)
	evidence.Claim{Method: "Confidence sequence", Data: "400 and 380 units", Source: "Waudby-Smith et al. (2024), written out in R"}.
		Agree(t, []float64{cs.Interval.Low, cs.Interval.High}, []float64{-0.04092818581243043, 0.14092818581243044}, 1e-11)
	bounded, err := experiment.BoundedSequence(a, b, 0, 1, 1000, 0.95)
	check(t, err)
	evidence.Claim{Method: "Bounded sequence", Data: "400 and 380 units", Source: "Howard et al. (2021), written out in R"}.
		Agree(t, []float64{bounded.Interval.Low, bounded.Interval.High}, []float64{-0.11637918592949947, 0.21637918592949945}, 1e-11)
}

func TestErrors(t *testing.T) {
	one, flat := summary.Moments{N: 1, Mean: 2}, summary.Moments{N: 9, Mean: 2}
	for _, tt := range []struct {
		name string
		run  func() error
		want error
	}{
		{"one unit", func() error { _, err := experiment.CompareMeans(one, flat, 0.95); return err }, stat.ErrTooFew},
		{"nothing varies", func() error { _, err := experiment.CompareMeans(flat, flat, 0.95); return err }, stat.ErrNoVariance},
		{"lift over nothing", func() error {
			_, err := experiment.Lift(flat, summary.Moments{N: 9, Mean: 0.1, Var: 4}, 0.95)
			return err
		}, stat.ErrInvalid},
		{"all churned", func() error {
			all := experiment.Count{Successes: 5, Trials: 5}
			_, err := experiment.CompareShares(all, all, 0.95)
			return err
		}, stat.ErrNoVariance},
		{"more successes than trials", func() error {
			_, err := experiment.CompareShares(experiment.Count{Successes: 6, Trials: 5}, experiment.Count{Trials: 5}, 0.95)
			return err
		}, stat.ErrInvalid},
		{"one arm", func() error { _, err := experiment.SampleRatio([]int{4}, []float64{1}); return err }, stat.ErrTooFew},
		{"no units", func() error { _, err := experiment.SampleRatio([]int{0, 0}, []float64{1, 1}); return err }, stat.ErrTooFew},
		{"no stratum", func() error { _, err := experiment.Stratified(nil, 0.95); return err }, stat.ErrTooFew},
		{"a thin stratum", func() error {
			_, err := experiment.Stratified([]experiment.Stratum{{Treated: one, Control: flat}}, 0.95)
			return err
		}, stat.ErrTooFew},
		{"equal pairs", func() error { _, err := experiment.MatchedPairs([]float64{1, 1, 1}, 0.95); return err }, stat.ErrNoVariance},
		{"a control took it", func() error {
			_, err := experiment.PopulationBounds([]float64{0, 1, 0, 1}, []bool{true, true, false, false}, []bool{true, false, true, false}, 0, 1, 0.95)
			return err
		}, stat.ErrInvalid},
		{"tau of nothing", func() error { _, err := experiment.MSPRT(1, 1, 0, 0.95); return err }, stat.ErrInvalid},
		{"a certain prior", func() error { _, err := experiment.BayesNormal(1, 1, experiment.NormalPrior{}, 0.95); return err }, stat.ErrInvalid},
		{"one cluster an arm", func() error {
			_, err := experiment.ClusterRandomised([]experiment.Cluster{{Moments: flat}, {Moments: flat, Treated: true}}, 0.95)
			return err
		}, stat.ErrTooFew},
		{"people alike", func() error {
			_, err := experiment.ICC([]experiment.Cluster{{Moments: flat}, {Moments: flat}, {Moments: flat}}, 0.95)
			return err
		}, stat.ErrNoVariance},
	} {
		if err := tt.run(); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
}
