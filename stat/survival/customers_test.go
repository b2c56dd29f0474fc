package survival_test

import (
	"math"
	"math/rand/v2"

	"github.com/liftmark/liftmark/stat/survival"
)

// Reasons to leave.
const (
	competitor = 1
	closedDown = 2
)

// customer is a simulated customer of the examples and pictures: when it left,
// in months since it signed, or was last seen.
type customer struct {
	months, trained float64 // trained: +Inf if never
	left            bool
	reason          int
	small           bool
	usage           float64 // standard deviations above the average
}

// simulateCustomers draws n customers. Training cuts the rate of leaving for a
// competitor to ratio times what it was; busy customers train more and leave
// less; small ones close down three times as often.
func simulateCustomers(n int, seed uint64, ratio float64) []customer {
	rng := rand.New(rand.NewPCG(seed, 2026))
	all := make([]customer, n)
	for i := range all {
		c := customer{usage: rng.NormFloat64(), small: rng.IntN(2) == 0, trained: math.Inf(1)}
		window := math.Ceil(6 + 18*rng.Float64())
		for c.months = 1; ; c.months++ {
			toCompetitor, closes := 0.035*math.Exp(-0.4*c.usage), 0.006
			if c.small {
				closes *= 3
			}
			if c.trained < c.months {
				toCompetitor *= ratio
			}
			if rng.Float64() < toCompetitor {
				c.left, c.reason = true, competitor
			} else if rng.Float64() < closes {
				c.left, c.reason = true, closedDown
			}
			if c.left || c.months == window {
				break
			}
			if math.IsInf(c.trained, 1) && rng.Float64() < 0.06*math.Exp(0.3*c.usage) {
				c.trained = c.months
			}
		}
		all[i] = c
	}
	return all
}

// customers are the 400 of the examples: training truly cuts the rate to 0.6.
func customers() []customer { return simulateCustomers(400, 11, 0.6) }

// lifetimes are one spell a customer.
func lifetimes(all []customer) (d survival.Data, reason, small []int) {
	for _, c := range all {
		d.Stop, d.Event = append(d.Stop, c.months), append(d.Event, c.left)
		reason = append(reason, c.reason)
		size := 0
		if c.small {
			size = 1
		}
		small = append(small, size)
	}
	return d, reason, small
}

// ofSize are the customers of one size, 1 for small.
func ofSize(d survival.Data, small []int, size int) survival.Data {
	var rows []int
	for i, s := range small {
		if s == size {
			rows = append(rows, i)
		}
	}
	return d.Select(rows)
}

// spells cut each customer's time where training begins.
func spells(all []customer) survival.CoxData {
	d := survival.CoxData{Names: []string{"trained", "usage", "small"}}
	for i, c := range all {
		small := 0.0
		if c.small {
			small = 1
		}
		add := func(start, stop float64, left bool, trained float64) {
			d.Start, d.Stop, d.Event = append(d.Start, start), append(d.Stop, stop), append(d.Event, left)
			d.X, d.Cluster = append(d.X, trained, c.usage, small), append(d.Cluster, i)
		}
		if c.trained < c.months {
			add(0, c.trained, false, 0)
			add(c.trained, c.months, c.left, 1)
		} else {
			add(0, c.months, c.left, 0)
		}
	}
	return d
}

// baseline are the same customers with what a naive table has: one row each,
// and whether they ever trained.
func baseline(all []customer) survival.CoxData {
	d := survival.CoxData{Names: []string{"ever trained", "usage", "small"}}
	d.Data, _, _ = lifetimes(all)
	for _, c := range all {
		ever, small := 0.0, 0.0
		if c.trained < c.months {
			ever = 1
		}
		if c.small {
			small = 1
		}
		d.X = append(d.X, ever, c.usage, small)
	}
	return d
}

// onboarding are customers of whom half had a kick-off workshop when they
// signed. It helps much at first and not at all after ten months.
func onboarding() survival.CoxData {
	rng := rand.New(rand.NewPCG(5, 2026))
	d := survival.CoxData{Names: []string{"workshop"}}
	for i := range 1000 {
		workshop := float64(i % 2)
		month, left := 1.0, false
		for ; ; month++ {
			rate := 0.06
			if workshop == 1 {
				rate *= min(1, 0.2+0.08*month)
			}
			if left = rng.Float64() < rate; left || month == 18 {
				break
			}
		}
		d.Stop, d.Event, d.X = append(d.Stop, month), append(d.Event, left), append(d.X, workshop)
	}
	return d
}
