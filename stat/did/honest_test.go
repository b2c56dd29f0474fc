package did_test

import (
	"context"
	"math"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/internal/reference"
	"github.com/liftmark/liftmark/stat/did"
	"gonum.org/v1/gonum/mat"
)

type rInterval struct{ Limit, Mbar, Low, High float64 }

// rHonest is an entry of testdata/honest.json, which honest.R computed.
type rHonest struct {
	Beta       []float64
	V          [][]float64
	Before     int
	Target     oneOrMany
	Smoothness []struct {
		M, Centre, Half float64
		Weights         []float64
	}
	Conditional, Hybrid []rInterval
	LeastFavourable     []struct {
		Mbar      float64
		Quantiles []float64
	} `json:"least_favourable"`
	PublishedRelative   []rInterval `json:"published_relative"`
	PublishedSmoothness []rInterval `json:"published_smoothness"`
}

func (r rHonest) points() did.Points {
	p := did.Points{Value: r.Beta, Reference: -1}
	cov := mat.NewSymDense(len(r.Beta), nil)
	for i, row := range r.V {
		for j := i; j < len(row); j++ {
			cov.SetSym(i, j, row[j])
		}
		at := i - r.Before - 1
		if i >= r.Before {
			at++
		}
		p.At = append(p.At, at)
	}
	p.Covariance = cov
	return p
}

func honestReference(t testing.TB) map[string]rHonest {
	t.Helper()
	var ref map[string]rHonest
	reference.JSON(t, "testdata/honest.json", &ref)
	if len(ref) != 4 {
		t.Fatalf("%d examples, want 4", len(ref))
	}
	return ref
}

func TestSmoothnessMatchesBruteForce(t *testing.T) {
	for name, r := range honestReference(t) {
		t.Run(name, func(t *testing.T) {
			var got, want []float64
			for _, s := range r.Smoothness {
				b, err := did.Smoothness(r.points(), r.Target, s.M, 0.95)
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, b.Interval.Low, b.Interval.High)
				want = append(want, s.Centre-s.Half, s.Centre+s.Half)
			}
			evidence.Claim{Method: "Honest bounds, smoothness (optimal fixed-length interval)", Data: name,
				Source: "brute force over all sign patterns in R"}.Agree(t, got, want, 1e-6)
		})
	}
}

// HonestDiD draws a million normals for the quantile (to about 0.001 of a standard
// error) and stops its search early.
func TestSmoothnessMatchesHonestDiD(t *testing.T) {
	r := honestReference(t)["medicaid_first"]
	var got, want []float64
	for _, s := range r.PublishedSmoothness {
		b, err := did.Smoothness(r.points(), r.Target, s.Limit, 0.95)
		if err != nil {
			t.Fatal(err)
		}
		got, want = append(got, b.Interval.High-b.Interval.Low), append(want, s.High-s.Low)
		if se := b.Plain.SE; math.Abs(b.Interval.Low-s.Low) > 0.005*se || math.Abs(b.Interval.High-s.High) > 0.005*se {
			t.Errorf("M %g: [%.6f, %.6f], HonestDiD [%.6f, %.6f]", s.Limit, b.Interval.Low, b.Interval.High, s.Low, s.High)
		}
	}
	evidence.Claim{Method: "Honest bounds, smoothness (length of the interval)", Data: "Medicaid expansion",
		Source: "R HonestDiD, README (draws its quantile)"}.Agree(t, got, want, 2e-3)
}

func TestConditionalTestMatchesBruteForce(t *testing.T) {
	for name, r := range honestReference(t) {
		t.Run(name, func(t *testing.T) {
			var got, want []float64
			for _, c := range r.Conditional {
				low, high, err := did.Conditional(r.points(), r.Target, c.Mbar, 0.95)
				if err != nil {
					t.Fatal(err)
				}
				got, want = append(got, low, high), append(want, c.Low, c.High)
			}
			evidence.Claim{Method: "Honest bounds, relative magnitudes (conditional test)", Data: name,
				Source: "all vertices listed in R"}.Agree(t, got, want, 2e-4) // ends are found to 1e-5 of a standard error
		})
	}
}

// The critical value of the first stage is a quantile at 0.995: with 8,000 draws
// its error is about 0.05, with 400,000 in R a seventh of that.
func TestLeastFavourableMatchesBruteForce(t *testing.T) {
	for name, r := range honestReference(t) {
		for _, lf := range r.LeastFavourable[:1] {
			for k, q := range did.LeastFavourable(r.points(), r.Target, lf.Mbar, 8_000) {
				if math.Abs(q-lf.Quantiles[k]) > 0.17 {
					t.Errorf("%s, set %d: least favourable quantile %.4f, R %.4f", name, k, q, lf.Quantiles[k])
				}
			}
		}
	}
}

// HonestDiD's grid has steps of 0.04 standard errors (which is the unit here), and
// its critical value comes from 1,000 draws; ours, from 2,000, is off by up to 0.06.
func TestRelativeMagnitudesMatchHonestDiD(t *testing.T) {
	var lengths, published []float64
	for name, r := range honestReference(t) {
		for k, h := range r.Hybrid {
			b, err := did.RelativeMagnitudes(context.Background(), r.points(), r.Target, h.Mbar, did.RelativeOptions{Seed: 3, Draws: 2000})
			if err != nil {
				t.Fatal(err)
			}
			se := b.Plain.SE
			if math.Abs(b.Interval.Low-h.Low) > 0.03*se || math.Abs(b.Interval.High-h.High) > 0.03*se {
				t.Errorf("%s, M̄ %g: [%.6f, %.6f], R [%.6f, %.6f]", name, h.Mbar, b.Interval.Low, b.Interval.High, h.Low, h.High)
			}
			if k < len(r.PublishedRelative) {
				p := r.PublishedRelative[k]
				lengths, published = append(lengths, b.Interval.High-b.Interval.Low), append(published, p.High-p.Low)
				if math.Abs(b.Interval.Low-p.Low) > 0.06*se || math.Abs(b.Interval.High-p.High) > 0.06*se {
					t.Errorf("%s, M̄ %g: [%.6f, %.6f], HonestDiD [%.6f, %.6f]", name, h.Mbar, b.Interval.Low, b.Interval.High, p.Low, p.High)
				}
			}
		}
	}
	evidence.Claim{Method: "Honest bounds, relative magnitudes (length of the interval)", Data: "Medicaid expansion",
		Source: "R HonestDiD, README (draws its critical value, searches a grid)"}.Agree(t, lengths, published, 2e-2)
}
