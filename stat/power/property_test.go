package power_test

import (
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/internal/reference"
	"github.com/liftmark/liftmark/stat/power"
)

func drawDesign(t *rapid.T) (d power.Design, effect float64) {
	ratio := rapid.Float64Range(0.2, 5).Draw(t, "ratio")
	sd := rapid.Float64Range(0.01, 100).Draw(t, "sd")
	effect = sd * rapid.Float64Range(0.05, 2).Draw(t, "effect")
	switch rapid.IntRange(0, 7).Draw(t, "design") {
	case 0:
		return power.Means{SD: sd, Ratio: ratio}, effect
	case 1:
		return power.Means{SD: sd, ControlSD: sd * ratio, Ratio: ratio}, effect
	case 2:
		return power.Paired{SD: sd}, effect
	case 3:
		share := rapid.Float64Range(0.02, 0.9).Draw(t, "share")
		return power.Proportions{Control: share, Ratio: ratio}, (1 - share) * rapid.Float64Range(0.05, 0.9).Draw(t, "part")
	case 4:
		share := rapid.Float64Range(0.1, 0.98).Draw(t, "share")
		return power.Arcsine{Control: share, Ratio: ratio, Fall: true}, -share * rapid.Float64Range(0.05, 0.9).Draw(t, "part")
	case 5:
		return power.Events{Treated: ratio / 6}, rapid.Float64Range(0.1, 2).Draw(t, "log ratio")
	case 6:
		return power.Clusters{SD: sd, ICC: rapid.Float64Range(0, 1).Draw(t, "icc"), Size: 12, CV: 0.3, Ratio: ratio}, effect
	}
	return power.Panel{Analysis: power.Covariance, SD: sd, Before: 3, After: 4, Correlation: 0.5, Ratio: ratio}, effect
}

// Power, Size and Detectable are inverses of each other; power grows with n,
// with the effect and with a weaker level.
func TestSolversAreInverses(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, effect := drawDesign(t)
		goal := power.Goal{Level: rapid.SampledFrom([]float64{0.8, 0.95, 0.99}).Draw(t, "level"), Power: rapid.Float64Range(0.3, 0.99).Draw(t, "power")}
		n, err := power.Size(d, effect, goal)
		if err != nil {
			t.Fatal(err)
		}
		_, err = d.Power(n*(1-1e-6), effect, goal.Level)
		if n < 5 || err != nil { // the least design has the power; with so few the normal approximations are not monotone
			return
		}
		at, err1 := d.Power(n, effect, goal.Level)
		more, err2 := d.Power(2*n, effect, goal.Level)
		stricter, err3 := d.Power(n, effect, 1-(1-goal.Level)/2)
		back, err4 := power.Detectable(d, n, goal)
		if err := errors.Join(err1, err2, err3, err4); err != nil {
			t.Fatal(err)
		}
		if !reference.Near(at, goal.Power, 1e-9) || more < at || stricter > at {
			t.Fatalf("%+v, n %g: power %g (goal %g), doubled %g, stricter %g", d, n, at, goal.Power, more, stricter)
		}
		if !reference.Near(back/effect, 1, 1e-7) {
			t.Fatalf("%+v: effect %g needs %g, which detects %g", d, effect, n, back)
		}
	})
}

// Another unit changes nothing, nor does the sign of the effect; swapping the
// arms swaps the sizes.
func TestMeansProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := power.Means{SD: rapid.Float64Range(0.1, 9).Draw(t, "sd"), ControlSD: rapid.Float64Range(0.1, 9).Draw(t, "sd0"), Ratio: rapid.Float64Range(0.3, 4).Draw(t, "ratio")}
		n, effect := rapid.Float64Range(8, 300).Draw(t, "n"), rapid.Float64Range(0.1, 5).Draw(t, "effect")
		k := rapid.Float64Range(0.01, 100).Draw(t, "unit")
		want, err1 := m.Power(n, effect, 0.95)
		unit, err2 := power.Means{SD: k * m.SD, ControlSD: k * m.ControlSD, Ratio: m.Ratio}.Power(n, -k*effect, 0.95)
		swapped, err3 := power.Means{SD: m.ControlSD, ControlSD: m.SD, Ratio: 1 / m.Ratio}.Power(n*m.Ratio, effect, 0.95)
		if err := errors.Join(err1, err2, err3); err != nil {
			t.Fatal(err)
		}
		if !reference.Near(unit, want, 1e-10) || !reference.Near(swapped, want, 1e-10) {
			t.Fatalf("power %.14g, in another unit %.14g, swapped %.14g", want, unit, swapped)
		}
	})
}

// Clusters of one person, or without correlation, are people; correlation 1
// makes each cluster one observation.
func TestClusterLimits(t *testing.T) {
	people, err1 := power.Means{SD: 3}.Power(40, 1.2, 0.95)
	ones, err2 := power.Clusters{SD: 3, ICC: 0.4, Size: 1}.Power(40, 1.2, 0.95)
	whole, err3 := power.Clusters{SD: 3, ICC: 1, Size: 50}.Power(40, 1.2, 0.95)
	if err := errors.Join(err1, err2, err3); err != nil {
		t.Fatal(err)
	}
	if !reference.Near(ones, people, 1e-12) || !reference.Near(whole, people, 1e-12) {
		t.Errorf("people %g, clusters of one %g, clusters of one mind %g", people, ones, whole)
	}
}

// Every call ends in a typed error or a finite answer.
func FuzzPower(f *testing.F) {
	f.Add(uint8(0), 10.0, 0.5, 1.0, 1.0, 2.0)
	f.Add(uint8(1), 2.0, math.NaN(), 1.0, 1.0, 2.0)
	f.Add(uint8(2), 0.0, math.Inf(1), 0.0, 1.0, -2.0)
	f.Add(uint8(3), 1e300, 0.5, 0.3, 1.0, 2.0)
	f.Add(uint8(4), 5.0, 1e-300, 1e300, 1e-300, 0.0)
	f.Add(uint8(5), -1.0, -3.0, 0.5, 12.0, 2.0)
	f.Add(uint8(6), 3.0, 700.0, 0.5, 0.9, 2.0)
	f.Add(uint8(7), 1.0, -0.2, 0.5, 0.5, 1e9)
	f.Fuzz(func(t *testing.T, kind uint8, n, effect, a, b, c float64) {
		designs := []power.Design{
			power.Means{SD: a, ControlSD: b, Ratio: c}, power.Means{SD: a, Ratio: c}, power.Paired{SD: a}, power.Proportions{Control: a, Ratio: b, Fall: c < 0},
			power.Arcsine{Control: a, Ratio: b}, power.ANOVA{Groups: int(kind) / 8}, power.Events{Treated: a},
			power.Clusters{SD: a, ICC: b, Size: c}, power.Panel{SD: a, Correlation: b, Before: int(kind) / 16, After: int(kind) % 5, Analysis: power.Covariance, Decay: c > 0},
		}
		d := designs[int(kind)%len(designs)]
		p, err := d.Power(n, effect, 0.95)
		evidence.Finite(t, "power", err, p)
		size, err := power.Size(d, effect, power.Goal{Level: 0.95, Power: 0.8})
		evidence.Finite(t, "size", err, size)
		least, err := power.Detectable(d, n, power.Goal{Level: 0.95, Power: 0.8})
		evidence.Finite(t, "detectable effect", err, least)
		times, err := power.Needed(a, effect, power.Goal{Level: 0.9, Power: 0.8})
		evidence.Finite(t, "needed", err, times)
		subjects, err := power.Accrual{ControlHazard: a, LogRatio: effect, Months: b, FollowUp: c, Dropout: n}.Subjects(n)
		evidence.Finite(t, "subjects", err, subjects)
	})
}
