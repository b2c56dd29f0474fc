package survival

import (
	"context"
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
	"gonum.org/v1/gonum/mat"
)

// likelihood is the partial log-likelihood at some coefficients with its
// gradient and negative Hessian, for standardised covariates.
type likelihood struct {
	value float64
	score *mat.VecDense
	info  *mat.SymDense
}

func (r *riskSets) likelihood(beta []float64) likelihood {
	r.predict(beta)
	l := likelihood{}
	score, info, center := make([]float64, r.p), make([]float64, r.p*(r.p+1)/2), make([]float64, r.p)
	r.eachEvent(func(t *tiedEvents) {
		for k := t.from; k < t.to; k++ {
			if !r.event[k] {
				continue
			}
			l.value += r.weight[k] * r.eta[k]
			for j := range score {
				score[j] += r.weight[k] * r.x[k*r.p+j]
			}
		}
		r.shares(t, func(out, denominator, increment float64) {
			l.value -= increment * denominator * math.Log(denominator)
			t.spread(out, denominator, increment, center, info)
			for j, c := range center {
				score[j] -= increment * denominator * c
			}
		})
	})
	l.score = mat.NewVecDense(r.p, score)
	l.info = unpack(info, r.p)
	return l
}

// spread sets center to the mean covariates under one denominator and adds
// that denominator's part of the information (lower triangle by rows) to info.
func (t *tiedEvents) spread(out, denominator, increment float64, center, info []float64) {
	events := increment * denominator
	k := 0
	for a := range center {
		center[a] = (t.atRisk.s1[a] - out*t.died.s1[a]) / denominator
		for b := range a + 1 {
			info[k] += increment*(t.atRisk.s2[k]-out*t.died.s2[k]) - events*center[a]*center[b]
			k++
		}
	}
}

func unpack(lower []float64, p int) *mat.SymDense {
	m := mat.NewSymDense(p, nil)
	k := 0
	for a := range p {
		for b := range a + 1 {
			m.SetSym(a, b, lower[k])
			k++
		}
	}
	return m
}

// maximise runs Newton's method with step halving from zero and fills the
// likelihoods, the model covariance and the tests at zero.
func (f *CoxFit) maximise(ctx context.Context, maxIter int) error {
	r := f.risk
	f.beta = make([]float64, r.p)
	at := r.likelihood(f.beta)
	f.LogLikNull = at.value
	step, err := r.newtonStep(at, true)
	if err != nil {
		return err
	}
	f.Score = newChiSqTest(mat.Dot(at.score, step), r.p)
	for f.Iterations = 1; f.Iterations <= maxIter; f.Iterations++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		gain, taken := mat.Dot(at.score, step), mat.Norm(step, math.Inf(1))
		next, beta, ok := r.ascend(at.value, f.beta, step)
		if !ok {
			break
		}
		at, f.beta = next, beta
		if step, err = r.newtonStep(at, false); err != nil {
			return err
		}
		left := mat.Norm(step, math.Inf(1))
		if left < 1e-10 {
			return f.finish(at)
		}
		// Near a maximum the next step is far shorter; on the way to infinity it is not.
		if gain < 1e-6*(1+math.Abs(at.value)) && left > 1e-6 && left > taken/2 {
			return fmt.Errorf("column %s orders the events perfectly, alone or with others: %w", r.names[largest(step)], stat.ErrSeparation)
		}
	}
	if mat.Norm(step, math.Inf(1)) < 1e-6 { // rounding stopped the ascent at the top
		return f.finish(at)
	}
	return fmt.Errorf("after %d steps: %w", f.Iterations, stat.ErrNoConvergence)
}

func (f *CoxFit) finish(at likelihood) error {
	f.LogLik = at.value
	f.LikelihoodRatio = newChiSqTest(2*(f.LogLik-f.LogLikNull), f.risk.p)
	var chol mat.Cholesky
	var inverse mat.SymDense
	if !chol.Factorize(at.info) || chol.InverseTo(&inverse) != nil {
		return fmt.Errorf("information at the maximum: %w", stat.ErrCollinear)
	}
	f.ModelCov = f.risk.unscale(&inverse)
	f.Cov = f.ModelCov
	return nil
}

// unscale brings a covariance of standardised coefficients to the caller's units.
func (r *riskSets) unscale(v *mat.SymDense) *mat.SymDense {
	out := mat.NewSymDense(r.p, nil)
	for a := range r.p {
		for b := range a + 1 {
			out.SetSym(a, b, v.At(a, b)/(r.scale[a]*r.scale[b]))
		}
	}
	return out
}

// newtonStep solves info·step = score. At the first step a singular matrix
// means collinear columns, later an infinite coefficient.
func (r *riskSets) newtonStep(at likelihood, first bool) (*mat.VecDense, error) {
	var chol mat.Cholesky
	step := mat.NewVecDense(r.p, nil)
	if !chol.Factorize(at.info) || chol.Cond() > 1e13 {
		name := r.names[dependent(at.info)]
		if first {
			return nil, fmt.Errorf("column %s does not vary within risk sets once the columns before it are known: %w", name, stat.ErrCollinear)
		}
		return nil, fmt.Errorf("column %s: %w", name, stat.ErrSeparation)
	}
	// The condition was checked: the only error SolveVecTo has is about it.
	_ = chol.SolveVecTo(step, at.score)
	return step, nil
}

// dependent returns the first column that the columns before it explain.
func dependent(info *mat.SymDense) int {
	p := info.SymmetricDim()
	for j := range p {
		var chol mat.Cholesky
		if !chol.Factorize(info.SliceSym(0, j+1)) || chol.Cond() > 1e13 {
			return j
		}
	}
	return p - 1
}

// ascend goes from beta along step, halving until the likelihood does not
// fall. It gives up after 30 halvings.
func (r *riskSets) ascend(value float64, beta []float64, step *mat.VecDense) (likelihood, []float64, bool) {
	scale := 1.0
	for range 30 {
		next := make([]float64, len(beta))
		for j := range beta {
			next[j] = beta[j] + scale*step.AtVec(j)
		}
		at := r.likelihood(next)
		if at.value >= value-1e-12*math.Abs(value) { // false for NaN
			return at, next, true
		}
		scale /= 2
	}
	return likelihood{}, nil, false
}

func largest(v *mat.VecDense) int {
	at := 0
	for j := range v.Len() {
		if math.Abs(v.AtVec(j)) > math.Abs(v.AtVec(at)) {
			at = j
		}
	}
	return at
}
