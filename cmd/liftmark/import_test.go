package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const twoAccounts = "account_id,name,seats\na1,Acme,12\na2,Bolt,many\n"

func TestDryRunLeavesNothingBehind(t *testing.T) {
	dir := t.TempDir()
	csv, data := write(t, filepath.Join(dir, "accounts.csv"), twoAccounts), filepath.Join(dir, "data")
	t.Chdir(dir)
	t.Setenv("TMPDIR", filepath.Join(dir, "tmp"))
	if err := os.Mkdir("tmp", 0o700); err != nil {
		t.Fatal(err)
	}
	out := mustRun(t, "import", csv, "--dry-run", "--data", data)
	for _, want := range []string{"Dry run: 1 row would be added, 0 replaced, 1 rejected. Nothing was stored.\n", "Rejected: 1 row of " + csv + ", column seats: invalid_number. Write digits"} {
		if !strings.Contains(out, want) {
			t.Errorf("it lacks %q:\n%s", want, out)
		}
	}
	mustRun(t, "import", csv, "--suggest", "--data", data)
	left, err := filepath.Glob(filepath.Join(dir, "*", "*"))
	if err != nil || len(left) > 0 {
		t.Errorf("it left %v, %v", left, err)
	}
	if _, err := os.Stat(data); err == nil {
		t.Errorf("it made %s", data)
	}
}

func TestDryRunNamesItsRejects(t *testing.T) {
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	mustRun(t, "import", write(t, filepath.Join(dir, "people.csv"), "person_id\np1\n"), "--data", data)
	out := mustRun(t, "import", write(t, filepath.Join(dir, "accounts.csv"), twoAccounts), "--dry-run", "--data", data)
	path := filepath.Join(data, "rejects-2.csv")
	if !strings.Contains(out, "The rejected rows are in "+path+".") {
		t.Errorf("it does not name %s:\n%s", path, out)
	}
	if text, err := os.ReadFile(path); err != nil || !strings.Contains(string(text), "many") {
		t.Errorf("%s holds %s, %v", path, text, err)
	}
}

func TestQuestionsAreSaidOnce(t *testing.T) {
	dir := t.TempDir()
	csv := write(t, filepath.Join(dir, "accounts.csv"), "account_id;seats\na1;1.200\na2;950\n")
	code, out, errOut := command(t, "import", csv, "--data", filepath.Join(dir, "data"))
	const question = "does the point separate thousands or decimals?"
	if code != exitBadInput || strings.Count(out, question) != 1 || strings.Contains(errOut, question) {
		t.Errorf("exit %d\nstdout: %s\nstderr: %s", code, out, errOut)
	}
	if !strings.Contains(errOut, "1 question must be answered") {
		t.Errorf("stderr: %s", errOut)
	}
}

// A list is never null, neither in an import that stops nor in one that stores.
func TestImportJSONHasNoNull(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"asked": "account_id;seats\na1;1.200\n", "stored": twoAccounts} {
		csv := write(t, filepath.Join(dir, name, "accounts.csv"), text)
		_, out, _ := command(t, "import", csv, "--json", "--data", filepath.Join(dir, name, "data"))
		var report map[string]any
		if err := json.Unmarshal([]byte(out), &report); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, out)
		}
		for _, list := range []string{"files", "ignored", "questions", "warnings"} {
			if _, ok := report[list].([]any); !ok {
				t.Errorf("%s: %s is %v", name, list, report[list])
			}
		}
		if strings.Contains(out, "null") {
			t.Errorf("%s: %s", name, out)
		}
	}
}
