package xapi

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// sameJSON tells whether two JSON values are the same: objects whatever the
// order of their members, strings however escaped, and numbers by value, exactly
// and at any size, so that 1, 1.0 and 10e-1 are one number. Text that is no JSON
// is the same only byte for byte.
func sameJSON(a, b []byte) bool {
	if bytes.Equal(a, b) {
		return true
	}
	left, errLeft := readTree(jsontext.NewDecoder(bytes.NewReader(a)))
	right, errRight := readTree(jsontext.NewDecoder(bytes.NewReader(b)))
	return errLeft == nil && errRight == nil && sameTree(left, right)
}

// number is a JSON number in normal form: digits without zeros at either end,
// times ten to the power of exponent. Zero has no digits, sign or exponent.
type number struct {
	negative bool
	digits   string
	exponent int64
}

// readTree reads a value as nil, bool, string, number, []any or map[string]any.
func readTree(d *jsontext.Decoder) (any, error) {
	token, err := d.ReadToken()
	if err != nil {
		return nil, err
	}
	switch token.Kind() {
	case '{':
		return readObjectTree(d)
	case '[':
		return readArrayTree(d)
	case '"':
		return token.String(), nil
	case '0':
		return normalNumber(token.String())
	case 'n':
		return nil, nil
	}
	return token.Bool(), nil
}

func readObjectTree(d *jsontext.Decoder) (any, error) {
	object := map[string]any{}
	for d.PeekKind() != '}' {
		name, err := d.ReadToken()
		if err != nil {
			return nil, err
		}
		key := name.String()
		if object[key], err = readTree(d); err != nil {
			return nil, err
		}
	}
	_, err := d.ReadToken()
	return object, err
}

func readArrayTree(d *jsontext.Decoder) (any, error) {
	array := []any{}
	for d.PeekKind() != ']' {
		element, err := readTree(d)
		if err != nil {
			return nil, err
		}
		array = append(array, element)
	}
	_, err := d.ReadToken()
	return array, err
}

func sameTree(a, b any) bool {
	switch a := a.(type) {
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for key, value := range a {
			if other, ok := b[key]; !ok || !sameTree(value, other) {
				return false
			}
		}
		return true
	case []any:
		b, ok := b.([]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for i := range a {
			if !sameTree(a[i], b[i]) {
				return false
			}
		}
		return true
	}
	return a == b
}

// normalNumber puts a JSON number in normal form. It errs only on an exponent of
// more than 18 digits.
func normalNumber(text string) (number, error) {
	var n number
	mantissa, negative := strings.CutPrefix(text, "-")
	if e := strings.IndexAny(mantissa, "eE"); e >= 0 {
		exponent, err := strconv.ParseInt(mantissa[e+1:], 10, 60)
		if err != nil {
			return n, err
		}
		mantissa, n.exponent = mantissa[:e], exponent
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := strings.TrimLeft(whole+fraction, "0")
	n.digits = strings.TrimRight(digits, "0")
	if n.digits == "" {
		return number{}, nil
	}
	n.negative = negative
	n.exponent += int64(len(digits) - len(n.digits) - len(fraction))
	return n, nil
}

// jsonObject gives the text without white space around it if it is one valid
// JSON object, of which what says what it should be.
//
// Errors: *Problem.
func jsonObject(text []byte, what string) ([]byte, error) {
	trimmed := bytes.TrimSpace(text)
	if isObject(trimmed) && jsontext.Value(trimmed).IsValid() {
		return trimmed, nil
	}
	return nil, &Problem{Index: -1, Path: "$", Rule: what + " must be a JSON object", Value: shown(string(trimmed[:min(len(trimmed), maxShown)]))}
}
