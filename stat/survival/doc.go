// Package survival answers questions about the time until an event when some
// units have not had it yet: how many are still event-free (Kaplan–Meier,
// Nelson–Aalen), how long until half have had it, how many event-free months
// one group enjoys more than another (restricted mean), whether groups differ
// at all (log-rank), and what a covariate, which may change over time, does to
// the rate (Cox).
//
// It does not decide when a unit's clock starts: giving the treated a clock
// that runs before their treatment is the classic error (immortal time). Use
// (start, stop] rows with a covariate that switches at treatment, or the
// sequential trials of stat/trial.
//
// A row is at risk on (start, stop]: it counts at time t when start < t <= stop.
// A unit that is censored at the time of another's event was still at risk for
// it. Times that should be tied must be equal as float64; months or days are,
// differences of clock readings may not be.
package survival
