package weighting_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/internal/picture"
	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/balance"
	"github.com/liftmark/liftmark/stat/regression"
	"github.com/liftmark/liftmark/stat/weighting"
)

// forest is estimates with intervals, one a line, beside the truth.
type forest struct {
	labels      []string
	x, y        []float64
	left, right []float64
	warned      map[int]bool
	truth       float64
	label       string
}

func (f *forest) add(label string, value, low, high float64, warn bool) {
	if f.warned == nil {
		f.warned = map[int]bool{}
	}
	f.warned[len(f.x)] = warn
	f.labels, f.y = append(f.labels, label), append(f.y, float64(len(f.x)))
	f.x, f.left, f.right = append(f.x, value), append(f.left, low), append(f.right, high)
}

func (f *forest) effect(t *testing.T, label string, warn bool) func(*weighting.Effect, error) {
	return func(e *weighting.Effect, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		f.add(label, e.Value, e.Interval.Low, e.Interval.High, warn)
	}
}

func (f *forest) marks() []picture.Mark {
	out := []picture.Mark{picture.VLine{At: f.truth, Label: f.label}}
	for k := range f.x {
		tone := picture.Accent
		if f.warned[k] {
			tone = picture.Warn
		}
		out = append(out, picture.Points{X: f.x[k : k+1], Y: f.y[k : k+1], Left: f.left[k : k+1], Right: f.right[k : k+1], Tone: tone})
	}
	return out
}

func plain(t *testing.T, s weighting.Sample) stat.Test {
	fit := must(regression.OLS(s.Outcome, regression.WithIntercept(len(s.Treated), arm(s))))(t)
	cov := must(fit.HC(regression.HC2))(t)
	return stat.Normal(fit.Coef[1], regression.StandardErrors(cov)[1], 0.95)
}

// shares are an arm's bars as a stepped outline in per cent of the arm.
func shares(o balance.Overlap, treated bool) (x, y []float64) {
	var n float64
	for _, b := range o.Bins {
		k := b.Controls
		if treated {
			k = b.Treated
		}
		x, y = append(x, b.Low), append(y, float64(k))
		n += float64(k)
	}
	for i := range y {
		y[i] /= n
	}
	return append(x, o.Bins[len(o.Bins)-1].High), append(y, y[len(y)-1])
}

func TestPicturePropensityScore(t *testing.T) {
	s, _, _ := accounts(600, 1)
	score := must(weighting.Propensity(s.Treated, s.Covariates))(t)
	o := must(balance.OverlapOf(s.Treated, score.E, 18))(t)
	x1, y1 := shares(o, true)
	x0, y0 := shares(o, false)
	evidence.Picture(t, "propensity_score", picture.Chart{
		Title:    "Trained accounts were likelier to train, but most have untrained ones like them",
		Subtitle: fmt.Sprintf("share of each arm by propensity score; 600 simulated accounts, c-statistic %.2f", o.CStatistic),
		Alt:      "Two stepped outlines over the score from 0 to 1: untrained accounts heap up at low scores, trained ones at high scores, and they overlap between 0.1 and 0.9.",
		X:        picture.Scale{Title: "probability of training, from size and usage", From: 0, To: 1},
		Y:        picture.Scale{Title: "share of the arm", Percent: true, From: 0, To: 0.16},
		Marks: []picture.Mark{
			picture.Line{X: x1, Y: y1, Name: "trained", Tone: picture.Accent, Step: true},
			picture.Line{X: x0, Y: y0, Name: "untrained", Tone: picture.Other, Step: true},
		},
	})
}

func TestPictureIPW(t *testing.T) {
	s, _, _ := accounts(600, 1)
	f := &forest{truth: -1, label: "truth"}
	naive := plain(t, s)
	f.add("trained less untrained", naive.Value, naive.Interval.Low, naive.Interval.High, true)
	f.effect(t, "all accounts (ATE)", false)(weighting.IPW(s, weighting.Options{}, 0.95))
	f.effect(t, "those that trained (ATT)", false)(weighting.IPW(s, weighting.Options{Estimand: weighting.ATT}, 0.95))
	f.effect(t, "those that did not (ATC)", false)(weighting.IPW(s, weighting.Options{Estimand: weighting.ATC}, 0.95))
	f.effect(t, "ATE, trimmed at 0.1", false)(weighting.IPW(s, weighting.Options{Trim: weighting.Trim{Rule: weighting.FixedTrim, Bound: 0.1}}, 0.95))
	f.effect(t, "ATE, scores cut at 0.1", false)(weighting.IPW(s, weighting.Options{Truncate: 0.1}, 0.95))
	evidence.Picture(t, "ipw", picture.Chart{
		Title:    "Weighted, the accounts show the ticket a month that training saves; the raw difference hides it",
		Subtitle: "difference in tickets a month with 95 % intervals; 600 simulated accounts",
		Alt:      "Six estimates with intervals. The raw difference lies near zero; five weighted estimates lie around the truth of minus one ticket.",
		X:        picture.Scale{Title: "tickets a month, trained less untrained", Signed: true},
		Y:        picture.Scale{Title: "estimate", Labels: f.labels},
		Marks:    f.marks(),
	})
}

func TestPictureOverlapWeights(t *testing.T) {
	var x, inverse, overlapped []float64
	for k := 5; k <= 95; k++ {
		e := float64(k) / 100
		x, inverse, overlapped = append(x, e), append(inverse, 1/e), append(overlapped, 1-e)
	}
	evidence.Picture(t, "overlap_weights", picture.Chart{
		Title:    "A trained account that hardly could have trained weighs 20 under IPW, never more than 1 here",
		Subtitle: "weight of a trained account by its propensity score",
		Alt:      "Two falling curves over the score. The inverse probability weight climbs to 20 at a score of 0.05; the overlap weight stays between 0 and 1.",
		X:        picture.Scale{Title: "propensity score", From: 0, To: 1},
		Y:        picture.Scale{Title: "weight", From: 0, To: 20},
		Marks: []picture.Mark{
			picture.Line{X: x, Y: inverse, Name: "1/e (IPW)", Tone: picture.Warn},
			picture.Line{X: x, Y: overlapped, Name: "1 − e (overlap)", Tone: picture.Accent},
		},
	})
}

func TestPictureEntropyBalancing(t *testing.T) {
	s, seats, usage := accounts(600, 1)
	times := func(a, b []float64) []float64 {
		out := make([]float64, len(a))
		for i := range a {
			out[i] = a[i] * b[i]
		}
		return out
	}
	columns := []balance.Covariate{{Name: "seats", Values: seats}, {Name: "usage", Values: usage},
		{Name: "seats squared", Values: times(seats, seats)}, {Name: "usage squared", Values: times(usage, usage)}, {Name: "seats × usage", Values: times(seats, usage)}}
	ipw := must(weighting.IPW(s, weighting.Options{Estimand: weighting.ATT}, 0.95))(t)
	exact := must(weighting.EntropyBalance(s, weighting.EntropyOptions{Estimand: weighting.ATT, Moments: 2}, 0.95))(t)
	points := map[string]picture.Points{}
	var labels []string
	for name, w := range map[string][]float64{"IPW": ipw.Weights, "entropy": exact.Weights} {
		table := must(balance.New(s.Treated, w, columns, balance.Treated))(t)
		labels = nil
		p, before := points[name], points["before"]
		before.X, before.Y = nil, nil
		for k, row := range table.Love() {
			labels = append(labels, row.Name)
			p.X, p.Y = append(p.X, row.After), append(p.Y, float64(k))
			before.X, before.Y = append(before.X, row.Before), append(before.Y, float64(k))
		}
		points[name], points["before"] = p, before
	}
	mark := func(of, name string, tone picture.Tone, hollow bool) picture.Points {
		p := points[of]
		p.Name, p.Tone, p.Hollow = name, tone, hollow
		return p
	}
	evidence.Picture(t, "entropy_balancing", picture.Chart{
		Title:    "What entropy balancing is told to balance, it balances exactly",
		Subtitle: "absolute standardised difference; means and squares balanced, the product was not asked for",
		Alt:      "A love plot of five terms. Before weighting all differences are above 0.4; with inverse probability weights they are small; with entropy balancing the four balanced terms are at zero.",
		X:        picture.Scale{Title: "absolute standardised mean difference", From: 0, To: 0.9},
		Y:        picture.Scale{Title: "term", Labels: labels},
		Marks: []picture.Mark{
			picture.VLine{At: balance.SmallSMD, Label: "0.1"},
			mark("before", "before", picture.Warn, true), mark("IPW", "IPW", picture.Other, true), mark("entropy", "entropy balancing", picture.Accent, false),
		},
	})
}

func TestPictureAIPW(t *testing.T) {
	f := &forest{truth: 1, label: "truth"}
	for k, w := range []struct {
		name string
		world
	}{
		{"both models right", world{n: 4000, slope: 0.5}},
		{"score wrong", world{n: 4000, slope: 0.5, square: 0.6}},
		{"outcome model wrong", world{n: 4000, slope: 0.5, curve: 1}},
		{"both wrong", world{n: 4000, slope: 0.5, square: 0.6, curve: 1}},
	} {
		s := w.draw(rand.New(rand.NewPCG(7, uint64(k))))
		f.effect(t, w.name+": AIPW", k == 3)(weighting.AIPW(s, weighting.AIPWOptions{}, 0.95))
		f.effect(t, w.name+": regression alone", k == 3)(weighting.Standardise(s, weighting.ATE, weighting.LinearOutcome, 0.95))
		f.effect(t, w.name+": weights alone", k == 3)(weighting.IPW(s, weighting.Options{}, 0.95))
	}
	evidence.Picture(t, "aipw", picture.Chart{
		Title:    "One right model is enough for AIPW; with both wrong nothing helps",
		Subtitle: "estimates with 95 % intervals; 4,000 simulated units each",
		Alt:      "Twelve estimates in four groups of three. AIPW holds the truth of one while at least one model is right; with both wrong, all three estimates miss it.",
		X:        picture.Scale{Title: "estimated effect"},
		Y:        picture.Scale{Title: "models", Labels: f.labels},
		Marks:    f.marks(),
	})
}
