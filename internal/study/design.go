package study

import (
	"fmt"

	"github.com/liftmark/liftmark/internal/fault"
)

var designNames = map[string]string{
	"randomised":      "randomised experiment",
	StaggeredDiD:      "staggered difference-in-differences (Callaway–Sant'Anna)",
	TargetTrials:      "sequential target trials",
	ClusterDifference: "difference of account-months, clustered by account",
	BeforeAfter:       "before and after",
}

func designName(id string) string { return sentenceStart(designNames[id]) }

// support counts what the designs need.
type support struct {
	trained     int // accounts that trained within the data
	withHistory int // of these, accounts with the outcome in two whole months before and one after
	comparable  int // accounts without training while others have it: later or never trained
	never       int // accounts that never trained
}

const (
	minPreMonths = 2
	minToCompare = 2 // accounts in each arm below which nothing can be estimated
)

// panelSupport counts what a difference-in-differences needs.
func (a *analysis) panelSupport() support {
	var s support
	firstStart := a.c.months.to
	for _, st := range a.c.rollout.starts {
		if st.ever && st.month > a.c.months.from {
			firstStart = min(firstStart, st.month)
		}
	}
	for i, st := range a.c.rollout.starts {
		before, after, while := 0, 0, 0
		for m := a.c.months.from; m < a.c.months.to; m++ {
			if _, den := a.series.at(i, m); den == 0 || !a.c.customerFor(i, m) {
				continue
			}
			switch {
			case !st.ever || m < st.month:
				before++
				if m > firstStart {
					while++
				}
			case m > st.month:
				after++
			}
		}
		switch {
		case st.ever && a.c.months.has(st.month):
			s.trained++
			if before >= minPreMonths && after > 0 {
				s.withHistory++
			}
		case !st.ever:
			s.never++
		}
		if while > 0 {
			s.comparable++
		}
	}
	return s
}

// eventSupport counts what target trials need.
func (a *analysis) eventSupport() support {
	var s support
	for i, st := range a.c.rollout.starts {
		f := a.fates[i]
		if !f.known {
			continue
		}
		if st.ever && st.month > a.c.months.from && f.atRiskAfter(st.month) {
			s.trained++
			s.withHistory++
		}
		if !st.ever || st.month > f.first {
			s.comparable++
		}
		if !st.ever {
			s.never++
		}
	}
	return s
}

// choose picks the first design, in the order of how much it can show, that the
// data allow, and says why the ones before it are not possible.
func (a *analysis) choose() (Design, error) {
	d := Design{Rejected: []Rejected{{"randomised", "no experiment with this training is on record"}}}
	panelReason, trialReason := a.panelReason(), a.trialReason()
	possible := []struct{ id, reason string }{
		{StaggeredDiD, panelReason}, {TargetTrials, trialReason},
		{ClusterDifference, a.differenceReason()}, {BeforeAfter, a.beforeAfterReason()},
	}
	for _, p := range possible {
		if a.ref.Design != "" && a.ref.Design != p.id {
			continue
		}
		if p.reason == "" {
			d.ID, d.Name = p.id, designNames[p.id]
			a.explain(&d)
			return d, nil
		}
		if a.ref.Design != "" {
			return d, fault.New(fault.InsufficientData, "outcome %s: the design %s that the plan asks for is not possible: %s", a.ref.key(), p.id, p.reason)
		}
		d.Rejected = append(d.Rejected, Rejected{p.id, p.reason})
	}
	return d, nil // none: the finding says that it cannot tell
}

// panelReason says why a difference-in-differences is not possible, "" if it is.
func (a *analysis) panelReason() string {
	if a.timed() {
		return "the outcome is an event that happens once, and an account that trains has not had it before, so there is no before to compare with"
	}
	s := a.panelSupport()
	switch {
	case s.withHistory < minToCompare:
		return fmt.Sprintf("only %s trained with two whole months of the outcome before and one after", plural(s.withHistory, "account"))
	case s.comparable < minToCompare:
		return fmt.Sprintf("only %s had not trained while others had", plural(s.comparable, "account"))
	}
	return ""
}

func (a *analysis) trialReason() string {
	if !a.timed() {
		return "they follow an event, and this outcome is a level"
	}
	s := a.eventSupport()
	switch {
	case s.trained < minToCompare:
		return fmt.Sprintf("only %s trained while observed and before the event", plural(s.trained, "account"))
	case s.comparable < minToCompare:
		return fmt.Sprintf("only %s had not trained while others had", plural(s.comparable, "account"))
	case a.c.months.len() < 3:
		return fmt.Sprintf("the data hold %s, and three are needed", plural(a.c.months.len(), "whole month"))
	}
	return ""
}

func (a *analysis) differenceReason() string {
	if a.timed() {
		return "for an event it would mistake survival until training for an effect"
	}
	after, without := 0, 0
	for _, s := range a.monthSums() {
		if s.TreatedN > 0 {
			after++
		}
		if s.ControlN > 0 && s.TreatedN == 0 {
			without++
		}
	}
	if after < minToCompare || without < minToCompare {
		return fmt.Sprintf("%s with a month after training and %s without any are too few", plural(after, "account"), plural(without, "account"))
	}
	return ""
}

func (a *analysis) beforeAfterReason() string {
	if a.timed() {
		return "an account that trains has not had the event before"
	}
	both := 0
	for i, s := range a.monthSums() {
		if a.c.rollout.starts[i].ever && s.TreatedN > 0 && s.ControlN > 0 {
			both++
		}
	}
	if both < minToCompare {
		return fmt.Sprintf("only %s with months both before and after training", plural(both, "account"))
	}
	return ""
}

// explain fills the words about a design.
func (a *analysis) explain(d *Design) {
	chosen := ""
	if a.ref.Design != "" {
		chosen = "The plan asks for it. "
	}
	switch d.ID {
	case StaggeredDiD:
		s := a.panelSupport()
		d.Why = fmt.Sprintf("%sAccounts trained in different months: %d have the outcome before and after, and %d had not trained while others had (%d never did), so change can be compared with change.", chosen, s.withHistory, s.comparable, s.never)
		d.Method = "For the accounts that trained in a month, the change of the outcome since the month before is compared with the change, over the same months, among accounts that had not trained by then and are alike in the covariates. These comparisons are averaged over all months of training. Season, price changes and anything else that reaches all accounts alike cancels. The month of training itself belongs to neither side."
		d.Estimand = "The average effect on accounts that trained, per whole month after the month of training; every such account-month counts the same within cohorts, cohorts count by size."
	case TargetTrials:
		s := a.eventSupport()
		d.Why = fmt.Sprintf("%sThe outcome is an event in time: %d accounts trained while they could still have it, and %d had not trained while others had.", chosen, s.trained, s.comparable)
		d.Method = "Every month is run like a trial: of the accounts that were still there and untrained at its beginning, those that trained in it are compared with those that did not. Both must still be there at its end, from which time counts for both, so nobody gets credit for having lasted until training. Accounts that did not train are weighted to resemble those that did, by what was known before the month. The trials are pooled, and whole accounts are drawn again and again to see how far chance reaches."
		d.Estimand = fmt.Sprintf("The effect on the accounts that trained: the risk within %d months of training less what it would have been had they not trained then.", a.ref.Horizon)
		if a.ref.Strategy == Sustained {
			d.Estimand += " Accounts compared with are followed until they train themselves, with weights for those that leave so (sustained effect)."
		} else {
			d.Estimand += " Accounts compared with may train later (effect of starting now rather than not now)."
		}
	case ClusterDifference:
		d.Why = chosen + "The stronger designs are not possible here."
		d.Method = "Account-months after training are compared with account-months without it, as they are. Nothing is adjusted: it shows a difference, and that can come from the kind of accounts that train."
		d.Estimand = "The difference between account-months after training and all others."
	case BeforeAfter:
		d.Why = chosen + "Nobody is left to compare with."
		d.Method = "The months of trained accounts after training are compared with their months before. Everything else that changed meanwhile is in it, so it is a change and not an effect."
		d.Estimand = "The change within trained accounts from before to after training."
	}
}
