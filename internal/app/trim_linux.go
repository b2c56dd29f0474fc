package app

/*
#include <stddef.h>
#include <unistd.h>

// Not every C library has them.
int malloc_trim(size_t) __attribute__((weak));
int mallopt(int, int) __attribute__((weak));

// A process keeps a heap for each two processors, two at least: each holds on to
// what its threads freed. Pieces from 64 KiB on are the system's own, which takes
// them back at once: among small ones that stay, as the record store's pages do,
// large ones that come and go would leave ever more holes. It runs before there
// are threads, each of which would have made a heap.
__attribute__((constructor)) static void keepLittle(void) {
	if (!mallopt) return;
	long heaps = sysconf(_SC_NPROCESSORS_ONLN) / 2;
	mallopt(-8, heaps < 2 ? 2 : (int)heaps); // M_ARENA_MAX
	mallopt(-3, 64 << 10);                   // M_MMAP_THRESHOLD
}
static void trim(void) { if (malloc_trim) malloc_trim(0); }
*/
import "C"

import (
	"context"
	"time"
)

// trimEvery is how often free memory goes back to the system.
const trimEvery = 20 * time.Second

// trim gives memory back that the engines freed and the C library kept, again
// and again until ctx ends.
func trim(ctx context.Context) {
	tick := time.NewTicker(trimEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			C.trim()
		}
	}
}
