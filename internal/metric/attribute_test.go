package metric_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/metric"
)

func supported() map[string]string {
	return map[string]string{
		"accounts": "account_id,signup_at,attributes.tech_support,attributes.ändern\na,2026-01-01,Yes,x\nb,2026-01-01,No,x\nc,2026-01-01,No,x\n",
		"usage":    "event_id,time,account_id,feature\nu,2026-02-28,a,export\n",
		"tickets":  "ticket_id,account_id,opened_at,attributes.first_reply\n1,b,2026-02-02,late\n2,a,2026-02-03,soon\n",
	}
}

func TestAttributesAreFoundAsTheImporterWritesThem(t *testing.T) {
	s := service(t, supported())
	for _, name := range []string{"tech_support", "TechSupport", "techsupport", "Tech Support", "TECH-SUPPORT"} {
		q := february("churn_rate")
		q.By = "account.attributes." + name
		r, err := s.Value(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Rows) != 2 || r.Rows[0].Segment != "No" || r.Rows[0].Units != 2 || r.By != "account.attributes.tech_support" {
			t.Errorf("by %s: %+v by %s", name, r.Rows, r.By)
		}
	}
	for where, units := range map[string]int{
		"account.attributes.TechSupport = 'No'":         2,
		"attributes.techSupport = 'Yes'":                1,
		"account.attributes.Ändern = 'x'":               3,
		"not account.attributes.TECH_SUPPORT = 'maybe'": 3,
	} {
		q := february("churn_rate")
		q.Where = where
		if got := value(t, s, q)[0]; got.Units != units {
			t.Errorf("where %s: %d accounts, want %d", where, got.Units, units)
		}
	}
	if got, err := s.Accounts(t.Context(), "attributes.TechSupport = 'No'"); err != nil || len(got) != 2 {
		t.Errorf("accounts: %+v, %v", got, err)
	}
}

func TestAttributesOfRowsAreFoundInDefinitions(t *testing.T) {
	body, err := os.ReadFile("library/tickets_per_account_month.yaml")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer("id: tickets_per_account_month", "id: late_tickets", "fact: ticket, agg: count", "fact: ticket, agg: count, where: \"attributes.FirstReply = 'late'\"").Replace(string(body))
	dir, l := t.TempDir(), standard(t)
	if err := os.WriteFile(filepath.Join(dir, "own.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := l.Load(dir); err != nil {
		t.Fatal(err)
	}
	s := metric.NewService(workspace(t, supported()), l, metric.Options{})
	if got := value(t, s, february("late_tickets"))[0]; got.Num != 1 {
		t.Errorf("%g late tickets, want 1", got.Num)
	}
}

func TestAttributesThatNoRowHas(t *testing.T) {
	many := customers(1, 0)
	header, row := "account_id", "z"
	for i := range 25 {
		header, row = header+fmt.Sprintf(",attributes.a%02d", i), row+",1"
	}
	many["accounts"] = header + "\n" + row + "\n"
	for _, tt := range []struct {
		name  string
		files map[string]string
		query metric.Query
		parts []string
	}{
		{"by", supported(), metric.Query{By: "account.attributes.tier"}, []string{"by: ", `no account has the attribute "tier"`, "there are tech_support, ändern"}},
		{"where", supported(), metric.Query{Where: "account.attributes.tier = 'gold'"}, []string{"where: ", "position 1", "tech_support"}},
		{"no attributes at all", customers(2, 0), metric.Query{By: "account.attributes.tier"}, []string{"no further columns"}},
		{"a long list is cut", many, metric.Query{By: "account.attributes.tier"}, []string{"a18, a19 and 5 more"}},
	} {
		tt.query.KPI = "churn_rate"
		_, err := service(t, tt.files).Value(t.Context(), tt.query)
		if fault.KindOf(err) != fault.NotFound {
			t.Errorf("%s: %v (%s), want not found", tt.name, err, fault.KindOf(err))
		}
		for _, part := range tt.parts {
			if !strings.Contains(fmt.Sprint(err), part) {
				t.Errorf("%s: %v, want %q in it", tt.name, err, part)
			}
		}
	}
	if _, err := service(t, supported()).FirstEvents(t.Context(), "learning", "activity.attributes.level = 'x'"); fault.KindOf(err) != fault.NotFound {
		t.Errorf("first events: %v", err)
	}
}
