package app

/*
#include <stddef.h>

// Not every C library has them.
int malloc_trim(size_t) __attribute__((weak));
int mallopt(int, int) __attribute__((weak));

static void fewArenas(int most) { if (mallopt) mallopt(-8, most); }
static void trim(void) { if (malloc_trim) malloc_trim(0); }
*/
import "C"

import (
	"context"
	"time"
)

// trimEvery is how often free memory goes back to the system.
const trimEvery = 20 * time.Second

// arenas is how many heaps the C library keeps, each of which holds on to what
// its threads freed.
const arenas = 2

// fewArenas bounds them from then on.
func fewArenas() { C.fewArenas(arenas) }

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
