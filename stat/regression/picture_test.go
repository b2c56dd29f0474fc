package regression_test

import (
	"context"
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/internal/picture"
	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/regression"
)

// whiskers are intervals on lines of their own, from the top.
func whiskers(tone picture.Tone, from int, tests ...stat.Estimate) picture.Points {
	p := picture.Points{Tone: tone}
	for k, e := range tests {
		p.X, p.Y = append(p.X, e.Value), append(p.Y, float64(from+k))
		p.Left, p.Right = append(p.Left, e.Interval.Low), append(p.Right, e.Interval.High)
	}
	return p
}

func testOf(coef []float64, j int, cov *mat.SymDense, df float64) stat.Estimate {
	return stat.Student(coef[j], regression.StandardErrors(cov)[j], df, 0.95).Estimate
}

func TestPictureOLS(t *testing.T) {
	tickets, hours, seats := accounts()
	fit := must(regression.OLS(tickets, regression.WithIntercept(len(tickets), hours, seats)))
	cov := must(fit.HC(regression.HC3))
	var mean float64
	for _, s := range seats {
		mean += s / float64(len(seats))
	}
	var line picture.Line
	band := picture.Band{Tone: picture.Accent}
	for h := 0.0; h <= 12; h += 0.5 {
		at := mat.NewVecDense(3, []float64{1, h, mean})
		value := mat.Dot(at, mat.NewVecDense(3, fit.Coef))
		e := stat.Student(value, math.Sqrt(mat.Inner(at, cov, at)), float64(fit.DF), 0.95)
		line.X, line.Y = append(line.X, h), append(line.Y, value)
		band.X, band.Low, band.High = append(band.X, h), append(band.Low, e.Interval.Low), append(band.High, e.Interval.High)
	}
	line.Tone, line.Name = picture.Accent, "average size"
	evidence.Picture(t, "ols", picture.Chart{
		Title:    "Each hour of training goes with 0.21 fewer tickets a seat",
		Subtitle: "tickets a seat in the year after, 80 simulated accounts; line for an account of average size, 95 % interval (HC3)",
		Alt:      "A cloud of 80 accounts that falls from about 4.5 tickets a seat without training to about 2 with twelve hours; the fitted line falls with it, its band widening where there are few accounts.",
		X:        picture.Scale{Title: "hours of training a seat", From: 0, To: 14, Ticks: []float64{0, 3, 6, 9, 12}},
		Y:        picture.Scale{Title: "tickets a seat"},
		Marks:    []picture.Mark{band, picture.Points{X: hours, Y: tickets, Tone: picture.Other, Small: true}, line},
	})
}

func TestPictureRobustErrors(t *testing.T) {
	tickets, hours, seats := accounts()
	fit := must(regression.OLS(tickets, regression.WithIntercept(len(tickets), hours, seats)))
	df := float64(fit.DF)
	tests := []stat.Estimate{testOf(fit.Coef, 1, must(fit.Classical()), df)}
	for kind := regression.HC0; kind <= regression.HC3; kind++ {
		tests = append(tests, testOf(fit.Coef, 1, must(fit.HC(kind)), df))
	}
	evidence.Picture(t, "robust_errors", picture.Chart{
		Title:    "Accounts that trained much vary more: the plain interval is too short",
		Subtitle: "change of tickets a seat for each hour of training, 95 % intervals, 80 simulated accounts; the truth is −0.15",
		Alt:      "Five intervals around −0.21. The classical one, −0.29 to −0.13, is little more than half as wide as HC3, −0.35 to −0.07; HC0, HC1 and HC2 lie between.",
		X:        picture.Scale{Title: "tickets a seat, for each hour", Signed: true},
		Y:        picture.Scale{Labels: []string{"classical", "HC0", "HC1", "HC2", "HC3"}},
		Marks:    []picture.Mark{picture.VLine{At: -0.15, Label: "truth"}, whiskers(picture.Warn, 0, tests[0]), whiskers(picture.Accent, 1, tests[1:]...)},
	})
}

func TestPictureClusterErrors(t *testing.T) {
	score, course, region := regions(12)
	fit := must(regression.OLS(score, regression.WithIntercept(len(score), course)))
	classical := testOf(fit.Coef, 1, must(fit.Classical()), float64(fit.DF))
	cr1 := testOf(fit.Coef, 1, must(fit.Clustered(regression.CR1, region)), math.Inf(1))
	cr2 := must(fit.ClusterTest(1, region, 0.95)).Estimate
	cr3 := testOf(fit.Coef, 1, must(fit.Clustered(regression.CR3, region)), 11)
	wild := must(fit.WildCluster(context.Background(), region, regression.WildPlan{Column: 1, Draws: 9999, Level: 0.95}))
	evidence.Picture(t, "cluster_errors", picture.Chart{
		Title:    "274 learners in twelve regions are nearer to twelve observations",
		Subtitle: "effect of a course on the score, 95 % intervals; simulated, half of the regions got the course",
		Alt:      "Five intervals around 5.3 points. As if learners were independent it runs from 3.1 to 7.5; clustered by region it grows, and with CR2, CR3 or the wild bootstrap it includes zero.",
		X:        picture.Scale{Title: "points", Signed: true},
		Y:        picture.Scale{Labels: []string{"independent learners", "CR1, normal", "CR2, Satterthwaite", "CR3, 11 df", "wild bootstrap"}},
		Marks: []picture.Mark{picture.VLine{At: 0, Label: "no effect"}, whiskers(picture.Warn, 0, classical, cr1),
			whiskers(picture.Accent, 2, cr2, cr3, stat.Estimate{Value: wild.Value, Interval: wild.Interval})},
	})
}

// TestPictureFewClusters takes every region in turn as the one that was treated.
func TestPictureFewClusters(t *testing.T) {
	score, _, region := regions(27)
	effect := func(g int) (float64, *regression.Linear) {
		pilot := make([]float64, len(score))
		for i, r := range region {
			if r == g {
				pilot[i] = 1
			}
		}
		fit := must(regression.OLS(score, regression.WithIntercept(len(score), pilot)))
		return fit.Coef[1], fit
	}
	const pilot = 16
	var all []float64
	beyond := 0
	seen, fit := effect(pilot)
	for g := 1; g <= 27; g++ {
		e, _ := effect(g)
		all = append(all, e)
		if math.Abs(e) >= math.Abs(seen) {
			beyond++
		}
	}
	cr1 := stat.Normal(seen, regression.StandardErrors(must(fit.Clustered(regression.CR1, region)))[1], 0.95)
	t.Logf("all %.1f; effect %.2f, CR1 interval %.2f to %.2f, p %.2g; %d of 27 as large", all, seen, cr1.Interval.Low, cr1.Interval.High, cr1.P, beyond)
	evidence.Picture(t, "few_clusters", picture.Chart{
		Title:    fmt.Sprintf("One treated region: %.1g by the clustered formula, %d in 27 by comparison", cr1.P, beyond),
		Subtitle: "the “effect” of a pilot, computed for each of 27 simulated regions as if it had been the treated one",
		Alt:      fmt.Sprintf("A histogram of 27 differences between one region and the others, from about −11 to 10 points. The treated region's, %.1f, is among them: %d regions differ as much or more.", seen, beyond),
		X:        picture.Scale{Title: "region less the others, points", Signed: true},
		Y:        picture.Scale{Title: "regions"},
		Marks:    []picture.Mark{picture.Histogram(all, 12, picture.Other), picture.VLine{At: seen, Label: "the treated region"}},
	})
}

func TestPictureNeweyWest(t *testing.T) {
	tickets, after := weeks()
	fit := must(regression.OLS(tickets, regression.WithIntercept(len(tickets), after)))
	var x, y []float64
	for lag := range 21 {
		x = append(x, float64(lag))
		y = append(y, regression.StandardErrors(must(fit.NeweyWest(lag, true)))[1])
	}
	classical := regression.StandardErrors(must(fit.Classical()))[1]
	evidence.Picture(t, "newey_west", picture.Chart{
		Title:    "Weeks that resemble their neighbours carry less than they seem to",
		Subtitle: "standard error of the change in weekly tickets, by how many weeks back are taken into account; 156 simulated weeks",
		Alt:      "A line that rises from 1.8 at lag 0, near the 1.6 of independent weeks, to 3.5 at lag 8 and ever more slowly to 4.4 at lag 20.",
		X:        picture.Scale{Title: "lag, weeks", From: 0, To: 24, Ticks: []float64{0, 4, 8, 12, 16, 20}},
		Y:        picture.Scale{Title: "tickets a week", From: 0, To: 5},
		Marks: []picture.Mark{picture.HLine{At: classical, Label: "independent"},
			picture.Line{X: x, Y: y, Name: "Newey–West", Tone: picture.Accent}},
	})
}

func TestPictureLogistic(t *testing.T) {
	renewed, trained, use := renewals()
	fit := must(regression.Logistic(renewed, regression.WithIntercept(len(renewed), trained, use), nil))
	cov := fit.Classical()
	logit := func(eta float64) float64 { return 1 / (1 + math.Exp(-eta)) }
	curve := func(on float64, name string, tone picture.Tone) (picture.Band, picture.Line) {
		band, line := picture.Band{Tone: tone}, picture.Line{Name: name, Tone: tone}
		for u := 0.0; u <= 10; u += 0.25 {
			at := mat.NewVecDense(3, []float64{1, on, u})
			eta := mat.Dot(at, mat.NewVecDense(3, fit.Coef))
			e := stat.Normal(eta, math.Sqrt(mat.Inner(at, cov, at)), 0.95)
			line.X, line.Y = append(line.X, u), append(line.Y, logit(eta))
			band.X, band.Low, band.High = append(band.X, u), append(band.Low, logit(e.Interval.Low)), append(band.High, logit(e.Interval.High))
		}
		return band, line
	}
	b1, l1 := curve(1, "trained", picture.Accent)
	b0, l0 := curve(0, "not trained", picture.Other)
	evidence.Picture(t, "logistic", picture.Chart{
		Title:    "At equal use, trained accounts renew more often",
		Subtitle: "probability of renewal by use of the product, with 95 % intervals; logistic regression of 600 simulated accounts",
		Alt:      "Two S-shaped curves that rise with use, from about 18 and 31 per cent without use to 90 and 95; the one of trained accounts is above throughout.",
		X:        picture.Scale{Title: "use of the product", From: 0, To: 12, Ticks: []float64{0, 2, 4, 6, 8, 10}},
		Y:        picture.Scale{Title: "renewed", Percent: true, From: 0, To: 1},
		Marks:    []picture.Mark{b0, b1, l0, l1},
	})
}

func TestPicturePoisson(t *testing.T) {
	count, trained, months := calls()
	fit := must(regression.Poisson(count, regression.WithIntercept(len(count), trained), months, nil))
	ratio := func(cov *mat.SymDense) stat.Estimate {
		return regression.Ratio(stat.Normal(fit.Coef[1], regression.StandardErrors(cov)[1], 0.95))
	}
	evidence.Picture(t, "poisson", picture.Chart{
		Title:    "Accounts differ more than chance: the plain Poisson interval misses the truth",
		Subtitle: "calls a month of trained over untrained accounts, 95 % intervals; 200 simulated accounts, dispersion 6.8",
		Alt:      "Three intervals around a rate ratio of 0.62. The plain one, about 0.55 to 0.70, misses the true 0.8; quasi-Poisson and the robust one, about 0.45 to 0.85, hold it.",
		X:        picture.Scale{Title: "ratio of rates", From: 0.4, To: 1.1, Ticks: []float64{0.4, 0.6, 0.8, 1}},
		Y:        picture.Scale{Labels: []string{"plain Poisson", "quasi-Poisson", "robust (HC1)"}},
		Marks: []picture.Mark{picture.VLine{At: 0.8, Label: "truth"}, picture.VLine{At: 1, Label: "no effect"}, whiskers(picture.Warn, 0, ratio(fit.Classical())),
			whiskers(picture.Accent, 1, ratio(must(fit.Quasi())), ratio(must(fit.HC(regression.HC1))))},
	})
}

func TestPictureFixedEffects(t *testing.T) {
	tickets, trained, account, month := panel()
	design := columnsOf(trained)
	clustered := func(factors ...[]int) stat.Estimate {
		fit := must(regression.FixedEffects(tickets, design, factors, nil))
		return testOf(fit.Coef, 0, must(fit.Clustered(regression.CR1, account)), 39)
	}
	pooled := must(regression.OLS(tickets, regression.WithIntercept(len(trained), trained)))
	none := testOf(pooled.Coef, 1, must(pooled.Clustered(regression.CR1, account)), 39)
	evidence.Picture(t, "fixed_effects", picture.Chart{
		Title:    "Compared with itself, an account has one ticket less after training",
		Subtitle: "tickets a month after training less before, 95 % intervals clustered by account; 40 simulated accounts × 12 months",
		Alt:      "Four intervals. Without effects training seems to add 1.2 tickets, and with effects of month alone even more; with effects of account it saves a little, and with both it saves 1.0, the truth.",
		X:        picture.Scale{Title: "tickets a month", Signed: true},
		Y:        picture.Scale{Labels: []string{"no effects", "months", "accounts", "accounts and months"}},
		Marks: []picture.Mark{picture.VLine{At: -1, Label: "truth"}, whiskers(picture.Warn, 0, none, clustered(month)),
			whiskers(picture.Accent, 2, clustered(account), clustered(account, month))},
	})
}

func TestPictureInstrumentalVariables(t *testing.T) {
	estimate := func(lift float64) (wald stat.Estimate, set regression.RobustSet, naive stat.Estimate) {
		tickets, hours, invited := invitations(lift)
		x := regression.WithIntercept(len(hours), hours)
		fit := must(regression.Instrumented(tickets, x, []int{1}, columnsOf(invited), nil))
		ols := must(regression.OLS(tickets, x))
		return testOf(fit.Coef, 1, must(fit.HC(regression.HC1)), float64(fit.DF)), must(fit.AndersonRubinRobust(nil, 0.95)),
			testOf(ols.Coef, 1, must(ols.HC(regression.HC1)), float64(ols.DF))
	}
	wald, set, naive := estimate(1.5)
	weak, wide, _ := estimate(0.4)
	t.Logf("strong %+v %+v, weak %+v %+v, naive %+v", wald, set, weak, wide, naive)
	of := func(value float64, set regression.RobustSet) stat.Estimate {
		return stat.Estimate{Value: value, Interval: set.Parts[0]}
	}
	evidence.Picture(t, "instrumental_variables", picture.Chart{
		Title:    "An invitation by lot finds the effect that eagerness hides",
		Subtitle: "tickets for each hour of training, 95 % intervals; 300 simulated accounts, half invited",
		Alt:      "Least squares gives −0.61 with a short interval that misses the true −0.3. With a strong invitation both intervals hold the truth; with a weak one the Anderson–Rubin set is much longer than the Wald interval.",
		X:        picture.Scale{Title: "tickets for each hour", Signed: true},
		Y:        picture.Scale{Labels: []string{"least squares", "strong, Wald", "strong, Anderson–Rubin", "weak, Wald", "weak, Anderson–Rubin"}},
		Marks: []picture.Mark{picture.VLine{At: -0.3, Label: "truth"}, whiskers(picture.Warn, 0, naive),
			whiskers(picture.Accent, 1, wald, of(wald.Value, set)), whiskers(picture.Other, 3, weak, of(weak.Value, wide))},
	})
}
