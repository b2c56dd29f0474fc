package learning

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/liftmark/liftmark/stat"
)

// Model is a logistic model of an answer: a person of ability θ, standard
// normal over people, answers right with probability 1/(1+exp(-(aθ+d))).
type Model int

// The models, by what they let the slope a be.
const (
	OnePL Model = iota // one slope for all items: equally good at telling people apart
	TwoPL              // a slope for each item
	Rasch              // slope 1: abilities of standard deviation 1 logit, assumed
)

// IRTItem is a question on the scale of ability, with Wald intervals.
type IRTItem struct {
	// Difficulty, -d/a, is the ability at which half answer right, in standard
	// deviations of ability above the mean.
	Difficulty stat.Estimate
	// Discrimination, a, is the slope in log odds per standard deviation of
	// ability. Under Rasch it is 1 by definition and has no interval (Level 0).
	Discrimination stat.Estimate
	Intercept      stat.Estimate // d, the log odds at mean ability
}

// IRT is a fitted model.
type IRT struct {
	Model      Model
	Items      []IRTItem
	LogLik     float64
	AIC, BIC   float64
	Persons    int // people with at least one answer
	Empty      int // people without any, who take no part
	Parameters int
	Iterations int // EM steps and Newton steps

	slope, intercept []float64
	level            float64
}

// FitIRT fits a model by marginal maximum likelihood: ability is integrated out
// over 121 nodes from -8 to 8, EM steps lead to the neighbourhood and Newton
// steps with the observed information to the maximum. Standard errors are of
// the observed information. Missing answers are ignorable: whether an item was
// answered may depend on other answers, not on this one. Work is linear in
// distinct rows of marks; all processors are used, and the result does not
// depend on how many.
//
// Errors: ErrTooFew unless there are more people than parameters, and two items
// (three for TwoPL); ErrNoVariance naming an item that all or nobody answered
// right; ErrInvalid naming an unknown mark; ErrNoConvergence, naming the item,
// when a slope or intercept grows without bound, or when answers do not hang
// together at all; the context's error. FitIRT panics if level is outside (0, 1).
//
// Source: Bock and Aitkin (1981), Psychometrika 46:443-459; Louis (1982),
// JRSS B 44:226-233.
// Not for guessing (multiple choice of few options) or tests of several
// dimensions; slopes below 0 mean a wrong key.
func FitIRT(ctx context.Context, a Answers, model Model, level float64) (*IRT, error) {
	stat.CheckLevel(level)
	if err := a.check(true); err != nil {
		return nil, err
	}
	m := &marginal{model: model, items: a.Items}
	m.theta, m.logWeight = grid()
	m.patterns, m.persons = distinct(a)
	if err := m.checkSize(a); err != nil {
		return nil, err
	}
	m.start()
	if err := m.maximise(ctx); err != nil {
		return nil, err
	}
	return m.result(a, level)
}

// pattern is a row of marks and how many people gave it.
type pattern struct {
	marks []int8
	count float64
}

// distinct groups equal rows, in order of first appearance, without the empty.
func distinct(a Answers) (patterns []pattern, persons int) {
	index := make(map[string]int)
	key := make([]byte, a.Items)
	for p := range a.Persons {
		row, empty := a.Row(p), true
		for i, m := range row {
			key[i] = byte(m + 1)
			empty = empty && m == Missing
		}
		if empty {
			continue
		}
		persons++
		k, ok := index[string(key)]
		if !ok {
			k = len(patterns)
			index[string(key)] = k
			patterns = append(patterns, pattern{marks: row})
		}
		patterns[k].count++
	}
	return patterns, persons
}

// marginal is a likelihood with ability integrated out, and where the search
// for its maximum is.
type marginal struct {
	model            Model
	items            int
	theta, logWeight []float64
	patterns         []pattern
	persons          int
	slope, intercept []float64
	loglik           float64
	cov              *mat.SymDense // of the free parameters
	iterations       int
}

func (m *marginal) parameters() int {
	return map[Model]int{Rasch: m.items, OnePL: m.items + 1, TwoPL: 2 * m.items}[m.model]
}

func (m *marginal) checkSize(a Answers) error {
	least := 2
	if m.model == TwoPL {
		least = 3
	}
	if m.items < least || m.persons <= m.parameters() {
		return fmt.Errorf("%d persons and %d items for %d parameters: %w", m.persons, m.items, m.parameters(), stat.ErrTooFew)
	}
	for i := range m.items {
		right, wrong := a.tally(i)
		if right == 0 || wrong == 0 {
			return fmt.Errorf("item %d: %d right and %d wrong answers, its difficulty is unbounded: %w", i, right, wrong, stat.ErrNoVariance)
		}
	}
	return nil
}

// tally counts the right and wrong answers to item i.
func (a Answers) tally(i int) (right, wrong int) {
	for p := range a.Persons {
		switch a.At(p, i) {
		case Right:
			right++
		case Wrong:
			wrong++
		}
	}
	return right, wrong
}

// start sets slopes to 1 and intercepts to the log odds of a right answer.
func (m *marginal) start() {
	m.slope, m.intercept = make([]float64, m.items), make([]float64, m.items)
	for i := range m.items {
		right, all := 0.0, 0.0
		for _, p := range m.patterns {
			if p.marks[i] != Missing {
				right += p.count * float64(p.marks[i])
				all += p.count
			}
		}
		m.slope[i], m.intercept[i] = 1, 1.2*math.Log(right/(all-right))
	}
}

// result turns the maximum into items with standard errors.
func (m *marginal) result(a Answers, level float64) (*IRT, error) {
	k := float64(m.parameters())
	fit := &IRT{
		Model: m.model, LogLik: m.loglik, AIC: 2*k - 2*m.loglik, BIC: k*math.Log(float64(m.persons)) - 2*m.loglik,
		Persons: m.persons, Empty: a.Persons - m.persons, Parameters: m.parameters(), Iterations: m.iterations,
		slope: m.slope, intercept: m.intercept, level: level,
	}
	for i := range m.items {
		item := IRTItem{Intercept: stat.Normal(m.intercept[i], math.Sqrt(m.cov.At(i, i)), level).Estimate}
		s, d := m.slope[i], m.intercept[i]
		if s == 0 {
			return nil, fmt.Errorf("item %d has the slope 0 and so no difficulty: %w", i, stat.ErrNoConvergence)
		}
		variance := m.cov.At(i, i) / (s * s)
		item.Discrimination.Value = s
		if j := m.slopeIndex(i); j >= 0 {
			item.Discrimination = stat.Normal(s, math.Sqrt(m.cov.At(j, j)), level).Estimate
			variance += d*d/(s*s*s*s)*m.cov.At(j, j) - 2*d/(s*s*s)*m.cov.At(i, j)
		}
		if !(variance > 0) || math.IsInf(variance, 1) {
			return nil, fmt.Errorf("variance %v of the difficulty of item %d: %w", variance, i, stat.ErrNoConvergence)
		}
		item.Difficulty = stat.Normal(-d/s, math.Sqrt(variance), level).Estimate
		fit.Items = append(fit.Items, item)
	}
	return fit, nil
}

// slopeIndex is where item i's slope is among the free parameters, -1 if fixed.
func (m *marginal) slopeIndex(i int) int {
	switch m.model {
	case OnePL:
		return m.items
	case TwoPL:
		return m.items + i
	}
	return -1
}
