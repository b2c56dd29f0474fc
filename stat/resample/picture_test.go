package resample_test

import (
	"context"
	"math"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/internal/picture"
	"github.com/liftmark/liftmark/stat/resample"
)

func TestPictureBootstrap(t *testing.T) {
	tickets, months := []float64{3, 0, 7, 2, 5, 1, 4, 9}, []float64{12, 6, 12, 9, 12, 3, 12, 12}
	d, err := resample.Bootstrap(context.Background(), resample.Plan{Units: 8, Outputs: 1, Replicates: 2000, Seed: 1}, ratioOf(tickets, months))
	if err != nil {
		t.Fatal(err)
	}
	iv, err := d.Percentile(0, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	evidence.Picture(t, "bootstrap", picture.Chart{
		Title:    "Drawn again from the same eight accounts, the rate would mostly be 0.3 to 0.5",
		Subtitle: "tickets per account-month in 2,000 samples of eight accounts drawn with replacement; seen: 0.40",
		Alt:      "A bell-shaped histogram of bootstrap rates around 0.40, with the two ends of the 95 % percentile interval marked near 0.3 and 0.5.",
		X:        picture.Scale{Title: "tickets per account-month"}, Y: picture.Scale{Title: "samples"},
		Marks: []picture.Mark{picture.Histogram(d.Values[0], 30, picture.Other), picture.VLine{At: iv.Low, Label: "2.5 %"}, picture.VLine{At: iv.High, Label: "97.5 %"}},
	})
}

func TestPicturePermutation(t *testing.T) {
	tickets := []float64{2, 3, 1, 4, 2, 5, 6, 4, 3, 7}
	design := resample.Design{Treated: []bool{true, true, true, true, true, false, false, false, false, false}, Draws: 10000}
	f := resample.DifferenceOfMeans(tickets)
	values := make(chan float64, 300)
	p, err := resample.Permute(context.Background(), design, func(treated []bool) (float64, error) {
		v, err := f(treated)
		values <- v
		return v, err
	})
	if err != nil {
		t.Fatal(err)
	}
	close(values)
	step := func(v float64) int { return int(math.Round((v - 0.2) / 0.4)) } // 37 tickets in all: differences are odd fifths
	count := map[int]float64{}
	for v := range values {
		count[step(v)]++
	}
	count[step(p.Statistic)]-- // computed once more for the data
	far, near := picture.Bars{Width: 0.34, Tone: picture.Accent, Name: "at least as far from zero: 10 of 252"}, picture.Bars{Width: 0.34, Tone: picture.Other, Name: "nearer to zero"}
	for k := -11; k <= 10; k++ {
		v, n := 0.4*float64(k)+0.2, count[k]
		if n == 0 {
			continue
		}
		if v <= p.Statistic+0.1 || v >= -p.Statistic-0.1 {
			far.X, far.Y = append(far.X, v), append(far.Y, n)
		} else {
			near.X, near.Y = append(near.X, v), append(near.Y, n)
		}
	}
	total := 0.0
	for _, n := range far.Y {
		total += n
	}
	if total != 10 || p.Assignments != 252 {
		t.Fatalf("%v of %d assignments are as far out", total, p.Assignments)
	}
	evidence.Picture(t, "permutation", picture.Chart{
		Title:    "Of all 252 ways to deal the training, 10 would look as good or better by luck",
		Subtitle: "difference in tickets a month between five trained and five other accounts, for every possible deal; seen: −2.6",
		Alt:      "A bell of differences around zero from all 252 assignments; ten of them, in both tails, are at least as far from zero as the observed −2.6.",
		X:        picture.Scale{Title: "tickets a month, trained less others", Signed: true, From: -4, To: 4}, Y: picture.Scale{Title: "assignments"},
		Marks: []picture.Mark{near, far, picture.VLine{At: p.Statistic, Label: ""}},
	})
}
