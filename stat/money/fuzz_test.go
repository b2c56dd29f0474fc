package money_test

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/stat/money"
)

func bytesOf(x ...float64) []byte {
	var out []byte
	for _, v := range x {
		out = binary.LittleEndian.AppendUint64(out, math.Float64bits(v))
	}
	return out
}

// Any flows, rates and parameters give finite money or a typed error.
func FuzzMoney(f *testing.F) {
	f.Add(bytesOf(), 0.1, 3, 0.9)
	f.Add(bytesOf(-100), 0.0, 0, 0.5)
	f.Add(bytesOf(-100, 60, 72), 0.2, 2, 0.9)
	f.Add(bytesOf(-100, 200, -50, 10), -0.5, 1000000, 0.99)
	f.Add(bytesOf(math.NaN(), 1), math.NaN(), -1, 0.9)
	f.Add(bytesOf(math.Inf(1), -1), math.Inf(-1), math.MaxInt, 0.01)
	f.Add(bytesOf(-1e308, 1e308, 1e308), -0.999999999, 5, 0.9)
	f.Add(bytesOf(-5e-324, 1e308), -1.0, 5, 0.999999)
	f.Fuzz(func(t *testing.T, data []byte, rate float64, n int, level float64) {
		flows := make([]float64, min(len(data)/8, 40))
		for i := range flows {
			flows[i] = math.Float64frombits(binary.LittleEndian.Uint64(data[8*i:]))
		}
		v, err := money.NPV(rate, 0, flows)
		evidence.Finite(t, "NPV", err, v)
		r, err := money.IRR(flows)
		evidence.Finite(t, "IRR", err, r)
		a, err := money.Annuity(rate, n)
		evidence.Finite(t, "annuity", err, a)
		if len(flows) > 0 {
			p, ok, err := money.Payback(flows[0], flows[1:])
			evidence.Finite(t, "payback", err, p)
			if err == nil && ok && !(p >= 0 && p <= float64(len(flows)-1)) {
				t.Fatalf("payback after %v of %d periods", p, len(flows)-1)
			}
		}
		if len(flows) >= 3 && level > 1e-9 && level < 1-1e-9 {
			d, err := money.NewTriangular(flows[0], flows[1], flows[2])
			fuzzDist(t, d, err)
			e, err := money.NewNormal(flows[0], flows[1])
			fuzzDist(t, e, err)
			l, err := money.NewLogNormal(flows[0], flows[1], level)
			fuzzDist(t, l, err)
		}
	})
}

func fuzzDist(t *testing.T, d money.Dist, err error) {
	t.Helper()
	evidence.Finite(t, "distribution", err)
	if err != nil {
		return
	}
	last := math.Inf(-1)
	for _, p := range []float64{0.001, 0.05, 0.5, 0.95, 0.999} {
		q := d.Quantile(p)
		if math.IsNaN(q) || math.IsInf(q, 0) || q < last {
			t.Fatalf("%+v: quantile %v is %v, below it %v", d, p, q, last)
		}
		last = q
	}
	for _, v := range money.Draw(d, 5, rand.NewPCG(1, 2)) {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			t.Fatalf("%+v draws %v", d, v)
		}
	}
}
