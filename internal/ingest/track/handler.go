package track

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/liftmark/liftmark/internal/access"
	"github.com/liftmark/liftmark/internal/fault"
)

// paths are the calls by the last part of the path. Clients for web pages use
// the one-letter forms. "" stands for a batch, whose events say what they are.
var paths = map[string]Call{
	"track": Track, "identify": Identify, "group": Group, "page": Page, "screen": Screen, "alias": Alias, "batch": "", "import": "",
	"t": Track, "i": Identify, "g": Group, "p": Page, "s": Screen, "a": Alias, "b": "",
}

// maxProblems bounds how many problems an answer lists.
const maxProblems = 100

// retryAfter is how many seconds a sender is asked to wait.
const retryAfter = "1"

type handler struct{ opt HandlerOptions }

// NewHandler serves the calls of several workspaces under /v1/: track, identify,
// group, page, screen, alias, batch, import, and their one-letter forms. The
// caller is the one that the request's context carries, else the owner of the
// key in its body. A body may be compressed with gzip and of any content type,
// for beacons cannot choose theirs.
func NewHandler(opt HandlerOptions) http.Handler {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	opt.Limits.fill()
	return &handler{opt}
}

// answer is the body of a response. Without problems it is {"success":true}, as
// clients know it.
type answer struct {
	Success  bool      `json:"success"`
	Code     string    `json:"code,omitempty,omitzero"`
	Message  string    `json:"message,omitempty,omitzero"`
	Problems []Problem `json:"problems,omitempty,omitzero"`
	More     int       `json:"moreProblems,omitempty,omitzero"` // that are not listed
	Accepted *int      `json:"accepted,omitempty,omitzero"`     // events, in strict mode or when some were refused
	Refused  *int      `json:"refused,omitempty,omitzero"`
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	call, ok := paths[path.Base(r.URL.Path)]
	if !ok {
		h.fail(w, fault.New(fault.NotFound, "there is no such call; POST to /v1/batch, track, identify, group, page, screen or alias"))
		return
	}
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		send(w, http.StatusMethodNotAllowed, answer{Code: "invalid", Message: "send events with POST"})
		return
	}
	status, a, err := h.serve(w, r, call)
	if err != nil {
		h.fail(w, err)
		return
	}
	send(w, status, a)
}

// serve takes the events of a request.
func (h *handler) serve(w http.ResponseWriter, r *http.Request, call Call) (int, answer, error) {
	received := h.opt.Now()
	body, err := h.read(w, r)
	if err != nil {
		return 0, answer{}, err
	}
	env, err := openEnvelope(body, call == "")
	if err != nil {
		return 0, answer{}, err
	}
	if call != "" && len(body) > h.opt.Limits.EventBytes {
		return 0, answer{}, fault.New(fault.TooLarge, "the event has %d bytes, more than %d; send fewer or shorter properties", len(body), h.opt.Limits.EventBytes)
	}
	caller, err := h.caller(r.Context(), env)
	if err != nil {
		return 0, answer{}, err
	}
	service, err := h.opt.Service(caller)
	if err != nil {
		return 0, answer{}, err
	}
	req := service.judge(env, call, received, caller.Country)
	if err := service.submit(r.Context(), req.items, int64(len(body))); err != nil {
		return 0, answer{}, err
	}
	status, a := req.answer()
	return status, a, nil
}

// answer says what became of the events. Refused ones are said, and do not make
// the request fail, for clients would send all of it again; only in strict mode,
// and when nothing of a request could be taken, it does.
func (r *request) answer() (int, answer) {
	a := answer{Success: true}
	refused := len(r.env.events) - len(r.items)
	strict := r.plan.Load().Strict
	if strict || refused > 0 {
		accepted := len(r.items)
		a.Accepted, a.Refused = &accepted, &refused
	}
	a.More = max(len(r.problems)-maxProblems, 0)
	a.Problems = r.problems[:len(r.problems)-a.More]
	if strict && refused > 0 {
		a.Success = false
		a.Code, a.Message = "invalid", fmt.Sprintf("%d of %d events were refused; strict mode is on", refused, len(r.env.events))
		if len(r.items) == 0 {
			return http.StatusBadRequest, a
		}
	}
	return http.StatusOK, a
}

// caller says who sends, and whether that may send events.
func (h *handler) caller(ctx context.Context, env *envelope) (*access.Caller, error) {
	caller := access.From(ctx)
	if caller == nil {
		if env.writeKey == "" || h.opt.Authenticate == nil {
			return nil, fault.New(fault.Unauthorized, "no write key; send it as the user name of Basic authentication, as a bearer token, or as writeKey in the body")
		}
		var err error
		if caller, err = h.opt.Authenticate(ctx, env.writeKey); err != nil {
			return nil, err
		}
	}
	if caller == nil {
		return nil, fault.New(fault.Unauthorized, "the write key is not known")
	}
	if !caller.May(access.Track) {
		return nil, fault.New(fault.Forbidden, "this credential may not send events; it lacks the scope %s", access.Track)
	}
	return caller, nil
}

// read gives a request's body, decompressed.
func (h *handler) read(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	limit := h.opt.Limits.RequestBytes
	var body io.Reader = http.MaxBytesReader(w, r.Body, limit)
	switch encoding := strings.ToLower(strings.TrimSpace(r.Header.Get("Content-Encoding"))); encoding {
	case "", "identity":
	case "gzip":
		z, err := gzip.NewReader(body)
		if err != nil {
			return nil, readError(err, limit)
		}
		body = z
	default:
		return nil, &statusError{http.StatusUnsupportedMediaType, fault.New(fault.Invalid, "Content-Encoding %q is not supported; send gzip or none", shorten(encoding, 32))}
	}
	var buffer bytes.Buffer
	if r.ContentLength > 0 && r.ContentLength <= limit {
		buffer.Grow(int(r.ContentLength) + bytes.MinRead)
	}
	if _, err := buffer.ReadFrom(io.LimitReader(body, limit+1)); err != nil {
		return nil, readError(err, limit)
	}
	if int64(buffer.Len()) > limit {
		return nil, tooLarge(limit)
	}
	return buffer.Bytes(), nil
}

func tooLarge(limit int64) error {
	return fault.New(fault.TooLarge, "the request has more than %d bytes; send smaller batches", limit)
}

func readError(err error, limit int64) error {
	var over *http.MaxBytesError
	if errors.As(err, &over) {
		return tooLarge(limit)
	}
	return fault.New(fault.Invalid, "the body cannot be read; check its length and compression: %w", err)
}

// statusError is an error with a status of its own.
type statusError struct {
	status int
	error
}

func (e *statusError) Unwrap() error { return e.error }

// HTTPStatus gives the status.
func (e *statusError) HTTPStatus() int { return e.status }

// fail answers an error.
func (h *handler) fail(w http.ResponseWriter, err error) {
	kind := fault.KindOf(err)
	status := fault.HTTPStatus(err)
	a := answer{Code: string(kind), Message: err.Error()}
	var malformed *MalformedError
	switch {
	case errors.As(err, &malformed):
		a.Problems = []Problem{malformed.Problem}
		a.Problems[0].Refused = true
	case errors.Is(err, errFull):
		status = http.StatusTooManyRequests
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		status, a.Code, a.Message = http.StatusServiceUnavailable, string(fault.Unavailable), "the request ended before its events were on disk; send it again"
	case kind == fault.Internal:
		h.opt.Log.Error("events were not taken", "error", err)
		a.Message = "something is wrong on this side; the log says what"
	}
	if status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", retryAfter)
	}
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Basic realm="liftmark", charset="UTF-8"`)
	}
	send(w, status, a)
}

func send(w http.ResponseWriter, status int, a answer) {
	data, err := json.Marshal(a)
	if err != nil {
		panic(err) // a struct of texts and numbers
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(data)
}
