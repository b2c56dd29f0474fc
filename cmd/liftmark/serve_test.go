package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/liftmark/liftmark/internal/load"
)

// TestCommandsSayTheSameThroughAServer runs commands on the files themselves and
// then, with the same files open in a server, through its API: the same bytes,
// though one thread does the work here and five do it there.
func TestCommandsSayTheSameThroughAServer(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "demo")
	mustRun(t, "demo", "--dir", dir, "--accounts", "120", "--months", "18", "--no-serve")
	data := filepath.Join(dir, "data")
	people := write(t, filepath.Join(t.TempDir(), "people.csv"), "person_id,account_id,created_at\nnew-one,no-such-account,2026-01-01\n")
	reports := t.TempDir()
	commands := [][]string{
		{"kpi", "list", "ticket"},
		{"kpi", "value", "churn_rate", "--grain", "quarter", "--by", "account.plan", "--json"},
		{"kpi", "value", "completion_rate", "--param", "denominator=enrolled"},
		{"study", "run", "onboarding", "--json"},
		{"report", "impact", "--out", filepath.Join(reports, "NAME.html")},
		{"report", "impact", "--out", filepath.Join(reports, "NAME.json")},
		{"import", "list"},
		{"import", filepath.Join(dir, "files"), "--dry-run", "--json"},
		{"import", people, "--suggest"},
		{"credential", "list", "--json"},
		{"verb", "list", "--json"},
		{"event", "list"},
		{"event", "strict"},
		{"link", "list", "--json"},
		{"forward", "list", "--json"},
		{"retention", "show"},
	}
	failures := [][]string{
		{"kpi", "value", "no_such_kpi"},
		{"kpi", "value", "churn_rate", "--where", "nonsense"},
		{"study", "run", "no-such-study"},
		{"import", "rollback", "99"},
		{"import", filepath.Join(dir, "no-such-file.csv")},
		{"credential", "add", "--scope", "everything"},
		{"credential", "revoke", "nobody"},
		{"verb", "map", "http://example.com/v", "no-such-meaning"},
		{"link", "withdraw", "no-such-link"},
		{"forward", "remove", "nowhere"},
	}
	run := func(name string, args []string) (int, string) {
		full := append([]string{}, args...)
		for i := range full {
			full[i] = strings.ReplaceAll(full[i], "NAME", name)
		}
		code, out, errOut := command(t, append(full, "--data", data)...)
		return code, comparable(strings.ReplaceAll(out+errOut, name, "NAME"))
	}
	t.Setenv("LIFTMARK_THREADS", "1")
	type answer struct {
		code int
		text string
	}
	local := map[string]answer{}
	for _, args := range append(commands, failures...) {
		code, text := run("local", args)
		local[strings.Join(args, " ")] = answer{code, text}
	}
	t.Setenv(asProgram, "1")
	t.Setenv("LIFTMARK_THREADS", "5")
	s, err := load.StartServer(t.Context(), os.Args[0], data)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Stop(); err != nil {
			t.Errorf("the server ended with %v:\n%s", err, s.Log())
		}
	}()
	for i, args := range append(commands, failures...) {
		code, text := run("remote", args)
		if want := local[strings.Join(args, " ")]; code != want.code || text != want.text {
			t.Errorf("%v through the server: exit %d\n%s\nwithout it: exit %d\n%s", args, code, text, want.code, want.text)
		}
		if wrong := i >= len(commands); wrong == (code == exitGood) {
			t.Errorf("%v: exit %d\n%s", args, code, text)
		}
	}
	for _, form := range []string{"html", "json"} {
		a, errA := os.ReadFile(filepath.Join(reports, "local."+form))
		b, errB := os.ReadFile(filepath.Join(reports, "remote."+form))
		if errA != nil || errB != nil || comparable(string(a)) != comparable(string(b)) {
			t.Errorf("the report differs as %s (%v, %v)", form, errA, errB)
		}
	}
}

// comparable drops lines that say how long something took.
func comparable(text string) string {
	var kept strings.Builder
	for line := range strings.Lines(text) {
		if !strings.Contains(line, `"seconds"`) && !strings.Contains(line, " …") {
			kept.WriteString(line)
		}
	}
	return kept.String()
}
