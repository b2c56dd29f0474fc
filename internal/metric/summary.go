package metric

import (
	"time"

	"github.com/liftmark/liftmark/internal/warehouse/plan"
	"github.com/liftmark/liftmark/stat/mean"
)

// summary adds the KPI's rows up to sufficient statistics for each period and
// segment. People are added up to their accounts first, for colleagues are
// alike.
func (c *compiler) summary() (plan.Node, error) {
	rows, err := c.unitRows()
	if err != nil {
		return nil, err
	}
	units := plan.Measure{Name: "units", Func: plan.Count}
	if c.def.Unit == "person" {
		rows = plan.Aggregate{Input: rows, By: plan.Columns(periodColumn, segmentColumn, clusterColumn), Measures: []plan.Measure{
			{Name: "people", Func: plan.Count}, {Name: numColumn, Func: plan.Sum, Arg: plan.Column(numColumn)}, {Name: denColumn, Func: plan.Sum, Arg: plan.Column(denColumn)}}}
		units = plan.Measure{Name: "units", Func: plan.SumWhole, Arg: plan.Column("people")}
	}
	return statisticsOf(rows, units), nil
}

// summaryOfPeople adds people up one by one, for periods and segments in which
// all of them are of one account.
func (c *compiler) summaryOfPeople() (plan.Node, error) {
	rows, err := c.unitRows()
	if err != nil {
		return nil, err
	}
	return statisticsOf(rows, plan.Measure{Name: "units", Func: plan.Count}), nil
}

func statisticsOf(rows plan.Node, units plan.Measure) plan.Node {
	return plan.Sort{By: []string{periodColumn, segmentColumn}, Input: plan.Aggregate{
		Input: rows, By: plan.Columns(periodColumn, segmentColumn), Measures: append(moments(), units)}}
}

// moments are the sufficient statistics of num and den over rows: count, sums,
// means and central second moments, and what kind of numbers they are.
func moments() []plan.Measure {
	num, den := plan.Column(numColumn), plan.Column(denColumn)
	zero, one := plan.Value{V: 0.0}, plan.Value{V: 1.0}
	simple := plan.And{plan.Binary{Op: plan.Eq, L: den, R: one}, plan.In{X: num, Values: []any{0.0, 1.0}}}
	bounded := plan.And{plan.Binary{Op: plan.Ge, L: num, R: zero}, plan.Binary{Op: plan.Le, L: num, R: den}}
	return []plan.Measure{
		{Name: "n", Func: plan.Count}, {Name: "sum_num", Func: plan.Sum, Arg: num}, {Name: "sum_den", Func: plan.Sum, Arg: den},
		{Name: "mean_num", Func: plan.Mean, Arg: num}, {Name: "mean_den", Func: plan.Mean, Arg: den},
		{Name: "var_num", Func: plan.VarSample, Arg: num}, {Name: "var_den", Func: plan.VarSample, Arg: den},
		{Name: "cov", Func: plan.CovSample, Arg: num, Arg2: den},
		{Name: "simple", Func: plan.Every, Arg: simple}, {Name: "bounded", Func: plan.Every, Arg: bounded},
	}
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

// scanTotals reads one row of a summary.
func scanTotals(scan func(...any) error) (key time.Time, segment string, t totals, err error) {
	var name *string
	var units float64                // a sum of counts may have more digits than int64
	var varNum, varDen, cov *float64 // null for a single row
	m := &t.PairMoments
	err = scan(&key, &name, &m.N, &t.num, &t.den, &m.MeanNum, &m.MeanDen, &varNum, &varDen, &cov, &t.simple, &t.bounded, &units)
	m.VarNum, m.VarDen, m.Cov = orZero(varNum), orZero(varDen), orZero(cov)
	t.units = int(units)
	return key.UTC(), text(name), t, err
}

func orZero(x *float64) float64 {
	if x == nil {
		return 0
	}
	return *x
}
