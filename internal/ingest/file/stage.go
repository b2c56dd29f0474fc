package file

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/figure"
)

// stage is a table of text that the engine can read: a regular UTF-8 CSV file,
// or a Parquet file.
type stage struct {
	in      *input
	label   string   // what messages call it: the file, with the sheet of a workbook
	name    string   // by which it is recognised: the file's or the sheet's
	sheet   string   // of a workbook
	columns []string // as the header writes them
	sha256  string   // of the file itself

	path     string // what the engine reads; a Parquet file for formatParquet
	direct   bool   // path is the input itself: no columns for row and line
	dialect  dialect
	crlf     bool
	quotes   bool
	oneLiner bool // no value holds a newline, so that the line is the row + 1
	longest  int
	trimmed  bool // no value begins or ends with a space

	expressions []string // of a Parquet file: how the engine writes each column as text
	// pointed marks the columns with a number whose format, not whose text, says
	// that a point is the decimal mark: JSON, Parquet and cells of a workbook.
	pointed map[int]bool

	rows      int64  // records that the engine will find
	bad       int64  // records refused while decoding, which it will not
	rejects   string // file of the refused: row, line, column, value, code
	recovered string // what to tell about the decoding, or ""
}

// decoder-wide settings of one import.
type decodeEnv struct {
	conn     *sql.Conn
	dir      string // for staged files
	next     int    // number of the next one
	progress func(Progress)
}

func (e *decodeEnv) path(kind string) string {
	e.next++
	return filepath.Join(e.dir, fmt.Sprintf("%s-%d.csv", kind, e.next))
}

// decode turns a file into stages: one, or one for each sheet of a workbook.
func decode(ctx context.Context, env *decodeEnv, in *input) ([]*stage, error) {
	var stages []*stage
	var err error
	switch in.format {
	case formatJSONL:
		stages, err = decodeJSONL(ctx, env, in)
	case formatXLSX:
		stages, err = decodeXLSX(ctx, env, in)
	case formatParquet:
		stages, err = decodeParquet(ctx, env, in)
	default:
		stages, err = decodeCSV(ctx, env, in)
	}
	return stages, in.readError(describeWrite(ctx, err))
}

// describeWrite gives a failure to write a staged file its kind.
func describeWrite(ctx context.Context, err error) error {
	switch {
	case err == nil || ctx.Err() != nil:
		return err
	case isNoSpace(err):
		return fault.New(fault.Unavailable, "the disk is full; free some space and run the command again, nothing of it was stored: %w", err)
	}
	return err
}

// errIrregular: the file cannot be read as it is, and needs a normalised copy.
var errIrregular = errors.New("the file is not regular")

// errNotUTF8: a byte showed that the text is not UTF-8.
var errNotUTF8 = errors.New("the text is not UTF-8")

// decodeCSV scans the file; a regular one is read by the engine as it is, any
// other one is decoded again into a normalised copy.
func decodeCSV(ctx context.Context, env *decodeEnv, in *input) ([]*stage, error) {
	st, err := scanCSV(ctx, env, in)
	if errors.Is(err, errNotUTF8) {
		in.encoding = windows1252
		err = errIrregular
	}
	if errors.Is(err, errIrregular) {
		if st, err = normaliseCSV(ctx, env, in); errors.Is(err, errNotUTF8) {
			in.encoding = windows1252
			st, err = normaliseCSV(ctx, env, in)
		}
	}
	if err != nil {
		return nil, err
	}
	return []*stage{st}, nil
}

// counted reports the bytes that pass, and stops when the context ends.
type counted struct {
	r        io.Reader
	ctx      context.Context
	progress func(Progress)
	at       Progress
}

func (c *counted) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := c.r.Read(p)
	c.at.Done += int64(n)
	if c.progress != nil {
		c.progress(c.at)
	}
	return n, err
}

// csvSource is an opened delimited file, its header read.
type csvSource struct {
	*csvReader
	close   func() error
	sum     hash.Hash
	columns []string
}

func openCSV(ctx context.Context, env *decodeEnv, in *input) (*csvSource, error) {
	sum := sha256.New()
	text, err := in.text(sum)
	if err != nil {
		return nil, err
	}
	r := &counted{r: text, ctx: ctx, progress: env.progress, at: Progress{File: in.path, Step: "read", Total: in.size}}
	if in.compression != "" {
		r.at.Total = 0
	}
	src := &csvSource{csvReader: newCSVReader(r, sniffDialect(in.sample, in.sampleWhole)), close: text.Close, sum: sum}
	if err := src.readHeader(in); err != nil {
		_ = text.Close()
		return nil, err
	}
	return src, nil
}

func (s *csvSource) readHeader(in *input) error {
	for range s.skipLines + 1 {
		switch err := s.next(); {
		case errors.Is(err, io.EOF):
			return fault.New(fault.Invalid, "%s has no header; its first line must name the columns", in.path)
		case err != nil:
			return err
		}
	}
	switch s.problem {
	case CodeLineTooLong:
		return fault.New(fault.Invalid, "%s: the first line is longer than %d MiB; it is not a table with a header", in.path, maxLineBytes>>20)
	case CodeStrayQuote:
		return fault.New(fault.Invalid, "%s: line %d, the header, has a quote that is not closed or stands within a value; mend the header", in.path, s.recordLine)
	}
	s.columns = make([]string, len(s.fields))
	for i, f := range s.fields {
		if in.encoding == utf8Encoding && !utf8.Valid(f) {
			return errNotUTF8
		}
		s.columns[i] = strings.TrimSpace(strings.ReplaceAll(string(f), "\x00", ""))
	}
	return checkHeader(in.path, s.columns)
}

// checkHeader refuses headers with which columns cannot be told apart.
func checkHeader(label string, columns []string) error {
	if len(columns) > maxColumns {
		return fault.New(fault.TooLarge, "%s has %d columns, more than %d; is the delimiter right?", label, len(columns), maxColumns)
	}
	seen := map[string]int{}
	for i, c := range columns {
		key := normalName(c)
		if key == "" {
			if c != "" {
				key = c
			} else {
				continue // a column without a name is left out
			}
		}
		if first, ok := seen[key]; ok {
			return fault.New(fault.Invalid, "%s has two columns named %q (columns %d and %d); rename or remove one", label, c, first+1, i+1)
		}
		seen[key] = i
	}
	if len(seen) == 0 {
		return fault.New(fault.Invalid, "%s has no header; its first line must name the columns", label)
	}
	return nil
}

// scanCSV reads the whole file and gives a direct stage when the engine will
// find in it just what RFC 4180 says is there; errIrregular otherwise.
func scanCSV(ctx context.Context, env *decodeEnv, in *input) (*stage, error) {
	if in.compression != "" || in.encoding != utf8Encoding {
		return nil, errIrregular
	}
	src, err := openCSV(ctx, env, in)
	if err != nil {
		return nil, err
	}
	defer func() { _ = src.close() }()
	if len(src.columns) < 2 || src.skipLines > 0 || src.newline != '\n' {
		return nil, errIrregular
	}
	st := &stage{in: in, label: in.label, name: in.name, columns: src.columns, direct: true, trimmed: true}
	for {
		err := src.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if src.problem != "" || len(src.fields) != len(st.columns) || src.blank || src.strayCR {
			return nil, errIrregular
		}
		for _, f := range src.fields {
			if !utf8.Valid(f) {
				return nil, errNotUTF8
			}
			if bytes.IndexByte(f, 0) >= 0 {
				return nil, errIrregular
			}
			if !isTrimmed(f) {
				return nil, errIrregular // the engine takes much longer to trim than a copy
			}
		}
		st.rows++
	}
	if src.blank || src.crlf && (src.lf || src.multiline) || src.longest > 1<<20 {
		return nil, errIrregular
	}
	st.crlf, st.quotes, st.oneLiner, st.longest = src.crlf, src.quotes, !src.multiline, src.longest
	st.dialect, st.sha256 = src.dialect, hex.EncodeToString(src.sum.Sum(nil))
	return st, env.link(st)
}

// link gives a direct stage a path without characters that the engine would
// take for a pattern.
func (e *decodeEnv) link(st *stage) error {
	absolute, err := filepath.Abs(st.in.path)
	if err != nil {
		return err
	}
	if !strings.ContainsAny(absolute, "*?[]{}") && utf8.ValidString(absolute) {
		st.path = absolute
		return nil
	}
	st.path = e.path("link")
	if os.Symlink(absolute, st.path) != nil {
		return errIrregular // no links here: a copy will do
	}
	return nil
}

// isTrimmed says that f neither begins nor ends with white space.
func isTrimmed(f []byte) bool {
	if len(f) == 0 || f[0]-'!' <= '~'-'!' && f[len(f)-1]-'!' <= '~'-'!' {
		return true
	}
	return len(trim(f)) == len(f)
}

// trim takes white space off, and byte order marks within the text.
func trim(f []byte) []byte {
	return bytes.TrimFunc(f, func(r rune) bool { return unicode.IsSpace(r) || r == '\ufeff' })
}

// normaliseCSV decodes the file into a regular copy; rows that break the rules
// become rejects.
func normaliseCSV(ctx context.Context, env *decodeEnv, in *input) (*stage, error) {
	src, err := openCSV(ctx, env, in)
	if err != nil {
		return nil, err
	}
	defer func() { _ = src.close() }()
	w, err := newStageWriter(env, in, in.label, in.name, src.columns)
	if err != nil {
		return nil, err
	}
	for {
		err := src.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = w.record(src.csvReader, in)
		}
		if err != nil {
			w.abandon()
			return nil, err
		}
	}
	st, err := w.finish()
	if err != nil {
		return nil, err
	}
	st.sha256 = hex.EncodeToString(src.sum.Sum(nil))
	if in.encoding == windows1252 {
		st.recovered = "the text is not valid UTF-8 and was read as Windows-1252"
	}
	return st, nil
}

// stageWriter writes a regular CSV file whose first columns are row and line,
// and another one of rejects.
type stageWriter struct {
	st     *stage
	env    *decodeEnv
	file   *os.File
	out    *bufio.Writer
	bad    *os.File
	badOut *bufio.Writer
	line   []byte // being written
	row    int64
}

func newStageWriter(env *decodeEnv, in *input, label, name string, columns []string) (*stageWriter, error) {
	w := &stageWriter{env: env, st: &stage{in: in, label: label, name: name, columns: columns,
		pointed: map[int]bool{}, path: env.path("stage"), dialect: dialect{delimiter: ',', newline: '\n'}, quotes: true, oneLiner: true, trimmed: true}}
	f, err := os.OpenFile(w.st.path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	w.file, w.out = f, bufio.NewWriterSize(f, 1<<20)
	header := []byte("row,line")
	for i := range columns {
		header = strconv.AppendInt(append(header, ",c"...), int64(i), 10)
	}
	_, err = w.out.Write(append(header, '\n'))
	return w, err
}

// valuesFor says how many values a row has, and how many it should have.
func valuesFor(values, columns int) string {
	return figure.Counted(values, "value", "values") + " for " + figure.Counted(columns, "column", "columns")
}

// record writes the reader's last record, or refuses it.
func (w *stageWriter) record(c *csvReader, in *input) error {
	if c.problem != "" {
		return w.reject(c.recordLine, "", string(c.raw), c.problem)
	}
	if len(c.fields) != len(w.st.columns) {
		return w.reject(c.recordLine, "", valuesFor(len(c.fields), len(w.st.columns)), CodeRagged)
	}
	for i, f := range c.fields {
		if !utf8.Valid(f) {
			if in.bom == 0 {
				return errNotUTF8
			}
			return w.reject(c.recordLine, w.st.columns[i], string(snippet(f)), CodeEncoding)
		}
		if bytes.IndexByte(f, 0) >= 0 {
			return w.reject(c.recordLine, w.st.columns[i], string(snippet(f)), CodeNullByte)
		}
	}
	w.begin(c.recordLine)
	for _, f := range c.fields {
		w.value(f)
	}
	return w.end()
}

func (w *stageWriter) begin(line int64) {
	w.row++
	w.line = strconv.AppendInt(w.line[:0], w.row, 10)
	w.line = strconv.AppendInt(append(w.line, ','), line, 10)
}

func (w *stageWriter) value(f []byte) {
	f = trim(f)
	w.line = appendCSV(append(w.line, ','), f)
	if bytes.ContainsAny(f, "\r\n") {
		w.st.oneLiner = false
	}
}

func (w *stageWriter) end() error {
	w.st.rows++
	w.st.longest = max(w.st.longest, len(w.line))
	_, err := w.out.Write(append(w.line, '\n'))
	return err
}

// appendCSV appends a value, quoted where it needs to be.
func appendCSV(line, f []byte) []byte {
	if bytes.IndexByte(f, '"') < 0 && bytes.IndexByte(f, ',') < 0 && bytes.IndexByte(f, '\n') < 0 && bytes.IndexByte(f, '\r') < 0 {
		return append(line, f...)
	}
	line = append(line, '"')
	line = append(line, bytes.ReplaceAll(f, []byte(`"`), []byte(`""`))...)
	return append(line, '"')
}

// reject refuses the next record.
func (w *stageWriter) reject(line int64, column, value, code string) error {
	if w.bad == nil {
		w.st.rejects = w.env.path("refused")
		f, err := os.OpenFile(w.st.rejects, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		w.bad, w.badOut = f, bufio.NewWriter(f)
	}
	w.row++
	w.st.bad++
	out := strconv.AppendInt(nil, w.row, 10)
	out = strconv.AppendInt(append(out, ','), line, 10)
	for _, v := range []string{column, strings.ToValidUTF8(strings.ReplaceAll(value, "\x00", "␀"), "�"), code} {
		out = appendCSV(append(out, ','), []byte(v))
	}
	_, err := w.badOut.Write(append(out, '\n'))
	return err
}

func (w *stageWriter) finish() (*stage, error) {
	err := errors.Join(w.out.Flush(), w.file.Close())
	if w.bad != nil {
		err = errors.Join(err, w.badOut.Flush(), w.bad.Close())
	}
	return w.st, err
}

func (w *stageWriter) abandon() {
	_ = w.file.Close()
	_ = os.Remove(w.st.path)
	if w.bad != nil {
		_ = w.bad.Close()
		_ = os.Remove(w.st.rejects)
	}
}
