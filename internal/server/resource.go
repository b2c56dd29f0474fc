package server

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/liftmark/liftmark/internal/ingest/file"
	"github.com/liftmark/liftmark/internal/metric"
	"github.com/liftmark/liftmark/internal/report"
	"github.com/liftmark/liftmark/internal/state"
	"github.com/liftmark/liftmark/internal/study"
	"github.com/liftmark/liftmark/internal/warehouse"
)

// Workspace is what a server serves of one workspace. A nil part is answered
// with 404 (handlers) or 503 (interfaces). The parts are safe for concurrent
// use, honour their context, and give errors with a fault kind.
type Workspace struct {
	Name    string // as callers write it: letters, digits, - and _
	Company string

	Credentials state.Credentials

	// The protocols; their requests carry an access.Caller.
	XAPI  http.Handler // mounted at /xapi, which is not stripped
	Track http.Handler // mounted at /v1/…, not stripped
	SCORM http.Handler // mounted at /scorm/commit, not stripped

	// Ready says whether what the workspace keeps can be read and written now.
	Ready func(context.Context) error
	// Gauges are the workspace's figures for /metrics, taken at each scrape; must be quick.
	Gauges func() Gauges

	KPIs        KPIs
	Imports     Imports
	Studies     Studies
	Facts       Facts
	Verbs       Verbs
	Events      Events
	Identity    Identity
	Forwardings Forwardings
	Privacy     Privacy
	Exports     Exports
	Backups     Backups
}

// Gauges are figures of one workspace. Counts are since the process began.
type Gauges struct {
	StatementsStored  int64 // counter
	EventsTaken       int64 // counter
	EventsDuplicate   int64 // counter
	Commits           int64 // counter: group commits of the state store
	CommitSeconds     float64
	BytesWritten      int64         // counter, to the state store
	StateQueue        int           // writes that wait
	TrackQueue        int           // events that wait
	ForwardQueue      int           // statements that wait to be forwarded
	DeadLetters       int           // that other stores refused
	ProjectorLag      int64         // changes that are not facts yet
	ProjectorBehind   time.Duration // age of the oldest of them
	ProjectorFailures int64         // counter
}

// KPIs answers questions about KPIs.
type KPIs interface {
	Library() *metric.Library
	Zone() *time.Location // the workspace's, where a query names none
	Value(ctx context.Context, q metric.Query) (metric.Result, error)
}

// ImportRequest asks for files to be brought in.
type ImportRequest struct {
	Paths   []string      // absolute, on the server's machine
	Mapping *file.Mapping // nil: the files are canonical
	DryRun  bool
}

// Imports brings files in and takes them back.
type Imports interface {
	Batches(ctx context.Context) ([]file.Batch, error)
	// Import may give a report beside an error: its questions.
	Import(ctx context.Context, r ImportRequest) (file.Report, error)
	Suggest(ctx context.Context, paths []string) (string, error)
	Rollback(ctx context.Context, batch int) (file.RollbackReport, error)
}

// Studies finds out what training caused.
type Studies interface {
	Studies(ctx context.Context) ([]string, error)
	Plan(ctx context.Context, id string) (study.Plan, error)
	Run(ctx context.Context, plan study.Plan) ([]study.Finding, error)
	Impact(ctx context.Context, plans []study.Plan) (report.Impact, error)
}

// FactsStatus says how far the facts follow what arrived.
type FactsStatus struct {
	Cursor  int64     `json:"cursor" doc:"Place of the last statement change that is in the facts"`
	Last    int64     `json:"last" doc:"Place of the latest change; the facts are up to date when cursor is equal"`
	Lag     int64     `json:"lag" doc:"Changes that are not facts yet"`
	Behind  float64   `json:"behind_seconds" doc:"Age of the oldest of them, seconds"`
	Updated time.Time `json:"updated,omitzero" doc:"When the facts last took something"`
	Error   string    `json:"error,omitempty" doc:"Why they do not follow, if they do not"`
}

// Rebuilt says what a rebuild did.
type Rebuilt struct {
	Statements  int64   `json:"statements" doc:"Statements that were read again"`
	Rows        int64   `json:"rows" doc:"Facts that they gave"`
	Fingerprint string  `json:"fingerprint" doc:"Of the facts afterwards: the same statements give the same one"`
	Seconds     float64 `json:"seconds"`
}

// Facts follows what arrived.
type Facts interface {
	Status(ctx context.Context) (FactsStatus, error)
	// Rebuild makes the facts again from the statements.
	Rebuild(ctx context.Context) (Rebuilt, error)
}

// SeenVerb is a verb of statements and what it is taken for.
type SeenVerb struct {
	Verb      string    `json:"verb" doc:"IRI"`
	Count     int64     `json:"count" doc:"Statements with it"`
	FirstSeen time.Time `json:"first_seen,omitzero"`
	LastSeen  time.Time `json:"last_seen,omitzero"`
	Meaning   string    `json:"meaning,omitempty" doc:"What it means as a fact, such as completed; empty: it is kept and counted, and gives no fact"`
	Source    string    `json:"source,omitempty" doc:"profile when a known profile gives the meaning, mapping when this workspace does"`
}

// Verbs maps verbs that no profile knows.
type Verbs interface {
	Verbs(ctx context.Context) ([]SeenVerb, error)
	// MapVerb gives a verb a meaning, for what arrived before too.
	MapVerb(ctx context.Context, verb, meaning string) error
	UnmapVerb(ctx context.Context, verb string) error
}

// SeenEvent is an event of the tracking API and what it is taken for.
type SeenEvent struct {
	Event     string    `json:"event" doc:"Name as it was sent"`
	Type      string    `json:"type,omitempty" doc:"track, page or screen"`
	Count     int64     `json:"count"`
	FirstSeen time.Time `json:"first_seen,omitzero"`
	LastSeen  time.Time `json:"last_seen,omitzero"`
	Mapping   *EventMap `json:"mapping,omitempty" doc:"Missing: it counts as usage under its own name"`
}

// EventMap says what an event means.
type EventMap struct {
	Feature string `json:"feature,omitempty" doc:"Name under which it counts as usage"`
	Ignore  bool   `json:"ignore,omitempty" doc:"It is counted and gives no fact"`
}

// Events maps tracked events.
type Events interface {
	Events(ctx context.Context) ([]SeenEvent, error)
	MapEvent(ctx context.Context, event string, m EventMap) error
	UnmapEvent(ctx context.Context, event string) error
	Strict(ctx context.Context) (bool, error)
	SetStrict(ctx context.Context, strict bool) error
}

// Identity joins identities of one person. A warehouse.Link's ID is given by
// AddLink when it is empty.
type Identity interface {
	Links(ctx context.Context) ([]warehouse.Link, error)
	AddLink(ctx context.Context, l warehouse.Link) (warehouse.Link, error)
	WithdrawLink(ctx context.Context, id string) error
}

// Forwarding sends statements on to another record store.
type Forwarding struct {
	Name     string `json:"name" minLength:"1" maxLength:"64" pattern:"^[A-Za-z0-9_-]+$"`
	Endpoint string `json:"endpoint" format:"uri" doc:"xAPI endpoint, such as https://lrs.example.com/xapi"`
	Key      string `json:"key" doc:"User name at that store"`
	Secret   string `json:"secret,omitempty" writeOnly:"true" doc:"Password there; it is never shown again"`
	Version  string `json:"version,omitempty" enum:"1.0.3,2.0.0" doc:"That it speaks; 1.0.3 when left out"`
	From     string `json:"from,omitempty" enum:"now,beginning" doc:"now (default) sends what arrives from now on"`

	Cursor      int64     `json:"cursor,omitempty" readOnly:"true" doc:"Place up to which it was delivered"`
	Lag         int64     `json:"lag,omitempty" readOnly:"true" doc:"Changes not delivered yet"`
	DeadLetters int       `json:"dead_letters,omitempty" readOnly:"true"`
	LastError   string    `json:"last_error,omitempty" readOnly:"true"`
	LastSent    time.Time `json:"last_sent,omitzero" readOnly:"true"`
}

// Forwardings manages where statements are sent on.
type Forwardings interface {
	// Forwardings lists them, without secrets.
	Forwardings(ctx context.Context) ([]Forwarding, error)
	AddForwarding(ctx context.Context, f Forwarding) error
	RemoveForwarding(ctx context.Context, name string) error
	DeadLetters(ctx context.Context, name string, after int64, n int) ([]state.DeadLetter, error)
	// Replay sends letters again (none: all of the forwarding) and says how many.
	Replay(ctx context.Context, name string, ids []int64) (int, error)
	Discard(ctx context.Context, name string, ids []int64) (int, error)
}

// Retention says how long statements are kept.
type Retention struct {
	Days int `json:"days" minimum:"0" doc:"Statements older than this are deleted; 0 keeps all"`
}

// Deletion says what a deletion took away, or would take.
type Deletion struct {
	Statements int64 `json:"statements"`
	DryRun     bool  `json:"dry_run,omitempty"`
}

// Receipt says what an erasure removed. It holds nothing of the person but a
// keyed hash of each identity.
type Receipt struct {
	ID         string    `json:"id"`
	At         time.Time `json:"at"`
	Identities []string  `json:"identities" doc:"Keyed hashes of what was erased"`
	Statements int       `json:"statements"`
	Rewritten  int       `json:"rewritten" doc:"Statements of others in which the person was replaced"`
	Documents  int       `json:"documents"`
	Facts      int       `json:"facts"`
	Suppressed bool      `json:"suppressed" doc:"What arrives about the person later is not stored"`
}

// Privacy deletes, exports and erases.
type Privacy interface {
	Retention(ctx context.Context) (Retention, error)
	SetRetention(ctx context.Context, r Retention) error
	// DeleteRange deletes statements stored in [from, to).
	DeleteRange(ctx context.Context, from, to time.Time, dryRun bool) (Deletion, error)
	// ExportActor writes everything about a person as one JSON document. agents
	// are xAPI agents as JSON or facts' person keys.
	ExportActor(ctx context.Context, w io.Writer, agents []string) error
	EraseActor(ctx context.Context, agents []string) (Receipt, error)
}

// StatementExport selects statements to export.
type StatementExport struct {
	Format   string    // csv, jsonl or parquet
	From, To time.Time // by stored, half-open; zero: no bound
}

// Exports writes data out.
type Exports interface {
	ExportStatements(ctx context.Context, w io.Writer, e StatementExport) error
}

// Backup is what a backup holds.
type Backup struct {
	Path    string       `json:"path"`
	Version string       `json:"version"`
	MadeAt  time.Time    `json:"made_at"`
	Files   []BackupFile `json:"files"`
}

// BackupFile is one file of a backup.
type BackupFile struct {
	Path   string `json:"path"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// Backups writes a workspace, as it is at one moment, to a new file.
type Backups interface {
	Backup(ctx context.Context, path string) (Backup, error)
}
