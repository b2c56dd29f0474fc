package series_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/internal/picture"
	"github.com/liftmark/liftmark/stat/series"
)

func TestPictureInterruptedTimeSeries(t *testing.T) {
	tickets, _ := ticketMonths(0)
	r := must(t)(series.SegmentedGLS(tickets, series.Averaged, 0.95))
	var time, seen, fitted, line, low, high, after []float64
	for _, p := range r.Points {
		time, seen, fitted = append(time, p.Time), append(seen, p.Outcome), append(fitted, p.Fitted)
		if p.After {
			after, line = append(after, p.Time), append(line, p.Counterfactual.Value)
			low, high = append(low, p.Counterfactual.Interval.Low), append(high, p.Counterfactual.Interval.High)
		}
	}
	evidence.Picture(t, "interrupted_time_series", picture.Chart{
		Title:    fmt.Sprintf("Beyond season and trend, the guide took off %.1f tickets", -r.Level.Value),
		Subtitle: "tickets per 100 accounts, 48 simulated months; band: 95 % interval of the line without the guide",
		Alt:      "Dots by month around a wavy, slowly falling line. At month 31 the line drops; the dashed line drawn onwards without the guide, with its band, stays above the dots.",
		X:        picture.Scale{Title: "month", From: 0, To: 48, Ticks: []float64{1, 12, 24, 36, 48}},
		Y:        picture.Scale{Title: "tickets per 100 accounts"},
		Marks: []picture.Mark{
			picture.Band{X: after, Low: low, High: high, Tone: picture.Other},
			picture.Line{X: after, Y: line, Name: "without", Tone: picture.Other},
			picture.Line{X: time[:30], Y: fitted[:30], Tone: picture.Accent},
			picture.Line{X: time[30:], Y: fitted[30:], Name: "fitted", Tone: picture.Accent},
			picture.Points{X: time, Y: seen, Tone: picture.Ink, Small: true},
			picture.VLine{At: 30.5, Label: "guide launched"},
		},
	})
}

func TestPictureControlledInterruptedTimeSeries(t *testing.T) {
	tickets, other := ticketMonths(3)
	r := must(t)(series.SegmentedGLS(tickets.Against(other), series.Averaged, 0.95))
	evidence.Picture(t, "controlled_interrupted_time_series", picture.Chart{
		Title:    "Trouble hit both products on the day of the guide",
		Subtitle: fmt.Sprintf("tickets per 100 accounts, 48 simulated months; the gap between them changed by %s", signed(r.Average.Value)),
		Alt:      "Two wavy lines. At month 31 the other product's line steps up, ours steps down a little: the gap between them widens by about five.",
		X:        picture.Scale{Title: "month", From: 0, To: 48, Ticks: []float64{1, 12, 24, 36, 48}},
		Y:        picture.Scale{Title: "tickets per 100 accounts", From: 20, To: 50},
		Marks: []picture.Mark{
			picture.Line{X: tickets.Time, Y: other, Name: "other product", Tone: picture.Other},
			picture.Line{X: tickets.Time, Y: tickets.Outcome, Name: "ours", Tone: picture.Accent},
			picture.VLine{At: 30.5, Label: "guide and trouble"},
		},
	})
}

// signed writes a change with a minus sign that is one.
func signed(x float64) string { return strings.Replace(fmt.Sprintf("%+.1f", x), "-", "−", 1) }

func TestPictureSyntheticControl(t *testing.T) {
	p := regions()
	s, err := series.SyntheticControl(p, 0, series.Donors{})
	if err != nil {
		t.Fatal(err)
	}
	month := months(24)
	var marks []picture.Mark
	for i := 1; i < len(p.Outcome); i++ {
		if s.Weights[i] > 0 {
			marks = append(marks, picture.Points{X: month, Y: p.Outcome[i], Tone: picture.Other, Small: true, Hollow: true})
		}
	}
	evidence.Picture(t, "synthetic_control", picture.Chart{
		Title:    fmt.Sprintf("Alike for 16 months; with a trainer, %.1f completions more than its double", s.Effect),
		Subtitle: "completions per 100 people, 20 simulated regions; small rings: the donors that have weight",
		Alt:      "Two lines run together for 16 months, the region and the weighted mixture of others, then part: the region rises above its double.",
		X:        picture.Scale{Title: "month", From: 1, To: 24, Ticks: []float64{1, 6, 12, 18, 24}},
		Y:        picture.Scale{Title: "completions per 100 people", From: 46, To: 64, Ticks: []float64{46, 50, 54, 58, 62}},
		Marks: append(marks,
			picture.Line{X: month, Y: s.Counterfactual, Name: "its double", Tone: picture.Other},
			picture.Line{X: month, Y: p.Outcome[0], Name: "the region", Tone: picture.Accent},
			picture.VLine{At: 16.5, Label: "trainer starts"}),
	})
}

func TestPictureSyntheticDID(t *testing.T) {
	p, trained := accounts()
	weighted := estimate(t, p, trained, series.SyntheticDifference)
	u, err := weighted.Jackknife(0.95)
	if err != nil {
		t.Fatal(err)
	}
	plain := estimate(t, p, trained, series.PlainDifference)
	var low, high []float64
	for _, e := range u.ByPeriod {
		low, high = append(low, e.Interval.Low), append(high, e.Interval.High)
	}
	month := months(42)
	evidence.Picture(t, "synthetic_did", picture.Chart{
		Title:    fmt.Sprintf("Plain controls make it %.1f users, weighted ones %.1f; the truth is 2", plain.Effect, weighted.Effect),
		Subtitle: "active users of the trained less those of the controls, beside before; 60 simulated accounts, band: 95 % intervals",
		Alt:      "Difference between trained and controls by month. Before training the dashed plain difference swings more widely than the weighted one, which stays near zero; after month 36 the weighted one steps up to about two, the plain one to nearly three.",
		X:        picture.Scale{Title: "month", From: 1, To: 42, Ticks: []float64{1, 12, 24, 36, 42}},
		Y:        picture.Scale{Title: "active users", Signed: true},
		Marks: []picture.Mark{
			picture.Band{X: month, Low: low, High: high, Tone: picture.Accent},
			picture.Line{X: month, Y: plain.ByPeriod, Name: "plain", Tone: picture.Other},
			picture.Line{X: month, Y: weighted.ByPeriod, Name: "weighted", Tone: picture.Accent},
			picture.HLine{At: 2},
			picture.Note{X: 12, Y: 2.2, Text: "true effect", Tone: picture.Ink},
			picture.VLine{At: 36.5, Label: "training"},
		},
	})
}

func TestPictureRegressionToMean(t *testing.T) {
	all, sent := tired()
	month, others, trained := make([]float64, 13), make([]float64, 13), make([]float64, 13)
	for m := range month {
		month[m] = float64(m)
		for _, row := range all {
			others[m] += row[m] / float64(len(all))
		}
		for _, i := range sent {
			trained[m] += all[i][m] / float64(len(sent))
		}
	}
	evidence.Picture(t, "regression_to_mean", picture.Chart{
		Title:    "A peak sent them to training; the fall would have come anyway",
		Subtitle: "tickets per account and month, 300 simulated accounts; sent: above 12 in month 6; training is idle",
		Alt:      "The line of the accounts sent to training peaks in month 6, the month that chose them, and is back at its old level in month 7. The line of all accounts is flat.",
		X:        picture.Scale{Title: "month", From: 0, To: 12, Ticks: []float64{0, 3, 6, 9, 12}},
		Y:        picture.Scale{Title: "tickets per account", From: 0, To: math.Ceil(trained[6]) + 2},
		Marks: []picture.Mark{
			picture.Line{X: month, Y: others, Name: "all", Tone: picture.Other},
			picture.Line{X: month, Y: trained, Name: "sent", Tone: picture.Warn},
			picture.Points{X: month[6:7], Y: trained[6:7], Tone: picture.Warn},
			picture.VLine{At: 6.5, Label: "training"},
		},
	})
}

func TestPictureBeforeAfter(t *testing.T) {
	tickets, _ := ticketMonths(0)
	for i := range tickets.Outcome { // take out the guide: nothing was done
		if tickets.Time[i] > tickets.Change {
			tickets.Outcome[i] += 5
		}
	}
	before, after := tickets.Outcome[18:30], tickets.Outcome[36:48]
	mean := func(x []float64) (m float64) {
		for _, v := range x {
			m += v / float64(len(x))
		}
		return m
	}
	flat := func(x []float64) []float64 {
		y := make([]float64, len(x))
		for i := range y {
			y[i] = mean(x)
		}
		return y
	}
	evidence.Picture(t, "before_after", picture.Chart{
		Title:    fmt.Sprintf("%.1f tickets fewer than before, and nobody had done anything", mean(before)-mean(after)),
		Subtitle: "tickets per 100 accounts, 48 simulated months that follow a slow fall and a season; lines: yearly means",
		Alt:      "Dots by month that wave and slowly fall. The mean of the twelve months before the marked date is higher than that of the last twelve, by the fall alone.",
		X:        picture.Scale{Title: "month", From: 0, To: 48, Ticks: []float64{1, 12, 24, 36, 48}},
		Y:        picture.Scale{Title: "tickets per 100 accounts"},
		Marks: []picture.Mark{
			picture.Points{X: tickets.Time, Y: tickets.Outcome, Tone: picture.Ink, Small: true},
			picture.Line{X: tickets.Time[18:30], Y: flat(before), Name: "before", Tone: picture.Other},
			picture.Line{X: tickets.Time[36:48], Y: flat(after), Name: "after", Tone: picture.Warn},
			picture.VLine{At: 30.5, Label: "a date on which nothing happened"},
		},
	})
}
