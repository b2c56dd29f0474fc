package report

import (
	"cmp"
	"math"
	"slices"

	"github.com/liftmark/liftmark/internal/study"

	"github.com/liftmark/liftmark/internal/picture"
)

// balanceLimit is the standardised difference below which arms count as alike.
const balanceLimit = 0.1

// loveRows is how many covariates the picture shows; the table has them all.
const loveRows = 24

// byImbalance orders covariates by how far apart the arms were before adjustment.
func byImbalance(rows []study.Balance) []study.Balance {
	out := slices.Clone(rows)
	slices.SortStableFunc(out, func(a, b study.Balance) int {
		return cmp.Compare(math.Abs(b.Before), math.Abs(a.Before))
	})
	return out
}

// loveLayout draws the standardised difference of each covariate before and
// after adjustment, with the zone that counts as balanced.
func loveLayout(rows []study.Balance) func(*picture.Canvas) {
	return func(c *picture.Canvas) {
		shown := rows[:min(len(rows), loveRows)]
		left, rowHeight, drop := 210.0, 24.0, 0.0
		if c.Narrow() {
			left, rowHeight, drop = 14, 40, 15
		}
		top := 44.0
		bottom := top + rowHeight*float64(len(shown)) + 4
		x := picture.NewAxis(left, c.W-14, steps(c, 4, 6), balanceValues(shown)...)
		c.Rect(x.At(-balanceLimit), top-10, x.At(balanceLimit), bottom, "zone")
		x.Horizontal(c, top-10, bottom, picture.SignedTick)
		c.Line(x.At(0), top-10, x.At(0), bottom, "zero")
		c.Text(clampLabel(x.At(0), "balanced (within ±0.1)", c), top-18, "note m", "balanced (within ±0.1)")
		loveKey(c)
		for i, r := range shown {
			loveRow(c, x, r, top+rowHeight*(float64(i)+0.5)+drop/2, left)
		}
		c.Text((x.A+x.B)/2, bottom+40, "note m", picture.Fit("difference of the arms in standard deviations", x.B-x.A, c.Size()))
		c.H = bottom + 48
	}
}

func loveKey(c *picture.Canvas) {
	c.Diamond(7, 9, 6, "mark naive")
	c.Text(20, 14, "note", "before adjustment")
	c.Dot(158, 9, 5, "mark caused")
	c.Text(170, 14, "note", "after")
}

func balanceValues(rows []study.Balance) []float64 {
	out := []float64{-0.15, 0.15}
	for _, r := range rows {
		out = append(out, r.Before, r.After)
	}
	return out
}

func loveRow(c *picture.Canvas, x picture.Axis, r study.Balance, y, left float64) {
	if c.Narrow() {
		c.Text(0, y-9, "label halo", picture.Fit(r.Covariate, c.W, c.Size()))
		y += 6
	} else {
		c.Text(left-16, y+4, "label e", picture.Fit(r.Covariate, left-20, c.Size()))
	}
	c.Line(x.At(r.Before), y, x.At(r.After), y, "leader")
	c.Diamond(x.At(r.Before), y, 6, "mark naive")
	c.Dot(x.At(r.After), y, 5, "mark caused")
}
