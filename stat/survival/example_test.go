package survival_test

import (
	"fmt"

	"github.com/liftmark/liftmark/stat/survival"
)

// Seven customers, months until they left; false is still a customer.
func ExampleKaplanMeier() {
	curve, err := survival.KaplanMeier(survival.Data{
		Stop:  []float64{2, 3, 3, 5, 8, 9, 12},
		Event: []bool{true, true, false, true, false, true, false},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	after6 := curve.At(6, 0.95, survival.LogLog)
	fmt.Printf("%.3f stay 6 months (%.3f to %.3f), %.0f observed that long\n", after6.Surv, after6.Interval.Low, after6.Interval.High, after6.AtRisk)
	median := curve.Median(0.95, survival.LogLog)
	fmt.Println("median", median.Time, "upper limit reached:", median.High.Reached)
	// Output:
	// 0.536 stay 6 months (0.132 to 0.825), 3 observed that long
	// median 9 upper limit reached: false
}

// Training switches on during a customer's life: one spell before, one after.
func ExampleCox() {
	fit, err := survival.Cox(survival.CoxData{
		Data: survival.Data{
			Start: []float64{0, 4, 0, 0, 3, 0, 0, 6, 0},
			Stop:  []float64{4, 10, 5, 3, 9, 7, 6, 11, 8},
			Event: []bool{false, true, true, false, false, true, false, true, true},
		},
		Names:   []string{"trained"},
		X:       []float64{0, 1, 0, 0, 1, 0, 0, 1, 0},
		Cluster: []int{1, 1, 2, 3, 3, 4, 5, 5, 6},
	}, survival.CoxOptions{})
	fmt.Println(fit == nil, err)
	// Every customer that left before month 10 was untrained: no finite answer.
	// Output:
	// true cox model: column trained orders the events perfectly, alone or with others: separation: the outcome is perfectly predicted
}
