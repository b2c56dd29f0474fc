package issuer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/liftmark/liftmark/internal/access"
)

// provider is an OpenID provider and what is known of its keys.
type provider struct {
	issuer string
	now    func() time.Time
	log    *slog.Logger
	client *http.Client

	mu      sync.Mutex
	keys    oidc.KeySet // nil until discovery went well once
	readAt  time.Time   // when it did last
	triedAt time.Time
	err     error         // of the last discovery
	reading chan struct{} // closed when the discovery under way ends; nil: none is
}

func newProvider(issuer string, now func() time.Time, log *slog.Logger) *provider {
	return &provider{issuer: issuer, now: now, log: log, client: client(now)}
}

// current gives the keys. It waits for them only where there are none: keys that
// are due to be read again count until they were.
func (p *provider) current(ctx context.Context) (oidc.KeySet, error) {
	p.mu.Lock()
	now := p.now()
	due := p.keys == nil || now.Sub(p.readAt) >= renewAfter
	if due && p.reading == nil && now.Sub(p.triedAt) >= pause {
		p.triedAt, p.reading = now, make(chan struct{})
		go p.discover()
	}
	wait := p.reading
	if p.keys != nil {
		wait = nil
	}
	p.mu.Unlock()
	if wait != nil {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-wait:
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.keys == nil {
		return nil, p.err
	}
	return p.keys, nil
}

// discover reads the provider's discovery document and keys. The key set that it
// makes reads them again when a token names one that it does not know.
func (p *provider) discover() {
	ctx, cancel := context.WithTimeout(oidc.ClientContext(context.Background(), p.client), timeout)
	defer cancel()
	keys, err := p.read(ctx)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err = err; err == nil {
		p.keys, p.readAt = keys, p.now()
	} else {
		p.log.Warn("the keys of an OpenID provider cannot be read", slog.String("issuer", p.issuer), slog.String("error", err.Error()))
	}
	close(p.reading)
	p.reading = nil
}

func (p *provider) read(ctx context.Context) (oidc.KeySet, error) {
	found, err := oidc.NewProvider(ctx, p.issuer)
	if err != nil {
		return nil, err
	}
	var said struct {
		Keys string `json:"jwks_uri"`
	}
	if err := found.Claims(&said); err != nil {
		return nil, err
	}
	if said.Keys == "" {
		return nil, errors.New("its discovery document does not say where the keys are (jwks_uri)")
	}
	if strings.HasPrefix(p.issuer, "https://") && !strings.HasPrefix(said.Keys, "https://") {
		return nil, fmt.Errorf("its keys are at %.200q, where others can change them on the way", said.Keys)
	}
	keys := &watched{KeySet: oidc.NewRemoteKeySet(ctx, said.Keys)}
	if _, err := keys.VerifySignature(ctx, unsigned); keys.unread() {
		return nil, err
	}
	return keys.KeySet, nil
}

// unsigned is a token that no key fits: a key set reads its keys to find that out.
const unsigned = "eyJhbGciOiJSUzI1NiJ9.e30.AA"

// unread is the error for a token while the keys cannot be read.
func (p *provider) unread(why error) error {
	return &access.NoKeys{Issuer: p.issuer, After: pause, Why: why}
}

// sparing asks for the same thing once in a while only, whatever tokens come: a
// token with a key that nobody knows costs a request.
type sparing struct {
	next http.RoundTripper
	now  func() time.Time

	mu    sync.Mutex
	asked map[string]time.Time // by URL; a provider has two
}

// RoundTrip implements http.RoundTripper.
func (s *sparing) RoundTrip(r *http.Request) (*http.Response, error) {
	if wait := s.tooSoon(r.URL.String()); wait {
		return nil, fmt.Errorf("%s was asked less than %s ago", r.URL, pause)
	}
	resp, err := s.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		_ = resp.Body.Close() // its content does not matter
		return nil, fmt.Errorf("%s answers %s", r.URL, resp.Status)
	}
	resp.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(resp.Body, maxAnswer), resp.Body}
	return resp, nil
}

func (s *sparing) tooSoon(url string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	if last, ok := s.asked[url]; ok && now.Sub(last) < pause {
		return true
	}
	s.asked[url] = now
	return false
}

// words is a claim that is a text of words or a list of them.
type words []string

// UnmarshalJSON implements json.Unmarshaler.
func (w *words) UnmarshalJSON(data []byte) error {
	var text string
	if json.Unmarshal(data, &text) == nil {
		*w = strings.Fields(text)
		return nil
	}
	return json.Unmarshal(data, (*[]string)(w))
}
