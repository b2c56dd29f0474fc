package xapi

import "bytes"

// FormatCanonical gives a statement as the format "canonical" of the Statements
// resource asks: activities with the definition that the store has of them, and
// one language in each language map of activities and verbs. Agents, Groups,
// attachments and extensions stay as they are.
//
// definition gives the JSON of an activity's definition, nil where the store
// has none; the statement's own then counts. languages are those that the
// reader prefers, best first, as [AcceptLanguage] gives them. A map without any
// of them gives a near one: en-US for en, de for de-AT, en-US for en-GB, at last
// its first.
//
// Errors: *Problem when body is no JSON object.
func FormatCanonical(body []byte, definition func(activity string) []byte, languages []string) ([]byte, error) {
	statement, err := jsonObject(body, "a statement")
	if err != nil {
		return nil, err
	}
	c := canonical{definition: definition, languages: languages}
	return c.statement(make([]byte, 0, len(statement)), statement), nil
}

// canonical makes the canonical form of the parts of a statement. Its methods
// append that of their argument to dst.
type canonical struct {
	definition func(activity string) []byte
	languages  []string
}

// statement takes a SubStatement, too.
func (c *canonical) statement(dst, statement []byte) []byte {
	return rewrite(dst, statement, func(dst []byte, m member) []byte {
		switch string(m.key()) {
		case "verb":
			return c.oneLanguageOf(dst, m.value, "display")
		case "object":
			return c.object(dst, m.value)
		case "context":
			return c.context(dst, m.value)
		}
		return append(dst, m.value...)
	})
}

func (c *canonical) object(dst, object []byte) []byte {
	switch objectType(object) {
	case "", "Activity":
		return c.activity(dst, object)
	case "SubStatement":
		return c.statement(dst, object)
	}
	return append(dst, object...)
}

func (c *canonical) context(dst, context []byte) []byte {
	return rewrite(dst, context, func(dst []byte, m member) []byte {
		if !m.is("contextActivities") {
			return append(dst, m.value...)
		}
		return rewrite(dst, m.value, func(dst []byte, m member) []byte { return rewriteEach(dst, m.value, c.activity) })
	})
}

// activity gives an activity with the store's definition, or with its own.
func (c *canonical) activity(dst, activity []byte) []byte {
	if !isObject(activity) {
		return append(dst, activity...)
	}
	known := bytes.TrimSpace(c.definition(textOf(activity, "id")))
	dst = rewrite(dst, activity, func(dst []byte, m member) []byte {
		switch {
		case !m.is("definition"):
			return append(dst, m.value...)
		case len(known) > 0:
			return dst
		}
		return c.oneDefinition(dst, m.value)
	})
	if len(known) == 0 {
		return dst
	}
	dst = appendName(dst[:len(dst)-1], "definition")
	return append(c.oneDefinition(dst, known), '}')
}

// oneDefinition gives a definition in one language.
func (c *canonical) oneDefinition(dst, definition []byte) []byte {
	return rewrite(dst, definition, func(dst []byte, m member) []byte {
		switch string(m.key()) {
		case "name", "description":
			return c.oneLanguage(dst, m.value)
		case "choices", "scale", "source", "target", "steps":
			return rewriteEach(dst, m.value, func(dst, component []byte) []byte {
				return c.oneLanguageOf(dst, component, "description")
			})
		}
		return append(dst, m.value...)
	})
}

// oneLanguageOf gives an object with one language in one of its members.
func (c *canonical) oneLanguageOf(dst, object []byte, name string) []byte {
	return rewrite(dst, object, func(dst []byte, m member) []byte {
		if m.is(name) {
			return c.oneLanguage(dst, m.value)
		}
		return append(dst, m.value...)
	})
}

// oneLanguage gives a language map with the language that fits best.
func (c *canonical) oneLanguage(dst, languages []byte) []byte {
	var tags []string
	for m := range members(languages) {
		tags = append(tags, string(m.key()))
	}
	if len(tags) < 2 {
		return append(dst, languages...)
	}
	best, i := chooseLanguage(tags, c.languages), -1
	return rewrite(dst, languages, func(dst []byte, m member) []byte {
		if i++; i == best {
			return append(dst, m.value...)
		}
		return dst
	})
}
