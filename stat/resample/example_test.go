package resample_test

import (
	"context"
	"fmt"

	"github.com/liftmark/liftmark/stat/resample"
)

// Tickets and customer months of eight accounts: an account is the unit, so
// that its months stay together in every sample.
func ExampleBootstrap() {
	tickets, months := []float64{3, 0, 7, 2, 5, 1, 4, 9}, []float64{12, 6, 12, 9, 12, 3, 12, 12}
	ratio := func(sample []int, out []float64) error {
		t, m := 0.0, 0.0
		for _, account := range sample {
			t += tickets[account]
			m += months[account]
		}
		out[0] = t / m
		return nil
	}
	draws, err := resample.Bootstrap(context.Background(), resample.Plan{Units: 8, Outputs: 1, Replicates: 2000, Seed: 1}, ratio)
	if err != nil {
		fmt.Println(err)
		return
	}
	interval, err := draws.Percentile(0, 0.95)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.2f tickets per account-month (%.1f to %.1f)\n", draws.Original[0], interval.Low, interval.High)
	// Output: 0.40 tickets per account-month (0.3 to 0.5)
}

// Ten accounts, five drawn for training; outcomes in tickets per month. All 252
// ways to draw five of ten are tried.
func ExamplePermute() {
	tickets := []float64{2, 3, 1, 4, 2, 5, 6, 4, 3, 7}
	design := resample.Design{
		Treated: []bool{true, true, true, true, true, false, false, false, false, false},
		Draws:   10000,
	}
	test, err := resample.Permute(context.Background(), design, resample.DifferenceOfMeans(tickets))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.1f tickets; %d assignments, p = %.3f\n", test.Statistic, test.Assignments, test.P)
	// Output: -2.6 tickets; 252 assignments, p = 0.040
}
