package experiment_test

import (
	"errors"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/liftmark/liftmark/internal/reference"
	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/experiment"
	"github.com/liftmark/liftmark/stat/mean"
	"github.com/liftmark/liftmark/stat/summary"
)

func drawMoments(t *rapid.T, name string) summary.Moments {
	return summary.Moments{
		N: rapid.IntRange(3, 400).Draw(t, name+" n"), Mean: rapid.Float64Range(1, 50).Draw(t, name+" mean"), Var: rapid.Float64Range(0.01, 9).Draw(t, name+" variance"),
	}
}

func near(t *rapid.T, what string, got, want, tol float64) {
	if !reference.Near(got, want, tol) {
		t.Fatalf("%s: %.15g, want %.15g", what, got, want)
	}
}

// Arms swapped: the sign flips. Another unit: everything scales, p stays.
func TestMeansProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, k := drawMoments(t, "treated"), drawMoments(t, "control"), rapid.Float64Range(0.01, 100).Draw(t, "unit")
		want, err1 := experiment.CompareMeans(a, b, 0.95)
		swapped, err2 := experiment.CompareMeans(b, a, 0.95)
		scaled := func(m summary.Moments) summary.Moments {
			return summary.Moments{N: m.N, Mean: k * m.Mean, Var: k * k * m.Var}
		}
		unit, err3 := experiment.CompareMeans(scaled(a), scaled(b), 0.95)
		cs, err4 := experiment.ConfidenceSequence(a, b, 500, 0.95)
		csSwapped, err5 := experiment.ConfidenceSequence(b, a, 500, 0.95)
		csUnit, err6 := experiment.ConfidenceSequence(scaled(a), scaled(b), 500, 0.95)
		if err := firstOf(err1, err2, err3, err4, err5, err6); err != nil {
			t.Fatal(err)
		}
		near(t, "swapped", swapped.Value, -want.Value, 1e-12)
		near(t, "swapped interval", swapped.Interval.Low, -want.Interval.High, 1e-10)
		near(t, "another unit", unit.Value/k, want.Value, 1e-10)
		near(t, "p in another unit", unit.P, want.P, 1e-9)
		near(t, "lift in another unit", unit.Relative.Value, want.Relative.Value, 1e-10)
		near(t, "sequence swapped", csSwapped.Interval.Low, -cs.Interval.High, 1e-10)
		near(t, "sequence in another unit", csUnit.Interval.Low/k, cs.Interval.Low, 1e-9)
		near(t, "sequence p in another unit", csUnit.P, cs.P, 1e-9)
		if cs.Interval.High-cs.Interval.Low < want.SE*3.9 {
			t.Fatalf("looking is not free: %+v beside %+v", cs, want)
		}
	})
}

func drawRows(t *rapid.T) (y []float64, treated []bool, x1, x2 []float64) {
	n := rapid.IntRange(16, 60).Draw(t, "n")
	value := rapid.Float64Range(-10, 10)
	for i := range n {
		y, treated = append(y, value.Draw(t, "y")), append(treated, i%2 == 0)
		x1, x2 = append(x1, value.Draw(t, "x1")), append(x2, value.Draw(t, "x2"))
	}
	return y, treated, x1, x2
}

type adjustment struct {
	name string
	run  func([]float64, []bool, [][]float64, float64) (experiment.Adjusted, error)
}

func adjustments() []adjustment {
	return []adjustment{{"CUPED", experiment.CUPEDRows}, {"ANCOVA", experiment.ANCOVA}, {"Lin", experiment.Lin}}
}

// Order, the covariates' units and origins, and a constant added to the outcome
// do not matter; swapping arms flips the sign; a constant covariate, and one
// that repeats another, are refused; inputs stay as they were.
func TestAdjustmentProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		y, treated, x1, x2 := drawRows(t)
		before := slices.Clone(y)
		for _, a := range adjustments() {
			want, err := a.run(y, treated, [][]float64{x1, x2}, 0.95)
			if errors.Is(err, stat.ErrCollinear) || errors.Is(err, stat.ErrNoVariance) || errors.Is(err, stat.ErrInvalid) {
				continue // rapid likes rows of equal numbers
			}
			if err != nil {
				t.Fatal(a.name, err)
			}
			changed, moved, flipped := slices.Clone(y), slices.Clone(x1), make([]bool, len(y))
			for i := range y {
				changed[i] += 3
				moved[i] = 7*x1[i] - 40
				flipped[i] = !treated[i]
			}
			shuffledArms, second := slices.Clone(treated), slices.Clone(x2)
			slices.Reverse(changed)
			slices.Reverse(moved)
			slices.Reverse(second)
			slices.Reverse(shuffledArms)
			same, err1 := a.run(changed, shuffledArms, [][]float64{moved, second}, 0.95)
			swapped, err2 := a.run(y, flipped, [][]float64{x1, x2}, 0.95)
			if err := firstOf(err1, err2); err != nil {
				t.Fatal(a.name, err)
			}
			near(t, a.name+" changed", same.Value, want.Value, 1e-7)
			near(t, a.name+" changed, error", same.SE, want.SE, 1e-6)
			near(t, a.name+" swapped", swapped.Value, -want.Value, 1e-7)
			constant := make([]float64, len(y))
			if _, err := a.run(y, treated, [][]float64{constant, x1}, 0.95); !errors.Is(err, stat.ErrCollinear) {
				t.Fatalf("%s with a constant covariate: %v", a.name, err)
			}
			if _, err := a.run(y, treated, [][]float64{x1, moved1(x1)}, 0.95); !errors.Is(err, stat.ErrCollinear) {
				t.Fatalf("%s with a repeated covariate: %v", a.name, err)
			}
		}
		if !slices.Equal(y, before) {
			t.Fatal("the outcomes were changed")
		}
	})
}

func moved1(x []float64) []float64 {
	out := slices.Clone(x)
	for i := range out {
		out[i] = 2*out[i] + 1
	}
	return out
}

// One stratum, and strata all alike, are the plain comparison's difference.
func TestStratifiedProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := experiment.Stratum{Treated: drawMoments(t, "treated"), Control: drawMoments(t, "control")}
		plain, err1 := experiment.CompareMeans(s.Treated, s.Control, 0.95)
		one, err2 := experiment.Stratified([]experiment.Stratum{s}, 0.95)
		two, err3 := experiment.Stratified([]experiment.Stratum{s, s}, 0.95)
		if err := firstOf(err1, err2, err3); err != nil {
			t.Fatal(err)
		}
		near(t, "one stratum", one.SE, plain.SE, 1e-12)
		near(t, "degrees of freedom", one.DF, plain.DF, 1e-9)
		near(t, "twice", two.Value, plain.Value, 1e-12)
		near(t, "twice, error", two.SE*math.Sqrt2, plain.SE, 1e-12)
	})
}

func drawClusters(t *rapid.T) []experiment.Cluster {
	out := make([]experiment.Cluster, rapid.IntRange(6, 30).Draw(t, "clusters"))
	for i := range out {
		n := rapid.IntRange(2, 40).Draw(t, "people")
		out[i] = experiment.Cluster{Treated: i%2 == 0, Moments: summary.Moments{N: n, Mean: float64(rapid.IntRange(-50, 50).Draw(t, "mean")) + float64(i)/7, Var: rapid.Float64Range(0.1, 9).Draw(t, "variance")}}
	}
	return out
}

// Order, the unit and empty clusters do not matter; swapping flips; copying
// every cluster shrinks the error by about the root of two.
func TestClusterProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		clusters := drawClusters(t)
		want, err1 := experiment.ClusterRandomised(clusters, 0.95)
		icc, err2 := experiment.ICC(clusters, 0.95)
		changed, swapped := slices.Clone(clusters), slices.Clone(clusters)
		for i := range clusters {
			changed[i].Mean, changed[i].Var = 3*clusters[i].Mean+1, 9*clusters[i].Var
			swapped[i].Treated = !clusters[i].Treated
		}
		slices.Reverse(changed)
		changed = append(changed, experiment.Cluster{Treated: true})
		unit, err3 := experiment.ClusterRandomised(changed, 0.95)
		iccUnit, err4 := experiment.ICC(changed, 0.95)
		other, err5 := experiment.ClusterRandomised(swapped, 0.95)
		twice, err6 := experiment.ClusterRandomised(append(slices.Clone(clusters), clusters...), 0.95)
		if err := firstOf(err1, err2, err3, err4, err5, err6); err != nil {
			t.Fatal(err)
		}
		near(t, "unit", unit.Value, 3*want.Value, 1e-9)
		near(t, "unit, error", unit.SE, 3*want.SE, 1e-9)
		near(t, "degrees of freedom", unit.DF, want.DF, 1e-8)
		near(t, "correlation in another unit", iccUnit.ICC, icc.ICC, 1e-9)
		near(t, "swapped", other.Value, -want.Value, 1e-9)
		near(t, "twice", twice.Value, want.Value, 1e-9)
		if twice.SE > want.SE || !(icc.Interval.Low <= icc.ICC && icc.ICC <= icc.Interval.High) {
			t.Fatalf("%+v, copied %+v, correlation %+v", want, twice, icc)
		}
	})
}

// The region's ends are where the test of outcome - effect·uptake gives exactly
// its level; with full compliance the complier effect is the effect of the offer.
func TestComplierProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string, lift float64) mean.PairMoments {
			n := rapid.IntRange(20, 300).Draw(t, name+" n")
			vy, vd := rapid.Float64Range(0.5, 9).Draw(t, name+" vy"), rapid.Float64Range(0.05, 0.25).Draw(t, name+" vd")
			r := rapid.Float64Range(-0.9, 0.9).Draw(t, name+" r")
			return mean.PairMoments{N: n, MeanNum: rapid.Float64Range(-5, 5).Draw(t, name+" y"), MeanDen: rapid.Float64Range(0.1, 0.4).Draw(t, name+" d") + lift, VarNum: vy, VarDen: vd, Cov: r * math.Sqrt(vy*vd)}
		}
		a, b := draw("treated", 0.2), draw("control", 0)
		got, err := experiment.CACE(a, b, 0.95)
		if errors.Is(err, stat.ErrNoOverlap) || errors.Is(err, stat.ErrNoVariance) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if !got.Region.Contains(got.Value) {
			t.Fatalf("the region %+v leaves out the estimate %g", got.Region, got.Value)
		}
		if got.Region.Shape == experiment.Between {
			for _, r := range []float64{got.Region.Low, got.Region.High} {
				v := (a.VarNum-2*r*a.Cov+r*r*a.VarDen)/float64(a.N) + (b.VarNum-2*r*b.Cov+r*r*b.VarDen)/float64(b.N)
				z := (a.MeanNum - b.MeanNum - r*(a.MeanDen-b.MeanDen)) / math.Sqrt(v)
				near(t, "test at the region's end", stat.StudentP(z, got.DF), 0.05, 1e-6)
			}
		}
		a.MeanDen, a.VarDen, a.Cov, b.MeanDen, b.VarDen, b.Cov = 1, 0, 0, 0, 0, 0
		full, err := experiment.CACE(a, b, 0.95)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "full compliance", full.Value, full.Assigned.Value, 1e-12)
		near(t, "full compliance, error", full.SE, full.Assigned.SE, 1e-12)
		near(t, "full compliance, region", full.Region.Low, full.Assigned.Interval.Low, 1e-9)
	})
}

// Swapping arms mirrors the belief, the losses differ by the mean difference,
// and the order of arms and the unit of the plan do not matter.
func TestBeliefAndRatioProperties(t *testing.T) {
	check := func(t *rapid.T, a, b experiment.Count, prior experiment.Beta) {
		one, err1 := experiment.BayesShares(a, b, prior, 0.95)
		two, err2 := experiment.BayesShares(b, a, prior, 0.95)
		if err := firstOf(err1, err2); err != nil {
			t.Fatal(err)
		}
		near(t, "better", one.Better, 1-two.Better, 1e-8)
		near(t, "loss", one.LossTreated, two.LossControl, 1e-12)
		near(t, "difference", one.Difference.Interval.Low, -two.Difference.Interval.High, 1e-8)
		near(t, "lift", (1+one.Lift.Low)*(1+two.Lift.High), 1, 1e-7)
		near(t, "losses differ by the difference", one.LossControl-one.LossTreated, one.Difference.Value, 1e-9)
	}
	left := 12 // beliefs take milliseconds each
	rapid.Check(t, func(t *rapid.T) {
		count := func(name string) experiment.Count {
			n := rapid.IntRange(1, 300).Draw(t, name+" trials")
			return experiment.Count{Successes: rapid.IntRange(0, n).Draw(t, name+" successes"), Trials: n}
		}
		a, b := count("treated"), count("control")
		prior := experiment.Beta{A: rapid.Float64Range(0.5, 20).Draw(t, "a"), B: rapid.Float64Range(0.5, 20).Draw(t, "b")}
		if left--; left > 0 {
			check(t, a, b, prior)
		}
		srm, err1 := experiment.SampleRatio([]int{a.Trials, b.Trials, 10}, []float64{2, 1, 1})
		turned, err2 := experiment.SampleRatio([]int{10, b.Trials, a.Trials}, []float64{25, 25, 50})
		if err := firstOf(err1, err2); err != nil {
			t.Fatal(err)
		}
		near(t, "sample ratio", srm.P, turned.P, 1e-9)
	})
}
