package heterogeneity_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/internal/picture"
	"github.com/liftmark/liftmark/stat/heterogeneity"
)

// byIndustry gives effects on tickets a quarter in seven segments.
func byIndustry() []heterogeneity.Segment {
	return []heterogeneity.Segment{
		{Name: "Banks", Value: -2.6, SE: 1.1}, {Name: "Retail", Value: -0.4, SE: 0.4}, {Name: "Public", Value: 0.3, SE: 0.9},
		{Name: "Health", Value: -1.1, SE: 0.5}, {Name: "Industry", Value: -0.9, SE: 0.3}, {Name: "Media", Value: -1.9, SE: 1.2}, {Name: "Logistics", Value: -0.6, SE: 0.6},
	}
}

func TestPictureSegments(t *testing.T) {
	p := must(heterogeneity.Shrink(byIndustry(), 0.95))
	var names []string
	var own, shrunk picture.Points
	for i, s := range p.Segments {
		names = append(names, s.Name)
		at := float64(i)
		own.X, own.Y = append(own.X, s.Segment.Value), append(own.Y, at-0.14)
		own.Left, own.Right = append(own.Left, s.Segment.Value-1.96*s.Segment.SE), append(own.Right, s.Segment.Value+1.96*s.Segment.SE)
		shrunk.X, shrunk.Y = append(shrunk.X, s.Estimate.Value), append(shrunk.Y, at+0.14)
		shrunk.Left, shrunk.Right = append(shrunk.Left, s.Interval.Low), append(shrunk.Right, s.Interval.High)
	}
	own.Tone, own.Name, own.Hollow = picture.Other, "on its own", true
	shrunk.Tone, shrunk.Name = picture.Accent, "in the light of the others"
	evidence.Picture(t, "segments", picture.Chart{
		Title:    "Banks do not gain four times as much as retail: most of that is noise",
		Subtitle: "effect on tickets per account and quarter by segment, 95 % intervals",
		Alt:      "Seven segments, each with its own estimate and a shrunken one. The widest intervals, of banks and media, move most towards the others; those of industry and retail hardly move.",
		X:        picture.Scale{Title: "tickets", Signed: true},
		Y:        picture.Scale{Title: "segment", Labels: names},
		Marks:    []picture.Mark{picture.VLine{At: 0, Label: "no effect"}, own, shrunk},
	})
}

func TestPictureUplift(t *testing.T) {
	d, _ := email(rand.New(rand.NewPCG(3, 4)), 2000, 1, 0.8)
	p := must(heterogeneity.Validate(context.Background(), d, heterogeneity.Plan{Seed: 1}))
	u := must(p.Uplift(context.Background(), heterogeneity.UpliftPlan{Points: 20, Replicates: 500, Seed: 2}, 0.95))
	x, y, low, high := []float64{0}, []float64{0}, []float64{0}, []float64{0}
	for k, g := range u.Gain {
		x, y, low, high = append(x, u.Share[k]), append(y, g.Value), append(low, g.Interval.Low), append(high, g.Interval.High)
	}
	evidence.Picture(t, "uplift", picture.Chart{
		Title:    "Writing to three quarters of the customers gains more than writing to all",
		Subtitle: "visits gained per customer by share written to; simulated experiment on 2,000 customers, 95 % intervals",
		Alt:      "A curve of gain by share treated that rises steeply, peaks near three quarters and falls back to the end of the straight line of treating at random.",
		X:        picture.Scale{Title: "share of customers written to", From: 0, To: 1, Percent: true},
		Y:        picture.Scale{Title: "visits gained per customer"},
		Marks: []picture.Mark{
			picture.Band{X: x, Low: low, High: high, Tone: picture.Accent},
			picture.Line{X: x, Y: y, Name: "by prediction", Tone: picture.Accent},
			picture.Line{X: []float64{0, 1}, Y: []float64{0, y[len(y)-1]}, Name: "at random", Tone: picture.Other},
		},
	})
}

func ExampleShrink() {
	p, err := heterogeneity.Shrink(byIndustry(), 0.95)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range p.Segments[:3] {
		fmt.Printf("%-7s %5.1f becomes %.1f (%.1f to %.1f)\n", s.Name, s.Segment.Value, s.Estimate.Value, s.Interval.Low, s.Interval.High)
	}
	fmt.Printf("spread between segments %.1f (%.1f to %.1f)\n", p.Tau.Value, p.Tau.Interval.Low, p.Tau.Interval.High)
	// Output:
	// Banks    -2.6 becomes -1.1 (-2.7 to -0.2)
	// Retail   -0.4 becomes -0.6 (-1.2 to 0.1)
	// Public    0.3 becomes -0.6 (-1.4 to 0.7)
	// spread between segments 0.5 (0.0 to 1.6)
}

func ExamplePool() {
	p, err := heterogeneity.Pool(byIndustry(), heterogeneity.REML, 0.95)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("mean %.2f (%.2f to %.2f), Q %.1f on %d, p %.2f, I² %.0f %%\n", p.Mean.Value, p.Mean.Interval.Low, p.Mean.Interval.High, p.Q, p.DF, p.P, 100*p.I2)
	// Output:
	// mean -0.81 (-1.30 to -0.31), Q 6.6 on 6, p 0.36, I² 0 %
}

func ExampleValidate() {
	// A simulated experiment on mail to 2,000 customers; recent ones gain more.
	d, _ := email(rand.New(rand.NewPCG(3, 4)), 2000, 1, 0.8)
	ctx := context.Background()
	p, err := heterogeneity.Validate(ctx, d, heterogeneity.Plan{Learner: heterogeneity.DRLearner, Base: heterogeneity.LinearBase, Seed: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	c, err := p.Calibration(0.95)
	if err != nil {
		fmt.Println(err)
		return
	}
	g, err := p.Groups(4, 0.95)
	if err != nil {
		fmt.Println(err)
		return
	}
	u, err := p.Uplift(ctx, heterogeneity.UpliftPlan{Points: 4, Replicates: 500, Seed: 2}, 0.95)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("slope of calibration %.2f (%.2f to %.2f)\n", c.Slope.Value, c.Slope.Interval.Low, c.Slope.Interval.High)
	fmt.Printf("best quarter %.2f, worst quarter %.2f, spread %.2f (%.2f to %.2f)\n", g.Effect[0].Value, g.Effect[3].Value, g.Spread.Value, g.Spread.Interval.Low, g.Spread.Interval.High)
	fmt.Printf("Qini %.3f (%.3f to %.3f)\n", u.Qini.Value, u.Qini.Interval.Low, u.Qini.Interval.High)
	fmt.Printf("gain from half %.2f, from all %.2f\n", u.Gain[1].Value, u.Gain[3].Value)
	// Output:
	// slope of calibration 0.94 (0.80 to 1.07)
	// best quarter 1.34, worst quarter -0.40, spread 1.74 (1.46 to 2.02)
	// Qini 0.183 (0.154 to 0.212)
	// gain from half 0.48, from all 0.51
}
