// Package sensitivity asks how wrong the assumptions behind an estimate would
// have to be to overturn it.
//
// Three answers to the same worry, a cause of treatment and outcome that was
// not measured:
//
//   - [Of], [OfSMD]: the E-value, for any ratio effect with an interval.
//   - [MatchedPairs], [MatchedYesNo]: Rosenbaum's bounds, for matched pairs.
//   - [Coefficient]: Cinelli and Hazlett's robustness value, for a coefficient
//     of a linear regression, with measured covariates as the yardstick.
//
// [Placebos] judges estimates that should be zero, [LeaveOneOut] estimates
// that should not hang on one unit. None of these changes an estimate or finds
// a confounder: they say what it would take. Bounds on violated trends belong
// to package did, balance on measured covariates to package balance.
package sensitivity
