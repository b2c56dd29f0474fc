package value

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/figure"
	"github.com/liftmark/liftmark/internal/record"
)

// CostFact is a cost from the books: an amount in minor units spent on a
// program over [From, To).
type CostFact struct {
	From, To    time.Time
	Program     string
	Category    Category
	AmountMinor int64
	Currency    string
}

// RecordedCosts adds cost facts up into one line a category, in the order of
// the categories, for programs (all, if none is named) and for the part of
// each fact's time that lies in [from, to): a fact half inside counts half. A
// fact without duration counts if From lies inside. The amounts are known and
// already spent: they fall now, undiscounted.
//
// Errors: kind invalid, naming the fact, for a currency other than the model's
// (convert it first), an unknown category, a To before From, or a negative sum.
func RecordedCosts(facts []CostFact, currency string, from, to time.Time, programs ...string) ([]CostLine, error) {
	sums := map[Category]float64{}
	for i, f := range facts {
		if len(programs) > 0 && !slices.Contains(programs, f.Program) {
			continue
		}
		if f.Currency != currency {
			return nil, fault.New(fault.Invalid, "cost %d (%s, %s): amount is in %q, the model in %s: convert it first", i+1, f.Program, f.Category, f.Currency, currency)
		}
		if !slices.Contains(categories(), f.Category) {
			return nil, fault.New(fault.Invalid, "cost %d (%s): unknown category %q", i+1, f.Program, f.Category)
		}
		if f.To.Before(f.From) {
			return nil, fault.New(fault.Invalid, "cost %d (%s, %s): ends %s, before it starts", i+1, f.Program, f.Category, f.To.Format(time.DateOnly))
		}
		sums[f.Category] += float64(f.AmountMinor) * shareWithin(f, from, to)
	}
	var lines []CostLine
	for _, c := range categories() {
		sum := sums[c]
		if sum < 0 {
			return nil, fault.New(fault.Invalid, "recorded costs of category %s sum to %s", c, figure.Money(round(sum), currency))
		}
		if sum > 0 {
			major := math.Round(sum) / math.Pow10(record.MinorDigits(currency))
			lines = append(lines, CostLine{
				Category: c, Label: fmt.Sprintf("Recorded: %s", c), Amount: Known(major), Provenance: Recorded,
			})
		}
	}
	return lines, nil
}

func categories() []Category {
	return []Category{Creation, Delivery, Platform, StaffTime, LearnerTime, OtherCost}
}

// shareWithin is the share of a fact's time in [from, to).
func shareWithin(f CostFact, from, to time.Time) float64 {
	if !f.To.After(f.From) {
		if f.From.Before(from) || !f.From.Before(to) {
			return 0
		}
		return 1
	}
	start, end := f.From, f.To
	if start.Before(from) {
		start = from
	}
	if end.After(to) {
		end = to
	}
	if !end.After(start) {
		return 0
	}
	return float64(end.Sub(start)) / float64(f.To.Sub(f.From))
}

// MergeCosts puts recorded costs in the place of the model's planned lines of
// the same category, so that nothing is paid twice; planned lines of other
// categories stay. The warnings name each line that was replaced.
func MergeCosts(planned, recorded []CostLine) ([]CostLine, []Warning) {
	inBooks := map[Category]bool{}
	for _, r := range recorded {
		inBooks[r.Category] = true
	}
	var merged []CostLine
	var warnings []Warning
	for _, p := range planned {
		if !inBooks[p.Category] {
			merged = append(merged, p)
			continue
		}
		warnings = append(warnings, Warning{
			Name:    WarnPlannedReplaced,
			Message: fmt.Sprintf("%s is planned, and %s costs are recorded.", p.Label, p.Category),
			Rule:    "The recorded costs of the category are counted in its place.",
			Lines:   []string{p.Label},
		})
	}
	return append(merged, recorded...), warnings
}
