package demo_test

import (
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/liftmark/liftmark/internal/demo"
	"github.com/liftmark/liftmark/internal/fault"
)

func generate(t *testing.T, o demo.Options) (string, demo.Truth) {
	t.Helper()
	o.Dir = t.TempDir()
	truth, err := demo.Generate(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	return o.Dir, truth
}

// read gives a file's header and its rows as maps from column to value.
func read(t *testing.T, dir, name string) ([]string, []map[string]string) {
	t.Helper()
	file, err := os.Open(filepath.Join(dir, "files", name+".csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	all, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]string
	for _, line := range all[1:] {
		row := map[string]string{}
		for i, column := range all[0] {
			row[column] = line[i]
		}
		rows = append(rows, row)
	}
	return all[0], rows
}

// headers are those of the documented import format, and the further columns.
var headers = map[string]string{
	"accounts":      "account_id, name, plan, industry, region, country, seats, signup_at, tier",
	"people":        "person_id, account_id, email, role, audience, country, timezone, created_at",
	"activities":    "activity_id, program, course, title, kind, format, position, feature, published_at, reviewed_at",
	"learning":      "event_id, time, person_id, activity_id, verb, score, success, duration_seconds, country",
	"usage":         "event_id, time, person_id, account_id, feature, quantity, device",
	"tickets":       "ticket_id, account_id, person_id, opened_at, solved_at, topic, priority, cost, currency",
	"responses":     "response_id, time, person_id, account_id, survey, question, kind, target, score, scale_max, text",
	"revenue":       "revenue_id, time, account_id, kind, mrr, amount, currency, reason",
	"outcomes":      "time, person_id, account_id, name, value, unit",
	"costs":         "from, to, program, category, amount, currency",
	"interventions": "from, to, name, kind, scope",
}

func TestFilesHaveTheCanonicalHeadersAndTheRowsThatTruthCounts(t *testing.T) {
	dir, truth := generate(t, demo.Options{Accounts: 120})
	for name, want := range headers {
		header, rows := read(t, dir, name)
		if got := strings.Join(header, ", "); got != want {
			t.Errorf("%s: header %s, want %s", name, got, want)
		}
		distinct := map[string]bool{}
		bad := 0
		for _, row := range rows {
			if isBad(name, row) {
				bad++
				continue
			}
			distinct[strings.Join(values(header, row), "\x00")] = true
		}
		counts := truth.Files[name]
		got := demo.Rows{Written: len(rows), Distinct: len(distinct), Rejects: bad, Duplicates: len(rows) - bad - len(distinct), Late: counts.Late}
		if counts != got {
			t.Errorf("%s: truth says %+v, the file has %+v", name, counts, got)
		}
	}
	if len(truth.Files) != len(headers) {
		t.Errorf("files %v", slices.Sorted(maps.Keys(truth.Files)))
	}
}

func values(header []string, row map[string]string) []string {
	var out []string
	for _, column := range header {
		out = append(out, row[column])
	}
	return out
}

// isBad knows the rows that no import may take, by their content alone.
func isBad(name string, row map[string]string) bool {
	required := map[string][]string{"accounts": {"account_id"}, "people": {"person_id"}, "learning": {"event_id", "time", "person_id", "activity_id", "verb"},
		"usage": {"event_id", "time", "feature"}, "tickets": {"ticket_id", "opened_at"}, "responses": {"response_id", "time", "kind"}, "revenue": {"revenue_id", "time", "account_id", "kind"}}
	for _, column := range required[name] {
		if row[column] == "" {
			return true
		}
	}
	for _, column := range []string{"time", "opened_at"} {
		if text := row[column]; text != "" {
			if _, err := time.Parse(time.RFC3339, text); err != nil {
				return true
			}
		}
	}
	return row["verb"] == "consumed" || row["kind"] == "smiley" || row["kind"] == "upsell" || row["category"] == "misc" || row["seats"] == "many" ||
		row["score"] == "87" || strings.HasPrefix(row["quantity"], "-") || strings.HasPrefix(row["cost"], "-") || strings.HasPrefix(row["mrr"], "-")
}

func TestFlawsAddUpToTheRejects(t *testing.T) {
	_, truth := generate(t, demo.Options{Accounts: 150})
	rejects := map[string]int{}
	for _, flaw := range truth.Messy {
		if flaw.Rejected {
			rejects[flaw.File] += flaw.Count
		} else if flaw.Count == 0 && flaw.File != "outcomes" && flaw.File != "revenue" {
			t.Errorf("%s has no case of %q", flaw.File, flaw.Kind)
		}
	}
	for name, rows := range truth.Files {
		if rows.Rejects != rejects[name] || rows.Written != rows.Distinct+rows.Duplicates+rows.Rejects {
			t.Errorf("%s: %+v, flaws say %d rejects", name, rows, rejects[name])
		}
	}
}

func TestEqualSeedsGiveEqualBytes(t *testing.T) {
	first, _ := generate(t, demo.Options{Accounts: 60, Seed: 7})
	again, _ := generate(t, demo.Options{Accounts: 60, Seed: 7})
	other, _ := generate(t, demo.Options{Accounts: 60, Seed: 8})
	if diff := cmp.Diff(sums(t, first), sums(t, again)); diff != "" {
		t.Error(diff)
	}
	if sums(t, first)["files/usage.csv"] == sums(t, other)["files/usage.csv"] {
		t.Error("another seed gives the same usage")
	}
}

func sums(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		sum := sha256.Sum256(text)
		name, _ := filepath.Rel(dir, path)
		out[filepath.ToSlash(name)] = hex.EncodeToString(sum[:])
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out) != len(headers)+1 {
		t.Fatalf("files: %v", slices.Sorted(maps.Keys(out)))
	}
	return out
}

func TestTruthFileSaysWhatGenerateReturns(t *testing.T) {
	dir, truth := generate(t, demo.Options{Accounts: 40})
	text, err := os.ReadFile(filepath.Join(dir, "truth.json"))
	if err != nil {
		t.Fatal(err)
	}
	var got demo.Truth
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(truth, got); diff != "" {
		t.Error(diff)
	}
}

// TestFilesAgreeWithTheSimulation counts in the files what Simulate says of each
// account and month: the tests of coverage and the import see one company.
func TestFilesAgreeWithTheSimulation(t *testing.T) {
	o := demo.Options{Accounts: 120}
	dir, truth := generate(t, o)
	world, err := demo.Simulate(o)
	if err != nil {
		t.Fatal(err)
	}
	got := countMonths(t, dir, truth.Start)
	for _, a := range world.Accounts {
		for _, m := range a.Months {
			want := cell{Usage: m.Usage, Active: m.Active, Tickets: m.Tickets, Billing: m.Billing, CSAT: m.Answers, Satisfied: m.Satisfied, NPS: m.NPSAnswers}
			if diff := cmp.Diff(want, got.cell(a.ID, m.Index)); diff != "" {
				t.Fatalf("%s, month %d: %s", a.ID, m.Index, diff)
			}
		}
	}
	if n := len(got.cells); n != truth.Counts.AccountMonths {
		t.Errorf("%d account-months have rows, truth says %d", n, truth.Counts.AccountMonths)
	}
}

type cell struct{ Usage, Active, Tickets, Billing, CSAT, Satisfied, NPS int }

type months struct {
	start time.Time
	cells map[place]map[string]bool // what was counted
}

type place struct {
	account string
	month   int
}

func (m *months) add(account, instant, what string) {
	at, err := time.Parse(time.RFC3339, instant)
	if err != nil {
		return
	}
	month := (at.Year()-m.start.Year())*12 + int(at.Month()) - int(m.start.Month())
	key := place{account, month}
	if m.cells[key] == nil {
		m.cells[key] = map[string]bool{}
	}
	m.cells[key][what] = true
}

func (m *months) cell(account string, month int) cell {
	var c cell
	for what := range m.cells[place{account, month}] {
		switch kind, _, _ := strings.Cut(what, " "); kind {
		case "usage":
			c.Usage++
		case "active":
			c.Active++
		case "ticket":
			c.Tickets++
		case "billing":
			c.Billing++
		case "csat":
			c.CSAT++
		case "satisfied":
			c.CSAT++
			c.Satisfied++
		case "nps":
			c.NPS++
		}
	}
	return c
}

func countMonths(t *testing.T, dir string, start time.Time) *months {
	t.Helper()
	m := &months{start: start, cells: map[place]map[string]bool{}}
	_, usage := read(t, dir, "usage")
	for _, row := range usage {
		if !isBad("usage", row) && !strings.Contains(row["event_id"], "-m") { // -m: by a mover
			account := "A" + row["person_id"][1:6]
			m.add(account, row["time"], "usage "+row["event_id"])
			m.add(account, row["time"], "active "+row["person_id"])
		}
	}
	_, tickets := read(t, dir, "tickets")
	for _, row := range tickets {
		kind := "ticket "
		if row["topic"] == "billing" {
			kind = "billing "
		}
		if !isBad("tickets", row) {
			m.add("A"+row["ticket_id"][1:6], row["opened_at"], kind+row["ticket_id"])
		}
	}
	_, responses := read(t, dir, "responses")
	for _, row := range responses {
		kind := row["kind"]
		if kind == "csat" && row["score"] >= "4" {
			kind = "satisfied"
		}
		if !isBad("responses", row) && row["target"] == "product" {
			m.add(row["account_id"], row["time"], kind+" "+row["response_id"])
		}
	}
	return m
}

// TestTrainingIsDatableFromTheFiles applies the rule of truth.json to the rows.
func TestTrainingIsDatableFromTheFiles(t *testing.T) {
	o := demo.Options{Accounts: 200, Seed: 3}
	dir, truth := generate(t, o)
	world, err := demo.Simulate(o)
	if err != nil {
		t.Fatal(err)
	}
	_, people := read(t, dir, "people")
	byMail := map[string]string{}
	for _, row := range people {
		byMail[row["email"]] = row["person_id"]
	}
	_, learning := read(t, dir, "learning")
	completed := map[string]map[string]time.Time{} // account, person
	for _, row := range learning {
		if isBad("learning", row) || row["verb"] != "completed" || row["activity_id"] != truth.Training.Course {
			continue
		}
		person := row["person_id"]
		if strings.Contains(person, "@") {
			person = byMail[strings.ToLower(strings.TrimSpace(person))]
		}
		account := "A" + person[1:6]
		if completed[account] == nil {
			completed[account] = map[string]time.Time{}
		}
		completed[account][person], err = time.Parse(time.RFC3339, row["time"])
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, a := range world.Accounts {
		want := ""
		if a.Trained != demo.Never {
			want = truth.Start.AddDate(0, a.Trained, 0).Format("2006-01")
		}
		if got := reached(slices.Collect(maps.Values(completed[a.ID])), truth.Training.ShareOfSeats*float64(a.Seats)); got != want {
			t.Errorf("%s: share of seats reached in %q, trained in %q", a.ID, got, want)
		}
	}
}

func reached(times []time.Time, needed float64) string {
	slices.SortFunc(times, time.Time.Compare)
	for i, at := range times {
		if float64(i+1) >= needed-1e-9 {
			return at.Format("2006-01")
		}
	}
	return ""
}

func TestRevenueAddsUpToTheSimulatedLevel(t *testing.T) {
	o := demo.Options{Accounts: 120}
	dir, truth := generate(t, o)
	world, err := demo.Simulate(o)
	if err != nil {
		t.Fatal(err)
	}
	_, rows := read(t, dir, "revenue")
	slices.SortStableFunc(rows, func(a, b map[string]string) int { return strings.Compare(a["time"], b["time"]) })
	level, left := map[string]string{}, map[string]string{}
	for _, row := range rows {
		switch {
		case isBad("revenue", row) || row["kind"] == "training":
		case row["kind"] == "churn":
			left[row["account_id"]] = row["time"]
		default:
			if left[row["account_id"]] != "" {
				t.Errorf("%s: %s after churn", row["account_id"], row["kind"])
			}
			level[row["account_id"]] = row["mrr"]
		}
	}
	for _, a := range world.Accounts {
		want := a.Months[len(a.Months)-1].MRR
		if got := level[a.ID]; got != usd(want) {
			t.Errorf("%s: last level %s, want %s", a.ID, got, usd(want))
		}
	}
	if len(left) != truth.Counts.Churned {
		t.Errorf("%d accounts left, truth says %d", len(left), truth.Counts.Churned)
	}
}

func usd(x float64) string { return fmt.Sprintf("%.2f", x) }

func TestOptionsOutOfRangeAreInvalid(t *testing.T) {
	for _, o := range []demo.Options{
		{Accounts: 1}, {Accounts: -5}, {Months: 6}, {Months: 999},
		{End: time.Date(2026, 5, 2, 0, 0, 0, 0, time.UTC)},
	} {
		o.Dir = t.TempDir()
		if _, err := demo.Generate(context.Background(), o); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

func TestACancelledGenerationStops(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	o := demo.Options{Dir: t.TempDir(), Accounts: 1000, Progress: func(done, total int) {
		if done == 10 {
			cancel()
		}
		if done > 10 || total != 1000 {
			t.Errorf("progress %d of %d", done, total)
		}
	}}
	if _, err := demo.Generate(ctx, o); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(o.Dir, "truth.json")); !errors.Is(err, os.ErrNotExist) {
		t.Error("a cancelled generation left truth.json")
	}
}
