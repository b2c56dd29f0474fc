package study

import (
	"testing"
	"time"

	"github.com/liftmark/liftmark/internal/metric"
)

func onDay(d int) time.Time { return time.Date(2025, 3, d, 12, 0, 0, 0, time.UTC) }

func TestDateStarts(t *testing.T) {
	did := func(person string, day int) metric.FirstEvent {
		return metric.FirstEvent{Person: person, Account: "A", Time: onDay(day)}
	}
	for _, tt := range []struct {
		name          string
		rule          Treatment
		seats, people int
		firsts        []metric.FirstEvent
		day           int // of the start; 0: never
		fallback      int
		undatable     int
	}{
		{name: "3 of 10 seats is the third person", rule: Treatment{Share: 0.3}, seats: 10,
			firsts: []metric.FirstEvent{did("c", 9), did("a", 2), did("b", 5), did("d", 20)}, day: 9},
		{name: "2 of 10 seats do not reach 30 %", rule: Treatment{Share: 0.3}, seats: 10, firsts: []metric.FirstEvent{did("a", 2), did("b", 5)}},
		{name: "a tenth of 3 seats is one person", rule: Treatment{Share: 0.1}, seats: 3, firsts: []metric.FirstEvent{did("a", 2)}, day: 2},
		{name: "all seats", rule: Treatment{Share: 1}, seats: 2, firsts: []metric.FirstEvent{did("a", 2), did("b", 5)}, day: 5},
		{name: "one person twice is one person", rule: Treatment{People: 2}, seats: 10, firsts: []metric.FirstEvent{did("a", 2), did("a", 5)}},
		{name: "any one person by default", rule: Treatment{}, firsts: []metric.FirstEvent{did("b", 5), did("a", 4)}, day: 4},
		{name: "without seats the known people count", rule: Treatment{Share: 0.5}, people: 4, firsts: []metric.FirstEvent{did("a", 2), did("b", 5)}, day: 5, fallback: 1},
		{name: "neither seats nor people", rule: Treatment{Share: 0.5}, firsts: []metric.FirstEvent{did("a", 2)}, undatable: 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := dateStarts(tt.rule, []account{{id: "A", seats: tt.seats}}, tt.firsts, map[string]int{"A": tt.people}, time.UTC)
			got := 0
			if r.starts[0].ever {
				got = r.starts[0].at.Day()
			}
			if got != tt.day || r.fallback != tt.fallback || r.undatable != tt.undatable {
				t.Errorf("day %d, fallback %d, undatable %d; want %d, %d, %d", got, r.fallback, r.undatable, tt.day, tt.fallback, tt.undatable)
			}
		})
	}
}

func TestStartsCountOtherAccountsApart(t *testing.T) {
	r := dateStarts(Treatment{}, []account{{id: "A"}, {id: "B"}}, []metric.FirstEvent{
		{Person: "p", Account: "B", Time: onDay(1)}, {Person: "q", Account: "", Time: onDay(1)}, {Person: "r", Account: "other", Time: onDay(1)}}, nil, time.UTC)
	if r.starts[0].ever || !r.starts[1].ever || r.unassigned != 2 || r.learners != 1 {
		t.Errorf("%+v", r)
	}
}

func TestStartMonthIsOfTheZone(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	lastHour := time.Date(2025, 3, 31, 22, 30, 0, 0, time.UTC) // 1 April in Berlin
	r := dateStarts(Treatment{}, []account{{id: "A"}}, []metric.FirstEvent{{Person: "p", Account: "A", Time: lastHour}}, nil, berlin)
	if got := r.starts[0].month.String(); got != "Apr 2025" {
		t.Errorf("started in %s", got)
	}
}

func TestWholeMonths(t *testing.T) {
	for _, tt := range []struct{ from, to, want string }{
		{"2025-01-01", "2025-04-01", "Jan 2025 to Apr 2025"},
		{"2025-01-02", "2025-04-01", "Feb 2025 to Apr 2025"},
		{"2025-01-01", "2025-03-31", "Jan 2025 to Mar 2025"}, // March lacks its last day
	} {
		from, _ := time.Parse(time.DateOnly, tt.from)
		to, _ := time.Parse(time.DateOnly, tt.to)
		w := wholeMonths(from, to, time.UTC)
		if got := w.from.String() + " to " + w.to.String(); got != tt.want {
			t.Errorf("%s to %s: %s, want %s", tt.from, tt.to, got, tt.want)
		}
	}
}

func TestTreatmentWords(t *testing.T) {
	for want, rule := range map[string]Treatment{
		"30 % of an account's seats completed X":           {Course: "x", Share: 0.3},
		"12.5 % of an account's seats were certified in X": {Course: "x", Share: 0.125, Verb: "certified"},
		"3 people of an account attended X":                {Course: "x", People: 3, Verb: "attended"},
		"one person or more of an account completed X":     {Course: "x"},
	} {
		if got := plain(rule.words("X")); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestWhereQuotes(t *testing.T) {
	if got, want := (Treatment{Course: "it's"}).where(), "activity.course = 'it''s' and verb = 'completed'"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got, want := (Treatment{Activity: "a", Verb: "passed"}).where(), "activity_id = 'a' and verb = 'passed'"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
