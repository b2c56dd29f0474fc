package app

import (
	"runtime"
	"testing"
)

// TestASmallHeapIsCollectedSeldom counts collections while much garbage is
// made, and looks at the heap when much is kept all of a sudden.
func TestASmallHeapIsCollectedSeldom(t *testing.T) {
	t.Setenv("GOGC", "")
	t.Setenv("GOMEMLIMIT", "")
	runtime.GC()
	const garbage = 512 << 20
	usual, _ := waste(garbage)
	release := collectLater(heapFloor)
	defer release()
	waste(heapFloor) // the first collections are as ever
	if seldom, most := waste(garbage); usual < 20 || seldom > 10 || 2*seldom > usual || most > 2*heapFloor {
		t.Errorf("%d collections and a heap of %d MiB; %d collections before", seldom, most>>20, usual)
	}
	kept := make([][]byte, 0, 1000)
	for range 150 {
		kept = append(kept, make([]byte, 1<<20))
	}
	if n, most := waste(garbage); n > 40 || most > 3*150<<20 {
		t.Errorf("with 150 MiB kept: %d collections and a heap of %d MiB", n, most>>20)
	}
	runtime.KeepAlive(kept)
}

// waste makes garbage and tells how often it was collected and how large the
// heap was at most.
func waste(bytes int) (collections uint32, most uint64) {
	var before, now runtime.MemStats
	runtime.ReadMemStats(&before)
	var piece []byte
	for i := range bytes >> 16 {
		piece = make([]byte, 1<<16)
		if i%64 == 0 {
			runtime.ReadMemStats(&now)
			most = max(most, now.HeapInuse)
		}
	}
	runtime.KeepAlive(piece)
	return now.NumGC - before.NumGC, most
}
