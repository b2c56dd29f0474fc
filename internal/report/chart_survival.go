package report

import (
	"math"
	"slices"
	"strings"

	"github.com/liftmark/liftmark/internal/figure"
	"github.com/liftmark/liftmark/internal/picture"
	"github.com/liftmark/liftmark/internal/study"
)

// survivalLayout draws the share of each arm that is still event-free, as steps
// with bands, labelled at the curve, over the numbers at risk.
func survivalLayout(curves []study.Curve, arms []study.Arm, noun, eventFree string) func(*picture.Canvas) {
	return func(c *picture.Canvas) {
		top, bottom, left, right := 34.0, 270.0, 52.0, c.W-150
		if c.Narrow() {
			top, bottom, left, right = 34+18*float64(len(curves)), 250, 44, c.W-10
		}
		y := picture.NewShareAxis(bottom, top, 5, lowest(curves))
		x := periodAxis(left, right, curves)
		y.Vertical(c, left, right, func(v float64, d int) string { return figure.Number(v, d) + nbsp + "%" })
		c.Text(0, 14, "note", picture.Fit(survivalTitle(y, noun, eventFree), c.W, c.Size()))
		for i, curve := range curves {
			c.Path(bandPath(x, y, curve.Points), "band "+series(i))
		}
		for i, curve := range curves {
			c.Path(stepPath(x, y, curve.Points), "curve "+series(i))
		}
		curveLabels(c, x, y, curves, arms)
		c.Line(left, bottom, right, bottom, "axis")
		curveTicks(c, x, bottom, lastPeriod(curves))
		c.H = riskTable(c, x, bottom+62, curves, noun)
	}
}

func survivalTitle(y picture.Axis, noun, eventFree string) string {
	t := "share of " + noun + " " + eventFree
	if y.From > 0 {
		t += "; axis starts at " + figure.Number(y.From, y.Decimals()) + nbsp + "%"
	}
	return t
}

// series names the look of the i-th arm: the trained first, dashes for the other.
func series(i int) string {
	if i == 0 {
		return "trained"
	}
	return "untrained"
}

func lowest(curves []study.Curve) float64 {
	lo := 100.0
	for _, curve := range curves {
		for _, p := range curve.Points {
			lo = math.Min(lo, 100*math.Min(p.Low, p.Survival))
		}
	}
	return lo
}

func lastPeriod(curves []study.Curve) int {
	last := 1
	for _, curve := range curves {
		for _, p := range curve.Points {
			last = max(last, p.Period)
		}
	}
	return last
}

func periodAxis(a, b float64, curves []study.Curve) picture.Axis {
	return picture.Axis{From: 0, To: float64(lastPeriod(curves)), A: a, B: b, Step: 1}
}

// stepPath holds each level until the next month in which it changes.
func stepPath(x, y picture.Axis, points []study.CurvePoint) string {
	var b strings.Builder
	for i, p := range points {
		if i == 0 {
			b.WriteString("M" + picture.Pt(x.At(float64(p.Period)), y.At(100*p.Survival)))
			continue
		}
		b.WriteString("H" + picture.Px(x.At(float64(p.Period))) + "V" + picture.Px(y.At(100*p.Survival)))
	}
	return b.String()
}

// bandPath is the area between the steps of both bounds.
func bandPath(x, y picture.Axis, points []study.CurvePoint) string {
	if len(points) == 0 {
		return ""
	}
	var b strings.Builder
	for i, p := range points {
		if i == 0 {
			b.WriteString("M" + picture.Pt(x.At(float64(p.Period)), y.At(100*p.High)))
			continue
		}
		b.WriteString("H" + picture.Px(x.At(float64(p.Period))) + "V" + picture.Px(y.At(100*p.High)))
	}
	last := len(points) - 1
	b.WriteString("V" + picture.Px(y.At(100*points[last].Low)))
	for i := last; i > 0; i-- {
		b.WriteString("H" + picture.Px(x.At(float64(points[i].Period))) + "V" + picture.Px(y.At(100*points[i-1].Low)))
	}
	b.WriteString("H" + picture.Px(x.At(float64(points[0].Period))) + "Z")
	return b.String()
}

// curveLabels names each curve at its end, or above the picture where there is
// no room beside it.
func curveLabels(c *picture.Canvas, x, y picture.Axis, curves []study.Curve, arms []study.Arm) {
	at := endLabels(y, curves)
	for i, curve := range curves {
		if len(curve.Points) == 0 {
			continue
		}
		name, n := curve.Arm, armSize(arms, curve.Arm)
		if c.Narrow() {
			row := 32 + 18*float64(i)
			c.Line(0, row-4, 24, row-4, "curve "+series(i))
			c.Text(30, row, "label", picture.Fit(name+" "+endLevel(curve)+nOf(n), c.W-30, c.Size()))
			continue
		}
		c.Text(x.B+10, at[i], "label strong "+series(i), picture.Fit(name, 140, c.Size()))
		c.Text(x.B+10, at[i]+17, "note", endLevel(curve)+nOf(n))
	}
}

func nOf(n int) string {
	if n == 0 {
		return ""
	}
	return ", n = " + figure.Count(n)
}

func endLevel(curve study.Curve) string {
	return figure.Percent(curve.Points[len(curve.Points)-1].Survival, 1)
}

func armSize(arms []study.Arm, name string) int {
	for _, a := range arms {
		if a.Name == name {
			return a.Units
		}
	}
	return 0
}

// endLabels places labels at the ends of the curves, at least two lines apart
// and above the axis.
func endLabels(y picture.Axis, curves []study.Curve) []float64 {
	const apart = 40
	at := make([]float64, len(curves))
	for i, curve := range curves {
		if n := len(curve.Points); n > 0 {
			at[i] = y.At(100*curve.Points[n-1].Survival) + 4
		}
	}
	if len(at) == 2 && math.Abs(at[0]-at[1]) < apart {
		upper := 0
		if at[1] < at[0] {
			upper = 1
		}
		mid := (at[0] + at[1]) / 2
		at[upper], at[1-upper] = mid-apart/2, mid+apart/2
	}
	for i := range at {
		at[i] = min(max(at[i], y.B+6), y.A-18)
	}
	return at
}

func curveTicks(c *picture.Canvas, x picture.Axis, bottom float64, last int) {
	for _, p := range tickPeriods(last, steps(c, 4, 8)) {
		c.Line(x.At(float64(p)), bottom, x.At(float64(p)), bottom+4, "axis")
		c.Text(x.At(float64(p)), bottom+18, "tick m", figure.Count(p))
	}
	c.Text((x.A+x.B)/2, bottom+38, "note m", "months since time zero")
}

// tickPeriods are round months from zero to the last, about n of them.
func tickPeriods(last, n int) []int {
	every := 1
	for last/every > n {
		every = nextStep(every)
	}
	var out []int
	for p := 0; p <= last; p += every {
		out = append(out, p)
	}
	return out
}

// riskTable writes how many are still watched below the months; it returns the
// height that the picture then has.
func riskTable(c *picture.Canvas, x picture.Axis, y float64, curves []study.Curve, noun string) float64 {
	c.Text(0, y, "note", picture.Fit(noun+" still at risk", c.W, c.Size()))
	ticks := tickPeriods(lastPeriod(curves), steps(c, 4, 8))
	for i, curve := range curves {
		y += 20
		if c.Narrow() {
			c.Text(0, y, "label "+series(i), picture.Fit(curve.Arm, c.W, c.Size()))
			y += 17
		} else {
			c.Text(x.B+28, y, "label "+series(i), picture.Fit(curve.Arm, c.W-x.B-28, c.Size()))
		}
		for _, p := range curve.Points {
			if slices.Contains(ticks, p.Period) {
				c.Text(x.At(float64(p.Period)), y, "tick m", figure.Count(p.AtRisk))
			}
		}
	}
	return y + 8
}
