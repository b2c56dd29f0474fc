// Package snippet holds the script that web pages load to send events. It has
// no part in what becomes of them.
package snippet

import (
	"bytes"
	"crypto/sha512"
	_ "embed"
	"encoding/base64"
	"net/http"
	"time"
)

// Name is the file name under which the script is served.
const Name = "liftmark.js"

//go:embed liftmark.js
var script []byte

// Script gives the script as it is served.
func Script() []byte { return bytes.Clone(script) }

// Integrity gives the value of the integrity attribute that pins the script.
func Integrity() string {
	sum := sha512.Sum384(script)
	return "sha384-" + base64.StdEncoding.EncodeToString(sum[:])
}

// Handler serves the script to pages of any origin. Browsers ask again after an
// hour and get it anew only when it changed.
func Handler() http.Handler {
	tag := `"` + Integrity() + `"`
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Type", "text/javascript; charset=utf-8")
		h.Set("Cache-Control", "public, max-age=3600")
		h.Set("ETag", tag)
		h.Set("Access-Control-Allow-Origin", "*")
		h.Set("Cross-Origin-Resource-Policy", "cross-origin")
		h.Set("X-Content-Type-Options", "nosniff")
		http.ServeContent(w, r, Name, time.Time{}, bytes.NewReader(script))
	})
}
