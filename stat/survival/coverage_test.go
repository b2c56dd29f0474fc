package survival

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/liftmark/liftmark/stat"
)

// arm draws n exponential event times with the given hazard, censored
// uniformly on [0.5, 3].
func drawArm(rng *rand.Rand, n int, hazard float64) Data {
	var d Data
	for range n {
		event, censored := rng.ExpFloat64()/hazard, 0.5+2.5*rng.Float64()
		d.Stop = append(d.Stop, min(event, censored))
		d.Event = append(d.Event, event <= censored)
	}
	return d
}

// tally counts how often an interval holds the truth.
type coverage map[string]int

func (c coverage) add(name string, in stat.Interval, truth float64) {
	if in.Contains(truth) {
		c[name]++
	}
}

// Nominal 95 % intervals, 2,000 samples of 100 to 120 units: 93–97 % observed.
func TestIntervalsCover(t *testing.T) {
	const samples, hazard, tau = 2000, 0.7, 1.5
	rng := rand.New(rand.NewPCG(2026, 11))
	covered := coverage{}
	area := func(h float64) float64 { return (1 - math.Exp(-h*tau)) / h }
	for range samples {
		a, errA := KaplanMeier(drawArm(rng, 100, hazard))
		b, errB := KaplanMeier(drawArm(rng, 120, hazard/2))
		if errA != nil || errB != nil {
			t.Fatal(errA, errB)
		}
		for name, scale := range map[string]Transform{"log-log": LogLog, "log": Log, "plain": Plain} {
			covered.add("survival "+name, a.At(1, 0.95, scale).Interval, math.Exp(-hazard))
		}
		h, _ := a.HazardAt(1, 0.95)
		covered.add("cumulative hazard", h.Interval, hazard)
		q := a.Median(0.95, LogLog)
		if !q.High.Reached { // the interval is open above
			q.High.Time = math.Inf(1)
		}
		covered.add("median", stat.Interval{Low: q.Low.Time, High: q.High.Time}, math.Ln2/hazard)
		m, err := a.RMST(tau, 0.95)
		if err != nil {
			t.Fatal(err)
		}
		covered.add("RMST", m.Interval, area(hazard))
		diff, _, err := RMSTDifference(a, b, tau, 0.95)
		if err != nil {
			t.Fatal(err)
		}
		covered.add("RMST difference", diff.Interval, area(hazard)-area(hazard/2))
	}
	covered.check(t, samples)
}

func (c coverage) check(t *testing.T, samples int) {
	t.Helper()
	for name, n := range c {
		share := float64(n) / float64(samples)
		t.Logf("%s: %.3f", name, share)
		if share < 0.93 || share > 0.97 {
			t.Errorf("the interval of the %s covers the truth in %.1f %% of samples", name, 100*share)
		}
	}
}

// drawPairs draws 60 clusters of two units that share a covariate and part of
// their luck; each unit's own hazard is exp(0.5·x) exactly.
func drawPairs(rng *rand.Rand) CoxData {
	d := CoxData{Names: []string{"x"}}
	for c := range 60 {
		x := float64(c % 2)
		shared := rng.NormFloat64()
		for range 2 {
			z := 0.8*shared + 0.6*rng.NormFloat64() // standard normal, correlated within the pair
			event := -math.Log(0.5*math.Erfc(-z/math.Sqrt2)) / math.Exp(0.5*x)
			censored := 0.5 + 2.5*rng.Float64()
			d.Stop = append(d.Stop, min(event, censored))
			d.Event = append(d.Event, event <= censored)
			d.X = append(d.X, x)
			d.Cluster = append(d.Cluster, c)
		}
	}
	return d
}

// The robust interval covers with 60 clusters of two, where the one that
// believes the rows independent does not. Sandwich variances of few clusters
// are a little small, so the lower bound is 92 %.
func TestClusterRobustIntervalsCover(t *testing.T) {
	const samples = 2000
	rng := rand.New(rand.NewPCG(2026, 12))
	robust, model := 0, 0
	truth := math.Exp(0.5)
	for range samples {
		d := drawPairs(rng)
		fit := mustCox(t, d, Efron)
		if fit.Terms[0].Interval.Contains(truth) {
			robust++
		}
		d.Cluster = nil
		if mustCox(t, d, Efron).Terms[0].Interval.Contains(truth) {
			model++
		}
	}
	t.Logf("robust %.3f, model %.3f", float64(robust)/samples, float64(model)/samples)
	if share := float64(robust) / samples; share < 0.92 || share > 0.97 {
		t.Errorf("the robust interval covers in %.1f %% of samples", 100*share)
	}
	if share := float64(model) / samples; share > 0.92 {
		t.Errorf("the model's interval covers in %.1f %% of samples: the clusters have no effect", 100*share)
	}
}

// Independent rows: the model's own interval covers.
func TestCoxIntervalsCover(t *testing.T) {
	const samples = 2000
	rng := rand.New(rand.NewPCG(2026, 13))
	covered := coverage{}
	for range samples {
		a, b := drawArm(rng, 60, 1), drawArm(rng, 60, math.Exp(-0.6))
		d := CoxData{Data: Data{Stop: append(a.Stop, b.Stop...), Event: append(a.Event, b.Event...)}, Names: []string{"treated"}}
		for i := range d.Stop {
			d.X = append(d.X, float64(i/60))
		}
		covered.add("hazard ratio", mustCox(t, d, Efron).Terms[0].Interval, math.Exp(-0.6))
	}
	covered.check(t, samples)
}
