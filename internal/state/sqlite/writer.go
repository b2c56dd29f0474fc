package sqlite

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/liftmark/liftmark/internal/fault"
)

// What is written together, and what may wait for it.
const (
	groupRows  = 2000
	groupBytes = 16 << 20
	groupTime  = 25 * time.Millisecond
	queueMax   = 1024
	queueBytes = 64 << 20
)

// request is a piece of writing that happens whole or not at all.
type request struct {
	rows, bytes int
	run         func(*txn) error
	taken       atomic.Bool // by the writer, or by a caller who gave up
	done        chan error
}

// queue holds the requests that wait for the writer. It refuses what is more
// than it may hold.
type queue struct {
	mu       sync.RWMutex
	closed   bool
	requests chan *request
	bytes    atomic.Int64
}

func (q *queue) push(r *request, path string) error {
	q.mu.RLock()
	defer q.mu.RUnlock()
	if q.closed {
		return errClosed(path)
	}
	if waiting := q.bytes.Add(int64(r.bytes)); waiting > queueBytes && waiting > int64(r.bytes) {
		q.bytes.Add(int64(-r.bytes))
		return errQueue
	}
	select {
	case q.requests <- r:
		return nil
	default:
		q.bytes.Add(int64(-r.bytes))
		return errQueue
	}
}

var errQueue = fault.New(fault.Unavailable, "more is being written than the disk takes: try again in a second, or send larger batches over fewer connections")

// close says whether it was open.
func (q *queue) close() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return false
	}
	q.closed = true
	close(q.requests)
	return true
}

// ended says whether it is closed.
func (q *queue) ended() bool {
	q.mu.RLock()
	defer q.mu.RUnlock()
	return q.closed
}

// write has the writer do run and returns when that is on disk. A request that
// was not begun when ctx ends is dropped; one that was is finished.
func (s *Store) write(ctx context.Context, rows, bytes int, run func(*txn) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if e := s.broken.Load(); e != nil {
		return e
	}
	s.stats.requests.Add(1)
	r := &request{rows: rows, bytes: bytes, run: run, done: make(chan error, 1)}
	if err := s.queue.push(r, s.path); err != nil {
		return err
	}
	select {
	case err := <-r.done:
		return err
	case <-ctx.Done():
		if r.taken.CompareAndSwap(false, true) {
			return ctx.Err()
		}
		return <-r.done
	}
}

// writeLoop is the writer: it ends when the queue is closed and empty.
func (s *Store) writeLoop() {
	defer close(s.done)
	for {
		select {
		case r, ok := <-s.queue.requests:
			if !ok {
				return
			}
			if s.take(r) {
				s.group(r)
			}
			s.tidy()
		case c := <-s.chores:
			c.done <- c.run()
		}
	}
}

// take says whether the caller still waits.
func (s *Store) take(r *request) bool {
	s.queue.bytes.Add(int64(-r.bytes))
	return r.taken.CompareAndSwap(false, true)
}

// group writes a request and those that wait behind it in one transaction and
// acknowledges them.
func (s *Store) group(first *request) {
	t := s.newTxn()
	if err := t.begin(); err != nil {
		first.done <- s.explain(err)
		return
	}
	written, err := s.fill(t, first)
	if err == nil {
		err = t.commit()
	}
	if err != nil {
		t.rollback()
	}
	for _, r := range written {
		r.done <- s.explain(err)
	}
}

// fill runs requests until the group is full or none waits. It answers those
// that fail and gives the others. An error concerns them all.
func (s *Store) fill(t *txn, r *request) ([]*request, error) {
	began := time.Now()
	var written []*request
	rows, bytes := 0, 0
	for {
		err := t.attempt(r.run)
		if err != nil && ruinous(err) {
			return append(written, r), err
		}
		if err != nil {
			r.done <- s.explain(err)
		} else {
			written = append(written, r)
			t.bytes += int64(r.bytes)
		}
		rows, bytes = rows+r.rows, bytes+r.bytes
		if rows >= groupRows || bytes >= groupBytes || time.Since(began) >= groupTime {
			return written, nil
		}
		if r = s.waiting(); r == nil {
			return written, nil
		}
	}
}

// waiting gives the next request that somebody waits for, nil for none.
func (s *Store) waiting() *request {
	for {
		select {
		case r, ok := <-s.queue.requests:
			if !ok {
				return nil
			}
			if s.take(r) {
				return r
			}
		default:
			return nil
		}
	}
}

// tidy does what should not keep a request waiting.
func (s *Store) tidy() {
	if s.broken.Load() != nil {
		return
	}
	if err := s.seal(); err != nil {
		_ = s.explain(err) // a damaged file ends writing; else it is tried again
	}
	s.shortenLog()
}

// shortenLog moves the log into the file when it has grown. A long read keeps a
// part of it, and then the next attempt waits until it has grown as much again.
func (s *Store) shortenLog() {
	size := s.walBytes()
	if size < s.walKept {
		s.walKept = 0 // it began anew
	}
	if size < s.walKept+walHigh {
		return
	}
	s.walKept = size
	_ = s.explain(s.checkpoint(context.Background(), "PASSIVE")) // tried again when the log has grown
}

// checkpoint moves what is written from the log into the file.
func (s *Store) checkpoint(ctx context.Context, mode string) error {
	_, err := s.conn.ExecContext(ctx, "PRAGMA wal_checkpoint("+mode+")")
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	return nil
}
