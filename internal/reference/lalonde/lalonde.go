// Package lalonde reads the data by which methods for observational studies
// have been judged since LaLonde (1986): the trained of the National Supported
// Work experiment beside people of a survey, who were never in it. What the
// experiment itself found is known, so a method can be seen to come near it.
//
// Only tests import it; see internal/reference for where the data lie.
//
// Sources: LaLonde (1986), American Economic Review 76:604-620; Dehejia and
// Wahba (1999), Journal of the American Statistical Association 94:1053-1062.
package lalonde

import (
	"testing"

	"github.com/liftmark/liftmark/internal/reference"
	"github.com/liftmark/liftmark/stat/regression"
	"github.com/liftmark/liftmark/stat/weighting"
)

// PSID is 185 trained people and 429 of the Panel Study of Income Dynamics, as
// R's MatchIt has them.
func PSID(t testing.TB) weighting.Sample {
	c := reference.CSV(t, reference.Path(t, "lalonde-matchit", "lalonde.csv"))
	race := func(of string) []float64 {
		return each(func(i int) bool { return c["race"][i] == of }, len(c["race"]))
	}
	return Sample(c.Floats(t, "re78"), c.Floats(t, "treat"), c.Floats(t, "age"), c.Floats(t, "educ"), race("hispan"), race("white"),
		c.Floats(t, "married"), c.Floats(t, "nodegree"), c.Floats(t, "re74"), c.Floats(t, "re75"))
}

// CPS is 185 trained people and 15,992 of the Current Population Survey, every
// covariate entering as it is.
func CPS(t testing.TB) weighting.Sample {
	c := cps(t)
	return Sample(c("re78"), c("treat"), c("age"), c("educ"), c("black"), c("hisp"), c("marr"), c("nodegree"), c("re74"), c("re75"))
}

// CPSDehejiaWahba is CPS with the powers, products and marks of no earnings of
// Dehejia and Wahba (2002), Review of Economics and Statistics 84:151-161.
func CPSDehejiaWahba(t testing.TB) weighting.Sample {
	c := cps(t)
	none := func(x []float64) []float64 {
		return each(func(i int) bool { return x[i] == 0 }, len(x))
	}
	age, educ, re74, re75 := c("age"), c("educ"), c("re74"), c("re75")
	return Sample(c("re78"), c("treat"), age, times(age, age), times(age, times(age, age)), educ, times(educ, educ), c("marr"), c("nodegree"),
		c("black"), c("hisp"), re74, none(re74), re75, none(re75), times(educ, re74))
}

// cps gives a covariate of the trained and, after them, of the survey.
func cps(t testing.TB) func(name string) []float64 {
	trained := reference.CSV(t, reference.Path(t, "nsw-cps", "nsw_dw.csv"))
	survey := reference.CSV(t, reference.Path(t, "nsw-cps", "cps_controls.csv"))
	arm := trained.Floats(t, "treat")
	return func(name string) []float64 {
		var out []float64
		for i, v := range trained.Floats(t, name) {
			if arm[i] == 1 {
				out = append(out, v)
			}
		}
		return append(out, survey.Floats(t, name)...)
	}
}

// Sample is a sample whose treated have a 1, with an intercept before its
// covariates.
func Sample(outcome, treated []float64, covariates ...[]float64) weighting.Sample {
	s := weighting.Sample{Outcome: outcome, Treated: make([]bool, len(outcome)), Covariates: regression.WithIntercept(len(outcome), covariates...)}
	for i, v := range treated {
		s.Treated[i] = v == 1
	}
	return s
}

// each is 1 for every row that a rule holds for.
func each(rule func(row int) bool, rows int) []float64 {
	out := make([]float64, rows)
	for i := range out {
		if rule(i) {
			out[i] = 1
		}
	}
	return out
}

func times(a, b []float64) []float64 {
	out := make([]float64, len(a))
	for i := range a {
		out[i] = a[i] * b[i]
	}
	return out
}
