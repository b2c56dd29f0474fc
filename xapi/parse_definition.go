package xapi

import "github.com/go-json-experiment/json/jsontext"

const definitionProperties = "name, description, type, moreInfo, extensions, " +
	"interactionType, correctResponsesPattern, choices, scale, source, target, steps"

// componentLists are the lists of components that a type of interaction has.
func componentLists(interactionType string) (lists []string, known bool) {
	switch interactionType {
	case "choice", "sequencing":
		return []string{"choices"}, true
	case "likert":
		return []string{"scale"}, true
	case "matching":
		return []string{"source", "target"}, true
	case "performance":
		return []string{"steps"}, true
	case "true-false", "fill-in", "long-fill-in", "numeric", "other":
		return nil, true
	}
	return nil, false
}

// definition reads what a statement says of an Activity.
func (p *parser) definition() *ActivityDefinition {
	p.kind()
	start := p.pos
	d := &ActivityDefinition{}
	if !p.object(clauseActivity) {
		return d
	}
	var interaction []string
	for name, ok := p.member(); ok; name, ok = p.member() {
		switch name {
		case "name":
			d.Name = p.languageMap(clauseActivity)
		case "description":
			d.Description = p.languageMap(clauseActivity)
		case "type":
			d.Type = p.formatted(clauseActivity, iriFault)
		case "moreInfo":
			d.MoreInfo = p.formatted(clauseActivity, iriFault)
		case "extensions":
			d.Extensions = p.extensions()
		default:
			if !p.interactionMember(name, d) {
				p.unknown(name, definitionProperties, clauseFormatting)
				continue
			}
			interaction = append(interaction, name)
		}
	}
	if !p.full() {
		d.Raw = jsontext.Value(p.text[start:p.pos])
	}
	p.finishInteraction(d, interaction)
	return d
}

// interactionMember reads a property of an interaction; it is false, and reads
// nothing, for another property.
func (p *parser) interactionMember(name string, d *ActivityDefinition) bool {
	switch name {
	case "interactionType":
		d.InteractionType = p.formatted(clauseInteraction, interactionTypeFault)
	case "correctResponsesPattern":
		d.CorrectResponsesPattern = p.strings()
	case "choices":
		d.Choices = p.components()
	case "scale":
		d.Scale = p.components()
	case "source":
		d.Source = p.components()
	case "target":
		d.Target = p.components()
	case "steps":
		d.Steps = p.components()
	default:
		return false
	}
	return true
}

// interactionTypeFault tells what keeps text from being an interaction's type.
func interactionTypeFault(text string) string {
	if _, known := componentLists(text); known {
		return ""
	}
	return "must be true-false, choice, fill-in, long-fill-in, matching, performance, sequencing, likert, numeric or other"
}

// finishInteraction checks that the properties of an interaction fit its type.
func (p *parser) finishInteraction(d *ActivityDefinition, present []string) {
	if len(present) == 0 {
		return
	}
	if d.InteractionType == "" {
		p.reportOnce(clauseInteraction, "interactionType is missing: an interaction must say its type", present)
		return
	}
	lists, known := componentLists(d.InteractionType)
	if !known {
		return
	}
	for _, name := range present {
		if name == "interactionType" || name == "correctResponsesPattern" || contains(lists, name) {
			continue
		}
		p.report(clauseComponent, "."+name, "an interaction of type "+d.InteractionType+" has no "+name+": remove it, or correct interactionType", "")
	}
}

// reportOnce reports what all of several properties lack, unless the property
// itself is there and was reported.
func (p *parser) reportOnce(c clause, rule string, present []string) {
	if !contains(present, "interactionType") {
		p.missing(c, rule)
	}
}

// strings reads an array of texts.
func (p *parser) strings() []string {
	texts := []string{}
	if !p.array("strings", clauseInteraction) {
		return texts
	}
	for p.element() {
		texts = append(texts, p.str(clauseInteraction))
	}
	return texts
}

// components reads the components of an interaction, whose ids differ.
func (p *parser) components() []InteractionComponent {
	components := []InteractionComponent{}
	if !p.array("interaction components", clauseComponent) {
		return components
	}
	seen := map[string]bool{}
	for p.element() {
		component, ok := p.component()
		if ok && seen[component.ID] {
			p.report(clauseComponent, ".id", "another component of the list has this id: give each its own", quoted(component.ID))
		}
		seen[component.ID] = true
		components = append(components, component)
	}
	return components
}

// component reads one component; ok says that it has an id.
func (p *parser) component() (component InteractionComponent, ok bool) {
	if !p.object(clauseComponent) {
		return component, false
	}
	for name, more := p.member(); more; name, more = p.member() {
		switch name {
		case "id":
			component.ID, ok = p.str(clauseComponent), true
		case "description":
			component.Description = p.languageMap(clauseComponent)
		default:
			p.unknown(name, "id, description", clauseFormatting)
		}
	}
	if !ok {
		p.missing(clauseComponent, "id is missing: give the component's id within the list")
	}
	return component, ok
}

// contains tells whether one of texts is text.
func contains(texts []string, text string) bool {
	for _, t := range texts {
		if t == text {
			return true
		}
	}
	return false
}
