package access

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/liftmark/liftmark/internal/fault"
)

// maxAudiences bounds for how many audiences of a token a credential is looked for.
const maxAudiences = 10

// Bearer is whom an access token was made out to.
type Bearer struct {
	Issuer  string // URL of the OpenID provider
	Client  string // the application, "" if the token does not say
	Subject string // who uses it, "" if the application acts for itself
}

// Claims are what a token says that was found to be good.
type Claims struct {
	Client, Subject string
	Scopes          []string // as the provider names them
}

// Tokens reads access tokens.
type Tokens interface {
	// Verify gives the claims of a token if the issuer signed it for the audience
	// and it is in force.
	//
	// Errors: fault.Unauthorized saying what is wrong with the token; *NoKeys when
	// that cannot be told now.
	Verify(ctx context.Context, issuer, audience, token string) (Claims, error)
}

// NoKeys is the error for a token when its issuer's keys cannot be read now: it
// is neither good nor bad, so that its client tries again. Why is for the log.
type NoKeys struct {
	Issuer string
	After  time.Duration
	Why    error
}

// Error gives the message, which does not say why.
func (n *NoKeys) Error() string {
	return "the keys of " + n.Issuer + " cannot be read now, so nobody can tell whether the token is good; try again"
}

// Unwrap gives the kind.
func (n *NoKeys) Unwrap() error { return fault.New(fault.Unavailable, "%s", n.Error()) }

// IsToken says whether a bearer's text is a signed token (JWS compact form, RFC
// 7515 section 3.1) and no key of ours.
func IsToken(text string) bool {
	return strings.HasPrefix(text, "eyJ") && strings.Count(text, ".") == 2
}

// Token recognises an access token of an OpenID provider that a workspace
// trusts. Errors are those of Basic; *NoKeys; fault.Forbidden for a good token
// without a scope that counts here.
func (a *Authenticator) Token(ctx context.Context, from netip.Addr, token string) (*Caller, error) {
	issuer, audiences, err := addressed(token)
	if err != nil {
		return nil, a.failed(from, err.Error())
	}
	said, err := a.trusting(ctx, issuer, audiences)
	switch {
	case err != nil:
		return nil, err
	case said.ofSeveral() || len(said.found) > 0 && said.dark && a.isShared(said.found[0].credential.ID):
		return nil, fault.New(fault.Unavailable, "several workspaces of the server let this token in, and nobody can tell for which of them it is; revoke all of their credentials for %s but one", issuer)
	case len(said.found) == 0 && said.dark:
		return nil, a.unsure(from, said)
	case len(said.found) == 0:
		return nil, a.failed(from, fmt.Sprintf("no workspace lets in by tokens of %s for %s; ask for a token for another audience, or let them in with liftmark credential add --kind %s", quoted(issuer), quoted(audiences...), OIDCKind))
	}
	trust := said.found[0]
	claims, err := a.tokens.Verify(ctx, issuer, trust.credential.Audience, token)
	var unread *NoKeys
	switch {
	case errors.As(err, &unread):
		if limited := a.failed(from, ""); errors.As(limited, new(*Limited)) {
			return nil, limited
		}
		return nil, err
	case fault.KindOf(err) == fault.Unauthorized:
		return nil, a.failed(from, err.Error())
	case err != nil:
		return nil, err
	}
	a.note(trust)
	return trust.bearer(claims)
}

// ofSeveral says whether credentials of more than one workspace were found.
func (a answer) ofSeveral() bool {
	return slices.ContainsFunc(a.found, func(f found) bool { return f.workspace != a.found[0].workspace })
}

// trusting gives the credentials in force that let in by tokens of an issuer
// for any of some audiences, in their order.
func (a *Authenticator) trusting(ctx context.Context, issuer string, audiences []string) (answer, error) {
	var all answer
	for _, audience := range audiences {
		said, err := a.find(ctx, trustID(issuer, audience))
		if err != nil {
			return all, err
		}
		all.dark = all.dark || said.dark
		for _, f := range said.found {
			if f.inForce() && f.credential.Issuer == issuer && f.credential.Audience == audience {
				all.found = append(all.found, f)
			}
		}
	}
	return all, nil
}

// bearer is who a token lets in: with the rights that both the token and the
// credential give.
func (f found) bearer(c Claims) (*Caller, error) {
	caller := f.caller()
	caller.Bearer = &Bearer{Issuer: f.credential.Issuer, Client: c.Client, Subject: c.Subject}
	given := Caller{}
	for _, word := range c.Scopes {
		if name, ok := strings.CutPrefix(word, f.credential.ScopePrefix); ok && slices.Contains(Scopes(), Scope(name)) {
			given.Scopes = append(given.Scopes, Scope(name))
		}
	}
	most := *caller
	caller.Scopes = nil
	for _, s := range Scopes() {
		if given.May(s) && most.May(s) {
			caller.Scopes = append(caller.Scopes, s)
		}
	}
	if len(caller.Scopes) == 0 {
		return nil, fault.New(fault.Forbidden, "the token has no scope that counts here, only %s; ask its provider for some of %s, each beginning with %q", quoted(c.Scopes...), list(most.Scopes), f.credential.ScopePrefix)
	}
	return caller, nil
}

// addressed reads who says to have signed a token, and for whom. Nothing of it
// is believed.
func addressed(token string) (issuer string, audiences []string, err error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return "", nil, errors.New("the token is no JWS in compact form")
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return "", nil, errors.New("the token's payload is no base64url")
	}
	var said struct {
		Issuer   string `json:"iss"`
		Audience words  `json:"aud"`
	}
	if err := json.Unmarshal(payload, &said); err != nil {
		return "", nil, errors.New("the token's payload is no JSON object with the texts iss and aud")
	}
	audiences = said.Audience
	switch {
	case said.Issuer == "" || len(audiences) == 0:
		return "", nil, errors.New("the token does not say who made it out (iss), or for whom (aud)")
	case len(audiences) > maxAudiences:
		return "", nil, fmt.Errorf("the token is made out for %d audiences; %d are the most", len(audiences), maxAudiences)
	}
	return said.Issuer, audiences, nil
}

// words is a claim that is one text or several.
type words []string

// UnmarshalJSON implements json.Unmarshaler.
func (w *words) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*w = words{one}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(w))
}

// trustID is the id of the credential that trusts an issuer's tokens for an
// audience: the same in every workspace, so that two that trust them are found.
func trustID(issuer, audience string) string {
	sum := sha256.Sum256([]byte(issuer + "\x00" + audience))
	return trustPrefix + hex.EncodeToString(sum[:8])
}

// quoted lists what a stranger sent, cut to a length that a log can bear.
func quoted(texts ...string) string {
	if len(texts) == 0 {
		return "none"
	}
	var out []string
	for _, t := range texts[:min(len(texts), maxAudiences)] {
		out = append(out, fmt.Sprintf("%.200q", t))
	}
	return strings.Join(out, ", ")
}

// checkTrust looks at what a wish says of a provider.
func (w Wish) checkTrust() error {
	if w.Kind != OIDCKind {
		if w.Issuer != "" || w.Audience != "" || w.ScopePrefix != "" {
			return fault.New(fault.Invalid, "issuer, audience and the prefix of scopes belong to the kind %s", OIDCKind)
		}
		return nil
	}
	odd := func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) || r == '"' || r == '\\' }
	switch {
	case w.Audience == "" || len(w.Audience) > 500 || strings.ContainsFunc(w.Audience, unicode.IsControl):
		return fault.New(fault.Invalid, "the audience is for whom the provider makes tokens out, such as https://liftmark.example.com: at most 500 bytes, without control characters")
	case len(w.ScopePrefix) > 200 || strings.ContainsFunc(w.ScopePrefix, odd):
		return fault.New(fault.Invalid, "the prefix of scopes has at most 200 bytes, without spaces, quotation marks, backslashes and control characters")
	}
	return checkIssuer(w.Issuer)
}

// checkIssuer looks at a provider's address: keys come from there, so on the way
// nobody may change them (OpenID Connect Discovery 1.0 section 3).
func checkIssuer(issuer string) error {
	u, err := url.Parse(issuer)
	switch {
	case err != nil || u.Host == "" || len(issuer) > 1000:
		return fault.New(fault.Invalid, "the issuer %.200q is no URL such as https://id.example.com/realms/learning; the provider's discovery document has it", issuer)
	case u.RawQuery != "" || u.Fragment != "" || u.User != nil || u.ForceQuery:
		return fault.New(fault.Invalid, "the issuer %.200q has a query, a fragment or a user; leave them out", issuer)
	case u.Scheme == "https":
		return nil
	case u.Scheme == "http" && isLoopback(u.Hostname()):
		return nil
	}
	return fault.New(fault.Invalid, "the issuer %.200q must begin with https://; http:// is for providers on this machine", issuer)
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}
