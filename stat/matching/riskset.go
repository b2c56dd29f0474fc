package matching

import (
	"fmt"
	"math"
	"slices"

	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/regression"
)

// Never is the start of a unit that did not start while observed.
const Never = math.MaxInt

// History is when a unit was there and when it started treatment, in periods.
type History struct {
	Entry int // first period at whose end it was a customer; negative if before period 0
	Last  int // last period at whose end it was a customer
	Start int // period in which treatment started, or Never
}

// Panel is what is known about units in periods 0 … Periods−1.
type Panel struct {
	Units   []History
	Periods int
	// Covariates[(i*Periods+t)*Columns+j] is covariate j of unit i as known at
	// the end of period t. Cells of periods in which a unit is not at risk may
	// be NaN.
	Covariates []float64
	Columns    int
}

// atRisk says whether a unit could start in period s: a customer at the ends
// of s−1 and s, and not started before.
func (h History) atRisk(s int) bool { return h.Entry < s && h.Last >= s && h.Start >= s }

func (p Panel) row(i, t int) []float64 {
	at := (i*p.Periods + t) * p.Columns
	return p.Covariates[at : at+p.Columns]
}

// RiskOptions choose how risk sets are matched.
type RiskOptions struct {
	Ratio int // controls for each start; 0 means 1
	// Caliper is the largest distance in log odds of starting, in standard
	// deviations over all unit-periods at risk; 0 for no limit.
	Caliper float64
	// Reuse lets a unit be a control in more than one set. Without it, starts
	// choose in order of time, within a period the likeliest starter first.
	Reuse bool
}

// RiskSet is a start and the controls that were still untreated then.
type RiskSet struct {
	Treated, Start int   // unit, and the period that is time zero for all in the set
	Controls       []int // units
}

// RiskSets is a panel matched by risk set.
type RiskSets struct {
	Sets      []RiskSet // by start, then unit
	Unmatched []int     // units that started with nobody within reach
	// NotAtRisk are units that started when they could not be compared: in
	// period 0, before they were a customer for a period, or not a customer at
	// the end of the period.
	NotAtRisk []int
	Partial   int // sets with fewer controls than the ratio asked for
	Tied      int // choices between controls equally near
	// StartedLater counts places in the sets held by a control that started
	// after its time zero: the effect is that of starting then against not
	// starting then, not against never.
	StartedLater                           int
	ControlsUsed, ControlsReused, MostUses int
	Coef                                   []float64 // of the covariates, in log odds of starting
}

// RiskSetMatching matches each unit that starts treatment to units like it
// that were customers and untreated at that time, whatever they did later. The
// start is time zero for all of them; covariates are those of the period
// before. The distance is the log odds of starting in a period, from one
// logistic regression over all unit-periods at risk with an intercept a
// period; matches are within the period.
//
// A control chosen because it never starts would be chosen by its future: that
// is the bias this design is for.
//
// Errors: ErrInvalid for a history that contradicts itself, naming the unit;
// ErrNotFinite naming unit and period; ErrTooFew with fewer than two starts at
// risk; ErrNoOverlap if no period has both starts and others at risk, or no
// start finds a match; those of regression.Logistic for the odds.
// RiskSetMatching panics when lengths disagree or options are out of range.
//
// Source: Li, Propert and Rosenbaum (2001), JASA 96:870-882; Lu (2005),
// Biometrics 61:721-728.
func RiskSetMatching(p Panel, opt RiskOptions) (*RiskSets, error) {
	if len(p.Covariates) != len(p.Units)*p.Periods*p.Columns {
		panic(fmt.Sprintf("matching: %d covariate values for %d units, %d periods and %d columns", len(p.Covariates), len(p.Units), p.Periods, p.Columns))
	}
	if opt.Ratio < 0 || opt.Caliper < 0 || math.IsNaN(opt.Caliper) {
		panic(fmt.Sprintf("matching: options out of range: %+v", opt))
	}
	r, err := riskSetMatching(p, opt)
	if err != nil {
		return nil, fmt.Errorf("risk-set matching: %w", err)
	}
	return r, nil
}

func riskSetMatching(p Panel, opt RiskOptions) (*RiskSets, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	r := &RiskSets{}
	started := r.startsAtRisk(p)
	if len(started) < 2 {
		return nil, fmt.Errorf("%d starts at risk: %w", len(started), stat.ErrTooFew)
	}
	odds, err := p.logOdds()
	if err != nil {
		return nil, err
	}
	r.Coef = odds.coef
	r.match(p, opt, odds)
	r.count(p, opt)
	if len(r.Sets) == 0 {
		return nil, fmt.Errorf("none of %d starts has a control within reach: %w", len(started), stat.ErrNoOverlap)
	}
	return r, nil
}

func (p Panel) check() error {
	for i, h := range p.Units {
		if h.Last < h.Entry || h.Last >= p.Periods || h.Start < 0 || (h.Start != Never && h.Start >= p.Periods) {
			return fmt.Errorf("unit %d: customer from %d to %d, started in %d of %d periods: %w", i, h.Entry, h.Last, h.Start, p.Periods, stat.ErrInvalid)
		}
		for s := max(1, h.Entry+1); s <= h.Last && h.atRisk(s); s++ {
			for j, v := range p.row(i, s-1) {
				if math.IsNaN(v) || math.IsInf(v, 0) {
					return fmt.Errorf("covariate %d of unit %d in period %d: %w", j, i, s-1, stat.ErrNotFinite)
				}
			}
		}
	}
	return nil
}

// startsAtRisk lists the units that started at risk and notes the others.
func (r *RiskSets) startsAtRisk(p Panel) (started []int) {
	for i, h := range p.Units {
		switch {
		case h.Start == Never:
		case h.Start >= 1 && h.atRisk(h.Start):
			started = append(started, i)
		default:
			r.NotAtRisk = append(r.NotAtRisk, i)
		}
	}
	return started
}

// odds is the log odds of starting that covariates give, less the period's.
type odds struct {
	coef []float64
	sd   float64 // over all unit-periods at risk in periods with starts
	mean float64
	n    float64
	live []bool // periods with starts and others at risk
}

// logOdds fits the odds over all unit-periods at risk in periods in which some
// started and some did not; others say nothing.
func (p Panel) logOdds() (*odds, error) {
	o := &odds{live: make([]bool, p.Periods)}
	column, columns := make([]int, p.Periods), 0
	for s := 1; s < p.Periods; s++ {
		var n [2]int
		for _, h := range p.Units {
			if h.atRisk(s) {
				n[arm(h.Start == s)]++
			}
		}
		if o.live[s] = n[0] > 0 && n[1] > 0; o.live[s] {
			column[s] = columns
			columns++
		}
	}
	if columns == 0 {
		return nil, fmt.Errorf("no period has both starts and others at risk: %w", stat.ErrNoOverlap)
	}
	if p.Columns == 0 {
		return o, nil
	}
	x := regression.Design{Cols: columns + p.Columns}
	var y []float64
	p.visit(o.live, func(i, s int) {
		intercepts := make([]float64, columns)
		intercepts[column[s]] = 1
		x.Values = append(append(x.Values, intercepts...), p.row(i, s-1)...)
		x.Rows++
		y = append(y, float64(arm(p.Units[i].Start == s)))
	})
	fit, err := regression.Logistic(y, x, nil)
	if err != nil {
		return nil, fmt.Errorf("odds of starting (columns are %d periods, then covariates): %w", columns, err)
	}
	o.coef = fit.Coef[columns:]
	p.visit(o.live, func(i, s int) {
		o.n++
		d := o.of(p.row(i, s-1)) - o.mean
		o.mean += d / o.n
		o.sd += d * (o.of(p.row(i, s-1)) - o.mean)
	})
	o.sd = math.Sqrt(o.sd / (o.n - 1))
	return o, nil
}

func (o *odds) of(x []float64) float64 {
	var sum float64
	for j, b := range o.coef {
		sum += b * x[j]
	}
	return sum
}

// visit goes through the unit-periods at risk in the given periods.
func (p Panel) visit(in []bool, do func(i, s int)) {
	for i, h := range p.Units {
		for s := max(1, h.Entry+1); s <= h.Last; s++ {
			if in[s] && h.atRisk(s) {
				do(i, s)
			}
		}
	}
}

// match goes through the periods in order.
func (r *RiskSets) match(p Panel, opt RiskOptions, o *odds) {
	used := make([]bool, len(p.Units))
	for s := 1; s < p.Periods; s++ {
		risk := &rows{}
		score := make([]float64, len(p.Units))
		for i, h := range p.Units {
			if !h.atRisk(s) {
				continue
			}
			score[i] = o.of(p.row(i, s-1))
			if h.Start == s {
				risk.treated = append(risk.treated, i)
			} else if !used[i] {
				risk.control = append(risk.control, i)
			}
		}
		find := newRiskSearch(score, opt, o.sd)
		find.stratum(risk)
		r.Tied += find.tied
		for _, i := range risk.treated {
			if len(find.controls[i]) == 0 {
				r.Unmatched = append(r.Unmatched, i)
				continue
			}
			r.Sets = append(r.Sets, RiskSet{Treated: i, Start: s, Controls: find.controls[i]})
			for _, c := range find.controls[i] {
				used[c] = !opt.Reuse
			}
		}
	}
}

func newRiskSearch(score []float64, opt RiskOptions, sd float64) *search {
	s := &search{opt: Options{Ratio: opt.Ratio, Replace: opt.Reuse, Order: LargestFirst}, score: settle(score, 1e-10*sd),
		caliper: math.Inf(1), controls: make([][]int, len(score)), of: make([]int, len(score)), rank: make([]int, len(score))}
	if opt.Caliper > 0 {
		s.caliper = opt.Caliper * sd
	}
	for i := range s.rank {
		s.rank[i] = i
	}
	return s
}

func (r *RiskSets) count(p Panel, opt RiskOptions) {
	uses := make([]int, len(p.Units))
	for _, s := range r.Sets {
		if len(s.Controls) < max(1, opt.Ratio) {
			r.Partial++
		}
		for _, c := range s.Controls {
			uses[c]++
			if p.Units[c].Start != Never {
				r.StartedLater++
			}
		}
	}
	for _, u := range uses {
		r.MostUses = max(r.MostUses, u)
		if u > 0 {
			r.ControlsUsed++
		}
		if u > 1 {
			r.ControlsReused++
		}
	}
	slices.Sort(r.Unmatched)
}
