package protocol_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/liftmark/liftmark/internal/access"
	"github.com/liftmark/liftmark/internal/lrs"
	"github.com/liftmark/liftmark/internal/lrs/protocol"
)

// FuzzRequest sends anything at all to the record store: whatever comes, the
// answer is one of the specification's, with its version, and never a failure of
// ours.
func FuzzRequest(f *testing.F) {
	seeds(f)
	var failure error
	handler := protocol.New(lrs.New(newStore(f), lrs.Options{}), protocol.Options{
		MaxBody: 1 << 20, Report: func(_ *http.Request, err error) { failure = err },
	})
	f.Fuzz(func(t *testing.T, method, path, query, headers, body string) {
		r := fuzzed(method, path, query, headers, body)
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code >= 500 || w.Code < 200 {
			t.Fatalf("status %d: %v\n%s", w.Code, failure, w.Body)
		}
		if v := w.Header().Get("X-Experience-API-Version"); v != "1.0.3" && v != "2.0.0" {
			t.Errorf("status %d with version %q", w.Code, v)
		}
		if n := w.Header().Get("Content-Length"); method != "HEAD" && n != "" && n != strconv.Itoa(w.Body.Len()) {
			t.Errorf("status %d with Content-Length %s and %d bytes", w.Code, n, w.Body.Len())
		}
		if w.Code >= 400 && w.Body.Len() == 0 && method != "HEAD" && !strings.Contains(query, "HEAD") {
			t.Errorf("status %d without a reason", w.Code)
		}
	})
}

// fuzzed makes the request that the server would hand over.
func fuzzed(method, path, query, headers, body string) *http.Request {
	r := &http.Request{
		Method: method, URL: &url.URL{Path: path, RawQuery: query}, Header: http.Header{}, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Body: http.NoBody, Host: "lrs.example.com",
	}
	if body != "" {
		r.Body = readCloser{strings.NewReader(body)}
	}
	for _, line := range strings.Split(headers, "\n") {
		if name, value, ok := strings.Cut(line, ": "); ok {
			r.Header.Add(name, value)
		}
	}
	caller := &access.Caller{Credential: "fuzz", Scopes: []access.Scope{access.All}}
	if strings.Contains(headers, "X-Tolerant") {
		caller.Lenient = []access.Tolerance{access.TextPlainForms, access.AnyStateContent, access.CacheBusters, access.MissingVersion}
	}
	return r.WithContext(access.With(context.Background(), caller))
}

// readCloser is a body.
type readCloser struct{ *strings.Reader }

// Close does nothing.
func (readCloser) Close() error { return nil }

// seeds adds a request of each kind, for both versions.
func seeds(f *testing.F) {
	st := newStatement()
	file, data := withFile()
	contentType, mixedBody := mixed(jsonPart(file), dataPart("text/plain", data))
	id, agent := st["id"].(string), url.QueryEscape(asJSON(st["actor"]))
	for _, v := range []string{"1.0.3", "2.0.0"} {
		version := "X-Experience-API-Version: " + v
		json := version + "\nContent-Type: application/json"
		f.Add("POST", "/statements", "", json, asJSON([]object{st, newStatement()}))
		f.Add("PUT", "/statements", "statementId="+id, json, asJSON(st))
		f.Add("POST", "/statements", "", version+"\nContent-Type: "+contentType, mixedBody)
		f.Add("GET", "/statements", "statementId="+id+"&format=canonical", version+"\nAccept-Language: en;q=0.5, *", "")
		f.Add("GET", "/statements", "agent="+agent+"&related_agents=true&limit=2&attachments=true&since=2020-01-01T00:00:00Z", version, "")
		f.Add("GET", "/statements/more/AAAA", "", version, "")
		f.Add("HEAD", "/about", "", "", "")
		f.Add("GET", "/agents", "agent="+agent, version, "")
		f.Add("GET", "/activities", "activityId=https%3A%2F%2Fexample.com%2F1", version, "")
		f.Add("PUT", "/activities/state", "activityId=https%3A%2F%2Fexample.com%2F1&stateId=s&agent="+agent, json+"\nIf-None-Match: *", `{"a":1}`)
		f.Add("POST", "/agents/profile", "profileId=p&agent="+agent, json+"\nIf-Match: \"x\", *", `{"a":{"b":null}}`)
		f.Add("DELETE", "/activities/profile", "profileId=p&activityId=urn:x", version, "")
		f.Add("POST", "/statements", "method=GET", version+"\nX-Tolerant: 1\nContent-Type: text/plain", "limit=1&Accept-Language=de")
		f.Add("POST", "/activities/state", "method=PUT", version+"\nContent-Type: application/x-www-form-urlencoded", "activityId=urn:x&stateId=s&content=x&Content-Type=text/plain&agent="+agent)
	}
}
