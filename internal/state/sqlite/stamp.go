package sqlite

import (
	"sync"
	"time"
)

// lease is how far the durable mark runs ahead of the clock. Nothing is stamped
// at or before the mark after a crash, so it may be reported up to it.
const lease = int64(time.Second / time.Microsecond)

// stamps tells when statements are stored: strictly increasing microseconds,
// whatever the clock does, and later than everything that was reported as
// consistent.
type stamps struct {
	now func() time.Time

	mu       sync.Mutex
	last     int64 // latest stamp on disk
	mark     int64 // durable: the next process stamps later than this
	reported int64 // highest that ConsistentThrough gave
	writing  bool  // stamps are being given that are not on disk yet
}

func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func fromMicros(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

// begin starts a transaction and gives the time after which it may stamp.
func (c *stamps) begin() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.advance()
	c.writing = true
	return max(c.last, c.reported)
}

// commit ends a transaction with its last stamp and its mark.
func (c *stamps) commit(last, mark int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writing, c.last, c.mark = false, last, mark
	c.advance()
}

// rollback ends a transaction that left nothing.
func (c *stamps) rollback() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writing = false
}

// advance reports as much as can be, when nothing is being written.
func (c *stamps) advance() {
	c.reported = max(c.reported, min(c.now().UnixMicro()-1, c.mark), c.last)
}

// consistent gives the highest time that can be reported, and whether the mark
// is due to be written again.
func (c *stamps) consistent() (through int64, due bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.writing {
		return c.reported, false
	}
	c.advance()
	return c.reported, c.now().UnixMicro()-1-c.reported > lease/2
}

// highest is the latest time that was stamped or reported.
func (c *stamps) highest() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return max(c.last, c.reported)
}
