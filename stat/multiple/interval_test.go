package multiple_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/internal/reference"
	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/multiple"
)

// Half-widths are t quantiles at 1 - 0.05/(2·3): R qt(1 - .05/6, c(10, 30)) and
// qnorm(1 - .05/6), times the standard errors 2, 1 and 0.5.
func TestSimultaneousByHand(t *testing.T) {
	tests := []stat.Test{stat.Student(1, 2, 10, 0.95), stat.Student(-3, 1, 30, 0.95), stat.Normal(0.2, 0.5, 0.95)}
	got, err := multiple.Simultaneous(tests, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	var half []float64
	for _, i := range got {
		half = append(half, (i.High-i.Low)/2)
	}
	var want struct{ Half []float64 }
	reference.JSON(t, "testdata/interval.json", &want)
	evidence.Claim{Method: "Simultaneous intervals (Bonferroni)", Data: "three tests", Source: "R 4.2 qt, qnorm"}.Agree(t, half, want.Half, 1e-12)
}

func TestIntervalErrors(t *testing.T) {
	for _, tt := range []struct {
		name string
		test stat.Test
		want error
	}{
		{"NaN", stat.Test{Estimate: stat.Estimate{Value: math.NaN(), SE: 1}, DF: 5}, stat.ErrNotFinite},
		{"no standard error", stat.Test{DF: 5}, stat.ErrInvalid},
		{"no degrees of freedom", stat.Test{Estimate: stat.Estimate{SE: 1}}, stat.ErrInvalid},
	} {
		if _, err := multiple.Simultaneous([]stat.Test{tt.test}, 0.95); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
	if _, err := multiple.Selected(nil, 3, 0.95); !errors.Is(err, stat.ErrTooFew) {
		t.Errorf("nothing picked: %v", err)
	}
}

// Ten segments. All ten simultaneous intervals hold at once; plain intervals
// do not. Intervals of segments picked by Benjamini–Hochberg miss too often
// when plain, and in at most 5 % when Selected made them.
func TestIntervalCoverage(t *testing.T) {
	const segments = 10
	effects := []float64{0, 0, 0, 0, 0, 0, 0.5, 1, 1.5, 2} // in standard errors
	sim := evidence.Simulate(t, "simultaneous intervals", evidence.Draws{Quick: 1000, Full: 5000, Seed: 33}, func(rng *rand.Rand, hold func(string, bool)) error {
		tests, p := make([]stat.Test, segments), make([]float64, segments)
		plain, all := true, true
		for i := range tests {
			tests[i] = stat.Normal(effects[i]+rng.NormFloat64(), 1, 0.95)
			p[i] = tests[i].P
			plain = plain && tests[i].Interval.Contains(effects[i])
		}
		wide, err := multiple.Simultaneous(tests, 0.95)
		if err != nil {
			return err
		}
		for i := range wide {
			all = all && wide[i].Contains(effects[i])
		}
		hold("all of ten, plain intervals", plain)
		hold("all of ten", all)
		return holdPicked(rng, tests, p, effects, hold)
	})
	sim.ShownToFail("all of ten, plain intervals", 0.95)
	sim.Nominal("all of ten", 0.95, 0.003) // Bonferroni: 0.951 when independent
	sim.ShownToFail("picked, plain intervals", 0.95)
	sim.AtLeast("picked", 0.95)
}

// holdPicked reports one interval drawn at random from those of an experiment:
// the false coverage rate is a mean of shares.
func holdPicked(rng *rand.Rand, tests []stat.Test, p, effects []float64, hold func(string, bool)) error {
	adjusted, err := multiple.BenjaminiHochberg(p)
	if err != nil {
		return err
	}
	var picked []stat.Test
	var truth []float64
	for i, v := range adjusted {
		if v <= 0.05 {
			picked, truth = append(picked, tests[i]), append(truth, effects[i])
		}
	}
	if len(picked) == 0 {
		hold("picked", true) // nothing said, nothing missed
		return nil
	}
	intervals, err := multiple.Selected(picked, len(tests), 0.95)
	if err != nil {
		return err
	}
	one := rng.IntN(len(picked))
	hold("picked", intervals[one].Contains(truth[one]))
	hold("picked, plain intervals", picked[one].Interval.Contains(truth[one]))
	for _, interval := range intervals {
		if interval.Contains(0) {
			return errors.New("a rejected test's interval holds 0")
		}
	}
	return nil
}
