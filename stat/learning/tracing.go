package learning

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
)

// Tracing is a model of how people come to know one skill: known or not known,
// learnt at any opportunity with the same chance and never forgotten. All are
// probabilities.
//
// Source: Corbett and Anderson (1995), User Modeling and User-Adapted
// Interaction 4:253-278.
type Tracing struct {
	Prior float64 // known before the first answer
	Learn float64 // becomes known after an answer, if it was not
	Guess float64 // right answer though not known
	Slip  float64 // wrong answer though known
}

// Step is one answer of a person, as the model sees it.
type Step struct {
	Right   bool
	Known   float64 // probability that the skill was known before the answer
	Correct float64 // probability of a right answer, predicted before it
	After   float64 // probability that it was known, given the answer
	Next    float64 // probability that it is known at the next opportunity
}

func (t Tracing) check() error {
	for _, p := range []struct {
		name  string
		value float64
	}{{"prior", t.Prior}, {"learn", t.Learn}, {"guess", t.Guess}, {"slip", t.Slip}} {
		if math.IsNaN(p.value) {
			return fmt.Errorf("%s is not a number: %w", p.name, stat.ErrNotFinite)
		}
		if p.value < 0 || p.value > 1 {
			return fmt.Errorf("%s is %v, not a probability: %w", p.name, p.value, stat.ErrInvalid)
		}
	}
	return nil
}

// Trace follows one person's answers in order; marks are Right and Wrong.
//
// Errors: ErrInvalid naming a parameter or a mark out of its domain, or an
// answer that the model holds to be impossible; ErrNotFinite.
func (t Tracing) Trace(answers []int8) ([]Step, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	steps := make([]Step, len(answers))
	known := t.Prior
	for i, m := range answers {
		if m != Right && m != Wrong {
			return nil, fmt.Errorf("mark of answer %d is %d: %w", i, m, stat.ErrInvalid)
		}
		s := Step{Right: m == Right, Known: known, Correct: known*(1-t.Slip) + (1-known)*t.Guess}
		chance, joint := s.Correct, known*(1-t.Slip)
		if m == Wrong {
			chance, joint = known*t.Slip+(1-known)*(1-t.Guess), known*t.Slip
		}
		if !(chance > 0) {
			return nil, fmt.Errorf("answer %d cannot occur under the model: %w", i, stat.ErrInvalid)
		}
		s.After = joint / chance
		s.Next = s.After + (1-s.After)*t.Learn
		steps[i], known = s, s.Next
	}
	return steps, nil
}

// Predict gives the probability that the skill is known after the answers, and
// that the next one is right. Errors: those of Trace.
func (t Tracing) Predict(answers []int8) (known, right float64, err error) {
	steps, err := t.Trace(answers)
	if err != nil {
		return 0, 0, err
	}
	known = t.Prior
	if n := len(steps); n > 0 {
		known = steps[n-1].Next
	}
	return known, known*(1-t.Slip) + (1-known)*t.Guess, nil
}

// LogLik is the log likelihood of several people's answers. Errors: those of
// Trace, naming the person.
func (t Tracing) LogLik(people [][]int8) (float64, error) {
	var sum float64
	for p, answers := range people {
		steps, err := t.Trace(answers)
		if err != nil {
			return 0, fmt.Errorf("person %d: %w", p, err)
		}
		for _, s := range steps {
			if s.Right {
				sum += math.Log(s.Correct)
			} else {
				sum += math.Log(s.Known*t.Slip + (1-s.Known)*(1-t.Guess))
			}
		}
	}
	return sum, nil
}
