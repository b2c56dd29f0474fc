package report

import (
	"github.com/liftmark/liftmark/internal/figure"
	"github.com/liftmark/liftmark/internal/value"
)

// valueSentence is what training is worth, in one or two sentences.
func valueSentence(r *value.Result, why string) string {
	if r == nil {
		return "What it is worth has not been priced: " + orElse(why, "no costs and no worth of an effect were given") + "."
	}
	p := newPurse(r)
	s := "Its net value over " + figure.Counted(r.HorizonMonths, "month", "months") + " is " + p.sentencePart(r.NetValue) + "; ROI is undefined: " + r.ROI.Undefined + "."
	if r.ROI.Range != nil {
		s = roiSentence(roi{*r.ROI.Range, r.IntervalLevel}, p)
	}
	if a := assumedAmount(r); a != nil {
		s += " Of the benefit, " + p.median(*a) + " is assumed, not measured."
	}
	return s
}

// roiSentence says only what the whole interval carries.
func roiSentence(r roi, p purse) string {
	words := " (" + r.sentencePart() + ")."
	switch {
	case r.Low > 0:
		return "It pays for itself: each " + withCurrency("1", p.currency) + " spent came back and brought " +
			withCurrency(figure.Number(r.Median, 2), p.currency) + " more" + words
	case r.High < 0:
		return "It costs more than it returns" + words
	}
	return "Whether it pays for itself is open" + words
}

// assumedAmount is the part of the benefit that is assumed, nil when there is none.
func assumedAmount(r *value.Result) *value.MoneyRange {
	for _, b := range r.ByBacking {
		if b.Backing == "assumed" && b.Amount.Median != 0 {
			return &b.Amount
		}
	}
	return nil
}

// valueAnswer is the money in the answer.
func valueAnswer(r *value.Result, why string) answer {
	a := answer{Label: "Return on investment", Headline: "Nothing has been priced.", Anchor: "value"}
	if r == nil {
		a.Value, a.Muted = "Not priced", true
		a.Detail = figure.Sentence(why)
		return a
	}
	p := newPurse(r)
	a.Headline = "Net value over " + figure.Counted(r.HorizonMonths, "month", "months") + ": " + p.sentencePart(r.NetValue) + "."
	a.Detail = "Benefits " + p.median(r.TotalBenefit) + ", costs " + p.median(r.TotalCost) + "."
	if r.BenefitCostRatio.Range != nil {
		a.Detail += " Benefit–cost ratio " + figure.Number(r.BenefitCostRatio.Median, 2) + "."
	}
	if r.ROI.Range == nil {
		a.Value, a.Muted = "Undefined", true
		return a
	}
	x := roi{*r.ROI.Range, r.IntervalLevel}
	a.Value, a.Unit, a.Interval = x.median(), "ROI: net return on costs", intervalName(x.level)+" "+x.interval()
	a.draw(stripLayout(100*x.Median, 100*x.Low, 100*x.High))
	return a
}

// valueSection prices the findings: the case, its pictures, its lines and what
// was left out.
func valueSection(r *value.Result, why string) section {
	s := section{ID: "value", Title: "What it is worth"}
	if r == nil {
		s.add(note{"Not priced", figure.Sentence(valueSentence(r, why)) + " With a money model (cost lines, and what one unit of each effect is worth) the report shows ROI with its interval, break-even and what the result depends on."})
		return s
	}
	p := newPurse(r)
	for _, w := range r.Warnings {
		s.add(note{figure.Sentence(w.Message), warningText(p, w)})
	}
	s.add(caseTable(r, p))
	if r.ROI.Range != nil {
		s.add(roiChart(r))
	}
	if len(r.Waterfall) > 0 {
		s.add(waterfallChart(r, p))
	}
	if len(r.Tornado.Bars) > 0 {
		s.add(tornadoChart(r, p))
	}
	s.add(breakEvenBlocks(r.BreakEven)...)
	s.add(benefitTable(r, p), costTable(r, p))
	s.add(leftOut(r)...)
	return s
}

func warningText(p purse, w value.Warning) string {
	s := figure.Sentence(w.Rule)
	if w.RemovedMinor != 0 {
		s += " Taken away: " + p.write(w.RemovedMinor, 0) + "."
	}
	return s
}

// caseTable holds every result beside its conservative form.
func caseTable(r *value.Result, p purse) *table {
	t := newTable("The case over "+figure.Counted(r.HorizonMonths, "month", "months"), words("Measure"), numbers("Median"),
		numbers(figure.Capital(intervalName(r.IntervalLevel))), numbers("Conservative"))
	c := r.Conservative
	t.add(metricRow("ROI", "(benefit − cost) ÷ cost", r.ROI, c.ROI, c.Undefined, func(x roi) (string, string) { return x.median(), x.interval() },
		func(x float64) string { return figure.Percent(x, 0) }, r.IntervalLevel)...)
	t.add(metricRow("Benefit–cost ratio", "benefit ÷ cost, always ROI + 1", r.BenefitCostRatio, c.BCR, c.Undefined,
		func(x roi) (string, string) {
			return figure.Number(x.Median, 2), figure.Number(x.Low, 2) + " to " + figure.Number(x.High, 2)
		},
		func(x float64) string { return figure.Number(x, 2) }, r.IntervalLevel)...)
	for _, row := range []struct {
		name, small  string
		amount       value.MoneyRange
		conservative int64
	}{
		{"Benefits", "", r.TotalBenefit, c.Benefit},
		{"Costs", "", r.TotalCost, c.Cost},
		{"Net value", "benefits less costs", r.NetValue, c.Net},
		{"Net present value", "at " + figure.Percent(r.DiscountRate, figure.DecimalsOf(figure.Round(100*r.DiscountRate, 3))) + " a year", r.NPV, c.NPV},
	} {
		t.add(cell{Text: row.name, Small: row.small}, cell{Text: p.median(row.amount)}, cell{Text: p.interval(row.amount)},
			cell{Text: p.write(row.conservative, min(0, p.digits(row.amount)+1))})
	}
	t.add(cell{Text: "Payback", Small: "reached within the horizon in " + chance(r.Payback.Share) + " of draws"}, cell{Text: months(r.Payback.Median)},
		cell{Text: months(r.Payback.Low) + " to " + months(r.Payback.High)}, cell{Text: months(c.PaybackMonths)})
	if r.ProbPositiveROI != nil {
		t.add(cell{Text: "Chance that ROI is above 0" + nbsp + "%", Small: "as far as the stated uncertainty goes"}, cell{Text: chance(*r.ProbPositiveROI)}, cell{Text: "not applicable"}, cell{Text: "not applicable"})
	}
	return t
}

func metricRow(name, small string, m value.Metric, conservative *float64, undefined string,
	write func(roi) (string, string), one func(float64) string, level float64) []cell {
	row := []cell{{Text: name, Small: small}, {Text: "undefined", Small: m.Undefined}, {Text: "undefined"}, {Text: "undefined", Small: undefined}}
	if m.Range != nil {
		median, interval := write(roi{*m.Range, level})
		row[1], row[2] = cell{Text: median}, cell{Text: interval}
	}
	if conservative != nil {
		row[3] = cell{Text: one(*conservative)}
	}
	return row
}

// chance never rounds to certainty.
func chance(p float64) string {
	switch {
	case p > 0.99:
		return "over 99" + nbsp + "%"
	case p < 0.01:
		return "under 1" + nbsp + "%"
	}
	return figure.Percent(p, 0)
}

func benefitTable(r *value.Result, p purse) block {
	if len(r.Benefits) == 0 {
		return paragraph("No benefit could be priced.")
	}
	t := newTable("Benefit lines", words("Line"), words("Rests on"), numbers("Units"), numbers("Months"), numbers("Median"), numbers("Interval"))
	for _, b := range r.Benefits {
		t.add(cell{Text: b.Label}, basis(b), cell{Text: unitsWords(b.Units)}, cell{Text: figure.Count(b.Months)},
			cell{Text: p.median(b.Amount)}, cell{Text: p.interval(b.Amount)})
	}
	return t
}

// basis says what a benefit rests on; an assumption also by its hatched shape.
func basis(b value.BenefitResult) cell {
	if b.Assumed {
		return cell{Text: "Assumed", Shape: "assumed"}
	}
	c := cell{Text: figure.Capital(orElse(b.Stamp, gradeWords(b.Backing.Grade)))}
	if b.Backing.CannotTell {
		c.Small = "the finding cannot tell yet"
	}
	if b.Backing.Grade != "" {
		c.Shape = "grade " + b.Backing.Grade
	}
	return c
}

func unitsWords(u value.Range) string {
	if u.Low == u.High {
		return figure.Number(u.Median, figure.DecimalsOf(u.Median))
	}
	d := figure.Decimals(u.Low, u.High)
	return figure.Number(u.Median, min(d, 0)) + " (" + figure.Number(u.Low, min(d, 0)) + " to " + figure.Number(u.High, min(d, 0)) + ")"
}

func costTable(r *value.Result, p purse) block {
	if len(r.Costs) == 0 {
		return paragraph("No costs were given.")
	}
	t := newTable("Cost lines", words("Line"), words("Category"), words("Source"), numbers("Median"), numbers("Interval"))
	for _, c := range r.Costs {
		t.add(cell{Text: orElse(c.Label, spaced(string(c.Category)))}, cell{Text: figure.Capital(spaced(string(c.Category)))},
			cell{Text: figure.Capital(string(c.Provenance))}, cell{Text: p.median(c.Amount)}, cell{Text: p.interval(c.Amount)})
	}
	return t
}

// leftOut lists what no sum holds.
func leftOut(r *value.Result) []block {
	var out []block
	if len(r.NotPriced) > 0 {
		var lines bullets
		for _, n := range r.NotPriced {
			lines = append(lines, isolate(n.Label)+": "+figure.Stopped(n.Reason))
		}
		out = append(out, heading("Not priced"), lines)
	}
	if len(r.Intangibles) > 0 {
		var lines bullets
		for _, n := range r.Intangibles {
			lines = append(lines, isolate(n.Label)+": "+intangibleWords(n))
		}
		out = append(out, heading("Listed, never summed"), lines)
	}
	if r.Conservative.Rule != "" {
		out = append(out, heading("The conservative case"), paragraph(figure.Sentence(r.Conservative.Rule)))
	}
	return append(out, paragraph("Medians and intervals come from "+figure.Count(r.Draws)+" draws of every uncertain input; medians of lines do not add up to the median of their sum."))
}

func intangibleWords(n value.IntangibleResult) string {
	s := figure.Sentence(n.Note)
	if n.Backing == nil {
		return joinSentences(s, figure.Sentence(orElse(n.Reason, "no finding")))
	}
	if n.Backing.CannotTell {
		return joinSentences(s, "The finding cannot tell yet.")
	}
	return joinSentences(s, figure.Sentence(gradeWords(n.Backing.Grade)))
}

func joinSentences(a, b string) string {
	if a == "" {
		return b
	}
	return a + " " + b
}
