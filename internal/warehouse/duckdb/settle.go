package duckdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/liftmark/liftmark/internal/warehouse"
)

// MarkDue notes, in the transaction that stores a batch of files, that what
// follows from the facts is to be rebuilt. Settle does it, or else the next Open.
func (db *DB) MarkDue(ctx context.Context, tx warehouse.Execer, batch int) error {
	for _, p := range []part{partDoubles + part(strconv.Itoa(batch)), partRank, partIdentity, partRevenue, partCoverage} {
		if err := insertDue(ctx, tx, p); err != nil {
			return err
		}
	}
	return nil
}

func insertDue(ctx context.Context, tx warehouse.Execer, p part) error {
	_, err := tx.ExecContext(ctx, "INSERT INTO refresh_due VALUES (?)", string(p))
	return err
}

// markDue is MarkDue for one who has the turn: parts that are marked already
// are not marked again.
func (db *DB) markDue(ctx context.Context, tx warehouse.Execer, parts map[part]bool) error {
	for p := range parts {
		if db.live.due[p] {
			continue
		}
		if err := insertDue(ctx, tx, p); err != nil {
			return err
		}
		db.live.due[p] = true
	}
	return nil
}

// wholly are the parts that can be rebuilt beside streams, which change nothing
// of them.
var wholly = []part{partIdentity, partRevenue}

// Settle makes good at once what is due. What changed with a few keys is done in
// a short transaction, beside which streams wait; who is who among all, after an
// import, is rebuilt while they go on, and shows when it is complete.
func (db *DB) Settle(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-db.live.refreshing:
	}
	defer func() { db.live.refreshing <- struct{}{} }()
	began := time.Now()
	err := db.settleDue(ctx)
	if err != nil {
		db.live.settled.dirty.Store(true)
		db.room.lacking(ctx, err)
		return describe(err)
	}
	db.live.settled.done(time.Since(began))
	return nil
}

func (db *DB) settleDue(ctx context.Context) error {
	rest := map[part]bool{}
	err := db.alone(ctx, func(tx *sql.Tx, _ *sql.Conn) (err error) {
		rest, err = db.settleShort(ctx, tx)
		return err
	})
	if err != nil || len(rest) == 0 {
		return err
	}
	if err := db.settleBeside(ctx, rest); err != nil {
		return errors.Join(err, db.alone(context.WithoutCancel(ctx), func(*sql.Tx, *sql.Conn) error {
			db.live.forget()
			return nil
		}))
	}
	return nil
}

// settleShort does what is quick or touches what streams change, and gives the
// parts that are to be rebuilt whole.
func (db *DB) settleShort(ctx context.Context, tx *sql.Tx) (rest map[part]bool, err error) {
	list, err := texts(ctx, tx, "SELECT DISTINCT part FROM refresh_due")
	if err != nil {
		return nil, err
	}
	now, rest := map[part]bool{}, map[part]bool{}
	for _, p := range list {
		now[part(p)] = true
	}
	for _, p := range wholly {
		if now[p] {
			rest[p] = true
			delete(now, p)
		}
	}
	db.live.settled.dirty.Store(false)
	if err := db.refresh(ctx, tx, db.now(), now); err != nil {
		return nil, err
	}
	if err := db.settleKeys(ctx, tx, rest); err != nil {
		return nil, fmt.Errorf("refresh what changed: %w", err)
	}
	maps.DeleteFunc(db.live.due, func(p part, _ bool) bool { return !rest[p] })
	clear(db.live.touched)
	_, err = tx.ExecContext(ctx, "DELETE FROM refresh_due WHERE part NOT IN (SELECT unnest(?::VARCHAR[]))", names(rest))
	return rest, err
}

func names(parts map[part]bool) []string {
	list := []string{}
	for p := range parts {
		list = append(list, string(p))
	}
	return list
}

// settleBeside rebuilds parts whole, as the facts are at one moment. What
// streams change from then on is marked anew.
func (db *DB) settleBeside(ctx context.Context, parts map[part]bool) error {
	defer db.Roomy(ctx)()
	conn, err := db.sql.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	var tx *sql.Tx
	err = db.alone(ctx, func(*sql.Tx, *sql.Conn) error {
		if tx, err = conn.BeginTx(ctx, nil); err != nil {
			return err
		}
		// The first statement fixes what the transaction sees.
		if _, err := tx.ExecContext(ctx, "DELETE FROM refresh_due WHERE part IN (SELECT unnest(?::VARCHAR[]))", names(parts)); err != nil {
			return err
		}
		for p := range parts {
			delete(db.live.due, p)
		}
		return nil
	})
	if tx != nil {
		defer func() { _ = tx.Rollback() }()
	}
	if err != nil {
		return err
	}
	if err := db.refresh(ctx, tx, db.now(), parts); err != nil {
		return err
	}
	return tx.Commit()
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

// settle refreshes before a reader asks, if that is due and nobody is at it.
func (db *DB) settle(ctx context.Context) error {
	if len(db.live.refreshing) == 0 || !db.live.settled.claim() {
		return nil
	}
	return db.Settle(ctx)
}
