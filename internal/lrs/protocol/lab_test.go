package protocol_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/liftmark/liftmark/internal/access"
	"github.com/liftmark/liftmark/internal/lrs"
	"github.com/liftmark/liftmark/internal/lrs/protocol"
	"github.com/liftmark/liftmark/xapi"
)

// lab is a live server and a client of one version. Requests come from a
// credential with every right unless they name another one.
type lab struct {
	*testing.T
	server  *site
	version xapi.Version
}

// site is a server over a store.
type site struct {
	url     string
	store   lrs.Store
	service *lrs.Service
	callers map[string]*access.Caller
	reports []error
}

// newSite serves a store until the test ends. Clients are told apart by the user
// name of Basic authentication.
func newSite(t testing.TB, store lrs.Store, opt lrs.Options, options protocol.Options) *site {
	t.Helper()
	s := &site{store: store, service: lrs.New(store, opt), callers: map[string]*access.Caller{
		"all": {Credential: "all", Label: "everything", Scopes: []access.Scope{access.All}},
	}}
	options.Report = func(_ *http.Request, err error) { s.reports = append(s.reports, err) }
	handler := protocol.New(s.service, options)
	let := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, _, _ := r.BasicAuth()
		if caller := s.callers[user]; caller != nil {
			r = r.WithContext(access.With(r.Context(), caller))
		}
		handler.ServeHTTP(w, r)
	})
	server := httptest.NewServer(http.StripPrefix("/xapi", let))
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

// caller lets a client in with scopes.
func (l *lab) caller(name string, scopes ...access.Scope) *access.Caller {
	c := &access.Caller{Credential: name, Label: name, Scopes: scopes}
	l.server.callers[name] = c
	return c
}

// answer is what came back.
type answer struct {
	*lab
	request string
	status  int
	header  http.Header
	body    []byte
}

// header is a header of a request; one without a value is left out.
type header struct{ name, value string }

// do sends a request. path is below the endpoint. body is text as it is,
// anything else as JSON, nil for none.
func (l *lab) do(method, path string, body any, headers ...header) *answer {
	l.Helper()
	return l.at(method, l.server.url+"/xapi"+path, body, headers...)
}

// at sends a request to a whole address.
func (l *lab) at(method, address string, body any, headers ...header) *answer {
	l.Helper()
	text, isText := body.(string)
	if !isText && body != nil {
		text = asJSON(body)
	}
	r, err := http.NewRequestWithContext(l.Context(), method, address, strings.NewReader(text))
	if err != nil {
		l.Fatal(err)
	}
	r.SetBasicAuth("all", "secret")
	r.Header.Set("X-Experience-API-Version", l.version.String())
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, h := range headers {
		r.Header.Del(h.name)
		if h.value != "" {
			r.Header.Set(h.name, h.value)
		}
	}
	return l.send(r)
}

func (l *lab) send(r *http.Request) *answer {
	l.Helper()
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		l.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		l.Fatal(err)
	}
	return &answer{lab: l, request: r.Method + " " + r.URL.RequestURI(), status: resp.StatusCode, header: resp.Header, body: data}
}

// as names the credential of a request.
func as(name string) header {
	r, _ := http.NewRequest(http.MethodGet, "/", nil)
	r.SetBasicAuth(name, "secret")
	return header{"Authorization", r.Header.Get("Authorization")}
}

// want fails unless the answer has a status.
func (a *answer) want(status int) *answer {
	a.Helper()
	if a.status != status {
		a.Fatalf("%s: status %d, want %d\n%.800s", a.request, a.status, status, a.body)
	}
	return a
}

// wantHeader fails unless a header has a value.
func (a *answer) wantHeader(name, value string) *answer {
	a.Helper()
	if got := a.header.Get(name); got != value {
		a.Errorf("%s: header %s is %q, want %q", a.request, name, got, value)
	}
	return a
}

// object reads the answer as a JSON object.
func (a *answer) object() object {
	a.Helper()
	return readJSON[object](a, a.body)
}

// list reads the answer as a JSON array of texts.
func (a *answer) list() []string {
	a.Helper()
	return readJSON[[]string](a, a.body)
}

func readJSON[T any](t testing.TB, text []byte) T {
	t.Helper()
	var v T
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("no JSON: %v in %.300s", err, text)
	}
	return v
}

func asJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// object is a JSON object.
type object map[string]any

// at gives what lies at a path of members, "" for nothing.
func (o object) at(path ...string) any {
	var v any = map[string]any(o)
	for _, name := range path {
		m, _ := v.(map[string]any)
		v = m[name]
	}
	return v
}

// set gives a copy with a member.
func (o object) set(name string, value any) object {
	out := object{}
	for k, v := range o {
		out[k] = v
	}
	if out[name] = value; value == nil {
		delete(out, name)
	}
	return out
}

// The parts of statements, each of its own.

func newID() string       { return uuid.NewString() }
func newIRI() string      { return "https://example.com/" + newID() }
func newAgent() object    { return object{"mbox": "mailto:" + newID() + "@example.com"} }
func newActivity() object { return object{"objectType": "Activity", "id": newIRI()} }
func newVerb() object {
	return object{"id": newIRI(), "display": object{"en-US": "did", "en-GB": "did, I say"}}
}

// newStatement gives a statement about nothing that another one is about.
func newStatement() object {
	return object{"id": newID(), "actor": newAgent(), "verb": newVerb(), "object": newActivity()}
}

// post stores statements and gives their ids.
func (l *lab) post(statements ...object) []string {
	l.Helper()
	return l.do("POST", "/statements", statements).want(200).list()
}

// query encodes parameters: names and values in turn; values that are no text
// as JSON.
func query(pairs ...any) string {
	q := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		text, isText := pairs[i+1].(string)
		if !isText {
			text = asJSON(pairs[i+1])
		}
		q.Set(pairs[i].(string), text)
	}
	return "?" + q.Encode()
}

// result is a list of statements.
type result struct {
	Statements []object `json:"statements"`
	More       *string  `json:"more"`
}

// ids gives the statements' ids in order.
func (r result) ids() []string {
	ids := []string{}
	for _, st := range r.Statements {
		ids = append(ids, st["id"].(string))
	}
	return ids
}

// find runs a query.
func (l *lab) find(pairs ...any) result {
	l.Helper()
	return l.do("GET", "/statements"+query(pairs...), nil).want(200).result()
}

func (a *answer) result() result {
	a.Helper()
	return readJSON[result](a, a.body)
}

// get gives one statement.
func (l *lab) get(id string, pairs ...any) object {
	l.Helper()
	return l.do("GET", "/statements"+query(append([]any{"statementId", id}, pairs...)...), nil).want(200).object()
}

// wantIDs fails unless the ids are the wanted ones, in order.
func (l *lab) wantIDs(what string, got []string, want ...string) {
	l.Helper()
	if strings.Join(got, " ") != strings.Join(want, " ") {
		l.Errorf("%s gives %v, want %v", what, got, want)
	}
}

// voiding gives a statement that voids another.
func voiding(id string) object {
	return newStatement().set("verb", object{"id": "http://adlnet.gov/expapi/verbs/voided"}).set("object", reference(id))
}

func reference(id string) object { return object{"objectType": "StatementRef", "id": id} }
