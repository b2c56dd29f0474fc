package series

import (
	"fmt"
	"math"
	"slices"

	"github.com/liftmark/liftmark/stat"
)

// cloud is a set of points, row-major, n × dim, whose weighted mean with
// weights on the simplex should lie as near to the origin as possible. ridge is
// the price of ‖weights‖².
type cloud struct {
	n, dim int
	point  []float64
	ridge  float64
}

func (c *cloud) at(j int) []float64 { return c.point[j*c.dim : (j+1)*c.dim] }

func dot(a, b []float64) float64 {
	var sum float64
	for i, v := range a {
		sum += v * b[i]
	}
	return sum
}

// reach is the largest squared norm of a point: the scale of all tolerances.
func (c *cloud) reach() float64 {
	var most float64
	for j := range c.n {
		most = math.Max(most, dot(c.at(j), c.at(j)))
	}
	return most + c.ridge
}

// mean is Σ w·point.
func (c *cloud) mean(weights []float64) []float64 {
	x := make([]float64, c.dim)
	for j, w := range weights {
		if w == 0 {
			continue
		}
		for k, v := range c.at(j) {
			x[k] += w * v
		}
	}
	return x
}

// slack is how much the objective's gradient at the weights still promises: the
// largest fall along an edge towards one point (the Frank–Wolfe gap), and the
// point that gives it. It is zero at the optimum and nowhere else, so it serves
// as the check of the Karush–Kuhn–Tucker conditions.
func (c *cloud) slack(weights []float64) (gap float64, towards int) {
	x := c.mean(weights)
	best := math.Inf(1)
	for j := range c.n {
		if g := dot(x, c.at(j)) + c.ridge*weights[j]; g < best {
			best, towards = g, j
		}
	}
	return dot(x, x) + c.ridge*dot(weights, weights) - best, towards
}

// Tolerances, relative to the cloud's reach: gaps below stopGap are rounding;
// a result with a gap above maxGap is not an optimum.
const (
	stopGap = 1e-14
	maxGap  = 1e-9
)

// nearest finds the weights by Wolfe's algorithm: a set of points in general
// position (the corral) whose best affine combination lies inside their hull
// is grown by the point that promises most and shrunk when a weight would turn
// negative. Each round lowers the distance, so no corral returns and the end is
// the optimum itself, not an approximation to it.
//
// Errors: ErrNoConvergence when rounding keeps it from the optimum.
//
// Source: Wolfe (1976), Mathematical Programming 11:128-149.
func (c *cloud) nearest() ([]float64, error) {
	scale := c.reach()
	if scale == 0 { // every point is the origin
		return equal(c.n), nil
	}
	s := c.start()
	weights := s.scatter(c.n)
	for range 50 * (c.n + 10) {
		gap, towards := c.slack(weights)
		if gap <= stopGap*scale || slices.Contains(s.members, towards) {
			break
		}
		if !s.add(towards) {
			break // as dependent as rounding can tell: nothing to gain
		}
		s.settle()
		weights = s.scatter(c.n)
	}
	if gap, _ := c.slack(weights); !(gap <= maxGap*scale) {
		return nil, fmt.Errorf("weights on the simplex: gap %.2g of %.2g: %w", gap, scale, stat.ErrNoConvergence)
	}
	return weights, nil
}

// tieBreak is the ridge, as a share of the reach, that chooses among weights that
// are equally near.
const tieBreak = 1e-10

// widest are, of all weights that reach the nearest mean, those with the least sum
// of squares, as near as rounding lets a vanishing ridge tell. Unlike those of
// nearest they do not depend on the order of the points.
func (c *cloud) widest() ([]float64, error) {
	even := *c
	even.ridge += tieBreak * c.reach()
	return even.nearest()
}

// start is the corral of the point nearest to the origin or, where a ridge lets
// any points be in general position, of all those that keep a positive weight
// when the others are let go of, a likely answer.
func (c *cloud) start() *corral {
	if c.ridge > wideRidge*c.reach() && c.n > c.dim {
		return c.likely()
	}
	best := 0
	for j := range c.n {
		if dot(c.at(j), c.at(j)) < dot(c.at(best), c.at(best)) {
			best = j
		}
	}
	s := &corral{cloud: c, system: &narrow{cloud: c, shift: c.reach()}}
	s.add(best)
	s.weights[0] = 1
	return s
}

func (c *cloud) likely() *corral {
	s := &corral{cloud: c, system: &wide{cloud: c}}
	for j := range c.n {
		s.add(j)
	}
	for {
		s.weights = s.affine()
		for i, w := range s.weights {
			s.weights[i] = math.Max(w, 0)
		}
		if !slices.Contains(s.weights, 0) {
			normalise(s.weights)
			return s
		}
		s.drop()
	}
}

// corral is a set of points in general position with their weights.
type corral struct {
	*cloud
	system  system
	members []int
	weights []float64
}

// add brings point j in with weight 0; false if it depends on the members.
func (s *corral) add(j int) bool {
	if !s.system.add(j, s.members) {
		return false
	}
	s.members, s.weights = append(s.members, j), append(s.weights, 0)
	return true
}

// drop takes out the members whose weight is zero.
func (s *corral) drop() {
	first := slices.Index(s.weights, 0)
	if first < 0 {
		return
	}
	members, weights := s.members, s.weights
	s.members, s.weights = slices.Clone(members[:first]), slices.Clone(weights[:first])
	s.system.cut(first)
	for i := first; i < len(members); i++ {
		if weights[i] > 0 && s.add(members[i]) {
			s.weights[len(s.weights)-1] = weights[i]
		}
	}
}

// settle moves to the best affine combination of the members, leaving out those
// whose weight would be negative on the way.
func (s *corral) settle() {
	for {
		target := s.affine()
		step, at := 1.0, -1
		for i, v := range target {
			if v <= 0 && s.weights[i]-v > 0 {
				if t := s.weights[i] / (s.weights[i] - v); t < step || at < 0 {
					step, at = t, i
				}
			}
		}
		if at < 0 {
			s.weights = target
			return
		}
		for i := range target {
			s.weights[i] = math.Max(0, s.weights[i]+step*(target[i]-s.weights[i]))
		}
		s.weights[at] = 0
		s.drop()
	}
}

// affine is the combination of the members, weights adding up to one but of any
// sign, nearest to the origin. Two rounds of refinement with gradients taken
// from the points themselves undo the squared condition of inner products.
func (s *corral) affine() []float64 {
	ones := make([]float64, len(s.members))
	for i := range ones {
		ones[i] = 1
	}
	v := s.system.solve(ones, s.members)
	normalise(v)
	direction := s.system.solve(ones, s.members)
	for range 2 {
		s.refine(v, direction)
	}
	return v
}

// refine corrects v by the part of its gradient that is not constant; direction
// solves the system for ones.
func (s *corral) refine(v, direction []float64) {
	x := make([]float64, s.dim)
	for i, m := range s.members {
		for k, p := range s.at(m) {
			x[k] += v[i] * p
		}
	}
	gradient := make([]float64, len(v))
	for i, m := range s.members {
		gradient[i] = dot(x, s.at(m)) + s.ridge*v[i]
	}
	correction := s.system.solve(gradient, s.members)
	ratio := sum(correction) / sum(direction)
	for i := range v {
		v[i] -= correction[i] - ratio*direction[i]
	}
	normalise(v)
}

func (s *corral) scatter(n int) []float64 {
	w := make([]float64, n)
	for i, m := range s.members {
		w[m] = s.weights[i]
	}
	return w
}

func sum(values []float64) float64 {
	var total float64
	for _, v := range values {
		total += v
	}
	return total
}

// normalise scales values to add up to one.
func normalise(values []float64) {
	total := sum(values)
	for i := range values {
		values[i] /= total
	}
}
