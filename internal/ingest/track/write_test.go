package track_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/liftmark/liftmark/internal/access"
	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/ingest/track"
	"github.com/liftmark/liftmark/internal/warehouse"
)

// discarding takes everything and keeps nothing.
type discarding struct{ track.Facts }

func (discarding) Take(context.Context, warehouse.Delta) (warehouse.Taken, error) {
	return warehouse.Taken{}, nil
}

// gated lets deltas through one by one.
type gated struct {
	track.Facts
	arrived chan int      // rows of a delta that waits
	let     chan struct{} // lets one in
}

func (g *gated) Take(ctx context.Context, d warehouse.Delta) (warehouse.Taken, error) {
	g.arrived <- len(d.Rows)
	<-g.let
	return g.Facts.Take(ctx, d)
}

func TestRequestsThatWaitAreWrittenTogether(t *testing.T) {
	g := &gated{arrived: make(chan int), let: make(chan struct{})}
	b := newBench(t, func(o *track.Options) { g.Facts, o.Facts = o.Facts, g })
	var all sync.WaitGroup
	post := func(id string) {
		all.Go(func() { b.ok("/v1/track", strings.ReplaceAll(good, "good", id)) })
	}
	post("first")
	if n := <-g.arrived; n != 1 {
		t.Errorf("%d rows came first", n)
	}
	for i := range 9 {
		post(fmt.Sprint("next", i))
	}
	for b.service.Stats().QueuedEvents < 10 {
	}
	b.want("SELECT count(*) FROM usage", []string{"0"}) // and nobody was answered
	g.let <- struct{}{}
	if n := <-g.arrived; n != 9 {
		t.Errorf("%d of 9 rows that waited were written together", n)
	}
	g.let <- struct{}{}
	all.Wait()
	b.want("SELECT count(*) FROM usage", []string{"10"})
	if s := b.service.Stats(); s.QueuedEvents != 0 || s.QueuedBytes != 0 || s.Stored != 10 || s.Groups != 2 {
		t.Errorf("stats %+v", s)
	}
}

func TestAFullQueueSendsClientsAway(t *testing.T) {
	for name, limits := range map[string]track.Limits{"by events": {QueuedEvents: 3}, "by bytes": {QueuedBytes: 200}} {
		t.Run(name, func(t *testing.T) {
			g := &gated{arrived: make(chan int), let: make(chan struct{})}
			b := newBench(t, func(o *track.Options) { g.Facts, o.Facts, o.Limits = o.Facts, g, limits })
			var all sync.WaitGroup
			all.Go(func() { b.ok("/v1/track", strings.ReplaceAll(good, "good", "a")) })
			<-g.arrived
			all.Go(func() {
				b.ok("/v1/batch", `{"batch":[`+strings.ReplaceAll(good, "good", "b")+`,`+strings.ReplaceAll(good, "good", "c")+`]}`)
			})
			for b.service.Stats().QueuedEvents < 3 {
			}
			r := b.send("/v1/track", strings.ReplaceAll(good, "good", "d"))
			if r.Status != http.StatusTooManyRequests || r.Header.Get("Retry-After") == "" || r.Success {
				t.Errorf("%d %v %s", r.Status, r.Header, r.Body)
			}
			g.let <- struct{}{}
			<-g.arrived
			g.let <- struct{}{}
			all.Wait()
			b.want("SELECT event_id FROM usage ORDER BY 1", []string{"a"}, []string{"b"}, []string{"c"})
		})
	}
}

// failing refuses what says of one feature, as an engine that finds a row wrong.
type failing struct {
	track.Facts
	err error
}

func (f *failing) Take(ctx context.Context, d warehouse.Delta) (warehouse.Taken, error) {
	for _, r := range d.Rows {
		if r.Values["feature"] == "Bad" || f.err != nil && fault.KindOf(f.err) == fault.Unavailable {
			return warehouse.Taken{}, f.err
		}
	}
	return f.Facts.Take(ctx, d)
}

func TestARowThatDoesNotFitHarmsNoOtherRequest(t *testing.T) {
	g := &gated{arrived: make(chan int, 100), let: make(chan struct{}, 100)}
	b := newBench(t, func(o *track.Options) {
		g.Facts = &failing{o.Facts, fault.New(fault.Invalid, "usage, row 1: wrong")}
		o.Facts = g
	})
	var all sync.WaitGroup
	for i, name := range []string{"Good", "Bad", "Good"} {
		all.Go(func() {
			want := map[string]int{"Good": 200, "Bad": 400}[name]
			if r := b.send("/v1/track", fmt.Sprintf(`{"userId":"u","event":%q,"messageId":"%d"}`, name, i)); r.Status != want {
				t.Errorf("%s: %d %s", name, r.Status, r.Body)
			}
		})
	}
	for b.service.Stats().QueuedEvents < 3 {
	}
	close(g.let)
	all.Wait()
	b.want("SELECT event_id FROM usage ORDER BY 1", []string{"0"}, []string{"2"})
}

func TestADiskThatCannotBeWrittenSendsClientsAway(t *testing.T) {
	f := &failing{err: fault.New(fault.Unavailable, "the disk is full; free some space")}
	b := newBench(t, func(o *track.Options) { f.Facts, o.Facts = o.Facts, f })
	identify := `{"batch":[{"type":"identify","userId":"u","anonymousId":"a","messageId":"i","traits":{"role":"r"}},` + good + `]}`
	if r := b.send("/v1/batch", identify); r.Status != 503 || r.Header.Get("Retry-After") == "" || !strings.Contains(r.Message, "disk is full") {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	f.err = nil
	b.ok("/v1/batch", identify) // nothing that failed is taken for said
	b.want("SELECT role FROM person", []string{"r"})
	b.want("SELECT other FROM identity_link", []string{"anon:a"})
	b.want("SELECT event_id FROM usage", []string{"good"})
}

func TestAClientThatGoesAwayIsNotWaitedFor(t *testing.T) {
	g := &gated{arrived: make(chan int, 10), let: make(chan struct{}, 10)}
	b := newBench(t, func(o *track.Options) { g.Facts, o.Facts = o.Facts, g })
	ctx, leave := context.WithCancelCause(access.With(t.Context(), &b.caller))
	answered := make(chan int)
	go func() {
		w := httptest.NewRecorder()
		b.handler.ServeHTTP(w, httptest.NewRequestWithContext(ctx, http.MethodPost, "/v1/track", strings.NewReader(good)))
		answered <- w.Code
	}()
	<-g.arrived
	leave(errors.New("gone"))
	if code := <-answered; code != http.StatusServiceUnavailable {
		t.Errorf("answered %d", code)
	}
	g.let <- struct{}{}
	b.service.Close() // writes what waits
	b.want("SELECT event_id FROM usage", []string{"good"})
}

// exploding panics over what says of one feature, with something personal in hand.
type exploding struct{ track.Facts }

func (f exploding) Take(ctx context.Context, d warehouse.Delta) (warehouse.Taken, error) {
	for _, r := range d.Rows {
		if r.Values["feature"] == "Bad" {
			panic("ann@example.com: " + fmt.Sprint(r.Values))
		}
	}
	return f.Facts.Take(ctx, d)
}

func TestAPanicOverOneRequestHarmsNoOtherAndIsSaid(t *testing.T) {
	g := &gated{arrived: make(chan int, 100), let: make(chan struct{}, 100)}
	var log bytes.Buffer
	b := newBench(t, func(o *track.Options) {
		g.Facts, o.Log = exploding{o.Facts}, slog.New(slog.NewJSONHandler(&log, nil))
		o.Facts = g
	})
	person := `{"type":"identify","userId":"u","anonymousId":"a","messageId":"i%s","traits":{"role":"r"}}`
	send := func(name, id string, want int) {
		body := fmt.Sprintf(`{"batch":[`+person+`,{"type":"track","userId":"u","event":%q,"messageId":%q}]}`, id, name, id)
		r := b.send("/v1/batch", body)
		if r.Status != want || strings.Contains(r.Body, "ann@") || strings.Contains(r.Body, "goroutine") {
			t.Errorf("%s: %d %s", name, r.Status, r.Body)
		}
	}
	var all sync.WaitGroup
	for i, name := range []string{"Good", "Bad", "Good"} {
		all.Go(func() { send(name, fmt.Sprint(i), map[string]int{"Good": 200, "Bad": 500}[name]) })
	}
	for b.service.Stats().QueuedEvents < 6 {
	}
	close(g.let)
	all.Wait()
	send("Good", "later", 200) // the writer goes on, and takes nothing of the panic for said
	b.want("SELECT event_id FROM usage ORDER BY 1", []string{"0"}, []string{"2"}, []string{"later"})
	b.want("SELECT role FROM person", []string{"r"})
	b.want("SELECT other FROM identity_link", []string{"anon:a"})
	if s := b.service.Stats(); s.Panics == 0 || s.QueuedEvents != 0 || s.QueuedBytes != 0 {
		t.Errorf("stats %+v", s)
	}
	b.service.Close()
	if text := log.String(); !strings.Contains(text, "exploding") || strings.Contains(text, "ann@") {
		t.Errorf("the log is to say where, and nothing of people: %s", text)
	}
}
