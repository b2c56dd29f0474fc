package balance_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/internal/picture"
	"github.com/liftmark/liftmark/stat/balance"
	"github.com/liftmark/liftmark/stat/regression"
	"github.com/liftmark/liftmark/stat/weighting"
)

// arms draws accounts of which the large and active train; pull says how
// strongly.
func arms(n int, pull float64) (treated []bool, columns []balance.Covariate, score []float64, err error) {
	rng := rand.New(rand.NewPCG(2026, 14))
	names := []string{"seats (log)", "monthly use", "tickets before", "tenure", "enterprise plan"}
	for _, name := range names {
		columns = append(columns, balance.Covariate{Name: name, Values: make([]float64, n)})
	}
	treated = make([]bool, n)
	for i := range n {
		size, use := rng.NormFloat64(), rng.NormFloat64()
		values := []float64{size, use, 0.6*size + 0.8*rng.NormFloat64(), rng.ExpFloat64(), 0}
		if size+rng.NormFloat64() > 1 {
			values[4] = 1
		}
		for j, v := range values {
			columns[j].Values[i] = v
		}
		treated[i] = rng.Float64() < 1/(1+math.Exp(0.6-pull*(0.8*size+0.5*use-0.3*values[3])))
	}
	x := make([][]float64, len(columns))
	for j, c := range columns {
		x[j] = c.Values
	}
	s, err := weighting.Propensity(treated, regression.WithIntercept(n, x...))
	if err != nil {
		return nil, nil, nil, err
	}
	return treated, columns, s.E, nil
}

func TestPictureBalance(t *testing.T) {
	treated, columns, score, err := arms(800, 1)
	if err != nil {
		t.Fatal(err)
	}
	weights := make([]float64, len(treated))
	for i, e := range score {
		weights[i] = 1
		if !treated[i] {
			weights[i] = e / (1 - e)
		}
	}
	table, err := balance.New(treated, weights, columns, balance.Treated)
	if err != nil {
		t.Fatal(err)
	}
	var labels []string
	before, after := picture.Points{Name: "before", Tone: picture.Warn, Hollow: true}, picture.Points{Name: "weighted", Tone: picture.Accent}
	for k, p := range table.Love() {
		labels = append(labels, p.Name)
		before.X, before.Y = append(before.X, p.Before), append(before.Y, float64(k))
		after.X, after.Y = append(after.X, p.After), append(after.Y, float64(k))
	}
	t.Logf("largest %.2f before, %.2f after; KS %.2f, %.2f; effective controls %.0f of %d", table.MaxAbsSMDBefore, table.MaxAbsSMD, table.MaxKSBefore, table.MaxKS, table.ControlESS, table.ControlN)
	evidence.Picture(t, "balance", picture.Chart{
		Title:    "Before weighting all five covariates differ by more than a tenth of a standard deviation, after it none",
		Subtitle: fmt.Sprintf("absolute standardised mean difference; %d trained and %d untrained simulated accounts", table.TreatedN, table.ControlN),
		Alt:      "A love plot of five covariates. Hollow dots before weighting reach from 0.2 to 0.7; filled dots after weighting all lie left of the line at 0.1.",
		X:        picture.Scale{Title: "absolute standardised mean difference", From: 0, To: 0.8},
		Y:        picture.Scale{Title: "covariate", Labels: labels},
		Marks:    []picture.Mark{picture.VLine{At: balance.SmallSMD, Label: "0.1"}, before, after},
	})
}

func TestPictureOverlap(t *testing.T) {
	treated, _, score, err := arms(800, 3.5)
	if err != nil {
		t.Fatal(err)
	}
	o, err := balance.OverlapOf(treated, score, 20)
	if err != nil {
		t.Fatal(err)
	}
	var x, one, zero []float64
	n := 0
	for _, v := range treated {
		if v {
			n++
		}
	}
	for _, b := range o.Bins {
		x = append(x, b.Low)
		one, zero = append(one, float64(b.Treated)/float64(n)), append(zero, float64(b.Controls)/float64(len(treated)-n))
	}
	x, one, zero = append(x, o.Bins[19].High), append(one, one[19]), append(zero, zero[19])
	t.Logf("c %.3f, outside %.3f and %.3f, common %.2f, control %+v treated %+v", o.CStatistic, o.TreatedOutside, o.ControlsOutside, o.Common, o.Control, o.Treated)
	evidence.Picture(t, "overlap", picture.Chart{
		Title:    "Where one arm is all but alone, there is nobody to compare with",
		Subtitle: fmt.Sprintf("share of each arm by propensity score; c-statistic %.2f, %.0f %% of the area in common", o.CStatistic, 100*o.Common),
		Alt:      "Two stepped outlines: untrained accounts heap up near a score of zero, trained ones near one, with few of either in the middle.",
		X:        picture.Scale{Title: "probability of training", From: 0, To: 1},
		Y:        picture.Scale{Title: "share of the arm", Percent: true, From: 0, To: 0.6},
		Marks: []picture.Mark{
			picture.Zone{From: 0, To: 0.1, Label: "below 0.1"}, picture.Zone{From: 0.9, To: 1, Label: "above 0.9"},
			picture.Line{X: x, Y: one, Name: "trained", Tone: picture.Accent, Step: true},
			picture.Line{X: x, Y: zero, Name: "untrained", Tone: picture.Other, Step: true},
		},
	})
}
