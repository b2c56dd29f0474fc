package study

import (
	"fmt"
	"math"
	"strings"

	"github.com/liftmark/liftmark/internal/figure"
)

// What an answer takes at least, in the smaller arm.
const (
	minUnits  = 20
	minEvents = 10
	z95       = 1.959963984540054
)

// bar is what an effect is held against.
type bar struct {
	worth     float64 // smallest effect worth having, in the outcome's unit
	needEvent bool    // a time-to-event outcome: events are counted too
	problem   string  // why there is no effect at all; "" when there is one
}

// conclude grades a finding and says it in words. Effect, arms, checks and
// design must be set.
func conclude(f *Finding, m measure, b bar) {
	f.Grade = grade(f)
	f.Verdict = Verdict{Answer: answer(f, m, b)}
	if f.Verdict.Answer == CannotTell && f.Design.ID != BeforeAfter {
		f.Verdict.Needed = moreUnits(f, b)
	}
	f.Verdict.Headline = headline(f, m, b)
	f.Verdict.HowSure = howSure(f, m, b)
	if f.Effect != nil && f.Design.ID != BeforeAfter && enough(f.Arms, b.needEvent) {
		f.Verdict.Natural = m.natural(*f.Effect)
	}
}

func answer(f *Finding, m measure, b bar) Answer {
	switch e := f.Effect; {
	case e == nil || !enough(f.Arms, b.needEvent) || f.Design.ID == BeforeAfter:
		return CannotTell
	case excludesZero(*e) && (e.Value < 0) == m.lower:
		return Better
	case excludesZero(*e):
		return Worse
	case -b.worth < e.Low && e.High < b.worth:
		return NoEffect
	default:
		return CannotTell
	}
}

// enough says whether both arms have the units, and the events, that an answer takes.
func enough(arms []Arm, needEvent bool) bool {
	for _, a := range arms {
		if a.Units < minUnits || needEvent && a.Events < minEvents {
			return false
		}
	}
	return len(arms) >= 2
}

// moreUnits estimates how many more accounts an answer would take. The
// standard error falls with the root of their number, so n × (1.96 SE ÷ worth)²
// bring the half-width of the interval down to the smallest effect worth
// having; an arm that is too small, or has too few events, grows in proportion.
func moreUnits(f *Finding, b bar) int {
	n, factor := float64(f.units), 1.0
	for _, a := range f.Arms {
		factor = math.Max(factor, minUnits/math.Max(float64(a.Units), 0.5))
		if b.needEvent {
			factor = math.Max(factor, minEvents/math.Max(float64(a.Events), 0.5))
		}
	}
	if f.Effect != nil && b.worth > 0 && f.Effect.SE > 0 {
		factor = math.Max(factor, math.Pow(z95*f.Effect.SE/b.worth, 2))
	}
	total := math.Max(n*factor, 2*minUnits)
	return roundUp(total - n)
}

// roundUp keeps two digits, upwards: 1,234 becomes 1,300.
func roundUp(x float64) int {
	if !(x > 0) {
		return 1
	}
	if x > 1e9 {
		return 1e9
	}
	unit := math.Max(1, math.Pow10(int(math.Floor(math.Log10(x)))-1))
	return int(math.Ceil(x/unit-1e-9) * unit)
}

// headline is the one sentence that a reader takes away.
func headline(f *Finding, m measure, b bar) string {
	if f.Effect == nil {
		return fmt.Sprintf("We cannot tell yet whether training changed %s: %s.", m.subject, b.problem)
	}
	e := *f.Effect
	graded := ", grade " + f.Grade.Letter + "."
	size := m.amount(e.Value, m.decimals(e)) + " (" + m.interval(e) + ")"
	switch answer := f.Verdict.Answer; {
	case f.Design.ID == BeforeAfter && excludesZero(e):
		return "After training, accounts show " + lowerOrHigher(e) + " " + m.subject + " than before, by " + size + graded + onlyAChange
	case f.Design.ID == BeforeAfter:
		return "After training, accounts show no clear change of " + m.subject + ": " + m.full(e) + graded + onlyAChange
	case answer == CannotTell:
		return fmt.Sprintf("We cannot tell yet whether training changed %s: the estimate is %s. To tell %s from nothing takes about %s.",
			m.subject, m.full(e), m.worthText(b.worth), plural(f.Verdict.Needed, "more account"))
	case answer == NoEffect:
		return "Training made no clear difference to " + m.subject + ": " + m.full(e) + graded
	case f.Design.ID == ClusterDifference:
		return "Trained accounts show " + lowerOrHigher(e) + " " + m.subject + " than others, by " + size + graded + " That is a difference, not yet an effect."
	default:
		return "Training " + cutOrRaised(e) + " " + m.subject + " by " + size + graded
	}
}

const onlyAChange = " This is a change, not an effect: there is nothing to compare it with."

// cutOrRaised names the direction of a clear effect.
func cutOrRaised(e Effect) string {
	if e.Value < 0 {
		return "cut"
	}
	return "raised"
}

func lowerOrHigher(e Effect) string {
	if e.Value < 0 {
		return "lower"
	}
	return "higher"
}

func sentenceStart(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// howSure says what speaks for the answer and what is open.
func howSure(f *Finding, m measure, b bar) string {
	parts := []string{standing(f, m, b)}
	if failed := f.named(Failed); len(failed) > 0 {
		parts = append(parts, "Failed: "+figure.List(failed)+".")
	}
	if open := f.named(Impossible); len(open) > 0 {
		parts = append(parts, "Could not be checked: "+figure.List(open)+".")
	}
	if passed := f.named(Passed); len(passed) > 0 {
		parts = append(parts, plural(len(passed), "check")+" passed.")
	}
	return strings.Join(parts, " ")
}

func (f *Finding) named(v CheckVerdict) []string {
	var out []string
	for _, c := range f.Checks {
		if c.Verdict == v {
			out = append(out, figure.Small(c.Name))
		}
	}
	return out
}

// standing says where the interval lies.
func standing(f *Finding, m measure, b bar) string {
	if f.Effect == nil {
		return "There is no estimate."
	}
	worth := m.worthText(b.worth)
	switch f.Verdict.Answer {
	case Better:
		return "The interval leaves out zero, on the good side."
	case Worse:
		return "The interval leaves out zero, on the bad side."
	case NoEffect:
		return fmt.Sprintf("The interval holds zero and leaves out every effect of %s or more, the smallest worth having.", worth)
	}
	if f.Design.ID == BeforeAfter {
		return "Without accounts that had not trained, a change cannot be told from what happened to all."
	}
	if !enough(f.Arms, b.needEvent) {
		return fewIn(f.Arms, b.needEvent)
	}
	return fmt.Sprintf("The interval holds zero and also effects of %s or more, the smallest worth having.", worth)
}

// fewIn says which arm is too small.
func fewIn(arms []Arm, needEvent bool) string {
	var short []string
	for _, a := range arms {
		switch {
		case a.Units < minUnits:
			short = append(short, fmt.Sprintf("only %s %s (%d are the least)", plural(a.Units, "account"), a.Name, minUnits))
		case needEvent && a.Events < minEvents:
			short = append(short, fmt.Sprintf("only %s among those %s (%d are the least)", plural(a.Events, "event"), a.Name, minEvents))
		}
	}
	return "There are too few data: " + figure.List(short) + "."
}

// worthText writes the smallest effect worth having, with as few decimals as
// keep it within a twentieth.
func (m measure) worthText(worth float64) string {
	x := m.scale * worth
	decimals := 0
	for decimals < figure.MostDecimals && math.Abs(x-math.Round(x*math.Pow10(decimals))/math.Pow10(decimals)) > 0.05*x {
		decimals++
	}
	return m.amount(worth, decimals)
}
