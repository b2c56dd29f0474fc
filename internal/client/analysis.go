package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/liftmark/liftmark/internal/ingest/file"
	"github.com/liftmark/liftmark/internal/metric"
	"github.com/liftmark/liftmark/internal/report"
	"github.com/liftmark/liftmark/internal/server"
	"github.com/liftmark/liftmark/internal/study"
)

type kpis struct {
	*conn
	library *metric.Library
	zone    *time.Location
}

func (k kpis) Library() *metric.Library { return k.library }

func (k kpis) Zone() *time.Location { return k.zone }

func (k kpis) Value(ctx context.Context, q metric.Query) (metric.Result, error) {
	query := url.Values{}
	set := func(name, value string) {
		if value != "" {
			query.Set(name, value)
		}
	}
	set("from", instant(q.From))
	set("to", instant(q.To))
	set("grain", q.Grain)
	set("by", q.By)
	set("where", q.Where)
	if q.Zone != nil {
		set("zone", q.Zone.String())
	}
	for name, value := range q.Params {
		query.Add("param", name+"="+value)
	}
	var result metric.Result
	err := k.get(ctx, "/kpis/"+url.PathEscape(q.KPI)+"/value", query, &result)
	return result, err
}

func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339Nano)
}

type imports struct{ *conn }

func (i imports) Batches(ctx context.Context) ([]file.Batch, error) {
	return all[file.Batch](ctx, i.conn, "/imports")
}

func (i imports) Import(ctx context.Context, r server.ImportRequest) (file.Report, error) {
	var out file.Report
	err := i.post(ctx, "/imports", server.NewImport{Paths: r.Paths, Mapping: r.MappingText, DryRun: r.DryRun}, &out)
	var s *stopped
	if errors.As(err, &s) {
		return s.report, s.error
	}
	return out, err
}

func (i imports) Suggest(ctx context.Context, paths []string) (string, error) {
	var out server.Suggestion
	err := i.post(ctx, "/imports/suggest", map[string][]string{"paths": paths}, &out)
	return out.Mapping, err
}

func (i imports) Rollback(ctx context.Context, batch int) (file.RollbackReport, error) {
	var out file.RollbackReport
	err := i.post(ctx, fmt.Sprintf("/imports/%d/rollback", batch), nil, &out)
	return out, err
}

type studies struct{ *conn }

func (s studies) Studies(ctx context.Context) ([]string, error) {
	refs, err := all[server.StudyRef](ctx, s.conn, "/studies")
	ids := make([]string, len(refs))
	for i, r := range refs {
		ids[i] = r.ID
	}
	return ids, err
}

func (s studies) Plan(ctx context.Context, id string) (study.Plan, error) {
	var plan study.Plan
	err := s.get(ctx, "/studies/"+url.PathEscape(id), nil, &plan)
	return plan, err
}

func (s studies) Run(ctx context.Context, plan study.Plan) ([]study.Finding, error) {
	in, err := plansOf(plan)
	if err != nil {
		return nil, err
	}
	var out server.Findings
	err = s.post(ctx, "/studies/run", in, &out)
	return out.Findings, err
}

func (s studies) Impact(ctx context.Context, plans []study.Plan) (report.Impact, error) {
	var out report.Impact
	in, err := plansOf(plans...)
	if err != nil {
		return out, err
	}
	err = s.post(ctx, "/report/impact", in, &out)
	return out, err
}

// plansOf writes plans as study files; JSON is YAML.
func plansOf(plans ...study.Plan) (server.Plans, error) {
	var out server.Plans
	for _, p := range plans {
		text, err := json.Marshal(p)
		if err != nil {
			return out, err
		}
		out.Plans = append(out.Plans, string(text))
	}
	return out, nil
}

type backups struct{ *conn }

func (b backups) Backup(ctx context.Context, path string) (server.Backup, error) {
	var out server.Backup
	err := b.post(ctx, "/backup", server.NewBackup{Path: path}, &out)
	return out, err
}
