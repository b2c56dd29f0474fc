package sensitivity_test

import (
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/internal/picture"
	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/sensitivity"
)

// A confounder with risk ratios u to treatment and y to the outcome can make a
// risk ratio of up to uy/(u+y-1) out of nothing.
func TestPictureEValue(t *testing.T) {
	line := func(rr float64) (x, y []float64) {
		for u := 1.01 * rr; u <= 6; u += 0.02 {
			if v := rr * (u - 1) / (u - rr); v <= 6 {
				x, y = append(x, u), append(y, v)
			}
		}
		return x, y
	}
	e := must(sensitivity.Of(sensitivity.RiskRatio, 0.8, 0.71, 0.91))
	px, py := line(1 / 0.8)
	lx, ly := line(1 / 0.91)
	evidence.Picture(t, "e_value", picture.Chart{
		Title:    "A hidden cause with both risk ratios below 1.81 cannot explain the effect away",
		Subtitle: "risk ratio 0.8 (95 % interval 0.71 to 0.91): what a hidden cause needs, at least",
		Alt:      "Two falling curves of pairs of risk ratios that explain away the estimate and the interval's end; their corners, where both ratios are equal, are at 1.81 and 1.43.",
		X:        picture.Scale{Title: "risk ratio of hidden cause and training", From: 1, To: 6},
		Y:        picture.Scale{Title: "risk ratio of hidden cause and churn", From: 1, To: 6},
		Marks: []picture.Mark{
			picture.Line{X: px, Y: py, Name: "estimate gone", Tone: picture.Accent},
			picture.Line{X: lx, Y: ly, Name: "interval gone", Tone: picture.Other},
			picture.Points{X: []float64{e.Point, e.Limit}, Y: []float64{e.Point, e.Limit}, Labels: []string{"E-value 1.81", "1.43"}, Tone: picture.Ink},
		},
	})
}

func TestPictureRosenbaum(t *testing.T) {
	pairs := must(sensitivity.MatchedPairs(leadDifferences(), sensitivity.RankThenDrop))
	var gamma, high, low []float64
	for g := 1.0; g <= 6; g += 0.1 {
		b := pairs.Test(g)
		gamma, high, low = append(gamma, g), append(high, b.PHigh), append(low, b.PLow)
	}
	evidence.Picture(t, "rosenbaum_bounds", picture.Chart{
		Title:    "The finding stands up to a hidden bias of 4.3",
		Subtitle: "range of one-sided p-values that a hidden bias could lie behind; 33 pairs of children, lead in the blood",
		Alt:      "A band of p-values that widens with hidden bias; its upper edge crosses 0.05 at a bias of 4.3.",
		X:        picture.Scale{Title: "hidden bias Γ (odds of treatment within a pair)", From: 1, To: 6},
		Y:        picture.Scale{Title: "p-value", From: 0, To: 0.12},
		Marks: []picture.Mark{
			picture.Band{X: gamma, Low: low, High: high, Tone: picture.Accent},
			picture.Line{X: gamma, Y: high, Name: "worst case", Tone: picture.Accent},
			picture.HLine{At: 0.05, Label: "0.05"},
			picture.VLine{At: pairs.Limit(0.05), Label: "Γ 4.34"},
		},
	})
}

func tickets() sensitivity.Coefficient { return must(sensitivity.NewCoefficient(-1.2, 0.31, 412)) }

func TestPictureRobustness(t *testing.T) {
	c := tickets()
	level := func(left float64) (x, y []float64) { // strengths that leave so much of the estimate
		for d := 0.02; d <= 0.5; d += 0.005 {
			low, high := 0.0, 0.999
			for range 50 {
				mid := (low + high) / 2
				if must(c.Adjust(sensitivity.Strength{Treatment: d, Outcome: mid}, 0.95)).Value/c.Value > left {
					low = mid
				} else {
					high = mid
				}
			}
			if high < 0.5 {
				x, y = append(x, d), append(y, high)
			}
		}
		return x, y
	}
	size := sensitivity.Benchmark{Treatment: sensitivity.PartialR2(3.1, 413), Outcome: sensitivity.PartialR2(5.4, 412)}
	one, two := must(size.Times(1, 1)), must(size.Times(2, 2))
	zx, zy := level(0)
	hx, hy := level(0.5)
	rv := c.RobustnessValue(1)
	evidence.Picture(t, "robustness_value", picture.Chart{
		Title:    "A cause twice as strong as company size would not take the effect away",
		Subtitle: "what a hidden cause must explain, beyond the covariates, to leave half or none of −1.2 tickets",
		Alt:      "Two falling curves of hidden causes that leave half or nothing of the effect. Causes once and twice as strong as company size lie below both or near the lower one; the robustness value 0.173 lies on the upper.",
		X:        picture.Scale{Title: "share of training explained", From: 0, To: 0.5, Percent: true},
		Y:        picture.Scale{Title: "share of tickets explained", From: 0, To: 0.5, Percent: true},
		Marks: []picture.Mark{
			picture.Line{X: zx, Y: zy, Name: "nothing left", Tone: picture.Warn},
			picture.Line{X: hx, Y: hy, Name: "half left", Tone: picture.Other},
			picture.Points{X: []float64{rv}, Y: []float64{rv}, Labels: []string{"robustness value 17.3 %"}, Tone: picture.Ink},
			picture.Points{X: []float64{one.Treatment, two.Treatment}, Y: []float64{one.Outcome, two.Outcome}, Labels: []string{"as strong as size", "twice as strong"}, Tone: picture.Accent},
		},
	})
}

func TestPictureHiddenConfounding(t *testing.T) {
	c := tickets()
	size := sensitivity.Benchmark{Treatment: sensitivity.PartialR2(3.1, 413), Outcome: sensitivity.PartialR2(5.4, 412)}
	var x, left, right []float64
	add := func(v stat.Estimate) {
		x, left, right = append(x, v.Value), append(left, v.Interval.Low), append(right, v.Interval.High)
	}
	add(stat.Student(c.Value, c.SE, c.DF, 0.95).Estimate)
	for k := 1.0; k <= 4; k++ {
		add(must(c.Adjust(must(size.Times(k, k)), 0.95)).Estimate)
	}
	evidence.Picture(t, "hidden_confounding", picture.Chart{
		Title:    "The finding outlasts a hidden cause twice as strong as the strongest known one",
		Subtitle: "change in tickets per account and quarter, as estimated and with a hidden cause as strong as company size, 95 % intervals",
		Alt:      "Five intervals of the effect on tickets. As estimated and with a hidden cause once or twice as strong as company size they lie below zero; with one three or four times as strong they reach it.",
		X:        picture.Scale{Title: "tickets", Signed: true},
		Y:        picture.Scale{Title: "hidden cause", Labels: []string{"none", "as strong as size", "twice", "three times", "four times"}},
		Marks: []picture.Mark{
			picture.VLine{At: 0, Label: "no effect"},
			picture.Points{X: x, Y: []float64{0, 1, 2, 3, 4}, Left: left, Right: right, Tone: picture.Accent},
		},
	})
}

func TestPictureNegativeControl(t *testing.T) {
	tests := []stat.Test{stat.Normal(-0.5, 0.14, 0.95), stat.Normal(0.02, 0.04, 0.95), stat.Normal(0.31, 0.09, 0.95), stat.Normal(-0.1, 0.4, 0.95)}
	var x, left, right []float64
	for _, e := range tests {
		x, left, right = append(x, e.Value), append(left, e.Interval.Low), append(right, e.Interval.High)
	}
	evidence.Picture(t, "negative_control", picture.Chart{
		Title:    "Training cannot have opened offices, yet trained accounts opened more of them",
		Subtitle: "difference of trained and other accounts in standard deviations, 95 % intervals",
		Alt:      "Four intervals. Support tickets lie below zero. Late invoices hold zero and are narrow. Offices lie above zero. Logo changes hold zero but are as wide as the effect.",
		X:        picture.Scale{Title: "difference", Signed: true},
		Y:        picture.Scale{Title: "outcome", Labels: []string{"tickets (the question)", "late invoices: sharp, zero", "offices: not zero", "logo changes: blind"}},
		Marks: []picture.Mark{
			picture.VLine{At: 0, Label: "no difference"},
			picture.Points{X: x[:1], Y: []float64{0}, Left: left[:1], Right: right[:1], Tone: picture.Accent},
			picture.Points{X: x[1:], Y: []float64{1, 2, 3}, Left: left[1:], Right: right[1:], Tone: picture.Other},
		},
	})
}
