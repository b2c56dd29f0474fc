package matching

import (
	"cmp"
	"container/heap"
	"slices"
)

// On a line the closest treated unit and control have nobody left between
// them, so the pairs to consider are neighbours in the sorted sequence of both
// arms. Taking a pair out makes at most one new pair of neighbours: time is
// that of sorting.

// spot is the units of one arm that share a score, by rank.
type spot struct {
	score      float64
	treated    bool
	rows       []int // those still free
	prev, next int   // neighbouring spots that are not empty
}

// line is the spots of a stratum by score.
type line struct {
	spots []spot
	pairs pairs
}

// closestFirst joins the closest pair of all, then the next, in as many rounds
// as the ratio asks for.
func (s *search) closestFirst(r *rows, c *column) {
	controls := c.rows
	for range s.opt.ratio() {
		l := newLine(r.treated, controls, s.score, s.rank)
		matched := l.join(s.caliper, func(t, control int, tied bool) {
			s.controls[t] = append(s.controls[t], control)
			if tied {
				s.tied++
			}
		})
		var left []int
		for _, row := range controls {
			if !matched[row] {
				left = append(left, row)
			}
		}
		controls = left
	}
}

func newLine(treated, controls []int, score []float64, rank []int) *line {
	l := &line{}
	add := func(rows []int, isTreated bool) {
		sorted := slices.Clone(rows)
		slices.SortFunc(sorted, func(a, b int) int {
			return cmp.Or(cmp.Compare(score[a], score[b]), cmp.Compare(rank[a], rank[b]))
		})
		start := 0
		for end := 1; end <= len(sorted); end++ {
			if end == len(sorted) || score[sorted[end]] != score[sorted[start]] {
				l.spots = append(l.spots, spot{score: score[sorted[start]], treated: isTreated, rows: sorted[start:end]})
				start = end
			}
		}
	}
	add(treated, true)
	add(controls, false)
	slices.SortStableFunc(l.spots, func(a, b spot) int { return cmp.Compare(a.score, b.score) })
	for p := range l.spots {
		l.spots[p].prev, l.spots[p].next = p-1, p+1
		l.consider(p-1, p)
	}
	return l
}

// consider queues neighbouring spots if they are of different arms.
func (l *line) consider(a, b int) {
	if a < 0 || b >= len(l.spots) || l.spots[a].treated == l.spots[b].treated {
		return
	}
	heap.Push(&l.pairs, pair{a, b, l.spots[b].score - l.spots[a].score})
}

// join matches pairs until none is left within the caliper.
func (l *line) join(caliper float64, match func(treated, control int, tied bool)) (matched map[int]bool) {
	matched = map[int]bool{}
	for l.pairs.Len() > 0 {
		p := heap.Pop(&l.pairs).(pair)
		if p.distance > caliper {
			break
		}
		a, b := &l.spots[p.a], &l.spots[p.b]
		if len(a.rows) == 0 || len(b.rows) == 0 {
			continue
		}
		tied := l.rival(p)
		first, second := a.rows[0], b.rows[0]
		a.rows, b.rows = a.rows[1:], b.rows[1:]
		if b.treated {
			first, second = second, first
		}
		matched[first], matched[second] = true, true
		match(first, second, tied)
		l.mend(p)
	}
	return matched
}

// mend queues the neighbours that a match leaves.
func (l *line) mend(p pair) {
	before, after := p.a, p.b
	if len(l.spots[p.a].rows) == 0 {
		before = l.spots[p.a].prev
	}
	if len(l.spots[p.b].rows) == 0 {
		after = l.spots[p.b].next
	}
	if before >= 0 {
		l.spots[before].next = after
	}
	if after < len(l.spots) {
		l.spots[after].prev = before
	}
	l.consider(before, after)
}

// rival says whether either end of a pair had another choice as near.
func (l *line) rival(p pair) bool {
	a, b := l.spots[p.a], l.spots[p.b]
	if len(a.rows) > 1 || len(b.rows) > 1 {
		return true
	}
	near := func(q, end int) bool {
		if q < 0 || q >= len(l.spots) || l.spots[q].treated == l.spots[end].treated {
			return false
		}
		return max(l.spots[q].score, l.spots[end].score)-min(l.spots[q].score, l.spots[end].score) == p.distance
	}
	return near(a.prev, p.a) || near(b.next, p.b)
}

// pair is two neighbouring spots of different arms.
type pair struct {
	a, b     int
	distance float64
}

// pairs is a heap, the closest first, then by position.
type pairs []pair

func (p pairs) Len() int { return len(p) }
func (p pairs) Less(i, j int) bool {
	return cmp.Or(cmp.Compare(p[i].distance, p[j].distance), cmp.Compare(p[i].a, p[j].a)) < 0
}
func (p pairs) Swap(i, j int) { p[i], p[j] = p[j], p[i] }
func (p *pairs) Push(x any)   { *p = append(*p, x.(pair)) }
func (p *pairs) Pop() any {
	last := (*p)[len(*p)-1]
	*p = (*p)[:len(*p)-1]
	return last
}
