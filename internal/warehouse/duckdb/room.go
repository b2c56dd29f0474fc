package duckdb

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"sync"
	"time"
)

const (
	// leanMiB is the engine's memory while nothing but streams works. Its
	// checkpoints take all they are given.
	leanMiB = 64
	// roomKept is how long memory stays given after the work that needed it.
	roomKept = 30 * time.Second
)

// room is how much memory the engine may take: all of it for imports and
// queries, little where only streams write, as most of the time in a server.
type room struct {
	sql  *sql.DB
	full int // MiB
	now  func() time.Time

	mu   sync.Mutex
	busy int       // whose work needs all of it
	last time.Time // zero: never
	lean bool
}

// Roomy gives the engine all of its memory until release is called.
func (db *DB) Roomy(ctx context.Context) (release func()) {
	r := &db.room
	r.mu.Lock()
	defer r.mu.Unlock()
	r.busy++
	r.widen(ctx)
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.busy--
		r.last = r.now()
	}
}

// widen is called with the lock held.
func (r *room) widen(ctx context.Context) {
	r.last = r.now()
	if r.lean && r.set(context.WithoutCancel(ctx), r.full) == nil {
		r.lean = false
	}
}

// narrow takes memory away that nobody has needed for a while.
func (r *room) narrow(ctx context.Context) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.lean || r.busy > 0 || r.full <= leanMiB || r.now().Sub(r.last) < roomKept {
		return
	}
	if r.set(ctx, leanMiB) != nil { // it is in use
		r.last = r.now()
		return
	}
	r.lean = true
}

// lacking gives memory back when an error says that it was too little, for the
// next attempt.
func (r *room) lacking(ctx context.Context, err error) {
	if err == nil || !strings.Contains(err.Error(), outOfMemory) {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.widen(ctx)
}

func (r *room) set(ctx context.Context, mib int) error {
	_, err := r.sql.ExecContext(ctx, fmt.Sprintf("SET memory_limit = '%dMiB'", mib))
	return err
}
