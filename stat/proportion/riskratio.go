package proportion

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
)

// Ratio is a ratio of two shares or odds: Value 1.2 is 20 % more. The standard error
// is that of the logarithm, on whose scale the interval is symmetric.
type Ratio struct {
	Value    float64
	LogSE    float64
	Interval stat.Interval
}

// RiskRatio estimates (x1/n1) / (x2/n2) for independent samples with the
// log-normal (Katz) interval.
//
// Errors: ErrTooFew if a sample is empty or has no success (a ratio of or to
// zero has no log), ErrInvalid for impossible counts, ErrNoVariance if every
// trial of both samples succeeded. RiskRatio panics if level is outside (0, 1).
//
// Source: Katz, Baptista, Azen and Pike (1978), Biometrics 34:469-474.
func RiskRatio(x1, n1, x2, n2 int, level float64) (Ratio, error) {
	z := stat.Critical(level)
	if err := checkArms(x1, n1, x2, n2); err != nil {
		return Ratio{}, err
	}
	if x1 == 0 || x2 == 0 {
		return Ratio{}, fmt.Errorf("risk ratio of %d of %d to %d of %d: no event in an arm: %w", x1, n1, x2, n2, stat.ErrTooFew)
	}
	if x1 == n1 && x2 == n2 {
		return Ratio{}, fmt.Errorf("risk ratio of two shares of 1: %w", stat.ErrNoVariance)
	}
	rr := float64(x1) / float64(n1) / (float64(x2) / float64(n2))
	se := math.Sqrt((1-float64(x1)/float64(n1))/float64(x1) + (1-float64(x2)/float64(n2))/float64(x2))
	return logRatio(rr, se, z, level), nil
}
