package track_test

import (
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	analytics "github.com/segmentio/analytics-go/v3"
)

// callback counts what the client hears of its messages.
type callback struct{ success, failure atomic.Int64 }

func (c *callback) Success(analytics.Message)        { c.success.Add(1) }
func (c *callback) Failure(analytics.Message, error) { c.failure.Add(1) }

// goClient is the published client, sending to the bench's handler through a
// server that does with the first requests what mishap says.
func goClient(t *testing.T, b *bench, mishap func(n int64, w http.ResponseWriter, r *http.Request, next http.Handler) bool, config analytics.Config) (analytics.Client, *callback) {
	t.Helper()
	var requests atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if n := requests.Add(1); mishap != nil && mishap(n, w, r, b.handler) {
			return
		}
		b.handler.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	heard := &callback{}
	config.Endpoint, config.Callback, config.Interval = server.URL, heard, 20*time.Millisecond
	config.RetryAfter = func(int) time.Duration { return time.Millisecond }
	client, err := analytics.NewWithConfig(key, config)
	if err != nil {
		t.Fatal(err)
	}
	return client, heard
}

func sendAll(t *testing.T, client analytics.Client, heard *callback, messages ...analytics.Message) {
	t.Helper()
	for _, m := range messages {
		if err := client.Enqueue(m); err != nil {
			t.Fatal(err)
		}
	}
	for deadline := time.Now().Add(20 * time.Second); heard.success.Load()+heard.failure.Load() < int64(len(messages)); {
		if time.Now().After(deadline) {
			t.Fatal("the client heard nothing of its messages")
		}
		time.Sleep(time.Millisecond)
	}
	if err := client.Close(); err != nil {
		t.Fatal(err)
	}
	if n := heard.failure.Load(); n > 0 {
		t.Errorf("%d messages failed", n)
	}
}

// TestTheGoClient sends every kind of message that the published Go client has.
func TestTheGoClient(t *testing.T) {
	b := newBench(t)
	b.now = time.Now()
	at := time.Now().Add(-time.Hour).UTC()
	client, heard := goClient(t, b, nil, analytics.Config{DefaultContext: &analytics.Context{Locale: "en-GB", App: analytics.AppInfo{Name: "cron"}}})
	sendAll(t, client, heard,
		analytics.Track{UserId: "u", Event: "Signed In", Timestamp: at, Properties: analytics.NewProperties().Set("plan", "pro").SetValue(2)},
		analytics.Track{AnonymousId: "a", Event: "Visited", MessageId: "mine"},
		analytics.Identify{UserId: "u", AnonymousId: "a", Traits: analytics.NewTraits().SetEmail("u@example.com").SetTitle("CTO")},
		analytics.Group{UserId: "u", GroupId: "g", Traits: analytics.NewTraits().SetName("Acme").Set("plan", "pro")},
		analytics.Page{UserId: "u", Name: "Home", Properties: analytics.NewProperties().SetPath("/").SetTitle("Welcome")},
		analytics.Screen{UserId: "u", Name: "Main", Context: &analytics.Context{Locale: "fr"}},
		analytics.Alias{UserId: "u", PreviousId: "old"})
	b.want("SELECT person_id, feature, quantity::VARCHAR, attributes['kind'], attributes['locale'], attributes['app'] FROM usage ORDER BY feature",
		[]string{"u", "Home", "", "page", "en-GB", "cron"}, []string{"u", "Main", "", "screen", "fr", "cron"},
		[]string{"u", "Signed In", "2.0", "track", "en-GB", "cron"}, []string{"anon:a", "Visited", "", "track", "en-GB", "cron"})
	b.want("SELECT event_id FROM usage WHERE feature = 'Visited'", []string{"mine"})
	b.want("SELECT person_id, account_id, email, role FROM person", []string{"u", "g", "u@example.com", "CTO"})
	b.want("SELECT account_id, name, plan FROM account", []string{"g", "Acme", "pro"})
	b.want("SELECT value, other FROM identity_link ORDER BY other", []string{"u", "anon:a"}, []string{"u", "anon:old"}, []string{"u", "old"})
	var stored time.Time
	if err := b.facts.SQL().QueryRowContext(t.Context(), "SELECT time FROM usage WHERE feature = 'Signed In'").Scan(&stored); err != nil {
		t.Fatal(err)
	}
	if off := stored.Sub(at).Abs(); off > time.Minute {
		t.Errorf("stored at %v, sent as %v", stored, at)
	}
}

// TestTheGoClientsRetriesAreNotCountedTwice loses answers after the events were
// stored, and refuses others before.
func TestTheGoClientsRetriesAreNotCountedTwice(t *testing.T) {
	b := newBench(t)
	b.now = time.Now()
	mishap := func(n int64, w http.ResponseWriter, r *http.Request, next http.Handler) bool {
		switch {
		case n%3 == 1: // stored, and the answer is lost
			next.ServeHTTP(httptest.NewRecorder(), r)
		case n%3 == 2:
		default:
			return false
		}
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusServiceUnavailable)
		return true
	}
	client, heard := goClient(t, b, mishap, analytics.Config{BatchSize: 10})
	messages := make([]analytics.Message, 55)
	for i := range messages {
		messages[i] = analytics.Track{UserId: "u", Event: "E"}
	}
	sendAll(t, client, heard, messages...)
	b.want("SELECT count(*), count(DISTINCT event_id) FROM usage", []string{"55", "55"})
	if d := b.service.Stats().Duplicate; d == 0 {
		t.Error("no event arrived twice; the test lost no answer")
	}
}
