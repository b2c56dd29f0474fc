package report

import (
	"github.com/liftmark/liftmark/internal/figure"
	"github.com/liftmark/liftmark/internal/picture"
	"github.com/liftmark/liftmark/internal/study"
)

// eventLayout draws the effect at each distance from the month of training:
// points with pointwise whiskers on a uniform band, the reference month named.
func eventLayout(u unit, points []study.EventPoint) func(*picture.Canvas) {
	return func(c *picture.Canvas) {
		top, bottom, left := 46.0, 300.0, 52.0
		if c.Narrow() {
			bottom = 260
			left = 44
		}
		y := picture.NewAxis(bottom, top, 5, eventValues(u, points)...)
		x := eventAxis(left, c.W-12, points)
		y.Vertical(c, left, c.W, picture.SignedTick)
		c.Text(0, 14, "note", picture.Fit(axisTitle(u), c.W, c.Size()))
		eventBand(c, x, y, u, points)
		c.Line(left, y.At(0), c.W, y.At(0), "zero")
		c.Line(x.At(-0.5), top-12, x.At(-0.5), bottom, "moment")
		c.Text(x.At(-0.5)+6, top-4, "label", "training starts")
		for _, p := range points {
			eventPoint(c, x, y, u, p)
		}
		eventTicks(c, x, bottom, points)
		c.H = bottom + 46
	}
}

func axisTitle(u unit) string {
	if u.kind == moneyUnit {
		return "change in " + u.levelWords()
	}
	return "change in " + u.changeWords()
}

func eventValues(u unit, points []study.EventPoint) []float64 {
	out := []float64{0}
	for _, p := range points {
		s := u.scale()
		out = append(out, s*p.Effect.Value, s*p.Effect.Low, s*p.Effect.High)
		if hasBand(p) {
			out = append(out, s*p.BandLow, s*p.BandHigh)
		}
	}
	return out
}

func hasBand(p study.EventPoint) bool { return p.BandLow != 0 || p.BandHigh != 0 }

// eventAxis spans the periods with half a month of air on both sides.
func eventAxis(a, b float64, points []study.EventPoint) picture.Axis {
	lo, hi := periodRange(points)
	return picture.Axis{From: float64(lo) - 0.6, To: float64(hi) + 0.6, A: a, B: b, Step: 1}
}

func periodRange(points []study.EventPoint) (lo, hi int) {
	lo, hi = points[0].Period, points[0].Period
	for _, p := range points {
		lo, hi = min(lo, p.Period), max(hi, p.Period)
	}
	return min(lo, -1), max(hi, 0)
}

// eventBand draws the uniform band as one box per month, joined where months
// are neighbours; the reference month has none by construction.
func eventBand(c *picture.Canvas, x, y picture.Axis, u unit, points []study.EventPoint) {
	for _, p := range points {
		if !hasBand(p) {
			continue
		}
		at := float64(p.Period)
		c.Rect(x.At(at-0.5), y.At(u.scale()*p.BandLow), x.At(at+0.5), y.At(u.scale()*p.BandHigh), "band "+when(p))
	}
}

func when(p study.EventPoint) string {
	if p.Period < 0 {
		return "before"
	}
	return "after"
}

func eventPoint(c *picture.Canvas, x, y picture.Axis, u unit, p study.EventPoint) {
	at, s := x.At(float64(p.Period)), u.scale()
	if p.Reference {
		c.Dot(at, y.At(s*p.Effect.Value), 4.5, "mark reference")
		c.Line(at, y.At(s*p.Effect.Value)+6, at, y.A-20, "leader")
		label := "reference: " + monthWords(p.Period)
		c.Text(max(at-4, x.A+picture.TextWidth(label, c.Size())), y.A-8, "note e halo", label)
		return
	}
	c.Line(at, y.At(s*p.Effect.Low), at, y.At(s*p.Effect.High), "whisker "+when(p))
	c.Dot(at, y.At(s*p.Effect.Value), 4.5, "mark "+when(p))
}

// monthWords names a distance from the month of training.
func monthWords(period int) string {
	switch {
	case period == -1:
		return "month before training"
	case period < 0:
		return figure.Count(-period) + " months before training"
	case period == 0:
		return "month of training"
	case period == 1:
		return "1 month after"
	}
	return figure.Count(period) + " months after"
}

func eventTicks(c *picture.Canvas, x picture.Axis, bottom float64, points []study.EventPoint) {
	lo, hi := periodRange(points)
	every := 1
	for (hi-lo)/every > steps(c, 8, 18) {
		every = nextStep(every)
	}
	c.Line(x.A, bottom, x.B+12, bottom, "axis")
	for p := lo; p <= hi; p++ {
		if p%every == 0 {
			c.Text(x.At(float64(p)), bottom+18, "tick m", figure.Count(p))
		}
	}
	c.Text((x.A+x.B)/2, bottom+38, "note m", "months since training started")
}

func nextStep(every int) int {
	switch every {
	case 1:
		return 2
	case 2:
		return 3
	case 3:
		return 6
	}
	return every * 2
}
