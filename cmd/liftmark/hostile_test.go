package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/liftmark/liftmark/internal/load"
)

// TestHostileClientsHarmNobodyElse sends what no honest client sends to a real
// server, while an honest one goes on storing statements and events: none that
// was acknowledged may be missing at the end. The clock going back is tested in
// state/sqlite, where clocks are passed in.
func TestHostileClientsHarmNobodyElse(t *testing.T) {
	t.Setenv(asProgram, "1")
	p := startPlace(t, t.TempDir())
	for _, attack := range []struct {
		name string
		run  func(*testing.T, *place)
	}{
		{"a statement of 10 MB is stored and comes back whole", largeStatement},
		{"a gzip bomb is refused and takes no memory", gzipBomb},
		{"JSON of 100,000 levels is refused", deepJSON},
		{"text that is no UTF-8 is refused", badUTF8},
		{"a name that is there twice is refused", duplicateName},
		{"a head of a megabyte is refused", largeHead},
		{"half-open requests keep nobody out", halfOpen},
		{"bodies that never end keep nobody out", endlessBodies},
		{"a flood is told to wait, in bounded memory", flood},
		{"answers that nobody reads keep nobody out", unreadAnswers},
	} {
		t.Run(attack.name, func(t *testing.T) {
			attack.run(t, p)
			p.store(t)
		})
	}
	p.hasAll(t)
	p.stop(t)
}

// place is a server, an honest client and what was acknowledged to it.
type place struct {
	dir, key, secret string
	server           *load.Server
	client           *load.Client
	source           *load.Source
	mu               sync.Mutex
	statements       []string
	events           []string
	large            string // id of a statement of 10 MB
}

func startPlace(t *testing.T, dir string) *place {
	t.Helper()
	p := &place{dir: dir, source: newSource(1)}
	p.start(t)
	return p
}

func newSource(seed uint64) *load.Source {
	return load.NewSource(load.Variety{Actors: 20, Verbs: 10, Activities: 10}, seed, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
}

func (p *place) start(t *testing.T) {
	t.Helper()
	server, err := load.StartServer(t.Context(), os.Args[0], p.dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Kill() })
	p.server = server
	if p.key == "" {
		if p.key, p.secret, err = p.server.Credential(t.Context(), "--label", "hostile", "--scope", "admin"); err != nil {
			t.Fatal(err)
		}
	}
	p.client = load.NewClient(p.server.URL, p.key, p.secret, 4)
}

func (p *place) stop(t *testing.T) {
	t.Helper()
	if err := p.server.Stop(); err != nil {
		t.Errorf("the server ended with %v:\n%s", err, p.server.Log())
	}
}

// store stores ten statements and ten events, as honest clients do. It must
// take no longer than they have patience.
func (p *place) store(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if err := p.storeStatements(ctx); err != nil {
		t.Errorf("an honest client's statements: %v", err)
	}
	if err := p.storeEvents(ctx); err != nil {
		t.Errorf("an honest client's events: %v", err)
	}
}

func (p *place) storeStatements(ctx context.Context) error {
	ids, body := p.source.Statements(10)
	err := p.client.PostStatements(ctx, body)
	if err == nil {
		p.acknowledged(ids...)
	}
	return err
}

func (p *place) storeEvents(ctx context.Context) error {
	ids, body := p.source.Events(10)
	err := p.client.PostEvents(ctx, body)
	if err == nil {
		p.events = append(p.events, ids...)
	}
	return err
}

func (p *place) acknowledged(ids ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.statements = append(p.statements, ids...)
}

// hasAll checks that everything that was acknowledged is there.
func (p *place) hasAll(t *testing.T) {
	t.Helper()
	found := map[string]bool{}
	if err := p.client.StatementIDs(t.Context(), url.Values{}, func(id string) { found[id] = true }); err != nil {
		t.Fatal(err)
	}
	missing(t, "statements", p.statements, func(id string) bool { return found[id] })
	facts, err := p.client.Get(t.Context(), "/api/v1/exports/facts/usage?format=csv")
	if err != nil {
		t.Fatal(err)
	}
	text := string(facts)
	missing(t, "events", p.events, func(id string) bool { return strings.Contains(text, id) })
}

func missing(t *testing.T, what string, acked []string, has func(string) bool) {
	t.Helper()
	lost := 0
	for _, id := range acked {
		if !has(id) {
			lost++
		}
	}
	t.Logf("%d %s acknowledged, %d lost", len(acked), what, lost)
	if lost > 0 || len(acked) == 0 {
		t.Errorf("%d of %d acknowledged %s are lost", lost, len(acked), what)
	}
}

// post sends a body and gives status and answer.
func (p *place) post(t *testing.T, path string, body []byte, header ...string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.server.URL+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth(p.key, p.secret)
	req.Header.Set("X-Experience-API-Version", "1.0.3")
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatalf("%s gave no answer: %v", path, err)
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(answer)
}

// refused checks that an endpoint refuses a body with a status and says why.
func (p *place) refused(t *testing.T, path string, status int, body []byte, why string, header ...string) {
	t.Helper()
	got, answer := p.post(t, path, body, header...)
	if got != status || !strings.Contains(answer, why) || len(answer) > 2000 {
		t.Errorf("%s answers %d %s, want %d and something of %q", path, got, answer[:min(len(answer), 2000)], status, why)
	}
}

func largeStatement(t *testing.T, p *place) {
	id := p.source.UUID()
	text := strings.Repeat("0123456789", 1<<20)
	body := fmt.Sprintf(`{"id":%q,"actor":{"mbox":"mailto:large@example.com"},"verb":{"id":"http://adlnet.gov/expapi/verbs/experienced"},"object":{"id":"https://example.com/large"},"context":{"extensions":{"https://example.com/text":%q}}}`, id, text)
	if status, answer := p.post(t, "/xapi/statements", []byte(body)); status != http.StatusOK {
		t.Fatalf("status %d: %s", status, answer)
	}
	p.acknowledged(id)
	p.large = id
	back, err := p.client.Get(t.Context(), "/xapi/statements?statementId="+id)
	if err != nil {
		t.Fatal(err)
	}
	var statement struct {
		Context struct{ Extensions map[string]string }
	}
	if err := json.Unmarshal(back, &statement); err != nil || statement.Context.Extensions["https://example.com/text"] != text {
		t.Errorf("the statement that came back is another: %d bytes, %v", len(back), err)
	}
}

func gzipBomb(t *testing.T, p *place) {
	var bomb bytes.Buffer
	w := gzip.NewWriter(&bomb)
	spaces := bytes.Repeat([]byte(" "), 1<<20)
	for range 200 {
		if _, err := w.Write(spaces); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	before := p.memory(t)
	for range 4 {
		p.refused(t, "/xapi/statements", http.StatusRequestEntityTooLarge, bomb.Bytes(), "larger than the 33554432 bytes", "Content-Encoding", "gzip")
		p.refused(t, "/v1/batch", http.StatusRequestEntityTooLarge, bomb.Bytes(), "more than 512000 bytes", "Content-Encoding", "gzip")
	}
	if after := p.memory(t); after-before > 150 {
		t.Errorf("memory grew from %d to %d MiB", before, after)
	}
}

func (p *place) memory(t *testing.T) int {
	t.Helper()
	mib, err := p.server.MemoryMiB()
	if err != nil {
		t.Fatal(err)
	}
	return mib
}

// statementWith and batchWith put a text where anything may stand.
func statementWith(text string) []byte {
	return fmt.Appendf(nil, `{"actor":{"mbox":"mailto:a@example.com"},"verb":{"id":"https://example.com/did"},"object":{"id":"https://example.com/a"},"context":{"extensions":{"https://example.com/x":%s}}}`, text)
}

func batchWith(text string) []byte {
	return fmt.Appendf(nil, `{"batch":[{"type":"track","event":"e","userId":"u","properties":{"x":%s}}]}`, text)
}

func deepJSON(t *testing.T, p *place) {
	nested := func(levels int) string { return strings.Repeat("[", levels) + strings.Repeat("]", levels) }
	p.refused(t, "/xapi/statements", http.StatusBadRequest, statementWith(nested(100_000)), "deep")
	p.refused(t, "/v1/batch", http.StatusBadRequest, batchWith(nested(100_000)), "deep")
}

func badUTF8(t *testing.T, p *place) {
	text := `"` + "\xff\xfe" + `"`
	p.refused(t, "/xapi/statements", http.StatusBadRequest, statementWith(text), "UTF-8")
	p.refused(t, "/v1/batch", http.StatusBadRequest, batchWith(text), "UTF-8")
}

func duplicateName(t *testing.T, p *place) {
	text := `{"name":1,"name":2}`
	p.refused(t, "/xapi/statements", http.StatusBadRequest, statementWith(text), "twice")
	p.refused(t, "/v1/batch", http.StatusBadRequest, batchWith(text), "twice")
}

func largeHead(t *testing.T, p *place) {
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.server.URL+"/xapi/about", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Large", strings.Repeat("x", 1<<20))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Logf("the connection was ended: %v", err)
		return
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("status %d, want %d", resp.StatusCode, http.StatusRequestHeaderFieldsTooLarge)
	}
}

// dial opens connections that each send a text and then no more.
func (p *place) dial(t *testing.T, n int, text string) {
	t.Helper()
	at, err := url.Parse(p.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	for range n {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", at.Host)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		if _, err := io.WriteString(conn, text); err != nil {
			t.Fatal(err)
		}
	}
}

func halfOpen(t *testing.T, p *place) {
	p.dial(t, 500, "POST /xapi/statements HTTP/1.1\r\nHost: a\r\nX-Slow: ")
	p.store(t)
}

// Whoever sends no key or none that is good gets no place before the body is
// there, and whoever has one a bounded number.
func endlessBodies(t *testing.T, p *place) {
	p.dial(t, 400, "POST /v1/batch HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n{\"batch\":[")
	time.Sleep(100 * time.Millisecond) // lets the server read the beginnings
	p.store(t)
}

// Who does not take an answer keeps it in memory until the server cuts the
// connection off; of all of them there are 96 MiB at once, and what was made on
// the way.
func unreadAnswers(t *testing.T, p *place) {
	const connections, most = 60, 350 // of an answer of 10 MB; MiB
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth(p.key, p.secret)
	before := p.memory(t)
	p.dial(t, connections, "GET /xapi/statements?statementId="+p.large+" HTTP/1.1\r\nHost: a\r\nX-Experience-API-Version: 1.0.3\r\nAuthorization: "+req.Header.Get("Authorization")+"\r\n\r\n")
	p.store(t)
	time.Sleep(500 * time.Millisecond) // lets the answers be made
	after := p.memory(t)
	t.Logf("%d MiB before, %d MiB with %d answers that nobody takes", before, after, connections)
	if after-before > most {
		t.Errorf("memory grew from %d to %d MiB, want %d more at most", before, after, most)
	}
}

// flood sends over 200 connections, twice as many as one credential may use at once.
func flood(t *testing.T, p *place) {
	const connections = 200
	client := load.NewClient(p.server.URL, p.key, p.secret, connections)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	var wg sync.WaitGroup
	var mu sync.Mutex
	told, most := 0, 0
	for i := range connections {
		source := newSource(uint64(i) + 100)
		wg.Go(func() {
			for ctx.Err() == nil {
				ids, body := source.Statements(50)
				err := client.PostStatements(ctx, body)
				if err == nil {
					p.acknowledged(ids...)
					continue
				}
				var r *load.Refused
				switch {
				case !errors.As(err, &r): // the time is over
				case r.Status != http.StatusTooManyRequests && r.Status != http.StatusServiceUnavailable, r.RetryAfter == "":
					t.Errorf("%v, Retry-After %q", r, r.RetryAfter)
				default:
					mu.Lock()
					told++
					mu.Unlock()
					time.Sleep(50 * time.Millisecond) // as clients that heed Retry-After do
				}
			}
		})
	}
	for ctx.Err() == nil {
		most = max(most, p.memory(t))
		time.Sleep(50 * time.Millisecond) // between two samples
	}
	wg.Wait()
	t.Logf("told to wait %d times, %d MiB at most", told, most)
	if told == 0 || most >= 600 {
		t.Errorf("told to wait %d times, %d MiB at most; want some, and under 600 MiB", told, most)
	}
}
