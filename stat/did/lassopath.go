package did

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// lassoPath minimises ½·u'Qu + q'u + λ·Σ|u| for every λ from ∞ down to 0. The
// minimiser moves in straight lines between the nodes returned, of which the first
// is 0 and the last the unconstrained minimum. Q is positive definite.
//
// Source: Osborne, Presnell and Turlach (2000), IMA J. Numer. Anal. 20:389-403.
func lassoPath(q *mat.SymDense, c []float64) [][]float64 {
	n := len(c)
	path := &homotopy{q: q, c: c, u: make([]float64, n), sign: make([]float64, n)}
	nodes := [][]float64{make([]float64, n)}
	for _, v := range c {
		path.lambda = math.Max(path.lambda, math.Abs(v))
	}
	for steps := 0; path.lambda > 0 && steps < 50*(n+1); steps++ {
		path.step()
		nodes = append(nodes, append([]float64(nil), path.u...))
	}
	return nodes
}

// homotopy is a point on the path. sign is 0 for coordinates that rest at 0.
type homotopy struct {
	q       *mat.SymDense
	c       []float64
	u, sign []float64
	lambda  float64
	left    int // 1 + the coordinate that came to rest in the last step, or 0
}

// gradient of the quadratic part.
func (h *homotopy) gradient() []float64 {
	g := append([]float64(nil), h.c...)
	for i := range g {
		for j, v := range h.u {
			g[i] += h.q.At(i, j) * v
		}
	}
	return g
}

// step lets every coordinate that presses against λ move, and follows the line
// until one more does or one comes to rest.
func (h *homotopy) step() {
	g := h.gradient()
	for i := range g {
		if h.sign[i] == 0 && h.left != i+1 && math.Abs(g[i]) >= h.lambda*(1-1e-12) {
			h.sign[i] = -sgn(g[i])
		}
	}
	move := h.direction()
	slope := make([]float64, len(g)) // of the gradient as λ falls
	for i := range g {
		for j, d := range move {
			slope[i] += h.q.At(i, j) * d
		}
	}
	fall, stops := h.lambda, -1 // how far λ falls, and who comes to rest then
	for i := range g {
		if h.sign[i] != 0 {
			if t := -h.u[i] / move[i]; h.u[i]*move[i] < 0 && t < fall {
				fall, stops = t, i
			}
			continue
		}
		if t := h.meets(g[i], slope[i], h.left == i+1); t < fall {
			fall, stops = t, -1
		}
	}
	for i, d := range move {
		h.u[i] += fall * d
	}
	h.lambda -= fall
	if h.lambda < 1e-15*math.Abs(fall) {
		h.lambda = 0
	}
	h.left = 0
	if stops >= 0 {
		h.u[stops], h.sign[stops], h.left = 0, 0, stops+1
	}
}

// meets is how far λ falls until |g + t·slope| = λ − t; at least a rounding error
// away for a coordinate that has just come to rest.
func (h *homotopy) meets(g, slope float64, rested bool) float64 {
	best := math.Inf(1)
	for _, s := range []float64{1, -1} { // s·(g + t·slope) = λ − t
		t := (h.lambda - s*g) / (1 + s*slope)
		if t > 0 && !(rested && t < 1e-9*h.lambda) && t < best {
			best = t
		}
	}
	return best
}

// direction solves Q·d = sign on the moving coordinates: how they move as λ falls.
func (h *homotopy) direction() []float64 {
	var moving []int
	for i, s := range h.sign {
		if s != 0 {
			moving = append(moving, i)
		}
	}
	out := make([]float64, len(h.sign))
	if len(moving) == 0 {
		return out
	}
	var chol mat.Cholesky
	chol.Factorize(submatrix(h.q, moving))
	rhs := mat.NewVecDense(len(moving), nil)
	for k, i := range moving {
		rhs.SetVec(k, h.sign[i])
	}
	if chol.SolveVecTo(rhs, rhs) != nil { // near singular: the solution is still the best there is
		return out
	}
	for k, i := range moving {
		out[i] = rhs.AtVec(k)
	}
	return out
}

func sgn(x float64) float64 {
	if x < 0 {
		return -1
	}
	return 1
}
