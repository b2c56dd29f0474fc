package did_test

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/stat/did"
	"gonum.org/v1/gonum/mat"
)

func effectValues(effects []did.Effect) (out []float64) {
	for _, e := range effects {
		out = append(out, e.ATT, e.SE, e.Interval.Low, e.Interval.High, e.Uniform.Low, e.Uniform.High, e.BootstrapSE)
	}
	return out
}

// outcomes that a byte stands for: most are ordinary.
var odd = map[byte]float64{250: math.NaN(), 251: math.Inf(1), 252: math.Inf(-1), 253: math.MaxFloat64, 254: 1e-300, 255: -1e200}

// decode reads a panel: three bytes of shape and options, then a start per unit and an
// outcome per row, of which a byte 249 is a gap.
func decode(data []byte) (did.Panel, did.Options) {
	if len(data) < 3 {
		return did.Panel{}, did.Options{}
	}
	units, periods, choice := int(data[0]%12), int(data[1]%6), data[2]
	o := did.Options{Control: did.Control(choice & 1), Method: did.Method(choice >> 1 & 3 % 3), Base: did.Base(choice >> 3 & 1), Anticipation: int(choice >> 4 & 1)}
	data = data[3:]
	next := func() byte {
		if len(data) == 0 {
			return 7
		}
		b := data[0]
		data = data[1:]
		return b
	}
	p := did.Panel{}
	for u := range units {
		start := int(next()%9) - 1
		if start > 5 {
			start = did.Never
		}
		p.Start = append(p.Start, start)
		for t := range periods {
			b := next()
			if b == 249 {
				continue
			}
			y, strange := odd[b]
			if !strange {
				y = float64(b%16) / 4
			}
			p.Unit, p.Period, p.Outcome = append(p.Unit, u), append(p.Period, t), append(p.Outcome, y)
		}
	}
	if choice&32 != 0 {
		p.Covariates = [][]float64{nil}
		for range p.Start {
			p.Covariates[0] = append(p.Covariates[0], float64(next()%8))
		}
	}
	if choice&64 != 0 {
		for range p.Start {
			p.Weight = append(p.Weight, float64(next()%4))
		}
	}
	if choice&128 != 0 {
		for range p.Start {
			p.Cluster = append(p.Cluster, int(next()%3))
		}
	}
	return p, o
}

func FuzzPanel(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{1, 1, 0, 9, 1})
	f.Add([]byte{6, 3, 0, 2, 1, 2, 3, 3, 4, 5, 9, 250, 1, 1, 8, 3, 2, 1, 8, 4, 4, 6, 8, 1, 2, 9})
	f.Add([]byte{6, 3, 1, 2, 1, 2, 3, 3, 4, 5, 9, 251, 1, 1, 8, 3, 2, 1, 8, 4, 4, 6, 8, 1, 2, 9})
	f.Add([]byte{8, 4, 32, 2, 1, 2, 3, 3, 4, 5, 9, 2, 1, 1, 8, 3, 2, 1, 8, 4, 4, 6, 8, 1, 2, 9, 3, 3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9})
	f.Add([]byte{8, 4, 105, 2, 1, 249, 3, 3, 4, 5, 249, 2, 1, 1, 8, 3, 2, 1, 8, 4, 4, 6, 8, 1, 2, 9, 3, 3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9})
	f.Add([]byte{9, 5, 8}) // all tied
	f.Add([]byte{5, 4, 255, 3, 253, 255, 253, 255, 8, 255, 253, 255, 254, 2, 1, 1, 1, 1, 8, 9, 9, 9, 9})
	f.Fuzz(func(t *testing.T, data []byte) {
		p, o := decode(data)
		ctx := context.Background()
		o.Draws, o.Source = 20, rand.NewPCG(1, 2)
		r, err := did.Estimate(ctx, p, o)
		evidence.Finite(t, "Estimate", err)
		if err == nil {
			checkGroupTime(t, r)
		}
		o.Draws, o.Source = 0, nil
		if r, err = did.PlaceboDate(ctx, p, 1, o); err == nil {
			checkGroupTime(t, r)
		}
		evidence.Finite(t, "PlaceboDate", err)
		l, err := did.LeaveCohortsOut(ctx, p, o, (*did.GroupTime).Simple)
		evidence.Finite(t, "LeaveCohortsOut", err)
		if err == nil {
			evidence.Finite(t, "LeaveCohortsOut", nil, l.Low, l.High, l.All.SE)
		}
		if r, err = did.EstimateCrossSections(ctx, asSections(p), o); err == nil {
			checkGroupTime(t, r)
		}
		evidence.Finite(t, "EstimateCrossSections", err)
		checkTwoWay(t, p)
	})
}

func checkGroupTime(t *testing.T, r *did.GroupTime) {
	for _, c := range r.Cells {
		evidence.Finite(t, "cell", nil, c.ATT, c.SE, c.Interval.Low, c.Interval.High, c.Uniform.Low, c.Uniform.High)
	}
	for _, f := range []func() (*did.Aggregate, error){r.Simple, r.ByCohort, r.ByPeriod, func() (*did.Aggregate, error) { return r.Dynamic(did.Window{}) }} {
		a, err := f()
		evidence.Finite(t, "average", err)
		if err != nil {
			continue
		}
		evidence.Finite(t, "average", nil, append(effectValues(append(a.Effects, a.Overall)), a.Draws...)...)
		if s, err := a.EventStudy(); err == nil {
			checkStudy(t, s)
		}
	}
	w, err := r.PreTrend()
	evidence.Finite(t, "PreTrend", err, w.Statistic, w.P)
}

func checkStudy(t *testing.T, s did.EventStudy) {
	evidence.Finite(t, "event study", nil, effectValues(s.Effects)...)
	band, err := s.Band(0.9, 200, rand.NewPCG(1, 1))
	evidence.Finite(t, "band", err, effectValues(band.Effects)...)
	p := s.Points()
	if len(p.At) == 0 || p.At[len(p.At)-1] <= p.Reference {
		return
	}
	last := p.Only(p.At[len(p.At)-1])
	a, err := did.Smoothness(p, last, 0.1, 0.9)
	evidence.Finite(t, "Smoothness", err, a.Interval.Low, a.Interval.High, a.Value)
	b, err := did.RelativeMagnitudes(context.Background(), p, last, 1, did.RelativeOptions{Level: 0.9, Draws: 200})
	evidence.Finite(t, "RelativeMagnitudes", err, b.Interval.Low, b.Interval.High)
}

func checkTwoWay(t *testing.T, p did.Panel) {
	two, err := did.TwoWayFixedEffects(p, 0.95)
	evidence.Finite(t, "TwoWayFixedEffects", err)
	if err == nil {
		evidence.Finite(t, "TwoWayFixedEffects", nil, two.Value, two.SE, two.HC1, two.Weights.NegativeSum, two.Weights.Spread)
	}
	s, err := did.TwoWayEventStudy(p, 0.95)
	evidence.Finite(t, "TwoWayEventStudy", err)
	if err == nil {
		checkStudy(t, s)
	}
	sa, err := did.SunAbraham(p, 0.95)
	evidence.Finite(t, "SunAbraham", err)
	if err == nil {
		checkStudy(t, sa.EventStudy)
		evidence.Finite(t, "SunAbraham", nil, sa.Overall.ATT, sa.Overall.SE)
	}
	b, err := did.Bacon(p)
	evidence.Finite(t, "Bacon", err)
	if err == nil {
		evidence.Finite(t, "Bacon", nil, b.Coefficient, b.ForbiddenWeight())
	}
	rank, err := did.RankTest(p)
	evidence.Finite(t, "RankTest", err)
	if err == nil {
		evidence.Finite(t, "RankTest", nil, rank.Value, rank.P)
	}
	var o did.Observations
	for i, u := range p.Unit {
		o.Treated, o.After, o.Outcome, o.Cluster = append(o.Treated, p.Start[u] < 5), append(o.After, p.Period[i] > 1), append(o.Outcome, p.Outcome[i]), append(o.Cluster, u)
	}
	g, err := did.TwoByTwo(o, 0.95)
	evidence.Finite(t, "TwoByTwo", err, g.Effect.Value, g.Effect.SE, g.Effect.Interval.Low, g.Effect.Interval.High)
}

// Points come from anywhere: any covariance, any values.
func FuzzPoints(f *testing.F) {
	f.Add(uint8(2), uint8(2), 0.1, 1.0, 0.5, []byte{1, 2, 3, 4})
	f.Add(uint8(1), uint8(1), math.NaN(), 1.0, 0.0, []byte{})
	f.Add(uint8(4), uint8(3), 1e200, 1e-200, 0.99, []byte{9, 9, 9, 0, 0, 1, 200})
	f.Add(uint8(0), uint8(3), 1.0, 1.0, 1.0, []byte{0})
	f.Add(uint8(3), uint8(1), 0.0, 0.0, 0.0, []byte{5})
	f.Fuzz(func(t *testing.T, before, after uint8, scale, variance, correlation float64, values []byte) {
		b, a := int(before%5), int(after%4)
		p := did.Points{Reference: -1}
		for e := -1 - b; e < a; e++ {
			if e == -1 {
				continue
			}
			v := 1.0
			if k := len(p.At); k < len(values) {
				v = float64(values[k]) - 128
			}
			p.At, p.Value = append(p.At, e), append(p.Value, scale*v)
		}
		cov := mat.NewSymDense(max(len(p.At), 1), nil)
		for i := range p.At {
			for j := range i {
				cov.SetSym(i, j, correlation*variance)
			}
			cov.SetSym(i, i, variance)
		}
		p.Covariance = cov
		target := make([]float64, a)
		for k := range target {
			target[k] = 1
		}
		s, err := did.Smoothness(p, target, 0.5, 0.95)
		evidence.Finite(t, "Smoothness", err, s.Interval.Low, s.Interval.High, s.Value, s.Plain.SE)
		r, err := did.RelativeMagnitudes(context.Background(), p, target, 1, did.RelativeOptions{Draws: 400})
		evidence.Finite(t, "RelativeMagnitudes", err, r.Interval.Low, r.Interval.High)
		d, err := did.SmoothnessBreakdown(p, target, 0.95)
		evidence.Finite(t, "SmoothnessBreakdown", err, d.Limit)
	})
}
