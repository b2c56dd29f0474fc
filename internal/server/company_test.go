package server_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/liftmark/liftmark/internal/access"
	"github.com/liftmark/liftmark/internal/config"
	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/server"
	"github.com/liftmark/liftmark/internal/state"
)

// vault is a workspace's credentials, in memory.
type vault struct {
	mu   sync.Mutex
	all  map[string]state.Credential
	used map[string]time.Time
}

func newVault() *vault {
	return &vault{all: map[string]state.Credential{}, used: map[string]time.Time{}}
}

func (v *vault) AddCredential(_ context.Context, c state.Credential) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if _, ok := v.all[c.ID]; ok {
		return fault.New(fault.Conflict, "there is a credential %q", c.ID)
	}
	v.all[c.ID] = c
	return nil
}

func (v *vault) Credential(_ context.Context, id string) (state.Credential, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	c, ok := v.all[id]
	if !ok {
		return c, fault.New(fault.NotFound, "there is no credential %q", id)
	}
	return c, nil
}

func (v *vault) Credentials(context.Context) (all []state.Credential, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, c := range v.all {
		all = append(all, c)
	}
	return all, nil
}

func (v *vault) RevokeCredential(_ context.Context, id string, at time.Time) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	c, ok := v.all[id]
	if !ok {
		return fault.New(fault.NotFound, "there is no credential %q", id)
	}
	c.RevokedAt = at
	v.all[id] = c
	return nil
}

func (v *vault) TouchCredentials(_ context.Context, used map[string]time.Time) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	for id, at := range used {
		v.used[id] = at
		c := v.all[id]
		c.LastUsedAt = at
		v.all[id] = c
	}
	return nil
}

// hash is what is kept of a secret.
func (v *vault) hash(id string) string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.all[id].SecretHash
}

func (v *vault) count() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.all)
}

// company is a server with two workspaces, on a real listener.
type company struct {
	t       *testing.T
	url     string
	log     *buffer
	vaults  map[string]*vault
	parts   map[string]*server.Workspace
	opt     server.Options
	stop    context.CancelFunc
	stopped chan error
}

// buffer is a log that several goroutines write.
type buffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

const localToken = "local_only-this-machine-knows-it"

// open starts a server; change may change what it is made of.
func open(t *testing.T, change func(*company)) *company {
	t.Helper()
	c := &company{t: t, log: &buffer{}, vaults: map[string]*vault{}, parts: map[string]*server.Workspace{}, stopped: make(chan error, 1)}
	c.opt = server.Options{
		Version: "1.2.3", Config: config.Default().Server, LocalToken: localToken,
		Now: time.Now, Random: rand.Reader, Log: slog.New(slog.NewJSONHandler(c.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	for _, name := range []string{"acme", "globex"} {
		c.vaults[name] = newVault()
		c.parts[name] = &server.Workspace{
			Name: name, Company: "Company " + name, Credentials: c.vaults[name],
			XAPI: echo("xapi", name), Track: echo("track", name), SCORM: echo("scorm", name),
		}
		c.opt.Workspaces = append(c.opt.Workspaces, c.parts[name])
	}
	if change != nil {
		change(c)
	}
	c.serve()
	return c
}

func (c *company) serve() {
	c.t.Helper()
	s, err := server.New(c.opt)
	if err != nil {
		c.t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		c.t.Fatal(err)
	}
	c.url = "http://" + l.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	c.stop = cancel
	go func() { c.stopped <- s.Serve(ctx, l) }()
	c.t.Cleanup(func() {
		cancel()
		select {
		case err := <-c.stopped:
			if err != nil {
				c.t.Errorf("the server ended with %v", err)
			}
		case <-time.After(10 * time.Second):
			c.t.Error("the server does not stop")
		}
	})
}

// told is what a protocol handler was asked.
type told struct {
	Handler, Workspace, Path, Query, Body, Encoding string
	Caller                                          *access.Caller
}

// echo answers with what it was asked.
func echo(handler, workspace string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(told{handler, workspace, r.URL.Path, r.URL.RawQuery, string(body), r.Header.Get("Content-Encoding"), access.From(r.Context())})
	})
}

// let makes a credential.
func (c *company) let(workspace string, w access.Wish) access.Made {
	c.t.Helper()
	made, err := access.Keeper{Store: c.vaults[workspace], Now: time.Now, Random: rand.Reader}.Add(c.t.Context(), w)
	if err != nil {
		c.t.Fatal(err)
	}
	return made
}

// reply is an answer, read to its end.
type reply struct {
	status int
	header http.Header
	body   string
}

// as fills a JSON body into v.
func (r reply) as(t *testing.T, v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(r.body), v); err != nil {
		t.Fatalf("the answer %q: %v", r.body, err)
	}
}

// ask sends a request. with sets headers, as name, value.
func (c *company) ask(method, path string, body string, with ...string) reply {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), method, c.url+path, bytes.NewReader([]byte(body)))
	if err != nil {
		c.t.Fatal(err)
	}
	for i := 0; i < len(with); i += 2 {
		req.Header.Set(with[i], with[i+1])
	}
	client := &http.Client{Transport: &http.Transport{DisableCompression: true, DisableKeepAlives: true}, Timeout: 20 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return reply{resp.StatusCode, resp.Header, string(data)}
}

func bearer(key string) []string { return []string{"Authorization", "Bearer " + key} }

func local(workspace string) []string {
	return append(bearer(localToken), "Liftmark-Workspace", workspace)
}
