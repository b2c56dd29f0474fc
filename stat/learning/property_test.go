package learning_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/internal/reference"
	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/learning"
)

func near(t *rapid.T, what string, a, b, tol float64) {
	if !reference.Near(a, b, tol) {
		t.Fatalf("%s: %v and %v", what, a, b)
	}
}

// shuffled rows of answers, and right exchanged with wrong.
func variants(a learning.Answers, rng *rand.Rand) (shuffled, flipped learning.Answers) {
	shuffled, flipped = a, a
	shuffled.Marks, flipped.Marks = nil, slices.Clone(a.Marks)
	for _, p := range rng.Perm(a.Persons) {
		shuffled.Marks = append(shuffled.Marks, a.Row(p)...)
	}
	for k, m := range flipped.Marks {
		flipped.Marks[k] = 1 - m
	}
	return shuffled, flipped
}

func TestTestProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		a, _ := answerTest(rng, 120, func(i int) float64 { return trueSlope[i] })
		shuffled, flipped := variants(a, rng)
		items, err := learning.Items(a)
		if err != nil {
			evidence.Discard(t, err)
		}
		other, mirror := must(learning.Items(shuffled)), must(learning.Items(flipped))
		for i := range items {
			near(t, "shuffled item", items[i].ItemRest, other[i].ItemRest, 1e-9)
			near(t, "shuffled discrimination", items[i].Discrimination, other[i].Discrimination, 1e-9)
			near(t, "flipped share", items[i].PCorrect, 1-mirror[i].PCorrect, 1e-12)
			near(t, "flipped correlation", items[i].ItemRest, mirror[i].ItemRest, 1e-9)
		}
		near(t, "flipped α", must(learning.AlphaOf(a, 0.95)).Alpha, must(learning.AlphaOf(flipped, 0.95)).Alpha, 1e-9)
		r, err := learning.FitRasch(a, 0.95)
		if err != nil {
			evidence.Discard(t, err)
		}
		sum := 0.0
		for i, d := range must(learning.FitRasch(flipped, 0.95)).Difficulty {
			near(t, "flipped difficulty", d.Value, -r.Difficulty[i].Value, 1e-7)
			near(t, "shuffled difficulty", must(learning.FitRasch(shuffled, 0.95)).Difficulty[i].Value, r.Difficulty[i].Value, 1e-7)
			sum += d.Value
		}
		near(t, "sum of difficulties", sum, 0, 1e-9)
	})
}

func TestIRTProperties(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 1))
	for range 3 {
		a, _ := answerTest(rng, 250, func(i int) float64 { return trueSlope[i] })
		shuffled, flipped := variants(a, rng)
		base := must(learning.FitIRT(t.Context(), a, learning.TwoPL, 0.95))
		other, mirror := must(learning.FitIRT(t.Context(), shuffled, learning.TwoPL, 0.95)), must(learning.FitIRT(t.Context(), flipped, learning.TwoPL, 0.95))
		for i, it := range base.Items {
			if !reference.Near(other.Items[i].Difficulty.Value, it.Difficulty.Value, 1e-6) {
				t.Errorf("order of people changes item %d", i)
			}
			if !reference.Near(mirror.Items[i].Difficulty.Value, -it.Difficulty.Value, 1e-6) || !reference.Near(mirror.Items[i].Discrimination.Value, it.Discrimination.Value, 1e-6) {
				t.Errorf("item %d with right and wrong exchanged: %+v and %+v", i, mirror.Items[i], it)
			}
		}
	}
}

func TestChangeProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(4, 20).Draw(t, "n")
		score := rapid.Float64Range(5, 95)
		before, after := rapid.SliceOfN(score, n, n).Draw(t, "before"), rapid.SliceOfN(score, n, n).Draw(t, "after")
		g, err := learning.NormalisedGain(before, after, 100, 0.9)
		if err != nil {
			evidence.Discard(t, err)
		}
		half := func(x []float64) (out []float64) {
			for _, v := range x {
				out = append(out, v/2)
			}
			slices.Reverse(out)
			return out
		}
		h := must(learning.NormalisedGain(half(before), half(after), 50, 0.9))
		near(t, "class gain in other units and order", g.Class.Value, h.Class.Value, 1e-9)
		near(t, "its interval", g.Class.Interval.Low, h.Class.Interval.Low, 1e-9)
		near(t, "mean change", g.Person.Value, h.Person.Value, 1e-9)
		c := must(learning.Change(before, after, learning.Population{Mean: 60, Correlation: 1}, 0.9))
		near(t, "nothing expected at correlation 1", c.Expected, 0, 1e-9)
	})
}

func TestForgettingProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var tests, twice, hours []learning.Recall
		for _, day := range []float64{0, 2, 5, 10, 20} {
			r := learning.Recall{Time: day, Asked: 50, Right: rapid.IntRange(5, 30).Draw(t, "right")}
			tests = append(tests, r)
			twice = append(twice, learning.Recall{Time: day, Asked: 100, Right: 2 * r.Right})
			r.Time *= 24
			hours = append(hours, r)
		}
		f, err := learning.FitForgetting(tests, learning.Exponential, 0.95)
		if err != nil {
			evidence.Discard(t, err)
		}
		h, d := must(learning.FitForgetting(hours, learning.Exponential, 0.95)), must(learning.FitForgetting(twice, learning.Exponential, 0.95))
		near(t, "half-life in hours", h.Half, 24*f.Half, 1e-7)
		near(t, "half-life of doubled counts", d.Half, f.Half, 1e-7)
		near(t, "standard error of doubled counts", d.Rate.SE*math.Sqrt2, f.Rate.SE, 1e-7)
		near(t, "half at the half-life", f.At(f.Half), f.Start.Value/2, 1e-9)
	})
}

func TestLearningErrors(t *testing.T) {
	one := []string{"110", "101", "100", "111", "100", "110", "101", "111"}
	for name, tt := range map[string]struct {
		err  func() error
		want error
	}{
		"five people": {func() error {
			_, err := learning.FitIRT(t.Context(), answers(one[:5]), learning.TwoPL, 0.95)
			return err
		}, stat.ErrTooFew},
		"item that all solve": {func() error {
			_, err := learning.FitIRT(t.Context(), answers(slices.Repeat(one, 3)), learning.TwoPL, 0.95)
			return err
		}, stat.ErrNoVariance},
		"conditional Rasch of it": {func() error { _, err := learning.FitRasch(answers(slices.Repeat(one, 3)), 0.95); return err }, stat.ErrNoVariance},
		"Guttman pattern": {func() error {
			_, err := learning.FitRasch(answers(slices.Repeat([]string{"1000", "1100", "1110"}, 9)), 0.95)
			return err
		}, stat.ErrNoVariance},
		"two groups of items, one always harder": {func() error {
			_, err := learning.FitRasch(answers(slices.Repeat([]string{"1000", "0100", "1110", "1101"}, 9)), 0.95)
			return err
		}, stat.ErrSeparation},
		"missing in item analysis": {func() error { _, err := learning.Items(answers([]string{"1-", "10", "01"})); return err }, stat.ErrInvalid},
		"equal totals":             {func() error { _, err := learning.Items(answers([]string{"10", "01", "10"})); return err }, stat.ErrNoVariance},
		"two answers each": {func() error {
			_, err := learning.FitTracing(t.Context(), slices.Repeat([][]int8{{0, 1}}, 20), 0.95)
			return err
		}, stat.ErrTooFew},
		"all right": {func() error {
			_, err := learning.FitTracing(t.Context(), slices.Repeat([][]int8{{1, 1, 1}}, 20), 0.95)
			return err
		}, stat.ErrNoVariance},
		"full marks before": {func() error {
			_, err := learning.NormalisedGain([]float64{10, 10, 10}, []float64{10, 9, 8}, 10, 0.95)
			return err
		}, stat.ErrNoVariance},
		"above full marks": {func() error {
			_, err := learning.NormalisedGain([]float64{1, 2, 11}, []float64{10, 9, 8}, 10, 0.95)
			return err
		}, stat.ErrInvalid},
		"retention that rises": {func() error {
			_, err := learning.FitForgetting([]learning.Recall{{0, 10, 30}, {1, 15, 30}, {2, 20, 30}}, learning.Power, 0.95)
			return err
		}, stat.ErrInvalid},
		"negative time": {func() error {
			_, err := learning.FitForgetting([]learning.Recall{{-1, 10, 30}, {1, 15, 30}, {2, 20, 30}}, learning.Power, 0.95)
			return err
		}, stat.ErrInvalid},
		"more than everything at first, no test then": {func() error {
			_, err := learning.FitForgetting([]learning.Recall{{25, 29, 30}, {93, 30, 30}, {107, 15, 30}}, learning.Exponential, 0.95)
			return err
		}, stat.ErrNoConvergence},
		"everything retained at first": {func() error {
			_, err := learning.FitForgetting([]learning.Recall{{0, 30, 30}, {1, 30, 30}, {2, 1, 30}}, learning.Exponential, 0.95)
			return err
		}, stat.ErrNoConvergence},
	} {
		if err := tt.err(); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
}

func TestCancellation(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := learning.FitIRT(ctx, answers(own(t).Answers), learning.OnePL, 0.95); !errors.Is(err, context.Canceled) {
		t.Errorf("item response model: %v", err)
	}
	var people [][]int8
	for _, r := range own(t).TracingAnswers {
		people = append(people, marks(r))
	}
	if _, err := learning.FitTracing(ctx, people, 0.95); !errors.Is(err, context.Canceled) {
		t.Errorf("knowledge tracing: %v", err)
	}
}

func FuzzAnswers(f *testing.F) {
	f.Add([]byte{1, 0, 1, 1, 0, 1, 0, 0, 1, 1, 1, 0, 1, 0, 1, 0, 1, 1, 0, 0, 0, 1, 1, 0}, uint8(3))
	f.Add([]byte{}, uint8(2))
	f.Add([]byte{1, 1, 1, 1, 1, 1}, uint8(3))
	f.Add([]byte{2, 2, 2, 3, 1, 0}, uint8(2))
	f.Fuzz(func(t *testing.T, data []byte, items uint8) {
		k := int(items%6) + 1
		data = data[:min(len(data), 40*k)/k*k]
		a := learning.Answers{Persons: len(data) / k, Items: k}
		for _, b := range data {
			a.Marks = append(a.Marks, int8(b%4)-1)
		}
		for _, model := range []learning.Model{learning.OnePL, learning.TwoPL, learning.Rasch} {
			fit, err := learning.FitIRT(t.Context(), a, model, 0.95)
			if !evidence.Finite(t, "item response model", err) {
				continue
			}
			for _, it := range fit.Items {
				evidence.FiniteEstimate(t, "difficulty", nil, it.Difficulty)
				evidence.FiniteEstimate(t, "intercept", nil, it.Intercept)
				evidence.Finite(t, "discrimination", nil, it.Discrimination.Value, it.Discrimination.SE) // Rasch fixes it
			}
		}
		if r, err := learning.FitRasch(a, 0.95); evidence.Finite(t, "Rasch", err) {
			for _, d := range r.Difficulty {
				evidence.FiniteEstimate(t, "Rasch", nil, d)
			}
		}
		_, err := learning.Items(a)
		evidence.Finite(t, "items", err)
		if r, err := learning.AlphaOf(a, 0.95); evidence.Finite(t, "α", err) {
			evidence.Finite(t, "α", nil, append(r.WithoutItem, r.Alpha, r.SEM, r.Interval.Low, r.Interval.High)...)
		}
		var people [][]int8
		for p := range a.Persons {
			people = append(people, a.Row(p))
		}
		if fit, err := learning.FitTracing(t.Context(), people, 0.95); evidence.Finite(t, "tracing", err) {
			for _, e := range fit.Parameters {
				evidence.FiniteEstimate(t, "tracing", nil, e)
			}
		}
	})
}

func FuzzScores(f *testing.F) {
	f.Add(1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 10.0)
	f.Add(math.NaN(), 0.0, math.Inf(1), -1.0, 0.0, 0.0, 1.0)
	f.Add(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0)
	f.Add(0.5, 0.4, 0.3, 0.2, 1e300, 1e-300, 1e200)
	f.Fuzz(func(t *testing.T, a, b, c, d, e, g, full float64) {
		before, after := []float64{a, b, c, g}, []float64{d, e, g, a}
		if full > 0 && full <= 1e100 {
			if r, err := learning.NormalisedGain(before, after, full, 0.95); evidence.Finite(t, "gain", err) {
				evidence.FiniteEstimate(t, "gain of the class", nil, r.Class.Estimate)
				evidence.FiniteEstimate(t, "gain a person", nil, r.Person.Estimate)
			}
		}
		if r, err := learning.Change(before, after, learning.Population{Mean: full, Correlation: 0.5}, 0.95); evidence.Finite(t, "change", err) {
			evidence.FiniteEstimate(t, "change", nil, r.Observed.Estimate, r.Expected)
			evidence.FiniteEstimate(t, "change beyond regression to the mean", nil, r.Beyond.Estimate)
		}
		if r, err := learning.Retained(before, after, 0.95); evidence.Finite(t, "retention", err) {
			evidence.FiniteEstimate(t, "share kept", nil, r.Kept)
			evidence.FiniteEstimate(t, "change", nil, r.Change.Estimate)
		}
		if r, err := learning.Alpha(learning.Scores{Persons: 4, Items: 2, Values: append(before, after...)}, 0.95); evidence.Finite(t, "α", err) {
			evidence.Finite(t, "α", nil, r.Alpha, r.SEM, r.Interval.Low, r.Interval.High)
		}
		for _, curve := range []learning.Curve{learning.Exponential, learning.Power} {
			r, err := learning.FitSavings([]float64{0, 1, math.Abs(full), 7}, before, curve, 0.95)
			finiteCurve(t, "savings", r, err)
			r, err = learning.FitForgetting([]learning.Recall{{a, 8, 10}, {b, 5, 10}, {c, int(math.Mod(d, 100)), 10}}, curve, 0.95)
			finiteCurve(t, "forgetting", r, err)
		}
	})
}

func finiteCurve(t *testing.T, what string, r *learning.Forgetting, err error) {
	t.Helper()
	if evidence.Finite(t, what, err) {
		evidence.FiniteEstimate(t, what+" at the start", nil, r.Start, r.Half, r.HalfLife.Low, r.LogLik)
		evidence.FiniteEstimate(t, "rate of "+what, nil, r.Rate)
	}
}
