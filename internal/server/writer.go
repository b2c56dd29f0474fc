package server

import (
	"net/http"
	"time"
)

// piece is how much is written before a client has to have taken it.
const piece = 64 << 10

// writer counts what is answered and cuts off clients that do not take it.
type writer struct {
	http.ResponseWriter
	control *http.ResponseController
	patient time.Duration
	now     func() time.Time

	status int // 0: nothing is sent yet
	bytes  int64
}

func newWriter(w http.ResponseWriter, patient time.Duration, now func() time.Time) *writer {
	return &writer{ResponseWriter: w, control: http.NewResponseController(w), patient: patient, now: now}
}

// Unwrap lets http.ResponseController reach the connection.
func (w *writer) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// WriteHeader notes the status.
func (w *writer) WriteHeader(status int) {
	if status < http.StatusOK { // informational: the answer is still to come
		w.ResponseWriter.WriteHeader(status)
		return
	}
	if w.status == 0 {
		w.status = status
	}
	w.extend()
	w.ResponseWriter.WriteHeader(status)
}

// Write sends in pieces, each with its own deadline.
func (w *writer) Write(p []byte) (n int, err error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	for first := true; err == nil && (first || len(p) > 0); first = false {
		part := p[:min(len(p), piece)]
		w.extend()
		var m int
		m, err = w.ResponseWriter.Write(part)
		n += m
		w.bytes += int64(m)
		p = p[len(part):]
	}
	return n, err
}

// extend gives the client time for the next piece. Writers that have no
// connection, as in tests, have no deadlines.
func (w *writer) extend() { _ = w.control.SetWriteDeadline(w.now().Add(w.patient)) }

// end gives the client time for what the connection still holds back.
func (w *writer) end() { w.extend() }

// code is the status that was sent; a handler that wrote nothing sent 200.
func (w *writer) code() int {
	if w.status == 0 {
		return http.StatusOK
	}
	return w.status
}
