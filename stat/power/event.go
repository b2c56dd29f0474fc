package power

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
)

// Events compares the time to an event (churn) between two arms by the log-rank
// test or a Cox model: n is the number of events in both arms together, effect
// the logarithm of the hazard ratio. Subjects without the event add no power;
// Accrual says how many subjects give so many events.
type Events struct {
	Treated float64 // share of subjects in the treated arm, in (0, 1); 0: a half
}

// Power is Schoenfeld's approximation, good for hazard ratios between about a
// third and three.
//
// Errors: ErrInvalid for an impossible share, ErrTooFew for n < 0, ErrNotFinite.
// Power panics if level is outside (0, 1).
//
// Source: Schoenfeld (1983), Biometrics 39:499-503.
func (e Events) Power(n, effect, level float64) (float64, error) {
	stat.CheckLevel(level)
	if err := finite("events", n, "log hazard ratio", effect); err != nil {
		return 0, err
	}
	share, err := half(e.Treated)
	if err != nil {
		return 0, err
	}
	if n < 0 {
		return 0, fmt.Errorf("%g events: %w", n, stat.ErrTooFew)
	}
	return normalUpper(stat.Critical(level) - math.Abs(effect)*math.Sqrt(n*share*(1-share))), nil
}

func (e Events) span() (least, greatest float64) { return 0, math.Inf(1) }

// half is the share of the treated arm, a half where none is given.
func half(share float64) (float64, error) {
	if share == 0 {
		return 0.5, nil
	}
	if !(share > 0 && share < 1) {
		return 0, fmt.Errorf("share %v of the treated arm: %w", share, stat.ErrInvalid)
	}
	return share, nil
}

// Accrual describes how subjects come into a study of time to event: evenly
// over Months, each then followed to the end of the study, with constant
// hazards. All hazards are per month, all times in months.
type Accrual struct {
	ControlHazard float64 // events per month at risk without treatment: about the monthly churn
	LogRatio      float64 // log hazard ratio of treatment
	Treated       float64 // share in the treated arm; 0: a half
	Months        float64 // how long subjects come in; 0: all on the first day
	FollowUp      float64 // months from the last entry to the end
	Dropout       float64 // hazard of being lost, the same in both arms
}

// Share is the share of subjects, in (0, 1), whose event will be seen.
//
// Errors: ErrInvalid unless hazard and total time are positive and the rest is
// not negative; ErrNotFinite.
//
// Source: Schoenfeld (1983), Biometrics 39:499-503; with loss, Lachin and
// Foulkes (1986), Biometrics 42:507-519.
func (a Accrual) Share() (float64, error) {
	if err := finite("hazard", a.ControlHazard, "log hazard ratio", a.LogRatio, "months of accrual", a.Months, "months of follow-up", a.FollowUp, "hazard of loss", a.Dropout); err != nil {
		return 0, err
	}
	treated, err := half(a.Treated)
	if err != nil {
		return 0, err
	}
	if a.ControlHazard <= 0 || a.Dropout < 0 || a.Months < 0 || a.FollowUp < 0 || a.Months+a.FollowUp == 0 {
		return 0, fmt.Errorf("hazards %g and %g over %g and %g months: %w", a.ControlHazard, a.Dropout, a.Months, a.FollowUp, stat.ErrInvalid)
	}
	share := treated*a.seen(a.ControlHazard*math.Exp(a.LogRatio)) + (1-treated)*a.seen(a.ControlHazard)
	if !(share > 0) || math.IsInf(share, 0) {
		return 0, fmt.Errorf("hazard %g with log ratio %g: %w", a.ControlHazard, a.LogRatio, stat.ErrInvalid)
	}
	return share, nil
}

// seen is the share of one arm's subjects whose event is seen: the chance to
// leave by the end, averaged over entry, times the part of leaving that is the
// event.
func (a Accrual) seen(hazard float64) float64 {
	total := hazard + a.Dropout
	if math.IsInf(total, 0) {
		return math.NaN()
	}
	left := -math.Expm1(-total * a.FollowUp)
	if x := total * a.Months; x > 0 {
		left = 1 - math.Exp(-total*a.FollowUp)*(-math.Expm1(-x)/x)
		if total*(a.FollowUp+a.Months) < 1e-4 { // the difference of near equals, by its series
			left = total*(a.FollowUp+a.Months/2) - total*total*(a.FollowUp*a.FollowUp+a.FollowUp*a.Months+a.Months*a.Months/3)/2
		}
	}
	return left * hazard / total
}

// Subjects is how many subjects, of both arms together and not rounded, give
// the number of events.
//
// Errors: those of Share; ErrInvalid unless events are positive.
func (a Accrual) Subjects(events float64) (float64, error) {
	share, err := a.Share()
	if err != nil {
		return 0, err
	}
	if n := events / share; events > 0 && !math.IsInf(n, 0) {
		return n, nil
	}
	return 0, fmt.Errorf("%v events of a share of %g: %w", events, share, stat.ErrInvalid)
}
