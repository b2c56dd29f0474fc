package lrs

import (
	"bytes"
	"mime"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/liftmark/liftmark/internal/fault"
)

// contentJSON is the content type of documents that can be joined.
const contentJSON = "application/json"

// member is a member of a JSON object: its name and value as they stand.
type member struct {
	name  string
	value jsontext.Value
}

// join gives a document with the members of both; those of add win. Members
// keep their places, new ones follow.
func join(old, add *Document) (*Document, error) {
	was, err := objectMembers(old)
	if err != nil {
		return nil, fault.New(fault.Invalid, "what is stored cannot be joined with what was sent: %w; replace it with PUT", err)
	}
	is, err := objectMembers(add)
	if err != nil {
		return nil, fault.New(fault.Invalid, "what was sent cannot be joined with what is stored: %w; replace it with PUT", err)
	}
	at := make(map[string]int, len(was)+len(is))
	for i, m := range was {
		at[m.name] = i
	}
	for _, m := range is {
		if i, have := at[m.name]; have {
			was[i].value = m.value
			continue
		}
		was = append(was, m)
	}
	body, err := appendObject(make([]byte, 0, len(old.Body)+len(add.Body)), was)
	if err != nil {
		return nil, err
	}
	return &Document{Key: add.Key, ContentType: old.ContentType, Body: body}, nil
}

// objectMembers gives the members of a document that is a JSON object.
func objectMembers(doc *Document) ([]member, error) {
	if media, _, err := mime.ParseMediaType(doc.ContentType); err != nil || media != contentJSON {
		return nil, fault.New(fault.Invalid, "its content type is %q, not %s", doc.ContentType, contentJSON)
	}
	d := jsontext.NewDecoder(bytes.NewReader(doc.Body))
	if d.PeekKind() != '{' {
		return nil, fault.New(fault.Invalid, "it is no JSON object")
	}
	if _, err := d.ReadToken(); err != nil {
		return nil, err
	}
	var members []member
	for d.PeekKind() == '"' {
		name, err := d.ReadToken()
		if err != nil {
			return nil, err
		}
		m := member{name: name.String()}
		value, err := d.ReadValue()
		if err != nil {
			return nil, err
		}
		m.value = value.Clone()
		members = append(members, m)
	}
	if _, err := d.ReadToken(); err != nil {
		return nil, err
	}
	return members, nil
}

func appendObject(dst []byte, members []member) ([]byte, error) {
	dst = append(dst, '{')
	for i, m := range members {
		if i > 0 {
			dst = append(dst, ',')
		}
		var err error
		if dst, err = jsontext.AppendQuote(dst, m.name); err != nil {
			return nil, err
		}
		dst = append(append(dst, ':'), m.value...)
	}
	return append(dst, '}'), nil
}
