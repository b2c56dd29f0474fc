package study

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/liftmark/liftmark/internal/fault"
	"go.yaml.in/yaml/v4"
)

// reader walks a YAML tree and collects every problem with its line, so that a
// file is mended in one go.
type reader struct{ problems []problem }

type problem struct {
	line int
	text string
}

// field reads the value of one key.
type field func(n *yaml.Node)

// rootOf parses the one document of a file.
func rootOf(text []byte) (*yaml.Node, error) {
	dec := yaml.NewDecoder(bytes.NewReader(text))
	var doc yaml.Node
	if err := dec.Decode(&doc); errors.Is(err, io.EOF) || (err == nil && len(doc.Content) == 0) {
		return nil, errors.New("the file is empty")
	} else if err != nil {
		return nil, err
	}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, errors.New("the file holds more than one document")
	}
	return doc.Content[0], nil
}

func (r *reader) problem(n *yaml.Node, format string, args ...any) {
	r.problems = append(r.problems, problem{n.Line, fmt.Sprintf(format, args...)})
}

// err joins the problems in the order of their lines.
func (r *reader) err(what string) error {
	if len(r.problems) == 0 {
		return nil
	}
	slices.SortStableFunc(r.problems, func(a, b problem) int { return a.line - b.line })
	lines := make([]string, len(r.problems))
	for i, p := range r.problems {
		lines[i] = fmt.Sprintf("line %d: %s", p.line, p.text)
	}
	return fault.New(fault.Invalid, "%s: %s", what, strings.Join(lines, "\n"))
}

// mapping reads each key with its field; unknown, repeated and missing keys are
// problems.
func (r *reader) mapping(n *yaml.Node, what string, fields map[string]field, required ...string) {
	if n.Kind != yaml.MappingNode {
		r.problem(n, "%s is a list of keys and values", what)
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		read, known := fields[key.Value]
		switch {
		case !known:
			r.problem(key, "unknown key %q in %s%s", key.Value, what, didYouMean(key.Value, keysOf(fields)))
		case seen[key.Value]:
			r.problem(key, "key %q is given twice", key.Value)
		default:
			read(resolve(value))
		}
		seen[key.Value] = true
	}
	for _, key := range required {
		if !seen[key] {
			r.problem(n, "%s needs the key %q", what, key)
		}
	}
}

// resolve follows an alias to what it stands for.
func resolve(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode && n.Alias != nil {
		return n.Alias
	}
	return n
}

func keysOf[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func (r *reader) scalar(n *yaml.Node) (string, bool) {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" || strings.TrimSpace(n.Value) == "" {
		r.problem(n, "a value is missing here")
		return "", false
	}
	return n.Value, true
}

func (r *reader) text(dst *string) field {
	return func(n *yaml.Node) {
		if s, ok := r.scalar(n); ok {
			*dst = strings.TrimSpace(s)
		}
	}
}

func (r *reader) oneOf(dst *string, allowed []string) field {
	return func(n *yaml.Node) {
		s, ok := r.scalar(n)
		if ok && !slices.Contains(allowed, s) {
			r.problem(n, "%q is none of %s%s", s, strings.Join(allowed, ", "), didYouMean(s, allowed))
			return
		}
		*dst = s
	}
}

func (r *reader) list(n *yaml.Node) []*yaml.Node {
	if n.Kind != yaml.SequenceNode {
		r.problem(n, "a list is wanted here")
		return nil
	}
	items := make([]*yaml.Node, len(n.Content))
	for i, item := range n.Content {
		items[i] = resolve(item)
	}
	return items
}

func (r *reader) texts(dst *[]string) field {
	return func(n *yaml.Node) {
		for _, item := range r.list(n) {
			var s string
			r.text(&s)(item)
			if slices.Contains(*dst, s) {
				r.problem(item, "%q is listed twice", s)
			}
			*dst = append(*dst, s)
		}
	}
}

func (r *reader) params(dst *map[string]string) field {
	return func(n *yaml.Node) {
		if n.Kind != yaml.MappingNode {
			r.problem(n, "params is a list of keys and values")
			return
		}
		*dst = map[string]string{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			if s, ok := r.scalar(resolve(n.Content[i+1])); ok {
				(*dst)[n.Content[i].Value] = s
			}
		}
	}
}

func (r *reader) number(n *yaml.Node) (float64, bool) {
	s, ok := r.scalar(n)
	if !ok {
		return 0, false
	}
	x, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
		r.problem(n, "%q is not a number", s)
		return 0, false
	}
	return x, true
}

func (r *reader) share(dst *float64) field {
	return func(n *yaml.Node) {
		x, ok := r.number(n)
		if ok && (x <= 0 || x > 1) {
			r.problem(n, "%v is not a share above 0 and up to 1 (30 %% is 0.3)", x)
			return
		}
		*dst = x
	}
}

func (r *reader) positive(dst *float64) field {
	return func(n *yaml.Node) {
		x, ok := r.number(n)
		if ok && x <= 0 {
			r.problem(n, "%v is not above 0", x)
			return
		}
		*dst = x
	}
}

func (r *reader) whole(dst *int, low, high int) field {
	return func(n *yaml.Node) {
		s, ok := r.scalar(n)
		if !ok {
			return
		}
		x, err := strconv.Atoi(s)
		if err != nil || x < low || x > high {
			r.problem(n, "%q is not a whole number from %d to %d", s, low, high)
			return
		}
		*dst = x
	}
}

func (r *reader) seed(dst *uint64) field {
	return func(n *yaml.Node) {
		s, ok := r.scalar(n)
		if !ok {
			return
		}
		x, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			r.problem(n, "seed %q is not a whole number from 0", s)
			return
		}
		*dst = x
	}
}

// didYouMean offers the nearest of the known names, or nothing when none is near.
func didYouMean(name string, known []string) string {
	best, distance := "", 1+max(1, len(name)/3)
	for _, k := range known {
		if d := editDistance(strings.ToLower(name), strings.ToLower(k)); d < distance {
			best, distance = k, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", best)
}

// editDistance counts insertions, deletions and substitutions (Levenshtein).
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			diagonal, row[j] = row[j], min(row[j]+1, row[j-1]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}
