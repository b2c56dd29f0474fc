package snippet_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha512"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/liftmark/liftmark/internal/ingest/track/snippet"
)

func TestTheScriptIsSmall(t *testing.T) {
	var buffer bytes.Buffer
	z, err := gzip.NewWriterLevel(&buffer, gzip.DefaultCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := z.Write(snippet.Script()); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if buffer.Len() >= 5<<10 {
		t.Errorf("%d bytes compressed, 5 KiB is the most", buffer.Len())
	}
}

func TestTheScriptSetsNoCookieAndLoadsNothing(t *testing.T) {
	for _, word := range []string{"cookie =", "document.cookie", "sessionStorage", "indexedDB", "import(", "createElement", "userAgent", "screen", "plugins", "eval("} {
		if bytes.Contains(snippet.Script(), []byte(word)) {
			t.Errorf("the script says %q", word)
		}
	}
}

func TestTheScriptIsServedToAnyPage(t *testing.T) {
	server := httptest.NewServer(snippet.Handler())
	defer server.Close()
	get := func(tag string) *http.Response {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/v1/liftmark.js", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("If-None-Match", tag)
		w, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	w := get("")
	defer w.Body.Close()
	var body bytes.Buffer
	if _, err := body.ReadFrom(w.Body); err != nil {
		t.Fatal(err)
	}
	sum := sha512.Sum384(body.Bytes())
	if want := "sha384-" + base64.StdEncoding.EncodeToString(sum[:]); snippet.Integrity() != want {
		t.Errorf("integrity %s, what is served has %s", snippet.Integrity(), want)
	}
	if got := w.Header.Get("Access-Control-Allow-Origin"); got != "*" {
		t.Errorf("Access-Control-Allow-Origin %q: pages could not check the integrity", got)
	}
	if got := w.Header.Get("Content-Type"); !strings.HasPrefix(got, "text/javascript") {
		t.Errorf("Content-Type %q", got)
	}
	again := get(w.Header.Get("ETag"))
	defer again.Body.Close()
	if again.StatusCode != http.StatusNotModified {
		t.Errorf("asked again: %d", again.StatusCode)
	}
}
