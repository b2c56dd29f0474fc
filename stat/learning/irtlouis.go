package learning

import (
	"math"
	"runtime"

	"gonum.org/v1/gonum/mat"
)

// louis accumulates, pattern by pattern, what the information loses because
// ability is not observed: the posterior variance of the scores of the
// complete data (Louis 1982). Scores are ordered by intercepts, then slopes.
type louis struct {
	m           *marginal
	probability []float64 // node × item
	residual    []float64 // of the current pattern at a node
	mean        []float64 // posterior mean of the scores
	// Upper triangles, J × J, of ΣE[rr'], ΣE[θrr'] and ΣE[θ²rr'] of the
	// residuals, which are symmetric, and 2J × 2J of ΣE[s]E[s]'.
	moment  [3][]float64
	between []float64
}

func newLouis(m *marginal, logRight []float64) *louis {
	j := m.items
	l := &louis{m: m, probability: make([]float64, j*nodes), residual: make([]float64, j), mean: make([]float64, 2*j), between: make([]float64, 4*j*j)}
	for k := range l.moment {
		l.moment[k] = make([]float64, j*j)
	}
	for i := range j {
		for q := range nodes {
			l.probability[q*j+i] = math.Exp(logRight[i*nodes+q])
		}
	}
	return l
}

// add adds count · E[ss'] and count · E[s]E[s]' of a pattern.
func (l *louis) add(p pattern, posterior []float64) {
	j := l.m.items
	clear(l.mean)
	for q, w := range posterior {
		if w < negligible {
			continue
		}
		t := l.m.theta[q]
		for i, mark := range p.marks {
			l.residual[i] = 0
			if mark != Missing {
				l.residual[i] = float64(mark) - l.probability[q*j+i]
			}
			l.mean[i] += w * l.residual[i]
			l.mean[j+i] += w * t * l.residual[i]
		}
		l.within(p.count*w, t)
	}
	for r, v := range l.mean {
		row, rest := l.between[r*2*j+r:(r+1)*2*j], l.mean[r:]
		for c, x := range rest {
			row[c] += p.count * v * x
		}
	}
}

// within adds w·rr', wt·rr' and wt²·rr' of the residuals r at ability t.
func (l *louis) within(w, t float64) {
	j := l.m.items
	for r, v := range l.residual {
		c0 := w * v
		c1 := c0 * t
		c2 := c1 * t
		rest := l.residual[r:]
		m0, m1, m2 := l.moment[0][r*j+r : (r+1)*j][:len(rest)], l.moment[1][r*j+r : (r+1)*j][:len(rest)], l.moment[2][r*j+r : (r+1)*j][:len(rest)]
		for k, x := range rest {
			m0[k] += c0 * x
			m1[k] += c1 * x
			m2[k] += c2 * x
		}
	}
}

// variance is the whole 2J × 2J matrix ΣE[ss'] − E[s]E[s]'.
func (l *louis) variance() []float64 {
	j := l.m.items
	out := make([]float64, 4*j*j)
	for r := range 2 * j {
		for c := r; c < 2*j; c++ {
			low, high := min(r%j, c%j), max(r%j, c%j)
			v := l.moment[r/j+c/j][low*j+high] - l.between[r*2*j+c]
			out[r*2*j+c], out[c*2*j+r] = v, v
		}
	}
	return out
}

// free gives gradient and observed information of the free parameters.
func (m *marginal) free(e expected) (*mat.VecDense, *mat.SymDense) {
	j, k := m.items, m.parameters()
	position := func(r int) int { // of score r among the free parameters
		if r < j {
			return r
		}
		return m.slopeIndex(r - j)
	}
	gradient, dense := mat.NewVecDense(k, nil), mat.NewDense(k, k, nil)
	add := func(r, c int, v float64) {
		if a, b := position(r), position(c); a >= 0 && b >= 0 {
			dense.Set(a, b, dense.At(a, b)+v)
		}
	}
	for i := range j {
		s := m.itemSums(i, e.right[i*nodes:(i+1)*nodes], e.asked[i*nodes:(i+1)*nodes])
		add(i, i, s.hdd)
		add(i, j+i, s.hda)
		add(j+i, i, s.hda)
		add(j+i, j+i, s.haa)
		gradient.SetVec(i, s.gd)
		if a := m.slopeIndex(i); a >= 0 {
			gradient.SetVec(a, gradient.AtVec(a)+s.ga)
		}
	}
	for r := range 2 * j {
		for c := range 2 * j {
			add(r, c, -e.second[r*2*j+c])
		}
	}
	information := mat.NewSymDense(k, nil)
	for r := range k {
		for c := r; c < k; c++ {
			information.SetSym(r, c, (dense.At(r, c)+dense.At(c, r))/2)
		}
	}
	return gradient, information
}

func workers() int { return runtime.GOMAXPROCS(0) }

func addTo(to, from []float64) {
	for k, v := range from {
		to[k] += v
	}
}
