package regression

import (
	"runtime"
	"sync"
	"sync/atomic"
)

const (
	blockRows    = 2048
	parallelRows = 8 * blockRows // fewer rows are not worth a goroutine
)

// inBlocks calls do for each block of rows [low, high), on all processors when
// there are many. What do adds up it keeps by block, so that sums taken over
// blocks in order are the same however many processors there are.
func inBlocks(rows int, do func(block, low, high int)) {
	blocks := blocksOf(rows)
	workers := min(runtime.GOMAXPROCS(0), blocks)
	if rows < parallelRows {
		workers = 1
	}
	if workers <= 1 {
		for b := range blocks {
			do(b, b*blockRows, min(rows, (b+1)*blockRows))
		}
		return
	}
	var next atomic.Int64
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for b := int(next.Add(1)) - 1; b < blocks; b = int(next.Add(1)) - 1 {
				do(b, b*blockRows, min(rows, (b+1)*blockRows))
			}
		})
	}
	group.Wait()
}

func blocksOf(rows int) int { return (rows + blockRows - 1) / blockRows }

// sumBlocks adds up size numbers that do leaves in sums for each block.
func sumBlocks(rows, size int, do func(sums []float64, low, high int)) []float64 {
	parts := make([]float64, blocksOf(rows)*size)
	inBlocks(rows, func(b, low, high int) { do(parts[b*size:(b+1)*size], low, high) })
	total := make([]float64, size)
	for i, v := range parts {
		total[i%size] += v
	}
	return total
}
