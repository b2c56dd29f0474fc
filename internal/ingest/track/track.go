package track

import (
	"context"
	"database/sql"
	"log/slog"
	"net/http"
	"time"

	"github.com/liftmark/liftmark/internal/access"
	"github.com/liftmark/liftmark/internal/state"
	"github.com/liftmark/liftmark/internal/warehouse"
)

// Source names the batch of facts that events become.
const Source = "track"

// Facts is the engine that keeps the facts: the stream takes them in, and SQL,
// in DuckDB's language, finds them again.
type Facts interface {
	warehouse.Stream
	SQL() *sql.DB
}

// Options are what a service works with.
type Options struct {
	Facts    Facts
	Settings state.Settings

	// Authenticate says who a key belongs to that came in a request's body; nil
	// refuses requests that say who they are nowhere else.
	Authenticate func(ctx context.Context, key string) (*access.Caller, error)
	// Suppressed says which of the keys belong to people who were erased. Keys
	// are user ids, "anon:" with an anonymous id, and e-mail addresses in lower
	// case. It is asked for every group of events: keep the answer in memory.
	// Nil: nobody was.
	Suppressed func(ctx context.Context, keys []string) (map[string]bool, error)

	Now   func() time.Time // nil: time.Now
	NewID func() string    // a random id for an event that has none; nil: a UUID
	Log   *slog.Logger     // nil: silent

	Limits Limits
}

// Limits bound what the service takes and holds. Zero values choose.
type Limits struct {
	RequestBytes int64         // of a request's body, decompressed: 500 KiB
	EventBytes   int           // of an event: 32 KiB
	QueuedEvents int64         // waiting to be written: 20,000
	QueuedBytes  int64         // of their bodies: 64 MiB
	GroupEvents  int           // written in one go: 4,000
	Linger       time.Duration // how long a group waits for company: 2 ms
	KnownPeople  int           // whose present state is kept in memory: 100,000
	KnownLinks   int           // anonymous ids whose user is kept in memory: 1,000,000
}

// Call is a kind of message of the tracking API.
type Call string

// The calls.
const (
	Track    Call = "track"
	Identify Call = "identify"
	Group    Call = "group"
	Page     Call = "page"
	Screen   Call = "screen"
	Alias    Call = "alias"
)

// Mapping says what the events of a name count as. At most one of Feature,
// Ignore and Verb is set; none of them lets the rules of the package decide.
type Mapping struct {
	Call    Call   `json:"call"` // track, page or screen
	Name    string `json:"name"` // as the client sends it
	Feature string `json:"feature,omitempty,omitzero"`
	Ignore  bool   `json:"ignore,omitempty,omitzero"`
	Verb    string `json:"verb,omitempty,omitzero"` // of record.Verbs: they count as learning
}

// Seen is what arrived under a name.
type Seen struct {
	Call      Call      `json:"call"`
	Name      string    `json:"name"`
	Total     int64     `json:"total"`
	LastDay   int64     `json:"last_day"` // of the 24 hours before now, to a quarter of an hour, by the events' own time
	FirstSeen time.Time `json:"first_seen"`
	LastSeen  time.Time `json:"last_seen"`
	Mapping   *Mapping  `json:"mapping,omitempty,omitzero"` // nil: unmapped
	CountsAs  string    `json:"counts_as"`                  // feature, learning, ignored, or mixed while a mapping is being applied
	InPlan    bool      `json:"in_plan"`
}

// Plan says which events are expected.
type Plan struct {
	// Strict refuses what the plan does not list, event by event.
	Strict bool           `json:"strict"`
	Events []PlannedEvent `json:"events"`
}

// PlannedEvent is an event that the plan lists.
type PlannedEvent struct {
	Call       Call              `json:"call,omitempty,omitzero"` // track when empty
	Name       string            `json:"name"`
	Properties []PlannedProperty `json:"properties,omitempty,omitzero"`
}

// PlannedProperty is a property of a planned event.
type PlannedProperty struct {
	Name     string   `json:"name"`
	Type     string   `json:"type,omitempty,omitzero"` // string, number, boolean, object or array; empty: any
	Required bool     `json:"required,omitempty,omitzero"`
	Values   []string `json:"values,omitempty,omitzero"` // of a string; empty: any
}

// Stats counts what a service did since it started.
type Stats struct {
	Received   int64 // events
	Stored     int64 // facts that are new
	Duplicate  int64 // facts that were there
	Refused    int64
	Suppressed int64 // of people who were erased
	Parked     int64 // ignored by a mapping
	Groups     int64 // writes
	Panics     int64 // that kept events from being stored

	QueuedEvents, QueuedBytes int64 // now
}

// HandlerOptions say where a handler finds the service of a caller.
type HandlerOptions struct {
	Authenticate func(ctx context.Context, key string) (*access.Caller, error)
	// Service gives the service of the caller's workspace. Errors: fault.NotFound.
	Service func(c *access.Caller) (*Service, error)
	Now     func() time.Time
	Log     *slog.Logger
	Limits  Limits
}

// Handler serves the calls of one workspace under /v1/.
func (s *Service) Handler() http.Handler {
	return NewHandler(HandlerOptions{
		Authenticate: s.opt.Authenticate, Now: s.opt.Now, Log: s.opt.Log, Limits: s.opt.Limits,
		Service: func(*access.Caller) (*Service, error) { return s, nil },
	})
}
