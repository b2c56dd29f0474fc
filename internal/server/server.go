// Package server is Liftmark's HTTP side: routes, authentication, limits, CORS,
// health, metrics and the API at /api/v1. It decides who may ask and how much,
// and hands requests to what app gives it: the protocol handlers of the record
// store, of tracking and of SCORM, and the interfaces in resource.go that the
// API's operations call. It opens no file, runs no query and knows no rule of
// xAPI or of a KPI.
//
// The routes are in api.go. A request passes observe (exchange.go: id, panics,
// log, metrics), compress (gzip.go), and then what its route asks for:
// crossOrigin (cors.go), admit (limit.go), bodies (body.go), guard (auth.go).
// The API's operations have one file for each resource.
package server

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"html/template"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"regexp"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/net/netutil"

	"github.com/liftmark/liftmark/internal/access"
	"github.com/liftmark/liftmark/internal/config"
	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/issuer"
)

// Options are what a server is made of.
type Options struct {
	Version    string // of Liftmark
	Config     config.Server
	Workspaces []*Workspace // at least one; names are unique
	// Closed are workspaces that exist and could not be opened. Their clients
	// are told to try again. Shared are ids of credentials that several
	// workspaces have; see access.Authenticator.Share.
	Closed []Closed
	Shared []string
	// LocalToken gives full rights over every workspace to who can read the file
	// in which the process leaves it. It begins with LocalPrefix; "": none.
	LocalToken string
	Limits     Limits // zero fields: DefaultLimits
	Now        func() time.Time
	Random     io.Reader // for secrets and request ids; safe for concurrent use
	Log        *slog.Logger
}

// Closed is a workspace that could not be opened, and why.
type Closed struct {
	Name string
	Why  error
}

// LocalPrefix begins local tokens.
const LocalPrefix = "local_"

// Server answers requests. Make one with New.
type Server struct {
	opt        Options
	limits     Limits
	workspaces map[string]*Workspace
	closed     map[string]error // by name
	proxies    []netip.Prefix
	began      time.Time

	auth      *access.Authenticator
	gate      *gate
	metrics   *metrics
	readiness glance[readiness]
	repeats   *repeats
	ids       ids
	page      *template.Template
	draining  atomic.Bool
	ending    context.Context // ends when the server begins to: streams have no end of their own
	end       context.CancelFunc
	handler   http.Handler
}

// New checks the options and builds the routes.
//
// Errors: fault.Invalid for options that cannot be served.
func New(opt Options) (*Server, error) {
	s := &Server{opt: opt, limits: opt.Limits.orDefault(), workspaces: map[string]*Workspace{}, closed: map[string]error{}, began: opt.Now()}
	var books []access.Named
	for _, w := range opt.Workspaces {
		if !workspaceName.MatchString(w.Name) || s.workspaces[w.Name] != nil {
			return nil, fault.New(fault.Invalid, "workspace %q: a name has letters, digits, - and _, and is there once", w.Name)
		}
		s.workspaces[w.Name] = w
		if w.Credentials != nil {
			books = append(books, access.Named{Workspace: w.Name, Book: w.Credentials})
		}
	}
	if len(s.workspaces) == 0 {
		return nil, fault.New(fault.Invalid, "there is no workspace to serve")
	}
	for _, c := range opt.Closed {
		s.closed[c.Name] = c.Why
		books = append(books, access.Named{Workspace: c.Name, Book: access.ClosedBook{Why: c.Why}})
	}
	for _, network := range opt.Config.TrustedProxies {
		prefix, err := netip.ParsePrefix(network)
		if err != nil {
			return nil, fault.New(fault.Invalid, "trusted_proxies: %q is not a network such as 10.0.0.0/8", network)
		}
		s.proxies = append(s.proxies, prefix)
	}
	prefix := make([]byte, 4)
	if _, err := io.ReadFull(opt.Random, prefix); err != nil {
		return nil, fmt.Errorf("draw the beginning of request ids: %w", err)
	}
	s.ids.prefix = hex.EncodeToString(prefix)
	s.auth = access.NewAuthenticator(books, issuer.New(opt.Now, opt.Log), s.limits.Failures, opt.Now)
	s.auth.Share(opt.Shared)
	s.gate = newGate(opt.Config, s.limits)
	s.metrics = newMetrics(opt.Version, opt.Workspaces, opt.Now, func() readiness { return s.readiness.look(opt.Now, s.ready) })
	s.repeats = newRepeats(opt.Now)
	s.ending, s.end = context.WithCancel(context.Background())
	s.page = newStatusPage()
	s.handler = s.routes()
	return s, nil
}

var workspaceName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// Handler is everything that the server answers.
func (s *Server) Handler() http.Handler { return s.handler }

// Serve answers on a listener until ctx ends. It then stops accepting, lets
// requests finish for at most Limits.Grace, notes the last uses of credentials
// and returns; nil means that every request was finished. What was cut off is
// fault.Unavailable. The listener is closed in any case.
//
// A second signal is not its concern: who calls stops catching signals when ctx
// ends, so that another one kills the process.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	web := s.web()
	failed := make(chan error, 1)
	go func() { failed <- web.Serve(netutil.LimitListener(l, s.limits.Connections)) }()
	notes := s.noteUses(ctx)
	var err error
	select {
	case err = <-failed:
		err = fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
		err = s.drain(web)
	}
	return errors.Join(err, notes())
}

func (s *Server) web() *http.Server {
	return &http.Server{
		Handler: s.handler, ReadHeaderTimeout: s.limits.Header, IdleTimeout: s.limits.Idle, MaxHeaderBytes: s.limits.HeaderBytes,
		ErrorLog: slog.NewLogLogger(anonymous{s.opt.Log.Handler()}, slog.LevelDebug),
	}
}

// drain lets requests finish, and cuts off those that take too long.
func (s *Server) drain(web *http.Server) error {
	s.draining.Store(true)
	s.end()
	ctx, cancel := context.WithTimeout(context.Background(), s.limits.Grace)
	defer cancel()
	if err := web.Shutdown(ctx); err != nil {
		_ = web.Close()
		return fault.New(fault.Unavailable, "requests were still under way after %s and were cut off", s.limits.Grace)
	}
	return nil
}

// noteUses writes the last uses of credentials now and then; what it gives ends
// that and writes the rest.
func (s *Server) noteUses(ctx context.Context) func() error {
	ctx, cancel := context.WithCancel(ctx)
	var done sync.WaitGroup
	done.Go(func() {
		s.auth.Run(ctx, func(err error) { s.opt.Log.Warn(usesNotNoted, "error", err) })
	})
	return func() error {
		cancel()
		done.Wait()
		last, stop := context.WithTimeout(context.Background(), 5*time.Second)
		defer stop()
		return s.auth.Flush(last)
	}
}

const usesNotNoted = "last uses of credentials are not noted"

// anonymous keeps the addresses of clients, which net/http puts into its
// messages, out of the log.
type anonymous struct{ slog.Handler }

// address finds what net/http writes of a client.
var address = regexp.MustCompile(`(\[[0-9a-fA-F:.%\w]+\]|\d+\.\d+\.\d+\.\d+):\d+`)

// Handle cuts addresses out.
func (a anonymous) Handle(ctx context.Context, r slog.Record) error {
	clean := slog.NewRecord(r.Time, r.Level, address.ReplaceAllString(r.Message, "a client"), r.PC)
	return a.Handler.Handle(ctx, clean)
}
