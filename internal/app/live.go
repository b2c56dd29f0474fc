package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	mathrand "math/rand/v2"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/liftmark/liftmark/internal/access"
	"github.com/liftmark/liftmark/internal/export"
	"github.com/liftmark/liftmark/internal/forward"
	ingestlrs "github.com/liftmark/liftmark/internal/ingest/lrs"
	"github.com/liftmark/liftmark/internal/ingest/track"
	"github.com/liftmark/liftmark/internal/job"
	"github.com/liftmark/liftmark/internal/lrs"
	"github.com/liftmark/liftmark/internal/privacy"
	"github.com/liftmark/liftmark/internal/server"
	"github.com/liftmark/liftmark/internal/state"
	"github.com/liftmark/liftmark/internal/state/sqlite"
	"github.com/liftmark/liftmark/internal/vault"
	"github.com/liftmark/liftmark/xapi"
)

// stateFile is the operational store of a workspace.
const stateFile = "state.db"

// live is what a workspace has for data that arrive by themselves. It is opened
// when it is first asked for: computing a KPI needs none of it.
type live struct {
	store     *sqlite.Store
	key       vault.Key
	lrs       *lrs.Service
	projector *ingestlrs.Projector
	track     *track.Service
	forward   *forward.Service
	privacy   *privacy.Service
	exports   *export.Service
	keys      access.Keeper
	quiet     stillness   // between backups and what changes facts and store together
	follows   atomic.Bool // the projector runs
	now       func() time.Time
}

// openLive opens it once.
func (w *Workspace) openLive(ctx context.Context) (*live, error) {
	w.liveOnce.Lock()
	defer w.liveOnce.Unlock()
	if w.lived != nil {
		return w.lived, nil
	}
	store, err := sqlite.Open(ctx, filepath.Join(w.dir(), stateFile), state.Options{Now: w.now, Merge: xapi.MergeDefinition})
	if err != nil {
		return nil, err
	}
	l := &live{store: store, now: w.now, quiet: newStillness()}
	if err := w.connect(ctx, l); err != nil {
		return nil, errors.Join(err, store.Close())
	}
	w.lived = l
	return l, nil
}

// connect joins the services over one store.
func (w *Workspace) connect(ctx context.Context, l *live) (err error) {
	key, err := openKey(ctx, l.store, w.dir())
	if err != nil {
		return err
	}
	l.key = key
	l.forward = forward.New(l.store, key, forward.Options{Now: w.now, Log: w.log})
	l.privacy = privacy.New(l.store, w.db, key, privacy.Options{
		Now: w.now, Log: w.log, Source: ingestlrs.Source,
		OnSuppressed: func() { l.lrs.Settle() },
		OnStatements: l.forward.Forget,
		OnKeys:       func(ctx context.Context, keys []string) (int64, error) { return l.track.Erase(ctx, keys) },
		OnRetain:     func(ctx context.Context, before time.Time) (int64, error) { return l.track.Prune(ctx, before) },
		OnExport: func(ctx context.Context, keys []string, each func(string, map[string]any) error) error {
			return l.track.Ignored(ctx, keys, func(row map[string]any) error { return each("ignored_events", row) })
		},
	})
	guard := l.privacy.Guard()
	l.lrs = lrs.New(l.store, lrs.Options{
		HomePage: w.homePage(), Secret: key.Derive("pages of the record store"),
		Suppressed: func(ctx context.Context, agents []xapi.IFI) (map[xapi.IFI]bool, error) {
			return suppressedAgents(ctx, guard, agents)
		},
		Rewrite: guard.Rewrite,
	})
	if l.projector, err = ingestlrs.NewProjector(l.store, w.db, ingestlrs.Options{
		Log: w.log, Others: func() int64 { return l.store.Stats().Requests + l.track.Stats().Received },
	}); err != nil {
		return err
	}
	l.exports = export.New(l.store, w.db, w.dir())
	l.keys = access.Keeper{Store: l.store, Now: w.now, Random: rand.Reader, Elsewhere: w.keyElsewhere}
	l.track, err = track.New(track.Options{Facts: w.db, Settings: l.store, Suppressed: guard.Suppressed, Now: w.now, Log: w.log})
	return err
}

func suppressedAgents(ctx context.Context, guard *privacy.Guard, agents []xapi.IFI) (map[xapi.IFI]bool, error) {
	texts := make([]string, len(agents))
	for i, a := range agents {
		texts[i] = string(a)
	}
	found, err := guard.Suppressed(ctx, texts)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	out := make(map[xapi.IFI]bool, len(found))
	for text, is := range found {
		out[xapi.IFI(text)] = is
	}
	return out, nil
}

// homePage names this server in the authority of statements.
func (w *Workspace) homePage() string {
	if w.Config.Server.PublicURL != "" {
		return w.Config.Server.PublicURL
	}
	return "https://liftmark.local"
}

// close ends it, after what is queued is written.
func (l *live) close() error { return errors.Join(l.track.Close(), l.store.Close()) }

// run follows what arrives until ctx ends: statements become facts and go to
// other stores, and tasks run on their clock.
func (l *live) run(ctx context.Context, log *slog.Logger, now func() time.Time) error {
	tasks := job.New(job.Options{Now: now, Random: mathrand.Float64, Log: log})
	for _, t := range []job.Task{
		{Name: "retention", Schedule: job.Every(time.Hour), Retry: 5 * time.Minute, Timeout: 30 * time.Minute, AtStart: true,
			Run: func(ctx context.Context) error {
				return l.quiet.changing(ctx, func() error { _, err := l.privacy.Retain(ctx); return err })
			}},
		{Name: "erasures", Schedule: job.Every(10 * time.Minute), Retry: time.Minute, Timeout: 30 * time.Minute, AtStart: true,
			Run: func(ctx context.Context) error {
				return l.quiet.changing(ctx, func() error { return l.privacy.Resume(ctx) })
			}},
	} {
		if err := tasks.Add(t); err != nil {
			return fmt.Errorf("task %s: %w", t.Name, err)
		}
	}
	var wg sync.WaitGroup
	wg.Go(func() { tasks.Run(ctx) })
	wg.Go(func() { l.forward.Run(ctx) })
	var err error
	wg.Go(func() {
		l.follows.Store(true)
		defer l.follows.Store(false)
		err = l.projector.Run(ctx)
	})
	wg.Wait()
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// gaugesPatience bounds how long a scrape may ask a workspace.
const gaugesPatience = time.Second

// gauges are the figures for a scrape. What cannot be had in time is zero.
func (l *live) gauges() server.Gauges {
	ctx, cancel := context.WithTimeout(context.Background(), gaugesPatience)
	defer cancel()
	events := l.track.Stats()
	stored := l.store.Stats()
	g := server.Gauges{
		EventsReceived: events.Received, EventsRefused: events.Refused, EventsDuplicate: events.Duplicate, EventsPanics: events.Panics, TrackQueue: int(events.QueuedEvents),
		StatementsStored: stored.Statements, Commits: stored.Commits, CommitSeconds: stored.CommitTime.Seconds(),
		BytesWritten: stored.Bytes, StateQueue: stored.QueueLength,
	}
	if lag, err := l.projector.Lag(ctx); err == nil {
		g.ProjectorLag, g.ProjectorFailures = lag.Changes, lag.Failures
		if !lag.Since.IsZero() {
			g.ProjectorBehind = max(0, l.now().Sub(lag.Since).Seconds())
		}
	}
	if list, err := l.forward.List(ctx); err == nil {
		for _, f := range list {
			g.ForwardQueue += int(f.Lag)
			g.DeadLetters += f.DeadLetters
		}
	}
	return g
}
