package xapi

import (
	"cmp"
	"maps"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// AppendJSON appends the statement as JSON, made of its members; Raw plays no
// part. What is empty is left out, maps are sorted, and objectType is always
// written, so that equal statements give equal bytes. Numbers must be finite;
// [Parse] tells whether the result is a valid statement.
func (s *Statement) AppendJSON(dst []byte) []byte {
	dst = append(dst, '{')
	dst = appendText(dst, "id", s.ID)
	dst = s.asSub().appendMembers(dst)
	dst = appendText(dst, "stored", s.Stored)
	if s.Authority != nil {
		dst = s.Authority.AppendJSON(appendName(dst, "authority"))
	}
	dst = appendText(dst, "version", s.Version)
	return append(dst, '}')
}

// asSub gives what a statement has in common with a SubStatement.
func (s *Statement) asSub() *SubStatement {
	return &SubStatement{
		Actor: s.Actor, Verb: s.Verb, Object: s.Object, Result: s.Result, Context: s.Context,
		Timestamp: s.Timestamp, Attachments: s.Attachments,
	}
}

func (s *SubStatement) appendMembers(dst []byte) []byte {
	dst = s.Actor.AppendJSON(appendName(dst, "actor"))
	dst = s.Verb.appendJSON(appendName(dst, "verb"))
	dst = s.Object.appendJSON(appendName(dst, "object"))
	if s.Result != nil {
		dst = s.Result.appendJSON(appendName(dst, "result"))
	}
	if s.Context != nil {
		dst = s.Context.appendJSON(appendName(dst, "context"))
	}
	dst = appendText(dst, "timestamp", s.Timestamp)
	return appendList(dst, "attachments", s.Attachments, (*Attachment).appendJSON)
}

// AppendJSON appends the actor as JSON. What is empty is left out.
func (a Actor) AppendJSON(dst []byte) []byte {
	dst = append(dst, '{')
	dst = appendText(dst, "objectType", cmp.Or(a.ObjectType, "Agent"))
	dst = appendText(dst, "name", a.Name)
	dst = appendText(dst, "mbox", a.Mbox)
	dst = appendText(dst, "mbox_sha1sum", a.MboxSHA1Sum)
	dst = appendText(dst, "openid", a.OpenID)
	if a.Account != nil {
		dst = a.Account.appendJSON(appendName(dst, "account"))
	}
	dst = appendList(dst, "member", a.Member, func(m *Actor, dst []byte) []byte { return m.AppendJSON(dst) })
	return append(dst, '}')
}

func (a *Account) appendJSON(dst []byte) []byte {
	dst = appendQuoted(appendName(append(dst, '{'), "homePage"), a.HomePage)
	return append(appendQuoted(appendName(dst, "name"), a.Name), '}')
}

func (v *Verb) appendJSON(dst []byte) []byte {
	dst = append(dst, '{')
	dst = appendText(dst, "id", v.ID)
	dst = appendLanguages(dst, "display", v.Display)
	return append(dst, '}')
}

func (o *Object) appendJSON(dst []byte) []byte {
	switch {
	case o.Activity != nil:
		return o.Activity.appendJSON(dst)
	case o.Actor != nil:
		return o.Actor.AppendJSON(dst)
	case o.SubStatement != nil:
		dst = appendText(append(dst, '{'), "objectType", "SubStatement")
		return append(o.SubStatement.appendMembers(dst), '}')
	default:
		dst = appendText(append(dst, '{'), "objectType", "StatementRef")
		return append(appendText(dst, "id", o.StatementRef), '}')
	}
}

func (a *Activity) appendJSON(dst []byte) []byte {
	dst = appendText(append(dst, '{'), "objectType", "Activity")
	dst = appendText(dst, "id", a.ID)
	if a.Definition != nil {
		dst = a.Definition.appendJSON(appendName(dst, "definition"))
	}
	return append(dst, '}')
}

func (d *ActivityDefinition) appendJSON(dst []byte) []byte {
	dst = append(dst, '{')
	dst = appendLanguages(dst, "name", d.Name)
	dst = appendLanguages(dst, "description", d.Description)
	dst = appendText(dst, "type", d.Type)
	dst = appendText(dst, "moreInfo", d.MoreInfo)
	dst = appendText(dst, "interactionType", d.InteractionType)
	dst = appendTexts(dst, "correctResponsesPattern", d.CorrectResponsesPattern)
	for _, list := range d.components() {
		dst = appendList(dst, list.name, *list.components, (*InteractionComponent).appendJSON)
	}
	dst = appendExtensions(dst, d.Extensions)
	return append(dst, '}')
}

// namedComponents is a list of components and its property's name.
type namedComponents struct {
	name       string
	components *[]InteractionComponent
}

// components gives the definition's component lists in the order in which they
// are written.
func (d *ActivityDefinition) components() [5]namedComponents {
	return [5]namedComponents{
		{"choices", &d.Choices}, {"scale", &d.Scale}, {"source", &d.Source}, {"target", &d.Target}, {"steps", &d.Steps},
	}
}

func (c *InteractionComponent) appendJSON(dst []byte) []byte {
	dst = append(dst, '{')
	dst = appendQuoted(appendName(dst, "id"), c.ID)
	dst = appendLanguages(dst, "description", c.Description)
	return append(dst, '}')
}

func (r *Result) appendJSON(dst []byte) []byte {
	dst = append(dst, '{')
	if r.Score != nil {
		dst = append(appendName(dst, "score"), '{')
		dst = appendNumber(dst, "scaled", r.Score.Scaled)
		dst = appendNumber(dst, "raw", r.Score.Raw)
		dst = appendNumber(dst, "min", r.Score.Min)
		dst = append(appendNumber(dst, "max", r.Score.Max), '}')
	}
	dst = appendBool(dst, "success", r.Success)
	dst = appendBool(dst, "completion", r.Completion)
	dst = appendText(dst, "response", r.Response)
	dst = appendText(dst, "duration", r.Duration)
	dst = appendExtensions(dst, r.Extensions)
	return append(dst, '}')
}

func (c *Context) appendJSON(dst []byte) []byte {
	dst = append(dst, '{')
	dst = appendText(dst, "registration", c.Registration)
	if c.Instructor != nil {
		dst = c.Instructor.AppendJSON(appendName(dst, "instructor"))
	}
	if c.Team != nil {
		dst = c.Team.AppendJSON(appendName(dst, "team"))
	}
	if c.ContextActivities != nil {
		dst = c.ContextActivities.appendJSON(appendName(dst, "contextActivities"))
	}
	dst = appendContextActors(dst, "contextAgents", "contextAgent", "agent", c.Agents)
	dst = appendContextActors(dst, "contextGroups", "contextGroup", "group", c.Groups)
	dst = appendText(dst, "revision", c.Revision)
	dst = appendText(dst, "platform", c.Platform)
	dst = appendText(dst, "language", c.Language)
	if c.Statement != "" {
		dst = appendText(append(appendName(dst, "statement"), '{'), "objectType", "StatementRef")
		dst = append(appendText(dst, "id", c.Statement), '}')
	}
	dst = appendExtensions(dst, c.Extensions)
	return append(dst, '}')
}

func (c *ContextActivities) appendJSON(dst []byte) []byte {
	dst = append(dst, '{')
	dst = appendList(dst, "parent", c.Parent, (*Activity).appendJSON)
	dst = appendList(dst, "grouping", c.Grouping, (*Activity).appendJSON)
	dst = appendList(dst, "category", c.Category, (*Activity).appendJSON)
	dst = appendList(dst, "other", c.Other, (*Activity).appendJSON)
	return append(dst, '}')
}

func appendContextActors(dst []byte, list, objectType, role string, actors []ContextActor) []byte {
	return appendList(dst, list, actors, func(c *ContextActor, dst []byte) []byte {
		dst = appendText(append(dst, '{'), "objectType", objectType)
		dst = c.Actor.AppendJSON(appendName(dst, role))
		return append(appendTexts(dst, "relevantTypes", c.RelevantTypes), '}')
	})
}

func (a *Attachment) appendJSON(dst []byte) []byte {
	dst = append(dst, '{')
	dst = appendText(dst, "usageType", a.UsageType)
	dst = appendLanguages(dst, "display", a.Display)
	dst = appendLanguages(dst, "description", a.Description)
	dst = appendText(dst, "contentType", a.ContentType)
	dst = strconv.AppendInt(appendName(dst, "length"), a.Length, 10)
	dst = appendText(dst, "sha2", a.SHA2)
	dst = appendText(dst, "fileUrl", a.FileURL)
	return append(dst, '}')
}

// appendComma separates a member from the one before it, if there is one, in an
// object that is not closed yet.
func appendComma(dst []byte) []byte {
	if dst[len(dst)-1] != '{' {
		dst = append(dst, ',')
	}
	return dst
}

// appendName begins a member; name needs no escape.
func appendName(dst []byte, name string) []byte {
	dst = append(appendComma(dst), '"')
	dst = append(dst, name...)
	return append(dst, '"', ':')
}

// appendQuoted appends a string; what is no UTF-8 becomes U+FFFD.
func appendQuoted(dst []byte, text string) []byte {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c >= 0x7f || c == '"' || c == '\\' {
			quoted, _ := jsontext.AppendQuote(dst, text) // its error tells of the replacement
			return quoted
		}
	}
	dst = append(append(dst, '"'), text...)
	return append(dst, '"')
}

func appendText(dst []byte, name, text string) []byte {
	if text == "" {
		return dst
	}
	return appendQuoted(appendName(dst, name), text)
}

func appendTexts(dst []byte, name string, texts []string) []byte {
	return appendList(dst, name, texts, func(text *string, dst []byte) []byte { return appendQuoted(dst, *text) })
}

func appendBool(dst []byte, name string, value *bool) []byte {
	if value == nil {
		return dst
	}
	return strconv.AppendBool(appendName(dst, name), *value)
}

func appendNumber(dst []byte, name string, value *float64) []byte {
	if value == nil {
		return dst
	}
	return strconv.AppendFloat(appendName(dst, name), *value, 'g', -1, 64)
}

func appendList[T any](dst []byte, name string, list []T, element func(t *T, dst []byte) []byte) []byte {
	if len(list) == 0 {
		return dst
	}
	dst = append(appendName(dst, name), '[')
	for i := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = element(&list[i], dst)
	}
	return append(dst, ']')
}

func appendLanguages(dst []byte, name string, texts LanguageMap) []byte {
	if len(texts) == 0 {
		return dst
	}
	dst = append(appendName(dst, name), '{')
	for _, tag := range slices.Sorted(maps.Keys(texts)) {
		dst = append(appendQuoted(appendComma(dst), tag), ':')
		dst = appendQuoted(dst, texts[tag])
	}
	return append(dst, '}')
}

func appendExtensions(dst []byte, extensions Extensions) []byte {
	if len(extensions) == 0 {
		return dst
	}
	dst = append(appendName(dst, "extensions"), '{')
	for _, key := range slices.Sorted(maps.Keys(extensions)) {
		dst = append(appendQuoted(appendComma(dst), key), ':')
		if len(extensions[key]) == 0 {
			dst = append(dst, "null"...)
		}
		dst = append(dst, extensions[key]...)
	}
	return append(dst, '}')
}
