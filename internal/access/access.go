// Package access says who calls and what they may do: scopes, tolerance
// switches, how secrets are made and kept, how a credential is recognised, and
// the caller that a request carries. It knows no HTTP; credentials lie in the
// stores of package state.
package access

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
)

// Scope is a right that a credential gives.
type Scope string

// The scopes. Those of xAPI have the names that its specification gives them.
const (
	StatementsWrite    Scope = "statements/write"
	StatementsReadMine Scope = "statements/read/mine"
	StatementsRead     Scope = "statements/read"
	State              Scope = "state"
	Profile            Scope = "profile"
	AllRead            Scope = "all/read"  // reads everything of the record store
	All                Scope = "all"       // everything of the record store
	Track              Scope = "track"     // sends events
	APIRead            Scope = "api/read"  // reads KPIs, studies, reports
	APIWrite           Scope = "api/write" // imports, runs studies
	Admin              Scope = "admin"     // credentials, deletion, erasure, and all of the above
)

// Tolerance is a switch by which a credential's client may break a rule of the
// specification. All are off unless a credential names them.
type Tolerance string

// The tolerances, each for a kind of authoring tool.
const (
	TextPlainForms   Tolerance = "text_plain_forms"  // alternate request syntax sent as text/plain
	AnyStateContent  Tolerance = "any_state_content" // documents labelled application/json that are not JSON
	CacheBusters     Tolerance = "cache_busters"     // unknown query parameters
	LearnerAddresses Tolerance = "learner_addresses" // requests come from learners' own browsers: their address tells the country
	MissingVersion   Tolerance = "missing_version"   // no X-Experience-API-Version header: taken for 1.0.3
)

// Caller is who a request comes from.
type Caller struct {
	Workspace  string
	Credential string
	Label      string
	Scopes     []Scope
	Lenient    []Tolerance
	Country    string  // where the request came from, where that says something about a learner
	Local      bool    // can read the server's own files; no credential gives that, whatever its id
	Bearer     *Bearer // of an access token, else nil
}

// Author tells apart those whose statements are their own: who is let in by a
// token shares the credential with all others that its provider knows.
func (c *Caller) Author() string {
	if c.Bearer == nil {
		return c.Credential
	}
	sum := sha256.Sum256([]byte(c.Bearer.Client + "\x00" + c.Bearer.Subject))
	return c.Credential + ":" + hex.EncodeToString(sum[:12])
}

// May says whether the caller holds a scope, itself or by a wider one.
func (c *Caller) May(s Scope) bool {
	return c != nil && slices.ContainsFunc(c.Scopes, func(held Scope) bool { return held == s || slices.Contains(implied[held], s) })
}

// Tolerates says whether a tolerance is switched on.
func (c *Caller) Tolerates(t Tolerance) bool { return c != nil && slices.Contains(c.Lenient, t) }

// implied lists what the wide scopes include.
var implied = map[Scope][]Scope{
	StatementsRead: {StatementsReadMine},
	AllRead:        {StatementsRead, StatementsReadMine},
	All:            {StatementsWrite, StatementsRead, StatementsReadMine, State, Profile, AllRead},
	APIWrite:       {APIRead},
	Admin:          {StatementsWrite, StatementsRead, StatementsReadMine, State, Profile, AllRead, All, Track, APIRead, APIWrite},
}

type callerKey struct{}

// With gives a context that carries the caller.
func With(ctx context.Context, c *Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

// From gives the caller that a context carries, nil for none.
func From(ctx context.Context) *Caller {
	c, _ := ctx.Value(callerKey{}).(*Caller)
	return c
}
