package regression

import (
	"math"
	"slices"
)

// labels are the levels of a factor, numbered from 0 in order of appearance.
type labels struct {
	of     []int32 // level of each row
	levels int
}

// label numbers the labels of the kept rows.
func label(factor, keep []int) labels {
	number := numberer(factor, keep)
	l := labels{of: make([]int32, len(keep))}
	for k, i := range keep {
		id := number(factor[i])
		l.of[k] = id
		l.levels = max(l.levels, int(id)+1)
	}
	return l
}

// numberer gives labels consecutive numbers in order of appearance, from a table
// when the labels are dense and from a map otherwise.
func numberer(factor, keep []int) func(int) int32 {
	low, high := math.MaxInt, math.MinInt
	for _, i := range keep {
		low, high = min(low, factor[i]), max(high, factor[i])
	}
	var next int32
	if len(keep) > 0 && uint64(high)-uint64(low) < uint64(4*len(keep)+1024) {
		table := make([]int32, high-low+1) // number + 1; 0: not seen
		return func(v int) int32 {
			if table[v-low] == 0 {
				next++
				table[v-low] = next
			}
			return table[v-low] - 1
		}
	}
	seen := make(map[int]int32)
	return func(v int) int32 {
		id, ok := seen[v]
		if !ok {
			id = next
			seen[v] = id
			next++
		}
		return id
	}
}

// nestedIn says whether all rows of each level are in one cluster.
func (l labels) nestedIn(cluster []int) bool {
	of := make([]int, l.levels) // cluster + 1; 0: not seen
	for k, id := range l.of {
		if of[id] == 0 {
			of[id] = cluster[k] + 1
		}
		if of[id] != cluster[k]+1 {
			return false
		}
	}
	return true
}

// dropSingletons leaves out rows that are alone in a level of a factor, until
// there are none. A level keeps its number of rows and the exclusive or of
// their positions, which is the position of the last one when one is left.
func dropSingletons(factors [][]int, keep []int) (left, dropped []int) {
	all := make([]labels, len(factors))
	rows, last := make([][]int32, len(factors)), make([][]int, len(factors))
	var alone []int // positions in keep
	for f, factor := range factors {
		all[f] = label(factor, keep)
		rows[f], last[f] = make([]int32, all[f].levels), make([]int, all[f].levels)
		for k, id := range all[f].of {
			rows[f][id]++
			last[f][id] ^= k
		}
		for id, n := range rows[f] {
			if n == 1 {
				alone = append(alone, last[f][id])
			}
		}
	}
	gone := make(map[int]bool)
	for len(alone) > 0 {
		k := alone[len(alone)-1]
		alone = alone[:len(alone)-1]
		if gone[k] {
			continue
		}
		gone[k] = true
		for f := range factors {
			id := all[f].of[k]
			rows[f][id]--
			last[f][id] ^= k
			if rows[f][id] == 1 {
				alone = append(alone, last[f][id])
			}
		}
	}
	return split(keep, gone)
}

func split(keep []int, gone map[int]bool) (left, dropped []int) {
	if len(gone) == 0 {
		return keep, nil
	}
	for k, i := range keep {
		if gone[k] {
			dropped = append(dropped, i)
		} else {
			left = append(left, i)
		}
	}
	return left, dropped
}

// rank is the number of parameters that the factors use up together. Two
// factors lose one for each set of levels that rows link; of further factors
// each loses at least what it would beside any one factor before it, which is
// exact when everything is linked and counts too many parameters, never too few,
// otherwise.
func rank(factors []labels) int {
	total := 0
	for k, f := range factors {
		redundant := 0
		for _, earlier := range factors[:k] {
			redundant = max(redundant, linked(earlier, f))
		}
		total += f.levels - redundant
	}
	return total
}

// linked counts the connected components of the graph whose edges are rows,
// from a level of a to a level of b.
func linked(a, b labels) int {
	parent := make([]int32, a.levels+b.levels)
	for i := range parent {
		parent[i] = int32(i)
	}
	find := func(i int32) int32 {
		for parent[i] != i {
			parent[i] = parent[parent[i]]
			i = parent[i]
		}
		return i
	}
	components := len(parent)
	for k, id := range a.of {
		one, other := find(id), find(int32(a.levels)+b.of[k])
		if one != other {
			parent[max(one, other)] = min(one, other)
			components--
		}
	}
	return components
}

// largestFirst orders factors by their number of levels.
func largestFirst(factors []labels) []labels {
	sorted := slices.Clone(factors)
	slices.SortStableFunc(sorted, func(a, b labels) int { return b.levels - a.levels })
	return sorted
}
