package money_test

import (
	"fmt"

	"github.com/liftmark/liftmark/stat/money"
)

func ExampleNPV() {
	// 10,000 now; 4,000, 5,000 and 6,000 at the ends of three years; 10 % a year.
	npv, err := money.NPV(0.10, -10000, []float64{4000, 5000, 6000})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.0f\n", npv)
	// Output: 2276
}
