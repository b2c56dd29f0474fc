package experiment

import (
	"fmt"

	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/internal/inverse"
	"github.com/liftmark/liftmark/stat/summary"
)

// Correlation is how alike people of the same cluster are.
type Correlation struct {
	ICC             float64 // intraclass correlation; can come out slightly negative
	Interval        stat.Interval
	Between, Within float64 // mean squares, outcome unit squared
	Size            float64 // effective mean cluster size of the mean squares
	Clusters        int     // with people
}

// ICC estimates the intraclass correlation: the share of the outcome's variance
// that lies between clusters, by analysis of variance within arms, so that the
// treatment's effect is not counted as likeness. For 0/1 outcomes it is the
// same formula. The interval is Searle's, exact for normal outcomes and equal
// sizes; with fewer than twenty clusters it is wide, as it should be.
//
// Errors: ErrTooFew with fewer than two clusters beyond the arms, or no cluster
// of two people; ErrNoVariance if nothing varies within clusters; ErrInvalid
// and ErrNotFinite naming the cluster. ICC panics if level is outside (0, 1).
//
// Source: Fisher (1925); Searle (1971), Biometrics 27:1-76; for 0/1 outcomes
// Ridout, Demétrio and Firth (1999), Biometrics 55:137-148.
func ICC(clusters []Cluster, level float64) (Correlation, error) {
	stat.CheckLevel(level)
	by, err := byArm(clusters, 0)
	if err != nil {
		return Correlation{}, err
	}
	var between, within, total, size, dfBetween float64
	count := 0
	for _, list := range by {
		if len(list) == 0 {
			continue
		}
		n, mu := people(list)
		size += n
		for _, c := range list {
			between += float64(c.N) * (c.Mean - mu) * (c.Mean - mu)
			within += float64(c.N-1) * c.Var
			size -= float64(c.N) / n * float64(c.N)
		}
		total += n
		count += len(list)
		dfBetween += float64(len(list) - 1)
	}
	dfWithin := total - float64(count)
	if dfBetween < 1 || dfWithin < 1 {
		return Correlation{}, fmt.Errorf("%d clusters with %g people: %w", count, total, stat.ErrTooFew)
	}
	if !(within > 1e-26*between) {
		return Correlation{}, fmt.Errorf("no variance within %d clusters: %w", count, stat.ErrNoVariance)
	}
	out := Correlation{Between: between / dfBetween, Within: within / dfWithin, Size: size / dfBetween, Clusters: count}
	f := out.Between / out.Within
	alpha := (1 - level) / 2
	out.ICC = correlationOf(f, out.Size)
	out.Interval = stat.Interval{
		Low:   correlationOf(f/inverse.F(dfBetween, dfWithin, alpha), out.Size),
		High:  correlationOf(f*inverse.F(dfWithin, dfBetween, alpha), out.Size),
		Level: level,
	}
	if !finite(out.ICC, out.Between, out.Within, out.Interval.Low, out.Interval.High) {
		return Correlation{}, fmt.Errorf("mean squares %g and %g: %w", out.Between, out.Within, stat.ErrNotFinite)
	}
	return out, nil
}

// correlationOf turns a ratio of mean squares into an intraclass correlation.
func correlationOf(f, size float64) float64 { return (f - 1) / (f + size - 1) }

// DesignEffect is how many times larger the variance of a mean over people is
// than with as many independent people: 1 + (Σn²/Σn - 1)·icc, where n are the
// sizes of the clusters. The people divided by it are the effective sample.
//
// Errors: ErrTooFew without people, ErrInvalid for a negative size or an icc
// outside [-1, 1], ErrNotFinite.
//
// Source: Kish (1965), Survey Sampling; Eldridge, Ashby and Kerry (2006),
// International Journal of Epidemiology 35:1292-1300.
func DesignEffect(icc float64, sizes []int) (float64, error) {
	if !finite(icc) {
		return 0, fmt.Errorf("intraclass correlation %v: %w", icc, stat.ErrNotFinite)
	}
	if icc < -1 || icc > 1 {
		return 0, fmt.Errorf("intraclass correlation %g: %w", icc, stat.ErrInvalid)
	}
	var n, squares float64
	for i, size := range sizes {
		if size < 0 {
			return 0, fmt.Errorf("%d people in cluster %d: %w", size, i, stat.ErrInvalid)
		}
		n += float64(size)
		squares += float64(size) * float64(size)
	}
	if n == 0 {
		return 0, fmt.Errorf("design effect of %d clusters without people: %w", len(sizes), stat.ErrTooFew)
	}
	return 1 + (squares/n-1)*icc, nil
}

// Sizes are the clusters' numbers of people, for DesignEffect.
func Sizes(clusters []Cluster) []int {
	sizes := make([]int, len(clusters))
	for i, c := range clusters {
		sizes[i] = c.N
	}
	return sizes
}

// GroupClusters folds rows into clusters, in order of first appearance: y one
// outcome a person, cluster its label, treated its arm.
//
// Errors: ErrInvalid if people of one cluster are in both arms, ErrNotFinite,
// both naming the row; ErrTooFew without rows. GroupClusters panics if lengths
// differ.
func GroupClusters(y []float64, cluster []int, treated []bool) ([]Cluster, error) {
	if len(y) != len(cluster) || len(y) != len(treated) {
		panic(fmt.Sprintf("experiment: %d outcomes, %d clusters, %d arms", len(y), len(cluster), len(treated)))
	}
	if len(y) == 0 {
		return nil, fmt.Errorf("clusters of no rows: %w", stat.ErrTooFew)
	}
	at := map[int]int{}
	var values [][]float64
	var out []Cluster
	for i, v := range y {
		if !finite(v) {
			return nil, fmt.Errorf("outcome of row %d: %w", i, stat.ErrNotFinite)
		}
		k, known := at[cluster[i]]
		if !known {
			k = len(out)
			at[cluster[i]] = k
			out, values = append(out, Cluster{Treated: treated[i]}), append(values, nil)
		}
		if out[k].Treated != treated[i] {
			return nil, fmt.Errorf("row %d: cluster %d is in both arms: %w", i, cluster[i], stat.ErrInvalid)
		}
		values[k] = append(values[k], v)
	}
	for k := range out {
		m, err := summary.Of(values[k])
		if err != nil {
			return nil, fmt.Errorf("cluster %d: %w", k, err)
		}
		out[k].Moments = m
	}
	return out, nil
}
