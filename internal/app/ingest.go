package app

import (
	"context"

	"github.com/liftmark/liftmark/internal/ingest/file"
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

// Import brings files and folders in as one batch, all of it or nothing.
// Refused rows are listed in a file in the workspace's directory.
func (w *Workspace) Import(ctx context.Context, paths []string, o ImportOptions) (file.Report, error) {
	return w.importer(o.Progress).Import(ctx, paths, file.Options{Mapping: o.Mapping, DryRun: o.DryRun, RejectsDir: w.Config.Data})
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
