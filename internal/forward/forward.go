// Package forward passes statements on to other learning record stores, as they
// arrive or from the beginning. Each forwarding keeps its place in the feed of
// changes on disk and moves it only when the other store has what came before:
// a crash sends statements again, under the same ids, which a conforming store
// takes once.
//
// A store that cannot be reached is tried again for ever, slower and slower. A
// statement that it refuses is found among its batch and becomes a dead letter
// with the reason, to be replayed or discarded.
//
// The package knows no command line and no HTTP server; state keeps its places,
// package vault seals the passwords. Who may set up a forwarding the caller
// decides: it makes this server send requests to any address, so only an
// administrator may.
package forward

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/liftmark/liftmark/internal/state"
	"github.com/liftmark/liftmark/internal/vault"
)

// Store is what forwarding asks of a workspace's store.
type Store interface {
	state.Feed
	state.Outbox
	state.Settings
	Statement(ctx context.Context, id string) (state.Statement, error)
	Content(ctx context.Context, sha2 string) (state.Content, error)
}

// Forwarding says where statements go, and which.
type Forwarding struct {
	Name     string `json:"name"`     // letters, digits, - and _; permanent
	Endpoint string `json:"endpoint"` // the other store's, such as https://lrs.example.com/xapi
	User     string `json:"user"`
	// Version is sent as X-Experience-API-Version with every request: "1.0.3"
	// or "2.0.0". Empty sends each statement with the version that it is of.
	// Statements are never converted.
	Version string `json:"version,omitempty"`
	// Verbs keeps statements with one of these verbs, Activities those whose
	// object's IRI begins with one of these. Empty: all. A statement that voids
	// goes where the voided one went.
	Verbs      []string `json:"verbs,omitempty"`
	Activities []string `json:"activities,omitempty"`
	// KeepAuthority sends the authority on; else the other store names this
	// forwarding's credential as authority.
	KeepAuthority bool `json:"keep_authority,omitempty"`
	// PlainHTTP allows an endpoint without TLS. Password and statements can
	// then be read on the way.
	PlainHTTP bool `json:"plain_http,omitempty"`
	Paused    bool `json:"paused,omitempty"`
}

// Start says with which statement a forwarding begins.
type Start string

// The starts.
const (
	FromNow       Start = "now"
	FromBeginning Start = "beginning"
)

// State is what a forwarding is doing.
type State string

// The states.
const (
	Stopped State = "stopped" // the server is not running it
	Idle    State = "idle"    // everything is delivered
	Sending State = "sending"
	Waiting State = "waiting" // for another try; Error says why
	Paused  State = "paused"
)

// Status is a forwarding and how far it is. It never shows the password.
type Status struct {
	Forwarding
	State       State     `json:"state"`
	Cursor      int64     `json:"cursor"` // place of the last change that is dealt with
	Lag         int64     `json:"lag"`    // places between it and the latest change
	Delivered   int64     `json:"delivered"`
	DeadLetters int       `json:"dead_letters"`
	DeliveredAt time.Time `json:"delivered_at,omitzero"` // of the latest delivery since the server started
	Attempts    int       `json:"attempts,omitempty"`    // in a row that failed
	Error       string    `json:"error,omitempty"`
	NextTry     time.Time `json:"next_try,omitzero"`
}

// Options are what forwarding asks of its surroundings. Zero values choose.
type Options struct {
	Now    func() time.Time
	Random func() float64 // in [0, 1), spreads the retries
	Log    *slog.Logger
	// Client sends the requests; nil: one with time limits and TLS 1.2 or later.
	// Its redirects are never followed.
	Client *http.Client
	// Batch and BatchBytes bound a request: 50 statements, 1 MiB with their
	// attachments. A larger statement goes alone.
	Batch      int
	BatchBytes int
	// FirstRetry doubles with each failure in a row up to LastRetry: 1 s, 5 min.
	FirstRetry, LastRetry time.Duration
	// MaxDeadLetters is how many dead letters a forwarding keeps; it waits when
	// there are more, until some are replayed or discarded. 10,000.
	MaxDeadLetters int
}

// Service keeps a workspace's forwardings and, while Run runs, delivers.
type Service struct {
	store Store
	key   vault.Key
	opt   Options

	setup   sync.Mutex // one change of the settings at a time
	mu      sync.Mutex // guards workers
	workers map[string]*worker
	changed chan struct{} // holds one: the settings are others now
	flights *flights
}

// New gives the forwardings that the store keeps. The key opens their passwords.
func New(store Store, key vault.Key, opt Options) *Service {
	return &Service{store: store, key: key, opt: opt.withDefaults(), workers: map[string]*worker{}, flights: newFlights(), changed: make(chan struct{}, 1)}
}

func (o Options) withDefaults() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Random == nil {
		o.Random = rand.Float64
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Batch <= 0 {
		o.Batch = 50
	}
	if o.BatchBytes <= 0 {
		o.BatchBytes = 1 << 20
	}
	if o.FirstRetry <= 0 {
		o.FirstRetry = time.Second
	}
	if o.LastRetry <= 0 {
		o.LastRetry = 5 * time.Minute
	}
	if o.MaxDeadLetters <= 0 {
		o.MaxDeadLetters = 10_000
	}
	o.Client = withoutRedirects(o.Client)
	return o
}
