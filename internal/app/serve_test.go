package app_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/liftmark/liftmark/internal/access"
	"github.com/liftmark/liftmark/internal/app"
	"github.com/liftmark/liftmark/internal/client"
	"github.com/liftmark/liftmark/internal/config"
	"github.com/liftmark/liftmark/internal/load"
	"github.com/liftmark/liftmark/internal/metric"
	"github.com/liftmark/liftmark/internal/reference"
	"github.com/liftmark/liftmark/internal/server"
)

// served is a server over a directory, and what it wrote into its log.
type served struct {
	t    *testing.T
	dir  string
	url  string
	log  *bytes.Buffer
	stop func()
}

// startServing serves a directory until the test ends, or stop is called.
func startServing(t *testing.T, dir string) *served {
	t.Helper()
	s := &served{t: t, dir: dir, log: &bytes.Buffer{}}
	settings, err := config.Load(func(c *config.Config) { c.Data = dir })
	if err != nil {
		t.Fatal(err)
	}
	settings.Server.Listen = "127.0.0.1:0"
	ctx, cancel := context.WithCancel(context.Background())
	started, ended := make(chan string, 1), make(chan error, 1)
	go func() {
		ended <- app.Serve(ctx, app.ServeOptions{Settings: settings, Now: time.Now, Log: slog.New(slog.NewJSONHandler(s.log, nil)), Started: func(url string) { started <- url }})
	}()
	s.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the server ended with %v", err)
		}
	})
	t.Cleanup(s.stop)
	select {
	case s.url = <-started:
	case err := <-ended:
		ended <- nil
		t.Fatalf("the server did not start: %v", err)
	}
	return s
}

// remote is a workspace as the command line sees it through the server.
func (s *served) remote(workspace string) *server.Workspace {
	s.t.Helper()
	running, err := app.FindRunning(s.dir)
	if err != nil || running == nil {
		s.t.Fatalf("%v, %v", running, err)
	}
	library, err := metric.Standard()
	if err != nil {
		s.t.Fatal(err)
	}
	w, err := client.Dial(s.t.Context(), running.URL, running.Token, workspace, library, time.UTC)
	if err != nil || w == nil {
		s.t.Fatalf("%v, %v", w, err)
	}
	return w
}

// credential makes a credential and gives a client that uses it.
func (s *served) credential(workspace string, scopes ...access.Scope) *load.Client {
	s.t.Helper()
	made, err := s.remote(workspace).Keys.Add(s.t.Context(), access.Wish{Label: "test", Scopes: scopes})
	if err != nil {
		s.t.Fatal(err)
	}
	return load.NewClient(s.url, made.Credential.ID, made.Secret, 4)
}

// catchUp waits until the facts hold what has arrived.
func (s *served) catchUp(workspace string) {
	s.t.Helper()
	w := s.remote(workspace)
	for {
		status, err := w.Facts.Status(s.t.Context())
		if err != nil || status.Error != "" {
			s.t.Fatalf("%+v, %v", status, err)
		}
		if status.Lag == 0 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func exportFact(t *testing.T, w *server.Workspace, fact string) string {
	t.Helper()
	var text bytes.Buffer
	if err := w.Exports.ExportFact(t.Context(), &text, fact, "csv"); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

// funMOOC gives the path of the real statements, and all of them as lines.
func funMOOC(t *testing.T) (path string, lines [][]byte) {
	t.Helper()
	path = reference.Path(t, "fun-mooc", "statements.json.gz")
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	plain, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	scanner := bufio.NewScanner(plain)
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		lines = append(lines, bytes.Clone(scanner.Bytes()))
	}
	if err := scanner.Err(); err != nil {
		t.Fatal(err)
	}
	return path, lines
}

func TestRealStatementsByFileAndByPostGiveTheSameFacts(t *testing.T) {
	path, lines := funMOOC(t)
	root := t.TempDir()
	for _, name := range []string{"by-file", "by-post"} {
		if _, err := app.AddWorkspace(root, name); err != nil {
			t.Fatal(err)
		}
	}
	s := startServing(t, root)
	byFile, byPost := s.remote("by-file"), s.remote("by-post")
	report, err := byFile.Imports.Import(t.Context(), server.ImportRequest{Paths: []string{path}})
	if err != nil || report.Rows.Added != 22000 || report.Rows.Rejected != 0 {
		t.Fatalf("%+v, %v", report.Rows, err)
	}
	poster := s.credential("by-post", access.All)
	for i := 0; i < len(lines); i += 500 {
		batch := append(append([]byte("["), bytes.Join(lines[i:min(i+500, len(lines))], []byte(","))...), ']')
		if err := poster.PostStatements(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
	}
	s.catchUp("by-post")
	for _, fact := range []string{"learning", "activity"} {
		a, b := exportFact(t, byFile, fact), exportFact(t, byPost, fact)
		if a != b || strings.Count(a, "\n") < 10 {
			t.Errorf("%s: %d rows by file and %d by POST, or they differ", fact, strings.Count(a, "\n")-1, strings.Count(b, "\n")-1)
		}
	}
	before := exportFact(t, byPost, "learning")
	asked, err := byPost.KPIs.Value(t.Context(), metric.Query{KPI: "completion_rate"})
	if err != nil {
		t.Fatal(err)
	}
	rebuilt, err := byPost.Facts.Rebuild(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if rows := int64(strings.Count(before, "\n") - 1); rebuilt.Rows < rows {
		t.Errorf("a rebuild says that it gave %d facts; %d are records of learning", rebuilt.Rows, rows)
	}
	if rebuilt.Fingerprint != asked.Fingerprint || len(rebuilt.Fingerprint) != 16 {
		t.Errorf("made again from the statements, the facts have the fingerprint %q, before %q", rebuilt.Fingerprint, asked.Fingerprint)
	}
	if exportFact(t, byPost, "learning") != before {
		t.Error("facts made again from the statements differ")
	}
	checkCompletion(t, byPost, lines)
	for _, other := range []string{app.DefaultWorkspace} {
		if text := exportFact(t, s.remote(other), "learning"); strings.Count(text, "\n") != 1 {
			t.Errorf("the workspace %s has facts of another one:\n%.300s", other, text)
		}
	}
}

// checkCompletion compares the KPI with a count of the raw statements: pairs of
// learner and video, and those of them that were completed.
func checkCompletion(t *testing.T, w *server.Workspace, lines [][]byte) {
	t.Helper()
	touched, completed := map[[2]string]bool{}, map[[2]string]bool{}
	for _, line := range lines {
		var s struct {
			Actor        struct{ Account struct{ Name string } }
			Verb, Object struct{ ID string }
		}
		if err := json.Unmarshal(line, &s); err != nil {
			t.Fatal(err)
		}
		pair := [2]string{s.Actor.Account.Name, s.Object.ID}
		if s.Verb.ID != "http://adlnet.gov/expapi/verbs/interacted" { // of the player's buttons
			touched[pair] = true
		}
		if s.Verb.ID == "http://adlnet.gov/expapi/verbs/completed" {
			completed[pair] = true
		}
	}
	result, err := w.KPIs.Value(t.Context(), metric.Query{KPI: "completion_rate", Params: map[string]string{"kind": "lesson"}, Zone: time.UTC})
	if err != nil || len(result.Rows) != 1 {
		t.Fatalf("%+v, %v", result.Rows, err)
	}
	row := result.Rows[0]
	if row.Num != float64(len(completed)) || row.Den != float64(len(touched)) || row.Value == nil || row.Low == nil {
		t.Errorf("completion %g of %g, want %d of %d with an interval: %+v", row.Num, row.Den, len(completed), len(touched), row)
	}
}

func TestWorkspacesNeverSeeEachOther(t *testing.T) {
	root := t.TempDir()
	if _, err := app.AddWorkspace(root, "other"); err != nil {
		t.Fatal(err)
	}
	s := startServing(t, root)
	mine, theirs := s.credential("default", access.All, access.Track, access.Admin), s.credential("other", access.All, access.Track, access.Admin)
	source := load.NewSource(load.Low, 1, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	id, statement := source.Statement()
	if err := mine.PostStatements(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
	put(t, mine, "/xapi/activities/state?activityId=https%3A%2F%2Flms.example%2Flesson%2F1&agent=%7B%22mbox%22%3A%22mailto%3Asecret%40mine.example%22%7D&stateId=bookmark", `{"page":7}`)
	_, events := source.Events(5)
	if err := mine.PostEvents(t.Context(), events); err != nil {
		t.Fatal(err)
	}
	s.catchUp("default")
	for _, path := range []string{
		"/xapi/statements", "/xapi/statements?statementId=" + id, "/xapi/activities?activityId=https%3A%2F%2Flms.example%2Flesson%2F1",
		"/xapi/agents?agent=%7B%22mbox%22%3A%22mailto%3Asecret%40mine.example%22%7D",
		"/xapi/activities/state?activityId=https%3A%2F%2Flms.example%2Flesson%2F1&agent=%7B%22mbox%22%3A%22mailto%3Asecret%40mine.example%22%7D",
		"/api/v1/events", "/api/v1/verbs", "/api/v1/credentials", "/api/v1/workspaces", "/api/v1/status", "/api/v1/identity/links",
		"/api/v1/exports/statements", "/api/v1/exports/facts/learning", "/api/v1/exports/facts/usage", "/api/v1/exports/facts/activity",
		"/api/v1/kpis/learners_started/value",
	} {
		body, err := theirs.Get(t.Context(), path)
		var refused *load.Refused
		if err != nil && !errors.As(err, &refused) {
			t.Fatal(err)
		}
		for _, trace := range []string{id, "bookmark", "learner-", "user-", "account-", "Lektion", "Feature", mine.Key, `"default"`} {
			if strings.Contains(string(body), trace) {
				t.Errorf("GET %s of the other workspace shows %q: %.400s", path, trace, body)
			}
		}
	}
	if body, err := mine.Get(t.Context(), "/xapi/statements?statementId="+id); err != nil || !strings.Contains(string(body), id) {
		t.Errorf("the statement's own workspace: %v %s", err, body)
	}
	stranger := load.NewClient(s.url, mine.Key, theirs.Secret, 1)
	if _, err := stranger.Get(t.Context(), "/xapi/statements"); err == nil {
		t.Error("one workspace's key opens with the other's secret")
	}
	s.stop()
	for _, trace := range []string{"learner-", "secret@mine.example", "user-", mine.Secret} {
		if strings.Contains(s.log.String(), trace) {
			t.Errorf("the log shows %q", trace)
		}
	}
}

func put(t *testing.T, c *load.Client, path, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, c.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth(c.Key, c.Secret)
	req.Header.Set("X-Experience-API-Version", "1.0.3")
	req.Header.Set("Content-Type", "application/json")
	resp, err := c.HTTP.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(resp.Body)
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != http.StatusNoContent {
		t.Fatalf("PUT %s: %d %s", path, resp.StatusCode, text)
	}
}

func TestRevokedCredentialLetsNobodyIn(t *testing.T) {
	s := startServing(t, t.TempDir())
	c := s.credential("default", access.All)
	if _, err := c.Get(t.Context(), "/xapi/statements"); err != nil {
		t.Fatal(err)
	}
	if err := s.remote("default").Keys.Revoke(t.Context(), c.Key); err != nil {
		t.Fatal(err)
	}
	var refused *load.Refused
	if _, err := c.Get(t.Context(), "/xapi/statements"); !errors.As(err, &refused) || refused.Status != http.StatusUnauthorized {
		t.Errorf("after it was revoked: %v", err)
	}
}

func TestBackupHoldsWhatArrivedByItself(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	s := startServing(t, dir)
	c := s.credential("default", access.All)
	id, statement := load.NewSource(load.Low, 1, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)).Statement()
	if err := c.PostStatements(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
	s.catchUp("default")
	backup := filepath.Join(t.TempDir(), "backup.tar.zst")
	if _, err := s.remote("default").Backups.Backup(t.Context(), backup); err != nil {
		t.Fatal(err)
	}
	restored := filepath.Join(t.TempDir(), "restored")
	if _, err := app.Restore(backup, restored); err != nil {
		t.Fatal(err)
	}
	again := startServing(t, restored)
	c.URL = again.url
	body, err := c.Get(t.Context(), "/xapi/statements?statementId="+id)
	if err != nil || !strings.Contains(string(body), id) {
		t.Errorf("the restored workspace: %v %s", err, body)
	}
	if text := exportFact(t, again.remote("default"), "learning"); !strings.Contains(text, id) {
		t.Errorf("the restored facts lack the statement:\n%s", text)
	}
}

func TestOneServerForADirectory(t *testing.T) {
	dir := t.TempDir()
	startServing(t, dir)
	settings, err := config.Load(func(c *config.Config) { c.Data = dir; c.Server.Listen = "127.0.0.1:0" })
	if err != nil {
		t.Fatal(err)
	}
	err = app.Serve(t.Context(), app.ServeOptions{Settings: settings, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	if err == nil || !strings.Contains(err.Error(), "another process") {
		t.Errorf("a second server: %v", err)
	}
	if running, err := app.FindRunning(dir); err != nil || running == nil {
		t.Errorf("the second one took the first one's file away: %v, %v", running, err)
	}
}
