package statetest

import (
	"errors"
	"path/filepath"
	"sync"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/state"
)

var keepTests = []test{
	{"CredentialsAreGivenBack", func(s *suite) {
		c := state.Credential{ID: "k1", Label: "Course player", Kind: "basic", Scopes: []string{"all", "state"}, Lenient: []string{"query"}, SecretHash: "h", CreatedAt: start}
		s.ok(s.AddCredential(s.ctx, c))
		s.credential(c)
		s.fails(s.AddCredential(s.ctx, state.Credential{ID: "k1", Label: "other"}), fault.Conflict)
		s.credential(c)
		_, err := s.Credential(s.ctx, "k2")
		s.fails(err, fault.NotFound)
		s.reopen()
		s.credential(c)
	}},
	{"TrustIsGivenAgain", func(s *suite) {
		c := state.Credential{ID: "oidc_1", Label: "staff", Kind: "oidc", Scopes: []string{"all"}, Issuer: "https://id.example.com", Audience: "a", ScopePrefix: "p:", CreatedAt: start}
		s.ok(s.AddCredential(s.ctx, c))
		s.fails(s.AddCredential(s.ctx, c), fault.Conflict)
		s.ok(s.TouchCredentials(s.ctx, map[string]time.Time{c.ID: start.Add(time.Minute)}))
		s.ok(s.RevokeCredential(s.ctx, c.ID, start.Add(time.Hour)))
		other := c
		other.Issuer = "https://other.example.com"
		s.fails(s.AddCredential(s.ctx, other), fault.Conflict)
		c.Label, c.Scopes, c.Lenient, c.ScopePrefix, c.CreatedAt = "all", []string{"state"}, []string{"query"}, "", start.Add(2*time.Hour)
		s.ok(s.AddCredential(s.ctx, c))
		c.LastUsedAt = start.Add(time.Minute)
		s.reopen()
		s.credential(c)
		s.ok(s.AddCredential(s.ctx, state.Credential{ID: "k", CreatedAt: start}))
		s.ok(s.RevokeCredential(s.ctx, "k", start.Add(time.Hour)))
		s.fails(s.AddCredential(s.ctx, state.Credential{ID: "k", CreatedAt: start}), fault.Conflict)
	}},
	{"CredentialsAreListed", func(s *suite) {
		for i, name := range []string{"b", "a", "c"} {
			s.ok(s.AddCredential(s.ctx, state.Credential{ID: name, CreatedAt: start.Add(time.Duration(i) * time.Second)}))
		}
		list, err := s.Credentials(s.ctx)
		s.ok(err)
		if len(list) != 3 || list[0].ID != "b" || list[2].ID != "c" {
			s.Errorf("credentials %+v", list)
		}
	}},
	{"CredentialsAreRevokedOnce", func(s *suite) {
		c := state.Credential{ID: "k", CreatedAt: start}
		s.ok(s.AddCredential(s.ctx, c))
		c.RevokedAt = start.Add(time.Hour)
		s.ok(s.RevokeCredential(s.ctx, "k", c.RevokedAt))
		s.credential(c)
		s.ok(s.RevokeCredential(s.ctx, "k", c.RevokedAt.Add(time.Hour)))
		s.credential(c)
		s.fails(s.RevokeCredential(s.ctx, "none", start), fault.NotFound)
	}},
	{"CredentialsRememberTheirLatestUse", func(s *suite) {
		s.ok(s.AddCredential(s.ctx, state.Credential{ID: "k", CreatedAt: start}))
		s.ok(s.AddCredential(s.ctx, state.Credential{ID: "other", CreatedAt: start}))
		used := start.Add(time.Hour)
		s.ok(s.TouchCredentials(s.ctx, map[string]time.Time{"k": used, "none": used}))
		s.ok(s.TouchCredentials(s.ctx, map[string]time.Time{"k": start}))
		s.credential(state.Credential{ID: "k", CreatedAt: start, LastUsedAt: used})
		s.credential(state.Credential{ID: "other", CreatedAt: start})
	}},
	{"SettingsAreChanged", settings},
	{"DeadLettersAreKeptByTarget", deadLetters},
	{"BackupsAreConsistent", backups},
	{"ABackupDoesNotOverwrite", func(s *suite) {
		path := filepath.Join(s.TempDir(), "copy")
		s.ok(s.Backup(s.ctx, path))
		s.fails(s.Backup(s.ctx, path), fault.Conflict)
	}},
	{"ChecksThatItCanBeWritten", func(s *suite) {
		s.ok(s.Check(s.ctx))
		s.ok(s.Store.Close())
		s.fails(s.Check(s.ctx), fault.Unavailable)
	}},
	{"OtherStoresSeeNothing", func(s *suite) {
		other := s.open(s.T, "other", s.options())
		defer func() { s.ok(other.Close()) }()
		s.put(plain(1, agent("a")))
		s.write(state.DocumentKey{Shelf: shelf, ID: "x"}, "1")
		s.ok(s.AddCredential(s.ctx, state.Credential{ID: "k"}))
		mine := s.Store
		s.Store = other
		s.finds(state.Filter{WithVoided: true})
		s.lists(shelf, true, time.Time{})
		_, err := s.Credential(s.ctx, "k")
		s.fails(err, fault.NotFound)
		s.last(0)
		s.Store = mine
		s.finds(all(agent("a")), 1)
	}},
}

func (s *suite) credential(want state.Credential) {
	s.Helper()
	got, err := s.Credential(s.ctx, want.ID)
	s.ok(err)
	if diff := cmp.Diff(want, got); diff != "" {
		s.Errorf("credential differs (-want +got):\n%s", diff)
	}
}

func settings(s *suite) {
	put := func(name, value string) {
		s.Helper()
		s.ok(s.ChangeSetting(s.ctx, name, func([]byte) ([]byte, error) { return []byte(value), nil }))
	}
	has := func(name, want string) {
		s.Helper()
		if got, err := s.Setting(s.ctx, name); err != nil || string(got) != want || want == "" && got != nil {
			s.Errorf("setting %s is %q, want %q, %v", name, got, want, err)
		}
	}
	has("a", "")
	put("a", "one")
	put("b", "other")
	has("a", "one")
	s.reopen()
	has("a", "one")
	mine := errors.New("refused")
	if err := s.ChangeSetting(s.ctx, "a", func([]byte) ([]byte, error) { return []byte("x"), mine }); !errors.Is(err, mine) {
		s.Errorf("error %v, want that of the change", err)
	}
	has("a", "one")
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			if err := s.ChangeSetting(s.ctx, "a", func(old []byte) ([]byte, error) { return append(old, '.'), nil }); err != nil {
				s.Error(err)
			}
		})
	}
	wg.Wait()
	has("a", "one..........")
	s.ok(s.ChangeSetting(s.ctx, "a", func([]byte) ([]byte, error) { return nil, nil }))
	has("a", "")
	has("b", "other")
}

func deadLetters(s *suite) {
	s.ok(s.AddDeadLetters(s.ctx, []state.DeadLetter{
		{Target: "a", Statement: id(1), Reason: "400", Attempts: 3, At: start},
		{Target: "b", Statement: id(2), At: start}, {Target: "a", Statement: id(3), At: start},
	}))
	s.reopen()
	list, err := s.DeadLetters(s.ctx, "a", 0, 10)
	s.ok(err)
	want := []state.DeadLetter{{Target: "a", Statement: id(1), Reason: "400", Attempts: 3, At: start}, {Target: "a", Statement: id(3), At: start}}
	for i := range list {
		if i < len(want) && list[i].ID > 0 {
			want[i].ID = list[i].ID
		}
	}
	if diff := cmp.Diff(want, list); diff != "" {
		s.Fatalf("dead letters differ (-want +got):\n%s", diff)
	}
	one, err := s.DeadLetters(s.ctx, "a", 0, 1)
	s.ok(err)
	rest, err := s.DeadLetters(s.ctx, "a", one[0].ID, 10)
	s.ok(err)
	if len(one) != 1 || len(rest) != 1 || rest[0].Statement != id(3) {
		s.Errorf("pages %+v and %+v", one, rest)
	}
	of, err := s.DeadLettersOf(s.ctx, []string{id(3), id(2), id(4)})
	s.ok(err)
	if len(of) != 2 || of[0].Statement != id(2) || of[0].Target != "b" || of[1] != rest[0] {
		s.Errorf("letters of three statements, one of which has none: %+v", of)
	}
	s.ok(s.DeleteDeadLetters(s.ctx, []int64{one[0].ID, 999}))
	left, err := s.DeadLetters(s.ctx, "a", 0, 10)
	s.ok(err)
	others, err := s.DeadLetters(s.ctx, "b", 0, 10)
	s.ok(err)
	if len(left) != 1 || left[0].Statement != id(3) || len(others) != 1 {
		s.Errorf("left %+v and %+v", left, others)
	}
}

// backups writes pairs of statements while a backup is made: a copy has both or
// none.
func backups(s *suite) {
	s.put(plain(1000, agent("a")), voiding(1001, 1000))
	path := filepath.Join(s.TempDir(), "copy")
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for n := 1; ; n += 2 {
			select {
			case <-stop:
				return
			default:
			}
			if _, err := s.PutStatements(s.ctx, []state.NewStatement{plain(n, verb("v")), plain(n+1, verb("v"))}, nil, nil); err != nil {
				s.Error(err)
				return
			}
		}
	})
	s.ok(s.Backup(s.ctx, path))
	close(stop)
	wg.Wait()
	backup := s.open(s.T, path, s.options())
	s.ok(s.Store.Close())
	s.Store = backup // closed with the test
	if n := len(s.find(state.Filter{Any: [][]state.Term{{verb("v")}}, Limit: 1 << 20})); n%2 != 0 {
		s.Errorf("the copy has %d statements of pairs", n)
	}
	s.finds(all(agent("a")), 1001)
	if !s.statement(1000).Voided {
		s.Error("the copy does not know what is voided")
	}
	s.put(plain(5000, agent("z")))
	s.finds(all(agent("z")), 5000)
}
