package survival_test

import (
	"fmt"
	"log"

	"github.com/liftmark/liftmark/stat/survival"
)

// Seven customers, months until they left; false is still a customer.
func ExampleKaplanMeier() {
	curve, err := survival.KaplanMeier(survival.Data{
		Stop:  []float64{2, 3, 3, 5, 8, 9, 12},
		Event: []bool{true, true, false, true, false, true, false},
	})
	if err != nil {
		log.Fatal(err)
	}
	after6 := curve.At(6, 0.95, survival.LogLog)
	fmt.Printf("%.3f stay 6 months (%.3f to %.3f), %.0f observed that long\n", after6.Surv, after6.Interval.Low, after6.Interval.High, after6.AtRisk)
	median := curve.Median(0.95, survival.LogLog)
	fmt.Println("median", median.Time, "upper limit reached:", median.High.Reached)
	// Output:
	// 0.536 stay 6 months (0.132 to 0.825), 3 observed that long
	// median 9 upper limit reached: false
}

// How many of 400 customers are still there after a year, and when half are gone.
func ExampleCurve_At() {
	d, _, _ := lifetimes(customers())
	curve, err := survival.KaplanMeier(d)
	if err != nil {
		log.Fatal(err)
	}
	year := curve.At(12, 0.95, survival.LogLog)
	fmt.Printf("after 12 months %.1f %% are there (%.1f to %.1f), %.0f observed that long\n", 100*year.Surv, 100*year.Interval.Low, 100*year.Interval.High, year.AtRisk)
	hazard, _ := curve.HazardAt(12, 0.95)
	fmt.Printf("cumulative hazard %.3f (%.3f to %.3f)\n", hazard.Value, hazard.Interval.Low, hazard.Interval.High)
	median := curve.Median(0.95, survival.LogLog)
	fmt.Printf("half have left after %v months (%v to %v)\n", median.Time, median.Low.Time, median.High.Time)
	// Output:
	// after 12 months 55.8 % are there (50.5 to 60.7), 162 observed that long
	// cumulative hazard 0.569 (0.487 to 0.665)
	// half have left after 16 months (13 to 20)
}

// Do small customers leave at another rate than large ones?
func ExampleLogRank() {
	d, _, small := lifetimes(customers())
	test, err := survival.LogRank(d, small, nil, survival.Even)
	if err != nil {
		log.Fatal(err)
	}
	for g, name := range []string{"large", "small"} {
		fmt.Printf("%s: %d customers, %.0f left, %.1f expected\n", name, test.N[g], test.Observed[g], test.Expected[g])
	}
	fmt.Printf("χ² %.2f on %d degree of freedom, p = %.4f\n", test.ChiSq, test.DF, test.P)
	// Output:
	// large: 210 customers, 89 left, 109.2 expected
	// small: 190 customers, 106 left, 85.8 expected
	// χ² 8.95 on 1 degree of freedom, p = 0.0028
}

// How many months of the first 18 does a small customer stay less?
func ExampleRMSTDifference() {
	d, _, small := lifetimes(customers())
	large, err := survival.KaplanMeier(ofSize(d, small, 0))
	if err != nil {
		log.Fatal(err)
	}
	little, err := survival.KaplanMeier(ofSize(d, small, 1))
	if err != nil {
		log.Fatal(err)
	}
	for _, c := range []*survival.Curve{large, little} {
		mean, err := c.RMST(18, 0.95)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%.2f of 18 months (%.2f to %.2f)\n", mean.Value, mean.Interval.Low, mean.Interval.High)
	}
	diff, p, err := survival.RMSTDifference(little, large, 18, 0.95)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("difference %.2f months (%.2f to %.2f), p = %.4f\n", diff.Value, diff.Interval.Low, diff.Interval.High, p)
	// Output:
	// 13.01 of 18 months (12.15 to 13.86)
	// 11.31 of 18 months (10.34 to 12.27)
	// difference -1.70 months (-2.99 to -0.41), p = 0.0098
}

// Customers that leave for a competitor could no longer close down: the shares
// add up to those that left.
func ExampleAalenJohansen() {
	d, reason, _ := lifetimes(customers())
	c, err := survival.AalenJohansen(d, reason, nil)
	if err != nil {
		log.Fatal(err)
	}
	for _, why := range []struct {
		label int
		words string
	}{{competitor, "gone to a competitor"}, {closedDown, "closed down"}} {
		risk := c.At(why.label, 18, 0.95, survival.LogLog)
		fmt.Printf("%s within 18 months: %.1f %% (%.1f to %.1f)\n", why.words, 100*risk.Value, 100*risk.Interval.Low, 100*risk.Interval.High)
	}
	only := survival.Data{Stop: d.Stop, Event: make([]bool, len(d.Stop))}
	for i, why := range reason {
		only.Event[i] = d.Event[i] && why == competitor
	}
	naive, err := survival.KaplanMeier(only)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("one minus Kaplan–Meier would say %.1f %%\n", 100*(1-naive.At(18, 0.95, survival.LogLog).Surv))
	// Output:
	// gone to a competitor within 18 months: 37.3 % (32.1 to 42.4)
	// closed down within 18 months: 14.8 % (11.0 to 19.1)
	// one minus Kaplan–Meier would say 39.9 %
}

// Do small customers end up closing down more often?
func ExampleGray() {
	d, reason, small := lifetimes(customers())
	for _, why := range []int{competitor, closedDown} {
		test, err := survival.Gray(d, reason, small, nil, why)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("χ² %.2f, p = %.4f\n", test.ChiSq, test.P)
	}
	// Output:
	// χ² 0.08, p = 0.7759
	// χ² 15.84, p = 0.0001
}

// What is known when a customer signs: how busy it is and its size.
func ExampleCox() {
	all := baseline(customers())
	d := survival.CoxData{Data: all.Data, Names: []string{"usage", "small"}}
	for i := 0; i < len(all.X); i += 3 {
		d.X = append(d.X, all.X[i+1], all.X[i+2])
	}
	fit, err := survival.Cox(d, survival.CoxOptions{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%d customers, %d left\n", fit.N, fit.Events)
	for _, term := range fit.Terms {
		fmt.Printf("%s: hazard ratio %.2f (%.2f to %.2f), p = %.4f\n", term.Name, term.HazardRatio, term.Interval.Low, term.Interval.High, term.P)
	}
	curve, err := fit.Predict([]float64{1, 0}, 0)
	if err != nil {
		log.Fatal(err)
	}
	year, _ := curve.At(12, 0.95, survival.LogLog)
	fmt.Printf("a busy large customer is there after 12 months with probability %.2f (%.2f to %.2f)\n", year.Value, year.Interval.Low, year.Interval.High)
	// Output:
	// 400 customers, 195 left
	// usage: hazard ratio 0.76 (0.67 to 0.87), p = 0.0001
	// small: hazard ratio 1.47 (1.11 to 1.95), p = 0.0076
	// a busy large customer is there after 12 months with probability 0.69 (0.62 to 0.75)
}

// Training switches on during a customer's life: one spell before, one after.
// Whoever left early never trained, so "ever trained" looks far too good.
func ExampleCox_timeVarying() {
	for _, d := range []survival.CoxData{spells(customers()), baseline(customers())} {
		fit, err := survival.Cox(d, survival.CoxOptions{})
		if err != nil {
			log.Fatal(err)
		}
		term := fit.Terms[0]
		fmt.Printf("%d rows, %s: hazard ratio %.2f (%.2f to %.2f)\n", fit.N, term.Name, term.HazardRatio, term.Interval.Low, term.Interval.High)
	}
	// Output:
	// 560 rows, trained: hazard ratio 0.61 (0.41 to 0.90)
	// 400 rows, ever trained: hazard ratio 0.24 (0.17 to 0.35)
}

// A model that cannot be estimated says why: every customer that left before
// month 10 was untrained.
func ExampleCox_separation() {
	_, err := survival.Cox(survival.CoxData{
		Data: survival.Data{
			Start: []float64{0, 4, 0, 0, 3, 0, 0, 6, 0},
			Stop:  []float64{4, 10, 5, 3, 9, 7, 6, 11, 8},
			Event: []bool{false, true, true, false, false, true, false, true, true},
		},
		Names:   []string{"trained"},
		X:       []float64{0, 1, 0, 0, 1, 0, 0, 1, 0},
		Cluster: []int{1, 1, 2, 3, 3, 4, 5, 5, 6},
	}, survival.CoxOptions{})
	fmt.Println(err)
	// Output:
	// cox model: column trained orders the events perfectly, alone or with others: separation: the outcome is perfectly predicted
}

// The effect of a kick-off workshop wears off; the test sees that one ratio is
// an average.
func ExampleCoxFit_ProportionalHazards() {
	fit, err := survival.Cox(onboarding(), survival.CoxOptions{})
	if err != nil {
		log.Fatal(err)
	}
	term := fit.Terms[0]
	fmt.Printf("%s: hazard ratio %.2f (%.2f to %.2f) on average\n", term.Name, term.HazardRatio, term.Interval.Low, term.Interval.High)
	tests, err := fit.ProportionalHazards(survival.KMClock)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("the ratio drifts with time: χ² %.1f, p = %.0e\n", tests[0].ChiSq, tests[0].P)
	// Output:
	// workshop: hazard ratio 0.63 (0.54 to 0.74) on average
	// the ratio drifts with time: χ² 29.9, p = 5e-08
}

// How well does what is known at the start order who leaves first?
func ExampleCoxFit_Concordance() {
	fit, err := survival.Cox(spells(customers()), survival.CoxOptions{})
	if err != nil {
		log.Fatal(err)
	}
	c, err := fit.Concordance(spells(customers()).Cluster)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("in %.1f %% of comparable pairs the one that left first had the higher predicted risk (standard error %.1f)\n", 100*c.Value, 100*c.SE)
	// Output:
	// in 60.6 % of comparable pairs the one that left first had the higher predicted risk (standard error 2.2)
}

// Customers seen with unequal probability stand for others: weights that are
// not counts need robust errors.
func ExampleRobustKaplanMeier() {
	all := customers()
	d, _, _ := lifetimes(all)
	for _, c := range all { // small customers were sampled at a third of the rate
		weight := 1.0
		if c.small {
			weight = 3
		}
		d.Weight = append(d.Weight, weight)
	}
	c, err := survival.RobustKaplanMeier(d, nil)
	if err != nil {
		log.Fatal(err)
	}
	robust, counts := c.At(12, 0.95, survival.LogLog), c.Curve.At(12, 0.95, survival.LogLog)
	fmt.Printf("%.3f after 12 months, standard error %.4f; weights taken for counts: %.4f\n", robust.Surv, robust.SE, counts.SE)
	// Output:
	// 0.530 after 12 months, standard error 0.0293; weights taken for counts: 0.0187
}
