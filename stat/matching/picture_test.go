package matching_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/internal/picture"
	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/matching"
)

type line struct {
	label string
	test  stat.Test
	warn  bool
}

// forest draws estimates with intervals, one a line.
func forest(lines []line) (labels []string, marks []picture.Mark) {
	for k, l := range lines {
		labels = append(labels, l.label)
		tone := picture.Accent
		if l.warn {
			tone = picture.Warn
		}
		marks = append(marks, picture.Points{X: []float64{l.test.Value}, Y: []float64{float64(k)},
			Left: []float64{l.test.Interval.Low}, Right: []float64{l.test.Interval.High}, Tone: tone})
	}
	return labels, marks
}

func TestPictureMatching(t *testing.T) {
	s, logit := accounts()
	var lines []line
	for _, tt := range []struct {
		label string
		opt   matching.Options
	}{
		{"once, largest score first", matching.Options{}},
		{"once, caliper 0.2", matching.Options{Caliper: 0.2}},
		{"once, closest first, caliper 0.2", matching.Options{Caliper: 0.2, Order: matching.ClosestFirst}},
		{"once, random order, caliper 0.05", matching.Options{Caliper: 0.05, Order: matching.RandomOrder, Seed: 1}},
		{"two controls, once", matching.Options{Ratio: 2}},
	} {
		m := must(matching.Nearest(s.Treated, logit, tt.opt))(t)
		lines = append(lines, line{label: tt.label, test: must(m.Effect(s.Outcome, nil, 0.95))(t)})
	}
	again := must(matching.Nearest(s.Treated, logit, matching.Options{Replace: true}))(t)
	lines = append(lines, line{label: "used again", test: must(again.AbadieImbens(s.Outcome, matching.AIOptions{}, 0.95))(t)},
		line{label: "used again, bias-adjusted", test: must(again.AbadieImbens(s.Outcome, matching.AIOptions{Covariates: s.Covariates}, 0.95))(t)})
	classes := must(matching.Subclassify(s.Treated, logit, s.Outcome, 5, 0.95))(t)
	lines = append(lines, line{label: "five classes", test: classes.Test})
	labels, marks := forest(lines)
	evidence.Picture(t, "matching", picture.Chart{
		Title:    "The same accounts, matched in eight ways",
		Subtitle: "tickets a month saved by training, with 95 % intervals; 600 simulated accounts, 174 trained",
		Alt:      "Eight estimates with intervals from the same data. They differ by up to half a ticket with the order, the caliper and whether controls are used again.",
		X:        picture.Scale{Title: "tickets a month, trained less matched", Signed: true},
		Y:        picture.Scale{Title: "how", Labels: labels},
		Marks:    append([]picture.Mark{picture.VLine{At: -1, Label: "truth"}}, marks...),
	})
}

func TestPictureRiskSetMatching(t *testing.T) {
	p, outcome, truth := staggered(rand.New(rand.NewPCG(2026, 13)), 2000)
	r := must(matching.RiskSetMatching(p, matching.RiskOptions{Caliper: 0.2}))(t)
	right := must(r.Effect(p.Window(outcome, 1, 3), 0.95))(t)
	never := p
	never.Units = slices.Clone(p.Units)
	for i, h := range never.Units {
		if h.Start != matching.Never {
			never.Units[i].Entry = h.Start - 1
		}
	}
	n := must(matching.RiskSetMatching(never, matching.RiskOptions{Caliper: 0.2}))(t)
	wrong := must(n.Effect(never.Window(outcome, 1, 3), 0.95))(t)
	labels, marks := forest([]line{{label: "controls untrained at that time", test: right.Test}, {label: "controls that never train", test: wrong.Test, warn: true}})
	at := meanTruth(p, r, truth)
	evidence.Picture(t, "risk_set_matching", picture.Chart{
		Title:    "Choosing controls by what they never did later gives training credit that is not its own",
		Subtitle: "outcome in the three months after the start, with 95 % intervals; 2,000 simulated accounts over ten months",
		Alt:      "Two estimates with intervals. With controls untrained at that time the interval holds the truth; with controls that never train it lies above it.",
		X:        picture.Scale{Title: "difference in the outcome", Signed: true},
		Y:        picture.Scale{Title: "compared with", Labels: labels},
		Height:   110,
		Marks:    append([]picture.Mark{picture.VLine{At: at, Label: "truth"}}, marks...),
	})
}
