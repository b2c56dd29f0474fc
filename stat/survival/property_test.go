package survival

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"pgregory.net/rapid"
)

// spells draws data with ties, delayed entry and two covariates.
func spells(t *rapid.T) CoxData {
	n := rapid.IntRange(25, 60).Draw(t, "n")
	d := CoxData{Names: []string{"a", "b"}}
	for range n {
		start := float64(rapid.IntRange(0, 5).Draw(t, "start"))
		d.Start = append(d.Start, start)
		d.Stop = append(d.Stop, start+float64(rapid.IntRange(1, 12).Draw(t, "length")))
		d.Event = append(d.Event, rapid.IntRange(0, 9).Draw(t, "event") < 7)
		d.Weight = append(d.Weight, 1)
		d.X = append(d.X, float64(rapid.IntRange(-20, 20).Draw(t, "a"))/10, float64(rapid.IntRange(0, 1).Draw(t, "b")))
		d.Cluster = append(d.Cluster, len(d.Stop)/2)
		d.Strata = append(d.Strata, len(d.Stop)%2)
	}
	return d
}

func (d CoxData) reorder(rows []int) CoxData {
	out := CoxData{Data: d.Select(rows), Names: d.Names, Cluster: pick(d.Cluster, rows), Strata: pick(d.Strata, rows)}
	p := len(d.Names)
	for _, i := range rows {
		out.X = append(out.X, d.X[i*p:(i+1)*p]...)
	}
	return out
}

func close(t *rapid.T, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 1e-7*math.Max(1, math.Abs(want))) {
		t.Fatalf("%s = %v, want %v", what, got, want)
	}
}

// both fits two data sets; data that has no answer must have none either way.
func both(t *rapid.T, a, b CoxData, ties Ties) (*CoxFit, *CoxFit) {
	first, errA := Cox(a, CoxOptions{Ties: ties})
	second, errB := Cox(b, CoxOptions{Ties: ties})
	if (errA == nil) != (errB == nil) {
		t.Fatalf("one has an answer, the other not: %v, %v", errA, errB)
	}
	if errA != nil {
		evidence.Discard(t, errA)
	}
	return first, second
}

// bothOrNone fails where one of two calls that should agree gave an error.
func bothOrNone(t *rapid.T, what string, a, b error) {
	t.Helper()
	if (a == nil) != (b == nil) {
		t.Fatalf("%s: one error only: %v, %v", what, a, b)
	}
}

func TestOrderOfRowsDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := spells(t)
		rows := rapid.Permutation(allRows(len(d.Stop))).Draw(t, "order")
		a, b := both(t, d, d.reorder(rows), Ties(rapid.IntRange(0, 1).Draw(t, "ties")))
		for j := range a.Terms {
			close(t, "coefficient", b.Terms[j].Coef, a.Terms[j].Coef)
			close(t, "SE", b.Terms[j].SE, a.Terms[j].SE)
		}
		ca, errA := a.Concordance(nil)
		cb, errB := b.Concordance(nil)
		bothOrNone(t, "concordance", errA, errB)
		close(t, "concordance SE", cb.SE, ca.SE)
	})
}

func TestUnitsAndSignsOfCovariatesCarryThrough(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := spells(t)
		changed := d.reorder(allRows(len(d.Stop)))
		for k := 0; k < len(changed.X); k += 2 {
			changed.X[k] = -1000*changed.X[k] + 7
			changed.X[k+1] = 1 - changed.X[k+1] // arms swapped
		}
		a, b := both(t, d, changed, Efron)
		close(t, "a", -1000*b.Terms[0].Coef, a.Terms[0].Coef)
		close(t, "b", -b.Terms[1].Coef, a.Terms[1].Coef)
		close(t, "p", b.Terms[0].P, a.Terms[0].P)
		close(t, "log-likelihood", b.LogLik, a.LogLik)
	})
}

// Splitting a spell into two that meet changes nothing.
func TestSplittingSpellsDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := spells(t)
		split := d.reorder(allRows(len(d.Stop)))
		for i := range d.Stop {
			if d.Stop[i]-d.Start[i] < 2 {
				continue
			}
			at := d.Start[i] + 1
			split.Start = append(split.Start, at)
			split.Stop = append(split.Stop, d.Stop[i])
			split.Event = append(split.Event, d.Event[i])
			split.Weight = append(split.Weight, 1)
			split.X = append(split.X, d.X[2*i:2*i+2]...)
			split.Cluster = append(split.Cluster, d.Cluster[i])
			split.Strata = append(split.Strata, d.Strata[i])
			split.Stop[i], split.Event[i] = at, false
		}
		a, b := both(t, d, split, Efron)
		for j := range a.Terms {
			close(t, "coefficient", b.Terms[j].Coef, a.Terms[j].Coef)
			close(t, "cluster-robust SE", b.Terms[j].SE, a.Terms[j].SE)
		}
		ka, _ := KaplanMeier(d.Data)
		kb, _ := KaplanMeier(split.Data)
		close(t, "curve", kb.At(8, 0.95, Plain).Surv, ka.At(8, 0.95, Plain).Surv)
	})
}

// Weight 2 is two rows, for curves and (with Breslow ties) for Cox.
func TestWeightsAreCounts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := spells(t)
		double := d.reorder(append(allRows(len(d.Stop)), allRows(len(d.Stop))...))
		for i := range d.Weight {
			d.Weight[i] = 2
		}
		a, b := both(t, d, double, Breslow)
		for j := range a.Terms {
			close(t, "coefficient", b.Terms[j].Coef, a.Terms[j].Coef)
			close(t, "model SE", b.Terms[j].ModelSE, a.Terms[j].ModelSE)
			close(t, "cluster-robust SE", b.Terms[j].SE, a.Terms[j].SE)
		}
		ka, errA := KaplanMeier(d.Data)
		kb, errB := KaplanMeier(double.Data)
		if errA != nil || errB != nil {
			t.Fatal(errA, errB)
		}
		pa, pb := ka.At(8, 0.95, LogLog), kb.At(8, 0.95, LogLog)
		close(t, "SE", pb.SE, pa.SE)
		close(t, "at risk", pb.AtRisk, pa.AtRisk)
	})
}

func TestLogRankOfSwappedGroupsIsTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := spells(t)
		group, swapped := make([]int, len(d.Stop)), make([]int, len(d.Stop))
		for i := range group {
			group[i] = rapid.IntRange(0, 1).Draw(t, "group")
			swapped[i] = 1 - group[i]
		}
		a, errA := LogRank(d.Data, group, nil, PetoPeto)
		b, errB := LogRank(d.Data, swapped, nil, PetoPeto)
		bothOrNone(t, "test", errA, errB)
		if errA != nil {
			evidence.Discard(t, errA)
		}
		close(t, "χ²", b.ChiSq, a.ChiSq)
		close(t, "differences", b.Observed[0]-b.Expected[0], a.Expected[0]-a.Observed[0])
		close(t, "swapped", b.Observed[0], a.Observed[1])
	})
}

func TestAscendingSortsStably(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.SampledFrom([]int{1, 50, fewRows + 100}).Draw(t, "n")
		seed := rapid.Uint64().Draw(t, "seed")
		rng := rand.New(rand.NewPCG(seed, 0))
		key := make([]float64, n)
		for i := range key {
			key[i] = float64(rng.IntN(n)-n/2) / 8
			if rng.IntN(5) == 0 {
				key[i] = rng.NormFloat64() * 1e6
			}
		}
		got := ascending(allRows(n), key)
		want := allRows(n)
		slices.SortStableFunc(want, func(a, b int) int { return cmp.Compare(key[a], key[b]) })
		if !slices.Equal(got, want) {
			t.Fatalf("order of %v is %v", key, got)
		}
	})
}
