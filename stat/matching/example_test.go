package matching_test

import (
	"fmt"
	"math/rand/v2"

	"github.com/liftmark/liftmark/internal/reference/lalonde"
	"github.com/liftmark/liftmark/stat/matching"
	"github.com/liftmark/liftmark/stat/weighting"
)

// accounts are 600 customers. Large, active accounts train more often and
// raise more tickets; training saves every account one ticket a month.
func accounts() (s weighting.Sample, logit []float64) {
	rng := rand.New(rand.NewPCG(2026, 12))
	n := 600
	trained, tickets, seats, usage := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	for i := range n {
		size, active := rng.NormFloat64(), rng.NormFloat64()
		seats[i], usage[i] = 60+20*size, 50+10*active
		if rng.Float64() < expit(-1.2+0.8*size+0.5*active) {
			trained[i] = 1
		}
		tickets[i] = 6 + 1.2*size + 0.8*active - trained[i] + 1.5*rng.NormFloat64()
	}
	s = lalonde.Sample(tickets, trained, seats, usage)
	score, err := weighting.Propensity(s.Treated, s.Covariates)
	if err != nil {
		panic(err)
	}
	return s, score.Logit
}

func ExampleNearest() {
	s, logit := accounts()
	pairs, err := matching.Nearest(s.Treated, logit, matching.Options{Caliper: 0.2})
	if err != nil {
		fmt.Println(err)
		return
	}
	e, err := pairs.Effect(s.Outcome, nil, 0.95)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%d pairs, %d trained without a match: %+.2f (%+.2f to %+.2f)\n", len(pairs.Sets), len(pairs.Unmatched), e.Value, e.Interval.Low, e.Interval.High)
	// Output:
	// 159 pairs, 15 trained without a match: -0.96 (-1.29 to -0.62)
}

func ExampleMatched_AbadieImbens() {
	s, logit := accounts()
	m, err := matching.Nearest(s.Treated, logit, matching.Options{Replace: true, Ratio: 2, Ties: matching.AllTies})
	if err != nil {
		fmt.Println(err)
		return
	}
	e, err := m.AbadieImbens(s.Outcome, matching.AIOptions{Neighbours: 2, Covariates: s.Covariates}, 0.95)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%d sets, %d controls used, one of them %d times: %+.2f (%+.2f to %+.2f)\n", len(m.Sets), m.ControlsUsed, m.MostUses, e.Value, e.Interval.Low, e.Interval.High)
	// Output:
	// 174 sets, 186 controls used, one of them 12 times: -0.78 (-1.17 to -0.38)
}

func ExampleSubclassify() {
	s, logit := accounts()
	e, err := matching.Subclassify(s.Treated, logit, s.Outcome, 5, 0.95)
	if err != nil {
		fmt.Println(err)
		return
	}
	for k, c := range e.Classes {
		fmt.Printf("class %d: %d trained, %d not, difference %+.2f\n", k+1, c.Treated, c.Controls, c.Difference)
	}
	fmt.Printf("together %+.2f (%+.2f to %+.2f)\n", e.Value, e.Interval.Low, e.Interval.High)
	// Output:
	// class 1: 35 trained, 225 not, difference -0.83
	// class 2: 35 trained, 83 not, difference -0.72
	// class 3: 34 trained, 63 not, difference -1.19
	// class 4: 35 trained, 43 not, difference -1.13
	// class 5: 35 trained, 12 not, difference -0.57
	// together -0.89 (-1.22 to -0.55)
}

func ExampleRiskSetMatching() {
	p, outcome, _ := staggered(rand.New(rand.NewPCG(2026, 13)), 2000)
	r, err := matching.RiskSetMatching(p, matching.RiskOptions{Caliper: 0.2})
	if err != nil {
		fmt.Println(err)
		return
	}
	e, err := r.Effect(p.Window(outcome, 1, 3), 0.95)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%d starts matched, %d not; %d of their controls started later\n", len(r.Sets), len(r.Unmatched), r.StartedLater)
	fmt.Printf("three months after: %+.2f (%+.2f to %+.2f), %d sets left without an outcome\n", e.Value, e.Interval.Low, e.Interval.High, e.Dropped)
	// Output:
	// 733 starts matched, 25 not; 197 of their controls started later
	// three months after: +0.92 (+0.82 to +1.02), 74 sets left without an outcome
}
