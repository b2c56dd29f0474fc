package sensitivity

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
)

// Coefficient is the estimated effect of a treatment in a linear regression,
// as the sensitivity analysis needs it.
type Coefficient struct {
	Value, SE float64 // outcome per unit of treatment; the classical standard error
	DF        float64 // residual degrees of freedom
}

// NewCoefficient checks a coefficient, its classical standard error and the
// residual degrees of freedom of its regression. With a robust standard error
// the partial R² that everything here rests on is only approximate.
//
// Errors: ErrNotFinite; ErrNoVariance unless se is positive; ErrTooFew unless
// df is at least 2; ErrInvalid for t statistics above 1e9 and the like, which
// no data give.
//
// Source: Cinelli and Hazlett (2020), JRSS B 82:39-67.
func NewCoefficient(value, se, df float64) (Coefficient, error) {
	describe := func(err error) (Coefficient, error) {
		return Coefficient{}, fmt.Errorf("coefficient %v with standard error %v on %v degrees of freedom: %w", value, se, df, err)
	}
	for _, v := range []float64{value, se, df} {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return describe(stat.ErrNotFinite)
		}
	}
	switch {
	case !(se > 0):
		return describe(stat.ErrNoVariance)
	case !(df >= 2):
		return describe(stat.ErrTooFew)
	case df > 1e12 || math.Abs(value/se) > 1e9 || se > largest || se < 1/largest:
		return describe(stat.ErrInvalid)
	}
	return Coefficient{Value: value, SE: se, DF: df}, nil
}

// PartialR2 is the share of the outcome's residual variance that the treatment
// explains, in [0, 1). It is also what a confounder that explained all the
// rest of the outcome would have to explain of the treatment to leave nothing.
func (c Coefficient) PartialR2() float64 {
	f := c.cohenF()
	return f * f / (1 + f*f)
}

// cohenF is |t|/√df, Cohen's partial f.
func (c Coefficient) cohenF() float64 { return math.Abs(c.Value) / c.SE / math.Sqrt(c.DF) }

// RobustnessValue is the share of the residual variance of both treatment and
// outcome that unmeasured confounders would have to explain to take the share
// q of the effect away; 1 is all of it. In [0, 1). It panics unless q is
// positive and finite.
func (c Coefficient) RobustnessValue(q float64) float64 {
	checkShare(q)
	return equalR2(q * c.cohenF())
}

// RobustnessValueAt is the share of the residual variance of both treatment and
// outcome that unmeasured confounders would have to explain for the effect,
// lessened by the share q of the estimate, to be no longer significant at alpha,
// two-sided. It is 0 if that holds without any. It panics unless q is positive
// and alpha in (0, 1).
func (c Coefficient) RobustnessValueAt(q, alpha float64) float64 {
	checkShare(q)
	stat.CheckLevel(1 - alpha)
	f := q * c.cohenF()
	critical := stat.Student(0, 1, c.DF-1, 1-alpha).Interval.High / math.Sqrt(c.DF-1)
	switch {
	case f <= critical:
		return 0
	case f*critical < 1:
		return equalR2(f - critical)
	}
	// Beyond, the worst confounder explains less of the outcome than the bound
	// allows: precision gained would outweigh the bias.
	return (f*f - critical*critical) / (1 + f*f)
}

// equalR2 is the r for which r/√(1-r) = f.
func equalR2(f float64) float64 {
	f2 := f * f
	if f2 > 1e8 { // the difference of roots would cancel
		return 1 - 1/f2
	}
	return 2 / (1 + math.Sqrt(1+4/f2))
}

// Strength is how much of the residual variance of the treatment and of the
// outcome an unmeasured confounder explains beyond the measured covariates,
// each as a partial R²: Treatment in [0, 1), Outcome in [0, 1].
type Strength struct {
	Treatment, Outcome float64
}

// Adjust is the estimate, with its interval, that the regression would have
// given with a confounder of strength s in it that had biased it away from
// zero. The confounder costs one degree of freedom.
//
// Errors: ErrInvalid for a strength outside its range, ErrNoVariance at Outcome
// 1, which leaves no residual. Adjust panics if level is outside (0, 1).
func (c Coefficient) Adjust(s Strength, level float64) (stat.Test, error) {
	if !(s.Treatment >= 0 && s.Treatment < 1 && s.Outcome >= 0 && s.Outcome <= 1) {
		return stat.Test{}, fmt.Errorf("confounder with partial R² %v of the treatment and %v of the outcome: %w", s.Treatment, s.Outcome, stat.ErrInvalid)
	}
	if s.Outcome == 1 {
		return stat.Test{}, fmt.Errorf("confounder that explains the outcome wholly: %w", stat.ErrNoVariance)
	}
	bias := c.SE * math.Sqrt(c.DF) * math.Sqrt(s.Outcome*s.Treatment/(1-s.Treatment))
	se := c.SE * math.Sqrt((1-s.Outcome)/(1-s.Treatment)) * math.Sqrt(c.DF/(c.DF-1))
	return stat.Student(c.Value-math.Copysign(bias, c.Value), se, c.DF-1, level), nil
}

// Benchmark is the strength of a measured covariate, or of several together:
// its partial R² with the treatment given the other covariates, and with the
// outcome given the treatment and the other covariates.
type Benchmark Strength

// PartialR2 is the partial R² of a covariate with t statistic t in a regression
// with df residual degrees of freedom; of several covariates for t² = F times
// their number. It panics unless df is positive.
func PartialR2(t, df float64) float64 {
	if !(df > 0) {
		panic(fmt.Sprintf("sensitivity: %v degrees of freedom", df))
	}
	return t * t / (t*t + df)
}

// Times is the strongest that a confounder can be that explains kd times as
// much of the treatment, and ky times as much of the outcome, as the benchmark
// does.
//
// Errors: ErrInvalid for R² outside [0, 1), negative multiples, or a confounder
// that would have to explain more than all: no confounder is so much stronger
// than that covariate.
//
// Source: Cinelli and Hazlett (2020), section 4.4.
func (b Benchmark) Times(kd, ky float64) (Strength, error) {
	if !(b.Treatment >= 0 && b.Treatment < 1 && b.Outcome >= 0 && b.Outcome < 1 && kd >= 0 && ky >= 0) {
		return Strength{}, fmt.Errorf("benchmark with partial R² %v and %v, %v and %v times: %w", b.Treatment, b.Outcome, kd, ky, stat.ErrInvalid)
	}
	s := Strength{Treatment: kd * b.Treatment / (1 - b.Treatment)}
	shared := kd * b.Treatment * b.Treatment / ((1 - kd*b.Treatment) * (1 - b.Treatment))
	if !(s.Treatment < 1 && shared < 1) {
		return Strength{}, fmt.Errorf("a confounder %v times as strong as partial R² %v would explain more than all of the treatment: %w", kd, b.Treatment, stat.ErrInvalid)
	}
	eta := (math.Sqrt(ky) + math.Sqrt(shared)) / math.Sqrt(1-shared)
	s.Outcome = eta * eta * b.Outcome / (1 - b.Outcome)
	if !(s.Outcome <= 1) {
		return Strength{}, fmt.Errorf("a confounder %v times as strong as partial R² %v would explain more than all of the outcome: %w", ky, b.Outcome, stat.ErrInvalid)
	}
	return s, nil
}

// Contour is the adjusted estimate over a grid of confounder strengths:
// [i][j] for a partial R² treatment[i] and outcome[j]. It is what a contour
// plot draws.
//
// Errors: those of Adjust.
func (c Coefficient) Contour(treatment, outcome []float64) ([][]float64, error) {
	grid := make([][]float64, len(treatment))
	for i, d := range treatment {
		grid[i] = make([]float64, len(outcome))
		for j, y := range outcome {
			adjusted, err := c.Adjust(Strength{Treatment: d, Outcome: y}, 0.95)
			if err != nil {
				return nil, err
			}
			grid[i][j] = adjusted.Value
		}
	}
	return grid, nil
}

func checkShare(q float64) {
	if !(q > 0) || math.IsInf(q, 1) {
		panic(fmt.Sprintf("sensitivity: share %v of the effect", q))
	}
}
