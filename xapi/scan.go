package xapi

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// scanner walks over JSON that checkSyntax found valid. It copies nothing:
// texts without escapes are parts of text.
type scanner struct {
	text string
	pos  int
}

// kind gives the first byte of the next value, or of the closing bracket.
func (s *scanner) kind() byte {
	for s.pos < len(s.text) {
		switch c := s.text[s.pos]; c {
		case ' ', '\t', '\r', '\n', ',', ':':
			s.pos++
		default:
			return c
		}
	}
	return 0
}

// quoted reads a string.
func (s *scanner) quoted() string {
	s.kind()
	start := s.pos
	if plain := s.skipQuoted(); plain {
		return s.text[start+1 : s.pos-1]
	}
	text, err := jsontext.AppendUnquote(nil, s.text[start:s.pos])
	if err != nil {
		return "" // no string that checkSyntax passes
	}
	return string(text)
}

// skipQuoted moves behind the string that begins here; plain says that it holds
// no escapes.
func (s *scanner) skipQuoted() (plain bool) {
	start := s.pos + 1
	for from := start; from < len(s.text); {
		n := strings.IndexByte(s.text[from:], '"')
		if n < 0 {
			break
		}
		if plain = strings.IndexByte(s.text[start:from+n], '\\') < 0; plain || !isEscaped(s.text[start:from+n]) {
			s.pos = from + n + 1
			return plain
		}
		from += n + 1
	}
	s.pos = len(s.text)
	return plain
}

// skip moves behind the next value and gives its text.
func (s *scanner) skip() string {
	c := s.kind()
	start := s.pos
	switch c {
	case '"':
		s.skipQuoted()
	case '{', '[':
		s.skipNested()
	default:
		s.skipPlain()
	}
	return s.text[start:s.pos]
}

// skipNested moves behind the object or array that begins here.
func (s *scanner) skipNested() {
	for depth := 0; s.pos < len(s.text); {
		switch s.text[s.pos] {
		case '"':
			s.skipQuoted()
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		s.pos++
		if depth == 0 {
			return
		}
	}
}

// skipPlain moves behind a number, true, false or null.
func (s *scanner) skipPlain() {
	for s.pos < len(s.text) {
		switch s.text[s.pos] {
		case ',', '}', ']', ' ', '\t', '\r', '\n':
			return
		}
		s.pos++
	}
}

// peekMember gives a text member of the object that comes next, "" when there
// is none or when it is no text, and stays where it is.
func (s *scanner) peekMember(name string) string {
	ahead := *s
	if ahead.kind() != '{' {
		return ""
	}
	ahead.pos++
	for ahead.kind() == '"' {
		if ahead.quoted() != name {
			ahead.kind()
			ahead.skip()
			continue
		}
		if ahead.kind() != '"' {
			return ""
		}
		return ahead.quoted()
	}
	return ""
}
