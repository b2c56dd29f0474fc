package duckdb

import (
	"context"
	"database/sql"
	_ "embed"
	"fmt"
	"maps"
	"slices"

	"github.com/liftmark/liftmark/internal/warehouse"
)

//go:embed sql/remains_gone.sql
var remainsGoneSQL string

//go:embed sql/remains.sql
var remainsSQL string

//go:embed sql/remains_above.sql
var remainsAboveSQL string

//go:embed sql/remains_people.sql
var remainsPeopleSQL string

// Remains says what the learning records of a source name still when those of
// the gone keys have gone, of what these name and of some further activities.
// It looks the keys up among all records of the source, and reads more only of
// those records that name the same activities and people.
func (db *DB) Remains(ctx context.Context, source string, gone, activities []string) (out warehouse.Remains, err error) {
	tx, err := db.sql.BeginTx(ctx, nil) // places of rows hold for one transaction
	if err != nil {
		return out, describe(err)
	}
	defer func() { _ = tx.Rollback() }() // ends the reading
	r := &remaining{tx: tx, source: source}
	if err := r.find(ctx, nonNil(gone)); err != nil {
		return out, describe(fmt.Errorf("what goes: %w", err))
	}
	for _, a := range activities {
		r.activities[a] = true
	}
	if out.Activities, err = r.stillNamed(ctx); err != nil {
		return out, describe(fmt.Errorf("what remains: %w", err))
	}
	out.People, err = texts(ctx, tx, remainsPeopleSQL, source, r.places, keys(r.people))
	return out, describe(err)
}

// remaining is one question for what remains.
type remaining struct {
	tx     *sql.Tx
	source string

	places             []int64         // of the gone records
	activities, people map[string]bool // that they name
}

// find finds the gone records and what they name.
func (r *remaining) find(ctx context.Context, gone []string) error {
	r.places, r.activities, r.people = []int64{}, map[string]bool{}, map[string]bool{}
	err := r.each(ctx, func(rows *sql.Rows) error {
		var place int64
		err := rows.Scan(&place)
		r.places = append(r.places, place)
		return err
	}, remainsGoneSQL, r.source, gone)
	if err != nil || len(r.places) == 0 {
		return err
	}
	return r.each(ctx, func(rows *sql.Rows) error {
		var person string
		var named [3]sql.NullString
		err := rows.Scan(&person, &named[0], &named[1], &named[2])
		r.people[person] = true
		for _, n := range named {
			if n.Valid {
				r.activities[n.String] = true
			}
		}
		return err
	}, `SELECT DISTINCT person_id, activity_id, attributes['course'], attributes['program']
		FROM learning WHERE rowid IN (SELECT unnest($1::BIGINT[]))`, r.places)
}

// latestRows is how many of the latest rows are looked at first for what names a
// course or program: most are named all the time.
const latestRows = 5_000

// stillNamed says what the staying records say of the activities.
func (r *remaining) stillNamed(ctx context.Context) (list []warehouse.Named, err error) {
	err = r.each(ctx, func(rows *sql.Rows) error {
		var n warehouse.Named
		err := rows.Scan(&n.Activity, &n.Still, &n.Course, &n.Program, &n.CourseRow, &n.ProgramRow)
		list = append(list, n)
		return err
	}, remainsSQL, r.source, r.places, keys(r.activities))
	if err != nil {
		return nil, err
	}
	for _, latest := range []int64{latestRows, 1 << 62} {
		if err := r.above(ctx, list, latest); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// above looks for those that no staying record is about among the courses and
// programs of the latest records.
func (r *remaining) above(ctx context.Context, list []warehouse.Named, latest int64) error {
	places := map[string]int{}
	for i, n := range list {
		if !n.Still {
			places[n.Activity] = i
		}
	}
	if len(places) == 0 {
		return nil
	}
	names, err := texts(ctx, r.tx, remainsAboveSQL, r.source, r.places, slices.Sorted(maps.Keys(places)), latest)
	for _, name := range names {
		list[places[name]].Still = true
	}
	return err
}

func (r *remaining) each(ctx context.Context, row func(*sql.Rows) error, query string, args ...any) error {
	rows, err := r.tx.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := row(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// keys gives a set's members as a list that is not nil.
func keys(set map[string]bool) []string { return nonNil(slices.Sorted(maps.Keys(set))) }

func nonNil(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// Described gives those of the activities that a source describes.
func (db *DB) Described(ctx context.Context, source string, activities []string) ([]string, error) {
	list, err := texts(ctx, db.sql, `SELECT DISTINCT activity_id FROM activity_version
		WHERE batch = (SELECT batch FROM stream WHERE source = ?) AND activity_id IN (SELECT unnest(?::VARCHAR[]))`, source, nonNil(activities))
	return list, describe(err)
}
