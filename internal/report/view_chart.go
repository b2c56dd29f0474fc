package report

import (
	"strings"

	"github.com/liftmark/liftmark/internal/figure"
	"github.com/liftmark/liftmark/internal/picture"
	"github.com/liftmark/liftmark/internal/study"
)

// naiveChart shows the spreadsheet's comparison and the caused change on one axis.
func naiveChart(f study.Finding, id string) *chart {
	u := effectUnit(f)
	naive, caused := quantify(u, f.Naive.Difference), quantify(u, *f.Effect)
	rows := []interval{newInterval("Spreadsheet", "naive", naive), newInterval(effectLabel(f), "caused", caused)}
	c := &chart{
		ID:       id + "-naive",
		Title:    naiveTitle(f.Naive.Difference, *f.Effect),
		Subtitle: "Difference in " + figure.Small(isolate(f.Outcome.Name)) + ", with " + caused.intervalName() + "s. The spreadsheet takes trained minus untrained " + noun(f),
		Table:    newTable("Spreadsheet comparison and caused change", words("Comparison"), numbers("Difference"), numbers("Interval")),
	}
	c.Desc = "Two estimates on one axis. " + rows[0].label + ": " + naive.sentencePart() + ". " +
		rows[1].label + ": " + caused.sentencePart() + "."
	ends := levels(u, max(naive.decimals, 0), f.Naive.Trained, f.Naive.Untrained)
	c.Table.Rows = append(c.Table.Rows, []cell{
		{Text: rows[0].label, Small: join(ends[0]+" against "+ends[1], levelTail(u))},
		{Text: naive.change(), Small: u.changeWords()}, {Text: naive.interval()},
	})
	c.Table.add(cell{Text: rows[1].label}, cell{Text: caused.change(), Small: u.changeWords()}, cell{Text: caused.interval()})
	c.draw(intervalLayout(rows, "no difference", axisWords(u, goodDirection(f)), picture.SignedTick))
	return c
}

// effectLabel names a finding's effect as far as its answer and grade carry.
func effectLabel(f study.Finding) string {
	switch {
	case f.Verdict.Answer == study.CannotTell:
		return "Estimate, too uncertain to use"
	case f.Grade.Letter == "A" || f.Grade.Letter == "B":
		return "Caused by training"
	case f.Grade.Letter == "C":
		return "Probably caused by training"
	}
	return "Change, cause not shown"
}

// eventChart shows the effect by months since training.
func eventChart(f study.Finding, id string) *chart {
	u := effectUnit(f)
	c := &chart{
		ID:       id + "-months",
		Title:    eventTitle(f),
		Subtitle: eventSubtitle(f),
		Desc:     eventDesc(u, f),
		Table: newTable("Effect by months since training started", words("Month"), numbers("Change"),
			numbers("Interval"), numbers("Band over all months"), numbers("Trained"), numbers("Controls")),
	}
	d := eventDecimals(u, f.EventStudy)
	for _, p := range f.EventStudy {
		c.Table.addText(eventRow(u, d, p)...)
	}
	c.draw(eventLayout(u, f.EventStudy))
	return c
}

func eventSubtitle(f study.Finding) string {
	s := "Points: change by months since training started, with interval"
	if hasBand(widest(f.EventStudy)) {
		s += "; shaded: band that holds for all months together"
	}
	if n := armSizes(f.Arms); n != "" {
		s += "; " + n
	}
	return s
}

// armSizes is "n = 412 trained, 588 not (yet) trained".
func armSizes(arms []study.Arm) string {
	var parts []string
	for _, a := range arms {
		parts = append(parts, figure.Count(a.Units)+" "+isolate(a.Name))
	}
	if len(parts) == 0 {
		return ""
	}
	return "n = " + strings.Join(parts, ", ")
}

func widest(points []study.EventPoint) study.EventPoint {
	out := points[0]
	for _, p := range points {
		if p.BandHigh-p.BandLow > out.BandHigh-out.BandLow {
			out = p
		}
	}
	return out
}

// eventDecimals gives all months the digits of the most precise one.
func eventDecimals(u unit, points []study.EventPoint) int {
	d := -9
	for _, p := range points {
		if !p.Reference {
			d = max(d, quantify(u, p.Effect).decimals)
		}
	}
	return max(d, 0)
}

func eventRow(u unit, d int, p study.EventPoint) []string {
	month := monthWords(p.Period)
	if p.Reference {
		return []string{month + " (reference)", "0", "by definition", "", sizeOrNone(p.Treated), sizeOrNone(p.Controls)}
	}
	band := "not given"
	if hasBand(p) {
		band = u.change(p.BandLow, d) + " to " + u.change(p.BandHigh, d)
	}
	return []string{
		month, u.change(p.Effect.Value, d), u.change(p.Effect.Low, d) + " to " + u.change(p.Effect.High, d),
		band, sizeOrNone(p.Treated), sizeOrNone(p.Controls),
	}
}

func sizeOrNone(n int) string {
	if n == 0 {
		return "not given"
	}
	return figure.Count(n)
}

// eventDesc says what the picture shows: how many months before and after
// training have intervals without zero, and where the last one lies.
func eventDesc(u unit, f study.Finding) string {
	var before, beforeOut, after, afterOut int
	for _, p := range f.EventStudy {
		switch {
		case p.Reference:
		case p.Period < 0:
			before++
			beforeOut += one(excludesZero(p.Effect))
		default:
			after++
			afterOut += one(excludesZero(p.Effect))
		}
	}
	last := f.EventStudy[len(f.EventStudy)-1]
	q := quantify(u, last.Effect)
	return "Change in " + figure.Small(isolate(f.Outcome.Name)) + " by months since training started, in " + axisUnit(u) + ". Before training the interval excludes zero in " +
		figure.Count(beforeOut) + " of " + figure.Counted(before, "month", "months") + "; from training on in " + figure.Count(afterOut) + " of " +
		figure.Counted(after, "month", "months") + ". Last point, " + monthWords(last.Period) + ": " + q.sentencePart() + "."
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}

func axisUnit(u unit) string {
	if u.kind == moneyUnit {
		return u.levelWords()
	}
	return orElse(u.changeWords(), "units of the KPI")
}

// curveChart shows how many of each arm have not had the event, month by month.
func curveChart(f study.Finding, id string) *chart {
	c := &chart{
		ID:       id + "-curves",
		Title:    curveTitle(f),
		Subtitle: "Share of " + noun(f) + " " + eventFree(f) + ", by months since time zero; shaded: interval",
		Table: newTable("Share "+eventFree(f), words("Month"), words("Arm"), numbers("Share"),
			numbers("Interval"), numbers("At risk")),
	}
	var ends []string
	for _, curve := range f.Curves {
		last := lastPoint(curve)
		ends = append(ends, isolate(curve.Arm)+" "+figure.Percent(last.Survival, 1)+" ("+figure.Percent(last.Low, 1)+" to "+figure.Percent(last.High, 1)+") after "+
			figure.Counted(last.Period, "month", "months"))
		for _, p := range curve.Points {
			c.Table.addText(figure.Count(p.Period), curve.Arm, figure.Percent(p.Survival, 1), figure.Percent(p.Low, 1)+" to "+figure.Percent(p.High, 1), figure.Count(p.AtRisk))
		}
	}
	c.Desc = "Share of " + noun(f) + " " + eventFree(f) + ", one stepped line for each arm. " + figure.List(ends) + "."
	c.draw(survivalLayout(f.Curves, f.Arms, noun(f), eventFree(f)))
	return c
}

// loveChart shows how alike the arms were before and after adjustment.
func loveChart(f study.Finding, id string) *chart {
	rows := byImbalance(f.Balance)
	c := &chart{
		ID:       id + "-balance",
		Title:    loveTitle(rows),
		Subtitle: "Standardised difference between the arms in what was known before training",
		Table:    newTable("Balance of the arms", words("Covariate"), numbers("Before"), numbers("After")),
	}
	if len(rows) > loveRows {
		c.Subtitle += "; the " + figure.Count(loveRows) + " most uneven of " + figure.Count(len(rows)) + " are drawn"
	}
	for _, r := range rows {
		c.Table.addText(r.Covariate, figure.Signed(r.Before, 2), figure.Signed(r.After, 2))
	}
	c.Desc = "For each of " + figure.Counted(len(rows), "covariate", "covariates") + " the difference between the arms, in standard deviations. " +
		"Largest before adjustment: " + isolate(rows[0].Covariate) + ", " + figure.Signed(rows[0].Before, 2) + ". " + loveTitle(rows) + "."
	c.draw(loveLayout(rows))
	return c
}

func loveTitle(rows []study.Balance) string {
	var before, after int
	for _, r := range rows {
		before += one(unbalanced(r.Before))
		after += one(unbalanced(r.After))
	}
	of := " of " + figure.Counted(len(rows), "covariate", "covariates")
	switch {
	case after == 0 && before == 0:
		return "The arms were alike from the start"
	case after == 0:
		return "Adjustment made the arms alike: " + figure.Count(before) + of + " differed before, none after"
	}
	return figure.Count(before) + of + " differed before adjustment, " + figure.Count(after) + " after"
}

func unbalanced(x float64) bool { return x >= balanceLimit || x <= -balanceLimit }
