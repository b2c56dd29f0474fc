package metric_test

import (
	"context"
	"math"
	"strconv"
	"testing"
	"time"

	"github.com/liftmark/liftmark/internal/metric"
	"github.com/liftmark/liftmark/internal/warehouse/duckdb"
)

// usageRows is the size of the benchmark's usage fact.
const usageRows = 5_000_000

// usageWorkspace has two years of usage by 40,000 people of 4,000 accounts.
func usageWorkspace(b *testing.B) *duckdb.DB {
	db := workspace(b, nil)
	for _, statement := range []string{
		`INSERT INTO account_version (batch, "row", account_id, plan, seats, signup_at)
			SELECT 1, i, 'account-' || i, ['free', 'pro', 'team'][1 + i % 3], 5 + i % 40, TIMESTAMP '2024-01-01' + to_days((i % 300)::INT) FROM range(4000) r(i)`,
		`INSERT INTO person_version (batch, "row", person_id, account_id, email, created_at)
			SELECT 1, i, 'person-' || i, 'account-' || i % 4000, 'p' || i || '@example.org', TIMESTAMP '2024-01-01' FROM range(40000) r(i)`,
		`INSERT INTO usage (batch, "row", event_id, time, person_id, account_id, feature, quantity)
			SELECT 1, i, 'event-' || i, TIMESTAMP '2024-01-01' + to_seconds(((i * 7919) % 63072000)::BIGINT),
				'person-' || (hash(i) % 40000), 'account-' || (hash(i) % 40000) % 4000, 'feature-' || hash(i + 1) % 25, 1
			FROM range(` + strconv.Itoa(usageRows) + `) r(i)`,
	} {
		if _, err := db.SQL().Exec(statement); err != nil {
			b.Fatal(err)
		}
	}
	if err := db.Refresh(b.Context(), db.SQL(), time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)); err != nil {
		b.Fatal(err)
	}
	return db
}

// handwritten are the statements that someone who knows DuckDB would write for
// the same number with its interval: sums and central moments over accounts.
var handwritten = []struct {
	name  string
	query metric.Query
	sql   string
}{{
	name:  "adoption by month",
	query: metric.Query{KPI: "product_adoption_rate", Params: map[string]string{"base": "seats"}, Grain: "month"},
	sql: `WITH active AS (
			SELECT account_id, date_trunc('month', time) AS month, count(DISTINCT person_id) AS people
			FROM usage GROUP BY ALL
		), base AS (
			SELECT a.account_id, m.month, a.seats
			FROM account a JOIN (SELECT unnest(generate_series(TIMESTAMP '2024-01-01', TIMESTAMP '2025-12-01', INTERVAL 1 MONTH)) AS month) m
				ON a.signup_at < m.month + INTERVAL 1 MONTH
		), unit AS (
			SELECT b.month, least(coalesce(people, 0), seats)::DOUBLE AS num, seats::DOUBLE AS den
			FROM base b LEFT JOIN active USING (account_id, month)
		)
		SELECT month, sum(num), sum(den), count(*), avg(num), avg(den), var_samp(num), var_samp(den), covar_samp(num, den)
		FROM unit GROUP BY month ORDER BY month`,
}, {
	name:  "feature utilisation",
	query: metric.Query{KPI: "feature_utilisation", Params: map[string]string{"available": "25"}, Grain: "quarter"},
	sql: `WITH used AS (
			SELECT account_id, date_trunc('quarter', time) AS quarter, count(DISTINCT feature) AS features
			FROM usage GROUP BY ALL
		), base AS (
			SELECT a.account_id, q.quarter
			FROM account a JOIN (SELECT unnest(generate_series(TIMESTAMP '2024-01-01', TIMESTAMP '2025-10-01', INTERVAL 3 MONTH)) AS quarter) q
				ON a.signup_at < q.quarter + INTERVAL 3 MONTH
		), unit AS (
			SELECT b.quarter, least(coalesce(features, 0), 25)::DOUBLE AS num, 25.0::DOUBLE AS den
			FROM base b LEFT JOIN used USING (account_id, quarter)
		)
		SELECT quarter, sum(num), sum(den), count(*), avg(num), avg(den), var_samp(num), var_samp(den), covar_samp(num, den)
		FROM unit GROUP BY quarter ORDER BY quarter`,
}, {
	name:  "one feature, plan pro",
	query: metric.Query{KPI: "product_adoption_rate", Params: map[string]string{"base": "seats", "feature": "feature-3"}, Grain: "month", Where: "plan = 'pro'"},
	sql: `WITH active AS (
			SELECT u.account_id, date_trunc('month', time) AS month, count(DISTINCT person_id) AS people
			FROM usage u JOIN account a ON a.account_id = u.account_id
			WHERE feature = 'feature-3' AND a.plan = 'pro' GROUP BY ALL
		), base AS (
			SELECT a.account_id, m.month, a.seats
			FROM account a JOIN (SELECT unnest(generate_series(TIMESTAMP '2024-01-01', TIMESTAMP '2025-12-01', INTERVAL 1 MONTH)) AS month) m
				ON a.signup_at < m.month + INTERVAL 1 MONTH
			WHERE a.plan = 'pro'
		), unit AS (
			SELECT b.month, least(coalesce(people, 0), seats)::DOUBLE AS num, seats::DOUBLE AS den
			FROM base b LEFT JOIN active USING (account_id, month)
		)
		SELECT month, sum(num), sum(den), count(*), avg(num), avg(den), var_samp(num), var_samp(den), covar_samp(num, den)
		FROM unit GROUP BY month ORDER BY month`,
}}

// BenchmarkAgainstHandwritten reports how many times as long a KPI takes as the
// statement written for it by hand, on the same facts in the same run, the
// fastest run of each counting, and fails when their numbers differ.
func BenchmarkAgainstHandwritten(b *testing.B) {
	db := usageWorkspace(b)
	s := metric.NewService(db, standard(b), metric.Options{})
	for _, tt := range handwritten {
		b.Run(tt.name, func(b *testing.B) {
			if _, err := s.Value(context.Background(), tt.query); err != nil { // what is looked up once, and the cache
				b.Fatal(err)
			}
			compiled, byHand := time.Hour, time.Hour
			for b.Loop() {
				start := time.Now()
				got, err := s.Value(context.Background(), tt.query)
				if err != nil {
					b.Fatal(err)
				}
				compiled = min(compiled, time.Since(start))
				start = time.Now()
				want := runByHand(b, db, tt.sql)
				byHand = min(byHand, time.Since(start))
				compareSums(b, got, want)
			}
			b.ReportMetric(compiled.Seconds()/byHand.Seconds(), "times-handwritten")
			b.ReportMetric(byHand.Seconds(), "s-handwritten")
		})
	}
}

func runByHand(b *testing.B, db *duckdb.DB, query string) [][2]float64 {
	b.Helper()
	rows, err := db.SQL().Query(query)
	if err != nil {
		b.Fatal(err)
	}
	defer rows.Close()
	var out [][2]float64
	for rows.Next() {
		var at time.Time
		var sums [2]float64
		var n int
		var m [5]float64
		if err := rows.Scan(&at, &sums[0], &sums[1], &n, &m[0], &m[1], &m[2], &m[3], &m[4]); err != nil {
			b.Fatal(err)
		}
		out = append(out, sums)
	}
	return out
}

func compareSums(b *testing.B, got metric.Result, want [][2]float64) {
	b.Helper()
	if len(got.Rows) != len(want) {
		b.Fatalf("%d rows, by hand %d", len(got.Rows), len(want))
	}
	for i, w := range want {
		if r := got.Rows[i]; math.Abs(r.Num-w[0]) > 1e-6 || math.Abs(r.Den-w[1]) > 1e-6 {
			b.Fatalf("row %d is %v of %v, by hand %v of %v", i, r.Num, r.Den, w[0], w[1])
		}
	}
}
