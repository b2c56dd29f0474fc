// Package protocol serves the record store over HTTP as xAPI 1.0.3 and 2.0 say:
// the Statement, document, Activities, Agents and About resources, the alternate
// request syntax and multipart. The rules are package lrs's; who calls, the
// server in front has found out and put into the request's context, and it
// answers the preflight requests of browsers and bounds rates.
package protocol

import (
	"net/http"

	"github.com/liftmark/liftmark/internal/lrs"
)

// Options are what the handler is told. Zero values stand for the defaults.
type Options struct {
	// Path is where clients find the handler, from the host's root, by default
	// "/xapi". Behind a proxy it has the proxy's prefix.
	Path string
	// MaxBody bounds the body of a request and MaxPart one attachment, in bytes,
	// MaxParts the attachments, MaxStatements a batch, and MaxDepth how deep JSON
	// nests; by default 32 MiB, 16 MiB, 500, 5000 and 100.
	MaxBody, MaxPart                  int64
	MaxParts, MaxStatements, MaxDepth int
	// Report is told of failures that are ours, to be logged; nil: nobody is.
	Report func(r *http.Request, err error)
}

// RequestHeaders are the headers that clients in browsers send.
var RequestHeaders = []string{
	"Accept-Language", "Authorization", "Content-Type", "If-Match", "If-None-Match", "X-Experience-API-Version",
	"X-Experience-API-Hash", "Content-Transfer-Encoding", "X-Requested-With", "Updated",
}

// ResponseHeaders are the headers that clients in browsers read.
var ResponseHeaders = []string{
	"Allow", "Content-Length", "Content-Type", "ETag", "Last-Modified", "Retry-After", "WWW-Authenticate",
	"X-Experience-API-Version", "X-Experience-API-Consistent-Through",
}

// The headers of the specification.
const (
	headerVersion    = "X-Experience-API-Version"
	headerConsistent = "X-Experience-API-Consistent-Through"
)

// New gives the handler. Its paths are below where it is mounted: "/statements".
func New(service *lrs.Service, opt Options) http.Handler {
	opt.defaults()
	h := &handler{service: service, opt: opt}
	h.resources = map[string]resource{
		"/statements":         {stamped: true, methods: h.statementMethods()},
		morePath:              {stamped: true, methods: h.moreMethods()},
		"/activities/state":   {methods: h.documentMethods(stateDocuments)},
		"/activities/profile": {methods: h.documentMethods(activityDocuments)},
		"/agents/profile":     {methods: h.documentMethods(agentDocuments)},
		"/activities":         {methods: h.activityMethods()},
		"/agents":             {methods: h.agentMethods()},
		"/about":              {open: true, methods: h.aboutMethods()},
	}
	return h
}

func (o *Options) defaults() {
	if o.Path == "" {
		o.Path = "/xapi"
	}
	for _, d := range []struct {
		value *int64
		def   int64
	}{{&o.MaxBody, 32 << 20}, {&o.MaxPart, 16 << 20}} {
		if *d.value <= 0 {
			*d.value = d.def
		}
	}
	for _, d := range []struct {
		value *int
		def   int
	}{{&o.MaxParts, 500}, {&o.MaxStatements, 5000}, {&o.MaxDepth, 100}} {
		if *d.value <= 0 {
			*d.value = d.def
		}
	}
}
