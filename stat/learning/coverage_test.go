package learning_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/learning"
)

var (
	trueSlope      = []float64{0.8, 1, 1.2, 1.5, 1, 0.9, 1.3, 1.1}
	trueDifficulty = []float64{-1.5, -1, -0.5, 0, 0.3, 0.7, 1, 1.4}
)

// answerTest draws the answers of people to the eight items.
func answerTest(rng *rand.Rand, people int, slope func(i int) float64) (learning.Answers, []float64) {
	a := learning.Answers{Persons: people, Items: len(trueDifficulty)}
	ability := make([]float64, people)
	for p := range ability {
		ability[p] = rng.NormFloat64()
		for i, b := range trueDifficulty {
			m := learning.Wrong
			if rng.Float64() < 1/(1+math.Exp(-slope(i)*(ability[p]-b))) {
				m = learning.Right
			}
			a.Marks = append(a.Marks, m)
		}
	}
	return a, ability
}

func TestIRTCoverage(t *testing.T) {
	s := evidence.Simulate(t, "2PL", evidence.Draws{Quick: 40, Full: 2000, Seed: 51}, func(rng *rand.Rand, hold func(string, bool)) error {
		a, ability := answerTest(rng, 500, func(i int) float64 { return trueSlope[i] })
		fit, err := learning.FitIRT(context.Background(), a, learning.TwoPL, 0.95)
		if err != nil {
			return err
		}
		for i, it := range fit.Items {
			hold("8 items, 500 people: interval of difficulty covers", it.Difficulty.Interval.Contains(trueDifficulty[i]))
			hold("8 items, 500 people: interval of discrimination covers", it.Discrimination.Interval.Contains(trueSlope[i]))
		}
		p := rng.IntN(500)
		est := must(fit.Abilities(learning.Answers{Persons: 1, Items: 8, Marks: a.Row(p)}))[0]
		hold("8 items, 500 people: interval of ability covers, over people", est.Interval.Contains(ability[p]))
		return nil
	})
	s.Nominal("8 items, 500 people: interval of difficulty covers", 0.95, 0.01)
	s.Nominal("8 items, 500 people: interval of discrimination covers", 0.95, 0.01)
	s.Nominal("8 items, 500 people: interval of ability covers, over people", 0.95, 0.01)
}

func TestRaschCoverage(t *testing.T) {
	s := evidence.Simulate(t, "Rasch and 1PL", evidence.Draws{Quick: 40, Full: 2000, Seed: 52}, func(rng *rand.Rand, hold func(string, bool)) error {
		a, _ := answerTest(rng, 300, func(int) float64 { return 1 })
		cml := must(learning.FitRasch(a, 0.95))
		one := must(learning.FitIRT(context.Background(), a, learning.OnePL, 0.95))
		var mean float64
		for _, b := range trueDifficulty {
			mean += b / 8
		}
		for i, b := range trueDifficulty {
			hold("8 items, 300 people: conditional interval of difficulty covers", cml.Difficulty[i].Interval.Contains(b-mean))
			hold("8 items, 300 people: 1PL interval of difficulty covers", one.Items[i].Difficulty.Interval.Contains(b))
		}
		hold("8 items, 300 people: 1PL interval of discrimination covers", one.Items[0].Discrimination.Interval.Contains(1))
		return nil
	})
	for _, what := range []string{"conditional interval of difficulty", "1PL interval of difficulty", "1PL interval of discrimination"} {
		s.Nominal("8 items, 300 people: "+what+" covers", 0.95, 0.01)
	}
}

// Five parallel items, each true score plus noise of twice its variance: α is
// 5·(1/3)/(1+4·(1/3)) = 5/7 (Spearman and Brown).
func TestFeldtCoverage(t *testing.T) {
	s := evidence.Simulate(t, "Cronbach's α, Feldt's interval", evidence.Draws{Quick: 2000, Full: 10000, Seed: 53}, func(rng *rand.Rand, hold func(string, bool)) error {
		for scenario, people := range evidence.InOrder(map[string]int{"5 parallel items, 20 people": 20, "5 parallel items, 200 people": 200}) {
			sc := learning.Scores{Persons: people, Items: 5}
			for range people {
				true := rng.NormFloat64()
				for range 5 {
					sc.Values = append(sc.Values, true+math.Sqrt2*rng.NormFloat64())
				}
			}
			hold(scenario, must(learning.Alpha(sc, 0.95)).Interval.Contains(5.0/7))
		}
		return nil
	})
	s.Nominal("5 parallel items, 20 people", 0.95, 0)
	s.Nominal("5 parallel items, 200 people", 0.95, 0)
}

func TestTracingCoverage(t *testing.T) {
	truth := [4]float64{0.4, 0.2, 0.2, 0.1}
	s := evidence.Simulate(t, "Bayesian knowledge tracing", evidence.Draws{Quick: 150, Full: 2000, Seed: 54}, func(rng *rand.Rand, hold func(string, bool)) error {
		people := make([][]int8, 600)
		for p := range people {
			known := rng.Float64() < truth[0]
			for range 7 {
				right := truth[2]
				if known {
					right = 1 - truth[3]
				}
				m := learning.Wrong
				if rng.Float64() < right {
					m = learning.Right
				}
				people[p] = append(people[p], m)
				known = known || rng.Float64() < truth[1]
			}
		}
		fit, err := learning.FitTracing(context.Background(), people, 0.95)
		if err != nil {
			return err
		}
		for k, name := range []string{"prior", "learn", "guess", "slip"} {
			hold("600 people, 7 answers: interval of "+name+" covers", fit.Parameters[k].Interval.Contains(truth[k]))
		}
		return nil
	})
	for _, name := range []string{"prior", "learn", "guess", "slip"} {
		s.Nominal("600 people, 7 answers: interval of "+name+" covers", 0.95, 0.01)
	}
}

// People with true ability on a scale of 100 take a test before and after;
// training closes 30 % of each one's gap, at most what noise leaves.
func TestGainCoverage(t *testing.T) {
	s := evidence.Simulate(t, "Normalised gain", evidence.Draws{Quick: 2000, Full: 10000, Seed: 55}, func(rng *rand.Rand, hold func(string, bool)) error {
		before, after := make([]float64, 25), make([]float64, 25)
		for p := range before {
			before[p] = 20 + 50*rng.Float64()
			after[p] = before[p] + (100-before[p])*(0.1+0.4*rng.Float64())
		}
		g := must(learning.NormalisedGain(before, after, 100, 0.95))
		hold("25 people, gain 0.3: interval of the class gain covers", g.Class.Interval.Contains(0.3))
		hold("25 people, gain 0.3: interval of the mean change covers", g.Person.Interval.Contains(0.3))
		kept := make([]float64, 25)
		for p := range kept {
			kept[p] = after[p] * (0.6 + 0.4*rng.Float64())
		}
		hold("25 people, 80 % kept: interval of retention covers", must(learning.Retained(after, kept, 0.95)).Kept.Interval.Contains(0.8))
		return nil
	})
	s.Nominal("25 people, gain 0.3: interval of the class gain covers", 0.95, 0.01)
	s.Nominal("25 people, gain 0.3: interval of the mean change covers", 0.95, 0.01)
	s.Nominal("25 people, 80 % kept: interval of retention covers", 0.95, 0.01)
}

// The worst quarter of 160 people is sent to a course that does nothing. The
// plain comparison finds that it helped; what is left after regression to the
// mean is nothing.
func TestRegressionToTheMean(t *testing.T) {
	s := evidence.Simulate(t, "Change beyond regression to the mean", evidence.Draws{Quick: 2000, Full: 10000, Seed: 56}, func(rng *rand.Rand, hold func(string, bool)) error {
		var before, after []float64
		for range 160 {
			true := 60 + 10*math.Sqrt(0.6)*rng.NormFloat64()
			b := true + 10*math.Sqrt(0.4)*rng.NormFloat64()
			if b < 60-6.745 { // the lower quarter of N(60, 10²)
				before, after = append(before, b), append(after, true+10*math.Sqrt(0.4)*rng.NormFloat64())
			}
		}
		c := must(learning.Change(before, after, learning.Population{Mean: 60, Correlation: 0.6}, 0.95))
		hold("worst quarter, no effect: test of the change beyond rejects at 5 %", c.Beyond.P <= 0.05)
		hold("worst quarter, no effect: interval of the change beyond covers", c.Beyond.Interval.Contains(0))
		hold("worst quarter, no effect: interval of the plain change covers", c.Observed.Interval.Contains(0))
		return nil
	})
	s.Nominal("worst quarter, no effect: test of the change beyond rejects at 5 %", 0.05, 0)
	s.Nominal("worst quarter, no effect: interval of the change beyond covers", 0.95, 0)
	s.ShownToFail("worst quarter, no effect: interval of the plain change covers", 0.3)
}

func TestForgettingCoverage(t *testing.T) {
	s := evidence.Simulate(t, "Forgetting curve", evidence.Draws{Quick: 800, Full: 10000, Seed: 57}, func(rng *rand.Rand, hold func(string, bool)) error {
		times := []float64{0, 2, 7, 14, 30}
		for name, c := range evidence.InOrder(map[string]struct {
			curve      learning.Curve
			rate, half float64
			retained   func(t float64) float64
		}{
			"exponential, half-life 20 days": {learning.Exponential, math.Ln2 / 20, 20, func(t float64) float64 { return 0.85 * math.Exp(-math.Ln2/20*t) }},
			"power, half-life 15 days":       {learning.Power, 0.25, 15, func(t float64) float64 { return 0.85 * math.Pow(1+t, -0.25) }},
		}) {
			var tests []learning.Recall
			var share []float64
			for _, day := range times {
				right, p := 0, c.retained(day)
				for range 60 {
					if rng.Float64() < p {
						right++
					}
				}
				tests = append(tests, learning.Recall{Time: day, Right: right, Asked: 60})
				share = append(share, p+0.02*rng.NormFloat64())
			}
			f, err := learning.FitForgetting(tests, c.curve, 0.95)
			if errors.Is(err, stat.ErrNoConvergence) {
				continue // a start of 1 fits best: no interval, and rare
			}
			if err != nil {
				return err
			}
			hold(name+", 5 × 60 answers: interval of the half-life covers", f.HalfLife.Contains(c.half))
			hold(name+", 5 × 60 answers: interval of the rate covers", f.Rate.Interval.Contains(c.rate))
			hold(name+", 5 × 60 answers: interval of the start covers", f.Start.Interval.Contains(0.85))
			l, err := learning.FitSavings(times, share, c.curve, 0.95)
			if err != nil {
				return err
			}
			hold(name+", 5 shares: interval of the half-life covers", l.HalfLife.Contains(c.half))
		}
		return nil
	})
	for _, name := range []string{"exponential, half-life 20 days", "power, half-life 15 days"} {
		for _, what := range []string{"half-life", "rate", "start"} {
			s.Nominal(name+", 5 × 60 answers: interval of the "+what+" covers", 0.95, 0.01)
		}
		s.Nominal(name+", 5 shares: interval of the half-life covers", 0.95, 0.01)
	}
}

func BenchmarkFitIRT(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	const people, items = 10000, 50
	a := learning.Answers{Persons: people, Items: items}
	for range people {
		ability := rng.NormFloat64()
		for i := range items {
			m := learning.Wrong
			if rng.Float64() < 1/(1+math.Exp(-(0.7+float64(i%5)*0.2)*(ability-4*float64(i)/items+2))) {
				m = learning.Right
			}
			a.Marks = append(a.Marks, m)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		fit, err := learning.FitIRT(b.Context(), a, learning.TwoPL, 0.95)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(fit.Iterations), "steps")
	}
}
