package duckdb

import (
	"context"
	"database/sql"
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/liftmark/liftmark/internal/warehouse"
)

//go:embed sql/view_activities.sql
var viewActivitiesSQL string

//go:embed sql/view_actors.sql
var viewActorsSQL string

// Activities gives a page of the activities that are described or that learning
// records name.
func (db *DB) Activities(ctx context.Context, s warehouse.Search) (list []warehouse.ActivityView, err error) {
	err = db.view(ctx, viewActivitiesSQL, s, func(rows *sql.Rows) error {
		var a warehouse.ActivityView
		var last sql.NullTime
		err := rows.Scan(&a.ID, &a.Name, &a.Kind, &a.Course, &a.Learners, &a.Rows, &last)
		a.LastSeen = last.Time.UTC()
		list = append(list, a)
		return err
	})
	if err != nil {
		return nil, describe(fmt.Errorf("list activities: %w", err))
	}
	return list, nil
}

// Actors gives a page of the people that facts know, those that are one by
// links together.
func (db *DB) Actors(ctx context.Context, s warehouse.Search) (list []warehouse.ActorView, err error) {
	err = db.view(ctx, viewActorsSQL, s, func(rows *sql.Rows) error {
		var a warehouse.ActorView
		var names string
		var last sql.NullTime
		if err := rows.Scan(&a.Person, &names, &a.Account, &a.Rows, &last); err != nil {
			return err
		}
		a.LastSeen = last.Time.UTC()
		list = append(list, a)
		return json.Unmarshal([]byte(names), &list[len(list)-1].Names)
	})
	if err != nil {
		return nil, describe(fmt.Errorf("list people: %w", err))
	}
	return list, nil
}

// view calls each with the rows of a page, when the links between people hold.
func (db *DB) view(ctx context.Context, query string, s warehouse.Search, each func(*sql.Rows) error) error {
	defer db.Roomy(ctx)()
	if err := db.Settle(ctx); err != nil {
		return err
	}
	rows, err := db.sql.QueryContext(ctx, query, strings.ToLower(s.Text), s.After, s.Limit)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := each(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}
