package server_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/liftmark/liftmark/internal/access"
	"github.com/liftmark/liftmark/internal/lrs"
	"github.com/liftmark/liftmark/internal/server"
	"github.com/liftmark/liftmark/internal/state"
	"github.com/liftmark/liftmark/internal/state/sqlite"
	"github.com/liftmark/liftmark/internal/stream"
	"github.com/liftmark/liftmark/xapi"
)

// recorded is a company whose workspaces keep statements.
type recorded struct {
	*company
	stores map[string]*sqlite.Store
	lrs    map[string]*lrs.Service
}

func record(t *testing.T, limits server.Limits) *recorded {
	t.Helper()
	r := &recorded{stores: map[string]*sqlite.Store{}, lrs: map[string]*lrs.Service{}}
	r.company = open(t, func(c *company) {
		c.opt.Limits = limits
		for name, w := range c.parts {
			store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"), state.Options{Now: time.Now, Merge: xapi.MergeDefinition})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = store.Close() })
			r.stores[name], r.lrs[name] = store, lrs.New(store, lrs.Options{HomePage: "https://" + name + ".example"})
			w.Live = stream.New(store)
		}
	})
	return r
}

// put stores the statement of a number: who did something with a lesson.
func (r *recorded) put(workspace, credential string, n int, who, verb string) {
	r.t.Helper()
	text := fmt.Sprintf(`{"id":%q,"actor":{"mbox":"mailto:%s@example.com"},
		"verb":{"id":"https://x.example/%s"},"object":{"id":"https://x.example/lesson/%d"}}`, number(n), who, verb, n%10)
	r.store(workspace, credential, text)
}

func (r *recorded) store(workspace, credential, text string) {
	r.t.Helper()
	list, err := xapi.ParseBatch(xapi.V1, []byte(text))
	if err != nil {
		r.t.Fatal(err)
	}
	if _, err := r.lrs[workspace].Store(r.t.Context(), lrs.Writer{Version: xapi.V1, Credential: credential}, list, nil); err != nil {
		r.t.Fatal(err)
	}
}

func number(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", n) }

// listener is a client that follows a stream.
type listener struct {
	t      *testing.T
	resp   *http.Response
	lines  *bufio.Reader
	cancel context.CancelFunc
	lastID string // as the specification of server-sent events counts it
}

// follow begins to listen and waits until the server has begun to send.
func (r *recorded) follow(query, auth string, with ...string) *listener {
	r.t.Helper()
	ctx, cancel := context.WithCancel(r.t.Context())
	r.t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.url+"/api/v1/statements/stream"+query, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Authorization", auth)
	for i := 0; i < len(with); i += 2 {
		req.Header.Set(with[i], with[i+1])
	}
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: dialNarrow}}).Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { _ = resp.Body.Close() })
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "text/event-stream" {
		r.t.Fatalf("the stream %s: %d %s", query, resp.StatusCode, resp.Header.Get("Content-Type"))
	}
	l := &listener{t: r.t, resp: resp, lines: bufio.NewReader(resp.Body), cancel: cancel}
	l.block() // the first one has the place alone
	return l
}

// dialNarrow connects with a small buffer, so that who reads nothing takes
// little.
func dialNarrow(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := (&net.Dialer{}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return c, c.(*net.TCPConn).SetReadBuffer(64 << 10)
}

// block reads up to an empty line; ok is false when the stream has ended.
func (l *listener) block() (fields map[string]string, ok bool) {
	fields = map[string]string{}
	for {
		line, err := l.lines.ReadString('\n')
		if err != nil {
			return fields, false
		}
		if line = strings.TrimSuffix(line, "\n"); line == "" {
			if id, given := fields["id"]; given {
				l.lastID = id
			}
			return fields, true
		}
		name, value, _ := strings.Cut(line, ":")
		fields[name] = strings.TrimPrefix(value, " ")
	}
}

// next gives the kind and the statement id of the next event that has data.
func (l *listener) next() (kind, id string, ok bool) {
	for {
		fields, ok := l.block()
		if !ok {
			return "", "", false
		}
		if data, given := fields["data"]; given {
			_, id, _ := strings.Cut(data, `"id":"`)
			return fields["event"], id[:36], true
		}
	}
}

// expect reads as many events as there are numbers and compares.
func (l *listener) expect(numbers ...int) {
	l.t.Helper()
	timeout := time.AfterFunc(10*time.Second, l.cancel)
	defer timeout.Stop()
	var want, got []string
	for _, n := range numbers {
		want = append(want, "statement "+number(n))
		kind, id, ok := l.next()
		if !ok {
			break
		}
		got = append(got, kind+" "+id)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		l.t.Errorf("events:\n%s", diff)
	}
}

// ended says whether the stream ends soon without another event.
func (l *listener) ended() bool {
	timeout := time.AfterFunc(10*time.Second, func() { l.t.Error("the stream goes on"); l.cancel() })
	defer timeout.Stop()
	_, _, more := l.next()
	return !more
}

func (r *recorded) reader(workspace string, scope access.Scope) (id, auth string) {
	made := r.let(workspace, access.Wish{Kind: access.APIKeyKind, Scopes: []access.Scope{scope}})
	return made.Credential.ID, "Bearer " + made.Secret
}

func TestStreamTellsWhatIsStoredFromNowOn(t *testing.T) {
	r := record(t, server.Limits{})
	_, auth := r.reader("acme", access.StatementsRead)
	r.put("acme", "lms", 1, "ann", "did") // before anybody listens
	l := r.follow("", auth)
	for n := 2; n <= 30; n++ {
		r.put("acme", "lms", n, "ann", "did")
	}
	l.expect(span(2, 30)...)
	r.put("acme", "lms", 31, "ann", "did")
	l.expect(31)
}

func span(from, to int) (list []int) {
	for n := from; n <= to; n++ {
		list = append(list, n)
	}
	return list
}

func TestStreamHasNothingOfOthers(t *testing.T) {
	r := record(t, server.Limits{})
	mine, mineAuth := r.reader("acme", access.StatementsReadMine)
	_, allAuth := r.reader("acme", access.StatementsRead)
	_, otherAuth := r.reader("globex", access.AllRead)
	own, all, other := r.follow("", mineAuth), r.follow("", allAuth), r.follow("", otherAuth)
	r.put("acme", "lms", 1, "ann", "did")
	r.put("globex", mine, 2, "ann", "did") // the same name in another workspace
	r.put("acme", mine, 3, "ann", "did")
	r.put("acme", "lms", 4, "ann", "did")
	r.put("acme", mine, 5, "ann", "did")
	r.put("globex", "lms", 6, "ann", "did")
	own.expect(3, 5)
	all.expect(1, 3, 4, 5)
	other.expect(2, 6)
}

func TestStreamFilters(t *testing.T) {
	r := record(t, server.Limits{})
	_, auth := r.reader("acme", access.StatementsRead)
	r.put("acme", "lms", 1, "ann", "did")
	r.put("acme", "lms", 2, "bob", "did")
	r.put("acme", "lms", 3, "ann", "saw")
	r.store("acme", "lms", `{"id":"`+number(4)+`","actor":{"objectType":"Group","member":[{"mbox":"mailto:ann@example.com"},{"mbox":"mailto:bob@example.com"}]},
		"verb":{"id":"https://x.example/did"},"object":{"id":"https://x.example/lesson/1"}}`)
	for query, want := range map[string][]int{
		"after=0": {1, 2, 3, 4}, "after=0&verb=https://x.example/did": {1, 2, 4}, "after=0&activity=https://x.example/lesson/1": {1, 4},
		"after=0&agent=mbox::mailto:ann@example.com": {1, 3, 4}, `after=0&agent={"mbox":"mailto:bob@example.com"}`: {2, 4},
		`after=0&agent={"mbox":"mailto:ann@example.com"}&verb=https://x.example/saw`: {3},
	} {
		l := r.follow("?"+strings.NewReplacer("{", "%7B", "}", "%7D", `"`, "%22").Replace(query), auth)
		l.expect(want...)
		l.cancel()
	}
}

func TestStreamResumesWithoutLossOrDouble(t *testing.T) {
	r := record(t, server.Limits{Heartbeat: 20 * time.Millisecond})
	_, auth := r.reader("acme", access.StatementsRead)
	l := r.follow("?verb=https://x.example/did", auth)
	next := 1
	for round := range 12 {
		for range 7 {
			r.put("acme", "lms", next, "ann", "did")
			r.put("acme", "lms", 500+next, "ann", "saw") // not asked for
			next++
		}
		l.expect(span(next-7, next-7+round%7)...) // some of them, and then it is gone
		l.cancel()
		l = r.follow("?verb=https://x.example/did&after=0", auth, "Last-Event-ID", l.lastID)
		l.expect(span(next-7+round%7+1, next-1)...)
	}
	place := l.lastID
	r.put("acme", "lms", 900, "ann", "saw")
	for deadline := time.Now().Add(10 * time.Second); l.lastID == place; { // signs of life move the place
		if _, ok := l.block(); !ok || time.Now().After(deadline) {
			t.Fatal("no sign of life moved the place")
		}
	}
}

func TestStreamRefusesPlacesThatAreNotItsOwn(t *testing.T) {
	r := record(t, server.Limits{})
	_, auth := r.reader("acme", access.StatementsRead)
	_, writer := r.reader("acme", access.StatementsWrite)
	for _, tt := range []struct {
		query, auth, lastID, says string
		status                    int
	}{
		{"?after=99", auth, "", "begin without a place", 422},
		{"?after=-1", auth, "", "after", 422},
		{"", auth, "x", "Last-Event-ID", 422},
		{"?agent=ann", auth, "", "agent", 422},
		{"?agent=%7B%22objectType%22:%22Group%22,%22member%22:[]%7D", auth, "", "agent", 422},
		{"?since=2026", auth, "", "since", 422},
		{"", writer, "", "statements/read/mine", 403},
		{"", "", "", "Authorization", 401},
	} {
		with := []string{"Authorization", tt.auth, "Last-Event-ID", tt.lastID}
		if tt.auth == "" {
			with = nil
		}
		got := r.ask("GET", "/api/v1/statements/stream"+tt.query, "", with...)
		if got.status != tt.status || !strings.Contains(got.body, tt.says) {
			t.Errorf("%s %s: %d %s", tt.query, tt.lastID, got.status, got.body)
		}
	}
}

func TestReaderThatTakesNothingIsDisconnectedAndCanGoOn(t *testing.T) {
	r := record(t, server.Limits{Write: 200 * time.Millisecond, Heartbeat: time.Minute})
	_, auth := r.reader("acme", access.StatementsRead)
	big := strings.Repeat("x", 900<<10)
	for n := 1; n <= 12; n++ { // more than the connection's buffers hold
		r.store("acme", "lms", fmt.Sprintf(`{"id":%q,"actor":{"mbox":"mailto:ann@example.com"},"verb":{"id":"https://x.example/did"},
			"object":{"id":"https://x.example/lesson"},"result":{"response":"%s"}}`, number(n), big))
	}
	l := r.follow("?after=0", auth, "Accept-Encoding", "identity")
	l.expect(1)
	time.Sleep(600 * time.Millisecond) // takes nothing
	got := 1
	for {
		_, id, ok := l.next()
		if !ok {
			break
		}
		if got++; id != number(got) {
			t.Fatalf("event %d is %s", got, id)
		}
	}
	if got == 12 {
		t.Fatal("it was not disconnected")
	}
	l = r.follow("", auth, "Last-Event-ID", l.lastID, "Accept-Encoding", "identity")
	l.expect(span(got+1, 12)...)
}

// long stores the statement of a number, of so many MiB, with line breaks.
func (r *recorded) long(n, size int) {
	r.t.Helper()
	r.store("acme", "lms", fmt.Sprintf("{\r\n\"id\":%q,\n\"actor\":{\"mbox\":\"mailto:ann@example.com\"},\"verb\":{\"id\":\"https://x.example/did\"},"+
		"\"object\":{\"id\":\"https://x.example/lesson\"},\"result\":{\"response\":%q}}", number(n), strings.Repeat("äöü€", size<<20/9)))
}

func TestSlowReadersOfLongStatementsHoldBoundedMemory(t *testing.T) {
	r := record(t, server.Limits{StreamMemory: 12 << 20, Queue: 50 * time.Millisecond})
	_, auth := r.reader("acme", access.StatementsRead)
	r.long(1, 9)
	slow := r.follow("?after=0", auth, "Accept-Encoding", "identity")
	if _, err := slow.lines.Peek(100); err != nil { // it has the memory now
		t.Fatal(err)
	}
	other := r.follow("?after=0", auth, "Accept-Encoding", "identity")
	fields, ok := other.block()
	if !ok || fields["retry"] == "" || fields["id"] != "0" {
		t.Fatalf("the last event is %v", fields)
	}
	if !other.ended() {
		t.Error("the stream goes on")
	}
	r.put("acme", "lms", 2, "ann", "did")
	short := r.follow("?after=1", auth) // needs no memory
	short.expect(2)
	slow.expect(1, 2)
	again := r.follow("", auth, "Last-Event-ID", other.lastID, "Accept-Encoding", "identity")
	again.expect(1, 2)
}

func TestLongStatementComesWholeAndOnOneLine(t *testing.T) {
	r := record(t, server.Limits{})
	_, auth := r.reader("acme", access.StatementsRead)
	r.long(1, 1)
	l := r.follow("?after=0", auth, "Accept-Encoding", "identity")
	fields, ok := l.block()
	st, err := r.stores["acme"].Statement(t.Context(), number(1))
	if err != nil {
		t.Fatal(err)
	}
	if want := strings.NewReplacer("\n", " ", "\r", " ").Replace(string(st.Body)); !ok || fields["data"] != want {
		t.Errorf("%d bytes came of %d", len(fields["data"]), len(want))
	}
}

func TestStreamEndsWithTheServerAndWithItsCredential(t *testing.T) {
	r := record(t, server.Limits{Heartbeat: 50 * time.Millisecond, Streams: 2})
	id, auth := r.reader("acme", access.StatementsRead)
	_, stays := r.reader("acme", access.StatementsRead)
	revoked, other := r.follow("", auth), r.follow("", stays)
	if got := r.ask("GET", "/api/v1/statements/stream", "", "Authorization", stays); got.status != http.StatusServiceUnavailable || got.header.Get("Retry-After") == "" {
		t.Errorf("the third of two streams: %d", got.status)
	}
	if got := r.ask("DELETE", "/api/v1/credentials/"+id, "", local("acme")...); got.status != http.StatusNoContent {
		t.Fatalf("revoke: %d %s", got.status, got.body)
	}
	if !revoked.ended() {
		t.Error("a revoked credential goes on listening")
	}
	r.put("acme", "lms", 1, "ann", "did")
	other.expect(1)
	began := time.Now()
	r.stop()
	if !other.ended() || time.Since(began) > 5*time.Second {
		t.Errorf("the stream did not end with the server, %s", time.Since(began))
	}
}

func TestStreamTellsThatAStatementIsAnotherOneNow(t *testing.T) {
	r := record(t, server.Limits{})
	_, auth := r.reader("acme", access.StatementsRead)
	r.put("acme", "lms", 1, "ann", "did")
	l := r.follow("", auth)
	old, err := r.stores["acme"].Statement(t.Context(), number(1))
	if err != nil {
		t.Fatal(err)
	}
	again, err := lrs.Rewrite(old, []byte(strings.ReplaceAll(string(old.Body), "ann@example.com", "nobody@example.com")))
	if err != nil {
		t.Fatal(err)
	}
	if err := r.stores["acme"].ReplaceStatement(t.Context(), again); err != nil {
		t.Fatal(err)
	}
	if kind, id, ok := l.next(); kind != "replaced" || id != number(1) || !ok {
		t.Errorf("%s %s", kind, id)
	}
}

func TestBusyStreamEndsWithItsCredentialToo(t *testing.T) {
	r := record(t, server.Limits{Heartbeat: 100 * time.Millisecond})
	id, auth := r.reader("acme", access.StatementsRead)
	l := r.follow("", auth)
	r.put("acme", "lms", 1, "ann", "did")
	l.expect(1)
	if got := r.ask("DELETE", "/api/v1/credentials/"+id, "", local("acme")...); got.status != http.StatusNoContent {
		t.Fatalf("revoke: %d %s", got.status, got.body)
	}
	began, heard := time.Now(), 0
	for n := 2; ; n++ {
		r.put("acme", "lms", n, "ann", "did")
		if _, _, more := l.next(); !more {
			break
		}
		if heard++; time.Since(began) > 2*time.Second {
			t.Fatalf("a revoked credential heard %d statements within 2 s", heard)
		}
	}
}
