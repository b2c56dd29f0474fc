package duckdb_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/liftmark/liftmark/internal/warehouse/duckdb"
	"github.com/liftmark/liftmark/internal/warehouse/plan"
)

var noon = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)

func periods(days ...int) []plan.Period {
	var out []plan.Period
	for _, d := range days {
		start := time.Date(2026, 1, d, 0, 0, 0, 0, time.UTC)
		out = append(out, plan.Period{Key: start, Start: start, End: start.AddDate(0, 0, 1)})
	}
	return out
}

// want is what each node means in SQL, written by hand from its contract.
func TestEmit(t *testing.T) {
	tickets := plan.Scan{Table: "ticket", Columns: []string{"account_id", "opened_at"}}
	day1, day2, day3 := noon.Add(-12*time.Hour).AddDate(0, 0, -30), noon.Add(-12*time.Hour).AddDate(0, 0, -29), noon.Add(-12*time.Hour).AddDate(0, 0, -28)
	for _, tt := range []struct {
		name string
		plan plan.Node
		want string
		args []any
	}{{
		name: "filters join the reading of a table",
		plan: plan.Filter{Input: plan.Filter{Input: tickets, Where: plan.Binary{Op: plan.Ge, L: plan.Column("opened_at"), R: plan.Value{V: noon}}},
			Where: plan.In{X: plan.Column("topic"), Values: []any{"a'b", "c"}}},
		want: `SELECT "account_id", "opened_at" FROM "ticket" AS t1
			WHERE ("opened_at" >= CAST(? AS TIMESTAMP)) AND ("topic" IN (CAST(? AS VARCHAR), CAST(? AS VARCHAR)))`,
		args: []any{noon, "a'b", "c"},
	}, {
		name: "an aggregate by month with arguments in the order of the text",
		plan: plan.Aggregate{
			Input: plan.Filter{Input: tickets, Where: plan.Contains{X: plan.Column("topic"), Text: plan.Value{V: "z"}, Prefix: true}},
			By:    []plan.Named{{Name: "unit", Expr: plan.Column("account_id")}, {Name: "period", Expr: plan.Bucket{X: plan.Column("opened_at"), Grain: "month"}}},
			Measures: []plan.Measure{
				{Name: "n", Func: plan.Count, Where: plan.Binary{Op: plan.Eq, L: plan.Column("topic"), R: plan.Value{V: "y"}}},
				{Name: "people", Func: plan.Distinct, Arg: plan.Column("person_id")}, {Name: "cost", Func: plan.SumWhole, Arg: plan.Column("cost")}}},
		want: `SELECT "account_id" AS "unit", date_trunc('month', "opened_at") AS "period",
				count(*) FILTER (WHERE ("topic" = CAST(? AS VARCHAR))) AS "n", count(DISTINCT "person_id") AS "people", sum("cost") AS "cost"
			FROM "ticket" AS t1 WHERE starts_with(lower("topic"), lower(CAST(? AS VARCHAR))) GROUP BY 1, 2`,
		args: []any{"y", "z"},
	}, {
		name: "the last value, the greatest of several at once",
		plan: plan.Aggregate{Input: tickets, By: plan.Columns("account_id"), Measures: []plan.Measure{{Name: "last", Func: plan.Last, Arg: plan.Column("topic"), Arg2: plan.Column("opened_at")}}},
		want: `SELECT "key 1" AS "account_id", arg_max("arg 1", CASE WHEN "arg 2" IS NOT NULL THEN struct_pack(at := "arg 2", x := "arg 1") END) AS "last"
			FROM ( SELECT "account_id" AS "key 1", "topic" AS "arg 1", "opened_at" AS "arg 2" FROM "ticket" AS t1 ) AS t2 GROUP BY 1`,
	}, {
		name: "who a fact is about",
		plan: plan.Resolve{Input: tickets, Person: "person_id", Account: "account_id", At: "opened_at"},
		want: `SELECT t2.*, coalesce(i.person_id, t2."person_id") AS person, coalesce(t2."account_id", m.account_id) AS account
			FROM ( SELECT "account_id", "opened_at" FROM "ticket" AS t1 ) AS t2
			LEFT JOIN identity AS i ON i.value = t2."person_id"
			LEFT JOIN membership AS m ON m.person_id = i.person_id AND m.valid_from <= t2."opened_at" AND m.valid_to > t2."opened_at"`,
	}, {
		name: "people alone",
		plan: plan.Resolve{Input: tickets, Person: "person_id", PersonOnly: true},
		want: `SELECT t2.*, coalesce(i.person_id, t2."person_id") AS person
			FROM ( SELECT "account_id", "opened_at" FROM "ticket" AS t1 ) AS t2
			LEFT JOIN identity AS i ON i.value = t2."person_id"`,
	}, {
		name: "what held at the start of two days",
		plan: plan.AsOf{Input: plan.Scan{Table: "subscription", Columns: []string{"account_id"}}, From: "started_at", To: "ended_at", Periods: periods(1, 2)},
		want: `SELECT t2.*, p.period, p.instant FROM ( SELECT "account_id" FROM "subscription" AS t1 ) AS t2
			JOIN (SELECT unnest(CAST(? AS TIMESTAMP[])) AS period, unnest(CAST(? AS TIMESTAMP[])) AS instant) AS p
			ON t2."started_at" < p.instant AND coalesce(t2."ended_at", TIMESTAMP 'infinity') >= p.instant`,
		args: []any{[]time.Time{day1, day2}, []time.Time{day1, day2}},
	}, {
		name: "what overlaps two days",
		plan: plan.Overlap{Input: plan.Scan{Table: "subscription", Columns: []string{"account_id"}}, From: "started_at", To: "ended_at", Periods: periods(1, 2)},
		want: `SELECT t2.*, p.period, greatest(t2."started_at", p.start) AS overlap_from, least(t2."ended_at", p."end") AS overlap_to FROM ( SELECT "account_id" FROM "subscription" AS t1 ) AS t2
			JOIN (SELECT unnest(CAST(? AS TIMESTAMP[])) AS period, unnest(CAST(? AS TIMESTAMP[])) AS start, unnest(CAST(? AS TIMESTAMP[])) AS "end") AS p
			ON t2."started_at" < p."end" AND coalesce(t2."ended_at", TIMESTAMP 'infinity') > p.start`,
		args: []any{[]time.Time{day1, day2}, []time.Time{day1, day2}, []time.Time{day2, day3}},
	}, {
		name: "keys among others, stacked and sorted",
		plan: plan.Sort{By: []string{"account_id"}, Limit: 3, Input: plan.Union{Inputs: []plan.Node{
			plan.Semi{Input: tickets, Column: "account_id", In: plan.Scan{Table: "account", Columns: []string{"account_id"}}}, tickets}}},
		want: `SELECT * FROM ( SELECT * FROM ( SELECT "account_id", "opened_at" FROM "ticket" AS t1 ) AS t2 WHERE t2."account_id" IN ( SELECT "account_id" FROM "account" AS t3 )
			UNION ALL SELECT "account_id", "opened_at" FROM "ticket" AS t4 ) AS t5 ORDER BY "account_id" NULLS FIRST LIMIT 3`,
	}, {
		name: "names of further columns",
		plan: plan.AttributeNames{Table: "account"},
		want: `SELECT DISTINCT unnest(map_keys(attributes)) AS name FROM "account" AS t1`,
	}, {
		name: "division by zero is null",
		plan: plan.Project{Input: tickets, Columns: []plan.Named{{Name: "rate", Expr: plan.Binary{Op: plan.Div, L: plan.Column("a"), R: plan.Column("b")}}}},
		want: `SELECT ("a" / nullif("b", 0)) AS "rate" FROM "ticket" AS t1`,
	}} {
		query, args := duckdb.Emit(tt.plan)
		if diff := cmp.Diff(strings.Fields(tt.want), strings.Fields(query)); diff != "" {
			t.Errorf("%s:\n%s\n%s", tt.name, query, diff)
		}
		if diff := cmp.Diff(tt.args, args); diff != "" {
			t.Errorf("%s: arguments %s", tt.name, diff)
		}
		if strings.Count(query, "?") != len(args) {
			t.Errorf("%s: %d marks for %d arguments", tt.name, strings.Count(query, "?"), len(args))
		}
	}
}

// No text of a user ever becomes part of a statement.
func TestValuesAreNeverText(t *testing.T) {
	evil := `'; DROP TABLE usage; --`
	for _, x := range []plan.Expr{
		plan.Binary{Op: plan.Eq, L: plan.Column("feature"), R: plan.Value{V: evil}}, plan.In{X: plan.Column("feature"), Values: []any{evil}},
		plan.Contains{X: plan.Column("feature"), Text: plan.Value{V: evil}}, plan.Binary{Op: plan.Eq, L: plan.Attribute{Key: evil}, R: plan.Value{V: "x"}},
	} {
		query, _ := duckdb.Emit(plan.Filter{Input: plan.Scan{Table: "usage", Columns: []string{"feature"}}, Where: x})
		if strings.Contains(query, "DROP") {
			t.Errorf("the statement holds the value: %s", query)
		}
	}
	query, _ := duckdb.Emit(plan.Scan{Table: `x"; DROP TABLE usage`, Columns: []string{`y"z`}})
	if !strings.Contains(query, `"x""; DROP TABLE usage"`) || !strings.Contains(query, `"y""z"`) {
		t.Errorf("identifiers are not quoted: %s", query)
	}
}

// rows runs a plan of one column and gives it as text.
func answers(t *testing.T, db *duckdb.DB, n plan.Node) []string {
	t.Helper()
	rows, err := db.Run(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var out []string
	for rows.Next() {
		var at time.Time
		if err := rows.Scan(&at); err != nil {
			t.Fatal(err)
		}
		out = append(out, at.UTC().Format("2006-01-02T15:04"))
	}
	return out
}

// Local time from the plan's shifts equals what the engine's own time zone
// database (ICU) says, hour by hour over two years.
func TestLocalTimeAgreesWithICU(t *testing.T) {
	db := open(t, "")
	run(t, db, `INSERT INTO usage (batch, "row", event_id, time, feature) SELECT 1, i, i, TIMESTAMP '2025-01-01' + to_hours(i::INT), 'x' FROM range(17520) r(i)`)
	for _, name := range []string{"Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		var shifts []plan.Shift
		end := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
		for at := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC); ; {
			_, until := at.In(zone).ZoneBounds()
			_, offset := at.In(zone).Zone()
			shift := plan.Shift{Offset: time.Duration(offset) * time.Second, Until: until.UTC()}
			if until.IsZero() || until.After(end) {
				shifts = append(shifts, plan.Shift{Offset: shift.Offset})
				break
			}
			shifts = append(shifts, shift)
			at = until
		}
		local := plan.Project{Input: plan.Scan{Table: "usage", Columns: []string{"time"}}, Columns: []plan.Named{{Name: "day", Expr: plan.Bucket{X: plan.LocalTime{X: plan.Column("time"), Shifts: shifts}, Grain: "week"}}}}
		got := answers(t, db, plan.Sort{Input: local, By: []string{"day"}})
		want := column(t, db.SQL(), `SELECT strftime(date_trunc('week', timezone('`+name+`', timezone('UTC', time))), '%Y-%m-%dT%H:%M') AS day FROM usage ORDER BY day`)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// An argument that is a time arrives as it was, whatever the time zone of the
// connection.
func TestTimesAreBoundWithoutZone(t *testing.T) {
	db := open(t, "")
	run(t, db, `INSERT INTO usage (batch, "row", event_id, time, feature) VALUES (1, 1, 'e', '2026-01-31 12:00:00', 'x')`)
	if _, err := db.SQL().Exec(`SET GLOBAL TimeZone = 'America/New_York'`); err != nil {
		t.Fatal(err)
	}
	got := answers(t, db, plan.Filter{Input: plan.Scan{Table: "usage", Columns: []string{"time"}}, Where: plan.Binary{Op: plan.Eq, L: plan.Column("time"), R: plan.Value{V: noon}}})
	if diff := cmp.Diff([]string{"2026-01-31T12:00"}, got); diff != "" {
		t.Error(diff)
	}
}
