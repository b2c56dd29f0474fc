package server_test

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/liftmark/liftmark/internal/access"
	"github.com/liftmark/liftmark/internal/server"
)

func packed(t *testing.T, make func(io.Writer) io.WriteCloser, text string) string {
	t.Helper()
	var out bytes.Buffer
	w := make(&out)
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func gzipped(w io.Writer) io.WriteCloser  { return gzip.NewWriter(w) }
func zlibbed(w io.Writer) io.WriteCloser  { return zlib.NewWriter(w) }
func deflated(w io.Writer) io.WriteCloser { f, _ := flate.NewWriter(w, 6); return f }

func TestCompressedBodiesAreUnpacked(t *testing.T) {
	c := open(t, nil)
	key := c.let("acme", access.Wish{Kind: access.WriteKeyKind})
	text := `{"event":"Opened","properties":{"title":"Grüße"}}`
	for name, tt := range map[string]struct{ encoding, body string }{
		"gzip":     {"gzip", packed(t, gzipped, text)},
		"zlib":     {"deflate", packed(t, zlibbed, text)},
		"bare":     {"Deflate", packed(t, deflated, text)},
		"identity": {"identity", text},
	} {
		got := c.ask("POST", "/v1/track", tt.body, "Authorization", basic(key.Secret, ""), "Content-Encoding", tt.encoding)
		var asked told
		got.as(t, &asked)
		if asked.Body != text || name != "identity" && asked.Encoding != "" {
			t.Errorf("%s: the handler read %q, encoding %q", name, asked.Body, asked.Encoding)
		}
	}
}

func TestBodiesBeyondTheirBoundsAreRefused(t *testing.T) {
	c := open(t, func(c *company) { c.opt.Limits = server.Limits{TrackBody: 1 << 20, APIBody: 1 << 20} })
	key := c.let("acme", access.Wish{Kind: access.WriteKeyKind})
	bomb := packed(t, gzipped, strings.Repeat("a", 50<<20))
	if len(bomb) > 1<<17 {
		t.Fatalf("the bomb has %d bytes", len(bomb))
	}
	good := packed(t, gzipped, strings.Repeat("x", 1000))
	for _, tt := range []struct {
		name, encoding, body string
		status               int
	}{
		{"gzip bomb", "gzip", bomb, http.StatusRequestEntityTooLarge},
		{"too long", "", strings.Repeat("a", 1<<20+1), http.StatusRequestEntityTooLarge},
		{"no gzip", "gzip", "plain text", http.StatusBadRequest},
		{"gzip cut off", "gzip", good[:len(good)-6], http.StatusBadRequest},
		{"unknown encoding", "br", "x", http.StatusUnsupportedMediaType},
		{"empty gzip", "gzip", "", http.StatusBadRequest},
	} {
		t.Run(tt.name, func(t *testing.T) {
			// The key is in the body's place: the server itself reads it there.
			got := c.ask("POST", "/v1/batch", tt.body, "Content-Encoding", tt.encoding)
			if tt.name == "empty gzip" {
				tt.status = http.StatusUnauthorized // no body at all
			}
			if got.status != tt.status || !strings.Contains(got.header.Get("Content-Type"), "problem+json") {
				t.Errorf("%d %s, want %d", got.status, got.body, tt.status)
			}
		})
	}
	if got := c.ask("POST", "/v1/batch", strings.Repeat("a", 1<<20), "Authorization", basic(key.Secret, "")); got.status != http.StatusOK {
		t.Errorf("a body of the greatest size gets %d", got.status)
	}
	chunked, err := http.NewRequestWithContext(t.Context(), "POST", c.url+"/v1/batch", struct{ io.Reader }{strings.NewReader(strings.Repeat("a", 2<<20))})
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(chunked)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("a long body of unknown length gets %d", resp.StatusCode)
	}
}

// raw opens a connection, writes a text and leaves the rest to the test.
func raw(t *testing.T, c *company, text string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(c.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	return conn
}

func TestSlowClientsAreCutOff(t *testing.T) {
	c := open(t, func(c *company) {
		c.opt.Limits = server.Limits{Header: 150 * time.Millisecond, BodyStart: 150 * time.Millisecond, BytesPerSecond: 1 << 20}
	})
	key := c.let("acme", access.Wish{Kind: access.WriteKeyKind})
	head := "POST /v1/batch HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n"
	for name, tt := range map[string]struct {
		text   string
		status int // 0: closed without an answer
	}{
		"a head that never ends":   {"POST /v1/batch HTTP/1.1\r\nHost: x\r\nX-Slow: ", 0},
		"a body that never begins": {head + "\r\n", http.StatusRequestTimeout},
		"a body that never ends":   {head + "\r\n{\"batch\":[", http.StatusRequestTimeout},
		"one with a credential":    {head + "Authorization: " + basic(key.Secret, "") + "\r\n\r\n{", http.StatusBadRequest}, // the test's own handler answers
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn := raw(t, c, tt.text)
			if err := conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
				t.Fatal(err)
			}
			resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
			switch {
			case tt.status == 0 && err == nil:
				_ = resp.Body.Close()
				if resp.StatusCode != http.StatusRequestTimeout && resp.StatusCode != http.StatusBadRequest {
					t.Errorf("status %d", resp.StatusCode)
				}
			case tt.status == 0:
				if isTimeout(err) {
					t.Errorf("still open: %v", err)
				}
			case err != nil:
				t.Error(err)
			default:
				defer func() { _ = resp.Body.Close() }()
				if resp.StatusCode != tt.status {
					t.Errorf("status %d, want %d", resp.StatusCode, tt.status)
				}
			}
		})
	}
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

// A client that asks for a lot and reads nothing does not hold its handler.
func TestClientThatDoesNotReadIsCutOff(t *testing.T) {
	ended := make(chan struct{})
	c := open(t, func(c *company) {
		c.opt.Limits = server.Limits{Write: 100 * time.Millisecond}
		c.parts["acme"].XAPI = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			var err error
			for block := make([]byte, 1<<20); err == nil; {
				_, err = w.Write(block)
			}
			close(ended)
		})
	})
	lms := c.let("acme", access.Wish{})
	raw(t, c, "GET /xapi/statements HTTP/1.1\r\nHost: x\r\nAuthorization: "+basic(lms.Credential.ID, lms.Secret)+"\r\n\r\n")
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		t.Error("the handler still writes")
	}
}

// A handler may take longer than the body may: the deadline of reading must not
// end it.
func TestHandlerMayTakeLongerThanTheBody(t *testing.T) {
	c := open(t, func(c *company) {
		c.opt.Limits = server.Limits{BodyStart: 100 * time.Millisecond, Write: 100 * time.Millisecond}
		c.parts["acme"].XAPI = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if _, err := io.Copy(io.Discard, r.Body); err != nil {
				t.Error(err)
			}
			select {
			case <-r.Context().Done():
				w.WriteHeader(http.StatusTeapot)
			case <-time.After(400 * time.Millisecond):
				fmt.Fprint(w, "done")
			}
		})
	})
	lms := c.let("acme", access.Wish{})
	got := c.ask("POST", "/xapi/statements", "[]", "Authorization", basic(lms.Credential.ID, lms.Secret))
	if got.status != http.StatusOK || got.body != "done" {
		t.Errorf("%d %q", got.status, got.body)
	}
}

func TestBodiesShareABoundedMemory(t *testing.T) {
	c := open(t, func(c *company) {
		c.opt.Limits = server.Limits{BodyMemory: 2 << 20, Queue: 20 * time.Millisecond, BodyStart: 5 * time.Second}
	})
	text := "POST /v1/batch HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000\r\n\r\n" + strings.Repeat("a", 2<<20-10)
	raw(t, c, text) // holds all of it, and waits
	deadline := time.Now().Add(5 * time.Second)
	for {
		got := c.ask("POST", "/v1/batch", `{"writeKey":"wk_x"}`)
		if got.status == http.StatusServiceUnavailable && got.header.Get("Retry-After") != "" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("with the memory full: %d %s", got.status, got.body)
		}
	}
}

// TestLongAnswersShareABoundedMemory has a reader that takes nothing of a long
// answer: a second one waits and is told to try again, short ones come as ever,
// and when the first is gone there is room.
func TestLongAnswersShareABoundedMemory(t *testing.T) {
	const long = 24 << 20 // more than sockets hold
	c := open(t, func(c *company) {
		c.opt.Limits = server.Limits{AnswerMemory: long + long/2, Queue: 20 * time.Millisecond}
		c.parts["acme"].XAPI = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			size := 100
			if r.URL.Path == "/statements" {
				size = long
			}
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Content-Length", strconv.Itoa(size))
			_, _ = w.Write(bytes.Repeat([]byte{' '}, size))
		})
	})
	key := c.let("acme", access.Wish{Kind: access.APIKeyKind, Scopes: []access.Scope{access.All}}).Secret
	lazy := raw(t, c, "GET /xapi/statements HTTP/1.1\r\nHost: x\r\nX-Experience-API-Version: 1.0.3\r\nAuthorization: Bearer "+key+"\r\n\r\n")
	if _, err := io.ReadFull(lazy, make([]byte, 100)); err != nil { // it is under way
		t.Fatal(err)
	}
	ask := func(path string) reply {
		return c.ask("GET", path, "", append(bearer(key), "X-Experience-API-Version", "1.0.3")...)
	}
	if got := ask("/xapi/statements"); got.status != http.StatusServiceUnavailable || got.header.Get("Retry-After") == "" || !strings.Contains(got.body, "try again") {
		t.Errorf("with the memory full: %d %v %.200s", got.status, got.header, got.body)
	}
	if got := ask("/xapi/activities"); got.status != http.StatusOK || len(got.body) != 100 {
		t.Errorf("a short answer: %d %.200s", got.status, got.body)
	}
	_ = lazy.Close()
	deadline := time.Now().Add(5 * time.Second)
	for got := ask("/xapi/statements"); got.status != http.StatusOK || len(got.body) != long; got = ask("/xapi/statements") {
		if time.Now().After(deadline) {
			t.Fatalf("after the reader went: %d %.200s", got.status, got.body)
		}
	}
}
