package access

import (
	"context"
	"crypto/sha256"
	"fmt"
	"hash/maphash"
	"net/netip"
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
	books []Named
	now   func() time.Time
	slow  chan struct{} // holds a token for each running argon2

	mu         sync.Mutex
	remembered map[string]remembered
	round      int                            // counts changes: what was asked for before one is not remembered
	verified   map[[sha256.Size]byte]struct{} // digests of hash and secret that fit
	used       map[string]map[string]time.Time
	failures   failures
}

// remembered is what the books said of an id lately.
type remembered struct {
	found []found
	until time.Time
}

type found struct {
	workspace  string
	credential state.Credential
}

// NewAuthenticator makes one. perMinute bounds the failed attempts of an
// address; now is the clock.
func NewAuthenticator(books []Named, perMinute int, now func() time.Time) *Authenticator {
	return &Authenticator{
		books: books, now: now, slow: make(chan struct{}, maxAtOnce),
		remembered: map[string]remembered{}, verified: map[[sha256.Size]byte]struct{}{}, used: map[string]map[string]time.Time{},
		failures: failures{perMinute: float64(perMinute), seed: maphash.MakeSeed(), of: map[uint64]allowance{}},
	}
}

// Basic recognises a user name and password. With an empty password the user
// name is a key on its own, as the clients of tracking send it. from is the
// client's address, which is used to limit failures and is not kept.
//
// Errors: fault.Unauthorized; *Limited for too many failures; those of the
// store.
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

func (a *Authenticator) recognise(ctx context.Context, from netip.Addr, id, secret string) (*Caller, error) {
	candidates, err := a.find(ctx, id)
	if err != nil {
		return nil, err
	}
	for _, f := range candidates {
		fits, err := a.fits(ctx, from, f.credential, secret)
		if err != nil {
			return nil, err
		}
		if !fits {
			continue
		}
		if !f.credential.RevokedAt.IsZero() {
			return nil, a.failed(from, "the credential is revoked; ask for a new one")
		}
		a.note(f)
		return f.caller(), nil
	}
	return nil, a.failed(from, "the key or its secret is not known here")
}

func (f found) caller() *Caller {
	c := &Caller{Workspace: f.workspace, Credential: f.credential.ID, Label: f.credential.Label}
	for _, s := range f.credential.Scopes {
		c.Scopes = append(c.Scopes, Scope(s))
	}
	for _, t := range f.credential.Lenient {
		c.Lenient = append(c.Lenient, Tolerance(t))
	}
	return c
}

// fits says whether a secret is a credential's.
func (a *Authenticator) fits(ctx context.Context, from netip.Addr, c state.Credential, secret string) (bool, error) {
	switch {
	case c.Kind == WriteKeyKind:
		return secret == "", nil
	case secret == "":
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
func (a *Authenticator) find(ctx context.Context, id string) ([]found, error) {
	if id == "" || len(id) > 256 {
		return nil, nil
	}
	a.mu.Lock()
	known, ok := a.remembered[id]
	round := a.round
	a.mu.Unlock()
	if ok && a.now().Before(known.until) {
		return known.found, nil
	}
	all, err := a.look(ctx, id)
	if err != nil {
		return nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.round != round {
		return all, nil // something was changed meanwhile: it may be from before
	}
	if len(a.remembered) >= maxRemembered {
		clear(a.remembered)
	}
	a.remembered[id] = remembered{found: all, until: a.now().Add(rememberedFor)}
	return all, nil
}

func (a *Authenticator) look(ctx context.Context, id string) ([]found, error) {
	var all []found
	for _, b := range a.books {
		c, err := b.Book.Credential(ctx, id)
		switch {
		case fault.KindOf(err) == fault.NotFound:
		case err != nil:
			return nil, fmt.Errorf("look for a credential in workspace %s: %w", b.Workspace, err)
		default:
			all = append(all, found{workspace: b.Workspace, credential: c})
		}
	}
	return all, nil
}

// Taken says whether any workspace has a credential of this id.
func (a *Authenticator) Taken(ctx context.Context, id string) (bool, error) {
	all, err := a.look(ctx, id)
	return len(all) > 0, err
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

// Flush writes the last uses since the last time.
func (a *Authenticator) Flush(ctx context.Context) error {
	a.mu.Lock()
	used := a.used
	a.used = map[string]map[string]time.Time{}
	a.mu.Unlock()
	for _, b := range a.books {
		if len(used[b.Workspace]) == 0 {
			continue
		}
		if err := b.Book.TouchCredentials(ctx, used[b.Workspace]); err != nil {
			return fmt.Errorf("note last uses in workspace %s: %w", b.Workspace, err)
		}
	}
	return nil
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
