package learning

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// jet is a number with its exact first and second derivatives by four
// parameters (forward-mode differentiation).
type jet struct {
	v float64
	g [4]float64
	h [4][4]float64
}

// logisticJet is the logistic function of parameter k at x.
func logisticJet(x float64, k int) jet {
	p := logistic(x)
	j := jet{v: p}
	j.g[k] = p * logistic(-x)
	j.h[k][k] = j.g[k] * (logistic(-x) - p)
	return j
}

func (a jet) plus(b jet) jet {
	a.v += b.v
	for i := range a.g {
		a.g[i] += b.g[i]
		for j := range a.g {
			a.h[i][j] += b.h[i][j]
		}
	}
	return a
}

func (a jet) scaled(c float64) jet {
	a.v *= c
	for i := range a.g {
		a.g[i] *= c
		for j := range a.g {
			a.h[i][j] *= c
		}
	}
	return a
}

// complement is 1 - a.
func (a jet) complement() jet {
	a = a.scaled(-1)
	a.v++
	return a
}

func (a jet) times(b jet) jet {
	out := jet{v: a.v * b.v}
	for i := range a.g {
		out.g[i] = a.g[i]*b.v + a.v*b.g[i]
		for j := range a.g {
			out.h[i][j] = a.h[i][j]*b.v + a.g[i]*b.g[j] + a.g[j]*b.g[i] + a.v*b.h[i][j]
		}
	}
	return out
}

// apply is f(a) with f's value and first two derivatives at a.
func (a jet) apply(f, d, dd float64) jet {
	out := jet{v: f}
	for i := range a.g {
		out.g[i] = d * a.g[i]
		for j := range a.g {
			out.h[i][j] = d*a.h[i][j] + dd*a.g[i]*a.g[j]
		}
	}
	return out
}

func (a jet) log() jet { return a.apply(math.Log(a.v), 1/a.v, -1/(a.v*a.v)) }

func (a jet) over(b jet) jet {
	return a.times(b.apply(1/b.v, -1/(b.v*b.v), 2/(b.v*b.v*b.v)))
}

// newton is the step towards the maximum and the negative Hessian. Where the
// Hessian is not negative definite, its diagonal is raised until the step
// climbs.
func (a jet) newton() ([4]float64, *mat.SymDense) {
	information := mat.NewSymDense(4, nil)
	scale := 0.0
	for i := range 4 {
		for j := i; j < 4; j++ {
			information.SetSym(i, j, -a.h[i][j])
		}
		scale = math.Max(scale, math.Abs(a.h[i][i]))
	}
	var step [4]float64
	for ridge := 0.0; ridge < 1e8; ridge = 10*ridge + 1e-4 {
		damped := mat.NewSymDense(4, nil)
		damped.CopySym(information)
		for i := range 4 {
			damped.SetSym(i, i, damped.At(i, i)+ridge*scale)
		}
		var chol mat.Cholesky
		var s mat.VecDense
		if chol.Factorize(damped) && chol.Cond() < 1e14 && chol.SolveVecTo(&s, mat.NewVecDense(4, a.g[:])) == nil {
			copy(step[:], s.RawVector().Data)
			break
		}
	}
	return step, information
}
