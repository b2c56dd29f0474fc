package report

import (
	"github.com/liftmark/liftmark/internal/figure"
	"github.com/liftmark/liftmark/internal/picture"
	"math"
)

// amount is one line of the money: what it brings (positive) or costs (negative).
type amount struct {
	name    string
	value   float64
	label   string // the written amount
	assumed bool
	total   bool // drawn from zero rather than from where the last one ended
}

// waterfallLayout draws lines one below the other, each from where the last one
// ended, and the total from zero. What is assumed is hatched and says so.
func waterfallLayout(currency string, rows []amount, low, high float64) func(*picture.Canvas) {
	return func(c *picture.Canvas) {
		left, rowHeight := 0.0, 46.0
		top := 8.0
		bottom := top + rowHeight*float64(len(rows)) + 6
		x := picture.NewAxis(left+12, c.W-12, steps(c, 3, 6), append(waterfallEnds(rows), low, high)...)
		x.Horizontal(c, top, bottom, shortTick(x.To))
		c.Line(x.At(0), top, x.At(0), bottom, "zero")
		at := 0.0
		for i, r := range rows {
			y := top + rowHeight*float64(i)
			from := at
			if r.total {
				from = 0
			}
			at = from + r.value
			moneyBar(c, x, r, from, at, y)
			if r.total {
				c.Whisker(x.At(low), x.At(high), y+33, "whisker total")
			} else if i+1 < len(rows) && !rows[i+1].total {
				c.Line(x.At(at), y+42, x.At(at), y+rowHeight+24, "leader")
			}
		}
		c.Text(c.W/2, bottom+40, "note m", currency+tickScale(x.To))
		c.H = bottom + 48
	}
}

func waterfallEnds(rows []amount) []float64 {
	out := []float64{0}
	at := 0.0
	for _, r := range rows {
		if r.total {
			at = 0
		}
		at += r.value
		out = append(out, at)
	}
	return out
}

func moneyBar(c *picture.Canvas, x picture.Axis, r amount, from, to, y float64) {
	c.Text(c.W, y+18, "label e halo strong", r.label)
	c.Text(0, y+18, "label halo", barLabel(c, r.name, r.assumed, r.label))
	switch {
	case r.assumed:
		c.Hatched(x.At(from), y+25, x.At(to), y+41)
	case r.total:
		c.Rect(x.At(from), y+25, x.At(to), y+41, "bar total")
	case r.value < 0:
		c.Rect(x.At(from), y+25, x.At(to), y+41, "bar cost")
	default:
		c.Rect(x.At(from), y+25, x.At(to), y+41, "bar benefit")
	}
}

// barLabel shortens a name to the room beside its number, but never the word
// that says that it is assumed.
func barLabel(c *picture.Canvas, name string, assumed bool, number string) string {
	tail := assumedTail(assumed)
	return picture.Fit(name, c.W-picture.TextWidth(number+tail, c.Size())-12, c.Size()) + tail
}

// shortTick writes the ticks of large amounts in thousands or millions.
func shortTick(most float64) func(float64, int) string {
	by, _ := thousands(most)
	return func(v float64, d int) string { return figure.Number(v/by, figure.DecimalsOf(v/by)) }
}

func tickScale(most float64) string {
	_, name := thousands(most)
	return name
}

func thousands(most float64) (by float64, name string) {
	switch most = math.Abs(most); {
	case most >= 2e6:
		return 1e6, ", millions"
	case most >= 2e4:
		return 1e3, ", thousands"
	}
	return 1, ""
}

// swing is how far one input moves the result.
type swing struct {
	name      string
	low, high float64 // the result at the input's low and high value
	lowLabel  string
	highLabel string
	assumed   bool
}

// tornadoLayout draws the swings around the central result, largest first.
func tornadoLayout(base float64, baseLabel string, rows []swing, axisName string) func(*picture.Canvas) {
	return func(c *picture.Canvas) {
		const rowHeight, top = 46.0, 30.0
		bottom := top + rowHeight*float64(len(rows)) + 4
		values := []float64{base}
		for _, r := range rows {
			values = append(values, r.low, r.high)
		}
		x := picture.NewAxis(12, c.W-12, steps(c, 3, 7), values...)
		x.Horizontal(c, top, bottom, shortTick(x.To))
		if x.From <= 0 && x.To >= 0 {
			c.Line(x.At(0), top, x.At(0), bottom, "zero")
		}
		c.Line(x.At(base), top-8, x.At(base), bottom, "moment")
		c.Text(clampLabel(x.At(base), baseLabel, c), 16, "label m", baseLabel)
		for i, r := range rows {
			swingBar(c, x, r, top+rowHeight*float64(i))
		}
		c.Text(c.W/2, bottom+40, "note m", picture.Fit(axisName+tickScale(x.To), c.W, c.Size()))
		c.H = bottom + 48
	}
}

func swingBar(c *picture.Canvas, x picture.Axis, r swing, y float64) {
	ends := r.lowLabel + " to " + r.highLabel
	if r.low > r.high {
		ends = r.highLabel + " to " + r.lowLabel
	}
	c.Text(c.W, y+18, "label e halo", ends)
	c.Text(0, y+18, "label halo", barLabel(c, r.name, r.assumed, ends))
	if r.assumed {
		c.Hatched(x.At(r.low), y+25, x.At(r.high), y+41)
		return
	}
	c.Rect(x.At(r.low), y+25, x.At(r.high), y+41, "bar benefit")
}
