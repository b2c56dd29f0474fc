// Package app wires the parts together: it is the only package that knows every
// other. A command or a server asks a Workspace; it opens the files, joins the
// importer, the KPIs, the studies, the money and the report, and holds no logic
// of theirs.
package app

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/liftmark/liftmark/internal/config"
	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/ingest/file"
	"github.com/liftmark/liftmark/internal/metric"
	"github.com/liftmark/liftmark/internal/warehouse/duckdb"
)

// Version is the version of this build, set by the linker.
var Version = "development"

// Workspace is one company's data, opened. Close it.
type Workspace struct {
	Config  config.Config
	Library *metric.Library // the KPIs that come with the program, and the company's own
	Metrics *metric.Service
	Hear    Hearing

	name    string
	db      *duckdb.DB
	now     func() time.Time
	log     *slog.Logger
	scratch string // directory that goes when a trial ends

	liveOnce sync.Mutex
	lived    *live // nil until it is asked for
}

// Hearing is who wants to know how long work goes on; nil parts need not.
type Hearing struct {
	Importing func(file.Progress)
	Studying  StudyProgress
}

// Open opens the workspace that the settings name, creating it when it is not
// there yet. now is the clock.
//
// Errors: those of duckdb.Open and of the company's own KPI definitions.
func Open(ctx context.Context, c config.Config, now func() time.Time) (*Workspace, error) {
	library, err := Library(c)
	if err != nil {
		return nil, err
	}
	db, err := duckdb.Open(ctx, c.Data, duckdb.Options{MemoryMiB: c.MemoryMiB, Threads: c.Threads, Now: now})
	if err != nil {
		return nil, err
	}
	metrics := metric.NewService(db, library, metric.Options{Currency: c.Currency, Rates: c.Rates})
	return &Workspace{Config: c, Library: library, Metrics: metrics, name: DefaultWorkspace, db: db, now: now, log: slog.New(slog.DiscardHandler)}, nil
}

// OpenExisting opens a workspace that must be there already.
//
// Errors: fault.NotFound when it is not, and those of Open.
func OpenExisting(ctx context.Context, c config.Config, now func() time.Time) (*Workspace, error) {
	if _, err := os.Stat(filepath.Join(c.Data, duckdb.FileName)); err != nil {
		return nil, fault.New(fault.NotFound, "there is no workspace in %s; import files into it first, or name another with --data", c.Data)
	}
	return Open(ctx, c, now)
}

// Library gives the KPI definitions of a workspace without opening it.
func Library(c config.Config) (*metric.Library, error) {
	library, err := metric.Standard()
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(c.KPIDir()); err != nil {
		return library, nil // a company need not have KPIs of its own
	}
	return library, library.Load(c.KPIDir())
}

// Close releases the files.
func (w *Workspace) Close() error {
	var err error
	if w.lived != nil {
		err = w.lived.close()
	}
	err = errors.Join(err, w.db.Close())
	if w.scratch != "" {
		err = errors.Join(err, os.RemoveAll(w.scratch))
	}
	return err
}

// dir is where the workspace's files are, those of a trial among them.
func (w *Workspace) dir() string { return w.db.Dir() }
