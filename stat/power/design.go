package power

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/internal/inverse"
)

// Design is a way to compare two arms (or several). What n counts is the
// design's: treated units, pairs, events, treated clusters.
type Design interface {
	// Power is the chance, in (0, 1), that n units show an effect of the given
	// size as significant, with its own sign, in a two-sided test at 1-level.
	Power(n, effect, level float64) (float64, error)

	// span gives the smallest n that has a power and the largest effect that
	// exists (+Inf for none), signed.
	span() (least, greatest float64)
}

// Goal is what a study should achieve: Level is the coverage of its interval
// (0.95: a two-sided test at 0.05), Power the chance to find the effect (0.8 by
// custom).
type Goal struct{ Level, Power float64 }

func (g Goal) check() {
	stat.CheckLevel(g.Level)
	if !(g.Power > (1-g.Level)/2 && g.Power < 1) {
		panic(fmt.Sprintf("power: a power of %v is outside (%v, 1)", g.Power, (1-g.Level)/2))
	}
}

// most is the largest sample looked for: beyond the world's population.
const most = 1e12

// Size is the n, not rounded, at which the design finds the effect with the
// goal's power.
//
// Errors: ErrInvalid for an effect of zero, which no sample can find, or one
// that the design cannot have; ErrTooFew if 10¹² units would not do. Size
// panics if level or power is outside its range.
func Size(d Design, effect float64, g Goal) (float64, error) {
	g.check()
	if effect == 0 {
		return 0, fmt.Errorf("sample size for an effect of zero: %w", stat.ErrInvalid)
	}
	least, _ := d.span()
	n, err := rise(func(n float64) (float64, error) { return d.Power(n, effect, g.Level) }, g.Power, least, most)
	if err != nil {
		return 0, fmt.Errorf("sample size for an effect of %g: %w", effect, err)
	}
	return n, nil
}

// Detectable is the smallest effect that n units show with the goal's power,
// the minimum detectable effect.
//
// Errors: ErrTooFew if n is below what the design needs to have a test at all,
// or if no effect that exists would be found. Detectable panics if level or
// power is outside its range.
func Detectable(d Design, n float64, g Goal) (float64, error) {
	g.check()
	_, greatest := d.span()
	sign := math.Copysign(1, greatest)
	size, err := rise(func(size float64) (float64, error) { return d.Power(n, sign*size, g.Level) }, g.Power, 0, math.Abs(greatest))
	if err != nil {
		return 0, fmt.Errorf("detectable effect of n = %g: %w", n, err)
	}
	return sign * size, nil
}

// Needed says how many times the present data an estimate needs so that an
// effect would be found with the goal's power, when its standard error now is
// se and falls with the root of the data: 3 means twice as many units more, at
// most 1 that there are enough. effect, in the unit of se, is the smallest one
// worth having, not the one observed. It holds for any estimate of the library
// whose interval is normal; what must grow are the independent units (accounts,
// clusters), not rows within them.
//
// Errors: ErrInvalid unless se is positive and effect is not zero; ErrNotFinite.
// Needed panics if level or power is outside its range.
func Needed(se, effect float64, g Goal) (float64, error) {
	g.check()
	if err := finite("standard error", se, "effect", effect); err != nil {
		return 0, err
	}
	if se <= 0 || effect == 0 {
		return 0, fmt.Errorf("standard error %g and effect %g: %w", se, effect, stat.ErrInvalid)
	}
	ratio := math.Abs(se/effect) * (stat.Critical(g.Level) + normalQuantile(g.Power))
	if times := ratio * ratio; times > 0 && !math.IsInf(times, 0) {
		return times, nil
	}
	return 0, fmt.Errorf("standard error %g beside effect %g: %w", se, effect, stat.ErrInvalid)
}

// rise finds where a rising function reaches target in (least, greatest):
// doubling to bracket the point, halving (of the logarithm, while the bracket
// is wide) to come near, false position to finish.
func rise(f func(float64) (float64, error), target, least, greatest float64) (float64, error) {
	var failed error
	above := func(x float64) float64 {
		p, err := f(x)
		if err != nil {
			failed = err
			return 0 // ends every search
		}
		return p - target
	}
	b := inverse.Bracket{Low: least, High: math.Min(math.Max(2*least, 1), greatest), Below: -1}
	for b.Above = above(b.High); b.Above < 0; b.Above = above(b.High) {
		if b.High >= greatest || b.High > math.MaxFloat64/4 {
			return 0, fmt.Errorf("a power of %.3g is all that %g gives: %w", b.Above+target, b.High, stat.ErrTooFew)
		}
		b.Low, b.Below, b.High = b.High, b.Above, math.Min(2*b.High, greatest)
	}
	for b.Low < 0.9*b.High && b.Above > 0 {
		at := middle(b.Low, b.High)
		if y := above(at); y >= 0 {
			b.High, b.Above = at, y
		} else {
			b.Low, b.Below = at, y
		}
	}
	x := b.Root(above, 1e-13*b.High)
	return x, failed
}

// middle is where to look next in a wide bracket.
func middle(low, high float64) float64 {
	switch {
	case low < high*1e-6:
		return high * 1e-3
	case low < high/4:
		return math.Sqrt(low * high)
	}
	return (low + high) / 2
}

// finite reports the first named value that is not a finite number.
func finite(namesAndValues ...any) error {
	for i := 0; i < len(namesAndValues); i += 2 {
		if v := namesAndValues[i+1].(float64); math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("%s %v: %w", namesAndValues[i], v, stat.ErrNotFinite)
		}
	}
	return nil
}

// ratio is the controls per treated unit, 1 where none is given.
func ratio(given float64) (float64, error) {
	if given == 0 {
		return 1, nil
	}
	if !(given > 0) || math.IsInf(given, 0) {
		return 0, fmt.Errorf("%v controls per treated unit: %w", given, stat.ErrInvalid)
	}
	return given, nil
}
