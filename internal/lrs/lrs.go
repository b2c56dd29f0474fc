// Package lrs holds the rules of the learning record store: how statements are
// stored, found, voided and given back, how documents change, and what is known
// of activities and agents, for xAPI 1.0.3 and 2.0. It knows no HTTP, which is
// package protocol's, and no database, which is behind the ports of package
// state; what a valid statement is, package xapi says.
package lrs

import (
	"context"
	"sync"
	"time"

	"github.com/liftmark/liftmark/internal/access"
	"github.com/liftmark/liftmark/internal/state"
	"github.com/liftmark/liftmark/xapi"
)

// Store is what the service needs of the operational store.
type Store interface {
	state.Statements
	state.Documents
}

// What documents are and where they lie is as package state has it.
type (
	// Document is a stored document.
	Document = state.Document
	// DocumentKey names one document.
	DocumentKey = state.DocumentKey
	// Shelf is where documents lie.
	Shelf = state.Shelf
	// Resource is a kind of documents.
	Resource = state.Resource
)

// The document resources.
const (
	StateResource   = state.StateResource
	ActivityProfile = state.ActivityProfile
	AgentProfile    = state.AgentProfile
)

// Options are what a service is told. Zero values stand for the defaults.
type Options struct {
	// HomePage is the server's base URL: the authority of a statement is the
	// account there that has the credential's id as its name.
	HomePage string
	// Secret signs the tokens of pages, so that they hold from one process to the
	// next; without one the service makes its own.
	Secret []byte
	// Suppressed says which agents were erased and are not to come in again: what
	// they sent is acknowledged and not kept. nil: none.
	Suppressed func(ctx context.Context, agents []xapi.IFI) (map[xapi.IFI]bool, error)
	// Rewrite takes suppressed agents out of a statement in which they have some
	// part: nil when it is not to be kept. Without it what is about them is not
	// kept, and other statements are as they came.
	Rewrite func(statement []byte, suppressed map[xapi.IFI]bool) ([]byte, error)
	// NewID makes a statement's id; by default a random UUID, version 7.
	NewID func() string
	// PageStatements and PageBytes bound a page: by default 500 statements and
	// 8 MiB. PageContents bounds the attachments' data on a page, by default
	// 16 MiB. A page holds one statement at least.
	PageStatements int
	PageBytes      int
	PageContents   int
	// DocumentBytes bounds a document, by default 16 MiB.
	DocumentBytes int
}

// Writer says whose statements are stored, by the rules of which version.
type Writer struct {
	Version    xapi.Version
	Credential string      // whose statements they are, as Reader.Mine counts
	Authority  *xapi.Actor // who vouches for them; nil: Credential, as an account of this store
	Country    string      // where the statements come from, ISO 3166-1 alpha-2; "" if not known
	ID         string      // of a single statement that has none; "" makes one
}

// WriterFor is a caller who stores statements.
func WriterFor(c *access.Caller, v xapi.Version) Writer {
	return Writer{Version: v, Credential: c.Author(), Authority: bearerAuthority(c.Bearer), Country: c.Country}
}

// bearerAuthority is who vouches for the statements of an access token, nil for
// none: the application, together with the user for whom it acts, which is the
// form that xAPI has for that (Data 2.4.9).
func bearerAuthority(b *access.Bearer) *xapi.Actor {
	if b == nil {
		return nil
	}
	var members []xapi.Actor
	for _, name := range []string{b.Client, b.Subject} {
		if name != "" {
			members = append(members, xapi.Actor{ObjectType: "Agent", Account: &xapi.Account{HomePage: b.Issuer, Name: name}})
		}
	}
	if len(members) == 1 {
		return &members[0]
	}
	return &xapi.Actor{ObjectType: "Group", Member: members}
}

// Reader says who reads. With Mine they see only what they wrote.
type Reader struct {
	Credential string
	Mine       bool
}

// Service is the record store of one workspace. It is safe for concurrent use.
type Service struct {
	store Store
	opt   Options

	screening sync.RWMutex // read by who writes, from asking who was erased to the end
}

// Settle returns when all is stored that was let in before somebody was kept
// out: from then on Suppressed decides about everything.
func (s *Service) Settle() {
	s.screening.Lock()
	defer s.screening.Unlock()
}

// ConsistentThrough is a time such that every statement stored at or before it
// is found by queries that begin now. To stamp an answer take it before reading.
func (s *Service) ConsistentThrough() time.Time { return s.store.ConsistentThrough() }
