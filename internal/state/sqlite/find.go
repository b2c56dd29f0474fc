package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/state"
)

// What is read before the caller sees it: between such pages nothing is held,
// so that a slow reader keeps nobody waiting.
const (
	readRows  = 256
	readBytes = 12 << 20
)

// Statement implements state.Statements.
func (s *Store) Statement(ctx context.Context, id string) (state.Statement, error) {
	s.stats.requests.Add(1)
	key, err := parseUUID(id)
	if err != nil {
		return state.Statement{}, fault.New(fault.NotFound, "there is no statement %q", id)
	}
	if err := s.searches.enter(ctx); err != nil {
		return state.Statement{}, err
	}
	defer s.searches.leave()
	seq, err := s.placeOf(ctx, s.readers, key)
	var r row
	if err == nil {
		r, err = readRow(ctx, s.readers, seq)
	}
	if errors.Is(err, sql.ErrNoRows) {
		return state.Statement{}, fault.New(fault.NotFound, "there is no statement %s", id)
	}
	if err != nil {
		return state.Statement{}, s.explain(fmt.Errorf("read statement %s: %w", id, err))
	}
	return r.Statement, nil
}

// rowQueryer is a connection, a pool or a transaction.
type rowQueryer interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// placeOf gives the place of an id; sql.ErrNoRows when there is none.
func (s *Store) placeOf(ctx context.Context, q rowQueryer, id uuid) (int64, error) {
	s.mu.RLock()
	seq, chunks := s.tail.ids[id], s.tail.filter.chunks(id)
	s.mu.RUnlock()
	if seq != 0 {
		return seq, nil
	}
	return search(ctx, q, chunks, id)
}

// Statements implements state.Statements.
func (s *Store) Statements(ctx context.Context, f state.Filter, each func(state.Statement) error) error {
	if f.Limit <= 0 {
		return fault.New(fault.Invalid, "a search for statements needs a limit above zero, not %d", f.Limit)
	}
	s.stats.requests.Add(1)
	q := s.query(f)
	for q.left > 0 {
		rows, err := s.readPage(ctx, q)
		if errors.Is(err, errSealed) {
			continue
		}
		if err != nil {
			return s.explain(fmt.Errorf("search statements: %w", err))
		}
		for _, r := range rows {
			if err := each(r.Statement); err != nil {
				return err
			}
		}
		if q.ended {
			return nil
		}
	}
	return nil
}

// readPage reads the next statements of a query.
func (s *Store) readPage(ctx context.Context, q *query) ([]row, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := s.searches.enter(ctx); err != nil {
		return nil, err
	}
	defer s.searches.leave()
	r := reader{ctx: ctx, s: s, query: q}
	r.look() // before the file, which is then as new or newer
	conn, err := s.readers.Conn(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }() // gives it back to the pool
	r.tx, err = conn.BeginTx(context.Background(), nil)
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.tx.Rollback() }() // ends the reading
	if err := r.bound(); err != nil {
		return nil, err
	}
	places, err := r.places(min(q.left, readRows))
	if err != nil {
		return nil, err
	}
	return r.rows(places)
}

// line lets a few work at a time, first come, first served: the pool of
// connections serves who waits for one in no order.
type line chan struct{}

func (l line) enter(ctx context.Context) error {
	select {
	case l <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (l line) leave() { <-l }

// rows reads the statements at places and moves the query on behind them.
func (r *reader) rows(places []int64) ([]row, error) {
	r.query.ended = len(places) < readRows
	out := make([]row, 0, len(places))
	size := 0
	for some := range slices.Chunk(places, len(rowPlaces{})) {
		if err := r.ctx.Err(); err != nil {
			return nil, err
		}
		full, err := r.some(some, &out, &size)
		if err != nil {
			return nil, err
		}
		if full {
			r.query.ended = false
			break
		}
	}
	r.query.ended = r.query.ended && r.query.left > 0
	return out, nil
}

// rowPlaces are the places that one statement of SQL asks for, repeated where
// there are fewer.
type rowPlaces [32]int64

// some adds the statements at some places, and says whether out holds enough
// bytes.
func (r *reader) some(places []int64, out *[]row, size *int) (full bool, err error) {
	rows, err := r.tx.QueryContext(context.Background(), rowsSQL(r.query.ascending), rowArgs(places)...)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		got, err := scanRow(rows.Scan)
		if err != nil {
			return false, err
		}
		if got.Voided && !r.query.withVoided {
			continue // voided since the tail was seen
		}
		*out = append(*out, got)
		r.query.left--
		if *size += len(got.Body); *size >= readBytes {
			r.query.moveTo(got.Seq)
			return true, nil
		}
	}
	r.query.moveTo(places[len(places)-1])
	return false, rows.Err()
}

func rowsSQL(ascending bool) string {
	const query = "SELECT " + rowColumns + " FROM statement WHERE seq IN " +
		"(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ORDER BY seq"
	if ascending {
		return query
	}
	return query + " DESC"
}

func rowArgs(places []int64) []any {
	args := make([]any, len(rowPlaces{}))
	for i := range args {
		args[i] = places[min(i, len(places)-1)]
	}
	return args
}

// query is a filter in the terms of the index, and how far it has come.
type query struct {
	groups      [][]term
	mine        term // termExists: any
	since, till int64
	low, high   int64 // first and last place
	ascending   bool
	withVoided  bool
	bounded     bool // since and till are part of low and high
	left        int
	ended       bool
}

func (s *Store) query(f state.Filter) *query {
	q := &query{
		ascending: f.Ascending, withVoided: f.WithVoided, left: f.Limit,
		since: micros(f.Since), till: micros(f.Until), low: 1, high: 1<<62 - 1,
	}
	for _, g := range f.Any {
		q.groups = append(q.groups, s.hashes(g))
	}
	if f.Mine != nil {
		q.mine = s.hash(*f.Mine)
	}
	if f.After > 0 {
		q.moveTo(f.After)
	}
	return q
}

// moveTo goes on behind a place.
func (q *query) moveTo(seq int64) {
	if q.ascending {
		q.low = max(q.low, seq+1)
	} else {
		q.high = min(q.high, seq-1)
	}
}
