package server_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/liftmark/liftmark/internal/access"
)

func TestAnswersAreCompressedWhereThatHelps(t *testing.T) {
	long := strings.Repeat(`{"verb":"completed"}`, 500)
	c := open(t, func(c *company) {
		c.parts["acme"].XAPI = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", r.Header.Get("X-Type"))
			if tag := r.Header.Get("X-Tag"); tag != "" {
				w.Header().Set("ETag", tag)
			}
			if r.Header.Get("X-Short") != "" {
				_, _ = io.WriteString(w, "short")
				return
			}
			for i := 0; i < len(long); i += 100 {
				_, _ = io.WriteString(w, long[i:i+100])
			}
		})
	})
	lms := c.let("acme", access.Wish{})
	auth := []string{"Authorization", basic(lms.Credential.ID, lms.Secret), "X-Type", "application/json", "Accept-Encoding", "gzip, deflate"}
	for _, tt := range []struct {
		name   string
		method string
		with   []string
		zipped bool
	}{
		{"accepted", "GET", nil, true},
		{"not accepted", "GET", []string{"Accept-Encoding", "deflate"}, false},
		{"refused", "GET", []string{"Accept-Encoding", "gzip;q=0, identity"}, false},
		{"an ETag stands for the bytes", "GET", []string{"X-Tag", `"abc"`}, false},
		{"multipart", "GET", []string{"X-Type", "multipart/mixed; boundary=x"}, false},
		{"short", "GET", []string{"X-Short", "yes"}, false},
		{"head", "HEAD", nil, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := c.ask(tt.method, "/xapi/statements", "", append(append([]string{}, auth...), tt.with...)...)
			if zipped := got.header.Get("Content-Encoding") == "gzip"; zipped != tt.zipped {
				t.Fatalf("zipped: %v, want %v", zipped, tt.zipped)
			}
			want := long
			switch {
			case tt.method == "HEAD":
				want = ""
			case tt.name == "short":
				want = "short"
			}
			if text := unzip(t, got); text != want {
				t.Errorf("%d bytes, want %d", len(text), len(want))
			}
			if tt.method == "GET" && !strings.Contains(strings.Join(got.header.Values("Vary"), ","), "Accept-Encoding") {
				t.Error("caches are not told that it varies")
			}
		})
	}
}

func unzip(t *testing.T, r reply) string {
	t.Helper()
	if r.header.Get("Content-Encoding") != "gzip" {
		return r.body
	}
	z, err := gzip.NewReader(bytes.NewReader([]byte(r.body)))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestPanicIsAnsweredAndLoggedOnce(t *testing.T) {
	c := open(t, func(c *company) {
		c.parts["acme"].XAPI = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/agents" { // part of the answer is sent
				w.Header().Set("Content-Type", "application/octet-stream")
				_, _ = w.Write(make([]byte, 1<<20))
			}
			panic("learner@example.com")
		})
	})
	lms := c.let("acme", access.Wish{})
	auth := basic(lms.Credential.ID, lms.Secret)
	got := c.ask("GET", "/xapi/statements", "", "Authorization", auth)
	if got.status != http.StatusInternalServerError || !strings.Contains(got.body, "request_id") || strings.Contains(got.body, "learner") {
		t.Errorf("%d %s", got.status, got.body)
	}
	if n := strings.Count(c.log.String(), `"msg":"panic"`); n != 1 || strings.Contains(c.log.String(), "learner@example.com") {
		t.Errorf("the panic is logged %d times, its value: %v", n, strings.Contains(c.log.String(), "learner@example.com"))
	}
	req, err := http.NewRequestWithContext(t.Context(), "GET", c.url+"/xapi/agents", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", auth)
	resp, err := http.DefaultClient.Do(req)
	if err == nil {
		_, err = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
	}
	if err == nil {
		t.Error("an answer that broke off looks whole")
	}
	if alive := c.ask("GET", "/healthz", ""); alive.status != http.StatusOK {
		t.Error("the server is gone")
	}
}

func TestLogNamesNobody(t *testing.T) {
	c := open(t, nil)
	lms := c.let("acme", access.Wish{Label: "LMS"})
	auth := basic(lms.Credential.ID, lms.Secret)
	c.ask("GET", "/xapi/statements?agent=%7B%22mbox%22%3A%22mailto%3Aann%40example.com%22%7D&registration=secret-registration", "", "Authorization", auth)
	c.ask("POST", "/xapi/statements", `{"actor":{"mbox":"mailto:ann@example.com"}}`, "Authorization", auth)
	c.ask("GET", "/xapi/activities/ann@example.com", "", "Authorization", auth)
	c.ask("GET", "/ann@example.com", "")
	c.ask("GET", "/xapi/statements", "", "Authorization", basic("ann@example.com", "password-of-ann"))
	c.ask("POST", "/v1/identify", `{"userId":"ann@example.com","writeKey":"wk_annskey"}`)
	raw(t, c, "BROKEN ann@example.com\r\n\r\n")
	c.ask("GET", "/healthz", "")
	log := c.log.String()
	for _, absent := range []string{"ann", "example.com", "secret-registration", "127.0.0.1", lms.Secret, "mailto"} {
		if strings.Contains(log, absent) {
			t.Errorf("%q is in the log:\n%s", absent, log)
		}
	}
	for _, present := range []string{`"route":"/xapi/statements"`, `"route":"/xapi/"`, `"route":"none"`, `"workspace":"acme"`, `"credential":"` + lms.Credential.ID, `"status":401`, `"status":200`, `"kind":"unauthorized"`, `"bytes":`} {
		if !strings.Contains(log, present) {
			t.Errorf("%s is not in the log", present)
		}
	}
}
