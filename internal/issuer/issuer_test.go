package issuer_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"

	"github.com/liftmark/liftmark/internal/access"
	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/issuer"
	"github.com/liftmark/liftmark/internal/issuer/issuertest"
)

// pair is a provider and who checks its tokens, by the same clock.
type pair struct {
	*issuertest.Provider
	tokens *issuer.Tokens
}

func newPair(t *testing.T) *pair {
	p := &pair{Provider: issuertest.New(t, time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC))}
	p.forget()
	return p
}

// forget makes it know no keys.
func (p *pair) forget() { p.tokens = issuer.New(p.Now, slog.New(slog.DiscardHandler)) }

func (p *pair) verify(token string) (access.Claims, error) {
	return p.tokens.Verify(p.Context(), p.URL, issuertest.Audience, token)
}

// settled verifies as a client does that comes again when it is told to: tokens
// that come at the moment at which keys could not be read share that answer.
func (p *pair) settled(token string) (c access.Claims, err error) {
	for range 200 {
		if c, err = p.verify(token); fault.KindOf(err) != fault.Unavailable {
			break
		}
		time.Sleep(5 * time.Millisecond) // the answer is shared until a goroutine of the library ends, which tells nobody
	}
	return c, err
}

// lets fails unless a token is good.
func (p *pair) lets(token string) {
	p.Helper()
	if _, err := p.settled(token); err != nil {
		p.Error(err)
	}
}

// refuses fails unless a token is bad, for a reason.
func (p *pair) refuses(token, why string) {
	p.Helper()
	if c, err := p.settled(token); fault.KindOf(err) != fault.Unauthorized || !strings.Contains(err.Error(), why) {
		p.Errorf("got %+v and %v, want it unauthorized for %q", c, err, why)
	}
}

// cannotTell fails unless the client is told to come again.
func (p *pair) cannotTell(token string) {
	p.Helper()
	_, err := p.verify(token)
	var noKeys *access.NoKeys
	if !errors.As(err, &noKeys) || fault.KindOf(err) != fault.Unavailable || noKeys.After <= 0 || noKeys.Why == nil {
		p.Errorf("got %v, want that nobody can tell", err)
	}
}

// askedOnce fails unless the provider was asked for everything once.
func (p *pair) askedOnce() {
	p.Helper()
	if d, k := p.Asked(issuertest.Document), p.Asked(issuertest.Keys); d != 1 || k != 1 {
		p.Errorf("the provider was asked %d times for its document and %d times for its keys", d, k)
	}
}

type changes = map[string]any

func TestClaimsAreThoseOfTheProvidersThatThereAre(t *testing.T) {
	p := newPair(t)
	words := []string{"openid", "statements/write"}
	for _, tt := range []struct {
		name    string
		changes changes
		want    access.Claims
	}{
		{"RFC 9068", nil, access.Claims{Client: "lms", Subject: "u-17", Scopes: words}},
		{"Keycloak", changes{"client_id": nil, "azp": "lms", "typ": "Bearer"}, access.Claims{Client: "lms", Subject: "u-17", Scopes: words}},
		{"Okta", changes{"client_id": nil, "cid": "lms", "scope": nil, "scp": words}, access.Claims{Client: "lms", Subject: "u-17", Scopes: words}},
		{"Entra ID", changes{"client_id": nil, "appid": "lms", "scope": nil, "scp": "openid statements/write"}, access.Claims{Client: "lms", Subject: "u-17", Scopes: words}},
		{"client for itself", changes{"sub": "lms"}, access.Claims{Client: "lms", Scopes: words}},
		{"no client", changes{"client_id": nil}, access.Claims{Subject: "u-17", Scopes: words}},
		{"several audiences", changes{"aud": []string{"account", issuertest.Audience}}, access.Claims{Client: "lms", Subject: "u-17", Scopes: words}},
		{"no scope", changes{"scope": nil}, access.Claims{Client: "lms", Subject: "u-17"}},
	} {
		got, err := p.verify(p.Token(tt.changes))
		if err != nil || !cmp.Equal(got, tt.want) {
			t.Errorf("%s: %v %s", tt.name, err, cmp.Diff(tt.want, got))
		}
	}
	p.askedOnce()
}

func TestTokensThatDoNotCount(t *testing.T) {
	p := newPair(t)
	at := p.Now().Unix()
	for why, c := range map[string]changes{
		"different provider": {"iss": "https://id.example.com"},
		"expected audience":  {"aud": "https://other.example.com"},
		"counted until":      {"exp": at - 61},
		"until when":         {"exp": nil},
		"not before":         {"nbf": at + 3600},
		"ID token":           {"typ": "ID"},
		"key of its client":  {"cnf": changes{"jkt": "x"}},
		"neither which":      {"client_id": nil, "sub": nil},
		"other types":        {"scope": 7},
	} {
		p.refuses(p.Token(c), why)
	}
	for _, c := range []changes{{"exp": at - 30}, {"nbf": at + 120}} { // clocks differ
		p.lets(p.Token(c))
	}
}

// A token that anybody could have made: without a signature, with a public key
// taken for a secret, with somebody else's key, or changed afterwards.
func TestForgedTokens(t *testing.T) {
	p := newPair(t)
	key, stranger := issuertest.NewKey(t), issuertest.NewKey(t)
	p.Publish("2", key)
	public, err := json.Marshal(jose.JSONWebKey{Key: key.Public()})
	if err != nil {
		t.Fatal(err)
	}
	good := p.Sign(jose.RS256, key, "2", p.Claims(nil))
	parts := strings.Split(good, ".")
	other := strings.Split(p.Sign(jose.RS256, stranger, "2", p.Claims(changes{"scope": "admin"})), ".")
	for name, token := range map[string]string{
		"none":             "eyJhbGciOiJub25lIn0." + parts[1] + ".",
		"no signature":     parts[0] + "." + parts[1] + ".",
		"public as secret": p.Sign(jose.HS256, public, "2", p.Claims(nil)),
		"another key":      p.Sign(jose.RS256, stranger, "2", p.Claims(nil)),
		"another kid":      p.Sign(jose.RS256, stranger, "3", p.Claims(nil)),
		"other claims":     parts[0] + "." + other[1] + "." + parts[2],
		"garbage":          "eyJ.!.!",
	} {
		p.forget()
		p.lets(good)
		p.Pass(6 * time.Second) // the keys may be read again
		if c, err := p.settled(token); fault.KindOf(err) != fault.Unauthorized {
			t.Errorf("%s: %+v, %v", name, c, err)
		}
	}
}

func TestKindsOfKeys(t *testing.T) {
	p := newPair(t)
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	key := issuertest.NewKey(t)
	p.Publish("ed", edwards)
	p.Publish("ec", curve)
	p.Publish("rsa", key)
	p.lets(p.Sign(jose.EdDSA, edwards, "ed", p.Claims(nil)))
	p.lets(p.Sign(jose.ES256, curve, "ec", p.Claims(nil)))
	p.lets(p.Sign(jose.PS512, key, "rsa", p.Claims(nil)))
}

func TestKeysChange(t *testing.T) {
	p := newPair(t)
	p.lets(p.Token(nil))
	key := issuertest.NewKey(t)
	p.Publish("2", key)
	token := p.Sign(jose.RS256, key, "2", p.Claims(nil))
	p.cannotTell(token) // the keys were read a moment ago
	p.Pass(6 * time.Second)
	p.lets(token)
	p.Publish("1", nil)
	p.lets(p.Token(nil)) // it is not known yet
	p.Pass(11 * time.Minute)
	p.lets(p.Token(nil)) // nor now, but this has the keys read again
	for range 200 {
		if _, err := p.verify(p.Token(nil)); err != nil {
			p.Pass(time.Minute)
			p.refuses(p.Token(nil), "not signed by a key")
			p.lets(token)
			return
		}
		time.Sleep(10 * time.Millisecond) // the keys are read beside, which no caller hears of
	}
	t.Error("a key that the provider took back counts for ever")
}

func TestAProviderThatIsDown(t *testing.T) {
	p := newPair(t)
	p.Break(issuertest.Document, true)
	p.cannotTell(p.Token(nil))
	p.cannotTell(p.Token(nil))
	if n := p.Asked(issuertest.Document); n != 1 {
		t.Errorf("it was asked %d times within a moment", n)
	}
	p.Break(issuertest.Document, false)
	p.Break(issuertest.Keys, true)
	p.Pass(6 * time.Second)
	p.cannotTell(p.Token(nil))
	p.Break(issuertest.Keys, false)
	p.Pass(6 * time.Second)
	p.lets(p.Token(nil))
	p.Break(issuertest.Document, true)
	for range 3 { // its keys are known
		p.Pass(30 * time.Minute)
		p.lets(p.Token(nil))
	}
}

func TestDocumentsThatAreNotBelieved(t *testing.T) {
	for _, c := range []changes{{"issuer": "https://id.example.com"}, {"jwks_uri": nil}, {"jwks_uri": 1}} {
		p := newPair(t)
		p.Say(c)
		p.cannotTell(p.Token(nil))
	}
}

// However many tokens come at once, a provider is asked once.
func TestManyAtOnce(t *testing.T) {
	p := newPair(t)
	token := p.Token(nil)
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() { p.lets(token) })
	}
	wg.Wait()
	p.askedOnce()
}
