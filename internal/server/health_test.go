package server_test

import (
	"context"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/liftmark/liftmark/internal/access"
	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/server"
)

func TestReadyWhileOneWorkspaceIs(t *testing.T) {
	var acme, globex atomic.Value
	var later atomic.Int64
	c := open(t, func(c *company) {
		c.opt.Now = func() time.Time { return time.Now().Add(time.Duration(later.Load())) }
		c.parts["acme"].Ready = func(context.Context) error { err, _ := acme.Load().(error); return err }
		c.parts["globex"].Ready = func(ctx context.Context) error {
			if err, _ := globex.Load().(error); err != nil {
				<-ctx.Done() // takes no time from the others
				return err
			}
			return nil
		}
	})
	if got := c.ask("GET", "/readyz", ""); got.status != http.StatusOK || got.body != "ready\n" {
		t.Errorf("%d %q", got.status, got.body)
	}
	globex.Store(fault.New(fault.Unavailable, "the disk of /srv/globex is full"))
	later.Store(int64(time.Second))
	if got := c.ask("GET", "/readyz", ""); got.status != http.StatusOK || got.body != "ready, without globex; see the log\n" {
		t.Errorf("with one full disk of two: %d %q", got.status, got.body)
	}
	if !strings.Contains(c.log.String(), "the disk of /srv/globex is full") {
		t.Error("the log does not say why")
	}
	if got := c.ask("GET", "/metrics", ""); !strings.Contains(got.body, `liftmark_workspace_ready{workspace="acme"} 1`) || !strings.Contains(got.body, `liftmark_workspace_ready{workspace="globex"} 0`) {
		t.Error("the metrics do not tell the two apart")
	}
	acme.Store(fault.New(fault.Unavailable, "the disk of /srv/acme is full"))
	later.Store(int64(10 * time.Second))
	got := c.ask("GET", "/readyz", "")
	if got.status != http.StatusServiceUnavailable || !strings.Contains(got.body, "unavailable") || strings.Contains(got.body, "/srv") {
		t.Errorf("with both disks full: %d %q", got.status, got.body)
	}
	if !strings.Contains(c.log.String(), "the disk of /srv/acme is full") {
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

// Anybody may ask whether the server is ready; each look writes to the store.
func TestManyProbesCauseOneLook(t *testing.T) {
	var looks, reads atomic.Int64
	c := open(t, func(c *company) {
		c.parts["acme"].Ready = func(context.Context) error { looks.Add(1); return nil }
		c.parts["acme"].Gauges = func() server.Gauges { reads.Add(1); return server.Gauges{} }
		now := time.Now()
		c.opt.Now = func() time.Time { return now }
	})
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			for _, path := range []string{"/readyz", "/metrics"} {
				resp, err := http.Get(c.url + path)
				if err != nil {
					t.Error(err)
					return
				}
				_ = resp.Body.Close()
			}
		})
	}
	wg.Wait()
	if looks.Load() != 1 || reads.Load() != 1 {
		t.Errorf("%d looks at the store and %d readings of its figures for 50 probes within a second, want 1 of each", looks.Load(), reads.Load())
	}
}
