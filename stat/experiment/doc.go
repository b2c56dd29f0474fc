// Package experiment analyses randomised experiments: half of the accounts are
// offered a course, the rest are not, and the difference is the course's doing.
//
// Before anything else, SampleRatio asks whether the arms are as large as
// planned; if not, no number below can be trusted. Then:
//
//   - CompareMeans and CompareShares: arms as assigned (intention to treat).
//   - CUPED, ANCOVA, Lin, Stratified: the same question with a narrower interval,
//     from what was known before. MatchedPairs for units randomised in pairs.
//   - ClusterRandomised, ClusterMeans, PairedClusters: whole accounts were
//     assigned; ICC and DesignEffect say what that costs.
//   - CACE: the effect on those who took the course because they were offered
//     it; PopulationBounds for everybody. LeeBounds when outcomes are missing.
//   - ConfidenceSequence, BoundedSequence, MSPRT: results that may be watched while data arrive.
//     SpendAlpha and WangTsiatis: a fixed number of looks.
//   - BayesShares, BayesNormal: chance to be better, expected loss.
//
// Most functions take sufficient statistics (counts, means, variances), which a
// database can compute. Arms are treated and control; effects are treated less
// control.
//
// Neighbours: package power plans experiments, multiple corrects for many KPIs,
// balance shows whether randomisation balanced the covariates, regression has
// the models beneath. Comparisons without randomisation are not here.
package experiment
