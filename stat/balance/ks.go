package balance

import (
	"cmp"
	"math"
	"slices"
)

// kolmogorov is the largest distance between the weighted distribution
// functions of the arms, at the ends of tied values. 0 when the arms agree, 1
// when all treated values lie beyond all controls.
func kolmogorov(treated []bool, x, weights []float64) float64 {
	var total [2]float64
	order := make([]int, len(x))
	for i, w := range weights {
		order[i] = i
		total[arm(treated[i])] += w
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(x[a], x[b]) })
	var below [2]float64
	var most float64
	for k, i := range order {
		below[arm(treated[i])] += weights[i]
		if k+1 < len(order) && x[order[k+1]] == x[i] {
			continue
		}
		most = math.Max(most, math.Abs(below[1]/total[1]-below[0]/total[0]))
	}
	return most
}

func arm(treated bool) int {
	if treated {
		return 1
	}
	return 0
}
