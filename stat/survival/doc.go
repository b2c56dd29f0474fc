// Package survival answers questions about the time until an event when some
// units have not had it yet: how many are still event-free (KaplanMeier, with
// Nelson–Aalen hazards and medians; RobustKaplanMeier for weights and
// clusters), how many event-free months one group enjoys more than another
// (RMSTDifference), whether groups differ at all (LogRank), what share is lost
// for each of several reasons (AalenJohansen, Gray), and what a covariate,
// which may change over time, does to the rate (Cox, with predicted curves, a
// test of proportional hazards and concordance).
//
// It does not decide when a unit's clock starts: giving the treated a clock
// that runs before their treatment is the classic error (immortal time). Use
// (start, stop] rows with a covariate that switches at treatment, or the
// sequential trials of stat/trial. It has no exact partial likelihood for ties,
// no frailties and no parametric models.
//
// A row is at risk on (start, stop]: it counts at time t when start < t <= stop.
// A unit that is censored at the time of another's event was still at risk for
// it. Times that should be tied must be equal as float64; months or days are,
// differences of clock readings may not be.
//
// Curves and tests of whole times, such as days, are counted in one pass over
// the rows; other times are sorted by their digits.
package survival
