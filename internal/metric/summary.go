package metric

import (
	"time"

	"github.com/liftmark/liftmark/internal/warehouse/plan"
	"github.com/liftmark/liftmark/stat/mean"
)

// summary adds the KPI's rows up to sufficient statistics for each period and
// segment. People are added up to their accounts first, for colleagues are
// alike; where all are of one account, they count one by one.
func (c *compiler) summary() (plan.Node, error) {
	rows, err := c.unitRows()
	if err != nil {
		return nil, err
	}
	final := append(moments(""), plan.Measure{Name: "units", Func: plan.Count})
	if c.def.Unit == "person" {
		rows = plan.Aggregate{Input: rows, By: plan.Columns(periodColumn, segmentColumn, clusterColumn), Measures: append(moments("unit_"),
			plan.Measure{Name: numColumn, Func: plan.Sum, Arg: plan.Column(numColumn)}, plan.Measure{Name: denColumn, Func: plan.Sum, Arg: plan.Column(denColumn)})}
		final = append(moments(""), plan.Measure{Name: "units", Func: plan.Sum, Arg: plan.Column("unit_n")})
		for _, m := range moments("unit_")[1:] { // of use where there is one account, whose they are
			final = append(final, plan.Measure{Name: m.Name, Func: plan.Max, Arg: plan.Column(m.Name)})
		}
	}
	return plan.Sort{By: []string{periodColumn, segmentColumn}, Input: plan.Aggregate{
		Input: rows, By: plan.Columns(periodColumn, segmentColumn), Measures: final}}, nil
}

// moments are the sufficient statistics of num and den over rows: count, sums,
// means and central second moments, and what kind of numbers they are.
func moments(prefix string) []plan.Measure {
	num, den := plan.Column(numColumn), plan.Column(denColumn)
	zero, one := plan.Value{V: 0.0}, plan.Value{V: 1.0}
	simple := plan.And{plan.Binary{Op: plan.Eq, L: den, R: one}, plan.In{X: num, Values: []any{0.0, 1.0}}}
	bounded := plan.And{plan.Binary{Op: plan.Ge, L: num, R: zero}, plan.Binary{Op: plan.Le, L: num, R: den}}
	out := []plan.Measure{
		{Name: "n", Func: plan.Count}, {Name: "sum_num", Func: plan.Sum, Arg: num}, {Name: "sum_den", Func: plan.Sum, Arg: den},
		{Name: "mean_num", Func: plan.Mean, Arg: num}, {Name: "mean_den", Func: plan.Mean, Arg: den},
		{Name: "var_num", Func: plan.VarSample, Arg: num}, {Name: "var_den", Func: plan.VarSample, Arg: den},
		{Name: "cov", Func: plan.CovSample, Arg: num, Arg2: den},
		{Name: "simple", Func: plan.Every, Arg: simple}, {Name: "bounded", Func: plan.Every, Arg: bounded},
	}
	for i := range out {
		out[i].Name = prefix + out[i].Name
	}
	return out
}

// totals are the sufficient statistics of a ratio over independent clusters, as
// the engine adds them up.
type totals struct {
	mean.PairMoments
	units    int
	num, den float64
	simple   bool // every cluster is one trial: den 1, num 0 or 1
	bounded  bool // 0 <= num <= den in every cluster
	alone    bool // the clusters are people, all of one account
}

// statistics receives the columns of moments.
type statistics struct {
	num, den, meanNum, meanDen float64
	varNum, varDen, cov        *float64 // null for a single row
	simple, bounded            bool
}

func (x *statistics) dest() []any {
	return []any{&x.num, &x.den, &x.meanNum, &x.meanDen, &x.varNum, &x.varDen, &x.cov, &x.simple, &x.bounded}
}

func (x *statistics) totals(n int) totals {
	return totals{
		PairMoments: mean.PairMoments{N: n, MeanNum: x.meanNum, MeanDen: x.meanDen, VarNum: orZero(x.varNum), VarDen: orZero(x.varDen), Cov: orZero(x.cov)},
		num:         x.num, den: x.den, simple: x.simple, bounded: x.bounded,
	}
}

// scanTotals reads one row of summary.
func (c *compiler) scanTotals(scan func(...any) error) (key time.Time, segment string, t totals, err error) {
	var name *string
	var n, units int
	var clusters, people statistics
	dest := append([]any{&key, &name, &n}, clusters.dest()...)
	var sum float64
	if c.def.Unit == "person" {
		dest = append(append(dest, &sum), people.dest()...)
	} else {
		dest = append(dest, &units)
	}
	if err := scan(dest...); err != nil {
		return key, "", t, err
	}
	t = clusters.totals(n)
	if c.def.Unit == "person" {
		units = int(sum)
		if n == 1 && units > 1 {
			t = people.totals(units)
			t.alone = true
		}
	}
	t.units = units
	return key.UTC(), text(name), t, nil
}

func orZero(x *float64) float64 {
	if x == nil {
		return 0
	}
	return *x
}
