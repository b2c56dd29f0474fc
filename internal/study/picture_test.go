package study

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/internal/picture"
	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/mean"
	"github.com/liftmark/liftmark/stat/summary"
)

// The pictures of the checks that only a study can make. Each shows, on
// simulated accounts whose truth is known, what goes wrong when it fails.

func welch(t *testing.T, a, b []float64) stat.Test {
	t.Helper()
	ma, errA := summary.Of(a)
	mb, errB := summary.Of(b)
	w, err := mean.Welch(ma, mb, 0.95)
	if errA != nil || errB != nil || err != nil {
		t.Fatal(errA, errB, err)
	}
	return w
}

// 400 accounts, half of them train in month 6. Training saves 0.2 tickets a
// month. In one world a new help page reaches everybody in that month and saves
// 0.5; in the other it reaches only the accounts that trained.
func TestPictureCoIntervention(t *testing.T) {
	const accounts, months, start = 400, 12, 6
	rng := rand.New(rand.NewPCG(4, 1))
	change := map[string][2][]float64{}
	for _, world := range []string{"everybody", "the trained alone"} {
		var by [2][]float64
		for i := range accounts {
			trained := i % 2
			level := 2 + 0.6*rng.NormFloat64()
			var before, after float64
			for m := range months {
				y := level + 0.4*rng.NormFloat64()
				if m < start {
					before += y / start
					continue
				}
				y -= 0.2 * float64(trained)
				if world == "everybody" || trained == 1 {
					y -= 0.5
				}
				after += y / (months - start)
			}
			by[trained] = append(by[trained], after-before)
		}
		change[world] = by
	}
	c := picture.Chart{
		Title:    "A help page that reached only those who trained is counted as training",
		Subtitle: "change in tickets per account and month, trained less untrained, with 95 % intervals; 400 simulated accounts; training itself saves 0.2",
		Alt:      "Where the help page reached everybody the estimate lies at the truth of minus 0.2; where it reached only trained accounts it lies near minus 0.7.",
		X:        picture.Scale{Title: "change in tickets per account and month", Signed: true, From: -0.9, To: 0.1},
		Y:        picture.Scale{Labels: []string{"page reached everybody", "page reached the trained"}},
		Height:   90,
		Marks:    []picture.Mark{picture.VLine{At: -0.2, Label: "training alone"}},
	}
	for i, world := range []string{"everybody", "the trained alone"} {
		w := welch(t, change[world][1], change[world][0])
		tone := picture.Accent
		if holds := w.Interval.Contains(-0.2); i == 0 && !holds || i == 1 && holds {
			t.Errorf("reached %s: interval %v", world, w.Interval)
		}
		if i == 1 {
			tone = picture.Warn
		}
		c.Marks = append(c.Marks, picture.Points{X: []float64{w.Value}, Y: []float64{float64(i)}, Left: []float64{w.Interval.Low}, Right: []float64{w.Interval.High}, Tone: tone})
		t.Logf("reached %s: %.2f (%.2f to %.2f)", world, w.Value, w.Interval.Low, w.Interval.High)
	}
	evidence.Picture(t, "co_intervention", c)
}

// 2,000 accounts, half of them trained; training lifts satisfaction by 0.3 of
// a five-point scale. Answers go missing by chance, or because unhappy
// customers, once trained, leave the survey aside.
func TestPictureMissingData(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 3))
	rules := []struct {
		name     string
		answered func(trained bool, y float64) bool
		tone     picture.Tone
		right    bool
	}{
		{"all answer", func(bool, float64) bool { return true }, picture.Ink, true},
		{"half answer, by chance", func(bool, float64) bool { return rng.Float64() < 0.5 }, picture.Accent, true},
		{"unhappy trained stay silent", func(trained bool, y float64) bool { return !trained || y > 3.5 || rng.Float64() < 0.4 }, picture.Warn, false},
	}
	c := picture.Chart{
		Title:    "Answers missing by chance cost precision; answers missing for a reason cost the truth",
		Subtitle: "difference in satisfaction (1 to 5), trained less untrained, with 95 % intervals; 2,000 simulated accounts; the truth is 0.3",
		Alt:      "With all answers and with half missing by chance the interval holds 0.3; where unhappy trained customers stay silent it lies far above.",
		X:        picture.Scale{Title: "difference in satisfaction", Signed: true, From: 0, To: 0.8},
		Marks:    []picture.Mark{picture.VLine{At: 0.3, Label: "truth"}},
	}
	var scores [2][]float64
	for i := range 2000 {
		scores[i%2] = append(scores[i%2], math.Max(1, math.Min(5, 3.5+0.3*float64(i%2)+0.8*rng.NormFloat64())))
	}
	for i, r := range rules {
		var seen [2][]float64
		for arm := range seen {
			for _, y := range scores[arm] {
				if r.answered(arm == 1, y) {
					seen[arm] = append(seen[arm], y)
				}
			}
		}
		w := welch(t, seen[1], seen[0])
		if w.Interval.Contains(0.3) != r.right {
			t.Errorf("%s: interval %v", r.name, w.Interval)
		}
		c.Y.Labels = append(c.Y.Labels, fmt.Sprintf("%s (n = %d)", r.name, len(seen[0])+len(seen[1])))
		c.Marks = append(c.Marks, picture.Points{X: []float64{w.Value}, Y: []float64{float64(i)}, Left: []float64{w.Interval.Low}, Right: []float64{w.Interval.High}, Tone: r.tone})
		t.Logf("%s: %.2f (%.2f to %.2f)", r.name, w.Value, w.Interval.Low, w.Interval.High)
	}
	c.Height = 110
	evidence.Picture(t, "missing_data", c)
}

// 1,200 accounts with a share of seats that trained; each account's tickets
// fall in proportion to it. A rule calls an account trained from a share on.
func TestPictureTreatmentRule(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 2))
	share, tickets := make([]float64, 1200), make([]float64, 1200)
	for i := range share {
		if rng.Float64() < 0.6 {
			share[i] = rng.Float64()
		}
		tickets[i] = 2 - 0.6*share[i] + 0.7*rng.NormFloat64()
	}
	c := picture.Chart{
		Title:    "The stricter the rule for who counts as trained, the greater the effect, always in one direction",
		Subtitle: "tickets per account and month, trained less untouched accounts, with 95 % intervals; 1,200 simulated accounts",
		Alt:      "Four estimates by rule, from any person trained to three quarters of the seats, all below zero and growing.",
		X:        picture.Scale{Title: "difference in tickets per account and month", Signed: true, From: -0.8, To: 0.1},
		Y:        picture.Scale{Labels: []string{"any person", "a quarter of the seats", "half of the seats", "three quarters"}},
		Marks:    []picture.Mark{picture.VLine{At: 0, Label: "no effect"}},
	}
	for i, least := range []float64{1e-9, 0.25, 0.5, 0.75} {
		var trained, untouched []float64
		for j, s := range share {
			if s >= least {
				trained = append(trained, tickets[j])
			}
			if s == 0 {
				untouched = append(untouched, tickets[j])
			}
		}
		w := welch(t, trained, untouched)
		if w.Interval.High >= 0 {
			t.Errorf("rule %v: interval %v holds zero", least, w.Interval)
		}
		c.Marks = append(c.Marks, picture.Points{X: []float64{w.Value}, Y: []float64{float64(i)}, Left: []float64{w.Interval.Low}, Right: []float64{w.Interval.High}, Tone: picture.Accent})
		t.Logf("share %.2f: %.2f (%.2f to %.2f)", least, w.Value, w.Interval.Low, w.Interval.High)
	}
	evidence.Picture(t, "treatment_rule", c)
}
