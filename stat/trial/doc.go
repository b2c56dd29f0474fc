// Package trial estimates what a treatment that units choose to take does to
// the time until an event, by emulating a sequence of trials, one for each
// calendar period in which somebody started (Hernán & Robins 2016, American
// Journal of Epidemiology 183:758-764; Danaei et al. 2013, Statistical Methods
// in Medical Research 22:70-96).
//
// # The contract
//
// Time is counted in whole periods (months). Trial m asks: among units that
// could have started in m, what happened to those that did and to those that
// did not?
//
//   - Eligible for trial m is a unit that is present, event-free and untreated
//     at the end of period m−1, and has been a unit for MinTenure periods by then.
//   - Its arm is "treated" if it became treated during m, else "control".
//   - Both arms must still be present and event-free at the end of m. That
//     instant is time zero, for both. Without this rule the treated would be
//     survivors of m and the controls not.
//   - Follow-up is m+1 … m+Horizon, ended by the event or by the end of
//     observation. Nothing before time zero counts, neither as outcome nor as
//     time at risk.
//   - Covariates are those known at the end of m−1.
//
// A unit that stays untreated takes part in many trials, once as treated at
// most. Intervals come from a bootstrap of whole units (or clusters of them)
// that refits every model in every draw.
//
// # What is estimated
//
// Unit-trials are weighted by the inverse probability of the arm they are in,
// given period and covariates, so that both arms resemble all eligible
// unit-trials (or the treated ones, see Target). The numerator of the weight
// is the overall share of the arm, not its share in the period: otherwise the
// treated arm would over-represent the periods in which many were treated, and
// a season would pass for an effect. The weighted hazards of each follow-up
// period are pooled over trials and multiplied to curves.
//
// This removes what the covariates and the calendar explain. It does not
// remove what nobody recorded.
//
// # What may serve as a placebo
//
// A shifted start is no placebo for an event that ends a unit's presence
// (churn): units treated in g were, by construction, event-free until g, so
// giving them a pretended start before g makes them immortal until g and
// always shows a "benefit"; and requiring the same survival of the controls
// leaves no event to compare. Valid are:
//
//   - Another event that the treatment cannot touch but that the same units
//     are prone to (negative-control outcome): same Panel, other Exit and Event.
//   - Another treatment of the same kind without the content (negative-control
//     exposure): same Panel, other Treated.
//   - A window in which the treatment cannot have acted yet, such as the notice
//     period of a contract: Result.RiskDifferences at those periods should be
//     compatible with 0.
//   - For events that do not end presence (first use, first ticket): the time
//     before the start, with Options.Lead = k. The arms, covariates and weights
//     are those of starting in m+k, both arms are present at the end of m+k
//     (Panel.Remained tells), and the follow-up m+1 … m+k−1 lies before the
//     start. If covariates and calendar explain who starts, the difference is 0;
//     if something unrecorded drives both start and event, it usually is not.
//     With an event that ends presence the same option leaves no event, and Run
//     says so.
package trial
