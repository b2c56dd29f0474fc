package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/liftmark/liftmark/internal/metric"
)

func explained(t *testing.T, id string) string {
	t.Helper()
	l, err := metric.Standard()
	if err != nil {
		t.Fatal(err)
	}
	d, err := l.Find(id)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	(&cli{out: &out}).explain(d)
	return out.String()
}

func TestShowTellsTheWholeDefinition(t *testing.T) {
	for id, want := range map[string][]string{
		"retention_rate": {
			"\nComputed\n  ratio of sums over each account, in percent\n  numerator: renewed > 0 and left = 0\n  denominator: renewed + left > 0\n",
			"\n  left = count of revenue where kind = 'churn'\n", "  at_end = count of subscription, as of period end\n",
			"  bought_before = count of revenue where amount > 0, as of period start, within days :purchase_days\n",
			"\nParameter basis\n  what retained means. One of: purchase, renewal, subscription. Default: renewal.\n",
			"  purchase: earlier buyers that bought again in the period; numerator: bought_before > 0 and bought > 0; denominator: bought_before > 0\n",
			"\nBands\n  low: under 70\n  moderate: from 70 to 85\n  strong: over 85\n  target: over 85\n",
			"\nRelated\n  churn_rate\n", "\nImpact\n  part of grr (same direction): revenue stays where the customer stays\n", "\nRisk warnings\n",
		},
		"time_to_withdrawal": {
			"  start: first learning, time where verb = 'started'\n  event: first learning, time where verb = 'withdrew'\n",
			"  censored at: first subscription, ended_at\n  censored at: the end of the data\n",
			"  adds to event: activity.course = :course\n", "\nIn words\n  withdrawal: to withdraw; until then not withdrawn\n",
		},
		"customer_lifetime":         {"  start: each subscription, started_at\n", "  event: its ended_at\n"},
		"churn_rate":                {"  the event is final: "},
		"training_cost_per_account": {", shared by "},
	} {
		got := explained(t, id)
		for _, part := range want {
			if !strings.Contains(got, part) {
				t.Errorf("%s: no %q in\n%s", id, part, got)
			}
		}
	}
	if got := explained(t, "mrr_per_account"); strings.Contains(got, "\nBands\n") {
		t.Errorf("a KPI without bands shows some:\n%s", got)
	}
}

func TestValueOfNobodyIsANoteAndNoTable(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	r := metric.Result{Name: "Churn rate", Unit: "percent", Zone: "Europe/Berlin", Rows: []metric.Row{}, Warnings: []string{"no account to measure in this time"},
		From: time.Date(2026, 1, 1, 0, 0, 0, 0, berlin), To: time.Date(2026, 4, 1, 0, 0, 0, 0, berlin)}
	if err := (&cli{out: &out}).sayResult(r); err != nil {
		t.Fatal(err)
	}
	if want := "Churn rate (percent), 2026-01-01 to 2026-04-01, Europe/Berlin\nNote: no account to measure in this time\n"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}
