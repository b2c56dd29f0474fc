package did

import (
	"fmt"

	"github.com/liftmark/liftmark/stat"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Wald is a joint test that several effects are all 0.
type Wald struct {
	Statistic float64 // chi-squared
	DF        int     // effects tested
	P         float64
}

// PreTrend tests that all cells before treatment (and its anticipation) are 0, as
// they are if trends are parallel then. R's did tests the same but counts the
// periods of anticipation among those before.
//
// A small P speaks against the design; a large one does not speak for it when the
// test has little power: look at the intervals.
//
// Errors: ErrTooFew without such cells, or with as many cells as independent
// units; ErrCollinear when their covariance is singular.
func (r *GroupTime) PreTrend() (Wald, error) {
	return r.Joint(func(c Cell) bool { return c.Period+r.options.Anticipation < c.Cohort })
}

// Joint tests that the cells that satisfy a condition are all 0. Cells without a
// standard error are left out. Errors are those of PreTrend.
func (r *GroupTime) Joint(among func(Cell) bool) (Wald, error) {
	cells := r.where(func(c Cell) bool { return c.SE > 0 && among(c) })
	att, infs := make([]float64, len(cells)), make([]influence, len(cells))
	for i, k := range cells {
		att[i], infs[i] = r.Cells[k].ATT, r.influences[k]
	}
	if len(cells) >= r.Clusters {
		return Wald{}, fmt.Errorf("joint test of %d cells from %d independent units: %w", len(cells), r.Clusters, stat.ErrTooFew)
	}
	return wald(att, covariance(infs, r.Units))
}

// Covariance is that of all Cells, in their order. It holds len(Cells)² numbers.
func (r *GroupTime) Covariance() *mat.SymDense { return covariance(r.influences, r.Units) }

// Joint tests that the effects that satisfy a condition are all 0: with At < 0, of
// an event study, its pre-trend. Effects without a standard error are left out.
// Errors are those of GroupTime.PreTrend.
func (a *Aggregate) Joint(among func(Effect) bool) (Wald, error) {
	var keep []int
	var att []float64
	for i, e := range a.Effects {
		if e.SE > 0 && among(e) {
			keep, att = append(keep, i), append(att, e.ATT)
		}
	}
	cov := mat.NewSymDense(max(len(keep), 1), nil)
	for i, a1 := range keep {
		for j := i; j < len(keep); j++ {
			cov.SetSym(i, j, a.Covariance.At(a1, keep[j]))
		}
	}
	return wald(att, cov)
}

// singular is the condition number from which a covariance counts as singular.
const singular = 1e14

func wald(effects []float64, cov *mat.SymDense) (Wald, error) {
	if len(effects) == 0 {
		return Wald{}, fmt.Errorf("joint test: no effect with a standard error: %w", stat.ErrTooFew)
	}
	var chol mat.Cholesky
	if !chol.Factorize(cov) || chol.Cond() > singular {
		return Wald{}, fmt.Errorf("joint test of %d effects: singular covariance: %w", len(effects), stat.ErrCollinear)
	}
	b := mat.NewVecDense(len(effects), effects)
	var solved mat.VecDense
	if err := chol.SolveVecTo(&solved, b); err != nil {
		return Wald{}, fmt.Errorf("joint test of %d effects: %w", len(effects), stat.ErrCollinear)
	}
	w := Wald{Statistic: mat.Dot(b, &solved), DF: len(effects)}
	w.P = distuv.ChiSquared{K: float64(w.DF)}.Survival(w.Statistic)
	return w, nil
}
