// Package report tells people what training changed, how sure that is and what
// it is worth. It takes finished findings (study), money (value) and KPI rows
// and writes them as one self-contained HTML page, as JSON and as Markdown, all
// three from the same content.
//
// It computes no statistic: every number that it shows was handed in, so number,
// picture and sentence cannot disagree. It reads no data, clock or random
// source; the same Impact gives the same bytes. A package above it maps KPI
// results to KPIRow.
package report

import (
	"time"

	"github.com/liftmark/liftmark/internal/study"
	"github.com/liftmark/liftmark/internal/value"
)

// Impact is the content of the impact report.
type Impact struct {
	Title   string `json:"title"`   // of the program: "Onboarding Academy"
	Company string `json:"company"` // whose customers were trained
	// From and To are the period of the report; To is exclusive.
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
	// Made is when the report was written; zero leaves it out, so that the same
	// inputs give the same bytes.
	Made time.Time `json:"made,omitzero"`

	// Findings in the order in which they are told. Role decides the section:
	// "primary" (or none) are main outcomes, then "guard" and "negative_control".
	Findings []study.Finding `json:"findings"`
	KPIs     []KPIRow        `json:"kpis"`
	// Value is what the findings are worth; nil when nothing was priced, NoValue
	// then says why ("the workspace has no money model").
	Value   *value.Result `json:"value"`
	NoValue string        `json:"no_value,omitempty"`
	// Caveats concern the whole report; those of a finding are shown with them.
	Caveats []string `json:"caveats"`
	Version string   `json:"version"` // of Liftmark
}

// KPIRow is a KPI in the table: its value now, where that lies, and its trend.
type KPIRow struct {
	ID        string   `json:"id"`
	Name      string   `json:"name"`
	Unit      string   `json:"unit"`      // as in study.Outcome: "share of accounts"
	Direction string   `json:"direction"` // "higher" or "lower" is better
	Value     *float64 `json:"value"`     // nil when there is none; Note then says why
	Low       *float64 `json:"low"`       // 95 % interval; nil when it cannot be given
	High      *float64 `json:"high"`
	N         int      `json:"n"`              // denominator
	Of        string   `json:"of,omitempty"`   // what N counts: "account-months"
	Band      *Band    `json:"band,omitempty"` // nil: the KPI has no bands
	Target    *float64 `json:"target,omitempty"`
	Trend     []Point  `json:"trend,omitempty"` // oldest first
	Note      string   `json:"note,omitempty"`  // the definition used, or why there is no value
}

// Band is the interpretation of a KPI's value.
type Band struct {
	Name string `json:"name"` // "strong", "moderate", "low"
	Rule string `json:"rule"` // "above 85 %"
	Tone Tone   `json:"tone"`
}

// Tone orders bands for their shape; the name stays the word.
type Tone string

// The tones of a band.
const (
	Good   Tone = "good"
	Middle Tone = "middle"
	Bad    Tone = "bad"
)

// Point is one period of a KPI's trend. Periods without a value are left out.
type Point struct {
	From  time.Time `json:"from"`
	Value float64   `json:"value"`
}
