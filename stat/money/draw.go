package money

import (
	"fmt"
	"math/rand/v2"
)

// Draw gives n draws of d in random order, stratified: one from each of n
// equally likely strata (Latin hypercube sampling), so that the draws' own
// quantiles are close to d's already for small n. Draws of different inputs
// are independent when each has its own source.
//
// Draw panics if n is not positive.
//
// Source: McKay, Beckman and Conover (1979), Technometrics 21:239-245.
func Draw(d Dist, n int, src rand.Source) []float64 {
	if n <= 0 {
		panic(fmt.Sprintf("money: %d draws", n))
	}
	rng := rand.New(src)
	out := make([]float64, n)
	for i, stratum := range rng.Perm(n) {
		u := (float64(stratum) + rng.Float64()) / float64(n)
		out[i] = d.Quantile(max(u, 1e-300)) // Float64 can be 0, the quantile of which is undefined
	}
	return out
}
