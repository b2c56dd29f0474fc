// Package export writes statements and facts out: statements as JSON Lines,
// CSV or Parquet, facts as CSV or Parquet. Rows stream; memory does not grow
// with their number. A file appears under its name when it is complete and not
// before.
//
// CSV is made for spreadsheets: a text that one would take for a formula gets a
// leading apostrophe. Parquet and JSON Lines hold everything as it is. Who may
// export what the caller decides.
package export

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/record"
	"github.com/liftmark/liftmark/internal/state"
	"github.com/liftmark/liftmark/internal/warehouse"
)

// Format is the format of a file.
type Format string

// The formats.
const (
	JSONLines Format = "jsonl"
	CSV       Format = "csv"
	Parquet   Format = "parquet"
)

// ContentType is the media type of a format.
func (f Format) ContentType() string {
	switch f {
	case JSONLines:
		return "application/jsonl"
	case CSV:
		return "text/csv; charset=utf-8"
	case Parquet:
		return "application/vnd.apache.parquet"
	}
	return "application/octet-stream"
}

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

// Tables is what an export asks of the warehouse.
type Tables interface {
	// FactRows calls each with the present rows of a fact, by time and key: its
	// fields in their order, nil for what is not known, and last the attributes
	// as a map[string]string.
	FactRows(ctx context.Context, fact string, each func(values []any) error) error
	// FactParquet writes the same rows to a new Parquet file.
	FactParquet(ctx context.Context, fact, path string) error
	// JSONParquet turns a file of JSON objects, one a line, into a new Parquet
	// file with these columns. longest is the length of the longest line.
	JSONParquet(ctx context.Context, jsonl, path string, columns []warehouse.Column, longest int) error
}

// Service exports from one workspace.
type Service struct {
	store  Store
	tables Tables
	dir    string
}

// New gives the service. dir is where Parquet files are staged; tables may be
// nil where no facts and no Parquet are asked for.
func New(store Store, tables Tables, dir string) *Service {
	return &Service{store: store, tables: tables, dir: dir}
}

// ToFile writes a new file that appears when write is done and has no error.
//
// Errors: fault.Conflict when there is such a file, those of write.
func ToFile(ctx context.Context, path string, write func(w io.Writer) error) error {
	if _, err := os.Lstat(path); err == nil {
		return fault.New(fault.Conflict, "%s exists already; choose another name", path)
	}
	part, err := os.CreateTemp(filepath.Dir(path), ".liftmark-export-")
	if err != nil {
		return fault.New(fault.Unavailable, "cannot write beside %s: %w", path, err)
	}
	defer func() { _ = os.Remove(part.Name()) }()
	err = write(part)
	if err == nil {
		err = ctx.Err()
	}
	if err = errors.Join(err, part.Sync(), part.Close()); err != nil {
		return fmt.Errorf("export to %s: %w", path, err)
	}
	return os.Rename(part.Name(), path)
}

// Statements writes the statements that are selected, oldest first, and gives
// their number.
//
// Errors: fault.Invalid for an unknown format, those of store and writer.
func (s *Service) Statements(ctx context.Context, w io.Writer, q Statements, format Format) (int, error) {
	switch format {
	case JSONLines:
		return s.lines(ctx, w, q)
	case CSV:
		return s.table(ctx, w, q)
	case Parquet:
		n := 0
		return n, s.staged(ctx, w, func(stage, out string) (err error) {
			n, err = s.parquet(ctx, stage, out, q)
			return err
		})
	}
	return 0, fault.New(fault.Invalid, "format: %q; use jsonl, csv or parquet", format)
}

// Facts writes a fact's rows, by time and key.
//
// Errors: fault.NotFound for an unknown fact, fault.Invalid for a format that
// facts are not written in.
func (s *Service) Facts(ctx context.Context, w io.Writer, name string, format Format) error {
	fact, ok := record.Find(name)
	if !ok {
		return fault.New(fault.NotFound, "there is no fact %q", name)
	}
	switch format {
	case CSV:
		return s.factTable(ctx, w, fact)
	case Parquet:
		return s.staged(ctx, w, func(_, out string) error { return s.tables.FactParquet(ctx, fact.Name, out) })
	}
	return fault.New(fault.Invalid, "format: %q; facts are written as csv or parquet", format)
}

// staged lets make write a file, with another one to stage rows in, and copies
// it to w. Both go, whatever happens.
func (s *Service) staged(ctx context.Context, w io.Writer, make func(stage, out string) error) (err error) {
	dir, err := os.MkdirTemp(s.dir, ".liftmark-export-")
	if err != nil {
		return fault.New(fault.Unavailable, "cannot stage the export: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	out := filepath.Join(dir, "out.parquet")
	if err := make(filepath.Join(dir, "rows.jsonl"), out); err != nil {
		return err
	}
	f, err := os.Open(out)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	_, err = io.Copy(w, &reader{ctx: ctx, from: f})
	return err
}

// reader ends with its context.
type reader struct {
	ctx  context.Context
	from io.Reader
}

func (r *reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.from.Read(p)
}
