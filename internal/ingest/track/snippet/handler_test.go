package snippet_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/liftmark/liftmark/internal/ingest/track/snippet"
)

func get(t *testing.T, with ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, "/liftmark.js", nil)
	for i := 0; i < len(with); i += 2 {
		r.Header.Set(with[i], with[i+1])
	}
	w := httptest.NewRecorder()
	snippet.Handler().ServeHTTP(w, r)
	return w
}

func TestScriptIsServedWholeAndCompressed(t *testing.T) {
	plain, packed := get(t), get(t, "Accept-Encoding", "br, gzip;q=0.8")
	if plain.Code != 200 || !bytes.Equal(plain.Body.Bytes(), snippet.Script()) || plain.Header().Get("Content-Encoding") != "" {
		t.Errorf("plain: %d %v", plain.Code, plain.Header())
	}
	if n := packed.Body.Len(); n >= 5<<10 {
		t.Errorf("it has %d bytes compressed", n)
	}
	z, err := gzip.NewReader(packed.Body)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(z)
	if err != nil || !bytes.Equal(body, snippet.Script()) || packed.Header().Get("Content-Encoding") != "gzip" {
		t.Errorf("compressed: %v %v", err, packed.Header())
	}
	if refused := get(t, "Accept-Encoding", "gzip;q=0"); refused.Header().Get("Content-Encoding") != "" {
		t.Error("compressed for a client that refuses it")
	}
}

func TestBrowserThatHasTheScriptIsToldSo(t *testing.T) {
	for _, encoding := range []string{"identity", "gzip"} {
		tag := get(t, "Accept-Encoding", encoding).Header().Get("ETag")
		again := get(t, "Accept-Encoding", encoding, "If-None-Match", tag)
		if tag == "" || again.Code != http.StatusNotModified || again.Body.Len() > 0 {
			t.Errorf("%s: %s, then %d with %d bytes", encoding, tag, again.Code, again.Body.Len())
		}
		if other := get(t, "Accept-Encoding", encoding, "If-None-Match", `"other"`); other.Code != http.StatusOK {
			t.Errorf("%s with another tag: %d", encoding, other.Code)
		}
	}
	if get(t).Header().Get("ETag") == get(t, "Accept-Encoding", "gzip").Header().Get("ETag") {
		t.Error("one tag stands for different bytes")
	}
}
