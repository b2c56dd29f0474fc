package track

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"
)

// walker walks through JSON that openEnvelope found well formed. It gives parts
// of the text, and copies only what it gives as a string.
type walker struct {
	text []byte
	at   int
}

// kind says what comes next: one of {["tfn, 0 for a number, } or ] at the end of
// an object or array, and 0 at the end of the text.
func (w *walker) kind() jsontext.Kind {
	for ; w.at < len(w.text); w.at++ {
		switch c := w.text[w.at]; c {
		case ' ', '\t', '\n', '\r', ',', ':':
		case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
			return '0'
		default:
			return jsontext.Kind(c)
		}
	}
	return 0
}

// members calls each with the name of every member of an object, to read its
// value. Values that it leaves are skipped. The name is good until each returns.
func (w *walker) members(each func(name []byte)) {
	w.at++
	for w.kind() == '"' {
		name := w.quoted()
		w.kind() // passes the colon
		before := w.at
		each(name)
		if w.at == before {
			w.skip()
		}
	}
	w.at++
}

// elements gives the values of an array, null ones too.
func (w *walker) elements() []jsontext.Value {
	list := []jsontext.Value{}
	w.at++
	for kind := w.kind(); kind != ']' && kind != 0; kind = w.kind() {
		start := w.at
		w.skip()
		list = append(list, w.text[start:w.at:w.at])
	}
	w.at++
	return list
}

// value gives the next value as it is written, nil for null.
func (w *walker) value() jsontext.Value {
	kind, start := w.kind(), w.at
	w.skip()
	if kind == 'n' {
		return nil
	}
	return w.text[start:w.at:w.at]
}

// string reads a string, or a number as it is written; null is "". Anything else
// is skipped and not ok.
func (w *walker) string() (text string, ok bool) {
	switch w.kind() {
	case '"':
		return string(w.quoted()), true
	case '0':
		return string(w.value()), true
	}
	return "", w.value() == nil
}

// quoted reads a string.
func (w *walker) quoted() []byte {
	start := w.at
	w.skipString()
	raw := w.text[start:w.at]
	if bytes.IndexByte(raw, '\\') < 0 {
		return raw[1 : len(raw)-1]
	}
	plain, _ := jsontext.AppendUnquote(nil, raw)
	return plain
}

// skip passes the next value.
func (w *walker) skip() {
	switch w.kind() {
	case '"':
		w.skipString()
	case '{', '[':
		w.skipNested()
	default:
		for w.at++; w.at < len(w.text) && !endsScalar(w.text[w.at]); w.at++ {
		}
	}
}

// endsScalar says whether a number, true, false or null ends before a character.
func endsScalar(c byte) bool {
	switch c {
	case ',', ']', '}', ' ', '\t', '\r', '\n':
		return true
	}
	return false
}

func (w *walker) skipNested() {
	depth := 0
	for w.at < len(w.text) {
		switch w.text[w.at] {
		case '"':
			w.skipString()
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		if w.at++; depth == 0 {
			return
		}
	}
}

func (w *walker) skipString() { w.at = stringEnd(w.text, w.at) }

// stringEnd gives the place behind the string that begins at a place.
func stringEnd(text []byte, at int) int {
	for i := at + 1; ; i++ {
		n := bytes.IndexByte(text[i:], '"')
		if n < 0 {
			return len(text)
		}
		i += n
		slashes := i
		for text[slashes-1] == '\\' {
			slashes--
		}
		if (i-slashes)%2 == 0 {
			return i + 1
		}
	}
}
