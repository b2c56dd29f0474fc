package snippet

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"strings"
	"time"
)

// Handler serves the script, compressed for clients that accept it. Browsers
// keep it for an hour and then ask whether it is still the same.
func Handler() http.Handler {
	packed := packed()
	tag := strings.TrimPrefix(Integrity(), "sha384-")[:24]
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Type", "text/javascript; charset=utf-8")
		h.Set("Cache-Control", "public, max-age=3600")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cross-Origin-Resource-Policy", "cross-origin")
		if !strings.Contains(h.Get("Vary"), "Accept-Encoding") {
			h.Add("Vary", "Accept-Encoding")
		}
		body, etag := script, `"`+tag+`"`
		if acceptsGzip(r) {
			h.Set("Content-Encoding", "gzip")
			body, etag = packed, `"`+tag+`-gzip"`
		}
		h.Set("ETag", etag)
		http.ServeContent(w, r, Name, time.Time{}, bytes.NewReader(body))
	})
}

func acceptsGzip(r *http.Request) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, params, _ := strings.Cut(strings.ReplaceAll(part, " ", ""), ";")
		if strings.EqualFold(name, "gzip") && params != "q=0" && params != "q=0.0" {
			return r.Header.Get("Range") == ""
		}
	}
	return false
}

// packed is the script, compressed.
func packed() []byte {
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err == nil {
		_, err = z.Write(script)
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		panic(err) // into memory, at a level that there is
	}
	return out.Bytes()
}
