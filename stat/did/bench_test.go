package did_test

import (
	"bufio"
	"bytes"
	"context"
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/liftmark/liftmark/internal/reference"
	"github.com/liftmark/liftmark/stat/did"
)

// generated is a panel of units over periods 1 … T in eight cohorts and the
// never-treated: x1 moves who starts when and the trend, x2 is noise, effects start
// at 0.3 and grow by 0.05 a period.
func generated(units, periods int, seed uint64) did.Panel {
	rng := rand.New(rand.NewPCG(seed, 1))
	p := did.Panel{Start: make([]int, units), Covariates: [][]float64{make([]float64, units), make([]float64, units)}}
	season := make([]float64, periods+1)
	for t := 1; t <= periods; t++ {
		season[t] = season[t-1] + 0.05 + 0.1*rng.NormFloat64()
	}
	rows := units * periods
	p.Unit, p.Period, p.Outcome = make([]int, 0, rows), make([]int, 0, rows), make([]float64, 0, rows)
	for u := range units {
		x := rng.NormFloat64()
		p.Covariates[0][u] = x
		if rng.Float64() < 0.4 {
			p.Covariates[1][u] = 1
		}
		p.Start[u] = drawStart(rng, x)
		level := rng.NormFloat64() + 0.5*x
		for t := 1; t <= periods; t++ {
			y := level + season[t] + 0.02*float64(t)*x + rng.NormFloat64()
			if t >= p.Start[u] {
				y += 0.3 + 0.05*float64(t-p.Start[u])
			}
			p.Unit, p.Period, p.Outcome = append(p.Unit, u), append(p.Period, t), append(p.Outcome, y)
		}
	}
	return p
}

func drawStart(rng *rand.Rand, x float64) int {
	never, each := math.Exp(1.6), math.Exp(0.25*x)
	v := rng.Float64() * (never + 8*each)
	if v < never {
		return did.Never
	}
	return 6 + 2*min(int((v-never)/each), 7)
}

// benchPanel reads a panel of bench/gen.R: columns id, t, g, x1, x2, y, rows of a unit
// together.
func benchPanel(b *testing.B, units int) did.Panel {
	b.Helper()
	file, err := os.Open(reference.Bench(b, "panel", units))
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	p := did.Panel{Covariates: make([][]float64, 2)}
	lines := bufio.NewScanner(file)
	lines.Scan() // header
	last := ""
	for lines.Scan() {
		f := strings.Split(string(bytes.TrimSpace(lines.Bytes())), ",")
		if f[0] != last {
			last = f[0]
			start := int(number(b, f[2]))
			if start == 0 {
				start = did.Never
			}
			p.Start = append(p.Start, start)
			p.Covariates[0], p.Covariates[1] = append(p.Covariates[0], number(b, f[3])), append(p.Covariates[1], number(b, f[4]))
		}
		p.Unit, p.Period = append(p.Unit, len(p.Start)-1), append(p.Period, int(number(b, f[1])))
		p.Outcome = append(p.Outcome, number(b, f[5]))
	}
	return p
}

func number(b *testing.B, s string) float64 {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		b.Fatal(err)
	}
	return v
}

// run times an estimate with its event study and pre-trend test.
func run(b *testing.B, p did.Panel, options func() did.Options) {
	b.ReportAllocs()
	before := processor()
	for b.Loop() {
		r, err := did.Estimate(context.Background(), p, options())
		if err != nil {
			b.Fatal(err)
		}
		if _, err := r.Dynamic(did.Window{}); err != nil {
			b.Fatal(err)
		}
		if _, err := r.PreTrend(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric((processor()-before)/float64(b.N), "cpu-s/op")
	perRow(b, len(p.Outcome))
}

// processor is the processor time that the process has used, in seconds: what is left
// to compare on a machine that others use too.
func processor() float64 {
	var usage syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &usage) != nil {
		return math.NaN()
	}
	return float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e9
}

func perRow(b *testing.B, rows int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(rows), "ns/row")
	var usage syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &usage) == nil {
		b.ReportMetric(float64(usage.Maxrss)/1024, "peak-MB") // of the process so far, its data included
	}
}

var benchUnits = []int{1_000, 10_000, 100_000}

// BenchmarkCallawaySantAnna times the files of bench/gen.R: 24 months, eight cohorts.
func BenchmarkCallawaySantAnna(b *testing.B) {
	for _, tt := range []struct {
		name       string
		covariates bool
		options    func() did.Options
	}{
		{"analytic", false, func() did.Options { return did.Options{} }},
		{"doubly_robust", true, func() did.Options { return did.Options{} }},
		{"doubly_robust_not_yet", true, func() did.Options { return did.Options{Control: did.NotYetTreated} }},
		{"bootstrap", false, func() did.Options { return did.Options{Draws: 1000, Source: rand.NewPCG(1, 2)} }},
	} {
		for _, units := range benchUnits {
			b.Run(tt.name+"/"+strconv.Itoa(units), func(b *testing.B) {
				p := benchPanel(b, units)
				if !tt.covariates {
					p.Covariates = nil
				}
				run(b, p, tt.options)
			})
		}
	}
}

// BenchmarkTwoWayFixedEffects times the regression that others show.
func BenchmarkTwoWayFixedEffects(b *testing.B) {
	for _, units := range benchUnits {
		b.Run(strconv.Itoa(units), func(b *testing.B) {
			p := benchPanel(b, units)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := did.TwoWayFixedEffects(p, 0.95); err != nil {
					b.Fatal(err)
				}
			}
			perRow(b, len(p.Outcome))
		})
	}
}

// BenchmarkSunAbraham times the interaction-weighted event study.
func BenchmarkSunAbraham(b *testing.B) {
	for _, units := range benchUnits {
		b.Run(strconv.Itoa(units), func(b *testing.B) {
			p := benchPanel(b, units)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := did.SunAbraham(p, 0.95); err != nil {
					b.Fatal(err)
				}
			}
			perRow(b, len(p.Outcome))
		})
	}
}

// manyCells is a panel of 20,000 units over 60 periods with a cohort for each but the
// first, 3,500 cells.
func manyCells() did.Panel {
	rng := rand.New(rand.NewPCG(3, 4))
	const units, periods = 20_000, 60
	p := did.Panel{}
	for u := range units {
		start := 2 + u%(periods+30)
		if start > periods {
			start = did.Never
		}
		p.Start = append(p.Start, start)
		level := rng.NormFloat64()
		for t := 1; t <= periods; t++ {
			p.Unit, p.Period, p.Outcome = append(p.Unit, u), append(p.Period, t), append(p.Outcome, level+rng.NormFloat64())
		}
	}
	return p
}

// BenchmarkManyCells times thousands of small cells.
func BenchmarkManyCells(b *testing.B) {
	p := manyCells()
	for name, o := range map[string]did.Options{"never": {}, "not_yet": {Control: did.NotYetTreated}} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r, err := did.Estimate(context.Background(), p, o)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := r.Dynamic(did.Window{}); err != nil {
					b.Fatal(err)
				}
			}
			perRow(b, len(p.Outcome))
		})
	}
}

// BenchmarkHonest times the bounds on an event study of 6 + 12 periods.
func BenchmarkHonest(b *testing.B) {
	p := generated(2000, 24, 6)
	p.Covariates = nil
	from, to := -7, 11
	r, err := did.Estimate(context.Background(), p, did.Options{Base: did.Universal})
	if err != nil {
		b.Fatal(err)
	}
	a, err := r.Dynamic(did.Window{From: &from, To: &to})
	if err != nil {
		b.Fatal(err)
	}
	study, err := a.EventStudy()
	if err != nil {
		b.Fatal(err)
	}
	points := study.Points()
	b.Run("smoothness", func(b *testing.B) {
		for b.Loop() {
			if _, err := did.Smoothness(points, points.Average(), 0.01, 0.95); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("relative", func(b *testing.B) {
		for b.Loop() {
			if _, err := did.RelativeMagnitudes(context.Background(), points, points.Average(), 1, did.RelativeOptions{}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
