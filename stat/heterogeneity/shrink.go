package heterogeneity

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/liftmark/liftmark/stat"
)

// Shrunk is a segment's effect in the light of the others.
type Shrunk struct {
	Segment       // as estimated alone
	stat.Estimate // posterior mean, standard deviation and equal-tailed interval
	// Pull is how far the estimate moved to the mean of all: 0 not at all, 1
	// wholly, on average over what the variance between may be.
	Pull float64
	// Positive is the posterior probability that the effect is above 0.
	Positive float64
}

// Posterior is what the segments say together.
type Posterior struct {
	Segments []Shrunk
	Mean     stat.Estimate // of the effects that segments are drawn from
	New      stat.Estimate // effect of a new segment like these
	Tau      stat.Estimate // standard deviation of true effects between segments; interval equal-tailed
}

// Shrink gives the posterior of each segment's effect under the normal
// hierarchical model with flat priors on the mean and on the standard deviation
// between segments, integrated numerically: no sampling, no seed. Intervals
// allow for not knowing either, and hold the share of the segments that they
// say on average over segments; for a named segment that differs from all the
// others, less.
//
// Errors: those of Pool, with five segments as the least: with fewer the
// posterior of the spread has no finite variance, and Pool is what there is. Shrink panics if level is outside
// (0, 1).
//
// Source: Rubin (1981), J. Educational Statistics 6:377-401; Gelman et al.
// (2013), Bayesian Data Analysis, 3rd ed., section 5.4.
// Not for a segment that was singled out beforehand: its own estimate is
// unbiased, and the others' are another question.
func Shrink(segments []Segment, level float64) (*Posterior, error) {
	stat.CheckLevel(level)
	s, err := newSample(segments, 5)
	if err != nil {
		return nil, err
	}
	m := s.mixture()
	out := &Posterior{}
	if out.Mean, err = m.estimate(m.mu, level); err != nil {
		return nil, err
	}
	if out.New, err = m.estimate(m.unseen(), level); err != nil {
		return nil, err
	}
	for i, g := range segments {
		parts := m.segment(i)
		e, err := m.estimate(parts, level)
		if err != nil {
			return nil, fmt.Errorf("segment %d (%s): %w", i, g.Name, err)
		}
		out.Segments = append(out.Segments, Shrunk{Segment: g, Estimate: e, Pull: m.pull(i), Positive: 1 - m.cdf(parts, 0)})
	}
	out.Tau = m.spread(level)
	return out, nil
}

// mixture is the posterior of the spread between segments on quadrature nodes.
// Given the spread everything is normal.
type mixture struct {
	s           *sample
	scale       float64
	tau, weight []float64 // nodes and their posterior probabilities
	mu          []component
}

// component is a normal distribution given a spread.
type component struct{ mean, sd float64 }

// The spread is scale·sinh(x) on nodes x = 0, step, 2·step, …: as a function of
// x the posterior is even and analytic, so that the trapezoidal rule converges
// exponentially.
const (
	spreadStep  = 0.0625
	spreadNodes = 544
)

func (s *sample) mixture() *mixture {
	m := &mixture{s: s, scale: s.spreadScale()}
	highest, logs := math.Inf(-1), make([]float64, spreadNodes)
	for k := range logs {
		tau := m.scale * math.Sinh(float64(k)*spreadStep)
		logs[k] = s.restricted(tau*tau) + math.Log(math.Cosh(float64(k)*spreadStep))
		highest = math.Max(highest, logs[k])
	}
	logs[0] -= math.Ln2 // the edge of the trapezoidal rule
	var sum float64
	for _, l := range logs {
		sum += math.Exp(l - highest)
	}
	for k, l := range logs {
		w, tau := math.Exp(l-highest)/sum, m.scale*math.Sinh(float64(k)*spreadStep)
		if k > 0 && l < logs[k-1] && w*(1+tau*tau/(m.scale*m.scale)) < 1e-17 {
			break
		}
		mean, weight := s.mean(tau * tau)
		m.tau, m.weight = append(m.tau, tau), append(m.weight, w)
		m.mu = append(m.mu, component{mean, 1 / math.Sqrt(weight)})
	}
	return m
}

// spreadScale is the root of the typical noise variance or, if larger, the
// spread of the estimates themselves.
func (s *sample) spreadScale() float64 {
	k := float64(len(s.y))
	return math.Max(math.Sqrt((k-1)/s.noiseScale()), (slices.Max(s.y)-slices.Min(s.y))/4)
}

// segment i given each spread: the precision-weighted mean of its estimate and
// of the mean of all, with the uncertainty of the latter.
func (m *mixture) segment(i int) []component {
	out := make([]component, len(m.tau))
	y, v := m.s.y[i], m.s.v[i]
	for k, tau := range m.tau {
		pull := v / (v + tau*tau)
		mean := y + pull*(m.mu[k].mean-y)
		out[k] = component{mean, math.Sqrt(pull*tau*tau + pull*pull*m.mu[k].sd*m.mu[k].sd)}
	}
	return out
}

// unseen is a new segment given each spread.
func (m *mixture) unseen() []component {
	out := make([]component, len(m.tau))
	for k, tau := range m.tau {
		out[k] = component{m.mu[k].mean, math.Hypot(m.mu[k].sd, tau)}
	}
	return out
}

func (m *mixture) pull(i int) float64 {
	var sum float64
	for k, tau := range m.tau {
		sum += m.weight[k] * m.s.v[i] / (m.s.v[i] + tau*tau)
	}
	return sum
}

// estimate is the mean, standard deviation and equal-tailed interval of a
// mixture of normals.
func (m *mixture) estimate(parts []component, level float64) (stat.Estimate, error) {
	var mean, second float64
	for k, c := range parts {
		mean += m.weight[k] * c.mean
	}
	for k, c := range parts {
		second += m.weight[k] * (c.sd*c.sd + (c.mean-mean)*(c.mean-mean))
	}
	low, high := m.quantile(parts, (1-level)/2, mean, math.Sqrt(second)), m.quantile(parts, (1+level)/2, mean, math.Sqrt(second))
	if !(low < high) || math.IsInf(low, 0) || math.IsInf(high, 0) {
		return stat.Estimate{}, fmt.Errorf("posterior quantiles: %w", stat.ErrNoConvergence)
	}
	return stat.Estimate{Value: mean, SE: math.Sqrt(second), Interval: stat.Interval{Low: low, High: high, Level: level}}, nil
}

func (m *mixture) cdf(parts []component, x float64) float64 {
	var sum float64
	for k, c := range parts {
		sum += m.weight[k] * math.Erfc((c.mean-x)/(c.sd*math.Sqrt2)) / 2
	}
	return sum
}

// quantile by Newton's method within a shrinking bracket.
func (m *mixture) quantile(parts []component, p, mean, sd float64) float64 {
	low, high := math.Inf(-1), math.Inf(1)
	x := mean + sd*distuv.UnitNormal.Quantile(p)
	for range 100 {
		f := m.cdf(parts, x) - p
		if f < 0 {
			low = x
		} else {
			high = x
		}
		next := x - f/m.density(parts, x)
		if !(next > low && next < high) || math.Abs(next-x) > 4*sd {
			next = bracketed(x, low, high, sd)
		}
		if math.Abs(next-x) <= 1e-13*(math.Abs(x)+sd) {
			return next
		}
		x = next
	}
	return x
}

// bracketed is the middle of a bracket, or a step into it where it is open.
func bracketed(x, low, high, sd float64) float64 {
	switch {
	case math.IsInf(low, -1):
		return x - 2*sd
	case math.IsInf(high, 1):
		return x + 2*sd
	}
	return low + (high-low)/2
}

func (m *mixture) density(parts []component, x float64) float64 {
	var sum float64
	for k, c := range parts {
		z := (x - c.mean) / c.sd
		sum += m.weight[k] / c.sd * math.Exp(-z*z/2)
	}
	return sum / math.Sqrt(2*math.Pi)
}

// spread is the posterior of the standard deviation between segments. Its
// quantiles interpolate the distribution over the nodes.
func (m *mixture) spread(level float64) stat.Estimate {
	var mean, second float64
	for k, tau := range m.tau {
		mean += m.weight[k] * tau
		second += m.weight[k] * tau * tau
	}
	// τ is odd in x, so the rule errs at its edge (Euler and Maclaurin).
	mean += spreadStep / 6 * m.scale * m.weight[0]
	return stat.Estimate{Value: mean, SE: math.Sqrt(second - mean*mean), Interval: stat.Interval{
		Low: m.spreadQuantile((1 - level) / 2), High: m.spreadQuantile((1 + level) / 2), Level: level,
	}}
}

// spreadQuantile inverts the distribution of the spread between two nodes,
// where it is the cubic that has the right values and densities at both.
func (m *mixture) spreadQuantile(p float64) float64 {
	before := 0.0
	for k := 1; k < len(m.tau)-1; k++ {
		left, right := m.steps(k-1), m.steps(k)
		// Trapezoid, less what the change of slope says it is wrong by.
		gain := (left+right)/2 - (m.steps(k+1)-left-right+m.steps(k-2))/24
		if before+gain < p {
			before += gain
			continue
		}
		low, high := 0.0, 1.0
		for range 60 {
			u := (low + high) / 2
			if before+u*u*(3-2*u)*gain+u*(1-u)*((1-u)*left-u*right) < p {
				low = u
			} else {
				high = u
			}
		}
		return m.scale * math.Sinh((float64(k-1)+low)*spreadStep)
	}
	return m.tau[len(m.tau)-1]
}

// steps is the density at node k times the step; it is even in k.
func (m *mixture) steps(k int) float64 {
	if k == 0 {
		return 2 * m.weight[0]
	}
	return m.weight[max(k, -k)]
}
