package heterogeneity_test

import (
	"math"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/internal/reference"
	"github.com/liftmark/liftmark/stat/heterogeneity"
	"github.com/liftmark/liftmark/stat/regression"
)

type pooledReference struct {
	Tau2, Mean, SE, HK float64
	HKLow              float64 `json:"hk_low"`
	HKHigh             float64 `json:"hk_high"`
	HKP                float64 `json:"hk_p"`
	I2, H2             float64
}

type metaReference struct {
	Y, V     []float64
	Q        float64
	QP       float64 `json:"q_p"`
	DL, REML pooledReference
}

type ownReference struct {
	BCG, Schools metaReference
	Posterior    []struct{ Mean, SD, Low, High, Positive float64 }
	TauMean      float64   `json:"tau_mean"`
	TauInterval  []float64 `json:"tau_interval"`
	Trees        map[string]struct {
		Leaves int
		Fitted []float64
	}
	Data map[string]struct {
		Y []float64
		X [][]float64
	}
}

func own(t testing.TB) ownReference {
	var ref ownReference
	reference.JSON(t, "testdata/reference.json", &ref)
	return ref
}

func segments(m metaReference) []heterogeneity.Segment {
	out := make([]heterogeneity.Segment, len(m.Y))
	for i := range out {
		out[i] = heterogeneity.Segment{Name: string(rune('A' + i)), Value: m.Y[i], SE: math.Sqrt(m.V[i])}
	}
	return out
}

func TestPoolReference(t *testing.T) {
	ref := own(t)
	for name, m := range map[string]metaReference{"13 BCG vaccine trials": ref.BCG, "eight schools": ref.Schools} {
		for between, want := range map[heterogeneity.Between]pooledReference{heterogeneity.DerSimonianLaird: m.DL, heterogeneity.REML: m.REML} {
			p := must(heterogeneity.Pool(segments(m), between, 0.95))
			evidence.Claim{Method: []string{"Random effects, REML", "Random effects, DerSimonian–Laird"}[between], Data: name, Source: "R 4.2, formulas"}.Agree(t,
				[]float64{p.Q, p.P, p.Tau2, p.Wald.Value, p.Wald.SE, p.Mean.SE, p.Mean.Interval.Low, p.Mean.Interval.High, p.Mean.P, p.I2, p.H2},
				[]float64{m.Q, m.QP, want.Tau2, want.Mean, want.SE, want.HK, want.HKLow, want.HKHigh, want.HKP, want.I2, want.H2}, 1e-8)
		}
	}
}

// R's metafor (Viechtbauer 2010, Journal of Statistical Software 36(3)) prints
// for the BCG trials (REML): τ² 0.3132, I² 92.22 %, H² 12.86, Q 152.2330,
// estimate -0.7145, standard error 0.1798, interval -1.0669 to -0.3622. Its
// tests compare DerSimonian–Laird with Stata's metan: -0.7141 (-1.0644 to
// -0.3638).
func TestBCGPublished(t *testing.T) {
	s := segments(own(t).BCG)
	p := must(heterogeneity.Pool(s, heterogeneity.REML, 0.95))
	d := must(heterogeneity.Pool(s, heterogeneity.DerSimonianLaird, 0.95))
	evidence.Claim{Method: "Random effects, REML", Data: "13 BCG vaccine trials", Source: "R metafor, 4 decimals printed"}.Agree(t,
		[]float64{p.Tau2, p.I2, p.H2, p.Q, p.Wald.Value, p.Wald.SE, p.Wald.Interval.Low, p.Wald.Interval.High},
		[]float64{0.3132, 0.9222, 12.86, 152.2330, -0.7145, 0.1798, -1.0669, -0.3622}, 4e-4)
	evidence.Claim{Method: "Random effects, DerSimonian–Laird", Data: "13 BCG vaccine trials", Source: "Stata metan, by way of metafor's tests"}.Agree(t,
		[]float64{d.Wald.Value, d.Wald.Interval.Low, d.Wald.Interval.High}, []float64{-0.7141, -1.0644, -0.3638}, 2e-4)
}

func TestEightSchools(t *testing.T) {
	ref := own(t)
	p := must(heterogeneity.Shrink(segments(ref.Schools), 0.95))
	var got, want []float64
	for i, s := range p.Segments {
		w := ref.Posterior[i]
		got = append(got, s.Estimate.Value, s.Estimate.SE, s.Interval.Low, s.Interval.High, s.Positive)
		want = append(want, w.Mean, w.SD, w.Low, w.High, w.Positive)
	}
	evidence.Claim{Method: "Segments with shrinkage", Data: "eight schools", Source: "R 4.2 integrate"}.Agree(t, got, want, 1e-7)
	evidence.Claim{Method: "Spread between segments, mean and interval", Data: "eight schools", Source: "R 4.2 integrate"}.Agree(t, []float64{p.Tau.Value, p.Tau.Interval.Low, p.Tau.Interval.High}, append([]float64{ref.TauMean}, ref.TauInterval...), 1e-5)
}

// Gelman et al. (2013), Bayesian Data Analysis, third edition, page 123: medians
// of 200 draws for each school. Posterior means lie near them.
func TestEightSchoolsPublished(t *testing.T) {
	p := must(heterogeneity.Shrink(segments(own(t).Schools), 0.95))
	for i, want := range []float64{10, 8, 7, 8, 5, 6, 10, 8} {
		if got := p.Segments[i].Estimate.Value; math.Abs(got-want) > 1.6 {
			t.Errorf("school %d: %v, published %v", i, got, want)
		}
	}
	if got := p.Mean.Value; math.Abs(got-8) > 0.5 {
		t.Errorf("mean of the schools %v, published 8", got)
	}
}

func TestTreeReference(t *testing.T) {
	ref := own(t)
	for name, rules := range map[string]heterogeneity.TreeRules{"cars": {MaxDepth: 3, MinLeaf: 4}, "air": {MaxDepth: 4, MinLeaf: 7}, "faithful": {MaxDepth: 5, MinLeaf: 10}} {
		data, want := ref.Data[name], ref.Trees[name]
		x := regression.Design{Rows: len(data.X), Cols: len(data.X[0])}
		for _, row := range data.X {
			x.Values = append(x.Values, row...)
		}
		tree := must(heterogeneity.GrowTree(data.Y, x, rules))
		fitted := make([]float64, x.Rows)
		for i := range fitted {
			fitted[i] = tree.Predict(x.Row(i))
		}
		evidence.Claim{Method: "Regression tree", Data: map[string]string{"cars": "mtcars", "air": "airquality", "faithful": "Old Faithful"}[name], Source: "R rpart 4.1"}.Agree(t, fitted, want.Fitted, 1e-10)
		if tree.Leaves() != want.Leaves || len(tree.Splits()) != want.Leaves-1 {
			t.Errorf("%s: %d leaves, rpart has %d", name, tree.Leaves(), want.Leaves)
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
