package track

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/liftmark/liftmark/internal/fault"
)

// maxDepth bounds how deeply values may be nested.
const maxDepth = 64

// envelope is a request taken apart: its events, still as sent, and what it
// says of all of them. The slices share the request's memory.
type envelope struct {
	writeKey string
	sentAt   jsontext.Value // nil: not given
	context  jsontext.Value // shared by the events; an event's own members go first
	events   []jsontext.Value
	batched  bool
}

// openEnvelope checks a request's JSON strictly and splits it into events.
//
// Errors: *MalformedError, a fault.Invalid that names the place.
func openEnvelope(body []byte, batched bool) (*envelope, error) {
	if place, ok := tooDeep(body, maxDepth); ok {
		return nil, &MalformedError{Problem{Index: -1, Path: "$", Rule: fmt.Sprintf("values are nested more than %d deep, at byte %d", maxDepth, place), Remedy: "send flatter properties"}}
	}
	r := newReader(body, jsontext.AllowDuplicateNames(false))
	defer r.release()
	env := &envelope{batched: batched}
	if err := env.read(r); err != nil {
		return nil, malformed(err)
	}
	if !batched {
		env.events = []jsontext.Value{body}
	} else if env.events == nil {
		return nil, &MalformedError{Problem{Index: -1, Path: "$.batch", Rule: "a batch has an array of events", Remedy: `send {"batch": [{"type": "track", …}]}`}}
	}
	return env, nil
}

func (env *envelope) read(r *reader) error {
	if r.dec.PeekKind() != '{' {
		return r.notAnObject()
	}
	err := r.members(func(name string) error {
		switch {
		case name == "writeKey":
			env.writeKey, _ = r.text()
		case name == "sentAt":
			env.sentAt = r.value()
		case name == "context" && env.batched:
			env.context = r.value()
		case name == "batch" && env.batched && r.dec.PeekKind() == '[':
			env.events = r.elements()
		}
		return nil
	})
	if err != nil {
		return err
	}
	if _, err := r.dec.ReadToken(); !errors.Is(err, io.EOF) {
		if err == nil {
			err = errors.New("there is more after the end of the object")
		}
		return err
	}
	return nil
}

// tooDeep says whether brackets outside strings are nested deeper than limit,
// and where.
func tooDeep(body []byte, limit int) (place int, deep bool) {
	depth, quoted := 0, false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > limit {
				return i, true
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return 0, false
}

// malformed turns a syntax error into what the sender can act on.
func malformed(err error) error {
	p := Problem{Index: -1, Path: "$", Rule: err.Error(), Remedy: "send one JSON object in UTF-8 without repeated names"}
	var syntax *jsontext.SyntacticError
	if errors.As(err, &syntax) {
		p.Path, p.Index = pathOf(syntax.JSONPointer)
		p.Rule = fmt.Sprintf("malformed JSON at byte %d: %s", syntax.ByteOffset, syntax.Err)
		if strings.Contains(syntax.Err.Error(), "UTF-8") {
			p.Rule, p.Remedy = fmt.Sprintf("not UTF-8 at byte %d", syntax.ByteOffset), "encode the body as UTF-8"
		}
	}
	switch {
	case errors.Is(err, jsontext.ErrDuplicateName):
		p.Rule, p.Remedy = "the name occurs twice in its object", "send each name once"
	case errors.Is(err, io.ErrUnexpectedEOF):
		p.Rule, p.Remedy = "the JSON ends early", "send the whole body; check its Content-Length"
	}
	return &MalformedError{p}
}

// pathOf writes a JSON pointer as a path, with the index of the event that it
// lies in, −1 for none.
func pathOf(pointer jsontext.Pointer) (path string, index int) {
	var b strings.Builder
	b.WriteByte('$')
	index = -1
	before := ""
	for token := range pointer.Tokens() {
		if n, err := strconv.Atoi(token); err == nil && n >= 0 {
			if before == "batch" && b.String() == "$.batch" {
				index = n
			}
			fmt.Fprintf(&b, "[%d]", n)
		} else {
			b.WriteString("." + shorten(token, 64))
		}
		before = token
	}
	return b.String(), index
}

// Problem is what is wrong with a request or an event, and the remedy.
type Problem struct {
	Index     int    `json:"index"` // of the event in the request, −1 for the request
	MessageID string `json:"messageId,omitempty,omitzero"`
	Path      string `json:"path"`
	Rule      string `json:"rule"`
	Remedy    string `json:"remedy"`
	Refused   bool   `json:"refused"` // false: the event was taken all the same
}

// Error gives the problem in one line.
func (p Problem) Error() string { return p.Path + ": " + p.Rule + "; " + p.Remedy }

// MalformedError refuses a request as a whole. It is a fault.Invalid.
type MalformedError struct{ Problem Problem }

func (e *MalformedError) Error() string { return e.Problem.Error() }

// Unwrap gives the error its kind.
func (e *MalformedError) Unwrap() error { return fault.New(fault.Invalid, "%s", e.Problem.Error()) }

// reader walks through JSON whose values it gives as parts of the text that it
// was made with, without copying.
type reader struct {
	text0 []byte
	dec   *jsontext.Decoder
	src   bytes.Buffer
	err   error
}

var readers = sync.Pool{New: func() any { return &reader{dec: jsontext.NewDecoder(&bytes.Buffer{})} }}

func newReader(text []byte, opts ...jsontext.Options) *reader {
	r := readers.Get().(*reader)
	r.text0, r.err = text, nil
	r.src = *bytes.NewBuffer(text)
	r.dec.Reset(&r.src, opts...)
	return r
}

func (r *reader) release() {
	r.text0, r.src = nil, bytes.Buffer{}
	readers.Put(r)
}

// notAnObject is the error for what should be an object.
func (r *reader) notAnObject() error {
	if _, err := r.dec.ReadToken(); err != nil && !errors.Is(err, io.EOF) {
		return err
	} else if err != nil {
		return io.ErrUnexpectedEOF
	}
	return errors.New("this is not an object")
}

// members calls each with every member's name, to read its value. Values that
// it leaves are skipped.
func (r *reader) members(each func(name string) error) error {
	if _, err := r.dec.ReadToken(); err != nil {
		return err
	}
	for r.dec.PeekKind() != '}' {
		token, err := r.dec.ReadToken()
		if err != nil {
			return err
		}
		name, before := token.String(), r.dec.InputOffset()
		if err := each(name); err != nil {
			return err
		}
		if r.err == nil && r.dec.InputOffset() == before {
			r.err = r.dec.SkipValue()
		}
		if r.err != nil {
			return r.err
		}
	}
	_, err := r.dec.ReadToken()
	return err
}

// value reads a value and gives its part of the text, nil for null.
func (r *reader) value() jsontext.Value {
	v, err := r.dec.ReadValue()
	if err != nil {
		r.err = err
		return nil
	}
	if v.Kind() == 'n' {
		return nil
	}
	end := int(r.dec.InputOffset())
	return r.text0[end-len(v) : end : end]
}

// text reads a string, or a number as it is written. Anything else is skipped
// and not ok.
func (r *reader) text() (text string, ok bool) {
	switch r.dec.PeekKind() {
	case '"', '0':
		token, err := r.dec.ReadToken()
		if err != nil {
			r.err = err
			return "", false
		}
		return token.String(), true
	}
	if r.value() == nil {
		return "", r.err == nil
	}
	return "", false
}

// elements reads an array and gives its values, which are not nil.
func (r *reader) elements() []jsontext.Value {
	list := []jsontext.Value{}
	if _, r.err = r.dec.ReadToken(); r.err != nil {
		return nil
	}
	for r.dec.PeekKind() != ']' {
		v, err := r.dec.ReadValue()
		if err != nil {
			r.err = err
			return nil
		}
		end := int(r.dec.InputOffset())
		list = append(list, r.text0[end-len(v):end:end])
	}
	_, r.err = r.dec.ReadToken()
	return list
}
