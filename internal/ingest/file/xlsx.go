package file

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/liftmark/liftmark/internal/fault"
)

// maxWorkbookBytes bounds the unpacked size of a workbook, which is held in
// memory as a whole.
const maxWorkbookBytes = 256 << 20

// decodeXLSX makes a stage of each visible sheet that has a header.
func decodeXLSX(ctx context.Context, env *decodeEnv, in *input) (stages []*stage, err error) {
	defer func() { // the library panics on some damaged workbooks
		if r := recover(); r != nil {
			stages, err = nil, fault.New(fault.Invalid, "%s is a damaged workbook (%v); open and save it again, or save it as CSV", in.path, r)
		}
	}()
	book, sum, err := openWorkbook(in)
	if err != nil {
		return nil, err
	}
	defer func() { _ = book.Close() }()
	for _, sheet := range book.GetSheetList() {
		if visible, err := book.GetSheetVisible(sheet); err != nil || !visible {
			continue
		}
		st, err := decodeSheet(ctx, env, in, book, sheet)
		if err != nil {
			return nil, err
		}
		if st != nil {
			st.sha256 = sum
			stages = append(stages, st)
		}
	}
	if len(stages) == 0 {
		return nil, fault.New(fault.Invalid, "%s has no visible sheet with a header; the first row that is not empty must name the columns", in.path)
	}
	if len(stages) == 1 {
		stages[0].name = in.name
	}
	return stages, nil
}

func openWorkbook(in *input) (*excelize.File, string, error) {
	sum := sha256.New()
	r, err := in.open(sum)
	if err != nil {
		return nil, "", err
	}
	defer func() { _ = r.Close() }()
	book, err := excelize.OpenReader(io.LimitReader(r, maxWorkbookBytes), excelize.Options{RawCellValue: true, UnzipSizeLimit: maxWorkbookBytes, UnzipXMLSizeLimit: maxWorkbookBytes})
	switch {
	case err == nil:
		return book, hex.EncodeToString(sum.Sum(nil)), nil
	case strings.Contains(err.Error(), "unzip size exceeds"):
		return nil, "", fault.New(fault.TooLarge, "%s holds more than %d MiB of cells; save its sheets as CSV", in.path, maxWorkbookBytes>>20)
	case isPathError(err):
		return nil, "", err
	}
	return nil, "", fault.New(fault.Invalid, "%s cannot be read as a workbook (%w); remove its password, open and save it again, or save it as CSV", in.path, err)
}

// sheetReader reads one sheet's cells as the text of their values.
type sheetReader struct {
	book     *excelize.File
	sheet    string
	date1904 bool
	dates    map[int]bool // by style
}

func decodeSheet(ctx context.Context, env *decodeEnv, in *input, book *excelize.File, sheet string) (*stage, error) {
	rows, err := book.Rows(sheet)
	if err != nil {
		return nil, fault.New(fault.Invalid, "%s, sheet %q: %w", in.path, sheet, err)
	}
	defer func() { _ = rows.Close() }()
	props, err := book.GetWorkbookProps()
	if err != nil {
		return nil, err
	}
	s := &sheetReader{book: book, sheet: sheet, dates: map[int]bool{}, date1904: props.Date1904 != nil && *props.Date1904}
	var w *stageWriter
	for line := 1; rows.Next(); line++ {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		cells, err := rows.Columns()
		if err != nil {
			return nil, fault.New(fault.Invalid, "%s, sheet %q, row %d: %w", in.path, sheet, line, err)
		}
		if w == nil {
			if w, err = sheetHeader(env, in, sheet, cells); err != nil {
				return nil, err
			}
			continue
		}
		if err := s.row(w, line, cells); err != nil {
			w.abandon()
			return nil, err
		}
	}
	if err := rows.Error(); err != nil {
		return nil, fault.New(fault.Invalid, "%s, sheet %q: %w", in.path, sheet, err)
	}
	if w == nil {
		return nil, nil
	}
	return w.finish()
}

// sheetHeader starts a stage with the first row that is not empty.
func sheetHeader(env *decodeEnv, in *input, sheet string, cells []string) (*stageWriter, error) {
	if isBlank(cells) {
		return nil, nil
	}
	columns := make([]string, len(cells))
	for i, c := range cells {
		columns[i] = strings.TrimSpace(c)
	}
	label := in.label + "#" + sheet
	if err := checkHeader(label, columns); err != nil {
		return nil, err
	}
	w, err := newStageWriter(env, in, label, sheet, columns)
	if err == nil {
		w.st.sheet = sheet
	}
	return w, err
}

func isBlank(cells []string) bool {
	for _, c := range cells {
		if strings.TrimSpace(c) != "" {
			return false
		}
	}
	return true
}

func (s *sheetReader) row(w *stageWriter, line int, cells []string) error {
	width := len(w.st.columns)
	if len(cells) > width && !isBlank(cells[width:]) {
		return w.reject(int64(line), "", valuesFor(len(cells), width), CodeRagged)
	}
	values := make([]string, width)
	blank := true
	for i := range values {
		raw := ""
		if i < len(cells) {
			raw = cells[i]
		}
		value, code, err := s.cell(i+1, line, raw)
		if err != nil {
			return err
		}
		if code != "" {
			return w.reject(int64(line), w.st.columns[i], value, code)
		}
		values[i] = value
		blank = blank && strings.TrimSpace(value) == ""
		if !w.st.pointed[i] {
			if w.st.pointed[i], err = s.isPointed(i+1, line, value); err != nil {
				return err
			}
		}
	}
	if blank {
		return nil
	}
	w.begin(int64(line))
	for _, v := range values {
		w.value([]byte(strings.ToValidUTF8(v, "�")))
	}
	return w.end()
}

// cell gives the text of a cell, or why it has none.
func (s *sheetReader) cell(column, row int, raw string) (value, code string, err error) {
	name, err := excelize.CoordinatesToCellName(column, row)
	if err != nil {
		return "", "", err
	}
	if raw == "" {
		formula, err := s.book.GetCellFormula(s.sheet, name)
		if err != nil || formula == "" {
			return "", "", err
		}
		kind, err := s.book.GetCellType(s.sheet, name)
		if err != nil || kind == excelize.CellTypeFormula || kind == excelize.CellTypeSharedString {
			return "", "", err // the formula's value is stored, an empty text
		}
		return "=" + formula, CodeFormula, nil
	}
	if isErrorValue(raw) {
		return raw, CodeFormula, nil
	}
	serial, err := strconv.ParseFloat(raw, 64)
	if err != nil {
		return raw, "", nil
	}
	date, err := s.isDate(name)
	if err != nil || !date {
		return raw, "", err
	}
	return s.dateText(serial, raw), "", nil
}

// isPointed says that a cell holds a number, not a text, with a decimal point.
func (s *sheetReader) isPointed(column, row int, value string) (bool, error) {
	if !strings.Contains(value, ".") {
		return false, nil
	}
	name, err := excelize.CoordinatesToCellName(column, row)
	if err != nil {
		return false, err
	}
	kind, err := s.book.GetCellType(s.sheet, name)
	return kind == excelize.CellTypeUnset || kind == excelize.CellTypeNumber, err
}

func isErrorValue(raw string) bool {
	switch raw {
	case "#N/A", "#VALUE!", "#REF!", "#DIV/0!", "#NUM!", "#NAME?", "#NULL!", "#SPILL!", "#CALC!":
		return true
	}
	return false
}

// dateText writes a serial date; one that the calendar does not have stays a
// number and is refused as a date.
func (s *sheetReader) dateText(serial float64, raw string) string {
	t, err := excelize.ExcelDateToTime(serial, s.date1904)
	if err != nil {
		return raw
	}
	t = t.Round(time.Millisecond)
	if t.Equal(t.Truncate(24 * time.Hour)) {
		return t.Format("2006-01-02")
	}
	return t.Format("2006-01-02T15:04:05.999")
}

func (s *sheetReader) isDate(cell string) (bool, error) {
	index, err := s.book.GetCellStyle(s.sheet, cell)
	if err != nil {
		return false, err
	}
	if date, ok := s.dates[index]; ok {
		return date, nil
	}
	style, err := s.book.GetStyle(index)
	if err != nil {
		return false, err
	}
	s.dates[index] = isDateFormat(style)
	return s.dates[index], nil
}

// literalPart is what a number format shows as it stands: quoted text, escaped
// characters, colours and conditions.
var literalPart = regexp.MustCompile(`"[^"]*"|\\.|_.|\*.|\[[^\]]*\]`)

// isDateFormat knows the built-in date formats of ECMA-376 part 1, 18.8.30, and
// takes a custom one for a date when it shows a day or a year.
func isDateFormat(style *excelize.Style) bool {
	if style.CustomNumFmt != nil {
		code := strings.ToLower(literalPart.ReplaceAllString(*style.CustomNumFmt, ""))
		return !strings.Contains(code, "general") && strings.ContainsAny(code, "yd")
	}
	switch n := style.NumFmt; {
	case n >= 14 && n <= 17, n == 22, n >= 27 && n <= 31, n == 36, n >= 50 && n <= 54, n >= 57 && n <= 58:
		return true
	}
	return false
}
