package sqlite

import (
	"sync/atomic"
	"time"

	"github.com/liftmark/liftmark/internal/state"
)

// stats counts since the store was opened.
type stats struct {
	statements, commits, commitNanos, bytes, requests atomic.Int64
}

// committed counts a transaction that is on disk.
func (c *stats) committed(statements int, bytes int64, took time.Duration) {
	c.statements.Add(int64(statements))
	c.bytes.Add(bytes)
	c.commits.Add(1)
	c.commitNanos.Add(int64(took))
}

// Stats implements state.Store.
func (s *Store) Stats() state.Stats {
	return state.Stats{
		Statements:  s.stats.statements.Load(),
		Commits:     s.stats.commits.Load(),
		CommitTime:  time.Duration(s.stats.commitNanos.Load()),
		Bytes:       s.stats.bytes.Load(),
		QueueLength: len(s.queue.requests),
		Requests:    s.stats.requests.Load(),
	}
}
