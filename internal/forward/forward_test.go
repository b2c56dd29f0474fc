package forward_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/liftmark/liftmark/internal/access"
	"github.com/liftmark/liftmark/internal/forward"
	"github.com/liftmark/liftmark/internal/lrs"
	"github.com/liftmark/liftmark/internal/lrs/protocol"
	"github.com/liftmark/liftmark/internal/state"
	"github.com/liftmark/liftmark/internal/state/sqlite"
	"github.com/liftmark/liftmark/internal/vault"
	"github.com/liftmark/liftmark/xapi"
)

// source is a workspace whose statements are forwarded.
type source struct {
	*sqlite.Store
	lrs *lrs.Service
	key vault.Key
}

func newStore(t *testing.T) *sqlite.Store {
	t.Helper()
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"), state.Options{Now: time.Now, Merge: xapi.MergeDefinition})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return store
}

func newSource(t *testing.T) *source {
	t.Helper()
	store := newStore(t)
	key, err := vault.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return &source{Store: store, lrs: lrs.New(store, lrs.Options{HomePage: "https://here.example"}), key: key}
}

// id makes the id of the n-th statement.
func id(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", n) }

// statement is the n-th statement: ann did something with lesson n.
func statement(n int, verb string, more string) string {
	return fmt.Sprintf(`{"id":%q,"actor":{"mbox":"mailto:ann@example.com"},"verb":{"id":%q},"object":{"id":"https://acme.example/lesson/%d"}%s}`, id(n), verb, n, more)
}

const did = "https://acme.example/did"

func (s *source) put(t *testing.T, v xapi.Version, statements ...string) {
	t.Helper()
	s.putParts(t, v, nil, statements...)
}

func (s *source) putParts(t *testing.T, v xapi.Version, parts []xapi.Part, statements ...string) {
	t.Helper()
	parsed, err := xapi.ParseBatch(v, []byte("["+strings.Join(statements, ",")+"]"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.lrs.Store(t.Context(), lrs.Writer{Version: v, Credential: "c1"}, parsed, parts); err != nil {
		t.Fatal(err)
	}
}

func (s *source) some(t *testing.T, from, to int) {
	t.Helper()
	var list []string
	for n := from; n <= to; n++ {
		list = append(list, statement(n, did, ""))
	}
	s.put(t, xapi.V1, list...)
}

// service gives the forwardings, running until the test or stop ends them.
func (s *source) service(t *testing.T) (service *forward.Service, stop func()) {
	t.Helper()
	service = forward.New(s, s.key, forward.Options{
		Now: time.Now, Random: func() float64 { return 0.5 }, FirstRetry: time.Millisecond, LastRetry: 5 * time.Millisecond, Batch: 8, BatchBytes: 64 << 10,
	})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { service.Run(ctx); close(ended) }()
	stop = func() { cancel(); <-ended }
	t.Cleanup(stop)
	return service, stop
}

func add(t *testing.T, service *forward.Service, f forward.Forwarding, start forward.Start) {
	t.Helper()
	if f.Name == "" {
		f.Name = "there"
	}
	f.User = "user"
	if err := service.Add(t.Context(), f, "secret", start); err != nil {
		t.Fatal(err)
	}
}

// until waits for a status.
func until(t *testing.T, service *forward.Service, what string, ok func(forward.Status) bool) forward.Status {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for {
		status, err := service.Get(t.Context(), "there")
		if err != nil {
			t.Fatal(err)
		}
		if ok(status) {
			return status
		}
		if time.Now().After(deadline) {
			t.Fatalf("no %s: %+v", what, status)
		}
		time.Sleep(time.Millisecond)
	}
}

func delivered(t *testing.T, service *forward.Service) forward.Status {
	t.Helper()
	return until(t, service, "delivery of everything", func(s forward.Status) bool { return s.Lag == 0 && s.State == forward.Idle })
}

// there is another record store by our own handler, behind a gate that can
// answer in its place.
type there struct {
	*httptest.Server
	store *sqlite.Store

	mu       sync.Mutex
	gate     func(w http.ResponseWriter, r *http.Request, body []byte) bool // true: it answered
	requests []request
}

type request struct {
	header http.Header
	ids    []string
	body   string
}

func newThere(t *testing.T, gate func(w http.ResponseWriter, r *http.Request, body []byte) bool) *there {
	t.Helper()
	x := &there{store: newStore(t), gate: gate}
	handler := protocol.New(lrs.New(x.store, lrs.Options{HomePage: "https://there.example"}), protocol.Options{})
	x.Server = httptest.NewServer(http.StripPrefix("/xapi", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user != "user" || password != "secret" {
			http.Error(w, "who are you", http.StatusUnauthorized)
			return
		}
		body, _ := io.ReadAll(r.Body)
		if x.answered(w, r, body) {
			return
		}
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		r = r.WithContext(access.With(r.Context(), &access.Caller{Credential: "far", Scopes: []access.Scope{access.All}}))
		handler.ServeHTTP(w, r)
	})))
	t.Cleanup(x.Close)
	return x
}

func (x *there) answered(w http.ResponseWriter, r *http.Request, body []byte) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	if r.Method == http.MethodPost {
		x.requests = append(x.requests, request{header: r.Header.Clone(), ids: idsIn(body), body: string(body)})
	}
	return x.gate != nil && x.gate(w, r, body)
}

func (x *there) open() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.gate = nil
}

func (x *there) seen() []request {
	x.mu.Lock()
	defer x.mu.Unlock()
	return slices.Clone(x.requests)
}

// holds gives the ids that the other store has, in order of storage.
func (x *there) holds(t *testing.T) (ids []string) {
	t.Helper()
	err := x.store.Statements(t.Context(), state.Filter{Ascending: true, WithVoided: true, Limit: 10_000}, func(st state.Statement) error {
		ids = append(ids, st.ID)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

func (x *there) expect(t *testing.T, numbers ...int) {
	t.Helper()
	var want []string
	for _, n := range numbers {
		want = append(want, id(n))
	}
	if diff := cmp.Diff(want, x.holds(t)); diff != "" {
		t.Errorf("the other store holds (-want +got):\n%s", diff)
	}
}

func idsIn(body []byte) (ids []string) {
	var list []struct {
		ID string `json:"id"`
	}
	if json.Unmarshal(body, &list) != nil {
		return nil
	}
	for _, st := range list {
		ids = append(ids, st.ID)
	}
	return ids
}

func upTo(n int) (numbers []int) {
	for i := 1; i <= n; i++ {
		numbers = append(numbers, i)
	}
	return numbers
}

func TestStatementsArriveOnceAndInOrder(t *testing.T) {
	s, x := newSource(t), newThere(t, nil)
	s.some(t, 1, 20)
	service, _ := s.service(t)
	add(t, service, forward.Forwarding{Endpoint: x.URL + "/xapi/"}, forward.FromBeginning)
	delivered(t, service)
	s.some(t, 21, 25)
	status := delivered(t, service)
	x.expect(t, upTo(25)...)
	if status.Delivered != 25 || status.DeadLetters != 0 {
		t.Errorf("status %+v", status)
	}
	for _, r := range x.seen() {
		if len(r.ids) > 8 || r.header.Get("X-Experience-API-Version") != "1.0.3" {
			t.Errorf("a request of %d statements with version %q", len(r.ids), r.header.Get("X-Experience-API-Version"))
		}
		if strings.Contains(r.body, `"stored"`) || strings.Contains(r.body, `"authority"`) {
			t.Errorf("stored or authority was sent on: %s", r.body)
		}
	}
	mine, err := s.Statement(t.Context(), id(3))
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := x.store.Statement(t.Context(), id(3))
	if err != nil {
		t.Fatal(err)
	}
	a, _ := xapi.Parse(xapi.V1, mine.Body)
	b, _ := xapi.Parse(xapi.V1, theirs.Body)
	if same, difference := xapi.Equal(a, b); !same {
		t.Errorf("what arrived differs: %s", difference)
	}
	if b.Timestamp != a.Timestamp || b.Authority.Account.HomePage != "https://there.example" {
		t.Errorf("timestamp %s, authority %+v", b.Timestamp, b.Authority)
	}
}

func TestFromNowLeavesThePastOut(t *testing.T) {
	s, x := newSource(t), newThere(t, nil)
	s.some(t, 1, 3)
	service, _ := s.service(t)
	add(t, service, forward.Forwarding{Endpoint: x.URL + "/xapi", KeepAuthority: true}, forward.FromNow)
	s.some(t, 4, 5)
	delivered(t, service)
	x.expect(t, 4, 5)
	for _, r := range x.seen() {
		if !strings.Contains(r.body, `"homePage":"https://here.example"`) {
			t.Errorf("the authority was not kept: %s", r.body)
		}
	}
}

func TestEachVersionIsSentUnderItsOwnHeader(t *testing.T) {
	s, x := newSource(t), newThere(t, nil)
	s.put(t, xapi.V1, statement(1, did, ""), statement(2, did, ""))
	s.put(t, xapi.V2, statement(3, did, `,"context":{"contextAgents":[{"objectType":"contextAgent","agent":{"mbox":"mailto:bob@example.com"},"relevantTypes":["https://acme.example/coach"]}]}`))
	s.put(t, xapi.V1, statement(4, did, ""))
	service, _ := s.service(t)
	add(t, service, forward.Forwarding{Endpoint: x.URL + "/xapi"}, forward.FromBeginning)
	status := delivered(t, service)
	x.expect(t, 1, 2, 3, 4)
	var versions []string
	for _, r := range x.seen() {
		versions = append(versions, r.header.Get("X-Experience-API-Version"))
	}
	if diff := cmp.Diff([]string{"1.0.3", "2.0.0", "1.0.3"}, versions); diff != "" || status.DeadLetters != 0 {
		t.Errorf("%s, %+v", diff, status)
	}
}

func TestFilterAndVoiding(t *testing.T) {
	s, x := newSource(t), newThere(t, nil)
	void := func(n, target int) string {
		return fmt.Sprintf(`{"id":%q,"actor":{"mbox":"mailto:ann@example.com"},"verb":{"id":"http://adlnet.gov/expapi/verbs/voided"},"object":{"objectType":"StatementRef","id":%q}}`, id(n), id(target))
	}
	s.put(t, xapi.V1, statement(1, did, ""), statement(2, "https://acme.example/other", ""), statement(31, did, ""))
	s.put(t, xapi.V1, void(40, 1), void(41, 2), statement(3, did, ""))
	service, _ := s.service(t)
	add(t, service, forward.Forwarding{Endpoint: x.URL + "/xapi", Verbs: []string{did}, Activities: []string{"https://acme.example/lesson/1", "https://acme.example/lesson/3"}}, forward.FromBeginning)
	delivered(t, service)
	x.expect(t, 1, 31, 40, 3)
	if st, err := x.store.Statement(t.Context(), id(1)); err != nil || !st.Voided {
		t.Errorf("the voided statement is not voided there: %v", err)
	}
}

func TestAttachmentsTravelAsMultipart(t *testing.T) {
	s, x := newSource(t), newThere(t, nil)
	const sha2 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08" // of "test"; FIPS 180 tools agree
	attached := `,"attachments":[{"usageType":"https://acme.example/proof","display":{"en":"proof"},"contentType":"text/plain","length":4,"sha2":"` + sha2 + `"}]`
	s.putParts(t, xapi.V1, []xapi.Part{{SHA2: sha2, ContentType: "text/plain", Data: []byte("test")}}, statement(1, did, attached), statement(2, did, attached), statement(3, did, ""))
	service, _ := s.service(t)
	add(t, service, forward.Forwarding{Endpoint: x.URL + "/xapi"}, forward.FromBeginning)
	status := delivered(t, service)
	x.expect(t, 1, 2, 3)
	content, err := x.store.Content(t.Context(), sha2)
	if err != nil || string(content.Data) != "test" || status.DeadLetters != 0 {
		t.Errorf("the content there is %q, %v, %+v", content.Data, err, status)
	}
	if r := x.seen(); len(r) != 1 || strings.Count(r[0].body, "\r\ntest\r\n") != 1 {
		t.Errorf("%d requests, want one with the content once", len(r))
	}
}

func TestUnavailableStoreIsTriedAgainUntilItAnswers(t *testing.T) {
	for name, fail := range map[string]func(http.ResponseWriter){
		"500":             func(w http.ResponseWriter) { w.WriteHeader(500) },
		"503":             func(w http.ResponseWriter) { w.Header().Set("Retry-After", "0"); w.WriteHeader(503) },
		"429":             func(w http.ResponseWriter) { w.WriteHeader(429) },
		"408":             func(w http.ResponseWriter) { w.WriteHeader(408) },
		"401":             func(w http.ResponseWriter) { w.WriteHeader(401) },
		"403":             func(w http.ResponseWriter) { w.WriteHeader(403) },
		"404":             func(w http.ResponseWriter) { w.WriteHeader(404) },
		"cut off":         func(http.ResponseWriter) { panic(http.ErrAbortHandler) },
		"a friendly page": func(w http.ResponseWriter) { fmt.Fprint(w, "<html>welcome</html>") },
		"other ids":       func(w http.ResponseWriter) { fmt.Fprintf(w, "[%q,%q,%q]", id(1), id(2), id(9)) },
	} {
		t.Run(name, func(t *testing.T) {
			tries := 0
			s := newSource(t)
			x := newThere(t, func(w http.ResponseWriter, _ *http.Request, _ []byte) bool { tries++; fail(w); return true })
			s.some(t, 1, 3)
			service, _ := s.service(t)
			add(t, service, forward.Forwarding{Endpoint: x.URL + "/xapi"}, forward.FromBeginning)
			status := until(t, service, "third try", func(s forward.Status) bool { return s.State == forward.Waiting && s.Attempts >= 3 })
			if status.Lag < 3 || status.Cursor != 0 || status.Error == "" || status.DeadLetters != 0 {
				t.Errorf("status while waiting %+v", status)
			}
			x.open()
			delivered(t, service)
			x.expect(t, 1, 2, 3)
		})
	}
}

func TestBatchTooLargeForTheOtherStoreShrinks(t *testing.T) {
	s := newSource(t)
	x := newThere(t, func(w http.ResponseWriter, _ *http.Request, body []byte) bool {
		if len(idsIn(body)) <= 2 {
			return false
		}
		w.WriteHeader(http.StatusGatewayTimeout)
		return true
	})
	s.some(t, 1, 9)
	service, _ := s.service(t)
	add(t, service, forward.Forwarding{Endpoint: x.URL + "/xapi"}, forward.FromBeginning)
	delivered(t, service)
	x.expect(t, upTo(9)...)
}

func TestRetryAfterIsWaitedFor(t *testing.T) {
	s := newSource(t)
	x := newThere(t, func(w http.ResponseWriter, _ *http.Request, _ []byte) bool {
		w.Header().Set("Retry-After", "120")
		w.WriteHeader(503)
		return true
	})
	s.some(t, 1, 1)
	service, _ := s.service(t)
	before := time.Now()
	add(t, service, forward.Forwarding{Endpoint: x.URL + "/xapi"}, forward.FromBeginning)
	status := until(t, service, "waiting", func(s forward.Status) bool { return s.State == forward.Waiting })
	if wait := status.NextTry.Sub(before); wait < 119*time.Second || wait > 130*time.Second {
		t.Errorf("the next try is in %s, want 120 s", wait)
	}
}
