package server

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"net/http"
	"time"

	"github.com/liftmark/liftmark/internal/ingest/track/snippet"
)

//go:embed status.html
var statusText string

// statusPage says to people that the server runs, and what is where. It holds
// nothing of a workspace: anybody may look.
func (s *Server) statusPage(w http.ResponseWriter, r *http.Request) {
	var page bytes.Buffer
	err := s.page.Execute(&page, struct {
		Version, Uptime, URL, Integrity string
	}{s.opt.Version, uptime(s.opt.Now().Sub(s.began)), s.publicURL(r), snippet.Integrity()})
	if err != nil {
		s.fail(w, r, fmt.Errorf("write the status page: %w", err))
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Frame-Options", "DENY")
	_, _ = w.Write(page.Bytes()) // the client may be gone
}

func newStatusPage() *template.Template {
	return template.Must(template.New("status").Parse(statusText))
}

// uptime writes a time as people say it, in its largest unit.
func uptime(d time.Duration) string {
	for _, unit := range []struct {
		name string
		of   time.Duration
	}{{"day", 24 * time.Hour}, {"hour", time.Hour}, {"minute", time.Minute}} {
		if n := int(d / unit.of); n > 0 {
			return counted(n, unit.name)
		}
	}
	return counted(int(d/time.Second), "second")
}

func counted(n int, unit string) string {
	if n == 1 {
		return "1 " + unit
	}
	return fmt.Sprintf("%d %ss", n, unit)
}
