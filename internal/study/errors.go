package study

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/metric"
	"github.com/liftmark/liftmark/stat"
)

// nobodyDid explains why no learning record fits the rule: an unknown name, or
// a course that people began and did not finish.
func nobodyDid(ctx context.Context, src Source, rule Treatment) error {
	field, value := rule.target()
	touched, err := src.FirstEvents(ctx, "learning", rule.Activities())
	if err != nil {
		return fmt.Errorf("learning records of %s %s: %w", field, value, err)
	}
	name := fmt.Sprintf("%s %q", rule.noun(), value)
	if len(touched) > 0 {
		return fault.New(fault.InsufficientData, "nobody %s %s yet, though %s worked on it: name another verb under treatment, or wait",
			rule.verb(), name, plural(len(touched), "person"))
	}
	activities, err := src.Activities(ctx)
	if err != nil {
		return fmt.Errorf("activities: %w", err)
	}
	known := rule.known(activities)
	if slices.Contains(known, value) {
		return fault.New(fault.InsufficientData, "nobody took %s: there is no learning record about it. Import the learning records, or study another one", name)
	}
	return fault.New(fault.NotFound, "there is no %s%s%s", name, didYouMean(value, known), listed(rule.noun(), known))
}

// known lists the courses, programs or activities that exist.
func (t Treatment) known(activities []metric.Activity) []string {
	names := map[string]bool{}
	for _, a := range activities {
		switch t.noun() {
		case "course":
			names[a.Course] = true
		case "program":
			names[a.Program] = true
		default:
			names[a.ID] = true
		}
	}
	delete(names, "")
	return keysOf(names)
}

const mostListed = 12

func listed(noun string, known []string) string {
	if len(known) == 0 {
		return "; no " + noun + " is known: import the activities"
	}
	more := ""
	if len(known) > mostListed {
		more = fmt.Sprintf(" and %d more", len(known)-mostListed)
		known = known[:mostListed]
	}
	return "; known are " + strings.Join(known, ", ") + more
}

// comparable says why no comparison can be made at all.
func (c *company) comparable(rule Treatment) error {
	r := c.rollout
	trained, untrained := 0, 0
	for _, s := range r.starts {
		if s.ever {
			trained++
		} else {
			untrained++
		}
	}
	all := len(r.starts)
	switch {
	case trained == 0:
		return c.nobodyReached(rule)
	case all < 4:
		return fault.New(fault.InsufficientData, "the population holds %s, of which %d trained: no comparison can be made of so few (about %d in each arm are needed)",
			plural(all, "account"), trained, minUnits)
	case untrained == 0 && c.lastStart() <= c.months.from:
		return fault.New(fault.InsufficientData, "all %d accounts had trained by %s, when the data begin: nobody is left to compare with, and there is no month before. Import older data, or study a newer course", all, c.months.from)
	}
	return nil
}

func (c *company) lastStart() month {
	last := month(math.MinInt)
	for _, s := range c.rollout.starts {
		if s.ever {
			last = max(last, s.month)
		}
	}
	return last
}

func (c *company) nobodyReached(rule Treatment) error {
	field, value := rule.target()
	remedy := "wait"
	if rule.Share > 0 {
		remedy = "lower share_of_seats or wait"
	} else if rule.People > 1 {
		remedy = "lower people or wait"
	}
	hint := ""
	if c.rollout.unassigned > 0 {
		hint = fmt.Sprintf(" (%s outside the population or in no account did it too)", plural(c.rollout.unassigned, "person"))
	}
	return fault.New(fault.InsufficientData, "no account reached %s with %s %q; %s %s it%s: %s",
		rule.goal(), field, value, plural(c.rollout.learners, "person"), rule.verb(), hint, remedy)
}

// dataProblem says in words why an estimate was impossible, "" when the error
// is not of the data's making. It is a finding, not a failure: the other
// outcomes of the study go on.
func dataProblem(err error) string {
	reasons := []struct {
		is   error
		says string
	}{
		{stat.ErrTooFew, "the data are too few"},
		{stat.ErrNoOverlap, "there are no comparable accounts without training"},
		{stat.ErrNoVariance, "the outcome does not vary"},
		{stat.ErrSeparation, "the covariates tell trained accounts from others without fail, so nobody is comparable"},
		{stat.ErrCollinear, "the covariates repeat each other"},
		{stat.ErrNoConvergence, "the model of who trains could not be fitted"},
	}
	for _, r := range reasons {
		if errors.Is(err, r.is) {
			return fmt.Sprintf("%s (%v)", r.says, err)
		}
	}
	return ""
}
