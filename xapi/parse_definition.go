package xapi

const definitionProperties = "name, description, type, moreInfo, extensions, " +
	"interactionType, correctResponsesPattern, choices, scale, source, target, steps"

// interactionProperties are the properties of an interaction, by the bit that
// notes their presence.
var interactionProperties = [...]string{
	"interactionType", "correctResponsesPattern", "choices", "scale", "source", "target", "steps",
}

// propertySet notes which interactionProperties are there.
type propertySet uint8

const (
	hasType propertySet = 1 << iota
	hasPattern
	hasChoices
	hasScale
	hasSource
	hasTarget
	hasSteps
)

// fitting gives the properties that a type of interaction may have.
func fitting(interactionType string) (set propertySet, known bool) {
	const always = hasType | hasPattern
	switch interactionType {
	case "choice", "sequencing":
		return always | hasChoices, true
	case "likert":
		return always | hasScale, true
	case "matching":
		return always | hasSource | hasTarget, true
	case "performance":
		return always | hasSteps, true
	case "true-false", "fill-in", "long-fill-in", "numeric", "other":
		return always, true
	}
	return 0, false
}

// definition reads what a statement says of an Activity.
func (p *parser) definition() *ActivityDefinition {
	p.kind()
	start := p.pos
	d := &ActivityDefinition{}
	if !p.object(clauseActivity) {
		return d
	}
	var present propertySet
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
			present |= p.interactionMember(name, d)
		}
	}
	d.Raw = p.since(start)
	p.finishInteraction(d, present)
	return d
}

// interactionMember reads a property of an interaction and notes it.
func (p *parser) interactionMember(name string, d *ActivityDefinition) propertySet {
	switch name {
	case "interactionType":
		d.InteractionType = p.formatted(clauseInteraction, interactionTypeFault)
		return hasType
	case "correctResponsesPattern":
		d.CorrectResponsesPattern = p.strings()
		return hasPattern
	case "choices":
		d.Choices = p.components()
		return hasChoices
	case "scale":
		d.Scale = p.components()
		return hasScale
	case "source":
		d.Source = p.components()
		return hasSource
	case "target":
		d.Target = p.components()
		return hasTarget
	case "steps":
		d.Steps = p.components()
		return hasSteps
	}
	p.unknown(name, definitionProperties, clauseFormatting)
	return 0
}

// interactionTypeFault tells what keeps text from being an interaction's type.
func interactionTypeFault(text string) string {
	if _, known := fitting(text); known {
		return ""
	}
	return "must be true-false, choice, fill-in, long-fill-in, matching, performance, sequencing, likert, numeric or other"
}

// finishInteraction checks that the properties of an interaction fit its type.
func (p *parser) finishInteraction(d *ActivityDefinition, present propertySet) {
	if present != 0 && present&hasType == 0 {
		p.missing(clauseInteraction, "interactionType is missing: an interaction must say its type")
		return
	}
	fits, known := fitting(d.InteractionType)
	if !known || present&^fits == 0 {
		return
	}
	for i, name := range interactionProperties {
		if (present&^fits)&(1<<i) != 0 {
			p.report(clauseComponent, "."+name, "an interaction of type "+d.InteractionType+" has no "+name+": remove it, or correct interactionType", "")
		}
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
	var seen map[string]bool // beyond a few components
	for p.element() {
		component, ok := p.component()
		if ok && hasComponent(components, seen, component.ID) {
			p.report(clauseComponent, ".id", "another component of the list has this id: give each its own", quoted(component.ID))
		}
		components = append(components, component)
		if seen = noted(components, seen); seen != nil {
			seen[component.ID] = true
		}
	}
	return components
}

// noted gives the set of ids, made when the components are no longer few.
func noted(components []InteractionComponent, seen map[string]bool) map[string]bool {
	if seen != nil || len(components) <= few {
		return seen
	}
	seen = map[string]bool{}
	for i := range components {
		seen[components[i].ID] = true
	}
	return seen
}

// hasComponent tells whether a component has the id.
func hasComponent(components []InteractionComponent, seen map[string]bool, id string) bool {
	if seen != nil {
		return seen[id]
	}
	for i := range components {
		if components[i].ID == id {
			return true
		}
	}
	return false
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
