package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/liftmark/liftmark/internal/access"
	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/ingest/file"
)

// Problem is an error as RFC 9457 writes it, with the kind of the failure.
type Problem struct {
	Type      string     `json:"type" format:"uri-reference" doc:"about:blank: the title says what the status says"`
	Title     string     `json:"title" doc:"The status in words"`
	Status    int        `json:"status" minimum:"400" maximum:"599"`
	Detail    string     `json:"detail,omitempty" doc:"What is wrong, where, and the remedy"`
	Kind      fault.Kind `json:"kind" enum:"invalid,not_found,conflict,unauthorized,forbidden,too_large,insufficient_data,unavailable,internal" doc:"What the caller can do about it"`
	RequestID string     `json:"request_id,omitempty" doc:"Names the request in the server's log"`
	Errors    []Mistake  `json:"errors,omitempty" doc:"Each mistake of the request"`

	Report *file.Report `json:"report,omitempty" doc:"Of an import that stopped: its questions"`
}

// Mistake is one thing that is wrong with a request.
type Mistake struct {
	Location string `json:"location,omitempty" doc:"Where, such as body.scopes[0]"`
	Message  string `json:"message"`
}

// Error gives the detail.
func (p *Problem) Error() string { return p.Detail }

// GetStatus gives the status; huma asks for it.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType gives the media type of problems; huma asks for it.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// kinds maps statuses of the framework's own errors back to kinds.
var kinds = map[int]fault.Kind{
	http.StatusNotFound: fault.NotFound, http.StatusConflict: fault.Conflict, http.StatusUnauthorized: fault.Unauthorized,
	http.StatusForbidden: fault.Forbidden, http.StatusRequestEntityTooLarge: fault.TooLarge, http.StatusServiceUnavailable: fault.Unavailable,
}

// refusal is an error with a status that its kind does not decide.
type refusal struct {
	error
	status int
	after  time.Duration // Retry-After; 0: none
}

func (r *refusal) Unwrap() error { return r.error }

// HTTPStatus tells the status to who answers in the server's place.
func (r *refusal) HTTPStatus() int { return r.status }

// refuse makes an error with a status of its own.
func refuse(status int, kind fault.Kind, text string) *refusal {
	return &refusal{error: fault.New(kind, "%s", text), status: status}
}

// problemOf is an error for clients. What failed inside is not told to them.
func problemOf(err error, requestID string) *Problem {
	p := &Problem{Type: "about:blank", Kind: fault.KindOf(err), Detail: err.Error(), RequestID: requestID}
	p.Status = fault.HTTPStatus(err)
	var r *refusal
	var limited *access.Limited
	switch {
	case errors.As(err, &r): // it has its status
	case p.Kind == fault.Invalid:
		p.Status = http.StatusUnprocessableEntity // as the framework answers what breaks a schema
	case errors.As(err, &limited):
		p.Status, p.Kind = http.StatusTooManyRequests, fault.Unavailable
	case p.Kind == fault.Internal:
		p.Detail = "something failed inside Liftmark; its log says what, under this request_id"
	}
	p.Title = http.StatusText(p.Status)
	var stopped *withReport
	if errors.As(err, &stopped) {
		p.Report = &stopped.report
	}
	return p
}

// retryAfter says in seconds when to try again, "" for errors that stay.
func retryAfter(err error) string {
	var r *refusal
	var limited *access.Limited
	var closed *access.Closed
	var noKeys *access.NoKeys
	switch {
	case errors.As(err, &limited):
		return seconds(limited.After)
	case errors.As(err, &closed):
		return seconds(closed.After())
	case errors.As(err, &noKeys):
		return seconds(noKeys.After)
	case errors.As(err, &r) && r.after > 0:
		return seconds(r.after)
	case fault.KindOf(err) == fault.Unavailable:
		return "1"
	}
	return ""
}

func seconds(d time.Duration) string { return strconv.Itoa(max(1, int(math.Ceil(d.Seconds())))) }

// fail answers with an error, and notes it for the log.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	x := exchangeOf(r.Context())
	x.note(err)
	p := problemOf(err, x.id)
	var body bytes.Buffer
	enc := json.NewEncoder(&body)
	enc.SetEscapeHTML(false)
	if encErr := enc.Encode(p); encErr != nil {
		panic(encErr) // a struct of texts and numbers
	}
	h := w.Header()
	if after := retryAfter(err); after != "" {
		h.Set("Retry-After", after)
	}
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", challenge(r))
	}
	h.Set("Content-Type", p.ContentType(""))
	h.Set("Content-Length", strconv.Itoa(body.Len()))
	w.WriteHeader(p.Status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body.Bytes()) // the client may be gone
	}
}

// challenge says how to come in, in the way that the client tried (RFC 6750
// section 3, RFC 7617 section 2).
func challenge(r *http.Request) string {
	if scheme, _, _ := strings.Cut(r.Header.Get("Authorization"), " "); strings.EqualFold(scheme, "bearer") {
		return `Bearer realm="Liftmark", error="invalid_token"`
	}
	return `Basic realm="Liftmark", charset="UTF-8"`
}

// asProblem turns the framework's own errors, such as a body that does not fit
// its schema, into problems.
func asProblem(ctx huma.Context, _ string, v any) (any, error) {
	m, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	p := &Problem{Type: "about:blank", Title: m.Title, Status: m.Status, Detail: m.Detail, Kind: kinds[m.Status], RequestID: exchangeOf(ctx.Context()).id}
	if p.Kind == "" {
		p.Kind = fault.Invalid
	}
	if m.Status >= http.StatusInternalServerError {
		p.Kind = fault.Internal
	}
	for _, e := range m.Errors {
		p.Errors = append(p.Errors, Mistake{Location: e.Location, Message: e.Message})
	}
	return p, nil
}
