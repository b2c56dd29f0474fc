package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/liftmark/liftmark/internal/app"
	"github.com/liftmark/liftmark/internal/record"
	"github.com/liftmark/liftmark/internal/study"
)

// command runs a command line and gives its exit code and what it printed.
func command(t *testing.T, args ...string) (code int, out, errOut string) {
	t.Helper()
	var o, e bytes.Buffer
	code = execute(t.Context(), args, &o, &e)
	return code, o.String(), e.String()
}

func mustRun(t *testing.T, args ...string) string {
	t.Helper()
	code, out, errOut := command(t, args...)
	if code != exitGood {
		t.Fatalf("liftmark %s: exit %d\n%s%s", strings.Join(args, " "), code, out, errOut)
	}
	return out
}

func write(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestDemo takes a small demo company the whole way and looks at what is there
// afterwards, then works on its workspace as a user would.
func TestDemo(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "demo")
	var result app.DemoResult
	out := mustRun(t, "demo", "--dir", dir, "--accounts", "300", "--months", "24", "--no-serve", "--json")
	if err := json.Unmarshal([]byte(out), &result); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"files/accounts.csv", "truth.json", "data/facts.duckdb", "report.html", "report.json"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
	want := 0
	for _, flaw := range result.Truth.Messy {
		if flaw.Rejected {
			want += flaw.Count
		}
	}
	if want == 0 || result.Import.Rows.Rejected != int64(want) {
		t.Errorf("%d rows rejected, truth.json says %d", result.Import.Rows.Rejected, want)
	}
	data := filepath.Join(dir, "data")
	t.Run("again", func(t *testing.T) {
		again := mustRun(t, "import", filepath.Join(dir, "files"), "--data", data)
		if !strings.Contains(again, "Nothing new") {
			t.Errorf("the same files again: %s", again)
		}
		if code, _, errOut := command(t, "demo", "--dir", dir, "--seed", "2", "--no-serve"); code != exitBadInput || !strings.Contains(errOut, "another demo company") {
			t.Errorf("another company over this one: exit %d, %s", code, errOut)
		}
	})
	t.Run("costs are the program's own", func(t *testing.T) { checkCosts(t, dir, result) })
	t.Run("report forms", func(t *testing.T) {
		for _, name := range []string{"r.html", "r.json", "r.md"} {
			path := filepath.Join(t.TempDir(), name)
			mustRun(t, "report", "impact", "--data", data, "--out", path)
			if text, err := os.ReadFile(path); err != nil || !bytes.Contains(text, []byte("Onboarding Academy")) {
				t.Errorf("%s lacks the program's name, %v", name, err)
			}
		}
	})
	t.Run("same bytes", func(t *testing.T) {
		first, err := os.ReadFile(filepath.Join(dir, "report.html"))
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "again.html")
		mustRun(t, "report", "impact", "--study", "onboarding", "--data", data, "--out", path)
		if second, err := os.ReadFile(path); err != nil || !bytes.Equal(first, second) {
			t.Errorf("the same study of the same data gives another report, %v", err)
		}
	})
	t.Run("backup and rollback", func(t *testing.T) {
		copied, file := filepath.Join(t.TempDir(), "copy"), filepath.Join(t.TempDir(), "b")
		mustRun(t, "backup", file, "--data", data)
		mustRun(t, "restore", file, "--data", copied)
		before := mustRun(t, "kpi", "value", "churn_rate", "--grain", "year", "--data", data)
		if after := mustRun(t, "kpi", "value", "churn_rate", "--grain", "year", "--data", copied); after != before {
			t.Errorf("restored:\n%s\nwas:\n%s", after, before)
		}
		mustRun(t, "import", "rollback", "1", "--data", copied)
		if code, _, errOut := command(t, "kpi", "value", "churn_rate", "--data", copied); code != exitNotEnoughData {
			t.Errorf("without the batch: exit %d, %s", code, errOut)
		}
		if list := mustRun(t, "import", "list", "--data", copied); !strings.Contains(list, "rolled back") {
			t.Errorf("the list does not say so: %s", list)
		}
	})
	t.Run("studies that cannot be", func(t *testing.T) { refusedStudies(t, data) })
}

// checkCosts adds the onboarding program's rows of costs.csv up by hand.
func checkCosts(t *testing.T, dir string, result app.DemoResult) {
	text, err := os.ReadFile(filepath.Join(dir, "files", "costs.csv"))
	if err != nil {
		t.Fatal(err)
	}
	var ours, all int64
	seen := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.TrimSpace(line), ",")
		if _, err := time.Parse(time.RFC3339, cells[0]); len(cells) != 6 || err != nil || seen[line] {
			continue // the header, a flaw of the files, or a row said twice
		}
		seen[line] = true
		var amount float64
		if json.Unmarshal([]byte(cells[4]), &amount) != nil || amount < 0 || !slices.Contains(record.CostCategories, cells[3]) {
			continue // another flaw
		}
		all += int64(amount*100 + 0.5)
		if cells[2] == "Onboarding Academy" {
			ours += int64(amount*100 + 0.5)
		}
	}
	got := result.Impact.Value.TotalCost.Median
	if ours == all || got != ours {
		t.Errorf("the report's cost is %d cents, the program's %d, of all programs %d", got, ours, all)
	}
}

func refusedStudies(t *testing.T, data string) {
	plan := func(treatment, more string) string {
		return write(t, filepath.Join(t.TempDir(), "s.yaml"), "id: s\ntitle: S\ntreatment: "+treatment+"\noutcomes: [{kpi: tickets_per_account_month}]\n"+more)
	}
	for _, tt := range []struct {
		name, file string
		code       int
		says       string
	}{
		{"a course that nobody took", plan("{course: onboarding, verb: attended, share_of_seats: 0.3}", ""), exitNotEnoughData, "attended"},
		{"an unknown course", plan("{course: onbording, share_of_seats: 0.3}", ""), exitBadInput, "onboarding"},
		{"an unknown KPI", write(t, filepath.Join(t.TempDir(), "k.yaml"), "id: s\ntitle: S\ntreatment: {course: onboarding, share_of_seats: 0.3}\noutcomes: [{kpi: churn_rat}]\n"), exitBadInput, "churn_rate"},
		{"two accounts only", plan("{course: onboarding, share_of_seats: 0.3}", "population: account_id in ('A00001', 'A00002')\n"), exitNotEnoughData, "account"},
		{"an unknown key", plan("{course: onboarding, share_of_seats: 0.3}", "covariate: x\n"), exitBadInput, "covariate"},
		{"a study that is not there", "nothing-like-it", exitBadInput, "onboarding"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			code, out, errOut := command(t, "study", "run", tt.file, "--data", data)
			if code != tt.code || !strings.Contains(errOut, tt.says) {
				t.Errorf("exit %d, want %d with %q: %s%s", code, tt.code, tt.says, out, errOut)
			}
		})
	}
}

// TestDefaultDemoTellsTheStory runs the demo as `make demo` does: the naive
// comparison is wrong about churn and tickets, the study's interval covers the
// truth, which truth.json states.
func TestDefaultDemoTellsTheStory(t *testing.T) {
	if testing.Short() { // never in make test, which sets no -short
		t.Skip("the default demo company takes half a minute")
	}
	var r app.DemoResult
	out := mustRun(t, "demo", "--dir", filepath.Join(t.TempDir(), "demo"), "--no-serve", "--json")
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatal(err)
	}
	for _, f := range r.Impact.Findings {
		if f.Outcome.Role != study.Primary {
			continue
		}
		want, ok := r.Truth.Effect(f.Outcome.KPI)
		if !ok || f.Effect == nil || want < f.Effect.Low || want > f.Effect.High {
			t.Errorf("%s: %s; the truth is %g", f.Outcome.KPI, f.Verdict.Headline, want)
		}
		naive := f.Naive.Difference
		if (f.Outcome.KPI == "churn_rate" || f.Outcome.KPI == "tickets_per_account_month") && naive.Low <= want && want <= naive.High {
			t.Errorf("%s: the naive interval %g to %g holds the truth %g", f.Outcome.KPI, naive.Low, naive.High, want)
		}
	}
}

func TestExitCodes(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "none")
	emptyFolder, header := t.TempDir(), write(t, filepath.Join(t.TempDir(), "accounts.csv"), "account_id,name\n")
	for _, tt := range []struct {
		name string
		args []string
		code int
		says string
	}{
		{"unknown command", []string{"frobnicate"}, exitUsage, "frobnicate"},
		{"unknown flag", []string{"version", "--x"}, exitUsage, "--x"},
		{"missing argument", []string{"import"}, exitUsage, "import"},
		{"no workspace", []string{"kpi", "value", "churn_rate", "--data", empty}, exitBadInput, "import files"},
		{"unknown KPI", []string{"kpi", "show", "chrun_rate"}, exitBadInput, "churn_rate"},
		{"unknown method", []string{"method", "magic"}, exitBadInput, "liftmark method"},
		{"a method", []string{"method", "co_intervention"}, exitGood, ""},
		{"missing file", []string{"import", filepath.Join(empty, "x.csv"), "--data", empty}, exitBadInput, "x.csv"},
		{"empty folder", []string{"import", emptyFolder, "--data", empty}, exitBadInput, emptyFolder},
		{"header only", []string{"import", header, "--data", empty}, exitGood, ""},
		{"unknown report form", []string{"report", "impact", "--out", "x.pptx", "--study", "s", "--data", empty}, exitBadInput, ".html"},
		{"batch that is none", []string{"import", "rollback", "one", "--data", empty}, exitUsage, "one"},
		{"a bad zone", []string{"kpi", "value", "churn_rate", "--zone", "Mars", "--data", empty}, exitBadInput, "Mars"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			code, out, errOut := command(t, tt.args...)
			if code != tt.code || !strings.Contains(errOut, tt.says) {
				t.Errorf("exit %d, want %d with %q\n%s%s", code, tt.code, tt.says, out, errOut)
			}
		})
	}
}

func TestConfigCheckShowsTheServersSettings(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "liftmark.yaml"), "rates: {EUR: 1.08}\nserver:\n  listen: 127.0.0.1:9099\n  public_url: https://proxy:hush-hush@lrs.example.com/lm\n"+
		"  trusted_proxies: [10.1.0.0/16]\n  origins: [\"https://learn.example.com\"]\n  max_requests: 77\n  max_body_mib: 5\n")
	for _, args := range [][]string{{"config", "check", "--data", dir}, {"config", "check", "--json", "--data", dir}} {
		out := mustRun(t, args...)
		for _, want := range []string{"EUR", "1.08", "127.0.0.1:9099", "https://proxy:xxxxx@lrs.example.com/lm", "10.1.0.0/16", "https://learn.example.com", "77", "max_body_mib"} {
			if !strings.Contains(out, want) {
				t.Errorf("%v does not show %q:\n%s", args, want, out)
			}
		}
		if strings.Contains(out, "hush-hush") {
			t.Errorf("%v shows a password:\n%s", args, out)
		}
	}
}

func TestLostKeyIsAcceptedOnlyWhenAsked(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	mustRun(t, "actor", "erase", "ann@x.com", "--yes", "--data", data)
	if err := os.Remove(filepath.Join(data, "workspace.key")); err != nil {
		t.Fatal(err)
	}
	code, _, errOut := command(t, "credential", "list", "--data", data)
	if code != exitBadInput || !strings.Contains(errOut, "liftmark workspace accept-key --data "+data) {
		t.Errorf("without its key: exit %d, %s", code, errOut)
	}
	if out := mustRun(t, "workspace", "accept-key", "--data", data); !strings.Contains(out, "1 erasure") || !strings.Contains(out, "--yes") {
		t.Errorf("asked what is lost: %s", out)
	}
	if code, _, _ := command(t, "credential", "list", "--data", data); code != exitBadInput {
		t.Errorf("asking accepted it: exit %d", code)
	}
	mustRun(t, "workspace", "accept-key", "--yes", "--data", data)
	mustRun(t, "credential", "list", "--data", data)
	if out := mustRun(t, "workspace", "accept-key", "--data", data, "--json"); !strings.Contains(out, `"fits": true`) {
		t.Errorf("afterwards: %s", out)
	}
}
