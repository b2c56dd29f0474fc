package weighting_test

import (
	"fmt"
	"math/rand/v2"

	"github.com/liftmark/liftmark/internal/reference/lalonde"
	"github.com/liftmark/liftmark/stat/balance"
	"github.com/liftmark/liftmark/stat/regression"
	"github.com/liftmark/liftmark/stat/weighting"
)

// accounts are n customers. Large, active accounts train more often and raise
// more tickets; training saves every account one ticket a month. pull says how
// strongly size and activity decide who trains.
func accounts(n int, pull float64) (s weighting.Sample, seats, usage []float64) {
	rng := rand.New(rand.NewPCG(2026, 21))
	trained, tickets := make([]float64, n), make([]float64, n)
	seats, usage = make([]float64, n), make([]float64, n)
	for i := range n {
		size, active := rng.NormFloat64(), rng.NormFloat64()
		seats[i], usage[i] = 60+20*size, 50+10*active
		if rng.Float64() < expit(-0.3+pull*(0.8*size+0.5*active)) {
			trained[i] = 1
		}
		tickets[i] = 6 + 1.2*size + 0.8*active - trained[i] + 1.5*rng.NormFloat64()
	}
	return lalonde.Sample(tickets, trained, seats, usage), seats, usage
}

func ExampleIPW() {
	s, _, _ := accounts(600, 1)
	arm := make([]float64, len(s.Treated))
	for i, t := range s.Treated {
		if t {
			arm[i] = 1
		}
	}
	plain, err := regression.OLS(s.Outcome, regression.WithIntercept(len(arm), arm))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("trained less untrained: %+.2f tickets a month\n", plain.Coef[1])
	for _, of := range []weighting.Estimand{weighting.ATE, weighting.ATT} {
		e, err := weighting.IPW(s, weighting.Options{Estimand: of}, 0.95)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%v: %+.2f (%+.2f to %+.2f); %d controls count as %.0f\n", of, e.Value, e.Interval.Low, e.Interval.High, e.N.Control, e.ESS.Control)
	}
	// Output:
	// trained less untrained: +0.10 tickets a month
	// ATE: -1.24 (-1.58 to -0.91); 334 controls count as 268
	// ATT: -1.08 (-1.44 to -0.73); 334 controls count as 146
}

func ExamplePropensity() {
	s, _, _ := accounts(600, 1)
	score, err := weighting.Propensity(s.Treated, s.Covariates)
	if err != nil {
		fmt.Println(err)
		return
	}
	o, err := balance.OverlapOf(s.Treated, score.E, 20)
	if err != nil {
		fmt.Println(err)
		return
	}
	kept, err := score.Trim(weighting.Trim{Rule: weighting.CrumpTrim})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("trained %.2f to %.2f, untrained %.2f to %.2f\n", o.Treated.Low, o.Treated.High, o.Control.Low, o.Control.High)
	fmt.Printf("c-statistic %.2f, %.1f %% of the trained outside\n", o.CStatistic, 100*o.TreatedOutside)
	fmt.Printf("Crump: keep %.3f to %.3f, trimmed %+v\n", kept.Low, kept.High, kept.Trimmed)
	// Output:
	// trained 0.06 to 0.96, untrained 0.05 to 0.91
	// c-statistic 0.74, 1.1 % of the trained outside
	// Crump: keep 0.115 to 0.885, trimmed {Treated:11 Control:23}
}

func ExampleOverlap() {
	s, _, _ := accounts(600, 3) // size and activity all but decide who trains
	plain, err := weighting.IPW(s, weighting.Options{}, 0.95)
	if err != nil {
		fmt.Println(err)
		return
	}
	e, err := weighting.Overlap(s, 0.95)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("IPW: %+.2f (%+.2f to %+.2f), one control has %.0f %% of the weight\n", plain.Value, plain.Interval.Low, plain.Interval.High, 100*plain.MaxShare.Control)
	fmt.Printf("overlap: %+.2f (%+.2f to %+.2f), at most %.0f %%\n", e.Value, e.Interval.Low, e.Interval.High, 100*e.MaxShare.Control)
	// Output:
	// IPW: -0.94 (-1.61 to -0.26), one control has 11 % of the weight
	// overlap: -0.82 (-1.15 to -0.48), at most 1 %
}

func ExampleEntropyBalance() {
	s, seats, usage := accounts(600, 1)
	e, err := weighting.EntropyBalance(s, weighting.EntropyOptions{Estimand: weighting.ATT, Moments: 2}, 0.95)
	if err != nil {
		fmt.Println(err)
		return
	}
	columns := []balance.Covariate{{Name: "seats", Values: seats}, {Name: "usage", Values: usage}}
	table, err := balance.New(s.Treated, e.Weights, columns, balance.Treated)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("largest difference in means: %.2f standard deviations before, %.2f after\n", table.MaxAbsSMDBefore, table.MaxAbsSMD)
	for _, r := range table.Rows {
		fmt.Printf("%s: variance ratio %.2f before, %.2f after\n", r.Name, r.Before.VarianceRatio, r.After.VarianceRatio)
	}
	fmt.Printf("ATT: %+.2f (%+.2f to %+.2f); %d controls count as %.0f\n", e.Value, e.Interval.Low, e.Interval.High, e.N.Control, e.ESS.Control)
	// Output:
	// largest difference in means: 0.70 standard deviations before, 0.00 after
	// seats: variance ratio 1.20 before, 1.00 after
	// usage: variance ratio 1.06 before, 1.00 after
	// ATT: -1.14 (-1.40 to -0.88); 334 controls count as 119
}

func ExampleAIPW() {
	s, _, _ := accounts(600, 1)
	for _, folds := range []int{1, 5} {
		e, err := weighting.AIPW(s, weighting.AIPWOptions{Folds: folds, Seed: 1}, 0.95)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%d folds: %+.2f (%+.2f to %+.2f)\n", folds, e.Value, e.Interval.Low, e.Interval.High)
	}
	// Output:
	// 1 folds: -1.13 (-1.40 to -0.87)
	// 5 folds: -1.13 (-1.42 to -0.84)
}
