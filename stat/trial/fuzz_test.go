package trial

import (
	"context"
	"math"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
)

// fuzzedPanel reads five bytes a unit: entry, exit, event and treatment, and
// two covariates that stay, one of them from a list with values that none
// should have. The first byte chooses the options.
func fuzzedPanel(raw []byte) (Panel, Options) {
	odd := []float64{math.NaN(), math.Inf(1), math.Inf(-1), math.MaxFloat64, math.SmallestNonzeroFloat64}
	p, o := Panel{Periods: 6, Names: []string{"a", "b"}}, Options{Horizon: 2, Draws: 20, MinUnits: 2, MinEvents: 1}
	if len(raw) == 0 {
		return p, o
	}
	how, rest := raw[0], raw[1:]
	o.Strategy, o.Target, o.Calendar = Strategy(how&1), Target(how>>1&1), Calendar(how>>2&1)
	if how&8 != 0 {
		o.Trim = 0.9
	}
	for ; len(rest) >= 5; rest = rest[5:] {
		u := Unit{Entry: int(rest[0]%8) - 3, Exit: int(rest[1] % 8), Event: rest[2]&1 == 1, Treated: Never}
		if at := int(rest[2] >> 1 & 7); at < 6 {
			u.Treated = at
		}
		a, b := float64(rest[3])/8, float64(rest[4])/8
		if at := int(rest[4]) - (256 - len(odd)); at >= 0 {
			b = odd[at]
		}
		p.Units = append(p.Units, u)
		for t := range p.Periods {
			p.X = append(p.X, a+float64(t*int(rest[3]&3)), b)
		}
	}
	return p, o
}

func FuzzRun(f *testing.F) {
	company := func(how byte, n int, row func(i int) [5]byte) []byte {
		out := []byte{how}
		for i := range n {
			r := row(i)
			out = append(out, r[:]...)
		}
		return out
	}
	mixed := func(i int) [5]byte {
		return [5]byte{byte(i % 4), byte(3 + i%3), byte(i%2 | (1+i%7)<<1&14), byte(i * 37 % 101), byte(i * 53 % 97)}
	}
	f.Add([]byte{})
	for how := range byte(16) {
		f.Add(company(how, 60, mixed))
	}
	f.Add(company(0, 1, mixed))                                                                                         // one unit
	f.Add(company(0, 20, func(i int) [5]byte { return [5]byte{0, 5, 14, byte(i), 1} }))                                 // nobody treated, no event
	f.Add(company(0, 20, func(i int) [5]byte { return [5]byte{0, 4, 5, byte(i), byte(i * i)} }))                        // all treated, all have the event
	f.Add(company(0, 40, func(i int) [5]byte { m := mixed(i); m[4] = 2 * m[3] % 250; m[3] &^= 3; return m }))           // collinear
	f.Add(company(0, 40, func(i int) [5]byte { m := mixed(i); m[4] = 7; return m }))                                    // no variance
	f.Add(company(0, 40, func(i int) [5]byte { m := mixed(i); m[4] = byte(251 + i%5); return m }))                      // not finite
	f.Add(company(0, 40, func(i int) [5]byte { return [5]byte{0, 5, byte(i % 2 * 3), byte(i % 2 * 80), byte(i * 7)} })) // separation
	f.Fuzz(func(t *testing.T, raw []byte) {
		if len(raw) > 600 {
			return
		}
		panel, opt := fuzzedPanel(raw)
		got, err := Run(context.Background(), panel, opt)
		if !evidence.Finite(t, "run", err) {
			return
		}
		for _, e := range []Effect{got.RiskDifference, got.RiskRatio, got.RMSTDifference, got.Treated.Risk, got.Control.Risk} {
			evidence.Finite(t, "effect", nil, e.Value, e.SE, e.Interval.Low, e.Interval.High)
		}
		for _, a := range []Arm{got.Treated, got.Control} {
			if !(a.ESS > 0 && a.ESS <= float64(a.UnitTrials)*(1+1e-9) && a.Weights.Max > 0) {
				t.Fatalf("weights: %+v, effective sample size %v of %d", a.Weights, a.ESS, a.UnitTrials)
			}
		}
	})
}
