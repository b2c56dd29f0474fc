package server

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/liftmark/liftmark/internal/access"
	"github.com/liftmark/liftmark/internal/ingest/file"
	"github.com/liftmark/liftmark/internal/ingest/track"
	"github.com/liftmark/liftmark/internal/metric"
	"github.com/liftmark/liftmark/internal/privacy"
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
	Keys        Keys // nil: Credentials are changed directly

	// The protocols; their requests carry an access.Caller.
	XAPI  http.Handler // gets paths below /xapi: /statements
	Track http.Handler // gets paths as they are: /v1/batch
	SCORM http.Handler // gets paths as they are: /scorm/commit

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
	Views       Views
	Live        Live
}

// Gauges are figures of one workspace.
type Gauges struct {
	StatementsStored  int64   `json:"statements_stored" doc:"Since the server was started, as all counts here"`
	EventsReceived    int64   `json:"events_received" doc:"With those sent again and those refused"`
	EventsRefused     int64   `json:"events_refused"`
	EventsDuplicate   int64   `json:"events_duplicate"`
	EventsPanics      int64   `json:"events_panics" doc:"Panics that kept events from being stored"`
	Commits           int64   `json:"commits" doc:"Group commits of the operational store"`
	CommitSeconds     float64 `json:"commit_seconds"`
	BytesWritten      int64   `json:"bytes_written"`
	StateQueue        int     `json:"state_queue" doc:"Writes that wait"`
	TrackQueue        int     `json:"track_queue" doc:"Events that wait"`
	ForwardQueue      int     `json:"forward_queue" doc:"Statements that wait to be forwarded"`
	DeadLetters       int     `json:"dead_letters"`
	ProjectorLag      int64   `json:"projector_lag" doc:"Changes that are not facts yet"`
	ProjectorBehind   float64 `json:"projector_behind_seconds" doc:"Age of the oldest of them"`
	ProjectorFailures int64   `json:"projector_failures"`
}

// Keys makes and ends credentials; access.Keeper does it on a store.
type Keys interface {
	// List gives them without hashes of secrets, revoked ones too.
	List(ctx context.Context) ([]state.Credential, error)
	Add(ctx context.Context, w access.Wish) (access.Made, error)
	Revoke(ctx context.Context, id string) error
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
	// MappingText is the YAML that Mapping was read from, for those who hand the
	// request on; Mapping counts.
	MappingText string
	DryRun      bool
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
	Follows bool      `json:"follows" doc:"A server is making facts of what arrives; false: they wait until one runs"`
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
	// CatchUp makes facts of what has arrived, now.
	CatchUp(ctx context.Context) error
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
	LastDay   int64     `json:"last_day" doc:"Of the last 24 hours, by the events' own time"`
	CountsAs  string    `json:"counts_as,omitempty" doc:"feature, learning, ignored, or mixed while a mapping is being applied"`
	InPlan    bool      `json:"in_plan,omitempty" doc:"The tracking plan expects it"`
}

// EventMap says what an event means; at most one of Feature, Ignore and Verb.
type EventMap struct {
	Type    string `json:"type,omitempty" enum:"track,page,screen" doc:"track when left out"`
	Feature string `json:"feature,omitempty" maxLength:"200" doc:"Name under which it counts as usage"`
	Ignore  bool   `json:"ignore,omitempty" doc:"It is counted and gives no fact"`
	Verb    string `json:"verb,omitempty" doc:"It counts as learning, with this verb"`
}

// Events says what arrived by the tracking API and what it counts as.
type Events interface {
	Events(ctx context.Context) ([]SeenEvent, error)
	// MapEvent and UnmapEvent count for the past too.
	MapEvent(ctx context.Context, event string, m EventMap) error
	UnmapEvent(ctx context.Context, event string) error
	Strict(ctx context.Context) (bool, error)
	SetStrict(ctx context.Context, strict bool) error
	// Plan lists the events that strict mode expects.
	Plan(ctx context.Context) (track.Plan, error)
	SetPlan(ctx context.Context, p track.Plan) error
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
	Name          string   `json:"name" minLength:"1" maxLength:"64" pattern:"^[A-Za-z0-9_-]+$" doc:"Permanent"`
	Endpoint      string   `json:"endpoint" format:"uri" doc:"Of the other store, such as https://lrs.example.com/xapi"`
	Key           string   `json:"key" doc:"User name at that store"`
	Secret        string   `json:"secret,omitempty" writeOnly:"true" doc:"Password there; stored sealed and never shown. Left out in a change: it stays"`
	Version       string   `json:"version,omitempty" enum:"1.0.3,2.0.0" doc:"Sent with every request; left out: each statement's own"`
	From          string   `json:"from,omitempty" enum:"now,beginning" doc:"Where a new one begins: now when left out"`
	Verbs         []string `json:"verbs,omitempty" doc:"Only statements with one of these verbs"`
	Activities    []string `json:"activities,omitempty" doc:"Only statements about activities whose IRI begins with one of these"`
	KeepAuthority bool     `json:"keep_authority,omitempty" doc:"Send the authority on"`
	PlainHTTP     bool     `json:"plain_http,omitempty" doc:"Allow an endpoint without TLS"`
	Paused        bool     `json:"paused,omitempty"`

	State       string    `json:"state,omitempty" readOnly:"true" doc:"stopped, idle, sending, waiting or paused"`
	Cursor      int64     `json:"cursor,omitempty" readOnly:"true" doc:"Place up to which it was delivered"`
	Lag         int64     `json:"lag,omitempty" readOnly:"true" doc:"Changes not delivered yet"`
	Delivered   int64     `json:"delivered,omitempty" readOnly:"true" doc:"Statements"`
	DeadLetters int       `json:"dead_letters,omitempty" readOnly:"true" doc:"Statements that the other store refused"`
	LastError   string    `json:"last_error,omitempty" readOnly:"true"`
	LastSent    time.Time `json:"last_sent,omitzero" readOnly:"true"`
	NextTry     time.Time `json:"next_try,omitzero" readOnly:"true"`
}

// Skipped is a statement that a forwarding passed over.
type Skipped struct {
	Statement string `json:"statement" doc:"Id"`
	Reason    string `json:"reason" doc:"Why it could not be delivered"`
}

// Forwardings manages where statements are sent on.
type Forwardings interface {
	// Forwardings lists them, without secrets.
	Forwardings(ctx context.Context) ([]Forwarding, error)
	AddForwarding(ctx context.Context, f Forwarding) error
	// ChangeForwarding changes one's settings, Paused among them; its place stays.
	ChangeForwarding(ctx context.Context, f Forwarding) error
	RemoveForwarding(ctx context.Context, name string) error
	DeadLetters(ctx context.Context, name string, after int64, n int) ([]state.DeadLetter, error)
	// Replay sends letters again (none: all of the forwarding) and says how many
	// were delivered; Discard says how many there were.
	Replay(ctx context.Context, name string, ids []int64) (int, error)
	Discard(ctx context.Context, name string, ids []int64) (int, error)
	// Skip makes the next statement that the other store does not take a dead
	// letter, whatever the reason.
	Skip(ctx context.Context, name string) (Skipped, error)
}

// Retention says how long statements are kept.
type Retention struct {
	Days      int  `json:"days" minimum:"0" doc:"Statements older than this are deleted; 0 keeps all"`
	KeepFacts bool `json:"keep_facts,omitempty" doc:"KPIs of the past stay as they are"`
}

// Deleting selects statements to delete by when they were stored, [From, To).
type Deleting struct {
	From      time.Time `json:"from,omitzero" doc:"Stored at this time or later"`
	To        time.Time `json:"to,omitzero" doc:"Stored before this time"`
	KeepFacts bool      `json:"keep_facts,omitempty" doc:"KPIs of the past stay as they are"`
	DryRun    bool      `json:"dry_run,omitempty" doc:"Count and delete nothing"`
}

// Deletion says what a deletion took away, or would take.
type Deletion struct {
	Statements int64 `json:"statements"`
	Left       int64 `json:"left,omitempty" doc:"Statements that are not facts yet, which a deletion that keeps facts leaves for later"`
	DryRun     bool  `json:"dry_run,omitempty"`
}

// Receipt says what an erasure did. It holds nothing of the person but a keyed
// hash of each identity; what arrives about the person later is dropped.
type Receipt struct {
	ID         string         `json:"id"`
	At         time.Time      `json:"at" doc:"When it was asked for"`
	FinishedAt time.Time      `json:"finished_at"`
	By         string         `json:"by" doc:"Id of the credential that asked for it"`
	Identities []string       `json:"identities" nullable:"false" doc:"Keyed hashes of what was erased: who has the workspace's key and knows an identity can tell that the receipt is about it"`
	Statements int            `json:"statements" doc:"Deleted"`
	Rewritten  int            `json:"rewritten" doc:"Statements of others in which the person was replaced"`
	Documents  int            `json:"documents" doc:"Deleted"`
	Facts      map[string]int `json:"facts" doc:"Rows in which a pseudonym stands now, by fact"`
	Other      int64          `json:"other" doc:"Things kept beside, such as events that a mapping ignores"`
	Resumed    int            `json:"resumed" doc:"How often it was interrupted and went on; counts may lack what was under way then"`
}

// Privacy deletes, exports and erases.
type Privacy interface {
	Retention(ctx context.Context) (Retention, error)
	SetRetention(ctx context.Context, r Retention) error
	DeleteRange(ctx context.Context, d Deleting) (Deletion, error)
	// ExportActor writes everything about a person as a ZIP archive. agents are
	// xAPI agents as JSON, e-mail addresses or keys as facts hold them.
	ExportActor(ctx context.Context, w io.Writer, agents []string) error
	// EraseActor erases on behalf of the caller that ctx carries.
	EraseActor(ctx context.Context, agents []string) (Receipt, error)
	// Erasures gives the receipts of all erasures that are finished, oldest
	// first, Erasure that of one.
	Erasures(ctx context.Context) ([]Receipt, error)
	Erasure(ctx context.Context, id string) (Receipt, error)
	// FindActor gives everything that stands for the same person, to be looked
	// at before an erasure.
	FindActor(ctx context.Context, agents []string) (privacy.Person, error)
}

// StatementExport selects statements to export.
type StatementExport struct {
	Format   string    // csv, jsonl or parquet
	From, To time.Time // by stored, half-open; zero: no bound
	Verb     string    // IRI; "" for all
	Activity string    // IRI of the object; "" for all
	Voided   bool      // voided ones too
}

// Exports writes data out. A failure before the first byte leaves w untouched.
type Exports interface {
	ExportStatements(ctx context.Context, w io.Writer, e StatementExport) error
	// ExportFact writes all rows of a fact; format is csv or parquet.
	ExportFact(ctx context.Context, w io.Writer, fact, format string) error
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
