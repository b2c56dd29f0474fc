// Package series estimates effects on one series, or few, from what came before:
// synthetic control, synthetic difference-in-differences, and interrupted time
// series.
//
// All of them ask what would have been after a date. Synthetic control and
// synthetic difference-in-differences take the answer from other units over the
// same periods, weighted so that they resemble the treated before; interrupted
// time series draw the line of the series itself onwards, and are the weakest,
// since anything else that began on that date is counted as the effect.
//
// A Panel is outcomes by unit and period, complete. An Interrupted is one series
// by time, which may have gaps. Nothing is filled, dropped or sorted unasked.
//
// Neighbours: package did for many treated units and starts, package trial for
// times to an event. Not here: forecasting, and choosing the date from the data.
package series
