// Package app wires the parts together: it is the only package that knows every
// other. A command or a server asks a Workspace; it opens the files, joins the
// importer, the KPIs, the studies, the money and the report, and holds no logic
// of theirs.
package app

import (
	"context"
	"time"

	"github.com/liftmark/liftmark/internal/config"
	"github.com/liftmark/liftmark/internal/warehouse/duckdb"
)

// Version is the version of this build, set by the linker.
var Version = "development"

// Workspace is one company's data, opened. Close it.
type Workspace struct {
	Config config.Config

	db  *duckdb.DB
	now func() time.Time
}

// Open opens the workspace that the settings name, creating it when it is not
// there yet. now is the clock.
//
// Errors: those of duckdb.Open and of the company's own KPI definitions.
func Open(ctx context.Context, c config.Config, now func() time.Time) (*Workspace, error) {
	db, err := duckdb.Open(ctx, c.Data, duckdb.Options{MemoryMiB: c.MemoryMiB, Threads: c.Threads})
	if err != nil {
		return nil, err
	}
	return &Workspace{Config: c, db: db, now: now}, nil
}

// Close releases the files.
func (w *Workspace) Close() error { return w.db.Close() }
