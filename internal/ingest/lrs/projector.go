package lrs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/state"
	"github.com/liftmark/liftmark/internal/warehouse"
)

// Source is the name under which statements' facts are stored.
const Source = "statements"

// Store is what the projector reads of the record store.
type Store interface {
	state.Feed
	state.Settings
	// Definitions gives what is known of activities, by IRI.
	Definitions(ctx context.Context, activities ...string) (map[string][]byte, error)
}

// Facts is where the projector writes.
type Facts interface {
	warehouse.Stream
	Remains(ctx context.Context, source string, gone, activities []string) (warehouse.Remains, error)
	// Described gives those of the activities that a source describes.
	Described(ctx context.Context, source string, activities []string) ([]string, error)
}

// Options set how the projector works. Zero values choose.
type Options struct {
	Gather time.Duration // how long changes gather under load: 200 ms
	Page   int           // how many changes make one delta: 4000
	// Others counts requests that others make of this process. While they make
	// many the projector leaves them most of the machine, and facts come later.
	// nil: nobody else is there.
	Others func() int64
	Log    *slog.Logger // nil: none
}

// Projector turns statements into facts. Its methods may be called at the same
// time; one works at a time.
type Projector struct {
	from       Store
	to         Facts
	opt        Options
	vocabulary *vocabulary

	mu        sync.Mutex // held by who reads a page or changes what verbs mean
	verbs     map[string]string
	memory    *memory
	placed    bool // ahead was read
	ahead     bool // see checkPlace
	troubleMu sync.Mutex
	trouble   error
	failures  int64
	added     atomic.Int64
}

// NewProjector makes a projector of a workspace's statements.
func NewProjector(from Store, to Facts, opt Options) (*Projector, error) {
	v, err := newVocabulary()
	if err != nil {
		return nil, err
	}
	if opt.Gather == 0 {
		opt.Gather = 200 * time.Millisecond
	}
	if opt.Page == 0 {
		opt.Page = 4000
	}
	if opt.Others == nil {
		opt.Others = func() int64 { return 0 }
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	return &Projector{from: from, to: to, opt: opt, vocabulary: v, memory: newMemory()}, nil
}

// Run follows the store until ctx ends, and returns ctx's error. Other errors
// are logged and tried again, ever more slowly.
func (p *Projector) Run(ctx context.Context) error {
	const slowest = 30 * time.Second
	pause := time.Duration(0)
	for ctx.Err() == nil {
		began := time.Now()
		err := safely(func() error { return p.follow(ctx) })
		if ctx.Err() != nil {
			break
		}
		p.note(err)
		if time.Since(began) > slowest { // it went well for a while
			pause = 0
		}
		pause = min(max(2*pause, time.Second/4), slowest)
		p.opt.Log.ErrorContext(ctx, "statements do not become facts; trying again", "error", err, "pause", pause)
		wait(ctx, pause)
	}
	return ctx.Err()
}

// safely makes an error of a panic: what one statement does to the projector
// must not end the record store that took it.
func safely(do func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fault.New(fault.Internal, "panic: %v\n%s", p, debug.Stack())
		}
	}()
	return do()
}

// note keeps the last trouble for Lag.
func (p *Projector) note(err error) {
	p.troubleMu.Lock()
	defer p.troubleMu.Unlock()
	p.trouble = err
	if err != nil {
		p.failures++
	}
}

func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// follow projects changes as they come, until an error.
func (p *Projector) follow(ctx context.Context) error {
	if err := p.catchUpVerbs(ctx); err != nil {
		return err
	}
	for {
		if err := p.CatchUp(ctx); err != nil {
			return err
		}
		p.note(nil)
		last := time.Now()
		cursor, err := p.to.Cursor(ctx, Source)
		if err != nil {
			return err
		}
		if err := p.from.AwaitChange(ctx, cursor); err != nil {
			return err
		}
		if since := time.Since(last); since < p.opt.Gather {
			wait(ctx, p.opt.Gather-since) // under load: let some more come
		}
	}
}

// When the projector rests: beside so many requests of others in a second, for
// so many times as long as it worked.
const (
	busyRate  = 50
	restTimes = 4
	restMax   = 2 * time.Second
)

// CatchUp projects all that has happened. Between pages others have the machine
// when they need it.
func (p *Projector) CatchUp(ctx context.Context) error {
	for n := 1; ; n = min(2*n+1, pages) {
		began, others := time.Now(), p.opt.Others()
		more, err := p.stretch(ctx, n)
		if err != nil || !more {
			return err
		}
		took := time.Since(began)
		if float64(p.opt.Others()-others) > busyRate*took.Seconds() {
			wait(ctx, min(restTimes*took, restMax))
			n = 0 // one page next
		}
	}
}

// pages is how many pages are projected before others get a turn.
const pages = 16

// stretch projects at most n pages of changes and says whether there may be
// more. It reads a page while the one before goes in.
func (p *Projector) stretch(ctx context.Context, n int) (more bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	cursor, err := p.to.Cursor(ctx, Source)
	if err != nil {
		return false, err
	}
	if err := p.checkPlace(ctx, cursor); err != nil {
		return false, err
	}
	if err := p.loadVerbs(ctx); err != nil {
		return false, err
	}
	nothing := make(chan page)
	close(nothing)
	next := p.fetch(ctx, cursor)
	defer func() { <-next }() // nobody reads on while verbs change
	for i := range n {
		page := <-next
		next = nothing
		if page.err != nil || len(page.changes) == 0 {
			return false, page.err
		}
		more := page.last() < page.end
		if more && i+1 < n {
			next = p.fetch(ctx, page.last())
		}
		if err := p.project(ctx, page); err != nil || !more {
			return false, err
		}
	}
	return true, nil
}

// page is a page of changes and what their statements say.
type page struct {
	changes []state.Change
	end     int64 // the last change that there was before they were read
	said    []said
	err     error
}

// last is the place of the last change.
func (p *page) last() int64 { return p.changes[len(p.changes)-1].Seq }

// fetch reads a page.
func (p *Projector) fetch(ctx context.Context, after int64) <-chan page {
	out := make(chan page, 1)
	go func() {
		var next page
		if next.end, next.err = p.from.LastChange(ctx); next.err == nil {
			next.changes, next.err = p.from.Changes(ctx, after, p.opt.Page)
		}
		if next.err == nil {
			next.err = safely(func() error { next.said = p.readAll(next.changes); return nil })
		}
		out <- next
	}()
	return out
}

// project hands on what a page of changes means. When no fact can be made of
// one of them, the others go in without it.
func (p *Projector) project(ctx context.Context, next page) error {
	err := p.projectWhole(ctx, next)
	if fault.KindOf(err) != fault.Invalid {
		return err
	}
	for i := range next.changes {
		one := page{changes: next.changes[i : i+1], said: next.said[i : i+1]}
		err := p.projectWhole(ctx, one)
		if fault.KindOf(err) == fault.Invalid {
			p.opt.Log.ErrorContext(ctx, "a statement becomes no fact", "place", one.last(), "error", err)
			err = p.take(ctx, &warehouse.Delta{Source: Source, Cursor: one.last()})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *Projector) projectWhole(ctx context.Context, next page) error {
	d, err := p.delta(ctx, next)
	if err != nil {
		p.memory = newMemory()
		return err
	}
	d.Cursor = next.last()
	return p.take(ctx, d)
}

// take hands a delta on. What it remembers of activities is worth nothing when
// that fails.
func (p *Projector) take(ctx context.Context, d *warehouse.Delta) error {
	taken, err := p.to.Take(ctx, *d)
	if err != nil {
		p.memory = newMemory()
		return err
	}
	p.added.Add(int64(taken.Added))
	if n := len(taken.Conflict); n > 0 {
		p.opt.Log.WarnContext(ctx, "statements whose ids are stored as other facts count no second time", "count", n)
	}
	return nil
}

// Rebuild forgets all facts of statements and projects them anew.
func (p *Projector) Rebuild(ctx context.Context) error {
	p.mu.Lock()
	err := p.to.Forget(ctx, Source)
	if err == nil {
		err = p.replace(ctx)
	}
	p.memory = newMemory()
	p.mu.Unlock()
	if err != nil {
		return fmt.Errorf("rebuild: %w", err)
	}
	return p.CatchUp(ctx)
}

// Lag says how far facts are behind statements.
type Lag struct {
	Changes  int64     // that are not in, counted by their places
	Since    time.Time // when the oldest of them was stored; zero if none is a statement's
	Trouble  error     // why nothing goes on, nil when it does
	Failures int64     // times that Run tried again, since the process began
}

// Lag says how far the facts are behind now.
func (p *Projector) Lag(ctx context.Context) (Lag, error) {
	cursor, err := p.to.Cursor(ctx, Source)
	last, lastErr := p.from.LastChange(ctx)
	if err = errors.Join(err, lastErr); err != nil {
		return Lag{}, err
	}
	lag := Lag{Changes: max(last-cursor, 0)}
	if lag.Changes > 0 {
		oldest, err := p.from.Changes(ctx, cursor, 1)
		if err != nil {
			return Lag{}, err
		}
		if len(oldest) > 0 && oldest[0].Statement != nil {
			lag.Since = oldest[0].Statement.Stored
		}
	}
	p.troubleMu.Lock()
	defer p.troubleMu.Unlock()
	lag.Trouble, lag.Failures = p.trouble, p.failures
	if lag.Trouble == nil && cursor > last {
		lag.Trouble = errAhead
	}
	return lag, nil
}

// Added counts the rows that were added to the facts since the process began.
func (p *Projector) Added() int64 { return p.added.Load() }
