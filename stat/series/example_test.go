package series_test

import (
	"context"
	"fmt"
	"log"
	"math"
	"math/rand/v2"

	"github.com/liftmark/liftmark/stat/mean"
	"github.com/liftmark/liftmark/stat/series"
)

// ticketMonths are simulated tickets per 100 accounts over 48 months: a slow
// fall, a season, noise that carries over. A guide for all was launched at the
// start of month 31 and took off 5; release trouble from then on added 3 to
// every product's tickets, the comparison's too.
func ticketMonths(trouble float64) (tickets series.Interrupted, otherProduct []float64) {
	rng := rand.New(rand.NewPCG(31, 5))
	tickets = series.Interrupted{Time: months(48), Change: 30, Season: series.Season{Period: 12, Harmonics: 1}}
	var noise, other float64
	for _, t := range tickets.Time {
		noise, other = 0.4*noise+rng.NormFloat64(), 0.4*other+rng.NormFloat64()
		season, after := 4*math.Sin(2*math.Pi*t/12), 0.0
		if t > tickets.Change {
			after = 1
		}
		tickets.Outcome = append(tickets.Outcome, 42-0.1*t+season+noise+after*(trouble-5))
		otherProduct = append(otherProduct, 30-0.05*t+season+other+after*trouble)
	}
	return tickets, otherProduct
}

// regions are simulated course completions per 100 people in 20 regions over 24
// months. Region 0 got a trainer of its own in month 17, which added 6.
func regions() series.Panel {
	w := world{units: 20, periods: 24, before: 16, treated: 1, low: 0.7, high: 0.8, step: 1.5, drift: 0.4, noise: 0.6, effect: 6}
	p, _ := w.draw(rand.New(rand.NewPCG(17, 6)))
	return p
}

// accounts are simulated active users of 60 accounts over 42 months. The first 10
// were trained after month 36, which added 2; they were growing faster before.
func accounts() (series.Panel, []int) {
	w := world{units: 60, periods: 42, before: 36, treated: 10, low: 0.6, high: 0.9, step: 1.5, drift: 0.15, noise: 0.8, effect: 2}
	return w.draw(rand.New(rand.NewPCG(36, 10)))
}

func ExampleSegmentedGLS() {
	tickets, _ := ticketMonths(0)
	r, err := series.SegmentedGLS(tickets, series.Averaged, 0.95)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("level %.1f tickets (%.1f to %.1f)\n", r.Level.Value, r.Level.Interval.Low, r.Level.Interval.High)
	fmt.Printf("over 18 months %.0f (%.0f to %.0f)\n", r.Cumulative.Value, r.Cumulative.Interval.Low, r.Cumulative.Interval.High)
	fmt.Printf("months carry over %.2f\n", r.Correlation)
	// Output:
	// level -5.8 tickets (-7.4 to -4.2)
	// over 18 months -96 (-130 to -62)
	// months carry over 0.39
}

func ExampleInterrupted_Against() {
	tickets, otherProduct := ticketMonths(3)
	alone, err := series.SegmentedGLS(tickets, series.Averaged, 0.95)
	if err != nil {
		log.Fatal(err)
	}
	against, err := series.SegmentedGLS(tickets.Against(otherProduct), series.Averaged, 0.95)
	if err != nil {
		log.Fatal(err)
	}
	for _, r := range []*series.Segmented{alone, against} {
		fmt.Printf("average effect %.1f (%.1f to %.1f)\n", r.Average.Value, r.Average.Interval.Low, r.Average.Interval.High)
	}
	// Output:
	// average effect -2.3 (-4.2 to -0.4)
	// average effect -4.9 (-9.2 to -0.6)
}

func ExampleSegmentedCounts() {
	tickets, _ := ticketMonths(0)
	accounts := make([]float64, 48)
	for i, rate := range tickets.Outcome {
		accounts[i] = 400 + 5*tickets.Time[i]
		tickets.Outcome[i] = math.Round(rate * accounts[i] / 100)
	}
	r, err := series.SegmentedCounts(tickets, accounts, series.QuasiPoisson, 0.95)
	if err != nil {
		log.Fatal(err)
	}
	ratio := r.Level.Interval
	fmt.Printf("rate ratio %.2f (%.2f to %.2f)\n", math.Exp(r.Level.Value), math.Exp(ratio.Low), math.Exp(ratio.High))
	fmt.Printf("%.0f tickets fewer (%.0f to %.0f)\n", -r.Cumulative.Value, -r.Cumulative.Interval.High, -r.Cumulative.Interval.Low)
	// Output:
	// rate ratio 0.84 (0.82 to 0.87)
	// 603 tickets fewer (485 to 722)
}

func ExampleSyntheticControl() {
	s, err := series.SyntheticControl(regions(), 0, series.Donors{})
	if err != nil {
		log.Fatal(err)
	}
	for i, w := range s.Weights {
		if w > 0.005 {
			fmt.Printf("region %d weighs %.2f\n", i, w)
		}
	}
	fmt.Printf("gap before %.2f, after %.2f; effect %.1f\n", s.PreRMSPE, s.PostRMSPE, s.Effect)
	fmt.Println("unique:", s.Unique)
	// Output:
	// region 6 weighs 0.34
	// region 10 weighs 0.15
	// region 12 weighs 0.31
	// region 17 weighs 0.19
	// gap before 0.71, after 6.61; effect 6.6
	// unique: true
}

func ExamplePlaceboInSpace() {
	r, err := series.PlaceboInSpace(context.Background(), regions(), 0, series.Donors{}, 0)
	if err != nil {
		log.Fatal(err)
	}
	interval, err := r.Interval(0.95)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("rank %d of %d, p = %.2f\n", r.Rank, len(r.Units)+1, r.P)
	fmt.Printf("effect %.1f (%.1f to %.1f)\n", r.Treated.Effect, interval.Low, interval.High)
	// Output:
	// rank 1 of 20, p = 0.05
	// effect 6.6 (5.3 to 7.9)
}

func ExampleSyntheticDID() {
	p, trained := accounts()
	for _, kind := range []series.Comparison{series.SyntheticDifference, series.PlainDifference} {
		w, err := series.SyntheticDID(p, trained, kind)
		if err != nil {
			log.Fatal(err)
		}
		u, err := w.Jackknife(0.95)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s: %.1f (%.1f to %.1f)\n", kind, w.Effect, u.Effect.Interval.Low, u.Effect.Interval.High)
	}
	// Output:
	// synthetic difference-in-differences: 2.0 (1.7 to 2.2)
	// difference-in-differences: 2.6 (2.4 to 2.9)
}

func ExampleWeightedDifference_Placebo() {
	p, trained := accounts()
	w, err := series.SyntheticDID(p, trained[:1], series.SyntheticDifference)
	if err != nil {
		log.Fatal(err)
	}
	u, err := w.Placebo(context.Background(), series.Replication{Replicates: 200, Seed: 1}, 0.95)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("one account: %.1f (%.1f to %.1f)\n", w.Effect, u.Effect.Interval.Low, u.Effect.Interval.High)
	// Output:
	// one account: 1.0 (-0.8 to 2.8)
}

func ExampleStaggeredDID() {
	p, trained := accounts()
	start := make([]int, len(p.Outcome))
	for i := range start {
		start[i] = series.Never
	}
	for k, i := range trained {
		start[i] = 36 + k%2*3 // half of them in month 37, half in month 40
	}
	s, err := series.StaggeredDID(p.Outcome, start, series.SyntheticDifference)
	if err != nil {
		log.Fatal(err)
	}
	for _, c := range s.Cohorts {
		fmt.Printf("from period %d: %.1f, share %.2f\n", c.Start, c.Effect, c.Share)
	}
	fmt.Printf("all: %.1f\n", s.Effect)
	// Output:
	// from period 36: 2.1, share 0.67
	// from period 39: 1.1, share 0.33
	// all: 1.7
}

// tired are tickets of 300 simulated accounts over 13 months, whose level does not
// change; those with more than 12 in month 6 are sent to training.
func tired() (all [][]float64, sent []int) {
	rng := rand.New(rand.NewPCG(6, 12))
	for i := range 300 {
		usual, row := 8+1.5*rng.NormFloat64(), make([]float64, 13)
		for m := range row {
			row[m] = usual + 2.5*rng.NormFloat64()
		}
		if row[6] > 12 {
			sent = append(sent, i)
		}
		all = append(all, row)
	}
	return all, sent
}

// Accounts sent to training for a bad month would have had better ones anyway.
func Example_regressionToTheMean() {
	all, sent := tired()
	compare := func(before, after int) {
		var b, a []float64
		for _, i := range sent {
			b, a = append(b, all[i][before]), append(a, all[i][after])
		}
		test, err := mean.Paired(b, a, 0.95)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("month %d to month %d: %+.1f (%.1f to %.1f)\n", before, after, test.Value, test.Interval.Low, test.Interval.High)
	}
	fmt.Println(len(sent), "accounts, training without any effect")
	compare(6, 9)
	compare(3, 9)
	// Output:
	// 34 accounts, training without any effect
	// month 6 to month 9: -3.7 (-4.8 to -2.6)
	// month 3 to month 9: +0.5 (-0.9 to 1.9)
}
