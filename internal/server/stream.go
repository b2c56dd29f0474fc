package server

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/liftmark/liftmark/internal/access"
	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/stream"
	"github.com/liftmark/liftmark/xapi"
)

// Live follows statements as they are stored; *stream.Service does it.
type Live interface {
	Now(ctx context.Context) (int64, error)
	Check(ctx context.Context, place int64) error
	Next(ctx context.Context, q stream.Query, after int64, n int) ([]stream.Event, int64, error)
	Await(ctx context.Context, after int64) (bool, error)
}

const (
	streamPath  = "/statements/stream"
	eventStream = "text/event-stream"
)

func addStream(o *operations) {
	register(o, operation{
		id: "stream-statements", tag: "Statements", method: http.MethodGet, path: streamPath, scope: access.StatementsReadMine, media: []string{eventStream},
		summary: "Follow statements as they are stored",
		description: "Server-sent events. An event statement holds a statement as it was stored; an event replaced one that was stored before and is another one now, for somebody in it was erased. " +
			"The id of an event is its place: a client that comes back with Last-Event-ID, as browsers' EventSource does, misses nothing and gets nothing twice. " +
			"It begins with what is stored from now on, unless a place is given; after=0 begins with the first statement. " +
			"A comment every few seconds says that the server lives, and moves the place. A client that does not take what is sent is disconnected; so is one whose credential is revoked, and, after a comment that says so, one for whose next statement there is no memory. " +
			"A credential with statements/read/mine alone gets what it wrote itself. Voided statements are left out, and filters look at statements themselves, not at what refers to them.",
	}, o.server.streamStatements)
}

func (s *Server) streamStatements(ctx context.Context, w *Workspace, in *struct {
	Asked
	After    string `query:"after" pattern:"^[0-9]{1,18}$" doc:"Place to go on behind; Last-Event-ID counts before it"`
	LastID   string `header:"Last-Event-ID" doc:"Id of the last event that the client has"`
	Agent    string `query:"agent" maxLength:"10000" doc:"Actor or object, or member of one: an xAPI agent as JSON, or an identifier such as mbox::mailto:ann@example.com"`
	Verb     string `query:"verb" maxLength:"2000" doc:"IRI"`
	Activity string `query:"activity" maxLength:"2000" doc:"IRI of the object"`
}) (*huma.StreamResponse, error) {
	if err := offered(w.Live != nil, "a live stream"); err != nil {
		return nil, err
	}
	f := &follower{server: s, live: w.Live, atOnce: changesAtOnce, query: stream.Query{Verb: in.Verb, Activity: in.Activity}}
	if caller := access.From(ctx); !caller.May(access.StatementsRead) {
		f.query.Mine = caller.Author()
	}
	var err error
	if f.query.Agent, err = agentOf(in.Agent); err != nil {
		return nil, err
	}
	if f.place, err = placeOf(ctx, w.Live, in.LastID, in.After); err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(c huma.Context) {
		r, out := humago.Unwrap(c)
		exchangeOf(r.Context()).note(f.follow(r, out))
	}}, nil
}

// agentOf reads the agent of a parameter.
func agentOf(text string) (xapi.IFI, error) {
	if text == "" {
		return "", nil
	}
	if _, ok := xapi.IFI(text).Actor(); ok {
		return xapi.IFI(text), nil
	}
	actor, err := xapi.ParseActor(xapi.V1, []byte(text), "$")
	if err != nil {
		return "", fault.New(fault.Invalid, "agent: neither an xAPI agent as JSON nor an identifier such as mbox::mailto:ann@example.com: %w", err)
	}
	if actor.IFI() == "" {
		return "", fault.New(fault.Invalid, "agent: a group without an identifier; name an agent or an identified group")
	}
	return actor.IFI(), nil
}

// placeOf reads where a stream begins.
func placeOf(ctx context.Context, l Live, lastID, after string) (int64, error) {
	text := after
	if lastID != "" {
		text = lastID
	}
	if text == "" {
		return l.Now(ctx)
	}
	place, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, fault.New(fault.Invalid, "Last-Event-ID: %q is not the id of an event of this stream", text)
	}
	return place, l.Check(ctx, place)
}

// follower tells one client. It reads what comes next when the client has taken
// what came before: nothing piles up.
type follower struct {
	server *Server
	live   Live
	query  stream.Query
	place  int64
	atOnce int // changes that are read

	out     http.ResponseWriter
	control *http.ResponseController
	said    time.Time // when something was sent last
	asked   time.Time // when it was asked last who the client is
}

// follow sends until the client is gone, may not read any more or the server
// ends. What it gives is why it had to stop, if that is not for the client to
// know.
func (f *follower) follow(r *http.Request, w http.ResponseWriter) error {
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(f.server.ending, cancel)()
	f.out, f.control = w, http.NewResponseController(w)
	h := w.Header()
	h.Set("Content-Type", eventStream)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Accel-Buffering", "no") // a proxy must not hold events back
	w.WriteHeader(http.StatusOK)
	if f.send("retry: 2000\n"+f.id()) != nil {
		return nil //nolint:nilerr // the client is gone
	}
	for ctx.Err() == nil {
		more, err := f.step(ctx)
		if err != nil {
			return unlessEnded(ctx, err)
		}
		if f.due(f.asked) && !f.mayGoOn(r) || f.due(f.said) && f.send(": here\n"+f.id()) != nil {
			return nil
		}
		if more {
			continue
		}
		if err := f.await(ctx); err != nil {
			return unlessEnded(ctx, err)
		}
	}
	return nil
}

// unlessEnded forgets an error that comes of the client's leaving.
func unlessEnded(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// errGone says that the client does not take what it is sent, errFull that
// there is no memory to send it.
var (
	errGone = fault.New(fault.Invalid, "the client left, or was too slow")
	errFull = fault.New(fault.Unavailable, "too many live streams hold long statements for slow readers")
)

// step sends what is next; more says that there may be still more.
func (f *follower) step(ctx context.Context) (more bool, err error) {
	events, next, held, err := f.next(ctx)
	if err != nil {
		return false, err
	}
	defer f.server.gate.sending.Release(held)
	for i, e := range events {
		f.place = e.Place
		if f.tell(e) != nil {
			return false, errGone
		}
		events[i].Body = nil
	}
	more = next != f.place || len(events) > 0
	f.place = next
	if f.atOnce = min(2*f.atOnce, changesAtOnce); held > 0 {
		f.atOnce = 1 // the others would be read in vain
	}
	return more, nil
}

// next reads what is next when there is memory for it, of which it takes held.
func (f *follower) next(ctx context.Context) (events []stream.Event, next, held int64, err error) {
	g := f.server.gate
	for {
		if events, next, err = f.read(ctx); err != nil {
			break
		}
		size := f.sizeOf(events)
		if size <= held || g.sending.TryAcquire(size-held) {
			return events, next, max(size, held), nil
		}
		clear(events) // who waits holds nothing
		g.sending.Release(held)
		if held = size; !g.enter(ctx, g.sending, held) {
			return nil, 0, 0, f.full(ctx)
		}
	}
	g.sending.Release(held)
	return nil, 0, 0, err
}

// changesAtOnce is how many changes are read while statements are short.
const changesAtOnce = 10

func (f *follower) read(ctx context.Context) ([]stream.Event, int64, error) {
	if err := f.server.gate.reading.Acquire(ctx, 1); err != nil {
		return nil, 0, err
	}
	defer f.server.gate.reading.Release(1)
	return f.live.Next(ctx, f.query, f.place, f.atOnce)
}

// sizeOf is the memory that events are counted with: short ones do not count.
func (f *follower) sizeOf(events []stream.Event) (size int64) {
	for _, e := range events {
		size += int64(len(e.Body))
	}
	if size < longAnswer {
		return 0
	}
	return min(size, f.server.limits.StreamMemory)
}

// full tells the client to come back later, to its place.
func (f *follower) full(ctx context.Context) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	f.server.metrics.refused.WithLabelValues("memory").Inc()
	if f.send(": the server is busy; come back with Last-Event-ID\nretry: 10000\n"+f.id()) != nil {
		return errGone
	}
	return errFull
}

// slowest is how slowly a client may take long events, in bytes a second: they
// are held in memory meanwhile.
const slowest = 64 << 10

// tell sends an event, piece by piece so that it is not copied whole.
func (f *follower) tell(e stream.Event) error {
	name := "statement"
	if e.Replaced {
		name = "replaced"
	}
	if _, err := fmt.Fprintf(f.out, "event: %s\nid: %d\ndata: ", name, e.Place); err != nil {
		return err
	}
	until := f.server.opt.Now().Add(f.server.limits.Write + time.Duration(len(e.Body)/slowest)*time.Second)
	for part := range slices.Chunk(e.Body, piece) {
		if _, err := f.out.Write(onOneLine(part)); err != nil {
			return err
		}
		if f.server.opt.Now().After(until) {
			return errGone
		}
	}
	return f.send("\n\n")
}

// onOneLine replaces line breaks, which in JSON lie between tokens.
func onOneLine(text []byte) []byte {
	if !bytes.ContainsAny(text, "\r\n") {
		return text
	}
	line := bytes.Clone(text)
	for i, b := range line {
		if b == '\n' || b == '\r' {
			line[i] = ' '
		}
	}
	return line
}

// id moves the client's place without an event.
func (f *follower) id() string { return fmt.Sprintf("id: %d\n\n", f.place) }

func (f *follower) send(text string) error {
	if _, err := strings.NewReader(text).WriteTo(f.out); err != nil {
		return err
	}
	f.said = f.server.opt.Now()
	return f.control.Flush()
}

// due says whether it is time to do again what was done last at a time.
func (f *follower) due(last time.Time) bool {
	return f.server.opt.Now().Sub(last) >= f.server.limits.Heartbeat
}

// await waits for something to happen, at most until a sign of life is due.
func (f *follower) await(ctx context.Context) error {
	wait, cancel := context.WithTimeout(ctx, max(f.server.limits.Heartbeat-f.server.opt.Now().Sub(f.said), time.Millisecond))
	defer cancel()
	_, err := f.live.Await(wait, f.place)
	return err
}

// mayGoOn asks once more who the client is: a credential may have been revoked.
func (f *follower) mayGoOn(r *http.Request) bool {
	f.asked = f.server.opt.Now()
	caller, err := f.server.byHeader(r)
	if err != nil {
		return fault.KindOf(err) != fault.Unauthorized && fault.KindOf(err) != fault.Forbidden
	}
	return caller.May(access.StatementsReadMine)
}

// admitStream lets a bounded number of streams in, which do not count among the
// requests that are handled at once: most of the time they wait.
func (s *Server) admitStream(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.gate.streams.TryAcquire(1) {
			s.metrics.refused.WithLabelValues("stream").Inc()
			s.fail(w, r, fault.New(fault.Unavailable, "the server has as many live streams as it serves at once; try again"))
			return
		}
		defer s.gate.streams.Release(1)
		next.ServeHTTP(w, r)
	})
}
