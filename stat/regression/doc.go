// Package regression fits linear and logistic models and gives their
// coefficients robust covariances.
//
// A design is a row-major matrix with the intercept, if any, as a column of its
// own: nothing is added, dropped or reordered behind the caller's back. A column
// that is a combination of the ones before it is an error that names it.
//
// Work and memory are linear in rows. Matrices of rows × rows are never formed.
//
// Neighbours: package did builds its nuisance models on this one. Fixed effects,
// instruments and counts are not here.
package regression
