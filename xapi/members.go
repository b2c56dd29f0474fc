package xapi

import (
	"bytes"
	"encoding/binary"
	"iter"
	"math/bits"

	"github.com/go-json-experiment/json/jsontext"
)

// member is a member of a JSON object as it stands in the text.
type member struct {
	name  []byte // with its quotes
	value []byte // without white space around it
	whole []byte // from the name's first quote to the value's end
}

// is tells whether the member has a name.
func (m member) is(name string) bool { return string(m.key()) == name }

// key gives the name without quotes and escapes.
func (m member) key() []byte {
	if bytes.IndexByte(m.name, '\\') < 0 {
		return m.name[1 : len(m.name)-1]
	}
	return []byte(unquote(m.name))
}

// members walks the members of an object without checking or copying it. Text
// that is no valid object gives whatever looks like one, and never panics.
func members(object []byte) iter.Seq[member] {
	return func(yield func(member) bool) {
		for i := skipSpace(object, openingOf(object, '{')); i < len(object) && object[i] == '"'; {
			m, end := memberAt(object, i)
			if len(m.name) < 2 || len(m.value) == 0 || !yield(m) {
				return
			}
			i = skipSpace(object, end)
			if i >= len(object) || object[i] != ',' {
				return
			}
			i = skipSpace(object, i+1)
		}
	}
}

// memberAt reads the member whose name begins at i.
func memberAt(b []byte, i int) (m member, end int) {
	nameEnd := skipString(b, i)
	colon := skipSpace(b, nameEnd)
	if colon >= len(b) || b[colon] != ':' {
		return member{}, len(b)
	}
	value := skipSpace(b, colon+1)
	end = skipValue(b, value)
	return member{name: b[i:nameEnd], value: b[value:end], whole: b[i:end]}, end
}

// elements walks the elements of an array as members does those of an object.
func elements(array []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for i := skipSpace(array, openingOf(array, '[')); i < len(array) && array[i] != ']'; {
			end := skipValue(array, i)
			if end == i || !yield(array[i:end]) {
				return
			}
			i = skipSpace(array, end)
			if i >= len(array) || array[i] != ',' {
				return
			}
			i = skipSpace(array, i+1)
		}
	}
}

// openingOf gives where the content of an object or array begins, past the end
// of text that is neither.
func openingOf(b []byte, bracket byte) int {
	i := skipSpace(b, 0)
	if i >= len(b) || b[i] != bracket {
		return len(b)
	}
	return i + 1
}

func skipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\r' || b[i] == '\t') {
		i++
	}
	return i
}

// skipValue gives where the value that begins at i ends.
func skipValue(b []byte, i int) int {
	if i >= len(b) {
		return i
	}
	switch b[i] {
	case '"':
		return skipString(b, i)
	case '{', '[':
		return skipNested(b, i)
	}
	for i < len(b) && !isDelimiter(b[i]) {
		i++
	}
	return i
}

func isDelimiter(c byte) bool {
	switch c {
	case ',', '}', ']', ' ', '\n', '\r', '\t':
		return true
	}
	return false
}

// skipNested gives where the object or array that begins at i ends.
func skipNested(b []byte, i int) int {
	for depth := 0; i < len(b); i++ {
		switch b[i] {
		case '"':
			i = skipString(b, i) - 1
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return len(b)
}

// skipString gives where the string that begins at i ends. Most of a statement is
// within strings: it looks at eight bytes at a time.
func skipString(b []byte, i int) int {
	start := i
	for i++; i+8 <= len(b); {
		found := bytesEqual(binary.LittleEndian.Uint64(b[i:]), '"')
		if found == 0 {
			i += 8
			continue
		}
		i += bits.TrailingZeros64(found)/8 + 1
		if b[i-2] != '\\' || !isEscaped(b[start+1:i-1]) {
			return i
		}
	}
	for ; i < len(b); i++ {
		if b[i] == '"' && !isEscaped(b[start+1:i]) {
			return i + 1
		}
	}
	return len(b)
}

// isEscaped tells whether text within a string ends with a backslash that is not
// escaped itself.
func isEscaped[T ~string | ~[]byte](text T) bool {
	end := len(text)
	for end > 0 && text[end-1] == '\\' {
		end--
	}
	return (len(text)-end)%2 == 1
}

// bytesEqual sets the highest bit of each byte of word that is c, and perhaps of
// bytes after the first of them.
func bytesEqual(word uint64, c byte) uint64 {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	word ^= uint64(c) * ones
	return (word - ones) &^ word & highs
}

// unquote gives the text of a JSON string, "" for any other value.
func unquote(quoted []byte) string {
	if len(quoted) < 2 || quoted[0] != '"' {
		return ""
	}
	if bytes.IndexByte(quoted, '\\') < 0 {
		return string(quoted[1 : len(quoted)-1])
	}
	text, err := jsontext.AppendUnquote(nil, quoted)
	if err != nil {
		return ""
	}
	return string(text)
}

// isObject tells whether a value that begins without white space is an object.
func isObject(value []byte) bool { return len(value) > 0 && value[0] == '{' }

// rewrite appends an object with its members' values changed by edit, which
// appends the new value, or nothing to leave the member out. A value that is no
// object is appended as it is.
func rewrite(dst, object []byte, edit func(dst []byte, m member) []byte) []byte {
	if !isObject(object) {
		return append(dst, object...)
	}
	dst = append(dst, '{')
	for m := range members(object) {
		before := len(dst)
		if dst[before-1] != '{' {
			dst = append(dst, ',')
		}
		dst = append(append(dst, m.name...), ':')
		value := len(dst)
		if dst = edit(dst, m); len(dst) == value {
			dst = dst[:before]
		}
	}
	return append(dst, '}')
}

// rewriteEach appends an array with its elements changed by edit; a value that is
// no array is changed itself.
func rewriteEach(dst, array []byte, edit func(dst, element []byte) []byte) []byte {
	if len(array) == 0 || array[0] != '[' {
		return edit(dst, array)
	}
	dst = append(dst, '[')
	for element := range elements(array) {
		if dst[len(dst)-1] != '[' {
			dst = append(dst, ',')
		}
		dst = edit(dst, element)
	}
	return append(dst, ']')
}
