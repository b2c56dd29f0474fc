package learning

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/liftmark/liftmark/stat"
)

// TracingFit is a model of knowledge fitted to answers. Intervals are Wald
// intervals of the log odds, so they stay between 0 and 1; standard errors are
// of the probabilities.
type TracingFit struct {
	Tracing                     // the estimates
	Parameters [4]stat.Estimate // prior, learn, guess, slip
	LogLik     float64
	People     int // with at least one answer
	Empty      int // without
	Answers    int
}

// FitTracing fits Bayesian knowledge tracing by maximum likelihood: EM from
// several starts, then Newton's method from the best. people[p] are person p's
// answers in order. Of the two mirror images that fit equally well it takes
// the one in which knowing helps: Guess + Slip < 1.
//
// Errors: ErrTooFew with fewer than ten people or none with three answers;
// ErrInvalid naming person and answer of an unknown mark; ErrNoVariance if all
// answers are alike; ErrNoConvergence when the likelihood rises until a
// parameter, which is named, is 0 or 1, or when the answers do not tell the
// parameters apart; the context's error. FitTracing panics if level is outside
// (0, 1).
//
// Source: Corbett and Anderson (1995); on what answers can identify, Beck and
// Chang (2007), User Modeling, 137-146; van de Sande (2013), JEDM 5:1-10.
func FitTracing(ctx context.Context, people [][]int8, level float64) (*TracingFit, error) {
	stat.CheckLevel(level)
	fit := &TracingFit{}
	sequences, err := fit.read(people)
	if err != nil {
		return nil, err
	}
	best, err := starts(ctx, sequences)
	if err != nil {
		return nil, err
	}
	logit, information, loglik, err := climb(ctx, best, sequences)
	if err != nil {
		return nil, err
	}
	var chol mat.Cholesky
	if !chol.Factorize(information) || chol.Cond() > 1e12 {
		return nil, fmt.Errorf("knowledge tracing: the answers do not tell prior, learn, guess and slip apart: %w", stat.ErrNoConvergence)
	}
	var cov mat.SymDense
	if err := chol.InverseTo(&cov); err != nil {
		return nil, fmt.Errorf("knowledge tracing: %w", stat.ErrNoConvergence)
	}
	fit.Tracing, fit.LogLik = tracingOf(logit), loglik
	for k, x := range logit {
		e := stat.Normal(x, math.Sqrt(cov.At(k, k)), level)
		p := logistic(x)
		fit.Parameters[k] = stat.Estimate{
			Value: p, SE: p * (1 - p) * e.SE,
			Interval: stat.Interval{Low: logistic(e.Interval.Low), High: logistic(e.Interval.High), Level: level},
		}
	}
	return fit, nil
}

// sequence is a row of answers and how many people gave it.
type sequence struct {
	marks []int8
	count float64
}

// read counts people and groups equal rows, in order of first appearance.
func (f *TracingFit) read(people [][]int8) ([]sequence, error) {
	index, longest, right := make(map[string]int), 0, 0
	var out []sequence
	for p, marks := range people {
		key := make([]byte, len(marks))
		for i, m := range marks {
			if m != Right && m != Wrong {
				return nil, fmt.Errorf("mark of person %d, answer %d is %d: %w", p, i, m, stat.ErrInvalid)
			}
			key[i] = byte(m)
			right += int(m)
		}
		if len(marks) == 0 {
			f.Empty++
			continue
		}
		f.People++
		f.Answers += len(marks)
		longest = max(longest, len(marks))
		k, ok := index[string(key)]
		if !ok {
			k = len(out)
			index[string(key)] = k
			out = append(out, sequence{marks: marks})
		}
		out[k].count++
	}
	if f.People < 10 || longest < 3 {
		return nil, fmt.Errorf("knowledge tracing of %d people with at most %d answers each, at least 10 with 3: %w", f.People, longest, stat.ErrTooFew)
	}
	if right == 0 || right == f.Answers {
		return nil, fmt.Errorf("knowledge tracing: all %d answers are alike: %w", f.Answers, stat.ErrNoVariance)
	}
	return out, nil
}

// trial is where EM has come to from a start.
type trial struct {
	t      Tracing
	loglik float64
}

// starts runs EM a little from a grid and longer from the best ends, and
// returns the most likely with Guess + Slip < 1.
func starts(ctx context.Context, data []sequence) (Tracing, error) {
	var ends []trial
	for _, prior := range []float64{0.2, 0.5, 0.8} {
		for _, learn := range []float64{0.05, 0.3} {
			for _, noise := range []float64{0.1, 0.3} {
				end := trial{t: Tracing{Prior: prior, Learn: learn, Guess: noise, Slip: noise}}.run(10, data)
				if end.t.Guess+end.t.Slip < 1 {
					ends = append(ends, end)
				}
			}
		}
		if err := ctx.Err(); err != nil {
			return Tracing{}, fmt.Errorf("knowledge tracing: %w", err)
		}
	}
	byLikelihood := func(a, b trial) int { return cmp.Compare(b.loglik, a.loglik) }
	slices.SortStableFunc(ends, byLikelihood)
	ends = ends[:min(3, len(ends))]
	for k := range ends {
		ends[k] = ends[k].run(40, data)
	}
	ends = slices.DeleteFunc(ends, func(e trial) bool { return e.t.Guess+e.t.Slip >= 1 })
	if len(ends) == 0 {
		return Tracing{}, fmt.Errorf("knowledge tracing: no start ends where knowing helps: %w", stat.ErrNoConvergence)
	}
	slices.SortStableFunc(ends, byLikelihood)
	return ends[0].t, nil
}

// run takes EM steps.
func (e trial) run(steps int, data []sequence) trial {
	for range steps {
		e.t, e.loglik = e.t.em(data)
	}
	return e
}

// em is one step of Baum and Welch, and the log likelihood before it.
func (t Tracing) em(data []sequence) (Tracing, float64) {
	var loglik, people, prior, unknown, learnt, knownAll, slips, unknownAll, guesses float64
	for _, s := range data {
		known, moved, l := t.smooth(s.marks)
		loglik += s.count * l
		people += s.count
		prior += s.count * known[0]
		for i, m := range s.marks {
			k := s.count * known[i]
			knownAll, unknownAll = knownAll+k, unknownAll+s.count-k
			if m == Right {
				guesses += s.count - k
			} else {
				slips += k
			}
			if i+1 < len(s.marks) {
				unknown += s.count - k
				learnt += s.count * moved[i]
			}
		}
	}
	share := func(a, b float64) float64 { return max(1e-6, min(1-1e-6, a/math.Max(b, 1e-300))) }
	return Tracing{Prior: share(prior, people), Learn: share(learnt, unknown), Guess: share(guesses, unknownAll), Slip: share(slips, knownAll)}, loglik
}

// smooth gives, given all answers, the probability that the skill was known at
// each, and that it became known right after it.
func (t Tracing) smooth(marks []int8) (known, moved []float64, loglik float64) {
	n := len(marks)
	known, moved = make([]float64, n), make([]float64, n)
	state := t.Prior
	for i, m := range marks { // known is filtered first
		k, u := t.likely(m)
		chance := state*k + (1-state)*u
		loglik += math.Log(chance)
		known[i] = state * k / chance
		state = known[i] + (1-known[i])*t.Learn
	}
	afterKnown, afterUnknown := 1.0, 1.0 // likelihood of what follows, to a common factor
	for i := n - 1; i >= 0; i-- {
		f, path := known[i], 0.0
		if i+1 < n {
			k, u := t.likely(marks[i+1])
			path = t.Learn * k * afterKnown
			afterKnown, afterUnknown = k*afterKnown, path+(1-t.Learn)*u*afterUnknown
		}
		total := f*afterKnown + (1-f)*afterUnknown
		known[i], moved[i] = f*afterKnown/total, (1-f)*path/total
		afterKnown, afterUnknown = afterKnown/total, afterUnknown/total
	}
	return known, moved, loglik
}

// likely is the probability of a mark if the skill is known, and if not.
func (t Tracing) likely(m int8) (known, unknown float64) {
	if m == Right {
		return 1 - t.Slip, t.Guess
	}
	return t.Slip, 1 - t.Guess
}

// logOdds bounds the search: beyond, a probability is 0 or 1.
const logOdds = 12

// climb takes Newton steps in log odds from a start, and returns the maximum
// with the observed information there.
func climb(ctx context.Context, from Tracing, data []sequence) ([4]float64, *mat.SymDense, float64, error) {
	var x [4]float64
	for k, p := range [4]float64{from.Prior, from.Learn, from.Guess, from.Slip} {
		x[k] = math.Log(p / (1 - p))
	}
	for range 200 {
		if err := ctx.Err(); err != nil {
			return x, nil, 0, fmt.Errorf("knowledge tracing: %w", err)
		}
		l := jetLogLik(x, data)
		step, information := l.newton()
		if size := largest(step); size < 1e-9 {
			return x, information, l.v, nil
		}
		x = uphill(x, step, l.v, data)
		for k, v := range x {
			if math.Abs(v) > logOdds {
				return x, nil, 0, fmt.Errorf("knowledge tracing: the likelihood rises until %s is %.0f: %w", [4]string{"prior", "learn", "guess", "slip"}[k], logistic(v), stat.ErrNoConvergence)
			}
		}
	}
	return x, nil, 0, fmt.Errorf("knowledge tracing: %w", stat.ErrNoConvergence)
}

// uphill moves along a step, halved until the likelihood does not fall.
func uphill(x, step [4]float64, before float64, data []sequence) [4]float64 {
	next := x
	for scale := math.Min(1, 2/largest(step)); scale > 1e-8; scale /= 2 {
		for k := range x {
			next[k] = x[k] + scale*step[k]
		}
		if jetLogLik(next, data).v >= before-1e-12*math.Abs(before) {
			break
		}
	}
	return next
}

func largest(x [4]float64) float64 {
	return max(math.Abs(x[0]), math.Abs(x[1]), math.Abs(x[2]), math.Abs(x[3]))
}

func tracingOf(x [4]float64) Tracing {
	return Tracing{Prior: logistic(x[0]), Learn: logistic(x[1]), Guess: logistic(x[2]), Slip: logistic(x[3])}
}

// jetLogLik is the log likelihood at log odds x with its derivatives.
func jetLogLik(x [4]float64, data []sequence) jet {
	var p [4]jet
	for k, v := range x {
		p[k] = logisticJet(v, k)
	}
	prior, learn, guess, noSlip := p[0], p[1], p[2], p[3].complement()
	var sum jet
	for _, s := range data {
		state := prior
		for _, m := range s.marks {
			k, u := noSlip, guess
			if m == Wrong {
				k, u = p[3], guess.complement()
			}
			joint := state.times(k)
			chance := joint.plus(state.complement().times(u))
			sum = sum.plus(chance.log().scaled(s.count))
			after := joint.over(chance)
			state = after.plus(after.complement().times(learn))
		}
	}
	return sum
}
