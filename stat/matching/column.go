package matching

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"sort"
)

// column is the controls of a stratum sorted by score, ties by rank. Controls
// of equal score form a run.
type column struct {
	rows       []int
	values     []float64
	start, end []int // of the run that a position belongs to
	prev, next []int // union-find: the nearest position still free, from position+1
}

// newColumn sorts the controls. rank breaks ties.
func newColumn(rows []int, score []float64, rank []int) *column {
	c := &column{rows: slices.Clone(rows)}
	slices.SortFunc(c.rows, func(a, b int) int {
		return cmp.Or(cmp.Compare(score[a], score[b]), cmp.Compare(rank[a], rank[b]))
	})
	n := len(rows)
	c.values, c.start, c.end = make([]float64, n), make([]int, n), make([]int, n)
	for p, row := range c.rows {
		c.values[p] = score[row]
		if p > 0 && c.values[p] == c.values[p-1] {
			c.start[p] = c.start[p-1]
		} else {
			c.start[p] = p
		}
	}
	for p := n - 1; p >= 0; p-- {
		c.end[p] = p + 1
		if p+1 < n && c.start[p+1] == c.start[p] {
			c.end[p] = c.end[p+1]
		}
	}
	c.free()
	return c
}

// free makes every control available.
func (c *column) free() {
	n := len(c.rows)
	c.prev, c.next = make([]int, n+1), make([]int, n+1)
	for p := range n + 1 {
		c.prev[p], c.next[p] = p, p
	}
}

// take makes the control at a position unavailable.
func (c *column) take(p int) { c.prev[p+1], c.next[p] = p, p+1 }

// atOrAfter is the first free position from p on, len(rows) if there is none.
func (c *column) atOrAfter(p int) int { return root(c.next, p) }

// before is the last free position before p, -1 if there is none.
func (c *column) before(p int) int { return root(c.prev, p) - 1 }

// root follows links to their end, and shortens them.
func root(link []int, p int) int {
	end := p
	for link[end] != end {
		end = link[end]
	}
	for link[p] != end {
		p, link[p] = link[p], end
	}
	return end
}

// nearestFree is the free control nearest to x: of several, that of the lowest
// rank. It is -1 if none is free. tied says whether there were several.
func (c *column) nearestFree(x float64, rank []int) (position int, distance float64, tied bool) {
	at := sort.SearchFloat64s(c.values, x)
	left, right := c.before(at), c.atOrAfter(at)
	toLeft, toRight := math.Inf(1), math.Inf(1)
	if left >= 0 {
		toLeft = x - c.values[left]
		first := c.atOrAfter(c.start[left])
		tied, left = first != left, first
	}
	if right < len(c.rows) {
		toRight = c.values[right] - x
	}
	if left < 0 && math.IsInf(toRight, 1) {
		return -1, 0, false
	}
	if toLeft < toRight || (toLeft == toRight && rank[c.rows[left]] < rank[c.rows[right]]) {
		return left, toLeft, tied || toLeft == toRight
	}
	return right, toRight, toLeft == toRight || c.atOrAfter(right+1) < c.end[right]
}

// ring is the controls around a value: positions low to high (excluded) are
// nearer than distance, those of left..low and high..right lie at it.
type ring struct {
	low, high, left, right int
	distance               float64
}

// around finds the count nearest controls to x; there are at least count.
func (c *column) around(x float64, count int) ring {
	at := sort.SearchFloat64s(c.values, x)
	r := ring{low: at, high: at}
	for {
		toLeft, toRight := math.Inf(1), math.Inf(1)
		r.left, r.right = r.low, r.high
		if r.low > 0 {
			toLeft = x - c.values[r.low-1]
		}
		if r.high < len(c.rows) {
			toRight = c.values[r.high] - x
		}
		r.distance = math.Min(toLeft, toRight)
		if r.low > 0 && toLeft == r.distance {
			r.left = c.start[r.low-1]
		}
		if r.high < len(c.rows) && toRight == r.distance {
			r.right = c.end[r.high]
		}
		if r.right-r.left >= count {
			return r
		}
		r.low, r.high = r.left, r.right
	}
}

// within widens left and right to all controls no farther than a distance.
func (c *column) within(x, distance float64) (left, right int) {
	left = sort.Search(len(c.values), func(p int) bool { return x-c.values[p] <= distance })
	right = sort.Search(len(c.values), func(p int) bool { return c.values[p]-x > distance })
	return left, right
}

// firstOf takes the nearer controls of a ring and, of those at its distance,
// the ones of the lowest rank.
func (c *column) firstOf(r ring, count int, rank []int) []int {
	out := slices.Clone(c.rows[r.low:r.high])
	left, right := r.left, r.high
	for len(out) < count {
		if right == r.right || (left < r.low && rank[c.rows[left]] < rank[c.rows[right]]) {
			out = append(out, c.rows[left])
			left++
		} else {
			out = append(out, c.rows[right])
			right++
		}
	}
	return out
}

// randomOf is firstOf with those at the ring's distance drawn at random.
func (c *column) randomOf(r ring, count int, rng *rand.Rand) []int {
	out := slices.Clone(c.rows[r.low:r.high])
	edge := r.low - r.left
	drawn := map[int]bool{}
	for len(out) < count {
		k := rng.IntN(edge + r.right - r.high)
		if drawn[k] {
			continue
		}
		drawn[k] = true
		if k < edge {
			out = append(out, c.rows[r.left+k])
		} else {
			out = append(out, c.rows[r.high+k-edge])
		}
	}
	return out
}
