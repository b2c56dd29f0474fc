package study

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/liftmark/liftmark/internal/metric"
)

// covariate is one column of the adjustment, a value for each account.
type covariate struct {
	name   string
	values []float64
}

// levelSign stands between a field and its level in the name of a dummy.
const levelSign = ": "

const (
	maxLevels     = 6    // dummies of one field, the pooled rest included
	rareShare     = 0.05 // a level with fewer accounts is pooled
	rareCount     = 10
	otherLevel    = "other"
	unknownLevel  = "not known"
	skewedAtRatio = 5 // mean over median from which a positive number is read on a log scale
)

// fieldCovariates turns the account fields of a plan into columns. Text becomes
// one column per level against the most frequent one; numbers stay numbers, on
// a log scale where they are skewed. Columns that do not vary are left out and
// named in notes; a field that no account has is an error.
func (c *company) fieldCovariates(fields []string) (columns []covariate, notes []string) {
	for _, name := range fields {
		values, known := c.field(name)
		switch {
		case known == 0:
			notes = append(notes, fmt.Sprintf("The field %s is empty for every account and adjusts nothing.", name))
		case allNumbers(values):
			columns = append(columns, numberColumns(name, values)...)
		default:
			columns = append(columns, levelColumns(name, values)...)
		}
	}
	return varying(columns), notes
}

func (c *company) field(name string) (values []string, known int) {
	values = make([]string, len(c.accounts))
	for i, a := range c.accounts {
		values[i] = strings.TrimSpace(fieldNamed(a.fields, name))
		if name == "seats" && a.seats > 0 {
			values[i] = strconv.Itoa(a.seats)
		}
		if values[i] != "" {
			known++
		}
	}
	return values, known
}

// fieldNamed finds a field by any spelling of its name.
func fieldNamed(fields map[string]string, name string) string {
	if v, ok := fields[name]; ok {
		return v
	}
	for _, known := range slices.Sorted(maps.Keys(fields)) {
		if metric.SameName(known, name) {
			return fields[known]
		}
	}
	return ""
}

func allNumbers(values []string) bool {
	return !slices.ContainsFunc(values, func(s string) bool {
		if s == "" {
			return false
		}
		x, err := strconv.ParseFloat(s, 64)
		return err != nil || math.IsNaN(x) || math.IsInf(x, 0)
	})
}

func numberColumns(name string, values []string) []covariate {
	x := make([]float64, len(values))
	for i, s := range values {
		x[i] = math.NaN()
		if s != "" {
			x[i], _ = strconv.ParseFloat(s, 64) // allNumbers has checked it
		}
	}
	return completed(scaled(name, x))
}

// scaled reads a skewed positive number on a log scale, log(1 + x).
func scaled(name string, x []float64) covariate {
	present := present(x)
	slices.Sort(present)
	if len(present) == 0 || present[0] < 0 || present[len(present)-1] <= 1 {
		return covariate{name, x}
	}
	median := present[len(present)/2]
	if present[len(present)-1] < skewedAtRatio*math.Max(median, 1) {
		return covariate{name, x}
	}
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = math.Log1p(v)
	}
	return covariate{"log " + name, out}
}

func present(x []float64) []float64 {
	var out []float64
	for _, v := range x {
		if !math.IsNaN(v) {
			out = append(out, v)
		}
	}
	return out
}

// completed puts the mean where a value is missing and, where that is more than
// rare, adds a column that says where it was.
func completed(c covariate) []covariate {
	known := present(c.values)
	if len(known) == len(c.values) {
		return []covariate{c}
	}
	if len(known) == 0 {
		return nil
	}
	mean := 0.0
	for _, v := range known {
		mean += v / float64(len(known))
	}
	filled, missing := make([]float64, len(c.values)), make([]float64, len(c.values))
	for i, v := range c.values {
		filled[i] = v
		if math.IsNaN(v) {
			filled[i], missing[i] = mean, 1
		}
	}
	if float64(len(c.values)-len(known)) < rareShare*float64(len(c.values)) {
		return []covariate{{c.name, filled}}
	}
	return []covariate{{c.name, filled}, {c.name + " not known", missing}}
}

// levelColumns makes dummies; the most frequent level is the reference.
func levelColumns(name string, values []string) []covariate {
	level, order := pooled(values)
	var out []covariate
	for _, l := range order[1:] {
		x := make([]float64, len(level))
		for i := range level {
			if level[i] == l {
				x[i] = 1
			}
		}
		out = append(out, covariate{name + levelSign + l, x})
	}
	return out
}

// pooled gives each account its level, with rare levels and those beyond the
// cap pooled, and the levels by falling frequency.
func pooled(values []string) (level, order []string) {
	count := map[string]int{}
	level = make([]string, len(values))
	for i, v := range values {
		if level[i] = v; v == "" {
			level[i] = unknownLevel
		}
		count[level[i]]++
	}
	rare := max(rareCount, int(rareShare*float64(len(values))))
	if len(values) < 5*rareCount {
		rare = 2
	}
	kept := byFrequency(count)
	for i, l := range kept {
		if i > 0 && (count[l] < rare || i >= maxLevels) {
			kept = kept[:i]
			break
		}
	}
	count = map[string]int{}
	for i := range level {
		if !slices.Contains(kept, level[i]) {
			level[i] = otherLevel
		}
		count[level[i]]++
	}
	return level, byFrequency(count)
}

// byFrequency orders levels, the most frequent first, ties by name.
func byFrequency(count map[string]int) []string {
	levels := keysOf(count)
	slices.SortStableFunc(levels, func(a, b string) int { return count[b] - count[a] })
	return levels
}

// varying leaves out columns that are the same for all.
func varying(columns []covariate) []covariate {
	return slices.DeleteFunc(columns, func(c covariate) bool {
		return !slices.ContainsFunc(c.values, func(v float64) bool { return v != c.values[0] })
	})
}

// baselineMonths is how many of its first months describe an account before training.
const baselineMonths = 3

// baseline is the KPI over an account's first months in the data, before the
// month of its training and the month of the data's first start: the same
// months of life for trained and untrained accounts. NaN when there are none.
func (c *company) baseline(s *series) []float64 {
	out := make([]float64, len(c.accounts))
	for i := range c.accounts {
		from := c.firstMonth(i)
		to := from + baselineMonths
		if st := c.rollout.starts[i]; st.ever {
			to = min(to, st.month)
		}
		out[i] = s.mean(i, from, to)
	}
	return out
}

// firstMonth is the first whole month of the data in which the account was a
// customer throughout; the end of the data when there is none.
func (c *company) firstMonth(i int) month {
	for m := max(c.accounts[i].joined, c.months.from); m < c.months.to; m++ {
		if c.customerFor(i, m) {
			return m
		}
	}
	return c.months.to
}
