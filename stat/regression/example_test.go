package regression_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/liftmark/liftmark/stat/regression"
)

// accounts are 80 simulated customers: hours of training a seat, seats (in
// hundreds), and tickets a seat in the year after. An hour saves 0.15 tickets;
// accounts with many hours differ more from each other.
func accounts() (tickets, hours, seats []float64) {
	rng := rand.New(rand.NewPCG(20, 25))
	for range 80 {
		h, s := min(12, 2.5*rng.ExpFloat64()), 0.2+4*rng.Float64()
		hours, seats = append(hours, h), append(seats, s)
		tickets = append(tickets, 4-0.15*h+0.2*s+rng.NormFloat64()*(0.2+0.15*h))
	}
	return tickets, hours, seats
}

func ExampleOLS() {
	tickets, hours, seats := accounts()
	fit, err := regression.OLS(tickets, regression.WithIntercept(len(tickets), hours, seats))
	if err != nil {
		panic(err)
	}
	cov, err := fit.Classical()
	if err != nil {
		panic(err)
	}
	table, err := regression.Coefficients([]string{"intercept", "hours of training", "hundred seats"},
		fit.Coef, cov, []float64{float64(fit.DF)}, 0.95)
	if err != nil {
		panic(err)
	}
	for _, c := range table {
		fmt.Printf("%-18s %6.3f  (%6.3f to %6.3f)  p = %.3f\n", c.Name, c.Value, c.Interval.Low, c.Interval.High, c.P)
	}
	fmt.Printf("R² %.2f of %d accounts\n", fit.R2, fit.N)
	// Output:
	// intercept           4.115  ( 3.746 to  4.483)  p = 0.000
	// hours of training  -0.211  (-0.290 to -0.133)  p = 0.000
	// hundred seats       0.166  ( 0.018 to  0.314)  p = 0.028
	// R² 0.28 of 80 accounts
}

func ExampleLinear_HC() {
	tickets, hours, seats := accounts()
	fit, err := regression.OLS(tickets, regression.WithIntercept(len(tickets), hours, seats))
	if err != nil {
		panic(err)
	}
	classical, err := fit.Classical()
	if err != nil {
		panic(err)
	}
	robust, err := fit.HC(regression.HC3)
	if err != nil {
		panic(err)
	}
	fmt.Printf("standard error of an hour: %.4f if accounts vary alike, %.4f if not (HC3)\n",
		regression.StandardErrors(classical)[1], regression.StandardErrors(robust)[1])
	// Output:
	// standard error of an hour: 0.0395 if accounts vary alike, 0.0700 if not (HC3)
}

// regions are the learners of 12 simulated regions, half of which got a new
// course: a score, whether trained, and the region. A region's learners share a
// trainer, and a shock.
func regions(count int) (score, course []float64, region []int) {
	rng := rand.New(rand.NewPCG(7, 17))
	for g := range count {
		shock := 4 * rng.NormFloat64()
		for range 10 + rng.IntN(30) {
			taken := float64(g % 2)
			score = append(score, 60+5*taken+shock+8*rng.NormFloat64())
			course, region = append(course, taken), append(region, g+1)
		}
	}
	return score, course, region
}

func ExampleLinear_ClusterTest() {
	score, course, region := regions(12)
	fit, err := regression.OLS(score, regression.WithIntercept(len(score), course))
	if err != nil {
		panic(err)
	}
	test, err := fit.ClusterTest(1, region, 0.95)
	if err != nil {
		panic(err)
	}
	fmt.Printf("%.1f points (%.1f to %.1f), p = %.3f on %.1f degrees of freedom\n",
		test.Value, test.Interval.Low, test.Interval.High, test.P, test.DF)
	plain, err := fit.Classical()
	if err != nil {
		panic(err)
	}
	fmt.Printf("standard error %.2f; as if learners were independent %.2f\n", test.SE, regression.StandardErrors(plain)[1])
	// Output:
	// 5.3 points (-0.8 to 11.3), p = 0.081 on 8.7 degrees of freedom
	// standard error 2.66; as if learners were independent 1.10
}

func ExampleLinear_WildCluster() {
	score, course, region := regions(12)
	fit, err := regression.OLS(score, regression.WithIntercept(len(score), course))
	if err != nil {
		panic(err)
	}
	test, err := fit.WildCluster(context.Background(), region, regression.WildPlan{Column: 1, Draws: 9999, Seed: 1, Level: 0.95})
	if err != nil {
		panic(err)
	}
	fmt.Printf("%.1f points (%.1f to %.1f), p = %.3f of %d samples\n",
		test.Value, test.Interval.Low, test.Interval.High, test.P, test.Samples)
	// Output:
	// 5.3 points (-0.5 to 11.3), p = 0.068 of 4096 samples
}

// A single treated cluster has no clustered p-value.
func ExampleFewClusters() {
	score, _, region := regions(12)
	pilot := make([]float64, len(score))
	for i, r := range region {
		if r == 4 {
			pilot[i] = 1
		}
	}
	fit, err := regression.OLS(score, regression.WithIntercept(len(score), pilot))
	if err != nil {
		panic(err)
	}
	_, err = fit.ClusterTest(1, region, 0.95)
	var few *regression.FewClusters
	if errors.As(err, &few) {
		fmt.Printf("refused: %.1f of %d regions carry the effect; region %d alone %.0f %%\n",
			few.Effective, few.Clusters, few.Leading, 100*few.Share)
	}
	// Output:
	// refused: 1.1 of 12 regions carry the effect; region 4 alone 94 %
}

// weeks are 156 weeks of tickets with a shock that lasts; a course starts in
// week 105 and saves 12 a week.
func weeks() (tickets, after []float64) {
	rng := rand.New(rand.NewPCG(3, 9))
	shock := 0.0
	for week := range 156 {
		shock = 0.6*shock + 8*rng.NormFloat64()
		start := 0.0
		if week >= 104 {
			start = 1
		}
		tickets, after = append(tickets, 120-12*start+shock), append(after, start)
	}
	return tickets, after
}

func ExampleLinear_NeweyWest() {
	tickets, after := weeks()
	fit, err := regression.OLS(tickets, regression.WithIntercept(len(tickets), after))
	if err != nil {
		panic(err)
	}
	classical, err := fit.Classical()
	if err != nil {
		panic(err)
	}
	robust, err := fit.NeweyWest(8, true)
	if err != nil {
		panic(err)
	}
	fmt.Printf("change %.1f tickets a week; standard error %.2f, and %.2f as if weeks were independent\n",
		fit.Coef[1], regression.StandardErrors(robust)[1], regression.StandardErrors(classical)[1])
	// Output:
	// change -9.9 tickets a week; standard error 3.51, and 1.64 as if weeks were independent
}

// renewals are 600 simulated accounts: renewed or not, trained or not, and use of
// the product (0–10), which moves both.
func renewals() (renewed, trained, use []float64) {
	rng := rand.New(rand.NewPCG(11, 4))
	for range 600 {
		u := 10 * rng.Float64()
		t, r := 0.0, 0.0
		if rng.Float64() < 0.1+0.07*u {
			t = 1
		}
		if rng.Float64() < 1/(1+math.Exp(1.2-0.6*t-0.3*u)) {
			r = 1
		}
		renewed, trained, use = append(renewed, r), append(trained, t), append(use, u)
	}
	return renewed, trained, use
}

func ExampleLogistic() {
	renewed, trained, use := renewals()
	x := regression.WithIntercept(len(renewed), trained, use)
	fit, err := regression.Logistic(renewed, x, nil)
	if err != nil {
		panic(err)
	}
	table, err := regression.Coefficients(nil, fit.Coef, fit.Classical(), []float64{math.Inf(1)}, 0.95)
	if err != nil {
		panic(err)
	}
	odds := regression.Ratio(table[1].Test)
	fmt.Printf("odds ratio %.2f (%.2f to %.2f)\n", odds.Value, odds.Interval.Low, odds.Interval.High)
	risk, err := fit.Standardise(x, 1, nil, fit.Classical(), 0.95)
	if err != nil {
		panic(err)
	}
	fmt.Printf("renewal %.1f %% with training, %.1f %% without: %.1f points (%.1f to %.1f)\n", 100*risk.With.Value, 100*risk.Without.Value,
		100*risk.Difference.Value, 100*risk.Difference.Interval.Low, 100*risk.Difference.Interval.High)
	// Output:
	// odds ratio 2.15 (1.43 to 3.24)
	// renewal 70.9 % with training, 56.9 % without: 14.0 points (6.4 to 21.5)
}

// calls are the support calls of 200 simulated accounts over the months that they
// were customers. Training takes a fifth off the rate; accounts differ more than
// chance allows.
func calls() (count, trained, months []float64) {
	rng := rand.New(rand.NewPCG(5, 8))
	for range 200 {
		m, t := float64(3+rng.IntN(22)), float64(rng.IntN(2))
		rate := 0.5 * math.Exp(math.Log(0.8)*t) * rng.ExpFloat64()
		count, trained, months = append(count, poissonDraw(rng, rate*m)), append(trained, t), append(months, m)
	}
	return count, trained, months
}

func ExamplePoisson() {
	count, trained, months := calls()
	fit, err := regression.Poisson(count, regression.WithIntercept(len(count), trained), months, nil)
	if err != nil {
		panic(err)
	}
	robust, err := fit.HC(regression.HC1)
	if err != nil {
		panic(err)
	}
	table, err := regression.Coefficients(nil, fit.Coef, robust, []float64{math.Inf(1)}, 0.95)
	if err != nil {
		panic(err)
	}
	ratio := regression.Ratio(table[1].Test)
	fmt.Printf("dispersion %.1f\n", fit.Dispersion)
	fmt.Printf("rate ratio %.2f (%.2f to %.2f)\n", ratio.Value, ratio.Interval.Low, ratio.Interval.High)
	// Output:
	// dispersion 6.8
	// rate ratio 0.62 (0.45 to 0.85)
}

// panel is 40 simulated accounts over 12 months. Accounts with much use train
// early and have many tickets all along; training saves 1 ticket a month.
func panel() (tickets, trained []float64, account, month []int) {
	rng := rand.New(rand.NewPCG(2, 40))
	for a := range 40 {
		use := rng.NormFloat64()
		start := 7 - int(3*use) + rng.IntN(3)
		for m := range 12 {
			on := 0.0
			if m >= start {
				on = 1
			}
			account, month, trained = append(account, a), append(month, m), append(trained, on)
			tickets = append(tickets, 8+2*use+0.1*float64(m)-on+0.8*rng.NormFloat64())
		}
	}
	return tickets, trained, account, month
}

func ExampleFixedEffects() {
	tickets, trained, account, month := panel()
	design := regression.Design{Rows: len(trained), Cols: 1, Values: trained}
	fit, err := regression.FixedEffects(tickets, design, [][]int{account, month}, nil)
	if err != nil {
		panic(err)
	}
	cov, err := fit.Clustered(regression.CR1, account)
	if err != nil {
		panic(err)
	}
	pooled, err := regression.OLS(tickets, regression.WithIntercept(len(trained), trained))
	if err != nil {
		panic(err)
	}
	fmt.Printf("without effects %+.2f tickets a month; with effects of account and month %+.2f (SE %.2f)\n",
		pooled.Coef[1], fit.Coef[0], regression.StandardErrors(cov)[0])
	fmt.Printf("%d rows, %d effects absorbed, %d rows left out\n", fit.N, fit.Absorbed, len(fit.Singletons))
	// Output:
	// without effects +1.24 tickets a month; with effects of account and month -0.97 (SE 0.15)
	// 480 rows, 51 effects absorbed, 0 rows left out
}

// invitations are 300 simulated accounts, half of which were invited to train by
// lot. Eager accounts train more and have fewer tickets anyway; an hour saves
// 0.3. lift is how many hours an invitation adds.
func invitations(lift float64) (tickets, hours, invited []float64) {
	rng := rand.New(rand.NewPCG(6, 30))
	for i := range 300 {
		z, eager := float64(i%2), rng.NormFloat64()
		h := math.Max(0, 3+lift*z+1.5*eager+rng.NormFloat64())
		invited, hours = append(invited, z), append(hours, h)
		tickets = append(tickets, 8-0.3*h-0.8*eager+rng.NormFloat64())
	}
	return tickets, hours, invited
}

func ExampleInstrumented() {
	tickets, hours, invited := invitations(1.5)
	x := regression.WithIntercept(len(hours), hours)
	fit, err := regression.Instrumented(tickets, x, []int{1}, regression.Design{Rows: len(invited), Cols: 1, Values: invited}, nil)
	if err != nil {
		panic(err)
	}
	cov, err := fit.First[0].HC(regression.HC1)
	if err != nil {
		panic(err)
	}
	first, err := fit.FirstStage(0, cov, float64(fit.First[0].DF))
	if err != nil {
		panic(err)
	}
	set, err := fit.AndersonRubinRobust(nil, 0.95)
	if err != nil {
		panic(err)
	}
	naive, err := regression.OLS(tickets, x)
	if err != nil {
		panic(err)
	}
	fmt.Printf("least squares %.2f tickets an hour\n", naive.Coef[1])
	fmt.Printf("instrumented %.2f (%.2f to %.2f), first-stage F %.0f\n", fit.Coef[1], set.Parts[0].Low, set.Parts[0].High, first.Effective)
	// Output:
	// least squares -0.61 tickets an hour
	// instrumented -0.33 (-0.47 to -0.14), first-stage F 69
}
