package stat

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Test is an estimate and the test that the quantity is zero. Statistic is
// Value/SE. DF are the degrees of freedom of the t distribution behind the
// interval and P (two-sided); +Inf for the normal distribution.
type Test struct {
	Estimate
	Statistic, DF, P float64
}

// CheckLevel panics unless level is a coverage in (0, 1): 0.95 for a 95 % interval.
func CheckLevel(level float64) {
	if !(level > 0 && level < 1) {
		panic(fmt.Sprintf("stat: level %v is outside (0, 1)", level))
	}
}

// Critical is the number of standard errors on either side of a normally
// distributed estimate that gives an interval of the level: 1.96 for 0.95. It
// panics if level is outside (0, 1).
func Critical(level float64) float64 {
	CheckLevel(level)
	return -distuv.UnitNormal.Quantile((1 - level) / 2)
}

// NormalP is the two-sided p-value of a standard normal statistic.
func NormalP(z float64) float64 { return math.Erfc(math.Abs(z) / math.Sqrt2) }

// StudentP is the two-sided p-value of a t statistic on df degrees of freedom.
func StudentP(t, df float64) float64 {
	if df > manyDF {
		return NormalP(likeNormal(t, df))
	}
	return 2 * distuv.StudentsT{Sigma: 1, Nu: df}.CDF(-math.Abs(t))
}

// Normal is the Wald interval and test of a normally distributed estimate. se
// must be positive; Normal panics if level is outside (0, 1).
func Normal(value, se, level float64) Test { return Student(value, se, math.Inf(1), level) }

// Student is the interval and test of an estimate whose standard error has df
// degrees of freedom, +Inf for a known one. se and df must be positive;
// Student panics if level is outside (0, 1).
func Student(value, se, df, level float64) Test {
	CheckLevel(level)
	critical := studentCritical(df, level)
	return Test{
		Estimate:  Estimate{Value: value, SE: se, Interval: Interval{Low: value - critical*se, High: value + critical*se, Level: level}},
		Statistic: value / se, DF: df, P: StudentP(value/se, df),
	}
}

// manyDF is where the t distribution is so near the normal one that expansions
// around it are exact, while the incomplete beta function loses digits.
const manyDF = 1e5

// likeNormal is the standard normal quantile that corresponds to a t quantile,
// with a relative error of the order of 1/df².
//
// Source: Wallace (1959), Annals of Mathematical Statistics 30:1121-1130.
func likeNormal(t, df float64) float64 {
	if math.IsInf(df, 1) {
		return t
	}
	return math.Copysign(math.Sqrt(df*math.Log1p(t*t/df))*(8*df+1)/(8*df+3), t)
}

// studentCritical is the t quantile at (1+level)/2; from manyDF on by its
// expansion around the normal quantile.
//
// Source: Abramowitz and Stegun (1964), 26.7.5.
func studentCritical(df, level float64) float64 {
	if df <= manyDF {
		return -distuv.StudentsT{Sigma: 1, Nu: df}.Quantile((1 - level) / 2)
	}
	z := Critical(level)
	square := z * z
	return z * (1 + (square+1)/(4*df) + ((5*square+16)*square+3)/(96*df*df))
}
