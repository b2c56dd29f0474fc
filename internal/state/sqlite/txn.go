package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/liftmark/liftmark/internal/fault"
)

// txn is a transaction of the writer. What is in memory changes when it is on
// disk.
type txn struct {
	s       *Store
	next    int64
	stored  int   // statements that are new
	bytes   int64 // of requests that succeeded
	last    int64 // latest stamp
	changed bool  // readers that follow along have something new
	refs    bool
	deep    bool
	paged   bool // the table posting has changed
	ops     []op
	ids     map[uuid]int64 // 0: deleted
	idLog   []idChange
	pages   map[pageKey]*openPage
	runs    map[int64]bool // those with statements deleted
}

// op adds a place to a list in memory, or removes it.
type op struct {
	term   term
	layer  int
	seq    int64
	remove bool
}

func (o op) entry(s span) entry { return entry{o.term, whereIs(s.chunk(o.seq), o.layer)} }

type idChange struct {
	id       uuid
	seq      int64
	had      bool
	previous int64
}

func (s *Store) newTxn() *txn {
	return &txn{s: s, next: s.next, refs: s.refs, deep: s.tail.deep, ids: map[uuid]int64{}}
}

func (t *txn) begin() error {
	if err := t.s.beginImmediate(); err != nil {
		return err
	}
	t.last = t.s.stamps.begin()
	return nil
}

// beginImmediate begins a transaction, after one that could not be ended too.
func (s *Store) beginImmediate() error {
	_, err := s.conn.ExecContext(context.Background(), "BEGIN IMMEDIATE")
	if err == nil {
		return nil
	}
	if _, ended := s.conn.ExecContext(context.Background(), "ROLLBACK"); ended != nil {
		return err
	}
	_, err = s.conn.ExecContext(context.Background(), "BEGIN IMMEDIATE")
	return err
}

// commit puts the transaction on disk and then shows it to readers.
func (t *txn) commit() error {
	mark := max(t.s.opt.Now().UnixMicro(), t.last) + lease
	if err := t.exec("UPDATE mark SET value = $1 WHERE name = 'stamp'", mark); err != nil {
		return err
	}
	began := time.Now()
	if err := t.exec("COMMIT"); err != nil {
		return err
	}
	t.s.stats.committed(t.stored, t.bytes, time.Since(began))
	t.show()
	t.s.stamps.commit(t.last, mark)
	if t.changed {
		t.s.changes.set(t.next - 1)
	}
	return nil
}

func (t *txn) show() {
	s := t.s
	s.next, s.refs = t.next, t.refs
	if t.paged {
		s.hot.clear()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tail.deep = t.deep
	for _, o := range t.ops {
		s.tail.apply(o)
	}
	for _, c := range t.idLog {
		if t.ids[c.id] != 0 {
			s.tail.ids[c.id] = t.ids[c.id]
		} else {
			delete(s.tail.ids, c.id)
		}
	}
}

func (t *txn) rollback() {
	_ = t.exec("ROLLBACK") // SQLite may have done so by itself
	t.s.known.forget()
	t.s.stamps.rollback()
}

// attempt runs a request so that its failure leaves the others as they are.
func (t *txn) attempt(run func(*txn) error) error {
	if err := t.exec("SAVEPOINT request"); err != nil {
		return err
	}
	before := *t
	t.s.known.fresh = t.s.known.fresh[:0]
	t.pages, t.runs = map[pageKey]*openPage{}, map[int64]bool{}
	err := safely(t, run)
	if err == nil {
		err = t.flushPages()
	}
	if err == nil {
		return t.exec("RELEASE request")
	}
	if ruinous(err) {
		return err
	}
	t.undo(&before)
	if e := t.exec("ROLLBACK TO request"); e != nil {
		return e
	}
	if e := t.exec("RELEASE request"); e != nil {
		return e
	}
	return err
}

func (t *txn) undo(before *txn) {
	for i := len(t.idLog) - 1; i >= len(before.idLog); i-- {
		if c := t.idLog[i]; c.had {
			t.ids[c.id] = c.previous
		} else {
			delete(t.ids, c.id)
		}
	}
	*t = *before
	t.s.known.undo()
}

// safely turns a panic of a caller's function into its error, so that others'
// writing goes on.
func safely(t *txn, run func(*txn) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fault.New(fault.Internal, "writing ended in a panic: %v", p)
		}
	}()
	return run(t)
}

func (t *txn) exec(query string, args ...any) error {
	_, err := t.s.conn.ExecContext(context.Background(), query, args...)
	return err
}

// count executes and gives the number of rows that changed.
func (t *txn) count(query string, args ...any) (int, error) {
	result, err := t.s.conn.ExecContext(context.Background(), query, args...)
	if err != nil {
		return 0, err
	}
	n, err := result.RowsAffected()
	return int(n), err
}

func (t *txn) row(query string, args ...any) *sql.Row {
	return t.s.conn.QueryRowContext(context.Background(), query, args...)
}

// each calls scan for each row of a query.
func (t *txn) each(scan func(*sql.Rows) error, query string, args ...any) error {
	return eachRow(context.Background(), t.s.conn, scan, query, args...)
}

// queryer is a connection, a pool or a transaction.
type queryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

func eachRow(ctx context.Context, q queryer, scan func(*sql.Rows) error, query string, args ...any) error {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // what fails is in rows.Err
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// stamp gives the next time of storage.
func (t *txn) stamp() int64 {
	t.last = max(t.s.opt.Now().UnixMicro(), t.last+1)
	return t.last
}

// place gives the next place in the order of changes.
func (t *txn) place() int64 {
	t.changed = true
	t.next++
	return t.next - 1
}

// setID notes where an id is, 0 for nowhere any more.
func (t *txn) setID(id uuid, seq int64) {
	previous, had := t.ids[id]
	t.idLog = append(t.idLog, idChange{id, seq, had, previous})
	t.ids[id] = seq
}

// lookupIn gives the place of an id in memory or among those found in the file.
func (t *txn) lookupIn(stored map[uuid]int64, id uuid) int64 {
	if seq, ok := t.ids[id]; ok {
		return seq
	}
	if seq, ok := t.s.tail.ids[id]; ok { // the writer alone changes it
		return seq
	}
	return stored[id]
}

// storedIDs looks up the ids of a batch in the file.
func (t *txn) storedIDs(drafts []draft) (map[uuid]int64, error) {
	out := map[uuid]int64{}
	for i := range drafts {
		seq, err := t.storedID(drafts[i].id)
		if err != nil {
			return nil, err
		}
		if seq != 0 {
			out[drafts[i].id] = seq
		}
	}
	return out, nil
}

// lookup gives the place of an id, 0 for none.
func (t *txn) lookup(id uuid) (int64, error) {
	if seq := t.lookupIn(nil, id); seq != 0 {
		return seq, nil
	}
	if _, deleted := t.ids[id]; deleted {
		return 0, nil
	}
	return t.storedID(id)
}

// storedID gives the place of an id in the file, 0 for none.
func (t *txn) storedID(id uuid) (int64, error) {
	seq, err := search(context.Background(), t.s.conn, t.s.tail.filter.chunks(id), id)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("look up an id: %w", err)
	}
	return seq, nil
}
