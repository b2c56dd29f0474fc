package summary_test

import (
	"fmt"

	"github.com/liftmark/liftmark/stat/summary"
)

func ExampleOf() {
	minutesToAnswer := []float64{12, 7, 31, 9, 16}
	m, err := summary.Of(minutesToAnswer)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%d answers, mean %.1f min, sd %.2f min\n", m.N, m.Mean, m.SD())
	// Output: 5 answers, mean 15.0 min, sd 9.57 min
}

func ExampleQuantiles() {
	hours := []float64{0.4, 0.9, 1.2, 1.7, 2.1, 2.6, 3.3, 4.1, 5.5, 96}
	m, err := summary.Of(hours)
	if err != nil {
		fmt.Println(err)
		return
	}
	q, err := summary.Quantiles(hours, 0.5, 0.9)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("mean %.1f h, median %.2f h, nine in ten within %.1f h\n", m.Mean, q[0], q[1])
	// Output: mean 11.8 h, median 2.35 h, nine in ten within 14.5 h
}

func ExampleOfWeighted() {
	score, weight := []float64{8, 9, 4}, []float64{1, 1, 4} // the third stands for four customers like it
	m, err := summary.OfWeighted(score, weight)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("mean %.2f, worth %.1f equally weighted answers\n", m.Mean, m.ESS)
	// Output: mean 5.50, worth 2.0 equally weighted answers
}
