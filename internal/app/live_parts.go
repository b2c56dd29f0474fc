package app

import (
	"context"
	"io"
	"time"

	"github.com/liftmark/liftmark/internal/access"
	"github.com/liftmark/liftmark/internal/export"
	"github.com/liftmark/liftmark/internal/forward"
	ingestlrs "github.com/liftmark/liftmark/internal/ingest/lrs"
	"github.com/liftmark/liftmark/internal/ingest/track"
	"github.com/liftmark/liftmark/internal/privacy"
	"github.com/liftmark/liftmark/internal/server"
	"github.com/liftmark/liftmark/internal/warehouse"
)

// The parts of a workspace that follow what arrives, as the API and the command
// line ask them.
type (
	events struct {
		*track.Service
		quiet stillness
	}
	identity    struct{ *track.Service }
	forwardings struct{ *forward.Service }
	guardian    struct {
		*privacy.Service
		quiet stillness
	}
	exporter struct{ *export.Service }
	facts    struct {
		*live
		fingerprint func(context.Context) (string, error)
		now         func() time.Time
	}
	verbs struct{ *ingestlrs.Projector }
)

func (f facts) Status(ctx context.Context) (server.FactsStatus, error) {
	lag, err := f.projector.Lag(ctx)
	if err != nil {
		return server.FactsStatus{}, err
	}
	last, err := f.store.LastChange(ctx)
	out := server.FactsStatus{Cursor: last - lag.Changes, Last: last, Lag: lag.Changes, Follows: f.follows.Load()}
	if lag.Trouble != nil {
		out.Error = lag.Trouble.Error()
	}
	return out, err
}

func (f facts) CatchUp(ctx context.Context) error { return f.projector.CatchUp(ctx) }

func (f facts) Rebuild(ctx context.Context) (server.Rebuilt, error) {
	begun, before := f.now(), f.projector.Added()
	if err := f.projector.Rebuild(ctx); err != nil {
		return server.Rebuilt{}, err
	}
	seen, err := f.projector.Seen(ctx)
	if err != nil {
		return server.Rebuilt{}, err
	}
	out := server.Rebuilt{Rows: f.projector.Added() - before, Seconds: f.now().Sub(begun).Seconds()}
	for _, s := range seen {
		out.Statements += s.Count
	}
	out.Fingerprint, err = f.fingerprint(ctx)
	return out, err
}

func (v verbs) Verbs(ctx context.Context) ([]server.SeenVerb, error) {
	seen, err := v.Seen(ctx)
	if err != nil {
		return nil, err
	}
	mapped, err := v.Mapped(ctx)
	out := make([]server.SeenVerb, len(seen))
	for i, s := range seen {
		out[i] = server.SeenVerb{Verb: s.Name, Count: s.Count, LastSeen: s.Last, Meaning: s.As}
		switch {
		case mapped[s.Name] != "":
			out[i].Source = "mapping"
		case s.As != "":
			out[i].Source = "profile"
		}
	}
	return out, err
}

func (e events) Events(ctx context.Context) ([]server.SeenEvent, error) {
	seen, err := e.Seen(ctx)
	out := make([]server.SeenEvent, len(seen))
	for i, s := range seen {
		out[i] = server.SeenEvent{Event: s.Name, Type: string(s.Call), Count: s.Total, FirstSeen: s.FirstSeen, LastSeen: s.LastSeen, LastDay: s.LastDay, CountsAs: s.CountsAs, InPlan: s.InPlan}
		if m := s.Mapping; m != nil {
			out[i].Mapping = &server.EventMap{Type: string(m.Call), Feature: m.Feature, Ignore: m.Ignore, Verb: m.Verb}
		}
	}
	return out, err
}

func (e events) MapEvent(ctx context.Context, event string, m server.EventMap) error {
	return e.change(ctx, track.Mapping{Call: callOf(m.Type), Name: event, Feature: m.Feature, Ignore: m.Ignore, Verb: m.Verb})
}

// change stores a mapping and moves the events of the past.
func (e events) change(ctx context.Context, m track.Mapping) error {
	return e.quiet.changing(ctx, func() error { _, err := e.Service.MapEvent(ctx, m); return err })
}

func callOf(kind string) track.Call {
	if kind == "" {
		return track.Track
	}
	return track.Call(kind)
}

// UnmapEvent takes back every mapping of the name.
func (e events) UnmapEvent(ctx context.Context, event string) error {
	mappings, err := e.Mappings(ctx)
	if err != nil {
		return err
	}
	for _, m := range mappings {
		if m.Name != event {
			continue
		}
		if err := e.change(ctx, track.Mapping{Call: m.Call, Name: event}); err != nil {
			return err
		}
	}
	return nil
}

func (e events) Strict(ctx context.Context) (bool, error) {
	plan, err := e.Plan(ctx)
	return plan.Strict, err
}

func (e events) SetStrict(ctx context.Context, strict bool) error {
	plan, err := e.Plan(ctx)
	if err != nil {
		return err
	}
	plan.Strict = strict
	return e.SetPlan(ctx, plan)
}

func (i identity) AddLink(ctx context.Context, l warehouse.Link) (warehouse.Link, error) {
	return i.Link(ctx, l.Value, l.Other)
}

func (i identity) WithdrawLink(ctx context.Context, id string) error { return i.Unlink(ctx, id) }

func (f forwardings) Forwardings(ctx context.Context) ([]server.Forwarding, error) {
	list, err := f.List(ctx)
	out := make([]server.Forwarding, len(list))
	for i, s := range list {
		out[i] = server.Forwarding{
			Name: s.Name, Endpoint: s.Endpoint, Key: s.User, Version: s.Version, Verbs: s.Verbs, Activities: s.Activities, KeepAuthority: s.KeepAuthority,
			PlainHTTP: s.PlainHTTP, Paused: s.Paused, State: string(s.State), Cursor: s.Cursor, Lag: s.Lag, Delivered: s.Delivered,
			DeadLetters: s.DeadLetters, LastError: s.Error, LastSent: s.DeliveredAt, NextTry: s.NextTry,
		}
	}
	return out, err
}

func forwardingOf(f server.Forwarding) forward.Forwarding {
	return forward.Forwarding{Name: f.Name, Endpoint: f.Endpoint, User: f.Key, Version: f.Version, Verbs: f.Verbs, Activities: f.Activities,
		KeepAuthority: f.KeepAuthority, PlainHTTP: f.PlainHTTP, Paused: f.Paused}
}

func (f forwardings) AddForwarding(ctx context.Context, add server.Forwarding) error {
	start := forward.FromNow
	if add.From == string(forward.FromBeginning) {
		start = forward.FromBeginning
	}
	return f.Add(ctx, forwardingOf(add), add.Secret, start)
}

func (f forwardings) ChangeForwarding(ctx context.Context, to server.Forwarding) error {
	return f.Update(ctx, forwardingOf(to), to.Secret)
}

func (f forwardings) Skip(ctx context.Context, name string) (server.Skipped, error) {
	s, err := f.Service.Skip(ctx, name)
	return server.Skipped(s), err
}

func (f forwardings) RemoveForwarding(ctx context.Context, name string) error {
	return f.Remove(ctx, name)
}

func (g guardian) Retention(ctx context.Context) (server.Retention, error) {
	p, err := g.Policy(ctx)
	return server.Retention(p), err
}

func (g guardian) SetRetention(ctx context.Context, r server.Retention) error {
	return g.SetPolicy(ctx, privacy.Policy(r))
}

func (g guardian) DeleteRange(ctx context.Context, r server.Deleting) (server.Deletion, error) {
	var d privacy.Deletion
	err := g.quiet.changing(ctx, func() (err error) { d, err = g.Delete(ctx, privacy.Range(r)); return err })
	return server.Deletion{Statements: int64(d.Statements), Left: int64(d.Left), DryRun: d.DryRun}, err
}

func (g guardian) ExportActor(ctx context.Context, w io.Writer, agents []string) error {
	_, err := g.Export(ctx, w, agents)
	return err
}

func (g guardian) EraseActor(ctx context.Context, agents []string) (server.Receipt, error) {
	by := "command line"
	if c := access.From(ctx); c != nil {
		by = c.Credential
	}
	var r privacy.Receipt
	err := g.quiet.changing(ctx, func() (err error) { r, err = g.Erase(ctx, agents, by); return err })
	return server.Receipt(r), err
}

func (g guardian) Erasures(ctx context.Context) (list []server.Receipt, err error) {
	err = g.Receipts(ctx, func(r privacy.Receipt) error { list = append(list, server.Receipt(r)); return nil })
	return list, err
}

func (g guardian) Erasure(ctx context.Context, id string) (server.Receipt, error) {
	r, err := g.Receipt(ctx, id)
	return server.Receipt(r), err
}

func (g guardian) FindActor(ctx context.Context, agents []string) (privacy.Person, error) {
	return g.Find(ctx, agents)
}

func (e exporter) ExportStatements(ctx context.Context, w io.Writer, q server.StatementExport) error {
	s := export.Statements{Verb: q.Verb, Activity: q.Activity, WithVoided: q.Voided}
	if !q.From.IsZero() {
		s.Since = q.From.Add(-time.Microsecond) // since is exclusive
	}
	if !q.To.IsZero() {
		s.Until = q.To.Add(-time.Microsecond) // until is inclusive
	}
	_, err := e.Statements(ctx, w, s, export.Format(q.Format))
	return err
}

func (e exporter) ExportFact(ctx context.Context, w io.Writer, fact, format string) error {
	return e.Facts(ctx, w, fact, export.Format(format))
}
