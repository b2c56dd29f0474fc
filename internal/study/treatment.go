package study

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/liftmark/liftmark/internal/figure"
	"github.com/liftmark/liftmark/internal/metric"
)

// start is when a unit's treatment began; the zero value means never.
type start struct {
	at    time.Time
	ever  bool
	month month
}

// rollout is when each account of the population came to count as trained.
type rollout struct {
	starts []start // by account, in the order of company.accounts
	// What the dating met on its way; said in the finding.
	learners   int // people who did it, in the population
	unassigned int // people who did it and belong to no account of the population
	fallback   int // accounts without seats, for which the known people were counted
	undatable  int // accounts with neither seats nor known people: never trained
}

// dateStarts gives each account's start: the moment when enough of its people
// had done it for the first time. firsts holds one first event per person;
// people counts the known people of an account, for accounts without seats.
func dateStarts(rule Treatment, accounts []account, firsts []metric.FirstEvent, people map[string]int, zone *time.Location) rollout {
	byAccount, unassigned := groupFirsts(accounts, firsts)
	r := rollout{starts: make([]start, len(accounts)), unassigned: unassigned}
	for i, a := range accounts {
		times := byAccount[a.id]
		r.learners += len(times)
		need, source := needed(rule, a.seats, people[a.id])
		switch source {
		case fromPeople:
			r.fallback++
		case fromNothing:
			r.undatable++
			continue
		}
		if len(times) < need {
			continue
		}
		at := times[need-1]
		r.starts[i] = start{at: at, ever: true, month: monthOf(at, zone)}
	}
	return r
}

// denominator says where the number of people that a rule needs came from.
type denominator int

const (
	fromRule denominator = iota // the rule counts people, no share
	fromSeats
	fromPeople
	fromNothing
)

// shareSlack keeps 0.3 × 10 from needing four people by rounding.
const shareSlack = 1e-9

// needed is how many people of an account must have done it. A share of no
// seats falls back on the people known, and on nothing when there are none.
func needed(rule Treatment, seats, people int) (int, denominator) {
	if rule.Share == 0 {
		return max(1, rule.People), fromRule
	}
	of, source := seats, fromSeats
	if seats <= 0 {
		of, source = people, fromPeople
	}
	if of <= 0 {
		return 0, fromNothing
	}
	return max(1, int(math.Ceil(rule.Share*float64(of)-shareSlack))), source
}

// groupFirsts sorts each account's first events by time, one for each person.
func groupFirsts(accounts []account, firsts []metric.FirstEvent) (map[string][]time.Time, int) {
	known := make(map[string]bool, len(accounts))
	for _, a := range accounts {
		known[a.id] = true
	}
	earliest := map[[2]string]time.Time{}
	unassigned := 0
	for _, f := range firsts {
		if !known[f.Account] {
			unassigned++
			continue
		}
		key := [2]string{f.Account, f.Person}
		if t, ok := earliest[key]; !ok || f.Time.Before(t) {
			earliest[key] = f.Time
		}
	}
	grouped := map[string][]time.Time{}
	for key, t := range earliest {
		grouped[key[0]] = append(grouped[key[0]], t)
	}
	for _, times := range grouped {
		slices.SortFunc(times, time.Time.Compare)
	}
	return grouped, unassigned
}

// where is the records that count, as a filter over learning records.
func (t Treatment) where() string { return t.Activities() + " and verb = " + quoted(t.verb()) }

// Activities is all records of what is learned, whatever the verb, as a filter
// over learning records.
func (t Treatment) Activities() string {
	field, value := t.target()
	if field != "activity_id" {
		field = "activity." + field
	}
	return field + " = " + quoted(value)
}

// noun is what the rule names: a course, an activity or a program.
func (t Treatment) noun() string {
	field, _ := t.target()
	return strings.TrimSuffix(field, "_id")
}

// goal is what an account has to reach: "30 % of its seats".
func (t Treatment) goal() string {
	switch {
	case t.Share > 0:
		return figure.Share(t.Share) + " of its seats"
	case t.People > 1:
		return fmt.Sprintf("%d people", t.People)
	default:
		return "one person"
	}
}

// target is the field that names what is learned, and its value.
func (t Treatment) target() (field, value string) {
	switch {
	case t.Course != "":
		return "course", t.Course
	case t.Activity != "":
		return "activity_id", t.Activity
	default:
		return "program", t.Program
	}
}

func (t Treatment) verb() string {
	if t.Verb == "" {
		return "completed"
	}
	return t.Verb
}

// quoted writes a value of a filter; a quote in it is doubled.
func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

var verbPhrases = map[string]string{
	"enrolled": "enrolled in", "invited": "were invited to", "progressed": "made progress in", "commented": "commented on",
	"certified": "were certified in", "withdrew": "withdrew from", "expired": "let expire",
}

// words says the rule: "30 % of an account's seats completed Onboarding Academy".
func (t Treatment) words(title string) string {
	verb := t.verb()
	if phrase, ok := verbPhrases[verb]; ok {
		verb = phrase
	}
	return t.who() + " " + verb + " " + title
}

func (t Treatment) who() string {
	switch {
	case t.Share > 0:
		return figure.Share(t.Share) + " of an account's seats"
	case t.People > 1:
		return fmt.Sprintf("%d people of an account", t.People)
	default:
		return "one person or more of an account"
	}
}
