package summary_test

import (
	"bufio"
	"math/big"
	"os"
	"strconv"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/stat/summary"
)

// numAcc builds NIST's NumAcc series: one value in the middle, then `pairs`
// alternating low and high.
func numAcc(mid, low, high float64, pairs int) []float64 {
	x := []float64{mid}
	for range pairs {
		x = append(x, low, high)
	}
	return x
}

// nist reads one of the series in testdata/nist.
func nist(t *testing.T, name string) []float64 {
	t.Helper()
	file, err := os.Open("testdata/nist/" + name + ".txt")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var x []float64
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		v, err := strconv.ParseFloat(lines.Text(), 64)
		if err != nil {
			t.Fatal(err)
		}
		x = append(x, v)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return x
}

// exact computes mean, standard deviation and lag-1 autocorrelation of the
// numbers that float64 holds in 400-bit arithmetic.
func exact(x []float64) [3]float64 {
	number := func(v float64) *big.Float { return new(big.Float).SetPrec(400).SetFloat64(v) }
	sum := number(0)
	for _, v := range x {
		sum.Add(sum, number(v))
	}
	n := number(float64(len(x)))
	mean := number(0).Quo(sum, n)
	squares, products := number(0), number(0)
	for i, v := range x {
		d := number(0).Sub(number(v), mean)
		squares.Add(squares, number(0).Mul(d, d))
		if i > 0 {
			products.Add(products, d.Mul(d, number(0).Sub(number(x[i-1]), mean)))
		}
	}
	r, _ := number(0).Quo(products, squares).Float64()
	variance := number(0).Quo(squares, number(float64(len(x)-1)))
	sd, _ := variance.Sqrt(variance).Float64()
	m, _ := mean.Float64()
	return [3]float64{m, sd, r}
}

// NIST Statistical Reference Datasets, univariate: certified mean, standard
// deviation and lag-1 autocorrelation, 15 digits, beside the same of the
// numbers that a double can hold, exactly. The decimals of NumAcc3 and NumAcc4
// (1000000.1, 10000000.1) have no double, and the nearest have a standard
// deviation that leaves the certified one in its tenth and ninth digit: there
// no algorithm on doubles can agree with NIST, and the second claim is the
// measure.
func TestNIST(t *testing.T) {
	for _, tt := range []struct {
		name         string
		x            []float64
		mean, sd, r1 float64
		sdTol, r1Tol float64 // against the certified values
	}{
		{"NumAcc1", []float64{10000001, 10000003, 10000002}, 10000002, 1, -0.5, 1e-14, 1e-14},
		{"NumAcc2", numAcc(1.2, 1.1, 1.3, 500), 1.2, 0.1, -0.999, 1e-14, 1e-14},
		{"NumAcc3", numAcc(1000000.2, 1000000.1, 1000000.3, 500), 1000000.2, 0.1, -0.999, 1e-9, 1e-9},
		{"NumAcc4", numAcc(10000000.2, 10000000.1, 10000000.3, 500), 10000000.2, 0.1, -0.999, 1e-8, 1e-8},
		{"Lew", nist(t, "Lew"), -177.435, 277.332168044316, -0.307304800605679, 1e-14, 1e-14},
		{"Lottery", nist(t, "Lottery"), 518.958715596330, 291.699727470969, -0.120948622967393, 1e-14, 1e-14},
		{"Mavro", nist(t, "Mavro"), 2.001856, 0.000429123454003053, 0.937989183438248, 1e-12, 1e-12},
		{"Michelso", nist(t, "Michelso"), 299.8524, 0.0790105478190518, 0.535199668621283, 1e-12, 1e-12},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m, err := summary.Of(tt.x)
			if err != nil {
				t.Fatal(err)
			}
			r, err := summary.Autocorrelation(tt.x, 1)
			if err != nil {
				t.Fatal(err)
			}
			data, source := "NIST "+tt.name, "NIST StRD, certified"
			evidence.Claim{Method: "Mean", Data: data, Source: source}.Agree(t, []float64{m.Mean}, []float64{tt.mean}, 1e-14)
			evidence.Claim{Method: "Standard deviation", Data: data, Source: source}.Agree(t, []float64{m.SD()}, []float64{tt.sd}, tt.sdTol)
			evidence.Claim{Method: "Autocorrelation at lag 1", Data: data, Source: source}.Agree(t, []float64{r}, []float64{tt.r1}, tt.r1Tol)
			want := exact(tt.x)
			evidence.Claim{Method: "Mean, standard deviation, autocorrelation", Data: data + " as doubles", Source: "exact, 400 bits"}.
				Agree(t, []float64{m.Mean, m.SD(), r}, want[:], 1e-13)
			t.Logf("mean %.1f, sd %.1f, autocorrelation %.1f digits of the certified values", evidence.Digits(m.Mean, tt.mean), evidence.Digits(m.SD(), tt.sd), evidence.Digits(r, tt.r1))
		})
	}
}
