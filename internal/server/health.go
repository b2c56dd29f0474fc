package server

import (
	"context"
	"errors"
	"net/http"
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

// readyz says whether requests can be served: every workspace's store can be
// written and its facts are open. Why not, the log says.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	if s.draining.Load() {
		plain(w, http.StatusServiceUnavailable, "shutting down\n")
		return
	}
	if err := s.readiness.look(s.opt.Now, s.ready); err != nil {
		exchangeOf(r.Context()).note(err)
		plain(w, http.StatusServiceUnavailable, "not ready: "+string(fault.KindOf(errors.Unwrap(err)))+"; see the log\n")
		return
	}
	plain(w, http.StatusOK, "ready\n")
}

// ready asks every workspace.
func (s *Server) ready() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for _, ws := range s.opt.Workspaces {
		if ws.Ready == nil {
			continue
		}
		if err := ws.Ready(ctx); err != nil {
			return fault.New(fault.Unavailable, "workspace %s is not ready: %w", ws.Name, err)
		}
	}
	return nil
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
