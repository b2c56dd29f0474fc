package file

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/liftmark/liftmark/internal/fault"
)

// member is one value of a flattened JSON object.
type member struct {
	name, value string
	pointed     bool // a JSON number with a decimal point
}

// decodeJSONL reads the file twice: once for the columns, once for the rows.
func decodeJSONL(ctx context.Context, env *decodeEnv, in *input) ([]*stage, error) {
	var columns []string
	index := map[string]int{}
	if _, err := eachJSONLine(ctx, env, in, func(_ int64, _ []byte, members []member, _ string) error {
		for _, m := range members {
			if _, ok := index[m.name]; !ok {
				index[m.name] = len(columns)
				columns = append(columns, m.name)
			}
		}
		if len(columns) > maxColumns {
			return fault.New(fault.TooLarge, "%s has more than %d different member names; use fixed names and put variable ones into values", in.path, maxColumns)
		}
		return nil
	}); err != nil {
		return nil, err
	}
	if len(columns) == 0 {
		return nil, fault.New(fault.Invalid, "%s has no line that is a JSON object with members; write one object per line", in.path)
	}
	if err := checkHeader(in.path, columns); err != nil {
		return nil, err
	}
	return writeJSONL(ctx, env, in, columns, index)
}

func writeJSONL(ctx context.Context, env *decodeEnv, in *input, columns []string, index map[string]int) ([]*stage, error) {
	w, err := newStageWriter(env, in, in.label, in.name, columns)
	if err != nil {
		return nil, err
	}
	values := make([]string, len(columns))
	sum, err := eachJSONLine(ctx, env, in, func(line int64, raw []byte, members []member, code string) error {
		if code != "" {
			return w.reject(line, "", string(snippet(raw)), code)
		}
		clear(values)
		for _, m := range members {
			if strings.ContainsRune(m.value, 0) {
				return w.reject(line, m.name, m.value, CodeNullByte)
			}
			values[index[m.name]] = m.value
			if m.pointed {
				w.st.pointed[index[m.name]] = true
			}
		}
		w.begin(line)
		for _, v := range values {
			w.value([]byte(v))
		}
		return w.end()
	})
	if err != nil {
		w.abandon()
		return nil, err
	}
	st, err := w.finish()
	if err != nil {
		return nil, err
	}
	st.sha256 = sum
	return []*stage{st}, nil
}

// eachJSONLine calls visit with every line that is not blank: its members, or
// the code of what is wrong with it. It returns the file's checksum.
func eachJSONLine(ctx context.Context, env *decodeEnv, in *input, visit func(line int64, raw []byte, members []member, code string) error) (string, error) {
	sum := sha256.New()
	text, err := in.text(sum)
	if err != nil {
		return "", err
	}
	defer func() { _ = text.Close() }()
	r := &counted{r: text, ctx: ctx, progress: env.progress, at: Progress{File: in.path, Step: "read"}}
	lines := &lineReader{window: newWindow(r, maxLineBytes)}
	for {
		raw, code, err := lines.next()
		if errors.Is(err, io.EOF) {
			return hex.EncodeToString(sum.Sum(nil)), nil
		}
		if err != nil {
			return "", err
		}
		var members []member
		if code == "" {
			if len(bytes.TrimSpace(raw)) == 0 {
				continue
			}
			members, code = flatten(raw)
		}
		if err := visit(lines.line, raw, members, code); err != nil {
			return "", err
		}
	}
}

// lineReader gives lines, each up to the window's limit.
type lineReader struct {
	*window
	line int64
}

func (l *lineReader) next() (raw []byte, code string, err error) {
	for {
		data := l.data()
		if i := bytes.IndexByte(data, '\n'); i >= 0 {
			l.start += i + 1
			l.line++
			return data[:i], "", nil
		}
		if l.eof {
			if len(data) == 0 {
				return nil, "", io.EOF
			}
			l.start = l.end
			l.line++
			return data, "", nil
		}
		switch err := l.more(); {
		case errors.Is(err, errTooLong):
			raw := append([]byte(nil), snippet(l.data())...)
			l.line++
			return raw, CodeLineTooLong, l.skipLine('\n')
		case err != nil:
			return nil, "", err
		}
	}
}

const maxJSONDepth = 64

// flatten reads one JSON object into members named parent.child.
func flatten(raw []byte) ([]member, string) {
	if !utf8.Valid(raw) {
		return nil, CodeEncoding
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, CodeJSON
	}
	members, err := flattenObject(d, "", nil, 0)
	if err != nil {
		return nil, CodeJSON
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, CodeJSON
	}
	return members, ""
}

func flattenObject(d *json.Decoder, prefix string, into []member, depth int) ([]member, error) {
	if depth > maxJSONDepth {
		return nil, fmt.Errorf("objects are nested deeper than %d", maxJSONDepth)
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, err
		}
		name := prefix + fmt.Sprint(key)
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, err
		}
		if into, err = flattenValue(name, value, into, depth); err != nil {
			return nil, err
		}
	}
	_, err := d.Token()
	return into, err
}

func flattenValue(name string, value json.RawMessage, into []member, depth int) ([]member, error) {
	switch value[0] {
	case '{':
		d := json.NewDecoder(bytes.NewReader(value))
		d.UseNumber()
		if _, err := d.Token(); err != nil {
			return nil, err
		}
		return flattenObject(d, name+".", into, depth+1)
	case '"':
		var text string
		if err := json.Unmarshal(value, &text); err != nil {
			return nil, err
		}
		return append(into, member{name: name, value: text}), nil
	case 'n':
		return append(into, member{name: name}), nil
	}
	number := value[0] != '[' && value[0] != 't' && value[0] != 'f'
	return append(into, member{name: name, value: string(value), pointed: number && bytes.IndexByte(value, '.') >= 0}), nil
}
