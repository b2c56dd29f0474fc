package summary_test

import (
	"encoding/binary"
	"math"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/stat/summary"
)

// floats reads bytes as numbers, eight bytes each.
func floats(data []byte) []float64 {
	x := make([]float64, len(data)/8)
	for i := range x {
		x[i] = math.Float64frombits(binary.LittleEndian.Uint64(data[8*i:]))
	}
	return x
}

func bytesOf(x ...float64) []byte {
	var out []byte
	for _, v := range x {
		out = binary.LittleEndian.AppendUint64(out, math.Float64bits(v))
	}
	return out
}

// Any numbers give finite results or a typed error.
func FuzzSummary(f *testing.F) {
	f.Add(bytesOf(), bytesOf(), 0.5, 1)
	f.Add(bytesOf(1), bytesOf(1), 0.0, 0)
	f.Add(bytesOf(2, 2, 2), bytesOf(0, 0, 0), 1.0, 2)
	f.Add(bytesOf(math.NaN(), 1), bytesOf(1, 1), 0.1, 1)
	f.Add(bytesOf(math.Inf(1), math.Inf(-1)), bytesOf(1, 2), 0.1, 1)
	f.Add(bytesOf(math.MaxFloat64, -math.MaxFloat64, 1), bytesOf(1e300, 1e-300, 1), 0.3, 1)
	f.Add(bytesOf(5e-324, 0, 1e-320), bytesOf(5e-324, 5e-324, 1), 0.9, 1)
	f.Fuzz(func(t *testing.T, values, weights []byte, p float64, lag int) {
		x, w := floats(values), floats(weights)
		m, err := summary.Of(x)
		evidence.Finite(t, "moments", err, m.Mean, m.Var, m.SD(), m.SE())
		if len(x) == len(w) {
			m, err := summary.OfWeighted(x, w)
			evidence.Finite(t, "weighted", err, m.Mean, m.Var, m.ESS, m.Weight)
		}
		if p >= 0 && p <= 1 {
			q, err := summary.Quantile(x, p)
			evidence.Finite(t, "quantile", err, q)
		}
		if lag >= 0 {
			r, err := summary.Autocorrelation(x, lag)
			evidence.Finite(t, "autocorrelation", err, r)
		}
		if len(x) > 1 && len(w) > 1 {
			a, err1 := summary.Of(x)
			b, err2 := summary.Of(w)
			if err1 == nil && err2 == nil {
				d, err := summary.SMD(a, b)
				evidence.Finite(t, "standardised difference", err, d)
			}
		}
	})
}
