package mean_test

import (
	"fmt"

	"github.com/liftmark/liftmark/stat/mean"
)

func ExampleRatioDifference() {
	// Tickets and customer months of accounts that trained, and of others.
	trained, err := mean.Pairs([]float64{2, 0, 3, 1, 4}, []float64{12, 6, 12, 9, 12})
	if err != nil {
		fmt.Println(err)
		return
	}
	others, err := mean.Pairs([]float64{6, 3, 9, 2, 5}, []float64{12, 8, 12, 5, 12})
	if err != nil {
		fmt.Println(err)
		return
	}
	d, err := mean.RatioDifference(trained, others, 0.95)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.2f tickets per account-month (%.2f to %.2f)\n", d.Value, d.Interval.Low, d.Interval.High)
	// Output: -0.31 tickets per account-month (-0.53 to -0.10)
}
