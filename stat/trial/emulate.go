package trial

import (
	"fmt"
	"math"
	"slices"

	"github.com/liftmark/liftmark/stat"
)

// entry is one unit in one trial. Sustained runs also hold entries of periods
// after the last trial: the chance of starting there weighs the controls that
// did not.
type entry struct {
	unit    int32
	period  int32
	treated bool
	event   bool  // at the end of follow
	follow  int32 // follow-up periods observed, 0 … Horizon
}

// emulation is the panel rearranged as trials: entries by period, then unit.
type emulation struct {
	panel   Panel
	opt     Options
	entries []entry
	bounds  []int // entries of period First+g are bounds[g] to bounds[g+1]
	trials  int   // periods First … First+trials-1 are trials
	q       int   // columns of x
	names   []string
	x       []float64 // row-major, standardised over the entries
	cluster []int32   // of each unit, dense
	count   int       // clusters
	at      []int32   // entry of unit i in period First+g at [i*groups+g], -1 if none; Sustained only
}

func emulate(p Panel, o Options) (*emulation, error) {
	e := &emulation{panel: p, opt: o, trials: o.Last - o.First + 1, bounds: []int{0}}
	last := o.Last
	if o.Strategy == Sustained {
		last = min(o.Last+o.Horizon, p.Periods-1)
	}
	for m := o.First; m <= last; m++ {
		for i := range p.Units {
			if e.eligible(i, m) {
				e.entries = append(e.entries, e.enter(i, m))
			}
		}
		e.bounds = append(e.bounds, len(e.entries))
	}
	if len(e.entries) == 0 {
		return nil, fmt.Errorf("no unit is eligible in periods %d to %d: %w", o.First, o.Last, stat.ErrTooFew)
	}
	e.number()
	e.index()
	return e, e.design()
}

func (e *emulation) groups() int { return len(e.bounds) - 1 }

// eligible says whether unit i enters trial m, as treated or control.
func (e *emulation) eligible(i, m int) bool {
	u, lead := e.panel.Units[i], e.opt.Lead
	return u.Treated >= m+lead && m-u.Entry >= e.opt.MinTenure && u.presentAfter(m) && (lead == 0 || e.panel.remains(i, m+lead))
}

// enter follows unit i from the end of period m.
func (e *emulation) enter(i, m int) entry {
	u := e.panel.Units[i]
	in := entry{unit: int32(i), period: int32(m), treated: u.Treated == m+e.opt.Lead}
	follow := min(e.opt.Horizon, u.Exit-m)
	if e.opt.Strategy == Sustained && !in.treated && u.Treated != Never {
		follow = min(follow, u.Treated-m)
	}
	in.follow, in.event = int32(follow), u.Event && u.Exit-m == follow
	return in
}

// known is the period whose end the covariates of an entry are from: the last
// before the decision to start.
func (e *emulation) known(in entry) int { return int(in.period) + e.opt.Lead - 1 }

func (e *emulation) covariate(in entry, j int) float64 {
	p := e.panel
	return p.X[(int(in.unit)*p.Periods+e.known(in))*len(p.Names)+j]
}

// number gives clusters dense numbers in the order of their labels.
func (e *emulation) number() {
	n := len(e.panel.Units)
	e.cluster, e.count = make([]int32, n), n
	if e.panel.Cluster == nil {
		for i := range n {
			e.cluster[i] = int32(i)
		}
		return
	}
	labels := slices.Clone(e.panel.Cluster)
	slices.Sort(labels)
	labels = slices.Compact(labels)
	e.count = len(labels)
	for i, l := range e.panel.Cluster {
		k, _ := slices.BinarySearch(labels, l)
		e.cluster[i] = int32(k)
	}
}

func (e *emulation) index() {
	if e.opt.Strategy != Sustained {
		return
	}
	e.at = make([]int32, len(e.panel.Units)*e.groups())
	for k := range e.at {
		e.at[k] = -1
	}
	for k, in := range e.entries {
		e.at[int(in.unit)*e.groups()+int(in.period)-e.opt.First] = int32(k)
	}
}

// design fills and standardises the columns of the treatment model: the
// covariates of the period before, and the calendar if it is a spline.
func (e *emulation) design() error {
	e.names = slices.Clone(e.panel.Names)
	var calendar [][]float64
	if e.opt.Calendar == Spline {
		calendar = splineBasis(e.entries)
		for j := range calendar {
			e.names = append(e.names, fmt.Sprintf("calendar spline %d", j+1))
		}
	}
	p := len(e.panel.Names)
	e.q = len(e.names)
	e.x = make([]float64, len(e.entries)*e.q)
	for k, in := range e.entries {
		for j := range p {
			v := e.covariate(in, j)
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return fmt.Errorf("%s of unit %d in period %d is %v: %w", e.names[j], in.unit, e.known(in), v, stat.ErrNotFinite)
			}
			e.x[k*e.q+j] = v
		}
		for j := range calendar {
			e.x[k*e.q+p+j] = calendar[j][k]
		}
	}
	for j := range e.q {
		if err := e.standardise(j); err != nil {
			return err
		}
	}
	return nil
}

func (e *emulation) standardise(j int) error {
	n := float64(len(e.entries))
	mean, ss, size := 0.0, 0.0, 0.0
	for k := j; k < len(e.x); k += e.q {
		mean += e.x[k] / n
		size = max(size, math.Abs(e.x[k]))
	}
	for k := j; k < len(e.x); k += e.q {
		e.x[k] -= mean
		ss += e.x[k] * e.x[k]
	}
	sd := math.Sqrt(ss / n)
	if sd <= 1e-13*size {
		return fmt.Errorf("covariate %s is the same for all eligible units: %w", e.names[j], stat.ErrNoVariance)
	}
	for k := j; k < len(e.x); k += e.q {
		e.x[k] /= sd
	}
	return nil
}
