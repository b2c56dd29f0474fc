package study

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/liftmark/liftmark/internal/figure"
	"github.com/liftmark/liftmark/stat/mean"
)

// naive is the comparison that a spreadsheet makes: accounts that ever trained
// against accounts that never did, over all their months. Nil when an arm is
// empty or nothing varies.
func (a *analysis) naive() *Naive {
	var num, den [2][]float64
	for i, st := range a.c.rollout.starts {
		n, d := a.total(i)
		if d == 0 {
			continue
		}
		arm := 0
		if st.ever {
			arm = 1
		}
		num[arm], den[arm] = append(num[arm], n), append(den[arm], d)
	}
	trained, err1 := mean.Pairs(num[1], den[1])
	others, err0 := mean.Pairs(num[0], den[0])
	if err1 != nil || err0 != nil {
		return nil
	}
	t, err := mean.RatioDifference(trained, others, level)
	if err != nil {
		return nil
	}
	return &Naive{
		Trained: trained.MeanNum / trained.MeanDen, Untrained: others.MeanNum / others.MeanDen,
		Difference: Effect{Value: t.Value, SE: t.SE, Low: t.Interval.Low, High: t.Interval.High, Level: level},
	}
}

// total is the account's numerator and denominator over all months; of an
// event, whether it happened at all.
func (a *analysis) total(i int) (num, den float64) {
	if a.timed() {
		f := a.fates[i]
		if !f.known {
			return 0, 0
		}
		if f.event {
			return 1, 1
		}
		return 0, 1
	}
	for m := a.c.months.from; m < a.c.months.to; m++ {
		n, d := a.series.at(i, m)
		num, den = num+n, den+d
	}
	return num, den
}

// whyNaive says why the naive comparison differs, from what the data show.
func (a *analysis) whyNaive(f *Finding) []string {
	var out []string
	if f.Effect != nil {
		gap := f.Naive.Difference.Value - f.Effect.Value
		d := a.m.decimals(f.Naive.Difference)
		side := "better"
		if (gap < 0) != a.m.lower {
			side = "worse"
		}
		out = append(out, fmt.Sprintf("It makes training look %s than it is by about %s.", side, a.m.amount(gap, d)))
	}
	if text := differBefore(f.Balance); text != "" {
		out = append(out, text)
	}
	if a.timed() {
		out = append(out, a.immortal(), "It follows accounts from when they joined, or the data begin; the study follows both arms from the end of the month in which one of them trained.")
	} else {
		out = append(out, a.mixedMonths()...)
	}
	return out
}

// differBefore names the covariates in which the arms differed most before training.
func differBefore(table []Balance) string {
	most := slices.Clone(table)
	slices.SortStableFunc(most, func(x, y Balance) int {
		switch d := math.Abs(y.Before) - math.Abs(x.Before); {
		case d > 0:
			return 1
		case d < 0:
			return -1
		}
		return 0
	})
	var words []string
	for _, b := range most {
		if math.Abs(b.Before) < balanceLimit || len(words) == 3 || b.Covariate == "period" {
			continue
		}
		words = append(words, fmt.Sprintf("%s %s (by %s standard deviations)", strings.TrimPrefix(b.Covariate, "log "), directionOf(b), figure.Number(math.Abs(b.Before), 2)))
	}
	if len(words) == 0 {
		return ""
	}
	return "Accounts that trained were different before they trained: " + figure.List(words) + "."
}

// directionOf says which way the trained differed: a level is more or less
// common among them, a number is higher or lower.
func directionOf(b Balance) string {
	more, less := "higher", "lower"
	if strings.Contains(b.Covariate, levelSign) {
		more, less = "more common", "less common"
	}
	if b.Before < 0 {
		return less
	}
	return more
}

// immortal says how long trained accounts had to last before they could train.
func (a *analysis) immortal() string {
	var waits []int
	for i, st := range a.c.rollout.starts {
		if f := a.fates[i]; st.ever && f.known {
			waits = append(waits, max(0, int(st.month-max(f.first-1, a.c.months.from))))
		}
	}
	if len(waits) == 0 {
		return "An account can train only while it is " + a.m.eventFree + "."
	}
	slices.Sort(waits)
	return fmt.Sprintf("An account can train only while it is %s: the trained ones had been so for %s (median) before they trained, and that alone makes them look better (immortal time).",
		a.m.eventFree, plural(waits[len(waits)/2], "month"))
}

// mixedMonths says what a comparison over all months mixes up.
func (a *analysis) mixedMonths() []string {
	before, after := 0, 0
	var early, late [2]float64 // Σvalue and months without training, in the first and the last half of the data
	middle := a.c.months.from + month(a.c.months.len()/2)
	for i, st := range a.c.rollout.starts {
		for m := a.c.months.from; m < a.c.months.to; m++ {
			num, den := a.series.at(i, m)
			switch {
			case den == 0:
			case st.ever && m < st.month:
				before++
			case st.ever:
				after++
			case m < middle:
				early[0], early[1] = early[0]+num, early[1]+den
			default:
				late[0], late[1] = late[0]+num, late[1]+den
			}
		}
	}
	var out []string
	if before > 0 {
		out = append(out, fmt.Sprintf("It counts %s of the %s of trained accounts as trained that came before their training.", figure.Count(before), plural(before+after, "month")))
	}
	if early[1] > 0 && late[1] > 0 {
		change := late[0]/late[1] - early[0]/early[1]
		d := decimals(0, a.m.scale*math.Max(math.Abs(change), 1e-9)) + 1
		out = append(out, fmt.Sprintf("Among accounts that never trained the outcome itself moved by %s between the first and the second half of the data, which has nothing to do with training.",
			a.m.signed(change, d)+" "+a.m.unit))
	}
	return out
}
