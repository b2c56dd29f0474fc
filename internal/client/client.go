// Package client is a workspace as a running server serves it, for commands that
// cannot open the files because the server has them open. It gives the same
// interfaces as package app does for the files themselves.
package client

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/ingest/file"
	"github.com/liftmark/liftmark/internal/metric"
	"github.com/liftmark/liftmark/internal/server"
)

// Dial gives a workspace of the server at a URL, nil when nobody answers there
// or somebody who does not know the token: it is sent to that server and no
// other. library and zone are those of the workspace's settings.
//
// Errors: fault.NotFound when the server has no such workspace, fault.Forbidden
// when the token is not its own.
func Dial(ctx context.Context, base, token, workspace string, library *metric.Library, zone *time.Location) (*server.Workspace, error) {
	c := &conn{base: base + "/api/v1", token: token, workspace: workspace, http: direct()}
	if !c.proved(ctx, base) {
		return nil, nil //nolint:nilnil // the server is gone
	}
	var status server.Status
	if err := c.get(ctx, "/status", nil, &status); err != nil {
		return nil, err
	}
	return &server.Workspace{
		Name: workspace, Company: status.Company, Keys: keys{c},
		KPIs: kpis{c, library, zone}, Imports: imports{c}, Studies: studies{c}, Backups: backups{c},
		Facts: facts{c}, Verbs: verbs{c}, Events: events{c}, Identity: identity{c},
		Forwardings: forwardings{c}, Privacy: guardian{c}, Exports: exporter{c}, Views: views{c},
	}, nil
}

// conn speaks to one workspace of a server.
type conn struct {
	base, token, workspace string
	http                   *http.Client
}

// direct gives a client that speaks to the server itself: a proxy on the way
// would read the token.
func direct() *http.Client {
	return &http.Client{
		Transport:     &http.Transport{MaxIdleConnsPerHost: 2, IdleConnTimeout: time.Minute},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// patience is how long a server may take to say that it lives.
const patience = 2 * time.Second

// proved says whether who listens at base is the server that left the token.
func (c *conn) proved(ctx context.Context, base string) bool {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	nonce := rand.Text()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+server.LocalPath+"?nonce="+nonce, nil)
	if err != nil {
		return false
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return false
	}
	defer func() { _ = resp.Body.Close() }()
	want := server.LocalProof(c.token, nonce) + "\n"
	said, err := io.ReadAll(io.LimitReader(resp.Body, int64(len(want))+1))
	return err == nil && resp.StatusCode == http.StatusOK && hmac.Equal(said, []byte(want))
}

func (c *conn) get(ctx context.Context, path string, query url.Values, out any) error {
	return c.call(ctx, http.MethodGet, path, query, nil, out)
}

func (c *conn) post(ctx context.Context, path string, in, out any) error {
	return c.call(ctx, http.MethodPost, path, nil, in, out)
}

func (c *conn) put(ctx context.Context, path string, in any) error {
	return c.call(ctx, http.MethodPut, path, nil, in, nil)
}

func (c *conn) delete(ctx context.Context, path string, query url.Values) error {
	return c.call(ctx, http.MethodDelete, path, query, nil, nil)
}

// call does one operation and reads its answer as JSON.
func (c *conn) call(ctx context.Context, method, path string, query url.Values, in, out any) error {
	body, err := c.open(ctx, method, path, query, in)
	if err != nil {
		return err
	}
	defer func() { _ = body.Close() }()
	if out == nil {
		return nil
	}
	if err := json.NewDecoder(body).Decode(out); err != nil {
		return fmt.Errorf("answer of the server to %s %s: %w", method, path, err)
	}
	return nil
}

// open does one operation and gives the body of its answer.
func (c *conn) open(ctx context.Context, method, path string, query url.Values, in any) (io.ReadCloser, error) {
	var sent io.Reader
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return nil, err
		}
		sent = bytes.NewReader(text)
	}
	at := c.base + path
	if len(query) > 0 {
		at += "?" + query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, method, at, sent)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	req.Header.Set(server.WorkspaceHeader, c.workspace)
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, fault.New(fault.Unavailable, "the server did not answer: %w", err)
	}
	if resp.StatusCode >= http.StatusBadRequest {
		defer func() { _ = resp.Body.Close() }()
		return nil, refused(resp)
	}
	return resp.Body, nil
}

// stopped is an error that comes with the report of an import.
type stopped struct {
	error
	report file.Report
}

func (s *stopped) Unwrap() error { return s.error }

// refused gives the error that a problem describes, of the same kind as it had
// within the server.
func refused(resp *http.Response) error {
	text, err := io.ReadAll(io.LimitReader(resp.Body, 16<<20))
	if err != nil {
		return err
	}
	var p server.Problem
	if err := json.Unmarshal(text, &p); err != nil || p.Kind == "" {
		return fault.New(fault.Unavailable, "the server answered with status %d", resp.StatusCode)
	}
	message := p.Detail
	for _, m := range p.Errors {
		message += fmt.Sprintf("; %s: %s", m.Location, m.Message)
	}
	failed := fault.New(p.Kind, "%s", message)
	if p.Report != nil {
		return &stopped{failed, *p.Report}
	}
	return failed
}

// all reads every page of a list.
func all[T any](ctx context.Context, c *conn, path string) ([]T, error) {
	list := []T{}
	query := url.Values{}
	for {
		var page server.Page[T]
		if err := c.get(ctx, path, query, &page); err != nil {
			return nil, err
		}
		list = append(list, page.Items...)
		if page.Next == "" {
			return list, nil
		}
		query.Set("after", page.Next)
	}
}
