package report

import (
	"github.com/liftmark/liftmark/internal/figure"
	"github.com/liftmark/liftmark/internal/study"
)

// eventLayout draws the effect at each distance from the month of training:
// points with pointwise whiskers on a uniform band, the reference month named.
func eventLayout(u unit, points []study.EventPoint) func(*canvas) {
	return func(c *canvas) {
		top, bottom, left := 46.0, 300.0, 52.0
		if c.narrow() {
			bottom = 260
			left = 44
		}
		y := newAxis(bottom, top, 5, eventValues(u, points)...)
		x := eventAxis(left, c.w-12, points)
		y.vertical(c, left, c.w, signedTick)
		c.text(0, 14, "note", fit(axisTitle(u), c.w, c.size()))
		eventBand(c, x, y, u, points)
		c.line(left, y.at(0), c.w, y.at(0), "zero")
		c.line(x.at(-0.5), top-12, x.at(-0.5), bottom, "moment")
		c.text(x.at(-0.5)+6, top-4, "label", "training starts")
		for _, p := range points {
			eventPoint(c, x, y, u, p)
		}
		eventTicks(c, x, bottom, points)
		c.h = bottom + 46
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
func eventAxis(a, b float64, points []study.EventPoint) axis {
	lo, hi := periodRange(points)
	return axis{from: float64(lo) - 0.6, to: float64(hi) + 0.6, a: a, b: b, step: 1}
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
func eventBand(c *canvas, x, y axis, u unit, points []study.EventPoint) {
	for _, p := range points {
		if !hasBand(p) {
			continue
		}
		at := float64(p.Period)
		c.rect(x.at(at-0.5), y.at(u.scale()*p.BandLow), x.at(at+0.5), y.at(u.scale()*p.BandHigh), "band "+when(p))
	}
}

func when(p study.EventPoint) string {
	if p.Period < 0 {
		return "before"
	}
	return "after"
}

func eventPoint(c *canvas, x, y axis, u unit, p study.EventPoint) {
	at, s := x.at(float64(p.Period)), u.scale()
	if p.Reference {
		c.dot(at, y.at(s*p.Effect.Value), 4.5, "mark reference")
		c.line(at, y.at(s*p.Effect.Value)+6, at, y.a-20, "leader")
		label := "reference: " + monthWords(p.Period)
		c.text(max(at-4, x.a+textWidth(label, c.size())), y.a-8, "note e halo", label)
		return
	}
	c.line(at, y.at(s*p.Effect.Low), at, y.at(s*p.Effect.High), "whisker "+when(p))
	c.dot(at, y.at(s*p.Effect.Value), 4.5, "mark "+when(p))
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

func eventTicks(c *canvas, x axis, bottom float64, points []study.EventPoint) {
	lo, hi := periodRange(points)
	every := 1
	for (hi-lo)/every > steps(c, 8, 18) {
		every = nextStep(every)
	}
	c.line(x.a, bottom, x.b+12, bottom, "axis")
	for p := lo; p <= hi; p++ {
		if p%every == 0 {
			c.text(x.at(float64(p)), bottom+18, "tick m", figure.Count(p))
		}
	}
	c.text((x.a+x.b)/2, bottom+38, "note m", "months since training started")
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
