package survival

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"

	"github.com/liftmark/liftmark/stat"
)

// riskSets are the rows of a Cox model in sweeping order: by stratum, then by
// stop time descending. Covariates are centred and scaled to unit variance, so
// that one tolerance suits all columns.
type riskSets struct {
	names        []string
	p            int
	ties         Ties
	mean, scale  []float64
	x            []float64 // row-major, standardised
	start, stop  []float64
	event        []bool
	weight       []float64
	row          []int   // index in the caller's data
	byStart      []int32 // rows of each stratum by start descending; nil without delayed entry
	bounds       []int   // stratum s is rows bounds[s] to bounds[s+1]
	stratumLabel []int
	eta, risk    []float64 // linear predictor and weight·exp(eta) at the latest coefficients
}

func newRiskSets(d CoxData, ties Ties) (*riskSets, error) {
	n, p := len(d.Stop), len(d.Names)
	r := &riskSets{names: d.Names, p: p, ties: ties, eta: make([]float64, n), risk: make([]float64, n), bounds: []int{0}}
	labels, parts := partition(d.Strata, n)
	r.stratumLabel = labels
	for _, rows := range parts {
		ordered := ascending(rows, d.Stop)
		slices.Reverse(ordered)
		r.row = append(r.row, ordered...)
		r.bounds = append(r.bounds, len(r.row))
	}
	r.stop, r.event = pick(d.Stop, r.row), pick(d.Event, r.row)
	r.weight = make([]float64, n)
	r.x = make([]float64, n*p)
	for k, i := range r.row {
		r.weight[k] = d.weight(i)
		copy(r.x[k*p:(k+1)*p], d.X[i*p:(i+1)*p])
	}
	if d.Start != nil {
		r.start = pick(d.Start, r.row)
		r.orderStarts()
	}
	if err := r.standardise(); err != nil {
		return nil, err
	}
	return r, r.checkMonotone()
}

func (r *riskSets) orderStarts() {
	r.byStart = make([]int32, 0, len(r.row))
	for s := range r.stratumLabel {
		var rows []int
		for k := r.bounds[s]; k < r.bounds[s+1]; k++ {
			rows = append(rows, k)
		}
		for _, k := range slices.Backward(ascending(rows, r.start)) {
			r.byStart = append(r.byStart, int32(k))
		}
	}
}

// standardise centres and scales the columns and refuses a constant one.
func (r *riskSets) standardise() error {
	n := float64(len(r.row))
	r.mean, r.scale = make([]float64, r.p), make([]float64, r.p)
	for j := range r.p {
		for k := j; k < len(r.x); k += r.p {
			r.mean[j] += r.x[k] / n
		}
		ss, size := 0.0, 0.0
		for k := j; k < len(r.x); k += r.p {
			size = max(size, math.Abs(r.x[k]))
			r.x[k] -= r.mean[j]
			ss += r.x[k] * r.x[k]
		}
		r.scale[j] = math.Sqrt(ss / n)
		if !finite(r.scale[j]) {
			return fmt.Errorf("squares of column %s overflow: %w", r.names[j], stat.ErrNotFinite)
		}
		if r.scale[j] <= 1e-13*size {
			return fmt.Errorf("column %s is constant: %w", r.names[j], stat.ErrNoVariance)
		}
		for k := j; k < len(r.x); k += r.p {
			r.x[k] /= r.scale[j]
		}
	}
	return nil
}

// checkMonotone finds a covariate that is the largest (or the smallest) of its
// risk set at every event: its likelihood rises for ever. It looks at one
// column at a time and only without delayed entry; maximise catches the rest.
func (r *riskSets) checkMonotone() error {
	if r.start != nil {
		return nil
	}
	for j := range r.p {
		largest, smallest := true, true
		for s := range r.stratumLabel {
			up, down := r.extreme(j, r.bounds[s], r.bounds[s+1])
			largest, smallest = largest && up, smallest && down
		}
		if largest || smallest {
			return fmt.Errorf("column %s orders the events perfectly: %w", r.names[j], stat.ErrSeparation)
		}
	}
	return nil
}

// extreme says whether every event among rows from..to has the largest, or the
// smallest, value of column j in its risk set.
func (r *riskSets) extreme(j, from, to int) (largest, smallest bool) {
	largest, smallest = true, true
	high, low := math.Inf(-1), math.Inf(1)
	for from < to {
		end := r.blockEnd(from, to)
		for k := from; k < end; k++ {
			high, low = max(high, r.x[k*r.p+j]), min(low, r.x[k*r.p+j])
		}
		for ; from < end; from++ {
			if r.event[from] {
				largest = largest && r.x[from*r.p+j] == high
				smallest = smallest && r.x[from*r.p+j] == low
			}
		}
	}
	return largest, smallest
}

// blockEnd returns the end of the rows that stop when row from does.
func (r *riskSets) blockEnd(from, to int) int {
	end := from + 1
	for end < to && r.stop[end] == r.stop[from] {
		end++
	}
	return end
}

// moments are sums over a set of rows: of risk, risk·x and risk·x·xᵀ (lower
// triangle by rows).
type moments struct {
	s0     float64
	s1, s2 []float64
}

func newMoments(p int) moments {
	return moments{s1: make([]float64, p), s2: make([]float64, p*(p+1)/2)}
}

func (m *moments) reset() {
	m.s0 = 0
	clear(m.s1)
	clear(m.s2)
}

// add adds a row with covariates x and risk r; a negative r takes it away.
func (m *moments) add(x []float64, r float64) {
	m.s0 += r
	k := 0
	s1 := m.s1[:len(x)]
	for a, xa := range x {
		rx := r * xa
		s1[a] += rx
		s2 := m.s2[k : k+a+1]
		for b := range s2 {
			s2[b] += rx * x[b]
		}
		k += a + 1
	}
}

// tiedEvents describes the events at one time in one stratum. It is reused
// between times.
type tiedEvents struct {
	time         float64
	stratum      int
	from, to     int // rows that stop then, events among them
	count        int
	weight       float64 // of the events
	atRisk, died moments // over the risk set; over the events
}

// eachEvent walks the event times, strata in turn and times descending.
// predict must have been called.
func (r *riskSets) eachEvent(visit func(*tiedEvents)) {
	t := &tiedEvents{atRisk: newMoments(r.p), died: newMoments(r.p)}
	for s := range r.stratumLabel {
		t.stratum = s
		t.atRisk.reset()
		leaving := r.bounds[s]
		for k := r.bounds[s]; k < r.bounds[s+1]; {
			end := r.blockEnd(k, r.bounds[s+1])
			t.time, t.from, t.to, t.count, t.weight = r.stop[k], k, end, 0, 0
			t.died.reset()
			for ; k < end; k++ {
				x := r.x[k*r.p : (k+1)*r.p]
				t.atRisk.add(x, r.risk[k])
				if r.event[k] {
					t.count++
					t.weight += r.weight[k]
					t.died.add(x, r.risk[k])
				}
			}
			if t.count > 0 {
				leaving = r.leave(t, leaving)
				visit(t)
			}
		}
	}
}

// leave takes the rows that had not entered before t.time out of the risk set.
// When all rows so far have left, the sums restart from exact zeros.
func (r *riskSets) leave(t *tiedEvents, next int) int {
	if r.start == nil {
		return next
	}
	for next < r.bounds[t.stratum+1] {
		k := int(r.byStart[next])
		if r.start[k] < t.time {
			break
		}
		t.atRisk.add(r.x[k*r.p:(k+1)*r.p], -r.risk[k])
		next++
	}
	if next == t.from { // only the rows of this block are left
		t.atRisk.reset()
		for k := t.from; k < t.to; k++ {
			t.atRisk.add(r.x[k*r.p:(k+1)*r.p], r.risk[k])
		}
	}
	return next
}

// predict sets eta and risk at coefficients beta.
func (r *riskSets) predict(beta []float64) {
	inParallel(len(r.eta), func(from, to int) {
		for k := from; k < to; k++ {
			eta := 0.0
			for j, x := range r.x[k*r.p : (k+1)*r.p] {
				eta += x * beta[j]
			}
			r.eta[k] = eta
			r.risk[k] = r.weight[k] * math.Exp(eta)
		}
	})
}

// inParallel cuts n rows, of which each is worked on by itself, into one
// stretch a processor.
func inParallel(n int, work func(from, to int)) {
	const worthIt = 10_000 // rows for which starting goroutines pays
	parts := min(runtime.GOMAXPROCS(0), n/worthIt+1)
	var group sync.WaitGroup
	for part := range parts - 1 {
		group.Go(func() { work(part*n/parts, (part+1)*n/parts) })
	}
	work((parts-1)*n/parts, n)
	group.Wait()
}

// shares calls visit once per distinct denominator of the tied events: with
// Efron, event number l of d leaves l/d of the events' own risk out. increment
// is the hazard that this denominator contributes, out its share left out.
func (r *riskSets) shares(t *tiedEvents, visit func(out, denominator, increment float64)) {
	if r.ties == Breslow {
		visit(0, t.atRisk.s0, t.weight/t.atRisk.s0)
		return
	}
	mean := t.weight / float64(t.count)
	for l := range t.count {
		out := float64(l) / float64(t.count)
		denominator := t.atRisk.s0 - out*t.died.s0
		visit(out, denominator, mean/denominator)
	}
}
