package balance_test

import (
	"encoding/binary"
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/stat/balance"
)

// FuzzBalance reads a small sample from bytes: whatever it holds, every number
// is finite or an error says why there is none.
func FuzzBalance(f *testing.F) {
	add := func(values ...float64) {
		var all []byte
		for k, v := range values {
			if k%3 == 0 {
				all = append(all, byte(k/3))
			}
			all = binary.LittleEndian.AppendUint64(all, math.Float64bits(v))
		}
		f.Add(all)
	}
	add()
	add(1, 2, 3)
	add(1, 1, 1, 2, 1, 1, 3, 1, 1, 4, 1, 1)
	add(1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 3, 2, 5, 4, 6)
	add(math.NaN(), 2, 3, 4, math.Inf(1), 6, 7, 8, 9, 1, 2, 3)
	add(1e308, -1e308, 3, -1e308, 1e308, 6, 7, 8, 9, 1, 1e308, 3)
	add(0, 1e-320, 0, 1, 1e-320, 1, 1, 0, 0, 0, 0, 1)
	f.Fuzz(func(t *testing.T, data []byte) {
		const width = 25
		n := min(len(data)/width, 30)
		treated, x, w, y := make([]bool, n), make([]float64, n), make([]float64, n), make([]float64, n)
		for i := range n {
			r := data[i*width:]
			treated[i] = r[0]&1 == 1
			for j, into := range [][]float64{x, w, y} {
				into[i] = math.Float64frombits(binary.LittleEndian.Uint64(r[1+8*j:]))
			}
		}
		columns := []balance.Covariate{{Name: "x", Values: x}}
		table, err := balance.New(treated, w, columns, balance.Pooled)
		evidence.Finite(t, "balance", err, table.TreatedESS, table.ControlESS, table.MaxAbsSMD, table.MaxAbsSMDBefore, table.MaxKS, table.MaxKSBefore)
		for _, r := range table.Rows {
			evidence.Finite(t, r.Name, err, r.After.SMD, r.After.VarianceRatio, r.After.KS, r.Before.VarianceRatio, r.Before.TreatedMean)
		}
		o, err := balance.OverlapOf(treated, x, 7)
		evidence.Finite(t, "overlap", err, o.CStatistic, o.Common, o.TreatedOutside)
		with, err := balance.Prognostic(treated, y, columns)
		if evidence.Finite(t, "prognostic score", err) {
			evidence.Finite(t, "prognostic score", nil, with[1].Values...)
		}
	})
}

// Distances and the c-statistic see ranks alone, and swapping the arms turns
// them over.
func TestRankProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(6, 40).Draw(t, "n")
		treated, swapped, x, bent, w := make([]bool, n), make([]bool, n), make([]float64, n), make([]float64, n), make([]float64, n)
		for i := range n {
			treated[i], swapped[i] = i%2 == 0, i%2 == 1
			x[i] = float64(rapid.IntRange(-9, 9).Draw(t, "x"))
			bent[i] = math.Exp(x[i]) - 5
			w[i] = rapid.Float64Range(0.1, 5).Draw(t, "w")
		}
		ks := func(treated []bool, x []float64) float64 {
			table, err := balance.New(treated, w, []balance.Covariate{{Name: "x", Values: x}}, balance.Pooled)
			if err != nil {
				evidence.Discard(t, err)
			}
			return table.MaxKS
		}
		if a, b, c := ks(treated, x), ks(treated, bent), ks(swapped, x); math.Abs(a-b) > 1e-12 || math.Abs(a-c) > 1e-12 || a < 0 || a > 1+1e-12 {
			t.Fatalf("distances %v, %v on another scale, %v with arms swapped", a, b, c)
		}
		o, err := balance.OverlapOf(treated, x, 5)
		if err != nil {
			t.Fatal(err)
		}
		curved, _ := balance.OverlapOf(treated, bent, 5)
		turned, _ := balance.OverlapOf(swapped, x, 5)
		if math.Abs(o.CStatistic-curved.CStatistic) > 1e-12 || math.Abs(o.CStatistic+turned.CStatistic-1) > 1e-12 || o.TreatedOutside != turned.ControlsOutside {
			t.Fatalf("%+v, on another scale %+v, turned %+v", o, curved, turned)
		}
	})
}
