package metric

import (
	"strings"
	"unicode"

	"github.com/liftmark/liftmark/internal/fault"
)

// token is one word of an expression. Kind is 'n' for a name (with dots), 't'
// for a text in quotes, '0' for a number, ':' for a parameter, 'o' for an
// operator or bracket and 0 at the end. Pos counts characters from 1.
type token struct {
	kind rune
	text string
	pos  int
}

// tokenize cuts an expression into words.
func tokenize(source string) ([]token, error) {
	var out []token
	runes := []rune(source)
	for i := 0; i < len(runes); {
		if unicode.IsSpace(runes[i]) {
			i++
			continue
		}
		t, next, err := nextToken(runes, i)
		if err != nil {
			return nil, err
		}
		out = append(out, t)
		i = next
	}
	return append(out, token{pos: len(runes) + 1}), nil
}

func nextToken(runes []rune, i int) (token, int, error) {
	c := runes[i]
	switch {
	case c == '\'':
		return quotedToken(runes, i)
	case isNameStart(c):
		end := scanWhile(runes, i, isNamePart)
		return token{'n', string(runes[i:end]), i + 1}, end, nil
	case c == ':' && i+1 < len(runes) && isNameStart(runes[i+1]):
		end := scanWhile(runes, i+1, isNamePart)
		return token{':', string(runes[i+1 : end]), i + 1}, end, nil
	case unicode.IsDigit(c):
		end := scanWhile(runes, i, func(r rune) bool { return unicode.IsDigit(r) || r == '.' })
		return token{'0', string(runes[i:end]), i + 1}, end, nil
	}
	for _, op := range []string{"<=", ">=", "<>", "!=", "=", "<", ">", "(", ")", ",", "+", "-", "*", "/"} {
		if strings.HasPrefix(string(runes[i:min(i+2, len(runes))]), op) {
			return token{'o', op, i + 1}, i + len(op), nil
		}
	}
	return token{}, 0, fault.New(fault.Invalid, "position %d: %q has no meaning here; texts stand in single quotes, as in plan = 'pro'", i+1, string(c))
}

// quotedToken reads a text in single quotes; two of them stand for one.
func quotedToken(runes []rune, start int) (token, int, error) {
	var text strings.Builder
	for i := start + 1; i < len(runes); i++ {
		if runes[i] != '\'' {
			text.WriteRune(runes[i])
			continue
		}
		if i+1 < len(runes) && runes[i+1] == '\'' {
			text.WriteRune('\'')
			i++
			continue
		}
		return token{'t', text.String(), start + 1}, i + 1, nil
	}
	return token{}, 0, fault.New(fault.Invalid, "position %d: this text has no closing quote", start+1)
}

func scanWhile(runes []rune, i int, keep func(rune) bool) int {
	for i < len(runes) && keep(runes[i]) {
		i++
	}
	return i
}

func isNameStart(r rune) bool { return r == '_' || unicode.IsLetter(r) }

func isNamePart(r rune) bool { return isNameStart(r) || unicode.IsDigit(r) || r == '.' }
