// Package weighting compares a treated arm with controls that differ from it
// beforehand, by giving units weights under which the arms look alike:
// inverse probability weights, overlap weights, entropy balancing, and their
// doubly robust relative, AIPW with cross-fitting. Propensity fits the score
// that the first two and the last rest on.
//
// Every estimate comes with the standard error of the whole procedure, the
// estimated score and outcome models included (stacked estimating equations),
// and beside it the one that takes the weights as given, named for what it is.
// Rows can be clustered.
//
// No method here mends a confounder that was not measured, and none helps
// where one arm has nobody to compare with. Package balance says whether the
// weights did their work, package matching compares pairs instead, package
// trial follows starts over calendar time and package sensitivity asks how
// strong a hidden confounder must be.
package weighting
