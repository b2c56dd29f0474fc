package survival

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/liftmark/liftmark/internal/reference"
)

// benchSpells draws event and censoring times as gen_cox of the data folder's
// bench/gen.R does, in whole days or not, for two groups.
func benchSpells(n int, days bool) (d Data, group []int) {
	rng := rand.New(rand.NewPCG(7, 7))
	d = Data{Stop: make([]float64, n), Event: make([]bool, n)}
	group = make([]int, n)
	for i := range n {
		group[i] = rng.IntN(2)
		event := rng.ExpFloat64() / (0.002 * math.Exp(0.4*float64(group[i])))
		censored := 30 + 700*rng.Float64()
		d.Stop[i], d.Event[i] = min(event, censored), event <= censored
		if days {
			d.Stop[i] = math.Ceil(d.Stop[i])
		}
	}
	return d, group
}

// besideSorting runs f on rows of three sizes and reports its time beside that
// of sorting the same times with slices.Sort.
func besideSorting(b *testing.B, f func(d Data, group []int) error) {
	for _, n := range []int{100_000, 1_000_000, 10_000_000} {
		for _, days := range []bool{true, false} {
			name := fmt.Sprintf("rows=%d/days=%v", n, days)
			b.Run(name, func(b *testing.B) {
				d, group := benchSpells(n, days)
				sorting := time.Duration(math.MaxInt64)
				for range 3 {
					times := slices.Clone(d.Stop)
					from := time.Now()
					slices.Sort(times)
					sorting = min(sorting, time.Since(from))
				}
				b.ResetTimer()
				for b.Loop() {
					if err := f(d, group); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.Elapsed())/float64(b.N)/float64(sorting), "times-sorting")
			})
		}
	}
}

func BenchmarkKaplanMeier(b *testing.B) {
	besideSorting(b, func(d Data, _ []int) error {
		_, err := KaplanMeier(d)
		return err
	})
}

func BenchmarkLogRank(b *testing.B) {
	besideSorting(b, func(d Data, group []int) error {
		_, err := LogRank(d, group, nil, Even)
		return err
	})
}

// coxRows reads rows of bench/gen.R: kind "cox" or "coxtv".
func coxRows(b *testing.B, kind string, n int) CoxData {
	rows := reference.CSV(b, reference.Bench(b, kind, n))
	d := CoxData{Names: []string{"x1", "x2", "x3", "x4", "x5"}}
	if kind == "coxtv" {
		d.Names = []string{"trained", "x"}
		d.Start, d.Stop = rows.Floats(b, "start"), rows.Floats(b, "stop")
		d.Cluster = rows.Ints(b, "id")
	} else {
		d.Stop = rows.Floats(b, "time")
	}
	for _, e := range rows.Ints(b, "ev") {
		d.Event = append(d.Event, e == 1)
	}
	p := len(d.Names)
	d.X = make([]float64, len(d.Stop)*p)
	for j, name := range d.Names {
		for i, v := range rows.Floats(b, name) {
			d.X[i*p+j] = v
		}
	}
	return d
}

func benchCox(b *testing.B, kind string, clustered bool, sizes ...int) {
	for _, n := range sizes {
		b.Run(fmt.Sprintf("rows=%d", n), func(b *testing.B) {
			d := coxRows(b, kind, n)
			if !clustered {
				d.Cluster = nil
			}
			runtime.GC() // the file's rows are not the model's
			b.ReportAllocs()
			for b.Loop() {
				fit, err := Cox(d, CoxOptions{})
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(fit.Terms[0].Coef, "coef")
			}
		})
	}
}

func BenchmarkCox(b *testing.B)            { benchCox(b, "cox", false, 100_000, 1_000_000) }
func BenchmarkCoxTimeVarying(b *testing.B) { benchCox(b, "coxtv", false, 100_000, 700_000) }
func BenchmarkCoxTimeVaryingCluster(b *testing.B) {
	benchCox(b, "coxtv", true, 100_000, 700_000)
}

func BenchmarkConcordance(b *testing.B) {
	for _, n := range []int{100_000, 1_000_000} {
		b.Run(fmt.Sprintf("rows=%d", n), func(b *testing.B) {
			fit, err := Cox(coxRows(b, "cox", n), CoxOptions{})
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if _, err := fit.Concordance(nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
