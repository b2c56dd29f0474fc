package series

import (
	"math"
	"slices"
)

// unique says whether no other weights reach the same mean. Points outside the
// corral can enter only if they lie in the face of the hull that holds the
// optimum, and only in a combination that cancels off the corral's own span:
// if and only if the hull of what they are off that span holds the origin.
func (c *cloud) unique(weights []float64) (bool, error) {
	if c.ridge > 0 {
		return true, nil
	}
	scale := c.reach()
	inside, face := c.face(weights, scale)
	if len(face) == 0 {
		return true, nil
	}
	if scale == 0 {
		return c.n == 1, nil
	}
	span := c.span(inside)
	off := &cloud{n: len(face), dim: c.dim, point: make([]float64, 0, len(face)*c.dim)}
	for _, j := range face {
		off.point = append(off.point, c.off(j, inside[0], span)...)
	}
	w, err := off.nearest()
	if err != nil {
		return false, err
	}
	x := off.mean(w)
	return dot(x, x) > 1e-14*scale, nil
}

// face splits the points that are as near to the optimum's supporting plane as
// rounding tells into those with weight and those without.
func (c *cloud) face(weights []float64, scale float64) (inside, outside []int) {
	x := c.mean(weights)
	norm := dot(x, x)
	for j := range c.n {
		switch {
		case weights[j] > 0:
			inside = append(inside, j)
		case dot(x, c.at(j))-norm <= 1e-10*math.Sqrt(scale)*math.Sqrt(norm)+1e-14*scale:
			outside = append(outside, j)
		}
	}
	return inside, outside
}

// span is an orthonormal basis of the differences between the members.
func (c *cloud) span(members []int) [][]float64 {
	var basis [][]float64
	for _, j := range members[1:] {
		q := c.off(j, members[0], basis)
		if norm := math.Sqrt(dot(q, q)); norm > 1e-12*math.Sqrt(c.reach()) {
			for k := range q {
				q[k] /= norm
			}
			basis = append(basis, q)
		}
	}
	return basis
}

// off is point j less the point base, off the basis (orthogonalised twice).
func (c *cloud) off(j, base int, basis [][]float64) []float64 {
	q := slices.Clone(c.at(j))
	for k, v := range c.at(base) {
		q[k] -= v
	}
	for range 2 {
		for _, b := range basis {
			along := dot(q, b)
			for k := range q {
				q[k] -= along * b[k]
			}
		}
	}
	return q
}
