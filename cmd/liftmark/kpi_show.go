package main

import (
	"strconv"
	"strings"

	"github.com/liftmark/liftmark/internal/metric"
)

// explain prints a definition for reading: what it is, how it is computed, how
// its values are judged, what it is related to and its twelve attributes.
func (c *cli) explain(d *metric.Definition) {
	c.say("%s (%s, version %d)\n%s; %s is better; level %d", d.Name, d.ID, d.Version, d.Category, d.Direction, d.Level)
	c.section("Computed", computed(d))
	for _, name := range sortedNames(d.Params) {
		c.section("Parameter "+name, append([]string{describeParam(d.Params[name])}, redefined(d.Params[name])...))
	}
	c.section("Bands", bands(d))
	if d.Words != nil {
		c.section("In words", []string{d.Words.Subject + ": to " + d.Words.Event + "; until then " + d.Words.Until})
	}
	c.section("Related", d.Related)
	var impact []string
	for _, e := range d.Impact {
		impact = append(impact, strings.ReplaceAll(e.Type, "_", " ")+" "+e.KPI+" ("+e.Sign+" direction): "+e.Why)
	}
	c.section("Impact", impact)
	c.attributes(d.Attributes)
}

// section prints a heading and its lines; without lines, nothing.
func (c *cli) section(heading string, lines []string) {
	if len(lines) == 0 {
		return
	}
	c.say("\n%s", heading)
	for _, text := range lines {
		c.say("  %s", strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n  "))
	}
}

func (c *cli) attributes(a metric.Attributes) {
	for _, part := range []struct {
		name string
		text []string
	}{
		{"Definition", []string{a.Definition}}, {"Standard formula", []string{a.StandardFormula}},
		{"Business insights", []string{a.BusinessInsights}}, {"Measurement approach", []string{a.MeasurementApproach}},
		{"Trend analysis", []string{a.TrendAnalysis}}, {"Diagnostic questions", a.DiagnosticQuestions},
		{"Actionable tips", a.ActionableTips}, {"Visualisation suggestions", a.VisualisationSuggestions},
		{"Risk warnings", a.RiskWarnings}, {"Tools and technologies", a.ToolsAndTechnologies},
		{"Integration points", a.IntegrationPoints}, {"Change impact", []string{a.ChangeImpact}},
	} {
		c.section(part.name, part.text)
	}
}

// computed says how a KPI's value follows from the facts.
func computed(d *metric.Definition) []string {
	if d.Kind == "duration" {
		event := "its " + d.Event.At + where(d.Event.Where)
		if d.Event.Fact != "" {
			event = moment(*d.Event)
		}
		lines := []string{"duration of each " + d.Unit + ", in days, from start to event", "start: " + moment(*d.Start), "event: " + event}
		for _, m := range d.Until {
			lines = append(lines, "censored at: "+moment(m))
		}
		return append(lines, "censored at: the end of the data")
	}
	lines := []string{"ratio of sums over each " + d.Unit + ", in " + strings.ReplaceAll(d.Value, "_", " "), "numerator: " + d.Num, "denominator: " + d.Den}
	if d.Terminal {
		lines = append(lines, "the event is final: who had it in one period is not at risk in the next")
	}
	return append(lines, measures(d.Measures)...)
}

func moment(m metric.Moment) string {
	which := "first "
	if m.Agg == "each" {
		which = "each "
	}
	return which + m.Fact + ", " + m.At + where(m.Where)
}

func where(condition string) string {
	if condition == "" {
		return ""
	}
	return " where " + condition
}

func measures(all map[string]metric.Measure) []string {
	var lines []string
	for _, name := range sortedNames(all) {
		m := all[name]
		text := name + " = " + m.Agg + " of " + m.Fact
		if m.Field != "" {
			text += "." + m.Field
		}
		text += where(m.Where)
		for _, part := range []struct{ word, value string }{
			{"dated by ", m.At}, {"as of ", strings.ReplaceAll(m.AsOf, "_", " ")}, {"within days ", m.Within}, {"shared by ", m.SpreadBy},
		} {
			if part.value != "" {
				text += ", " + part.word + part.value
			}
		}
		lines = append(lines, text)
	}
	return lines
}

// redefined says what a parameter changes in the computation.
func redefined(p metric.Param) []string {
	var lines []string
	for _, part := range sortedNames(p.Where) {
		lines = append(lines, "adds to "+part+": "+p.Where[part])
	}
	for _, value := range sortedNames(p.Choices) {
		choice := p.Choices[value]
		text := value + ": " + choice.Name
		if choice.Num != "" {
			text += "; numerator: " + choice.Num
		}
		if choice.Den != "" {
			text += "; denominator: " + choice.Den
		}
		for _, m := range measures(choice.Measures) {
			text += "; " + m
		}
		lines = append(lines, text)
	}
	return lines
}

// bands lists the names of stretches of values, and the target.
func bands(d *metric.Definition) []string {
	var lines []string
	for _, b := range d.Bands {
		lines = append(lines, b.Name+": "+stretch(b))
	}
	if d.Target != nil {
		lines = append(lines, "target: "+stretch(*d.Target))
	}
	return lines
}

// stretch writes the ends of a band: "from 70 to 85", "over 85".
func stretch(b metric.Band) string {
	var parts []string
	for _, end := range []struct {
		word string
		at   *float64
	}{{"over ", b.Over}, {"from ", b.From}, {"to ", b.To}, {"under ", b.Under}} {
		if end.at != nil {
			parts = append(parts, end.word+strconv.FormatFloat(*end.at, 'f', -1, 64))
		}
	}
	return strings.Join(parts, " ")
}

func describeParam(p metric.Param) string {
	text := p.Doc
	if len(p.Choices) > 0 {
		text += ". One of: " + strings.Join(sortedNames(p.Choices), ", ")
	}
	switch {
	case p.Required:
		text += ". Required"
	case p.Default != "":
		text += ". Default: " + p.Default
	}
	return text + "."
}
