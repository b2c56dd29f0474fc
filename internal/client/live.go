package client

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"github.com/liftmark/liftmark/internal/access"
	"github.com/liftmark/liftmark/internal/ingest/track"
	"github.com/liftmark/liftmark/internal/privacy"
	"github.com/liftmark/liftmark/internal/server"
	"github.com/liftmark/liftmark/internal/state"
	"github.com/liftmark/liftmark/internal/warehouse"
)

type keys struct{ *conn }

func (k keys) List(ctx context.Context) ([]state.Credential, error) {
	shown, err := all[server.Credential](ctx, k.conn, "/credentials")
	list := make([]state.Credential, len(shown))
	for i, s := range shown {
		list[i] = credentialOf(s)
	}
	return list, err
}

func credentialOf(s server.Credential) state.Credential {
	return state.Credential{
		ID: s.ID, Label: s.Label, Kind: s.Kind, Scopes: s.Scopes, Lenient: s.Lenient, CreatedAt: s.CreatedAt, LastUsedAt: s.LastUsedAt,
		RevokedAt: s.RevokedAt, Issuer: s.Issuer, Audience: s.Audience, ScopePrefix: s.ScopePrefix,
	}
}

func (k keys) Add(ctx context.Context, w access.Wish) (access.Made, error) {
	in := server.NewCredential{Label: w.Label, Kind: w.Kind, ID: w.ID, Secret: w.Secret, Issuer: w.Issuer, Audience: w.Audience, ScopePrefix: w.ScopePrefix}
	for _, s := range w.Scopes {
		in.Scopes = append(in.Scopes, string(s))
	}
	for _, t := range w.Lenient {
		in.Lenient = append(in.Lenient, string(t))
	}
	var out server.MadeCredential
	err := k.post(ctx, "/credentials", in, &out)
	return access.Made{Credential: credentialOf(out.Credential), Secret: out.Secret}, err
}

func (k keys) Revoke(ctx context.Context, id string) error {
	return k.delete(ctx, "/credentials/"+url.PathEscape(id), nil)
}

type facts struct{ *conn }

func (f facts) Status(ctx context.Context) (server.FactsStatus, error) {
	var out server.FactsStatus
	err := f.get(ctx, "/facts", nil, &out)
	return out, err
}

func (f facts) CatchUp(ctx context.Context) error { return f.post(ctx, "/facts/catch-up", nil, nil) }

func (f facts) Rebuild(ctx context.Context) (server.Rebuilt, error) {
	var out server.Rebuilt
	err := f.post(ctx, "/facts/rebuild", nil, &out)
	return out, err
}

type verbs struct{ *conn }

func (v verbs) Verbs(ctx context.Context) ([]server.SeenVerb, error) {
	return all[server.SeenVerb](ctx, v.conn, "/verbs")
}

func (v verbs) MapVerb(ctx context.Context, verb, meaning string) error {
	return v.put(ctx, "/verbs", server.VerbMap{Verb: verb, Meaning: meaning})
}

func (v verbs) UnmapVerb(ctx context.Context, verb string) error {
	return v.delete(ctx, "/verbs", url.Values{"verb": {verb}})
}

type events struct{ *conn }

func (e events) Events(ctx context.Context) ([]server.SeenEvent, error) {
	return all[server.SeenEvent](ctx, e.conn, "/events")
}

func (e events) MapEvent(ctx context.Context, event string, m server.EventMap) error {
	return e.put(ctx, "/events/mapping", server.NamedMap{Event: event, EventMap: m})
}

func (e events) UnmapEvent(ctx context.Context, event string) error {
	return e.delete(ctx, "/events/mapping", url.Values{"event": {event}})
}

func (e events) Strict(ctx context.Context) (bool, error) {
	var out server.Strictness
	err := e.get(ctx, "/events/strict", nil, &out)
	return out.Strict, err
}

func (e events) SetStrict(ctx context.Context, strict bool) error {
	return e.put(ctx, "/events/strict", server.Strictness{Strict: strict})
}

func (e events) Plan(ctx context.Context) (track.Plan, error) {
	var out track.Plan
	err := e.get(ctx, "/events/plan", nil, &out)
	return out, err
}

func (e events) SetPlan(ctx context.Context, p track.Plan) error {
	return e.put(ctx, "/events/plan", p)
}

type identity struct{ *conn }

func (i identity) Links(ctx context.Context) ([]warehouse.Link, error) {
	shown, err := all[server.LinkInfo](ctx, i.conn, "/identity/links")
	links := make([]warehouse.Link, len(shown))
	for n, s := range shown {
		links[n] = warehouse.Link(s)
	}
	return links, err
}

func (i identity) AddLink(ctx context.Context, l warehouse.Link) (warehouse.Link, error) {
	var out server.LinkInfo
	err := i.post(ctx, "/identity/links", server.NewLink{Value: l.Value, Other: l.Other}, &out)
	return warehouse.Link(out), err
}

func (i identity) WithdrawLink(ctx context.Context, id string) error {
	return i.delete(ctx, "/identity/links/"+url.PathEscape(id), nil)
}

type forwardings struct{ *conn }

func (f forwardings) Forwardings(ctx context.Context) ([]server.Forwarding, error) {
	return all[server.Forwarding](ctx, f.conn, "/forwardings")
}

func (f forwardings) AddForwarding(ctx context.Context, add server.Forwarding) error {
	return f.post(ctx, "/forwardings", add, nil)
}

func (f forwardings) at(name string) string { return "/forwardings/" + url.PathEscape(name) }

func (f forwardings) ChangeForwarding(ctx context.Context, to server.Forwarding) error {
	return f.put(ctx, f.at(to.Name), to)
}

func (f forwardings) RemoveForwarding(ctx context.Context, name string) error {
	return f.delete(ctx, f.at(name), nil)
}

func (f forwardings) DeadLetters(ctx context.Context, name string, after int64, n int) ([]state.DeadLetter, error) {
	shown, err := all[server.LetterInfo](ctx, f.conn, f.at(name)+"/dead-letters")
	var list []state.DeadLetter
	for _, s := range shown {
		if s.ID > after && len(list) < n {
			list = append(list, state.DeadLetter{ID: s.ID, Target: name, Statement: s.Statement, Reason: s.Reason, Attempts: s.Attempts, At: s.At})
		}
	}
	return list, err
}

func (f forwardings) letters(ctx context.Context, name, what string, ids []int64) (int, error) {
	var out server.Counted
	err := f.post(ctx, f.at(name)+"/dead-letters/"+what, server.LetterIDs{IDs: ids}, &out)
	return out.Count, err
}

func (f forwardings) Replay(ctx context.Context, name string, ids []int64) (int, error) {
	return f.letters(ctx, name, "replay", ids)
}

func (f forwardings) Skip(ctx context.Context, name string) (server.Skipped, error) {
	var out server.Skipped
	err := f.post(ctx, f.at(name)+"/skip", nil, &out)
	return out, err
}

func (f forwardings) Discard(ctx context.Context, name string, ids []int64) (int, error) {
	return f.letters(ctx, name, "discard", ids)
}

type guardian struct{ *conn }

func (g guardian) Retention(ctx context.Context) (server.Retention, error) {
	var out server.Retention
	err := g.get(ctx, "/retention", nil, &out)
	return out, err
}

func (g guardian) SetRetention(ctx context.Context, r server.Retention) error {
	return g.put(ctx, "/retention", r)
}

func (g guardian) DeleteRange(ctx context.Context, d server.Deleting) (server.Deletion, error) {
	var out server.Deletion
	err := g.post(ctx, "/statements/delete", d, &out)
	return out, err
}

func (g guardian) ExportActor(ctx context.Context, w io.Writer, agents []string) error {
	return g.download(ctx, w, http.MethodPost, "/actors/export", nil, server.Identities{Identities: agents})
}

func (g guardian) EraseActor(ctx context.Context, agents []string) (server.Receipt, error) {
	var out server.Receipt
	err := g.post(ctx, "/actors/erase", server.Identities{Identities: agents}, &out)
	return out, err
}

func (g guardian) Erasures(ctx context.Context) ([]server.Receipt, error) {
	return all[server.Receipt](ctx, g.conn, "/erasures")
}

func (g guardian) Erasure(ctx context.Context, id string) (server.Receipt, error) {
	var out server.Receipt
	err := g.get(ctx, "/erasures/"+url.PathEscape(id), nil, &out)
	return out, err
}

func (g guardian) FindActor(ctx context.Context, agents []string) (privacy.Person, error) {
	var out privacy.Person
	err := g.post(ctx, "/actors/find", server.Identities{Identities: agents}, &out)
	return out, err
}

type exporter struct{ *conn }

func (e exporter) ExportStatements(ctx context.Context, w io.Writer, s server.StatementExport) error {
	query := url.Values{"format": {s.Format}, "voided": {strconv.FormatBool(s.Voided)}}
	for name, value := range map[string]string{"from": instant(s.From), "to": instant(s.To), "verb": s.Verb, "activity": s.Activity} {
		if value != "" {
			query.Set(name, value)
		}
	}
	return e.download(ctx, w, http.MethodGet, "/exports/statements", query, nil)
}

func (e exporter) ExportFact(ctx context.Context, w io.Writer, fact, format string) error {
	return e.download(ctx, w, http.MethodGet, "/exports/facts/"+url.PathEscape(fact), url.Values{"format": {format}}, nil)
}

// download copies the answer of an operation; one that breaks off is an error.
func (c *conn) download(ctx context.Context, w io.Writer, method, path string, query url.Values, in any) error {
	body, err := c.open(ctx, method, path, query, in)
	if err != nil {
		return err
	}
	defer func() { _ = body.Close() }()
	_, err = io.Copy(w, body)
	return err
}

type views struct{ *conn }

func (v views) Activities(ctx context.Context, s warehouse.Search) ([]warehouse.ActivityView, error) {
	var page server.Page[server.ActivityInfo]
	err := v.get(ctx, "/activities", searched(s), &page)
	list := make([]warehouse.ActivityView, len(page.Items))
	for i, a := range page.Items {
		list[i] = warehouse.ActivityView(a)
	}
	return list, err
}

func (v views) Actors(ctx context.Context, s warehouse.Search) ([]warehouse.ActorView, error) {
	var page server.Page[server.ActorInfo]
	err := v.get(ctx, "/actors", searched(s), &page)
	list := make([]warehouse.ActorView, len(page.Items))
	for i, a := range page.Items {
		list[i] = warehouse.ActorView(a)
	}
	return list, err
}

func searched(s warehouse.Search) url.Values {
	query := url.Values{"limit": {strconv.Itoa(s.Limit)}}
	if s.Text != "" {
		query.Set("search", s.Text)
	}
	if s.After != "" {
		query.Set("after", server.CursorOf(s.After))
	}
	return query
}
