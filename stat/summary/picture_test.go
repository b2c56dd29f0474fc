package summary_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/internal/picture"
	"github.com/liftmark/liftmark/stat/summary"
)

func TestPictureSummaries(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 1))
	var hours, shown []float64
	for range 500 {
		h := 4 * math.Exp(1.1*rng.NormFloat64())
		hours, shown = append(hours, h), append(shown, math.Min(h, 40))
	}
	m, err := summary.Of(hours)
	if err != nil {
		t.Fatal(err)
	}
	q, err := summary.Quantiles(hours, 0.5, 0.9)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("mean %.1f, median %.1f, 90th percentile %.1f", m.Mean, q[0], q[1])
	evidence.Picture(t, "summaries", picture.Chart{
		Title:    "The mean is not the usual ticket: long ones pull it up",
		Subtitle: "hours to resolution of 500 simulated tickets; the last bar holds all of 38 hours and more",
		Alt:      "A histogram that falls off to the right: most tickets take a few hours, some over thirty. The median stands left of the mean, the 90th percentile far to the right.",
		X:        picture.Scale{Title: "hours", From: 0, To: 40}, Y: picture.Scale{Title: "tickets"},
		Marks: []picture.Mark{
			picture.Histogram(shown, 20, picture.Other), picture.VLine{At: q[0], Label: ""},
			picture.Note{X: q[0] + 0.4, Y: 138, Text: "median"}, picture.VLine{At: m.Mean, Label: ""},
			picture.Note{X: m.Mean + 0.4, Y: 110, Text: "mean"}, picture.VLine{At: q[1], Label: "nine in ten are faster"},
		},
	})
}
