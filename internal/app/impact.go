package app

import (
	"context"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/liftmark/liftmark/internal/figure"
	"github.com/liftmark/liftmark/internal/metric"
	"github.com/liftmark/liftmark/internal/record"
	"github.com/liftmark/liftmark/internal/report"
	"github.com/liftmark/liftmark/internal/study"
)

// Impact runs studies, prices what they found and gathers the KPIs: the content
// of the impact report.
//
// Errors: those of the study, the money model and the KPIs.
func (w *Workspace) Impact(ctx context.Context, plans []study.Plan, progress StudyProgress) (report.Impact, error) {
	from, to, err := w.Metrics.Coverage(ctx)
	if err != nil {
		return report.Impact{}, err
	}
	model, err := w.Model() // before the long work, so that a mistake shows at once
	if err != nil {
		return report.Impact{}, err
	}
	var titles []string
	var findings []study.Finding
	for _, plan := range plans {
		found, err := w.RunStudy(ctx, plan, progress)
		if err != nil {
			return report.Impact{}, err
		}
		titles, findings = append(titles, plan.Title), append(findings, found...)
	}
	impact := report.Impact{
		Title: figure.List(titles), Company: w.Config.Company, From: from, To: to, Findings: findings, Version: Version,
		NoValue: "the workspace has no money model; describe costs and benefits in " + modelFile,
	}
	if model != nil {
		if impact.Value, err = w.Worth(ctx, *model, plans, findings); err != nil {
			return report.Impact{}, err
		}
		impact.NoValue = ""
	}
	impact.KPIs, err = w.kpiRows(ctx)
	return impact, err
}

// kpiRows computes every KPI of the library that needs no parameter, over the
// last twelve months that the data cover, with its trend by quarter.
func (w *Workspace) kpiRows(ctx context.Context) ([]report.KPIRow, error) {
	from, to, err := w.Metrics.Coverage(ctx)
	if err != nil {
		return nil, err
	}
	year := to.AddDate(-1, 0, 0)
	if year.Before(from) {
		year = from
	}
	var rows []report.KPIRow
	for _, d := range w.Library.All() {
		if needsParameter(d) {
			continue
		}
		query := metric.Query{KPI: d.ID, From: year, To: to, Zone: w.Config.Location()}
		now, err := w.Metrics.Value(ctx, query)
		if err != nil {
			return nil, err
		}
		query.From, query.Grain = from, "quarter"
		trend, err := w.Metrics.Value(ctx, query)
		if err != nil {
			return nil, err
		}
		rows = append(rows, kpiRow(d, now, trend))
	}
	return rows, nil
}

func needsParameter(d *metric.Definition) bool {
	for _, p := range d.Params {
		if p.Required && p.Default == "" {
			return true
		}
	}
	return false
}

func kpiRow(d *metric.Definition, now, trend metric.Result) report.KPIRow {
	unit, scale := kpiUnit(now)
	row := report.KPIRow{ID: d.ID, Name: d.Name, Unit: unit, Direction: d.Direction, Of: d.Unit + "s", Note: variantNote(now)}
	if len(now.Rows) > 0 {
		value := now.Rows[0]
		row.Value, row.Low, row.High = scaled(value.Value, scale), scaled(value.Low, scale), scaled(value.High, scale)
		row.N = value.Units
		if value.Value == nil {
			row.Note = value.NoValueReason
		} else if band := bandOf(d, *value.Value, unit); band != nil {
			row.Band = band
		}
	}
	row.Target = scaled(targetOf(d), scale)
	for _, p := range trend.Rows {
		if p.Value != nil && p.Complete {
			row.Trend = append(row.Trend, report.Point{From: p.PeriodStart, Value: *p.Value * scale})
		}
	}
	return row
}

// kpiUnit names a result's unit as the report reads it, and what its values are
// multiplied with.
func kpiUnit(r metric.Result) (unit string, scale float64) {
	switch r.Unit {
	case "percent":
		return "share", 0.01
	case "money":
		return r.Currency, math.Pow10(-record.MinorDigits(r.Currency))
	case "per_account_month":
		return "per account-month", 1
	case "number":
		return "", 1
	}
	return r.Unit, 1
}

// variantNote says which of rival definitions was used.
func variantNote(r metric.Result) string {
	var notes []string
	for _, name := range slices.Sorted(maps.Keys(r.Variants)) {
		notes = append(notes, r.Variants[name])
	}
	return strings.Join(notes, "; ")
}

func scaled(x *float64, scale float64) *float64 {
	if x == nil {
		return nil
	}
	y := *x * scale
	return &y
}

func targetOf(d *metric.Definition) *float64 {
	if d.Target == nil {
		return nil
	}
	for _, end := range []*float64{d.Target.Over, d.Target.From, d.Target.Under, d.Target.To} {
		if end != nil {
			return end
		}
	}
	return nil
}

// bandOf describes the band of a value: bands ascend, so that the last one is
// the good one where higher is better.
func bandOf(d *metric.Definition, value float64, unit string) *report.Band {
	for i, b := range d.Bands {
		if !b.Contains(value) {
			continue
		}
		rank := i
		if d.Direction == "lower" {
			rank = len(d.Bands) - 1 - i
		}
		tone := report.Middle
		switch rank {
		case 0:
			tone = report.Bad
		case len(d.Bands) - 1:
			tone = report.Good
		}
		return &report.Band{Name: b.Name, Rule: bandRule(b, unit), Tone: tone}
	}
	return nil
}

func bandRule(b metric.Band, unit string) string {
	sign := ""
	if unit == "share" {
		sign = figure.Space + "%"
	}
	var parts []string
	for _, end := range []struct {
		words string
		at    *float64
	}{{"above", b.Over}, {"from", b.From}, {"up to", b.To}, {"below", b.Under}} {
		if end.at != nil {
			parts = append(parts, end.words+" "+figure.Number(*end.at, figure.DecimalsOf(*end.at))+sign)
		}
	}
	return strings.Join(parts, " ")
}
