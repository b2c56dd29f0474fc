package heterogeneity

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/integrate/quad"
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
	Tau      stat.Estimate // standard deviation of true effects between segments; interval equal-tailed
}

// Shrink gives the posterior of each segment's effect under the normal
// hierarchical model with flat priors on the mean and on the standard deviation
// between segments, integrated numerically: no sampling, no seed. Intervals
// allow for not knowing either, and hold the share of the segments that they
// say on average over segments; for a named segment that differs from all the
// others, less.
//
// Errors: those of Pool, with four segments as the least: with three the
// posterior of the spread has no finite mean. Shrink panics if level is outside
// (0, 1).
//
// Source: Rubin (1981), J. Educational Statistics 6:377-401; Gelman et al.
// (2013), Bayesian Data Analysis, 3rd ed., section 5.4.
// Not for a segment that was singled out beforehand: its own estimate is
// unbiased, and the others' are another question.
func Shrink(segments []Segment, level float64) (*Posterior, error) {
	stat.CheckLevel(level)
	s, err := newSample(segments, 4)
	if err != nil {
		return nil, err
	}
	m := s.mixture()
	out := &Posterior{}
	if out.Mean, err = m.estimate(m.mu, level); err != nil {
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
	tau, weight []float64 // nodes and their posterior probabilities
	mu          []component
}

// component is a normal distribution given a spread.
type component struct{ mean, sd float64 }

// spreadNodes of Gauss–Legendre quadrature on τ = scale·u/(1-u), u in (0, 1).
const spreadNodes = 400

func (s *sample) mixture() *mixture {
	m := &mixture{s: s, tau: make([]float64, spreadNodes), weight: make([]float64, spreadNodes)}
	scale := m.scale()
	u, w := make([]float64, spreadNodes), make([]float64, spreadNodes)
	quad.Legendre{}.FixedLocations(u, w, 0, 1)
	highest, logs := math.Inf(-1), make([]float64, spreadNodes)
	for k := range u {
		m.tau[k] = scale * u[k] / (1 - u[k])
		logs[k] = s.restricted(m.tau[k]*m.tau[k]) + math.Log(w[k]) - 2*math.Log(1-u[k])
		highest = math.Max(highest, logs[k])
	}
	var sum float64
	for k, l := range logs {
		m.weight[k] = math.Exp(l - highest)
		sum += m.weight[k]
	}
	for k, tau := range m.tau {
		m.weight[k] /= sum
		mean, weight := s.mean(tau * tau)
		m.mu = append(m.mu, component{mean, 1 / math.Sqrt(weight)})
	}
	return m
}

// scale of the spread: the root of the typical noise variance or, if larger,
// the spread of the estimates themselves.
func (m *mixture) scale() float64 {
	low, high := math.Inf(1), math.Inf(-1)
	for _, y := range m.s.y {
		low, high = math.Min(low, y), math.Max(high, y)
	}
	k := float64(len(m.s.y))
	return math.Max(math.Sqrt((k-1)/m.s.noiseScale()), (high-low)/4)
}

// segment i given each spread: the precision-weighted mean of its estimate and
// of the mean of all, with the uncertainty of the latter.
func (m *mixture) segment(i int) []component {
	out := make([]component, spreadNodes)
	y, v := m.s.y[i], m.s.v[i]
	for k, tau := range m.tau {
		pull := v / (v + tau*tau)
		mean := y + pull*(m.mu[k].mean-y)
		out[k] = component{mean, math.Sqrt(pull*tau*tau + pull*pull*m.mu[k].sd*m.mu[k].sd)}
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
		sum += m.weight[k] * distuv.UnitNormal.CDF((x-c.mean)/c.sd)
	}
	return sum
}

// quantile by bisection from a bracket of standard deviations.
func (m *mixture) quantile(parts []component, p, mean, sd float64) float64 {
	low, high := mean-sd, mean+sd
	for range 200 {
		if m.cdf(parts, low) <= p {
			break
		}
		low -= (high - low)
	}
	for range 200 {
		if m.cdf(parts, high) >= p {
			break
		}
		high += (high - low)
	}
	for range 200 {
		mid := low + (high-low)/2
		if mid <= low || mid >= high {
			break
		}
		if m.cdf(parts, mid) < p {
			low = mid
		} else {
			high = mid
		}
	}
	return low + (high-low)/2
}

// spread is the posterior of the standard deviation between segments. Its
// quantiles interpolate the distribution over the nodes.
func (m *mixture) spread(level float64) stat.Estimate {
	var mean, second float64
	for k, tau := range m.tau {
		mean += m.weight[k] * tau
	}
	for k, tau := range m.tau {
		second += m.weight[k] * (tau - mean) * (tau - mean)
	}
	return stat.Estimate{Value: mean, SE: math.Sqrt(second), Interval: stat.Interval{
		Low: m.spreadQuantile((1 - level) / 2), High: m.spreadQuantile((1 + level) / 2), Level: level,
	}}
}

func (m *mixture) spreadQuantile(p float64) float64 {
	before, tau := 0.0, 0.0
	for k, w := range m.weight {
		middle := before + w/2
		if middle >= p {
			lower, lowerAt := 0.0, 0.0
			if k > 0 {
				lower, lowerAt = before-m.weight[k-1]/2, m.tau[k-1]
			}
			return lowerAt + (m.tau[k]-lowerAt)*(p-lower)/(middle-lower)
		}
		before += w
		tau = m.tau[k]
	}
	return tau
}
