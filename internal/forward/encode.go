package forward

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/state"
	"github.com/liftmark/liftmark/xapi"
)

// encode gives a request's body: a JSON array, or multipart where statements
// have attachments with content. A content that several share is sent once.
func encode(items []*item) (contentType string, body []byte, err error) {
	var statements bytes.Buffer
	var parts []xapi.Part
	statements.WriteByte('[')
	for i, it := range items {
		if i > 0 {
			statements.WriteByte(',')
		}
		statements.Write(it.body)
		for _, p := range it.parts {
			if !slices.ContainsFunc(parts, func(q xapi.Part) bool { return q.SHA2 == p.SHA2 }) {
				parts = append(parts, p)
			}
		}
	}
	statements.WriteByte(']')
	if len(parts) == 0 {
		return "application/json", statements.Bytes(), nil
	}
	var whole bytes.Buffer
	contentType, err = xapi.WriteMultipart(&whole, statements.Bytes(), parts)
	return contentType, whole.Bytes(), err
}

// prepare makes a stored statement ready to be sent.
func (w *worker) prepare(ctx context.Context, seq int64, st *state.Statement) (*item, error) {
	body, version, err := outgoing(st.Body, w.to.KeepAuthority)
	if err != nil {
		return nil, fmt.Errorf("statement %s: %w", st.ID, err)
	}
	if w.to.Version != "" {
		version = w.to.Version
	}
	it := &item{seq: seq, id: st.ID, version: version, body: body}
	for _, sha2 := range st.Attachments {
		content, err := w.store.Content(ctx, sha2)
		if fault.KindOf(err) == fault.NotFound {
			continue // deleted meanwhile; the other store will say if it minds
		}
		if err != nil {
			return nil, err
		}
		it.parts = append(it.parts, xapi.Part{SHA2: sha2, ContentType: content.ContentType, Data: content.Data})
	}
	return it, nil
}

// outgoing gives a statement's JSON without "stored", which is the receiver's
// to say, and unless it is kept without "authority"; all else verbatim. version
// is the release whose rules it was stored under.
func outgoing(body []byte, keepAuthority bool) (out []byte, version string, err error) {
	version = xapi.V1.String()
	out = make([]byte, 0, len(body))
	err = eachMember(body, func(name string, value jsontext.Value) error {
		switch {
		case name == "stored", name == "authority" && !keepAuthority:
			return nil
		case name == "version" && bytes.HasPrefix(value, []byte(`"2.`)):
			version = xapi.V2.String()
		}
		if len(out) > 0 {
			out = append(out, ',')
		}
		if out, err = jsontext.AppendQuote(out, name); err != nil {
			return err
		}
		out = append(append(out, ':'), value...)
		return nil
	})
	out = append(append([]byte{'{'}, out...), '}')
	return out, version, err
}

// eachMember calls each with the members of a JSON object.
func eachMember(object []byte, each func(name string, value jsontext.Value) error) error {
	dec := jsontext.NewDecoder(bytes.NewReader(object))
	if token, err := dec.ReadToken(); err != nil || token.Kind() != '{' {
		return errors.Join(err, errors.New("not a JSON object"))
	}
	for dec.PeekKind() != '}' {
		token, err := dec.ReadToken()
		if err != nil {
			return err
		}
		name := token.String()
		value, err := dec.ReadValue()
		if err != nil {
			return err
		}
		if err := each(name, value); err != nil {
			return err
		}
	}
	return nil
}

// wants says whether a statement goes to a forwarding.
func (w *worker) wants(ctx context.Context, ch state.Change) (bool, error) {
	if len(w.to.Verbs) == 0 && len(w.to.Activities) == 0 {
		return true, nil
	}
	if ch.Voids == "" {
		return w.to.selects(ch.Statement.Body)
	}
	voided, err := w.store.Statement(ctx, ch.Voids)
	if fault.KindOf(err) == fault.NotFound {
		return true, nil // it may yet arrive, and voiding nothing is harmless
	}
	if err != nil {
		return false, err
	}
	return w.to.selects(voided.Body)
}

func (f Forwarding) selects(body []byte) (bool, error) {
	var st struct {
		Verb struct {
			ID string `json:"id"`
		} `json:"verb"`
		Object struct {
			ObjectType string `json:"objectType"`
			ID         string `json:"id"`
		} `json:"object"`
	}
	if err := json.Unmarshal(body, &st); err != nil {
		return false, err
	}
	if len(f.Verbs) > 0 && !slices.Contains(f.Verbs, st.Verb.ID) {
		return false, nil
	}
	if len(f.Activities) == 0 {
		return true, nil
	}
	isActivity := st.Object.ObjectType == "" || st.Object.ObjectType == "Activity"
	return isActivity && slices.ContainsFunc(f.Activities, func(prefix string) bool { return strings.HasPrefix(st.Object.ID, prefix) }), nil
}
