package snippet_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha512"
	"encoding/base64"
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

func TestIntegrityIsThatOfTheScript(t *testing.T) {
	sum := sha512.Sum384(snippet.Script())
	if want := "sha384-" + base64.StdEncoding.EncodeToString(sum[:]); snippet.Integrity() != want {
		t.Errorf("integrity %s, the script has %s", snippet.Integrity(), want)
	}
}
