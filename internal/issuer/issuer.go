// Package issuer finds out whether an access token is good: signed by the
// OpenID provider that it names, for us, and in force (RFC 7519, RFC 9068). It
// reads the providers' keys by discovery and keeps them.
package issuer

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/liftmark/liftmark/internal/access"
	"github.com/liftmark/liftmark/internal/fault"
)

// How providers are asked.
const (
	timeout    = 5 * time.Second
	pause      = 5 * time.Second  // between two requests for the same thing
	renewAfter = 10 * time.Minute // a key that the provider took back counts no longer, if it can be reached
	maxAnswer  = 1 << 20          // bytes of a provider's answer
)

// Leeway is how long a token counts after its end: clocks differ.
const Leeway = time.Minute

// algorithms are those with a public key: nothing that the server knows would
// let anybody make a token.
var algorithms = []string{
	oidc.RS256, oidc.RS384, oidc.RS512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.EdDSA,
}

// Tokens verifies access tokens. It is safe for concurrent use.
type Tokens struct {
	now func() time.Time
	log *slog.Logger

	mu sync.Mutex
	of map[string]*provider
}

// New makes one. It asks no provider before the first token of it comes.
func New(now func() time.Time, log *slog.Logger) *Tokens {
	return &Tokens{now: now, log: log, of: map[string]*provider{}}
}

// Verify implements access.Tokens. The issuer must be one that is trusted: it is
// asked for its keys.
func (t *Tokens) Verify(ctx context.Context, issuer, audience, token string) (access.Claims, error) {
	p := t.provider(issuer)
	keys, err := p.current(ctx)
	if err != nil {
		return access.Claims{}, p.unread(err)
	}
	seen := &watched{KeySet: keys}
	now := func() time.Time { return t.now().Add(-Leeway) }
	good, err := oidc.NewVerifier(issuer, seen, &oidc.Config{ClientID: audience, SupportedSigningAlgs: algorithms, Now: now}).Verify(ctx, token)
	switch {
	case ctx.Err() != nil:
		return access.Claims{}, ctx.Err()
	case seen.unread():
		return access.Claims{}, p.unread(seen.err)
	case seen.err != nil:
		return access.Claims{}, fault.New(fault.Unauthorized, "the token is not signed by a key of %s", issuer)
	case err != nil:
		return access.Claims{}, refused(err)
	}
	return claims(good)
}

// refused says what is wrong with a token whose signature is not.
func refused(err error) error {
	var expired *oidc.TokenExpiredError
	switch {
	case errors.As(err, &expired) && expired.Expiry.Unix() <= 0:
		return fault.New(fault.Unauthorized, "the token does not say until when it counts (exp)")
	case errors.As(err, &expired):
		return fault.New(fault.Unauthorized, "the token counted until %s; get a new one", expired.Expiry.UTC().Format(time.RFC3339))
	}
	return fault.New(fault.Unauthorized, "the token does not count: %w", err)
}

// claims reads what a good token says of its holder.
func claims(token *oidc.IDToken) (access.Claims, error) {
	var said struct {
		Scope    words           `json:"scope"` // RFC 8693
		SCP      words           `json:"scp"`   // Entra ID, Okta
		ClientID string          `json:"client_id"`
		AZP      string          `json:"azp"`
		CID      string          `json:"cid"`   // Okta
		AppID    string          `json:"appid"` // Entra ID, version 1
		Type     string          `json:"typ"`   // Keycloak
		Bound    json.RawMessage `json:"cnf"`
	}
	if err := token.Claims(&said); err != nil {
		return access.Claims{}, fault.New(fault.Unauthorized, "the token's claims have other types than RFC 9068 gives them")
	}
	c := access.Claims{Subject: token.Subject, Scopes: append(said.Scope, said.SCP...)}
	for _, name := range []string{said.ClientID, said.AZP, said.CID, said.AppID} {
		if c.Client == "" {
			c.Client = name
		}
	}
	if c.Subject == c.Client {
		c.Subject = ""
	}
	switch {
	case said.Type == "ID":
		return c, fault.New(fault.Unauthorized, "this is an ID token, which tells a client who logged in; send the access token")
	case len(said.Bound) > 0:
		return c, fault.New(fault.Unauthorized, "the token counts only with a key of its client (cnf), which is not checked here; get a plain bearer token")
	case c.Client == "" && c.Subject == "":
		return c, fault.New(fault.Unauthorized, "the token says neither which client it is for (client_id, azp) nor which user (sub)")
	}
	return c, nil
}

func (t *Tokens) provider(issuer string) *provider {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.of[issuer] == nil {
		t.of[issuer] = newProvider(issuer, t.now, t.log)
	}
	return t.of[issuer]
}

// watched keeps why a signature was not found good, which the verifier tells as
// text alone.
type watched struct {
	oidc.KeySet
	err error
}

// VerifySignature implements oidc.KeySet.
func (w *watched) VerifySignature(ctx context.Context, token string) (payload []byte, err error) {
	payload, w.err = w.KeySet.VerifySignature(ctx, token)
	return payload, w.err
}

// unread says whether the keys could not be read. The library tells that by the
// beginning of the text.
func (w *watched) unread() bool {
	return w.err != nil && strings.HasPrefix(w.err.Error(), "fetching keys")
}

// client asks one provider.
func client(now func() time.Time) *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxResponseHeaderBytes = 64 << 10
	return &http.Client{
		Timeout: timeout, Transport: &sparing{next: transport, now: now, asked: map[string]time.Time{}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return errors.New("the provider sends elsewhere") },
	}
}
