package lrs

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/liftmark/liftmark/xapi"
)

// lacksArrays says whether activities of a context stand outside an array.
func lacksArrays(st *xapi.Statement) bool {
	sub := st.Object.SubStatement
	return relatesOne(st.Context) || sub != nil && relatesOne(sub.Context)
}

// relatesOne says whether a context relates an activity outside an array.
func relatesOne(c *xapi.Context) bool {
	return c != nil && c.ContextActivities != nil && c.ContextActivities.Alone
}

// withArrays puts the activities of contexts that stand alone into arrays: a
// record store gives them back that way whatever it got. The rest of the
// statement stays as it is.
func withArrays(statement []byte) ([]byte, error) {
	trusting := []jsontext.Options{jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)} // it was parsed
	w := arrayWalk{d: jsontext.NewDecoder(bytes.NewBuffer(statement), trusting...), text: statement}
	if err := w.members(w.ofStatement); err != nil {
		return nil, err
	}
	return append(w.out, statement[w.done:]...), nil
}

// arrayWalk copies a statement and adds brackets on the way.
type arrayWalk struct {
	d         *jsontext.Decoder
	text, out []byte
	done      int64 // of text, what is in out
}

// members calls each with the names of an object's members, and skips the values
// that each leaves alone.
func (w *arrayWalk) members(each func(name string) error) error {
	if w.d.PeekKind() != '{' {
		return w.d.SkipValue()
	}
	if _, err := w.d.ReadToken(); err != nil {
		return err
	}
	for w.d.PeekKind() != '}' {
		name, err := w.d.ReadToken()
		if err != nil {
			return err
		}
		if err := each(name.String()); err != nil {
			return err
		}
	}
	_, err := w.d.ReadToken()
	return err
}

// ofStatement handles a member of a statement or SubStatement.
func (w *arrayWalk) ofStatement(name string) error {
	switch name {
	case "object":
		return w.members(w.ofStatement)
	case "context":
		return w.members(func(name string) error {
			if name == "contextActivities" {
				return w.members(w.activities)
			}
			return w.d.SkipValue()
		})
	default:
		return w.d.SkipValue()
	}
}

// activities puts a value into an array unless it is one.
func (w *arrayWalk) activities(string) error {
	alone := w.d.PeekKind() == '{'
	value, err := w.d.ReadValue()
	if err != nil || !alone {
		return err
	}
	end := w.d.InputOffset()
	w.out = append(w.out, w.text[w.done:end-int64(len(value))]...)
	w.out = append(append(append(w.out, '['), value...), ']')
	w.done = end
	return nil
}
