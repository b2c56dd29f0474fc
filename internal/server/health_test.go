package server_test

import (
	"context"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/liftmark/liftmark/internal/access"
	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/server"
)

func TestReadyWhenEveryWorkspaceIs(t *testing.T) {
	var broken atomic.Value
	c := open(t, func(c *company) {
		c.parts["acme"].Ready = func(context.Context) error { return nil }
		c.parts["globex"].Ready = func(context.Context) error { err, _ := broken.Load().(error); return err }
	})
	if got := c.ask("GET", "/readyz", ""); got.status != http.StatusOK || got.body != "ready\n" {
		t.Errorf("%d %q", got.status, got.body)
	}
	broken.Store(fault.New(fault.Unavailable, "the disk of /srv/globex is full"))
	got := c.ask("GET", "/readyz", "")
	if got.status != http.StatusServiceUnavailable || !strings.Contains(got.body, "unavailable") || strings.Contains(got.body, "globex") {
		t.Errorf("with a full disk: %d %q", got.status, got.body)
	}
	if !strings.Contains(c.log.String(), "the disk of /srv/globex is full") {
		t.Error("the log does not say why")
	}
	if got := c.ask("GET", "/healthz", ""); got.status != http.StatusOK {
		t.Errorf("alive all the same: %d", got.status)
	}
}

// promtool's checks are those of Prometheus' own conventions on names and help.
func TestMetricsPassPromtool(t *testing.T) {
	c := open(t, func(c *company) {
		for _, w := range c.parts {
			w.Gauges = func() server.Gauges { return server.Gauges{StatementsStored: 7, ProjectorLag: 3, TrackQueue: 2} }
		}
	})
	lms := c.let("acme", access.Wish{})
	for range 3 {
		c.ask("GET", "/xapi/statements?agent=ann@example.com", "", "Authorization", basic(lms.Credential.ID, lms.Secret))
	}
	c.ask("MADEUP", "/xapi/statements", "")
	got := c.ask("GET", "/metrics", "")
	for _, want := range []string{
		`liftmark_statements_stored_total{workspace="acme"} 7`, `liftmark_projector_lag_changes{workspace="globex"} 3`,
		`liftmark_queue_length{queue="track",workspace="acme"} 2`, `liftmark_build_info{version="1.2.3"} 1`,
		`liftmark_http_request_duration_seconds_count{method="GET",route="/xapi/statements",status="200"} 3`,
		`liftmark_http_request_duration_seconds_count{method="other",route="/xapi/statements",status="401"} 1`,
	} {
		if !strings.Contains(got.body, want) {
			t.Errorf("%s is missing", want)
		}
	}
	if strings.Contains(got.body, "ann@") || strings.Contains(got.body, "MADEUP") {
		t.Error("a label holds what a client sent")
	}
	checkWithPromtool(t, got.body)
}

func checkWithPromtool(t *testing.T, text string) {
	t.Helper()
	path, err := exec.LookPath("promtool")
	if errors.Is(err, exec.ErrNotFound) {
		if os.Getenv("LIFTMARK_REQUIRE_DATA") != "" {
			t.Fatal("promtool is missing: tools/need promtool prometheus")
		}
		t.Skip("SKIPPED: promtool is missing: tools/need promtool prometheus")
	}
	cmd := exec.CommandContext(t.Context(), path, "check", "metrics")
	cmd.Stdin = strings.NewReader(text)
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("promtool check metrics: %v\n%s", err, out)
	}
}
