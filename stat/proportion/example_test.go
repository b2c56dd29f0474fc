package proportion_test

import (
	"fmt"

	"github.com/liftmark/liftmark/stat/proportion"
)

func ExampleNewcombe() {
	// 56 of 70 trained accounts renewed, 48 of 80 others.
	d, err := proportion.Newcombe(56, 70, 48, 80, 0.95)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.0f points, 95 %% interval %.0f to %.0f\n", 100*d.Value, 100*d.Interval.Low, 100*d.Interval.High)
	// Output: 20 points, 95 % interval 5 to 33
}

func ExampleNPS() {
	counts, err := proportion.CountNPS([]float64{10, 9, 9, 8, 7, 6, 10, 3, 9, 9})
	if err != nil {
		fmt.Println(err)
		return
	}
	nps, err := proportion.NPS(counts, 0.95)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("NPS %+.0f from 10 answers\n", nps.Value)
	// Output: NPS +40 from 10 answers
}
