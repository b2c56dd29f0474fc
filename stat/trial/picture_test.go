package trial_test

import (
	"context"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/internal/picture"
	"github.com/liftmark/liftmark/stat/trial"
)

func mustRun(t *testing.T, p trial.Panel) *trial.Result {
	t.Helper()
	found, err := trial.Run(context.Background(), p, trial.Options{Horizon: 6, Draws: 100, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// arm is a curve of an arm with its band.
func arm(name string, tone picture.Tone, points []trial.Point) []picture.Mark {
	band, line := picture.Band{Tone: tone, Step: true}, picture.Line{Name: name, Tone: tone, Step: true}
	for _, p := range points {
		x := float64(p.Period)
		line.X, line.Y = append(line.X, x), append(line.Y, p.Surv)
		band.X, band.Low, band.High = append(band.X, x), append(band.Low, p.Interval.Low), append(band.High, p.Interval.High)
	}
	return []picture.Mark{band, line}
}

func TestPictureTargetTrials(t *testing.T) {
	found := mustRun(t, accounts(1500, 3, 0.5))
	evidence.Picture(t, "target_trials", picture.Chart{
		Title:    "Training keeps 13 of 100 accounts that would have left within half a year",
		Subtitle: "weighted share still a customer, with 95 % intervals; 16 trials pooled, 544 starts among 1,420 simulated accounts",
		Alt:      "Two step curves from 100 per cent at time zero. After six months 87 per cent of those that start training are still customers and 73 per cent of those that do not; the bands are apart.",
		X:        picture.Scale{Title: "months since time zero, the end of the month in which some started", From: 0, To: 6, Ticks: []float64{0, 1, 2, 3, 4, 5, 6}},
		Y:        picture.Scale{Title: "still a customer", Percent: true, From: 0.6, To: 1},
		Marks:    append(arm("did not start", picture.Other, found.Control.Curve), arm("started", picture.Accent, found.Treated.Curve)...),
	})
}

func TestPictureImmortalTime(t *testing.T) {
	found := mustRun(t, accounts(1500, 1, 1))
	naive := picture.Line{Name: "ever trained", Tone: picture.Warn, Dashed: true}
	right, band := picture.Line{Name: "target trials", Tone: picture.Accent}, picture.Band{Tone: picture.Accent}
	for n := range found.Horizon + 1 {
		x := float64(n)
		naive.X, naive.Y = append(naive.X, x), append(naive.Y, 100*(found.Naive.Control[n]-found.Naive.Treated[n]))
		effect := trial.Effect{}
		if n > 0 {
			effect = found.RiskDifferences[n-1]
		}
		right.X, right.Y = append(right.X, x), append(right.Y, 100*effect.Value)
		band.X, band.Low, band.High = append(band.X, x), append(band.Low, 100*effect.Interval.Low), append(band.High, 100*effect.Interval.High)
	}
	evidence.Picture(t, "immortal_time", picture.Chart{
		Title:    "Training that does nothing seems to keep 29 of 100 accounts",
		Subtitle: "difference in the share lost, trained less untrained; 1,500 simulated accounts, band: 95 % interval",
		Alt:      "A dashed line falls from zero to minus 29 points after six months: accounts ever trained against never trained. The line of the target trials stays near the truth of zero, inside its band.",
		X:        picture.Scale{Title: "months of follow-up", From: 0, To: 6, Ticks: []float64{0, 1, 2, 3, 4, 5, 6}},
		Y:        picture.Scale{Title: "difference in the share lost, percentage points", Signed: true, From: -40, To: 10},
		Marks:    []picture.Mark{band, picture.HLine{At: 0, Label: "truth: no effect"}, right, naive},
	})
}
