package duckdb_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/warehouse/duckdb"
	"github.com/liftmark/liftmark/internal/warehouse/plan"
)

// numbers makes a table of a key, a time and two numbers from a list of values.
func numbers(t *testing.T, values string) *duckdb.DB {
	t.Helper()
	db := open(t, "")
	run(t, db, `CREATE TABLE number (k VARCHAR, "at" TIMESTAMP, x DOUBLE, y DOUBLE)`)
	if values != "" {
		run(t, db, `INSERT INTO number VALUES `+values)
	}
	return db
}

// ask answers an aggregate of one measure by key, as "key=value" lines.
func ask(t *testing.T, db *duckdb.DB, by []plan.Named, m plan.Measure) (string, error) {
	t.Helper()
	m.Name = "answer"
	n := plan.Aggregate{Input: plan.Scan{Table: "number", Columns: []string{"k", "at", "x", "y"}}, By: by, Measures: []plan.Measure{m}}
	sorted := plan.Sort{Input: n}
	for _, b := range by {
		sorted.By = append(sorted.By, b.Name)
	}
	if sorted.By == nil {
		sorted.By = []string{"answer"}
	}
	rows, err := db.Run(t.Context(), sorted)
	if err != nil {
		return "", err
	}
	defer func() { _ = rows.Close() }()
	var lines []string
	for rows.Next() {
		var key *string
		var value *float64
		dest := []any{&value}
		if len(by) > 0 {
			dest = []any{&key, &value}
		}
		if err := rows.Scan(dest...); err != nil {
			t.Fatal(err)
		}
		line := "null"
		if value != nil {
			line = fmt.Sprint(*value)
		}
		if key != nil {
			line = *key + "=" + line
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, " "), rows.Err()
}

// want is exact arithmetic by hand.
func TestAggregatesAreExact(t *testing.T) {
	x, y, at := plan.Column("x"), plan.Column("y"), plan.Column("at")
	const morning, noon = "'2026-01-01 08:00'", "'2026-01-01 12:00'"
	for _, tt := range []struct {
		name, values string
		alone        bool // one group without a key
		measure      plan.Measure
		want         string
	}{
		{name: "what is small beside what cancels", values: `('a',NULL,1e16,0),('a',NULL,1,0),('a',NULL,-1e16,0),('a',NULL,0.25,0)`, measure: plan.Measure{Func: plan.Sum, Arg: x}, want: "a=1.25"},
		{name: "below zero", values: `('a',NULL,-2.75,0),('a',NULL,-0.5,0)`, measure: plan.Measure{Func: plan.Sum, Arg: x}, want: "a=-3.25"},
		{name: "ten tenths", values: strings.Repeat(`('a',NULL,0.1,0),`, 9) + `('a',NULL,0.1,0)`, measure: plan.Measure{Func: plan.Sum, Arg: x}, want: "a=1"},
		{name: "nulls are left out, and nothing adds to null", values: `('a',NULL,NULL,0),('b',NULL,2,0),('b',NULL,NULL,0),(NULL,NULL,3,0)`, measure: plan.Measure{Func: plan.Sum, Arg: x}, want: "3 a=null b=2"},
		{name: "no rows at all", alone: true, measure: plan.Measure{Func: plan.Sum, Arg: x}, want: "null"},
		{name: "equal values are their mean", values: `('a',NULL,0.1,0),('a',NULL,0.1,0),('a',NULL,0.1,0)`, measure: plan.Measure{Func: plan.Mean, Arg: x}, want: "a=0.1"},
		{name: "mean of those for which the condition holds", values: `('a',NULL,1,1),('a',NULL,2,1),('a',NULL,9,0)`, measure: plan.Measure{Func: plan.Mean, Arg: x, Where: plan.Binary{Op: plan.Eq, L: y, R: plan.Value{V: 1.0}}}, want: "a=1.5"},
		{name: "variance beside a large mean", values: `('a',NULL,1e12,0),('a',NULL,1000000000001,0),('a',NULL,1000000000002,0),('b',NULL,7,0),(NULL,NULL,1,0),(NULL,NULL,3,0)`, measure: plan.Measure{Func: plan.VarSample, Arg: x}, want: "2 a=1 b=null"},
		{name: "equal values do not vary", values: `('a',NULL,0.1,0),('a',NULL,0.1,0),('a',NULL,0.1,0)`, measure: plan.Measure{Func: plan.VarSample, Arg: x}, want: "a=0"},
		{name: "variance of nothing", alone: true, measure: plan.Measure{Func: plan.VarSample, Arg: x}, want: "null"},
		{name: "variance without keys", alone: true, values: `('a',NULL,1,0),('b',NULL,2,0),('c',NULL,6,0)`, measure: plan.Measure{Func: plan.VarSample, Arg: x}, want: "7"},
		{name: "covariance of pairs alone", values: `('a',NULL,1,2),('a',NULL,2,4),('a',NULL,3,6),('a',NULL,NULL,100),('a',NULL,50,NULL)`, measure: plan.Measure{Func: plan.CovSample, Arg: x, Arg2: y}, want: "a=2"},
		{name: "covariance below zero", values: `('a',NULL,1,-1),('a',NULL,-1,1)`, measure: plan.Measure{Func: plan.CovSample, Arg: x, Arg2: y}, want: "a=-2"},
		{name: "the first, the least of two at once", values: `('a',` + noon + `,1,0),('a',` + morning + `,5,0),('a',` + morning + `,4,0),('a',NULL,0,0),('a',` + morning + `,NULL,0)`, measure: plan.Measure{Func: plan.First, Arg: x, Arg2: at}, want: "a=4"},
		{name: "the last, the greatest of two at once", values: `('a',` + noon + `,1,0),('a',` + noon + `,3,0),('a',` + noon + `,2,0),('a',` + morning + `,9,0),('a',NULL,8,0)`, measure: plan.Measure{Func: plan.Last, Arg: x, Arg2: at}, want: "a=3"},
	} {
		by := plan.Columns("k")
		if tt.alone {
			by = nil
		}
		got, err := ask(t, numbers(t, tt.values), by, tt.measure)
		if err != nil || got != tt.want {
			t.Errorf("%s: %q (%v), want %q", tt.name, got, err, tt.want)
		}
	}
}

// Rows that come in another order, or to other threads, add up to the same bits.
func TestAggregatesAreTheSameInAnyOrder(t *testing.T) {
	const rows = `SELECT 'k' || i % 3, TIMESTAMP '2026-01-01' + to_hours((hash(i) % 50)::INT), (hash(i) % 100003) / 977.0 * pow(10, (hash(i + 1) % 9)::INT - 4), (hash(i + 2) % 1009) / 31.0 FROM range(130000) r(i)`
	x, y, at := plan.Column("x"), plan.Column("y"), plan.Column("at")
	all := plan.Aggregate{Input: plan.Scan{Table: "number", Columns: []string{"k", "at", "x", "y"}}, By: plan.Columns("k"), Measures: []plan.Measure{
		{Name: "sum", Func: plan.Sum, Arg: x}, {Name: "mean", Func: plan.Mean, Arg: y}, {Name: "var", Func: plan.VarSample, Arg: x},
		{Name: "cov", Func: plan.CovSample, Arg: x, Arg2: y}, {Name: "first", Func: plan.First, Arg: x, Arg2: at}, {Name: "last", Func: plan.Last, Arg: y, Arg2: at}}}
	var before string
	for _, order := range []string{"i", "hash(i + 3)"} {
		db := numbers(t, "")
		run(t, db, `INSERT INTO number `+rows+` ORDER BY `+order)
		for _, threads := range []int{1, 2, 5} {
			run(t, db, fmt.Sprintf("SET threads = %d", threads))
			got := table(t, db, plan.Sort{Input: all, By: []string{"k"}})
			if before == "" {
				before = got
			}
			if strings.Count(got, "\n") != 3 || got != before {
				t.Errorf("by %d threads of rows by %s:\n%sbefore:\n%s", threads, order, got, before)
			}
		}
	}
}

// table gives the rows of a key and six numbers, to the last bit.
func table(t *testing.T, db *duckdb.DB, n plan.Node) string {
	t.Helper()
	rows, err := db.Run(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var out strings.Builder
	for rows.Next() {
		var key string
		var x [6]float64
		if err := rows.Scan(&key, &x[0], &x[1], &x[2], &x[3], &x[4], &x[5]); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(&out, key, x)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// A number too large to add exactly is refused, not added wrongly.
func TestSumsRefuseNumbersBeyondTheirRange(t *testing.T) {
	_, err := ask(t, numbers(t, `('a',NULL,1e300,0),('a',NULL,1,0)`), nil, plan.Measure{Func: plan.Sum, Arg: plan.Column("x")})
	if fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), "9.2e18") {
		t.Errorf("error is %v", err)
	}
}
