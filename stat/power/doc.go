// Package power answers what an experiment can see before it is run, and how
// much more data an inconclusive one needs.
//
// Each design knows its own arithmetic: Means and Paired (t tests), Proportions
// and Arcsine, ANOVA, Events (log-rank and Cox), Clusters (accounts randomised
// whole) and Panel (several months before and after). Every design solves for
// any of the three unknowns: its method Power gives the power of n units, Size
// the n for an effect, Detectable the smallest effect that n units would find.
//
// Power is the chance of a significant result with the sign of the true effect,
// as R's power.t.test and power.prop.test count by default. Significant results
// of the wrong sign are no success; WrongSign gives their chance (R's pwr adds
// it to the power).
//
// Needed works for every method of the library: from the standard error that a
// study has, how many times as much data it would take.
//
// Sample sizes are not rounded: round up to whole units. Effects are those that
// would be worth having, never those just observed: power at the observed
// effect restates the p-value (Hoenig and Heisey, 2001, The American
// Statistician 55:19-24).
//
// Package experiment analyses what this package plans, and has the group-
// sequential designs with their inflation of the sample size.
package power
