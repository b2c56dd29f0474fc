package server

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"mime"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/phuslu/iploc"

	"github.com/liftmark/liftmark/internal/access"
	"github.com/liftmark/liftmark/internal/fault"
)

// WorkspaceHeader names the workspace that a request of the local token is
// about. Other credentials have a workspace of their own.
const WorkspaceHeader = "Liftmark-Workspace"

// localID stands for the local token where credentials are named.
const localID = "local"

// finder finds out who calls, by the ways of a route; nil: nobody in particular.
type finder func(*http.Request) (*access.Caller, error)

// bySecret refuses whoever a finder knows by a write key. Web pages show it to
// everybody: whatever its scopes are, it sends events and commits of SCORM
// packages, at routes that do not ask for a secret.
func bySecret(find finder) finder {
	return func(r *http.Request) (*access.Caller, error) {
		caller, err := find(r)
		if err == nil && caller != nil && access.IsWriteKey(caller.Credential) {
			return nil, fault.New(fault.Forbidden, "a write key is public: it sends events and commits of SCORM packages, and opens nothing else; use a credential that has a secret")
		}
		return caller, err
	}
}

// guard finds out who calls, and lets a bounded number of a credential's
// requests in at once.
func (s *Server) guard(find finder, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		caller, err := find(r)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		if caller == nil {
			next.ServeHTTP(w, r)
			return
		}
		exchangeOf(r.Context()).caller = caller
		key := caller.Workspace + "\x00" + caller.Author()
		if !s.gate.enterCredential(key) {
			s.metrics.refused.WithLabelValues("credential").Inc()
			s.fail(w, r, refuse(http.StatusTooManyRequests, fault.Unavailable, "this credential has too many requests under way; send fewer at once"))
			return
		}
		defer s.gate.leaveCredential(key)
		next.ServeHTTP(w, r.WithContext(access.With(r.Context(), caller)))
	})
}

// byHeader recognises Basic and Bearer authorization.
func (s *Server) byHeader(r *http.Request) (*access.Caller, error) {
	return s.byAuthorization(r, r.Header.Get("Authorization"))
}

func (s *Server) byAuthorization(r *http.Request, header string) (*access.Caller, error) {
	if header == "" {
		return nil, fault.New(fault.Unauthorized, "the request has no Authorization header; send Basic with key and secret, or Bearer with an API key or an access token")
	}
	scheme, value, _ := strings.Cut(header, " ")
	value = strings.TrimSpace(value)
	var caller *access.Caller
	var err error
	switch {
	case strings.EqualFold(scheme, "bearer") && strings.HasPrefix(value, LocalPrefix):
		return s.byLocalToken(r, value)
	case strings.EqualFold(scheme, "bearer") && access.IsToken(value):
		caller, err = s.auth.Token(r.Context(), s.address(r), value)
	case strings.EqualFold(scheme, "bearer") && value != "":
		caller, err = s.auth.Key(r.Context(), s.address(r), value)
	case strings.EqualFold(scheme, "basic"):
		caller, err = s.byBasic(r, value)
	default:
		return nil, fault.New(fault.Unauthorized, "the Authorization header is neither Basic nor Bearer")
	}
	return s.placed(r, caller, err)
}

func (s *Server) byBasic(r *http.Request, value string) (*access.Caller, error) {
	raw, err := base64.StdEncoding.DecodeString(value)
	user, password, ok := strings.Cut(string(raw), ":")
	if err != nil || !ok {
		return nil, fault.New(fault.Unauthorized, "the Basic authorization is malformed; it is the base64 of key:secret")
	}
	return s.auth.Basic(r.Context(), s.address(r), user, password)
}

// byLocalToken lets in who can read the running process's own files.
func (s *Server) byLocalToken(r *http.Request, token string) (*access.Caller, error) {
	if len(s.opt.LocalToken) <= len(LocalPrefix) || subtle.ConstantTimeCompare([]byte(token), []byte(s.opt.LocalToken)) != 1 {
		return nil, fault.New(fault.Unauthorized, "the local token is not that of the running server; it changes with each start")
	}
	name := r.Header.Get(WorkspaceHeader)
	if name == "" && len(s.opt.Workspaces) == 1 && len(s.closed) == 0 {
		name = s.opt.Workspaces[0].Name
	}
	if why := s.closed[name]; why != nil {
		return nil, fault.New(fault.Unavailable, "the workspace %s could not be opened when the server was started; mend it and start the server again: %w", name, why)
	}
	if name != "" && s.workspaces[name] == nil {
		return nil, fault.New(fault.NotFound, "there is no workspace %q on this server", name)
	}
	return &access.Caller{Workspace: name, Credential: localID, Label: "on this machine", Scopes: []access.Scope{access.Admin}, Local: true}, nil
}

// placed checks the workspace that a request names, and adds the country.
func (s *Server) placed(r *http.Request, caller *access.Caller, err error) (*access.Caller, error) {
	if err != nil {
		return nil, err
	}
	if name := r.Header.Get(WorkspaceHeader); name != "" && name != caller.Workspace {
		return nil, fault.New(fault.Forbidden, "the credential is not one of the workspace that %s names", WorkspaceHeader)
	}
	if caller.Tolerates(access.LearnerAddresses) || access.IsWriteKey(caller.Credential) {
		caller.Country = country(s.address(r))
	}
	return caller, nil
}

// byForm recognises a caller of the record store. The alternate request syntax
// carries the header in the body, as a field of the form.
func (s *Server) byForm(r *http.Request) (*access.Caller, error) {
	if r.Header.Get("Authorization") != "" || r.Method != http.MethodPost || r.URL.Query().Get("method") == "" || r.Body == nil {
		return s.byHeader(r)
	}
	data, err := readWhole(r)
	if err != nil {
		return nil, err
	}
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if media != "application/x-www-form-urlencoded" && media != "text/plain" {
		return s.byHeader(r)
	}
	form, err := url.ParseQuery(string(data))
	if err != nil {
		return nil, fault.New(fault.Unauthorized, "the request has no Authorization header, and its form cannot be read")
	}
	return s.byAuthorization(r, form.Get("Authorization"))
}

// byWriteKey recognises a client of tracking: by the header, by the query's
// writeKey, or by the body's, where beacons of browsers have it.
func (s *Server) byWriteKey(r *http.Request) (*access.Caller, error) {
	if r.Header.Get("Authorization") != "" {
		return s.byHeader(r)
	}
	key := r.URL.Query().Get("writeKey")
	if key == "" && r.Body != nil {
		data, err := readWhole(r)
		if err != nil {
			return nil, err
		}
		key = writeKeyIn(data)
	}
	if key == "" {
		return nil, fault.New(fault.Unauthorized, "the request has no write key; send it as the user name of Basic authorization, or as writeKey in the body")
	}
	caller, err := s.auth.Key(r.Context(), s.address(r), key)
	return s.placed(r, caller, err)
}

// writeKeyIn finds the member writeKey of a JSON object. What is wrong with the
// rest of it, tracking says.
func writeKeyIn(data []byte) string {
	var found struct {
		WriteKey jsontext.Value `json:"writeKey"`
	}
	var key string
	if json.Unmarshal(data, &found) != nil || json.Unmarshal(found.WriteKey, &key) != nil {
		return ""
	}
	return key
}

// byQuery recognises a course package, which can set no header in its last
// beacon: by the query's key.
func (s *Server) byQuery(r *http.Request) (*access.Caller, error) {
	key := r.URL.Query().Get("key")
	if key == "" || r.Header.Get("Authorization") != "" {
		return s.byHeader(r)
	}
	caller, err := s.auth.Key(r.Context(), s.address(r), key)
	return s.placed(r, caller, err)
}

// Authenticate gives the caller of a write key that came by other ways than
// those of the routes.
//
// Errors: fault.Unauthorized.
func (s *Server) Authenticate(ctx context.Context, writeKey string) (*access.Caller, error) {
	return s.auth.Key(ctx, netip.Addr{}, writeKey)
}

// address is where a request came from, as far as it can be believed: proxies
// that the settings trust are passed over. It is never stored or logged.
func (s *Server) address(r *http.Request) netip.Addr {
	ap, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	at := ap.Addr().Unmap().WithZone("")
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && s.isProxy(at); i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break // made up or cut: believe the last proxy
		}
		at = hop.Unmap().WithZone("")
	}
	return at
}

func (s *Server) isProxy(at netip.Addr) bool {
	for _, network := range s.proxies {
		if network.Contains(at) {
			return true
		}
	}
	return false
}

// country is where an address is, ISO 3166-1 alpha-2, "" when that is not known.
func country(at netip.Addr) string {
	if !at.IsValid() || at.IsPrivate() || at.IsLoopback() || at.IsLinkLocalUnicast() {
		return ""
	}
	code := iploc.IPCountry(at)
	if len(code) != 2 || code == "ZZ" {
		return ""
	}
	return code
}
