package experiment

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/internal/inverse"
	"gonum.org/v1/gonum/stat/distuv"
)

// Spending says how much of the error rate alpha may be used up once a share t
// in (0, 1] of the information is in. It rises from 0 to alpha.
type Spending func(t, alpha float64) float64

// OBrienFleming spends little early: 2(1-Φ(z/√t)) with z the 1-alpha/2 quantile.
// The last look is almost a test without looks. Source: Lan and DeMets (1983),
// Biometrika 70:659-663.
func OBrienFleming(t, alpha float64) float64 {
	return math.Erfc(-distuv.UnitNormal.Quantile(alpha/2) / math.Sqrt(t) / math.Sqrt2)
}

// Pocock spends evenly enough that all looks have about the same boundary:
// alpha·log(1+(e-1)t). Source: Lan and DeMets (1983), Biometrika 70:659-663.
func Pocock(t, alpha float64) float64 { return alpha * math.Log1p((math.E-1)*t) }

// GroupDesign is a two-sided test with a fixed number of looks. Look k is when
// the share Information[k] of the final information (for most estimates, of the
// units) is in; the experiment stops when |value/SE| reaches Critical[k].
type GroupDesign struct {
	Information []float64 // in (0, 1], rising
	Level       float64   // coverage; the error rate over all looks is 1 - Level
	Critical    []float64 // boundary at each look, in standard errors
	Spent       []float64 // error rate used up by the end of each look
}

// SpendAlpha gives the boundaries that use up the error rate 1 - level as the
// spending function says, by recursive numerical integration. Looks not yet
// held may be moved, as long as their time does not depend on the results so
// far; a look's boundary depends on the earlier ones alone.
//
// Errors: ErrTooFew without looks; ErrInvalid if information does not rise within
// (0, 1] in at most 100 looks, by at least a thousandth each, or the spending function does not rise
// within [0, alpha]; ErrNotFinite. SpendAlpha panics if level is outside (0, 1).
//
// Source: Lan and DeMets (1983), Biometrika 70:659-663; Armitage, McPherson and
// Rowe (1969), JRSS A 132:235-244; Jennison and Turnbull (2000), Group Sequential
// Methods, ch. 7 and 19.
func SpendAlpha(information []float64, level float64, spend Spending) (*GroupDesign, error) {
	stat.CheckLevel(level)
	if err := checkLooks(information); err != nil {
		return nil, err
	}
	d := &GroupDesign{Information: append([]float64(nil), information...), Level: level}
	walk, before := newWalk(0), 0.0
	for k, t := range information {
		spent := spend(t, 1-level)
		if math.IsNaN(spent) {
			return nil, fmt.Errorf("spending at %g: %w", t, stat.ErrNotFinite)
		}
		if spent < before || spent > (1-level)*(1+1e-9) {
			return nil, fmt.Errorf("spending %g at %g after %g: %w", spent, t, before, stat.ErrInvalid)
		}
		c := walk.boundary(t, spent-before)
		d.Critical, d.Spent = append(d.Critical, c), append(d.Spent, spent)
		if k < len(information)-1 {
			walk.advance(t, c, information[k+1])
		}
		before = spent
	}
	return d, nil
}

// WangTsiatis gives the classical boundaries C·t^(shape-½): shape 0 is O'Brien
// and Fleming's, ½ Pocock's (the same boundary at each look). The last element
// of information is 1.
//
// Errors: as for SpendAlpha; ErrInvalid for a shape outside [-1, 1] or a last
// look before 1. WangTsiatis panics if level is outside (0, 1).
//
// Source: Wang and Tsiatis (1987), Biometrics 43:193-199; Pocock (1977),
// Biometrika 64:191-199; O'Brien and Fleming (1979), Biometrics 35:549-556.
func WangTsiatis(information []float64, level, shape float64) (*GroupDesign, error) {
	stat.CheckLevel(level)
	if err := checkLooks(information); err != nil {
		return nil, err
	}
	if !(shape >= -1 && shape <= 1) || information[len(information)-1] != 1 {
		return nil, fmt.Errorf("shape %v, last look at %g: %w", shape, information[len(information)-1], stat.ErrInvalid)
	}
	d := &GroupDesign{Information: append([]float64(nil), information...), Level: level, Critical: make([]float64, len(information))}
	scale := func(c float64) {
		for k, t := range information {
			d.Critical[k] = c * math.Pow(t, shape-0.5)
		}
	}
	c := inverse.Rising(func(c float64) float64 {
		scale(c)
		up, down := d.exits(0)
		return -sum(up) - sum(down)
	}, level-1, 0, 20, 1e-13)
	scale(c)
	up, _ := d.exits(0)
	var spent float64
	for _, p := range up {
		spent += 2 * p
		d.Spent = append(d.Spent, spent)
	}
	return d, nil
}

// leastStep is the smallest rise of information between looks, and mostLooks
// their largest number: more are continuous watching.
const (
	leastStep = 1e-3
	mostLooks = 100
)

func checkLooks(information []float64) error {
	if len(information) == 0 {
		return fmt.Errorf("a design without looks: %w", stat.ErrTooFew)
	}
	if len(information) > mostLooks {
		return fmt.Errorf("%d looks, at most %d are planned; MSPRT has no limit: %w", len(information), mostLooks, stat.ErrInvalid)
	}
	before := 0.0
	for k, t := range information {
		if math.IsNaN(t) || t > 1 || t-before < leastStep*(1-1e-9) {
			return fmt.Errorf("information %v at look %d after %g: %w", t, k, before, stat.ErrInvalid)
		}
		before = t
	}
	return nil
}

// Power is the chance to stop with the effect's sign when its size is drift:
// the expected value/SE at full information.
func (d *GroupDesign) Power(drift float64) float64 {
	up, _ := d.exits(math.Abs(drift))
	return sum(up)
}

// Inflation is by how much the largest sample must exceed that of an experiment
// with one look, so that an effect is found with the given power. It panics
// unless power is in (1-Level, 1).
func (d *GroupDesign) Inflation(power float64) float64 {
	if !(power > 1-d.Level && power < 1) {
		panic(fmt.Sprintf("experiment: a power of %v is outside (%v, 1)", power, 1-d.Level))
	}
	drift := inverse.Rising(d.Power, power, 0, 40, 1e-12)
	fixed := stat.Critical(d.Level) + distuv.UnitNormal.Quantile(power)
	return drift * drift / (fixed * fixed)
}

// GroupLook is the result of a look.
type GroupLook struct {
	// Estimate has the repeated interval: with probability Level those of all
	// looks hold the truth, whether or not the rule to stop is kept.
	stat.Estimate
	Z    float64 // Value/SE
	Stop bool    // the boundary is reached
}

// Look reads an estimate at look k, counted from 0.
//
// Errors: ErrInvalid unless se is positive, ErrNotFinite. Look panics if there is
// no look k.
//
// Source: Jennison and Turnbull (1989), JRSS B 51:305-361.
func (d *GroupDesign) Look(k int, value, se float64) (GroupLook, error) {
	if err := d.check(k, value, se); err != nil {
		return GroupLook{}, err
	}
	z, half := value/se, d.Critical[k]*se
	if !finite(z, value-half, value+half) || value-half >= value+half {
		return GroupLook{}, fmt.Errorf("interval of %g ± %g: %w", value, half, stat.ErrNotFinite)
	}
	return GroupLook{
		Estimate: stat.Estimate{Value: value, SE: se, Interval: stat.Interval{Low: value - half, High: value + half, Level: d.Level}},
		Z:        z, Stop: math.Abs(z) >= d.Critical[k],
	}, nil
}

func (d *GroupDesign) check(k int, value, se float64) error {
	if k < 0 || k >= len(d.Critical) {
		panic(fmt.Sprintf("experiment: look %d of %d", k, len(d.Critical)))
	}
	if !finite(value, se) {
		return fmt.Errorf("estimate %v ± %v: %w", value, se, stat.ErrNotFinite)
	}
	if se <= 0 {
		return fmt.Errorf("standard error %g: %w", se, stat.ErrInvalid)
	}
	return nil
}

// Final reports an experiment that stopped at look k (at its boundary, or at the
// last look). The plain estimate is too far from zero after an early stop; Value
// here is median-unbiased, the interval has the exact level and P is two-sided,
// all by stage-wise ordering: an earlier crossing is more extreme than a later
// one. SE stays that of the plain estimate.
//
// Errors: as for Look; ErrInvalid if the experiment went on at look k: neither
// boundary reached nor last look.
//
// Source: Tsiatis, Rosner and Mehta (1984), Biometrics 40:797-803; Jennison and
// Turnbull (2000), §8.4.
func (d *GroupDesign) Final(k int, value, se float64) (stat.Test, error) {
	look, err := d.Look(k, value, se)
	if err != nil {
		return stat.Test{}, err
	}
	if !look.Stop && k < len(d.Critical)-1 {
		return stat.Test{}, fmt.Errorf("%.3g standard errors at look %d do not stop at %.3g: %w", look.Z, k, d.Critical[k], stat.ErrInvalid)
	}
	scale := se * math.Sqrt(d.Information[k]) // effect per unit of drift
	root := math.Sqrt(d.Information[k])
	at := func(p float64) float64 {
		likely := (look.Z + distuv.UnitNormal.Quantile(p)) / root
		return scale * inverse.Around(func(drift float64) float64 { return d.beyond(k, look.Z, drift) }, p, likely, 0.3/root, 1e-11)
	}
	const far = 1e6
	if math.Abs(look.Z) > far {
		return stat.Test{}, fmt.Errorf("an estimate of %g standard errors: %w", look.Z, stat.ErrInvalid)
	}
	above := d.beyond(k, look.Z, 0)
	alpha := (1 - d.Level) / 2
	return stat.Test{
		Estimate:  stat.Estimate{Value: at(0.5), SE: se, Interval: stat.Interval{Low: at(alpha), High: at(1 - alpha), Level: d.Level}},
		Statistic: look.Z, DF: math.Inf(1), P: math.Min(1, 2*math.Min(above, 1-above)),
	}, nil
}

// beyond is the chance, at a drift, of an outcome at least as far up in the
// stage-wise order as z at look k: crossing the upper boundary before, or being
// above z then.
func (d *GroupDesign) beyond(k int, z, drift float64) float64 {
	walk := newWalk(drift)
	var p float64
	for i := range k {
		up, _ := walk.tails(d.Information[i], d.Critical[i])
		p += up
		walk.advance(d.Information[i], d.Critical[i], d.Information[i+1])
	}
	up, _ := walk.tails(d.Information[k], z)
	return p + up
}

// exits gives the chances of stopping at each look, above and below.
func (d *GroupDesign) exits(drift float64) (up, down []float64) {
	walk := newWalk(drift)
	for k, t := range d.Information {
		a, b := walk.tails(t, d.Critical[k])
		up, down = append(up, a), append(down, b)
		if k < len(d.Information)-1 {
			walk.advance(t, d.Critical[k], d.Information[k+1])
		}
	}
	return up, down
}

func sum(x []float64) (s float64) {
	for _, v := range x {
		s += v
	}
	return s
}
