package app

import (
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// heapFloor is a size up to which the heap grows before its garbage is collected.
const heapFloor = 96 << 20

// collectLater has the garbage collector leave a small heap alone until it has
// grown to floor bytes: a server that keeps little and makes much garbage, as
// one that answers queries, would else spend a third of its time on collecting.
// A heap that keeps more than half of that is collected as ever. It holds until
// release is called; where GOGC or GOMEMLIMIT is set it does nothing.
func collectLater(floor int64) (release func()) {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return func() {}
	}
	c := &collecting{floor: floor, over: make(chan struct{}), live: []metrics.Sample{{Name: "/gc/heap/live:bytes"}}}
	c.next(false)
	return func() { close(c.over); c.set(false) }
}

// collecting watches what the heap keeps.
type collecting struct {
	floor int64
	over  chan struct{}
	live  []metrics.Sample
}

// next looks at what the last collection kept, and again after the next one.
// late is what is set.
func (c *collecting) next(late bool) {
	select {
	case <-c.over:
		return
	default:
	}
	metrics.Read(c.live)
	if small := c.live[0].Value.Uint64() < uint64(c.floor)/2; small != late { //nolint:gosec // the floor is a constant above zero
		late = small
		c.set(late)
	}
	runtime.AddCleanup(new([16]byte), c.next, late)
}

// set has garbage collected late, which the limit does, or when it is as much
// as what is kept.
func (c *collecting) set(late bool) {
	if late {
		debug.SetMemoryLimit(c.floor)
		debug.SetGCPercent(-1)
		return
	}
	debug.SetGCPercent(100)
	debug.SetMemoryLimit(math.MaxInt64)
}
