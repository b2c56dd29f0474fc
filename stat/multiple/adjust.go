package multiple

import (
	"fmt"
	"math"
	"slices"

	"github.com/liftmark/liftmark/stat"
)

// Bonferroni multiplies each p-value by their number, at most 1. It bounds the
// family-wise error rate under any dependence. Holm does the same and rejects
// more, so Bonferroni is for intervals (see Simultaneous) and for comparison.
//
// Errors: ErrTooFew without p-values, ErrNotFinite for NaN, ErrInvalid, naming
// the position, for one outside [0, 1].
//
// Source: Dunn (1961), JASA 56:52-64.
func Bonferroni(p []float64) ([]float64, error) {
	m := float64(len(p))
	return adjust(p, falling, func(int) float64 { return m })
}

// Holm bounds the family-wise error rate under any dependence, stepping down
// from the smallest p-value. It is the default choice for a handful of KPIs.
//
// Errors: as for Bonferroni. Source: Holm (1979), Scandinavian Journal of
// Statistics 6:65-70.
func Holm(p []float64) ([]float64, error) {
	return adjust(p, rising, func(rank int) float64 { return float64(len(p) - rank + 1) })
}

// Hochberg bounds the family-wise error rate, stepping up from the largest
// p-value. It rejects at least what Holm rejects but needs independent or
// positively dependent tests.
//
// Errors: as for Bonferroni. Source: Hochberg (1988), Biometrika 75:800-802.
func Hochberg(p []float64) ([]float64, error) {
	return adjust(p, falling, func(rank int) float64 { return float64(len(p) - rank + 1) })
}

// BenjaminiHochberg bounds the false discovery rate of independent or
// positively dependent tests: of all rejections at 0.1, at most a tenth are
// false on average. It does not bound the chance of one false alarm.
//
// Errors: as for Bonferroni. Source: Benjamini and Hochberg (1995), JRSS B
// 57:289-300.
func BenjaminiHochberg(p []float64) ([]float64, error) {
	m := float64(len(p))
	return adjust(p, falling, func(rank int) float64 { return m / float64(rank) })
}

// BenjaminiYekutieli bounds the false discovery rate under any dependence, at
// the price of a factor 1 + 1/2 + … + 1/m.
//
// Errors: as for Bonferroni. Source: Benjamini and Yekutieli (2001), Annals of
// Statistics 29:1165-1188.
func BenjaminiYekutieli(p []float64) ([]float64, error) {
	m, harmonic := float64(len(p)), 0.0
	for i := range p {
		harmonic += 1 / float64(i+1)
	}
	return adjust(p, falling, func(rank int) float64 { return m * harmonic / float64(rank) })
}

// direction is how adjusted values are made monotone in the p-values: rising
// takes the running maximum from the smallest p, falling the running minimum
// from the largest.
type direction bool

const (
	rising  direction = true
	falling direction = false
)

// adjust multiplies each p by the factor of its rank (1 is the smallest), makes
// the products monotone and caps them at 1.
func adjust(p []float64, by direction, factor func(rank int) float64) ([]float64, error) {
	if err := check(p); err != nil {
		return nil, err
	}
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		if p[a] < p[b] {
			return -1
		}
		if p[a] > p[b] {
			return 1
		}
		return 0
	})
	out := make([]float64, len(p))
	bound, keep := 0.0, math.Max
	if by == falling {
		bound, keep = 1, math.Min
	}
	for k := range order {
		rank := k + 1
		if by == falling {
			rank = len(p) - k
		}
		i := order[rank-1]
		bound = math.Min(keep(bound, p[i]*factor(rank)), 1)
		out[i] = bound
	}
	return out, nil
}

func check(p []float64) error {
	if len(p) == 0 {
		return fmt.Errorf("adjustment of no p-values: %w", stat.ErrTooFew)
	}
	for i, v := range p {
		if math.IsNaN(v) {
			return fmt.Errorf("p-value %d: %w", i, stat.ErrNotFinite)
		}
		if v < 0 || v > 1 {
			return fmt.Errorf("p-value %d is %g: %w", i, v, stat.ErrInvalid)
		}
	}
	return nil
}
