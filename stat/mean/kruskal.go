package mean

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mathext"

	"github.com/liftmark/liftmark/stat"
)

// Chi is a test with a chi-squared distribution on DF degrees of freedom under
// its null hypothesis.
type Chi struct {
	Statistic float64
	DF        int
	P         float64
}

// KruskalWallis tests by ranks whether several independent groups come from
// one distribution, corrected for ties: the Mann-Whitney test for more than two
// groups. It says that groups differ, not which; compare pairs with
// MannWhitney and correct for their number.
//
// Errors: ErrTooFew with fewer than two groups or an empty one, ErrNoVariance
// if all values are equal, ErrNotFinite, each naming the group.
//
// Source: Kruskal and Wallis (1952), JASA 47:583-621.
func KruskalWallis(groups ...[]float64) (Chi, error) {
	if len(groups) < 2 {
		return Chi{}, fmt.Errorf("ranks of %d groups: %w", len(groups), stat.ErrTooFew)
	}
	type observation struct {
		value float64
		group int
	}
	var all []observation
	for g, x := range groups {
		if len(x) == 0 {
			return Chi{}, fmt.Errorf("group %d is empty: %w", g, stat.ErrTooFew)
		}
		for i, v := range x {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return Chi{}, fmt.Errorf("group %d: observation %d is %v: %w", g, i, v, stat.ErrNotFinite)
			}
			all = append(all, observation{v, g})
		}
	}
	slices.SortFunc(all, func(a, b observation) int {
		switch {
		case a.value < b.value:
			return -1
		case a.value > b.value:
			return 1
		}
		return 0
	})
	n := float64(len(all))
	excess, ties := make([]float64, len(groups)), 0.0 // ranks above the mean rank, by group
	for i := 0; i < len(all); {
		j := i
		for j < len(all) && all[j].value == all[i].value {
			j++
		}
		t := float64(j - i)
		ties += t*t*t - t
		for _, o := range all[i:j] {
			excess[o.group] += (float64(i+1+j) - n - 1) / 2
		}
		i = j
	}
	if len(all) == 1 || all[0].value == all[len(all)-1].value {
		return Chi{}, fmt.Errorf("all %d values are %v: %w", len(all), all[0].value, stat.ErrNoVariance)
	}
	h := 0.0
	for g, x := range groups {
		h += excess[g] * excess[g] / float64(len(x))
	}
	h *= 12 / (n * (n + 1)) / (1 - ties/(n*n*n-n))
	df := len(groups) - 1
	return Chi{Statistic: h, DF: df, P: mathext.GammaIncRegComp(float64(df)/2, h/2)}, nil
}
