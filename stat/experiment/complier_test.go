package experiment_test

import (
	"testing"

	"github.com/liftmark/liftmark/stat/experiment"
	"github.com/liftmark/liftmark/stat/mean"
)

// An offer that moved nobody clearly. With an outcome that did move (five
// standard errors) small effects on takers are excluded, large ones of either
// sign are not: two half-lines. With one that did not, nothing is excluded.
func TestWeakOfferRegions(t *testing.T) {
	arm := func(y, d float64) mean.PairMoments {
		return mean.PairMoments{N: 200, MeanNum: y, MeanDen: d, VarNum: 100, VarDen: 0.25}
	}
	moved, err1 := experiment.CACE(arm(5, 0.51), arm(0, 0.5), 0.95)
	still, err2 := experiment.CACE(arm(0.3, 0.51), arm(0, 0.5), 0.95)
	check(t, err1, err2)
	if r := moved.Region; r.Shape != experiment.Outside || r.Contains(0) || !r.Contains(500) || !r.Contains(-500) || !(r.Low < 0 && r.High > 0) {
		t.Errorf("outcome moved, uptake not: %+v", r)
	}
	if r := still.Region; r.Shape != experiment.Anything || !r.Contains(0) || !r.Contains(-1e9) {
		t.Errorf("nothing moved: %+v", r)
	}
	if moved.F > 1 {
		t.Errorf("F = %g", moved.F)
	}
}
