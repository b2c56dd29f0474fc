package heterogeneity

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/resample"
)

// Uplift says what it is worth to treat those first who are predicted to gain
// most.
type Uplift struct {
	// Share of people treated, and the gain per person of all from treating
	// that share by predicted effect, in the unit of the outcome.
	Share []float64
	Gain  []stat.Estimate
	// Qini is the area between that curve and the straight line of treating a
	// random share; AUTOC weighs the first to be treated more (mean excess
	// effect of the top share, over all shares). Both are 0 for a ranking that
	// means nothing.
	Qini, AUTOC stat.Test
	Failed      int // bootstrap samples without a value
}

// UpliftPlan says how the bootstrap is drawn.
type UpliftPlan struct {
	Points     int // of the curve; 0: 20
	Replicates int // 0: 1,000
	Seed       uint64
}

// Uplift draws the uplift curve of predictions and its Qini coefficient, with
// normal intervals from a bootstrap of clusters in which ranks are drawn anew.
// Intervals of the curve are for one share at a time.
//
// Errors: ErrTooFew, ErrNotFinite; ErrNoVariance if predictions do not differ in
// any fold; those of resample.Bootstrap; the context's error. Uplift panics if
// level is outside (0, 1) or the plan has negative numbers.
//
// Source: Radcliffe (2007), Direct Marketing Analytics Journal 1:14-21 (Qini);
// Yadlowsky, Fleming, Shah, Brunskill and Wager (2025), JASA 120:38-51 (AUTOC
// and its bootstrap).
func (o *Predictions) Uplift(ctx context.Context, p UpliftPlan, level float64) (*Uplift, error) {
	stat.CheckLevel(level)
	if p.Points < 0 || p.Replicates < 0 {
		panic(fmt.Sprintf("heterogeneity: %+v", p))
	}
	if p.Points == 0 {
		p.Points = 20
	}
	if p.Replicates == 0 {
		p.Replicates = 1000
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	c, err := o.newCurve(p.Points)
	if err != nil {
		return nil, err
	}
	draws, err := resample.Bootstrap(ctx, resample.Plan{Units: c.clusters, Outputs: p.Points + 2, Replicates: p.Replicates, Seed: p.Seed}, c.statistic)
	if err != nil {
		return nil, fmt.Errorf("uplift: %w", err)
	}
	out := &Uplift{Failed: draws.Failed}
	tests := make([]stat.Test, p.Points+2)
	for k, v := range draws.Original {
		se, err := draws.SE(k)
		if err != nil {
			return nil, fmt.Errorf("uplift: %w", err)
		}
		tests[k] = stat.Normal(v, se, level)
	}
	out.Qini, out.AUTOC = tests[0], tests[1]
	for k := range p.Points {
		out.Share = append(out.Share, float64(k+1)/float64(p.Points))
		out.Gain = append(out.Gain, tests[k+2].Estimate)
	}
	return out, nil
}

// curve holds what one evaluation of the uplift curve needs: rows by fold and
// falling predicted effect, and the cluster number of each row.
type curve struct {
	o        *Predictions
	folds    [][]int
	cluster  []int // 0, 1, … of each row
	clusters int
	points   int
}

func (o *Predictions) newCurve(points int) (*curve, error) {
	c := &curve{o: o, folds: o.byFold(), cluster: make([]int, len(o.Score)), points: points}
	differ := false
	for _, rows := range c.folds {
		differ = differ || o.Effect[rows[0]] != o.Effect[rows[len(rows)-1]]
	}
	if !differ {
		return nil, fmt.Errorf("predicted effects do not differ in any of %d folds: %w", len(c.folds), stat.ErrNoVariance)
	}
	labels := slices.Compact(slices.Sorted(slices.Values(o.Cluster)))
	c.clusters = len(labels)
	for i, l := range o.Cluster {
		c.cluster[i], _ = slices.BinarySearch(labels, l)
	}
	return c, nil
}

// statistic computes Qini, AUTOC and the gains of a sample of clusters.
func (c *curve) statistic(sample []int, out []float64) error {
	times := make([]float64, c.clusters)
	for _, k := range sample {
		times[k]++
	}
	total := 0.0
	clear(out)
	for _, rows := range c.folds {
		total += c.addFold(rows, times, out)
	}
	if total == 0 {
		return fmt.Errorf("an empty sample: %w", stat.ErrTooFew)
	}
	for k := range out {
		out[k] /= total
	}
	return nil
}

// addFold adds a fold's part to the sums over people and returns its people.
// People tied in predicted effect are one block, treated together in
// proportion.
func (c *curve) addFold(rows []int, times, out []float64) float64 {
	var n, mean float64
	for _, r := range rows {
		n += times[c.cluster[r]]
		mean += times[c.cluster[r]] * c.o.Score[r]
	}
	if n == 0 {
		return 0
	}
	mean /= n
	before := 0.0
	for i := 0; i < len(rows); {
		end, count, sum := i, 0.0, 0.0
		for end < len(rows) && c.o.Effect[rows[end]] == c.o.Effect[rows[i]] {
			w := times[c.cluster[rows[end]]]
			count += w
			sum += w * c.o.Score[rows[end]]
			end++
		}
		if count > 0 {
			c.addBlock(before/n, (before+count)/n, sum, sum-count*mean, out)
		}
		before += count
		i = end
	}
	return n
}

// addBlock adds people ranked from share a to b with a sum of scores, and of
// scores less the fold's mean.
func (c *curve) addBlock(a, b, sum, excess float64, out []float64) {
	out[0] += sum * (0.5 - (a+b)/2)
	weight := 1 - math.Log(b) // ∫ of the share treated over s, divided by s
	if a > 0 {
		weight -= a / (b - a) * math.Log(b/a)
	}
	out[1] += excess * weight
	for k := range c.points {
		s := float64(k+1) / float64(c.points)
		if s > a {
			out[k+2] += sum * math.Min(1, (s-a)/(b-a))
		}
	}
}
