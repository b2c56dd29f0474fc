package report

import (
	"strings"

	"github.com/liftmark/liftmark/internal/figure"
	"github.com/liftmark/liftmark/internal/picture"
	"github.com/liftmark/liftmark/internal/value"
)

// roiChart shows ROI with its interval beside the conservative case.
func roiChart(r *value.Result) *chart {
	x := roi{*r.ROI.Range, r.IntervalLevel}
	rows := []interval{{"All lines", x.median() + " (" + x.interval() + ")", 100 * x.Median, 100 * x.Low, 100 * x.High, "caused"}}
	c := &chart{
		ID:       "value-roi",
		Title:    roiTitle(x),
		Subtitle: "ROI with its " + intervalName(x.level) + ", and the conservative case",
		Table:    newTable("ROI", words("Case"), numbers("ROI"), numbers("Interval")),
	}
	c.Table.addText("All lines", x.median(), x.interval())
	c.Desc = "ROI " + x.median() + ", " + intervalName(x.level) + " " + x.interval() + "."
	if v := r.Conservative.ROI; v != nil {
		rows = append(rows, interval{"Conservative case", figure.Percent(*v, 0), 100 * *v, 100 * *v, 100 * *v, "naive"})
		c.Table.addText("Conservative case", figure.Percent(*v, 0), "a single case, no draws")
		c.Desc += " Conservative case: " + figure.Percent(*v, 0) + "."
	}
	c.draw(intervalLayout(rows, "costs covered", "ROI in %", picture.PlainTick))
	return c
}

func roiTitle(x roi) string {
	switch {
	case x.Low > 0:
		return "The whole interval of ROI lies above zero"
	case x.High < 0:
		return "The whole interval of ROI lies below zero"
	}
	return "The interval of ROI holds zero: training may or may not pay"
}

// waterfallChart leads from benefits over costs to the net value.
func waterfallChart(r *value.Result, p purse) *chart {
	c := &chart{
		ID:       "value-waterfall",
		Title:    "Benefits less costs: " + p.median(r.NetValue) + " net",
		Subtitle: "Medians of each line; hatched: assumed. Whisker: " + intervalName(r.IntervalLevel) + " of the net value. Medians do not add up exactly",
		Table:    newTable("From benefits to net value", words("Line"), words("Kind"), numbers("Median"), numbers("Interval")),
	}
	var rows []amount
	var said []string
	for _, s := range r.Waterfall {
		kind := figure.Capital(s.Kind)
		if s.Assumed {
			kind += ", assumed"
		}
		rows = append(rows, amount{name: s.Label, value: p.major(s.Amount.Median), label: p.median(s.Amount), assumed: s.Assumed, total: s.Kind == "net"})
		said = append(said, isolate(s.Label)+" "+p.median(s.Amount)+" ("+figure.Small(kind)+")")
		c.Table.addText(s.Label, kind, p.median(s.Amount), p.interval(s.Amount))
	}
	c.Desc = "Bars from benefits over costs to the net value: " + figure.List(said) + "."
	c.draw(waterfallLayout(p.currency, rows, p.major(r.NetValue.Low), p.major(r.NetValue.High)))
	return c
}

// tornadoChart shows on which inputs the result depends most.
func tornadoChart(r *value.Result, p purse) *chart {
	bars := r.Tornado.Bars
	by, base, write, name := tornadoScale(r, p)
	c := &chart{
		ID:       "value-tornado",
		Title:    "The result depends most on " + figure.Small(isolate(bars[0].Input)),
		Subtitle: name + " when one input moves between its 5th and 95th percentile; hatched: assumed",
		Desc:     "Bars for each input, widest first. ",
		Table:    newTable("What the result depends on", words("Input"), numbers("Input low"), numbers("Input high"), numbers(name+" at low"), numbers(name+" at high")),
	}
	var rows []swing
	for _, b := range bars {
		low, high := write(by*b.AtLow), write(by*b.AtHigh)
		rows = append(rows, swing{name: b.Input, low: by * b.AtLow, high: by * b.AtHigh, lowLabel: low, highLabel: high, assumed: b.Assumed})
		d := figure.Decimals(b.Low, b.High) + 1
		c.Table.addText(b.Input+assumedTail(b.Assumed), figure.Number(b.Low, d), figure.Number(b.High, d), low, high)
	}
	c.Desc += "Widest: " + isolate(bars[0].Input) + assumedTail(bars[0].Assumed) + ", " + name + " from " + rows[0].lowLabel + " to " + rows[0].highLabel + "."
	c.draw(tornadoLayout(by*base, "median: "+write(by*base), rows, axisLabel(name)))
	return c
}

// tornadoScale says in which unit the tornado's measure is drawn, and around
// which median.
func tornadoScale(r *value.Result, p purse) (by, base float64, write func(float64) string, name string) {
	if r.Tornado.Measure == "roi" && r.ROI.Range != nil {
		return 100, r.ROI.Median, func(x float64) string { return figure.Number(x, 0) + nbsp + "%" }, "ROI"
	}
	return 1 / p.minor, float64(r.NetValue.Median), func(x float64) string { return withCurrency(figure.Number(x, 0), p.currency) }, "Net value"
}

func assumedTail(assumed bool) string {
	if assumed {
		return " (assumed)"
	}
	return ""
}

// breakEvenBlocks say how small the effects may be before training no longer pays.
func breakEvenBlocks(b value.BreakEven) []block {
	out := []block{heading("Break-even")}
	if b.Scale != nil {
		out = append(out, paragraph("Training would still cover its costs if every measured effect were only "+figure.Percent(*b.Scale, 0)+
			" of its estimate, all else at its median."))
	} else {
		out = append(out, paragraph("There is no break-even share of the effects: "+orElse(b.Note, "reason not stated")+"."))
	}
	if len(b.Lines) == 0 {
		return out
	}
	t := newTable("Effect at which the net value is zero", words("Line"), numbers("Estimated effect"), numbers("Break-even effect"))
	for _, l := range b.Lines {
		t.add(breakEvenRow(l)...)
	}
	return append(out, t)
}

func breakEvenRow(l value.LineBreakEven) []cell {
	u := parseUnit(l.Unit)
	d := max(2, figure.DecimalsOf(l.Estimate*u.scale()))
	row := []cell{{Text: l.Label, Small: u.changeWords()}, {Text: u.change(l.Estimate, d)}, {Text: "none", Small: l.Note}}
	if l.Effect != nil {
		row[2] = cell{Text: u.change(*l.Effect, d)}
	}
	return row
}

func spaced(s string) string { return strings.ReplaceAll(s, "_", " ") }

func axisLabel(measure string) string {
	if measure == "ROI" {
		return "ROI in" + nbsp + "%"
	}
	return measure
}
