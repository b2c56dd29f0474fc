package trial

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
)

// Never is the treatment period of a unit that was not treated while observed.
const Never = math.MaxInt

// Unit is the history of one unit in periods.
type Unit struct {
	Entry   int  // first period as a unit; negative if it was one before period 0
	Exit    int  // last period in which it was observed
	Event   bool // the event happened in Exit; otherwise observation ended with Exit
	Treated int  // period in which it became treated, or Never; from Entry to Exit (or Remained)
}

// Panel is what is known about the units in periods 0 … Periods−1.
type Panel struct {
	Units   []Unit
	Periods int
	Names   []string // of the covariates; may be empty
	// X[(i*Periods+t)*len(Names)+j] is covariate j of unit i as known at the end
	// of period t. Values of periods that no trial looks at are not read and may
	// be NaN.
	X []float64
	// Cluster labels units that are not independent (people of one account).
	// Nil: every unit is a cluster of its own.
	Cluster []int
	// Remained is the last period at whose end the unit was still there, whether
	// or not its event had happened: for events that do not end presence. Nil:
	// the event ends presence. Options.Lead needs it.
	Remained []int
}

// presentAfter says whether unit u was observed and event-free at the end of t.
func (u Unit) presentAfter(t int) bool {
	return u.Entry <= t && (t < u.Exit || t == u.Exit && !u.Event)
}

// remains says whether unit i was still there at the end of t.
func (p Panel) remains(i, t int) bool {
	if p.Remained != nil {
		return p.Remained[i] >= t
	}
	return p.Units[i].presentAfter(t)
}

// check panics on shapes that do not fit and reports the first unit whose
// history contradicts itself.
func (p Panel) check() error {
	n := len(p.Units)
	if len(p.X) != n*p.Periods*len(p.Names) {
		panic(fmt.Sprintf("trial: X has %d values for %d units, %d periods, %d covariates", len(p.X), n, p.Periods, len(p.Names)))
	}
	if p.Cluster != nil && len(p.Cluster) != n {
		panic(fmt.Sprintf("trial: Cluster has %d values for %d units", len(p.Cluster), n))
	}
	if p.Remained != nil && len(p.Remained) != n {
		panic(fmt.Sprintf("trial: Remained has %d values for %d units", len(p.Remained), n))
	}
	for i, u := range p.Units {
		if u.Exit < 0 || u.Exit >= p.Periods || u.Entry > u.Exit {
			return fmt.Errorf("unit %d is observed from %d to %d of %d periods: %w", i, u.Entry, u.Exit, p.Periods, stat.ErrInvalid)
		}
		last := u.Exit
		if p.Remained != nil {
			if p.Remained[i] >= p.Periods || p.Remained[i] < u.Exit-1 {
				return fmt.Errorf("unit %d, observed to %d, remained to %d: %w", i, u.Exit, p.Remained[i], stat.ErrInvalid)
			}
			last = max(last, p.Remained[i])
		}
		if u.Treated != Never && (u.Treated < u.Entry || u.Treated > last) {
			return fmt.Errorf("unit %d, there from %d to %d, is treated in %d: %w", i, u.Entry, last, u.Treated, stat.ErrInvalid)
		}
	}
	return nil
}

// Strategy is what the control arm is compared as.
type Strategy int

// Strategies.
const (
	// AsStarted compares starting now with not starting now. Controls that start
	// later stay in the control arm, as they would have in the business.
	AsStarted Strategy = iota
	// Sustained compares starting now with not starting within the horizon.
	// Controls leave at the end of the period in which they start, and those
	// that remain are weighted up by the inverse probability of having remained.
	// A control that starts in the period of its event keeps the event.
	Sustained
)

// Target is the population whose risk is estimated in both arms.
type Target int

// Targets.
const (
	Eligible  Target = iota // all eligible unit-trials: what if everybody started
	OnTreated               // those that started: what if they had not
)

// Calendar is how the period enters the treatment model.
type Calendar int

// Calendars.
const (
	Factor Calendar = iota // one intercept a period
	Spline                 // a natural cubic spline with four degrees of freedom: few treated a period
)

// Options are the choices of a run. Zero values mean the defaults given.
type Options struct {
	Horizon     int // periods of follow-up, at least 1
	MinTenure   int // periods as a unit before the trial's, at least 1; 0 means 1
	First, Last int // trial periods; 0 means 1 and the last but one of the panel
	Strategy    Strategy
	Target      Target
	Calendar    Calendar
	// Trim caps weights, arm by arm, at this quantile of theirs, in (0.5, 1); 0
	// means no cap. A cap trades variance for bias: look at Arm.Weights.
	Trim  float64
	Draws int     // bootstrap draws, at least 20; 0 means 500
	Seed  uint64  // of the draws; equal seeds give equal results on any machine
	Level float64 // coverage of intervals; 0 means 0.95
	// MinUnits and MinEvents are the distinct units, and those with an event
	// within the horizon, that each arm needs; 0 means 20 and 10.
	MinUnits, MinEvents int
	// Lead makes the run a placebo: see the package comment. 0 means none,
	// otherwise at least 2.
	Lead int
}

// withDefaults fills the zero values and reports what cannot be.
func (o Options) withDefaults(periods int) (Options, error) {
	fill := func(v *int, value int) {
		if *v == 0 {
			*v = value
		}
	}
	fill(&o.MinTenure, 1)
	fill(&o.First, 1)
	fill(&o.Last, periods-2-o.Lead)
	fill(&o.Draws, 500)
	fill(&o.MinUnits, 20)
	fill(&o.MinEvents, 10)
	if o.Level == 0 {
		o.Level = 0.95
	}
	for _, c := range []struct {
		bad  bool
		what string
	}{
		{o.Horizon < 1, fmt.Sprintf("horizon %d is below 1", o.Horizon)},
		{o.MinTenure < 1, fmt.Sprintf("minimum tenure %d is below 1", o.MinTenure)},
		{o.First < 1 || o.Last < o.First || o.Last+o.Lead >= periods, fmt.Sprintf("trials %d to %d do not fit %d periods", o.First, o.Last, periods)},
		{o.Trim != 0 && !(o.Trim > 0.5 && o.Trim < 1), fmt.Sprintf("trim quantile %v is not in (0.5, 1)", o.Trim)},
		{o.Draws < 20, fmt.Sprintf("%d draws are fewer than 20", o.Draws)},
		{!(o.Level > 0 && o.Level < 1), fmt.Sprintf("level %v is not in (0, 1)", o.Level)},
		{o.MinUnits < 2 || o.MinEvents < 1, fmt.Sprintf("minimum of %d units and %d events is below 2 and 1", o.MinUnits, o.MinEvents)},
		{o.Lead != 0 && o.Lead < 2, fmt.Sprintf("lead %d is below 2", o.Lead)},
		{o.Lead != 0 && o.Strategy == Sustained, "a lead needs the as-started strategy"},
	} {
		if c.bad {
			return o, fmt.Errorf("%s: %w", c.what, stat.ErrInvalid)
		}
	}
	if o.Lead > 0 {
		o.Horizon = min(o.Horizon, o.Lead-1)
	}
	return o, nil
}
