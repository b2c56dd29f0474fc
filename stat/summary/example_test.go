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
