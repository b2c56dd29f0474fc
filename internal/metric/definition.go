package metric

import (
	"bytes"
	"fmt"

	"go.yaml.in/yaml/v4"

	"github.com/liftmark/liftmark/internal/fault"
)

// Definition is a KPI as its YAML file states it. The files in library/ show the
// grammar; unknown keys are errors.
type Definition struct {
	ID       string `yaml:"id" json:"id"`
	Version  int    `yaml:"version" json:"version"`
	Name     string `yaml:"name" json:"name"`
	Category string `yaml:"category" json:"category"` // the function that owns it: support, customer_success, …
	Level    int    `yaml:"level" json:"level"`       // Kirkpatrick 1-4, Phillips 5

	Unit      string `yaml:"unit" json:"unit"`   // account or person: whose rows are independent
	Kind      string `yaml:"kind" json:"kind"`   // ratio or duration
	Value     string `yaml:"value" json:"value"` // unit of the value, see ValueUnits
	Direction string `yaml:"direction" json:"direction"`

	// Measures, Num and Den define a ratio: Σnum ÷ Σden over units.
	Measures map[string]Measure `yaml:"measures" json:"measures,omitempty"`
	Num      string             `yaml:"num" json:"num,omitempty"`
	Den      string             `yaml:"den" json:"den,omitempty"`

	// Start, Event and Until define a duration: the time from Start to Event,
	// censored at the earliest moment of Until or where the data end.
	Start *Moment `yaml:"start" json:"start,omitempty"`
	Event *Moment `yaml:"event" json:"event,omitempty"`
	Until Ends    `yaml:"until" json:"until,omitempty"`

	// Words say what the event is of a KPI that tells when something happened:
	// a duration, or a share of those to whom it did.
	Words *Words `yaml:"words" json:"words,omitempty"`
	// Terminal says that the event of a ratio (num of den) ends the unit's
	// presence: who had it in one period is not at risk in the next.
	Terminal bool `yaml:"terminal" json:"terminal,omitempty"`

	Params     map[string]Param `yaml:"params" json:"params,omitempty"`
	Bands      []Band           `yaml:"bands" json:"bands,omitempty"`
	Target     *Band            `yaml:"target" json:"target,omitempty"`
	Related    []string         `yaml:"related" json:"related,omitempty"`
	Impact     []Edge           `yaml:"impact" json:"impact,omitempty"`
	Attributes Attributes       `yaml:"attributes" json:"attributes"`
}

// Measure adds up one fact for each unit and period.
type Measure struct {
	Fact  string `yaml:"fact" json:"fact"`
	Agg   string `yaml:"agg" json:"agg"`               // see Aggs
	Field string `yaml:"field" json:"field,omitempty"` // what sum, min, max, distinct, first and last look at
	At    string `yaml:"at" json:"at,omitempty"`       // the field that dates a row; empty: the fact's own
	Where string `yaml:"where" json:"where,omitempty"`
	// AsOf makes a stock of it: the state just before the start or the end of
	// the period. Of a fact that happens it counts all that happened before.
	AsOf string `yaml:"as_of" json:"as_of,omitempty"`
	// Within limits a stock of events to those of the last days before: a
	// number, or :NAME of a parameter.
	Within string `yaml:"within_days" json:"within_days,omitempty"`
	// SpreadBy shares a total that belongs to no unit (a cost) among the units,
	// in proportion to another measure of the same period.
	SpreadBy string `yaml:"spread_by" json:"spread_by,omitempty"`
}

// Moment dates the start, the event or the end of a duration. In a KPI of
// people, an event or end of a fact that names an account but no person, such as
// a subscription, is that of the account that the person belonged to at the
// start.
type Moment struct {
	Name  string `yaml:"name" json:"name,omitempty"` // in until: what a parameter's where calls it; empty: until
	Fact  string `yaml:"fact" json:"fact,omitempty"` // empty in event: the row of start itself
	Agg   string `yaml:"agg" json:"agg,omitempty"`   // min (default) or each: every row is a span of its own
	At    string `yaml:"at" json:"at"`
	Where string `yaml:"where" json:"where,omitempty"`
}

// Ends are the moments at which a span is censored, the earliest of them. A file
// states one moment or a list.
type Ends []Moment

// UnmarshalYAML reads one moment or a list.
func (e *Ends) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.SequenceNode {
		return n.Load((*[]Moment)(e), yaml.WithKnownFields())
	}
	var one Moment
	err := n.Load(&one, yaml.WithKnownFields())
	*e = Ends{one}
	return err
}

// part is the name under which parameters add conditions to an end.
func (m *Moment) part() string {
	if m.Name == "" {
		return untilColumn
	}
	return m.Name
}

// Param is something that a query may choose. Choices that redefine parts of
// the KPI are its rival definitions.
type Param struct {
	Doc      string            `yaml:"doc" json:"doc"`
	Default  string            `yaml:"default" json:"default,omitempty"`
	Required bool              `yaml:"required" json:"required,omitempty"`
	Type     string            `yaml:"type" json:"type,omitempty"`   // text (default) or number
	Where    map[string]string `yaml:"where" json:"where,omitempty"` // measure → further condition when the parameter is given
	Choices  map[string]Choice `yaml:"choices" json:"choices,omitempty"`
}

// Choice is one value of a parameter and what it changes.
type Choice struct {
	Name     string             `yaml:"name" json:"name"`
	Num      string             `yaml:"num" json:"num,omitempty"`
	Den      string             `yaml:"den" json:"den,omitempty"`
	Measures map[string]Measure `yaml:"measures" json:"measures,omitempty"`
}

// Edge says that a change of this KPI is expected to move another one.
type Edge struct {
	KPI  string `yaml:"kpi" json:"kpi"`
	Sign string `yaml:"sign" json:"sign"` // same or opposite
	Type string `yaml:"type" json:"type"` // leads, drives, part_of or trades_off
	Why  string `yaml:"why" json:"why"`
}

// Attributes are the twelve things to know about a KPI, none of them empty.
type Attributes struct {
	Definition               string   `yaml:"definition" json:"definition"`
	BusinessInsights         string   `yaml:"business_insights" json:"business_insights"`
	MeasurementApproach      string   `yaml:"measurement_approach" json:"measurement_approach"`
	StandardFormula          string   `yaml:"standard_formula" json:"standard_formula"`
	TrendAnalysis            string   `yaml:"trend_analysis" json:"trend_analysis"`
	DiagnosticQuestions      []string `yaml:"diagnostic_questions" json:"diagnostic_questions"`
	ActionableTips           []string `yaml:"actionable_tips" json:"actionable_tips"`
	VisualisationSuggestions []string `yaml:"visualisation_suggestions" json:"visualisation_suggestions"`
	RiskWarnings             []string `yaml:"risk_warnings" json:"risk_warnings"`
	ToolsAndTechnologies     []string `yaml:"tools_and_technologies" json:"tools_and_technologies"`
	IntegrationPoints        []string `yaml:"integration_points" json:"integration_points"`
	ChangeImpact             string   `yaml:"change_impact" json:"change_impact"`
}

// Parse reads and checks one definition. name is the file, for messages.
//
// Errors: fault.Invalid with every problem found, each with its place and
// remedy.
func Parse(name string, text []byte) (*Definition, error) {
	loader, err := yaml.NewLoader(bytes.NewReader(text), yaml.WithKnownFields())
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	var d Definition
	if err := loader.Load(&d); err != nil {
		return nil, fault.New(fault.Invalid, "%s: %w", name, err)
	}
	d.addDurationParams()
	if err := d.check(); err != nil {
		return nil, fault.New(fault.Invalid, "%s: %w", name, err)
	}
	return &d, nil
}

// Parameters that every duration KPI has.
const (
	statisticParam = "statistic"
	horizonParam   = "within_days"
	shareStatistic = "share"
)

// addDurationParams lets every duration KPI be read as a median or as the share
// that got there within a number of days, 30 unless the file says otherwise.
func (d *Definition) addDurationParams() {
	if d.Kind != "duration" {
		return
	}
	if d.Params == nil {
		d.Params = map[string]Param{}
	}
	d.Params[statisticParam] = Param{Doc: "the median time, or the share that got there within a number of days", Default: "median",
		Choices: map[string]Choice{"median": {Name: "median time in days"}, shareStatistic: {Name: "share within a number of days"}}}
	horizon := d.Params[horizonParam]
	if horizon.Default == "" {
		horizon.Default = "30"
	}
	horizon.Type, horizon.Doc = "number", "days within which the share is counted"
	d.Params[horizonParam] = horizon
}

// withChoices gives the definition after the parameters' choices were made.
func (d *Definition) withChoices(params map[string]string) *Definition {
	out := *d
	out.Measures = make(map[string]Measure, len(d.Measures))
	for name, m := range d.Measures {
		out.Measures[name] = m
	}
	for _, name := range sortedKeys(d.Params) {
		c, ok := d.Params[name].Choices[params[name]]
		if !ok {
			continue
		}
		if c.Num != "" {
			out.Num = c.Num
		}
		if c.Den != "" {
			out.Den = c.Den
		}
		for measure, m := range c.Measures {
			out.Measures[measure] = m
		}
	}
	return &out
}
