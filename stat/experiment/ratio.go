package experiment

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
	"gonum.org/v1/gonum/mathext"
)

// RatioTest says whether units fell into the arms as planned.
type RatioTest struct {
	Counts   []int
	Expected []float64 // units per arm under the plan
	ChiSq    float64   // Σ(count-expected)²/expected
	DF       int       // arms - 1
	P        float64   // of the plan being right
	Exact    bool      // P is the exact multinomial one, not the χ² approximation
}

// enough is the expected count from which χ² is good, and most is how many
// outcomes of a small experiment are enumerated at most.
const (
	enough = 5
	most   = 2_000_000
)

// SampleRatio tests the sizes of the arms against the plan, the sample-ratio
// mismatch test. plan holds the arms' shares, in any unit: {1, 1} is half and
// half, {90, 10} nine to one. P is Pearson's χ²; where an arm expects fewer
// than five units it is exact: the probability of all outcomes no likelier
// than this one (as R's binom.test for two arms).
//
// A small P (below 0.001 by custom: the test runs on every experiment) means
// that assignment or counting is broken, and that effects must not be read.
//
// Errors: ErrTooFew with fewer than two arms, no units, or an arm that expects
// fewer than five among too many arms to enumerate; ErrInvalid for a negative
// count or a share that is not positive; ErrNotFinite. SampleRatio panics when
// counts and plan differ in length.
//
// Source: Fabijan et al. (2019), KDD, 2156-2164; Pearson (1900).
func SampleRatio(counts []int, plan []float64) (RatioTest, error) {
	n, shares, err := checkRatio(counts, plan)
	if err != nil {
		return RatioTest{}, err
	}
	out := RatioTest{Counts: append([]int(nil), counts...), DF: len(counts) - 1}
	least := math.Inf(1)
	for i, c := range counts {
		e := float64(n) * shares[i]
		out.Expected = append(out.Expected, e)
		out.ChiSq += (float64(c) - e) * (float64(c) - e) / e
		least = math.Min(least, e)
	}
	if least >= enough {
		out.P = mathext.GammaIncRegComp(float64(out.DF)/2, out.ChiSq/2)
		if out.DF == 1 {
			out.P = stat.NormalP(math.Sqrt(out.ChiSq)) // keeps its digits in the tail
		}
		return out, nil
	}
	if outcomes(n, len(counts)) > most {
		return RatioTest{}, fmt.Errorf("an arm expects %.2g of %d units: %w", least, n, stat.ErrTooFew)
	}
	out.Exact, out.P = true, exactRatio(counts, shares, n)
	return out, nil
}

func checkRatio(counts []int, plan []float64) (n int, shares []float64, err error) {
	if len(counts) != len(plan) {
		panic(fmt.Sprintf("experiment: %d counts for %d planned shares", len(counts), len(plan)))
	}
	if len(counts) < 2 {
		return 0, nil, fmt.Errorf("sample ratio of %d arms: %w", len(counts), stat.ErrTooFew)
	}
	var total float64
	for i, share := range plan {
		if !finite(share) {
			return 0, nil, fmt.Errorf("planned share %v of arm %d: %w", share, i, stat.ErrNotFinite)
		}
		if share <= 0 || counts[i] < 0 {
			return 0, nil, fmt.Errorf("%d units of a planned share %g in arm %d: %w", counts[i], share, i, stat.ErrInvalid)
		}
		total += share
		n += counts[i]
	}
	if n <= 0 {
		return 0, nil, fmt.Errorf("sample ratio of %d units: %w", n, stat.ErrTooFew)
	}
	for i, share := range plan {
		s := share / total
		if s < 1e-300 {
			return 0, nil, fmt.Errorf("planned share %g of %g in arm %d: %w", share, total, i, stat.ErrInvalid)
		}
		shares = append(shares, s)
	}
	return n, shares, nil
}

// outcomes counts the ways to divide n units among arms: n+k-1 over k-1.
func outcomes(n, arms int) float64 {
	ways := 1.0
	for i := 1; i < arms; i++ {
		ways *= float64(n+i) / float64(i)
	}
	return ways
}

// exactRatio adds up the multinomial probabilities of all divisions of n units
// that are no likelier than the one observed.
func exactRatio(counts []int, shares []float64, n int) float64 {
	logFactorial := make([]float64, n+1)
	for i := 2; i <= n; i++ {
		logFactorial[i] = logFactorial[i-1] + math.Log(float64(i))
	}
	term := func(arm, c int) float64 { return float64(c)*math.Log(shares[arm]) - logFactorial[c] }
	observed := logFactorial[n]
	for arm, c := range counts {
		observed += term(arm, c)
	}
	limit := observed + 1e-7 // equally likely outcomes count, whatever their rounding
	var p float64
	var divide func(arm, left int, log float64)
	divide = func(arm, left int, log float64) {
		if arm == len(counts)-1 {
			if log += term(arm, left); log <= limit {
				p += math.Exp(log)
			}
			return
		}
		for c := 0; c <= left; c++ {
			divide(arm+1, left-c, log+term(arm, c))
		}
	}
	divide(0, n, logFactorial[n])
	return math.Min(p, 1)
}
