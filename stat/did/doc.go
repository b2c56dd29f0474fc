// Package did estimates what a treatment changed by difference-in-differences: how far
// the treated moved since before they started, less how far others moved meanwhile.
//
// Which question is answered where:
//
//   - units that start at different times, followed over time: [Estimate], averaged by
//     [GroupTime.Simple], [GroupTime.Dynamic], [GroupTime.ByCohort], [GroupTime.ByPeriod];
//   - the same with other units in each period: [EstimateCrossSections];
//   - two groups, before and after one date: [TwoByTwo]; one treated unit: [RankTest];
//   - an event study by regression: [SunAbraham], with one start [TwoWayEventStudy];
//   - what the common two-way regression says, and why: [TwoWayFixedEffects], [Bacon];
//   - were trends parallel before: [GroupTime.PreTrend], [Aggregate.Joint], [PlaceboDate];
//   - what if they were not after: [Smoothness], [RelativeMagnitudes] and their breakdowns;
//   - does one wave make the result: [LeaveCohortsOut].
//
// ATT(g, t), the average effect in period t on the units that started in period g, is
// what all of them are about (Callaway and Sant'Anna 2021, J. Econometrics
// 225:200-230). Averages of it have positive weights that are named; those of a
// two-way regression can be negative when starts differ.
//
// What it assumes: parallel trends (without treatment, treated and controls with the
// same covariates would have changed alike), no anticipation beyond what
// Options.Anticipation says, treatment that stays once it has started, and units (or
// clusters) drawn independently. Checks before treatment probe the first; nothing
// proves it.
//
// Not here: treatments that end or come in doses; one treated unit with many periods,
// for which package series has synthetic control; effects on the time until an event,
// for which package survival and package trial are.
package did
