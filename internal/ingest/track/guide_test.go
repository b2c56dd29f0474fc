package track

import (
	"os"
	"strings"
	"testing"
)

// TestTheGuideNamesAllTrainingEvents holds the guide's lists against what counts
// as learning, both ways.
func TestTheGuideNamesAllTrainingEvents(t *testing.T) {
	data, err := os.ReadFile("../../../docs/guide/tracking.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(data), "### Learning")
	text, _, _ = strings.Cut(text, "## Mapping")
	said := map[string]string{}
	for line := range strings.Lines(text) {
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) != 4 || strings.Contains(line, "---") || strings.Contains(line, "words") {
			continue
		}
		for word := range strings.SplitSeq(cells[1], ",") {
			said[strings.ToLower(strings.TrimSpace(word))] = strings.TrimSpace(cells[2])
		}
	}
	for word, verb := range trainingVerbs {
		if said[word] != verb {
			t.Errorf("%s counts as %s, the guide says %q", word, verb, said[word])
		}
	}
	if len(said) != len(trainingVerbs) {
		t.Errorf("the guide lists %d words, %d count", len(said), len(trainingVerbs))
	}
	flat := strings.Join(strings.Fields(strings.ToLower(text)), " ")
	for thing := range trainingThings {
		if !strings.Contains(flat, thing) {
			t.Errorf("the guide does not name %q", thing)
		}
	}
	for _, a := range activityIDs {
		if !strings.Contains(text, "`"+a.property+"`") {
			t.Errorf("the guide does not name %s", a.property)
		}
	}
}
