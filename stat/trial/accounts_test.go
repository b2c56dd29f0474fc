package trial_test

import (
	"math"
	"math/rand/v2"

	"github.com/liftmark/liftmark/stat/trial"
)

// accounts simulates n customer accounts over 18 months. Busy accounts train
// more and leave less, whether trained or not; training multiplies the odds of
// leaving by effect. Usage drifts from month to month.
func accounts(n int, seed uint64, effect float64) trial.Panel {
	const months = 18
	rng := rand.New(rand.NewPCG(seed, 18))
	p := trial.Panel{Periods: months, Names: []string{"usage", "tenure"}, X: make([]float64, 0, 2*n*months)}
	for range n {
		usage := rng.NormFloat64()
		u := trial.Unit{Entry: rng.IntN(12) - 12, Exit: months - 1, Treated: trial.Never}
		for month := range months {
			odds := 0.05 * math.Exp(-0.5*usage)
			if u.Treated < month {
				odds *= effect
			}
			if month > 0 && !u.Event {
				starts := u.Treated == trial.Never && rng.Float64() < 0.04*math.Exp(0.5*min(usage, 2))
				if rng.Float64() < odds/(1+odds) {
					u.Exit, u.Event = month, true
				} else if starts {
					u.Treated = month
				}
			}
			usage = 0.8*usage + 0.6*rng.NormFloat64()
			p.X = append(p.X, usage, float64(month-u.Entry))
		}
		p.Units = append(p.Units, u)
	}
	return p
}
