package file

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/liftmark/liftmark/internal/figure"
)

// Codes say why a row is refused. They are stable.
const (
	CodeRagged          = "ragged_row"
	CodeStrayQuote      = "stray_quote"
	CodeLineTooLong     = "line_too_long"
	CodeNullByte        = "null_byte"
	CodeEncoding        = "invalid_encoding"
	CodeJSON            = "invalid_json"
	CodeFormula         = "formula_without_value"
	CodeMissing         = "missing"
	CodeTime            = "invalid_time"
	CodeAmbiguousDate   = "ambiguous_date"
	CodeNumber          = "invalid_number"
	CodeAmbiguousNumber = "ambiguous_number"
	CodeRange           = "out_of_range"
	CodeEnum            = "not_in_list"
	CodeBoolean         = "invalid_boolean"
	CodeEmail           = "invalid_email"
	CodeCountry         = "invalid_country"
	CodeCurrency        = "invalid_currency"
	CodeZone            = "invalid_zone"
	CodeOrder           = "wrong_order"
	CodeNoSubject       = "no_subject"
	CodeConflict        = "conflicting_duplicate"
)

// remedies say what to do about a code. %s is the list of values of an enum, or
// the bounds of a range.
var remedies = map[string]string{
	CodeRagged:          "give the row as many values as the header has; quote values that hold the delimiter",
	CodeStrayQuote:      `write a quote within a value twice ("") and put the value in quotes; close every quote`,
	CodeLineTooLong:     "a line may have 16 MiB; is a newline or a closing quote missing?",
	CodeNullByte:        "remove the null bytes; they are padding or damage",
	CodeEncoding:        "save the file as UTF-8",
	CodeJSON:            "write one complete JSON object on each line",
	CodeFormula:         "open the workbook in a spreadsheet program and save it, so that the formula's value is stored, and mend formulas that show an error",
	CodeMissing:         "fill the value in, or map another column or a constant to it",
	CodeTime:            "write 2026-01-31 or 2026-01-31T10:30:00Z, or name the format in the mapping",
	CodeAmbiguousDate:   "the column has dates of both orders, and this one may be either: write 2026-01-31, or name the format in the mapping",
	CodeNumber:          "write digits with a decimal point, or name the decimal mark in the mapping",
	CodeAmbiguousNumber: "the column uses both , and . as decimal mark: write 1234.50, or name the decimal mark in the mapping",
	CodeRange:           "correct the value",
	CodeEnum:            "use a listed value, or translate it with values: in the mapping",
	CodeBoolean:         "write true or false, yes or no, 1 or 0",
	CodeEmail:           "write one address, name@example.com, or leave it empty",
	CodeCountry:         "write the two-letter code of ISO 3166-1, such as DE, or translate it with values: in the mapping",
	CodeCurrency:        "write the three-letter code of ISO 4217, such as EUR",
	CodeZone:            "write an IANA name, such as Europe/Berlin",
	CodeOrder:           "the end lies before the beginning: correct one of the two",
	CodeNoSubject:       "fill in person_id or account_id",
	CodeConflict:        "an event with this key is stored with other content; events do not change: give it a key of its own, or roll the other batch back",
}

// createReject makes the table of refused values of the running import.
const createReject = `CREATE TEMP TABLE reject (file INTEGER, fact VARCHAR, "row" BIGINT, line BIGINT, "column" VARCHAR, value VARCHAR, code VARCHAR)`

// loadDecodeRejects brings what decoding refused into the table of rejects.
func (r *run) loadDecodeRejects(ctx context.Context, file int, st *stage, fact string) error {
	if st.rejects == "" {
		return nil
	}
	_, err := r.tx.ExecContext(ctx, `INSERT INTO reject SELECT `+strconv.Itoa(file)+`, `+literal(fact)+`, * FROM read_csv(`+literal(st.rejects)+`,
		auto_detect = false, header = false, delim = ',', quote = '"', escape = '"', new_line = '\n', parallel = false,
		columns = {'row': 'BIGINT', 'line': 'BIGINT', 'column': 'VARCHAR', 'value': 'VARCHAR', 'code': 'VARCHAR'})`)
	return err
}

// summariseRejects counts a file's rejects by code and column, with the first
// examples of each.
func (r *run) summariseRejects(ctx context.Context, file int, fact string) (list []RejectSummary, err error) {
	list = []RejectSummary{}
	rows, err := r.tx.QueryContext(ctx, `SELECT code, coalesce("column", ''), count(*), min("row") AS first FROM reject WHERE file = ? AND fact = ? GROUP BY 1, 2 ORDER BY 3 DESC, first, 2`, file, fact)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var s RejectSummary
		var first int64
		if err := rows.Scan(&s.Code, &s.Column, &s.Count, &first); err != nil {
			return nil, err
		}
		s.Remedy = remedies[s.Code]
		list = append(list, s)
	}
	return list, rows.Err()
}

func (r *run) rejectExamples(ctx context.Context, file int, fact string, list []RejectSummary) error {
	for i := range list {
		var err error
		if list[i].Examples, err = r.examplesOf(ctx, file, fact, list[i]); err != nil {
			return err
		}
	}
	return nil
}

// examplesOf gives the first rows that were refused for one reason.
func (r *run) examplesOf(ctx context.Context, file int, fact string, s RejectSummary) ([]Example, error) {
	rows, err := r.tx.QueryContext(ctx, `SELECT "row", coalesce(line, 0), coalesce(value, '') FROM reject
		WHERE file = ? AND fact = ? AND code = ? AND coalesce("column", '') = ? ORDER BY "row" LIMIT 3`, file, fact, s.Code, s.Column)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	examples := []Example{}
	for rows.Next() {
		var e Example
		if err := rows.Scan(&e.Row, &e.Line, &e.Value); err != nil {
			return nil, err
		}
		examples = append(examples, e)
	}
	return examples, rows.Err()
}

// writeRejects writes every refused value into dir, and gives the file's path:
// "" when nothing was refused or no file is wanted.
func (r *run) writeRejects(ctx context.Context, dir string) (path string, err error) {
	var n int64
	if err := r.tx.QueryRowContext(ctx, `SELECT count(*) FROM reject`).Scan(&n); err != nil || n == 0 || dir == "" {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return "", fmt.Errorf("make the folder for rejects: %w", err)
	}
	path = filepath.Join(dir, fmt.Sprintf("rejects-%d.csv", r.batch))
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	rows, err := r.tx.QueryContext(ctx, `SELECT file, fact, "row", line, coalesce("column", ''), coalesce(value, ''), code FROM reject ORDER BY file, "row", fact, "column"`)
	if err != nil {
		return path, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	return path, r.copyRejects(f, rows)
}

func (r *run) copyRejects(f *os.File, rows *sql.Rows) error {
	buffered := bufio.NewWriter(f)
	out := csv.NewWriter(buffered)
	_ = out.Write([]string{"file", "fact", "row", "line", "column", "value", "code", "remedy"})
	for rows.Next() {
		var file int
		var fact, column, value, code string
		var row int64
		var line sql.NullInt64
		if err := rows.Scan(&file, &fact, &row, &line, &column, &value, &code); err != nil {
			return err
		}
		at := ""
		if line.Valid {
			at = strconv.FormatInt(line.Int64, 10)
		}
		_ = out.Write([]string{figure.Cell(r.stages[file].label), fact, strconv.FormatInt(row, 10), at, figure.Cell(column), figure.Cell(value), code, remedies[code]})
	}
	out.Flush()
	return errors.Join(rows.Err(), out.Error(), buffered.Flush())
}
