package proportion

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mathext"

	"github.com/liftmark/liftmark/stat"
)

// PairedCounts sorts units measured twice, yes or no, by what they were.
type PairedCounts struct {
	Both, OnlyAfter, OnlyBefore, Neither int
}

func (c PairedCounts) check() error {
	if c.Both < 0 || c.OnlyAfter < 0 || c.OnlyBefore < 0 || c.Neither < 0 {
		return fmt.Errorf("paired counts %+v: %w", c, stat.ErrInvalid)
	}
	return nil
}

// Paired is McNemar's test that as many units turned to yes as turned away
// from it. Chi-squared has one degree of freedom.
type Paired struct {
	Changed                        int     // units that differ before and after
	PMid                           float64 // mid-p: the one to report
	PExact                         float64 // binomial: never too small, usually too large
	Statistic, P                   float64 // chi-squared
	StatisticCorrected, PCorrected float64 // with continuity correction, R's default
}

// McNemar tests whether a yes-or-no outcome of the same units changed (passed
// the quiz before and after, active before and after). Only units that changed
// count. For the size of the change see PairedDifference.
//
// Errors: ErrTooFew if no unit changed, ErrInvalid for a negative count.
//
// Source: McNemar (1947), Psychometrika 12:153-157; for the mid-p value,
// Fagerland, Lydersen and Laake (2013), BMC Medical Research Methodology 13:91.
func McNemar(c PairedCounts) (Paired, error) {
	if err := c.check(); err != nil {
		return Paired{}, err
	}
	gained, lost := float64(c.OnlyAfter), float64(c.OnlyBefore)
	n := gained + lost
	if n == 0 {
		return Paired{}, fmt.Errorf("none of %d units changed: %w", c.Both+c.Neither, stat.ErrTooFew)
	}
	off := math.Abs(gained - lost)
	corrected := math.Max(0, off-1)
	out := Paired{
		Changed:   c.OnlyAfter + c.OnlyBefore,
		Statistic: off / n * off, StatisticCorrected: corrected / n * corrected,
	}
	out.P, out.PCorrected = chiSquaredTail(out.Statistic, 1), chiSquaredTail(out.StatisticCorrected, 1)
	out.PExact, out.PMid = fairCoin(math.Min(gained, lost), n)
	return out, nil
}

// fairCoin gives twice the chance of at most k heads in n tosses, and the same
// with half the chance of k itself.
func fairCoin(k, n float64) (exact, mid float64) {
	if 2*k == n {
		return 1, 1
	}
	tail := mathext.RegIncBeta(n-k, k+1, 0.5)
	choose, _ := math.Lgamma(n + 1)
	for _, m := range []float64{k, n - k} {
		l, _ := math.Lgamma(m + 1)
		choose -= l
	}
	exact = math.Min(1, 2*tail)
	return exact, exact - math.Exp(choose-n*math.Ln2)
}

// PairedDifference estimates the change of a share in the same units, after -
// before (in [-1, 1]), with Tango's score interval. It has a width even when
// no unit changed and stays inside [-1, 1]; it contains 0 exactly when
// McNemar's chi-squared without correction does not reject. SE is the plain
// one, 0 when no unit changed; the interval is not built from it.
//
// Errors: ErrTooFew without units, ErrInvalid for a negative count.
// PairedDifference panics if level is outside (0, 1).
//
// Source: Tango (1998), Statistics in Medicine 17:891-908.
// Not for two different groups; see Newcombe.
func PairedDifference(c PairedCounts, level float64) (stat.Estimate, error) {
	z := stat.Critical(level)
	if err := c.check(); err != nil {
		return stat.Estimate{}, err
	}
	gained, lost := float64(c.OnlyAfter), float64(c.OnlyBefore)
	n := gained + lost + float64(c.Both) + float64(c.Neither)
	if n == 0 {
		return stat.Estimate{}, fmt.Errorf("paired difference of no units: %w", stat.ErrTooFew)
	}
	value := (gained - lost) / n
	return stat.Estimate{
		Value: value,
		SE:    math.Sqrt(math.Max(0, (gained+lost)/n-value*value) / n),
		Interval: stat.Interval{
			Low:   -tangoLimit(lost, gained, n, z),
			High:  tangoLimit(gained, lost, n, z),
			Level: level,
		},
	}, nil
}

// tangoLimit is the largest difference that the score test does not reject.
func tangoLimit(gained, lost, n, z float64) float64 {
	low, high := (gained-lost)/n, 1.0
	for {
		mid := (low + high) / 2
		if mid <= low || mid >= high {
			return high
		}
		if tangoScore(gained, lost, n, mid) < z {
			low = mid
		} else {
			high = mid
		}
	}
}

// tangoScore is how many standard errors the difference d lies above the
// observed one, with the variance estimated under d.
func tangoScore(gained, lost, n, d float64) float64 {
	b := (2*n-gained+lost)*d - gained - lost
	root := math.Sqrt(b*b + 8*n*lost*d*(1-d)) // at least |b|
	q := (root - b) / (4 * n)                 // the chance of a loss under d
	if b > 0 {
		q = 2 * lost * d * (1 - d) / (root + b) // the same without cancellation
	}
	variance := 2*math.Max(q, -d) + d*(1-d)
	if !(variance > 0) {
		return math.Inf(1)
	}
	return (n*d - gained + lost) / math.Sqrt(n*variance)
}
