package learning

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/liftmark/liftmark/stat"
)

// RaschItems is a Rasch model fitted without any assumption about ability.
type RaschItems struct {
	Difficulty []stat.Estimate // in logits, summing to zero over the items
	LogLik     float64         // conditional on each person's total
	// Persons took part. Those with all or nothing right say nothing about
	// which item is harder, and are left out.
	Persons, AllRight, AllWrong int
}

// FitRasch fits the Rasch model by conditional maximum likelihood: a person's
// total is sufficient for ability, and given the totals the answers depend on
// the items alone. Work grows with the cube of items.
//
// Errors: ErrTooFew with fewer than two items, or no more people with a mixed
// result than items; ErrInvalid for missing marks; ErrNoVariance naming an item
// that all or none of those people answered right; ErrSeparation when some
// items are always solved before others, so that no finite difficulty fits
// best. FitRasch panics if level is outside (0, 1).
//
// Source: Andersen (1972), JRSS B 34:42-54; Fischer (1981), Psychometrika
// 46:59-77 on when the maximum exists.
func FitRasch(a Answers, level float64) (*RaschItems, error) {
	stat.CheckLevel(level)
	if err := a.check(false); err != nil {
		return nil, err
	}
	c := newConditional(a)
	if a.Items < 2 || c.persons <= a.Items {
		return nil, fmt.Errorf("conditional Rasch model of %d items from %d persons with a mixed result: %w", a.Items, c.persons, stat.ErrTooFew)
	}
	for i, right := range c.right {
		if right == 0 || right == float64(c.persons) {
			return nil, fmt.Errorf("item %d: %v of %d persons with a mixed result have it right: %w", i, right, c.persons, stat.ErrNoVariance)
		}
	}
	cov, err := c.maximise()
	if err != nil {
		return nil, err
	}
	out := &RaschItems{LogLik: c.loglik(c.easiness), Persons: c.persons, AllRight: c.allRight, AllWrong: c.allWrong}
	for i, e := range c.easiness {
		out.Difficulty = append(out.Difficulty, stat.Normal(-e, math.Sqrt(cov.At(i, i)), level).Estimate)
	}
	return out, nil
}

// conditional is the likelihood of items given totals: how many had each item
// right, and how many had each total.
type conditional struct {
	right, byTotal              []float64
	persons, allRight, allWrong int
	easiness                    []float64
}

func newConditional(a Answers) *conditional {
	c := &conditional{right: make([]float64, a.Items), byTotal: make([]float64, a.Items+1), easiness: make([]float64, a.Items)}
	for p, total := range a.totals() {
		switch total {
		case 0:
			c.allWrong++
			continue
		case float64(a.Items):
			c.allRight++
			continue
		}
		c.persons++
		c.byTotal[int(total)]++
		for i, m := range a.Row(p) {
			c.right[i] += float64(m)
		}
	}
	return c
}

// symmetric are the elementary symmetric functions of order 0, 1, … of the
// values, leaving out up to two by index (-1: none). All terms are positive:
// nothing cancels.
func symmetric(values []float64, without, also int) []float64 {
	out := make([]float64, 1, len(values)+1)
	out[0] = 1
	for i, v := range values {
		if i == without || i == also {
			continue
		}
		out = append(out, 0)
		for r := len(out) - 1; r > 0; r-- {
			out[r] += v * out[r-1]
		}
	}
	return out
}

func (c *conditional) loglik(easiness []float64) float64 {
	gamma := symmetric(exponentials(easiness), -1, -1)
	var sum float64
	for i, e := range easiness {
		sum += c.right[i] * e
	}
	for r, n := range c.byTotal {
		if n > 0 {
			sum -= n * math.Log(gamma[r])
		}
	}
	return sum
}

func exponentials(x []float64) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = math.Exp(v)
	}
	return out
}

// derivatives are the gradient and the information, which is singular along
// equal shifts of all items.
func (c *conditional) derivatives() (*mat.VecDense, *mat.SymDense) {
	k := len(c.easiness)
	eps := exponentials(c.easiness)
	gamma := symmetric(eps, -1, -1)
	gradient, information := mat.NewVecDense(k, nil), mat.NewSymDense(k, nil)
	chance := make([][]float64, k) // of item i right given total r
	for i := range k {
		chance[i] = make([]float64, k+1)
		g := symmetric(eps, i, -1)
		sum := c.right[i]
		for r := 1; r < k; r++ {
			chance[i][r] = eps[i] * g[r-1] / gamma[r]
			sum -= c.byTotal[r] * chance[i][r]
		}
		gradient.SetVec(i, sum)
	}
	for i := range k {
		for j := i; j < k; j++ {
			information.SetSym(i, j, c.pair(i, j, eps, gamma, chance))
		}
	}
	return gradient, information
}

// pair sums the covariance of two items' marks given the total.
func (c *conditional) pair(i, j int, eps, gamma []float64, chance [][]float64) float64 {
	var g []float64
	if i != j {
		g = symmetric(eps, i, j)
	}
	var sum float64
	for r := 1; r < len(eps); r++ {
		both := chance[i][r]
		if i != j {
			both = 0
			if r >= 2 {
				both = eps[i] * eps[j] * g[r-2] / gamma[r]
			}
		}
		sum += c.byTotal[r] * (both - chance[i][r]*chance[j][r])
	}
	return sum
}

// unbounded is a difficulty in logits beyond which items are taken as separated.
const unbounded = 25

// maximise takes Newton steps with easiness summing to zero and returns the
// covariance, which is the generalised inverse of the information.
func (c *conditional) maximise() (*mat.SymDense, error) {
	k := len(c.easiness)
	for range 100 {
		gradient, information := c.derivatives()
		// Adding 11' moves the zero eigenvalue, of the vector 1, to k.
		for i := range k {
			for j := i; j < k; j++ {
				information.SetSym(i, j, information.At(i, j)+1)
			}
		}
		var chol mat.Cholesky
		if !chol.Factorize(information) || chol.Cond() > 1e13 {
			return nil, fmt.Errorf("conditional Rasch model: some items are always solved before others: %w", stat.ErrSeparation)
		}
		var step mat.VecDense
		if err := chol.SolveVecTo(&step, gradient); err != nil {
			return nil, fmt.Errorf("conditional Rasch model: %w", stat.ErrNoConvergence)
		}
		if mat.Norm(&step, math.Inf(1)) < 1e-10 {
			return centred(&chol, k)
		}
		if !c.advance(&step) {
			return nil, fmt.Errorf("conditional Rasch model: difficulties grow without bound: %w", stat.ErrSeparation)
		}
	}
	return nil, fmt.Errorf("conditional Rasch model: %w", stat.ErrNoConvergence)
}

// advance moves along the step, halved until the likelihood does not fall;
// false if a difficulty leaves all bounds.
func (c *conditional) advance(step *mat.VecDense) bool {
	before := c.loglik(c.easiness)
	next := make([]float64, len(c.easiness))
	for scale := 1.0; scale > 1e-6; scale /= 2 {
		for i, e := range c.easiness {
			next[i] = e + scale*step.AtVec(i)
		}
		if c.loglik(next) >= before-1e-10*math.Abs(before) {
			break
		}
	}
	for _, e := range next {
		if !(math.Abs(e) < unbounded) {
			return false
		}
	}
	c.easiness = next
	return true
}

// centred is (I + 11')⁻¹ without the part along 1.
func centred(chol *mat.Cholesky, k int) (*mat.SymDense, error) {
	cov := mat.NewSymDense(k, nil)
	if err := chol.InverseTo(cov); err != nil {
		return nil, fmt.Errorf("conditional Rasch model: %w", stat.ErrNoConvergence)
	}
	n := float64(k)
	for i := range k {
		for j := i; j < k; j++ {
			cov.SetSym(i, j, cov.At(i, j)-1/(n*n))
		}
	}
	return cov, nil
}
