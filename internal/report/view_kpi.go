package report

import (
	"strings"

	"github.com/liftmark/liftmark/internal/figure"
)

// kpiSection is the table of KPIs with their bands and trends. They are levels:
// what is, not what training caused.
func kpiSection(rows []KPIRow) section {
	s := section{ID: "kpis", Title: "Where the KPIs stand"}
	if len(rows) == 0 {
		s.add(note{"No KPI values", "No KPI was computed for this period, so there are no levels and trends to show."})
		return s
	}
	s.add(paragraph("These are levels over all accounts: what is, not what training caused."))
	t := newTable("KPIs with their interpretation and trend", words("KPI"), numbers("Value"), numbers("95"+nbsp+"% interval"),
		numbers("n"), words("Band"), numbers("Target"), words("Trend"))
	for _, r := range rows {
		t.add(r.cells()...)
	}
	s.add(t)
	if notes := kpiNotes(rows); len(notes) > 0 {
		s.add(heading("Definitions and gaps"), notes)
	}
	return s
}

func (r KPIRow) cells() []cell {
	u := parseUnit(r.Unit)
	d := r.decimals(u)
	row := []cell{
		{Text: r.Name, Small: u.levelWords()}, {Text: "no value"}, {Text: "not given"}, {Text: figure.Count(r.N), Small: r.Of},
		{Text: "no bands"}, {Text: "none"}, r.trend(u, d),
	}
	if r.Value == nil {
		row[1].Small = orElse(r.Note, "reason not stated")
	} else {
		row[1].Text = u.level(*r.Value, d)
	}
	if r.Low != nil && r.High != nil {
		row[2].Text = u.level(*r.Low, d) + " to " + u.level(*r.High, d)
	}
	if r.Band != nil {
		row[4] = cell{Text: figure.Capital(r.Band.Name), Small: r.Band.Rule, Shape: string(r.Band.Tone)}
	}
	if r.Target != nil {
		row[5].Text = u.level(*r.Target, figure.DecimalsOf(figure.Round(*r.Target*u.scale(), 6)))
	}
	return row
}

func (r KPIRow) decimals(u unit) int {
	switch {
	case r.Low != nil && r.High != nil:
		return max(0, figure.Decimals(*r.Low*u.scale(), *r.High*u.scale()))
	case r.Value != nil:
		return figure.DecimalsOf(*r.Value * u.scale())
	}
	return 1
}

func (r KPIRow) trend(u unit, d int) cell {
	switch len(r.Trend) {
	case 0:
		return cell{Text: "no trend"}
	case 1:
		return cell{Text: "one period only", Small: r.Trend[0].From.UTC().Format("Jan 2006")}
	}
	first, last := r.Trend[0], r.Trend[len(r.Trend)-1]
	return cell{
		Text:  u.level(first.Value, d) + " → " + u.level(last.Value, d),
		Small: first.From.UTC().Format("Jan 2006") + " to " + last.From.UTC().Format("Jan 2006"),
		Spark: r.Trend,
	}
}

func kpiNotes(rows []KPIRow) bullets {
	var out bullets
	for _, r := range rows {
		if strings.TrimSpace(r.Note) != "" {
			out = append(out, isolate(r.Name)+": "+figure.Stopped(r.Note))
		}
	}
	return out
}
