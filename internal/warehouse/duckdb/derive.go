package duckdb

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/liftmark/liftmark/internal/warehouse"
)

// part is one part of what follows from the facts.
type part string

// The parts, in the order in which they are rebuilt.
const (
	partDoubles  part = "doubles of batch " // and its number: events that came meanwhile, too
	partRank     part = "rank"              // which rows of streams files outrank
	partIdentity part = "identity"          // who is who, who belonged where
	partRevenue  part = "revenue"           // who was a customer when, at what price
	partCoverage part = "coverage"          // what the data cover
)

var (
	//go:embed sql/doubles.sql
	doublesSQL string
	//go:embed sql/refresh_claim.sql
	claimSQL string
	//go:embed sql/refresh_identity.sql
	identitySQL string
	//go:embed sql/refresh_revenue.sql
	revenueSQL string
	//go:embed sql/refresh_coverage.sql
	coverageSQL string
)

// Refresh rebuilds all that follows from the facts (identity, membership,
// subscriptions, recurring revenue, coverage) within the caller's transaction,
// which is one of Alone. now bounds the coverage: rows dated later do not
// extend it.
func (db *DB) Refresh(ctx context.Context, tx warehouse.Execer, now time.Time) error {
	parts := map[part]bool{partRank: true, partIdentity: true, partRevenue: true, partCoverage: true}
	if err := db.refresh(ctx, tx, now, parts); err != nil {
		return err
	}
	db.live.due, db.live.touched = map[part]bool{}, map[touch]bool{}
	_, err := tx.ExecContext(ctx, "DELETE FROM refresh_due; DELETE FROM refresh_key")
	return err
}

// refresh rebuilds parts whole. Its caller has the turn when the parts are
// others than identity and revenue.
func (db *DB) refresh(ctx context.Context, tx warehouse.Execer, now time.Time, parts map[part]bool) error {
	if err := db.dropDoubles(ctx, tx, parts); err != nil {
		return fmt.Errorf("refresh the workspace: %w", err)
	}
	for _, step := range []struct {
		part part
		do   func() error
	}{
		{partRank, func() error { return db.rankAll(ctx, tx) }},
		{partIdentity, func() error { return rebuildIdentity(ctx, tx) }},
		{partRevenue, func() error { return script(ctx, tx, everybody(revenueSQL)) }},
		{partCoverage, func() error { return db.rebuildCoverage(ctx, tx, now) }},
	} {
		if !parts[step.part] {
			continue
		}
		if err := step.do(); err != nil {
			return fmt.Errorf("refresh the workspace: %s: %w", step.part, err)
		}
	}
	if parts[partRank] { // files were imported
		clear(db.live.known)
	}
	return nil
}

func (db *DB) rebuildCoverage(ctx context.Context, tx warehouse.Execer, now time.Time) error {
	db.live.covered = nil
	return script(ctx, tx, coverageSQL, now.UTC())
}

// rebuildIdentity finds out of everybody who is who.
func rebuildIdentity(ctx context.Context, tx warehouse.Execer) error {
	_, err := tx.ExecContext(ctx, "DELETE FROM identity; DELETE FROM identity_conflict; DELETE FROM membership; DELETE FROM identity_hash")
	if err != nil {
		return err
	}
	if err := makeIdentity(ctx, tx, "person_version", ""); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "INSERT INTO identity_hash SELECT hash('')")
	return err
}

// makeIdentity fills what is empty: of the people in a table of versions, and
// of the links that linksOf leaves.
func makeIdentity(ctx context.Context, tx warehouse.Execer, versions, linksOf string) error {
	if err := script(ctx, tx, strings.ReplaceAll(claimSQL, "{versions}", versions)); err != nil {
		return err
	}
	if err := followLinks(ctx, tx, linksOf); err != nil {
		return err
	}
	return script(ctx, tx, strings.ReplaceAll(identitySQL, "{versions}", versions))
}

// everybody leaves a script its whole scope.
func everybody(text string) string {
	return strings.NewReplacer("{of them}", "", "{and of them}", "").Replace(text)
}

// those narrows a script to rows whose column is a touched key.
func those(column string) func(text string) string {
	is := column + " IN (SELECT key FROM touched)"
	return strings.NewReplacer("{of them}", "WHERE "+is, "{and of them}", "AND "+is).Replace
}

// dropDoubles removes events from batches of files that a stream brought while
// the file was imported, unseen by the import: they count once.
func (db *DB) dropDoubles(ctx context.Context, tx warehouse.Execer, parts map[part]bool) error {
	for p := range parts {
		number, ok := strings.CutPrefix(string(p), string(partDoubles))
		if !ok {
			continue
		}
		batch, err := strconv.Atoi(number)
		if err != nil {
			return err
		}
		for _, l := range db.layouts {
			if l.fact.Versioned {
				continue
			}
			query := strings.NewReplacer("{table}", l.table(), "{key}", warehouse.Quote(l.fact.Key[0]), "{at}", warehouse.Quote(l.fact.At)).Replace(doublesSQL)
			if _, err := tx.ExecContext(ctx, query, batch); err != nil {
				return fmt.Errorf("%s: %w", l.fact.Name, err)
			}
		}
	}
	return nil
}

func (db *DB) rankAll(ctx context.Context, tx warehouse.Execer) error {
	streams, err := texts(ctx, tx, "SELECT source FROM stream LIMIT 1")
	if err != nil || len(streams) == 0 {
		return err
	}
	for _, l := range db.layouts {
		if !l.fact.Versioned {
			continue
		}
		if err := rank(ctx, tx, l, nil); err != nil {
			return fmt.Errorf("%s: %w", l.fact.Name, err)
		}
	}
	return nil
}

// script runs statements one by one; those that ask for $1 get the argument.
func script(ctx context.Context, tx warehouse.Execer, text string, args ...any) error {
	for _, statement := range strings.Split(text, ";\n") {
		bare := stripComments(statement)
		if strings.TrimSpace(bare) == "" {
			continue
		}
		with := args
		if !strings.Contains(bare, "$1") {
			with = nil
		}
		if _, err := tx.ExecContext(ctx, statement, with...); err != nil {
			return err
		}
	}
	return nil
}

func stripComments(statement string) string {
	var kept []string
	for line := range strings.Lines(statement) {
		if !strings.HasPrefix(strings.TrimSpace(line), "--") {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "")
}

// cover extends what the data cover by new events.
func (t *taking) cover(ctx context.Context, l *layout, rows []stored) error {
	low, high := t.reach(l, rows)
	if low.IsZero() {
		return nil
	}
	if err := t.loadCovered(ctx); err != nil {
		return err
	}
	was := *t.live.covered
	now := span{start: low.Truncate(24 * time.Hour), end: high.Truncate(24*time.Hour).AddDate(0, 0, 1)}
	if !was.start.IsZero() && !now.start.Before(was.start) && !now.end.After(was.end) {
		return nil
	}
	if !was.start.IsZero() && was.start.Before(now.start) {
		now.start = was.start
	}
	if was.end.After(now.end) {
		now.end = was.end
	}
	t.live.covered = &now
	if _, err := t.tx.ExecContext(ctx, "DELETE FROM coverage"); err != nil {
		return err
	}
	_, err := t.tx.ExecContext(ctx, "INSERT INTO coverage VALUES (?, ?)", timestamp(now.start), timestamp(now.end))
	return err
}

// reach gives the first and the last time of rows that are not in the future;
// zero when there is none.
func (t *taking) reach(l *layout, rows []stored) (low, high time.Time) {
	now := t.now()
	for _, row := range rows {
		at, ok := row[l.at()].(time.Time)
		if !ok || at.After(now) {
			continue
		}
		if low.IsZero() || at.Before(low) {
			low = at
		}
		if at.After(high) {
			high = at
		}
	}
	return low, high
}

func (t *taking) loadCovered(ctx context.Context) error {
	if t.live.covered != nil {
		return nil
	}
	var start, end sql.NullTime
	err := t.tx.QueryRowContext(ctx, "SELECT data_start, data_end FROM coverage").Scan(&start, &end)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	t.live.covered = &span{}
	if start.Valid && end.Valid {
		t.live.covered = &span{start.Time.UTC(), end.Time.UTC()}
	}
	return nil
}
