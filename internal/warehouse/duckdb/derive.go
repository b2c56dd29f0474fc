package duckdb

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
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
	return db.refresh(ctx, tx, now, map[part]bool{partRank: true, partIdentity: true, partRevenue: true, partCoverage: true})
}

func (db *DB) refresh(ctx context.Context, tx warehouse.Execer, now time.Time, parts map[part]bool) error {
	if err := db.dropDoubles(ctx, tx, parts); err != nil {
		return fmt.Errorf("refresh the workspace: %w", err)
	}
	for _, step := range []struct {
		part part
		do   func() error
	}{
		{partRank, func() error { return db.rankAll(ctx, tx) }},
		{partIdentity, func() error { return db.refreshIdentity(ctx, tx) }},
		{partRevenue, func() error { return script(ctx, tx, revenueSQL) }},
		{partCoverage, func() error { return script(ctx, tx, coverageSQL, now.UTC()) }},
	} {
		if !parts[step.part] {
			continue
		}
		if err := step.do(); err != nil {
			return fmt.Errorf("refresh the workspace: %s: %w", step.part, err)
		}
	}
	db.live.covered, db.live.due = nil, map[part]bool{}
	if parts[partRank] { // files were imported
		clear(db.live.known)
	}
	_, err := tx.ExecContext(ctx, "DELETE FROM refresh_due")
	return err
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

func (db *DB) refreshIdentity(ctx context.Context, tx warehouse.Execer) error {
	if err := script(ctx, tx, claimSQL); err != nil {
		return err
	}
	if err := followLinks(ctx, tx); err != nil {
		return err
	}
	return script(ctx, tx, identitySQL)
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

// MarkDue notes, in the transaction that stores a batch of files, that what
// follows from the facts is to be rebuilt. Settle does it, or else the next Open.
func (db *DB) MarkDue(ctx context.Context, tx warehouse.Execer, batch int) error {
	for _, p := range []part{partDoubles + part(strconv.Itoa(batch)), partRank, partIdentity, partRevenue, partCoverage} {
		if _, err := tx.ExecContext(ctx, "INSERT INTO refresh_due VALUES (?)", string(p)); err != nil {
			return err
		}
	}
	return nil
}

// markDue is MarkDue for one who has the turn: parts that are marked already
// are not marked again.
func (db *DB) markDue(ctx context.Context, tx warehouse.Execer, parts map[part]bool) error {
	for p := range parts {
		if db.live.due[p] {
			continue
		}
		if _, err := tx.ExecContext(ctx, "INSERT INTO refresh_due VALUES (?)", string(p)); err != nil {
			return err
		}
		db.live.due[p] = true
	}
	return nil
}

// Settle rebuilds at once what is due to be rebuilt.
func (db *DB) Settle(ctx context.Context) error {
	began := time.Now()
	err := db.alone(ctx, func(tx *sql.Tx, _ *sql.Conn) error {
		due, err := texts(ctx, tx, "SELECT DISTINCT part FROM refresh_due")
		if err != nil || len(due) == 0 {
			return err
		}
		parts := map[part]bool{}
		for _, p := range due {
			parts[part(p)] = true
		}
		db.live.settled.dirty.Store(false)
		return db.refresh(ctx, tx, db.now(), parts)
	})
	if err != nil {
		db.live.settled.dirty.Store(true)
		return describe(err)
	}
	db.live.settled.done(time.Since(began))
	return nil
}

// pause is the least time between two refreshes that readers cause; it is longer
// where they take long. Under
// steady load a reader sees who is who as it was that long ago at most, and
// events that need no refresh at once.
const pause = time.Second

// settled says whether something is due, and when readers last saw to it.
type settled struct {
	dirty atomic.Bool
	mu    sync.Mutex
	last  time.Time
	pause time.Duration // thrice what the last one took, so that streams get their turn
}

func (s *settled) note(due bool) {
	if due {
		s.dirty.Store(true)
	}
}

func (s *settled) done(took time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last, s.pause = time.Now(), max(pause, 3*took)
}

// claim says that the caller is the one to refresh now.
func (s *settled) claim() bool {
	if !s.dirty.Load() {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if time.Since(s.last) < s.pause {
		return false
	}
	s.last = time.Now()
	return true
}

// settle refreshes before a reader asks, if that is due.
func (db *DB) settle(ctx context.Context) error {
	if !db.live.settled.claim() {
		return nil
	}
	return db.Settle(ctx)
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
