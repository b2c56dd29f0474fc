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
	// Weight is the number of like units a spell stands for, from 1e-100 to
	// 1e100. Nil: 1 each.
	Weight []float64
}

// Weights beyond these would overflow in sums of their squares.
const minWeight, maxWeight = 1e-100, 1e100

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
		if d.sound(i) {
			continue
		}
		if err := d.checkRow(i); err != nil {
			return err
		}
	}
	return nil
}

// sound says that row i can be a spell: a quick test before checkRow finds words.
func (d Data) sound(i int) bool {
	return d.Stop[i] >= 0 && d.Stop[i] <= math.MaxFloat64 &&
		(d.Start == nil || d.Start[i] >= 0 && d.Start[i] < d.Stop[i]) &&
		(d.Weight == nil || d.Weight[i] >= minWeight && d.Weight[i] <= maxWeight)
}

func (d Data) checkRow(i int) error {
	if !finite(d.Stop[i]) {
		return fmt.Errorf("stop in row %d is %v: %w", i, d.Stop[i], stat.ErrNotFinite)
	}
	if d.Stop[i] < 0 {
		return fmt.Errorf("stop in row %d is %v, before 0: %w", i, d.Stop[i], stat.ErrInvalid)
	}
	if d.Weight != nil && !(d.Weight[i] >= minWeight && d.Weight[i] <= maxWeight) {
		return fmt.Errorf("weight in row %d is %v, not above 0 and within 1e±100: %w", i, d.Weight[i], stat.ErrInvalid)
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
	labels, number := dense(label)
	sizes := make([]int, len(labels))
	for _, g := range number {
		sizes[g]++
	}
	parts = make([][]int, len(labels))
	for g, size := range sizes {
		parts[g] = make([]int, 0, size)
	}
	for i, g := range number {
		parts[g] = append(parts[g], i)
	}
	return labels, parts
}

// dense numbers the labels from 0 in ascending order.
func dense(label []int) (labels []int, number []int32) {
	if len(label) == 0 {
		return nil, nil
	}
	number = make([]int32, len(label))
	low, high := slices.Min(label), slices.Max(label)
	if span := high - low; span >= 0 && span < 4*len(label)+1024 {
		place := make([]int32, span+1)
		for _, l := range label {
			place[l-low] = 1
		}
		for at, seen := range place {
			if seen == 1 {
				place[at] = int32(len(labels))
				labels = append(labels, low+at)
			}
		}
		for i, l := range label {
			number[i] = place[l-low]
		}
		return labels, number
	}
	labels = slices.Clone(label)
	slices.Sort(labels)
	labels = slices.Compact(labels)
	at := make(map[int]int32, len(labels))
	for k, l := range labels {
		at[l] = int32(k)
	}
	for i, l := range label {
		number[i] = at[l]
	}
	return labels, number
}
