package did_test

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/liftmark/liftmark/stat/did"
)

// Support tickets per month of six accounts. The first three finished a course in
// month 3, the others never did. (By hand, at the start: changes −2, −3, −1 against
// 0, 0, 1, so −2 − 1/3, with variance 2/9 + (2/3)/9.)
func ExampleEstimate() {
	tickets := [][]float64{
		{9, 8, 6, 5},
		{7, 7, 4, 4},
		{8, 7, 6, 3},
		{6, 6, 6, 5},
		{9, 8, 8, 8},
		{5, 5, 6, 5},
	}
	p := did.Panel{Start: []int{3, 3, 3, did.Never, did.Never, did.Never}}
	for account, months := range tickets {
		for i, n := range months {
			p.Unit, p.Period, p.Outcome = append(p.Unit, account), append(p.Period, i+1), append(p.Outcome, n)
		}
	}
	effects, err := did.Estimate(context.Background(), p, did.Options{
		Base: did.Universal, Draws: 1000, Source: rand.NewPCG(1, 2),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	study, err := effects.Dynamic(did.Window{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, e := range study.Effects {
		if e.Reference {
			fmt.Printf("month %+d: reference\n", e.At)
			continue
		}
		fmt.Printf("month %+d: %+.2f, from %.2f to %.2f, %d accounts against %d\n",
			e.At, e.ATT, e.Interval.Low, e.Interval.High, e.Treated, e.Controls)
	}
	fmt.Printf("on average %.2f (standard error %.2f)\n", study.Overall.ATT, study.Overall.SE)
	// Output:
	// month -2: +0.33, from -0.42 to 1.09, 3 accounts against 3
	// month -1: reference
	// month +0: -2.33, from -3.40 to -1.27, 3 accounts against 3
	// month +1: -3.00, from -3.75 to -2.25, 3 accounts against 3
	// on average -2.67 (standard error 0.27)
}
