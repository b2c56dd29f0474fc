package server

import (
	"net/http"
	"slices"
	"strings"

	"github.com/liftmark/liftmark/internal/lrs/protocol"
)

// crossOrigin lets web pages of other origins call the record store, tracking
// and SCORM: courses and products never lie on this host. Any origin may,
// unless the settings name some.
//
// Any origin is safe here because nothing is done on a browser's own authority:
// there are no cookies, Access-Control-Allow-Credentials is never sent, and what
// lets a request in is a key that the page itself must know. A page that knows
// it could as well call from elsewhere.
func (s *Server) crossOrigin(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		allowed := s.allowOrigin(h, r.Header.Get("Origin"))
		if r.Method == http.MethodOptions {
			if allowed {
				preflight(h, r.Header.Get("Access-Control-Request-Headers"))
			}
			h.Set("Allow", methods)
			w.WriteHeader(http.StatusNoContent)
			return
		}
		if allowed {
			h.Set("Access-Control-Expose-Headers", exposed)
		}
		next.ServeHTTP(w, r)
	})
}

func (s *Server) allowOrigin(h http.Header, origin string) bool {
	origins := s.opt.Config.Origins
	if len(origins) == 0 {
		h.Set("Access-Control-Allow-Origin", "*")
		return true
	}
	h.Add("Vary", "Origin")
	if !slices.Contains(origins, origin) {
		return false
	}
	h.Set("Access-Control-Allow-Origin", origin)
	return true
}

const methods = "GET, HEAD, POST, PUT, DELETE, OPTIONS"

var (
	// requestHeaders may be sent whether a browser asks for them or not.
	requestHeaders = append([]string{"Accept", "Cache-Control", "Content-Encoding", "Pragma", WorkspaceHeader}, protocol.RequestHeaders...)
	exposed        = strings.Join(append([]string{"X-Request-Id"}, protocol.ResponseHeaders...), ", ")
)

// preflight answers what a browser asks before it sends a request. Headers that
// it names are allowed too, as client libraries add some of their own; they
// give no right.
func preflight(h http.Header, asked string) {
	allowed := slices.Clone(requestHeaders)
	for name := range strings.SplitSeq(asked, ",") {
		name = strings.TrimSpace(name)
		known := slices.ContainsFunc(allowed, func(a string) bool { return strings.EqualFold(a, name) })
		if !known && isToken(name) && len(allowed) < 64 {
			allowed = append(allowed, name)
		}
	}
	h.Set("Access-Control-Allow-Headers", strings.Join(allowed, ", "))
	h.Set("Access-Control-Allow-Methods", methods)
	h.Set("Access-Control-Max-Age", "7200")
	h.Add("Vary", "Access-Control-Request-Headers")
}

// isToken says whether a text can be a header's name.
func isToken(name string) bool {
	return name != "" && len(name) <= 64 && !strings.ContainsFunc(name, func(r rune) bool {
		return r != '-' && r != '_' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	})
}
