package survival

import (
	"fmt"
	"math"
	"slices"

	"github.com/liftmark/liftmark/stat"
)

// Data are spells of observation, one per index. A unit may own several
// spells, if they do not overlap.
type Data struct {
	// Start is when the spell comes under observation (delayed entry). Nil:
	// every spell is at risk from the beginning, and Stop may be 0.
	Start []float64
	// Stop is when the spell ends, after Start, in the unit of the results.
	Stop []float64
	// Event says whether the event happened at Stop; otherwise the spell is censored there.
	Event []bool
	// Weight is the number of like units a spell stands for, above 0. Nil: 1 each.
	Weight []float64
}

// Select returns the spells at the given indices, in that order.
func (d Data) Select(rows []int) Data {
	out := Data{Stop: pick(d.Stop, rows), Event: pick(d.Event, rows)}
	if d.Start != nil {
		out.Start = pick(d.Start, rows)
	}
	if d.Weight != nil {
		out.Weight = pick(d.Weight, rows)
	}
	return out
}

func pick[T any](from []T, rows []int) []T {
	out := make([]T, len(rows))
	for k, i := range rows {
		out[k] = from[i]
	}
	return out
}

func (d Data) weight(i int) float64 {
	if d.Weight == nil {
		return 1
	}
	return d.Weight[i]
}

func (d Data) start(i int) float64 {
	if d.Start == nil {
		return math.Inf(-1)
	}
	return d.Start[i]
}

// check panics on slices of unequal length and reports the first row that
// cannot be a spell.
func (d Data) check() error {
	n := len(d.Stop)
	sameLength("Event", len(d.Event), n)
	if d.Start != nil {
		sameLength("Start", len(d.Start), n)
	}
	if d.Weight != nil {
		sameLength("Weight", len(d.Weight), n)
	}
	if n == 0 {
		return fmt.Errorf("no spells: %w", stat.ErrTooFew)
	}
	for i := range d.Stop {
		if err := d.checkRow(i); err != nil {
			return err
		}
	}
	return nil
}

func (d Data) checkRow(i int) error {
	if !finite(d.Stop[i]) {
		return fmt.Errorf("stop in row %d is %v: %w", i, d.Stop[i], stat.ErrNotFinite)
	}
	if d.Stop[i] < 0 {
		return fmt.Errorf("stop in row %d is %v, before 0: %w", i, d.Stop[i], stat.ErrInvalid)
	}
	if d.Weight != nil && !(finite(d.Weight[i]) && d.Weight[i] > 0) {
		return fmt.Errorf("weight in row %d is %v, not above 0: %w", i, d.Weight[i], stat.ErrInvalid)
	}
	if d.Start == nil {
		return nil
	}
	if !finite(d.Start[i]) {
		return fmt.Errorf("start in row %d is %v: %w", i, d.Start[i], stat.ErrNotFinite)
	}
	if d.Start[i] < 0 || d.Start[i] >= d.Stop[i] {
		return fmt.Errorf("row %d runs from %v to %v: %w", i, d.Start[i], d.Stop[i], stat.ErrInvalid)
	}
	return nil
}

func sameLength(what string, got, want int) {
	if got != want {
		panic(fmt.Sprintf("survival: %s has %d values for %d rows", what, got, want))
	}
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

func allRows(n int) []int {
	rows := make([]int, n)
	for i := range rows {
		rows[i] = i
	}
	return rows
}

// partition lists the rows of each label, labels ascending, rows in order. A
// nil label puts all n rows into one part.
func partition(label []int, n int) (labels []int, parts [][]int) {
	if label == nil {
		return []int{0}, [][]int{allRows(n)}
	}
	labels = slices.Clone(label)
	slices.Sort(labels)
	labels = slices.Compact(labels)
	at := make(map[int]int, len(labels))
	for k, l := range labels {
		at[l] = k
	}
	parts = make([][]int, len(labels))
	for i, l := range label {
		parts[at[l]] = append(parts[at[l]], i)
	}
	return labels, parts
}
