package study

import (
	"fmt"
	"math"
	"slices"

	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/balance"
	"github.com/liftmark/liftmark/stat/regression"
	"github.com/liftmark/liftmark/stat/summary"
)

// entry is an account in a month in which it could have trained: untrained
// before, and in the data at the end of the month before and of the month.
type entry struct {
	account int
	month   month
	treated bool // trained in the month
}

// stack is the risk sets of all months one on another: in each month with a
// start, the accounts that started and those that could have. Covariates are
// those at the end of the month before. It shows whether the arms are alike,
// before and after weighting controls by their odds of training.
type stack struct {
	entries []entry
	columns []covariate
	weights []float64 // 1 for the treated, odds for controls, with equal sums by month; nil: no model
	problem error     // why there are no weights
}

// stackOf collects the risk sets; present says whether an account is in the
// data at the end of a month.
func (a *analysis) stackOf(covariates []timeCovariate, present func(i int, m month) bool) *stack {
	s := &stack{}
	months := map[month]bool{}
	for _, st := range a.c.rollout.starts {
		if st.ever && a.c.months.has(st.month) && a.c.months.has(st.month-1) {
			months[st.month] = true
		}
	}
	for m := a.c.months.from + 1; m < a.c.months.to; m++ {
		if months[m] {
			s.addMonth(a, m, present)
		}
	}
	for _, c := range covariates {
		values := make([]float64, len(s.entries))
		for k, e := range s.entries {
			values[k] = c.at(e.account, e.month-1)
		}
		s.columns = append(s.columns, covariate{c.name, values})
	}
	s.columns = distinct(varying(s.columns))
	s.weigh()
	return s
}

// addMonth adds the risk set of a month if both arms are in it.
func (s *stack) addMonth(a *analysis, m month, present func(i int, m month) bool) {
	var set []entry
	var seen [2]bool
	for i, st := range a.c.rollout.starts {
		if (st.ever && st.month < m) || !present(i, m-1) || !present(i, m) {
			continue
		}
		treated := st.ever && st.month == m
		set = append(set, entry{i, m, treated})
		if treated {
			seen[1] = true
		} else {
			seen[0] = true
		}
	}
	if seen[0] && seen[1] {
		s.entries = append(s.entries, set...)
	}
}

// weigh models who trains by logistic regression on the covariates and the
// month, and weights controls by their odds.
func (s *stack) weigh() {
	if len(s.entries) == 0 {
		s.problem = fmt.Errorf("no month with both arms: %w", stat.ErrTooFew)
		return
	}
	y := make([]float64, len(s.entries))
	for k, e := range s.entries {
		if e.treated {
			y[k] = 1
		}
	}
	var err error
	for _, calendar := range [][][]float64{s.monthDummies(), s.monthCurve()} {
		columns := calendar
		for _, c := range s.columns {
			columns = append(columns, standardised(c.values))
		}
		var fit *regression.Logit
		if fit, err = regression.Logistic(y, regression.WithIntercept(len(y), columns...), nil); err == nil {
			s.setWeights(fit.Fitted)
			return
		}
	}
	s.problem = err
}

func standardised(x []float64) []float64 {
	m, err := summary.Of(x)
	if err != nil || m.Var == 0 {
		return x
	}
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = (v - m.Mean) / m.SD()
	}
	return out
}

func (s *stack) monthDummies() [][]float64 {
	var out [][]float64
	var last month = -1
	for k, e := range s.entries {
		if e.month != last {
			last = e.month
			out = append(out, make([]float64, len(s.entries)))
		}
		out[len(out)-1][k] = 1
	}
	return out[1:]
}

// monthCurve is a parabola over the calendar.
func (s *stack) monthCurve() [][]float64 {
	line := make([]float64, len(s.entries))
	for k, e := range s.entries {
		line[k] = float64(e.month)
	}
	line = standardised(line)
	if line[0] == line[len(line)-1] {
		return nil
	}
	square := make([]float64, len(line))
	for k, v := range line {
		square[k] = v * v
	}
	return [][]float64{line, square}
}

// setWeights turns probabilities into weights, so that in every month the
// controls weigh together what the treated do.
func (s *stack) setWeights(prob []float64) {
	s.weights = make([]float64, len(prob))
	odds, treated := map[month]float64{}, map[month]float64{}
	for k, e := range s.entries {
		if s.weights[k] = 1; e.treated {
			treated[e.month]++
			continue
		}
		s.weights[k] = prob[k] / (1 - prob[k])
		odds[e.month] += s.weights[k]
	}
	for k, e := range s.entries {
		if !e.treated {
			s.weights[k] *= treated[e.month] / odds[e.month]
		}
	}
}

// table is the balance of the arms.
func (s *stack) table(columns []covariate) (balance.Table, error) {
	treated := make([]bool, len(s.entries))
	for k, e := range s.entries {
		treated[k] = e.treated
	}
	var list []balance.Covariate
	for _, c := range columns {
		list = append(list, balance.Covariate{Name: c.name, Values: c.values})
	}
	return balance.New(treated, s.weights, list, balance.Pooled)
}

// controls is how many equally weighted accounts the weighted controls are
// worth, and the largest share of the weight that one account has.
func (s *stack) controls() (effective, largest float64) {
	byAccount := map[int]float64{}
	total := 0.0
	for k, e := range s.entries {
		if !e.treated {
			byAccount[e.account] += s.weights[k]
			total += s.weights[k]
		}
	}
	squares := 0.0
	for _, i := range sortedAccounts(byAccount) {
		squares += byAccount[i] * byAccount[i]
		largest = math.Max(largest, byAccount[i]/total)
	}
	return total * total / squares, largest
}

// difference compares a value between the weighted arms, with the interval of
// a regression clustered by account. Entries without a value (NaN) are left
// out. Level is the coverage wanted, as a number of standard errors.
func (s *stack) difference(value func(e entry) float64, z float64) (d weightedDifference, err error) {
	var y, x, w []float64
	var cluster []int
	arms := [2]map[int]bool{{}, {}}
	for k, e := range s.entries {
		v := value(e)
		if math.IsNaN(v) {
			continue
		}
		arm := 0
		if e.treated {
			arm = 1
		}
		arms[arm][e.account] = true
		y, x, w, cluster = append(y, v), append(x, float64(arm)), append(w, s.weights[k]), append(cluster, e.account)
	}
	d.treated, d.controls = len(arms[1]), len(arms[0])
	if d.treated < minUnits || d.controls < minUnits {
		return d, fmt.Errorf("%d trained accounts and %d others have a value: %w", d.treated, d.controls, stat.ErrTooFew)
	}
	spread, err := summary.Of(y)
	if err != nil || spread.Var == 0 {
		return d, stat.ErrNoVariance
	}
	fit, err := regression.WLS(y, regression.WithIntercept(len(y), x), w)
	if err != nil {
		return d, err
	}
	cov, err := fit.Clustered(regression.CR1, cluster)
	if err != nil {
		return d, err
	}
	se := math.Sqrt(cov.At(1, 1))
	d.effect = Effect{Value: fit.Coef[1], SE: se, Low: fit.Coef[1] - z*se, High: fit.Coef[1] + z*se, Level: level}
	d.smd = fit.Coef[1] / spread.SD()
	return d, nil
}

type weightedDifference struct {
	effect            Effect
	smd               float64 // in standard deviations of the value
	treated, controls int     // accounts
}

func sortedAccounts(m map[int]float64) []int {
	out := make([]int, 0, len(m))
	for i := range m {
		out = append(out, i)
	}
	slices.Sort(out)
	return out
}
