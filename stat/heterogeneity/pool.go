package heterogeneity

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mathext"

	"github.com/liftmark/liftmark/stat"
)

// Segment is an effect estimated within one segment, with its standard error
// in the same unit. Segments have no unit or account in common.
type Segment struct {
	Name      string
	Value, SE float64
}

// Between names an estimator of the variance between the segments' true effects.
type Between int

// The estimators.
const (
	REML             Between = iota // restricted maximum likelihood
	DerSimonianLaird                // moments, no iteration
)

// Pooled is a random-effects summary of segments: their true effects are taken
// as drawn from one distribution with variance Tau2.
type Pooled struct {
	// Mean effect over segments like these, with Hartung and Knapp's standard
	// error and Student's t on one degree of freedom less than segments.
	Mean stat.Test
	// Wald is the same mean with the classical standard error and normal
	// interval, too narrow with few segments.
	Wald stat.Test
	Tau2 float64 // variance of true effects between segments, unit squared
	// Q is Cochran's test that all segments have the same effect: χ² on DF
	// degrees of freedom.
	Q, P float64
	DF   int
	// I2 is the share of the variation between estimates that is not noise, 0
	// to 1; H2 total over noise variance.
	I2, H2 float64
}

// Pool summarises segments.
//
// Errors: ErrTooFew with fewer than three segments; ErrNotFinite or ErrInvalid
// naming a segment without a finite effect or a positive standard error;
// ErrNoVariance if all estimates are equal, which leaves Hartung and Knapp's
// standard error at 0. Pool panics if level is outside (0, 1).
//
// Source: DerSimonian and Laird (1986), Controlled Clinical Trials 7:177-188;
// Viechtbauer (2005), J. Educ. Behav. Stat. 30:261-293;
// Hartung and Knapp (2001), Statistics in Medicine 20:3875-3889. The
// effect of a new segment is in Shrink, whose interval also allows for not
// knowing Tau2.
func Pool(segments []Segment, between Between, level float64) (Pooled, error) {
	stat.CheckLevel(level)
	s, err := newSample(segments, 3)
	if err != nil {
		return Pooled{}, err
	}
	out := Pooled{DF: len(segments) - 1}
	out.Q = s.q(0)
	out.P = mathext.GammaIncRegComp(float64(out.DF)/2, out.Q/2)
	switch between {
	case DerSimonianLaird:
		out.Tau2 = math.Max(0, (out.Q-float64(out.DF))/s.noiseScale())
	case REML:
		out.Tau2 = s.reml()
	default:
		panic(fmt.Sprintf("heterogeneity: unknown estimator %d", between))
	}
	typical := float64(out.DF) / s.noiseScale() // Higgins and Thompson's typical noise variance
	out.I2, out.H2 = out.Tau2/(out.Tau2+typical), (out.Tau2+typical)/typical
	return out, s.summarise(&out, level)
}

// sample is the estimates and their variances.
type sample struct{ y, v []float64 }

func newSample(segments []Segment, least int) (*sample, error) {
	if len(segments) < least {
		return nil, fmt.Errorf("%d segments, at least %d: %w", len(segments), least, stat.ErrTooFew)
	}
	s := &sample{}
	for i, g := range segments {
		if math.IsNaN(g.Value+g.SE) || math.IsInf(g.Value+g.SE, 0) {
			return nil, fmt.Errorf("segment %d (%s): effect %v, standard error %v: %w", i, g.Name, g.Value, g.SE, stat.ErrNotFinite)
		}
		if !(g.SE > 1e-100 && g.SE < 1e100 && math.Abs(g.Value) < 1e100 && math.Abs(g.Value) < 1e12*g.SE) {
			return nil, fmt.Errorf("segment %d (%s): effect %v with standard error %v: %w", i, g.Name, g.Value, g.SE, stat.ErrInvalid)
		}
		s.y, s.v = append(s.y, g.Value), append(s.v, g.SE*g.SE)
	}
	return s, s.comparable(segments)
}

// comparable refuses precisions that differ so much that one segment is all.
func (s *sample) comparable(segments []Segment) error {
	low, high := 0, 0
	for i, v := range s.v {
		if v < s.v[low] {
			low = i
		}
		if v > s.v[high] {
			high = i
		}
	}
	if s.v[high] > 1e16*s.v[low] {
		return fmt.Errorf("standard errors of segments %s and %s differ by more than a factor of 1e8: %w", segments[low].Name, segments[high].Name, stat.ErrInvalid)
	}
	return nil
}

// mean is the weighted mean, and the sum of the weights, at a variance between.
func (s *sample) mean(tau2 float64) (mean, weight float64) {
	for i, y := range s.y {
		w := 1 / (s.v[i] + tau2)
		weight += w
		mean += w * y
	}
	return mean / weight, weight
}

// q is the weighted sum of squares about the mean at a variance between.
func (s *sample) q(tau2 float64) float64 {
	mean, _ := s.mean(tau2)
	var sum float64
	for i, y := range s.y {
		sum += (y - mean) * (y - mean) / (s.v[i] + tau2)
	}
	return sum
}

// noiseScale is Σw − Σw²/Σw of the inverse variances.
func (s *sample) noiseScale() float64 {
	var w1, w2 float64
	for _, v := range s.v {
		w1 += 1 / v
		w2 += 1 / (v * v)
	}
	return w1 - w2/w1
}

// reml maximises the restricted likelihood: the best of a grid of variances,
// then bisection of the score between its neighbours.
func (s *sample) reml() float64 {
	scale := float64(len(s.v)-1) / s.noiseScale()
	at := func(k int) float64 {
		if k < 0 {
			return 0
		}
		return scale * math.Pow(10, float64(k)/5-6)
	}
	best, most := -1, s.restricted(0)
	for k := range 120 {
		if l := s.restricted(at(k)); l > most {
			best, most = k, l
		}
	}
	low, high := at(best-1), at(best+1)
	if s.score(low) <= 0 {
		return low // at the edge: no variance between
	}
	for range 200 {
		if mid := (low + high) / 2; s.score(mid) > 0 {
			low = mid
		} else {
			high = mid
		}
	}
	return (low + high) / 2
}

// restricted log likelihood, to a constant.
func (s *sample) restricted(tau2 float64) float64 {
	_, weight := s.mean(tau2)
	sum := -s.q(tau2)/2 - math.Log(weight)/2
	for _, v := range s.v {
		sum -= math.Log(v+tau2) / 2
	}
	return sum
}

// score of the restricted likelihood.
func (s *sample) score(tau2 float64) float64 {
	mean, w1 := s.mean(tau2)
	var w2, ww float64
	for i, y := range s.y {
		w := 1 / (s.v[i] + tau2)
		w2 += w * w
		ww += w * w * (y - mean) * (y - mean)
	}
	return (ww - w1 + w2/w1) / 2
}

func (s *sample) summarise(out *Pooled, level float64) error {
	k := float64(len(s.y))
	mean, weight := s.mean(out.Tau2)
	out.Wald = stat.Normal(mean, 1/math.Sqrt(weight), level)
	se := math.Sqrt(s.q(out.Tau2) / (k - 1) / weight)
	if !(se > 1e-12/math.Sqrt(weight)) {
		return fmt.Errorf("all %d segments have the effect %v: %w", len(s.y), mean, stat.ErrNoVariance)
	}
	out.Mean = stat.Student(mean, se, k-1, level)
	return nil
}

// Interaction tests whether segments have different effects: Cochran's Q. With
// two segments it is the squared z of their difference.
//
// Errors: those of Pool, with two segments as the least.
//
// Not for comparing p-values of segments ("significant here, not there"): that
// is no test of a difference.
func Interaction(segments []Segment) (q, p float64, err error) {
	s, err := newSample(segments, 2)
	if err != nil {
		return 0, 0, err
	}
	q = s.q(0)
	return q, mathext.GammaIncRegComp(float64(len(segments)-1)/2, q/2), nil
}
