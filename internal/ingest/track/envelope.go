package track

import (
	"bytes"
	"cmp"
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
	sentAt   string         // "": not given
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
	if err := sound(body); err != nil {
		return nil, malformed(err)
	}
	env := &envelope{batched: batched}
	env.read(&walker{text: body})
	if !batched {
		env.events = []jsontext.Value{body}
	} else if env.events == nil {
		return nil, &MalformedError{Problem{Index: -1, Path: "$.batch", Rule: "a batch has an array of events", Remedy: `send {"batch": [{"type": "track", …}]}`}}
	}
	return env, nil
}

// decoders are kept, for what they hold is worth more than a request's memory.
var decoders = sync.Pool{New: func() any { return jsontext.NewDecoder(&bytes.Buffer{}) }}

// sound says what keeps a text from being one object of strict JSON.
func sound(body []byte) error {
	dec := decoders.Get().(*jsontext.Decoder) //nolint:forcetypeassert // nothing else is put there
	defer decoders.Put(dec)
	dec.Reset(bytes.NewBuffer(body), jsontext.AllowDuplicateNames(false))
	defer dec.Reset(&bytes.Buffer{}) // lets go of the body
	value, err := dec.ReadValue()
	switch {
	case errors.Is(err, io.EOF):
		return io.ErrUnexpectedEOF
	case err != nil:
		return err
	case value.Kind() != '{':
		return errors.New("this is not an object")
	}
	if _, err := dec.ReadToken(); !errors.Is(err, io.EOF) {
		return cmp.Or(err, errors.New("there is more after the end of the object"))
	}
	return nil
}

func (env *envelope) read(w *walker) {
	w.kind()
	w.members(func(name []byte) {
		switch string(name) {
		case "writeKey":
			env.writeKey, _ = w.string()
		case "sentAt":
			env.sentAt, _ = w.string()
		case "context":
			if env.batched {
				env.context = w.value()
			}
		case "batch":
			if env.batched && w.kind() == '[' {
				env.events = w.elements()
			}
		}
	})
}

// tooDeep says whether brackets outside strings are nested deeper than limit,
// and where.
func tooDeep(body []byte, limit int) (place int, deep bool) {
	depth := 0
	for i := 0; i < len(body); i++ {
		switch body[i] {
		case '"':
			i = stringEnd(body, i) - 1
		case '{', '[':
			if depth++; depth > limit {
				return i, true
			}
		case '}', ']':
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
