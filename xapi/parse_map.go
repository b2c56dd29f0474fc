package xapi

import "github.com/go-json-experiment/json/jsontext"

// languageMap reads texts by language tag. c is the clause of the property.
func (p *parser) languageMap(c clause) LanguageMap {
	if p.kind() != '{' {
		p.wrongType("a language map, such as {\"en\": \"text\"}", c)
		return nil
	}
	p.object(c)
	texts := LanguageMap{}
	for tag, ok := p.member(); ok; tag, ok = p.member() {
		if rule := languageTagFault(tag); rule != "" {
			p.report(clauseLanguageMap, "", "the key "+rule, quoted(tag))
		}
		texts[tag] = p.str(clauseLanguageMap)
	}
	return texts
}

// extensions reads values of any kind by IRI; whatever is in them is kept.
func (p *parser) extensions() Extensions {
	if !p.object(clauseExtensions) {
		return nil
	}
	values := Extensions{}
	for key, ok := p.member(); ok; key, ok = p.member() {
		if rule := iriFault(key); rule != "" {
			p.report(clauseExtensions, "", "the key "+rule, quoted(key))
		}
		values[key] = p.anything()
	}
	return values
}

// anything reads a value of any kind, in which alone names must not repeat.
func (p *parser) anything() jsontext.Value {
	nested := p.kind() == '{' || p.kind() == '['
	start := p.pos
	p.skip()
	value := p.since(start)
	if nested && !value.IsValid() {
		p.report(clauseFormatting, "", "within the value, an object has a property twice: keep one of them", string(value))
	}
	return value
}
