package metric_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/liftmark/liftmark/internal/metric"
	"github.com/liftmark/liftmark/internal/warehouse/duckdb"
)

// manyFacts has facts whose sums depend on the order of adding: amounts in
// two currencies, spells of broken months, scores of which several lie at the
// same moment, people who changed their account.
func manyFacts(t *testing.T, order string) *duckdb.DB {
	t.Helper()
	db := workspace(t, nil)
	for _, statement := range []string{
		`INSERT INTO account_version (batch, "row", account_id, plan, seats, signup_at)
			SELECT 1, i, 'account-' || i, ['free', 'pro', 'team'][1 + i % 3], 5 + i % 40, TIMESTAMP '2024-01-01' + to_hours((i * 7 % 3000)::INT) FROM range(150) r(i)`,
		`INSERT INTO person_version (batch, "row", person_id, account_id, email, created_at)
			SELECT 1, i, 'person-' || i % 2000, 'account-' || (i % 2000 + i // 2000) % 150, 'p' || i % 2000 || '@example.org', TIMESTAMP '2024-01-01' + to_days((i // 2000 * 80)::INT) FROM range(2100) r(i)`,
		`INSERT INTO revenue_version (batch, "row", revenue_id, account_id, time, kind, mrr, currency)
			SELECT 1, i, 'revenue-' || i, 'account-' || i % 150, TIMESTAMP '2024-02-01' + to_seconds(i * 9001 + (i * 7919 % 9000)), CASE WHEN i < 150 THEN 'new' WHEN i < 2950 THEN 'expansion' ELSE 'churn' END,
				CASE WHEN i < 2950 THEN 1000 + hash(i) % 90000 ELSE 0 END, ['EUR', 'USD', 'GBP'][1 + (hash(i + 1) % 3)::INT] FROM range(3000) r(i)`,
		`INSERT INTO ticket_version (batch, "row", ticket_id, account_id, opened_at, cost, currency)
			SELECT 1, i, 'ticket-' || i, 'account-' || hash(i) % 150, TIMESTAMP '2024-02-01' + to_seconds((i * 7919 % 20000000)::INT), hash(i) % 90000, ['EUR', 'USD', 'GBP'][1 + (hash(i + 1) % 3)::INT] FROM range(3000) r(i)`,
		`INSERT INTO learning (batch, "row", event_id, time, person_id, activity_id, verb, score)
			SELECT 1, i, 'l' || i, TIMESTAMP '2024-02-01' + to_days((hash(i + 1) % 100)::INT), 'person-' || hash(i) % 300, 'activity-' || hash(i + 2) % 20, 'answered', (hash(i + 3) % 1000) / 999.0 FROM range(15000) r(i)`,
	} {
		if _, err := db.SQL().Exec(statement + " ORDER BY " + order); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Refresh(t.Context(), db.SQL(), time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
	return db
}

// The same facts give the same bytes, whatever the order of their rows, however
// many threads add them up, and each time.
func TestKPIsAreReproducible(t *testing.T) {
	queries := []metric.Query{
		{KPI: "support_cost", Grain: "month"}, {KPI: "tickets_per_account_month", By: "account.plan"}, {KPI: "nrr", Grain: "quarter"},
		{KPI: "learning_gain", By: "account.plan"}, {KPI: "knowledge_score", Params: map[string]string{"attempt": "first"}, Where: "account.account_id = 'account-7'"},
	}
	before := map[string]string{}
	for _, order := range []string{"i", "hash(i + 9)"} {
		db := manyFacts(t, order)
		s := metric.NewService(db, standard(t), metric.Options{Currency: "EUR", Rates: map[string]float64{"USD": 0.917, "GBP": 1.1731}})
		for _, threads := range []int{1, 2, 5} {
			if _, err := db.SQL().Exec(fmt.Sprintf("SET threads = %d", threads)); err != nil {
				t.Fatal(err)
			}
			for _, q := range queries {
				got, err := s.Value(t.Context(), q)
				if err != nil {
					t.Fatal(err)
				}
				text, err := json.MarshalIndent(got.Rows, "", " ")
				if err != nil {
					t.Fatal(err)
				}
				if before[q.KPI] == "" {
					before[q.KPI] = string(text)
				}
				if string(text) != before[q.KPI] {
					t.Errorf("%s by %d threads of rows by %s:\n%s\nbefore:\n%s", q.KPI, threads, order, text, before[q.KPI])
				}
			}
		}
	}
}
