// Package matching compares each treated unit with controls like it: nearest
// neighbours on a propensity score or in Mahalanobis distance, classes of the
// score, and risk sets for treatments that start at different times.
//
// Matching is easy to explain and easy to misuse. On one data set the answer
// moves with the order of the search, with ties, the caliper and whether
// controls are used again; every result here therefore counts ties, units
// without a match and controls used more than once. It is one estimate among
// several and never the product's default: package weighting uses all units
// and has no such choices.
//
// The effect is always that of the matched treated units (ATT). Exchange the
// arms for the effect on controls. Package balance says whether the matched
// arms are alike; give it Matched.Weights.
package matching
