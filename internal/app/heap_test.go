package app

import (
	"runtime"
	"testing"
)

// TestASmallHeapIsCollectedSeldom counts collections while much garbage is made.
func TestASmallHeapIsCollectedSeldom(t *testing.T) {
	t.Setenv("GOGC", "")
	runtime.GC()
	const garbage = 512 << 20
	usual := collections(garbage)
	release := collectLater(heapFloor)
	collections(heapFloor) // the first ones are as ever
	seldom := collections(garbage)
	release()
	if most := uint32(garbage/heapFloor) * 2; seldom > most || seldom*2 > usual {
		t.Errorf("%d collections, %d before; want at most %d", seldom, usual, most)
	}
}

var sink []byte

func collections(garbage int) uint32 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range garbage >> 16 {
		sink = make([]byte, 1<<16)
	}
	runtime.ReadMemStats(&after)
	return after.NumGC - before.NumGC
}

func TestPercentFor(t *testing.T) {
	const mib = 1 << 20
	for live, want := range map[uint64]int{
		0: 12800, 8 * mib: 1500, 32 * mib: 300, 60 * mib: 100, 64 * mib: 100, 500 * mib: 100,
	} {
		if got := percentFor(live, 128*mib, 100); got != want {
			t.Errorf("%d MiB live: %d, want %d", live/mib, got, want)
		}
	}
}
