package demo_test

import (
	"github.com/liftmark/liftmark/internal/demo"
)

// The estimators here know the law by which the world was made. They judge the
// world, not the library: an unbiased design that is given the true chance of
// training must find the true effect, or the world hides it.

// oracleDiD compares, for each month of training g and later month t, the change
// since g-1 with that of accounts not yet trained at t, and averages over
// account-months.
func oracleDiD(accounts []*demo.Account, months int, y func(a *demo.Account, m demo.Month) float64) float64 {
	var sum, n float64
	for g := 1; g < months; g++ {
		for t := g; t < months; t++ {
			treated, nTreated := change(accounts, g-1, t, y, func(a *demo.Account) bool { return a.Trained == g })
			others, nOthers := change(accounts, g-1, t, y, func(a *demo.Account) bool { return a.Trained == demo.Never || a.Trained > t })
			if nTreated > 0 && nOthers > 0 {
				sum += nTreated * (treated - others)
				n += nTreated
			}
		}
	}
	return sum / n
}

// change gives the mean of y at t minus y at base, and its number of accounts.
func change(accounts []*demo.Account, base, t int, y func(a *demo.Account, m demo.Month) float64, in func(*demo.Account) bool) (mean, n float64) {
	for _, a := range accounts {
		if base < a.First || t-a.First >= len(a.Months) || !in(a) {
			continue
		}
		mean += y(a, a.Months[t-a.First]) - y(a, a.Months[base-a.First])
		n++
	}
	return mean / max(n, 1), n
}

// oracleTrials gives the risk difference at a horizon from sequential trials
// weighted by the true chance of training.
func oracleTrials(accounts []*demo.Account, months, horizon int) float64 {
	var risk, events [2][]float64
	for arm := range risk {
		risk[arm], events[arm] = make([]float64, horizon), make([]float64, horizon)
	}
	for _, a := range accounts {
		for _, m := range a.Months {
			if m.TrainChance == 0 || a.Trained != demo.Never && a.Trained < m.Index || !a.Customer(m.Index) {
				continue
			}
			arm, weight := 0, 1/(1-m.TrainChance)
			if a.Trained == m.Index {
				arm, weight = 1, 1/m.TrainChance
			}
			for k := 0; k < horizon && m.Index+1+k < months; k++ {
				risk[arm][k] += weight
				if a.Churned == m.Index+1+k {
					events[arm][k] += weight
					break
				}
			}
		}
	}
	return cumulative(risk[1], events[1]) - cumulative(risk[0], events[0])
}

func cumulative(risk, events []float64) float64 {
	stay := 1.0
	for k := range risk {
		if risk[k] > 0 {
			stay *= 1 - events[k]/risk[k]
		}
	}
	return 1 - stay
}
