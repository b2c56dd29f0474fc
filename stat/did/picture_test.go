package did_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/internal/picture"
	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/did"
)

const accounts = "240 simulated accounts, 150 trained in three waves"

var (
	eventScale  = picture.Scale{Title: "months since training began", Signed: true, From: -6, To: 6, Ticks: []float64{-6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6}}
	effectScale = picture.Scale{Title: "tickets a month per 100 seats", Signed: true}
)

// whiskers collects points with intervals along X or Y.
type whiskers struct{ at, value, low, high []float64 }

func (w *whiskers) add(at, value float64, i stat.Interval) {
	w.at, w.value, w.low, w.high = append(w.at, at), append(w.value, value), append(w.low, i.Low), append(w.high, i.High)
}

// up are points with whiskers along Y.
func (w whiskers) up(name string, tone picture.Tone) picture.Points {
	return picture.Points{X: w.at, Y: w.value, Low: w.low, High: w.high, Name: name, Tone: tone}
}

// across are points with whiskers along X, one to a row.
func (w whiskers) across(name string, tone picture.Tone) picture.Points {
	return picture.Points{X: w.value, Y: w.at, Left: w.low, Right: w.high, Name: name, Tone: tone}
}

func companyStudy(t *testing.T, drift float64, from, to int) did.EventStudy {
	t.Helper()
	p, _ := company(drift)
	o := did.Options{Control: did.NotYetTreated, Base: did.Universal, Draws: 1000, Source: rand.NewPCG(1, 2)}
	return must(must(must(did.Estimate(context.Background(), p, o)).Dynamic(did.Window{From: &from, To: &to})).EventStudy())
}

// gaps are each wave's mean outcome less that of the untrained, by month, measured from
// its average before the start.
func gaps(p did.Panel) map[int][]float64 {
	sum, count := map[int][]float64{}, map[int]float64{}
	for _, s := range p.Start {
		count[s]++
		sum[s] = make([]float64, 18)
	}
	for i, u := range p.Unit {
		sum[p.Start[u]][p.Period[i]-1] += p.Outcome[i] / count[p.Start[u]]
	}
	for s, wave := range sum {
		if s == did.Never {
			continue
		}
		var before float64
		for m := range wave {
			wave[m] -= sum[did.Never][m]
			if m+1 < s {
				before += wave[m] / float64(s-1)
			}
		}
		for m := range wave {
			wave[m] -= before
		}
	}
	return sum
}

func TestPictureStaggered(t *testing.T) {
	p, _ := company(0)
	waves := gaps(p)
	marks := []picture.Mark{picture.HLine{At: 0, Label: "accounts not trained"}}
	for _, s := range []int{7, 10, 13} {
		line := picture.Line{Name: fmt.Sprintf("month %d", s), Tone: picture.Accent, Y: waves[s]}
		for m := range line.Y {
			line.X = append(line.X, float64(m+1))
		}
		marks = append(marks, line, picture.VLine{At: float64(s), Label: fmt.Sprint(s)})
	}
	evidence.Picture(t, "staggered_did", picture.Chart{
		Title:    "Each wave falls below the untrained once it starts",
		Subtitle: "mean gap to accounts not trained, from its average before the start, by month of first training; " + accounts,
		Alt:      "Three lines that move around zero, the level of accounts not trained, until their own start in month 7, 10 or 13, and then fall to about minus four tickets.",
		X:        picture.Scale{Title: "month", From: 1, To: 18, Ticks: []float64{1, 4, 7, 10, 13, 16, 18}},
		Y:        effectScale, Marks: marks,
	})
}

func TestPictureTwoByTwo(t *testing.T) {
	evidence.Picture(t, "did_2x2", picture.Chart{
		Title:    "Three tickets fewer than had the trained gone the way of the others",
		Subtitle: "mean tickets of three trained and three other accounts, before and after",
		Alt:      "Two lines from before to after. Trained accounts fall from 8.0 to 5.3, others rise from 6.7 to 7.0; a dashed line takes the trained to 8.3, as the others went. The gap of 3.0 at the end is the effect.",
		X:        picture.Scale{Title: "period", Labels: []string{"before", "after"}, From: -0.3, To: 1.3},
		Y:        picture.Scale{Title: "tickets a month", From: 4, To: 9},
		Marks: []picture.Mark{
			picture.Line{X: []float64{0, 1}, Y: []float64{20. / 3, 7}, Name: "others", Tone: picture.Other},
			picture.Line{X: []float64{0, 1}, Y: []float64{8, 25. / 3}, Name: "trained, had they gone like the others", Tone: picture.Ink, Dashed: true},
			picture.Line{X: []float64{0, 1}, Y: []float64{8, 16. / 3}, Name: "trained", Tone: picture.Accent},
			picture.Points{X: []float64{1.05}, Y: []float64{41. / 6}, Low: []float64{16. / 3}, High: []float64{25. / 3}, Labels: []string{"−3.0"}, Tone: picture.Ink, Small: true},
		},
	})
}

func TestPictureTwoWay(t *testing.T) {
	p, truth := company(0)
	parts, two := must(did.Bacon(p)), must(did.TwoWayFixedEffects(p, 0.95))
	marks := []picture.Mark{}
	for _, kind := range []struct {
		kind did.Comparison
		name string
		tone picture.Tone
	}{{did.TreatedNever, "against the never trained", picture.Accent}, {did.EarlierLater, "against those trained later", picture.Other}, {did.LaterEarlier, "against those trained already", picture.Warn}} {
		points := picture.Points{Name: kind.name, Tone: kind.tone, Hollow: kind.tone == picture.Other}
		for _, pair := range parts.Pairs {
			if pair.Kind == kind.kind {
				points.X, points.Y = append(points.X, pair.Weight), append(points.Y, pair.Estimate)
			}
		}
		marks = append(marks, points)
	}
	marks = append(marks, picture.HLine{At: truth, Label: "truth"}, picture.HLine{At: two.Value, Label: "two-way"})
	evidence.Picture(t, "twfe", picture.Chart{
		Title:    "The regression averages in comparisons with accounts already trained",
		Subtitle: "2×2 comparisons of a two-way regression by weight; " + accounts,
		Alt:      fmt.Sprintf("Points by weight and estimate. Comparisons with never and later trained accounts lie around −2 to −3.4; three with accounts already trained lie near 0, and pull the regression to %.1f from the truth of %.1f.", two.Value, truth),
		X:        picture.Scale{Title: "weight in the regression", Percent: true, From: 0, To: 0.32},
		Y:        effectScale, Marks: marks,
	})
}

func TestPictureSunAbraham(t *testing.T) {
	p, _ := company(0)
	sa, two := must(did.SunAbraham(p, 0.95)), must(did.TwoWayEventStudy(p, 0.95))
	var good, plain whiskers
	truth := picture.Line{Name: "truth", Tone: picture.Ink}
	for _, e := range sa.Effects {
		if e.At < -6 || e.At > 6 {
			continue
		}
		x := float64(e.At)
		truth.X = append(truth.X, x)
		if e.At >= 0 {
			truth.Y = append(truth.Y, effectAfter(e.At))
		} else {
			truth.Y = append(truth.Y, 0)
		}
		if !e.Reference {
			good.add(x-0.12, e.ATT, e.Interval)
		}
	}
	for _, e := range two.Effects {
		if e.At >= -6 && e.At <= 6 && !e.Reference {
			plain.add(float64(e.At)+0.12, e.ATT, e.Interval)
		}
	}
	other := plain.up("two-way event study", picture.Other)
	other.Hollow = true
	scale := eventScale
	scale.From, scale.To = -7, 8
	evidence.Picture(t, "sun_abraham", picture.Chart{
		Title:    "Averaged cohort by cohort, the event study follows the truth",
		Subtitle: "effect by months since training, measured from the month before, with 95 % intervals; " + accounts,
		Alt:      "Estimates by event time. Those of Sun and Abraham lie on the line of the true effect, flat at zero before training and falling to minus four after; those of the two-way event study beside them differ a little.",
		X:        scale, Y: effectScale,
		Marks: []picture.Mark{truth, good.up("Sun–Abraham", picture.Accent), other},
	})
}

func TestPictureCrossSections(t *testing.T) {
	p, truth := company(0)
	panel := must(must(did.Estimate(context.Background(), p, did.Options{})).ByPeriod())
	survey := must(must(did.EstimateCrossSections(context.Background(), asSections(p), did.Options{})).ByPeriod())
	var known, asked whiskers
	for i, e := range panel.Effects {
		known.add(float64(e.At)-0.12, e.ATT, e.Interval)
		asked.add(float64(e.At)+0.12, survey.Effects[i].ATT, survey.Effects[i].Interval)
	}
	other := asked.up("read as a survey of others each month", picture.Warn)
	other.Hollow = true
	evidence.Picture(t, "repeated_cross_sections", picture.Chart{
		Title:    "Not knowing who is who costs precision, not the answer",
		Subtitle: "effect on trained accounts by month, with 95 % intervals; " + accounts,
		Alt:      "For each month from 7 to 18 two equal estimates. The interval of the panel is narrow; that of the same rows read as repeated cross-sections is two to three times as wide.",
		X:        picture.Scale{Title: "month", From: 6.5, To: 18.5, Ticks: []float64{7, 9, 11, 13, 15, 17}}, Y: effectScale,
		Marks: []picture.Mark{picture.HLine{At: truth, Label: "truth"}, known.up("panel of accounts", picture.Accent), other},
	})
}

func TestPictureEventStudy(t *testing.T) {
	s := companyStudy(t, 0, -6, 6)
	var points whiskers
	band := picture.Band{Name: "95 % band for all", Tone: picture.Accent}
	for _, e := range s.Effects {
		x := float64(e.At)
		band.X = append(band.X, x)
		band.Low, band.High = append(band.Low, e.Uniform.Low), append(band.High, e.Uniform.High)
		if !e.Reference {
			points.add(x, e.ATT, e.Interval)
		}
	}
	scale := eventScale
	scale.From, scale.To = -7, 7
	evidence.Picture(t, "event_study", picture.Chart{
		Title:    "Flat before training, falling after it",
		Subtitle: "effect by months since training began, with 95 % intervals and a band for all together; " + accounts,
		Alt:      "Estimates by event time with whiskers inside a wider band. Before training they lie around zero; the month before is the reference, at zero. After it they fall to about minus four.",
		X:        scale, Y: effectScale,
		Marks: []picture.Mark{band, picture.HLine{At: 0}, points.up("estimate with 95 % interval", picture.Accent),
			picture.Points{X: []float64{-1}, Y: []float64{0}, Tone: picture.Ink, Hollow: true, Name: "reference: the month before"}},
	})
}

func TestPicturePreTrend(t *testing.T) {
	var calm, drifting whiskers
	for k, drift := range []float64{0, -0.3} {
		for _, e := range companyStudy(t, drift, -6, 0).Effects {
			switch {
			case e.Reference || e.At >= 0:
			case k == 0:
				calm.add(float64(e.At)-0.06, e.ATT, e.Interval)
			default:
				drifting.add(float64(e.At)+0.06, e.ATT, e.Interval)
			}
		}
	}
	other := drifting.up("trained drift away by 0.3 a month", picture.Warn)
	other.Hollow = true
	evidence.Picture(t, "pre_trend", picture.Chart{
		Title:    "Before training there should be nothing to see",
		Subtitle: "gap of trained and others before training, from the month before it, with 95 % intervals; 240 simulated accounts, twice",
		Alt:      "Two sets of estimates for two to six months before training. One lies around zero. The other slopes down from plus 1.3 towards the reference at zero, which speaks against parallel trends.",
		X:        picture.Scale{Title: "months since training began", Signed: true, From: -6.5, To: -0.5, Ticks: []float64{-6, -5, -4, -3, -2, -1}}, Y: effectScale,
		Marks: []picture.Mark{picture.HLine{At: 0}, calm.up("parallel", picture.Accent), other,
			picture.Points{X: []float64{-1}, Y: []float64{0}, Tone: picture.Ink, Hollow: true, Name: "reference"}},
	})
}

func TestPictureHonest(t *testing.T) {
	points := companyStudy(t, 0, -5, 3).Points()
	target, o := points.Average(), did.RelativeOptions{Seed: 1}
	var bounds whiskers
	for _, m := range []float64{0, 0.5, 1, 1.5, 2} {
		b := must(did.RelativeMagnitudes(context.Background(), points, target, m, o))
		bounds.add(2*m, b.Value, b.Interval)
	}
	b := must(did.RelativeBreakdown(context.Background(), points, target, o))
	evidence.Picture(t, "honest_did", picture.Chart{
		Title:    fmt.Sprintf("It stands unless trends were %.1f times as uneven as before", b.Limit),
		Subtitle: "95 % interval of the mean effect over months 0 to 3, by how much larger than before the unseen moves may be; " + accounts,
		Alt:      fmt.Sprintf("Five intervals that widen as later moves may be 0 to 2 times the largest one before training. They exclude zero up to %.1f times.", b.Limit),
		X:        picture.Scale{Title: "later moves of the gap, in multiples of the largest before (M̄)", From: -0.4, To: 4.9, Labels: []string{"0", "0.5", "1", "1.5", "2"}}, Y: effectScale,
		Marks: []picture.Mark{picture.HLine{At: 0, Label: "no effect"}, picture.VLine{At: 2 * b.Limit, Label: "breakdown"},
			picture.Points{X: bounds.at, Y: bounds.value, Low: bounds.low, High: bounds.high, Tone: picture.Accent}},
	})
}

func TestPicturePlacebo(t *testing.T) {
	var calm, drifting whiskers
	for earlier := 1; earlier <= 4; earlier++ {
		for k, drift := range []float64{0, -0.3} {
			p, _ := company(drift)
			e := must(must(did.PlaceboDate(context.Background(), p, earlier, did.Options{})).Simple()).Overall
			if k == 0 {
				calm.add(float64(earlier)-0.05, e.ATT, e.Interval)
			} else {
				drifting.add(float64(earlier)+0.05, e.ATT, e.Interval)
			}
		}
	}
	other := drifting.up("trained drift away by 0.3 a month", picture.Warn)
	other.Hollow = true
	evidence.Picture(t, "placebo_date", picture.Chart{
		Title:    "A training that never was should have done nothing",
		Subtitle: "effect of starts pretended 1 to 4 months early, from the months before the real ones, with 95 % intervals; 240 simulated accounts, twice",
		Alt:      "Placebo effects for starts one to four months early. Where trends are parallel the intervals hold zero. Where the trained drift away the effects lie below zero and grow.",
		X:        picture.Scale{Title: "months that the start is pretended early", From: 0.5, To: 4.5, Ticks: []float64{1, 2, 3, 4}}, Y: effectScale,
		Marks: []picture.Mark{picture.HLine{At: 0, Label: "no effect"}, calm.up("parallel trends", picture.Accent), other},
	})
}

func TestPictureLeaveOneOut(t *testing.T) {
	p, _ := company(0)
	r := must(did.LeaveCohortsOut(context.Background(), p, did.Options{}, (*did.GroupTime).Simple))
	labels := []string{"all waves"}
	var all, without whiskers
	all.add(0, r.All.ATT, r.All.Interval)
	for i, w := range r.Without {
		labels = append(labels, fmt.Sprintf("without month %d", w.Cohort))
		without.add(float64(i+1), w.Effect.ATT, w.Effect.Interval)
	}
	scale := effectScale
	scale.From, scale.To = -4, 0.5
	evidence.Picture(t, "leave_one_out", picture.Chart{
		Title:    "No single wave makes the result",
		Subtitle: "average effect on trained account-months, with 95 % intervals; " + accounts,
		Alt:      "Four intervals: all waves −3.0, and without each of the three waves between −2.7 and −3.2. All are below zero.",
		X:        scale, Y: picture.Scale{Title: "waves of training", Labels: labels},
		Marks: []picture.Mark{picture.VLine{At: 0, Label: "no effect"}, all.across("", picture.Accent), without.across("", picture.Other)},
	})
}
