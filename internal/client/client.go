// Package client is a workspace as a running server serves it, for commands that
// cannot open the files because the server has them open. It gives the same
// interfaces as package app does for the files themselves.
package client

import (
	"context"
	"net/http"

	"github.com/liftmark/liftmark/internal/server"
)

// Dial gives a workspace of the server at a URL, nil when nobody answers there.
func Dial(ctx context.Context, url, token, workspace string) (*server.Workspace, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/healthz", nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, nil //nolint:nilerr // nobody answers: the server is gone
	}
	_ = resp.Body.Close()
	return &server.Workspace{Name: workspace}, nil
}
