package trial_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/trial"
)

// Does training keep customers? 1,500 accounts over 18 months; training truly
// halves the odds of leaving, and busy accounts, which leave less anyway, train
// more.
func ExampleRun() {
	found, err := trial.Run(context.Background(), accounts(1500, 3, 0.5), trial.Options{Horizon: 6, Draws: 100, Seed: 1})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%d trials, %d account-trials of %d accounts; trained: %d accounts, %d lost\n",
		found.Trials, found.UnitTrials, found.Units, found.Treated.Units, found.Treated.EventUnits)
	fmt.Printf("lost within 6 months: %.3f of the trained, %.3f of the others\n", found.Treated.Risk.Value, found.Control.Risk.Value)
	fmt.Println("risk difference", found.RiskDifference)
	fmt.Println("risk ratio", found.RiskRatio)
	fmt.Println("months gained", found.RMSTDifference)
	for _, b := range found.Balance {
		fmt.Printf("%s: standardised difference %+.2f before weighting, %+.2f after\n", b.Name, b.SMDBefore, b.SMDAfter)
	}
	fmt.Printf("weights of the trained: mean %.2f, largest %.1f, worth %.0f of %d\n",
		found.Treated.Weights.Mean, found.Treated.Weights.Max, found.Treated.ESS, found.Treated.UnitTrials)
	fmt.Println("naive cohort", found.Naive.RiskDifference)
	// Output:
	// 16 trials, 11779 account-trials of 1420 accounts; trained: 544 accounts, 63 lost
	// lost within 6 months: 0.133 of the trained, 0.267 of the others
	// risk difference -0.1340 (-0.1714 to -0.0925)
	// risk ratio 0.4972 (0.3659 to 0.6424)
	// months gained 0.3935 (0.2182 to 0.5084)
	// usage: standardised difference +0.54 before weighting, -0.03 after
	// tenure: standardised difference +0.04 before weighting, -0.01 after
	// period: standardised difference +0.08 before weighting, -0.05 after
	// weights of the trained: mean 1.01, largest 5.3, worth 380 of 544
	// naive cohort -0.3230 (-0.3564 to -0.2847)
}

// The same company with training that does nothing: the naive cohort sees a
// large effect, the trials see none.
func ExampleRun_immortalTime() {
	found, err := trial.Run(context.Background(), accounts(1500, 1, 1), trial.Options{Horizon: 6, Draws: 100, Seed: 1})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("naive cohort", found.Naive.RiskDifference)
	fmt.Println("target trials", found.RiskDifference)
	// Output:
	// naive cohort -0.2868 (-0.3206 to -0.2479)
	// target trials -0.0006 (-0.0502 to 0.0556)
}

// Starting now against not starting within the horizon: accounts that start
// later leave the control arm, and those that remain are weighted up.
func ExampleRun_sustained() {
	found, err := trial.Run(context.Background(), accounts(1500, 3, 0.5), trial.Options{Horizon: 6, Draws: 100, Seed: 1, Strategy: trial.Sustained})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("risk difference", found.RiskDifference)
	// Output:
	// risk difference -0.1499 (-0.1896 to -0.1044)
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
