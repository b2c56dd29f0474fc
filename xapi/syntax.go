package xapi

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// MaxDepth is how many objects and arrays may lie within one another, the
// statement's own among them. Only extensions go deeper than about ten.
const MaxDepth = 1000

// checkSyntax tells what keeps data from being one JSON value in valid UTF-8
// and not too deep, and nothing if it is. The walk over the value that follows
// relies on it; names that repeat are for the walk to find.
func checkSyntax(v Version, data []byte, root string, batch bool) *Problem {
	if jsontext.Value(data).IsValid(jsontext.AllowDuplicateNames(true)) {
		return tooDeep(v, data, root)
	}
	decoder := jsontext.NewDecoder(bytes.NewBuffer(data), jsontext.AllowDuplicateNames(true))
	if _, err := decoder.ReadValue(); err != nil {
		return syntaxProblem(v, data, root, batch, err)
	}
	return &Problem{
		Index: -1, Path: root,
		Rule:    "more text follows the JSON value: send one object or one array",
		Section: v.section(clauseFormatting),
	}
}

// syntaxProblem words what the decoder found.
func syntaxProblem(v Version, data []byte, root string, batch bool, err error) *Problem {
	p := &Problem{Index: -1, Path: root, Section: v.section(clauseFormatting)}
	var syntax *jsontext.SyntacticError
	if !errors.As(err, &syntax) {
		p.Rule = "there is no JSON: send one object or one array"
		return p
	}
	var steps []string
	if pointer := string(syntax.JSONPointer); pointer != "" {
		steps = strings.Split(pointer[1:], "/")
	}
	if isArray := bytes.HasPrefix(bytes.TrimLeft(data, " \t\r\n"), []byte("[")); batch && isArray && len(steps) > 0 {
		if n, err := strconv.Atoi(steps[0]); err == nil {
			p.Index, steps = n, steps[1:]
		}
	}
	p.Path = root + pointerPath(steps)
	p.Rule, p.Value = syntaxRule(syntax, data)
	return p
}

// syntaxRule words the rule that text breaks, and shows the text at fault.
func syntaxRule(syntax *jsontext.SyntacticError, data []byte) (rule, value string) {
	at := min(max(int(syntax.ByteOffset), 0), len(data))
	switch {
	case strings.Contains(syntax.Err.Error(), "UTF-8"):
		return "the text is not valid UTF-8 at byte " + strconv.Itoa(at) + ": encode it as UTF-8", shown(string(data[at:min(at+8, len(data))]))
	case strings.Contains(syntax.Err.Error(), "depth"):
		return tooDeepRule(), ""
	case errors.Is(syntax, io.ErrUnexpectedEOF):
		return "the JSON ends too early, at byte " + strconv.Itoa(at) + ": send it whole", ""
	}
	return "the text is no valid JSON at byte " + strconv.Itoa(at) + ": mend it there", shown(string(data[at:min(at+24, len(data))]))
}

// pointerPath writes the steps of an RFC 6901 pointer as a JSON path.
func pointerPath(steps []string) string {
	var b strings.Builder
	for i, step := range steps {
		if i == maxSteps {
			b.WriteString("…")
			break
		}
		if n, err := strconv.Atoi(step); err == nil && n >= 0 {
			b.WriteString("[" + step + "]")
			continue
		}
		writeName(&b, strings.NewReplacer("~1", "/", "~0", "~").Replace(step))
	}
	return b.String()
}

// maxSteps bounds how many steps of a path are shown.
const maxSteps = 20

// writeName appends a member's name to a JSON path.
func writeName(b *strings.Builder, name string) {
	if isPlainName(name) {
		b.WriteByte('.')
		b.WriteString(name)
		return
	}
	b.WriteByte('[')
	b.WriteString(strconv.Quote(shown(name)))
	b.WriteByte(']')
}

// isPlainName tells whether a name needs no quotes in a path.
func isPlainName(name string) bool {
	for i := range len(name) {
		if !isAlnum(name[i]) && name[i] != '_' {
			return false
		}
	}
	return name != "" && len(name) <= maxShown
}

// tooDeep finds nesting beyond MaxDepth in valid JSON.
func tooDeep(v Version, data []byte, root string) *Problem {
	if bytes.Count(data, []byte("{"))+bytes.Count(data, []byte("[")) <= MaxDepth {
		return nil
	}
	depth := 0
	for i := 0; i < len(data); i++ {
		switch data[i] {
		case '"':
			i = skipString(data, i) - 1
		case '{', '[':
			if depth++; depth > MaxDepth {
				return &Problem{Index: -1, Path: root, Rule: tooDeepRule(), Section: v.section(clauseFormatting)}
			}
		case '}', ']':
			depth--
		}
	}
	return nil
}

func tooDeepRule() string {
	return "objects and arrays lie more than " + strconv.Itoa(MaxDepth) + " deep: flatten the value"
}
