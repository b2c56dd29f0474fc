package app

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/liftmark/liftmark/internal/config"
	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/ingest/file"
	"github.com/liftmark/liftmark/internal/warehouse/duckdb"
)

// ImportOptions say how files become facts.
type ImportOptions struct {
	Mapping  *file.Mapping // nil: the files are canonical
	DryRun   bool
	Progress func(file.Progress)
}

func (w *Workspace) importer(progress func(file.Progress)) *file.Importer {
	return &file.Importer{DB: w.db, Now: w.now, Progress: progress}
}

// suppressed gives what says who was erased, nil when nobody was: asking costs
// an import time.
func (w *Workspace) suppressed(ctx context.Context) (func(context.Context, []string) (map[string]bool, error), error) {
	if _, err := os.Stat(filepath.Join(w.dir(), stateFile)); err != nil {
		return nil, nil //nolint:nilerr // there is no store that could hold an erasure
	}
	l, err := w.openLive(ctx)
	if err != nil {
		return nil, err
	}
	if any, err := l.privacy.HasErased(ctx); err != nil || !any {
		return nil, err
	}
	return l.privacy.Guard().Suppressed, nil
}

// Import brings files and folders in as one batch, all of it or nothing, and
// then the files that hold xAPI statements, which belong to no batch. Refused
// rows are listed in a file in the workspace's directory, if there is one.
func (w *Workspace) Import(ctx context.Context, paths []string, o ImportOptions) (file.Report, error) {
	statements, others, err := splitStatements(paths)
	if err != nil {
		return file.Report{}, err
	}
	var report file.Report
	if len(others) > 0 || len(statements) == 0 {
		dir := w.Config.Data
		if w.db.Dir() != dir {
			dir = "" // it is there for a trial only
		}
		im := w.importer(o.Progress)
		if im.Suppressed, err = w.suppressed(ctx); err != nil {
			return report, err
		}
		report, err = im.Import(ctx, others, file.Options{Mapping: o.Mapping, DryRun: o.DryRun, RejectsDir: dir})
		if err != nil || len(statements) == 0 {
			return report, err
		}
	}
	stored, err := w.importStatements(ctx, statements, o)
	if len(others) == 0 {
		return stored, err
	}
	return joinReports(report, stored), err
}

// OpenTrial opens the workspace that the settings name for something that
// changes nothing. When it is not there yet, an empty one takes its place, which
// is gone when it is closed, so that nothing is left behind where the settings say.
func OpenTrial(ctx context.Context, c config.Config, now func() time.Time) (*Workspace, error) {
	if _, err := os.Stat(filepath.Join(c.Data, duckdb.FileName)); !errors.Is(err, os.ErrNotExist) {
		return Open(ctx, c, now)
	}
	dir, err := os.MkdirTemp("", "liftmark-trial-")
	if err != nil {
		return nil, fault.New(fault.Unavailable, "cannot make a folder for a trial: %w", err)
	}
	elsewhere := c
	elsewhere.Data = dir
	w, err := Open(ctx, elsewhere, now)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	w.Config, w.scratch = c, dir
	return w, nil
}

// Suggest writes a first mapping for foreign files, from their headers and a
// sample of their rows.
func (w *Workspace) Suggest(ctx context.Context, paths []string) (string, error) {
	return w.importer(nil).Suggest(ctx, paths)
}

// Batches lists what was imported.
func (w *Workspace) Batches(ctx context.Context) ([]file.Batch, error) {
	return w.importer(nil).List(ctx)
}

// Rollback takes a batch back.
func (w *Workspace) Rollback(ctx context.Context, batch int) (file.RollbackReport, error) {
	return w.importer(nil).Rollback(ctx, batch)
}
