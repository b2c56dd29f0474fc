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

func ExampleWilson() {
	// 56 of 70 trained accounts renewed. The same share of ten accounts says less.
	for _, n := range []int{70, 10} {
		share, err := proportion.Wilson(n*8/10, n, 0.95)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%.0f %% of %d, 95 %% interval %.0f to %.0f %%\n", 100*share.Value, n, 100*share.Interval.Low, 100*share.Interval.High)
	}
	// Output:
	// 80 % of 70, 95 % interval 69 to 88 %
	// 80 % of 10, 95 % interval 49 to 94 %
}

func ExampleRiskRatio() {
	// 6 of 120 trained accounts left, 21 of 150 others.
	r, err := proportion.RiskRatio(6, 120, 21, 150, 0.95)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.2f times as likely to leave (%.2f to %.2f)\n", r.Value, r.Interval.Low, r.Interval.High)
	// Output: 0.36 times as likely to leave (0.15 to 0.86)
}

func ExampleMantelHaenszel() {
	// Accounts that left. Small accounts leave more often, and train less.
	strata := []proportion.Stratum{
		{X1: 10, N1: 40, X2: 60, N2: 160}, // small: trained, others
		{X1: 8, N1: 160, X2: 4, N2: 40},   // large
	}
	crude, err := proportion.OddsRatio(18, 200, 64, 200, 0.95)
	if err != nil {
		fmt.Println(err)
		return
	}
	within, err := proportion.MantelHaenszel(strata, 0.95)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("all together: odds of leaving %.2f times (%.2f to %.2f)\n", crude.Value, crude.Interval.Low, crude.Interval.High)
	fmt.Printf("within sizes: odds of leaving %.2f times (%.2f to %.2f)\n", within.Value, within.Interval.Low, within.Interval.High)
	// Output:
	// all together: odds of leaving 0.21 times (0.12 to 0.37)
	// within sizes: odds of leaving 0.53 times (0.27 to 1.05)
}

func ExampleFisherExact() {
	// 1 of 14 trained accounts left, 6 of 15 others.
	f, err := proportion.FisherExact(1, 14, 6, 15, 0.95)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("odds of leaving %.2f times (%.3f to %.2f), p = %.3f\n", f.OddsRatio, f.Interval.Low, f.Interval.High, f.P)
	// Output: odds of leaving 0.12 times (0.002 to 1.29), p = 0.080
}

func ExampleSameShare() {
	// Learners who finished each of four courses, of those who started.
	test, err := proportion.SameShare([]int{83, 90, 129, 70}, []int{86, 93, 136, 82})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("chi-squared %.1f on %d degrees of freedom, p = %.3f\n", test.Statistic, test.DF, test.P)
	// Output: chi-squared 12.6 on 3 degrees of freedom, p = 0.006
}

func ExamplePairedDifference() {
	// Sixty learners, quiz passed before and after the course.
	quiz := proportion.PairedCounts{Both: 30, OnlyAfter: 14, OnlyBefore: 4, Neither: 12}
	d, err := proportion.PairedDifference(quiz, 0.95)
	if err != nil {
		fmt.Println(err)
		return
	}
	test, err := proportion.McNemar(quiz)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%+.0f points (%.0f to %.0f), mid-p = %.3f\n", 100*d.Value, 100*d.Interval.Low, 100*d.Interval.High, test.PMid)
	// Output: +17 points (3 to 30), mid-p = 0.019
}

func ExampleNPSDifference() {
	trained := proportion.NPSCounts{Promoters: 45, Passives: 30, Detractors: 15}
	others := proportion.NPSCounts{Promoters: 33, Passives: 41, Detractors: 26}
	d, err := proportion.NPSDifference(trained, others, 0.95)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%+.0f points (%.0f to %.0f)\n", d.Value, d.Interval.Low, d.Interval.High)
	// Output: +26 points (5 to 47)
}

func ExampleCSATDifference() {
	// Answers of 1 to 5: trained and other customers.
	trained, others := []int{5, 8, 20, 41, 26}, []int{9, 15, 25, 30, 11}
	share, err := proportion.CSAT(trained, 2, 0.95)
	if err != nil {
		fmt.Println(err)
		return
	}
	d, err := proportion.CSATDifference(trained, others, 2, 0.95)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.0f %% satisfied (%.0f to %.0f %%)\n", 100*share.Value, 100*share.Interval.Low, 100*share.Interval.High)
	fmt.Printf("%+.0f points against others (%.0f to %.0f)\n", 100*d.Value, 100*d.Interval.Low, 100*d.Interval.High)
	// Output:
	// 67 % satisfied (57 to 75 %)
	// +21 points against others (7 to 34)
}
