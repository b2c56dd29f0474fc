package experiment_test

import (
	"math"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/stat/experiment"
)

// Ten treated with nine outcomes 1 to 9, ten controls with six outcomes of mean
// 4: shares 0.9 and 0.6, so a third of the treated outcomes is cut: 1..6 and
// 4..9 stay, means 3.5 and 6.5.
func TestLeeBoundsByHand(t *testing.T) {
	var y []float64
	var seen, treated []bool
	for i := range 20 {
		y, treated = append(y, float64(i+1)), append(treated, i < 10)
		seen = append(seen, i < 9 || i >= 10 && i < 16)
	}
	copy(y[10:], []float64{2, 3, 4, 4, 5, 6, math.NaN(), math.NaN()})
	got, err := experiment.LeeBounds(y, seen, treated, 0.95)
	check(t, err)
	// Lee's variance of the lower mean: kept values vary by 35/12 over 6; the edge
	// (7: the next value) is 3.5 away with cut ⅓; and the cut's own variance is
	// (2/3)²·(0.1/9 + 0.4/6). The controls' mean: (4+1+0+0+1+4)/5/6.
	kept := (35.0/12 + 3.5*3.5/3) / 6
	cut := 3.5 * 3.5 / (4.0 / 9) * (4.0 / 9) * (0.1/9 + 0.4/6)
	se := math.Sqrt(kept + cut + 2.0/6)
	evidence.Claim{Method: "Lee bounds", Data: "15 of 20 outcomes", Source: "Lee (2009), by hand"}.
		Agree(t, []float64{got.Low, got.High, got.LowSE, got.HighSE, got.Trimmed}, []float64{-0.5, 2.5, se, se, 1.0 / 3}, 1e-12)
}

// Half of four treated took it, with outcomes 1 and 1; controls 0, 0, 1, 1: the
// others could all be 0 (share ½) or 1 (share 1), so the effect is in [0, ½].
func TestPopulationBoundsByHand(t *testing.T) {
	y := []float64{1, 1, 0, 1, 0, 0, 1, 1}
	assigned := []bool{true, true, true, true, false, false, false, false}
	received := []bool{true, true, false, false, false, false, false, false}
	got, err := experiment.PopulationBounds(y, assigned, received, 0, 1, 0.95)
	check(t, err)
	evidence.Claim{Method: "Bounds without exclusion", Data: "eight units", Source: "Manski (1990), by hand"}.
		Agree(t, []float64{got.Low, got.High, got.LowSE, got.HighSE}, []float64{0, 0.5, math.Sqrt(1.0/12 + 1.0/12), math.Sqrt(1.0 / 12)}, 1e-12)
}

// Student's sleep data: R prints t = 4.0621, df = 9, p = 0.002833, 0.7001142 to
// 2.4598858 for the paired test.
func TestMatchedPairsSleep(t *testing.T) {
	got, err := experiment.MatchedPairs([]float64{1.2, 2.4, 1.3, 1.3, 0, 1, 1.8, 0.8, 4.6, 1.4}, 0.95)
	check(t, err)
	evidence.Claim{Method: "Matched pairs", Data: "Student's sleep", Source: "R 4.2 t.test(paired = TRUE)"}.
		Agree(t, []float64{got.Value, got.Statistic, got.DF, got.P, got.Interval.Low, got.Interval.High},
			[]float64{1.58, 4.06212768338204, 9, 0.00283289019738427, 0.700114236723018, 2.45988576327698}, 1e-12)
}
