package survival

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
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
