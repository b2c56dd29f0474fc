package server

import (
	"net/http"
	"strconv"

	"github.com/liftmark/liftmark/internal/fault"
)

// answers bounds the memory of answers whose readers are slow: a long one takes
// memory of the gate until it is sent. Where there is none left
// the client is told to try again.
func (s *Server) answers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && !r.URL.Query().Has("method") { // only those give back what is stored
			next.ServeHTTP(w, r)
			return
		}
		a := &longResponse{ResponseWriter: w, server: s, request: r}
		defer a.release()
		next.ServeHTTP(a, r)
	})
}

// longAnswer is the length from which an answer is counted, in bytes.
const longAnswer = 64 << 10

// longResponse is a response that is sent only when there is memory for it.
type longResponse struct {
	http.ResponseWriter
	server  *Server
	request *http.Request
	begun   bool
	held    int64
	refused bool
}

// Unwrap lets response controllers through.
func (a *longResponse) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// WriteHeader implements http.ResponseWriter.
func (a *longResponse) WriteHeader(status int) {
	length, _ := strconv.ParseInt(a.Header().Get("Content-Length"), 10, 64)
	if a.begun || status < http.StatusOK || length < longAnswer {
		a.begun = a.begun || status >= http.StatusOK
		a.ResponseWriter.WriteHeader(status)
		return
	}
	a.begun = true
	length = min(length, a.server.limits.AnswerMemory)
	if a.server.gate.answers.TryAcquire(length) { // who waits would hold as much meanwhile
		a.held = length
		a.ResponseWriter.WriteHeader(status)
		return
	}
	a.refused = true
	for _, name := range []string{"Content-Length", "Content-Type", "ETag", "Last-Modified"} {
		a.Header().Del(name)
	}
	a.server.metrics.refused.WithLabelValues("memory").Inc()
	a.server.fail(a.ResponseWriter, a.request, fault.New(fault.Unavailable, "too many long answers wait for their readers; try again"))
}

// Write implements http.ResponseWriter.
func (a *longResponse) Write(p []byte) (int, error) {
	if !a.begun {
		a.WriteHeader(http.StatusOK)
	}
	if a.refused {
		return 0, http.ErrAbortHandler
	}
	return a.ResponseWriter.Write(p)
}

func (a *longResponse) release() {
	if a.held > 0 {
		a.server.gate.answers.Release(a.held)
	}
}
