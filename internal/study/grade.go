package study

import (
	"fmt"
	"slices"
)

// The ids of the checks.
const (
	checkPreTrend         = "pre_trend"
	checkPlacebo          = "placebo_date"
	checkNegativeControl  = "negative_control"
	checkBalance          = "balance"
	checkOverlap          = "overlap"
	checkFewClusters      = "few_clusters"
	checkCoIntervention   = "co_intervention"
	checkHidden           = "hidden_confounding"
	checkMissing          = "missing_data"
	checkRegressionToMean = "regression_to_mean"
	checkLeaveOneOut      = "leave_one_out"
	checkRule             = "treatment_rule"
)

// neededForB are the checks that a B takes; each must have passed.
var neededForB = []string{checkPreTrend, checkPlacebo, checkBalance, checkNegativeControl, checkHidden}

// capping are further checks that hold a grade at C when they fail.
var capping = []string{checkOverlap, checkFewClusters, checkCoIntervention, checkMissing, checkRegressionToMean, checkLeaveOneOut, checkRule}

// remedies say what would turn a check that failed or was impossible.
var remedies = map[string]string{
	checkPreTrend:         "A longer history before training, and covariates that explain why the trends differ.",
	checkPlacebo:          "More months of data before the first training, so that a placebo date can be tried.",
	checkNegativeControl:  "A negative control in the plan: a KPI that training cannot move, such as tickets about billing.",
	checkBalance:          "Covariates for what still differs between trained and other accounts.",
	checkOverlap:          "More accounts of the kind that now is nearly always, or hardly ever, trained.",
	checkFewClusters:      "More accounts in the smaller arm.",
	checkCoIntervention:   "A period, or a segment, in which training came without the other change.",
	checkHidden:           "Covariates for the likeliest reasons why accounts train: usage, contacts with their account manager, size.",
	checkMissing:          "A more complete outcome: fewer account-months without a value.",
	checkRegressionToMean: "A longer history before training, to see accounts in an ordinary state.",
	checkLeaveOneOut:      "More accounts, so that none decides the result alone.",
	checkRule:             "A rule for who counts as trained that fits how people learn there.",
}

const randomise = "Randomise who is invited first, or hold a wait-list: that gives grade A."

// grade applies the rules: D unadjusted or uncontrolled; B when every check
// that it takes has passed and none failed; otherwise C, naming the checks.
// Only a randomised experiment is an A, and no design here is one.
func grade(f *Finding) Grade {
	if f.Effect == nil {
		return Grade{Meaning: "No effect could be estimated, so there is nothing to grade.", Raise: []string{randomise}}
	}
	if f.Design.ID == ClusterDifference || f.Design.ID == BeforeAfter {
		return gradeD(f)
	}
	g := Grade{Letter: "B", Meaning: "Good evidence without an experiment: compared with accounts that had not trained yet, and every attempt to break the result failed."}
	for _, id := range neededForB {
		g.require(f, id)
	}
	for _, id := range capping {
		if c, found := f.check(id); found && c.Verdict == Failed {
			g.miss(c)
		}
	}
	if g.Letter == "C" {
		g.Meaning = "Adjusted, with a gap: compared with accounts that had not trained yet, but a check failed or could not be made."
	}
	g.Raise = append(g.Raise, randomise)
	return g
}

func gradeD(f *Finding) Grade {
	g := Grade{Letter: "D", Meaning: "A comparison without adjustment: it cannot tell the training from the kind of accounts that train."}
	if f.Design.ID == BeforeAfter {
		g.Meaning = "A change without a comparison: it cannot tell the training from anything else that happened meanwhile."
	}
	for _, r := range f.Design.Rejected {
		g.Reasons = append(g.Reasons, fmt.Sprintf("%s was not possible: %s.", designName(r.Design), r.Reason))
	}
	g.Raise = []string{"More months before training and more accounts that train later or never.", randomise}
	return g
}

// require holds the grade at C unless the check passed. A finding about the
// negative control itself needs no further negative control, and an interval
// that holds zero leaves nothing for a hidden cause to explain away.
func (g *Grade) require(f *Finding, id string) {
	c, found := f.check(id)
	switch {
	case !found:
		g.miss(Check{ID: id, Name: checkNames[id], Verdict: Impossible})
	case c.Verdict == Passed || c.Verdict == Noted:
		g.Reasons = append(g.Reasons, fmt.Sprintf("%s: %s.", c.Name, c.Verdict))
	default:
		g.miss(c)
	}
}

// miss lowers the grade to C for a check.
func (g *Grade) miss(c Check) {
	g.Letter = "C"
	g.Reasons = append(g.Reasons, fmt.Sprintf("%s: %s.", c.Name, c.Verdict))
	if r := remedies[c.ID]; r != "" && !slices.Contains(g.Raise, r) {
		g.Raise = append(g.Raise, r)
	}
}

func (f *Finding) check(id string) (Check, bool) {
	i := slices.IndexFunc(f.Checks, func(c Check) bool { return c.ID == id })
	if i < 0 {
		return Check{}, false
	}
	return f.Checks[i], true
}

var checkNames = map[string]string{
	checkPreTrend:         "Same trend before training",
	checkPlacebo:          "No effect at a placebo date",
	checkNegativeControl:  "No effect on the negative control",
	checkBalance:          "Arms alike after adjustment",
	checkOverlap:          "Comparable accounts in both arms",
	checkFewClusters:      "Enough accounts in each arm",
	checkCoIntervention:   "No other change at the same time",
	checkHidden:           "Robust to hidden causes",
	checkMissing:          "Few missing values",
	checkRegressionToMean: "No dip or peak just before training",
	checkLeaveOneOut:      "No single cohort decides",
	checkRule:             "Same direction under other rules for who is trained",
}

// newCheck makes a check with its name and its page of documentation.
func newCheck(id string, verdict CheckVerdict, format string, args ...any) Check {
	return Check{ID: id, Name: checkNames[id], Verdict: verdict, Detail: fmt.Sprintf(format, args...), Method: id}
}
