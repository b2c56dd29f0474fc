package load

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Client sends traffic to one workspace of a server.
type Client struct {
	URL         string // of the server, without a path
	Key, Secret string
	HTTP        *http.Client
}

// NewClient makes a client that keeps n connections alive.
func NewClient(base, key, secret string, n int) *Client {
	transport := &http.Transport{MaxIdleConnsPerHost: n, MaxConnsPerHost: n, IdleConnTimeout: time.Minute}
	return &Client{URL: strings.TrimRight(base, "/"), Key: key, Secret: secret, HTTP: &http.Client{Transport: transport, Timeout: time.Minute}}
}

// Refused is an answer other than success.
type Refused struct {
	Status     int
	RetryAfter string
	Body       string
}

// Error gives status and the beginning of the body.
func (r *Refused) Error() string { return fmt.Sprintf("status %d: %s", r.Status, r.Body) }

// PostStatements stores a statement or an array of them. Nil means that the
// server acknowledged them.
func (c *Client) PostStatements(ctx context.Context, body []byte) error {
	_, err := c.do(ctx, http.MethodPost, "/xapi/statements", body)
	return err
}

// PostEvents sends a batch of events.
func (c *Client) PostEvents(ctx context.Context, body []byte) error {
	_, err := c.do(ctx, http.MethodPost, "/v1/batch", body)
	return err
}

// StatementIDs reads all statements that a query selects, page by page, and
// calls each with their ids.
func (c *Client) StatementIDs(ctx context.Context, query url.Values, each func(id string)) error {
	path := "/xapi/statements?" + query.Encode()
	for path != "" {
		body, err := c.do(ctx, http.MethodGet, path, nil)
		if err != nil {
			return err
		}
		var page struct {
			Statements []struct {
				ID string `json:"id"`
			} `json:"statements"`
			More string `json:"more"`
		}
		if err := json.Unmarshal(body, &page); err != nil {
			return err
		}
		for _, s := range page.Statements {
			each(s.ID)
		}
		path = page.More
	}
	return nil
}

// Get asks for a path of the server.
func (c *Client) Get(ctx context.Context, path string) ([]byte, error) {
	return c.do(ctx, http.MethodGet, path, nil)
}

// Drop asks for a path of the server and drops the answer as it comes, packed,
// so that the server is measured and not who unpacks its answers.
func (c *Client) Drop(ctx context.Context, path string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.URL+path, http.NoBody)
	if err != nil {
		return err
	}
	req.Header.Set("Accept-Encoding", "gzip") // said here, the transport does not unpack
	return c.send(req, func(body io.Reader) error {
		_, err := io.Copy(io.Discard, body)
		return err
	})
}

func (c *Client) do(ctx context.Context, method, path string, body []byte) (answer []byte, err error) {
	req, err := http.NewRequestWithContext(ctx, method, c.URL+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	err = c.send(req, func(body io.Reader) error {
		answer, err = io.ReadAll(body)
		return err
	})
	return answer, err
}

// send gives read the body of an answer of success.
func (c *Client) send(req *http.Request, read func(io.Reader) error) error {
	req.SetBasicAuth(c.Key, c.Secret)
	req.Header.Set("X-Experience-API-Version", "1.0.3")
	resp, err := c.HTTP.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode < http.StatusBadRequest {
		return read(resp.Body)
	}
	why, _ := io.ReadAll(io.LimitReader(resp.Body, 500)) // the status says enough where it breaks off
	_, _ = io.Copy(io.Discard, resp.Body)                // so that the connection is used again
	return &Refused{Status: resp.StatusCode, RetryAfter: resp.Header.Get("Retry-After"), Body: string(why)}
}
