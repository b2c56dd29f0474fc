package duckdb

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	driver "github.com/duckdb/duckdb-go/v2"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/warehouse"
)

// Take stores a delta in one transaction. Deltas, refreshes and rollbacks take
// turns; an import runs beside them, for it touches no row of theirs.
func (db *DB) Take(ctx context.Context, d warehouse.Delta) (warehouse.Taken, error) {
	for i := range d.Rows {
		l := db.layouts[d.Rows[i].Fact]
		if l == nil {
			return warehouse.Taken{}, fault.New(fault.Invalid, "there is no fact %q", d.Rows[i].Fact)
		}
		if err := l.check(&d.Rows[i]); err != nil {
			return warehouse.Taken{}, err
		}
	}
	db.room.narrow(ctx)
	t := &taking{DB: db, delta: &d, due: map[part]bool{}, touched: map[touch]bool{}}
	err := db.alone(ctx, func(tx *sql.Tx, conn *sql.Conn) error {
		t.tx, t.conn = tx, conn
		return t.run(ctx)
	})
	if err != nil {
		db.room.lacking(ctx, err)
		return warehouse.Taken{}, describe(fmt.Errorf("take in %s: %w", d.Source, err))
	}
	return t.taken, nil
}

// taking is one delta on its way in.
type taking struct {
	*DB
	tx    *sql.Tx
	conn  *sql.Conn
	delta *warehouse.Delta
	batch int32
	taken warehouse.Taken
	due   map[part]bool

	touched map[touch]bool
}

func (t *taking) run(ctx context.Context) error {
	known, err := t.source(ctx, t.tx, t.delta.Source)
	if err != nil {
		return err
	}
	t.batch = known.batch
	if err := t.remove(ctx); err != nil {
		return err
	}
	for name, rows := range byFact(t.delta.Rows) {
		l := t.layouts[name]
		if l.fact.Versioned {
			err = t.describe(ctx, l, rows)
		} else {
			err = t.append(ctx, l, rows)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	if err := t.link(ctx); err != nil {
		return err
	}
	if err := t.count(ctx, known); err != nil {
		return err
	}
	if err := t.move(ctx, known); err != nil {
		return err
	}
	if err := t.markDue(ctx, t.tx, t.due); err != nil {
		return err
	}
	return t.markTouched(ctx, t.tx, t.touched)
}

// byFact parts the rows by fact and keeps their order.
func byFact(rows []warehouse.Row) map[string][]*warehouse.Row {
	parts := map[string][]*warehouse.Row{}
	for i := range rows {
		parts[rows[i].Fact] = append(parts[rows[i].Fact], &rows[i])
	}
	return parts
}

// move notes the place up to which the source is in.
func (t *taking) move(ctx context.Context, known *source) error {
	if t.delta.Cursor == 0 || t.delta.Cursor == known.cursor {
		return nil
	}
	known.cursor = t.delta.Cursor
	_, err := t.tx.ExecContext(ctx, "UPDATE stream SET cursor = ? WHERE source = ?", t.delta.Cursor, t.delta.Source)
	return err
}

// remove takes the removed keys' rows of this source away.
func (t *taking) remove(ctx context.Context) error {
	keys := map[string][]string{}
	for _, k := range t.delta.Removed {
		keys[k.Fact] = append(keys[k.Fact], k.ID)
	}
	for name, ids := range keys {
		l := t.layouts[name]
		if l == nil {
			return fault.New(fault.Invalid, "there is no fact %q to remove from", name)
		}
		n, err := t.removeFrom(ctx, l, ids)
		if err != nil {
			return fmt.Errorf("remove from %s: %w", name, err)
		}
		t.taken.Removed += n
		if n > 0 {
			t.due[partCoverage] = true
		}
	}
	return nil
}

func (t *taking) removeFrom(ctx context.Context, l *layout, ids []string) (int, error) {
	key := warehouse.Quote(l.fact.Key[0])
	where := "WHERE batch = ? AND (" + key + " IN (SELECT unnest(?::VARCHAR[])) OR contains(" + key + ", '#') AND split_part(" + key + ", '#', 1) IN (SELECT unnest(?::VARCHAR[])))"
	if touches(l) {
		if err := t.rows(ctx, l, where, func(s stored) { t.touchRow(l, s) }, t.batch, ids, ids); err != nil {
			return 0, err
		}
	}
	result, err := t.tx.ExecContext(ctx, "DELETE FROM "+l.table()+" "+where, t.batch, ids, ids)
	if err != nil {
		return 0, err
	}
	n, err := result.RowsAffected()
	return int(n), err
}

// append stores events that are new.
func (t *taking) append(ctx context.Context, l *layout, rows []*warehouse.Row) error {
	fresh, err := t.unknown(ctx, l, rows)
	if err != nil || len(fresh) == 0 {
		return err
	}
	if err := t.insert(ctx, l, fresh); err != nil {
		return err
	}
	t.remember(l, fresh)
	t.taken.Added += len(fresh)
	return t.cover(ctx, l, fresh)
}

// unknown gives the rows whose keys are neither stored nor earlier among them.
func (t *taking) unknown(ctx context.Context, l *layout, rows []*warehouse.Row) ([]stored, error) {
	first := make(map[string]stored, len(rows))
	laid := make([]stored, 0, len(rows))
	for _, row := range rows {
		s := l.lay(row, t.batch)
		key := text(s[l.key()])
		if earlier, ok := first[key]; ok {
			t.known(l, earlier, s, row)
			continue
		}
		first[key] = s
		laid = append(laid, s)
	}
	suspects, err := t.suspects(ctx, l, laid)
	if err != nil || len(suspects) == 0 {
		return laid, err
	}
	there, err := t.find(ctx, l, suspects)
	if err != nil || len(there) == 0 {
		return laid, err
	}
	byKey := make(map[string]*warehouse.Row, len(rows))
	for _, row := range slices.Backward(rows) {
		byKey[text(row.Values[l.fact.Key[0]])] = row
	}
	return slices.DeleteFunc(laid, func(s stored) bool {
		key := text(s[l.key()])
		old, ok := there[key]
		if ok {
			t.known(l, old, s, byKey[key])
		}
		return ok
	}), nil
}

// known counts a row whose key is there already.
func (t *taking) known(l *layout, there, s stored, row *warehouse.Row) {
	if l.sameContent(there, s) {
		t.taken.Duplicate++
		return
	}
	t.taken.Conflict = append(t.taken.Conflict, *row)
}

// find gives the stored events of the rows' keys, looking around the rows' own
// times, so that the cost does not grow with the table: the engine passes over
// stretches of rows of other times.
func (t *taking) find(ctx context.Context, l *layout, rows []stored) (map[string]stored, error) {
	keys := make([]string, len(rows))
	for i, row := range rows {
		keys[i] = text(row[l.key()])
	}
	where, args := t.around(l, rows)
	present, err := t.texts(ctx, "SELECT "+warehouse.Quote(l.fact.Key[0])+" FROM "+l.table()+" WHERE "+where+
		" AND "+warehouse.Quote(l.fact.Key[0])+" IN (SELECT unnest(?::VARCHAR[]))", append(args, keys)...)
	if err != nil || len(present) == 0 {
		return nil, err
	}
	there := make(map[string]stored, len(present))
	err = t.rows(ctx, l, "WHERE "+where+" AND "+warehouse.Quote(l.fact.Key[0])+" IN (SELECT unnest(?::VARCHAR[]))", func(s stored) {
		there[text(s[l.key()])] = s
	}, append(args, present)...)
	return there, err
}

// maxSpans is how many stretches of time a search for known keys names.
const maxSpans = 8

// around is a condition on the times of the rows, give or take the horizon.
func (t *taking) around(l *layout, rows []stored) (where string, args []any) {
	if t.horizon < 0 {
		return "true", nil
	}
	times := make([]time.Time, len(rows))
	for i, row := range rows {
		times[i], _ = row[l.at()].(time.Time)
	}
	slices.SortFunc(times, time.Time.Compare)
	column := warehouse.Quote(l.fact.At)
	where = "("
	for i, span := range spans(times, t.horizon) {
		if i > 0 {
			where += " OR "
		}
		where += column + " BETWEEN ? AND ?"
		args = append(args, timestamp(span[0]), timestamp(span[1]))
	}
	return where + ")", args
}

// spans gives stretches around sorted times, at most maxSpans of them.
func spans(times []time.Time, horizon time.Duration) (list [][2]time.Time) {
	for _, at := range times {
		from, to := at.Add(-horizon), at.Add(horizon)
		last := len(list) - 1
		if last >= 0 && (!from.After(list[last][1]) || len(list) == maxSpans) {
			list[last][1] = to
			continue
		}
		list = append(list, [2]time.Time{from, to})
	}
	return list
}

// timestamp marks a time as one without a zone; unmarked, it would be shifted
// by the connection's.
func timestamp(at time.Time) any { return driver.Typed(at.UTC(), driver.TYPE_TIMESTAMP) }

// rows reads rows of a fact's table.
func (t *taking) rows(ctx context.Context, l *layout, rest string, each func(stored), args ...any) error {
	rows, err := t.tx.QueryContext(ctx, "SELECT "+quoteAll(l.names)+" FROM "+l.table()+" "+rest, args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	values, targets := make([]any, len(l.names)), make([]any, len(l.names))
	for i := range values {
		targets[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			return err
		}
		each(l.scanned(values))
	}
	return rows.Err()
}

// texts reads a column of texts.
func (t *taking) texts(ctx context.Context, query string, args ...any) (list []string, err error) {
	return texts(ctx, t.tx, query, args...)
}

func texts(ctx context.Context, from queryer, query string, args ...any) (list []string, err error) {
	rows, err := from.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, rows.Err()
}

// queryer asks: a transaction, a connection or the pool.
type queryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}
