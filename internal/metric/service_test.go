package metric_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/metric"
	"github.com/liftmark/liftmark/internal/warehouse"
)

// customers makes n customers from 1 January 2026, the first lost of whom leave
// on 15 February, with data until 1 March.
func customers(n, lost int) map[string]string {
	accounts, revenue := strings.Builder{}, strings.Builder{}
	accounts.WriteString("account_id,signup_at,region\n")
	revenue.WriteString("revenue_id,time,account_id,kind\n")
	for i := range n {
		fmt.Fprintf(&accounts, "a%d,2026-01-01,%s\n", i, []string{"north", "south"}[min(1, i/10)])
		if i < lost {
			fmt.Fprintf(&revenue, "r%d,2026-02-15,a%d,churn\n", i, i)
		}
	}
	return map[string]string{"accounts": accounts.String(), "revenue": revenue.String(), "usage": "event_id,time,account_id,feature\nu,2026-02-28,a0,export\n"}
}

func february(kpi string) metric.Query {
	return metric.Query{KPI: kpi, From: time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)}
}

func value(t *testing.T, s *metric.Service, q metric.Query) []metric.Row {
	t.Helper()
	r, err := s.Value(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return r.Rows
}

func TestChurnOfTheStartAndOfTheRemaining(t *testing.T) {
	remaining := february("churn_rate")
	remaining.Params = map[string]string{"base": "remaining"}
	s := service(t, customers(100, 10))
	// 10 of 100: 10.0 %. Wilson, R: prop.test(10, 100, correct = FALSE): 0.0552291370607, 0.1743656615049.
	got := value(t, s, february("churn_rate"))[0]
	near(t, "of the start", got.Value, ptr(10.0), 0)
	near(t, "low", got.Low, ptr(5.52291370607), 1e-11)
	near(t, "high", got.High, ptr(17.43656615049), 1e-11)
	near(t, "of the remaining", value(t, s, remaining)[0].Value, ptr(1000.0/90), 1e-12)
	s = service(t, customers(100, 100))
	near(t, "all lost", value(t, s, february("churn_rate"))[0].Value, ptr(100.0), 0)
	if got := value(t, s, remaining)[0]; got.Value != nil || !strings.Contains(got.NoValueReason, "denominator is zero") {
		t.Errorf("100 lost of 100 gives %v of the remaining (%q), want no value", deref(got.Value), got.NoValueReason)
	}
}

// Two regions of 10 and 100 customers lose 20 % and 0 %: together 2 of 110 =
// 1.8 %, never the mean of the rates, 10 %.
func TestRatesAreWeighted(t *testing.T) {
	q := february("churn_rate")
	s := service(t, customers(110, 2))
	near(t, "together", value(t, s, q)[0].Value, ptr(200.0/110), 1e-12)
	q.By = "region"
	rows := value(t, s, q)
	near(t, "north", rows[0].Value, ptr(20.0), 0)
	near(t, "south", rows[1].Value, ptr(0.0), 0)
}

func TestBandsAreExactAtTheirEnds(t *testing.T) {
	d, err := standard(t).Find("customer_retention_post_training")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		value float64
		want  string
	}{{85, "moderate"}, {85.01, "strong"}, {70, "moderate"}, {69.99, "low"}, {100, "strong"}, {0, "low"}} {
		if got := d.Band(tt.value); got != tt.want {
			t.Errorf("%v is %s, want %s", tt.value, got, tt.want)
		}
		if hit := d.Target.Contains(tt.value); hit != (tt.value > 85) {
			t.Errorf("target at %v: %v", tt.value, hit)
		}
	}
	// 85 of 100 retained, through the whole computation.
	q := february("retention_rate")
	q.Params = map[string]string{"basis": "subscription"}
	if got := value(t, service(t, customers(100, 15)), q)[0]; *got.Value != 85 || got.Band != "moderate" {
		t.Errorf("85 of 100 is %v, %s", *got.Value, got.Band)
	}
	if got := value(t, service(t, customers(100, 30)), q)[0]; *got.Value != 70 || got.Band != "moderate" {
		t.Errorf("70 of 100 is %v, %s", *got.Value, got.Band)
	}
}

// Cluster-robust interval against R: three accounts with NPS sums 2, -1, 2 of
// 2, 3, 2 answers. ratio = 3/7; e = num - r·den; s² = Σe²/(n-1);
// se = sqrt(s²/n)/mean(den); t(0.975, 2) = 4.302653. In points, cut at ±100.
func TestClusterRobustInterval(t *testing.T) {
	rows := []string{"response_id,time,account_id,kind,target,score"}
	for i, answer := range []string{"a,10", "a,9", "b,8", "b,7", "b,5", "c,10", "c,9"} {
		account, score, _ := strings.Cut(answer, ",")
		rows = append(rows, fmt.Sprintf("%d,2026-01-05,%s,nps,product,%s", i, account, score))
	}
	s := service(t, map[string]string{"responses": strings.Join(rows, "\n") + "\n"})
	got := value(t, s, metric.Query{KPI: "nps_product"})[0]
	// e = 8/7, -16/7, 8/7: Σe² = 384/49, s² = 192/49, se = sqrt(64/49)/(7/3) = 24/49.
	near(t, "value", got.Value, ptr(300.0/7), 1e-12)
	near(t, "low", got.Low, ptr(-100.0), 1e-12) // 42.86 - 4.302653·48.98 = -167.9
	near(t, "high", got.High, ptr(100.0), 1e-12)
	if got.Method != "cluster_robust" || got.Units != 3 {
		t.Errorf("method %s over %d units", got.Method, got.Units)
	}
}

// Tickets 1, 2, 6 of three accounts over one month each: mean 3, s² = 7,
// se = sqrt(7/3) = 1.527525; t(0.975, 2) = 4.302653 → -3.572 to 9.572.
func TestIntervalOfARate(t *testing.T) {
	rows := []string{"ticket_id,account_id,opened_at"}
	for account, n := range map[string]int{"a0": 1, "a1": 2, "a2": 6} {
		for i := range n {
			rows = append(rows, fmt.Sprintf("%s-%d,%s,2026-02-0%d", account, i, account, i+1))
		}
	}
	files := customers(3, 0)
	files["tickets"] = strings.Join(rows, "\n") + "\n"
	got := value(t, service(t, files), february("tickets_per_account_month"))[0]
	near(t, "value", got.Value, ptr(3.0), 1e-9)
	near(t, "low", got.Low, ptr(3-4.302652729911275*1.5275252316519468), 1e-6)
	near(t, "high", got.High, ptr(3+4.302652729911275*1.5275252316519468), 1e-6)
}

func ptr(x float64) *float64 { return &x }

func TestUnitPeriods(t *testing.T) {
	files := customers(3, 1)
	files["tickets"] = "ticket_id,account_id,opened_at\n1,a0,2026-02-02\n2,a1,2026-01-31\n"
	q := metric.Query{KPI: "tickets_per_account_month", Grain: "month", From: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	got, err := service(t, files).UnitPeriods(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	jan, feb := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)
	want := []metric.UnitPeriod{ // a0 leaves on the 15th: 14 of 28 days
		{"a0", jan, 0, 1, true}, {"a0", feb, 1, 0.5, true}, {"a1", jan, 1, 1, true}, {"a1", feb, 0, 1, true}, {"a2", jan, 0, 1, true}, {"a2", feb, 0, 1, true}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestUnitSpansKeepTheCensored(t *testing.T) {
	files := customers(3, 1)
	files["usage"] = "event_id,time,account_id,feature\n1,2026-01-11,a1,report\n2,2026-02-20,a0,report\n3,2026-02-28,a1,report\n"
	q := metric.Query{KPI: "time_to_value", Params: map[string]string{"value_feature": "report"}, From: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	got, err := service(t, files).UnitSpans(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	day := func(m time.Month, d int) time.Time { return time.Date(2026, m, d, 0, 0, 0, 0, time.UTC) }
	want := []metric.UnitSpan{ // a0 left before its first report, a2 never made one
		{Unit: "a0", Start: day(1, 1), End: day(2, 15), Left: true}, {Unit: "a1", Start: day(1, 1), End: day(1, 11), Event: true}, {Unit: "a2", Start: day(1, 1), End: day(3, 1)}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestFirstEventsFindTheAccountAtTheTime(t *testing.T) {
	s := service(t, map[string]string{
		"people":     "person_id,account_id,email,created_at\np1,a,p1@x.org,2026-01-01\np1,b,p1@x.org,2026-02-01\np2,b,,2026-01-01\n",
		"activities": "activity_id,course\nc1,onboarding\nc2,expert\n",
		"learning":   "event_id,time,person_id,activity_id,verb\n1,2026-01-10,p1@x.org,c1,completed\n2,2026-02-10,p1,c1,completed\n3,2026-02-11,p2,c1,completed\n4,2026-01-02,p2,c2,completed\n5,2026-02-12,p7,c1,completed\n",
	})
	got, err := s.FirstEvents(t.Context(), "learning", "verb = 'completed' and activity.course = 'onboarding'")
	if err != nil {
		t.Fatal(err)
	}
	day := func(m time.Month, d int) time.Time { return time.Date(2026, m, d, 0, 0, 0, 0, time.UTC) }
	want := []metric.FirstEvent{{"p1", "a", day(1, 10)}, {"p2", "b", day(2, 11)}, {"p7", "", day(2, 12)}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if _, err := s.FirstEvents(t.Context(), "revenue", ""); fault.KindOf(err) != fault.Invalid {
		t.Errorf("a fact about no person: %v", err)
	}
}

func TestAccountsAndTheirFurtherColumns(t *testing.T) {
	s := service(t, map[string]string{"accounts": "account_id,name,plan,seats,signup_at,attributes.tier\na,Acme,pro,12,2026-01-05,gold\nb,Bolt,free,,,\n"})
	got, err := s.Accounts(t.Context(), "plan = 'pro' and attributes.tier starts 'GO' and seats >= 12")
	if err != nil {
		t.Fatal(err)
	}
	want := []metric.Account{{ID: "a", Name: "Acme", Seats: 12, SignupAt: time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC),
		Fields: map[string]string{"plan": "pro", "seats": "12", "tier": "gold"}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestQueriesThatCannotBeAnswered(t *testing.T) {
	s := service(t, customers(3, 1))
	for _, tt := range []struct {
		name  string
		query metric.Query
		kind  fault.Kind
		part  string
	}{
		{"unknown KPI", metric.Query{KPI: "chrun_rate"}, fault.NotFound, `did you mean churn_rate`},
		{"nothing like it", metric.Query{KPI: "weather"}, fault.NotFound, "liftmark kpi list"},
		{"missing parameter", metric.Query{KPI: "time_to_value"}, fault.Invalid, `"value_feature"`},
		{"unknown parameter", metric.Query{KPI: "churn_rate", Params: map[string]string{"bas": "start"}}, fault.Invalid, "it has base"},
		{"unknown grain", metric.Query{KPI: "churn_rate", Grain: "fortnight"}, fault.Invalid, "[day week month quarter year]"},
		{"unknown field", metric.Query{KPI: "churn_rate", By: "colour"}, fault.NotFound, "attributes.NAME"},
		{"segment that rows lack", metric.Query{KPI: "churn_rate", By: "activity.course"}, fault.Invalid, "use a field of the account"},
		{"bad filter", metric.Query{KPI: "churn_rate", Where: "plan = pro"}, fault.Invalid, "position 8"},
		{"filter on a field that is none", metric.Query{KPI: "churn_rate", Where: "account.colour = 'red'"}, fault.Invalid, "account has no field"},
		{"empty span", metric.Query{KPI: "churn_rate", From: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)}, fault.Invalid, "set from before to"},
	} {
		_, err := s.Value(t.Context(), tt.query)
		if fault.KindOf(err) != tt.kind || !strings.Contains(fmt.Sprint(err), tt.part) {
			t.Errorf("%s: %v (%s), want %s with %q", tt.name, err, fault.KindOf(err), tt.kind, tt.part)
		}
	}
	if _, err := service(t, nil).Value(t.Context(), metric.Query{KPI: "churn_rate"}); fault.KindOf(err) != fault.InsufficientData {
		t.Errorf("an empty workspace gives %v", err)
	}
}

func TestFingerprintFollowsTheFacts(t *testing.T) {
	db := workspace(t, customers(3, 1))
	s := metric.NewService(db, standard(t), metric.Options{})
	first, err := s.Fingerprint(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if again, _ := s.Fingerprint(t.Context()); again != first || len(first) != 16 {
		t.Errorf("fingerprint %q, then %q", first, again)
	}
	insert(t, db, "usage", "event_id,time,account_id,feature\nnew,2026-02-01,a1,export\n")
	if changed, _ := s.Fingerprint(t.Context()); changed == first {
		t.Error("one more row leaves the fingerprint as it was")
	}
	if _, err := db.SQL().Exec(`INSERT INTO batch (batch, imported_at, source) VALUES (1, now(), 'x'); INSERT INTO batch_file (batch, file, fact, sha256, rows_read, rows_added, rows_replaced, rows_unchanged, rows_rejected) VALUES (1, 'f', 'usage', 'abc', 1, 1, 0, 0, 0)`); err != nil {
		t.Fatal(err)
	}
	batch, _ := s.Fingerprint(t.Context())
	if _, err := db.SQL().Exec(`UPDATE batch_file SET sha256 = 'def'`); err != nil {
		t.Fatal(err)
	}
	if other, _ := s.Fingerprint(t.Context()); other == batch {
		t.Error("another file of the same length leaves the fingerprint as it was")
	}
}

// Streams change what facts say without a change of how many there are.
func TestFingerprintFollowsTheStreams(t *testing.T) {
	db := workspace(t, customers(3, 1))
	s := metric.NewService(db, standard(t), metric.Options{})
	seen := map[string]string{}
	step := func(name, same string) {
		t.Helper()
		now, err := s.Fingerprint(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for before, fingerprint := range seen {
			if (fingerprint == now) != (before == same) {
				t.Errorf("%s has the fingerprint %s, %s has %s", name, now, before, fingerprint)
			}
		}
		seen[name] = now
	}
	take := func(d warehouse.Delta) {
		t.Helper()
		d.Source = "tracking"
		if _, err := db.Take(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	describe := func(plan string) []warehouse.Row {
		return []warehouse.Row{{Fact: "account", Values: map[string]any{"account_id": "new", "plan": plan}}}
	}
	at := time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)
	step("files alone", "")
	take(warehouse.Delta{Cursor: 1, Rows: describe("pro")})
	step("an account on pro", "")
	take(warehouse.Delta{Cursor: 2, Rows: describe("free")})
	step("the account on free", "")
	take(warehouse.Delta{Seen: []warehouse.Seen{{Name: "export", Count: 1}}})
	step("an event that is nothing", "")
	take(warehouse.Delta{Seen: []warehouse.Seen{{Name: "export", Count: 1, As: "usage"}}})
	step("the event as usage", "")
	take(warehouse.Delta{Links: []warehouse.Link{{ID: "1", Value: "visitor", Other: "p1", At: at, Why: "manual"}}})
	step("a link", "")
	take(warehouse.Delta{Links: []warehouse.Link{{ID: "2", Value: "visitor 2", Other: "p1", At: at.Add(time.Hour), Why: "manual"}}})
	if err := db.Unlink(t.Context(), "1"); err != nil {
		t.Fatal(err)
	}
	step("another link instead", "")
	if err := db.Unlink(t.Context(), "2"); err != nil {
		t.Fatal(err)
	}
	step("no link any more", "the event as usage")
}

func TestABreakdownOfNobodySaysSo(t *testing.T) {
	for _, kpi := range []string{"churn_rate", "customer_lifetime"} {
		q := february(kpi)
		q.By, q.Where = "region", "region = 'west'"
		r, err := service(t, customers(3, 1)).Value(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		body, err := json.Marshal(r)
		if err != nil || len(r.Rows) != 0 || !strings.Contains(string(body), `"rows":[]`) {
			t.Errorf("%s: rows are %+v, %v", kpi, r.Rows, err)
		}
		if want := "no account to measure in this time, so there is nothing to break down by account.region"; !slices.Contains(r.Warnings, want) {
			t.Errorf("%s: warnings are %q", kpi, r.Warnings)
		}
	}
}

// Midnight in Berlin is 23:00 of the day before in UTC in winter.
func TestPeriodsAreInTheResultsZone(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	q := metric.Query{KPI: "churn_rate", Grain: "quarter", Zone: berlin, From: time.Date(2026, 1, 1, 0, 0, 0, 0, berlin)}
	r, err := service(t, customers(3, 1)).Value(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(r)
	for _, part := range []string{`"from":"2026-01-01T00:00:00+01:00"`, `"to":"2026-04-01T00:00:00+02:00"`, `"period_start":"2026-01-01T00:00:00+01:00"`, `"period_end":"2026-04-01T00:00:00+02:00"`} {
		if err != nil || !strings.Contains(string(body), part) {
			t.Errorf("no %s in %s, %v", part, body, err)
		}
	}
}

func TestReasonsSeparateThousands(t *testing.T) {
	q := metric.Query{KPI: "customer_lifetime", From: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	if got := value(t, service(t, customers(1200, 3)), q)[0]; got.NoValueReason != "fewer than half of 1,200 got there so far (3 did), so there is no median yet" {
		t.Errorf("the reason is %q", got.NoValueReason)
	}
}
