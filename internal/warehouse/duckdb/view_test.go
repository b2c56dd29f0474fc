package duckdb_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/liftmark/liftmark/internal/warehouse"
	"github.com/liftmark/liftmark/internal/warehouse/duckdb"
)

// trained adds to annAndBob two courses, one of which nothing describes, and
// somebody whom nothing describes.
func trained(t *testing.T) *duckdb.DB {
	t.Helper()
	db := open(t, "")
	annAndBob(t, db)
	run(t, db,
		`INSERT INTO activity_version (batch, "row", activity_id, title, kind, course) VALUES (1, 1, 'a1', 'First Steps', 'lesson', 'c1'), (1, 2, 'a3', 'Nobody''s', 'quiz', NULL)`,
		`INSERT INTO learning (batch, "row", event_id, time, person_id, activity_id, verb, attributes) VALUES
			(1, 2, 'l2', '2026-01-10', 'anon:77', 'a1', 'started', NULL),
			(1, 3, 'l3', '2026-01-11', 'p-bob', 'a1', 'started', NULL),
			(1, 4, 'l4', '2026-01-12', 'home|carl', 'a2', 'viewed', MAP {'course': 'c2'})`)
	return db
}

func at(day int) time.Time { return time.Date(2026, 1, day, 0, 0, 0, 0, time.UTC) }

func TestActivitiesAreListedWithTheirLearners(t *testing.T) {
	db := trained(t)
	first := warehouse.ActivityView{ID: "a1", Name: "First Steps", Kind: "lesson", Course: "c1", Learners: 2, Rows: 3, LastSeen: at(11)} // Ann counts once
	second := warehouse.ActivityView{ID: "a2", Course: "c2", Learners: 1, Rows: 1, LastSeen: at(12)}
	third := warehouse.ActivityView{ID: "a3", Name: "Nobody's", Kind: "quiz"}
	for _, tt := range []struct {
		name   string
		search warehouse.Search
		want   []warehouse.ActivityView
	}{
		{"all", warehouse.Search{Limit: 10}, []warehouse.ActivityView{first, second, third}},
		{"first page", warehouse.Search{Limit: 2}, []warehouse.ActivityView{first, second}},
		{"second page", warehouse.Search{Limit: 2, After: "a2"}, []warehouse.ActivityView{third}},
		{"by a part of the name", warehouse.Search{Limit: 10, Text: "STEPS"}, []warehouse.ActivityView{first}},
		{"by id", warehouse.Search{Limit: 10, Text: "A2"}, []warehouse.ActivityView{second}},
		{"wildcards are letters", warehouse.Search{Limit: 10, Text: "%"}, nil},
	} {
		got, err := db.Activities(t.Context(), tt.search)
		if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
			t.Errorf("%s: %v\n%s", tt.name, err, diff)
		}
	}
}

func TestActorsAreListedOnceByAllTheirNames(t *testing.T) {
	db := trained(t)
	ann := warehouse.ActorView{Person: "p-ann", Names: []string{"ann.lovelace@x.com", "ann.young@x.com", "anon:77"}, Account: "acme", Rows: 2, LastSeen: at(10)}
	bob := warehouse.ActorView{Person: "p-bob", Names: []string{"bob@x.com"}, Account: "acme", Rows: 1, LastSeen: at(11)}
	carl := warehouse.ActorView{Person: "home|carl", Names: []string{}, Rows: 1, LastSeen: at(12)}
	for _, tt := range []struct {
		name   string
		search warehouse.Search
		want   []warehouse.ActorView
	}{
		{"all", warehouse.Search{Limit: 10}, []warehouse.ActorView{carl, ann, bob}},
		{"second page", warehouse.Search{Limit: 1, After: "home|carl"}, []warehouse.ActorView{ann}},
		{"by an earlier address", warehouse.Search{Limit: 10, Text: "Young@"}, []warehouse.ActorView{ann}},
		{"nobody", warehouse.Search{Limit: 10, Text: "zoe"}, nil},
	} {
		got, err := db.Actors(t.Context(), tt.search)
		if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
			t.Errorf("%s: %v\n%s", tt.name, err, diff)
		}
	}
}
