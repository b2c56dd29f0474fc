package server_test

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/ingest/file"
	"github.com/liftmark/liftmark/internal/ingest/track"
	"github.com/liftmark/liftmark/internal/metric"
	"github.com/liftmark/liftmark/internal/privacy"
	"github.com/liftmark/liftmark/internal/report"
	"github.com/liftmark/liftmark/internal/server"
	"github.com/liftmark/liftmark/internal/state"
	"github.com/liftmark/liftmark/internal/stream"
	"github.com/liftmark/liftmark/internal/study"
	"github.com/liftmark/liftmark/internal/warehouse"
)

// part stands for what is behind the API of one workspace: it answers with its
// own name and keeps what it was asked.
type part struct {
	name string

	mu    sync.Mutex
	asked []any
	err   error
}

func (p *part) note(what any) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = append(p.asked, what)
	return p.err
}

// fail lets everything fail from now on; nil ends that.
func (p *part) fail(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.err = err
}

func (p *part) last() any {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.asked) == 0 {
		return nil
	}
	return p.asked[len(p.asked)-1]
}

type (
	kpiPart struct {
		*part
		library *metric.Library
	}
	importPart  struct{ *part }
	studyPart   struct{ *part }
	factPart    struct{ *part }
	verbPart    struct{ *part }
	eventPart   struct{ *part }
	linkPart    struct{ *part }
	forwardPart struct{ *part }
	privacyPart struct{ *part }
	exportPart  struct{ *part }
	backupPart  struct{ *part }
	viewPart    struct{ *part }
	livePart    struct{ *part }
)

// behind puts a part behind a workspace.
func behind(w *server.Workspace) *part {
	p := &part{name: w.Name}
	library, err := metric.Standard()
	if err != nil {
		panic(err)
	}
	w.KPIs, w.Imports, w.Studies, w.Facts, w.Verbs = kpiPart{p, library}, importPart{p}, studyPart{p}, factPart{p}, verbPart{p}
	w.Events, w.Identity, w.Forwardings, w.Privacy = eventPart{p}, linkPart{p}, forwardPart{p}, privacyPart{p}
	w.Exports, w.Backups, w.Views, w.Live = exportPart{p}, backupPart{p}, viewPart{p}, livePart{p}
	return p
}

func (p kpiPart) Library() *metric.Library { return p.library }
func (p kpiPart) Zone() *time.Location     { return time.FixedZone("CET", 3600) }
func (p kpiPart) Value(_ context.Context, q metric.Query) (metric.Result, error) {
	return metric.Result{KPI: q.KPI, Name: "of " + p.name, Params: map[string]string{}, Rows: []metric.Row{}, Warnings: []string{}}, p.note(q)
}

func (p importPart) Batches(context.Context) ([]file.Batch, error) {
	return []file.Batch{{Batch: 1, Source: "first of " + p.name}, {Batch: 2, Source: "second of " + p.name}, {Batch: 3}}, p.note("batches")
}

func (p importPart) Import(_ context.Context, r server.ImportRequest) (file.Report, error) {
	if r.Paths[0] == "/ask" {
		return file.Report{Questions: []file.Question{{Question: "which order?"}}}, fault.New(fault.Invalid, "there are questions")
	}
	return file.Report{Batch: 7, DryRun: r.DryRun}, p.note(r)
}

func (p importPart) Suggest(_ context.Context, paths []string) (string, error) {
	return "- file: x", p.note(paths)
}

func (p importPart) Rollback(_ context.Context, batch int) (file.RollbackReport, error) {
	return file.RollbackReport{Batch: batch, Removed: 5}, p.note(batch)
}

func (p studyPart) Studies(context.Context) ([]string, error) {
	return []string{p.name + "-1", p.name + "-2"}, p.note("studies")
}

func (p studyPart) Plan(_ context.Context, id string) (study.Plan, error) {
	if id != p.name+"-1" && id != p.name+"-2" {
		return study.Plan{}, fault.New(fault.NotFound, "there is no study %q", id)
	}
	return study.Plan{ID: id, Outcomes: []study.OutcomeRef{}}, p.note("plan " + id)
}

func (p studyPart) Run(_ context.Context, plan study.Plan) ([]study.Finding, error) {
	return []study.Finding{{Study: plan.ID}}, p.note(plan)
}

func (p studyPart) Impact(_ context.Context, plans []study.Plan) (report.Impact, error) {
	return report.Impact{Company: p.name, Title: fmt.Sprint(len(plans), " studies")}, p.note(plans)
}

func (p factPart) Status(context.Context) (server.FactsStatus, error) {
	return server.FactsStatus{Cursor: 4, Last: 7, Lag: 3}, p.note("status")
}

func (p factPart) CatchUp(context.Context) error { return p.note("catch up") }

func (p factPart) Rebuild(context.Context) (server.Rebuilt, error) {
	return server.Rebuilt{Statements: 9}, p.note("rebuild")
}

func (p verbPart) Verbs(context.Context) ([]server.SeenVerb, error) {
	return []server.SeenVerb{{Verb: "http://b/" + p.name, Count: 2}, {Verb: "http://a/" + p.name, Count: 1, Meaning: "completed"}}, p.note("verbs")
}
func (p verbPart) MapVerb(_ context.Context, v, m string) error { return p.note(v + " is " + m) }
func (p verbPart) UnmapVerb(_ context.Context, v string) error  { return p.note("not " + v) }

func (p eventPart) Events(context.Context) ([]server.SeenEvent, error) {
	return []server.SeenEvent{{Event: "Opened " + p.name, Count: 3}, {Event: "Closed", Mapping: &server.EventMap{Ignore: true}}}, p.note("events")
}

func (p eventPart) MapEvent(_ context.Context, e string, m server.EventMap) error {
	return p.note([]any{e, m})
}
func (p eventPart) UnmapEvent(_ context.Context, e string) error { return p.note("not " + e) }
func (p eventPart) Strict(context.Context) (bool, error)         { return true, p.note("strict") }
func (p eventPart) SetStrict(_ context.Context, on bool) error   { return p.note(on) }
func (p eventPart) Plan(context.Context) (track.Plan, error) {
	return track.Plan{Strict: true}, p.note("plan")
}
func (p eventPart) SetPlan(_ context.Context, t track.Plan) error { return p.note(t) }

func (p linkPart) Links(context.Context) ([]warehouse.Link, error) {
	return []warehouse.Link{{ID: "l1", Value: "ann@" + p.name, Other: "anon:1", Why: "identify"}}, p.note("links")
}

func (p linkPart) AddLink(_ context.Context, l warehouse.Link) (warehouse.Link, error) {
	err := p.note(l)
	l.ID = "l2"
	return l, err
}
func (p linkPart) WithdrawLink(_ context.Context, id string) error { return p.note("withdraw " + id) }

func (p forwardPart) Forwardings(context.Context) ([]server.Forwarding, error) {
	return []server.Forwarding{{Name: "to-" + p.name, Endpoint: "https://lrs.example/xapi", Key: "k"}}, p.note("forwardings")
}
func (p forwardPart) AddForwarding(_ context.Context, f server.Forwarding) error    { return p.note(f) }
func (p forwardPart) ChangeForwarding(_ context.Context, f server.Forwarding) error { return p.note(f) }
func (p forwardPart) RemoveForwarding(_ context.Context, n string) error {
	return p.note("remove " + n)
}
func (p forwardPart) DeadLetters(_ context.Context, n string, after int64, limit int) ([]state.DeadLetter, error) {
	var out []state.DeadLetter
	for id := after + 1; id <= 5 && len(out) < limit; id++ {
		out = append(out, state.DeadLetter{ID: id, Target: n, Statement: fmt.Sprint("s", id), Reason: "400"})
	}
	return out, p.note("letters")
}

func (p forwardPart) Replay(_ context.Context, _ string, ids []int64) (int, error) {
	return len(ids), p.note(ids)
}

func (p forwardPart) Skip(_ context.Context, name string) (server.Skipped, error) {
	return server.Skipped{Statement: "s1", Reason: "500"}, p.note("skip " + name)
}

func (p forwardPart) Discard(_ context.Context, _ string, ids []int64) (int, error) {
	return len(ids), p.note(ids)
}

func (p privacyPart) Retention(context.Context) (server.Retention, error) {
	return server.Retention{Days: 30}, p.note("retention")
}
func (p privacyPart) SetRetention(_ context.Context, r server.Retention) error { return p.note(r) }
func (p privacyPart) DeleteRange(_ context.Context, d server.Deleting) (server.Deletion, error) {
	return server.Deletion{Statements: 4, Left: 1, DryRun: d.DryRun}, p.note(d)
}

func (p privacyPart) ExportActor(_ context.Context, w io.Writer, agents []string) error {
	if agents[0] == "nobody" {
		return fault.New(fault.Invalid, "nobody is no identity")
	}
	_, _ = io.WriteString(w, "PK of "+p.name)
	if agents[0] == "half" {
		return fault.New(fault.Unavailable, "the disk is gone")
	}
	return p.note(agents)
}

func (p privacyPart) EraseActor(_ context.Context, agents []string) (server.Receipt, error) {
	return receipt("r1", p.name), p.note(agents)
}

// receipt has something in each of its fields.
func receipt(id, by string) server.Receipt {
	at := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	return server.Receipt{ID: id, At: at, FinishedAt: at.Add(time.Minute), By: by, Identities: []string{"hash"}, Statements: 1, Rewritten: 2, Documents: 3,
		Facts: map[string]int{"learning": 4, "usage": 5}, Other: 6, Resumed: 7}
}

func (p privacyPart) Erasures(context.Context) ([]server.Receipt, error) {
	return []server.Receipt{receipt("r1", p.name), receipt("r2", p.name), receipt("r3", p.name)}, p.note("erasures")
}

func (p privacyPart) Erasure(_ context.Context, id string) (server.Receipt, error) {
	if id != "r1" {
		return server.Receipt{}, fault.New(fault.NotFound, "there is no receipt %q", id)
	}
	return receipt(id, p.name), p.note("erasure")
}

func (p privacyPart) FindActor(_ context.Context, agents []string) (privacy.Person, error) {
	return privacy.Person{Agents: agents, Keys: []string{p.name}}, p.note(agents)
}

func (p exportPart) ExportStatements(_ context.Context, w io.Writer, e server.StatementExport) error {
	_, _ = io.WriteString(w, `{"id":"of `+p.name+`"}`+"\n")
	return p.note(e)
}

func (p exportPart) ExportFact(_ context.Context, w io.Writer, fact, format string) error {
	if fact != "learning" {
		return fault.New(fault.NotFound, "there is no fact %q", fact)
	}
	_, _ = io.WriteString(w, "event_id\n")
	return p.note(fact + " " + format)
}

func (p viewPart) Activities(_ context.Context, s warehouse.Search) ([]warehouse.ActivityView, error) {
	var list []warehouse.ActivityView
	for _, id := range []string{"a " + p.name, "b", "c"} {
		if id > s.After && len(list) < s.Limit {
			list = append(list, warehouse.ActivityView{ID: id, Name: s.Text, Learners: 2, Rows: 3})
		}
	}
	return list, p.note(s)
}

func (p viewPart) Actors(_ context.Context, s warehouse.Search) ([]warehouse.ActorView, error) {
	return []warehouse.ActorView{{Person: "ann of " + p.name, Names: []string{"ann@x.com"}, Account: "a", Rows: 1}}, p.note(s)
}

// livePart is a store that breaks when it is read: a stream then ends.
func (p livePart) Now(context.Context) (int64, error)         { return 7, nil }
func (p livePart) Check(context.Context, int64) error         { return nil }
func (p livePart) Await(context.Context, int64) (bool, error) { return false, nil }
func (p livePart) Next(_ context.Context, q stream.Query, after int64, _ int) ([]stream.Event, int64, error) {
	_ = p.note(q)
	return nil, after, fault.New(fault.Unavailable, "the store is closed")
}

func (p backupPart) Backup(_ context.Context, path string) (server.Backup, error) {
	return server.Backup{Path: path, Version: "1", Files: []server.BackupFile{}}, p.note(path)
}
