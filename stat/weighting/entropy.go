package weighting

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/regression"
	"gonum.org/v1/gonum/mat"
)

// EntropyOptions choose what entropy balancing makes equal.
type EntropyOptions struct {
	Estimand Estimand // ATE, ATT or ATC
	// Moments of each covariate to balance: 1 its mean, 2 also its square
	// (variance), 3 also its cube (skewness). 0 means 1. A covariate of two
	// values has one moment.
	Moments int
}

// EntropyBalance reweights an arm so that the means of its covariates equal
// those of the target population to the last digits, with the weights that
// stay closest to even (least Kullback–Leibler divergence). There is no score
// to get wrong: the weights are exponential in the covariates, and the
// estimate is right if the log odds of treatment or the outcome are linear in
// what is balanced.
//
// Constant columns of the design, such as the intercept, are passed over. The
// standard error counts the estimation of weights and target means. Weights sum
// to the size of the target population.
//
// Errors: ErrNotFinite; ErrTooFew with fewer than two units in an arm or two
// clusters; ErrCollinear naming the column among constant and constraints;
// ErrNoOverlap when no weights can reach the target means, naming the column if
// one alone shows it; ErrNoConvergence when the search ends otherwise;
// ErrNoVariance if the outcome does not vary. EntropyBalance panics when
// lengths disagree, options are out of range, or level is outside (0, 1).
//
// Source: Hainmueller (2012), Political Analysis 20:25-46; Zhao and Percival
// (2017), Journal of Causal Inference 5:20160010.
func EntropyBalance(s Sample, opt EntropyOptions, level float64) (*Effect, error) {
	stat.CheckLevel(level)
	if opt.Estimand < ATE || opt.Estimand > ATC || opt.Moments < 0 || opt.Moments > 3 {
		panic(fmt.Sprintf("weighting: options out of range: %+v", opt))
	}
	e, err := entropyBalance(s, opt, level)
	if err != nil {
		return nil, fmt.Errorf("entropy balancing: %w", err)
	}
	return e, nil
}

func entropyBalance(s Sample, opt EntropyOptions, level float64) (*Effect, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	b := newBalancer(s, opt)
	var means [2]armMean
	var weights [2][]float64
	for i, treated := range []bool{false, true} {
		if opt.Estimand != ATE && treated == (opt.Estimand == ATT) {
			k := kernel{Sample: s, target: b.target, whole: b.whole}
			weights[i] = b.target
			means[i].value, means[i].full, means[i].known = k.mean(arm{treated: treated, weight: b.target})
			continue
		}
		var err error
		if means[i], weights[i], err = b.balance(treated); err != nil {
			return nil, fmt.Errorf("%s: %w", armName(treated), err)
		}
	}
	e, err := s.difference(means[1], means[0], level)
	if err != nil {
		return nil, err
	}
	e.Estimand, e.Weights = opt.Estimand, merge(s.Treated, weights[1], weights[0])
	return e, e.diagnose(s.Treated)
}

// balancer holds the constraints: functions of the covariates, less their
// means in the target population, in standard deviations of the sample.
type balancer struct {
	Sample
	target []float64
	whole  float64
	q      int       // constraints
	source []int     // column of the design behind each constraint
	c      []float64 // rows × q
}

func newBalancer(s Sample, opt EntropyOptions) *balancer {
	b := &balancer{Sample: s}
	b.target, b.whole = target(s.Treated, opt.Estimand)
	var columns [][]float64
	for j := range s.Covariates.Cols {
		z, values := standardised(s.Covariates, j)
		if values < 2 {
			continue
		}
		power := z
		for m := range max(1, opt.Moments) {
			if m > 0 && values == 2 {
				break
			}
			if m > 0 {
				power = multiply(power, z)
			}
			columns, b.source = append(columns, b.centred(power)), append(b.source, j)
		}
	}
	b.q = len(columns)
	b.c = make([]float64, len(s.Treated)*b.q)
	for j, column := range columns {
		for i, v := range column {
			b.c[i*b.q+j] = v
		}
	}
	return b
}

// standardised is a column in standard deviations from its mean, and how many
// values it takes: 1, 2, or 3 for more.
func standardised(x regression.Design, j int) (z []float64, values int) {
	z = make([]float64, x.Rows)
	var seen [2]float64
	var mean, squares float64
	for i := range z {
		z[i] = x.Row(i)[j]
		switch {
		case values == 0 || (values == 1 && z[i] != seen[0]):
			seen[values] = z[i]
			values++
		case values == 2 && z[i] != seen[0] && z[i] != seen[1]:
			values = 3
		}
		mean += (z[i] - mean) / float64(i+1)
	}
	for _, v := range z {
		squares += (v - mean) * (v - mean)
	}
	sd := math.Sqrt(squares / float64(len(z)))
	if sd == 0 || math.IsInf(sd, 0) {
		return z, min(values, 1)
	}
	for i := range z {
		z[i] = (z[i] - mean) / sd
	}
	return z, values
}

func multiply(a, b []float64) []float64 {
	out := make([]float64, len(a))
	for i := range a {
		out[i] = a[i] * b[i]
	}
	return out
}

// centred is a column less its mean in the target population.
func (b *balancer) centred(column []float64) []float64 {
	var mean float64
	for i, t := range b.target {
		mean += t * column[i] / b.whole
	}
	out := make([]float64, len(column))
	for i, v := range column {
		out[i] = v - mean
	}
	return out
}

func (b *balancer) row(i int) []float64 { return b.c[i*b.q : (i+1)*b.q] }

// balance finds the weights of an arm, its mean outcome under them and the
// influence function: the weighted residuals of the outcome regressed on the
// constraints, and the slope times the target's own deviation.
func (b *balancer) balance(treated bool) (armMean, []float64, error) {
	d := &dual{q: b.q}
	for i, t := range b.Treated {
		if t == treated {
			d.rows = append(d.rows, i)
			d.c = append(d.c, b.row(i)...)
		}
	}
	if err := b.feasible(d); err != nil {
		return armMean{}, nil, err
	}
	if err := d.solve(); err != nil {
		return armMean{}, nil, err
	}
	n := float64(len(b.Treated))
	m := armMean{full: make([]float64, len(b.Treated)), known: make([]float64, len(b.Treated))}
	weights := make([]float64, len(b.Treated))
	for k, i := range d.rows {
		m.value += d.p[k] * b.Outcome[i]
		weights[i] = d.p[k] * b.whole
	}
	cross := make([]float64, b.q)
	for k, i := range d.rows {
		addScaled(cross, d.p[k]*(b.Outcome[i]-m.value), d.row(k))
	}
	slope := d.invert(cross)
	for k, i := range d.rows {
		m.known[i] = n * d.p[k] * (b.Outcome[i] - m.value)
		m.full[i] = m.known[i] - n*d.p[k]*dot(d.row(k), slope)
	}
	for i, t := range b.target {
		if t > 0 {
			m.full[i] += n * t / b.whole * dot(b.row(i), slope)
		}
	}
	return m, weights, nil
}

// edge is how far within the arm's values a mean must lie, in the distance of
// the smallest from the largest. On the edge itself only units there could have
// weight, and whether rounding puts a mean on it must not decide.
const edge = 1e-10

// feasible refuses constraints that repeat each other and those that the arm
// cannot reach on one column alone.
func (b *balancer) feasible(d *dual) error {
	for j := range b.q {
		low, high := math.Inf(1), math.Inf(-1)
		for k := range d.rows {
			low, high = math.Min(low, d.row(k)[j]), math.Max(high, d.row(k)[j])
		}
		if margin := edge * (high - low); low >= -margin || high <= margin {
			return fmt.Errorf("column %d: its mean in the target population is at the edge of the arm's values or outside: %w",
				b.source[j], stat.ErrNoOverlap)
		}
	}
	columns := make([][]float64, b.q)
	for j := range columns {
		columns[j] = make([]float64, len(d.rows))
		for k := range d.rows {
			columns[j][k] = d.row(k)[j]
		}
	}
	if _, err := regression.NewSolver(regression.WithIntercept(len(d.rows), columns...), nil); err != nil {
		return fmt.Errorf("constant and constraints: %w", err)
	}
	return nil
}

// dual is the search for λ that minimises log Σ exp(λ'c): a convex problem in
// as many unknowns as constraints, whose gradient is the imbalance that is
// left under weights exp(λ'c).
type dual struct {
	q      int
	rows   []int
	c      []float64
	lambda []float64
	p      []float64 // weights, summing to 1
	chol   mat.Cholesky
}

const (
	dualIterations = 200
	balanced       = 1e-12 // imbalance, in standard deviations, that ends the search
	nearlyBalanced = 1e-8  // imbalance that is accepted when rounding stops the search
)

func (d *dual) row(k int) []float64 { return d.c[k*d.q : (k+1)*d.q] }

// solve is Newton's method with step halving.
func (d *dual) solve() error {
	d.lambda = make([]float64, d.q)
	d.p = make([]float64, len(d.rows))
	value := d.evaluate(d.lambda)
	for range dualIterations {
		gradient, err := d.derivatives()
		if err != nil {
			return err
		}
		worst := largest(gradient)
		if worst < balanced {
			return nil
		}
		next, lower := d.advance(gradient, value)
		if !lower {
			if worst < nearlyBalanced {
				return nil
			}
			return fmt.Errorf("imbalance of %.3g standard deviations is left: %w", worst, stat.ErrNoConvergence)
		}
		// A λ under which every term is below 1 separates the arm from the target.
		if value = next; value < 0 {
			return fmt.Errorf("no weights reach the means of the target population: %w", stat.ErrNoOverlap)
		}
	}
	return fmt.Errorf("after %d iterations: %w", dualIterations, stat.ErrNoConvergence)
}

// evaluate sets the weights at λ and returns the objective.
func (d *dual) evaluate(lambda []float64) float64 {
	most := math.Inf(-1)
	for k := range d.p {
		d.p[k] = dot(d.row(k), lambda)
		most = math.Max(most, d.p[k])
	}
	var sum float64
	for k := range d.p {
		d.p[k] = math.Exp(d.p[k] - most)
		sum += d.p[k]
	}
	for k := range d.p {
		d.p[k] /= sum
	}
	return most + math.Log(sum)
}

// derivatives are the gradient and, factored in chol, the Hessian.
func (d *dual) derivatives() ([]float64, error) {
	gradient, hessian := make([]float64, d.q), make([]float64, d.q*d.q)
	for k, p := range d.p {
		addScaled(gradient, p, d.row(k))
	}
	for k, p := range d.p {
		row := d.row(k)
		for a, v := range row {
			weight := p * (v - gradient[a])
			into := hessian[a*d.q : (a+1)*d.q]
			for b := a; b < d.q; b++ {
				into[b] += weight * (row[b] - gradient[b])
			}
		}
	}
	if d.q == 0 {
		return gradient, nil
	}
	if !d.chol.Factorize(mat.NewSymDense(d.q, hessian)) || d.chol.Cond() > 1e15 {
		return nil, fmt.Errorf("the weights pile up on too few units: %w", stat.ErrNoOverlap)
	}
	return gradient, nil
}

// invert is the inverse Hessian times v.
func (d *dual) invert(v []float64) []float64 {
	if d.q == 0 {
		return nil
	}
	out := mat.NewVecDense(d.q, nil)
	// The condition was checked when the Hessian was factored.
	_ = d.chol.SolveVecTo(out, mat.NewVecDense(d.q, v))
	return out.RawVector().Data
}

// advance takes the Newton step, halved until the objective falls.
func (d *dual) advance(gradient []float64, value float64) (next float64, lower bool) {
	step := d.invert(gradient)
	slope := dot(step, gradient)
	trial := make([]float64, d.q)
	for size := 1.0; size > 1e-10; size /= 2 {
		for j := range trial {
			trial[j] = d.lambda[j] - size*step[j]
		}
		next = d.evaluate(trial)
		if next <= value-1e-4*size*slope+1e-15*math.Max(1, math.Abs(value)) {
			d.lambda = trial
			return next, true
		}
	}
	d.evaluate(d.lambda)
	return value, false
}

func largest(v []float64) float64 {
	var most float64
	for _, x := range v {
		most = math.Max(most, math.Abs(x))
	}
	return most
}
