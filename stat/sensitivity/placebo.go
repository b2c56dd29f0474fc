package sensitivity

import (
	"fmt"
	"math"
	"slices"

	"github.com/liftmark/liftmark/stat"
)

// Placebo is an estimate of something that treatment cannot have changed: an
// outcome it does not act on, or the same outcome at a date before it began.
type Placebo struct {
	Name string
	stat.Test
}

// Verdict is what a set of placebos says.
type Verdict int

// The verdicts.
const (
	Passed Verdict = iota // nothing found, and a bias as large as the effect would have shown
	Failed                // at least one placebo is not zero: the comparison sees more than treatment
	Blind                 // nothing found, but no placebo was precise enough to see such a bias
)

// String names the verdict.
func (v Verdict) String() string { return [...]string{"passed", "failed", "blind"}[v] }

// PlaceboCheck is the verdict on a set of placebos with what it rests on.
type PlaceboCheck struct {
	Verdict Verdict
	Failed  []string  // names of the placebos that are not zero, in the order given
	P       []float64 // p-values adjusted for their number (Holm), in the order given
	// Sharpest is the smallest half-width of a placebo's interval: the bias
	// that the check could see, in the unit of the placebos.
	Sharpest float64
}

// Placebos judges estimates that should be zero. alpha is the chance of a false
// alarm over all of them together. noteworthy is the bias, in the unit of the
// placebos, that matters: usually the size of the effect that they defend. A
// placebo whose interval is wider than that on either side proves nothing.
//
// Errors: ErrTooFew without placebos; ErrNotFinite or ErrNoVariance naming a
// placebo without a finite estimate or a positive standard error; ErrInvalid
// unless noteworthy is positive. Placebos panics unless alpha is in (0, 0.5).
//
// Source: Lipsitch, Tchetgen Tchetgen and Cohen (2010), Epidemiology
// 21:383-388; Holm (1979), Scandinavian Journal of Statistics 6:65-70.
func Placebos(placebos []Placebo, noteworthy, alpha float64) (PlaceboCheck, error) {
	checkAlpha(alpha)
	if len(placebos) == 0 {
		return PlaceboCheck{}, fmt.Errorf("check without placebos: %w", stat.ErrTooFew)
	}
	if !(noteworthy > 0) || math.IsInf(noteworthy, 1) {
		return PlaceboCheck{}, fmt.Errorf("bias worth noting is %v: %w", noteworthy, stat.ErrInvalid)
	}
	check := PlaceboCheck{Verdict: Blind, Sharpest: math.Inf(1)}
	p := make([]float64, len(placebos))
	for i, b := range placebos {
		if err := checkEstimate(b.Name, b.Estimate); err != nil {
			return PlaceboCheck{}, err
		}
		p[i] = b.P
		if !(p[i] >= 0 && p[i] <= 1) {
			return PlaceboCheck{}, fmt.Errorf("p-value of %s is %v: %w", b.Name, p[i], stat.ErrInvalid)
		}
		check.Sharpest = math.Min(check.Sharpest, (b.Interval.High-b.Interval.Low)/2)
	}
	check.P = holm(p)
	return check.judge(placebos, noteworthy, alpha), nil
}

func (c PlaceboCheck) judge(placebos []Placebo, noteworthy, alpha float64) PlaceboCheck {
	for i, b := range placebos {
		if c.P[i] <= alpha {
			c.Failed = append(c.Failed, b.Name)
		}
	}
	switch {
	case len(c.Failed) > 0:
		c.Verdict = Failed
	case c.Sharpest <= noteworthy:
		c.Verdict = Passed
	}
	return c
}

// largest magnitude of an estimate; beyond, differences and ratios overflow.
const largest = 1e150

func checkEstimate(name string, e stat.Estimate) error {
	for _, v := range []float64{e.Value, e.SE, e.Interval.Low, e.Interval.High} {
		if !(math.Abs(v) <= largest) {
			return fmt.Errorf("estimate of %s is %v (standard error %v): %w", name, e.Value, e.SE, stat.ErrNotFinite)
		}
	}
	if !(e.SE >= 1/largest) {
		return fmt.Errorf("estimate of %s has the standard error %v: %w", name, e.SE, stat.ErrNoVariance)
	}
	return nil
}

// holm adjusts p-values for their number, step down.
func holm(p []float64) []float64 {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case p[a] < p[b]:
			return -1
		case p[a] > p[b]:
			return 1
		}
		return 0
	})
	adjusted, largest := make([]float64, len(p)), 0.0
	for k, i := range order {
		largest = math.Max(largest, math.Min(1, float64(len(p)-k)*p[i]))
		adjusted[i] = largest
	}
	return adjusted
}
