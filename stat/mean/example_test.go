package mean_test

import (
	"fmt"

	"github.com/liftmark/liftmark/stat/mean"
	"github.com/liftmark/liftmark/stat/summary"
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

func ExampleWelch() {
	// Hours to the first answer, two support teams.
	trained, err := summary.Of([]float64{3.1, 2.4, 4.0, 3.3, 2.8, 3.9, 2.2, 3.5})
	if err != nil {
		fmt.Println(err)
		return
	}
	others, err := summary.Of([]float64{5.2, 3.0, 7.9, 4.4, 2.6, 6.8})
	if err != nil {
		fmt.Println(err)
		return
	}
	d, err := mean.Welch(trained, others, 0.95)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.1f hours (%.1f to %.1f), p = %.3f\n", d.Value, d.Interval.Low, d.Interval.High, d.P)
	// Output: -1.8 hours (-4.0 to 0.4), p = 0.085
}

func ExamplePaired() {
	// Scores of ten learners before and after a course.
	before := []float64{52, 61, 48, 70, 55, 66, 59, 43, 74, 62}
	after := []float64{60, 66, 59, 71, 63, 70, 58, 57, 79, 71}
	change, err := mean.Paired(before, after, 0.95)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%+.1f points (%.1f to %.1f), t = %.2f on %.0f degrees of freedom\n", change.Value, change.Interval.Low, change.Interval.High, change.Statistic, change.DF)
	// Output: +6.4 points (3.2 to 9.6), t = 4.47 on 9 degrees of freedom
}

func ExampleMannWhitney() {
	// Hours to resolution. One ticket of the second group took three weeks.
	trained := []float64{2.1, 0.4, 5.5, 1.2, 3.3, 0.9, 7.8, 2.6, 1.7, 4.1}
	others := []float64{3.8, 9.5, 2.2, 14.0, 6.1, 504.0, 5.0, 11.3, 8.7}
	r, err := mean.MannWhitney(trained, others, 0.95)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("shift %.1f hours (%.1f to %.1f), p = %.4f\n", r.Shift, r.Interval.Low, r.Interval.High, r.P)
	fmt.Printf("a ticket of the first group takes longer in %.0f %% of pairs\n", 100*r.Superiority)
	// Output:
	// shift -5.3 hours (-9.9 to -1.7), p = 0.0041
	// a ticket of the first group takes longer in 12 % of pairs
}

func ExampleSignedRank() {
	before := []float64{52, 61, 48, 70, 55, 66, 59, 43, 74, 62}
	after := []float64{60, 66, 59, 71, 63, 70, 58, 57, 79, 71}
	r, err := mean.SignedRank(before, after, 0.95)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%+.1f points (%.1f to %.1f), p = %.4f\n", r.Shift, r.Interval.Low, r.Interval.High, r.P)
	// Output: +6.5 points (3.0 to 9.5), p = 0.0092
}

func ExampleRatioOfMeans() {
	// Tickets a month, twelve accounts each.
	trained := summary.Moments{N: 12, Mean: 3.1, Var: 4.0}
	others := summary.Moments{N: 12, Mean: 5.2, Var: 9.0}
	few := summary.Moments{N: 4, Mean: 1.1, Var: 2.5}
	for _, base := range []summary.Moments{others, few} {
		r, err := mean.RatioOfMeans(trained, base, 0.95)
		if err != nil {
			fmt.Println(err)
			return
		}
		switch r.Set {
		case mean.Between:
			fmt.Printf("%.2f times (%.2f to %.2f)\n", r.Value, r.Interval.Low, r.Interval.High)
		default:
			fmt.Printf("%.2f times, but the data do not bound it\n", r.Value)
		}
	}
	// Output:
	// 0.60 times (0.34 to 1.02)
	// 2.82 times, but the data do not bound it
}

func ExampleClusterDifference() {
	// Satisfaction scores of people: how many answered in each account, and their sum.
	accounts := []mean.ClusterSums{
		{TreatedN: 12, TreatedSum: 97}, {TreatedN: 3, TreatedSum: 21}, {TreatedN: 7, TreatedSum: 59}, {TreatedN: 5, TreatedSum: 37}, {TreatedN: 9, TreatedSum: 77},
		{ControlN: 10, ControlSum: 68}, {ControlN: 4, ControlSum: 30}, {ControlN: 8, ControlSum: 51}, {ControlN: 6, ControlSum: 45}, {ControlN: 5, ControlSum: 31},
	}
	d, err := mean.ClusterDifference(accounts, 0.95)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%+.2f points (%.2f to %.2f) from %d accounts\n", d.Value, d.Interval.Low, d.Interval.High, d.Clusters)
	// Output: +1.27 points (0.58 to 1.95) from 10 accounts
}
