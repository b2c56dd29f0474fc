package trial

import (
	"context"
	"fmt"

	"github.com/liftmark/liftmark/stat"
)

// Result is what a run found. Periods are those of the panel.
type Result struct {
	Horizon          int
	Treated, Control Arm
	// RiskDifference is the treated risk minus the control risk of the event
	// within the horizon, RiskRatio their ratio. RMSTDifference is the
	// difference of the expected event-free periods within the horizon.
	RiskDifference, RiskRatio, RMSTDifference Effect
	// RiskDifferences are the differences after 1 … Horizon periods.
	RiskDifferences []Effect

	Trials     int   // trials with both arms
	Dropped    []int // trial periods left out, for nobody started or everybody did
	Units      int   // distinct units in the trials
	UnitTrials int
	Balance    []Balance
	Naive      *Naive // nil if nobody can be compared from entry

	Draws  int // bootstrap draws behind every interval
	Failed int // draws that could not be estimated and are left out
}

// Arm describes one arm. Counts are not weighted.
type Arm struct {
	UnitTrials, Units  int // a unit can be in many trials
	Events, EventUnits int // unit-trials, and distinct units, with the event within the horizon
	// ESS is how many equally weighted unit-trials the weighted ones are worth,
	// (Σw)²/Σw². It does not account for the same unit being in many trials.
	ESS     float64
	Weights Weights
	Curve   []Point // after 0 … Horizon periods
	Risk    Effect  // of the event within the horizon
	RMST    Effect  // expected event-free periods within the horizon
}

// Weights summarises the weights of an arm at time zero. Mean far from 1 says
// that the treatment model fits badly.
type Weights struct {
	Mean, Max float64
	Trimmed   int     // unit-trials whose weight was capped
	Cap       float64 // at this value; 0 without a cap
}

// Point is a curve after Period periods of follow-up.
type Point struct {
	Period   int
	AtRisk   int // unit-trials that were followed into the period (at 0: all)
	Events   int // unit-trials with the event in the period
	Surv     float64
	Interval stat.Interval // pointwise; of Level 0 while no bootstrap draw has an event, as at Period 0
}

// Effect is an estimate with its bootstrap distribution: SE is the standard
// deviation of Draws, Interval their percentiles: the values in places p·(n+1)
// of n, so that few draws do not narrow it. Draws of the same index in different
// effects come from the same bootstrap sample. Where all draws agree, which they
// do while no draw has an event, there is no interval: its Level is 0.
type Effect struct {
	stat.Estimate
	Draws []float64
}

// Balance compares a covariate between the arms at time zero. SMD is the
// difference of means in units of the root mean variance of the unweighted
// arms; below 0.1 in size is customary.
type Balance struct {
	Name                         string
	TreatedBefore, ControlBefore float64 // means
	TreatedAfter, ControlAfter   float64 // weighted means
	SMDBefore, SMDAfter          float64
}

// Naive compares ever-treated with never-treated units from their first
// observed period: the wrong answer, to be shown beside the right one.
type Naive struct {
	Treated, Control           []float64 // event-free after 0 … Horizon periods
	TreatedUnits, ControlUnits int
	TreatedRisk, ControlRisk   float64 // of the event within the horizon
	RiskDifference             Effect
}

// CountError says that an arm is too small. It is stat.ErrTooFew.
type CountError struct {
	Arm                   string // "treated" or "control"
	Units, Events         int    // distinct units, and those with the event
	NeedUnits, NeedEvents int
}

func (e *CountError) Error() string {
	return fmt.Sprintf("%s arm: units %d (needs %d), of them with the event %d (needs %d)", e.Arm, e.Units, e.NeedUnits, e.Events, e.NeedEvents)
}

// Unwrap makes errors.Is(err, stat.ErrTooFew) true.
func (e *CountError) Unwrap() error { return stat.ErrTooFew }

// Run emulates the trials and estimates the effect; the package comment is its
// contract. The work is Draws times entries and is spread over GOMAXPROCS; the
// result does not depend on how many there are. A cancelled ctx ends it with
// ctx.Err().
//
// Errors: CountError (ErrTooFew) if an arm is too small; ErrTooFew if no unit
// is eligible, no trial has both arms, nobody is followed to the horizon, or
// more than a tenth of the draws fail; ErrInvalid and ErrNotFinite naming the
// unit or option; ErrNoVariance and ErrCollinear naming the covariate;
// ErrSeparation naming the covariate that predicts treatment perfectly: there
// is nobody to compare with, and no answer is made up.
// Run panics if the lengths of the panel's slices disagree.
func Run(ctx context.Context, p Panel, o Options) (*Result, error) {
	if err := p.check(); err != nil {
		return nil, fmt.Errorf("target trial: %w", err)
	}
	o, err := o.withDefaults(p.Periods)
	if err != nil {
		return nil, fmt.Errorf("target trial: %w", err)
	}
	e, err := emulate(p, o)
	if err != nil {
		return nil, fmt.Errorf("target trial: %w", err)
	}
	main := newReplicate(e)
	result, err := describe(main)
	if err != nil {
		return nil, fmt.Errorf("target trial: %w", err)
	}
	draws, err := bootstrap(ctx, main)
	if err != nil {
		return nil, fmt.Errorf("target trial: %w", err)
	}
	result.addIntervals(draws, o.Level)
	result.Failed = o.Draws - len(draws)
	return result, nil
}
