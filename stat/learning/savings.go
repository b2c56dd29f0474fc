package learning

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
)

// FitSavings fits a curve to retained shares (scores, or Ebbinghaus's savings)
// at several times since learning, by nonlinear least squares. Errors are
// independent and of one size; intervals use Student's t on two degrees of
// freedom less than points.
//
// Errors: ErrTooFew with fewer than four points or two different times;
// ErrNotFinite; ErrInvalid naming a negative time, or when retention does not
// fall; ErrNoVariance if the shares do not vary or the curve leaves no
// residual; ErrNoConvergence. FitSavings panics if lengths differ, level is
// outside (0, 1) or the curve is unknown.
//
// Source: Ebbinghaus (1885), Über das Gedächtnis; Murre and Dros (2015), PLoS
// ONE 10:e0120644.
func FitSavings(times, retained []float64, curve Curve, level float64) (*Forgetting, error) {
	stat.CheckLevel(level)
	curve.check()
	if len(times) != len(retained) {
		panic(fmt.Sprintf("learning: %d times, %d shares", len(times), len(retained)))
	}
	s := &savings{y: retained}
	if err := s.read(times, curve); err != nil {
		return nil, err
	}
	if err := s.minimise(); err != nil {
		return nil, err
	}
	n, df := float64(len(times)), len(times)-2
	rss := s.rss(s.start, s.rate)
	if !(rss > 1e-24*n*s.start*s.start) {
		return nil, fmt.Errorf("the curve leaves no residual: %w", stat.ErrNoVariance)
	}
	_, _, ss, sr, rr := s.normal()
	det, sigma2 := ss*rr-sr*sr, rss/float64(df)
	f := &Forgetting{
		Curve: curve, Misfit: rss, DF: df, LogLik: -n / 2 * (math.Log(2*math.Pi*rss/n) + 1),
		Start: stat.Student(s.start, math.Sqrt(sigma2*rr/det), float64(df), level).Estimate,
		Rate:  stat.Student(s.rate, math.Sqrt(sigma2*ss/det), float64(df), level).Estimate,
	}
	if err := f.finish(); err != nil {
		return nil, err
	}
	f.AIC += 2 // the variance is a parameter too
	return f, nil
}

// savings is the least-squares problem y = start·exp(-rate·x).
type savings struct {
	x, y        []float64
	start, rate float64
}

func (s *savings) read(times []float64, curve Curve) error {
	if err := finite("time", times); err != nil {
		return err
	}
	if err := finite("share", s.y); err != nil {
		return err
	}
	different := map[float64]bool{}
	for i, t := range times {
		if t < 0 {
			return fmt.Errorf("time %d is %v: %w", i, t, stat.ErrInvalid)
		}
		if math.Abs(s.y[i]) > 1e100 {
			return fmt.Errorf("share %d is %v: %w", i, s.y[i], stat.ErrInvalid)
		}
		different[t] = true
		s.x = append(s.x, curve.scale(t))
	}
	if len(times) < 4 || len(different) < 2 {
		return fmt.Errorf("%d points at %d times: %w", len(times), len(different), stat.ErrTooFew)
	}
	for _, v := range s.y {
		if v != s.y[0] {
			return nil
		}
	}
	return fmt.Errorf("all shares are %v: %w", s.y[0], stat.ErrNoVariance)
}

func (s *savings) rss(start, rate float64) float64 {
	var sum float64
	for i, x := range s.x {
		r := s.y[i] - start*math.Exp(-rate*x)
		sum += r * r
	}
	return sum
}

// best is the start that fits best at a rate; the problem is linear in it.
func (s *savings) best(rate float64) float64 {
	var xy, xx float64
	for i, x := range s.x {
		e := math.Exp(-rate * x)
		xy, xx = xy+s.y[i]*e, xx+e*e
	}
	return xy / xx
}

// minimise searches the rate on a grid, then takes damped Gauss–Newton steps.
func (s *savings) minimise() error {
	var longest float64
	for _, x := range s.x {
		longest = math.Max(longest, x)
	}
	least := math.Inf(1)
	for k := -20; k <= 60; k++ {
		rate := math.Pow(10, float64(k)/10) / longest / 10
		if start := s.best(rate); s.rss(start, rate) < least {
			least, s.start, s.rate = s.rss(start, rate), start, rate
		}
	}
	for range 500 {
		gs, gr, ss, sr, rr := s.normal()
		det := ss*rr - sr*sr
		if !(det > 1e-13*ss*rr) {
			return fmt.Errorf("forgetting curve: points do not determine it: %w", stat.ErrNoConvergence)
		}
		ds, dr := (rr*gs-sr*gr)/det, (ss*gr-sr*gs)/det
		if math.Abs(ds) <= 1e-9*math.Abs(s.start) && math.Abs(dr)*longest <= 1e-9*(1+math.Abs(s.rate)*longest) {
			s.start, s.rate = s.start+ds, s.rate+dr
			return nil
		}
		before, scale := s.rss(s.start, s.rate), 1.0
		for scale > 1e-10 && !(s.rss(s.start+scale*ds, s.rate+scale*dr) <= before*(1+1e-14)) {
			scale /= 2
		}
		s.start, s.rate = s.start+scale*ds, s.rate+scale*dr
	}
	return fmt.Errorf("forgetting curve: %w", stat.ErrNoConvergence)
}

// normal are J'r and J'J of the model by start and rate.
func (s *savings) normal() (gs, gr, ss, sr, rr float64) {
	for i, x := range s.x {
		e := math.Exp(-s.rate * x)
		js, jr, r := e, -s.start*x*e, s.y[i]-s.start*e
		gs, gr = gs+js*r, gr+jr*r
		ss, sr, rr = ss+js*js, sr+js*jr, rr+jr*jr
	}
	return gs, gr, ss, sr, rr
}
