package learning

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
)

// Abilities estimates the ability of each person, in order: the mean and
// standard deviation of the ability given the marks (expected a posteriori),
// in standard deviations of the people that the model was fitted to. The
// interval is normal, at the model's level; it holds the share of people that
// it says, and is pulled to the mean for each single one. Items are taken as
// known.
//
// Errors: ErrInvalid naming an unknown mark; ErrTooFew naming a person without
// answers. Abilities panics if the number of items differs from the model's.
//
// Source: Bock and Mislevy (1982), Applied Psychological Measurement 6:431-444.
func (f *IRT) Abilities(a Answers) ([]stat.Estimate, error) {
	if a.Items != len(f.Items) {
		panic(fmt.Sprintf("learning: %d items, model of %d", a.Items, len(f.Items)))
	}
	if err := a.check(true); err != nil {
		return nil, err
	}
	m := &marginal{items: a.Items, slope: f.slope, intercept: f.intercept}
	m.theta, m.logWeight = grid()
	right, wrong := m.logProbabilities()
	out, posterior := make([]stat.Estimate, a.Persons), make([]float64, nodes)
	for p := range out {
		if answered(a.Row(p)) == 0 {
			return nil, fmt.Errorf("ability of person %d without answers: %w", p, stat.ErrTooFew)
		}
		m.posterior(a.Row(p), right, wrong, posterior)
		mean, sd := moments(m.theta, posterior)
		out[p] = stat.Normal(mean, sd, f.level).Estimate
	}
	return out, nil
}

func answered(marks []int8) (n int) {
	for _, m := range marks {
		if m != Missing {
			n++
		}
	}
	return n
}

func moments(x, w []float64) (mean, sd float64) {
	for q, v := range x {
		mean += w[q] * v
	}
	var variance float64
	for q, v := range x {
		variance += w[q] * (v - mean) * (v - mean)
	}
	return mean, math.Sqrt(variance)
}

// Probability is the chance that a person of the ability answers item i right.
func (f *IRT) Probability(i int, ability float64) float64 {
	return logistic(f.slope[i]*ability + f.intercept[i])
}

// Information of the test at an ability: 1/√Information is the standard error
// of ability that the answers alone give there. A test informs about people
// near the difficulty of its items.
func (f *IRT) Information(ability float64) float64 {
	var sum float64
	for i := range f.slope {
		p := f.Probability(i, ability)
		sum += f.slope[i] * f.slope[i] * p * (1 - p)
	}
	return sum
}
