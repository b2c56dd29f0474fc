package power_test

import (
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/internal/picture"
	"github.com/liftmark/liftmark/stat/power"
)

func TestPicturePower(t *testing.T) {
	var n []float64
	for v := 40.0; v <= 2000; v += 20 {
		n = append(n, v)
	}
	var marks []picture.Mark
	marks = append(marks, picture.HLine{At: 0.8})
	for i, fall := range []float64{-0.06, -0.04, -0.03, -0.02} {
		var y []float64
		for _, v := range n {
			y = append(y, must1(t)(power.Proportions{Control: 0.12}.Power(v, fall, 0.95)))
		}
		marks = append(marks, picture.Line{
			X: n, Y: y, Name: []string{"to 6 %", "to 8 %", "to 9 %", "to 10 %"}[i],
			Tone: []picture.Tone{picture.Accent, picture.Accent, picture.Other, picture.Warn}[i],
		})
	}
	evidence.Picture(t, "power", picture.Chart{
		Title:    "Half the fall in churn needs more than four times the accounts",
		Subtitle: "chance to find a fall of churn from 12 %, two-sided test at 5 %, by accounts in each arm",
		Alt:      "Four rising curves. A fall to 6 per cent is found with 80 per cent power by 356 accounts an arm, to 8 per cent by about 880; a fall to 10 per cent has 53 per cent power with 2,000.",
		X:        picture.Scale{Title: "accounts in each arm", From: 0, To: 2000, Ticks: []float64{0, 500, 1000, 1500, 2000}}, Y: picture.Scale{Title: "power", Percent: true, From: 0, To: 1},
		Marks: marks,
	})
}
