package protocol_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/liftmark/liftmark/internal/access"
	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/lrs"
	"github.com/liftmark/liftmark/internal/lrs/protocol"
	"github.com/liftmark/liftmark/internal/state"
	"github.com/liftmark/liftmark/xapi"
)

// full is a store that takes nothing now.
type full struct{ lrs.Store }

// PutStatements refuses.
func (full) PutStatements(context.Context, []state.NewStatement, []state.Content, func(int, state.Statement) error) ([]int64, error) {
	return nil, fault.New(fault.Unavailable, "the disk is full; make room")
}

func TestAStoreThatCannotBeWrittenAsksToComeAgain(t *testing.T) {
	l := &lab{T: t, server: newSite(t, full{newStore(t)}, lrs.Options{}, protocol.Options{}), version: xapi.V1}
	a := l.do("POST", "/statements", newStatement()).want(503)
	if a.header.Get("Retry-After") == "" || !strings.Contains(string(a.body), "make room") {
		t.Errorf("Retry-After %q: %s", a.header.Get("Retry-After"), a.body)
	}
	if len(l.server.reports) > 0 {
		t.Errorf("a full disk was reported as a failure of ours: %v", l.server.reports)
	}
}

func TestABodyThatBreaksOffIsRefusedAndNotStored(t *testing.T) {
	l := &lab{T: t, server: newSite(t, newStore(t), lrs.Options{}, protocol.Options{}), version: xapi.V1}
	conn, err := net.Dial("tcp", strings.TrimPrefix(l.server.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	st := newStatement()
	request := "POST /xapi/statements HTTP/1.1\r\nHost: x\r\nX-Experience-API-Version: 1.0.3\r\nContent-Type: application/json\r\n" +
		"Authorization: " + as("all").value + "\r\nContent-Length: 100000\r\n\r\n" + asJSON(st)
	if _, err := conn.Write([]byte(request)); err != nil {
		t.Fatal(err)
	}
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusBadRequest {
		t.Errorf("status %d", resp.StatusCode)
	}
	l.do("GET", "/statements"+query("statementId", st["id"]), nil).want(404)
	if len(l.server.reports) > 0 {
		t.Errorf("a client that went away was reported as a failure of ours: %v", l.server.reports)
	}
}

// broken is a body that cannot be read, for whatever reason.
type broken struct{ err error }

func (b broken) Read([]byte) (int, error) { return 0, b.err }

// refused is a reading error whose status its kind does not decide, as package
// server's are.
type refused struct {
	error
	status int
}

func (r *refused) HTTPStatus() int { return r.status }
func (r *refused) Unwrap() error   { return r.error }

func TestAReadingErrorDecidesTheStatus(t *testing.T) {
	handler := protocol.New(lrs.New(newStore(t), lrs.Options{}), protocol.Options{})
	tooSlow := &refused{fault.New(fault.Invalid, "the body came too slowly"), http.StatusRequestTimeout}
	for _, tt := range []struct {
		err    error
		status int
	}{
		{fault.New(fault.TooLarge, "the body is too large"), http.StatusRequestEntityTooLarge},
		{fault.New(fault.Unavailable, "too many large requests at once"), http.StatusServiceUnavailable},
		{tooSlow, http.StatusRequestTimeout},
		{fmt.Errorf("gzip: %w", tooSlow), http.StatusRequestTimeout},
		{&refused{fault.New(fault.Invalid, "no gzip"), http.StatusBadRequest}, http.StatusBadRequest},
		{fault.New(fault.Invalid, "the body broke off"), http.StatusBadRequest},
		{errors.New("connection reset by peer"), http.StatusBadRequest},
	} {
		for _, to := range []struct{ method, target, contentType string }{
			{"POST", "/statements", "application/json"},
			{"POST", "/statements", "multipart/mixed; boundary=x"},
			{"PUT", "/statements?statementId=" + newID(), "application/json"},
			{"POST", "/statements?method=GET", "application/x-www-form-urlencoded"},
			{"PUT", states().of("d"), "text/plain"},
		} {
			r := httptest.NewRequest(to.method, to.target, broken{tt.err})
			r.Header.Set("X-Experience-API-Version", "1.0.3")
			r.Header.Set("Content-Type", to.contentType)
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r.WithContext(access.With(t.Context(), &access.Caller{Scopes: []access.Scope{access.All}})))
			if w.Code != tt.status {
				t.Errorf("%v, %v: status %d, want %d", to, tt.err, w.Code, tt.status)
			}
			if again := w.Header().Get("Retry-After") != ""; again != (w.Code == http.StatusServiceUnavailable) {
				t.Errorf("%v, %v: status %d, Retry-After %v", to, tt.err, w.Code, again)
			}
			if !strings.Contains(w.Body.String(), tt.err.Error()) {
				t.Errorf("%v, %v: the answer does not say so: %s", to, tt.err, w.Body)
			}
		}
	}
}

func TestWhatIsTooMuchIsNamed(t *testing.T) {
	l := &lab{T: t, server: newSite(t, newStore(t), lrs.Options{}, protocol.Options{MaxStatements: 2, MaxParts: 1, MaxPart: 10_000}), version: xapi.V1}
	one, two, three := newStatement(), newStatement(), newStatement()
	l.do("POST", "/statements", []object{one, two, three}).want(413)
	l.do("GET", "/statements"+query("statementId", one["id"]), nil).want(404)
	l.do("POST", "/statements", []object{one, two}).want(200)
	a, dataA := withFile()
	b, dataB := withFile()
	l.postMixed(jsonPart([]object{a, b}), dataPart("text/plain", dataA), dataPart("text/plain", dataB)).want(413)
	long := strings.Repeat("x", 10_001)
	l.postMixed(jsonPart(newStatement().set("attachments", []object{attachment("text/plain", long)})), dataPart("text/plain", long)).want(413)
	l.postMixed(jsonPart(a), dataPart("text/plain", dataA)).want(200)
}

func TestAnEncodedBodyThatNobodyDecodedIsRefused(t *testing.T) {
	l := &lab{T: t, server: newSite(t, newStore(t), lrs.Options{}, protocol.Options{}), version: xapi.V1}
	l.do("POST", "/statements", newStatement(), header{"Content-Encoding", "br"}).want(415)
	l.do("PUT", states().of("d"), document(), header{"Content-Encoding", "br"}).want(415)
	l.do("POST", "/statements", newStatement(), header{"Content-Encoding", "identity"}).want(200)
}

func TestEveryProblemOfABatchIsListed(t *testing.T) {
	l := &lab{T: t, server: newSite(t, newStore(t), lrs.Options{}, protocol.Options{}), version: xapi.V1}
	bad := newStatement().set("verb", object{"id": "did"}).set("timestamp", "yesterday")
	body := readJSON[refusal](t, l.do("POST", "/statements", []object{bad, newStatement(), bad.set("id", newID())}).want(400).body)
	at := map[int][]string{}
	for _, p := range body.Problems {
		at[p.Index] = append(at[p.Index], p.Path)
	}
	if len(at) != 2 || len(at[0]) != 2 || len(at[2]) != 2 {
		t.Errorf("problems by statement: %v; %s", at, body.Error)
	}
}

func TestPagesKeepTheProxysPrefix(t *testing.T) {
	l := &lab{T: t, server: newSite(t, newStore(t), lrs.Options{}, protocol.Options{Path: "/learning/xapi"}), version: xapi.V1}
	agent, _ := several(l, 2)
	if more := *l.find("agent", agent, "limit", "1").More; !strings.HasPrefix(more, "/learning/xapi/statements/more/") {
		t.Errorf("more is %s", more)
	}
}
