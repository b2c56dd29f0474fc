package survival

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
)

// Concordance says how well predicted risks order the events: among pairs of
// which one had the event while the other was still event-free, the share in
// which the first was predicted the higher risk. 0.5 is chance.
type Concordance struct {
	Value, SE                    float64
	Concordant, Discordant, Tied float64 // pairs, by weight; Tied: equal risks, counted half
}

// Concordance returns the concordance of the fitted risks within strata. Its
// standard error is the infinitesimal jackknife over clusters if cluster (row
// labels, as in CoxData) is not nil, over rows otherwise.
//
// Errors: ErrTooFew without a comparable pair.
//
// Source: Harrell (1982); Therneau & Watson, "The concordance statistic and
// the Cox model" (2015).
func (f *CoxFit) Concordance(cluster []int) (Concordance, error) {
	r := f.risk
	if cluster != nil {
		sameLength("cluster", len(cluster), len(r.row))
	}
	r.predict(f.beta)
	counts := make([]pairCount, len(r.row))
	for s := range r.stratumLabel {
		r.countPairs(s, counts)
	}
	var total pairCount
	for k, c := range counts {
		w := r.weight[k] / 2 // each pair is seen from both sides
		total.concordant += w * c.concordant
		total.discordant += w * c.discordant
		total.tied += w * c.tied
	}
	pairs := total.concordant + total.discordant + total.tied
	if pairs == 0 {
		return Concordance{}, fmt.Errorf("concordance: no comparable pair: %w", stat.ErrTooFew)
	}
	somers := (total.concordant - total.discordant) / pairs
	influence := make([]float64, len(counts)) // in the caller's order of rows
	for k, c := range counts {
		influence[r.row[k]] = r.weight[k] / pairs * (c.concordant - c.discordant - somers*(c.concordant+c.discordant+c.tied))
	}
	variance := 0.0
	for _, v := range sumBy(influence, cluster) {
		variance += v * v / 4
	}
	return Concordance{
		Value: (somers + 1) / 2, SE: math.Sqrt(variance),
		Concordant: total.concordant, Discordant: total.discordant, Tied: total.tied,
	}, nil
}

// sumBy adds up the values of each label; without labels each is its own.
func sumBy(values []float64, label []int) []float64 {
	if label == nil {
		return values
	}
	labels, number := dense(label)
	out := make([]float64, len(labels))
	for i, g := range number {
		out[g] += values[i]
	}
	return out
}

// pairCount is the weight of the partners of one row, by how the pair came out.
type pairCount struct{ concordant, discordant, tied float64 }

// countPairs counts the pairs of every row of stratum s. Two trees hold, by
// rank of risk, the rows at risk and the events seen so far (from the latest
// time back): an event asks the first tree for its partners, a row that is at
// risk asks the second, on entering and on leaving the sweep.
func (r *riskSets) countPairs(s int, counts []pairCount) {
	from, to := r.bounds[s], r.bounds[s+1]
	rank := ranks(r.eta[from:to])
	atRisk, events := newTree(to-from), newTree(to-from)
	left := from
	partner := func(k int, sign float64) { // row k outlived events of higher risk: concordant
		below, above, equal := events.around(rank[k-from])
		counts[k].concordant += sign * above
		counts[k].discordant += sign * below
		counts[k].tied += sign * equal
	}
	for k := from; k < to; {
		end := r.blockEnd(k, to)
		for ; r.start != nil && left < to && r.start[r.byStart[left]] >= r.stop[k]; left++ {
			i := int(r.byStart[left])
			atRisk.add(rank[i-from], -r.weight[i])
			partner(i, 1)
		}
		r.pairBlock(k, end, from, rank, atRisk, events, counts, partner)
		k = end
	}
	for next := from; next < to; next++ {
		if r.start == nil {
			partner(next, 1)
		} else if next >= left {
			partner(int(r.byStart[next]), 1)
		}
	}
}

// pairBlock counts the pairs of the rows first..end, which stop together:
// those censored are at risk for the events, those with the event are not
// compared with each other.
func (r *riskSets) pairBlock(first, end, from int, rank []int, atRisk, events *tree, counts []pairCount, partner func(int, float64)) {
	for k := first; k < end; k++ {
		if !r.event[k] {
			partner(k, -1)
			atRisk.add(rank[k-from], r.weight[k])
		}
	}
	for k := first; k < end; k++ {
		if r.event[k] {
			below, above, equal := atRisk.around(rank[k-from])
			counts[k].concordant += below
			counts[k].discordant += above
			counts[k].tied += equal
			events.add(rank[k-from], r.weight[k])
		}
	}
	for k := first; k < end; k++ {
		if r.event[k] {
			partner(k, -1)
			atRisk.add(rank[k-from], r.weight[k])
		}
	}
}

// ranks returns dense ranks from 0, equal values sharing one.
func ranks(values []float64) []int {
	out := make([]int, len(values))
	rank := -1
	last := math.Inf(-1)
	for _, i := range ascending(allRows(len(values)), values) {
		if rank < 0 || values[i] != last {
			rank, last = rank+1, values[i]
		}
		out[i] = rank
	}
	return out
}

// tree is a Fenwick tree of weight by rank.
type tree struct {
	sums  []float64
	total float64
}

func newTree(n int) *tree { return &tree{sums: make([]float64, n+1)} }

func (t *tree) add(rank int, w float64) {
	t.total += w
	for i := rank + 1; i < len(t.sums); i += i & -i {
		t.sums[i] += w
	}
}

// upTo returns the weight with a rank below n.
func (t *tree) upTo(n int) float64 {
	w := 0.0
	for i := n; i > 0; i -= i & -i {
		w += t.sums[i]
	}
	return w
}

// around returns the weight below, above and at a rank.
func (t *tree) around(rank int) (below, above, equal float64) {
	below = t.upTo(rank)
	through := t.upTo(rank + 1)
	return below, t.total - through, through - below
}
