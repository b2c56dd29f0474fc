package app

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// heapFloor is a size up to which the heap grows before its garbage is collected.
const heapFloor = 128 << 20

// collectLater has the garbage collector leave a small heap alone until it has
// grown to floor bytes: a server that keeps little and makes much garbage, as
// one that answers queries, would else spend a third of its time on collecting.
// A heap that keeps more than half of that is collected as ever. It holds until
// release is called; where GOGC is set it does nothing.
func collectLater(floor uint64) (release func()) {
	if os.Getenv("GOGC") != "" {
		return func() {}
	}
	const usual = 100
	over := make(chan struct{})
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	var next func(percent int)
	next = func(percent int) {
		select {
		case <-over:
			return
		default:
		}
		metrics.Read(live)
		if want := percentFor(live[0].Value.Uint64(), floor, usual); want != percent {
			percent = want
			debug.SetGCPercent(percent)
		}
		runtime.AddCleanup(new([16]byte), next, percent) // after the next collection
	}
	next(usual)
	return func() { close(over); debug.SetGCPercent(usual) }
}

// percentFor is the garbage that may come on top of what lives, in percent of
// it, in steps so that it seldom changes.
func percentFor(live, floor uint64, usual int) int {
	const step = 50
	if 2*live >= floor {
		return usual
	}
	percent := int((floor - live) * 100 / max(live, 1<<20)) //nolint:gosec // at most 12,800 for the floor above
	return max(usual, percent/step*step)
}
