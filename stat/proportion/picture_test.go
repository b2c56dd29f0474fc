package proportion_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/internal/picture"
	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/proportion"
)

// binomialAt is the chance of x among n at share p.
func binomialAt(x, n int, p float64) float64 {
	return math.Exp(logChoose(n, x) + float64(x)*math.Log(p) + float64(n-x)*math.Log1p(-p))
}

func logChoose(n, k int) float64 {
	a, _ := math.Lgamma(float64(n + 1))
	b, _ := math.Lgamma(float64(k + 1))
	c, _ := math.Lgamma(float64(n - k + 1))
	return a - b - c
}

// exactCoverage adds the chances of all outcomes whose interval holds p.
func exactCoverage(n int, p float64, interval func(x int) stat.Interval) float64 {
	sum := 0.0
	for x := range n + 1 {
		if interval(x).Contains(p) {
			sum += binomialAt(x, n, p)
		}
	}
	return sum
}

func TestPictureWilson(t *testing.T) {
	const n = 50
	wilson := func(x int) stat.Interval { return must[stat.Estimate](t)(proportion.Wilson(x, n, 0.95)).Interval }
	var p, good, bad []float64
	for v := 0.005; v <= 0.5; v += 0.0025 {
		p = append(p, v)
		good = append(good, exactCoverage(n, v, wilson))
		bad = append(bad, exactCoverage(n, v, func(x int) stat.Interval { return wald(x, n) }))
	}
	evidence.Picture(t, "wilson", picture.Chart{
		Title:    "Wilson's interval keeps its promise; the textbook's breaks it for rare events",
		Subtitle: "how often the 95 % interval from 50 trials holds the true share, computed exactly",
		Alt:      "Two jagged curves of coverage against the true share. Wilson's swings about 95 %; the textbook interval falls to 40 % and below for shares near zero and stays under 95 %.",
		X:        picture.Scale{Title: "true share", Percent: true, From: 0, To: 0.6, Ticks: []float64{0, 0.1, 0.2, 0.3, 0.4, 0.5}},
		Y:        picture.Scale{Title: "coverage", Percent: true, From: 0, To: 1},
		Marks: []picture.Mark{
			picture.HLine{At: 0.95, Label: ""},
			picture.Line{X: p, Y: bad, Tone: picture.Warn}, picture.Line{X: p, Y: good, Tone: picture.Accent},
			picture.Note{X: 0.51, Y: 0.97, Text: "Wilson", Tone: picture.Accent}, picture.Note{X: 0.51, Y: 0.86, Text: "textbook", Tone: picture.Warn},
		},
	})
}

// rows are estimates one below the other, the first on top.
func rows(tone picture.Tone, from int, estimates ...stat.Estimate) picture.Points {
	p := picture.Points{Tone: tone}
	for i, e := range estimates {
		p.X, p.Y = append(p.X, e.Value), append(p.Y, float64(from+i))
		p.Left, p.Right = append(p.Left, e.Interval.Low), append(p.Right, e.Interval.High)
	}
	return p
}

func TestPictureDifferenceOfShares(t *testing.T) {
	estimate := must[stat.Estimate](t)
	evidence.Picture(t, "difference_of_shares", picture.Chart{
		Title:    "Trained accounts renewed 20 points more often, give or take 14",
		Subtitle: "share that renewed (Wilson) and its difference (Newcombe), with 95 % intervals",
		Alt:      "Three points with intervals: trained accounts at 80 %, others at 60 %, and their difference at 20 points, whose interval from 5 to 33 stays above zero.",
		X:        picture.Scale{Title: "share; difference in points", Percent: true, From: 0, To: 1},
		Y:        picture.Scale{Title: " ", Labels: []string{"trained, 56 of 70", "others, 48 of 80", "difference"}},
		Marks: []picture.Mark{
			picture.VLine{At: 0, Label: ""},
			rows(picture.Other, 0, estimate(proportion.Wilson(56, 70, 0.95)), estimate(proportion.Wilson(48, 80, 0.95))),
			rows(picture.Accent, 2, estimate(proportion.Newcombe(56, 70, 48, 80, 0.95))),
		},
	})
}

func TestPictureRiskRatio(t *testing.T) {
	var points []stat.Estimate
	var labels []string
	for _, k := range []int{1, 4, 16} {
		r := must[proportion.Ratio](t)(proportion.RiskRatio(6*k, 120*k, 21*k, 150*k, 0.95))
		points = append(points, stat.Estimate{Value: r.Value, Interval: r.Interval})
		labels = append(labels, fmt.Sprintf("%d and %d left", 6*k, 21*k))
	}
	evidence.Picture(t, "risk_ratio", picture.Chart{
		Title:    "Events decide how sure a ratio is: four times as many halve its error",
		Subtitle: "risk ratio with 95 % interval (Katz): 5 % of trained accounts left, 14 % of others, at three sizes",
		Alt:      "Three points at a ratio of 0.36; the interval from 27 leavers runs from 0.15 to 0.86, with four and sixteen times as many it shrinks on both sides, more on the right.",
		X:        picture.Scale{Title: "times as likely to leave", From: 0, To: 1.2},
		Y:        picture.Scale{Title: " ", Labels: labels},
		Marks:    []picture.Mark{picture.VLine{At: 1, Label: "no difference"}, rows(picture.Accent, 0, points...)},
	})
}

func TestPictureOddsRatio(t *testing.T) {
	ratio := func(r proportion.Ratio, err error) stat.Estimate {
		if err != nil {
			t.Fatal(err)
		}
		return stat.Estimate{Value: r.Value, Interval: r.Interval}
	}
	common := must[proportion.Common](t)(proportion.MantelHaenszel([]proportion.Stratum{{X1: 10, N1: 40, X2: 60, N2: 160}, {X1: 8, N1: 160, X2: 4, N2: 40}}, 0.95))
	evidence.Picture(t, "odds_ratio", picture.Chart{
		Title:    "Most of the crude difference is size: within sizes half of it is left",
		Subtitle: "odds of leaving, trained against others, with 95 % intervals; 400 accounts",
		Alt:      "Four points with intervals: the odds ratio is 0.56 among small accounts and 0.47 among large ones, 0.53 within sizes, but 0.21 when sizes are thrown together.",
		X:        picture.Scale{Title: "odds ratio", From: 0, To: 2},
		Y:        picture.Scale{Title: " ", Labels: []string{"small accounts", "large accounts", "within sizes", "all thrown together"}},
		Marks: []picture.Mark{
			picture.VLine{At: 1, Label: "no difference"},
			rows(picture.Other, 0, ratio(proportion.OddsRatio(10, 40, 60, 160, 0.95)), ratio(proportion.OddsRatio(8, 160, 4, 40, 0.95))),
			rows(picture.Accent, 2, ratio(common.Ratio, nil)),
			rows(picture.Warn, 3, ratio(proportion.OddsRatio(18, 200, 64, 200, 0.95))),
		},
	})
}

func TestPictureFisherExact(t *testing.T) {
	const n1, n2, all, seen = 14, 15, 7, 1
	chance := func(x int) float64 {
		return math.Exp(logChoose(n1, x) + logChoose(n2, all-x) - logChoose(n1+n2, all))
	}
	var x, y, extremeX, extremeY []float64
	p := 0.0
	for k := range all + 1 {
		if chance(k) <= chance(seen)*(1+1e-7) {
			extremeX, extremeY = append(extremeX, float64(k)), append(extremeY, chance(k))
			p += chance(k)
		} else {
			x, y = append(x, float64(k)), append(y, chance(k))
		}
	}
	f := must[proportion.Fisher](t)(proportion.FisherExact(seen, n1, all-seen, n2, 0.95))
	if math.Abs(f.P-p) > 1e-12 {
		t.Fatalf("p %v, bars add up to %v", f.P, p)
	}
	evidence.Picture(t, "fisher_exact", picture.Chart{
		Title:    "By luck alone, 8 in 100 times the leavers would be spread as unevenly",
		Subtitle: "7 of 29 accounts left; how many of them would be trained (14 of 29) if training did not matter",
		Alt:      "Bars of chances for zero to seven trained leavers, highest at three and four. The observed one, and all as unlikely, are marked: zero, one, six and seven. They add up to 8 %.",
		X:        picture.Scale{Title: "trained accounts among the seven that left", Ticks: []float64{0, 1, 2, 3, 4, 5, 6, 7}},
		Y:        picture.Scale{Title: "chance", Percent: true},
		Marks: []picture.Mark{
			picture.Bars{X: x, Y: y, Tone: picture.Other, Name: "more likely than what was seen"},
			picture.Bars{X: extremeX, Y: extremeY, Tone: picture.Accent, Name: "as unlikely, or more: p"},
		},
	})
}

func TestPictureChiSquare(t *testing.T) {
	x, n := []int{83, 90, 129, 70}, []int{86, 93, 136, 82}
	points := picture.Points{Tone: picture.Accent}
	done, started := 0, 0
	for i := range x {
		e := must[stat.Estimate](t)(proportion.Wilson(x[i], n[i], 0.95))
		points.X, points.Y = append(points.X, float64(i)), append(points.Y, e.Value)
		points.Low, points.High = append(points.Low, e.Interval.Low), append(points.High, e.Interval.High)
		done, started = done+x[i], started+n[i]
	}
	evidence.Picture(t, "chi_square", picture.Chart{
		Title:    "One course is finished less often than the others; chance hardly does that",
		Subtitle: "share of learners who finished, with 95 % intervals (Wilson); 397 learners, chi-squared 12.6, p = 0.006",
		Alt:      "Four points with intervals: three courses near 96 %, the fourth at 85 %, below the line of all courses together at 94 %.",
		X:        picture.Scale{Title: "course", Labels: []string{"A, 86 learners", "B, 93", "C, 136", "D, 82"}},
		Y:        picture.Scale{Title: "finished", Percent: true, From: 0.7, To: 1},
		Marks:    []picture.Mark{picture.HLine{At: float64(done) / float64(started), Label: "all courses"}, points},
	})
}

func TestPictureMcNemar(t *testing.T) {
	evidence.Picture(t, "mcnemar", picture.Chart{
		Title:    "Only those who changed count: 14 learned it, 4 lost it",
		Subtitle: "60 learners by whether they passed the quiz before and after the course",
		Alt:      "Four bars: 30 learners passed both times, 14 only after, 4 only before, 12 neither. The two bars of learners who changed are marked.",
		X:        picture.Scale{Title: " ", Labels: []string{"passed both times", "only after", "only before", "neither time"}},
		Y:        picture.Scale{Title: "learners"},
		Marks: []picture.Mark{
			picture.Bars{X: []float64{0, 3}, Y: []float64{30, 12}, Tone: picture.Other},
			picture.Bars{X: []float64{1, 2}, Y: []float64{14, 4}, Tone: picture.Accent},
		},
	})
}

func TestPictureNPS(t *testing.T) {
	estimate := must[stat.Estimate](t)
	trained, others := proportion.NPSCounts{Promoters: 45, Passives: 30, Detractors: 15}, proportion.NPSCounts{Promoters: 33, Passives: 41, Detractors: 26}
	evidence.Picture(t, "nps", picture.Chart{
		Title:    "A hundred answers leave an NPS uncertain by about 16 points",
		Subtitle: "NPS of 90 trained and 100 other customers and their difference, with 95 % intervals",
		Alt:      "Three points with intervals: trained customers at +33, others at +7, and the difference at +26 with an interval from 5 to 47.",
		X:        picture.Scale{Title: "points", Signed: true, From: -20, To: 60},
		Y:        picture.Scale{Title: " ", Labels: []string{"trained, 90 answers", "others, 100 answers", "difference"}},
		Marks: []picture.Mark{
			picture.VLine{At: 0, Label: ""},
			rows(picture.Other, 0, estimate(proportion.NPS(trained, 0.95)), estimate(proportion.NPS(others, 0.95))),
			rows(picture.Accent, 2, estimate(proportion.NPSDifference(trained, others, 0.95))),
		},
	})
}

func TestPictureCSAT(t *testing.T) {
	trained, others := []int{5, 8, 20, 41, 26}, []int{9, 15, 25, 30, 11}
	bars := func(counts []int, at float64, name string, tone picture.Tone) picture.Bars {
		b := picture.Bars{Name: name, Tone: tone, Width: 0.36}
		total := 0
		for _, n := range counts {
			total += n
		}
		for i, n := range counts {
			b.X, b.Y = append(b.X, float64(i+1)+at), append(b.Y, float64(n)/float64(total))
		}
		return b
	}
	evidence.Picture(t, "csat", picture.Chart{
		Title:    "67 % of trained customers gave a 4 or a 5, 46 % of others",
		Subtitle: "answers of 100 trained and 90 other customers on a scale of 1 to 5",
		Alt:      "Pairs of bars for the scores one to five. Trained customers have more fours and fives, others more ones, twos and threes.",
		X:        picture.Scale{Title: "score", Ticks: []float64{1, 2, 3, 4, 5}, From: 0.5, To: 5.5},
		Y:        picture.Scale{Title: "answers", Percent: true, From: 0, To: 0.5},
		Marks: []picture.Mark{
			picture.Zone{From: 3.5, To: 5.5, Label: "satisfied"},
			bars(trained, -0.19, "trained", picture.Accent), bars(others, 0.19, "others", picture.Other),
		},
	})
}
