package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/liftmark/liftmark/internal/access"
	"github.com/liftmark/liftmark/internal/fault"
)

// exchange is one request and its answer, as the middleware tells each other
// about it.
type exchange struct {
	id     string
	route  string         // pattern, never the path: that may name people
	caller *access.Caller // nil: not known, or none needed
	err    error          // what went wrong, for the log
}

type exchangeKey struct{}

// exchangeOf gives the exchange of a request that came in by Handler.
func exchangeOf(ctx context.Context) *exchange {
	x, _ := ctx.Value(exchangeKey{}).(*exchange)
	if x == nil {
		x = &exchange{}
	}
	return x
}

// note keeps the first error that an answer came from.
func (x *exchange) note(err error) {
	if x.err == nil {
		x.err = err
	}
}

// ids numbers requests; the beginning tells processes apart.
type ids struct {
	prefix string
	last   atomic.Uint64
}

func (i *ids) next() string { return i.prefix + "-" + strconv.FormatUint(i.last.Add(1), 36) }

// observe is the outermost middleware: it names the request, keeps a panic from
// ending the process, counts and logs.
func (s *Server) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := s.opt.Now()
		x := &exchange{id: s.ids.next(), route: "none"}
		out := newWriter(w, s.limits.Write, s.opt.Now)
		out.Header().Set("X-Request-Id", x.id)
		s.metrics.inFlight.Inc()
		defer s.metrics.inFlight.Dec()
		r = r.WithContext(context.WithValue(r.Context(), exchangeKey{}, x))
		cut := s.protect(out, r, next)
		out.end()
		s.conclude(out, r, x, began)
		if cut {
			panic(http.ErrAbortHandler) // closes the connection without a word
		}
	})
}

// protect runs a handler; a panic becomes status 500, or cuts the answer off
// when part of it is sent.
func (s *Server) protect(out *writer, r *http.Request, next http.Handler) (cut bool) {
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
			cut = true
			return
		}
		x := exchangeOf(r.Context())
		s.opt.Log.Error("panic", "request", x.id, "route", x.route, "panic", fmt.Sprintf("%T", p), "stack", string(debug.Stack()))
		if cut = out.status != 0; !cut {
			s.fail(out, r, fault.New(fault.Internal, "panic"))
		}
	}()
	next.ServeHTTP(out, r)
	return false
}

// probes are what machines look at all the time.
var probes = map[string]bool{"/healthz": true, "/readyz": true, "/metrics": true}

// conclude writes the log's line and the metrics. Neither holds anything that
// could be a person's: no path, query, body or address.
func (s *Server) conclude(out *writer, r *http.Request, x *exchange, began time.Time) {
	took := s.opt.Now().Sub(began)
	s.metrics.observe(x.route, r.Method, out.code(), took)
	level := slog.LevelInfo
	if probes[x.route] && out.code() < http.StatusBadRequest {
		level = slog.LevelDebug // every few seconds, for ever
	}
	attrs := []slog.Attr{
		slog.String("request", x.id), slog.String("method", methodLabel(r.Method)), slog.String("route", x.route),
		slog.Int("status", out.code()), slog.Int64("bytes", out.bytes), slog.Float64("seconds", took.Seconds()),
	}
	if x.caller != nil {
		attrs = append(attrs, slog.String("workspace", x.caller.Workspace), slog.String("credential", x.caller.Credential))
	}
	if x.err != nil {
		kind := fault.KindOf(x.err)
		attrs = append(attrs, slog.String("kind", string(kind)))
		if kind == fault.Internal || kind == fault.Unavailable { // others speak of what the client sent
			level = slog.LevelError
			attrs = append(attrs, slog.String("error", x.err.Error()))
		}
	}
	s.opt.Log.LogAttrs(r.Context(), level, "request", attrs...)
}
