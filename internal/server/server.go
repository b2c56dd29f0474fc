// Package server is Liftmark's HTTP side: routes, authentication, limits, CORS,
// health, metrics and the API at /api/v1. It decides who may ask and how much,
// and hands requests to what app gives it: the protocol handlers of the record
// store, of tracking and of SCORM, and the interfaces in resource.go that the
// API's operations call. It opens no file, runs no query and knows no rule of
// xAPI or of a KPI.
//
// The routes are in api.go, one file per resource; middleware is in chain.go and
// the files that it names.
package server

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/liftmark/liftmark/internal/access"
	"github.com/liftmark/liftmark/internal/config"
	"github.com/liftmark/liftmark/internal/fault"
)

// Options are what a server is made of.
type Options struct {
	Version    string // of Liftmark
	Config     config.Server
	Workspaces []*Workspace // at least one; names are unique
	// LocalToken gives full rights over every workspace to who can read the file
	// in which the process leaves it. It begins with LocalPrefix; "": none.
	LocalToken string
	Snippet    []byte // the browser's script, served as /liftmark.js; nil: none
	Limits     Limits // zero fields: DefaultLimits
	Now        func() time.Time
	Random     io.Reader // for secrets and request ids
	Log        *slog.Logger
}

// LocalPrefix begins local tokens.
const LocalPrefix = "local_"

// Limits bound what clients can make the server do.
type Limits struct {
	Header        time.Duration // to send the head of a request
	Idle          time.Duration // between requests of a connection
	Write         time.Duration // to take a piece of the answer
	Grace         time.Duration // to finish requests at shutdown
	BodyStart     time.Duration // before the first bytes of a body are late
	BytesPerS     int           // slowest body that is still read
	HeaderBytes   int
	TrackBody     int64 // decompressed, tracking and SCORM
	APIBody       int64 // /api/v1
	PerCredential int   // requests at once
	Queue         time.Duration
	Failures      int // failed log-ins of an address before it has to wait
}

// DefaultLimits are the limits that hold where Options name none.
func DefaultLimits() Limits {
	return Limits{
		Header: 10 * time.Second, Idle: 2 * time.Minute, Write: 30 * time.Second, Grace: 30 * time.Second,
		BodyStart: 10 * time.Second, BytesPerS: 1 << 10, HeaderBytes: 64 << 10,
		TrackBody: 4 << 20, APIBody: 4 << 20,
		PerCredential: 64, Queue: 2 * time.Second, Failures: 20,
	}
}

// Server answers requests. Make one with New.
type Server struct {
	opt Options
}

// New checks the options and builds the routes.
//
// Errors: fault.Invalid for options that cannot be served.
func New(opt Options) (*Server, error) {
	if len(opt.Workspaces) == 0 {
		return nil, fault.New(fault.Invalid, "there is no workspace to serve")
	}
	return &Server{opt: opt}, nil
}

// Handler is everything that the server answers.
func (s *Server) Handler() http.Handler { return http.NotFoundHandler() }

// Authenticate gives the caller of a write key, for clients that send it in the
// body.
//
// Errors: fault.Unauthorized.
func (s *Server) Authenticate(ctx context.Context, writeKey string) (*access.Caller, error) {
	return nil, fault.New(fault.Unauthorized, "the write key is not known")
}

// Serve answers on a listener until ctx ends. It then stops accepting, lets
// requests finish for at most Limits.Grace, notes the last uses of credentials
// and returns; nil means that every request was finished. What was cut off is
// fault.Unavailable. The listener is closed in any case.
//
// A second signal is not its concern: who calls stops catching signals when ctx
// ends, so that another one kills the process.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	return errors.Join(ctx.Err(), l.Close())
}
