package app

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/ingest/file"
	"github.com/liftmark/liftmark/internal/ingest/statement"
	"github.com/liftmark/liftmark/internal/lrs"
	"github.com/liftmark/liftmark/xapi"
)

// fileCredential is named as the authority of statements that came in files and
// name none.
const fileCredential = "import"

// recordStore takes the statements of files.
type recordStore struct{ *live }

// Store stores a batch as if it had arrived by HTTP.
func (r recordStore) Store(ctx context.Context, version xapi.Version, batch []*xapi.Statement) error {
	_, err := r.lrs.Store(ctx, lrs.Writer{Version: version, Credential: fileCredential}, batch, nil)
	return err
}

// Has says whether a statement is stored, voided or not.
func (r recordStore) Has(ctx context.Context, id string) (bool, error) {
	_, err := r.store.Statement(ctx, id)
	if fault.KindOf(err) == fault.NotFound {
		return false, nil
	}
	return err == nil, err
}

// splitStatements parts the files of statements from the others. A folder is
// replaced by its files when one of them holds statements.
func splitStatements(paths []string) (statements, others []string, err error) {
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil || !info.IsDir() {
			statements, others = sortOne(path, statements, others)
			continue // what is not there, the importer says
		}
		entries, err := os.ReadDir(path)
		if err != nil {
			return nil, nil, fault.New(fault.Unavailable, "read the folder: %w", err)
		}
		var found, rest []string
		for _, e := range entries {
			if e.Type().IsRegular() && e.Name()[0] != '.' {
				found, rest = sortOne(filepath.Join(path, e.Name()), found, rest)
			}
		}
		if len(found) == 0 {
			rest = []string{path}
		}
		statements, others = append(statements, found...), append(others, rest...)
	}
	return statements, others, nil
}

func sortOne(path string, statements, others []string) (s, o []string) {
	if statement.IsFile(path) {
		return append(statements, path), others
	}
	return statements, append(others, path)
}

// importStatements stores the statements of files and waits until they are
// facts.
func (w *Workspace) importStatements(ctx context.Context, paths []string, o ImportOptions) (file.Report, error) {
	l, err := w.openLive(ctx)
	if err != nil {
		return file.Report{}, err
	}
	opt := statement.Options{DryRun: o.DryRun, Progress: o.Progress}
	if w.scratch == "" {
		opt.RejectsPath = filepath.Join(w.dir(), "rejects-statements-"+w.now().UTC().Format("20060102-150405")+".csv")
	}
	report, err := statement.Import(ctx, recordStore{l}, paths, opt)
	if err != nil || o.DryRun {
		return report, err
	}
	if err := l.projector.CatchUp(ctx); err != nil {
		return report, fmt.Errorf("make facts of the statements: %w", err)
	}
	return report, nil
}

// joinReports joins what became of statements to what became of other files.
func joinReports(a, b file.Report) file.Report {
	a.Files = append(a.Files, b.Files...)
	a.Ignored = append(a.Ignored, b.Ignored...)
	a.Questions = append(a.Questions, b.Questions...)
	a.Warnings = append(a.Warnings, b.Warnings...)
	a.Rows.Add(b.Rows)
	a.Seconds += b.Seconds
	if a.RejectsPath == "" {
		a.RejectsPath = b.RejectsPath
	}
	return a
}
