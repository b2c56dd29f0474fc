package multiple_test

import (
	"fmt"

	"github.com/liftmark/liftmark/stat/multiple"
)

// Five KPIs were compared after a course. Uncorrected, three look moved.
func ExampleHolm() {
	kpis := []string{"churn", "tickets", "seats", "satisfaction", "upgrades"}
	p := []float64{0.004, 0.03, 0.045, 0.30, 0.75}
	adjusted, err := multiple.Holm(p)
	if err != nil {
		fmt.Println(err)
		return
	}
	for i, name := range kpis {
		fmt.Printf("%-12s p = %.3f, corrected %.3f\n", name, p[i], adjusted[i])
	}
	// Output:
	// churn        p = 0.004, corrected 0.020
	// tickets      p = 0.030, corrected 0.120
	// seats        p = 0.045, corrected 0.135
	// satisfaction p = 0.300, corrected 0.600
	// upgrades     p = 0.750, corrected 0.750
}

// A screen of segments, where some false alarms are affordable.
func ExampleBenjaminiHochberg() {
	p := []float64{0.001, 0.012, 0.021, 0.04, 0.2, 0.6}
	adjusted, err := multiple.BenjaminiHochberg(p)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, v := range adjusted {
		fmt.Printf("%.3f ", v)
	}
	fmt.Println()
	// Output: 0.006 0.036 0.042 0.060 0.240 0.600
}
