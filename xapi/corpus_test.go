package xapi_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"maps"
	"os"
	"path"
	"testing"

	"github.com/liftmark/liftmark/internal/reference"
	"github.com/liftmark/liftmark/xapi"
)

// corpus calls each for every line of the statements of FUN-MOOC.
func corpus(t *testing.T, each func(line []byte)) {
	t.Helper()
	file, err := os.Open(reference.Path(t, "fun-mooc", "statements.json.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(unzipped)
	for lines.Scan() {
		each(bytes.Clone(lines.Bytes())) // what is parsed refers to it
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
}

// TestRealStatementsParse reads a week of a real video platform. The counts
// are those of Python's json module over the same file.
func TestRealStatementsParse(t *testing.T) {
	statements, extensions := 0, 0
	verbs, actors := map[string]int{}, map[xapi.IFI]bool{}
	activities, courses := map[string]bool{}, map[string]bool{}
	first, last := "9", ""
	corpus(t, func(line []byte) {
		s, err := xapi.Parse(xapi.V1, line)
		if err != nil {
			t.Fatalf("line %d: %v", statements+1, err)
		}
		statements++
		verbs[path.Base(s.Verb.ID)]++
		actors[s.Actor.IFI()] = true
		activities[s.Object.Activity.ID] = true
		for _, course := range s.Context.ContextActivities.Parent {
			courses[course.ID] = true
		}
		if s.Result != nil {
			extensions += len(s.Result.Extensions)
		}
		extensions += len(s.Context.Extensions)
		first, last = min(first, s.Timestamp), max(last, s.Timestamp)
	})
	if statements != 22000 || len(actors) != 1452 || len(activities) != 10 || len(courses) != 2 || extensions != 47486+61358 {
		t.Errorf("%d statements, %d actors, %d activities, %d courses, %d extensions; want 22000, 1452, 10, 2, 108844",
			statements, len(actors), len(activities), len(courses), extensions)
	}
	want := map[string]int{
		"played": 6603, "paused": 6480, "interacted": 3546, "seeked": 2995,
		"initialized": 1348, "completed": 636, "terminated": 338, "downloaded": 54,
	}
	if !maps.Equal(verbs, want) {
		t.Errorf("verbs %v, want %v", verbs, want)
	}
	if first != "2021-11-24T10:56:03.383499+00:00" || last != "2021-12-01T10:54:31.896936+00:00" {
		t.Errorf("from %s to %s", first, last)
	}
}
