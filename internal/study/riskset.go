package study

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/liftmark/liftmark/stat/trial"
)

// eventPanel is a time-to-event outcome arranged for package trial.
type eventPanel struct {
	trial.Panel
	groups   []string // of each column: the covariate that it belongs to
	accounts []int    // of each unit
}

// timeCovariate is a value for each account and month, as known at the end of
// the month; group names what it describes (dummies of one field share it).
type timeCovariate struct {
	name, group string
	at          func(i int, m month) float64
}

const (
	recentMonths = 3 // a KPI's level is over so many months, its trend against as many before
)

// timeCovariates are what the adjustment of target trials may use at the end of
// a month: nothing later enters.
func (a *analysis) timeCovariates() []timeCovariate {
	fixed, _ := a.c.fieldCovariates(a.plan.Covariates.Fields)
	var out []timeCovariate
	for _, c := range fixed {
		out = append(out, timeCovariate{c.name, groupOf(c.name, a.plan.Covariates.Fields), func(i int, _ month) float64 { return c.values[i] }})
	}
	out = append(out, timeCovariate{"tenure", "tenure", func(i int, m month) float64 {
		return math.Log1p(max(0, float64(m-a.c.accounts[i].joined)))
	}})
	for _, k := range a.kpis {
		out = append(out, k.timed()...)
	}
	return append(out, a.c.segmentTrained()...)
}

// groupOf finds the field that a column was made of.
func groupOf(column string, fields []string) string {
	best := column
	for _, f := range fields {
		name := strings.TrimPrefix(column, "log ")
		if name == f || strings.HasPrefix(name, f+" ") {
			best = f
		}
	}
	return best
}

// timed gives a KPI's recent level and trend. Where either is not known the
// value is 0 and a column of its own says so.
func (k kpiCovariate) timed() []timeCovariate {
	recent := func(i int, m month) float64 { return scaleValue(k.series.mean(i, m-recentMonths+1, m+1), k.log) }
	before := func(i int, m month) float64 {
		return scaleValue(k.series.mean(i, m-2*recentMonths+1, m-recentMonths+1), k.log)
	}
	trend := func(i int, m month) float64 { return recent(i, m) - before(i, m) }
	missing := func(f func(int, month) float64) func(int, month) float64 {
		return func(i int, m month) float64 {
			if math.IsNaN(f(i, m)) {
				return 1
			}
			return 0
		}
	}
	filled := func(f func(int, month) float64) func(int, month) float64 {
		return func(i int, m month) float64 {
			if v := f(i, m); !math.IsNaN(v) {
				return v
			}
			return 0
		}
	}
	name := k.name
	if k.log {
		name = "log " + name
	}
	return []timeCovariate{
		{name, k.id, filled(recent)},
		{name + " not known", k.id, missing(recent)},
		{name + " trend", k.id, filled(trend)},
		{name + " trend not known", k.id, missing(trend)},
	}
}

func scaleValue(x float64, log bool) float64 {
	if log {
		return math.Log1p(x)
	}
	return x
}

// skewed says whether a KPI is read on a log scale: never negative, and its
// largest values far above the middle.
func (s *series) skewed() bool {
	var values []float64
	for i := range s.num {
		for k := range s.num[i] {
			if s.den[i][k] > 0 {
				values = append(values, s.num[i][k]/s.den[i][k])
			}
		}
	}
	return scaled("", values).name != ""
}

// segmentTrained is the share of an industry's accounts that had trained by the
// end of a month: earlier training of others in the segment.
func (c *company) segmentTrained() []timeCovariate {
	const field = "industry"
	values, known := c.field(field)
	if known == 0 {
		return nil
	}
	size := map[string]float64{}
	starts := map[string][]month{}
	for i, v := range values {
		size[v]++
		if st := c.rollout.starts[i]; st.ever {
			starts[v] = append(starts[v], st.month)
		}
	}
	for _, s := range starts {
		slices.Sort(s)
	}
	return []timeCovariate{{"share of the industry trained before", "segment", func(i int, m month) float64 {
		trained, _ := slices.BinarySearch(starts[values[i]], m+1)
		return float64(trained) / size[values[i]]
	}}}
}

// eventPanelOf arranges fates and covariates. Columns that do not vary among
// account-months that a trial may look at, or that repeat another, are left out.
func (a *analysis) eventPanelOf(covariates []timeCovariate) *eventPanel {
	e := &eventPanel{}
	e.Periods = a.c.months.len()
	a.addUnits(e)
	kept := e.accounts
	columns := a.columns(e, kept, covariates)
	e.X = make([]float64, len(kept)*e.Periods*len(columns))
	for j, c := range columns {
		e.Names, e.groups = append(e.Names, c.name), append(e.groups, c.group)
		for k, i := range kept {
			for t := range e.Periods {
				e.X[(k*e.Periods+t)*len(columns)+j] = c.at(i, a.c.months.from+month(t))
			}
		}
	}
	return e
}

// addUnits fills in the accounts that are observed for at least one month.
func (a *analysis) addUnits(e *eventPanel) {
	for i, f := range a.fates {
		if !f.known {
			continue
		}
		entry := min(int(f.first-a.c.months.from)-1, int(a.c.accounts[i].joined-a.c.months.from))
		u := trial.Unit{Entry: entry, Exit: int(f.last - a.c.months.from), Event: f.event, Treated: trial.Never}
		if a.def.Kind == "duration" {
			u.Entry = int(f.first-a.c.months.from) - 1
		}
		if u.Exit < 0 || u.Exit >= e.Periods || u.Entry > u.Exit {
			continue
		}
		if st := a.c.rollout.starts[i]; st.ever && int(st.month-a.c.months.from) <= u.Exit {
			u.Treated = max(int(st.month-a.c.months.from), u.Entry)
		}
		e.Units, e.accounts = append(e.Units, u), append(e.accounts, i)
	}
}

// columns keeps the covariates that vary where trials look.
func (a *analysis) columns(e *eventPanel, kept []int, covariates []timeCovariate) []timeCovariate {
	var values []covariate
	for _, c := range covariates {
		v := covariate{name: c.name}
		for k, i := range kept {
			u := e.Units[k]
			for t := max(0, u.Entry); t < u.Exit && t < u.Treated; t++ {
				v.values = append(v.values, c.at(i, a.c.months.from+month(t)))
			}
		}
		values = append(values, v)
	}
	var keep []string
	for _, v := range distinct(varying(values)) {
		keep = append(keep, v.name)
	}
	return slices.DeleteFunc(slices.Clone(covariates), func(c timeCovariate) bool { return !slices.Contains(keep, c.name) })
}

// without leaves out the columns of a group.
func (e *eventPanel) without(drop func(j int) bool) *eventPanel {
	var keep []int
	for j := range e.Names {
		if !drop(j) {
			keep = append(keep, j)
		}
	}
	out := &eventPanel{Panel: e.Panel, accounts: e.accounts}
	out.Names, out.X = nil, make([]float64, 0, len(e.Units)*e.Periods*len(keep))
	for _, j := range keep {
		out.Names, out.groups = append(out.Names, e.Names[j]), append(out.groups, e.groups[j])
	}
	for row := 0; row < len(e.X); row += len(e.Names) {
		for _, j := range keep {
			out.X = append(out.X, e.X[row+j])
		}
	}
	return out
}

// blamed finds the column that an error of package trial names.
func (e *eventPanel) blamed(err error) int {
	for j, name := range e.Names {
		if strings.Contains(err.Error(), fmt.Sprintf("covariate %s:", name)) || strings.Contains(err.Error(), fmt.Sprintf("covariate %s is", name)) {
			return j
		}
	}
	return -1
}
