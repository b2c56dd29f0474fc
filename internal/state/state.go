// Package state says what the operational store keeps: xAPI statements and
// documents, credentials, and what is queued for others. The stores are its
// sub-packages; statetest holds the tests that each of them passes. A store
// belongs to one workspace, and nothing in it refers to another.
//
// It knows no xAPI: which terms a statement is found by, how definitions merge
// and what a document's precondition is, its callers say.
package state

import (
	"context"
	"time"
)

// TermKind says in which role a term is part of a statement.
type TermKind uint8

// The roles. Related terms are those that only a wider search counts.
const (
	TermAgent           TermKind = iota + 1 // actor, or object, or member of one
	TermRelatedAgent                        // in any other place
	TermActivity                            // the object
	TermRelatedActivity                     // in the context, or in a SubStatement
	TermVerb
	TermRegistration
	TermAuthority // who vouches for the statement
)

// Term is something that statements are found by: a kind and its canonical text.
type Term struct {
	Kind TermKind
	Text string
}

// NewStatement is a statement to be stored.
type NewStatement struct {
	ID string // canonical lower-case UUID
	// Body is a JSON object that lacks only the member "stored" and, where
	// NoTimestamp says so, "timestamp", which then is the same.
	Body        []byte
	NoTimestamp bool
	Terms       []Term
	// RefersTo is the id of the statement that it is about or names in its
	// context, "" for none. It is then found by that statement's terms too,
	// whichever of them arrives first.
	RefersTo string
	// Voids says that it voids RefersTo. A statement that voids is never voided.
	Voids       bool
	Definitions []Definition
	Names       []AgentName
	Attachments []string // sha2 of those whose content is stored
	Credential  string   // id of the credential that wrote it
	Country     string   // where it came from, ISO 3166-1 alpha-2; "" if not known
}

// Definition is what a statement says of an activity.
type Definition struct {
	Activity string // IRI
	JSON     []byte
}

// AgentName is a name under which an agent was seen.
type AgentName struct{ Agent, Name string }

// Content is the data of an attachment.
type Content struct {
	SHA2        string
	ContentType string
	Data        []byte
}

// Statement is a stored statement.
type Statement struct {
	Seq    int64 // place in the order of storage, above zero; later ones are higher
	ID     string
	Stored time.Time // strictly increasing in Seq
	Voided bool
	// Body is the JSON object as it is given back, with "stored" and "timestamp".
	Body        []byte
	Attachments []string
	Credential  string
	Country     string
}

// Filter selects statements. The zero Filter selects all that are not voided.
type Filter struct {
	// Any groups are all to be met: a statement must have one term of each
	// group, or refer, directly or through others, to a statement that has one
	// of each.
	Any [][]Term
	// Mine must be a term of the statement itself.
	Mine         *Term
	Since, Until time.Time // of Stored: exclusive, inclusive; zero: no bound
	Ascending    bool      // by Seq; else descending
	After        int64     // go on behind this Seq in the direction; 0: from the start
	Limit        int       // above zero
	// WithVoided selects voided statements as well.
	WithVoided bool
}

// Statements keeps xAPI statements. A Store acknowledges what is on disk.
type Statements interface {
	// PutStatements stores a batch, all of it or nothing, and gives its places.
	// A statement whose id is stored, or came earlier in the batch, is passed to
	// same with the stored one; nil counts it as stored already, an error refuses
	// the batch. same may not write to the store. Of contents those are kept that
	// a new statement has attached.
	//
	// A batch that was not begun when ctx ends is dropped; one that was is
	// finished and acknowledged.
	//
	// Errors: those of same; fault.Invalid for an id or a body that is none;
	// fault.Unavailable with a remedy when the queue is full, at once, or the disk
	// is full or cannot be written.
	PutStatements(ctx context.Context, batch []NewStatement, contents []Content, same func(i int, stored Statement) error) ([]int64, error)
	// Statement gives the statement of an id, voided or not.
	//
	// Errors: fault.NotFound.
	Statement(ctx context.Context, id string) (Statement, error)
	// Statements calls each with what the filter selects, in order. Nothing is
	// locked meanwhile, and what is stored in that time may be given or not.
	//
	// Errors: those of each; fault.Invalid for a Limit that is not above zero.
	Statements(ctx context.Context, f Filter, each func(Statement) error) error
	// ConsistentThrough is a time such that every statement that is or ever
	// will be stored at or before it can be read now.
	ConsistentThrough() time.Time
	// Content gives the data of an attachment.
	//
	// Errors: fault.NotFound.
	Content(ctx context.Context, sha2 string) (Content, error)
	// Definitions gives what is known of activities, by IRI. Those of which nothing
	// is known are not in it.
	Definitions(ctx context.Context, activities ...string) (map[string][]byte, error)
	// AgentNames gives the names under which an agent was seen, oldest first.
	AgentNames(ctx context.Context, agent string) ([]string, error)
}

// Resource is a kind of documents.
type Resource uint8

// The document resources of the Experience API.
const (
	StateResource Resource = iota + 1
	ActivityProfile
	AgentProfile
)

// Shelf is where documents lie: those of an activity, an agent or both.
// Registration narrows a state; "" stands for documents without one.
type Shelf struct {
	Resource     Resource
	Activity     string
	Agent        string
	Registration string
}

// DocumentKey names one document.
type DocumentKey struct {
	Shelf
	ID string
}

// Document is a stored document. ETag is the SHA-1 of Body, 40 hex digits.
type Document struct {
	Key         DocumentKey
	ContentType string
	Body        []byte
	ETag        string
	Updated     time.Time
}

// Documents keeps the documents of the Experience API.
type Documents interface {
	// Document gives a document.
	//
	// Errors: fault.NotFound.
	Document(ctx context.Context, key DocumentKey) (Document, error)
	// ChangeDocument replaces a document by what change makes of it, nothing
	// else happening in between. change gets nil when there is none; giving nil
	// deletes it. An error of change leaves everything as it was and is
	// returned. Only ContentType and Body of the result count.
	ChangeDocument(ctx context.Context, key DocumentKey, change func(*Document) (*Document, error)) error
	// DocumentIDs lists the ids on a shelf, changed after since. With
	// everyRegistration the shelf's registration does not matter.
	DocumentIDs(ctx context.Context, shelf Shelf, everyRegistration bool, since time.Time) ([]string, error)
	// ClearShelf deletes the documents on a shelf.
	ClearShelf(ctx context.Context, shelf Shelf, everyRegistration bool) error
}

// Credential lets a program in. Its secret is stored hashed.
type Credential struct {
	ID         string // public part: user name of Basic authentication, or the key's beginning
	Label      string
	Kind       string   // basic, api_key, write_key or oidc
	Scopes     []string // see package credential
	Lenient    []string // switches of tolerance
	SecretHash string
	CreatedAt  time.Time
	LastUsedAt time.Time // zero: never
	RevokedAt  time.Time // zero: in force

	// Of the kind oidc: whose tokens let in, for whom they must be made out, and
	// what their scopes begin with.
	Issuer, Audience, ScopePrefix string
}

// Credentials keeps who may come in.
type Credentials interface {
	// AddCredential stores a credential. One with an issuer takes the place of a
	// revoked one of the same id. Errors: fault.Conflict when the id exists.
	AddCredential(ctx context.Context, c Credential) error
	// Credential gives one, also a revoked one. Errors: fault.NotFound.
	Credential(ctx context.Context, id string) (Credential, error)
	Credentials(ctx context.Context) ([]Credential, error)
	// RevokeCredential ends one. Errors: fault.NotFound.
	RevokeCredential(ctx context.Context, id string, at time.Time) error
	// TouchCredentials notes last uses, by id.
	TouchCredentials(ctx context.Context, used map[string]time.Time) error
}
