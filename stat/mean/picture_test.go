package mean_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/internal/picture"
	"github.com/liftmark/liftmark/stat/mean"
	"github.com/liftmark/liftmark/stat/summary"
)

var (
	answerTrained = []float64{3.1, 2.4, 4.0, 3.3, 2.8, 3.9, 2.2, 3.5}
	answerOthers  = []float64{5.2, 3.0, 7.9, 4.4, 2.6, 6.8}
	scoreBefore   = []float64{52, 61, 48, 70, 55, 66, 59, 43, 74, 62}
	scoreAfter    = []float64{60, 66, 59, 71, 63, 70, 58, 57, 79, 71}
	hoursTrained  = []float64{2.1, 0.4, 5.5, 1.2, 3.3, 0.9, 7.8, 2.6, 1.7, 4.1}
	hoursOthers   = []float64{3.8, 9.5, 2.2, 14.0, 6.1, 504.0, 5.0, 11.3, 8.7}
)

func level(n int, at float64) []float64 { return drawn(n, func() float64 { return at }) }

func TestPictureWelch(t *testing.T) {
	mark := func(x []float64, at float64, tone picture.Tone) []picture.Mark {
		m, err := mean.OneSample(momentsOf(x), 0, 0.95)
		if err != nil {
			t.Fatal(err)
		}
		return []picture.Mark{
			picture.Points{X: x, Y: level(len(x), at), Tone: tone, Hollow: true},
			picture.Points{X: []float64{m.Value}, Y: []float64{at + 0.3}, Left: []float64{m.Interval.Low}, Right: []float64{m.Interval.High}, Tone: tone},
		}
	}
	evidence.Picture(t, "welch", picture.Chart{
		Title:    "1.8 hours sooner on average, but six slow tickets leave it open",
		Subtitle: "hours to the first answer (rings) and their mean with 95 % interval",
		Alt:      "Eight rings of the trained team lie close together around three hours; six of the other spread from under three to eight. The other team's mean has a wide interval that overlaps.",
		X:        picture.Scale{Title: "hours", From: 0, To: 9}, Height: 170,
		Y:     picture.Scale{Title: " ", Labels: []string{"trained team", "other team"}, From: -0.5, To: 1.7},
		Marks: append(mark(answerTrained, 0, picture.Accent), mark(answerOthers, 1, picture.Other)...),
	})
}

func TestPicturePairedT(t *testing.T) {
	var marks []picture.Mark
	for i := range scoreBefore {
		tone := picture.Accent
		if scoreAfter[i] < scoreBefore[i] {
			tone = picture.Warn
		}
		marks = append(marks, picture.Line{X: []float64{0, 1}, Y: []float64{scoreBefore[i], scoreAfter[i]}, Tone: tone})
	}
	marks = append(marks, picture.Points{X: level(10, 0), Y: scoreBefore, Tone: picture.Accent}, picture.Points{X: level(10, 1), Y: scoreAfter, Tone: picture.Accent})
	evidence.Picture(t, "paired_t", picture.Chart{
		Title:    "Nine of ten learners gained: 6.4 points on average",
		Subtitle: "scores of ten learners before and after a course; each line is a learner (95 % interval of the gain 3.2 to 9.6)",
		Alt:      "Ten lines from a score before to a score after the course. Nine rise by one to fourteen points, one falls by one. Learners differ far more from each other than each changes.",
		X:        picture.Scale{Title: " ", Labels: []string{"before", "after"}},
		Y:        picture.Scale{Title: "score", From: 40, To: 85},
		Marks:    marks,
	})
}

func TestPictureMannWhitney(t *testing.T) {
	all := slices.Concat(hoursTrained, hoursOthers)
	slices.Sort(all)
	ranks := func(x []float64) []float64 {
		out := make([]float64, len(x))
		for i, v := range x {
			out[i] = float64(1 + slices.Index(all, v))
		}
		return out
	}
	evidence.Picture(t, "mann_whitney", picture.Chart{
		Title:    "By rank, the ticket of three weeks is simply the last",
		Subtitle: "19 tickets in order of their time to resolution; the slowest took 504 hours, the next 14",
		Alt:      "Ranks one to nineteen in two rows. The trained group's tickets crowd at the quick end, the other group's at the slow end; the slowest of all is rank nineteen, one step after the next.",
		X:        picture.Scale{Title: "rank, from quickest to slowest", From: 0, To: 20, Ticks: []float64{1, 5, 10, 15, 19}}, Height: 130,
		Y: picture.Scale{Title: " ", Labels: []string{"trained", "others"}},
		Marks: []picture.Mark{
			picture.Points{X: ranks(hoursTrained), Y: level(len(hoursTrained), 0), Tone: picture.Accent},
			picture.Points{X: ranks(hoursOthers), Y: level(len(hoursOthers), 1), Tone: picture.Other},
		},
	})
}

func TestPictureRatioOfMeans(t *testing.T) {
	const n, draws = 12, 1500
	var x, fieller, delta []float64
	for k, distance := range []float64{1, 1.5, 2, 2.5, 3, 4, 5, 6, 8} {
		rng := rand.New(rand.NewPCG(8, uint64(k)))
		sd := math.Sqrt(n) / distance // of values with mean 1: its standard error is 1/distance
		hits := [2]float64{}
		for range draws {
			a := momentsOf(drawn(n, func() float64 { return 2 + sd*rng.NormFloat64() }))
			b := momentsOf(drawn(n, func() float64 { return 1 + sd*rng.NormFloat64() }))
			if r, err := mean.RatioOfMeans(a, b, 0.95); err == nil && r.Contains(2) {
				hits[0]++
			}
			value := a.Mean / b.Mean
			if se := math.Abs(value) * math.Sqrt(a.Var/n/a.Mean/a.Mean+b.Var/n/b.Mean/b.Mean); math.Abs(value-2) <= 1.96*se {
				hits[1]++
			}
		}
		x, fieller, delta = append(x, distance), append(fieller, hits[0]/draws), append(delta, hits[1]/draws)
	}
	evidence.Picture(t, "ratio_of_means", picture.Chart{
		Title:    "Fieller keeps its promise however close the denominator is to zero",
		Subtitle: "how often the 95 % set holds the true ratio; 1,500 simulated pairs of samples of 12 for each point",
		Alt:      "Two lines of coverage against the denominator's distance from zero. Fieller's stays at 95 %; the delta method's is 84 % one standard error from zero and approaches 95 % slowly.",
		X:        picture.Scale{Title: "denominator, in standard errors from zero", From: 0, To: 10, Ticks: []float64{0, 2, 4, 6, 8}},
		Y:        picture.Scale{Title: "coverage", Percent: true, From: 0.7, To: 1},
		Marks: []picture.Mark{
			picture.HLine{At: 0.95, Label: ""},
			picture.Line{X: x, Y: delta, Tone: picture.Warn}, picture.Line{X: x, Y: fieller, Tone: picture.Accent},
			picture.Note{X: 8.2, Y: fieller[8] + 0.012, Text: "Fieller", Tone: picture.Accent}, picture.Note{X: 8.2, Y: delta[8] - 0.018, Text: "delta method", Tone: picture.Warn},
		},
	})
}

func TestPictureClusterMeanDifference(t *testing.T) {
	const draws = 800
	var x, clustered, rows []float64
	for k, people := range []int{1, 2, 4, 8, 12, 16} {
		rng := rand.New(rand.NewPCG(9, uint64(k)))
		hits := [2]float64{}
		for range draws {
			clusters := make([]mean.ClusterSums, 40)
			var arms [2][]float64
			for i := range clusters {
				account := rng.NormFloat64() * 0.5 // a fifth of the variance
				for range people {
					y := account + rng.NormFloat64()
					arms[i%2] = append(arms[i%2], y)
					if i%2 == 0 {
						clusters[i].TreatedN++
						clusters[i].TreatedSum += y
					} else {
						clusters[i].ControlN++
						clusters[i].ControlSum += y
					}
				}
			}
			if d, err := mean.ClusterDifference(clusters, 0.95); err == nil && d.Interval.Contains(0) {
				hits[0]++
			}
			if w, err := mean.Welch(momentsOf(arms[0]), momentsOf(arms[1]), 0.95); err == nil && w.Interval.Contains(0) {
				hits[1]++
			}
		}
		x, clustered, rows = append(x, float64(people)), append(clustered, hits[0]/draws), append(rows, hits[1]/draws)
	}
	evidence.Picture(t, "cluster_difference", picture.Chart{
		Title:    "Counting people instead of accounts breaks the promise of 95 %",
		Subtitle: "how often the interval holds the truth; 40 accounts that explain a fifth of the variance, 800 simulations a point",
		Alt:      "Two lines of coverage against people in each account. The cluster-robust interval stays near 95 %; the interval that treats people as independent falls below 75 % with sixteen people an account.",
		X:        picture.Scale{Title: "people in each account", From: 0, To: 20, Ticks: []float64{1, 4, 8, 12, 16}},
		Y:        picture.Scale{Title: "coverage", Percent: true, From: 0.5, To: 1},
		Marks: []picture.Mark{
			picture.HLine{At: 0.95, Label: ""},
			picture.Line{X: x, Y: rows, Tone: picture.Warn, Name: "people"}, picture.Line{X: x, Y: clustered, Tone: picture.Accent, Name: "accounts"},
		},
	})
}

// The numbers that the pictures' titles state.
func TestPictureTitles(t *testing.T) {
	w, err := mean.Welch(momentsOf(answerTrained), momentsOf(answerOthers), 0.95)
	if err != nil || math.Abs(w.Value+1.8) > 0.05 {
		t.Errorf("%+v, %v", w, err)
	}
	p, err := mean.Paired(scoreBefore, scoreAfter, 0.95)
	if err != nil || math.Abs(p.Value-6.4) > 1e-9 {
		t.Errorf("%+v, %v", p, err)
	}
	if _, err := summary.Of(hoursOthers); err != nil {
		t.Error(err)
	}
}
