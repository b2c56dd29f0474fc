package learning

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/summary"
)

// Item is what classical test theory says about a question.
type Item struct {
	// PCorrect is the share who answered it right, 0 to 1: the item's
	// difficulty, though it is high for an easy item.
	PCorrect float64
	// Varies is false if all or nobody answered it right. Such an item tells
	// nobody apart and has no correlation; ItemTotal and ItemRest are then 0.
	Varies    bool
	ItemTotal float64 // correlation with the total score, the item included; it flatters short tests
	ItemRest  float64 // correlation with the score on the other items
	// Discrimination is the share right among the 27 % with the highest total
	// minus that among the 27 % with the lowest, -1 to 1. People tied at the
	// edge of a group count in proportion.
	Discrimination float64
}

// kelley is the share in the upper and in the lower group that makes their
// difference most reliable if scores are normal. Source: Kelley (1939),
// Journal of Educational Psychology 30:17-24.
const kelley = 0.27

// Items analyses each question of a test, in order.
//
// Errors: ErrTooFew with fewer than three persons or two items; ErrInvalid
// naming the person and item of a missing or unknown mark; ErrNoVariance if
// all persons have the same total.
//
// Source: Crocker and Algina (1986), Introduction to Classical and Modern Test
// Theory, ch. 14.
// Not for comparing tests taken by different people: difficulty and
// discrimination belong to these people; see FitIRT.
func Items(a Answers) ([]Item, error) {
	if err := a.check(false); err != nil {
		return nil, err
	}
	if a.Persons < 3 || a.Items < 2 {
		return nil, fmt.Errorf("item analysis of %d persons and %d items, at least 3 and 2: %w", a.Persons, a.Items, stat.ErrTooFew)
	}
	total := a.totals()
	if slices.Min(total) == slices.Max(total) {
		return nil, fmt.Errorf("all %d persons have %v right: %w", a.Persons, total[0], stat.ErrNoVariance)
	}
	upper, lower := extremes(total)
	items := make([]Item, a.Items)
	mark := make([]float64, a.Persons)
	for i := range items {
		for p := range mark {
			mark[p] = float64(a.At(p, i))
		}
		items[i] = analyse(mark, total, upper, lower)
	}
	return items, nil
}

func analyse(mark, total, upper, lower []float64) Item {
	rest := make([]float64, len(mark))
	for p := range rest {
		rest[p] = total[p] - mark[p]
	}
	it := Item{PCorrect: summary.Sum(mark) / float64(len(mark)), Discrimination: weighted(mark, upper) - weighted(mark, lower)}
	it.ItemTotal, it.Varies = correlation(mark, total)
	it.ItemRest, _ = correlation(mark, rest)
	return it
}

// extremes weighs each person's membership in the upper and the lower group by
// total: 1 inside, a share for those tied at the edge, 0 outside.
func extremes(total []float64) (upper, lower []float64) {
	size := kelley * float64(len(total))
	order := make([]int, len(total))
	for p := range order {
		order[p] = p
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(total[a], total[b]) })
	lower = group(order, total, size)
	slices.Reverse(order)
	return group(order, total, size), lower
}

// group fills a group of a size from the front of an order, sharing the last
// places among equals.
func group(order []int, total []float64, size float64) []float64 {
	w := make([]float64, len(order))
	for i := 0; i < len(order) && size > 0; {
		end := i + 1
		for end < len(order) && total[order[end]] == total[order[i]] {
			end++
		}
		share := math.Min(1, size/float64(end-i))
		size -= float64(end - i)
		for ; i < end; i++ {
			w[order[i]] = share
		}
	}
	return w
}

func weighted(x, w []float64) float64 {
	var sum, weight float64
	for i := range x {
		sum += w[i] * x[i]
		weight += w[i]
	}
	return sum / weight
}

// correlation is Pearson's; ok is false, and it 0, if either does not vary.
func correlation(x, y []float64) (r float64, ok bool) {
	mx, my := summary.Sum(x)/float64(len(x)), summary.Sum(y)/float64(len(y))
	var xx, yy, xy float64
	for i := range x {
		dx, dy := x[i]-mx, y[i]-my
		xx, yy, xy = xx+dx*dx, yy+dy*dy, xy+dx*dy
	}
	if xx == 0 || yy == 0 || slices.Min(x) == slices.Max(x) || slices.Min(y) == slices.Max(y) {
		return 0, false
	}
	return max(-1, min(1, xy/math.Sqrt(xx)/math.Sqrt(yy))), true
}
