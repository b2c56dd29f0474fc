package server

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/liftmark/liftmark/internal/fault"
)

// patience is how long a check of readiness may take.
const patience = 2 * time.Second

// healthz says that the process answers, and nothing else: a restart would not
// mend a full disk.
func (s *Server) healthz(w http.ResponseWriter, _ *http.Request) {
	plain(w, http.StatusOK, "alive\n")
}

// readiness is which workspaces cannot be used now, and why.
type readiness struct {
	usable map[string]bool // by name, all that there are
	lame   []string        // names of the others, in order
	why    error           // nil when there are none
}

// none says that no workspace can be used.
func (r readiness) none() bool { return len(r.lame) == len(r.usable) }

// readyz says whether requests can be served: the store of at least one
// workspace can be written and its facts are open. Who spreads load must not
// take the others away for the sake of one, so that it is named and no more.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	if s.draining.Load() {
		plain(w, http.StatusServiceUnavailable, "shutting down\n")
		return
	}
	found := s.readiness.look(s.opt.Now, s.ready)
	switch {
	case found.why == nil:
		plain(w, http.StatusOK, "ready\n")
		return
	case found.none():
		plain(w, http.StatusServiceUnavailable, "not ready: "+string(fault.KindOf(errors.Unwrap(found.why)))+"; see the log\n")
	default:
		plain(w, http.StatusOK, "ready, without "+strings.Join(found.lame, ", ")+"; see the log\n")
	}
	exchangeOf(r.Context()).note(found.why)
}

// ready asks every workspace, all at once: one that does not answer takes no
// time from others.
func (s *Server) ready() readiness {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	answers := make([]error, len(s.opt.Workspaces))
	var asking sync.WaitGroup
	for i, ws := range s.opt.Workspaces {
		if ws.Ready != nil {
			asking.Go(func() { answers[i] = ws.Ready(ctx) })
		}
	}
	asking.Wait()
	found := readiness{usable: map[string]bool{}}
	for i, ws := range s.opt.Workspaces {
		found.add(ws.Name, answers[i])
	}
	for _, c := range s.opt.Closed {
		found.add(c.Name, c.Why)
	}
	slices.Sort(found.lame)
	return found
}

// add notes what a workspace says. Beside the first reason that there is, the
// others are told in its words.
func (r *readiness) add(name string, why error) {
	r.usable[name] = why == nil
	if why == nil {
		return
	}
	r.lame = append(r.lame, name)
	if r.why == nil {
		r.why = fault.New(fault.Unavailable, "workspace %s is not ready: %w", name, why)
		return
	}
	r.why = fault.New(fault.Unavailable, "%w; workspace %s is not ready: %s", r.why, name, why.Error())
}

// glance keeps an answer for a moment: however many ask, who must not be able
// to keep the server busy, it is found out once a second.
type glance[T any] struct {
	mu   sync.Mutex
	at   time.Time
	last T
}

const glanceFor = time.Second

func (g *glance[T]) look(now func() time.Time, find func() T) T {
	g.mu.Lock()
	defer g.mu.Unlock()
	if age := now().Sub(g.at); age < 0 || age >= glanceFor {
		g.last = find()
		g.at = now()
	}
	return g.last
}

func plain(w http.ResponseWriter, status int, text string) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text)) // the client may be gone
}
