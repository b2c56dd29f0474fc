// Package issuertest is an OpenID provider for tests, as far as those who check
// its tokens see it: a discovery document, keys, and tokens good and bad.
package issuertest

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// Audience is for whom Token makes tokens out.
const Audience = "https://liftmark.example.com"

// Document and Keys are what it is asked for.
const (
	Document = "/.well-known/openid-configuration"
	Keys     = "/keys"
)

// Provider is the provider. Its clock stands still; see Pass. It is safe for
// concurrent use.
type Provider struct {
	testing.TB
	URL string
	key crypto.Signer

	mu       sync.Mutex
	keys     map[string]crypto.Signer
	document map[string]any
	broken   map[string]bool
	asked    map[string]int
	now      time.Time
}

// New starts one with a key "1". It ends with the test.
func New(t testing.TB, now time.Time) *Provider {
	p := &Provider{TB: t, keys: map[string]crypto.Signer{}, broken: map[string]bool{}, asked: map[string]int{}, now: now}
	s := httptest.NewServer(p)
	t.Cleanup(s.Close)
	p.URL = s.URL
	p.document = map[string]any{"issuer": p.URL, "jwks_uri": p.URL + Keys, "id_token_signing_alg_values_supported": []string{"RS256"}}
	p.key = NewKey(t)
	p.Publish("1", p.key)
	return p
}

// NewKey makes an RSA key.
func NewKey(t testing.TB) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// ServeHTTP implements http.Handler.
func (p *Provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked[r.URL.Path]++
	switch {
	case r.URL.Path == Document && !p.broken[Document]:
		_ = json.NewEncoder(w).Encode(p.document)
	case r.URL.Path == Keys && !p.broken[Keys]:
		var set jose.JSONWebKeySet
		for id, key := range p.keys {
			set.Keys = append(set.Keys, jose.JSONWebKey{Key: key.Public(), KeyID: id})
		}
		_ = json.NewEncoder(w).Encode(set)
	default:
		_, _ = w.Write([]byte("<html>down for maintenance</html>"))
	}
}

// Now is the clock.
func (p *Provider) Now() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.now
}

// Pass lets time pass.
func (p *Provider) Pass(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now = p.now.Add(d)
}

// Publish adds a key; nil takes it back.
func (p *Provider) Publish(id string, key crypto.Signer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.keys[id] = key; key == nil {
		delete(p.keys, id)
	}
}

// Break makes it answer nonsense when it is asked for Document or Keys, or not
// any more.
func (p *Provider) Break(what string, broken bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.broken[what] = broken
}

// Say changes the discovery document; nil takes a member away.
func (p *Provider) Say(changes map[string]any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.document = but(p.document, changes)
}

// Asked is how often it was asked for Document or Keys.
func (p *Provider) Asked(what string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked[what]
}

// Claims are those of an access token in force, with changes; nil takes one away.
func (p *Provider) Claims(changes map[string]any) map[string]any {
	now := p.Now()
	return but(map[string]any{
		"iss": p.URL, "aud": Audience, "sub": "u-17", "client_id": "lms", "scope": "openid statements/write",
		"iat": now.Unix(), "exp": now.Add(time.Hour).Unix(),
	}, changes)
}

func but(members, changes map[string]any) map[string]any {
	members = maps.Clone(members)
	for name, v := range changes {
		if members[name] = v; v == nil {
			delete(members, name)
		}
	}
	return members
}

// Token is an access token of key "1", with changed claims.
func (p *Provider) Token(changes map[string]any) string {
	p.Helper()
	return p.Sign(jose.RS256, p.key, "1", p.Claims(changes))
}

// Sign makes a token of claims.
func (p *Provider) Sign(alg jose.SignatureAlgorithm, key any, id string, claims map[string]any) string {
	p.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: jose.JSONWebKey{Key: key, KeyID: id}}, nil)
	if err != nil {
		p.Fatal(err)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		p.Fatal(err)
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		p.Fatal(err)
	}
	text, err := signed.CompactSerialize()
	if err != nil {
		p.Fatal(err)
	}
	return text
}
