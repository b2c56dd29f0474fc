package access

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash/maphash"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/state"
)

// Book keeps the credentials of one workspace; state.Credentials is one.
type Book interface {
	Credential(ctx context.Context, id string) (state.Credential, error)
	TouchCredentials(ctx context.Context, used map[string]time.Time) error
}

// Named is a workspace's book.
type Named struct {
	Workspace string
	Book      Book
}

// What an Authenticator keeps in memory at most.
const (
	rememberedFor = time.Second // how long a change made elsewhere goes unseen
	maxRemembered = 10_000
	maxVerified   = 1_000
	maxAtOnce     = 2 // argon2 at a time: 38 MiB
)

// Authenticator recognises credentials among several workspaces. It is safe for
// concurrent use. Run notes last uses while the server works, Flush at its end.
type Authenticator struct {
	books  []Named
	tokens Tokens
	now    func() time.Time
	slow   chan struct{} // holds a token for each running argon2

	mu         sync.Mutex
	remembered map[string]remembered
	round      int                            // counts changes: what was asked for before one is not remembered
	verified   map[[sha256.Size]byte]struct{} // digests of hash and secret that fit
	used       map[string]map[string]time.Time
	shared     map[string]bool // ids that several workspaces have; see Share
	failures   failures
}

// remembered is what the books said of an id lately.
type remembered struct {
	answer
	until time.Time
}

// answer is what the books say of an id.
type answer struct {
	found []found
	dark  bool // some of the books cannot be read now
}

type found struct {
	workspace  string
	credential state.Credential
}

// NewAuthenticator makes one. tokens reads those of OpenID providers; perMinute
// bounds the failed attempts of an address; now is the clock.
func NewAuthenticator(books []Named, tokens Tokens, perMinute int, now func() time.Time) *Authenticator {
	return &Authenticator{
		books: books, tokens: tokens, now: now, slow: make(chan struct{}, maxAtOnce),
		remembered: map[string]remembered{}, verified: map[[sha256.Size]byte]struct{}{}, used: map[string]map[string]time.Time{}, shared: map[string]bool{},
		failures: failures{perMinute: float64(perMinute), seed: maphash.MakeSeed(), of: map[uint64]allowance{}},
	}
}

// Basic recognises a user name and password. With an empty password the user
// name is a key on its own, as the clients of tracking send it. from is the
// client's address, which is used to limit failures and is not kept.
//
// A workspace whose book cannot be read keeps out nobody of another one.
//
// Errors: fault.Unauthorized; *Limited for too many failures; *Closed when the
// credential may be one of a workspace that cannot be read; fault.Unavailable
// when several workspaces have it.
func (a *Authenticator) Basic(ctx context.Context, from netip.Addr, user, password string) (*Caller, error) {
	if password == "" {
		return a.Key(ctx, from, user)
	}
	return a.recognise(ctx, from, user, password)
}

// Key recognises an API key or write key. Errors are those of Basic.
func (a *Authenticator) Key(ctx context.Context, from netip.Addr, key string) (*Caller, error) {
	id, secret := splitKey(key)
	return a.recognise(ctx, from, id, secret)
}

// recognise lets in who holds a credential of exactly one workspace.
func (a *Authenticator) recognise(ctx context.Context, from netip.Addr, id, secret string) (*Caller, error) {
	said, err := a.find(ctx, id)
	if err != nil {
		return nil, err
	}
	var good []found // in force
	revoked := false
	for _, f := range said.found {
		fits, err := a.fits(ctx, from, f.credential, secret)
		switch {
		case err != nil:
			return nil, err
		case fits && f.inForce():
			good = append(good, f)
		case fits:
			revoked = true
		}
	}
	switch {
	case len(good) > 1 || len(good) == 1 && said.dark && a.isShared(id):
		return nil, fault.New(fault.Unavailable, "this key is one of several workspaces of the server, and nobody can tell for which of them this is; revoke it in all but one")
	case len(good) == 1:
		a.note(good[0])
		return good[0].caller(), nil
	case said.dark:
		return nil, a.unsure(from, said)
	case revoked:
		return nil, a.failed(from, "the credential is revoked; ask for a new one")
	}
	return nil, a.failed(from, "the key or its secret is not known here")
}

// unsure is the error for a credential that may be one of a workspace that
// cannot be read now: neither good nor bad, so that its client tries again. An
// id that no other workspace has is no attempt at guessing a secret: the clients
// of one workspace use up nobody's attempts.
func (a *Authenticator) unsure(from netip.Addr, said answer) error {
	if len(said.found) > 0 {
		var limited *Limited
		if err := a.failed(from, ""); errors.As(err, &limited) {
			return err
		}
	}
	return &Closed{}
}

// Share names ids that several workspaces have. They are not let in while a
// workspace cannot be read, for it may be that one's.
func (a *Authenticator) Share(ids []string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, id := range ids {
		a.shared[id] = true
	}
}

func (a *Authenticator) isShared(id string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.shared[id]
}

func (f found) inForce() bool { return f.credential.RevokedAt.IsZero() }

func (f found) caller() *Caller {
	c := &Caller{Workspace: f.workspace, Credential: f.credential.ID, Label: f.credential.Label}
	c.Scopes, c.Lenient = named[Scope](f.credential.Scopes), named[Tolerance](f.credential.Lenient)
	return c
}

// fits says whether a secret is a credential's.
func (a *Authenticator) fits(ctx context.Context, from netip.Addr, c state.Credential, secret string) (bool, error) {
	switch {
	case c.Kind == WriteKeyKind:
		return secret == "", nil
	case secret == "" || c.Kind == OIDCKind:
		return false, nil
	case !strings.HasPrefix(c.SecretHash, argonForm):
		return fitsGenerated(c.SecretHash, secret), nil
	}
	return a.fitsChosen(ctx, from, c.SecretHash, secret)
}

// fitsChosen spends the time of argon2 once for each good secret. An address
// that failed too often gets none of it.
func (a *Authenticator) fitsChosen(ctx context.Context, from netip.Addr, hash, secret string) (bool, error) {
	digest := sha256.Sum256([]byte(hash + "\x00" + secret))
	if a.isVerified(digest) {
		return true, nil
	}
	if wait := a.mustWait(from); wait > 0 {
		return false, &Limited{After: wait}
	}
	select {
	case a.slow <- struct{}{}:
		defer func() { <-a.slow }()
	case <-ctx.Done():
		return false, fmt.Errorf("wait to check a secret: %w", ctx.Err())
	}
	fits := fitsChosen(hash, secret)
	if fits {
		a.setVerified(digest)
	}
	return fits, nil
}

func (a *Authenticator) isVerified(digest [sha256.Size]byte) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	_, ok := a.verified[digest]
	return ok
}

func (a *Authenticator) setVerified(digest [sha256.Size]byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.verified) >= maxVerified {
		clear(a.verified)
	}
	a.verified[digest] = struct{}{}
}

// find gives the credentials of an id, normally one.
func (a *Authenticator) find(ctx context.Context, id string) (answer, error) {
	if id == "" || len(id) > 256 {
		return answer{}, nil
	}
	a.mu.Lock()
	known, ok := a.remembered[id]
	round := a.round
	a.mu.Unlock()
	if ok && a.now().Before(known.until) {
		return known.answer, nil
	}
	said, _ := a.look(ctx, id)
	if err := ctx.Err(); err != nil {
		return answer{}, err // the books may only have been given no time
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.round != round {
		return said, nil // something was changed meanwhile: it may be from before
	}
	if len(a.remembered) >= maxRemembered {
		clear(a.remembered)
	}
	a.remembered[id] = remembered{answer: said, until: a.now().Add(rememberedFor)}
	return said, nil
}

// look asks every book. Beside an error, which tells of those that cannot be
// read, it gives what the others say.
func (a *Authenticator) look(ctx context.Context, id string) (answer, error) {
	var said answer
	var errs []error
	for _, b := range a.books {
		c, err := b.Book.Credential(ctx, id)
		switch {
		case fault.KindOf(err) == fault.NotFound:
		case err != nil:
			said.dark = true
			errs = append(errs, fmt.Errorf("look for a credential in workspace %s: %w", b.Workspace, err))
		default:
			said.found = append(said.found, found{workspace: b.Workspace, credential: c})
		}
	}
	return said, errors.Join(errs...)
}

// Taken says whether a credential of this id is in force in any workspace.
//
// Errors: those of books that cannot be read, when no other one has it.
func (a *Authenticator) Taken(ctx context.Context, id string) (bool, error) {
	said, err := a.look(ctx, id)
	if slices.ContainsFunc(said.found, found.inForce) {
		return true, nil
	}
	return false, err
}

// Forget makes a change of a credential count at once.
func (a *Authenticator) Forget(id string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.remembered, id)
	a.round++
}

// note remembers that a credential was used.
func (a *Authenticator) note(f found) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.used[f.workspace] == nil {
		a.used[f.workspace] = map[string]time.Time{}
	}
	a.used[f.workspace][f.credential.ID] = a.now()
}

// Flush writes the last uses since the last time, also when one of the books
// cannot be written.
func (a *Authenticator) Flush(ctx context.Context) error {
	var errs []error
	a.mu.Lock()
	used := a.used
	a.used = map[string]map[string]time.Time{}
	a.mu.Unlock()
	for _, b := range a.books {
		if len(used[b.Workspace]) == 0 {
			continue
		}
		if err := b.Book.TouchCredentials(ctx, used[b.Workspace]); err != nil {
			errs = append(errs, fmt.Errorf("note last uses in workspace %s: %w", b.Workspace, err))
		}
	}
	return errors.Join(errs...)
}

// Run flushes once a minute until ctx ends. Failures go to report and are tried
// no more: the next use notes the credential again.
func (a *Authenticator) Run(ctx context.Context, report func(error)) {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := a.Flush(ctx); err != nil && ctx.Err() == nil {
				report(err)
			}
		}
	}
}
