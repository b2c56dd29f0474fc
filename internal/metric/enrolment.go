package metric

import (
	"time"

	"github.com/liftmark/liftmark/internal/record"
	"github.com/liftmark/liftmark/internal/warehouse/plan"
)

// earliest is the time before all times, as the warehouse writes it.
func earliest() time.Time { return time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC) }

// Which verbs say that a learner enrolled, started and completed. A source that
// reports completions alone has started learners too; an invitation starts
// nothing.
func enrolledVerbs() []any {
	return append([]any{"enrolled", "withdrew", "expired", "certified"}, startedVerbs()...)
}

func startedVerbs() []any {
	return append([]any{"started", "progressed", "viewed", "attempted", "answered", "commented", "failed"}, completedVerbs()...)
}

func completedVerbs() []any { return []any{"completed", "passed", "attended"} }

func enrolmentFields(person record.Field) []record.Field {
	return []record.Field{
		person, {Name: "activity_id", Ref: "activity"},
		{Name: "enrolled_at", Type: record.Time}, {Name: "started_at", Type: record.Time},
		{Name: "completed_at", Type: record.Time}, {Name: "certified_at", Type: record.Time}, {Name: "withdrew_at", Type: record.Time},
		{Name: "first_score", Type: record.Number}, {Name: "last_score", Type: record.Number},
		{Name: "days_to_complete", Type: record.Number},
	}
}

// enrolments has one row for each person and activity.
func enrolments() plan.Node {
	learning := plan.Scan{Table: "learning", Columns: []string{"time", "person_id", "activity_id", "verb", "score"}}
	at, score := plan.Column("time"), plan.Column("score")
	first := func(name string, verbs []any) plan.Measure {
		return plan.Measure{Name: name, Func: plan.Min, Arg: at, Where: plan.In{X: plan.Column("verb"), Values: verbs}}
	}
	rows := plan.Aggregate{
		Input: plan.Resolve{Input: learning, Person: "person_id", PersonOnly: true},
		By:    []plan.Named{{Name: "person_id", Expr: plan.Column("person")}, {Name: "activity_id", Expr: plan.Column("activity_id")}},
		Measures: []plan.Measure{
			first("enrolled_at", enrolledVerbs()), first("started_at", startedVerbs()), first("completed_at", completedVerbs()),
			first("certified_at", []any{"certified"}), first("withdrew_at", []any{"withdrew"}),
			{Name: "first_score", Func: plan.First, Arg: score, Arg2: at},
			{Name: "last_score", Func: plan.Last, Arg: score, Arg2: at},
		},
	}
	days := plan.Binary{Op: plan.Div, L: plan.Elapsed{From: plan.Column("started_at"), To: plan.Column("completed_at")}, R: plan.Value{V: 86400.0}}
	return plan.Extend{Input: rows, Columns: []plan.Named{{Name: "days_to_complete", Expr: days}}}
}

// memberships has each person's time in each account. The warehouse lets the
// first one reach back to the beginning of time, so that early facts find
// their account; here it begins when the person was created.
func memberships() plan.Node {
	spans := plan.Scan{Table: "membership", Columns: []string{"person_id", "account_id", "valid_from", "valid_to"}}
	people := plan.Aggregate{
		Input:    plan.Scan{Table: "person", Columns: []string{"person_id", "created_at"}},
		By:       plan.Columns("person_id"),
		Measures: []plan.Measure{{Name: "created_at", Func: plan.Min, Arg: plan.Column("created_at")}},
	}
	dated := plan.Join{Left: spans, Right: people, On: []plan.Pair{{Left: "person_id", Right: "person_id"}}, Take: []plan.Pair{{Left: "created_at", Right: "created_at"}}}
	return plan.Project{Input: dated, Columns: append(plan.Columns("person_id", "account_id", "valid_to"),
		plan.Named{Name: "valid_from", Expr: plan.Greatest{plan.Column("valid_from"), plan.Column("created_at")}})}
}
