package did

import (
	"fmt"
	"slices"

	"github.com/liftmark/liftmark/stat"
)

// Comparison is the kind of a 2×2 comparison within a two-way regression.
type Comparison int

// The kinds of comparison, by who serves as control.
const (
	TreatedNever  Comparison = iota // units that are never treated
	EarlierLater                    // units that start later, until they do
	LaterEarlier                    // units that started earlier: the forbidden one, whose effects may still grow
	TreatedAlways                   // units treated all along: forbidden as well
)

// String names the comparison.
func (c Comparison) String() string {
	return [...]string{"treated vs never treated", "earlier vs later treated", "later vs earlier treated", "treated vs always treated"}[c]
}

// Forbidden says whether the controls are treated already.
func (c Comparison) Forbidden() bool { return c == LaterEarlier || c == TreatedAlways }

// BaconPair is one 2×2 difference-in-differences of a two-way regression.
type BaconPair struct {
	Kind Comparison
	// Treated is the start of the units that change treatment; Control that of their
	// controls: Never, or for units treated all along the first period.
	Treated, Control int
	Estimate, Weight float64
}

// BaconDecomposition takes a two-way coefficient apart into the 2×2 comparisons that
// it averages.
type BaconDecomposition struct {
	Coefficient float64     // Σ Weight·Estimate: that of TwoWayFixedEffects
	Pairs       []BaconPair // by kind, treated, control; weights are positive and sum to 1
}

// Of sums up the comparisons of a kind: their weight and average estimate (0 if there
// are none).
func (b *BaconDecomposition) Of(kind Comparison) (weight, estimate float64) {
	for _, p := range b.Pairs {
		if p.Kind == kind {
			weight += p.Weight
			estimate += p.Weight * p.Estimate
		}
	}
	if weight > 0 {
		estimate /= weight
	}
	return weight, estimate
}

// ForbiddenWeight is the weight of comparisons with units already treated.
func (b *BaconDecomposition) ForbiddenWeight() float64 {
	later, _ := b.Of(LaterEarlier)
	always, _ := b.Of(TreatedAlways)
	return later + always
}

// Bacon decomposes the coefficient of TwoWayFixedEffects. Covariates are ignored.
//
// Errors: those of Panel.Balanced; ErrInvalid for a panel with gaps (use Balanced) or
// with weights, for which the theorem does not hold; ErrTooFew unless there are two
// groups with different starts, one of them within the panel's time.
//
// Source: Goodman-Bacon (2021), J. Econometrics 225:254-277, theorem 1.
func Bacon(p Panel) (*BaconDecomposition, error) {
	groups, periods, err := baconGroups(p)
	if err != nil {
		return nil, fmt.Errorf("Goodman-Bacon decomposition: %w", err)
	}
	b := &BaconDecomposition{}
	for _, k := range groups {
		for _, l := range groups {
			b.Pairs = append(b.Pairs, pairs(k, l, len(periods))...)
		}
	}
	if len(b.Pairs) == 0 {
		return nil, fmt.Errorf("Goodman-Bacon decomposition: no two groups to compare: %w", stat.ErrTooFew)
	}
	var total float64
	for _, pair := range b.Pairs {
		total += pair.Weight
	}
	for i := range b.Pairs {
		b.Pairs[i].Weight /= total
		b.Coefficient += b.Pairs[i].Weight * b.Pairs[i].Estimate
	}
	if err := finiteOr("Goodman-Bacon decomposition", b.Coefficient); err != nil {
		return nil, err
	}
	slices.SortStableFunc(b.Pairs, func(x, y BaconPair) int { return int(x.Kind) - int(y.Kind) })
	return b, nil
}

// timing is a group of units that start together: in period number at (0: treated
// all along, the number of periods: never), with their share of units and their mean
// outcome up to each period.
type timing struct {
	start, at int
	share     float64
	total     []float64 // of means before each period
}

// mean outcome over the periods [from, to).
func (g timing) mean(from, to int) float64 { return (g.total[to] - g.total[from]) / float64(to-from) }

// pairs compares k, which changes treatment, with l as its control.
func pairs(k, l timing, periods int) []BaconPair {
	if k.at == 0 || k.at == periods || k.at == l.at {
		return nil
	}
	// The window in which l's treatment does not change and k's does.
	from, to, kind := 0, periods, TreatedNever
	switch {
	case l.at == 0:
		kind = TreatedAlways
	case l.at < k.at:
		from, kind = l.at, LaterEarlier
	case l.at < periods:
		to, kind = l.at, EarlierLater
	}
	after, before := float64(to-k.at), float64(k.at-from)
	estimate := k.mean(k.at, to) - k.mean(from, k.at) - (l.mean(k.at, to) - l.mean(from, k.at))
	// Theorem 1, apart from a common factor: the shares of the two groups times the
	// variance of treatment in the window, times the window's share squared.
	return []BaconPair{{Kind: kind, Treated: k.start, Control: l.start, Estimate: estimate,
		Weight: k.share * l.share * after * before}}
}

// baconGroups gathers the groups of a balanced panel.
func baconGroups(p Panel) ([]timing, []int, error) {
	f, err := newFrame(p)
	if err != nil {
		return nil, nil, err
	}
	periods := f.calendar.sorted
	if p.Weight != nil {
		return nil, nil, fmt.Errorf("weights: %w", stat.ErrInvalid)
	}
	at, groups := make(map[int]int), []timing{}
	for u, rows := range f.rows {
		if len(rows) == 0 {
			continue
		}
		if len(rows) < len(periods) {
			return nil, nil, fmt.Errorf("unit %d has %d rows in %d periods (Balanced drops such units): %w", u, len(rows), len(periods), stat.ErrInvalid)
		}
		first, _ := slices.BinarySearch(periods, f.Start[u])
		g, ok := at[first]
		if !ok {
			g = len(groups)
			at[first] = g
			groups = append(groups, timing{start: f.startLabel(first), at: first, total: make([]float64, len(periods)+1)})
		}
		groups[g].share += 1 / float64(f.units)
		var total float64
		for t, i := range rows {
			total += f.Outcome[i]
			groups[g].total[t+1] += total
		}
	}
	for _, g := range groups {
		for t := range g.total {
			g.total[t] /= g.share * float64(f.units)
		}
	}
	slices.SortFunc(groups, func(a, b timing) int { return a.at - b.at })
	return groups, periods, nil
}

// startLabel is the period in which a group starts, or Never.
func (f *frame) startLabel(at int) int {
	if at == len(f.calendar.sorted) {
		return Never
	}
	return f.calendar.sorted[at]
}
