package resample_test

import (
	"context"
	"encoding/binary"
	"math"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/stat/resample"
)

func bytesOf(x ...float64) []byte {
	var out []byte
	for _, v := range x {
		out = binary.LittleEndian.AppendUint64(out, math.Float64bits(v))
	}
	return out
}

// Any numbers, arms and strata give finite intervals and p-values in (0, 1], or
// a typed error.
func FuzzResample(f *testing.F) {
	f.Add(bytesOf(), []byte{}, uint64(1))
	f.Add(bytesOf(1), []byte{1}, uint64(1))
	f.Add(bytesOf(1, 2, 3, 4), []byte{1, 0, 1, 0}, uint64(1))
	f.Add(bytesOf(5, 5, 5, 5), []byte{1, 0, 3, 2}, uint64(1))
	f.Add(bytesOf(0, 0, 0, 0), []byte{1, 1, 1, 1}, uint64(2))
	f.Add(bytesOf(math.NaN(), 1, 2), []byte{1, 0, 0}, uint64(2))
	f.Add(bytesOf(math.Inf(1), math.MaxFloat64, -math.MaxFloat64), []byte{1, 0, 0}, uint64(3))
	f.Add(bytesOf(1e-300, -1e-300, 1, 2, 5e-324), []byte{1, 2, 3, 4, 5}, uint64(4))
	f.Fuzz(func(t *testing.T, data, arms []byte, seed uint64) {
		n := min(len(data)/8, len(arms), 60)
		y, treated, stratum := make([]float64, n), make([]bool, n), make([]int, n)
		for i := range n {
			y[i] = math.Float64frombits(binary.LittleEndian.Uint64(data[8*i:]))
			treated[i], stratum[i] = arms[i]&1 == 1, int(arms[i]>>1)&3
		}
		ctx := context.Background()
		for _, s := range [][]int{nil, stratum} {
			p, err := resample.Permute(ctx, resample.Design{Treated: treated, Stratum: s, Draws: 60, Seed: seed}, resample.DifferenceOfMeans(y))
			evidence.Finite(t, "permutation", err, p.Statistic, p.P, p.Greater, p.Less)
			if err == nil && !(p.P > 0 && p.P <= 1 && p.Greater > 0 && p.Less > 0) {
				t.Fatalf("%+v", p)
			}
		}
		d, err := resample.Bootstrap(ctx, resample.Plan{Units: n, Outputs: 1, Replicates: 210, Seed: seed}, meanOf(y))
		evidence.Finite(t, "bootstrap", err)
		if err != nil {
			return
		}
		influence, err := resample.Jackknife(n, 1, meanOf(y))
		evidence.Finite(t, "jackknife", err)
		iv, err := d.Percentile(0, 0.95)
		evidence.Finite(t, "percentile", err, iv.Low, iv.High)
		iv, err = d.Basic(0, 0.95)
		evidence.Finite(t, "basic", err, iv.Low, iv.High)
		iv, err = d.Normal(0, 0.95)
		evidence.Finite(t, "normal", err, iv.Low, iv.High)
		iv, err = d.Studentised(0, 0, 0.95)
		evidence.Finite(t, "studentised", err, iv.Low, iv.High)
		if influence != nil {
			iv, err = d.BCa(0, influence[0], 0.95)
			evidence.Finite(t, "BCa", err, iv.Low, iv.High)
			if err == nil && !(iv.Low < iv.High) {
				t.Fatalf("BCa interval %+v", iv)
			}
		}
	})
}
