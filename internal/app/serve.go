package app

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/liftmark/liftmark/internal/access"
	"github.com/liftmark/liftmark/internal/config"
	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/ingest/scorm"
	"github.com/liftmark/liftmark/internal/ingest/track"
	"github.com/liftmark/liftmark/internal/lrs/protocol"
	"github.com/liftmark/liftmark/internal/server"
)

// ServeOptions say what to serve and where. Settings are those of the root
// directory; each further workspace has its own.
type ServeOptions struct {
	Settings config.Config
	Now      func() time.Time
	Log      *slog.Logger
	Started  func(url string) // may be nil
}

// Serve opens every workspace of a root directory and answers until ctx ends,
// then finishes what was begun. Of several workspaces those that cannot be
// opened are left out, and their clients told to try again.
//
// Errors: fault.Conflict when another process has the data, fault.Unavailable
// when the address is taken; those of opening the workspaces, when none opens.
func Serve(ctx context.Context, o ServeOptions) (err error) {
	defer collectLater(heapFloor)()
	s := &serving{ServeOptions: o}
	defer func() { err = errors.Join(err, s.close()) }()
	if err := s.open(ctx); err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", o.Settings.Server.Listen)
	if err != nil {
		return fault.New(fault.Unavailable, "cannot listen at %s: %w; choose another address with --listen", o.Settings.Server.Listen, err)
	}
	running := Running{URL: reachable(listener.Addr()), Token: s.token, PID: os.Getpid(), Version: Version, StartedAt: o.Now().UTC()}
	if err := running.announce(o.Settings.Data); err != nil {
		return errors.Join(err, listener.Close())
	}
	defer func() { err = errors.Join(err, running.retract(o.Settings.Data)) }()
	if o.Started != nil {
		o.Started(running.URL)
	}
	return s.answer(ctx, listener)
}

// reachable is a URL at which this machine reaches a listener.
func reachable(address net.Addr) string {
	tcp, ok := address.(*net.TCPAddr)
	if ok && tcp.IP.IsUnspecified() {
		return fmt.Sprintf("http://127.0.0.1:%d", tcp.Port)
	}
	return "http://" + address.String()
}

// serving is a server and the workspaces that it has open.
type serving struct {
	ServeOptions
	token      string
	server     *server.Server
	workspaces []*Workspace
}

func (s *serving) open(ctx context.Context) error {
	token := make([]byte, 32)
	if _, err := rand.Read(token); err != nil {
		return err
	}
	s.token = server.LocalPrefix + hex.EncodeToString(token)
	names, err := Workspaces(s.Settings.Data)
	if err != nil {
		return err
	}
	parts, closed, err := s.openAll(ctx, names)
	if err != nil {
		return err
	}
	shared, err := s.shared(ctx)
	if err != nil {
		return err
	}
	s.server, err = server.New(server.Options{
		Version: Version, Config: s.Settings.Server, Workspaces: parts, Closed: closed, Shared: shared, LocalToken: s.token,
		Now: s.Now, Random: rand.Reader, Log: s.Log,
	})
	return err
}

// openAll opens what there is. Of several workspaces those that cannot be opened
// are left out, so that one that is damaged stops no other. One that another
// process has is whole: that process has to end first, for it may be a server.
func (s *serving) openAll(ctx context.Context, names []string) (parts []*server.Workspace, closed []server.Closed, err error) {
	var errs []error
	for _, name := range names {
		part, err := s.openOne(ctx, name)
		if err == nil {
			parts = append(parts, part)
			continue
		}
		errs = append(errs, fmt.Errorf("workspace %s: %w", name, err))
		if errors.Is(err, fault.ErrInUse) || ctx.Err() != nil {
			return nil, nil, errs[len(errs)-1]
		}
		closed = append(closed, server.Closed{Name: name, Why: err})
	}
	if len(parts) == 0 {
		return nil, nil, errors.Join(errs...)
	}
	for _, c := range closed {
		s.Log.Error("a workspace cannot be opened and is not served; its clients are told to try again. Mend it and start the server again",
			slog.String("workspace", c.Name), slog.String("error", c.Why.Error()))
	}
	return parts, closed, nil
}

// shared gives the ids of credentials that are in force in several workspaces,
// as after one was copied. They let nobody in.
func (s *serving) shared(ctx context.Context) (ids []string, err error) {
	where := map[string][]string{}
	for _, w := range s.workspaces {
		list, err := w.lived.store.Credentials(ctx)
		if err != nil {
			return nil, fmt.Errorf("workspace %s: credentials: %w", w.name, err)
		}
		for _, c := range list {
			if c.RevokedAt.IsZero() {
				where[c.ID] = append(where[c.ID], w.name)
			}
		}
	}
	for id, names := range where {
		if len(names) > 1 {
			ids = append(ids, id)
			s.Log.Error("a key is one of several workspaces and lets in to none of them; revoke it in all but one: liftmark credential revoke ID --workspace NAME",
				slog.String("credential", id), slog.Any("workspaces", names))
		}
	}
	return ids, nil
}

// openOne opens a workspace and what it serves, or leaves nothing of it open.
func (s *serving) openOne(ctx context.Context, name string) (part *server.Workspace, err error) {
	settings := s.Settings
	if name != DefaultWorkspace {
		if settings, err = loadWorkspace(s.Settings.Data, name); err != nil {
			return nil, err
		}
		settings.Server = s.Settings.Server
	}
	w, err := Open(ctx, settings, s.Now)
	if err != nil {
		return nil, err
	}
	w.name, w.log = name, s.Log.With(slog.String("workspace", name))
	if part, err = s.partsOf(ctx, w); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	s.workspaces = append(s.workspaces, w)
	return part, nil
}

func (s *serving) partsOf(ctx context.Context, w *Workspace) (*server.Workspace, error) {
	l, err := w.openLive(ctx)
	if err != nil {
		return nil, err
	}
	part, err := w.Parts(ctx)
	if err != nil {
		return nil, err
	}
	part.Ready = w.ready
	part.Gauges = l.gauges
	part.Keys = nil // the server's own: what changes counts for it at once
	part.XAPI = protocol.New(l.lrs, protocol.Options{
		Report: s.report, MaxBody: int64(w.Config.Server.MaxBodyMiB) << 20, Path: recordPath(w.Config.Server.PublicURL),
	})
	part.Track = s.tracking()
	part.SCORM = scorm.New(l.lrs, scorm.Options{Now: s.Now}).Handler()
	return part, nil
}

// recordPath is where clients find the record store on its host: a proxy may
// have put the server below a path of its own.
func recordPath(publicURL string) string {
	const path = "/xapi"
	if u, err := url.Parse(publicURL); err == nil {
		return strings.TrimSuffix(u.Path, "/") + path
	}
	return path
}

// ready says whether the workspace's files can be read and written.
func (w *Workspace) ready(ctx context.Context) error {
	return errors.Join(w.lived.store.Check(ctx), w.db.SQL().PingContext(ctx))
}

// report logs failures of the record store that are ours. The address of a
// further page holds the query, which may name people.
func (s *serving) report(r *http.Request, err error) {
	path, _, _ := strings.Cut(r.URL.Path, "/more/")
	s.Log.Error("record store", slog.String("method", r.Method), slog.String("path", path), slog.String("error", err.Error()))
}

// tracking serves the calls of every workspace: a key in the body may belong to
// another one than the request was handed to.
func (s *serving) tracking() http.Handler {
	return track.NewHandler(track.HandlerOptions{
		Authenticate: func(ctx context.Context, key string) (*access.Caller, error) { return s.server.Authenticate(ctx, key) },
		Service:      s.trackOf, Now: s.Now, Log: s.Log,
	})
}

func (s *serving) trackOf(c *access.Caller) (*track.Service, error) {
	for _, w := range s.workspaces {
		if w.name == c.Workspace {
			return w.lived.track, nil
		}
	}
	return nil, fault.New(fault.NotFound, "there is no workspace %s", c.Workspace)
}

// answer serves until ctx ends. What follows the data ends after the last
// request was answered.
func (s *serving) answer(ctx context.Context, listener net.Listener) error {
	following, stop := context.WithCancel(context.WithoutCancel(ctx))
	var wg sync.WaitGroup
	wg.Go(func() { trim(following) })
	failures := make([]error, len(s.workspaces))
	for i, w := range s.workspaces {
		wg.Go(func() { failures[i] = w.lived.run(following, w.log, s.Now) })
	}
	err := s.server.Serve(ctx, listener)
	stop()
	wg.Wait()
	return errors.Join(append(failures, err)...)
}

func (s *serving) close() error {
	var errs []error
	for _, w := range s.workspaces {
		errs = append(errs, w.Close())
	}
	return errors.Join(errs...)
}
