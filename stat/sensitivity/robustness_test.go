package sensitivity_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/internal/reference"
	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/regression"
	"github.com/liftmark/liftmark/stat/sensitivity"
)

// Cinelli and Hazlett (2020), table 1, and the README of their R package
// sensemakr print for the effect of being directly harmed in Darfur: 0.09732,
// standard error 0.02326, 783 degrees of freedom.
func TestDarfurPublished(t *testing.T) {
	c := must(sensitivity.NewCoefficient(0.09732, 0.02326, 783))
	claim := evidence.Claim{Method: "Robustness value", Data: "Darfur", Source: "Cinelli and Hazlett (2020), sensemakr README, 4 digits printed"}
	claim.Agree(t, []float64{c.PartialR2(), c.RobustnessValue(1), c.RobustnessValueAt(1, 0.05)}, []float64{0.02187, 0.13878, 0.07626}, 4e-4)
	for _, tt := range []struct{ d, y, value, se, t, low, high float64 }{
		{0.0092, 0.1246, 0.0752, 0.0219, 3.4389, 0.0323, 0.1182},
		{0.0183, 0.2493, 0.0529, 0.0204, 2.6002, 0.0130, 0.0929},
		{0.0275, 0.3741, 0.0304, 0.0187, 1.6281, -0.0063, 0.0670},
	} {
		got := must(c.Adjust(sensitivity.Strength{Treatment: tt.d, Outcome: tt.y}, 0.95))
		for name, pair := range map[string][3]float64{
			"estimate": {got.Value, tt.value, 1e-4}, "se": {got.SE, tt.se, 1e-4}, "t": {got.Statistic, tt.t, 5e-3},
			"low": {got.Interval.Low, tt.low, 1e-4}, "high": {got.Interval.High, tt.high, 1e-4},
		} {
			if !(math.Abs(pair[0]-pair[1]) <= pair[2]) {
				t.Errorf("%+v: %s %v, published %v", tt, name, pair[0], pair[1])
			}
		}
	}
}

// The same table's benchmark, the covariate female, one to three times as strong.
func TestDarfurBenchmarks(t *testing.T) {
	// The table prints no R² of female itself. Solving its 1x line for them gives
	// 0.00916/1.00916 with the treatment and 0.1090 with the outcome.
	b := sensitivity.Benchmark{Treatment: 0.00916 / 1.00916, Outcome: 0.10903}
	for k, want := range []sensitivity.Strength{{Treatment: 0.0092, Outcome: 0.1246}, {Treatment: 0.0183, Outcome: 0.2493}, {Treatment: 0.0275, Outcome: 0.3741}} {
		got := must(b.Times(float64(k+1), float64(k+1)))
		if math.Abs(got.Treatment-want.Treatment) > 1e-4 || math.Abs(got.Outcome-want.Outcome) > 2e-4 {
			t.Errorf("%d times: %+v, published %+v", k+1, got, want)
		}
	}
}

func TestRobustnessReference(t *testing.T) {
	ref := own(t)
	s := ref.Stackloss
	c := must(sensitivity.NewCoefficient(s.Value, s.SE, s.DF))
	m := must(sensitivity.NewCoefficient(ref.MTCars.Value, ref.MTCars.SE, ref.MTCars.DF))
	evidence.Claim{Method: "Robustness value", Data: "stackloss, mtcars", Source: "R 4.2 lm and formulas"}.Agree(t,
		[]float64{c.PartialR2(), c.RobustnessValue(1), c.RobustnessValue(0.5), m.RobustnessValue(1), m.RobustnessValueAt(1, 0.05), sensitivity.PartialR2(s.TWater, s.DF)},
		[]float64{s.PartialR2, s.RV, s.RVHalf, ref.MTCars.RV, ref.MTCars.RVAlpha, s.BenchmarkY}, 1e-8)
	o := ref.Omitted
	got := must(must(sensitivity.NewCoefficient(o.Value, o.SE, o.DF)).Adjust(sensitivity.Strength{Treatment: o.R2D, Outcome: o.R2Y}, 0.95))
	evidence.Claim{Method: "Omitted variable bias and its standard error", Data: "mtcars, qsec left out", Source: "R 4.2 lm with qsec in"}.Agree(t,
		[]float64{math.Abs(got.Value - o.Value), got.SE}, []float64{math.Abs(o.FullValue - o.Value), o.FullSE}, 1e-8)
	for _, b := range []struct{ Value, SE, DF, RV float64 }{ref.Brute.Weak, ref.Brute.Strong} {
		c := must(sensitivity.NewCoefficient(b.Value, b.SE, b.DF))
		evidence.Claim{Method: "Robustness value at a significance level", Data: fmt.Sprintf("t %.0f on %v degrees of freedom", b.Value/b.SE, b.DF), Source: "R 4.2 search over both strengths"}.Agree(t,
			[]float64{c.RobustnessValueAt(1, 0.05)}, []float64{b.RV}, 1e-6)
	}
}

// The bias formula is an identity: leaving a variable out of a regression and
// adjusting for its true strength gives the regression with it, bit for bit
// but for rounding.
func TestAdjustIsTheRegressionWithTheConfounder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		n := 30
		y, d, x, z := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
		for i := range n {
			x[i], z[i] = rng.NormFloat64(), rng.NormFloat64()
			d[i] = 0.5*x[i] + 0.7*z[i] + rng.NormFloat64()
			y[i] = 2*d[i] + x[i] + 0.8*z[i] + rng.NormFloat64()
		}
		short, long := fit(y, d, x), fit(y, d, x, z)
		s := sensitivity.Strength{
			Treatment: 1 - fit(d, x, z).RSS/fit(d, x).RSS,
			Outcome:   1 - long.RSS/short.RSS,
		}
		se := func(l *regression.Linear) float64 { return regression.StandardErrors(must(l.Classical()))[1] }
		c := must(sensitivity.NewCoefficient(short.Coef[1], se(short), float64(short.DF)))
		got := must(c.Adjust(s, 0.95))
		bias := math.Abs(short.Coef[1] - long.Coef[1])
		if !reference.Near(math.Abs(got.Value-c.Value), bias, 1e-9) || !reference.Near(got.SE, se(long), 1e-9) || got.DF != float64(long.DF) {
			t.Fatalf("adjusted %+v; with the confounder %v (%v)", got, long.Coef[1], se(long))
		}
		r := must(c.Adjust(sensitivity.Strength{Treatment: c.RobustnessValue(1), Outcome: c.RobustnessValue(1)}, 0.95))
		if math.Abs(r.Value) > 1e-9 {
			t.Fatalf("the robustness value leaves %v", r.Value)
		}
		if turned := must(sensitivity.NewCoefficient(-1000*c.Value, 1000*c.SE, c.DF)); !reference.Near(turned.RobustnessValueAt(1, 0.05), c.RobustnessValueAt(1, 0.05), 1e-12) {
			t.Fatal("sign or unit changes the robustness value")
		}
	})
}

func fit(y []float64, columns ...[]float64) *regression.Linear {
	return must(regression.OLS(y, regression.WithIntercept(len(y), columns...)))
}

// A hidden cause as strong as x, the measured one, biases the short regression.
// The interval that allows for a confounder of that strength covers.
func TestAdjustedIntervalCovers(t *testing.T) {
	s := evidence.Simulate(t, "Robustness value, adjusted interval", evidence.Draws{Quick: 500, Full: 5000, Seed: 33}, func(rng *rand.Rand, hold func(string, bool)) error {
		n := 200
		y, d, x, z := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
		for i := range n {
			x[i], z[i] = rng.NormFloat64(), rng.NormFloat64()
			d[i] = 0.5*x[i] + 0.5*z[i] + rng.NormFloat64()
			y[i] = d[i] + 0.5*x[i] + 0.5*z[i] + rng.NormFloat64()
		}
		short := fit(y, d, x)
		se := regression.StandardErrors(must(short.Classical()))[1]
		c := must(sensitivity.NewCoefficient(short.Coef[1], se, float64(short.DF)))
		// Population strength of z: 0.25/(1.25) of d given x; of y given d and x,
		// var(z|d,x) = 0.8, so 0.25·0.8/(0.25·0.8+1).
		strength := sensitivity.Strength{Treatment: 0.2, Outcome: 0.2 / 1.2}
		hold("true strength known: adjusted interval covers", must(c.Adjust(strength, 0.95)).Interval.Contains(1))
		hold("confounder ignored: interval covers", stat.Student(c.Value, c.SE, c.DF, 0.95).Interval.Contains(1))
		return nil
	})
	// The strength is that of the population, not of the sample, whose own varies.
	s.Nominal("true strength known: adjusted interval covers", 0.95, 0.02)
	s.ShownToFail("confounder ignored: interval covers", 0.5)
}

func TestRobustnessErrors(t *testing.T) {
	for _, tt := range []struct {
		value, se, df float64
		want          error
	}{
		{math.NaN(), 1, 10, stat.ErrNotFinite}, {1, math.Inf(1), 10, stat.ErrNotFinite}, {1, 1, math.Inf(1), stat.ErrNotFinite},
		{1, 0, 10, stat.ErrNoVariance}, {1, -1, 10, stat.ErrNoVariance}, {1, 1, 1, stat.ErrTooFew}, {1, 1, -3, stat.ErrTooFew},
	} {
		if _, err := sensitivity.NewCoefficient(tt.value, tt.se, tt.df); !errors.Is(err, tt.want) {
			t.Errorf("%+v: %v", tt, err)
		}
	}
	c := must(sensitivity.NewCoefficient(1, 0.5, 20))
	for _, tt := range []struct {
		s    sensitivity.Strength
		want error
	}{{sensitivity.Strength{Treatment: 1}, stat.ErrInvalid}, {sensitivity.Strength{Outcome: -0.1}, stat.ErrInvalid}, {sensitivity.Strength{Outcome: 1}, stat.ErrNoVariance}} {
		if _, err := c.Adjust(tt.s, 0.95); !errors.Is(err, tt.want) {
			t.Errorf("%+v: %v", tt.s, err)
		}
		if _, err := c.Contour([]float64{tt.s.Treatment}, []float64{tt.s.Outcome}); !errors.Is(err, tt.want) {
			t.Errorf("contour with %+v: %v", tt.s, err)
		}
	}
	for _, b := range []struct {
		b sensitivity.Benchmark
		k float64
	}{{sensitivity.Benchmark{Treatment: 0.6, Outcome: 0.1}, 1}, {sensitivity.Benchmark{Treatment: 0.1, Outcome: 0.6}, 1}, {sensitivity.Benchmark{Treatment: -1}, 1}, {sensitivity.Benchmark{}, -1}} {
		if s, err := b.b.Times(b.k, b.k); !errors.Is(err, stat.ErrInvalid) {
			t.Errorf("%+v: %+v, %v", b, s, err)
		}
	}
}

func FuzzCoefficient(f *testing.F) {
	f.Add(0.1, 0.02, 783.0, 0.01, 0.12, 2.0)
	f.Add(0.0, 1.0, 2.0, 0.0, 0.0, 1.0)
	f.Add(math.NaN(), math.Inf(1), -1.0, 1.0, 1.0, 0.0)
	f.Add(1e300, 1e-300, 1e10, 0.999, 0.999, 1e9)
	f.Fuzz(func(t *testing.T, value, se, df, d, y, k float64) {
		c, err := sensitivity.NewCoefficient(value, se, df)
		if !evidence.Finite(t, "coefficient", err) {
			return
		}
		evidence.Finite(t, "robustness value", nil, c.PartialR2(), c.RobustnessValue(1), c.RobustnessValueAt(1, 0.05))
		s, err := sensitivity.Benchmark{Treatment: d, Outcome: y}.Times(k, k)
		if !evidence.Finite(t, "strength", err) {
			return
		}
		if s.Treatment < 0 || s.Treatment >= 1 || s.Outcome < 0 || s.Outcome > 1 {
			t.Errorf("strength %+v", s)
		}
		adjusted, err := c.Adjust(s, 0.95)
		evidence.FiniteEstimate(t, "adjusted", err, adjusted.Estimate)
	})
}

func ExampleCoefficient() {
	// Trained accounts open 1.2 fewer tickets a quarter, in a regression on
	// size, plan and tenure of 420 accounts.
	c, err := sensitivity.NewCoefficient(-1.2, 0.31, 412)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("robustness value %.3f; %.3f to leave doubt\n", c.RobustnessValue(1), c.RobustnessValueAt(1, 0.05))
	size := sensitivity.Benchmark{Treatment: sensitivity.PartialR2(3.1, 413), Outcome: sensitivity.PartialR2(5.4, 412)}
	for _, k := range []float64{1, 2} {
		strength, err := size.Times(k, k)
		if err != nil {
			fmt.Println(err)
			return
		}
		adjusted, err := c.Adjust(strength, 0.95)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("a confounder %v times as strong as size leaves %.2f (%.2f to %.2f)\n", k, adjusted.Value, adjusted.Interval.Low, adjusted.Interval.High)
	}
	// Output:
	// robustness value 0.173; 0.089 to leave doubt
	// a confounder 1 times as strong as size leaves -0.94 (-1.53 to -0.34)
	// a confounder 2 times as strong as size leaves -0.66 (-1.24 to -0.09)
}
