package proportion

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
)

// Stratum holds two independent shares within one stratum (a segment, a
// region): X1 successes among N1 trials, X2 among N2.
type Stratum struct{ X1, N1, X2, N2 int }

// Common is an odds ratio that strata share, and the Cochran-Mantel-Haenszel
// test that it is 1: chi-squared on one degree of freedom, plain and with the
// continuity correction that R applies by default. Skipped counts strata that
// say nothing: one arm, or only successes, or only failures.
type Common struct {
	Ratio
	Statistic, P                   float64
	StatisticCorrected, PCorrected float64
	Strata, Skipped                int
}

// MantelHaenszel estimates the odds ratio within strata, taken to be the same
// in each, with the Robins-Breslow-Greenland interval: many small strata do no
// harm. Comparing within strata removes what the strata explain, which can
// turn a crude difference round (Simpson's paradox). If the odds ratio differs
// between strata, report them one by one.
//
// Errors: ErrTooFew if no stratum says anything, or if the informative ones
// have no success in one arm or no failure in the other throughout, so that
// the ratio is 0 or infinite; ErrInvalid for impossible counts, naming the
// stratum. MantelHaenszel panics if level is outside (0, 1).
//
// Source: Mantel and Haenszel (1959), Journal of the National Cancer Institute
// 22:719-748; Robins, Breslow and Greenland (1986), Biometrics 42:311-323.
func MantelHaenszel(strata []Stratum, level float64) (Common, error) {
	z := stat.Critical(level)
	var s mantelSums
	for i, c := range strata {
		if c.N1 < 0 || c.N2 < 0 || c.X1 < 0 || c.X2 < 0 || c.X1 > c.N1 || c.X2 > c.N2 {
			return Common{}, fmt.Errorf("stratum %d: %d of %d and %d of %d: %w", i, c.X1, c.N1, c.X2, c.N2, stat.ErrInvalid)
		}
		s.add(c)
	}
	if s.used == 0 {
		return Common{}, fmt.Errorf("none of %d strata has both arms and both outcomes: %w", len(strata), stat.ErrTooFew)
	}
	if s.r == 0 || s.s == 0 {
		return Common{}, fmt.Errorf("common odds ratio %v:%v of %d strata: %w", s.r, s.s, s.used, stat.ErrTooFew)
	}
	se := math.Sqrt(s.pr/(2*s.r*s.r) + s.psqr/(2*s.r*s.s) + s.qs/(2*s.s*s.s))
	out := Common{Ratio: logRatio(s.r/s.s, se, z, level), Strata: s.used, Skipped: len(strata) - s.used}
	off := math.Abs(s.excess)
	out.Statistic = off * off / s.variance
	corrected := math.Max(0, off-0.5)
	out.StatisticCorrected = corrected * corrected / s.variance
	out.P, out.PCorrected = chiSquaredTail(out.Statistic, 1), chiSquaredTail(out.StatisticCorrected, 1)
	return out, nil
}

// mantelSums are the sums over strata behind the estimate (r, s), its variance
// (pr, psqr, qs: Robins et al.'s names) and the test.
type mantelSums struct {
	used             int
	r, s             float64
	pr, psqr, qs     float64
	excess, variance float64
}

func (m *mantelSums) add(c Stratum) {
	a, b := float64(c.X1), float64(c.N1-c.X1)
	x, y := float64(c.X2), float64(c.N2-c.X2)
	n := a + b + x + y
	if a+b == 0 || x+y == 0 || a+x == 0 || b+y == 0 {
		return
	}
	m.used++
	p, q := (a+y)/n, (b+x)/n
	r, s := a*y/n, b*x/n
	m.r += r
	m.s += s
	m.pr += p * r
	m.psqr += p*s + q*r
	m.qs += q * s
	m.excess += a - (a+b)*(a+x)/n
	m.variance += (a + b) / n * ((x + y) / n) * (a + x) * ((b + y) / (n - 1))
}
