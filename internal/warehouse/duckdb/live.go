package duckdb

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/warehouse"
)

// live is what the streams share: whose turn it is, and what is known of what
// they stored. All but turn, refreshing and settled belongs to whoever has the turn.
type live struct {
	turn chan struct{} // holds one token
	// refreshing holds the token of whoever changes what follows from the facts;
	// it is taken before turn.
	refreshing chan struct{}
	reserved   int // highest number that a batch under way was given
	sources    map[string]*source
	covered    *span
	known      map[string]*known // by fact
	due        map[part]bool     // parts marked since the last refresh
	touched    map[touch]bool    // keys marked since then
	settled    settled
}

// source is a stream as it is stored.
type source struct {
	batch  int32
	cursor int64
	seen   map[string]bool // names that are counted; nil: not read yet
}

// span is what the data cover, half-open.
type span struct{ start, end time.Time }

func newLive() *live {
	l := &live{turn: make(chan struct{}, 1), refreshing: make(chan struct{}, 1)}
	l.forget()
	l.turn <- struct{}{}
	l.refreshing <- struct{}{}
	return l
}

// Alone runs a short transaction beside which nothing else changes what streams
// store or what follows from the facts. The change is committed when do gives
// no error.
func (db *DB) Alone(ctx context.Context, do func(tx *sql.Tx) error) error {
	defer db.Roomy(ctx)()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-db.live.refreshing:
	}
	defer func() { db.live.refreshing <- struct{}{} }()
	return db.alone(ctx, func(tx *sql.Tx, _ *sql.Conn) error { return do(tx) })
}

// alone is Alone beside which a refresh may go on that has begun.
func (db *DB) alone(ctx context.Context, do func(*sql.Tx, *sql.Conn) error) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-db.live.turn:
	}
	good := false
	defer func() {
		if !good { // a panic is no success either
			db.live.forget()
		}
		db.live.turn <- struct{}{}
	}()
	err := db.transact(ctx, do)
	good = err == nil
	return err
}

// forget drops what was known, for it may be that of a transaction that failed.
func (l *live) forget() {
	l.sources, l.covered = nil, nil
	l.due, l.touched, l.known = map[part]bool{}, map[touch]bool{}, map[string]*known{}
}

func (db *DB) transact(ctx context.Context, do func(*sql.Tx, *sql.Conn) error) (err error) {
	conn, err := db.sql.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	if err := do(tx, conn); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	db.live.settled.note(len(db.live.due)+len(db.live.touched) > 0)
	return nil
}

// Batch gives the number of a batch that is to be stored.
func (db *DB) Batch(ctx context.Context) (number int, err error) {
	err = db.alone(ctx, func(tx *sql.Tx, _ *sql.Conn) error {
		if err := tx.QueryRowContext(ctx, "SELECT coalesce(max(batch), 0) + 1 FROM batch").Scan(&number); err != nil {
			return err
		}
		db.live.reserved = number
		return nil
	})
	return number, err
}

// source gives a stream's place, creating its batch.
func (db *DB) source(ctx context.Context, tx *sql.Tx, name string) (*source, error) {
	if err := db.loadSources(ctx, tx); err != nil {
		return nil, err
	}
	if s := db.live.sources[name]; s != nil {
		return s, nil
	}
	if name == "" {
		return nil, fault.New(fault.Invalid, "a delta names no source")
	}
	s := &source{seen: map[string]bool{}}
	if err := tx.QueryRowContext(ctx, "SELECT greatest(coalesce(max(batch), 0), ?) + 1 FROM batch", db.live.reserved).Scan(&s.batch); err != nil {
		return nil, err
	}
	if _, err := tx.ExecContext(ctx, "INSERT INTO batch VALUES (?, ?, ?, NULL)", s.batch, timestamp(db.now()), name); err != nil {
		return nil, err
	}
	if _, err := tx.ExecContext(ctx, "INSERT INTO stream VALUES (?, ?, 0)", name, s.batch); err != nil {
		return nil, err
	}
	db.live.sources[name] = s
	if len(db.live.sources) > 1 {
		return s, nil
	}
	return s, db.markDue(ctx, tx, map[part]bool{partIdentity: true}) // digests stand for people from now on
}

func (db *DB) loadSources(ctx context.Context, tx *sql.Tx) error {
	if db.live.sources != nil {
		return nil
	}
	rows, err := tx.QueryContext(ctx, "SELECT source, batch, cursor FROM stream")
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	sources := map[string]*source{}
	for rows.Next() {
		var name string
		var s source
		if err := rows.Scan(&name, &s.batch, &s.cursor); err != nil {
			return err
		}
		sources[name] = &s
	}
	db.live.sources = sources
	return rows.Err()
}

// Cursor is the place up to which a source's deltas are in.
func (db *DB) Cursor(ctx context.Context, source string) (cursor int64, err error) {
	err = db.sql.QueryRowContext(ctx, "SELECT coalesce(max(cursor), 0) FROM stream WHERE source = ?", source).Scan(&cursor)
	return cursor, describe(err)
}

// Forget removes what a source brought. Its batch stays reserved.
func (db *DB) Forget(ctx context.Context, name string) error {
	err := db.Alone(ctx, func(tx *sql.Tx) error {
		if err := db.loadSources(ctx, tx); err != nil {
			return err
		}
		s := db.live.sources[name]
		if s == nil {
			return nil
		}
		s.cursor, s.seen = 0, nil
		for _, l := range db.layouts {
			if _, err := tx.ExecContext(ctx, "DELETE FROM "+l.table()+" WHERE batch = ?", s.batch); err != nil {
				return err
			}
		}
		for _, statement := range []string{
			"DELETE FROM stream_seen WHERE source = ?",
			"DELETE FROM identity_link WHERE source = ? AND withdrawn_at IS NULL",
			"UPDATE stream SET cursor = 0 WHERE source = ?",
		} {
			if _, err := tx.ExecContext(ctx, statement, name); err != nil {
				return err
			}
		}
		return db.markDue(ctx, tx, map[part]bool{partIdentity: true, partRevenue: true, partCoverage: true})
	})
	if err != nil {
		return describe(fmt.Errorf("forget %s: %w", name, err))
	}
	return db.Settle(ctx)
}

// maxSeen is how many names a source is counted by; further ones count as "".
const maxSeen = 5000

// count adds up what the source brought.
func (t *taking) count(ctx context.Context, known *source) error {
	if len(t.delta.Seen) == 0 {
		return nil
	}
	if known.seen == nil {
		names, err := t.texts(ctx, "SELECT name FROM stream_seen WHERE source = ?", t.delta.Source)
		if err != nil {
			return err
		}
		known.seen = map[string]bool{}
		for _, name := range names {
			known.seen[name] = true
		}
	}
	sums := map[string]warehouse.Seen{}
	for _, s := range t.delta.Seen {
		if !known.seen[s.Name] && len(known.seen) >= maxSeen {
			s.Name, s.As = "", ""
		}
		if sum, ok := sums[s.Name]; ok {
			s.Count += sum.Count
			s.Last = later(s.Last, sum.Last)
		}
		sums[s.Name] = s
		known.seen[s.Name] = true
	}
	return t.addSeen(ctx, sums)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

//go:embed sql/seen_update.sql
var seenUpdateSQL string

//go:embed sql/seen_insert.sql
var seenInsertSQL string

func (t *taking) addSeen(ctx context.Context, sums map[string]warehouse.Seen) error {
	var names, as []string
	var counts, lasts []int64
	for name, s := range sums {
		names, as = append(names, name), append(as, s.As)
		counts, lasts = append(counts, s.Count), append(lasts, micros(s.Last))
	}
	for _, query := range []string{seenUpdateSQL, seenInsertSQL} {
		if _, err := t.tx.ExecContext(ctx, query, t.delta.Source, names, counts, lasts, as, noTime); err != nil {
			return fmt.Errorf("count: %w", err)
		}
	}
	return nil
}

// noTime stands for no time where times travel as microseconds since 1970.
const noTime = math.MinInt64

func micros(at time.Time) int64 {
	if at.IsZero() {
		return noTime
	}
	return at.UnixMicro()
}

// Seen lists what a source brought, by name; what is beyond a few thousand
// names is counted together, without a name.
func (db *DB) Seen(ctx context.Context, source string) ([]warehouse.Seen, error) {
	rows, err := db.sql.QueryContext(ctx, "SELECT name, n, last, became FROM stream_seen WHERE source = ? ORDER BY name", source)
	if err != nil {
		return nil, describe(err)
	}
	defer func() { _ = rows.Close() }()
	list := []warehouse.Seen{}
	for rows.Next() {
		var s warehouse.Seen
		var last sql.NullTime
		if err := rows.Scan(&s.Name, &s.Count, &last, &s.As); err != nil {
			return nil, err
		}
		if last.Valid {
			s.Last = last.Time.UTC()
		}
		list = append(list, s)
	}
	return list, rows.Err()
}
