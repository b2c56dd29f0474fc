package xapi

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Problem is one thing wrong with what was sent: where, what rule it breaks
// with the remedy, and where the specification states the rule. It is safe to
// show to the sender; Value may hold personal data and does not belong in logs.
type Problem struct {
	Index   int    // of the statement in the request, -1 where there is none
	Path    string // JSON path from the statement or value, as $.actor.member[0].mbox
	Rule    string // what is wrong, and the remedy
	Value   string // the offending value as JSON or text, shortened; empty where it is absent
	Section string // of the specification, as "xAPI 1.0.3 Data 2.4.2.3"
}

// Error gives the problem in one line.
func (p *Problem) Error() string {
	var b strings.Builder
	if p.Index >= 0 {
		b.WriteString("statement ")
		b.WriteString(strconv.Itoa(p.Index))
		b.WriteString(": ")
	}
	if p.Path != "" {
		b.WriteString(p.Path)
		b.WriteString(": ")
	}
	b.WriteString(p.Rule)
	if p.Value != "" {
		b.WriteString("; got ")
		b.WriteString(p.Value)
	}
	if p.Section != "" {
		b.WriteString(" (")
		b.WriteString(p.Section)
		b.WriteString(")")
	}
	return b.String()
}

// Problems are all that was found wrong, in the order of the text; never empty
// where they are an error. errors.As finds the first one as a *Problem.
type Problems []*Problem

// Error gives one line for each problem.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives the problems as errors.
func (ps Problems) Unwrap() []error {
	errs := make([]error, len(ps))
	for i, p := range ps {
		errs[i] = p
	}
	return errs
}

// maxShown is the length in bytes at which an offending value is cut.
const maxShown = 80

// shown makes a value of unknown origin fit for a message: one line, printable,
// valid UTF-8, of bounded length.
func shown(value string) string {
	var b strings.Builder
	for i, r := range value {
		if i >= maxShown {
			b.WriteString("…")
			break
		}
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			r = unicode.ReplacementChar
		}
		b.WriteRune(r)
	}
	return b.String()
}
