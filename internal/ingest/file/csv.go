package file

import (
	"bytes"
	"errors"
	"io"
)

// Limits that keep hostile input from taking memory.
const (
	maxLineBytes = 16 << 20
	maxColumns   = 2000
)

var errTooLong = errors.New("the line is too long")

// window is the part of a text that is in memory: whole lines, up to limit
// bytes of them.
type window struct {
	r          io.Reader
	buf        []byte
	start, end int
	eof        bool
	limit      int
}

func newWindow(r io.Reader, limit int) *window {
	return &window{r: r, buf: make([]byte, min(limit, 256<<10)), limit: limit}
}

func (w *window) data() []byte { return w.buf[w.start:w.end] }

// more reads further, keeping what is unread. errTooLong: the window is full.
func (w *window) more() error {
	if w.start > 0 {
		copy(w.buf, w.buf[w.start:w.end])
		w.start, w.end = 0, w.end-w.start
	}
	if w.end == len(w.buf) {
		if len(w.buf) >= w.limit {
			return errTooLong
		}
		grown := make([]byte, min(2*len(w.buf), w.limit))
		copy(grown, w.buf[:w.end])
		w.buf = grown
	}
	n, err := io.ReadFull(w.r, w.buf[w.end:]) // whole windows, or long lines take quadratic time
	w.end += n
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		w.eof, err = true, nil
	}
	return err
}

// skipLine drops everything up to the next newline, in bounded memory.
func (w *window) skipLine(newline byte) error {
	for {
		if i := bytes.IndexByte(w.data(), newline); i >= 0 {
			w.start += i + 1
			return nil
		}
		w.start, w.end = 0, 0
		if w.eof {
			return nil
		}
		if err := w.more(); err != nil {
			return err
		}
	}
}

// dialect is how a delimited file is written.
type dialect struct {
	delimiter byte
	newline   byte // '\n', or '\r' of old Macs; '\n' includes "\r\n"
	skipLines int  // before the header: 1 after Excel's "sep=;"
}

// csvReader splits delimited text as RFC 4180 writes it. A line that breaks the
// rules is returned with a problem and reading goes on after it: no row is lost.
type csvReader struct {
	*window
	dialect
	line int64 // lines read

	fields     [][]byte // of the last record; valid until the next
	recordLine int64    // line where the last record began
	problem    string   // code of what is wrong with the last record, or ""
	raw        []byte   // beginning of the last record's line when there is a problem
	scratch    []byte

	// what the text holds so far
	quotes, multiline, blank, crlf, lf, strayCR bool
	longest                                     int
}

func newCSVReader(r io.Reader, d dialect) *csvReader {
	return &csvReader{window: newWindow(r, maxLineBytes), dialect: d}
}

// next reads one record that is not a blank line. io.EOF: there is none.
func (c *csvReader) next() error {
	for {
		if done, err := c.step(); done || err != nil {
			return err
		}
	}
}

// step looks at the first line of the window and consumes it, or reads more.
func (c *csvReader) step() (done bool, err error) {
	data := c.data()
	end := bytes.IndexByte(data, c.newline)
	if end < 0 {
		if !c.eof {
			return c.readOn(-1)
		}
		if len(data) == 0 {
			return true, io.EOF
		}
		end = len(data)
	}
	c.problem, c.recordLine, c.fields = "", c.line+1, c.fields[:0]
	line := data[:end]
	if bytes.IndexByte(line, '"') >= 0 {
		c.quotes = true
		return c.stepQuoted(data, end)
	}
	c.consume(end, 1)
	line = c.trimCR(line, end < len(data))
	if len(line) == 0 {
		c.blank = true
		return false, nil
	}
	c.split(line)
	return true, nil
}

// readOn reads more; when the window is full it gives the record up: the line
// that ends at end, or, when that is negative, all up to the next newline.
func (c *csvReader) readOn(end int) (bool, error) {
	err := c.more()
	if !errors.Is(err, errTooLong) {
		return false, err
	}
	if end >= 0 {
		c.reject(CodeStrayQuote, end)
		return true, nil
	}
	c.problem, c.recordLine, c.fields = CodeLineTooLong, c.line+1, c.fields[:0]
	c.raw = append(c.raw[:0], snippet(c.data())...)
	c.line++
	return true, c.skipLine(c.newline)
}

func (c *csvReader) consume(end int, lines int64) {
	c.longest = max(c.longest, end)
	c.start = min(c.start+end+1, c.end)
	c.line += lines
}

func (c *csvReader) trimCR(line []byte, terminated bool) []byte {
	switch {
	case c.newline != '\n':
	case len(line) > 0 && line[len(line)-1] == '\r':
		c.crlf = true
		line = line[:len(line)-1]
	case terminated:
		c.lf = true
	}
	if c.newline == '\n' && bytes.IndexByte(line, '\r') >= 0 {
		c.strayCR = true
	}
	return line
}

func (c *csvReader) split(line []byte) {
	for {
		i := bytes.IndexByte(line, c.delimiter)
		if i < 0 {
			c.fields = append(c.fields, line)
			return
		}
		c.fields = append(c.fields, line[:i])
		line = line[i+1:]
	}
}

// reject gives the line up that ends at end; reading goes on with the next.
func (c *csvReader) reject(code string, end int) {
	c.problem, c.fields = code, c.fields[:0]
	c.raw = append(c.raw[:0], snippet(c.data()[:end])...)
	c.consume(end, 1)
}

// stepQuoted reads a record that has quotes. end is where its first line ends.
func (c *csvReader) stepQuoted(data []byte, end int) (bool, error) {
	n, lines, state := c.splitQuoted(data)
	switch state {
	case quoteStray:
		c.reject(CodeStrayQuote, end)
	case quoteOpen:
		if !c.eof {
			if end == len(data) {
				end = -1
			}
			return c.readOn(end)
		}
		c.reject(CodeStrayQuote, end)
	default:
		if lines > 1 {
			c.multiline = true
		}
		c.consume(n, lines)
	}
	return true, nil
}

type quoteState int

const (
	quoteFine  quoteState = iota
	quoteOpen             // the text ends within quotes
	quoteStray            // a quote where none may stand
)

// splitQuoted reads one record from the beginning of data into c.fields. n is
// where its newline stands, lines how many it spans.
func (c *csvReader) splitQuoted(data []byte) (n int, lines int64, state quoteState) {
	c.fields, c.scratch = c.fields[:0], c.scratch[:0]
	at := 0
	lines = 1
	for {
		var field []byte
		var last bool
		if at < len(data) && data[at] == '"' {
			field, at, state = c.quotedField(data, at+1)
			lines += int64(bytes.Count(field, []byte{c.newline}))
		} else {
			field, at, state = c.plainField(data, at)
		}
		if state != quoteFine {
			return 0, 0, state
		}
		c.fields = append(c.fields, field)
		if at, last, state = c.fieldEnd(data, at); last || state != quoteFine {
			return at, lines, state
		}
	}
}

// plainField reads up to the delimiter or the newline.
func (c *csvReader) plainField(data []byte, at int) ([]byte, int, quoteState) {
	end := at
	for end < len(data) && data[end] != c.delimiter && data[end] != c.newline {
		if data[end] == '"' {
			return nil, end, quoteStray
		}
		end++
	}
	if end == len(data) && !c.eof {
		return nil, end, quoteOpen
	}
	field := data[at:end]
	if end == len(data) || data[end] == c.newline {
		field = c.trimCR(field, end < len(data))
	}
	return field, end, quoteFine
}

// quotedField reads up to the closing quote; at stands after the opening one.
func (c *csvReader) quotedField(data []byte, at int) ([]byte, int, quoteState) {
	begin, doubled := at, false
	for {
		i := bytes.IndexByte(data[at:], '"')
		if i < 0 || (at+i+1 == len(data) && !c.eof) {
			return nil, at, quoteOpen
		}
		at += i + 1
		if at == len(data) || data[at] != '"' {
			break
		}
		doubled = true
		at++
	}
	field := data[begin : at-1]
	if doubled {
		from := len(c.scratch)
		c.scratch = append(c.scratch, bytes.ReplaceAll(field, []byte(`""`), []byte(`"`))...)
		field = c.scratch[from:]
	}
	return field, at, quoteFine
}

// fieldEnd steps over the delimiter after a field, or finds that the record
// ends at at.
func (c *csvReader) fieldEnd(data []byte, at int) (next int, last bool, state quoteState) {
	switch {
	case at == len(data):
		return at, true, quoteFine
	case data[at] == c.delimiter:
		return at + 1, false, quoteFine
	case data[at] == c.newline:
		if at == 0 || data[at-1] != '\r' {
			c.lf = true
		}
		return at, true, quoteFine
	case data[at] == '\r' && c.newline == '\n' && at+1 < len(data) && data[at+1] == '\n':
		c.crlf = true
		return at + 1, true, quoteFine
	case data[at] == '\r' && at+1 == len(data):
		if c.eof {
			return at + 1, true, quoteFine
		}
		return at, false, quoteOpen
	}
	return at, false, quoteStray
}

// snippet is the beginning of a long value, for messages.
func snippet(b []byte) []byte { return b[:min(len(b), 120)] }

// sniffDialect finds the delimiter with which most records of the sample have as
// many fields as the header.
func sniffDialect(sample []byte, whole bool) dialect {
	best := dialect{delimiter: ',', newline: '\n'}
	if bytes.IndexByte(sample, '\n') < 0 && bytes.IndexByte(sample, '\r') >= 0 {
		best.newline = '\r'
	}
	if len(sample) > 5 && bytes.HasPrefix(bytes.ToLower(sample), []byte("sep=")) && bytes.IndexByte([]byte("\r\n"), sample[5]) >= 0 {
		best.delimiter, best.skipLines = sample[4], 1
		return best
	}
	bestScore := 0.0
	for _, delimiter := range []byte{',', ';', '\t', '|'} {
		d := best
		d.delimiter = delimiter
		if score := d.score(sample, whole); score > bestScore {
			best, bestScore = d, score
		}
	}
	return best
}

// score is the share of records that have the header's number of fields, plus a
// little for more fields; 0 for one field.
func (d dialect) score(sample []byte, whole bool) float64 {
	if last := bytes.LastIndexByte(sample, d.newline); !whole && last > 0 {
		sample = sample[:last+1]
	}
	c := newCSVReader(bytes.NewReader(sample), d)
	width, same, all := 0, 0, 0
	for c.next() == nil && all < 1000 {
		if width == 0 {
			width = len(c.fields)
			continue
		}
		all++
		if len(c.fields) == width && c.problem == "" {
			same++
		}
	}
	if width < 2 {
		return 0
	}
	return (float64(same)+1)/(float64(all)+1) + float64(min(width, 100))/1000
}
