package experiment_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/internal/picture"
	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/experiment"
	"github.com/liftmark/liftmark/stat/mean"
	"github.com/liftmark/liftmark/stat/summary"
)

// whiskers are estimates one below the other.
type whiskers struct{ values, rows, low, high []float64 }

func (w *whiskers) add(row int, value, low, high float64) {
	w.values, w.rows = append(w.values, value), append(w.rows, float64(row))
	w.low, w.high = append(w.low, low), append(w.high, high)
}

func (w *whiskers) points(tone picture.Tone) picture.Points {
	return picture.Points{X: w.values, Y: w.rows, Left: w.low, Right: w.high, Tone: tone}
}

func span(from, to float64, n int) []float64 {
	out := make([]float64, n+1)
	for i := range out {
		out[i] = from + (to-from)*float64(i)/float64(n)
	}
	return out
}

func TestPictureSampleRatio(t *testing.T) {
	sizes := []int{200, 500, 1000, 2000, 5000, 10000, 20000, 50000, 100000}
	var names []string
	var shares whiskers
	for i, n := range sizes {
		// The shares that p = 0.001 would still let pass.
		half := stat.Critical(0.999) / 2 / math.Sqrt(float64(n))
		shares.add(i, 0.5, 0.5-half, 0.5+half)
		names = append(names, []string{"200", "500", "1,000", "2,000", "5,000", "10,000", "20,000", "50,000", "100,000"}[i])
	}
	r, err := experiment.SampleRatio([]int{44700, 45489}, []float64{1, 1})
	check(t, err)
	evidence.Picture(t, "sample_ratio", picture.Chart{
		Title:    "The larger the experiment, the smaller a gap between the arms gives it away",
		Subtitle: "share in the treated arm that a plan of half and half lets pass (p above 0.001), by number of units",
		Alt:      "Horizontal whiskers around 50 per cent, from 38 to 62 per cent with 200 units to 49.5 to 50.5 with 100,000. A known experiment of 90,189 players stands at 50.4 per cent, just inside.",
		X:        picture.Scale{Title: "share in the treated arm", Percent: true},
		Y:        picture.Scale{Title: "units", Labels: names},
		Marks: []picture.Mark{
			picture.VLine{At: 0.5, Label: "planned"}, shares.points(picture.Accent),
			picture.Points{X: []float64{float64(r.Counts[1]) / 90189}, Y: []float64{8}, Tone: picture.Warn, Name: "Cookie Cats, 90,189 players: p = 0.009", Hollow: true},
		},
	})
}

func TestPictureRandomised(t *testing.T) {
	e, err := experiment.CompareShares(experiment.Count{Successes: 48, Trials: 600}, experiment.Count{Successes: 72, Trials: 600}, 0.95)
	check(t, err)
	// Of the 600 offered, the 380 who took the course churned at 5 %: 19.
	takers, err := experiment.CompareShares(experiment.Count{Successes: 19, Trials: 380}, experiment.Count{Successes: 72, Trials: 600}, 0.95)
	check(t, err)
	var honest, wrong whiskers
	honest.add(0, e.Value, e.Interval.Low, e.Interval.High)
	wrong.add(1, takers.Value, takers.Interval.Low, takers.Interval.High)
	evidence.Picture(t, "randomised_experiment", picture.Chart{
		Title:    "As assigned, the offer cut churn by 4 points; comparing takers alone makes it 7",
		Subtitle: "difference in churn with 95 % intervals; 600 accounts offered the course, 380 took it, 600 not offered",
		Alt:      "Two whiskers left of zero: as assigned minus 4 points, minus 7.4 to minus 0.6; takers against those not offered minus 7 points, minus 10.4 to minus 3.4.",
		X:        picture.Scale{Title: "difference in churn", Percent: true, Signed: true},
		Y:        picture.Scale{Title: "compared", Labels: []string{"as assigned", "takers only"}},
		Marks:    []picture.Mark{picture.VLine{At: 0, Label: "no effect"}, honest.points(picture.Accent), wrong.points(picture.Warn)},
	})
}

func TestPictureCUPED(t *testing.T) {
	var width, plain []float64
	r := span(0, 0.95, 38)
	for _, v := range r {
		m := func(mu float64) mean.PairMoments {
			return mean.PairMoments{N: 250, MeanNum: mu, MeanDen: 5, VarNum: 9, VarDen: 9, Cov: 9 * v}
		}
		got, err := experiment.CUPED(m(4), m(4), 0.95)
		check(t, err)
		width, plain = append(width, got.Interval.High-got.Interval.Low), append(plain, 2*1.9648*math.Sqrt(18.0/250))
	}
	evidence.Picture(t, "cuped", picture.Chart{
		Title:    "A KPI that correlates 0.8 with its past needs a third of the accounts",
		Subtitle: "width of the 95 % interval of a difference, 250 accounts an arm, standard deviation 3",
		Alt:      "A curve that falls from a width of 1.05 without correlation to 0.63 at a correlation of 0.8 and 0.33 at 0.95, below a flat line for the plain comparison.",
		X:        picture.Scale{Title: "correlation of the KPI with the same KPI before", From: 0, To: 1},
		Y:        picture.Scale{Title: "width, tickets", From: 0, To: 1.2},
		Marks: []picture.Mark{
			picture.Line{X: r, Y: plain, Name: "plain", Tone: picture.Other},
			picture.Line{X: r, Y: width, Name: "CUPED", Tone: picture.Accent},
		},
	})
}

// ANCOVA and Lin on one experiment: 60 accounts, 15 of them trained, and an
// effect that grows with usage before.
func TestPictureANCOVA(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 1))
	const n = 60
	x, y, treated := make([]float64, n), make([]float64, n), shuffled(rng, n, 15)
	var xs, ys [2][]float64
	for i := range n {
		x[i] = 2 + 8*rng.Float64()
		y[i] = 1 + x[i] + 0.8*rng.NormFloat64()
		arm := 0
		if treated[i] {
			y[i] += 0.5 * x[i]
			arm = 1
		}
		xs[arm], ys[arm] = append(xs[arm], x[i]), append(ys[arm], y[i])
	}
	lines := make([]picture.Mark, 2)
	for arm := range lines {
		p, err := mean.Pairs(ys[arm], xs[arm])
		check(t, err)
		slope := p.Cov / p.VarDen
		ends := []float64{2, 10}
		at := []float64{p.MeanNum + slope*(2-p.MeanDen), p.MeanNum + slope*(10-p.MeanDen)}
		lines[arm] = picture.Line{X: ends, Y: at, Name: []string{"not trained", "trained"}[arm], Tone: []picture.Tone{picture.Other, picture.Accent}[arm]}
	}
	evidence.Picture(t, "ancova", picture.Chart{
		Title:    "Training helps heavy users more: each arm gets a line of its own",
		Subtitle: "usage after and before, 60 simulated accounts, 15 of them trained; Lin's effect is the gap at the average account",
		Alt:      "A cloud of points and two rising lines. The line of trained accounts is steeper; the gap grows from about one at two hours to five at ten hours.",
		X:        picture.Scale{Title: "hours a week before", From: 2, To: 10.9, Ticks: []float64{2, 4, 6, 8, 10}}, Y: picture.Scale{Title: "hours a week after"},
		Marks: []picture.Mark{
			picture.Points{X: xs[0], Y: ys[0], Tone: picture.Other, Small: true, Hollow: true},
			picture.Points{X: xs[1], Y: ys[1], Tone: picture.Accent, Small: true}, lines[0], lines[1],
			picture.VLine{At: mustMean(t, x), Label: "average account"},
		},
	})
}

func mustMean(t *testing.T, x []float64) float64 { return moments(t, x).Mean }

func TestPicturePostStratification(t *testing.T) {
	small := experiment.Stratum{Treated: summary.Moments{N: 60, Mean: 2.1, Var: 1.0}, Control: summary.Moments{N: 90, Mean: 2.5, Var: 1.2}}
	large := experiment.Stratum{Treated: summary.Moments{N: 40, Mean: 9.0, Var: 4.0}, Control: summary.Moments{N: 30, Mean: 9.8, Var: 4.4}}
	plain, err1 := experiment.CompareMeans(summary.Merge(small.Treated, large.Treated), summary.Merge(small.Control, large.Control), 0.95)
	post, err2 := experiment.Stratified([]experiment.Stratum{small, large}, 0.95)
	s, err3 := experiment.CompareMeans(small.Treated, small.Control, 0.95)
	l, err4 := experiment.CompareMeans(large.Treated, large.Control, 0.95)
	check(t, err1, err2, err3, err4)
	var within, result, naive whiskers
	within.add(0, s.Value, s.Interval.Low, s.Interval.High)
	within.add(1, l.Value, l.Interval.Low, l.Interval.High)
	result.add(2, post.Value, post.Interval.Low, post.Interval.High)
	naive.add(3, plain.Value, plain.Interval.Low, plain.Interval.High)
	evidence.Picture(t, "post_stratification", picture.Chart{
		Title:    "Within sizes training cut tickets; thrown together, chance put more large accounts among the trained",
		Subtitle: "difference in tickets a month with 95 % intervals; 100 trained and 120 other accounts",
		Alt:      "Four whiskers. Small and large accounts each lie left of zero, as does their weighted average at minus 0.5; the plain comparison lies right of zero at plus 0.5 with a wide interval.",
		X:        picture.Scale{Title: "difference in tickets a month", Signed: true},
		Y:        picture.Scale{Title: "accounts", Labels: []string{"small", "large", "post-stratified", "all together"}},
		Marks:    []picture.Mark{picture.VLine{At: 0, Label: "no effect"}, within.points(picture.Other), result.points(picture.Accent), naive.points(picture.Warn)},
	})
}

func TestPictureClusters(t *testing.T) {
	people := span(1, 100, 99)
	var lines []picture.Mark
	for i, icc := range []float64{0, 0.02, 0.05, 0.2} {
		var effective []float64
		for _, m := range people {
			d, err := experiment.DesignEffect(icc, []int{int(math.Round(m))})
			check(t, err)
			effective = append(effective, math.Min(m/d, 60))
		}
		x, y := people, effective
		if i == 0 {
			x, y = people[:60], effective[:60]
		}
		lines = append(lines, picture.Line{
			X: x, Y: y, Name: []string{"correlation 0", "0.02", "0.05", "0.2"}[i], Tone: []picture.Tone{picture.Ink, picture.Accent, picture.Accent, picture.Warn}[i],
			Dashed: i == 2,
		})
	}
	evidence.Picture(t, "cluster_randomised", picture.Chart{
		Title:    "A hundred people of one account are worth far fewer independent ones",
		Subtitle: "independent people that an account is worth, by its size and the intraclass correlation",
		Alt:      "Four curves. Without correlation the worth equals the size; with 0.02 a hundred people are worth 34, with 0.05 seventeen, with 0.2 five.",
		X:        picture.Scale{Title: "people in the account", From: 0, To: 100, Ticks: []float64{0, 20, 40, 60, 80, 100}}, Y: picture.Scale{Title: "worth", From: 0, To: 60},
		Marks: lines,
	})
}

func TestPictureComplier(t *testing.T) {
	var wald, region whiskers
	var names []string
	for i, takers := range []float64{0.6, 0.4, 0.25, 0.15} {
		p := func(mu, d float64) mean.PairMoments {
			v := math.Max(d*(1-d), 0.02)
			return mean.PairMoments{N: 400, MeanNum: mu, MeanDen: d, VarNum: 9, VarDen: v, Cov: -0.6 * math.Sqrt(9*v)}
		}
		got, err := experiment.CACE(p(4.8-1.5*takers, 0.05+takers), p(4.8, 0.05), 0.95)
		check(t, err)
		if got.Region.Shape != experiment.Between {
			t.Fatalf("%g: %+v", takers, got.Region)
		}
		wald.add(2*i, got.Value, got.Interval.Low, got.Interval.High)
		region.add(2*i+1, got.Value, got.Region.Low, got.Region.High)
		share := []string{"60 %", "40 %", "25 %", "15 %"}[i]
		names = append(names, share+", Wald", share+", Anderson–Rubin")
	}
	evidence.Picture(t, "complier_effect", picture.Chart{
		Title:    "The fewer accounts an offer moves, the less it says of the course",
		Subtitle: "effect on takers (truth −1.5 tickets) by share of accounts the offer moved; 400 accounts an arm",
		Alt:      "Pairs of whiskers at 60, 40, 25 and 15 per cent. They widen from about one to several tickets; Anderson–Rubin's are longer on one side, most of all at 15 per cent.",
		X:        picture.Scale{Title: "tickets a month", Signed: true},
		Y:        picture.Scale{Title: "moved by the offer", Labels: names},
		Marks:    []picture.Mark{picture.VLine{At: -1.5, Label: "truth"}, wald.points(picture.Other), region.points(picture.Accent)},
	})
}

// path is one A/B test seen daily: the difference with three kinds of interval.
type path struct{ day, value, plainLow, plainHigh, csLow, csHigh, p, always []float64 }

func run(t *testing.T, seed uint64, pt, pc float64) (out path) {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 9))
	var a arrivals
	smallest := 1.0
	for day := range days {
		a.day(rng, daily, pt, pc)
		plain, err1 := experiment.CompareShares(a.treated, a.control, 0.95)
		cs, err2 := experiment.ConfidenceSequence(shareMoments(a.treated.Successes, a.treated.Trials), shareMoments(a.control.Successes, a.control.Trials), planned, 0.95)
		check(t, err1, err2)
		smallest = math.Min(smallest, cs.P)
		out.day, out.value = append(out.day, float64(day+1)), append(out.value, plain.Value)
		out.plainLow, out.plainHigh = append(out.plainLow, plain.Interval.Low), append(out.plainHigh, plain.Interval.High)
		out.csLow, out.csHigh = append(out.csLow, cs.Interval.Low), append(out.csHigh, cs.Interval.High)
		out.p, out.always = append(out.p, plain.P), append(out.always, smallest)
	}
	return out
}

var daysScale = picture.Scale{Title: "day", From: 0, To: 28, Ticks: []float64{1, 7, 14, 21, 28}}

func TestPictureConfidenceSequence(t *testing.T) {
	p := run(t, 5, 0.24, 0.2)
	k := 2 // from the third day, when the arms have 300 users
	evidence.Picture(t, "confidence_sequence", picture.Chart{
		Title:    "The wider band may be read every day; the narrow one only once",
		Subtitle: "difference in activation, one simulated test, 100 users an arm a day, 95 % intervals",
		Alt:      "A line that settles near plus 4 points inside two nested bands that narrow over 28 days; the outer, time-uniform band is about one and a half times as wide and leaves zero later.",
		X:        daysScale, Y: picture.Scale{Title: "difference", Percent: true, Signed: true},
		Marks: []picture.Mark{
			picture.Band{X: p.day[k:], Low: p.csLow[k:], High: p.csHigh[k:], Name: "holds on all days", Tone: picture.Accent},
			picture.Band{X: p.day[k:], Low: p.plainLow[k:], High: p.plainHigh[k:], Name: "one look", Tone: picture.Other},
			picture.Line{X: p.day[k:], Y: p.value[k:], Tone: picture.Accent}, picture.HLine{At: 0, Label: "no effect"},
		},
	})
}

func TestPictureMSPRT(t *testing.T) {
	var lines []picture.Mark
	for i, tau := range []float64{1, 3, 10} {
		var width []float64
		ses := span(0.3, 4, 60)
		for _, se := range ses {
			s, err := experiment.MSPRT(0, se, tau, 0.95)
			check(t, err)
			width = append(width, s.Interval.High/se)
		}
		lines = append(lines, picture.Line{X: ses, Y: width, Name: []string{"tau 1", "tau 3", "tau 10"}[i], Tone: []picture.Tone{picture.Warn, picture.Accent, picture.Other}[i]})
	}
	evidence.Picture(t, "msprt", picture.Chart{
		Title:    "Any tau is valid; one near the effects you expect stops soonest",
		Subtitle: "standard errors that an effect must reach, by its standard error (points), for three values of tau",
		Alt:      "Three curves. Tau 1 is best at small standard errors and rises steeply; tau 10 is flatter and higher; tau 3 lies between. The fixed test's 1.96 is a line below all.",
		X:        picture.Scale{Title: "standard error so far (falls as data arrive)", From: 0, To: 4, Ticks: []float64{0, 1, 2, 3, 4}}, Y: picture.Scale{Title: "standard errors to stop", From: 0, To: 12},
		Marks: append(lines, picture.HLine{At: stat.Critical(0.95), Label: "one look: 1.96"}),
	})
}

func TestPictureGroupSequential(t *testing.T) {
	information := equalLooks(5)
	obf, err1 := experiment.SpendAlpha(information, 0.95, experiment.OBrienFleming)
	pocock, err2 := experiment.SpendAlpha(information, 0.95, experiment.Pocock)
	check(t, err1, err2)
	evidence.Picture(t, "group_sequential", picture.Chart{
		Title:    "O'Brien and Fleming ask for much early and almost nothing extra at the end",
		Subtitle: "standard errors at which to stop, five looks, error rate 5 % over all looks together",
		Alt:      "Boundary points at five looks. O'Brien–Fleming falls from 4.4 to 2.0; Pocock stays near 2.4; the test of one look is a line at 1.96.",
		X:        picture.Scale{Title: "share of the data", Percent: true, From: 0, To: 1, Ticks: []float64{0.2, 0.4, 0.6, 0.8, 1}}, Y: picture.Scale{Title: "standard errors", From: 0, To: 5},
		Marks: []picture.Mark{
			picture.HLine{At: stat.Critical(0.95)}, picture.Note{X: 0.02, Y: 1.6, Text: "one look: 1.96"},
			picture.Line{X: information, Y: obf.Critical, Name: "O'Brien–Fleming", Tone: picture.Accent}, picture.Points{X: information, Y: obf.Critical, Tone: picture.Accent},
			picture.Line{X: information, Y: pocock.Critical, Name: "Pocock", Tone: picture.Other}, picture.Points{X: information, Y: pocock.Critical, Tone: picture.Other},
		},
	})
}

// The share of experiments without any difference that have raised an alarm by
// each day.
func TestPicturePeeking(t *testing.T) {
	const tests = 400
	alarms := map[string][]float64{"plain": make([]float64, days), "sequence": make([]float64, days)}
	for seed := range tests {
		p := run(t, uint64(1000+seed), 0.2, 0.2)
		plain, sequence := false, false
		for d := range days {
			plain = plain || p.p[d] < 0.05
			sequence = sequence || p.always[d] < 0.05
			if plain {
				alarms["plain"][d] += 1.0 / tests
			}
			if sequence {
				alarms["sequence"][d] += 1.0 / tests
			}
		}
	}
	day := span(1, days, days-1)
	evidence.Picture(t, "peeking", picture.Chart{
		Title:    "Looking daily at a plain test: more than one in four experiments of nothing “succeeds”",
		Subtitle: "share of 400 simulated tests without any effect that were called significant by each day; 100 users an arm a day",
		Alt:      "A curve that climbs from 5 per cent on day 1 to 27 per cent on day 28, and one for the confidence sequence that stays near 2 per cent, below the promised 5.",
		X:        picture.Scale{Title: "day", From: 0, To: 28, Ticks: []float64{1, 7, 14, 21, 28}}, Y: picture.Scale{Title: "false alarms so far", Percent: true, From: 0, To: 0.35},
		Marks: []picture.Mark{
			picture.HLine{At: 0.05, Label: "promised: 5 %"},
			picture.Line{X: day, Y: alarms["plain"], Name: "plain test", Tone: picture.Warn},
			picture.Line{X: day, Y: alarms["sequence"], Name: "sequence", Tone: picture.Accent},
		},
	})
}

func TestPictureBayesian(t *testing.T) {
	b, err := experiment.BayesShares(experiment.Count{Successes: 176, Trials: 200}, experiment.Count{Successes: 174, Trials: 210}, experiment.Beta{A: 8, B: 2}, 0.95)
	check(t, err)
	x := span(0.7, 0.96, 130)
	curve := func(p experiment.Beta) (y []float64) {
		lt, _ := math.Lgamma(p.A + p.B)
		la, _ := math.Lgamma(p.A)
		lb, _ := math.Lgamma(p.B)
		for _, v := range x {
			y = append(y, math.Exp(lt-la-lb+(p.A-1)*math.Log(v)+(p.B-1)*math.Log1p(-v)))
		}
		return y
	}
	evidence.Picture(t, "bayesian_ab", picture.Chart{
		Title:    "Training is the better with probability 0.92",
		Subtitle: "belief about the share that stays: 176 of 200 trained accounts, 174 of 210 others, prior Beta(8, 2)",
		Alt:      "Two overlapping bells, that of trained accounts around 88 per cent right of that of the others around 83.",
		X:        picture.Scale{Title: "share that stays", Percent: true, From: 0.7, To: 0.96}, Y: picture.Scale{Title: "density", From: 0, To: 20},
		Marks: []picture.Mark{
			picture.Line{X: x, Y: curve(b.Control), Tone: picture.Other}, picture.Line{X: x, Y: curve(b.Treated), Tone: picture.Accent},
			picture.Note{X: b.Control.Mean() - 0.02, Y: 17, Text: "not trained", Tone: picture.Other, Anchor: "e"},
			picture.Note{X: b.Treated.Mean() + 0.02, Y: 18.3, Text: "trained", Tone: picture.Accent},
		},
	})
}
