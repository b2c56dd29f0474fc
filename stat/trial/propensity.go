package trial

import (
	"fmt"
	"math"
	"slices"

	"github.com/liftmark/liftmark/stat"
	"gonum.org/v1/gonum/mat"
)

// propensity fits the probability of starting in a period, given the columns
// of the emulation, by logistic regression with one intercept per group of
// entries. The intercepts are eliminated from each Newton step, so that its
// cost does not depend on the number of periods, and a fit can begin where
// another ended: regression.Logistic gives the same answer for one fit, not
// for hundreds of them.
//
// A group in which nobody starts, or everybody, has no finite intercept: its
// entries take no part and their probability is 0 or 1.
type propensity struct {
	*emulation
	groups    int // intercepts
	intercept []float64
	slope     []float64
	prob      []float64 // of starting, per entry; set by fit
	active    []bool    // per period: somebody started and somebody did not

	used   []weighed // entries that take part in the fit, by intercept
	bounds []int     // those of intercept g are used[bounds[g]:bounds[g+1]]

	score                 []float64 // of the slopes
	info                  []float64 // of the slopes, lower triangle by rows
	groupScore, groupInfo []float64
	cross                 []float64 // information between intercept g and slope j at g*q+j
	nextA, nextB          []float64
	loglik                float64
}

func newPropensity(e *emulation) *propensity {
	n := e.groups()
	p := &propensity{emulation: e, prob: make([]float64, len(e.entries)), active: make([]bool, n), groups: n}
	if e.opt.Calendar == Spline {
		p.groups = 1
	}
	p.intercept, p.nextA = make([]float64, p.groups), make([]float64, p.groups)
	p.slope, p.nextB, p.score = make([]float64, e.q), make([]float64, e.q), make([]float64, e.q)
	p.info = make([]float64, e.q*(e.q+1)/2)
	p.groupScore, p.groupInfo = make([]float64, p.groups), make([]float64, p.groups)
	p.cross = make([]float64, p.groups*e.q)
	return p
}

// weighed is an entry that counts freq times.
type weighed struct {
	entry   int32
	treated bool
	freq    float64
}

// begin marks the active periods, lists their entries and starts the search at the coefficients of
// from, or at the log odds of each group.
func (p *propensity) begin(freq []float64, from *propensity) {
	clear(p.intercept)
	p.used, p.bounds = p.used[:0], append(p.bounds[:0], 0)
	for g := range p.active {
		var total [2]float64
		before := len(p.used)
		for k := p.emulation.bounds[g]; k < p.emulation.bounds[g+1]; k++ {
			if freq[k] > 0 {
				total[arm(p.entries[k].treated)] += freq[k]
				p.used = append(p.used, weighed{int32(k), p.entries[k].treated, freq[k]})
			}
		}
		p.active[g] = total[0] > 0 && total[1] > 0
		if !p.active[g] {
			p.used = p.used[:before]
		} else if p.opt.Calendar == Factor {
			p.intercept[g] = math.Log(total[1] / total[0])
		}
		if p.opt.Calendar == Factor {
			p.bounds = append(p.bounds, len(p.used))
		}
	}
	if p.opt.Calendar == Spline {
		p.bounds = append(p.bounds, len(p.used))
	}
	clear(p.slope)
	if from != nil {
		copy(p.intercept, from.intercept) // what is active here was active there
		copy(p.slope, from.slope)
	}
}

// fit maximises the likelihood in which entry k counts freq[k] times, a whole
// number, and sets prob. It may begin at another fit's coefficients.
//
// Errors: ErrSeparation and ErrCollinear naming the column; ErrNoConvergence;
// ErrTooFew if no period has both arms.
func (p *propensity) fit(freq []float64, from *propensity) error {
	p.begin(freq, from)
	if !slices.Contains(p.active, true) {
		return fmt.Errorf("treatment model: no period has both treated and controls: %w", stat.ErrTooFew)
	}
	p.loglik = p.derivatives(p.intercept, p.slope)
	// The step that follows a decrement leaves an error of its square, in
	// standard errors; a draw needs less than the estimate itself.
	enough := 1e-12
	if from != nil {
		enough = 1e-6
	}
	for range 60 {
		gain, err := p.solve()
		if err != nil {
			return fmt.Errorf("treatment model: %w", err)
		}
		if gain < 1e-4 && gain > enough && p.longestStep() > 0.5 {
			return fmt.Errorf("treatment model: %s: %w", p.steepest(), stat.ErrSeparation)
		}
		if !p.ascend() || gain < enough {
			p.close()
			return nil
		}
	}
	return fmt.Errorf("treatment model: after 60 steps: %w", stat.ErrNoConvergence)
}

// close sets the probabilities of periods in which there was no choice.
func (p *propensity) close() {
	for g, active := range p.active {
		if active {
			continue
		}
		for k := p.emulation.bounds[g]; k < p.emulation.bounds[g+1]; k++ {
			p.prob[k] = 0
			if p.entries[k].treated {
				p.prob[k] = 1
			}
		}
	}
}

// derivatives sets prob, the score and the information at the given
// coefficients and returns the log-likelihood.
func (p *propensity) derivatives(intercept, slope []float64) float64 {
	clear(p.score)
	clear(p.info)
	clear(p.cross)
	total := logProduct{product: 1}
	for g := range p.groups {
		score, info := 0.0, 0.0
		cross := p.cross[g*p.q : (g+1)*p.q]
		for _, u := range p.used[p.bounds[g]:p.bounds[g+1]] {
			at := int(u.entry) * p.q
			x := p.x[at : at+len(slope)]
			eta := intercept[g]
			for j, v := range x {
				eta += v * slope[j]
			}
			soft := math.Exp(-math.Abs(eta)) // in (0, 1]: no overflow
			prob := 1 / (1 + soft)
			other := soft * prob
			if eta < 0 {
				prob, other = other, prob
			}
			p.prob[u.entry] = prob
			residual, right := -u.freq*prob, other
			if u.treated {
				residual, right = u.freq*other, prob
			}
			total.multiply(right, u.freq)
			score += residual
			weight := u.freq * prob * other
			info += weight
			p.accumulate(x, residual, weight, cross)
		}
		p.groupScore[g], p.groupInfo[g] = score, info
	}
	return total.log()
}

// logProduct is the logarithm of a product of probabilities, taken rarely: the
// logarithm costs more than all else about an entry.
type logProduct struct{ sum, product float64 }

// multiply multiplies by v to the power of times, a whole number.
func (l *logProduct) multiply(v, times float64) {
	if v < 1e-100 {
		l.sum += times * math.Log(v)
		return
	}
	for ; times > 0; times-- {
		if l.product *= v; l.product < 1e-200 {
			l.sum += math.Log(l.product)
			l.product = 1
		}
	}
}

func (l *logProduct) log() float64 { return l.sum + math.Log(l.product) }

// accumulate adds one entry to the score and information of the slopes.
func (p *propensity) accumulate(x []float64, residual, weight float64, cross []float64) {
	n := 0
	for a, xa := range x {
		p.score[a] += residual * xa
		w := weight * xa
		cross[a] += w
		row := p.info[n : n+a+1]
		for b := range row {
			row[b] += w * x[b]
		}
		n += a + 1
	}
}

// solve puts the Newton step into nextA and nextB and returns the decrement,
// the squared length of the step in standard errors.
func (p *propensity) solve() (float64, error) {
	if err := p.solveSlopes(); err != nil {
		return 0, err
	}
	gain := 0.0
	for j, b := range p.nextB {
		gain += b * p.score[j]
	}
	for g := range p.groups {
		p.nextA[g] = 0
		if p.groupInfo[g] == 0 {
			continue
		}
		v := p.groupScore[g]
		for j, b := range p.nextB {
			v -= p.cross[g*p.q+j] * b
		}
		p.nextA[g] = v / p.groupInfo[g]
		gain += p.nextA[g] * p.groupScore[g]
	}
	return gain, nil
}

// solveSlopes solves for the slopes with the intercepts eliminated (the Schur
// complement of their block of the information).
func (p *propensity) solveSlopes() error {
	if p.q == 0 {
		return nil
	}
	reduced, rhs := mat.NewSymDense(p.q, nil), mat.NewVecDense(p.q, nil)
	n := 0
	for a := range p.q {
		v := p.score[a]
		for b := range a + 1 {
			reduced.SetSym(a, b, p.info[n])
			n++
		}
		for g, info := range p.groupInfo {
			if info > 0 {
				v -= p.cross[g*p.q+a] * p.groupScore[g] / info
			}
		}
		rhs.SetVec(a, v)
	}
	for g, info := range p.groupInfo {
		if info > 0 {
			cross := mat.NewVecDense(p.q, p.cross[g*p.q:(g+1)*p.q])
			reduced.SymRankOne(reduced, -1/info, cross)
		}
	}
	var chol mat.Cholesky
	if !chol.Factorize(reduced) || chol.Cond() > 1e12 {
		return p.singular(reduced)
	}
	// The condition was checked: the only error SolveVecTo has is about it.
	_ = chol.SolveVecTo(mat.NewVecDense(p.q, p.nextB), rhs)
	return nil
}

// singular names the first column that the period and the columns before it
// explain. After a step has been taken the cause is separation.
func (p *propensity) singular(reduced *mat.SymDense) error {
	cause := stat.ErrCollinear
	for _, b := range p.slope {
		if b != 0 {
			cause = stat.ErrSeparation
		}
	}
	for j := range p.q {
		var chol mat.Cholesky
		if !chol.Factorize(reduced.SliceSym(0, j+1)) || chol.Cond() > 1e12 {
			return fmt.Errorf("covariate %s: %w", p.names[j], cause)
		}
	}
	return fmt.Errorf("covariate %s: %w", p.names[p.q-1], cause)
}

// longestStep is the largest change of a linear predictor that the step makes.
func (p *propensity) longestStep() float64 {
	longest := 0.0
	for g := range p.groups {
		for _, u := range p.used[p.bounds[g]:p.bounds[g+1]] {
			change := p.nextA[g]
			for j, v := range p.x[int(u.entry)*p.q : (int(u.entry)+1)*p.q] {
				change += v * p.nextB[j]
			}
			longest = max(longest, math.Abs(change))
		}
	}
	return longest
}

// steepest names what runs off to infinity.
func (p *propensity) steepest() string {
	name, most := "the period", 0.0
	for j, b := range p.nextB {
		if math.Abs(b) > most {
			name, most = "covariate "+p.names[j], math.Abs(b)
		}
	}
	return name
}

// ascend takes the step in nextA and nextB, halved until the likelihood does
// not fall. It returns false where no fraction of it helps.
func (p *propensity) ascend() bool {
	stepA, stepB := slices.Clone(p.nextA), slices.Clone(p.nextB)
	for scale := 1.0; scale > 1e-9; scale /= 2 {
		for g, a := range p.intercept {
			p.nextA[g] = a + scale*stepA[g]
		}
		for j, b := range p.slope {
			p.nextB[j] = b + scale*stepB[j]
		}
		loglik := p.derivatives(p.nextA, p.nextB)
		if loglik >= p.loglik-1e-12*math.Abs(p.loglik) { // false for NaN
			copy(p.intercept, p.nextA)
			copy(p.slope, p.nextB)
			p.loglik = loglik
			return true
		}
	}
	p.loglik = p.derivatives(p.intercept, p.slope)
	return false
}
