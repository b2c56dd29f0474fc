package weighting_test

import (
	"encoding/binary"
	"errors"
	"math"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/internal/reference/lalonde"
	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/regression"
	"github.com/liftmark/liftmark/stat/weighting"
)

func TestRefusals(t *testing.T) {
	x := []float64{1, 2, 3, 4, 5, 6, 7, 8}
	arm := []float64{0, 1, 0, 1, 0, 1, 1, 0}
	y := []float64{3, 1, 4, 1, 5, 9, 2, 6}
	with := func(column []float64, at int, v float64) []float64 {
		out := append([]float64(nil), column...)
		out[at] = v
		return out
	}
	for _, tt := range []struct {
		name   string
		sample weighting.Sample
		want   error
	}{
		{"missing outcome", lalonde.Sample(with(y, 2, math.NaN()), arm, x), stat.ErrNotFinite},
		{"infinite covariate", lalonde.Sample(y, arm, with(x, 2, math.Inf(1))), stat.ErrNotFinite},
		{"one treated", lalonde.Sample(y, []float64{0, 0, 0, 1, 0, 0, 0, 0}, x), stat.ErrTooFew},
		{"nobody", lalonde.Sample(nil, nil, nil), stat.ErrTooFew},
		{"separated", lalonde.Sample(y, []float64{0, 0, 0, 0, 1, 1, 1, 1}, x), stat.ErrNoOverlap},
		{"constant outcome", lalonde.Sample([]float64{2, 2, 2, 2, 2, 2, 2, 2}, arm, x), stat.ErrNoVariance},
	} {
		for _, e := range estimators() {
			if e.name[:3] == "Reg" && tt.name == "separated" {
				continue // it extrapolates without a word: that is its danger
			}
			_, err := e.run(tt.sample)
			if e.name == "AIPW, ATE, cross-fitted" && stat.DataError(err) {
				continue // folds of so few rows fail in their own ways
			}
			if e.name == "AIPW, ATT, cross-fitted" && stat.DataError(err) {
				continue
			}
			if !errors.Is(err, tt.want) {
				t.Errorf("%s, %s: %v, want %v", e.name, tt.name, err, tt.want)
			}
		}
	}
	if _, err := weighting.Propensity([]bool{true, false, true, false}, regression.WithIntercept(4, []float64{2, 2, 2, 2})); !errors.Is(err, stat.ErrCollinear) {
		t.Errorf("constant covariate beside the intercept: %v", err)
	}
	clustered := lalonde.Sample(y, arm, x)
	clustered.Cluster = make([]int, 8)
	if _, err := weighting.IPW(clustered, weighting.Options{}, 0.95); !errors.Is(err, stat.ErrTooFew) {
		t.Errorf("one cluster: %v", err)
	}
	beyond := lalonde.Sample([]float64{1, 2, 3, 4, 5, 6}, []float64{1, 1, 1, 0, 0, 0}, []float64{3, 3, 3, 0, 4, 0}, []float64{3, 3, 3, 0, 0, 4})
	if _, err := weighting.EntropyBalance(beyond, weighting.EntropyOptions{Estimand: weighting.ATT}, 0.95); !errors.Is(err, stat.ErrNoOverlap) {
		t.Errorf("target outside the controls' convex hull: %v", err)
	}
}

func TestMisusePanics(t *testing.T) {
	s := lalonde.Sample([]float64{1, 2, 3, 4}, []float64{0, 1, 0, 1}, []float64{1, 2, 3, 5})
	short := s
	short.Outcome = s.Outcome[:3]
	for name, call := range map[string]func(){
		"level":      func() { _, _ = weighting.IPW(s, weighting.Options{}, 1) },
		"lengths":    func() { _, _ = weighting.IPW(short, weighting.Options{}, 0.95) },
		"ATO":        func() { _, _ = weighting.IPW(s, weighting.Options{Estimand: weighting.ATO}, 0.95) },
		"truncation": func() { _, _ = weighting.IPW(s, weighting.Options{Truncate: 0.6}, 0.95) },
		"trim and folds": func() {
			_, _ = weighting.AIPW(s, weighting.AIPWOptions{Folds: 2, Options: weighting.Options{Trim: weighting.Trim{Rule: weighting.CrumpTrim}}}, 0.95)
		},
		"moments":          func() { _, _ = weighting.EntropyBalance(s, weighting.EntropyOptions{Moments: 4}, 0.95) },
		"standardised ATO": func() { _, _ = weighting.Standardise(s, weighting.ATO, weighting.LinearOutcome, 0.95) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			call()
		}()
	}
}

// FuzzEstimators reads a small sample from bytes: whatever it holds, every
// estimator ends in one of the library's errors or in finite numbers.
func FuzzEstimators(f *testing.F) {
	row := func(arm byte, values ...float64) []byte {
		out := []byte{arm}
		for _, v := range values {
			out = binary.LittleEndian.AppendUint64(out, math.Float64bits(v))
		}
		return out
	}
	seed := func(rows ...[]byte) {
		var all []byte
		for _, r := range rows {
			all = append(all, r...)
		}
		f.Add(all, byte(0))
		f.Add(all, byte(3))
	}
	seed()
	seed(row(1, 1, 2, 3))
	seed(row(0, math.NaN(), 1, 2), row(1, 1, math.Inf(-1), 2), row(1, 1, 2, 3), row(0, 1, 1, 1))
	seed(row(0, 1, 1, 1), row(1, 1, 1, 1), row(0, 1, 1, 1), row(1, 1, 1, 1))
	seed(row(0, 3, 1, 1), row(0, 1, 2, 5), row(1, 4, 3, 2), row(1, 1, 4, 4))
	seed(row(0, 3, 1, 1), row(1, 1, 2, 5), row(0, 4, 3, 2), row(1, 1, 4, 4), row(0, 5, 5, 1), row(1, 2, 1, 0))
	seed(row(0, 3, 1, 2), row(1, 1, 2, 4), row(0, 4, 3, 6), row(1, 1, 4, 8), row(0, 5, 5, 10), row(1, 2, 1, 2))
	seed(row(0, 1e300, 1e-300, 1), row(1, -1e300, 1e300, 5), row(0, 1e308, 3, 2), row(1, 1e308, 4, 4), row(0, 5, 5, 1), row(1, 2, 1, 0))
	seed(row(0, 0, 1, 1), row(1, 1, 2, 5), row(0, 1, 3, 2), row(1, 0, 4, 4), row(0, 1, 5, 1), row(1, 0, 1, 0), row(0, 0, 2, 2), row(1, 1, 3, 3))
	f.Fuzz(func(t *testing.T, data []byte, kind byte) {
		const width = 25
		n := min(len(data)/width, 24)
		arm, columns := make([]float64, n), [3][]float64{}
		for j := range columns {
			columns[j] = make([]float64, n)
		}
		for i := range n {
			r := data[i*width : (i+1)*width]
			arm[i] = float64(r[0] & 1)
			for j := range columns {
				columns[j][i] = math.Float64frombits(binary.LittleEndian.Uint64(r[1+8*j:]))
			}
		}
		s := lalonde.Sample(columns[0], arm, columns[1], columns[2])
		if kind&1 == 1 {
			s.Cluster = make([]int, n)
			for i := range s.Cluster {
				s.Cluster[i] = i / 2
			}
		}
		for _, e := range fuzzed(kind) {
			got, err := e.run(s)
			if evidence.Finite(t, e.name, err) {
				mustBeFinite(t, e.name, got)
			}
		}
	})
}

func fuzzed(kind byte) []estimator {
	logistic := weighting.AIPWOptions{Outcome: weighting.LogisticOutcome}
	return append(estimators(),
		ipwOf("IPW, HT", weighting.Options{Normalisation: weighting.HorvitzThompson, Truncate: 0.05}),
		ipwOf("IPW, Crump", weighting.Options{Trim: weighting.Trim{Rule: weighting.CrumpTrim}, CapQuantile: 0.9}),
		ipwOf("IPW, range", weighting.Options{Estimand: weighting.Estimand(kind % 3), Trim: weighting.Trim{Rule: weighting.RangeTrim}, Stabilise: true}),
		aipwOf("AIPW, logistic", logistic),
		estimator{"entropy, three moments", weighting.ATT, func(s weighting.Sample) (*weighting.Effect, error) {
			return weighting.EntropyBalance(s, weighting.EntropyOptions{Estimand: weighting.ATT, Moments: 3}, 0.95)
		}})
}

func mustBeFinite(t *testing.T, name string, e *weighting.Effect) {
	t.Helper()
	evidence.FiniteEstimate(t, name, nil, e.Estimate, e.Statistic, e.P, e.KnownWeightsSE, e.Mean.Treated, e.Mean.Control,
		e.ESS.Treated, e.ESS.Control, e.MaxShare.Treated, e.MaxShare.Control)
	evidence.Finite(t, name+", weights", nil, e.Weights...)
	evidence.Finite(t, name+", influence", nil, e.Influence...)
}
