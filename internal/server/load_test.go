package server_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/liftmark/liftmark/internal/access"
	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/server"
)

// slow is a handler that answers when it is told to.
type slow struct {
	entered chan struct{}
	release chan struct{}
}

func newSlow() *slow { return &slow{entered: make(chan struct{}, 100), release: make(chan struct{})} }

func (s *slow) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	s.entered <- struct{}{}
	<-s.release
	w.WriteHeader(http.StatusNoContent)
}

// inFlight sends requests that stay under way until the handler is released, and
// gives a function that waits for their statuses.
func (c *company) inFlight(s *slow, n int, auth string) func() []int {
	var wg sync.WaitGroup
	statuses := make([]int, n)
	for i := range n {
		wg.Go(func() { statuses[i] = c.ask("GET", "/xapi/statements", "", "Authorization", auth).status })
	}
	for range n {
		<-s.entered
	}
	return func() []int { wg.Wait(); return statuses }
}

func TestCredentialWithTooManyRequestsIsToldToWait(t *testing.T) {
	s := newSlow()
	c := open(t, func(c *company) {
		c.opt.Limits = server.Limits{PerCredential: 3}
		c.parts["acme"].XAPI = s
	})
	busy, other := c.let("acme", access.Wish{}), c.let("globex", access.Wish{})
	auth := basic(busy.Credential.ID, busy.Secret)
	wait := c.inFlight(s, 3, auth)
	got := c.ask("GET", "/xapi/statements", "", "Authorization", auth)
	if got.status != http.StatusTooManyRequests || got.header.Get("Retry-After") == "" {
		t.Errorf("the fourth: %d %v", got.status, got.header)
	}
	if got := c.ask("GET", "/xapi/statements", "", "Authorization", basic(other.Credential.ID, other.Secret)); got.status != http.StatusOK {
		t.Errorf("another credential: %d", got.status)
	}
	close(s.release)
	for _, status := range wait() {
		if status != http.StatusNoContent {
			t.Errorf("one of the first three: %d", status)
		}
	}
	if got := c.ask("GET", "/xapi/statements", "", "Authorization", auth); got.status != http.StatusNoContent {
		t.Errorf("afterwards: %d", got.status)
	}
}

func TestServerWithTooManyRequestsSaysSoAndStaysAlive(t *testing.T) {
	s := newSlow()
	c := open(t, func(c *company) {
		c.opt.Limits = server.Limits{Queue: 30 * time.Millisecond}
		c.opt.Config.MaxRequests = 2
		c.parts["acme"].XAPI = s
	})
	lms := c.let("acme", access.Wish{})
	auth := basic(lms.Credential.ID, lms.Secret)
	wait := c.inFlight(s, 2, auth)
	got := c.ask("GET", "/xapi/statements", "", "Authorization", auth)
	if got.status != http.StatusServiceUnavailable || got.header.Get("Retry-After") == "" || got.header.Get("X-Experience-API-Consistent-Through") == "" {
		t.Errorf("the third: %d %v", got.status, got.header)
	}
	for _, path := range []string{"/healthz", "/readyz", "/metrics", "/"} {
		if got := c.ask("GET", path, ""); got.status != http.StatusOK {
			t.Errorf("%s: %d", path, got.status)
		}
	}
	if got := c.ask("GET", "/metrics", ""); !strings.Contains(got.body, `liftmark_http_requests_refused_total{limit="server"} 1`) || !strings.Contains(got.body, "liftmark_http_requests_in_flight 3") {
		t.Error("the metrics do not show it")
	}
	close(s.release)
	wait()
}

func TestShutdownFinishesWhatIsUnderWay(t *testing.T) {
	s := newSlow()
	c := open(t, func(c *company) { c.parts["acme"].XAPI = s })
	lms := c.let("acme", access.Wish{})
	wait := c.inFlight(s, 2, basic(lms.Credential.ID, lms.Secret))
	c.stop()
	deadline := time.Now().Add(5 * time.Second)
	for refused := false; !refused; {
		resp, err := http.Get(c.url + "/readyz")
		if refused = err != nil; !refused {
			_ = resp.Body.Close()
		}
		if time.Now().After(deadline) {
			t.Fatal("the server still takes connections")
		}
	}
	select {
	case err := <-c.stopped:
		t.Fatalf("it ended with requests under way: %v", err)
	default:
	}
	close(s.release)
	for _, status := range wait() {
		if status != http.StatusNoContent {
			t.Errorf("a request under way got %d", status)
		}
	}
	err := <-c.stopped
	c.stopped <- nil
	if err != nil {
		t.Errorf("the server ended with %v", err)
	}
	if c.vaults["acme"].used[lms.Credential.ID].IsZero() {
		t.Error("the last use of the credential is lost")
	}
}

func TestShutdownIsBounded(t *testing.T) {
	s := newSlow()
	c := open(t, func(c *company) {
		c.opt.Limits = server.Limits{Grace: 50 * time.Millisecond}
		c.parts["acme"].XAPI = s
	})
	lms := c.let("acme", access.Wish{})
	raw(t, c, "GET /xapi/statements HTTP/1.1\r\nHost: x\r\nAuthorization: "+basic(lms.Credential.ID, lms.Secret)+"\r\n\r\n")
	<-s.entered
	c.stop()
	err := <-c.stopped
	c.stopped <- nil
	close(s.release)
	if fault.KindOf(err) != fault.Unavailable {
		t.Errorf("it ended with %v, want that something was cut off", err)
	}
}
