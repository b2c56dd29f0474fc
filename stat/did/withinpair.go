package did

import (
	"fmt"

	"github.com/liftmark/liftmark/stat"
	"gonum.org/v1/gonum/mat"
)

// twoWay takes unit and period effects out of values of rows, exactly, by solving for
// the periods: it holds the factored Gram matrix of the period dummies with their
// unit means taken out, grounded at one period whose effect is 0.
type twoWay struct {
	periods int
	ground  int
	place   []int // of each period among those solved for, -1: no row, or the ground
	solved  []int // the period of each place
	chol    mat.Cholesky
}

// unitRow is a unit's presence: the periods in which it has a row, in order.
type unitRow struct {
	periods []int
	weight  float64
}

// newTwoWay factors the Gram matrix of units. Errors: ErrCollinear when some periods
// share no unit with others, so that they cannot be compared.
func newTwoWay(periods, ground int, units []unitRow) (*twoWay, error) {
	k := &twoWay{periods: periods, ground: ground, place: make([]int, periods)}
	gram := mat.NewSymDense(periods, nil)
	full := 0.0 // weight of units seen in every period, added at once
	for _, u := range units {
		if len(u.periods) == periods {
			full += u.weight
			continue
		}
		k.add(gram, u)
	}
	if full > 0 {
		all := unitRow{weight: full}
		for t := range periods {
			all.periods = append(all.periods, t)
		}
		k.add(gram, all)
	}
	for t := range periods {
		k.place[t] = -1
		if t != ground && gram.At(t, t) > 0 {
			k.place[t] = len(k.solved)
			k.solved = append(k.solved, t)
		}
	}
	if len(k.solved) > 0 && (!k.chol.Factorize(submatrix(gram, k.solved)) || !(k.chol.Cond() < 1e12)) {
		return nil, fmt.Errorf("periods that no unit links: %w", stat.ErrCollinear)
	}
	return k, nil
}

func (k *twoWay) add(gram *mat.SymDense, u unitRow) {
	share := u.weight / float64(len(u.periods))
	for a, s := range u.periods {
		gram.SetSym(s, s, gram.At(s, s)+u.weight-share)
		for _, t := range u.periods[a+1:] {
			gram.SetSym(s, t, gram.At(s, t)-share)
		}
	}
}

// solve gives the effect of each period from the sum over units of weight times the
// values less their unit's mean, per period. Periods without a row get 0.
func (k *twoWay) solve(moments []float64) []float64 {
	out := make([]float64, k.periods)
	if len(k.solved) == 0 {
		return out
	}
	v := mat.NewVecDense(len(k.solved), nil)
	for i, t := range k.solved {
		v.SetVec(i, moments[t])
	}
	if k.chol.SolveVecTo(v, v) != nil {
		return out // cannot occur: the condition was checked
	}
	for i, t := range k.solved {
		out[t] = v.AtVec(i)
	}
	return out
}

// demean subtracts the mean over a unit's rows.
func demean(values []float64) {
	mean := sum(values) / float64(len(values))
	for i := range values {
		values[i] -= mean
	}
}
