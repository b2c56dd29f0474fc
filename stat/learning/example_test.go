package learning_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/liftmark/liftmark/stat/learning"
)

// quiz is 12 people's answers to four questions.
func quiz() learning.Answers {
	return answers([]string{"1100", "1110", "1111", "0100", "1101", "1000", "1111", "0000", "1110", "1010", "1111", "1100"})
}

func ExampleItems() {
	items, err := learning.Items(quiz())
	if err != nil {
		fmt.Println(err)
		return
	}
	for i, it := range items {
		fmt.Printf("item %d: %.2f right, %.2f with the rest, upper less lower %.2f\n", i+1, it.PCorrect, it.ItemRest, it.Discrimination)
	}
	// Output:
	// item 1: 0.83 right, 0.47 with the rest, upper less lower 0.62
	// item 2: 0.75 right, 0.37 with the rest, upper less lower 0.64
	// item 3: 0.50 right, 0.44 with the rest, upper less lower 0.95
	// item 4: 0.33 right, 0.49 with the rest, upper less lower 0.95
}

func ExampleAlphaOf() {
	r, err := learning.AlphaOf(quiz(), 0.95)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("α %.2f (%.2f to %.2f), a total is right to ± %.1f points\n", r.Alpha, r.Interval.Low, r.Interval.High, r.SEM)
	// Output:
	// α 0.66 (0.17 to 0.89), a total is right to ± 0.8 points
}

func ExampleDistractors() {
	// 20 people, options 0 to 3, option 1 is right.
	choice := []int{1, 1, 1, 1, 1, 1, 2, 1, 2, 1, 0, 1, 0, 2, 0, 2, 0, 1, 0, 2}
	rest := []float64{9, 9, 8, 8, 8, 7, 9, 7, 8, 6, 4, 6, 4, 7, 3, 8, 3, 5, 2, 6}
	options, err := learning.Distractors(choice, 4, 1, rest)
	if err != nil {
		fmt.Println(err)
		return
	}
	for o, c := range options {
		fmt.Printf("option %d: %2d people, %v\n", o, c.N, c.Finding)
	}
	// Output:
	// option 0:  5 people, sound
	// option 1: 10 people, sound
	// option 2:  5 people, misleading
	// option 3:  0 people, idle
}

func ExampleFitIRT() {
	a := answers(own(new(testing.T)).Answers)
	fit, err := learning.FitIRT(context.Background(), a, learning.TwoPL, 0.95)
	if err != nil {
		fmt.Println(err)
		return
	}
	for i, it := range fit.Items {
		fmt.Printf("item %d: difficulty %5.2f (%5.2f to %5.2f), discrimination %.2f\n", i+1, it.Difficulty.Value, it.Difficulty.Interval.Low, it.Difficulty.Interval.High, it.Discrimination.Value)
	}
	who, err := fit.Abilities(learning.Answers{Persons: 1, Items: 6, Marks: []int8{1, 1, 1, 0, 1, learning.Missing}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("ability %.2f (%.2f to %.2f)\n", who[0].Value, who[0].Interval.Low, who[0].Interval.High)
	// Output:
	// item 1: difficulty -1.47 (-2.39 to -0.56), discrimination 0.58
	// item 2: difficulty -0.72 (-1.05 to -0.39), discrimination 1.13
	// item 3: difficulty -0.24 (-0.43 to -0.05), discrimination 2.07
	// item 4: difficulty  0.18 (-0.03 to  0.39), discrimination 1.61
	// item 5: difficulty  0.60 ( 0.24 to  0.95), discrimination 0.95
	// item 6: difficulty  1.25 ( 0.74 to  1.75), discrimination 1.06
	// ability 0.46 (-0.76 to 1.68)
}

func ExampleTracing() {
	steps, err := spreadsheet.Trace([]int8{0, 1, 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range steps {
		fmt.Printf("known %.2f, right with %.2f; right: %v, then known %.2f\n", s.Known, s.Correct, s.Right, s.Next)
	}
	// Output:
	// known 0.30, right with 0.41; right: false, then known 0.19
	// known 0.19, right with 0.34; right: true, then known 0.59
	// known 0.59, right with 0.61; right: true, then known 0.89
}

func ExampleNormalisedGain() {
	before, after := []float64{30, 40, 50, 45, 35}, []float64{60, 80, 70, 75, 55}
	g, err := learning.NormalisedGain(before, after, 100, 0.95)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("the group learnt %.0f %% of what it did not know (%.0f to %.0f %%)\n", 100*g.Class.Value, 100*g.Class.Interval.Low, 100*g.Class.Interval.High)
	// Output:
	// the group learnt 47 % of what it did not know (29 to 64 %)
}

func ExampleFitForgetting() {
	for _, curve := range []learning.Curve{learning.Exponential, learning.Power} {
		f, err := learning.FitForgetting(afterCourse(), curve, 0.95)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("half-life %.1f days (%.1f to %.1f), AIC %.1f\n", f.Half, f.HalfLife.Low, f.HalfLife.High, f.AIC)
	}
	// Output:
	// half-life 18.1 days (15.0 to 22.7), AIC 37.0
	// half-life 9.4 days (6.4 to 15.9), AIC 63.4
}
