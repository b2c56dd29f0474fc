package server

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/liftmark/liftmark/internal/access"
	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/ingest/track/snippet"
	"github.com/liftmark/liftmark/xapi"
)

// routes lists everything that the server answers.
func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	s.open(mux, "GET /{$}", http.HandlerFunc(s.statusPage))
	s.open(mux, "GET /healthz", http.HandlerFunc(s.healthz))
	s.open(mux, "GET /readyz", http.HandlerFunc(s.readyz))
	s.open(mux, "GET "+LocalPath, http.HandlerFunc(s.proveLocal))
	s.open(mux, "GET /metrics", s.metrics.handler())
	s.open(mux, "GET /"+snippet.Name, s.crossOrigin(snippet.Handler()))

	most := int64(max(1, s.opt.Config.MaxBodyMiB)) << 20
	for _, path := range []string{
		"/xapi/statements", "/xapi/activities", "/xapi/activities/state", "/xapi/activities/profile",
		"/xapi/agents", "/xapi/agents/profile", "/xapi/about", "/xapi/",
	} {
		find := finder(s.byForm)
		if path == "/xapi/about" {
			find = s.ifKnown
		}
		s.protocol(mux, path, most, bySecret(find), s.ofWorkspace(func(w *Workspace) http.Handler { return w.XAPI }, "/xapi"))
	}
	track := s.ofWorkspace(func(w *Workspace) http.Handler { return w.Track }, "")
	for _, call := range []string{"batch", "track", "identify", "group", "page", "screen", "alias", "import", "b", "t", "i", "g", "p", "s", "a"} {
		s.protocol(mux, "/v1/"+call, s.limits.TrackBody, s.byWriteKey, track)
	}
	scorm := s.ofWorkspace(func(w *Workspace) http.Handler { return w.SCORM }, "")
	s.protocol(mux, "/scorm/commit", s.limits.TrackBody, s.byQuery, scorm)

	s.api(mux)
	return s.observe(compress(s.find(mux)))
}

// open mounts a route that needs no credential and is answered under any load.
func (s *Server) open(mux *http.ServeMux, pattern string, h http.Handler) {
	mux.Handle(pattern, named(pattern, h))
}

// protocol mounts a route of a protocol: for pages of any origin, with a
// credential found by find.
func (s *Server) protocol(mux *http.ServeMux, path string, most int64, find finder, h http.Handler) {
	h = s.bodies(most, s.guard(find, s.admit(s.answers(h)))) // who is not let in takes nobody's place
	if strings.HasPrefix(path, "/xapi") {
		h = versioned(h)
	}
	mux.Handle(path, named(path, s.crossOrigin(h)))
}

// ofWorkspace hands a request to the caller's workspace.
func (s *Server) ofWorkspace(of func(*Workspace) http.Handler, strip string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		at := s.opt.Workspaces[0]
		if c := access.From(r.Context()); c != nil {
			at = s.workspaces[c.Workspace]
		}
		if at == nil {
			s.fail(w, r, nameWorkspace())
			return
		}
		h := of(at)
		if h == nil {
			s.fail(w, r, fault.New(fault.NotFound, "the workspace does not serve this"))
			return
		}
		http.StripPrefix(strip, h).ServeHTTP(w, r)
	})
}

func nameWorkspace() error {
	return fault.New(fault.Invalid, "name the workspace in the header %s; GET /api/v1/workspaces lists them", WorkspaceHeader)
}

// ifKnown lets everybody in, as the About resource of a record store is open.
// Who sends a credential has to send a good one.
func (s *Server) ifKnown(r *http.Request) (*access.Caller, error) {
	if r.Header.Get("Authorization") == "" {
		return nil, nil //nolint:nilnil // nobody in particular
	}
	return s.byHeader(r)
}

// versioned sets what every answer of a record store carries, refusals by the
// server included. A refusal knows no statement, and everything stored up to the
// beginning of time is consistent; the record store says more.
func versioned(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		version, err := xapi.ParseVersion(r.Header.Get("X-Experience-API-Version"))
		if err != nil {
			version = xapi.V1
		}
		w.Header().Set("X-Experience-API-Version", version.String())
		if strings.HasPrefix(r.URL.Path, "/xapi/statements") {
			w.Header().Set("X-Experience-API-Consistent-Through", "1970-01-01T00:00:00.000Z")
		}
		next.ServeHTTP(w, r)
	})
}

// admit lets a bounded number of requests in at once.
func (s *Server) admit(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.gate.enter(r.Context(), s.gate.places, 1) {
			s.metrics.refused.WithLabelValues("server").Inc()
			s.fail(w, r, fault.New(fault.Unavailable, "the server has as many requests as it handles at once; try again"))
			return
		}
		defer s.gate.places.Release(1)
		next.ServeHTTP(w, r)
	})
}

// named notes the route for log and metrics.
func named(pattern string, next http.Handler) http.Handler {
	if _, path, ok := strings.Cut(pattern, " "); ok {
		pattern = path
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		exchangeOf(r.Context()).route = strings.TrimSuffix(pattern, "{$}")
		next.ServeHTTP(w, r)
	})
}

// find answers requests that no route takes with a problem, too.
func (s *Server) find(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h, pattern := mux.Handler(r)
		if pattern != "" {
			mux.ServeHTTP(w, r)
			return
		}
		verdict := &headOnly{header: http.Header{}}
		h.ServeHTTP(verdict, r)
		if verdict.status == http.StatusMethodNotAllowed {
			w.Header().Set("Allow", verdict.header.Get("Allow"))
			s.fail(w, r, refuse(verdict.status, fault.Invalid, "this path does not take the method "+methodLabel(r.Method)+"; it takes "+verdict.header.Get("Allow")))
			return
		}
		s.fail(w, r, fault.New(fault.NotFound, "there is nothing at this path; / says what is where"))
	})
}

// headOnly hears what a handler would answer.
type headOnly struct {
	header http.Header
	status int
}

func (h *headOnly) Header() http.Header         { return h.header }
func (h *headOnly) WriteHeader(status int)      { h.status = status }
func (h *headOnly) Write(p []byte) (int, error) { return len(p), nil }

// publicURL is where clients find the server.
func (s *Server) publicURL(r *http.Request) string {
	if s.opt.Config.PublicURL != "" {
		return strings.TrimRight(s.opt.Config.PublicURL, "/")
	}
	return (&url.URL{Scheme: "http", Host: r.Host}).String()
}

// toJSON writes a value whose parts can be written.
func toJSON(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return data
}
