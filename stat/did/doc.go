// Package did estimates what a treatment changed by difference-in-differences
// when units start at different times.
//
// GroupTime estimates ATT(g, t), the average effect in period t on the units that
// started in period g, by comparing the change in their outcome since before they
// started with the change among units that had not started (Callaway and
// Sant'Anna 2021, J. Econometrics 225:200-230). The cells are then averaged by
// event time, cohort or calendar period, never by a two-way fixed-effects
// regression, whose weights on early and late effects can be negative.
//
// What it assumes: parallel trends (without treatment, treated and controls with
// the same covariates would have changed alike), no anticipation beyond what
// Options.Anticipation says, treatment that stays once it has started, and units
// (or clusters) drawn independently. PreTrend and the cells before treatment
// probe the first; nothing proves it.
//
// Not for repeated cross-sections, where other units are seen each period.
// TwoByTwo is the plain comparison of two groups before and after one date.
package did
