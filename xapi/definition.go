package xapi

import (
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// MergeDefinition gives what a store knows of an activity after a statement has
// defined it again: old is the JSON of the definition so far, nil or empty for
// none, add that of the new one. Languages and extensions are added, and of
// those that both have the new one counts, as do a new type and moreInfo. What
// the activity asks stays as it was first told: interactionType and
// correctResponsesPattern are added only where there were none, components only
// to a list of the same interaction type, by id.
//
// The result has its members in a fixed order and its maps sorted, so that equal
// definitions merged in equal order give equal bytes, and merging the same again
// changes nothing.
//
// Errors: *Problem when one of them is no JSON object.
func MergeDefinition(old, add []byte) ([]byte, error) {
	var known ActivityDefinition
	var err error
	if len(old) > 0 {
		if known, err = readDefinition(old); err != nil {
			return nil, err
		}
	}
	added, err := readDefinition(add)
	if err != nil {
		return nil, err
	}
	known.merge(&added)
	return known.appendJSON(nil), nil
}

// merge adds what a newer definition says.
func (d *ActivityDefinition) merge(add *ActivityDefinition) {
	d.Name = joinMaps(d.Name, add.Name)
	d.Description = joinMaps(d.Description, add.Description)
	d.Extensions = joinMaps(d.Extensions, add.Extensions)
	if add.Type != "" {
		d.Type = add.Type
	}
	if add.MoreInfo != "" {
		d.MoreInfo = add.MoreInfo
	}
	if d.InteractionType == "" {
		d.InteractionType = add.InteractionType
	}
	if add.InteractionType != "" && add.InteractionType != d.InteractionType {
		return
	}
	if len(d.CorrectResponsesPattern) == 0 {
		d.CorrectResponsesPattern = add.CorrectResponsesPattern
	}
	added := add.components()
	for i, list := range d.components() {
		*list.components = joinComponents(*list.components, *added[i].components)
	}
}

// joinMaps adds the entries of one map to another, which may be nil.
func joinMaps[M ~map[string]V, V any](to, from M) M {
	if to == nil {
		return from
	}
	for key, value := range from {
		to[key] = value
	}
	return to
}

// joinComponents adds components by id, and languages to those that are there.
func joinComponents(to, from []InteractionComponent) []InteractionComponent {
	place := make(map[string]int, len(to))
	for i, c := range to {
		place[c.ID] = i
	}
	for _, c := range from {
		if i, ok := place[c.ID]; ok {
			to[i].Description = joinMaps(to[i].Description, c.Description)
			continue
		}
		place[c.ID] = len(to)
		to = append(to, c)
	}
	return to
}

// readDefinition reads what is well-formed in a definition; whether it is valid
// is the parser's matter.
func readDefinition(text []byte) (d ActivityDefinition, err error) {
	object, err := jsonObject(text, "an activity's definition")
	if err != nil {
		return d, err
	}
	for m := range members(object) {
		d.read(string(m.key()), m.value)
	}
	return d, nil
}

func (d *ActivityDefinition) read(name string, value []byte) {
	switch name {
	case "name":
		d.Name = readLanguages(value)
	case "description":
		d.Description = readLanguages(value)
	case "type":
		d.Type = unquote(value)
	case "moreInfo":
		d.MoreInfo = unquote(value)
	case "interactionType":
		d.InteractionType = unquote(value)
	case "correctResponsesPattern":
		for element := range elements(value) {
			d.CorrectResponsesPattern = append(d.CorrectResponsesPattern, unquote(element))
		}
	case "extensions":
		d.Extensions = Extensions{}
		for m := range members(value) {
			d.Extensions[string(m.key())] = jsontext.Value(m.value)
		}
	}
	for _, list := range d.components() {
		if list.name == name {
			*list.components = readComponents(value)
		}
	}
}

func readLanguages(object []byte) LanguageMap {
	texts := LanguageMap{}
	for m := range members(object) {
		texts[string(m.key())] = unquote(m.value)
	}
	return texts
}

func readComponents(array []byte) []InteractionComponent {
	var components []InteractionComponent
	for element := range elements(array) {
		var c InteractionComponent
		for m := range members(element) {
			switch string(m.key()) {
			case "id":
				c.ID = unquote(m.value)
			case "description":
				c.Description = readLanguages(m.value)
			}
		}
		components = append(components, c)
	}
	return slices.Clip(joinComponents(nil, components))
}
