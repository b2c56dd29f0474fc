package experiment_test

import (
	"fmt"

	"github.com/liftmark/liftmark/stat/experiment"
	"github.com/liftmark/liftmark/stat/mean"
	"github.com/liftmark/liftmark/stat/summary"
)

// 1,000 accounts were to be split in halves.
func ExampleSampleRatio() {
	r, err := experiment.SampleRatio([]int{541, 459}, []float64{1, 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("expected %.0f and %.0f, p = %.4f\n", r.Expected[0], r.Expected[1], r.P)
	// Output: expected 500 and 500, p = 0.0095
}

// Accounts offered a course churned at 8 %, the others at 12 %, whether or not
// they took it.
func ExampleCompareShares() {
	e, err := experiment.CompareShares(experiment.Count{Successes: 48, Trials: 600}, experiment.Count{Successes: 72, Trials: 600}, 0.95)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.1f points (%.1f to %.1f), p = %.3f\n", 100*e.Value, 100*e.Interval.Low, 100*e.Interval.High, e.P)
	fmt.Printf("%.0f %% of the churn of the others\n", 100*e.Relative.Value)
	// Output:
	// -4.0 points (-7.4 to -0.6), p = 0.021
	// 67 % of the churn of the others
}

// Tickets a month after the course and, as covariate, before it: moments as a
// database computes them.
func ExampleCUPED() {
	treated := mean.PairMoments{N: 240, MeanNum: 4.1, MeanDen: 5.2, VarNum: 9.0, VarDen: 10.1, Cov: 7.6}
	control := mean.PairMoments{N: 250, MeanNum: 4.5, MeanDen: 5.0, VarNum: 9.6, VarDen: 9.8, Cov: 7.8}
	plain, err := experiment.CompareMeans(
		summary.Moments{N: 240, Mean: 4.1, Var: 9.0}, summary.Moments{N: 250, Mean: 4.5, Var: 9.6}, 0.95)
	if err != nil {
		fmt.Println(err)
		return
	}
	cuped, err := experiment.CUPED(treated, control, 0.95)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("plain %.2f (%.2f to %.2f)\n", plain.Value, plain.Interval.Low, plain.Interval.High)
	fmt.Printf("CUPED %.2f (%.2f to %.2f), %.0f %% of the variance explained\n", cuped.Value, cuped.Interval.Low, cuped.Interval.High, 100*cuped.Reduction)
	// Output:
	// plain -0.40 (-0.94 to 0.14)
	// CUPED -0.55 (-0.88 to -0.23), 63 % of the variance explained
}

// Twelve accounts, five of them trained; covariate: usage before.
func ExampleLin() {
	before := []float64{3, 5, 8, 2, 9, 4, 6, 7, 1, 5, 8, 3}
	trained := []bool{true, false, true, false, false, true, false, true, true, false, false, false}
	after := []float64{5.1, 5.4, 11.2, 2.3, 9.4, 6.2, 6.1, 9.9, 2.4, 5.2, 8.3, 3.4}
	e, err := experiment.Lin(after, trained, [][]float64{before}, 0.95)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.2f (%.2f to %.2f)\n", e.Value, e.Interval.Low, e.Interval.High)
	// Output: 2.18 (2.05 to 2.31)
}

// Small and large accounts differ more than training makes them differ.
func ExampleStratified() {
	small := experiment.Stratum{Treated: summary.Moments{N: 60, Mean: 2.1, Var: 1.0}, Control: summary.Moments{N: 90, Mean: 2.5, Var: 1.2}}
	large := experiment.Stratum{Treated: summary.Moments{N: 40, Mean: 9.0, Var: 4.0}, Control: summary.Moments{N: 30, Mean: 9.8, Var: 4.4}}
	e, err := experiment.Stratified([]experiment.Stratum{small, large}, 0.95)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.2f tickets (%.2f to %.2f)\n", e.Value, e.Interval.Low, e.Interval.High)
	// Output: -0.53 tickets (-0.92 to -0.14)
}

// Eight accounts were assigned whole; score of their people.
func ExampleClusterRandomised() {
	account := func(treated bool, people int, score, variance float64) experiment.Cluster {
		return experiment.Cluster{Treated: treated, Moments: summary.Moments{N: people, Mean: score, Var: variance}}
	}
	accounts := []experiment.Cluster{
		account(true, 30, 74, 90), account(true, 12, 69, 110), account(true, 22, 78, 85), account(true, 8, 71, 100),
		account(false, 25, 66, 95), account(false, 14, 72, 105), account(false, 20, 64, 80), account(false, 10, 68, 120),
	}
	e, err := experiment.ClusterRandomised(accounts, 0.95)
	if err != nil {
		fmt.Println(err)
		return
	}
	icc, err := experiment.ICC(accounts, 0.95)
	if err != nil {
		fmt.Println(err)
		return
	}
	inflation, err := experiment.DesignEffect(icc.ICC, experiment.Sizes(accounts))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.1f points (%.1f to %.1f) on %.1f degrees of freedom\n", e.Value, e.Interval.Low, e.Interval.High, e.DF)
	fmt.Printf("correlation %.2f (%.2f to %.2f), design effect %.1f\n", icc.ICC, icc.Interval.Low, icc.Interval.High, inflation)
	// Output:
	// 7.1 points (1.0 to 13.2) on 5.0 degrees of freedom
	// correlation 0.07 (-0.01 to 0.38), design effect 2.4
}

// Half of the accounts offered the course took it, and 5 % of the others.
func ExampleCACE() {
	offered := mean.PairMoments{N: 400, MeanNum: 4.2, MeanDen: 0.5, VarNum: 9, VarDen: 0.2506, Cov: -0.35}
	others := mean.PairMoments{N: 400, MeanNum: 4.8, MeanDen: 0.05, VarNum: 9, VarDen: 0.0476, Cov: -0.05}
	e, err := experiment.CACE(offered, others, 0.95)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("offer %.2f, takers %.2f (%.2f to %.2f), F = %.0f\n", e.Assigned.Value, e.Value, e.Region.Low, e.Region.High, e.F)
	// Output: offer -0.60, takers -1.33 (-2.25 to -0.42), F = 272
}

// Day 9 of an experiment planned for 10,000 users. The interval may be read
// today, and again tomorrow.
func ExampleConfidenceSequence() {
	treated := summary.Moments{N: 1790, Mean: 0.231, Var: 0.1777}
	control := summary.Moments{N: 1812, Mean: 0.187, Var: 0.1521}
	s, err := experiment.ConfidenceSequence(treated, control, 10000, 0.95)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.1f points (%.1f to %.1f), always-valid p = %.3f\n", 100*s.Value, 100*s.Interval.Low, 100*s.Interval.High, s.P)
	// Output: 4.4 points (0.1 to 8.7), always-valid p = 0.039
}

func ExampleMSPRT() {
	// The difference is 4.4 points with a standard error of 1.35; effects of
	// about 3 points were expected when the experiment began.
	s, err := experiment.MSPRT(4.4, 1.35, 3, 0.95)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.1f to %.1f, p = %.3f\n", s.Interval.Low, s.Interval.High, s.P)
	// Output: 0.3 to 8.5, p = 0.029
}

// Four looks; at the second the difference is 2.9 standard errors.
func ExampleSpendAlpha() {
	design, err := experiment.SpendAlpha([]float64{0.25, 0.5, 0.75, 1}, 0.95, experiment.OBrienFleming)
	if err != nil {
		fmt.Println(err)
		return
	}
	for k, c := range design.Critical {
		fmt.Printf("look %d stops at %.2f standard errors, %.4f spent\n", k+1, c, design.Spent[k])
	}
	final, err := design.Final(1, 2.9, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("stopped: %.2f (%.2f to %.2f), p = %.4f\n", final.Value, final.Interval.Low, final.Interval.High, final.P)
	fmt.Printf("largest sample %.3f times that of one look\n", design.Inflation(0.8))
	// Output:
	// look 1 stops at 3.92 standard errors, 0.0001 spent
	// look 2 stops at 2.77 standard errors, 0.0056 spent
	// look 3 stops at 2.30 standard errors, 0.0236 spent
	// look 4 stops at 2.04 standard errors, 0.0500 spent
	// stopped: 2.90 (0.94 to 4.86), p = 0.0038
	// largest sample 1.031 times that of one look
}

// Stayed customers of 200 and 210, with a prior of about 80 %.
func ExampleBayesShares() {
	b, err := experiment.BayesShares(experiment.Count{Successes: 176, Trials: 200}, experiment.Count{Successes: 174, Trials: 210}, experiment.Beta{A: 8, B: 2}, 0.95)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("better with probability %.2f\n", b.Better)
	fmt.Printf("difference %.1f points (%.1f to %.1f)\n", 100*b.Difference.Value, 100*b.Difference.Interval.Low, 100*b.Difference.Interval.High)
	fmt.Printf("choosing training costs %.2f points on average if wrong, not choosing it %.2f\n", 100*b.LossTreated, 100*b.LossControl)
	// Output:
	// better with probability 0.92
	// difference 4.9 points (-1.8 to 11.6)
	// choosing training costs 0.12 points on average if wrong, not choosing it 5.01
}

// GrowthBook's engine: a relative lift, a prior that expects lifts within 30 %.
func ExampleBayesNormal() {
	lift, err := experiment.Lift(summary.Moments{N: 800, Mean: 10.9, Var: 64}, summary.Moments{N: 790, Mean: 10.0, Var: 60}, 0.95)
	if err != nil {
		fmt.Println(err)
		return
	}
	b, err := experiment.BayesNormal(lift.Value, lift.SE, experiment.NormalPrior{SD: 0.3}, 0.95)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.1f %% (%.1f to %.1f), better with probability %.3f\n", 100*b.Value, 100*b.Interval.Low, 100*b.Interval.High, b.Better)
	// Output: 8.8 % (0.8 to 16.8), better with probability 0.985
}
