package forward

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/liftmark/liftmark/xapi"
)

// What is read of an answer: the ids of a batch or a message, and a statement
// to compare.
const (
	maxAnswer    = 64 << 10
	maxStatement = 16 << 20
	maxReason    = 500
	maxWait      = time.Hour // that Retry-After may ask for
)

// item is a statement ready to be sent.
type item struct {
	seq     int64
	id      string
	version string // of the request
	body    []byte
	parts   []xapi.Part
}

func (it *item) size() int {
	n := len(it.body)
	for _, p := range it.parts {
		n += len(p.Data)
	}
	return n
}

// refusal is the other store's last word on a request.
type refusal struct {
	status int
	reason string
}

func (r *refusal) Error() string { return r.reason }

// setback is a failure that another try may mend. Its reason quotes the answer.
type setback struct {
	reason string
	after  time.Duration // the other store asks to wait that long; 0: it does not say
}

func (s *setback) Error() string { return s.reason }

// target is another store.
type target struct {
	Forwarding
	password string
	client   *http.Client
	now      func() time.Time
}

// post sends statements of one version. It gives a *refusal when the other
// store will not take the request as it is, a *setback for anything else that
// went wrong, and nil when the other store says that it has them all.
func (t *target) post(ctx context.Context, items []*item) error {
	contentType, body, err := encode(items)
	if err != nil {
		return err
	}
	request, err := t.request(ctx, http.MethodPost, nil, items[0].version, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", contentType)
	got, err := t.do(request, maxAnswer)
	if err != nil {
		return err
	}
	if got.status/100 == 2 {
		return confirm(items, got.text)
	}
	return t.judge(got)
}

func (t *target) request(ctx context.Context, method string, query url.Values, version string, body io.Reader) (*http.Request, error) {
	address := t.Endpoint + "/statements"
	if query != nil {
		address += "?" + query.Encode()
	}
	r, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		return nil, err
	}
	r.SetBasicAuth(t.User, t.password)
	r.Header.Set("X-Experience-API-Version", version)
	r.Header.Set("User-Agent", "liftmark")
	r.Header.Set("Accept", "application/json")
	return r, nil
}

// answer is what another store said.
type answer struct {
	status     int
	retryAfter string // the header
	text       []byte // the beginning of the body
}

// do sends a request and reads at most limit bytes of the answer.
func (t *target) do(r *http.Request, limit int64) (*answer, error) {
	response, err := t.client.Do(r)
	if err != nil {
		return nil, &setback{reason: "no answer: " + withoutAddress(err)}
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(response.Body, limit))
	if err != nil && response.StatusCode/100 == 2 {
		return nil, &setback{reason: "the answer broke off: " + err.Error()}
	}
	return &answer{status: response.StatusCode, retryAfter: response.Header.Get("Retry-After"), text: text}, nil
}

// withoutAddress leaves the request's address, which may name a person, out of
// an error.
func withoutAddress(err error) string {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		return wrapped.Err.Error()
	}
	return err.Error()
}

// confirm checks that an answer names the statements that were sent: a proxy's
// friendly page is no acknowledgement.
func confirm(items []*item, text []byte) error {
	var ids []string
	if json.Unmarshal(text, &ids) != nil || len(ids) != len(items) {
		return &setback{reason: "the answer is not the list of the statements' ids; is the endpoint a learning record store's?"}
	}
	for i, id := range ids {
		if !strings.EqualFold(id, items[i].id) {
			return &setback{reason: "the answer names other statements than were sent"}
		}
	}
	return nil
}

// judge says what an answer other than success means.
func (t *target) judge(got *answer) error {
	reason := fmt.Sprintf("the store answered %d", got.status)
	if said := excerpt(got.text); said != "" {
		reason += ": " + said
	}
	switch code := got.status; {
	case code == http.StatusTooManyRequests, code == http.StatusRequestTimeout, code == http.StatusTooEarly, code >= 500:
		return &setback{reason: reason, after: t.retryAfter(got.retryAfter)}
	case code == http.StatusUnauthorized, code == http.StatusForbidden, code == http.StatusProxyAuthRequired:
		return &setback{reason: reason + "; check user, password and their rights there"}
	case code/100 == 3:
		return &setback{reason: reason + "; it points to another address, which is not followed: enter the final one as endpoint"}
	case code == http.StatusNotFound, code == http.StatusMethodNotAllowed, code == http.StatusGone, code < 400:
		return &setback{reason: reason + "; check the endpoint"}
	}
	return &refusal{status: got.status, reason: reason}
}

// retryAfter reads the header's seconds or date, 0 when it says nothing usable.
func (t *target) retryAfter(header string) time.Duration {
	if seconds, err := strconv.Atoi(header); err == nil {
		return min(time.Duration(min(max(seconds, 0), 1<<20))*time.Second, maxWait)
	}
	if at, err := http.ParseTime(header); err == nil {
		return min(max(at.Sub(t.now()), 0), maxWait)
	}
	return 0
}

// excerpt gives the beginning of a message on one line.
func excerpt(text []byte) string {
	var b strings.Builder
	space := false
	for _, r := range string(bytes.ToValidUTF8(text, []byte("?"))) {
		if unicode.IsSpace(r) || !unicode.IsPrint(r) {
			space = b.Len() > 0
			continue
		}
		if b.Len() > maxReason {
			return b.String() + "…"
		}
		if space {
			b.WriteByte(' ')
		}
		space = false
		b.WriteRune(r)
	}
	return b.String()
}

// mayHave says whether the other store has a statement of an id, or does not
// tell whoever may only write.
func (t *target) mayHave(ctx context.Context, id, version string) (bool, error) {
	for _, name := range []string{"statementId", "voidedStatementId"} {
		request, err := t.request(ctx, http.MethodGet, url.Values{name: {id}}, version, nil)
		if err != nil {
			return false, err
		}
		got, err := t.do(request, maxAnswer)
		if err != nil {
			return false, err
		}
		switch got.status {
		case http.StatusOK, http.StatusForbidden:
			return true, nil
		case http.StatusNotFound:
			continue
		}
		var refused *refusal
		if err := t.judge(&answer{status: got.status, retryAfter: got.retryAfter}); !errors.As(err, &refused) {
			return false, err
		}
		return true, nil
	}
	return false, nil
}

// holds says whether the other store has an equal statement under the id.
func (t *target) holds(ctx context.Context, it *item) (bool, error) {
	for _, name := range []string{"statementId", "voidedStatementId"} {
		request, err := t.request(ctx, http.MethodGet, url.Values{name: {it.id}}, it.version, nil)
		if err != nil {
			return false, err
		}
		got, err := t.do(request, maxStatement)
		if err != nil {
			return false, err
		}
		switch {
		case got.status == http.StatusOK:
			return same(it, got.text)
		case got.status == http.StatusNotFound:
			continue
		case got.status/100 == 5, got.status == http.StatusTooManyRequests:
			return false, t.judge(&answer{status: got.status, retryAfter: got.retryAfter})
		}
		return false, nil // it may not be read, so it cannot be compared
	}
	return false, nil
}

func same(it *item, theirs []byte) (bool, error) {
	version, err := xapi.ParseVersion(it.version)
	if err != nil {
		return false, err
	}
	mine, err := xapi.Parse(version, it.body)
	if err != nil {
		return false, nil //nolint:nilerr // what cannot be read is not known to be equal
	}
	other, err := xapi.Parse(version, theirs)
	if err != nil {
		return false, nil //nolint:nilerr // as above
	}
	equal, _ := xapi.Equal(mine, other)
	return equal, nil
}
