package scorm

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"

	"github.com/liftmark/liftmark/internal/access"
	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/lrs"
	"github.com/liftmark/liftmark/xapi"
)

// answer is the body of a response, as scorm-again reads it.
type answer struct {
	Result    bool   `json:"result"`
	ErrorCode int    `json:"errorCode"`
	Kind      string `json:"kind,omitempty"`
	Message   string `json:"message,omitempty"`
}

// generalException is SCORM's code of an error that is none of the content's.
const generalException = 101

// retryAfter is how many seconds a sender is asked to wait.
const retryAfter = "1"

func (i *Ingest) serve(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		respond(w, http.StatusMethodNotAllowed, answer{ErrorCode: generalException, Kind: string(fault.Invalid), Message: "send commits with POST"})
		return
	}
	if err := i.take(w, r); err != nil {
		kind := fault.KindOf(err)
		message := err.Error()
		if kind == fault.Internal {
			message = "the commit could not be taken; try again later"
		}
		if kind == fault.Unavailable {
			w.Header().Set("Retry-After", retryAfter)
		}
		respond(w, fault.HTTPStatus(err), answer{ErrorCode: generalException, Kind: string(kind), Message: message})
		return
	}
	respond(w, http.StatusOK, answer{Result: true})
}

// take stores what a commit says.
func (i *Ingest) take(w http.ResponseWriter, r *http.Request) error {
	caller, err := callerOf(r.Context())
	if err != nil {
		return err
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, i.opt.Body))
	if over := new(http.MaxBytesError); errors.As(err, &over) {
		return fault.New(fault.TooLarge, "the commit has more than %d bytes; keep suspend_data and interactions shorter", i.opt.Body)
	}
	if err != nil {
		return fault.New(fault.Invalid, "the commit cannot be read to its end: %w", err)
	}
	statements, err := i.statements(r, body)
	if err != nil {
		return err
	}
	_, err = i.store.Store(r.Context(), lrs.WriterFor(caller, xapi.V1), statements, nil)
	return err
}

// callerOf gives the caller, who must be allowed to say what learners did.
func callerOf(ctx context.Context) (*access.Caller, error) {
	caller := access.From(ctx)
	switch {
	case caller == nil:
		return nil, fault.New(fault.Unauthorized, "no credential; send a write key as the query parameter key")
	case !caller.May(access.StatementsWrite):
		return nil, fault.New(fault.Forbidden, "this credential may not send commits, which become statements; it lacks the scope %s", access.StatementsWrite)
	}
	return caller, nil
}

// statements gives what a request says as statements.
func (i *Ingest) statements(r *http.Request, body []byte) ([]*xapi.Statement, error) {
	model, err := readModel(body)
	if err != nil {
		return nil, err
	}
	commit, err := model.commit(i.opt.Interactions)
	if err != nil {
		return nil, err
	}
	about, err := readTarget(r.URL.Query(), commit)
	if err != nil {
		return nil, err
	}
	return about.statements(commit, i.opt.Now())
}

func respond(w http.ResponseWriter, status int, a answer) {
	body, _ := json.Marshal(a) // texts, a number and a truth value
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(body) // who is gone needs no answer
}
