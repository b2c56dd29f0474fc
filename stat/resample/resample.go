// Package resample answers "what if we had drawn, or assigned, differently?".
//
//   - Bootstrap draws samples of units (rows, or whole clusters) with
//     replacement and gives any statistic a standard error and intervals:
//     Percentile, BCa, Basic, Normal, Studentised.
//   - Permute deals the arms out anew, as the randomisation did, and gives any
//     comparison a p-value that needs no distribution: units or whole
//     clusters, within strata if they were, all assignments where they are
//     few.
//
// Draws run in parallel and are still a function of the seed alone, because
// every replicate has a random stream of its own. The wild cluster bootstrap of
// a regression is in package regression.
package resample

import (
	"math/rand/v2"
)

// Stream gives the random source number index of the family that seed names.
// Streams of one family are statistically independent, and any of them can be
// made without the others: replicate 17 draws the same numbers whoever draws
// it, and in whatever order. A family shared by several uses should be split
// first with Child.
//
// The two words of the PCG state are SplitMix64 images of seed and index.
func Stream(seed, index uint64) rand.Source {
	s := mix(seed)
	return rand.NewPCG(s, mix(s^mix(index)))
}

// Child gives the seed of a family for a named use ("churn/placebo"), so that
// adding a use changes no other's numbers. The name is hashed with FNV-1a.
func Child(seed uint64, use string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(use) {
		h = (h ^ uint64(use[i])) * 1099511628211
	}
	return mix(seed ^ mix(h))
}

// mix is the SplitMix64 step.
//
// Source: Steele, Lea and Flood (2014), OOPSLA 49:453-472.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
