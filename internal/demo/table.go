package demo

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/liftmark/liftmark/internal/record"
)

const (
	duplicateChance = 0.002
	lateChance      = 0.005
	lateRows        = 500 // held back at most, so that memory stays bounded
)

// table writes one CSV file with the mess of a real export: some rows twice,
// some late, some bad.
type table struct {
	name   string
	header []string
	file   *os.File
	buffer *bufio.Writer
	csv    *csv.Writer
	rand   *rand.Rand // nil: no duplicates and no late rows
	late   [][]string
	bad    []Flaw   // one for each bad row still to come
	sample []string // the first row, of which bad rows are made
	rows   Rows
	err    error
}

// createTable makes DIR/NAME.csv with the canonical header and further columns.
func createTable(dir, name string, mess *rand.Rand, more ...string) (*table, error) {
	fact, ok := record.Find(name)
	if !ok {
		panic("demo: no fact has the file " + name)
	}
	t := &table{name: name, rand: mess}
	for _, field := range fact.Fields {
		t.header = append(t.header, field.Name)
	}
	t.header = append(t.header, more...)
	file, err := os.Create(filepath.Join(dir, name+".csv"))
	if err != nil {
		return nil, err
	}
	t.file, t.buffer = file, bufio.NewWriterSize(file, 1<<18)
	t.csv = csv.NewWriter(t.buffer)
	t.keep(t.csv.Write(t.header))
	return t, nil
}

func (t *table) keep(err error) { t.err = errors.Join(t.err, err) }

// add writes a good row, in the order of the header. It panics if the row is
// of another width.
func (t *table) add(row ...string) {
	if len(row) != len(t.header) {
		panic(fmt.Sprintf("demo: %s has %d columns, the row %d", t.name, len(t.header), len(row)))
	}
	if t.sample == nil {
		t.sample = slices.Clone(row)
	}
	t.rows.Distinct++
	if !t.mess(row) {
		t.put(row)
	}
	if len(t.bad) > 0 && t.rows.Distinct%7 == 3 {
		t.addBad()
	}
}

// mess holds the row back or doubles it, now and then; true: it is held back.
func (t *table) mess(row []string) bool {
	if t.rand == nil {
		return false
	}
	u := t.rand.Float64()
	if u >= duplicateChance+lateChance {
		return false
	}
	t.late = append(t.late, slices.Clone(row))
	if len(t.late) >= lateRows {
		t.flushLate()
	}
	if u < duplicateChance {
		t.rows.Duplicates++
		return false
	}
	t.rows.Late++
	return true
}

func (t *table) flushLate() {
	for _, row := range t.late {
		t.put(row)
	}
	t.late = t.late[:0]
}

// addBad writes the next bad row: a copy of the sample with a key of its own
// and the flaw's value.
func (t *table) addBad() {
	flaw, row := t.bad[0], slices.Clone(t.sample)
	t.bad = t.bad[1:]
	t.rows.Rejects++
	row[0] = "bad-" + strconv.Itoa(t.rows.Rejects)
	if t.name == "costs" { // has no column that is a key by itself
		row[0] = t.sample[0]
	}
	row[slices.Index(t.header, flaw.Column)] = flaw.Value
	t.put(row)
}

func (t *table) put(row []string) {
	t.rows.Written++
	if t.err == nil {
		t.keep(t.csv.Write(row))
	}
}

// close writes what is held back and closes the file.
func (t *table) close() error {
	t.flushLate()
	for len(t.bad) > 0 && t.sample != nil {
		t.addBad()
	}
	t.csv.Flush()
	t.keep(t.csv.Error())
	t.keep(t.buffer.Flush())
	t.keep(t.file.Close())
	if t.err != nil {
		return fmt.Errorf("%s.csv: %w", t.name, t.err)
	}
	return nil
}

func instant(t time.Time) string { return t.Format(time.RFC3339) }

func number(n int) string { return strconv.Itoa(n) }

func usd(x float64) string { return strconv.FormatFloat(x, 'f', 2, 64) }

// badRows are the rows that an import must reject, with the reason.
func badRows() []Flaw {
	return []Flaw{
		{File: "accounts", Column: "account_id", Value: "", Kind: "missing required value", Count: 1, Rejected: true},
		{File: "accounts", Column: "seats", Value: "many", Kind: "not a number", Count: 1, Rejected: true},
		{File: "people", Column: "person_id", Value: "", Kind: "missing required value", Count: 2, Rejected: true},
		{File: "learning", Column: "verb", Value: "consumed", Kind: "unknown value", Count: 5, Rejected: true},
		{File: "learning", Column: "score", Value: "87", Kind: "number above its maximum of 1", Count: 3, Rejected: true},
		{File: "learning", Column: "person_id", Value: "", Kind: "missing required value", Count: 2, Rejected: true},
		{File: "usage", Column: "time", Value: "2025-13-45T10:00:00Z", Kind: "no such date", Count: 6, Rejected: true},
		{File: "usage", Column: "quantity", Value: "-3", Kind: "negative number", Count: 4, Rejected: true},
		{File: "usage", Column: "feature", Value: "", Kind: "missing required value", Count: 3, Rejected: true},
		{File: "tickets", Column: "opened_at", Value: "yesterday", Kind: "not a date", Count: 3, Rejected: true},
		{File: "tickets", Column: "cost", Value: "-20.00", Kind: "negative money", Count: 2, Rejected: true},
		{File: "responses", Column: "kind", Value: "smiley", Kind: "unknown value", Count: 2, Rejected: true},
		{File: "responses", Column: "time", Value: "", Kind: "missing required value", Count: 1, Rejected: true},
		{File: "revenue", Column: "kind", Value: "upsell", Kind: "unknown value", Count: 2, Rejected: true},
		{File: "revenue", Column: "mrr", Value: "-99.00", Kind: "negative money", Count: 1, Rejected: true},
		{File: "costs", Column: "category", Value: "misc", Kind: "unknown value", Count: 1, Rejected: true},
	}
}
