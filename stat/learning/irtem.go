package learning

import (
	"context"
	"fmt"
	"math"
	"sync"

	"gonum.org/v1/gonum/mat"

	"github.com/liftmark/liftmark/stat"
)

// Limits of the search.
const (
	emSteps      = 1000
	emNear       = 2e-3 // largest change of a parameter at which Newton takes over
	newtonSteps  = 30
	newtonNear   = 1e-9
	newtonRounds = 6
	maxSlope     = 40  // beyond, an item is a step and its slope unbounded
	maxIntercept = 200 // beyond, log odds are
	chunks       = 32  // of patterns, summed in order whatever the parallelism
	negligible   = 1e-13
)

// maximise alternates EM steps and Newton steps until the latter converge.
func (m *marginal) maximise(ctx context.Context) error {
	near := emNear
	for range newtonRounds {
		if err := m.em(ctx, near); err != nil {
			return err
		}
		done, err := m.newton(ctx)
		if done || err != nil {
			return err
		}
		near /= 4
	}
	return fmt.Errorf("item response model of %d items: %w", m.items, stat.ErrNoConvergence)
}

// em runs EM steps until none changes a parameter by more than near.
func (m *marginal) em(ctx context.Context, near float64) error {
	for range emSteps {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("item response model: %w", err)
		}
		m.iterations++
		change := m.step(m.expect(false))
		if err := m.bounded(); err != nil {
			return err
		}
		if change < near {
			return nil
		}
	}
	return nil
}

func (m *marginal) bounded() error {
	for i := range m.items {
		if !(math.Abs(m.slope[i]) < maxSlope && math.Abs(m.intercept[i]) < maxIntercept) {
			return fmt.Errorf("item %d: slope %v and intercept %v grow without bound: %w", i, m.slope[i], m.intercept[i], stat.ErrNoConvergence)
		}
	}
	return nil
}

// expected sufficient statistics of one item are right[q], people at node q
// expected to have answered right, and asked[q], to have answered at all.
type expected struct {
	loglik       float64
	right, asked []float64 // item × node
	second       []float64 // ΣE[ss'] − E[s]E[s]' of the scores, 2J × 2J, or nil
}

// expect sums over patterns in fixed chunks.
func (m *marginal) expect(second bool) expected {
	right, wrong := m.logProbabilities()
	parts := make([]expected, chunks)
	var wg sync.WaitGroup
	next := make(chan int, chunks)
	for c := range chunks {
		next <- c
	}
	close(next)
	for range workers() {
		wg.Go(func() {
			for c := range next {
				parts[c] = m.chunk(c, right, wrong, second)
			}
		})
	}
	wg.Wait()
	total := parts[0]
	for _, p := range parts[1:] {
		total.loglik += p.loglik
		addTo(total.right, p.right)
		addTo(total.asked, p.asked)
		addTo(total.second, p.second)
	}
	return total
}

// logProbabilities of a right and of a wrong answer, item × node.
func (m *marginal) logProbabilities() (right, wrong []float64) {
	right, wrong = make([]float64, m.items*nodes), make([]float64, m.items*nodes)
	for i := range m.items {
		for q, t := range m.theta {
			eta := m.slope[i]*t + m.intercept[i]
			right[i*nodes+q], wrong[i*nodes+q] = logLogistic(eta), logLogistic(-eta)
		}
	}
	return right, wrong
}

func (m *marginal) chunk(c int, right, wrong []float64, second bool) expected {
	e := expected{right: make([]float64, m.items*nodes), asked: make([]float64, m.items*nodes)}
	var louis *louis
	if second {
		louis = newLouis(m, right)
	}
	posterior := make([]float64, nodes)
	from, to := c*len(m.patterns)/chunks, (c+1)*len(m.patterns)/chunks
	for _, p := range m.patterns[from:to] {
		e.loglik += p.count * m.posterior(p.marks, right, wrong, posterior)
		for i, mark := range p.marks {
			if mark == Missing {
				continue
			}
			asked, correct := e.asked[i*nodes:(i+1)*nodes], e.right[i*nodes:(i+1)*nodes]
			for q, w := range posterior {
				asked[q] += p.count * w
			}
			if mark == Right {
				for q, w := range posterior {
					correct[q] += p.count * w
				}
			}
		}
		if second {
			louis.add(p, posterior)
		}
	}
	if second {
		e.second = louis.variance()
	}
	return e
}

// posterior fills the posterior weights of the nodes given marks and returns
// the log likelihood of the marks.
func (m *marginal) posterior(marks []int8, right, wrong, out []float64) float64 {
	copy(out, m.logWeight)
	for i, mark := range marks {
		var table []float64
		switch mark {
		case Right:
			table = right[i*nodes : (i+1)*nodes]
		case Wrong:
			table = wrong[i*nodes : (i+1)*nodes]
		default:
			continue
		}
		for q, l := range table {
			out[q] += l
		}
	}
	highest := math.Inf(-1)
	for _, l := range out {
		highest = math.Max(highest, l)
	}
	var sum float64
	for q, l := range out {
		out[q] = math.Exp(l - highest)
		sum += out[q]
	}
	for q := range out {
		out[q] /= sum
	}
	return highest + math.Log(sum)
}

// step is the M step: parameters that fit the expected answers best (one
// Newton pass each where slopes are shared). It returns the largest change.
func (m *marginal) step(e expected) float64 {
	var change, gradient, curvature float64
	for i := range m.items {
		r, n := e.right[i*nodes:(i+1)*nodes], e.asked[i*nodes:(i+1)*nodes]
		for range 3 {
			s := m.itemSums(i, r, n)
			var dd, da float64
			if m.model == TwoPL {
				det := s.hdd*s.haa - s.hda*s.hda
				dd, da = (s.haa*s.gd-s.hda*s.ga)/det, (s.hdd*s.ga-s.hda*s.gd)/det
			} else {
				dd = s.gd / s.hdd
			}
			dd, da = clamp(dd), clamp(da)
			m.intercept[i] += dd
			m.slope[i] += da
			change = math.Max(change, math.Max(math.Abs(dd), math.Abs(da)))
			if math.Abs(dd)+math.Abs(da) < 1e-6 {
				break
			}
		}
		if m.model == OnePL {
			s := m.itemSums(i, r, n)
			gradient += s.ga
			curvature += s.haa
		}
	}
	if m.model == OnePL {
		shift := clamp(gradient / curvature)
		for i := range m.slope {
			m.slope[i] += shift
		}
		change = math.Max(change, math.Abs(shift))
	}
	return change
}

// clamp keeps a step of the search short, and finite.
func clamp(x float64) float64 {
	if math.IsNaN(x) {
		return 0
	}
	return max(-1, min(1, x))
}

// itemSums are the gradient and curvature (negative Hessian) of an item's
// expected log likelihood by intercept d and slope a.
type itemSums struct{ gd, ga, hdd, hda, haa float64 }

func (m *marginal) itemSums(i int, right, asked []float64) itemSums {
	var s itemSums
	for q, t := range m.theta {
		p := logistic(m.slope[i]*t + m.intercept[i])
		r, v := right[q]-asked[q]*p, asked[q]*p*(1-p)
		s.gd += r
		s.ga += r * t
		s.hdd += v
		s.hda += v * t
		s.haa += v * t * t
	}
	return s
}

// newton takes Newton steps on the observed information. done is false if it
// has to be led nearer by EM first.
func (m *marginal) newton(ctx context.Context) (done bool, err error) {
	for range newtonSteps {
		if err := ctx.Err(); err != nil {
			return false, fmt.Errorf("item response model: %w", err)
		}
		m.iterations++
		e := m.expect(true)
		m.loglik = e.loglik
		gradient, information := m.free(e)
		var chol mat.Cholesky
		if ok := chol.Factorize(information); !ok || chol.Cond() > 1e13 {
			return false, nil
		}
		var step mat.VecDense
		if err := chol.SolveVecTo(&step, gradient); err != nil {
			return false, nil
		}
		size := mat.Norm(&step, math.Inf(1))
		if size < newtonNear {
			m.cov = mat.NewSymDense(m.parameters(), nil)
			return true, chol.InverseTo(m.cov)
		}
		if size > 2 || !m.advance(&step) {
			return false, nil
		}
	}
	return false, nil
}

// advance moves along the step, halved until the likelihood does not fall by
// more than rounding.
func (m *marginal) advance(step *mat.VecDense) bool {
	before := m.loglik
	for scale := 1.0; scale > 0.01; scale /= 2 {
		m.move(step, scale)
		if m.expect(false).loglik >= before-1e-9*math.Abs(before) {
			return true
		}
		m.move(step, -scale)
	}
	return false
}

func (m *marginal) move(step *mat.VecDense, scale float64) {
	for i := range m.items {
		m.intercept[i] += scale * step.AtVec(i)
		if j := m.slopeIndex(i); j >= 0 {
			m.slope[i] += scale * step.AtVec(j)
		}
	}
}
