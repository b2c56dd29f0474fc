package app

import (
	"context"
	"time"

	"github.com/liftmark/liftmark/internal/ingest/file"
	"github.com/liftmark/liftmark/internal/metric"
	"github.com/liftmark/liftmark/internal/report"
	"github.com/liftmark/liftmark/internal/server"
	"github.com/liftmark/liftmark/internal/stream"
	"github.com/liftmark/liftmark/internal/study"
)

// kpis, imports, studies and backups are a workspace as the API and the command
// line ask it.
type (
	kpis    struct{ *Workspace }
	imports struct{ *Workspace }
	studies struct{ *Workspace }
	backups struct{ *Workspace }
)

func (k kpis) Library() *metric.Library { return k.Workspace.Library }

func (k kpis) Zone() *time.Location { return k.Config.Location() }

func (k kpis) Value(ctx context.Context, q metric.Query) (metric.Result, error) {
	return k.Metrics.Value(ctx, q)
}

func (i imports) Import(ctx context.Context, r server.ImportRequest) (file.Report, error) {
	return i.Workspace.Import(ctx, r.Paths, ImportOptions{Mapping: r.Mapping, DryRun: r.DryRun, Progress: i.Hear.Importing})
}

func (s studies) Studies(context.Context) ([]string, error) { return s.Workspace.Studies() }

func (s studies) Plan(_ context.Context, id string) (study.Plan, error) { return s.Workspace.Plan(id) }

func (s studies) Run(ctx context.Context, plan study.Plan) ([]study.Finding, error) {
	return s.RunStudy(ctx, plan, s.Hear.Studying)
}

func (s studies) Impact(ctx context.Context, plans []study.Plan) (report.Impact, error) {
	return s.Workspace.Impact(ctx, plans, s.Hear.Studying)
}

func (b backups) Backup(ctx context.Context, path string) (server.Backup, error) {
	m, err := b.Workspace.Backup(ctx, path)
	if err != nil {
		return server.Backup{}, err
	}
	out := server.Backup{Path: path, Version: m.Version, MadeAt: m.MadeAt, Files: make([]server.BackupFile, len(m.Files))}
	for i, f := range m.Files {
		out.Files[i] = server.BackupFile(f)
	}
	return out, nil
}

// Parts gives the workspace as the API and the command line ask it.
func (w *Workspace) Parts(ctx context.Context) (*server.Workspace, error) {
	parts := &server.Workspace{
		Name: w.name, Company: w.Config.Company,
		KPIs: kpis{w}, Imports: imports{w}, Studies: studies{w}, Backups: backups{w},
	}
	if w.scratch != "" {
		return parts, nil // nothing arrives by itself at a trial
	}
	l, err := w.openLive(ctx)
	if err != nil {
		return nil, err
	}
	parts.Credentials, parts.Keys = l.store, l.keys
	parts.Facts, parts.Verbs = facts{l, w.Metrics.Fingerprint, w.now}, verbs{l.projector}
	parts.Views, parts.Live = w.db, stream.New(l.store)
	parts.Events, parts.Identity = events{l.track, l.quiet}, identity{l.track}
	parts.Forwardings, parts.Privacy, parts.Exports = forwardings{l.forward}, guardian{l.privacy, l.quiet}, exporter{l.exports}
	return parts, nil
}
