package app

import (
	"math"

	"github.com/liftmark/liftmark/internal/figure"
	"github.com/liftmark/liftmark/internal/metric"
	"github.com/liftmark/liftmark/internal/record"
)

// ShownRow is a row of a KPI result as people read it.
type ShownRow struct {
	Period, Segment, Value, Interval, N, Units, Band string
}

// ShowRows writes a result's rows for people, with periods in the result's time
// zone. The unfinished period is marked, and a missing value says why.
func ShowRows(r metric.Result) []ShownRow {
	rows := make([]ShownRow, len(r.Rows))
	for i, row := range r.Rows {
		rows[i] = ShownRow{
			Period: figure.WindowIn(row.PeriodStart.Location(), row.PeriodStart, row.PeriodEnd), Segment: row.Segment,
			N: figure.Number(row.Den, figure.DecimalsOf(row.Den)), Units: figure.Count(row.Units), Band: row.Band,
		}
		if !row.Complete {
			rows[i].Period += " (unfinished)"
		}
		rows[i].Value, rows[i].Interval = showValue(r, row)
	}
	return rows
}

func showValue(r metric.Result, row metric.Row) (value, interval string) {
	if row.Value == nil {
		return "no value: " + row.NoValueReason, ""
	}
	write := func(x float64, d int) string {
		switch r.Unit {
		case "percent":
			return figure.Percent(x/100, d)
		case "money":
			return figure.Amount(x, d, r.Currency)
		}
		return figure.Number(x, d)
	}
	scale := 1.0
	if r.Unit == "money" {
		scale = math.Pow10(-record.MinorDigits(r.Currency))
	}
	if row.Low == nil || row.High == nil {
		v := *row.Value * scale
		return write(v, figure.DecimalsOf(v)), row.NoIntervalReason
	}
	low, high := *row.Low*scale, *row.High*scale
	d := max(figure.Width(low, high), 0)
	return write(*row.Value*scale, d), write(low, figure.Bound(low, d)) + " to " + write(high, figure.Bound(high, d))
}
