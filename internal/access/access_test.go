package access_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/liftmark/liftmark/internal/access"
	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/state"
)

// shelf is a book in memory.
type shelf struct {
	all     map[string]state.Credential
	touched []map[string]time.Time
	broken  error
}

func (s *shelf) Credential(_ context.Context, id string) (state.Credential, error) {
	c, ok := s.all[id]
	if s.broken != nil {
		return c, s.broken
	}
	if !ok {
		return c, fault.New(fault.NotFound, "no credential %q", id)
	}
	return c, nil
}

func (s *shelf) TouchCredentials(_ context.Context, used map[string]time.Time) error {
	s.touched = append(s.touched, used)
	return s.broken
}

func (s *shelf) add(t *testing.T, w access.Wish) access.Made {
	t.Helper()
	made, err := access.Make(w, start, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	s.all[made.Credential.ID] = made.Credential
	return made
}

var start = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)

type setting struct {
	a, b *shelf
	auth *access.Authenticator
	now  time.Time
}

func set() *setting {
	s := &setting{a: &shelf{all: map[string]state.Credential{}}, b: &shelf{all: map[string]state.Credential{}}, now: start}
	s.auth = access.NewAuthenticator([]access.Named{{Workspace: "a", Book: s.a}, {Workspace: "b", Book: s.b}}, nil, 3, func() time.Time { return s.now })
	return s
}

var address = netip.MustParseAddr("192.0.2.7")

func TestEachKindOfCredentialLetsInToItsWorkspace(t *testing.T) {
	s := set()
	basic := s.a.add(t, access.Wish{Label: "LMS", Scopes: []access.Scope{access.All}, Lenient: []access.Tolerance{access.CacheBusters}})
	api := s.b.add(t, access.Wish{Kind: access.APIKeyKind})
	write := s.b.add(t, access.Wish{Kind: access.WriteKeyKind})
	brought := s.a.add(t, access.Wish{ID: "old-user", Secret: "an old password"})
	ctx := context.Background()
	for _, tt := range []struct {
		name, workspace string
		scope           access.Scope
		try             func() (*access.Caller, error)
	}{
		{"basic", "a", access.All, func() (*access.Caller, error) {
			return s.auth.Basic(ctx, address, basic.Credential.ID, basic.Secret)
		}},
		{"api key", "b", access.APIRead, func() (*access.Caller, error) { return s.auth.Key(ctx, address, api.Secret) }},
		{"api key as user name", "b", access.APIRead, func() (*access.Caller, error) { return s.auth.Basic(ctx, address, api.Secret, "") }},
		{"write key as user name", "b", access.Track, func() (*access.Caller, error) { return s.auth.Basic(ctx, address, write.Secret, "") }},
		{"brought along", "a", access.All, func() (*access.Caller, error) { return s.auth.Basic(ctx, address, "old-user", "an old password") }},
		{"brought along, again", "a", access.All, func() (*access.Caller, error) { return s.auth.Basic(ctx, address, "old-user", "an old password") }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := tt.try()
			if err != nil {
				t.Fatal(err)
			}
			if c.Workspace != tt.workspace || !c.May(tt.scope) || c.May(access.Admin) {
				t.Errorf("caller is %+v, want workspace %s and scope %s, and not admin", c, tt.workspace, tt.scope)
			}
		})
	}
	if brought.Credential.SecretHash == "" || strings.Contains(brought.Credential.SecretHash, "an old password") {
		t.Errorf("a chosen secret is stored as %q", brought.Credential.SecretHash)
	}
}

func TestWrongSecretsAreRefused(t *testing.T) {
	s := set()
	basic := s.a.add(t, access.Wish{})
	api := s.a.add(t, access.Wish{Kind: access.APIKeyKind})
	s.a.add(t, access.Wish{ID: "old-user", Secret: "an old password"})
	write := s.a.add(t, access.Wish{Kind: access.WriteKeyKind})
	for name, pair := range map[string][2]string{
		"no secret":               {basic.Credential.ID, ""},
		"other secret":            {basic.Credential.ID, api.Secret},
		"hash as secret":          {basic.Credential.ID, basic.Credential.SecretHash},
		"secret in capitals":      {basic.Credential.ID, strings.ToUpper(basic.Secret)},
		"api key without secret":  {api.Credential.ID, ""},
		"api key cut short":       {api.Secret[:len(api.Secret)-1], ""},
		"wrong chosen secret":     {"old-user", "an old passwort"},
		"write key with a secret": {write.Credential.ID, "x"},
		"nobody":                  {"", ""},
		"unknown":                 {"nobody", "no secret either"},
		"a user name of 1 MB":     {strings.Repeat("x", 1<<20), "y"},
	} {
		s.now = s.now.Add(time.Hour)
		if c, err := s.auth.Basic(context.Background(), address, pair[0], pair[1]); c != nil || fault.KindOf(err) != fault.Unauthorized {
			t.Errorf("%s: got %v, %v, want unauthorized", name, c, err)
		}
	}
}

func TestRevokedCredentialsAreRefusedWithinASecond(t *testing.T) {
	s := set()
	made := s.a.add(t, access.Wish{})
	try := func() error {
		_, err := s.auth.Basic(context.Background(), address, made.Credential.ID, made.Secret)
		return err
	}
	if err := try(); err != nil {
		t.Fatal(err)
	}
	c := made.Credential
	c.RevokedAt = s.now
	s.a.all[c.ID] = c
	s.now = s.now.Add(time.Second)
	if err := try(); fault.KindOf(err) != fault.Unauthorized || !strings.Contains(err.Error(), "revoked") {
		t.Errorf("after a second: %v, want that it is revoked", err)
	}
	c.RevokedAt = time.Time{}
	s.a.all[c.ID] = c
	s.auth.Forget(c.ID)
	if err := try(); err != nil {
		t.Errorf("a change that is said counts at once, got %v", err)
	}
}

// slowShelf lets something happen between reading a credential and giving it.
type slowShelf struct {
	*shelf
	meanwhile func()
}

func (s *slowShelf) Credential(ctx context.Context, id string) (state.Credential, error) {
	c, err := s.shelf.Credential(ctx, id)
	if s.meanwhile != nil {
		s.meanwhile()
	}
	return c, err
}

func TestCredentialThatWasReadBeforeItsRevocationIsNotRemembered(t *testing.T) {
	book := &slowShelf{shelf: &shelf{all: map[string]state.Credential{}}}
	made := book.add(t, access.Wish{})
	auth := access.NewAuthenticator([]access.Named{{Workspace: "a", Book: book}}, nil, 3, func() time.Time { return start })
	book.meanwhile = func() {
		c := made.Credential
		c.RevokedAt = start
		book.all[c.ID] = c
		auth.Forget(c.ID)
		book.meanwhile = nil
	}
	if _, err := auth.Basic(t.Context(), address, made.Credential.ID, made.Secret); err != nil {
		t.Fatalf("while it is being revoked: %v", err)
	}
	if _, err := auth.Basic(t.Context(), address, made.Credential.ID, made.Secret); fault.KindOf(err) != fault.Unauthorized {
		t.Errorf("after it was revoked: %v, want unauthorized", err)
	}
}

func TestAddressThatFailsTooOftenWaits(t *testing.T) {
	s := set()
	made := s.a.add(t, access.Wish{})
	chosen := s.a.add(t, access.Wish{ID: "old-user", Secret: "an old password"})
	ctx := context.Background()
	fail := func(from string) error {
		_, err := s.auth.Basic(ctx, netip.MustParseAddr(from), made.Credential.ID, "wrong")
		return err
	}
	for range 3 {
		if err := fail("2001:db8::1"); fault.KindOf(err) != fault.Unauthorized {
			t.Fatalf("got %v, want unauthorized", err)
		}
	}
	var limited *access.Limited
	if err := fail("2001:db8::2"); !errors.As(err, &limited) || limited.After != 20*time.Second {
		t.Errorf("the same network fails a fourth time: %v, want to wait 20 s (3 a minute)", err)
	}
	if err := fail("2001:db8:0:1::1"); fault.KindOf(err) != fault.Unauthorized {
		t.Errorf("another network: %v, want unauthorized", err)
	}
	from := netip.MustParseAddr("2001:db8::3")
	if _, err := s.auth.Basic(ctx, from, made.Credential.ID, made.Secret); err != nil {
		t.Errorf("a good credential of that network: %v", err)
	}
	if _, err := s.auth.Basic(ctx, from, chosen.Credential.ID, "a guessed password"); !errors.As(err, &limited) {
		t.Errorf("a guess at a chosen secret: %v, want to wait", err)
	}
	s.now = s.now.Add(20 * time.Second)
	if err := fail("2001:db8::1"); fault.KindOf(err) != fault.Unauthorized {
		t.Errorf("after the wait: %v, want unauthorized", err)
	}
}

func TestLastUsesAreWrittenTogether(t *testing.T) {
	s := set()
	made := s.a.add(t, access.Wish{})
	for range 50 {
		s.now = s.now.Add(time.Second)
		if _, err := s.auth.Basic(context.Background(), address, made.Credential.ID, made.Secret); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if err := s.auth.Flush(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	if len(s.a.touched) != 1 || !s.a.touched[0][made.Credential.ID].Equal(s.now) || len(s.b.touched) != 0 {
		t.Errorf("written %v and %v, want the last use once", s.a.touched, s.b.touched)
	}
}

// Who is not known may be one of the workspace that cannot be read. What that
// is, and whether an id is known elsewhere, the answer does not tell.
func TestUnreadableStoreIsNotUnauthorized(t *testing.T) {
	s := set()
	mine := s.a.add(t, access.Wish{})
	gone := s.a.add(t, access.Wish{})
	gone.Credential.RevokedAt = start
	s.a.all[gone.Credential.ID] = gone.Credential
	s.b.broken = fault.New(fault.Unavailable, "the disk of /srv/globex is gone")
	for name, pair := range map[string][2]string{
		"unknown":      {"wk_abc", ""},
		"other secret": {mine.Credential.ID, gone.Secret},
		"revoked":      {gone.Credential.ID, gone.Secret},
	} {
		_, err := s.auth.Basic(t.Context(), address, pair[0], pair[1])
		var closed *access.Closed
		if fault.KindOf(err) != fault.Unavailable || !errors.As(err, &closed) || strings.Contains(err.Error(), "globex") {
			t.Errorf("%s: got %v, want unavailable and no word about why", name, err)
		}
	}
}

func TestUnreadableStoreKeepsNobodyElseOut(t *testing.T) {
	s := set()
	mine := s.a.add(t, access.Wish{})
	chosen := s.a.add(t, access.Wish{ID: "old-user", Secret: "an old password"})
	s.b.broken = fault.New(fault.Invalid, "liftmark.yaml of globex is wrong")
	for range 20 { // clients of b behind the same address
		if _, err := s.auth.Basic(t.Context(), address, "client-of-b", "its secret, which is good"); fault.KindOf(err) == fault.Unauthorized {
			t.Fatalf("a client of the unreadable workspace: %v", err)
		}
	}
	for _, made := range []access.Made{mine, chosen} {
		if c, err := s.auth.Basic(t.Context(), address, made.Credential.ID, made.Secret); err != nil || c.Workspace != "a" {
			t.Errorf("a client of the other workspace: %v, %v", c, err)
		}
	}
	if err := s.auth.Flush(t.Context()); err != nil || len(s.a.touched) != 1 {
		t.Errorf("last uses: %v, %v", s.a.touched, err)
	}
	var limited *access.Limited
	var err error
	for range 5 {
		_, err = s.auth.Basic(t.Context(), address, mine.Credential.ID, "a guess")
	}
	if !errors.As(err, &limited) {
		t.Errorf("guesses at a known key: %v, want to wait", err)
	}
}

// A workspace that was copied brings its keys along. Nobody can tell for which
// of the two a request is.
func TestKeyOfTwoWorkspacesLetsInToNeither(t *testing.T) {
	s := set()
	for _, w := range []access.Wish{{}, {Kind: access.WriteKeyKind}, {Kind: access.APIKeyKind}, {ID: "old-user", Secret: "an old password"}} {
		made := s.a.add(t, w)
		s.b.all[made.Credential.ID] = made.Credential
		try := func() (*access.Caller, error) {
			s.now = s.now.Add(time.Second)
			if made.Credential.Kind == access.BasicKind {
				return s.auth.Basic(t.Context(), address, made.Credential.ID, made.Secret)
			}
			return s.auth.Key(t.Context(), address, made.Secret)
		}
		if c, err := try(); c != nil || fault.KindOf(err) != fault.Unavailable || !strings.Contains(err.Error(), "several workspaces") {
			t.Errorf("%s: %+v, %v, want that it is one of several workspaces", made.Credential.Kind, c, err)
		}
		s.auth.Share([]string{made.Credential.ID})
		s.b.broken = errors.New("damaged")
		if c, err := try(); c != nil || fault.KindOf(err) != fault.Unavailable {
			t.Errorf("%s, with one of them unreadable: %+v, %v", made.Credential.Kind, c, err)
		}
		s.b.broken = nil
		ended := made.Credential
		ended.RevokedAt = s.now
		s.a.all[ended.ID] = ended
		if c, err := try(); err != nil || c.Workspace != "b" {
			t.Errorf("%s, revoked in one: %+v, %v, want the other", made.Credential.Kind, c, err)
		}
	}
}

// The same name with another secret is another credential.
func TestSameKeyWithOtherSecretsLeadsToEachOnesWorkspace(t *testing.T) {
	s := set()
	a := s.a.add(t, access.Wish{ID: "lms", Secret: "the secret of a"})
	b := s.b.add(t, access.Wish{ID: "lms", Secret: "the secret of b"})
	for workspace, made := range map[string]access.Made{"a": a, "b": b} {
		if c, err := s.auth.Basic(t.Context(), address, "lms", made.Secret); err != nil || c.Workspace != workspace {
			t.Errorf("%s: %+v, %v", workspace, c, err)
		}
	}
}

func TestNoTwoSecretsAlikeAndNoneShort(t *testing.T) {
	seen := map[string]bool{}
	for _, kind := range []string{access.BasicKind, access.APIKeyKind, access.WriteKeyKind} {
		for range 50 {
			made, err := access.Make(access.Wish{Kind: kind}, start, rand.Reader)
			if err != nil {
				t.Fatal(err)
			}
			if seen[made.Secret] || len(made.Secret) < 32 {
				t.Errorf("%s: secret %q is short or was given before", kind, made.Secret)
			}
			seen[made.Secret] = true
			if kind != access.WriteKeyKind && (made.Credential.SecretHash == "" || strings.Contains(made.Credential.SecretHash, made.Secret)) {
				t.Errorf("%s is stored as %q", kind, made.Credential.SecretHash)
			}
		}
	}
}

func TestWishesThatCannotBeMet(t *testing.T) {
	for want, w := range map[string]access.Wish{
		"there are basic, api_key, write_key and oidc": {Kind: "oauth"},
		"at least 12":             {ID: "me", Secret: "short"},
		"without colon":           {ID: "a:b", Secret: "long enough it is"},
		"cannot begin with lm_":   {ID: "lm_abc"},
		"only a basic credential": {Kind: access.APIKeyKind, Secret: "long enough it is"},
		"is public":               {Kind: access.WriteKeyKind, Scopes: []access.Scope{access.StatementsRead}},
		"is no scope":             {Scopes: []access.Scope{"everything"}},
		"is no tolerance":         {Lenient: []access.Tolerance{"anything"}},
		"200 are the most":        {Label: strings.Repeat("x", 201)},
	} {
		if _, err := access.Make(w, start, rand.Reader); fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v gives %v, want %q", w, err, want)
		}
	}
	if _, err := access.Make(access.Wish{}, start, bytes.NewReader(nil)); err == nil {
		t.Error("a secret was made without randomness")
	}
}

func TestScopesAreReadFromListsAndSuggested(t *testing.T) {
	got, err := access.ParseScopes([]string{"statements/write,state", "state profile"})
	if want := []access.Scope{access.StatementsWrite, access.State, access.Profile}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
	if _, err = access.ParseScopes([]string{"statements:write"}); err == nil || !strings.Contains(err.Error(), "did you mean statements/write?") {
		t.Errorf("got %v, want the scope that was meant", err)
	}
	if _, err = access.ParseTolerances([]string{"cachebuster"}); fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), "cache_busters") {
		t.Errorf("got %v, want the tolerances that there are", err)
	}
}

// The scopes' meanings are those of section 4.1.3 of the communication part of
// xAPI 1.0.3: all/read is unrestricted read access, all is everything.
func TestWideScopesIncludeNarrowOnes(t *testing.T) {
	for held, want := range map[access.Scope][]access.Scope{
		access.StatementsRead: {access.StatementsReadMine},
		access.AllRead:        {access.StatementsRead, access.StatementsReadMine},
		access.All:            {access.StatementsWrite, access.StatementsRead, access.State, access.Profile, access.AllRead},
		access.Admin:          access.Scopes(),
	} {
		c := &access.Caller{Scopes: []access.Scope{held}}
		for _, s := range want {
			if !c.May(s) {
				t.Errorf("%s does not give %s", held, s)
			}
		}
	}
	for _, s := range []access.Scope{access.StatementsWrite, access.Track, access.APIRead, access.Admin} {
		if (&access.Caller{Scopes: []access.Scope{access.AllRead}}).May(s) {
			t.Errorf("all/read gives %s", s)
		}
	}
	if (*access.Caller)(nil).May(access.StatementsRead) {
		t.Error("nobody may read")
	}
}
