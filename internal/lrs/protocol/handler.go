package protocol

import (
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/liftmark/liftmark/internal/access"
	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/lrs"
	"github.com/liftmark/liftmark/xapi"
)

// handler serves one workspace's record store.
type handler struct {
	service   *lrs.Service
	opt       Options
	resources map[string]resource
}

// resource is one of the specification's resources.
type resource struct {
	methods map[string]method // by name; HEAD is that of GET
	stamped bool              // says through when it is consistent
	open    bool              // to all, without a version
}

// method is what a resource does.
type method struct {
	scopes []access.Scope // one of these is needed; none: nobody is asked
	params []string       // the parameters that it knows
	serve  func(c *call) error
}

// call is one request, decoded: with the alternate request syntax it is not what
// the HTTP request looks like.
type call struct {
	handler *handler
	w       http.ResponseWriter
	r       *http.Request
	caller  *access.Caller
	version xapi.Version
	method  string
	header  http.Header
	params  url.Values
	body    io.Reader
	rest    string // of the path
}

// ServeHTTP decodes, operates and encodes.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := &call{
		handler: h, w: w, r: r, caller: access.From(r.Context()), version: xapi.V1,
		method: r.Method, header: r.Header, body: http.MaxBytesReader(w, r.Body, h.opt.MaxBody),
	}
	res, found := h.find(c)
	c.guessVersion()
	if res.stamped {
		w.Header().Set(headerConsistent, h.service.ConsistentThrough().UTC().Format(time.RFC3339Nano))
	}
	err := fault.New(fault.NotFound, "there is no resource %q; the specification has statements, activities, activities/state, activities/profile, agents, agents/profile and about", r.URL.Path)
	if found {
		err = c.run(res)
	}
	if err != nil {
		c.refuse(err)
	}
}

// find gives the resource of a path.
func (h *handler) find(c *call) (resource, bool) {
	path := c.r.URL.Path
	if len(path) > 1 {
		path = strings.TrimSuffix(path, "/")
	}
	if rest, more := strings.CutPrefix(path, morePath+"/"); more {
		c.rest = rest
		return h.resources[morePath], rest != ""
	}
	res, found := h.resources[path]
	return res, found && path != morePath
}

// guessVersion stamps the answer with a version before it is known whether the
// request names a good one.
func (c *call) guessVersion() {
	if v, err := xapi.ParseVersion(c.header.Get(headerVersion)); err == nil {
		c.version = v
	}
	c.w.Header().Set(headerVersion, c.version.String())
}

// run checks what holds for every resource and serves the request.
func (c *call) run(res resource) error {
	if err := c.unfold(); err != nil {
		return err
	}
	if c.caller == nil && !res.open {
		return fault.New(fault.Unauthorized, "this resource needs credentials: send them with HTTP Basic authentication or as a bearer token")
	}
	if err := c.setVersion(res.open); err != nil {
		return err
	}
	m, found := res.methods[strings.Replace(c.method, http.MethodHead, http.MethodGet, 1)]
	if !found {
		return c.notAllowed(res)
	}
	if !c.may(m.scopes) {
		return fault.New(fault.Forbidden, "the credential %q lacks the scope %s that %s %s needs", c.caller.Label, scopeNames(m.scopes), c.method, c.r.URL.Path)
	}
	if err := c.checkParams(m.params); err != nil {
		return err
	}
	return m.serve(c)
}

// setVersion reads the version header.
func (c *call) setVersion(open bool) error {
	text := c.header.Get(headerVersion)
	if text == "" && (open || c.caller.Tolerates(access.MissingVersion)) {
		return nil
	}
	v, err := xapi.ParseVersion(text)
	if err != nil && open {
		return nil
	}
	if err != nil {
		return fault.New(fault.Invalid, "the header %s: %w", headerVersion, err)
	}
	c.version = v
	c.w.Header().Set(headerVersion, v.String())
	return nil
}

// may says whether the caller holds one of the scopes.
func (c *call) may(scopes []access.Scope) bool {
	return len(scopes) == 0 || slices.ContainsFunc(scopes, c.caller.May)
}

func scopeNames(scopes []access.Scope) string {
	names := make([]string, len(scopes))
	for i, s := range scopes {
		names[i] = string(s)
	}
	return strings.Join(names, " or ")
}

// notAllowed refuses a method and says which there are.
func (c *call) notAllowed(res resource) error {
	var names []string
	for name := range res.methods {
		names = append(names, name)
		if name == http.MethodGet {
			names = append(names, http.MethodHead)
		}
	}
	slices.Sort(names)
	c.w.Header().Set("Allow", strings.Join(names, ", "))
	return &statusError{http.StatusMethodNotAllowed, "the method " + c.method + " is not one of this resource, which has " + strings.Join(names, ", ")}
}
