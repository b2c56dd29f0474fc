package access_test

import (
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/liftmark/liftmark/internal/access"
	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/issuer"
	"github.com/liftmark/liftmark/internal/issuer/issuertest"
	"github.com/liftmark/liftmark/internal/state"
)

// trusted is two workspaces and an OpenID provider, by the same clock.
type trusted struct {
	*issuertest.Provider
	a, b *shelf
	auth *access.Authenticator
}

func trust(t *testing.T) *trusted {
	s := &trusted{Provider: issuertest.New(t, start), a: &shelf{all: map[string]state.Credential{}}, b: &shelf{all: map[string]state.Credential{}}}
	s.auth = access.NewAuthenticator([]access.Named{{Workspace: "a", Book: s.a}, {Workspace: "b", Book: s.b}}, issuer.New(s.Now, slog.New(slog.DiscardHandler)), 3, s.Now)
	return s
}

// wish is trust in the provider's tokens for an audience.
func (s *trusted) wish(audience string, scopes ...access.Scope) access.Wish {
	return access.Wish{Kind: access.OIDCKind, Issuer: s.URL, Audience: audience, Scopes: scopes}
}

func (s *trusted) token(changes map[string]any) (*access.Caller, error) {
	return s.auth.Token(s.Context(), address, s.Token(changes))
}

func TestATokenLetsInToTheWorkspaceOfItsAudience(t *testing.T) {
	s := trust(t)
	made := s.a.add(t, access.Wish{Label: "staff", Kind: access.OIDCKind, Issuer: s.URL, Audience: issuertest.Audience, Lenient: []access.Tolerance{access.CacheBusters}})
	s.b.add(t, s.wish("https://other.example.com"))
	c, err := s.token(nil)
	if err != nil {
		t.Fatal(err)
	}
	want := &access.Caller{
		Workspace: "a", Credential: made.Credential.ID, Label: "staff", Scopes: []access.Scope{access.StatementsWrite}, Lenient: []access.Tolerance{access.CacheBusters},
		Bearer: &access.Bearer{Issuer: s.URL, Client: "lms", Subject: "u-17"},
	}
	if !cmp.Equal(c, want) {
		t.Error(cmp.Diff(want, c))
	}
	other, err := s.token(map[string]any{"aud": []string{"account", "https://other.example.com"}})
	if err != nil || other.Workspace != "b" {
		t.Errorf("%+v, %v", other, err)
	}
	if made.Secret != "" || made.Credential.SecretHash != "" {
		t.Errorf("it has a secret: %+v", made)
	}
	if _, err := s.auth.Basic(s.Context(), address, made.Credential.ID, "a secret of twelve"); fault.KindOf(err) != fault.Unauthorized {
		t.Errorf("its id and a password: %v", err)
	}
	if _, err := s.auth.Key(s.Context(), address, made.Credential.ID); fault.KindOf(err) != fault.Unauthorized {
		t.Errorf("its id as a key: %v", err)
	}
	if err := s.auth.Flush(s.Context()); err != nil || len(s.a.touched) != 1 || s.a.touched[0][made.Credential.ID].IsZero() {
		t.Errorf("its use is noted as %v, %v", s.a.touched, err)
	}
}

// Statements are those of who stored them: of the application and its user, and
// not of everybody whom the provider knows.
func TestAuthorsDiffer(t *testing.T) {
	s := trust(t)
	s.a.add(t, s.wish(issuertest.Audience))
	authors := map[string]bool{}
	for _, c := range []map[string]any{nil, {"sub": "u-18"}, {"client_id": "player"}, {"sub": nil}, {"client_id": nil}} {
		caller, err := s.token(c)
		if err != nil {
			t.Fatal(err)
		}
		authors[caller.Author()] = true
		if !strings.HasPrefix(caller.Author(), caller.Credential+":") {
			t.Errorf("author %s", caller.Author())
		}
	}
	again, err := s.token(nil)
	if err != nil || !authors[again.Author()] || len(authors) != 5 {
		t.Errorf("%d authors of 5, %v", len(authors), err)
	}
}

func TestATokenGivesWhatItAndItsCredentialGive(t *testing.T) {
	for _, tt := range []struct {
		most   []access.Scope
		prefix string
		said   string
		want   []access.Scope
	}{
		{nil, "", "openid state", []access.Scope{access.State}},
		{[]access.Scope{access.All}, "", "admin", []access.Scope{access.StatementsWrite, access.StatementsReadMine, access.StatementsRead, access.State, access.Profile, access.AllRead, access.All}},
		{[]access.Scope{access.StatementsWrite, access.State}, "", "all", []access.Scope{access.StatementsWrite, access.State}},
		{[]access.Scope{access.StatementsRead}, "", "statements/read/mine", []access.Scope{access.StatementsReadMine}},
		{[]access.Scope{access.StatementsReadMine}, "", "statements/read", []access.Scope{access.StatementsReadMine}},
		{[]access.Scope{access.Admin}, "", "api/write track", []access.Scope{access.Track, access.APIRead, access.APIWrite}},
		{[]access.Scope{access.All}, "xapi:", "profile xapi:state xapi:xapi:all", []access.Scope{access.State}},
		{[]access.Scope{access.All}, "xapi:", "profile state", nil},
		{[]access.Scope{access.All}, "", "", nil},
		{[]access.Scope{access.All}, "", "track", nil},
	} {
		s := trust(t)
		w := s.wish(issuertest.Audience, tt.most...)
		w.ScopePrefix = tt.prefix
		s.a.add(t, w)
		c, err := s.token(map[string]any{"scope": tt.said})
		if tt.want == nil {
			if fault.KindOf(err) != fault.Forbidden {
				t.Errorf("%q of %v: %+v, %v", tt.said, tt.most, c, err)
			}
			continue
		}
		if err != nil || !slices.Equal(c.Scopes, tt.want) {
			t.Errorf("%q of %v: %+v, %v", tt.said, tt.most, c, err)
		}
	}
}

func TestTokensThatLetNobodyIn(t *testing.T) {
	s := trust(t)
	made := s.a.add(t, s.wish(issuertest.Audience))
	if _, err := s.token(nil); err != nil {
		t.Fatal(err)
	}
	good := strings.Split(s.Token(nil), ".")
	for name, token := range map[string]string{
		"unknown issuer":   s.Token(map[string]any{"iss": "https://id.example.com"}),
		"unknown audience": s.Token(map[string]any{"aud": "https://other.example.com"}),
		"expired":          s.Token(map[string]any{"exp": start.Add(-time.Hour).Unix()}),
		"many audiences":   s.Token(map[string]any{"aud": strings.Split(strings.Repeat("a,", 10)+issuertest.Audience, ",")}),
		"no audience":      s.Token(map[string]any{"aud": nil}),
		"no issuer":        s.Token(map[string]any{"iss": nil}),
		"no claims":        good[0] + ".e30." + good[2],
		"no JSON":          good[0] + ".AAAA." + good[2],
		"no base64":        good[0] + ".!." + good[2],
		"cut":              good[0] + "." + good[1],
	} {
		s.Pass(time.Minute) // no address fails too often
		if c, err := s.auth.Token(s.Context(), address, token); fault.KindOf(err) != fault.Unauthorized {
			t.Errorf("%s: %+v, %v", name, c, err)
		}
	}
	revoked := s.a.all[made.Credential.ID]
	revoked.RevokedAt = s.Now()
	s.a.all[made.Credential.ID] = revoked
	s.Pass(time.Minute)
	if c, err := s.token(nil); fault.KindOf(err) != fault.Unauthorized {
		t.Errorf("revoked: %+v, %v", c, err)
	}
	for range 3 {
		_, _ = s.token(nil)
	}
	if _, err := s.token(nil); !errors.As(err, new(*access.Limited)) {
		t.Errorf("after three failures: %v", err)
	}
}

// Nobody comes to another's data because two workspaces trust the same provider.
func TestTokensOfTwoWorkspacesLetInToNeither(t *testing.T) {
	s := trust(t)
	made := s.a.add(t, s.wish(issuertest.Audience))
	s.b.add(t, s.wish(issuertest.Audience))
	if c, err := s.token(nil); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("%+v, %v", c, err)
	}
	delete(s.b.all, made.Credential.ID)
	s.b.add(t, s.wish("https://other.example.com"))
	s.Pass(2 * time.Second)
	if c, err := s.token(map[string]any{"aud": []string{"https://other.example.com", issuertest.Audience}}); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("a token for both: %+v, %v", c, err)
	}
	s.b.broken = errors.New("the disk is gone")
	s.Pass(2 * time.Second)
	if c, err := s.token(nil); err != nil || c.Workspace != "a" {
		t.Errorf("another workspace cannot be read: %+v, %v", c, err)
	}
	s.auth.Share([]string{made.Credential.ID})
	if c, err := s.token(nil); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("and has the same credential: %+v, %v", c, err)
	}
	if c, err := s.token(map[string]any{"aud": "https://other.example.com"}); !errors.As(err, new(*access.Closed)) {
		t.Errorf("a token that may be for it: %+v, %v", c, err)
	}
}

func TestTrustThatCannotBe(t *testing.T) {
	good := access.Wish{Kind: access.OIDCKind, Issuer: "https://id.example.com/realms/a", Audience: "a"}
	if _, err := access.Make(good, start, nil); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*access.Wish){
		"http://":     func(w *access.Wish) { w.Issuer = "http://id.example.com" },
		"no URL":      func(w *access.Wish) { w.Issuer = "id.example.com" },
		"a query":     func(w *access.Wish) { w.Issuer = "https://id.example.com/?a=b" },
		"a user":      func(w *access.Wish) { w.Issuer = "https://ann@id.example.com" },
		"no URL such": func(w *access.Wish) { w.Issuer = "" },
		"audience":    func(w *access.Wish) { w.Audience = "" },
		"prefix":      func(w *access.Wish) { w.ScopePrefix = "a b" },
		"only a":      func(w *access.Wish) { w.ID = "mine" },
		"belong to":   func(w *access.Wish) { w.Kind = access.APIKeyKind },
	} {
		w := good
		change(&w)
		if _, err := access.Make(w, start, nil); fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), strings.TrimSuffix(name, " such")) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, local := range []string{"http://localhost:8080", "http://127.0.0.1", "http://[::1]:80/x"} {
		w := good
		w.Issuer = local
		if _, err := access.Make(w, start, nil); err != nil {
			t.Errorf("%s: %v", local, err)
		}
	}
}
