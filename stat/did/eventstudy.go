package did

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/liftmark/liftmark/stat"
	"gonum.org/v1/gonum/mat"
)

// EventStudy is a family of effects by event time, all measured from one reference:
// what a picture of the study shows.
type EventStudy struct {
	// Effects in order of At, the reference among them (Reference is set, ATT is 0 by
	// construction and has no interval).
	Effects   []Effect
	Reference int // the reference's event time
	// Covariance of Effects; the reference's row and column are 0.
	Covariance *mat.SymDense
	Critical   float64 // of the uniform intervals; 0 without
}

// EventStudy takes the effects by event time of a Dynamic aggregate.
//
// Errors: ErrInvalid unless the study has one reference event time (Options.Base
// Universal): with a varying base each estimate before treatment is the change from
// the period before, and drawing them beside effects that add up misleads (Roth
// 2024, arXiv:2401.12309).
func (a *Aggregate) EventStudy() (EventStudy, error) {
	for _, e := range a.Effects {
		if e.Reference {
			return EventStudy{Effects: slices.Clone(a.Effects), Reference: e.At, Covariance: a.Covariance, Critical: a.Critical}, nil
		}
	}
	return EventStudy{}, fmt.Errorf("event study without a reference period (use a universal base): %w", stat.ErrInvalid)
}

// Points takes the estimates for Smoothness and RelativeMagnitudes.
func (s EventStudy) Points() Points {
	p := Points{Reference: s.Reference}
	var keep []int
	for i, e := range s.Effects {
		if !e.Reference {
			keep = append(keep, i)
			p.At, p.Value = append(p.At, e.At), append(p.Value, e.ATT)
		}
	}
	p.Covariance = submatrix(s.Covariance, keep)
	return p
}

// Band gives the effects uniform intervals, which cover all of them together with
// probability level: their largest |N(0, 1)| is drawn from the correlations.
//
// Errors: ErrTooFew with fewer draws than 20/(1-level), ErrNoVariance when no effect
// has a standard error. Band panics if level is outside (0, 1).
//
// Source: Montiel Olea and Plagborg-Møller (2019), J. Applied Econometrics 34:1-17.
func (s EventStudy) Band(level float64, draws int, source rand.Source) (EventStudy, error) {
	stat.CheckLevel(level)
	var keep []int
	for i, e := range s.Effects {
		if e.SE > 0 {
			keep = append(keep, i)
		}
	}
	switch {
	case float64(draws)*(1-level) < 20-1e-9:
		return EventStudy{}, fmt.Errorf("uniform band of level %g from %d draws: %w", level, draws, stat.ErrTooFew)
	case len(keep) == 0:
		return EventStudy{}, fmt.Errorf("uniform band: no effect has a standard error: %w", stat.ErrNoVariance)
	}
	root := rootOf(submatrix(s.Covariance, keep))
	rng, sup := rand.New(source), make(supremum, draws)
	z := make([]float64, len(keep))
	for k := range sup {
		for i := range z {
			z[i] = rng.NormFloat64()
		}
		for i, at := range keep {
			var v float64
			for j := range z {
				v += root.At(i, j) * z[j]
			}
			sup[k] = math.Max(sup[k], math.Abs(v)/s.Effects[at].SE)
		}
	}
	s.Effects = slices.Clone(s.Effects)
	s.Critical = sup.critical(level)
	for _, i := range keep {
		e := &s.Effects[i]
		e.Uniform = around(e.ATT, e.SE, s.Critical, level)
	}
	return s, nil
}

// rootOf is a square root of a covariance that may be singular.
func rootOf(cov *mat.SymDense) *mat.Dense {
	var eigen mat.EigenSym
	eigen.Factorize(cov, true)
	n := cov.SymmetricDim()
	root := mat.NewDense(n, n, nil)
	eigen.VectorsTo(root)
	for j, v := range eigen.Values(nil) {
		for i := range n {
			root.Set(i, j, root.At(i, j)*math.Sqrt(math.Max(v, 0)))
		}
	}
	return root
}
