package metric_test

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/liftmark/liftmark/internal/metric"
)

// caseFile is a test in testdata: tiny facts, queries, and the rows that
// follow from them by hand; the derivation stands in the file's comments.
type caseFile struct {
	Facts    map[string]string  `yaml:"facts"`
	Currency string             `yaml:"currency"`
	Rates    map[string]float64 `yaml:"rates"`
	Queries  []caseQuery        `yaml:"queries"`
}

type caseQuery struct {
	Name   string            `yaml:"name"`
	KPI    string            `yaml:"kpi"`
	Params map[string]string `yaml:"params"`
	From   string            `yaml:"from"`
	To     string            `yaml:"to"`
	Grain  string            `yaml:"grain"`
	Zone   string            `yaml:"zone"`
	By     string            `yaml:"by"`
	Where  string            `yaml:"where"`
	Want   []caseRow         `yaml:"want"`
	Error  string            `yaml:"error"` // part of the message
	Warns  string            `yaml:"warns"` // part of a warning
}

type caseRow struct {
	Period   string   `yaml:"period"` // local date of its start; empty: not checked
	Segment  string   `yaml:"segment"`
	Value    *float64 `yaml:"value"`
	Low      *float64 `yaml:"low"`
	High     *float64 `yaml:"high"`
	Num      *float64 `yaml:"num"`
	Den      *float64 `yaml:"den"`
	Units    *int     `yaml:"units"`
	Band     string   `yaml:"band"`
	Reason   string   `yaml:"reason"` // part of no_value_reason
	Complete *bool    `yaml:"complete"`
}

func TestCases(t *testing.T) {
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	covered := map[string]bool{}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			runCaseFile(t, file, covered)
		})
	}
	for _, d := range standard(t).All() {
		if !covered[d.ID] {
			t.Errorf("no case for %s", d.ID)
		}
	}
}

func runCaseFile(t *testing.T, file string, covered map[string]bool) {
	body, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var c caseFile
	if err := yaml.Load(body, &c, yaml.WithKnownFields()); err != nil {
		t.Fatal(err)
	}
	s := metric.NewService(workspace(t, c.Facts), standard(t), metric.Options{Currency: c.Currency, Rates: c.Rates})
	for _, q := range c.Queries {
		covered[q.KPI] = true
		t.Run(q.KPI+" "+q.Name, func(t *testing.T) { q.run(t, s) })
	}
}

func (q caseQuery) run(t *testing.T, s *metric.Service) {
	zone, err := time.LoadLocation(q.Zone)
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.Value(t.Context(), metric.Query{KPI: q.KPI, Params: q.Params, From: date(t, q.From), To: date(t, q.To), Grain: q.Grain, Zone: zone, By: q.By, Where: q.Where})
	if q.Error != "" {
		if err == nil || !strings.Contains(err.Error(), q.Error) {
			t.Fatalf("error is %v, want one with %q", err, q.Error)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if q.Warns != "" && !strings.Contains(strings.Join(got.Warnings, "; "), q.Warns) {
		t.Errorf("warnings are %q, want one with %q", got.Warnings, q.Warns)
	}
	if len(got.Rows) != len(q.Want) {
		t.Fatalf("%d rows, want %d: %+v", len(got.Rows), len(q.Want), got.Rows)
	}
	for i, want := range q.Want {
		want.check(t, got.Rows[i], zone)
	}
}

func (want caseRow) check(t *testing.T, got metric.Row, zone *time.Location) {
	t.Helper()
	where := got.PeriodStart.In(zone).Format(time.DateOnly) + " " + got.Segment
	if want.Period != "" && want.Period != got.PeriodStart.In(zone).Format(time.DateOnly) || want.Segment != got.Segment {
		t.Errorf("row %s, want %s %s", where, want.Period, want.Segment)
	}
	if want.Value != nil && got.Value == nil || want.Value == nil && got.Value != nil {
		t.Errorf("%s: value %v (%s), want %v", where, deref(got.Value), got.NoValueReason, deref(want.Value))
	}
	near(t, where+" value", got.Value, want.Value, 1e-9)
	near(t, where+" low", got.Low, want.Low, 5e-3)
	near(t, where+" high", got.High, want.High, 5e-3)
	near(t, where+" num", &got.Num, want.Num, 1e-9)
	near(t, where+" den", &got.Den, want.Den, 1e-9)
	if want.Units != nil && *want.Units != got.Units {
		t.Errorf("%s: %d units, want %d", where, got.Units, *want.Units)
	}
	if want.Complete != nil && *want.Complete != got.Complete {
		t.Errorf("%s: complete is %v, want %v", where, got.Complete, *want.Complete)
	}
	if want.Band != "" && want.Band != got.Band {
		t.Errorf("%s: band %q, want %q", where, got.Band, want.Band)
	}
	if !strings.Contains(got.NoValueReason, want.Reason) || want.Reason == "" && got.NoValueReason != "" {
		t.Errorf("%s: no value because %q, want %q", where, got.NoValueReason, want.Reason)
	}
	if got.Low != nil && (got.High == nil || !(*got.Low < *got.High) || !(*got.Low <= *got.Value) || !(*got.Value <= *got.High)) {
		t.Errorf("%s: the interval %v to %v is no interval around %v", where, *got.Low, deref(got.High), *got.Value)
	}
}

func near(t *testing.T, what string, got, want *float64, tolerance float64) {
	t.Helper()
	if want == nil {
		return
	}
	if got == nil || !(math.Abs(*got-*want) <= tolerance*math.Max(1, math.Abs(*want))) {
		t.Errorf("%s is %v, want %v", what, deref(got), *want)
	}
}

func deref(x *float64) any {
	if x == nil {
		return "none"
	}
	return *x
}

func date(t *testing.T, text string) time.Time {
	t.Helper()
	if text == "" {
		return time.Time{}
	}
	d, err := time.Parse(time.DateOnly, text)
	if err != nil {
		if d, err = time.Parse(time.RFC3339, text); err != nil {
			t.Fatal(err)
		}
	}
	return d
}
