package duckdb

import (
	"context"
	_ "embed"
	"fmt"

	"github.com/liftmark/liftmark/internal/warehouse"
)

//go:embed sql/remains.sql
var remainsSQL string

//go:embed sql/remains_people.sql
var remainsPeopleSQL string

// Remains says what the learning records of a source name still when those of
// the gone keys have gone, of what these name and of some further activities.
// It reads all records of the source.
func (db *DB) Remains(ctx context.Context, source string, gone, activities []string) (out warehouse.Remains, err error) {
	rows, err := db.sql.QueryContext(ctx, remainsSQL, source, nonNil(gone), nonNil(activities))
	if err != nil {
		return out, describe(fmt.Errorf("what remains: %w", err))
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var n warehouse.Named
		if err := rows.Scan(&n.Activity, &n.Still, &n.Course, &n.Program, &n.CourseRow, &n.ProgramRow); err != nil {
			return out, err
		}
		out.Activities = append(out.Activities, n)
	}
	if err := rows.Err(); err != nil {
		return out, err
	}
	out.People, err = texts(ctx, db.sql, remainsPeopleSQL, source, nonNil(gone))
	return out, describe(err)
}

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
