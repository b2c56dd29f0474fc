package report

import (
	"cmp"
	"math"
	"slices"

	"github.com/liftmark/liftmark/internal/study"
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
func loveLayout(rows []study.Balance) func(*canvas) {
	return func(c *canvas) {
		shown := rows[:min(len(rows), loveRows)]
		left, rowHeight, drop := 210.0, 24.0, 0.0
		if c.narrow() {
			left, rowHeight, drop = 14, 40, 15
		}
		top := 44.0
		bottom := top + rowHeight*float64(len(shown)) + 4
		x := newAxis(left, c.w-14, steps(c, 4, 6), balanceValues(shown)...)
		c.rect(x.at(-balanceLimit), top-10, x.at(balanceLimit), bottom, "zone")
		x.horizontal(c, top-10, bottom, signedTick)
		c.line(x.at(0), top-10, x.at(0), bottom, "zero")
		c.text(clampLabel(x.at(0), "balanced (within ±0.1)", c), top-18, "note m", "balanced (within ±0.1)")
		loveKey(c)
		for i, r := range shown {
			loveRow(c, x, r, top+rowHeight*(float64(i)+0.5)+drop/2, left)
		}
		c.text((x.a+x.b)/2, bottom+40, "note m", fit("difference of the arms in standard deviations", x.b-x.a, c.size()))
		c.h = bottom + 48
	}
}

func loveKey(c *canvas) {
	c.diamond(7, 9, 6, "mark naive")
	c.text(20, 14, "note", "before adjustment")
	c.dot(158, 9, 5, "mark caused")
	c.text(170, 14, "note", "after")
}

func balanceValues(rows []study.Balance) []float64 {
	out := []float64{-0.15, 0.15}
	for _, r := range rows {
		out = append(out, r.Before, r.After)
	}
	return out
}

func loveRow(c *canvas, x axis, r study.Balance, y, left float64) {
	if c.narrow() {
		c.text(0, y-9, "label halo", fit(r.Covariate, c.w, c.size()))
		y += 6
	} else {
		c.text(left-16, y+4, "label e", fit(r.Covariate, left-20, c.size()))
	}
	c.line(x.at(r.Before), y, x.at(r.After), y, "leader")
	c.diamond(x.at(r.Before), y, 6, "mark naive")
	c.dot(x.at(r.After), y, 5, "mark caused")
}
