package access

import (
	"io"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/state"
)

// The kinds of credentials.
const (
	// BasicKind is a key and a secret, as user name and password.
	BasicKind = "basic"
	// APIKeyKind is one text, sent as a bearer token: lm_<id>_<secret>.
	APIKeyKind = "api_key"
	// WriteKeyKind is one text that web pages show to everybody: it has no
	// secret, and rights to send alone.
	WriteKeyKind = "write_key"
	// OIDCKind is trust in the signed access tokens of an OpenID provider.
	OIDCKind = "oidc"
)

// MinSecret is the length of the shortest secret that may be brought along.
const MinSecret = 12

// Wish describes a credential to be made.
type Wish struct {
	Label   string
	Kind    string // BasicKind when empty
	Scopes  []Scope
	Lenient []Tolerance
	// ID and Secret of a basic credential may be brought along from another
	// record store, so that its clients need no change; empty: generated.
	ID, Secret string
	// Of OIDCKind: the provider; for whom its tokens must be made out; and how
	// its names of our scopes begin, which may be "". A token gives what both its
	// own scopes and these Scopes give.
	Issuer, Audience, ScopePrefix string
}

// Made is a new credential. Secret is to be shown once: the password, or the
// whole key. It is not stored.
type Made struct {
	Credential state.Credential
	Secret     string
}

// Make makes a credential and does not store it.
//
// Errors: fault.Invalid naming what is wrong with the wish.
func Make(w Wish, now time.Time, random io.Reader) (Made, error) {
	if w.Kind == "" {
		w.Kind = BasicKind
	}
	if len(w.Scopes) == 0 {
		w.Scopes = defaultScopes[w.Kind]
	}
	if err := w.check(); err != nil {
		return Made{}, err
	}
	made := Made{Credential: state.Credential{
		Label: w.Label, Kind: w.Kind, Scopes: texts(w.Scopes), Lenient: texts(w.Lenient), CreatedAt: now.UTC(),
		Issuer: w.Issuer, Audience: w.Audience, ScopePrefix: w.ScopePrefix,
	}}
	var err error
	switch w.Kind {
	case BasicKind:
		err = made.basic(w, random)
	case APIKeyKind:
		err = made.apiKey(random)
	case OIDCKind:
		made.Credential.ID = trustID(w.Issuer, w.Audience)
	default:
		err = made.writeKey(random)
	}
	return made, err
}

// defaultScopes are what a credential of a kind gets when none is named.
var defaultScopes = map[string][]Scope{
	BasicKind:    {All},
	APIKeyKind:   {APIRead},
	WriteKeyKind: {Track},
	OIDCKind:     {All},
}

// public are the scopes that a key which everybody can read may give.
var public = []Scope{Track, StatementsWrite}

func (w Wish) check() error {
	switch {
	case defaultScopes[w.Kind] == nil:
		return fault.New(fault.Invalid, "%q is no kind of credential; there are %s, %s, %s and %s", w.Kind, BasicKind, APIKeyKind, WriteKeyKind, OIDCKind)
	case len(w.Label) > 200:
		return fault.New(fault.Invalid, "the label has %d bytes; 200 are the most", len(w.Label))
	case w.Kind != BasicKind && (w.ID != "" || w.Secret != ""):
		return fault.New(fault.Invalid, "only a %s credential can bring its key and secret along; leave them out to have them made", BasicKind)
	}
	if err := w.checkScopes(); err != nil {
		return err
	}
	if err := w.checkTrust(); err != nil {
		return err
	}
	return w.checkBrought()
}

func (w Wish) checkScopes() error {
	if _, err := ParseScopes(texts(w.Scopes)); err != nil {
		return err
	}
	if _, err := ParseTolerances(texts(w.Lenient)); err != nil {
		return err
	}
	for _, s := range w.Scopes {
		if w.Kind == WriteKeyKind && !slices.Contains(public, s) {
			return fault.New(fault.Invalid, "a %s is public, as web pages show it, and cannot give %s; it may give %s", WriteKeyKind, s, list(public))
		}
	}
	return nil
}

func (w Wish) checkBrought() error {
	switch {
	case w.ID != "" && (len(w.ID) > 200 || strings.ContainsFunc(w.ID, notInUserName)):
		return fault.New(fault.Invalid, "the key must have at most 200 bytes, without colon, spaces and control characters")
	case strings.HasPrefix(w.ID, keyPrefix) || strings.HasPrefix(w.ID, writeKeyPrefix) || strings.HasPrefix(w.ID, trustPrefix):
		return fault.New(fault.Invalid, "a key of your own cannot begin with %s, %s or %s", keyPrefix, writeKeyPrefix, trustPrefix)
	case w.Secret != "" && len(w.Secret) < MinSecret:
		return fault.New(fault.Invalid, "the secret has %d characters; at least %d are needed, or leave it out to have a good one made", len(w.Secret), MinSecret)
	case len(w.Secret) > 1024:
		return fault.New(fault.Invalid, "the secret has %d bytes; 1024 are the most", len(w.Secret))
	}
	return nil
}

func notInUserName(r rune) bool { return r == ':' || unicode.IsSpace(r) || unicode.IsControl(r) }

func (m *Made) basic(w Wish, random io.Reader) (err error) {
	if m.Credential.ID = w.ID; w.ID == "" {
		if m.Credential.ID, err = letters(random, idBytes); err != nil {
			return err
		}
	}
	if m.Secret = w.Secret; w.Secret != "" {
		m.Credential.SecretHash, err = hashChosen(w.Secret, random)
		return err
	}
	m.Secret, err = letters(random, secretBytes)
	m.Credential.SecretHash = hashGenerated(m.Secret)
	return err
}

func (m *Made) apiKey(random io.Reader) error {
	id, err := letters(random, idBytes)
	if err != nil {
		return err
	}
	secret, err := letters(random, secretBytes)
	m.Credential.ID = keyPrefix + id
	m.Credential.SecretHash = hashGenerated(secret)
	m.Secret = m.Credential.ID + "_" + secret
	return err
}

func (m *Made) writeKey(random io.Reader) error {
	key, err := letters(random, writeKeyBytes)
	m.Credential.ID = writeKeyPrefix + key
	m.Secret = m.Credential.ID
	return err
}

// splitKey parts an API key into its id and secret; a write key has no secret.
func splitKey(key string) (id, secret string) {
	if body, ok := strings.CutPrefix(key, keyPrefix); ok {
		id, secret, _ = strings.Cut(body, "_")
		return keyPrefix + id, secret
	}
	return key, ""
}

func texts[T ~string](values []T) []string { return named[string](values) }

// named gives texts another type.
func named[To, From ~string](values []From) []To {
	out := make([]To, len(values))
	for i, v := range values {
		out[i] = To(v)
	}
	return out
}

// IsWriteKey says whether an id is that of a key which web pages show.
func IsWriteKey(id string) bool { return strings.HasPrefix(id, writeKeyPrefix) }
