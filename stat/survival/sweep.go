package survival

import (
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"
)

// riskTable counts, at one time, the weight at risk, having the event and
// censored in each of k groups.
type riskTable struct {
	time                     float64
	atRisk, events, censored []float64
}

// lanes are the rows of a sweep as times in ascending order, one lane a group
// for each thing that can happen to a row: that it enters, has the event or is
// censored.
type lanes struct{ entries, events, censored []lane }

// newLanes sorts rows (nil: all) of d into lanes of k groups. group may be nil
// (k = 1).
func newLanes(d Data, rows []int, group []int32, k int) lanes {
	ends := split(d.Stop, d, rows, 2*k, func(i int) int {
		g := 0
		if group != nil {
			g = int(group[i])
		}
		if d.Event[i] {
			return k + g
		}
		return g
	})
	l := lanes{censored: ends[:k], events: ends[k:]}
	if d.Start != nil {
		l.entries = split(d.Start, d, rows, k, func(i int) int {
			if group == nil {
				return 0
			}
			return int(group[i])
		})
	}
	return l
}

// size bounds the number of distinct times at which a row ends.
func (l lanes) size() int {
	n := 0
	for g := range l.events {
		n += len(l.events[g].times) + len(l.censored[g].times)
	}
	return n
}

// sweep walks the distinct end times in ascending order and shows visit the
// risk table at each. The table is reused between calls.
func (l lanes) sweep(visit func(*riskTable)) {
	k := len(l.events)
	table := riskTable{atRisk: make([]float64, k), events: make([]float64, k), censored: make([]float64, k)}
	entries := readers(l.entries)
	events, censored := readers(l.events), readers(l.censored)
	if entries == nil {
		for g := range k {
			table.atRisk[g] = l.events[g].total() + l.censored[g].total()
		}
	}
	for {
		now, ok := earliest(events, censored)
		if !ok {
			return
		}
		table.time = now
		for g := range entries {
			table.atRisk[g] += entries[g].before(now)
		}
		for g := range k {
			table.events[g], table.censored[g] = events[g].at(now), censored[g].at(now)
		}
		visit(&table)
		for g := range k {
			table.atRisk[g] -= table.events[g] + table.censored[g]
		}
	}
}

// lane lists times in ascending order with their weights, nil for 1 each. A
// time may be listed more than once.
type lane struct{ times, weights []float64 }

func (l lane) total() float64 {
	if l.weights == nil {
		return float64(len(l.times))
	}
	return sum(l.weights)
}

// reader consumes a lane from its start.
type reader struct {
	lane
	next int
}

func readers(l []lane) []reader {
	var out []reader
	for _, one := range l {
		out = append(out, reader{lane: one})
	}
	return out
}

func earliest(lists ...[]reader) (float64, bool) {
	first, ok := 0.0, false
	for _, list := range lists {
		for g := range list {
			r := &list[g]
			if r.next < len(r.times) && (!ok || r.times[r.next] < first) {
				first, ok = r.times[r.next], true
			}
		}
	}
	return first, ok
}

// at consumes the weight at time t, which no unread time precedes.
func (r *reader) at(t float64) float64 {
	from := r.next
	for r.next < len(r.times) && r.times[r.next] == t {
		r.next++
	}
	return r.weigh(from)
}

// before consumes the weight at times below t.
func (r *reader) before(t float64) float64 {
	from := r.next
	for r.next < len(r.times) && r.times[r.next] < t {
		r.next++
	}
	return r.weigh(from)
}

// weigh is the weight consumed since from.
func (r *reader) weigh(from int) float64 {
	if r.weights == nil {
		return float64(r.next - from)
	}
	return sum(r.weights[from:r.next])
}

// split sorts the times of rows (nil: all) into lanes. Whole numbers in a
// small range, such as days, are counted; others are sorted by their digits.
func split(times []float64, d Data, rows []int, k int, laneOf func(i int) int) []lane {
	n := len(rows)
	if rows == nil {
		n = len(times)
	}
	if size, ok := wholeRange(times, rows, max(n/4, 64)/k); ok {
		return count(times, d, rows, k, size, laneOf)
	}
	return sortLanes(times, d, rows, k, laneOf)
}

// wholeRange says whether the times are whole numbers in [0, limit), and the
// least that is above all of them.
func wholeRange(times []float64, rows []int, limit int) (size int, ok bool) {
	most := 0
	whole := func(t float64) bool {
		most = max(most, int(t))
		return t >= 0 && t < float64(limit) && float64(int(t)) == t
	}
	if rows == nil {
		for _, t := range times {
			if !whole(t) {
				return 0, false
			}
		}
		return most + 1, true
	}
	for _, i := range rows {
		if !whole(times[i]) {
			return 0, false
		}
	}
	return most + 1, true
}

// count makes lanes of whole times below size by counting.
func count(times []float64, d Data, rows []int, k, size int, laneOf func(i int) int) []lane {
	sums := make([]float64, k*size)
	add := func(i int) { sums[laneOf(i)*size+int(times[i])] += d.weight(i) }
	if rows == nil {
		for i := range times {
			add(i)
		}
	}
	for _, i := range rows {
		add(i)
	}
	out := make([]lane, k)
	for l := range out {
		out[l].weights = []float64{} // not nil: an empty lane has no weights either
		for t, w := range sums[l*size : (l+1)*size] {
			if w > 0 {
				out[l].times = append(out[l].times, float64(t))
				out[l].weights = append(out[l].weights, w)
			}
		}
	}
	return out
}

// sortLanes makes lanes of any times by sorting each.
func sortLanes(times []float64, d Data, rows []int, k int, laneOf func(i int) int) []lane {
	sizes := make([]int, k)
	each := func(visit func(i int)) {
		if rows == nil {
			for i := range times {
				visit(i)
			}
		}
		for _, i := range rows {
			visit(i)
		}
	}
	each(func(i int) { sizes[laneOf(i)]++ })
	out := make([]lane, k)
	for l, n := range sizes {
		out[l].times = make([]float64, 0, n)
		if d.Weight != nil {
			out[l].weights = make([]float64, 0, n)
		}
	}
	each(func(i int) {
		l := &out[laneOf(i)]
		l.times = append(l.times, times[i])
		if d.Weight != nil {
			l.weights = append(l.weights, d.Weight[i])
		}
	})
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for l := range out {
		group.Go(func() error { out[l].sort(); return nil })
	}
	_ = group.Wait() // sorting has no errors
	return out
}

// sort orders the lane by time; equal times keep their order.
func (l *lane) sort() {
	switch {
	case l.weights != nil:
		order := ascending(allRows(len(l.times)), l.times)
		l.times, l.weights = pick(l.times, order), pick(l.weights, order)
	case len(l.times) < fewRows:
		slices.Sort(l.times)
	default:
		l.times = sortByDigits(l.times)
	}
}
