// Package multiple corrects for many questions asked of the same data: twenty
// KPIs, ten segments, five courses. Of twenty tests of nothing, one comes out
// below 0.05 on average.
//
// Bonferroni, Holm and Hochberg bound the chance of even one false alarm (the
// family-wise error rate). Benjamini–Hochberg and Benjamini–Yekutieli bound the
// share of false alarms among the alarms (the false discovery rate), which
// suits a screen of many segments. Every function returns adjusted p-values in
// the order of the input: reject where they are at most the error rate that you
// accept. Simultaneous and Selected give the intervals to go with them.
//
// It does not look at correlations between tests, does not choose the family
// (write that down before the data), and does not correct for looking again
// while data arrive: package experiment has sequential methods.
package multiple
