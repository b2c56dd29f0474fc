package learning_test

import (
	"context"
	"fmt"
	"math"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/internal/picture"
	"github.com/liftmark/liftmark/stat/learning"
	"github.com/liftmark/liftmark/stat/proportion"
)

func itemNames(n int) (names []string) {
	for i := range n {
		names = append(names, fmt.Sprintf("item %d", i+1))
	}
	return names
}

func TestPictureItems(t *testing.T) {
	a := answers(own(t).Answers)
	for p := range a.Persons { // item 5 keyed wrong
		a.Marks[p*a.Items+4] = 1 - a.Marks[p*a.Items+4]
	}
	var x, y []float64
	for _, it := range must(learning.Items(a)) {
		x, y = append(x, it.PCorrect), append(y, it.ItemRest)
	}
	evidence.Picture(t, "item_analysis", picture.Chart{
		Title:    "Item 5 is answered right by the weak: its key is wrong",
		Subtitle: "share right and correlation with the rest of the test; 300 simulated people, six items",
		Alt:      "Six items by share right and correlation with the rest. Five have correlations between 0.14 and 0.36; item 5 has -0.31.",
		X:        picture.Scale{Title: "share right", From: 0, To: 1, Percent: true},
		Y:        picture.Scale{Title: "correlation with the other items", From: -0.4, To: 0.6},
		Marks: []picture.Mark{
			picture.HLine{At: 0, Label: "tells nobody apart"},
			picture.Points{X: append(append([]float64{}, x[:4]...), x[5]), Y: append(append([]float64{}, y[:4]...), y[5]), Labels: append(itemNames(4), "item 6"), Tone: picture.Accent},
			picture.Points{X: x[4:5], Y: y[4:5], Labels: []string{"item 5"}, Tone: picture.Warn},
		},
	})
}

func TestPictureIRT(t *testing.T) {
	fit := must(learning.FitIRT(context.Background(), answers(own(t).Answers), learning.TwoPL, 0.95))
	var marks []picture.Mark
	for k, i := range []int{0, 3, 5} {
		var x, y []float64
		for ability := -3.0; ability <= 3.001; ability += 0.1 {
			x, y = append(x, ability), append(y, fit.Probability(i, ability))
		}
		marks = append(marks, picture.Line{X: x, Y: y, Name: fmt.Sprintf("item %d", i+1), Tone: []picture.Tone{picture.Other, picture.Accent, picture.Ink}[k]})
	}
	evidence.Picture(t, "irt", picture.Chart{
		Title:    "Item 4 parts people near the middle, item 1 tells little about anybody",
		Subtitle: "chance of a right answer by ability; two-parameter model of 300 simulated people",
		Alt:      "Three rising curves. Item 1 rises slowly from the left, item 4 steeply in the middle, item 6 on the right.",
		X:        picture.Scale{Title: "ability, in standard deviations", From: -3, To: 3, Signed: true},
		Y:        picture.Scale{Title: "right", From: 0, To: 1, Percent: true},
		Marks:    append([]picture.Mark{picture.HLine{At: 0.5, Label: "half"}}, marks...),
	})
}

var spreadsheet = learning.Tracing{Prior: 0.3, Learn: 0.15, Guess: 0.2, Slip: 0.1}

func TestPictureTracing(t *testing.T) {
	history := marks("0010110111")
	x, known := []float64{0}, []float64{spreadsheet.Prior}
	var right, wrong picture.Points
	for i, s := range must(spreadsheet.Trace(history)) {
		x, known = append(x, float64(i+1)), append(known, s.Next)
		p := &wrong
		if s.Right {
			p = &right
		}
		p.X, p.Y = append(p.X, float64(i+1)), append(p.Y, s.Next)
	}
	right.Tone, right.Name = picture.Accent, "right answer"
	wrong.Tone, wrong.Name, wrong.Hollow = picture.Warn, "wrong answer", true
	evidence.Picture(t, "knowledge_tracing", picture.Chart{
		Title:    "After ten answers the learner knows it with a chance of 99 in 100",
		Subtitle: "probability that the skill is known at the next question, after each answer",
		Alt:      "A line of probabilities over ten answers. It falls after the first two wrong ones, jumps with right ones, dips after two later slips and ends near one.",
		X:        picture.Scale{Title: "answers given", From: 0, To: 12, Ticks: []float64{0, 2, 4, 6, 8, 10}},
		Y:        picture.Scale{Title: "skill known", From: 0, To: 1, Percent: true},
		Marks:    []picture.Mark{picture.HLine{At: 0.95, Label: "mastered"}, picture.Line{X: x, Y: known, Tone: picture.Other}, right, wrong},
	})
}

func TestPictureGain(t *testing.T) {
	ref := own(t).Gain
	g := must(learning.NormalisedGain(ref.Pre, ref.Post, 10, 0.95))
	evidence.Picture(t, "normalised_gain", picture.Chart{
		Title:    "The group learnt a third of what it did not know",
		Subtitle: "scores of 12 people before and after, of 10 points; the line is the gain of the group",
		Alt:      "Twelve people by score before and after. Most lie above the diagonal of no change; a line from 3.4 at 0 to 10 at 10 runs through them.",
		X:        picture.Scale{Title: "points before", From: 0, To: 10},
		Y:        picture.Scale{Title: "points after", From: 0, To: 10},
		Marks: []picture.Mark{
			picture.Line{X: []float64{0, 10}, Y: []float64{0, 10}, Name: "no change", Tone: picture.Other},
			picture.Line{X: []float64{0, 9}, Y: []float64{10 * g.Class.Value, 9 + g.Class.Value}, Name: "gain", Tone: picture.Accent},
			picture.Points{X: ref.Pre, Y: ref.Post, Tone: picture.Ink},
		},
	})
}

func afterCourse() []learning.Recall {
	var out []learning.Recall
	for i, day := range []float64{0, 1, 2, 7, 14, 30, 60} {
		out = append(out, learning.Recall{Time: day, Right: []int{70, 66, 61, 50, 37, 21, 9}[i], Asked: 80})
	}
	return out
}

func TestPictureForgetting(t *testing.T) {
	f := must(learning.FitForgetting(afterCourse(), learning.Exponential, 0.95))
	power := must(learning.FitForgetting(afterCourse(), learning.Power, 0.95))
	points := picture.Points{Tone: picture.Ink}
	for _, r := range afterCourse() {
		w := must(proportion.Wilson(r.Right, r.Asked, 0.95))
		points.X, points.Y = append(points.X, r.Time), append(points.Y, w.Value)
		points.Low, points.High = append(points.Low, w.Interval.Low), append(points.High, w.Interval.High)
	}
	var x, e, p []float64
	for day := 0.0; day <= 60; day++ {
		x, e, p = append(x, day), append(e, f.At(day)), append(p, power.At(day))
	}
	evidence.Picture(t, "forgetting_curve", picture.Chart{
		Title:    "Half of what was known is gone after 18 days",
		Subtitle: "share of 80 questions right by days since the course, 95 % intervals; two curves",
		Alt:      "Seven points that fall from 88 % to 11 % over 60 days. The exponential curve runs through them; the power curve falls too fast at first and too slowly later.",
		X:        picture.Scale{Title: "days since the course", From: 0, To: 60},
		Y:        picture.Scale{Title: "right", From: 0, To: 1, Percent: true},
		Marks: []picture.Mark{
			picture.VLine{At: f.Half, Label: "half-life"},
			picture.Line{X: x, Y: p, Name: "power", Tone: picture.Other},
			picture.Line{X: x, Y: e, Name: "exponential", Tone: picture.Accent},
			points,
		},
	})
	if math.Abs(f.Half-18) > 0.5 {
		t.Errorf("the picture says 18 days, the fit %v", f.Half)
	}
}
