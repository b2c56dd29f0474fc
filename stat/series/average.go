package series

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// averaged fits the segments under each of a grid of autocorrelations, evenly
// spaced on (−1, 1), and weights them by their restricted likelihood, which is
// their posterior density under an even prior. The covariance is the mean of
// theirs and that of their coefficients around the mean.
//
// Source: Zellner (1971), An Introduction to Bayesian Inference in Econometrics,
// §4.1.
func (g *segments) averaged(level float64) (*Segmented, error) {
	const steps = 50
	fits := make([]*white, 0, 2*steps)
	density := make([]float64, 0, 2*steps)
	top := math.Inf(-1)
	for k := 1 - steps; k < steps; k++ {
		w, err := g.whiten(float64(k) / steps)
		if err != nil {
			return nil, err
		}
		fits, density = append(fits, w), append(density, w.logLikelihood(REML))
		top = math.Max(top, density[len(density)-1])
	}
	for k := range density {
		density[k] = math.Exp(density[k] - top)
	}
	normalise(density)
	f, phi, err := mix(fits, density)
	if err != nil {
		return nil, err
	}
	w, err := g.whiten(phi)
	if err != nil {
		return nil, err
	}
	f.residuals = w.linear.Residuals
	r, err := g.report(f, level)
	if err != nil {
		return nil, err
	}
	r.Correlation, r.LogLikelihood = phi, w.logLikelihood(REML)
	return r, nil
}

// mix gives the moments of the coefficients over the fits, and the mean φ.
func mix(fits []*white, density []float64) (f fit, phi float64, err error) {
	p := len(fits[0].linear.Coef)
	f = fit{coef: make([]float64, p), covariance: mat.NewSymDense(p, nil), df: float64(fits[0].linear.DF)}
	for k, w := range fits {
		phi += density[k] * w.phi
		for j, b := range w.linear.Coef {
			f.coef[j] += density[k] * b
		}
	}
	for k, w := range fits {
		within, err := w.linear.Classical()
		if err != nil {
			return f, 0, err
		}
		f.covariance.AddSym(f.covariance, scaled(within, density[k]))
		off := mat.NewVecDense(p, subtract(w.linear.Coef, f.coef))
		f.covariance.SymRankOne(f.covariance, density[k], off)
	}
	return f, phi, nil
}

func scaled(m *mat.SymDense, by float64) *mat.SymDense {
	m.ScaleSym(by, m)
	return m
}
