package track_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/liftmark/liftmark/internal/access"
	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/ingest/track"
	"github.com/liftmark/liftmark/internal/state"
	"github.com/liftmark/liftmark/internal/state/sqlite"
	"github.com/liftmark/liftmark/internal/warehouse/duckdb"
)

// noon is the time of the tests' clock.
var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

const key = "wk_test"

// bench is a service on real stores, its handler, and a clock to set.
type bench struct {
	t       testing.TB
	facts   *duckdb.DB
	store   *sqlite.Store
	service *track.Service
	handler http.Handler
	opt     track.Options

	mu     sync.Mutex
	now    time.Time
	ids    int
	caller access.Caller
}

func newBench(t testing.TB, change ...func(*track.Options)) *bench {
	t.Helper()
	dir := t.TempDir()
	facts := emptyFacts(t)
	store, err := sqlite.Open(t.Context(), filepath.Join(dir, "state.db"), state.Options{Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	b := &bench{t: t, facts: facts, store: store, now: noon, caller: access.Caller{Workspace: "w", Scopes: []access.Scope{access.Track}}}
	b.opt = track.Options{
		Facts: facts, Settings: store, Now: b.clock,
		Limits: track.Limits{Linger: 100 * time.Microsecond},
		NewID:  func() string { b.mu.Lock(); defer b.mu.Unlock(); b.ids++; return fmt.Sprint("id-", b.ids) },
		Authenticate: func(_ context.Context, k string) (*access.Caller, error) {
			if k != key {
				return nil, fault.New(fault.Unauthorized, "the write key is not known")
			}
			return &b.caller, nil
		},
	}
	for _, c := range change {
		c(&b.opt)
	}
	b.start()
	return b
}

// spare are engines that a test has emptied: making one takes most of a short
// test's time. Tests run one by one.
var spare []*duckdb.DB

// emptyFacts gives an engine without facts, until the test ends.
func emptyFacts(t testing.TB) (facts *duckdb.DB) {
	t.Helper()
	if n := len(spare); n > 0 {
		facts, spare = spare[n-1], spare[:n-1]
	} else {
		var err error
		if facts, err = duckdb.Open(t.Context(), "", duckdb.Options{MemoryMiB: 256, Threads: 1}); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		if t.Failed() || empty(context.Background(), facts) != nil {
			facts.Close()
			return
		}
		spare = append(spare, facts)
	})
	return facts
}

// empty takes everything out of an engine that this package puts in.
func empty(ctx context.Context, facts *duckdb.DB) error {
	var sources int
	err := facts.SQL().QueryRowContext(ctx, "SELECT count(*) FROM stream").Scan(&sources)
	if sources > 0 {
		err = errors.Join(err, facts.Forget(ctx, track.Source))
	}
	for _, table := range []string{"track_parked", "identity_link"} {
		_, e := facts.SQL().ExecContext(ctx, "DELETE FROM "+table)
		err = errors.Join(err, e)
	}
	return err
}

func (b *bench) start() {
	b.t.Helper()
	service, err := track.New(b.opt)
	if err != nil {
		b.t.Fatal(err)
	}
	b.service, b.handler = service, b.authenticated(service.Handler())
	b.t.Cleanup(func() { service.Close() })
}

// restart is what a new process does.
func (b *bench) restart() {
	b.t.Helper()
	b.service.Close()
	b.start()
}

// reset empties the workspace, which takes less than another one.
func (b *bench) reset() {
	b.t.Helper()
	b.service.Close()
	if err := empty(b.t.Context(), b.facts); err != nil {
		b.t.Fatal(err)
	}
	for _, name := range []string{"track.plan", "track.mappings", "track.withdrawn"} {
		if err := b.store.ChangeSetting(b.t.Context(), name, func([]byte) ([]byte, error) { return nil, nil }); err != nil {
			b.t.Fatal(err)
		}
	}
	b.caller.Country = ""
	b.start()
}

func (b *bench) clock() time.Time { b.mu.Lock(); defer b.mu.Unlock(); return b.now }

// pass lets time pass.
func (b *bench) pass(d time.Duration) { b.mu.Lock(); defer b.mu.Unlock(); b.now = b.now.Add(d) }

// authenticated is what the server does before the handler.
func (b *bench) authenticated(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, _, ok := r.BasicAuth()
		if bearer, found := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); found {
			user, ok = bearer, true
		}
		if ok && user != key {
			http.Error(w, "who?", http.StatusUnauthorized)
			return
		}
		if ok {
			r = r.WithContext(access.With(r.Context(), &b.caller))
		}
		next.ServeHTTP(w, r)
	})
}

type reply struct {
	Status   int
	Success  bool
	Code     string
	Message  string
	Problems []track.Problem
	Accepted *int
	Refused  *int
	Header   http.Header
	Body     string
}

// send posts a body with the key in the header.
func (b *bench) send(path, body string, headers ...string) reply {
	b.t.Helper()
	r := httptest.NewRequestWithContext(b.t.Context(), http.MethodPost, path, strings.NewReader(body))
	r.SetBasicAuth(key, "")
	return b.do(r, headers...)
}

func (b *bench) do(r *http.Request, headers ...string) reply {
	b.t.Helper()
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	b.handler.ServeHTTP(w, r)
	out := reply{Status: w.Code, Header: w.Header(), Body: w.Body.String()}
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
		b.t.Fatalf("%s %s: %d %q is no JSON: %v", r.Method, r.URL, w.Code, w.Body, err)
	}
	return out
}

// ok sends events that must be taken without a word.
func (b *bench) ok(path, body string) {
	b.t.Helper()
	if r := b.send(path, body); r.Status != 200 || r.Body != `{"success":true}` {
		b.t.Fatalf("POST %s %s: %d %s", path, body, r.Status, r.Body)
	}
}

// rows gives the answer of a query as texts.
func (b *bench) rows(query string, args ...any) [][]string {
	b.t.Helper()
	rows, err := b.facts.SQL().QueryContext(b.t.Context(), query, args...)
	if err != nil {
		b.t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		b.t.Fatal(err)
	}
	list := [][]string{}
	for rows.Next() {
		texts, targets := make([]sql.NullString, len(columns)), make([]any, len(columns))
		for i := range texts {
			targets[i] = &texts[i]
		}
		if err := rows.Scan(targets...); err != nil {
			b.t.Fatal(err)
		}
		row := make([]string, len(columns))
		for i, text := range texts {
			row[i] = text.String
		}
		list = append(list, row)
	}
	if err := rows.Err(); err != nil {
		b.t.Fatal(err)
	}
	return list
}

func (b *bench) want(query string, want ...[]string) {
	b.t.Helper()
	if want == nil {
		want = [][]string{}
	}
	if diff := cmp.Diff(want, b.rows(query)); diff != "" {
		b.t.Errorf("%s (-want +got):\n%s", query, diff)
	}
}

// settle waits until what follows from the facts is up to date.
func (b *bench) settle() {
	b.t.Helper()
	if err := b.facts.Settle(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
}

func gzipped(t testing.TB, text string) io.Reader {
	t.Helper()
	var buffer bytes.Buffer
	z := newGzip(&buffer)
	if _, err := io.WriteString(z, text); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return &buffer
}
