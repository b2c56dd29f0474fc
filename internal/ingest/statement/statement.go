// Package statement brings files of xAPI statements into the record store: JSON
// Lines, a JSON array, or the answer of another record store ({"statements":
// […]}), plain or compressed. Each statement takes the way of one that arrives
// by HTTP, so that both give the same facts; statements that the specification
// refuses are reported and written aside, the others are stored.
//
// Statements belong to no batch and cannot be rolled back: delete them instead.
package statement

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/klauspost/compress/zstd"

	"github.com/liftmark/liftmark/internal/fault"
)

// Bounds of one statement of a file, and of a line, which may be a page of many.
const (
	maxStatement = 16 << 20
	maxLine      = 256 << 20
)

// IsFile says whether a file holds statements: whether its first JSON object, or
// the first of its array, has an actor, a verb and an object.
func IsFile(path string) bool {
	name := strings.TrimSuffix(strings.TrimSuffix(strings.ToLower(path), ".gz"), ".zst")
	if !slices.Contains([]string{".json", ".jsonl", ".ndjson"}, filepath.Ext(name)) {
		return false
	}
	found := false
	err := read(path, func(_ int64, object []byte) error {
		found = looksLikeStatement(object)
		return errStop
	})
	return err == nil && found
}

var errStop = errors.New("enough")

func looksLikeStatement(object []byte) bool {
	found := map[string]bool{}
	err := eachMember(newStream(bytes.NewReader(object)), func(name string, dec *jsontext.Decoder) error {
		found[name] = true
		return dec.SkipValue()
	})
	return err == nil && found["actor"] && found["verb"] && found["object"]
}

// eachMember calls member with each name of the object that comes next; member
// reads the value.
func eachMember(dec *jsontext.Decoder, member func(name string, dec *jsontext.Decoder) error) error {
	if tok, err := dec.ReadToken(); err != nil || tok.Kind() != '{' {
		return errors.Join(err, errNoObject)
	}
	for dec.PeekKind() != '}' {
		tok, err := dec.ReadToken()
		if err != nil {
			return err
		}
		if err := member(tok.String(), dec); err != nil {
			return err
		}
	}
	_, err := dec.ReadToken()
	return err
}

var errNoObject = errors.New("not a JSON object")

// read calls each with every statement of a file and its number, from 1. An
// error of each ends it; errStop quietly.
//
// Errors: fault.NotFound; fault.Invalid naming the place in the file.
func read(path string, each func(n int64, object []byte) error) (err error) {
	f, err := os.Open(path)
	if err != nil {
		return fault.New(fault.NotFound, "%w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	plain, err := decompressed(f)
	if err != nil {
		return fault.New(fault.Invalid, "%s: %w", path, err)
	}
	switch err := readAll(plain, each); {
	case errors.Is(err, errStop):
		return nil
	case err != nil && fault.KindOf(err) == fault.Internal:
		return fault.New(fault.Invalid, "%s: %w", path, err)
	default:
		return err
	}
}

func decompressed(f io.Reader) (*bufio.Reader, error) {
	in := bufio.NewReaderSize(f, 1<<20)
	magic, err := in.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	switch {
	case bytes.HasPrefix(magic, []byte{0x1f, 0x8b}):
		unzipped, err := gzip.NewReader(in)
		return bufio.NewReaderSize(unzipped, 1<<20), err
	case bytes.HasPrefix(magic, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		unzipped, err := zstd.NewReader(in, zstd.WithDecoderMaxMemory(256<<20))
		return bufio.NewReaderSize(unzipped, 1<<20), err
	}
	return in, nil
}

// readAll tells lines of objects from an array and from an answer of a record
// store by how the text begins.
func readAll(in *bufio.Reader, each func(n int64, object []byte) error) error {
	if mark, err := in.Peek(3); err == nil && bytes.Equal(mark, []byte("\xef\xbb\xbf")) {
		if _, err := in.Discard(3); err != nil {
			return err
		}
	}
	n := int64(0)
	line, err := readLine(in)
	for err == nil && len(bytes.TrimSpace(line)) == 0 {
		line, err = readLine(in)
	}
	if err != nil {
		return ignoreEnd(err)
	}
	if !isWhole(line) {
		return readValues(newStream(io.MultiReader(bytes.NewReader(line), in)), &n, each)
	}
	for ; err == nil; line, err = readLine(in) {
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		if err := readText(line, &n, each); err != nil {
			return err
		}
	}
	return ignoreEnd(err)
}

func ignoreEnd(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// readLine gives the next line, io.EOF behind the last one.
func readLine(in *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		piece, err := in.ReadSlice('\n')
		line = append(line, piece...)
		if len(line) > maxLine {
			return nil, fault.New(fault.TooLarge, "a line has more than %d bytes; write one statement a line", maxLine)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if errors.Is(err, io.EOF) && len(line) > 0 {
			return line, nil
		}
		return line, err
	}
}

// isWhole says that a JSON text does not go on in the next line.
func isWhole(line []byte) bool {
	_, err := newStream(bytes.NewReader(line)).ReadValue()
	return !errors.Is(err, io.ErrUnexpectedEOF)
}

// readText reads a line. What is no JSON is handed on as it is, for the parser
// of statements to say what is wrong with it.
func readText(line []byte, n *int64, each func(int64, []byte) error) error {
	dec := newStream(bytes.NewReader(line))
	if kind := dec.PeekKind(); kind == '[' || bytes.Contains(line[:min(len(line), 256)], []byte(`"statements"`)) {
		return readValues(dec, n, each)
	}
	*n++
	return each(*n, bytes.TrimSpace(line))
}

func newStream(in io.Reader) *jsontext.Decoder {
	return jsontext.NewDecoder(in, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

// readValues reads objects and arrays of objects, one after the other.
func readValues(dec *jsontext.Decoder, n *int64, each func(int64, []byte) error) error {
	for {
		var err error
		switch dec.PeekKind() {
		case '[':
			err = readArray(dec, n, each)
		case '{':
			err = readObject(dec, n, each)
		default:
			if _, err = dec.ReadToken(); err == nil {
				err = errNoObject
			}
			if errors.Is(err, io.EOF) {
				return nil
			}
			return fmt.Errorf("statement %d, byte %d: %w; write one statement a line, or an array of them", *n+1, dec.InputOffset(), err)
		}
		if err != nil {
			return err
		}
	}
}

func readArray(dec *jsontext.Decoder, n *int64, each func(int64, []byte) error) error {
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	for dec.PeekKind() != ']' {
		if err := readObject(dec, n, each); err != nil {
			return err
		}
	}
	_, err := dec.ReadToken()
	return err
}

// readObject reads a statement, or a page of a record store's answer.
func readObject(dec *jsontext.Decoder, n *int64, each func(int64, []byte) error) error {
	value, err := dec.ReadValue()
	if err != nil {
		return fmt.Errorf("statement %d, byte %d: %w", *n+1, dec.InputOffset(), err)
	}
	if page, ok := pageOf(value); ok {
		return readArray(newStream(bytes.NewReader(page)), n, each)
	}
	*n++
	if len(value) > maxStatement {
		return fault.New(fault.TooLarge, "statement %d has %d bytes; at most %d are taken", *n, len(value), maxStatement)
	}
	return each(*n, value)
}

// pageOf gives the statements of {"statements": […], "more": "…"}.
func pageOf(value []byte) (page []byte, ok bool) {
	if !bytes.Contains(value[:min(len(value), 256)], []byte(`"statements"`)) {
		return nil, false
	}
	err := eachMember(newStream(bytes.NewReader(value)), func(name string, dec *jsontext.Decoder) error {
		if name == "statements" && dec.PeekKind() == '[' {
			v, err := dec.ReadValue()
			page = bytes.Clone(v)
			return err
		}
		return dec.SkipValue()
	})
	return page, err == nil && page != nil
}
