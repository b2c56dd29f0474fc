package metric

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/record"
)

// ValueUnits are the units of a KPI's value. A percent and points are hundred
// times num ÷ den; money is in minor units of the reporting currency.
func ValueUnits() []string {
	return []string{"percent", "points", "number", "per_account_month", "money", "days"}
}

// Aggs are the aggregates of a measure. months is the time in which a span was
// in force, in calendar months.
func Aggs() []string {
	return []string{"count", "sum", "min", "max", "distinct", "first", "last", "months"}
}

var idPattern = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// problems collects what is wrong, so that all of it is reported at once.
type problems []error

func (p *problems) add(format string, args ...any) {
	*p = append(*p, fmt.Errorf(format, args...))
}

func (p *problems) oneOf(what, value string, allowed ...string) {
	if !slices.Contains(allowed, value) {
		p.add("%s is %q; it must be one of %s", what, value, strings.Join(allowed, ", "))
	}
}

func (p *problems) needed(what, value string) {
	if strings.TrimSpace(value) == "" {
		p.add("%s is missing", what)
	}
}

// check finds everything that is wrong with a definition by itself. Whether
// related KPIs exist is the library's to say.
func (d *Definition) check() error {
	var p problems
	if !idPattern.MatchString(d.ID) {
		p.add("id is %q; use lower-case letters, digits and underscores", d.ID)
	}
	if d.Version < 1 {
		p.add("version must be 1 or more")
	}
	p.needed("name", d.Name)
	p.needed("category", d.Category)
	if d.Level < 1 || d.Level > 5 {
		p.add("level is %d; it must be 1 to 5", d.Level)
	}
	p.oneOf("unit", d.Unit, "account", "person")
	p.oneOf("value", d.Value, ValueUnits()...)
	p.oneOf("direction", d.Direction, "higher", "lower")
	p.oneOf("kind", d.Kind, "ratio", "duration")
	d.checkParams(&p)
	if d.Kind == "ratio" {
		d.checkRatio(&p)
	} else {
		d.checkDuration(&p)
	}
	if d.Terminal && d.Kind != "ratio" {
		p.add("terminal belongs to kind: ratio; the event of a duration ends its span by itself")
	}
	d.Words.check(&p)
	d.checkBands(&p)
	d.checkEdges(&p)
	d.Attributes.check(&p)
	return errors.Join(p...)
}

func (d *Definition) checkParams(p *problems) {
	for _, name := range sortedKeys(d.Params) {
		param := d.Params[name]
		p.needed("params."+name+".doc", param.Doc)
		p.oneOf("params."+name+".type", param.Type, "", "text", "number")
		for measure := range param.Where {
			if !slices.Contains(d.parts(), measure) {
				p.add("params.%s.where: there is no %q; the parts are %s", name, measure, strings.Join(d.parts(), ", "))
			}
		}
		if _, ok := param.Choices[param.Default]; len(param.Choices) > 0 && !ok && !(param.Required && param.Default == "") {
			p.add("params.%s.default is %q; it must be one of %s", name, param.Default, strings.Join(sortedKeys(param.Choices), ", "))
		}
		for _, value := range sortedKeys(param.Choices) {
			p.needed("params."+name+".choices."+value+".name", param.Choices[value].Name)
		}
	}
}

// parts names what a parameter may add a condition to: the measures, or the
// moments of a duration.
func (d *Definition) parts() []string {
	if d.Kind == "duration" {
		parts := []string{startColumn, eventColumn, untilColumn}
		for i := range d.Until {
			if part := d.Until[i].part(); !slices.Contains(parts, part) {
				parts = append(parts, part)
			}
		}
		return parts
	}
	return sortedKeys(d.Measures)
}

// sampleParams gives every parameter a value, so that conditions can be read
// before a query gives them.
func (d *Definition) sampleParams() map[string]any {
	out := map[string]any{}
	for name, param := range d.Params {
		text := param.Default
		if text == "" && param.Type == "number" {
			text = "1"
		}
		v, err := param.read(text)
		if err != nil {
			v = 1.0
		}
		out[name] = v
	}
	return out
}

func (d *Definition) checkRatio(p *problems) {
	if d.Start != nil || d.Event != nil || d.Until != nil {
		p.add("start, event and until belong to kind: duration")
	}
	if len(d.Measures) == 0 {
		p.add("measures are missing")
	}
	for _, variant := range d.variants() {
		for _, name := range sortedKeys(variant.Measures) {
			variant.checkMeasure(p, name)
		}
		scope := measureScope{sortedKeys(variant.Measures), d.sampleParams(), map[string]bool{}}
		for _, part := range []struct{ name, text string }{{"num", variant.Num}, {"den", variant.Den}} {
			if _, err := parseNumber(part.text, scope); err != nil {
				p.add("%s: %w", part.name, err)
			}
		}
	}
}

// variants gives the definition under each choice of each parameter.
func (d *Definition) variants() []*Definition {
	out := []*Definition{d.withChoices(d.defaults())}
	for _, name := range sortedKeys(d.Params) {
		for _, value := range sortedKeys(d.Params[name].Choices) {
			params := d.defaults()
			params[name] = value
			out = append(out, d.withChoices(params))
		}
	}
	return out
}

func (d *Definition) defaults() map[string]string {
	out := map[string]string{}
	for name, param := range d.Params {
		if param.Default != "" {
			out[name] = param.Default
		}
	}
	return out
}

func (d *Definition) checkMeasure(p *problems, name string) {
	m := d.Measures[name]
	what := "measures." + name
	src, err := findSource(m.Fact)
	if err != nil {
		p.add("%s: %w", what, err)
		return
	}
	p.oneOf(what+".agg", m.Agg, Aggs()...)
	p.oneOf(what+".as_of", m.AsOf, "", "period_start", "period_end")
	if m.Agg == "months" && !src.isSpan() || src.isSpan() && m.Agg != "months" && m.AsOf == "" {
		p.add("%s: %s needs as_of or agg: months, and only spans have months", what, m.Fact)
	}
	if m.Within != "" && (m.AsOf == "" || src.isSpan()) {
		p.add("%s: within_days goes with as_of and a fact", what)
	}
	if _, err := m.window(d.sampleParams()); err != nil {
		p.add("%s: %w", what, err)
	}
	d.checkField(p, what, m, src)
	if f, ok := src.Field(m.At); m.At != "" && (!ok || f.Type != record.Time) {
		p.add("%s.at: %s has no time %q", what, src.Name, m.At)
	}
	scope := newRowScope(src, d.sampleParams(), 2)
	d.checkConditions(p, what, name, m.Where, scope)
}

// checkConditions reads the conditions on a measure or moment, its own and
// those that parameters add.
func (d *Definition) checkConditions(p *problems, what, part, own string, scope *rowScope) {
	conditions := []string{own}
	for _, param := range sortedKeys(d.Params) {
		conditions = append(conditions, d.Params[param].Where[part])
	}
	for _, text := range conditions {
		if text == "" {
			continue
		}
		if _, err := parseCondition(text, scope); err != nil {
			p.add("%s.where: %w", what, err)
		}
	}
}

func (d *Definition) checkField(p *problems, what string, m Measure, src source) {
	if m.SpreadBy != "" {
		if _, ok := d.Measures[m.SpreadBy]; !ok || !src.isCost() {
			p.add("%s.spread_by: it names a measure, and the fact must be cost", what)
		}
	}
	f, ok := src.Field(m.Field)
	switch {
	case m.Agg == "count" || m.Agg == "months":
		if m.Field != "" {
			p.add("%s: %s takes no field", what, m.Agg)
		}
	case !ok:
		p.add("%s.field: %s has no field %q; it has %s", what, src.Name, m.Field, fieldNames(src.Fields))
	case m.Agg != "distinct" && kindOf(f.Type) != numberKind:
		p.add("%s.field: %s of %s, which is no number", what, m.Agg, m.Field)
	}
}

func (d *Definition) checkDuration(p *problems) {
	if len(d.Measures) > 0 || d.Num != "" || d.Den != "" {
		p.add("measures, num and den belong to kind: ratio")
	}
	if d.Value != "days" {
		p.add("value is %q; a duration is in days", d.Value)
	}
	if d.Start == nil || d.Event == nil {
		p.add("start and event are missing")
		return
	}
	d.checkMoment(p, "start", d.Start, d.Start.Fact, false)
	event := d.Event.Fact
	if event == "" {
		event = d.Start.Fact
	}
	d.checkMoment(p, "event", d.Event, event, true)
	for i := range d.Until {
		d.checkMoment(p, d.Until[i].part(), &d.Until[i], d.Until[i].Fact, true)
	}
	for i := range d.Until {
		if name := d.Until[i].Name; name != "" && (!idPattern.MatchString(name) || name == startColumn || name == eventColumn) {
			p.add("until[%d].name is %q; use lower-case letters, digits and underscores, and neither start nor event", i, name)
		}
	}
	if d.Start.Name != "" || d.Event.Name != "" {
		p.add("start and event take no name")
	}
	if (d.Event.Fact == "") != (d.Start.Agg == "each") {
		p.add("event without a fact goes with start.agg: each, where every row is a span of its own")
	}
}

// checkMoment checks one moment; ofAccount says that one of the person's account
// will do.
func (d *Definition) checkMoment(p *problems, what string, m *Moment, fact string, ofAccount bool) {
	p.oneOf(what+".agg", m.Agg, "", "min", "each")
	src, err := findSource(fact)
	if err != nil {
		p.add("%s: %w", what, err)
		return
	}
	if f, ok := src.Field(m.At); !ok || f.Type != record.Time {
		p.add("%s.at: %s has no time %q; its fields are %s", what, fact, m.At, fieldNames(src.Fields))
	}
	if d.Unit == "person" && !src.Has("person_id") && !(ofAccount && src.Has("account_id")) {
		p.add("%s: a %s row belongs to no person", what, fact)
	}
	d.checkConditions(p, what, what, m.Where, newRowScope(src, d.sampleParams(), 2))
}

func (d *Definition) checkEdges(p *problems) {
	for i, e := range d.Impact {
		what := fmt.Sprintf("impact[%d]", i)
		p.needed(what+".kpi", e.KPI)
		p.needed(what+".why", e.Why)
		p.oneOf(what+".sign", e.Sign, "same", "opposite")
		p.oneOf(what+".type", e.Type, "leads", "drives", "part_of", "trades_off")
	}
}

func (a *Attributes) check(p *problems) {
	for _, text := range []struct{ name, value string }{
		{"definition", a.Definition}, {"business_insights", a.BusinessInsights},
		{"measurement_approach", a.MeasurementApproach}, {"standard_formula", a.StandardFormula},
		{"trend_analysis", a.TrendAnalysis}, {"change_impact", a.ChangeImpact},
		{"diagnostic_questions", strings.Join(a.DiagnosticQuestions, " ")}, {"actionable_tips", strings.Join(a.ActionableTips, " ")},
		{"visualisation_suggestions", strings.Join(a.VisualisationSuggestions, " ")}, {"risk_warnings", strings.Join(a.RiskWarnings, " ")},
		{"tools_and_technologies", strings.Join(a.ToolsAndTechnologies, " ")}, {"integration_points", strings.Join(a.IntegrationPoints, " ")},
	} {
		p.needed("attributes."+text.name, text.value)
	}
}

// resolveParams reads the values that a query gives, fills in the defaults and
// names what is missing. An empty value clears a default.
func (d *Definition) resolveParams(given map[string]string) (texts map[string]string, values map[string]any, err error) {
	var p problems
	texts, values = d.defaults(), map[string]any{}
	for _, name := range sortedKeys(given) {
		if _, ok := d.Params[name]; !ok {
			p.add("%s has no parameter %q; it has %s", d.ID, name, orNone(sortedKeys(d.Params)))
			continue
		}
		texts[name] = given[name]
		if given[name] == "" {
			delete(texts, name)
		}
	}
	for _, name := range sortedKeys(d.Params) {
		param, text := d.Params[name], texts[name]
		if text == "" {
			if param.Required || len(param.Choices) > 0 {
				p.add("%s needs the parameter %q (%s)", d.ID, name, param.Doc)
			}
			continue
		}
		v, err := param.read(text)
		if err != nil {
			p.add("parameter %q of %s: %w", name, d.ID, err)
		}
		values[name] = v
	}
	if len(p) > 0 {
		return nil, nil, fault.New(fault.Invalid, "%w", errors.Join(p...))
	}
	return texts, values, nil
}

func orNone(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
