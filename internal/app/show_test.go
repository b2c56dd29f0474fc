package app_test

import (
	"strings"
	"testing"
	"time"

	"github.com/liftmark/liftmark/internal/app"
	"github.com/liftmark/liftmark/internal/figure"
	"github.com/liftmark/liftmark/internal/metric"
)

func shown(t *testing.T, unit string, row metric.Row) app.ShownRow {
	t.Helper()
	got := app.ShowRows(metric.Result{Unit: unit, Currency: "EUR", Rows: []metric.Row{row}})[0]
	got.Value, got.Interval = strings.ReplaceAll(got.Value, figure.Space, " "), strings.ReplaceAll(got.Interval, figure.Space, " ")
	return got
}

func TestRowsShowPeriodsInTheirZone(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	row := metric.Row{PeriodStart: time.Date(2026, 1, 1, 0, 0, 0, 0, berlin), PeriodEnd: time.Date(2026, 4, 1, 0, 0, 0, 0, berlin), Complete: true}
	if got := shown(t, "number", row).Period; got != "1 Jan 2026 to 31 Mar 2026" {
		t.Error(got)
	}
	row.Complete = false
	if got := shown(t, "number", row).Period; got != "1 Jan 2026 to 31 Mar 2026 (unfinished)" {
		t.Error(got)
	}
}

func TestRowsShowAsManyDigitsAsTheIntervalSupports(t *testing.T) {
	for _, tt := range []struct {
		unit             string
		value, low, high float64
		want, interval   string
	}{
		{"number", 0.17493, -0.00002, 0.34988, "0.17", "−0.00002 to 0.35"},
		{"percent", 7.43, 4.5123, 12.0814, "7.4 %", "4.5 % to 12.1 %"},
		{"percent", 0, 1e-17, 12.5, "0 %", "0 % to 13 %"},
		{"money", 123456, 100000, 150000, "EUR 1,235", "EUR 1,000 to EUR 1,500"}, // cents
		{"number", 1472.4, 1210.2, 1734.6, "1,472", "1,210 to 1,735"},
	} {
		got := shown(t, tt.unit, metric.Row{Value: &tt.value, Low: &tt.low, High: &tt.high})
		if got.Value != tt.want || got.Interval != tt.interval {
			t.Errorf("%g (%g to %g) is %q (%q), want %q (%q)", tt.value, tt.low, tt.high, got.Value, got.Interval, tt.want, tt.interval)
		}
	}
}
