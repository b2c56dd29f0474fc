// Package heterogeneity asks for whom an effect is larger.
//
// With estimates of a few segments: [Pool] (how much they really differ),
// [Shrink] (each segment's effect, drawn to the others as far as noise demands)
// and [Interaction] (do segments differ). With a randomised experiment, or one
// with known propensities, and covariates: [Fit] learns whom treatment helps
// (T- or DR-learner on a linear model or a tree) and [Validate] scores such a
// learner on people that it has not seen; from that come [Predictions.Groups],
// [Predictions.Calibration], [Predictions.Projection] and [Predictions.Uplift].
//
// The largest of several segment estimates is too large (the winner's curse):
// report shrunken ones. Average effects are estimated in other packages
// Trees here are single trees, not forests.
package heterogeneity
