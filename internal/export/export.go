// Package export writes statements and facts out: statements as JSON Lines,
// CSV or Parquet, facts as CSV or Parquet. Rows stream; memory does not grow
// with their number. A file appears under its name when it is complete and not
// before.
//
// CSV is made for spreadsheets: a cell that one would take for a formula gets a
// leading apostrophe. Who may export what the caller decides.
package export

import (
	"context"
	"time"

	"github.com/liftmark/liftmark/internal/state"
)

// Format is the format of a file.
type Format string

// The formats.
const (
	JSONLines Format = "jsonl"
	CSV       Format = "csv"
	Parquet   Format = "parquet"
)

// Statements selects statements. Zero members select all.
type Statements struct {
	Since, Until time.Time // of stored: exclusive, inclusive
	Agent        string    // inverse functional identifier; see xapi.IFI
	Verb         string    // IRI
	Activity     string    // IRI
	WithVoided   bool
}

// Store is what an export of statements reads.
type Store interface {
	Statements(ctx context.Context, f state.Filter, each func(state.Statement) error) error
}

// Tables is what an export of facts asks of the warehouse, and of Parquet.
type Tables interface {
	// CopyFact writes a fact's rows, in the order of its time and key, to a new
	// file.
	CopyFact(ctx context.Context, fact string, format string, path string) (rows int64, err error)
	// CopyText turns a CSV file whose header names the columns into Parquet.
	// types are the engine-neutral types of the columns by name: text, integer,
	// number, boolean, time; a column without one is text.
	CopyText(ctx context.Context, csv, parquet string, columns []Column) error
}

// Column is a column of a table.
type Column struct {
	Name string
	Type string // text, number, boolean or time
}

// Service exports from one workspace.
type Service struct {
	store  Store
	tables Tables
	dir    string
}

// New gives the service. dir is where files are staged that a format needs
// whole; tables may be nil where only JSON Lines and CSV of statements are asked.
func New(store Store, tables Tables, dir string) *Service {
	return &Service{store: store, tables: tables, dir: dir}
}

