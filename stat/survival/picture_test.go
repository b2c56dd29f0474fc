package survival_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/internal/picture"
	"github.com/liftmark/liftmark/stat/survival"
)

const about = "400 simulated customers"

// steps are a curve with its band at whole months.
type steps struct{ x, y, low, high []float64 }

func (s *steps) add(x, y, low, high float64) {
	s.x, s.y, s.low, s.high = append(s.x, x), append(s.y, y), append(s.low, low), append(s.high, high)
}

func (s *steps) marks(name string, tone picture.Tone) []picture.Mark {
	return []picture.Mark{
		picture.Band{X: s.x, Low: s.low, High: s.high, Tone: tone, Step: true},
		picture.Line{X: s.x, Y: s.y, Name: name, Tone: tone, Step: true},
	}
}

func curveOf(t *testing.T, d survival.Data, months int) *steps {
	t.Helper()
	c, err := survival.KaplanMeier(d)
	if err != nil {
		t.Fatal(err)
	}
	s := new(steps)
	s.add(0, 1, 1, 1)
	for m := 1; m <= months; m++ {
		p := c.At(float64(m), 0.95, survival.LogLog)
		if !p.HasInterval {
			p.Interval.Low, p.Interval.High = p.Surv, p.Surv
		}
		s.add(float64(m), p.Surv, p.Interval.Low, p.Interval.High)
	}
	return s
}

func shareScale(title string, from, to float64) picture.Scale {
	return picture.Scale{Title: title, Percent: true, From: from, To: to}
}

var months = picture.Scale{Title: "months since signing", From: 0, To: 24, Ticks: []float64{0, 6, 12, 18, 24}}

func TestPictureKaplanMeier(t *testing.T) {
	d, _, small := lifetimes(customers())
	large, little := curveOf(t, ofSize(d, small, 0), 22), curveOf(t, ofSize(d, small, 1), 22)
	chart := picture.Chart{
		Title:    "Half of the small customers have left after 13 months, of the large ones after 21",
		Subtitle: "share still a customer, with 95 % intervals (log–log); " + about + ", those still there count until last seen",
		Alt:      "Two falling step curves. The one of small customers crosses one half at 13 months, the one of large customers at 21; their bands part.",
		X:        months, Y: shareScale("still a customer", 0, 1),
		Marks: append(append([]picture.Mark{picture.HLine{At: 0.5, Label: "half"}}, large.marks("large", picture.Other)...), little.marks("small", picture.Accent)...),
	}
	evidence.Picture(t, "kaplan_meier", chart)
}

// signed is the square root of a χ² on one degree of freedom, with the sign of
// the second group's excess.
func signed(t *testing.T, d survival.Data, group []int) float64 {
	t.Helper()
	test, err := survival.LogRank(d, group, nil, survival.Even)
	if err != nil {
		t.Fatal(err)
	}
	return math.Copysign(math.Sqrt(test.ChiSq), test.Observed[1]-test.Expected[1])
}

func TestPictureLogRank(t *testing.T) {
	d, _, small := lifetimes(customers())
	seen := signed(t, d, small)
	rng := rand.New(rand.NewPCG(1, 1))
	var shuffled []float64
	for range 2000 {
		rng.Shuffle(len(small), func(i, j int) { small[i], small[j] = small[j], small[i] })
		shuffled = append(shuffled, signed(t, d, small))
	}
	evidence.Picture(t, "log_rank", picture.Chart{
		Title:    "If size did not matter, a difference like ours would be rare",
		Subtitle: "log-rank statistic of 2,000 shuffles of the labels “large” and “small”; " + about,
		Alt:      "A bell of shuffled statistics around zero, mostly between minus two and two; the statistic of the real labels stands at three, in the right tail.",
		X:        picture.Scale{Title: "small customers left more than expected, in standard errors", Signed: true, From: -4, To: 4},
		Y:        picture.Scale{Title: "shuffles"},
		Marks:    []picture.Mark{picture.Histogram(shuffled, 28, picture.Other), picture.VLine{At: seen, Label: "the real labels"}},
	})
}

func TestPictureRMST(t *testing.T) {
	d, _, small := lifetimes(customers())
	large, little := curveOf(t, ofSize(d, small, 0), 18), curveOf(t, ofSize(d, small, 1), 18)
	evidence.Picture(t, "rmst", picture.Chart{
		Title:    "A small customer stays 1.7 months less of its first 18",
		Subtitle: "share still a customer; the area between the curves is the difference of restricted means; " + about,
		Alt:      "Two falling step curves to month 18 with the area between them filled; it measures 1.7 months.",
		X:        picture.Scale{Title: "months since signing", From: 0, To: 21, Ticks: []float64{0, 6, 12, 18}},
		Y:        shareScale("still a customer", 0, 1),
		Marks: []picture.Mark{
			picture.Band{X: large.x, Low: little.y, High: large.y, Tone: picture.Accent, Step: true},
			picture.Line{X: large.x, Y: large.y, Name: "large", Tone: picture.Other, Step: true},
			picture.Line{X: little.x, Y: little.y, Name: "small", Tone: picture.Accent, Step: true},
			picture.Note{X: 11.5, Y: 0.44, Text: "1.7 months (0.4 to 3.0)", Tone: picture.Accent, Anchor: "e"},
			picture.VLine{At: 18, Label: "horizon"},
		},
	})
}

func mustFit(t *testing.T, d survival.CoxData, opt survival.CoxOptions) *survival.CoxFit {
	t.Helper()
	fit, err := survival.Cox(d, opt)
	if err != nil {
		t.Fatal(err)
	}
	return fit
}

// ratios are hazard ratios as points with intervals, one a line from the top.
func ratios(terms []survival.CoxTerm, tone picture.Tone, at ...float64) picture.Points {
	p := picture.Points{Tone: tone}
	for k, term := range terms {
		p.X, p.Y = append(p.X, term.HazardRatio), append(p.Y, at[k])
		p.Left, p.Right = append(p.Left, term.Interval.Low), append(p.Right, term.Interval.High)
	}
	return p
}

func TestPictureCox(t *testing.T) {
	fit := mustFit(t, spells(customers()), survival.CoxOptions{})
	evidence.Picture(t, "cox", picture.Chart{
		Title:    "Trained and busy customers leave more slowly, small ones faster",
		Subtitle: "hazard ratio with 95 % interval, each with the others held equal; " + about + " of whom 195 left",
		Alt:      "Three points with intervals: trained and usage below one, small customers above one; none of the intervals includes one.",
		X:        picture.Scale{Title: "times the rate of leaving", From: 0, To: 2.5},
		Y:        picture.Scale{Title: " ", Labels: []string{"trained", "usage, one standard deviation more", "small customer"}},
		Marks:    []picture.Mark{picture.VLine{At: 1, Label: "no difference"}, ratios(fit.Terms, picture.Accent, 0, 1, 2)},
	})
}

// Six customers as rows: where training begins, a new row does.
func TestPictureCoxTimeVarying(t *testing.T) {
	var chosen []customer
	trained, plain := 0, 0
	for _, c := range customers() {
		if isTrained := c.trained < c.months; c.months > 5 && (isTrained && trained < 3 || !isTrained && plain < 3) {
			chosen = append(chosen, c)
			if isTrained {
				trained++
			} else {
				plain++
			}
		}
	}
	var marks []picture.Mark
	left := picture.Points{Tone: picture.Warn, Name: "left"}
	still := picture.Points{Tone: picture.Ink, Name: "still a customer when last seen", Hollow: true}
	labels := make([]string, len(chosen))
	for k, c := range chosen {
		y := float64(k)
		labels[k] = "customer " + string(rune('A'+k))
		marks = append(marks, picture.Line{X: []float64{0, min(c.trained, c.months)}, Y: []float64{y, y}, Tone: picture.Other})
		if c.trained < c.months {
			marks = append(marks, picture.Line{X: []float64{c.trained, c.months}, Y: []float64{y, y}, Tone: picture.Accent})
		}
		end := &still
		if c.left {
			end = &left
		}
		end.X, end.Y = append(end.X, c.months), append(end.Y, y)
	}
	evidence.Picture(t, "cox_time_varying", picture.Chart{
		Title:    "Until it trains, a customer counts as untrained",
		Subtitle: "six of the customers: dashed while untrained, solid once trained; each stretch is a row (start, stop]",
		Alt:      "Six horizontal lines from signing on. Three change from dashed to solid where training began. Each ends with a mark: left, or still a customer.",
		X:        months,
		Y:        picture.Scale{Title: " ", Labels: labels},
		Marks:    append(marks, left, still),
	})
}

// between cuts rows to the months (from, to].
func between(d survival.CoxData, from, to float64) survival.CoxData {
	out := survival.CoxData{Names: d.Names}
	for i, stop := range d.Stop {
		if stop <= from {
			continue
		}
		out.Start, out.Stop = append(out.Start, from), append(out.Stop, min(stop, to))
		out.Event = append(out.Event, d.Event[i] && stop <= to)
		out.X = append(out.X, d.X[i])
	}
	return out
}

func TestPictureProportionalHazards(t *testing.T) {
	d := onboarding()
	whole := mustFit(t, d, survival.CoxOptions{}).Terms[0].HazardRatio
	p := picture.Points{Tone: picture.Accent}
	for from := 0.0; from < 18; from += 3 {
		term := mustFit(t, between(d, from, from+3), survival.CoxOptions{}).Terms[0]
		p.X, p.Y = append(p.X, from+1.5), append(p.Y, term.HazardRatio)
		p.Low, p.High = append(p.Low, term.Interval.Low), append(p.High, term.Interval.High)
	}
	evidence.Picture(t, "proportional_hazards_test", picture.Chart{
		Title:    "The workshop helps for half a year: one ratio for all hides it",
		Subtitle: "hazard ratio of leaving, workshop against none, by quarter of a year, 95 % intervals; 1,000 simulated customers",
		Alt:      "Hazard ratios rise from about 0.3 in the first quarter to about 1 after a year, across the level line of the average ratio of 0.63.",
		X:        picture.Scale{Title: "months since signing", From: 0, To: 21, Ticks: []float64{0, 3, 6, 9, 12, 15, 18}},
		Y:        picture.Scale{Title: "times the rate of leaving", From: 0, To: 2.5},
		Marks:    []picture.Mark{picture.HLine{At: 1, Label: "no difference"}, picture.HLine{At: whole, Label: "one ratio for all"}, p},
	})
}

func TestPictureCompetingRisks(t *testing.T) {
	d, reason, _ := lifetimes(customers())
	c, err := survival.AalenJohansen(d, reason, nil)
	if err != nil {
		t.Fatal(err)
	}
	only := survival.Data{Stop: d.Stop, Event: make([]bool, len(d.Stop))}
	for i, why := range reason {
		only.Event[i] = d.Event[i] && why == competitor
	}
	naive := curveOf(t, only, 22)
	var naiveRisk []float64
	for _, s := range naive.y {
		naiveRisk = append(naiveRisk, 1-s)
	}
	marks := []picture.Mark{}
	for _, why := range []struct {
		label int
		name  string
		tone  picture.Tone
	}{{competitor, "to a competitor", picture.Accent}, {closedDown, "closed down", picture.Other}} {
		s := new(steps)
		s.add(0, 0, 0, 0)
		for m := 1.0; m <= 22; m++ {
			r := c.At(why.label, m, 0.95, survival.LogLog)
			s.add(m, r.Value, r.Interval.Low, r.Interval.High)
		}
		marks = append(marks, s.marks(why.name, why.tone)...)
	}
	marks = append(marks, picture.Line{X: naive.x, Y: naiveRisk, Name: "overstated", Tone: picture.Warn, Step: true, Dashed: true})
	evidence.Picture(t, "competing_risks", picture.Chart{
		Title:    "Four in ten go to a competitor within 22 months, one in five closes down",
		Subtitle: "share lost by reason, with 95 % intervals; dashed: one minus Kaplan–Meier, which lets the closed down leave again; " + about,
		Alt:      "Two rising step curves with bands, losses to competitors above those that closed down. A dashed curve above the first overstates it more and more.",
		X:        months, Y: shareScale("lost for this reason", 0, 0.6),
		Marks: marks,
	})
}

func TestPictureConcordance(t *testing.T) {
	all := spells(customers())
	choose := func(columns ...int) survival.CoxData {
		d := survival.CoxData{Data: all.Data, Cluster: all.Cluster}
		for _, j := range columns {
			d.Names = append(d.Names, all.Names[j])
		}
		for i := range all.Stop {
			for _, j := range columns {
				d.X = append(d.X, all.X[3*i+j])
			}
		}
		return d
	}
	p := picture.Points{Tone: picture.Accent}
	for k, columns := range [][]int{{2}, {1}, {1, 2}, {0, 1, 2}} {
		fit := mustFit(t, choose(columns...), survival.CoxOptions{})
		c, err := fit.Concordance(all.Cluster)
		if err != nil {
			t.Fatal(err)
		}
		p.X, p.Y = append(p.X, c.Value), append(p.Y, float64(k))
		p.Left, p.Right = append(p.Left, c.Value-1.96*c.SE), append(p.Right, c.Value+1.96*c.SE)
	}
	evidence.Picture(t, "concordance", picture.Chart{
		Title:    "With everything known, six pairs in ten are ordered rightly",
		Subtitle: "concordance of Cox models with ± 1.96 standard errors; " + about,
		Alt:      "Four points with intervals between 0.55 and 0.61; each model that knows more lies a little further right of one half, which is chance.",
		X:        picture.Scale{Title: "pairs of customers ordered rightly", Percent: true, From: 0.48, To: 0.68},
		Y:        picture.Scale{Title: " ", Labels: []string{"size", "usage", "usage and size", "usage, size and training"}},
		Marks:    []picture.Mark{picture.VLine{At: 0.5, Label: "chance"}, p},
	})
}
