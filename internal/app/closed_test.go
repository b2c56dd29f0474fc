package app_test

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/liftmark/liftmark/internal/access"
	"github.com/liftmark/liftmark/internal/app"
	"github.com/liftmark/liftmark/internal/client"
	"github.com/liftmark/liftmark/internal/config"
	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/load"
	"github.com/liftmark/liftmark/internal/metric"
)

// spoil overwrites every other page behind the first.
func spoil(t *testing.T, path string) {
	t.Helper()
	const page = 4096
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for at := page; at+page <= len(whole); at += 2 * page {
		copy(whole[at:], bytes.Repeat([]byte{0x5a}, page))
	}
	if err := os.WriteFile(path, whole, 0o600); err != nil {
		t.Fatal(err)
	}
}

// ways are how a workspace comes not to open, and what the log says then.
var ways = map[string]struct {
	spoil func(t *testing.T, dir string)
	says  []string
}{
	"facts":    {func(t *testing.T, dir string) { spoil(t, filepath.Join(dir, "facts.duckdb")) }, []string{"facts.duckdb is damaged", "liftmark restore"}},
	"store":    {func(t *testing.T, dir string) { spoil(t, filepath.Join(dir, "state.db")) }, []string{"state.db is damaged", "liftmark restore"}},
	"settings": {func(t *testing.T, dir string) { putFile(t, filepath.Join(dir, config.FileName), "curency: EUR\n") }, []string{"curency", "line 1"}},
	"key": {func(t *testing.T, dir string) {
		putFile(t, filepath.Join(dir, "workspace.key"), strings.Repeat("x", 32))
	}, []string{"workspace.key is not the key", "accept-key"}},
	"newer": {makeNewer, []string{"a newer Liftmark made the file"}},
}

func putFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// makeNewer says that a migration ran which this program does not have.
func makeNewer(t *testing.T, dir string) {
	t.Helper()
	db, err := sql.Open("sqlite3", filepath.Join(dir, "state.db"))
	if err == nil {
		_, err = db.ExecContext(t.Context(), "INSERT INTO goose_db_version (version_id, is_applied) VALUES (29990101000000, 1)")
	}
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestWorkspaceThatDoesNotOpenStopsNoOther(t *testing.T) {
	root := t.TempDir()
	for name := range ways {
		if _, err := app.AddWorkspace(root, name); err != nil {
			t.Fatal(err)
		}
	}
	s := startServing(t, root)
	good := s.credential("default", access.All)
	clients := map[string]*load.Client{}
	for name := range ways {
		clients[name] = s.credential(name, access.All)
	}
	s.stop()
	for name, way := range ways {
		way.spoil(t, filepath.Join(root, "workspaces", name))
	}
	s = startServing(t, root)
	good.URL = s.url
	_, statement := load.NewSource(load.Low, 1, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)).Statement()
	if err := good.PostStatements(t.Context(), statement); err != nil {
		t.Errorf("a client of the workspace that is well: %v", err)
	}
	for name, c := range clients {
		c.URL = s.url
		checkClosed(t, name, c)
		checkToldOnTheSpot(t, s, name)
	}
	if status, text := get(t, s.url+"/readyz"); status != http.StatusOK || text != "ready, without facts, key, newer, settings, store; see the log\n" {
		t.Errorf("/readyz: %d %q", status, text)
	}
	_, metrics := get(t, s.url+"/metrics")
	for _, line := range []string{`liftmark_workspace_ready{workspace="default"} 1`, `liftmark_workspace_ready{workspace="facts"} 0`} {
		if !strings.Contains(metrics, line) {
			t.Errorf("/metrics lacks %s", line)
		}
	}
	s.stop()
	checkLog(t, s.log.String())
	spoil(t, filepath.Join(root, "state.db"))
	checkNoneOpens(t, root)
}

// checkClosed looks at what a client of a workspace hears that is not open.
func checkClosed(t *testing.T, name string, c *load.Client) {
	t.Helper()
	_, err := c.Get(t.Context(), "/xapi/statements")
	var r *load.Refused
	if !errors.As(err, &r) || r.Status != http.StatusServiceUnavailable || r.RetryAfter != "30" || !strings.Contains(r.Body, "try again") {
		t.Errorf("a client of %s: %v, want 503 and to try again in 30 s", name, err)
		return
	}
	for _, trace := range []string{`"` + name + `"`, "workspaces/", "facts.duckdb", "state.db", "damaged", "default"} {
		if strings.Contains(r.Body, trace) {
			t.Errorf("whoever asks hears %q: %s", trace, r.Body)
		}
	}
}

// checkToldOnTheSpot looks at what the command line of the same machine hears.
func checkToldOnTheSpot(t *testing.T, s *served, name string) {
	t.Helper()
	running, err := app.FindRunning(s.dir)
	if err != nil {
		t.Fatal(err)
	}
	library, err := metric.Standard()
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.Dial(t.Context(), running.URL, running.Token, name, library, time.UTC)
	for _, want := range append(ways[name].says, "workspace "+name) {
		if fault.KindOf(err) != fault.Unavailable || !strings.Contains(err.Error(), want) {
			t.Errorf("the command line about %s: %v, want %q", name, err, want)
		}
	}
}

func get(t *testing.T, address string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

func checkLog(t *testing.T, log string) {
	t.Helper()
	said := map[string]string{}
	for line := range strings.Lines(log) {
		var entry struct{ Level, Workspace, Error string }
		if json.Unmarshal([]byte(line), &entry) == nil && entry.Level == "ERROR" && entry.Workspace != "" {
			said[entry.Workspace] += entry.Error
		}
	}
	for name, way := range ways {
		for _, want := range way.says {
			if !strings.Contains(said[name], want) {
				t.Errorf("of %s the log says %q, not %q", name, said[name], want)
			}
		}
	}
}

func checkNoneOpens(t *testing.T, root string) {
	t.Helper()
	settings, err := config.Load(func(c *config.Config) { c.Data = root; c.Server.Listen = "127.0.0.1:0" })
	if err != nil {
		t.Fatal(err)
	}
	err = app.Serve(t.Context(), app.ServeOptions{Settings: settings, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	for name := range ways {
		if err == nil || !strings.Contains(err.Error(), "workspace "+name+":") || !strings.Contains(err.Error(), "workspace default:") {
			t.Errorf("a server of which nothing opens ends with %v, which does not name %s", err, name)
		}
	}
}

func TestOnlyWorkspaceThatDoesNotOpenIsRefusedWithARemedy(t *testing.T) {
	for _, name := range []string{"facts", "store"} {
		way := ways[name]
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "data")
			startServing(t, dir).stop()
			way.spoil(t, dir)
			settings := settingsOf(dir)
			settings.Server.Listen = "127.0.0.1:0"
			err := app.Serve(t.Context(), app.ServeOptions{Settings: settings, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
			for _, want := range way.says {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("the server says %v, not %q", err, want)
				}
			}
		})
	}
}

// Files that another process has are whole: a server that went on without them
// could be a second one over the same directory.
func TestServerWaitsForNobodyWhoHasOneOfItsWorkspaces(t *testing.T) {
	root := t.TempDir()
	if _, err := app.AddWorkspace(root, "acme"); err != nil {
		t.Fatal(err)
	}
	s := startServing(t, filepath.Join(root, "workspaces", "acme"))
	defer s.stop()
	settings := settingsOf(root)
	settings.Server.Listen = "127.0.0.1:0"
	err := app.Serve(t.Context(), app.ServeOptions{Settings: settings, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	if !errors.Is(err, fault.ErrInUse) || fault.KindOf(err) != fault.Conflict || !strings.Contains(err.Error(), "workspace acme") {
		t.Errorf("the server ends with %v, want that another process has acme", err)
	}
}

// A backup that is restored as another workspace brings the keys along.
func TestKeyOfACopiedWorkspaceLetsInToNeither(t *testing.T) {
	root, backup := t.TempDir(), filepath.Join(t.TempDir(), "b")
	s := startServing(t, root)
	c := s.credential("default", access.All)
	id, statement := load.NewSource(load.Low, 1, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)).Statement()
	if err := c.PostStatements(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
	if _, err := s.remote("default").Backups.Backup(t.Context(), backup); err != nil {
		t.Fatal(err)
	}
	s.stop()
	dir, err := app.AddWorkspace(root, "copy")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := app.Restore(backup, dir); err != nil {
		t.Fatal(err)
	}
	s = startServing(t, root)
	c.URL = s.url
	var r *load.Refused
	if body, err := c.Get(t.Context(), "/xapi/statements"); !errors.As(err, &r) || r.Status != http.StatusServiceUnavailable || !strings.Contains(r.Body, "several workspaces") {
		t.Errorf("the key of both: %v %s", err, body)
	}
	if err := s.remote("default").Keys.Revoke(t.Context(), c.Key); err != nil {
		t.Fatal(err)
	}
	if body, err := c.Get(t.Context(), "/xapi/statements?statementId="+id); err != nil || !strings.Contains(string(body), id) {
		t.Errorf("revoked in one it is the other's: %v %s", err, body)
	}
	s.stop()
	for _, want := range []string{"a key is one of several workspaces", c.Key, `["default","copy"]`} {
		if !strings.Contains(s.log.String(), want) {
			t.Errorf("the log does not say %q", want)
		}
	}
}
