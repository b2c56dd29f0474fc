package survival

import (
	"context"
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
	"gonum.org/v1/gonum/mat"
)

// Ties is how events at the same time share their risk set.
type Ties int

// Tie methods. The zero value is the default.
const (
	Efron   Ties = iota // accurate under heavy ties (months)
	Breslow             // cheaper, biased towards 0 under heavy ties
)

// CoxData are spells with covariates that are constant within a spell. A
// covariate that changes (training) splits a unit's time into spells.
type CoxData struct {
	Data
	Names []string  // one per covariate
	X     []float64 // row-major: covariate j of row i is X[i*len(Names)+j]
	// Strata labels rows whose baseline hazards may differ. Nil: one stratum.
	Strata []int
	// Cluster labels rows that belong together (the spells of an account, the
	// people of one). Not nil: standard errors are cluster-robust.
	Cluster []int
}

// CoxOptions are the choices of a fit. The zero value is usable.
type CoxOptions struct {
	Ties    Ties
	Level   float64 // coverage of the intervals; 0 means 0.95
	MaxIter int     // Newton steps; 0 means 30
}

// CoxTerm is one covariate's effect on the log hazard, per unit of it.
type CoxTerm struct {
	Name        string
	Coef        float64
	SE          float64 // cluster-robust if the data had clusters
	ModelSE     float64 // from the information matrix
	Z, P        float64 // of Coef against 0, with SE
	HazardRatio float64
	Interval    stat.Interval // of HazardRatio
}

// ChiSqTest is a test whose statistic has a χ² distribution.
type ChiSqTest struct {
	ChiSq float64
	DF    int
	P     float64
}

// CoxFit is a fitted proportional hazards model.
type CoxFit struct {
	Terms              []CoxTerm
	Cov                *mat.SymDense // of the coefficients, robust if clustered
	ModelCov           *mat.SymDense // inverse information
	N, Events          int           // rows, rows with an event
	Clusters           int           // 0 without clusters
	LogLikNull, LogLik float64       // partial log-likelihoods
	LikelihoodRatio    ChiSqTest     // all coefficients 0; assumes independent rows
	Wald               ChiSqTest     // all coefficients 0, with Cov
	Score              ChiSqTest     // all coefficients 0; assumes independent rows
	Iterations         int
	risk               *riskSets
	beta               []float64 // coefficients of the standardised covariates
}

// Cox fits a proportional hazards model by maximum partial likelihood. Hazard
// ratios that fade or grow with time make its coefficient a weighted average:
// see ProportionalHazards.
//
// Errors name the column or row: ErrNotFinite and ErrInvalid for values that
// cannot be; ErrTooFew without events, with fewer events than covariates, or
// with no more clusters than covariates; ErrNoVariance for a constant column; ErrCollinear;
// ErrSeparation when a covariate orders the events perfectly, so that its
// coefficient is infinite; ErrNoConvergence. It panics on slices of unequal
// length and a Level outside (0, 1).
//
// Time grows as n log n once and n p² per Newton step.
//
// Sources: Cox (1972), JRSS B 34:187-220; Efron (1977), JASA 72:557-565;
// Breslow (1974); Lin & Wei (1989), JASA 84:1074-1078, for robust variance.
func Cox(d CoxData, opt CoxOptions) (*CoxFit, error) {
	return CoxContext(context.Background(), d, opt)
}

// CoxContext is Cox for millions of rows: a cancelled ctx ends it between
// Newton steps with ctx.Err().
func CoxContext(ctx context.Context, d CoxData, opt CoxOptions) (*CoxFit, error) {
	if opt.Level == 0 {
		opt.Level = 0.95
	}
	if opt.MaxIter == 0 {
		opt.MaxIter = 30
	}
	z := stat.Critical(opt.Level)
	if err := d.check(); err != nil {
		return nil, fmt.Errorf("cox model: %w", err)
	}
	risk, err := newRiskSets(d, opt.Ties)
	if err != nil {
		return nil, fmt.Errorf("cox model: %w", err)
	}
	fit := &CoxFit{N: len(d.Stop), risk: risk}
	for _, e := range d.Event {
		if e {
			fit.Events++
		}
	}
	if err := fit.maximise(ctx, opt.MaxIter); err != nil {
		return nil, fmt.Errorf("cox model: %w", err)
	}
	if d.Cluster != nil {
		if err := fit.clusterRobust(d.Cluster); err != nil {
			return nil, fmt.Errorf("cox model: %w", err)
		}
	}
	if err := fit.describe(opt.Level, z); err != nil {
		return nil, fmt.Errorf("cox model: %w", err)
	}
	return fit, nil
}

// check extends Data.check to covariates and labels.
func (d CoxData) check() error {
	if err := d.Data.check(); err != nil {
		return err
	}
	n, p := len(d.Stop), len(d.Names)
	if p == 0 {
		panic("survival: cox model without covariates")
	}
	sameLength("X / len(Names)", len(d.X), n*p)
	if d.Strata != nil {
		sameLength("Strata", len(d.Strata), n)
	}
	if d.Cluster != nil {
		sameLength("Cluster", len(d.Cluster), n)
	}
	for k, v := range d.X {
		if !finite(v) {
			return fmt.Errorf("%s in row %d is %v: %w", d.Names[k%p], k/p, v, stat.ErrNotFinite)
		}
	}
	events := 0
	for _, e := range d.Event {
		if e {
			events++
		}
	}
	if events < p || events == 0 {
		return fmt.Errorf("%d events for %d covariates: %w", events, p, stat.ErrTooFew)
	}
	return nil
}

// describe fills the terms and the Wald test from beta, Cov and ModelCov.
func (f *CoxFit) describe(level, z float64) error {
	coef := mat.NewVecDense(len(f.beta), nil)
	for j, name := range f.risk.names {
		b := f.beta[j] / f.risk.scale[j]
		se := math.Sqrt(f.Cov.At(j, j))
		coef.SetVec(j, b)
		f.Terms = append(f.Terms, CoxTerm{
			Name: name, Coef: b, SE: se, ModelSE: math.Sqrt(f.ModelCov.At(j, j)),
			Z: b / se, P: stat.NormalP(b / se), HazardRatio: math.Exp(b),
			Interval: stat.Interval{Low: math.Exp(b - z*se), High: math.Exp(b + z*se), Level: level},
		})
	}
	var chol mat.Cholesky
	if !chol.Factorize(f.Cov) {
		return fmt.Errorf("covariance of the coefficients: %w", stat.ErrCollinear)
	}
	f.Wald = newChiSqTest(quadratic(&chol, coef), len(f.beta))
	return nil
}

func newChiSqTest(x float64, df int) ChiSqTest {
	return ChiSqTest{ChiSq: x, DF: df, P: chiSquareTail(x, df)}
}
