package power

import (
	"math"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/internal/reference"
)

func TestNoncentralT(t *testing.T) {
	var ref struct {
		NCT []struct{ DF, NCP, Right float64 }
	}
	reference.JSON(t, "testdata/reference.json", &ref)
	var got, want []float64
	for _, c := range ref.NCT {
		above, _ := tails(criticalT(c.DF, 0.95), c.DF, c.NCP)
		got, want = append(got, above), append(want, c.Right)
	}
	evidence.Claim{Method: "Noncentral t, upper tail", Data: "1 to 1,000 degrees of freedom", Source: "R 4.2 pt"}.Agree(t, got, want, 1e-10)
}

// With no noncentrality the tails are the central ones, for any degrees of
// freedom; with many degrees of freedom they are the normal ones.
func TestNoncentralTLimits(t *testing.T) {
	for _, df := range []float64{0.2, 0.5, 1, 1.7, 12, 1e3, 1e6, 1e9} {
		for _, level := range []float64{0.8, 0.95, 0.999} {
			above, below := tails(criticalT(df, level), df, 0)
			if !reference.Near(above/(1-level)*2, 1, 1e-9) || above != below {
				t.Errorf("df %g, level %g: %g and %g", df, level, above, below)
			}
		}
	}
	above, _ := tails(1.96, 1e9, 2.8)
	if want := normalUpper(1.96 - 2.8); math.Abs(above-want) > 1e-8 {
		t.Errorf("%.12g, normal %.12g", above, want)
	}
}

func TestNoncentralF(t *testing.T) {
	// With one numerator degree of freedom F is t²: both tails of t.
	for _, ncp := range []float64{0.3, 2, 5, 30} {
		c := criticalT(17, 0.95)
		above, below := tails(c, 17, ncp)
		if got := noncentralF(c*c, 1, 17, ncp*ncp); !reference.Near(got, above+below, 1e-11) {
			t.Errorf("ncp %g: F %.14g, t %.14g", ncp, got, above+below)
		}
	}
}
