package trial_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/trial"
)

// Six hundred accounts over a year, of which the busier train more and leave
// less, whether trained or not: training itself does nothing here.
func ExampleRun() {
	rng := rand.New(rand.NewPCG(4, 4))
	panel := trial.Panel{Periods: 12, Names: []string{"usage"}}
	for range 600 {
		usage := rng.NormFloat64()
		account := trial.Unit{Exit: 11, Treated: trial.Never}
		for month := 1; month < 12 && !account.Event; month++ {
			if account.Treated == trial.Never && rng.Float64() < 0.06+0.03*min(max(usage, -1.5), 1.5) {
				account.Treated = month
			}
			if rng.Float64() < 0.08-0.03*min(max(usage, -1.5), 1.5) {
				account.Exit, account.Event = month, true
			}
		}
		panel.Units = append(panel.Units, account)
		for range 12 {
			panel.X = append(panel.X, usage)
		}
	}
	found, err := trial.Run(context.Background(), panel, trial.Options{Horizon: 6, Draws: 200, Seed: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("trials:", found.Trials)
	fmt.Println("naive comparison sees an effect:", !found.Naive.RiskDifference.Interval.Contains(0))
	fmt.Println("target trial sees an effect:", !found.RiskDifference.Interval.Contains(0))
	// Output:
	// trials: 10
	// naive comparison sees an effect: true
	// target trial sees an effect: false
}

// Too little data is an answer with its counts.
func ExampleCountError() {
	units := []trial.Unit{{Exit: 5, Treated: 2}, {Exit: 5, Treated: trial.Never}, {Exit: 4, Event: true, Treated: trial.Never}}
	_, err := trial.Run(context.Background(), trial.Panel{Units: units, Periods: 6}, trial.Options{Horizon: 2})
	var count *trial.CountError
	fmt.Println(errors.Is(err, stat.ErrTooFew), errors.As(err, &count))
	fmt.Println(count)
	// Output:
	// true true
	// treated arm: units 1 (needs 20), of them with the event 0 (needs 10)
}
