package protocol

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/lrs"
	"github.com/liftmark/liftmark/xapi"
)

// statusError is a refusal with a status that no kind of fault stands for.
type statusError struct {
	status int
	text   string
}

// Error gives the message.
func (e *statusError) Error() string { return e.text }

// HTTPStatus gives the status.
func (e *statusError) HTTPStatus() int { return e.status }

// statusOf gives the status that answers an error.
func statusOf(err error) int {
	var own fault.Statused
	var tooLong *http.MaxBytesError
	var limit *xapi.LimitError
	var problem *xapi.Problem
	switch {
	case errors.As(err, &own):
		return own.HTTPStatus()
	case errors.Is(err, lrs.ErrPrecondition):
		return http.StatusPreconditionFailed
	case errors.As(err, &tooLong), errors.As(err, &limit):
		return http.StatusRequestEntityTooLarge
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return http.StatusServiceUnavailable
	}
	if fault.KindOf(err) == fault.Internal && errors.As(err, &problem) {
		return http.StatusBadRequest
	}
	return fault.HTTPStatus(err)
}

// refusal is the body of an answer to a request that was refused.
type refusal struct {
	Error    string        `json:"error"`
	Problems []problemJSON `json:"problems,omitempty"`
}

type problemJSON struct {
	Index   *int   `json:"index,omitempty"` // of the statement in the request
	Path    string `json:"path,omitempty"`
	Rule    string `json:"rule"`
	Value   string `json:"value,omitempty"`
	Section string `json:"section,omitempty"`
}

// shownProblems bounds the problems that an answer lists.
const shownProblems = 100

// refuse answers with an error.
func (c *call) refuse(err error) {
	status := statusOf(err)
	body := refusal{Error: err.Error(), Problems: problemsOf(err)}
	switch status {
	case http.StatusInternalServerError:
		body = refusal{Error: "the record store failed; its log says why"}
		if c.handler.opt.Report != nil {
			c.handler.opt.Report(c.r, err)
		}
	case http.StatusUnauthorized:
		c.w.Header().Set("WWW-Authenticate", `Basic realm="xAPI", charset="UTF-8"`)
	case http.StatusServiceUnavailable:
		c.w.Header().Set("Retry-After", "2")
	}
	if len(body.Problems) > 0 {
		body.Error = summary(body.Problems, err)
	}
	text, err := json.Marshal(body)
	if err != nil {
		text = []byte(`{"error":"the answer cannot be written"}`)
	}
	c.write(status, "application/json", text)
}

// summary gives the first problem, and how many there are.
func summary(problems []problemJSON, err error) string {
	var first *xapi.Problem
	errors.As(err, &first)
	if len(problems) == 1 {
		return first.Error()
	}
	return first.Error() + " (the first of " + strconv.Itoa(len(problems)) + " problems)"
}

// problemsOf lists what package xapi found wrong.
func problemsOf(err error) []problemJSON {
	var all xapi.Problems
	if !errors.As(err, &all) {
		var one *xapi.Problem
		if !errors.As(err, &one) {
			return nil
		}
		all = xapi.Problems{one}
	}
	list := make([]problemJSON, 0, len(all))
	for _, p := range all[:min(len(all), shownProblems)] {
		j := problemJSON{Path: p.Path, Rule: p.Rule, Value: p.Value, Section: p.Section}
		if p.Index >= 0 {
			j.Index = &p.Index
		}
		list = append(list, j)
	}
	return list
}

// write sends an answer whole, without its body for HEAD.
func (c *call) write(status int, contentType string, body []byte) {
	if c.head(status, contentType, len(body)) {
		_, _ = c.w.Write(body) // the client went away
	}
}

// head sends the head of an answer and says whether its body follows: not for
// HEAD. The form of an alternate HEAD is a POST, whose length would be promised.
func (c *call) head(status int, contentType string, length int) (body bool) {
	body = c.method != http.MethodHead
	h := c.w.Header()
	h.Set("Content-Type", contentType)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store") // personal data, and never stale
	if body || c.r.Method == http.MethodHead {
		h.Set("Content-Length", strconv.Itoa(length))
	}
	c.w.WriteHeader(status)
	return body
}

// noContent answers that all is well.
func (c *call) noContent() { c.w.WriteHeader(http.StatusNoContent) }
