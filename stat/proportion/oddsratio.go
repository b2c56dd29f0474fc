package proportion

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
)

// OddsRatio estimates the odds x1:(n1-x1) relative to x2:(n2-x2) for
// independent samples, with the log-normal (Woolf) interval. For events that
// are not rare it lies further from 1 than the risk ratio and is not "times as
// likely"; RiskRatio is.
//
// A table with an empty cell has no finite log odds ratio. No half is added to
// it behind the reader's back: FisherExact gives a one-sided bound, and
// MantelHaenszel joins strata.
//
// Errors: ErrTooFew if a sample is empty or has no success or no failure,
// naming the cell; ErrInvalid for impossible counts. OddsRatio panics if level
// is outside (0, 1).
//
// Source: Woolf (1955), Annals of Human Genetics 19:251-253.
func OddsRatio(x1, n1, x2, n2 int, level float64) (Ratio, error) {
	z := stat.Critical(level)
	if err := checkArms(x1, n1, x2, n2); err != nil {
		return Ratio{}, err
	}
	cells := [4]float64{float64(x1), float64(n1 - x1), float64(x2), float64(n2 - x2)}
	variance := 0.0
	for i, n := range cells {
		if n == 0 {
			return Ratio{}, fmt.Errorf("odds ratio of %d of %d to %d of %d: no %s: %w", x1, n1, x2, n2, cellNames[i], stat.ErrTooFew)
		}
		variance += 1 / n
	}
	return logRatio(cells[0]/cells[1]*(cells[3]/cells[2]), math.Sqrt(variance), z, level), nil
}

var cellNames = [4]string{"success in the first sample", "failure in the first sample", "success in the second sample", "failure in the second sample"}

// logRatio is a ratio with its interval, symmetric on the log scale.
func logRatio(value, logSE, z, level float64) Ratio {
	return Ratio{
		Value:    value,
		LogSE:    logSE,
		Interval: stat.Interval{Low: value * math.Exp(-z*logSE), High: value * math.Exp(z*logSE), Level: level},
	}
}
