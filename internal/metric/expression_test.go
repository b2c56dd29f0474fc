package metric

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/warehouse/plan"
)

func learningScope(t *testing.T) *rowScope {
	t.Helper()
	src, err := findSource("learning")
	if err != nil {
		t.Fatal(err)
	}
	return newRowScope(src, map[string]any{"course": "c1", "least": 0.5}, 2)
}

func TestConditions(t *testing.T) {
	text := func(s string) plan.Value { return plan.Value{V: s} }
	for _, tt := range []struct {
		source string
		want   plan.Expr
	}{
		{"verb = 'completed'", plan.Binary{Op: plan.Eq, L: plan.Column("verb"), R: text("completed")}},
		{"'completed' = verb", plan.Binary{Op: plan.Eq, L: text("completed"), R: plan.Column("verb")}},
		{"score >= :least", plan.Binary{Op: plan.Ge, L: plan.Column("score"), R: plan.Value{V: 0.5}}},
		{"score > -0.5 + 1", plan.Binary{Op: plan.Gt, L: plan.Column("score"), R: plan.Binary{Op: plan.Add, L: plan.Value{V: -0.5}, R: plan.Value{V: 1.0}}}},
		{"activity.course = :course", plan.Binary{Op: plan.Eq, L: plan.Column("activity.course"), R: text("c1")}},
		{"country = 'de'", plan.Binary{Op: plan.Eq, L: plan.Column("country"), R: text("DE")}},
		{"attributes.tier = 'it''s'", plan.Binary{Op: plan.Eq, L: plan.Attribute{Key: "tier"}, R: text("it's")}},
		{"attributes.rank > 3", plan.Binary{Op: plan.Gt, L: plan.ToNumber{X: plan.Attribute{Key: "rank"}}, R: plan.Value{V: 3.0}}},
		{"time < '2026-02-01'", plan.Binary{Op: plan.Lt, L: plan.Column("time"), R: plan.Value{V: time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)}}},
		{"verb not in ('passed', 'failed')", plan.Not{X: plan.In{X: plan.Column("verb"), Values: []any{"passed", "failed"}}}},
		{"score is not null", plan.Not{X: plan.IsNull{X: plan.Column("score")}}},
		{"activity.title contains 'intro'", plan.Contains{X: plan.Column("activity.title"), Text: text("intro")}},
		{"success = true or score is null and not country starts 'D'", plan.Or{
			plan.Binary{Op: plan.Eq, L: plan.Column("success"), R: plan.Value{V: true}},
			plan.And{plan.IsNull{X: plan.Column("score")}, plan.Not{X: plan.Contains{X: plan.Column("country"), Text: text("D"), Prefix: true}}}}},
	} {
		got, err := parseCondition(tt.source, learningScope(t))
		if err != nil {
			t.Errorf("%s: %v", tt.source, err)
			continue
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: %s", tt.source, diff)
		}
	}
}

// Money is stored in minor units and written in major ones.
func TestMoneyIsComparedInMajorUnits(t *testing.T) {
	src, err := findSource("ticket")
	if err != nil {
		t.Fatal(err)
	}
	got, err := parseCondition("cost >= 12.5", newRowScope(src, nil, 2))
	want := plan.Binary{Op: plan.Ge, L: plan.Binary{Op: plan.Div, L: plan.Column("cost"), R: plan.Value{V: 100.0}}, R: plan.Value{V: 12.5}}
	if diff := cmp.Diff(plan.Expr(want), got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
}

// Each error names the position of what is wrong and what would be right.
func TestConditionsThatMakeNoSense(t *testing.T) {
	for _, tt := range []struct{ source, part string }{
		{"verb = 'finished'", `position 8: verb is never "finished"; it is one of enrolled`},
		{"verb = finished", `position 8: learning has no field "finished"`},
		{"score > 'high'", `position 9: "high" is not a number, and score is one`},
		{"time > 'yesterday'", `position 8: "yesterday" is not a time; write '2026-01-31'`},
		{"verb > 'passed'", "compares numbers and times"},
		{"score = null", "write is null"},
		{"verb", "not a condition"},
		{"score + verb > 1", `position 7: "+" stands between two numbers`},
		{"verb = 'passed", "position 8: this text has no closing quote"},
		{"verb = 'passed' score > 1", `position 17: expected the end`},
		{"(verb = 'passed'", `expected ")" before the end`},
		{"verb in 'passed'", `expected "("`},
		{"verb in (score)", "holds values only"},
		{"score ~ 1", `position 7: "~" has no meaning here`},
		{"success and 1", `"and" stands between two conditions`},
		{"not score", `"not" stands before a condition`},
		{"activity.colour = 'x'", `activity has no field "colour"`},
		{"galaxy.name = 'x'", "does not begin with account, person or activity"},
		{"score > :most", `there is no parameter "most"`},
		{"verb =", "something is missing before the end"},
		{"attributes.x = 1 and verb = 3", "put the number in quotes"},
		{"", "something is missing"},
	} {
		_, err := parseCondition(tt.source, learningScope(t))
		if fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), tt.part) {
			t.Errorf("%q: %v, want %q", tt.source, err, tt.part)
		}
	}
}

func FuzzConditions(f *testing.F) {
	for _, s := range []string{"verb = 'passed' and (score > 0.5 or attributes.x in ('a'))", "not not success", "((((", "'", ":", "min(score, 1) > if(success, 1, 2)", "score is not null", "äö = 1", "1..2"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, source string) {
		src, _ := findSource("learning")
		if _, err := parseCondition(source, newRowScope(src, nil, 2)); err != nil && fault.KindOf(err) != fault.Invalid {
			t.Errorf("%q: %v", source, err)
		}
	})
}

func TestPeriods(t *testing.T) {
	zone := func(name string) *time.Location {
		z, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		return z
	}
	at := func(text string) time.Time {
		x, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	for _, tt := range []struct {
		name, grain, zone, from, to string
		want                        []string
	}{
		{"weeks start on Monday", "week", "UTC", "2026-01-01T00:00:00Z", "2026-01-07T00:00:00Z",
			[]string{"2025-12-29 00:00 +0000", "2026-01-05 00:00 +0000"}},
		{"the clocks go forward within March", "month", "Europe/Berlin", "2026-03-15T00:00:00Z", "2026-04-15T00:00:00Z",
			[]string{"2026-03-01 00:00 +0100", "2026-04-01 00:00 +0200"}},
		{"a day of 23 hours", "day", "Europe/Berlin", "2026-03-29T12:00:00Z", "2026-03-30T12:00:00Z",
			[]string{"2026-03-29 00:00 +0100", "2026-03-30 00:00 +0200"}},
		{"a day without midnight", "day", "America/Sao_Paulo", "2018-11-04T12:00:00Z", "2018-11-05T12:00:00Z",
			[]string{"2018-11-04 01:00 -0200", "2018-11-05 00:00 -0200"}},
		{"quarters", "quarter", "UTC", "2025-11-15T00:00:00Z", "2026-05-01T00:00:00Z",
			[]string{"2025-10-01 00:00 +0000", "2026-01-01 00:00 +0000", "2026-04-01 00:00 +0000"}},
	} {
		line, err := newTimeline(tt.grain, zone(tt.zone), at(tt.from), at(tt.to), at(tt.to), true, true)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for i, p := range line.periods {
			got = append(got, p.start.In(zone(tt.zone)).Format("2006-01-02 15:04 -0700"))
			if i > 0 && !p.start.Equal(line.periods[i-1].end) {
				t.Errorf("%s: period %d does not begin where the one before ends", tt.name, i)
			}
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: %s", tt.name, diff)
		}
	}
}

// A span that the user sets is cut there, and periods cut short are not
// complete.
func TestPeriodsAreCutWhereTheUserSaysSo(t *testing.T) {
	day := func(m time.Month, d int) time.Time { return time.Date(2026, m, d, 0, 0, 0, 0, time.UTC) }
	line, err := newTimeline("month", time.UTC, day(1, 10), day(4, 1), day(3, 20), false, false)
	if err != nil {
		t.Fatal(err)
	}
	want := []period{
		{day(1, 1), day(1, 10), day(2, 1), day(2, 1), false},
		{day(2, 1), day(2, 1), day(3, 1), day(3, 1), true},
		{day(3, 1), day(3, 1), day(4, 1), day(3, 20), false},
	}
	if diff := cmp.Diff(want, line.periods, cmp.AllowUnexported(period{})); diff != "" {
		t.Error(diff)
	}
}

func TestDefinitionsThatAreWrong(t *testing.T) {
	const good = `id: k
version: 1
name: K
category: c
level: 1
unit: account
kind: ratio
value: percent
direction: higher
measures: {m: {fact: ticket, agg: count}}
num: m
den: m
attributes: {definition: x, business_insights: x, measurement_approach: x, standard_formula: x, trend_analysis: x, diagnostic_questions: [x],
  actionable_tips: [x], visualisation_suggestions: [x], risk_warnings: [x], tools_and_technologies: [x], integration_points: [x], change_impact: x}
`
	if _, err := Parse("k.yaml", []byte(good)); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ from, to, part string }{
		{"name: K", "nmae: K", "nmae"},
		{"id: k", "id: K-1", "lower-case letters"},
		{"fact: ticket", "fact: tikcet", `no fact "tikcet"`},
		{"agg: count", "agg: median", "it must be one of count, sum"},
		{"num: m", "num: x", `there is no measure "x"; the measures are m`},
		{"agg: count", "agg: sum, field: topic", "which is no number"},
		{"agg: count", "agg: sum, field: price", `no field "price"`},
		{"agg: count", "agg: count, as_of: noon", "period_start, period_end"},
		{"fact: ticket", "fact: subscription", "needs as_of or agg: months"},
		{"change_impact: x", `change_impact: ""`, "attributes.change_impact is missing"},
		{"num: m", "bands: [{name: a, under: 5}, {name: b, over: 5}]\nnum: m", "must include that point"},
		{"num: m", "bands: [{name: a, to: 5}, {name: b, from: 5}]\nnum: m", "must include that point"},
		{"num: m", "params: {p: {doc: d, where: {q: topic = :p}}}\nnum: m", `there is no "q"`},
		{"agg: count}", "agg: count, where: topc = 'x'}", `ticket has no field "topc"`},
	} {
		_, err := Parse("k.yaml", []byte(strings.Replace(good, tt.from, tt.to, 1)))
		if fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), tt.part) || !strings.Contains(err.Error(), "k.yaml") {
			t.Errorf("%s: %v, want %q", tt.to, err, tt.part)
		}
	}
}
