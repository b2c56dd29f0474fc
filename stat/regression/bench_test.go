package regression_test

import (
	"math"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/liftmark/liftmark/internal/reference"
	"github.com/liftmark/liftmark/stat/regression"
)

// million is a million rows of an intercept and 10 covariates.
func million() (y, treated []float64, x regression.Design) {
	const n, p = 1_000_000, 11
	rng := rand.New(rand.NewPCG(1, 2))
	x = regression.Design{Rows: n, Cols: p, Values: make([]float64, n*p)}
	y, treated = make([]float64, n), make([]float64, n)
	for i := range n {
		row := x.Row(i)
		row[0] = 1
		var sum float64
		for j := 1; j < p; j++ {
			row[j] = rng.NormFloat64()
			sum += row[j] / 5
		}
		y[i] = sum + rng.NormFloat64()
		if rng.Float64() < 1/(1+math.Exp(1-sum)) {
			treated[i] = 1
		}
	}
	return y, treated, x
}

func BenchmarkOLSMillion(b *testing.B) {
	y, _, x := million()
	for b.Loop() {
		fit, err := regression.OLS(y, x)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := fit.HC(regression.HC1); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPropensityMillion(b *testing.B) {
	_, treated, x := million()
	for b.Loop() {
		if _, err := regression.Logistic(treated, x, nil); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkFixedEffects times the two-way regression of an outcome on being
// treated, clustered by unit, on the panels of bench/gen.R: 24 months.
func BenchmarkFixedEffects(b *testing.B) {
	for _, units := range []int{10_000, 100_000} {
		b.Run(strconv.Itoa(units), func(b *testing.B) {
			rows := reference.CSV(b, reference.Bench(b, "panel", units))
			y, unit, month := rows.Floats(b, "y"), rows.Ints(b, "id"), rows.Ints(b, "t")
			treated := make([]float64, len(y))
			for i, start := range rows.Ints(b, "g") {
				if start > 0 && month[i] >= start {
					treated[i] = 1
				}
			}
			design := columnsOf(treated)
			b.ReportAllocs()
			for b.Loop() {
				fit, err := regression.FixedEffects(y, design, [][]int{unit, month}, nil)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := fit.Clustered(regression.CR1, unit); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkLogistic times an event on five covariates, on the rows of bench/gen.R.
func BenchmarkLogistic(b *testing.B) {
	for _, n := range []int{100_000, 1_000_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			rows := reference.CSV(b, reference.Bench(b, "cox", n))
			var x [][]float64
			for j := range 5 {
				x = append(x, rows.Floats(b, "x"+strconv.Itoa(j+1)))
			}
			event, design := rows.Floats(b, "ev"), regression.WithIntercept(n, x...)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := regression.Logistic(event, design, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
