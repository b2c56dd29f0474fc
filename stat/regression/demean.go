package regression

import (
	"fmt"
	"math"
	"runtime"

	"golang.org/x/sync/errgroup"

	"github.com/liftmark/liftmark/stat"
)

const (
	demeanTolerance  = 1e-12 // length left along the effects, as a share of the column's
	demeanRounding   = 1e-15 // the same, as a share of the column before its means are taken out
	demeanIterations = 5000
	demeanRestarts   = 20
)

// demeaner takes the effects of factors out of columns: it projects on what is
// orthogonal to their dummies, with weights. The factor with most levels is
// taken out exactly, by its means; the effects of the others then solve linear
// equations, whose matrix is applied by two passes over the rows and never
// formed, by conjugate gradients. For two factors these are alternating
// projections, speeded up as far as their directions allow.
//
// Source: on projections and their acceleration, Gaure (2013), Comp. Stat. and
// Data Analysis 66:8-18, and Hernández-Ramos, Escalante and Raydan (2011),
// Numer. Funct. Anal. Optim. 32:1047-1066.
type demeaner struct {
	first   labels
	rest    [][]int32 // numbers among all other effects
	weights []float64 // nil: 1
	mass    []float64 // weight in each level of first
	size    []float64 // weight in each other level
}

// demean takes the effects out of each column, in place, and returns the most
// iterations that one took.
func demean(columns [][]float64, factors []labels, weights []float64) (int, error) {
	d := newDemeaner(largestFirst(factors), weights)
	took := make([]int, len(columns))
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for j, column := range columns {
		group.Go(func() (err error) {
			took[j], err = d.clean(column)
			return err
		})
	}
	err := group.Wait()
	most := 0
	for _, n := range took {
		most = max(most, n)
	}
	return most, err
}

func newDemeaner(factors []labels, weights []float64) *demeaner {
	d := &demeaner{first: factors[0], weights: weights, mass: make([]float64, factors[0].levels)}
	d.add(d.mass, d.first.of, nil)
	for _, f := range factors[1:] {
		offset := int32(len(d.size))
		ids := f.of
		if offset > 0 {
			ids = make([]int32, len(f.of))
			for i, id := range f.of {
				ids[i] = id + offset
			}
		}
		d.rest = append(d.rest, ids)
		d.size = append(d.size, make([]float64, f.levels)...)
		d.add(d.size, ids, nil)
	}
	return d
}

// add sums weight × value (nil: 1) by level.
func (d *demeaner) add(sums []float64, ids []int32, values []float64) {
	switch {
	case d.weights == nil && values == nil:
		for _, id := range ids {
			sums[id]++
		}
	case values == nil:
		for i, id := range ids {
			sums[id] += d.weights[i]
		}
	case d.weights == nil:
		for i, id := range ids {
			sums[id] += values[i]
		}
	default:
		for i, id := range ids {
			sums[id] += d.weights[i] * values[i]
		}
	}
}

// center takes the means by first out of v, with sums as room to work in.
func (d *demeaner) center(v, sums []float64) {
	clear(sums)
	d.add(sums, d.first.of, v)
	for g, m := range d.mass {
		sums[g] /= m
	}
	for i, g := range d.first.of {
		v[i] -= sums[g]
	}
}

// clean takes the effects out of v, in place. Each round starts from what is
// truly left in v, so that rounding does not add up over the iterations.
func (d *demeaner) clean(v []float64) (iterations int, err error) {
	sums := make([]float64, len(d.mass))
	raw := sumSquares(v, d.weights)
	d.center(v, sums)
	d.center(v, sums) // once more for columns far from zero
	if len(d.rest) == 0 {
		return 0, nil
	}
	within := sumSquares(v, d.weights)
	limit := math.Max(within*demeanTolerance*demeanTolerance, raw*demeanRounding*demeanRounding)
	left := make([]float64, len(d.size))
	for range demeanRestarts {
		clear(left)
		for _, ids := range d.rest {
			d.add(left, ids, v)
		}
		if d.energy(left) <= limit {
			return iterations, nil
		}
		effects, n := d.solve(left, limit/4, demeanIterations-iterations)
		iterations += n
		for _, ids := range d.rest {
			for i, id := range ids {
				v[i] -= effects[id]
			}
		}
		d.center(v, sums)
		if iterations >= demeanIterations {
			break
		}
	}
	return iterations, fmt.Errorf("after %d iterations: %w", iterations, stat.ErrNoConvergence)
}

// energy is the sum of squares that means by level of the other factors explain.
func (d *demeaner) energy(left []float64) float64 {
	var sum float64
	for k, r := range left {
		sum += r * r / d.size[k]
	}
	return sum
}

// solve gives the effects whose dummies, with first taken out, leave nothing of
// residual. It overwrites residual.
func (d *demeaner) solve(residual []float64, limit float64, most int) (effects []float64, iterations int) {
	m := len(residual)
	effects = make([]float64, m)
	direction, image, means := make([]float64, m), make([]float64, m), make([]float64, len(d.mass))
	energy, last := d.energy(residual), 1.0
	for iterations < most && energy > limit {
		turn := 0.0
		if iterations > 0 {
			turn = energy / last
		}
		for k, r := range residual {
			direction[k] = r/d.size[k] + turn*direction[k]
		}
		d.apply(direction, image, means)
		iterations++
		curve := dot(direction, image)
		if !(curve > 0) {
			return effects, iterations // rounding is all that is left
		}
		step := energy / curve
		for k := range residual {
			effects[k] += step * direction[k]
			residual[k] -= step * image[k]
		}
		last, energy = energy, d.energy(residual)
	}
	return effects, iterations
}

// apply sets image to DᵀW·M·D·effects, where D are the dummies of the other
// factors and M takes out the means by first.
func (d *demeaner) apply(effects, image, means []float64) {
	clear(means)
	clear(image)
	if len(d.rest) == 1 && d.weights == nil {
		d.applyPlain(effects, image, means)
		return
	}
	for i, g := range d.first.of {
		means[g] += d.weight(i) * d.sum(effects, i)
	}
	for g, m := range d.mass {
		means[g] /= m
	}
	for i, g := range d.first.of {
		left := d.weight(i) * (d.sum(effects, i) - means[g])
		for _, ids := range d.rest {
			image[ids[i]] += left
		}
	}
}

// applyPlain is apply for two factors without weights.
func (d *demeaner) applyPlain(effects, image, means []float64) {
	ids := d.rest[0]
	for i, g := range d.first.of {
		means[g] += effects[ids[i]]
	}
	for g, m := range d.mass {
		means[g] /= m
	}
	for i, g := range d.first.of {
		image[ids[i]] += effects[ids[i]] - means[g]
	}
}

func (d *demeaner) weight(i int) float64 {
	if d.weights == nil {
		return 1
	}
	return d.weights[i]
}

func (d *demeaner) sum(effects []float64, i int) float64 {
	var s float64
	for _, ids := range d.rest {
		s += effects[ids[i]]
	}
	return s
}
