package weighting

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/summary"
)

// Options choose whose effect is estimated and what is done about large
// weights. The zero value is the average effect, weighted means, nothing cut.
type Options struct {
	Estimand      Estimand // ATE, ATT or ATC
	Normalisation Normalisation
	// Trim leaves units out by their score, after which the score is fitted
	// again on those kept. The interval takes the rule's bounds as given.
	Trim Trim
	// Truncate moves scores below it up to it, and those above 1 − Truncate
	// down: all units stay, some bias is taken for less variance. 0: none.
	Truncate float64
	// CapQuantile cuts an arm's weights to this quantile (type 7) of them:
	// 0.99. The interval takes the cap as given. 0: none.
	CapQuantile float64
	// Stabilise multiplies an arm's weights by the arm's share of the sample.
	// The estimate does not change; the weights reported are near 1.
	Stabilise bool
}

// IPW compares the arms under inverse probability weights from a logistic
// propensity score: each unit counts for those like it in the target
// population. Treated and controls weigh h/e and h/(1−e) with h = 1 (ATE),
// e (ATT), 1−e (ATC).
//
// The standard error counts the estimation of the score.
//
// Errors: those of Propensity and Trim; ErrNotFinite; ErrTooFew with fewer
// than two units in an arm or two clusters; ErrNoVariance if the outcome does
// not vary. IPW panics when lengths disagree, options are out of range, or
// level is outside (0, 1).
//
// Source: Horvitz and Thompson (1952), JASA 47:663-685; Robins, Hernán and
// Brumback (2000), Epidemiology 11:550-560; Lunceford and Davidian (2004),
// Statistics in Medicine 23:2937-2960.
// Not where scores come near 0 or 1; see Overlap.
func IPW(s Sample, opt Options, level float64) (*Effect, error) {
	if opt.Estimand == ATO {
		panic("weighting: IPW has no ATO; see Overlap")
	}
	e, err := weighted(s, opt, level)
	if err != nil {
		return nil, fmt.Errorf("inverse probability weighting: %w", err)
	}
	return e, nil
}

// Overlap compares the arms under overlap weights, 1−e for the treated and e
// for controls: units count by how uncertain their treatment was. Weights are
// at most 1, the arms' covariate means agree exactly, and the variance is the
// smallest of all weightings when that of the outcome is even. The effect is
// that of the units in the overlap (ATO), not of everyone.
//
// Errors: those of IPW. Overlap panics when lengths disagree or level is
// outside (0, 1).
//
// Source: Li, Morgan and Zaslavsky (2018), JASA 113:390-400; Li, Thomas and Li
// (2019), American Journal of Epidemiology 188:250-257.
func Overlap(s Sample, level float64) (*Effect, error) {
	e, err := weighted(s, Options{Estimand: ATO}, level)
	if err != nil {
		return nil, fmt.Errorf("overlap weighting: %w", err)
	}
	return e, nil
}

// weighted is every estimator whose weights are a function of the score.
func weighted(s Sample, opt Options, level float64) (*Effect, error) {
	opt.mustMake(level)
	p, err := prepare(s, opt)
	if err != nil {
		return nil, err
	}
	treated, control, clipped, err := p.arms(opt)
	if err != nil {
		return nil, err
	}
	k := p.kernel(opt)
	e, err := k.effect(treated, control, level)
	if err != nil {
		return nil, err
	}
	return p.finish(e, opt, clipped)
}

func (o Options) mustMake(level float64) {
	stat.CheckLevel(level)
	if o.Truncate != 0 {
		mustBound(o.Truncate)
	}
	if o.CapQuantile < 0 || o.CapQuantile >= 1 || o.Estimand < ATE || o.Estimand > ATO ||
		o.Normalisation < Hajek || o.Normalisation > HorvitzThompson {
		panic(fmt.Sprintf("weighting: options out of range: %+v", o))
	}
}

// prepared is a sample after trimming, with its score.
type prepared struct {
	Sample
	score *Score
	kept  *Kept // nil: no trimming
	known bool  // the score was fitted on other rows
}

// prepare fits the score, trims, and fits it again on those kept.
func prepare(s Sample, opt Options) (*prepared, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	score, err := propensity(s.Treated, s.Covariates, nil)
	if err != nil || opt.Trim.Rule == NoTrim {
		return &prepared{Sample: s, score: score}, err
	}
	kept, err := score.Trim(opt.Trim)
	if err != nil {
		return nil, err
	}
	p := &prepared{Sample: s.only(kept.Keep), kept: &kept}
	if p.score, err = propensity(p.Treated, p.Covariates, nil); err != nil {
		return nil, fmt.Errorf("after trimming: %w", err)
	}
	return p, nil
}

func (p *prepared) kernel(opt Options) *kernel {
	k := &kernel{Sample: p.Sample, norm: opt.Normalisation, score: p.score}
	if p.known {
		k.score = nil
	}
	k.target, k.whole = target(p.Treated, opt.Estimand)
	return k
}

// arms gives each row of an arm its weight and the weight's derivative by the
// log odds, and counts the weights that were cut.
func (p *prepared) arms(opt Options) (treated, control arm, clipped Arm[int], err error) {
	n := len(p.Treated)
	w, slope := make([]float64, n), make([]float64, n)
	for i, t := range p.Treated {
		own := p.score.own(i)
		bounded := own
		if opt.Truncate > 0 {
			bounded = math.Min(math.Max(own, opt.Truncate), 1-opt.Truncate)
		}
		w[i], slope[i] = weight(t, bounded, p.score.other(i, own, bounded), opt.Estimand)
		if bounded != own {
			slope[i] = 0
			*clipped.of(t)++
		}
		if math.IsInf(w[i], 0) {
			return arm{}, arm{}, clipped, fmt.Errorf("weight of a unit with score %v: %w", p.score.E[i], stat.ErrNoOverlap)
		}
	}
	if opt.CapQuantile > 0 {
		if err := p.limit(w, slope, opt.CapQuantile, &clipped); err != nil {
			return arm{}, arm{}, clipped, err
		}
	}
	return arm{treated: true, weight: w, slope: slope}, arm{weight: w, slope: slope}, clipped, nil
}

// own is the probability of the arm that row i is in.
func (s *Score) own(i int) float64 {
	if s.treated[i] {
		return s.E[i]
	}
	return expit(-s.Logit[i])
}

// other is the probability of the other arm, without the rounding of 1 − own
// unless own was cut to a bound.
func (s *Score) other(i int, own, bounded float64) float64 {
	switch {
	case own != bounded:
		return 1 - bounded
	case s.treated[i]:
		return expit(-s.Logit[i])
	}
	return s.E[i]
}

// weight is h/own, and its derivative by the log odds of treatment, of a unit
// whose arm had probability own and the other arm other = 1 − own.
func weight(treated bool, own, other float64, of Estimand) (w, slope float64) {
	sign := -1.0 // higher odds of treatment make the treated weigh less
	if !treated {
		sign = 1
	}
	switch {
	case of == ATE:
		return 1 / own, sign * other / own
	case of == ATO:
		return other, sign * own * other
	case (of == ATT) == treated: // the arm is the target population
		return 1, 0
	}
	return other / own, sign * other / own
}

// limit cuts each arm's weights to a quantile of them.
func (p *prepared) limit(w, slope []float64, quantile float64, clipped *Arm[int]) error {
	for _, t := range []bool{true, false} {
		var of []float64
		for i, v := range w {
			if p.Treated[i] == t {
				of = append(of, v)
			}
		}
		most, err := summary.Quantile(of, quantile)
		if err != nil {
			return fmt.Errorf("weights: %w", err)
		}
		for i, v := range w {
			if p.Treated[i] == t && v > most {
				w[i], slope[i] = most, 0
				*clipped.of(t)++
			}
		}
	}
	return nil
}

// finish adds what the weights show and puts rows back in their places.
func (p *prepared) finish(e *Effect, opt Options, clipped Arm[int]) (*Effect, error) {
	e.Estimand, e.Clipped = opt.Estimand, clipped
	if opt.Stabilise {
		for i, t := range p.Treated {
			e.Weights[i] *= float64(*e.N.of(t)) / float64(len(p.Treated))
		}
	}
	if err := e.diagnose(p.Treated); err != nil {
		return nil, err
	}
	if p.kept != nil {
		e.Trimmed = p.kept.Trimmed
		e.expand(p.kept.Keep)
	}
	return e, nil
}
