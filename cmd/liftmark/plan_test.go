package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/ingest/track"
)

// shownPlan is the tracking plan of a workspace, as a program reads it.
func shownPlan(t *testing.T, data string) (plan track.Plan) {
	t.Helper()
	if err := json.Unmarshal([]byte(mustRun(t, "event", "plan", "show", "--json", "--data", data)), &plan); err != nil {
		t.Fatal(err)
	}
	return plan
}

// block gives the first block of a language after a place in a guide.
func block(t *testing.T, guide, place, language string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "docs", "guide", guide))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(data), place)
	_, rest, open := strings.Cut(rest, "```"+language+"\n")
	text, _, closed := strings.Cut(rest, "```")
	if !found || !open || !closed {
		t.Fatalf("%s has no %s after %q", guide, language, place)
	}
	return text
}

func TestTheGuidesTrackingPlanIsTaken(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	text, commands := block(t, "tracking.md", "## Strict mode", "yaml"), block(t, "tracking.md", "## Strict mode", "sh")
	name := strings.TrimSpace(strings.TrimPrefix(strings.Split(text, "\n")[0], "#"))
	t.Chdir(t.TempDir())
	write(t, name, text)
	var modes []bool
	for line := range strings.Lines(commands) {
		words := strings.Fields(line)
		if words[0] != "liftmark" {
			t.Fatalf("what is %q?", line)
		}
		mustRun(t, append(words[1:], "--data", data)...)
		modes = append(modes, shownPlan(t, data).Strict)
	}
	if diff := cmp.Diff([]bool{true, true, false}, modes); diff != "" {
		t.Errorf("strict mode after each command (-want +got):\n%s", diff)
	}
	want := track.Plan{Events: []track.PlannedEvent{
		{Call: track.Track, Name: "Report Exported", Properties: []track.PlannedProperty{
			{Name: "format", Type: "string", Required: true, Values: []string{"pdf", "xlsx"}}, {Name: "quantity", Type: "number"},
		}},
		{Call: track.Track, Name: "Signed In"}, {Call: track.Page, Name: "Pricing"},
	}}
	if diff := cmp.Diff(want, shownPlan(t, data)); diff != "" {
		t.Errorf("the plan (-want +got):\n%s", diff)
	}
}

func TestPlansAreReadAsTheyAreWritten(t *testing.T) {
	dir := t.TempDir()
	const asJSON = "{\n\t\"strict\": true,\n\t\"events\": [{\"name\": \"A: b\", \"properties\": [{\"name\": \"n\", \"values\": [\"1\", \"yes\"]}]}]\n}"
	for name, text := range map[string]string{
		"plan.json":      asJSON,
		"plan":           asJSON,
		"plan.yaml":      "strict: true\nevents:\n- name: 'A: b'\n  properties:\n  - name: n\n    values: [1, yes]\n",
		"plan flow.yaml": "{strict: true, events: [{name: 'A: b', properties: [{name: n, values: ['1', 'yes']}]}]}",
	} {
		want := track.Plan{Strict: true, Events: []track.PlannedEvent{{Name: "A: b", Properties: []track.PlannedProperty{{Name: "n", Values: []string{"1", "yes"}}}}}}
		got, err := readPlan(write(t, filepath.Join(dir, name), text))
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
	}
}

func TestFilesThatAreNoTrackingPlan(t *testing.T) {
	dir := t.TempDir()
	for name, tt := range map[string]struct{ text, says string }{
		"empty.yaml": {"", "empty"},
		"key.yaml":   {"strict: true\nevent:\n- name: A\n", "line 2"},
		"inner.yaml": {"events:\n- name: A\n  propertys: []\n", "line 3"},
		"twice.yaml": {"strict: true\nstrict: false\n", "strict"},
		"two.yaml":   {"strict: true\n---\nstrict: false\n", "more"},
		"two.json":   {"{}{}", "more"},
		"key.json":   {`{"strict": true, "event": []}`, `"event"`},
		"type.json":  {`{"strict": "yes please"}`, "strict"},
		"list.yaml":  {"- name: A\n", "no tracking plan"},
	} {
		_, err := readPlan(write(t, filepath.Join(dir, name), tt.text))
		if fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v, want %q", name, err, tt.says)
		}
	}
	mistaken := write(t, filepath.Join(dir, "mistaken.yaml"), "events: [{name: A, call: identify}]")
	if code, _, errOut := command(t, "event", "plan", "set", mistaken, "--data", filepath.Join(dir, "data")); code != exitBadInput || !strings.Contains(errOut, "events[0]") {
		t.Errorf("a call that cannot be planned: exit %d, %s", code, errOut)
	}
}
