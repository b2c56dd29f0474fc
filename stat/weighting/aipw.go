package weighting

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/regression"
)

// OutcomeModel says how the outcome is modelled in each arm.
type OutcomeModel int

// The models.
const (
	LinearOutcome   OutcomeModel = iota // least squares
	LogisticOutcome                     // for outcomes of 0 and 1: churned or not
)

// AIPWOptions choose the weights (Options) and the outcome model of AIPW.
type AIPWOptions struct {
	Options
	Outcome OutcomeModel
	// Folds > 1 cross-fits: score and models are fitted on the other folds and
	// used on the one left out. Clusters stay together. 0 or 1: all rows do
	// both, and the standard error counts the fits.
	Folds int
	Seed  uint64 // which row or cluster falls into which fold
}

// AIPW is augmented inverse probability weighting: an outcome model in each
// arm, and the weighted mean of what it misses. It is doubly robust: right if
// the score or the outcome models are right, not necessarily both.
//
// Without cross-fitting the standard error solves the stacked equations and
// holds when one of the two is wrong. With it, it is that of the influence
// function at the fits, which needs both to be near the truth.
//
// Errors: those of IPW; those of regression.OLS and Logistic for a model of an
// arm, naming arm and fold. AIPW panics as IPW does, and for negative Folds or
// Trim together with Folds > 1.
//
// Source: Robins, Rotnitzky and Zhao (1994), JASA 89:846-866; Bang and Robins
// (2005), Biometrics 61:962-973; cross-fitting, Chernozhukov and others (2018),
// Econometrics Journal 21:C1-C68.
func AIPW(s Sample, opt AIPWOptions, level float64) (*Effect, error) {
	if opt.Estimand == ATO || opt.Folds < 0 || (opt.Folds > 1 && opt.Trim.Rule != NoTrim) {
		panic(fmt.Sprintf("weighting: options out of range: %+v", opt))
	}
	opt.mustMake(level)
	run := augmented
	if opt.Folds > 1 {
		run = crossFitted
	}
	e, err := run(s, opt, level)
	if err != nil {
		return nil, fmt.Errorf("augmented inverse probability weighting: %w", err)
	}
	return e, nil
}

// augmented fits on all rows.
func augmented(s Sample, opt AIPWOptions, level float64) (*Effect, error) {
	p, err := prepare(s, opt.Options)
	if err != nil {
		return nil, err
	}
	return p.augment(opt, level, func(a bool) (*outcome, error) { return p.fitOutcome(a, nil, opt.Outcome) })
}

// augment adds an outcome model to the weighted means of both arms. The arm
// that is itself the target population needs none: its own mean is observed.
func (p *prepared) augment(opt AIPWOptions, level float64, model func(arm bool) (*outcome, error)) (*Effect, error) {
	treated, control, clipped, err := p.arms(opt.Options)
	if err != nil {
		return nil, err
	}
	for _, a := range []*arm{&treated, &control} {
		if opt.Estimand != ATE && a.treated == (opt.Estimand == ATT) {
			continue
		}
		if a.model, err = model(a.treated); err != nil {
			return nil, err
		}
	}
	e, err := p.kernel(opt.Options).effect(treated, control, level)
	if err != nil {
		return nil, err
	}
	return p.finish(e, opt.Options, clipped)
}

// Standardise models the outcome in each arm and averages both models over the
// target population (regression adjustment, g-computation). It leans on the
// model alone: where an arm has no units, it extrapolates without a warning.
//
// Errors: ErrNotFinite, ErrTooFew, ErrNoVariance, and those of regression.OLS
// and Logistic for the model of an arm. Standardise panics when lengths
// disagree, for the estimand ATO, or if level is outside (0, 1).
//
// Source: Robins (1986), Mathematical Modelling 7:1393-1512; Snowden, Rose and
// Mortimer (2011), American Journal of Epidemiology 173:731-738.
func Standardise(s Sample, of Estimand, model OutcomeModel, level float64) (*Effect, error) {
	stat.CheckLevel(level)
	if of < ATE || of > ATC {
		panic(fmt.Sprintf("weighting: Standardise has no %v", of))
	}
	e, err := standardise(s, of, model, level)
	if err != nil {
		return nil, fmt.Errorf("regression adjustment: %w", err)
	}
	return e, nil
}

func standardise(s Sample, of Estimand, model OutcomeModel, level float64) (*Effect, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	k := &kernel{Sample: s}
	k.target, k.whole = target(s.Treated, of)
	arms := [2]arm{{treated: true}, {}}
	for i := range arms {
		a := &arms[i]
		var err error
		if of != ATE && a.treated == (of == ATT) {
			a.weight = k.target
		} else if a.model, err = s.fitOutcome(a.treated, nil, model); err != nil {
			return nil, err
		}
	}
	e, err := k.effect(arms[0], arms[1], level)
	if err != nil {
		return nil, err
	}
	e.Estimand, e.Weights = of, nil
	return e, nil
}

// fitOutcome models the outcome in one arm, on the rows of train (nil: all),
// and predicts it for every row.
func (s Sample) fitOutcome(treated bool, train []bool, kind OutcomeModel) (*outcome, error) {
	in := make([]float64, len(s.Treated))
	for i, t := range s.Treated {
		if t == treated && (train == nil || train[i]) {
			in[i] = 1
		}
	}
	fit := s.linearOutcome
	if kind == LogisticOutcome {
		fit = s.logisticOutcome
	}
	o, err := fit(in)
	if err != nil {
		return nil, fmt.Errorf("outcome model of the %s: %w", armName(treated), err)
	}
	for i, m := range o.mean {
		if math.IsNaN(m) || math.IsInf(m, 0) {
			return nil, fmt.Errorf("outcome predicted for row %d: %w", i, stat.ErrNotFinite)
		}
	}
	return o, nil
}

func (s Sample) linearOutcome(in []float64) (*outcome, error) {
	qr, err := regression.NewSolver(s.Covariates, in)
	if err != nil {
		return nil, err
	}
	return &outcome{mean: linear(s.Covariates, qr.Coef(s.Outcome)), solve: scaled(qr, len(in))}, nil
}

func (s Sample) logisticOutcome(in []float64) (*outcome, error) {
	fit, err := regression.Logistic(s.Outcome, s.Covariates, in)
	if err != nil {
		return nil, err
	}
	o := &outcome{mean: linear(s.Covariates, fit.Coef), slope: make([]float64, len(in))}
	information := make([]float64, len(in))
	for i, eta := range o.mean {
		o.mean[i] = expit(eta)
		o.slope[i] = expit(eta) * expit(-eta)
		information[i] = in[i] * o.slope[i]
	}
	qr, err := regression.NewSolver(s.Covariates, information)
	if err != nil {
		return nil, err
	}
	o.solve = scaled(qr, len(in))
	return o, nil
}

// scaled is n·(X'VX)⁻¹.
func scaled(qr *regression.Solver, n int) func([]float64) []float64 {
	return func(by []float64) []float64 {
		out := qr.InverseGram(by)
		for j := range out {
			out[j] *= float64(n)
		}
		return out
	}
}

func armName(treated bool) string {
	if treated {
		return "treated"
	}
	return "controls"
}
