// Package regression fits linear, logistic and Poisson models, models with fixed
// effects and models with instruments, and says how sure their coefficients are.
//
//	OLS, WLS          least squares                       docs/method/ols.md
//	Logistic          yes or no; standardised risks       docs/method/logistic.md
//	Poisson           counts and rates                    docs/method/poisson.md
//	FixedEffects      accounts and months absorbed        docs/method/fixed_effects.md
//	FirstDifferences  changes between periods
//	Instrumented      two-stage least squares             docs/method/instrumental_variables.md
//
// Every fit has the covariances HC (rows that vary differently), Clustered and
// TwoWay (rows that depend on each other) and NeweyWest (rows in order of time),
// which Coefficients turns into intervals and tests, and Wald into a test of
// several restrictions. With few clusters see ClusterTest, ClusterWald and
// WildCluster; Support says on how many clusters a coefficient rests, and those
// tests refuse it when there are too few.
//
// A design is a row-major matrix with the intercept, if any, as a column of its
// own: nothing is added, dropped or reordered behind the caller's back. A column
// that is a combination of the ones before it is an error that names it. Rows
// that fixed effects leave out are listed in the fit.
//
// Work and memory are linear in rows, in parallel where there are many; matrices
// of rows × rows are never formed. Equal inputs give equal bytes, whatever the
// number of processors.
//
// Neighbours: package did has effects that differ between cohorts, which two-way
// fixed effects confuse; package resample has bootstraps of any statistic.
// Penalised regression and random effects are not here.
package regression
