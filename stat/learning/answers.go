package learning

import (
	"fmt"

	"github.com/liftmark/liftmark/stat"
)

// Marks of one answer.
const (
	Wrong   int8 = 0
	Right   int8 = 1
	Missing int8 = -1 // not asked, or not reached
)

// Answers are the marks of Persons × Items, row-major: Marks[p*Items+i] is
// person p's mark on item i.
type Answers struct {
	Persons, Items int
	Marks          []int8
}

// At is person p's mark on item i.
func (a Answers) At(p, i int) int8 { return a.Marks[p*a.Items+i] }

// Row is person p's marks, not a copy.
func (a Answers) Row(p int) []int8 { return a.Marks[p*a.Items : (p+1)*a.Items] }

// check refuses marks outside their domain, and missing ones unless allowed.
// It panics if the shape is wrong.
func (a Answers) check(missing bool) error {
	if a.Persons < 0 || a.Items < 0 || len(a.Marks) != a.Persons*a.Items {
		panic(fmt.Sprintf("learning: %d marks of %d persons × %d items", len(a.Marks), a.Persons, a.Items))
	}
	for k, m := range a.Marks {
		switch {
		case m == Right || m == Wrong || m == Missing && missing:
		case m == Missing:
			return fmt.Errorf("answer of person %d to item %d is missing; mark it wrong if an omission counts as wrong: %w", k/a.Items, k%a.Items, stat.ErrInvalid)
		default:
			return fmt.Errorf("mark of person %d on item %d is %d, not 0, 1 or -1: %w", k/a.Items, k%a.Items, m, stat.ErrInvalid)
		}
	}
	return nil
}

// totals are the right answers of each person.
func (a Answers) totals() []float64 {
	out := make([]float64, a.Persons)
	for p := range out {
		for _, m := range a.Row(p) {
			out[p] += float64(m)
		}
	}
	return out
}
