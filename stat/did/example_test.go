package did_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/liftmark/liftmark/stat/did"
)

// company is 240 simulated accounts over 18 months: support tickets a month per 100
// seats. Waves of 50 accounts are trained from month 7, 10 and 13 on; 90 never are.
// Training takes 1 ticket off in its first month and half a ticket more each month
// after, 4 at most. drift is a trend of the trained that training does not cause.
// The second value is the average effect over trained account-months.
func company(drift float64) (did.Panel, float64) {
	rng := rand.New(rand.NewPCG(2026, 7))
	var p did.Panel
	var truth, months float64
	for account := range 240 {
		start := did.Never
		if account < 150 {
			start = 7 + 3*(account/50)
		}
		p.Start = append(p.Start, start)
		level := 30 + 4*rng.NormFloat64()
		for month := 1; month <= 18; month++ {
			tickets := level + 2*math.Sin(float64(month)/2) + 1.5*rng.NormFloat64()
			if start != did.Never {
				tickets += drift * float64(month)
			}
			if month >= start {
				effect := effectAfter(month - start)
				tickets += effect
				truth, months = truth+effect, months+1
			}
			p.Unit, p.Period, p.Outcome = append(p.Unit, account), append(p.Period, month), append(p.Outcome, tickets)
		}
	}
	return p, truth / months
}

// effectAfter is the true effect so many months after the start.
func effectAfter(months int) float64 { return math.Max(-1-0.5*float64(months), -4) }

// must ends an example that goes wrong, which its output then shows.
func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

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

// Three waves of training, compared with accounts that were not trained yet.
func ExampleGroupTime_Simple() {
	panel, truth := company(0)
	effects := must(did.Estimate(context.Background(), panel, did.Options{Control: did.NotYetTreated}))
	average := must(effects.Simple()).Overall
	fmt.Printf("%.2f tickets a month (%.2f to %.2f), truth %.2f\n", average.ATT, average.Interval.Low, average.Interval.High, truth)
	for _, wave := range must(effects.ByCohort()).Effects {
		fmt.Printf("trained in month %2d: %.2f (%.2f to %.2f)\n", wave.At, wave.ATT, wave.Interval.Low, wave.Interval.High)
	}
	// Output:
	// -3.01 tickets a month (-3.35 to -2.68), truth -2.83
	// trained in month  7: -3.46 (-3.96 to -2.95)
	// trained in month 10: -2.97 (-3.53 to -2.41)
	// trained in month 13: -2.21 (-2.74 to -1.67)
}

// Were trends parallel before? Twice the same company; in the second the trained drift
// away by 0.3 tickets a month, training or not.
func ExampleGroupTime_PreTrend() {
	for _, drift := range []float64{0, -0.3} {
		panel, _ := company(drift)
		effects := must(did.Estimate(context.Background(), panel, did.Options{Control: did.NotYetTreated, Base: did.Universal}))
		test := must(must(effects.Dynamic(did.Window{})).Joint(func(e did.Effect) bool { return e.At < 0 }))
		average := must(effects.Simple()).Overall
		fmt.Printf("drift %.2f: chi-squared %.1f on %d, p = %.3f; effect %.2f\n", drift, test.Statistic, test.DF, test.P, average.ATT)
	}
	// Output:
	// drift 0.00: chi-squared 14.3 on 11, p = 0.219; effect -3.01
	// drift -0.30: chi-squared 144.6 on 11, p = 0.000; effect -4.50
}

// The regression that many reports show, and why it goes wrong.
func ExampleTwoWayFixedEffects() {
	panel, truth := company(0)
	two := must(did.TwoWayFixedEffects(panel, 0.95))
	fmt.Printf("two-way: %.2f (%.2f to %.2f), truth %.2f\n", two.Value, two.Test.Interval.Low, two.Test.Interval.High, truth)
	fmt.Println(two.Warning)
	parts := must(did.Bacon(panel))
	for _, kind := range []did.Comparison{did.TreatedNever, did.EarlierLater, did.LaterEarlier} {
		weight, estimate := parts.Of(kind)
		fmt.Printf("%s: weight %.3f, estimate %.2f\n", kind, weight, estimate)
	}
	// Output:
	// two-way: -2.38 (-2.57 to -2.19), truth -2.83
	// units already treated serve as controls; 0 of 27 effects enter with a negative weight (sum 0.000)
	// treated vs never treated: weight 0.714, estimate -2.79
	// earlier vs later treated: weight 0.143, estimate -2.08
	// later vs earlier treated: weight 0.143, estimate -0.63
}

// An event study by the interaction-weighted regression.
func ExampleSunAbraham() {
	panel, _ := company(0)
	study := must(did.SunAbraham(panel, 0.95))
	for _, e := range study.Effects {
		if e.At >= -3 && e.At <= 3 && !e.Reference {
			fmt.Printf("month %+d: %.2f (%.2f to %.2f)\n", e.At, e.ATT, e.Interval.Low, e.Interval.High)
		}
	}
	fmt.Printf("overall: %.2f\n", study.Overall.ATT)
	// Output:
	// month -3: -0.23 (-0.64 to 0.18)
	// month -2: 0.07 (-0.36 to 0.49)
	// month +0: -1.19 (-1.62 to -0.77)
	// month +1: -1.68 (-2.16 to -1.21)
	// month +2: -2.43 (-2.81 to -2.05)
	// month +3: -2.46 (-2.91 to -2.01)
	// overall: -3.01
}

// The same company, seen through a survey that asks other accounts each month: the
// effect is there, the precision is not.
func ExampleEstimateCrossSections() {
	panel, truth := company(0)
	survey := did.CrossSections{Period: panel.Period, Outcome: panel.Outcome}
	for row, account := range panel.Unit {
		survey.Unit = append(survey.Unit, row) // nobody is known to be asked twice
		survey.Start = append(survey.Start, panel.Start[account])
	}
	as := must(must(did.EstimateCrossSections(context.Background(), survey, did.Options{})).Simple()).Overall
	known := must(must(did.Estimate(context.Background(), panel, did.Options{})).Simple()).Overall
	fmt.Printf("survey %.2f (standard error %.2f), panel %.2f (%.2f), truth %.2f\n", as.ATT, as.SE, known.ATT, known.SE, truth)

	survey.Unit = panel.Unit
	_, err := did.EstimateCrossSections(context.Background(), survey, did.Options{})
	fmt.Println(err)
	// Output:
	// survey -3.01 (standard error 0.44), panel -3.01 (0.17), truth -2.83
	// group-time effects of cross-sections: row 1: unit 0 is also in row 0: a panel, or rows that belong in one cluster: value outside its domain
}

// How wrong may parallel trends be before the conclusion falls?
func ExampleRelativeMagnitudes() {
	panel, _ := company(0)
	effects := must(did.Estimate(context.Background(), panel, did.Options{Control: did.NotYetTreated, Base: did.Universal}))
	from, to := -5, 3
	study := must(must(effects.Dynamic(did.Window{From: &from, To: &to})).EventStudy())
	points := study.Points()
	target, o := points.Average(), did.RelativeOptions{Seed: 1}
	for _, m := range []float64{0, 0.5, 1} {
		b := must(did.RelativeMagnitudes(context.Background(), points, target, m, o))
		fmt.Printf("later moves up to %.1f times the largest before: %.1f to %.1f\n", m, b.Interval.Low, b.Interval.High)
	}
	b := must(did.RelativeBreakdown(context.Background(), points, target, o))
	fmt.Printf("0 is excluded up to %.2f times\n", b.Limit)
	// Output:
	// later moves up to 0.0 times the largest before: -2.3 to -1.6
	// later moves up to 0.5 times the largest before: -2.6 to -1.2
	// later moves up to 1.0 times the largest before: -3.2 to -0.6
	// 0 is excluded up to 1.53 times
}

// A bound for a trend that goes on in a straight line, or nearly so.
func ExampleSmoothness() {
	panel, _ := company(-0.3)
	effects := must(did.Estimate(context.Background(), panel, did.Options{Control: did.NotYetTreated, Base: did.Universal}))
	from, to := -5, 3
	points := must(must(effects.Dynamic(did.Window{From: &from, To: &to})).EventStudy()).Points()
	var truth float64
	for month := range 4 {
		truth += effectAfter(month) / 4
	}
	b := must(did.Smoothness(points, points.Average(), 0, 0.95))
	fmt.Printf("plain: %.2f (%.2f to %.2f), truth %.2f\n", b.Plain.Value, b.Plain.Interval.Low, b.Plain.Interval.High, truth)
	fmt.Printf("less a straight line: %.2f (%.2f to %.2f)\n", b.Value, b.Interval.Low, b.Interval.High)
	// Output:
	// plain: -2.53 (-2.86 to -2.19), truth -1.75
	// less a straight line: -2.02 (-2.47 to -1.58)
}

// Pretend that training began three months earlier, and look at those months alone.
func ExamplePlaceboDate() {
	for _, drift := range []float64{0, -0.3} {
		panel, _ := company(drift)
		early := must(did.PlaceboDate(context.Background(), panel, 3, did.Options{}))
		e := must(early.Simple()).Overall
		fmt.Printf("drift %.2f: effect of nothing %.2f (%.2f to %.2f)\n", drift, e.ATT, e.Interval.Low, e.Interval.High)
	}
	// Output:
	// drift 0.00: effect of nothing 0.08 (-0.25 to 0.40)
	// drift -0.30: effect of nothing -0.52 (-0.85 to -0.20)
}

// Does one wave make the result?
func ExampleLeaveCohortsOut() {
	panel, _ := company(0)
	r := must(did.LeaveCohortsOut(context.Background(), panel, did.Options{}, (*did.GroupTime).Simple))
	fmt.Printf("all waves: %.2f\n", r.All.ATT)
	for _, w := range r.Without {
		fmt.Printf("without month %d: %.2f (%.2f to %.2f)\n", w.Cohort, w.Effect.ATT, w.Effect.Interval.Low, w.Effect.Interval.High)
	}
	fmt.Println("one sign:", r.SameSign)
	// Output:
	// all waves: -3.01
	// without month 7: -2.65 (-3.07 to -2.22)
	// without month 10: -3.05 (-3.46 to -2.63)
	// without month 13: -3.24 (-3.64 to -2.84)
	// one sign: true
}

// Two groups, two periods: before and after one launch, six accounts.
func ExampleTwoByTwo() {
	var o did.Observations
	for i, row := range [][2]float64{{9, 6}, {8, 4}, {7, 6}, {6, 6}, {9, 9}, {5, 6}} {
		for period, tickets := range row {
			o.Treated, o.After = append(o.Treated, i < 3), append(o.After, period == 1)
			o.Outcome, o.Cluster = append(o.Outcome, tickets), append(o.Cluster, i)
		}
	}
	r := must(did.TwoByTwo(o, 0.95))
	fmt.Printf("trained %.2f to %.2f, others %.2f to %.2f\n", r.TreatedBefore.Value, r.TreatedAfter.Value, r.ControlBefore.Value, r.ControlAfter.Value)
	fmt.Printf("difference of the changes %.2f (%.2f to %.2f)\n", r.Effect.Value, r.Effect.Interval.Low, r.Effect.Interval.High)
	// Output:
	// trained 8.00 to 5.33, others 6.67 to 7.00
	// difference of the changes -3.00 (-5.54 to -0.46)
}

// One account is trained: a standard error would be an illusion, a rank is not.
func ExampleRankTest() {
	panel, _ := company(0)
	var p did.Panel // the first trained account and the 90 that never are
	for row, account := range panel.Unit {
		if account == 0 || account >= 150 {
			u := max(account-149, 0)
			p.Unit, p.Period, p.Outcome = append(p.Unit, u), append(p.Period, panel.Period[row]), append(p.Outcome, panel.Outcome[row])
		}
	}
	p.Start = append(p.Start, 7)
	for range 90 {
		p.Start = append(p.Start, did.Never)
	}
	two := must(did.TwoWayFixedEffects(p, 0.95))
	fmt.Println("regression:", two.Refused)
	rank := must(did.RankTest(p))
	fmt.Printf("effect %.2f, p = %.3f among %d accounts\n", rank.Value, rank.P, len(rank.Units))
	// Output:
	// regression: 1 of 91 clusters start: too few observations
	// effect -2.94, p = 0.011 among 91 accounts
}

// The points of a picture: estimates, their reference, and a band that covers all.
func ExampleAggregate_EventStudy() {
	panel, _ := company(0)
	effects := must(did.Estimate(context.Background(), panel, did.Options{
		Control: did.NotYetTreated, Base: did.Universal, Draws: 1000, Source: rand.NewPCG(1, 2),
	}))
	from, to := -3, 3
	study := must(must(effects.Dynamic(did.Window{From: &from, To: &to})).EventStudy())
	fmt.Printf("measured from month %d, band at %.2f standard errors\n", study.Reference, study.Critical)
	for _, e := range study.Effects {
		if !e.Reference {
			fmt.Printf("%+d: %.2f (%.2f to %.2f)\n", e.At, e.ATT, e.Uniform.Low, e.Uniform.High)
		}
	}
	// Output:
	// measured from month -1, band at 2.55 standard errors
	// -3: -0.14 (-0.67 to 0.39)
	// -2: 0.00 (-0.53 to 0.53)
	// +0: -1.15 (-1.66 to -0.64)
	// +1: -1.74 (-2.33 to -1.15)
	// +2: -2.43 (-2.95 to -1.90)
	// +3: -2.46 (-3.03 to -1.90)
}
