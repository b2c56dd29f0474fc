package duckdb_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/liftmark/liftmark/internal/warehouse"
	"github.com/liftmark/liftmark/internal/warehouse/duckdb"
)

// taughtOnce is a learning record that a test made.
type taughtOnce struct {
	row                               int64
	id, person, lesson, course, track string
}

// remainsOf is what the contract says, one record after the other.
func remainsOf(all []taughtOnce, gone map[string]bool, asked []string) (out warehouse.Remains) {
	named, people := map[string]*warehouse.Named{}, map[string]bool{}
	note := func(names ...string) {
		for _, n := range names {
			if n != "" && named[n] == nil {
				named[n] = &warehouse.Named{Activity: n}
			}
		}
	}
	note(asked...)
	for _, r := range all {
		if gone[r.id] || gone[r.id[:5]] && r.id[5:] != "" {
			note(r.lesson, r.course, r.track)
			people[r.person] = true
		}
	}
	for _, r := range all {
		if gone[r.id] || gone[r.id[:5]] && r.id[5:] != "" {
			continue
		}
		delete(people, r.person)
		for _, n := range []string{r.lesson, r.course, r.track} {
			if named[n] != nil {
				named[n].Still = true
			}
		}
		if n := named[r.lesson]; n != nil {
			if r.course != "" {
				n.Course, n.CourseRow = r.course, r.row
			}
			if r.track != "" {
				n.Program, n.ProgramRow = r.track, r.row
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(named)) {
		out.Activities = append(out.Activities, *named[name])
	}
	out.People = slices.Sorted(maps.Keys(people))
	return out
}

func TestRemainsAreWhatStayingRecordsName(t *testing.T) {
	db, err := duckdb.Open(t.Context(), "", duckdb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	random := rand.New(rand.NewPCG(3, 7))
	pick := func(kind string, n int) string { return fmt.Sprintf("%s%d", kind, random.IntN(n)) }
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	var all []taughtOnce
	d := warehouse.Delta{Source: "statements", Cursor: 1}
	for i := range 300 {
		r := taughtOnce{row: int64(i) * 1000, id: fmt.Sprintf("id%03d", i), person: pick("p", 90), lesson: pick("l", 60)} // rows beyond the latest, too
		attributes := map[string]string{}
		if random.IntN(3) > 0 {
			r.course = pick("c", 30)
			attributes["course"] = r.course
		}
		if random.IntN(5) == 0 {
			r.track = pick("l", 60) // a lesson may be a program
			attributes["program"] = r.track
		}
		if i%10 == 9 {
			r.id = all[i-1].id[:5] + "#2"
		}
		all = append(all, r)
		d.Rows = append(d.Rows, warehouse.Row{Fact: "learning", Row: r.row, Attributes: attributes, Values: map[string]any{
			"event_id": r.id, "time": start.Add(time.Duration(i) * time.Hour), "person_id": r.person, "activity_id": r.lesson, "verb": "completed"}})
	}
	other := warehouse.Delta{Source: "files", Cursor: 1, Rows: []warehouse.Row{{Fact: "learning", Row: 1 << 40, Attributes: map[string]string{"course": "c1", "program": "l2"},
		Values: map[string]any{"event_id": "other", "time": start, "person_id": "p1", "activity_id": "l1", "verb": "completed"}}}}
	for _, d := range []warehouse.Delta{d, other} {
		if _, err := db.Take(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	for _, share := range []int{300, 20, 3, 1} {
		gone := map[string]bool{"none1": true}
		for _, r := range all {
			if random.IntN(share) == 0 {
				gone[r.id[:5]] = true
			}
		}
		asked := []string{"l1", "unknown"}
		got, err := db.Remains(t.Context(), "statements", slices.Sorted(maps.Keys(gone)), asked)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(remainsOf(all, gone, asked), got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%d of %d gone: %s", len(gone)-1, len(all), diff)
		}
	}
	if got, err := db.Remains(t.Context(), "nobody", nil, nil); err != nil || len(got.Activities)+len(got.People) != 0 {
		t.Errorf("of an unknown source %+v, %v", got, err)
	}
}
