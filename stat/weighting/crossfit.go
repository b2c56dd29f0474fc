package weighting

import (
	"fmt"
	"math/rand/v2"

	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/resample"
)

// crossFitted fits score and outcome models on the rows outside each fold and
// predicts them within it, so that no row's prediction has seen its outcome.
func crossFitted(s Sample, opt AIPWOptions, level float64) (*Effect, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	fold, err := folds(s, opt.Folds, opt.Seed)
	if err != nil {
		return nil, err
	}
	n := len(s.Treated)
	score := &Score{E: make([]float64, n), Logit: make([]float64, n), treated: s.Treated}
	models := map[bool]*outcome{}
	for f := range opt.Folds {
		if err := predictFold(s, opt, fold, f, score, models); err != nil {
			return nil, fmt.Errorf("without fold %d of %d: %w", f+1, opt.Folds, err)
		}
	}
	p := &prepared{Sample: s, score: score, known: true}
	return p.augment(opt, level, func(arm bool) (*outcome, error) { return models[arm], nil })
}

// predictFold fits on the rows outside fold f and writes the predictions
// within it.
func predictFold(s Sample, opt AIPWOptions, fold []int, f int, score *Score, models map[bool]*outcome) error {
	train, weights := make([]bool, len(fold)), make([]float64, len(fold))
	for i, g := range fold {
		if train[i] = g != f; train[i] {
			weights[i] = 1
		}
	}
	fitted, err := propensity(s.Treated, s.Covariates, weights)
	if err != nil {
		return err
	}
	for i, g := range fold {
		if g == f {
			score.E[i], score.Logit[i] = fitted.E[i], fitted.Logit[i]
		}
	}
	for _, a := range []bool{true, false} {
		if opt.Estimand != ATE && a == (opt.Estimand == ATT) {
			continue
		}
		model, err := s.fitOutcome(a, train, opt.Outcome)
		if err != nil {
			return err
		}
		if models[a] == nil {
			models[a] = &outcome{mean: make([]float64, len(fold))}
		}
		for i, g := range fold {
			if g == f {
				models[a].mean[i] = model.mean[i]
			}
		}
	}
	return nil
}

// folds deals rows, or clusters, out to k folds at random. Without clusters
// each arm is dealt by itself, so that folds hold both in the same shares.
func folds(s Sample, k int, seed uint64) ([]int, error) {
	n := len(s.Treated)
	rng := rand.New(resample.Stream(resample.Child(seed, "weighting/folds"), 0))
	fold := make([]int, n)
	if s.Cluster != nil {
		index, groups := numbered(s.Cluster)
		if groups < k {
			return nil, fmt.Errorf("%d clusters for %d folds: %w", groups, k, stat.ErrTooFew)
		}
		of := rng.Perm(groups)
		for i, g := range index {
			fold[i] = of[g] % k
		}
		return fold, nil
	}
	if m := count(s.Treated, nil); m.Treated < k || m.Control < k {
		return nil, fmt.Errorf("%d treated and %d controls for %d folds: %w", m.Treated, m.Control, k, stat.ErrTooFew)
	}
	var dealt Arm[int]
	for _, i := range rng.Perm(n) {
		next := dealt.of(s.Treated[i])
		fold[i] = *next % k
		*next++
	}
	return fold, nil
}
