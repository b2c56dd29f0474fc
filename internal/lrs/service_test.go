package lrs_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/lrs"
	"github.com/liftmark/liftmark/internal/state"
	"github.com/liftmark/liftmark/internal/state/sqlite"
	"github.com/liftmark/liftmark/xapi"
)

// newStore gives an empty store on disk.
func newStore(t testing.TB) *sqlite.Store {
	t.Helper()
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"), state.Options{Now: time.Now, Merge: xapi.MergeDefinition})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return store
}

// text gives the JSON of a statement; more are members beside actor, verb and
// object.
func text(id, mail string, more ...string) string {
	members := append([]string{
		`"id":"` + id + `"`, `"actor":{"mbox":"mailto:` + mail + `@example.com"}`,
		`"verb":{"id":"https://example.com/did"}`, `"object":{"id":"https://example.com/lesson"}`,
	}, more...)
	return "{" + strings.Join(members, ",") + "}"
}

func parse(t testing.TB, v xapi.Version, texts ...string) []*xapi.Statement {
	t.Helper()
	statements := make([]*xapi.Statement, len(texts))
	for i, text := range texts {
		var err error
		if statements[i], err = xapi.Parse(v, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	return statements
}

var (
	writer = lrs.Writer{Version: xapi.V1, Credential: "c1", Country: "CH"}
	reader = lrs.Reader{Credential: "c1"}
)

// put stores statements and fails on an error.
func put(t testing.TB, s *lrs.Service, parts []xapi.Part, texts ...string) []string {
	t.Helper()
	ids, err := s.Store(t.Context(), writer, parse(t, xapi.V1, texts...), parts)
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

func TestAStatementIsStoredWithWhoSentItFromWhere(t *testing.T) {
	store := newStore(t)
	s := lrs.New(store, lrs.Options{HomePage: "https://lrs.example.com", NewID: func() string { return "11111111-1111-4111-8111-111111111111" }})
	put(t, s, nil, strings.Replace(text("", "ann"), `"id":"",`, "", 1))
	got, err := store.Statement(t.Context(), "11111111-1111-4111-8111-111111111111")
	if err != nil {
		t.Fatal(err)
	}
	if got.Credential != "c1" || got.Country != "CH" {
		t.Errorf("credential %q, country %q", got.Credential, got.Country)
	}
	for _, part := range []string{
		`"authority":{"objectType":"Agent","account":{"homePage":"https://lrs.example.com","name":"c1"}}`,
		`"version":"1.0.0"`, `"stored":"`, `"timestamp":"`,
	} {
		if !strings.Contains(string(got.Body), part) {
			t.Errorf("%s lacks %s", got.Body, part)
		}
	}
}

func TestOneIDTwiceInABatch(t *testing.T) {
	id := uuid.NewString()
	same, other := text(id, "ann"), text(id, "bob")
	for _, tt := range []struct {
		name  string
		v     xapi.Version
		batch []string
		kind  fault.Kind
	}{
		{"1.0.3, equal", xapi.V1, []string{same, same}, ""},
		{"1.0.3, different", xapi.V1, []string{same, other}, fault.Conflict},
		{"2.0, equal", xapi.V2, []string{same, same}, fault.Invalid},
		{"2.0, in other letters", xapi.V2, []string{same, text(strings.ToUpper(id), "ann")}, fault.Invalid},
	} {
		store := newStore(t)
		ids, err := lrs.New(store, lrs.Options{}).Store(t.Context(), lrs.Writer{Version: tt.v}, parse(t, tt.v, tt.batch...), nil)
		if fault.KindOf(err) != tt.kind || err == nil && len(ids) != 2 {
			t.Errorf("%s: ids %v, error %v, want kind %q", tt.name, ids, err, tt.kind)
		}
		var p *xapi.Problem
		if err != nil && (!errors.As(err, &p) || p.Index != 1) {
			t.Errorf("%s: %v does not name the second statement", tt.name, err)
		}
		if _, err := store.Statement(t.Context(), id); (err == nil) != (tt.kind == "") {
			t.Errorf("%s: the statement: %v", tt.name, err)
		}
	}
}

func TestTheSameStatementFromManyAtOnceIsStoredOnce(t *testing.T) {
	store := newStore(t)
	s := lrs.New(store, lrs.Options{})
	id, mail := uuid.NewString(), uuid.NewString()
	var wg sync.WaitGroup
	errs := make([]error, 16)
	for i := range errs {
		st := parse(t, xapi.V1, text(id, mail), text(uuid.NewString(), mail))
		wg.Go(func() { _, errs[i] = s.Store(t.Context(), writer, st, nil) })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	page, err := s.Query(t.Context(), reader, lrs.Query{Agent: xapi.IFI("mbox::mailto:" + mail + "@example.com")})
	if err != nil || len(page.Statements) != len(errs)+1 {
		t.Errorf("%d statements, want %d; %v", len(page.Statements), len(errs)+1, err)
	}
}

func TestWhatIsSentOfASuppressedAgentIsAcknowledgedAndNotKept(t *testing.T) {
	store := newStore(t)
	const ann = xapi.IFI("mbox::mailto:ann@example.com")
	s := lrs.New(store, lrs.Options{Suppressed: func(_ context.Context, agents []xapi.IFI) (map[xapi.IFI]bool, error) {
		if slices.Contains(agents, ann) {
			return map[xapi.IFI]bool{ann: true}, nil
		}
		return nil, nil
	}})
	const group = `{"objectType":"Group","member":[{"mbox":"mailto:bob@example.com"},{"mbox":"mailto:ann@example.com"}]}`
	own, about, member, other := uuid.NewString(), uuid.NewString(), uuid.NewString(), uuid.NewString()
	ids := put(t, s, nil,
		text(own, "ann"),
		strings.Replace(text(about, "bob"), `{"id":"https://example.com/lesson"}`, `{"objectType":"Agent","mbox":"mailto:ann@example.com"}`, 1),
		strings.Replace(text(member, "x"), `{"mbox":"mailto:x@example.com"}`, group, 1),
		text(other, "bob"),
	)
	if !slices.Equal(ids, []string{own, about, member, other}) {
		t.Errorf("ids %v", ids)
	}
	for id, kept := range map[string]bool{own: false, about: false, member: false, other: true} {
		if _, err := store.Statement(t.Context(), id); (err == nil) != kept {
			t.Errorf("the statement %s: %v, want kept %v", id, err, kept)
		}
	}
	for agent, kept := range map[xapi.IFI]bool{ann: false, "mbox::mailto:bob@example.com": true} {
		key := lrs.DocumentKey{Shelf: lrs.Shelf{Resource: lrs.AgentProfile, Agent: string(agent)}, ID: "p"}
		doc := lrs.Document{Key: key, ContentType: "text/plain", Body: []byte("x")}
		if err := s.PostDocument(t.Context(), doc, lrs.Condition{Version: xapi.V1}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Document(t.Context(), key); (err == nil) != kept {
			t.Errorf("the profile of %s: %v, want kept %v", agent, err, kept)
		}
	}
}

// attached gives the member of a statement that has a file.
func attached(sha2, url string) string {
	a := `"attachments":[{"usageType":"urn:x","display":{"en":"x"},"contentType":"text/plain","length":1,"sha2":"` + sha2 + `"`
	if url != "" {
		a += `,"fileUrl":"` + url + `"`
	}
	return a + "}]"
}

func TestTheHashOfAFileDoesNotGiveItsData(t *testing.T) {
	s := lrs.New(newStore(t), lrs.Options{})
	hash := strings.Repeat("ab", 32)
	put(t, s, []xapi.Part{{SHA2: hash, ContentType: "text/plain", Data: []byte("secret")}}, text(uuid.NewString(), "ann", attached(hash, "")))
	id := put(t, s, nil, text(uuid.NewString(), "eve", attached(hash, "https://example.com/f")))[0]
	found, err := s.Statement(t.Context(), reader, id, false, lrs.Output{Attachments: true})
	if err != nil || len(found.Contents) > 0 {
		t.Errorf("contents %v, %v", found.Contents, err)
	}
}

// pages follows a query to its end and gives what came on each page.
func pages(t *testing.T, s *lrs.Service, q lrs.Query) (statements, files []int) {
	t.Helper()
	page, err := s.Query(t.Context(), reader, q)
	for {
		if err != nil {
			t.Fatal(err)
		}
		statements, files = append(statements, len(page.Statements)), append(files, len(page.Contents))
		if page.More == "" {
			return statements, files
		}
		page, err = s.More(t.Context(), reader, page.More)
	}
}

func TestPagesAreBounded(t *testing.T) {
	store := newStore(t)
	long := `"result":{"response":"` + strings.Repeat("x", 3000) + `"}`
	for i := range 5 {
		hash := fmt.Sprintf("%064x", i)
		put(t, lrs.New(store, lrs.Options{}), []xapi.Part{{SHA2: hash, ContentType: "text/plain", Data: make([]byte, 400)}},
			text(uuid.NewString(), "ann", long, attached(hash, "")))
	}
	for _, tt := range []struct {
		name              string
		opt               lrs.Options
		q                 lrs.Query
		statements, files []int
	}{
		{"statements", lrs.Options{PageStatements: 2}, lrs.Query{}, []int{2, 2, 1}, []int{0, 0, 0}},
		{"a limit above", lrs.Options{PageStatements: 2}, lrs.Query{Limit: 4}, []int{2, 2, 1}, []int{0, 0, 0}},
		{"bytes", lrs.Options{PageBytes: 8000}, lrs.Query{}, []int{2, 2, 1}, []int{0, 0, 0}},
		{"one is too large", lrs.Options{PageBytes: 100}, lrs.Query{}, []int{1, 1, 1, 1, 1}, []int{0, 0, 0, 0, 0}},
		{"files", lrs.Options{PageContents: 1000}, lrs.Query{Output: lrs.Output{Attachments: true}}, []int{2, 2, 1}, []int{2, 2, 1}},
		{"one file is too large", lrs.Options{PageContents: 10}, lrs.Query{Ascending: true, Output: lrs.Output{Attachments: true}}, []int{1, 1, 1, 1, 1}, []int{1, 1, 1, 1, 1}},
	} {
		statements, files := pages(t, lrs.New(store, tt.opt), tt.q)
		if !slices.Equal(statements, tt.statements) || !slices.Equal(files, tt.files) {
			t.Errorf("%s: %v statements, %v files; want %v, %v", tt.name, statements, files, tt.statements, tt.files)
		}
	}
}

func TestTokensHoldAcrossProcessesWithTheSameSecret(t *testing.T) {
	store := newStore(t)
	before := lrs.New(store, lrs.Options{Secret: []byte("0123456789abcdef")})
	put(t, before, nil, text(uuid.NewString(), "ann"), text(uuid.NewString(), "ann"))
	page, err := before.Query(t.Context(), reader, lrs.Query{Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	after, err := lrs.New(store, lrs.Options{Secret: []byte("0123456789abcdef")}).More(t.Context(), reader, page.More)
	if err != nil || len(after.Statements) != 1 {
		t.Errorf("%d statements, %v", len(after.Statements), err)
	}
	if _, err := lrs.New(store, lrs.Options{Secret: []byte("another")}).More(t.Context(), reader, page.More); fault.KindOf(err) != fault.Invalid {
		t.Errorf("a token of another secret: %v", err)
	}
}

func TestADefinitionThatCannotBeReadFailsTheQuery(t *testing.T) {
	store := newStore(t)
	id := put(t, lrs.New(store, lrs.Options{}), nil, text(uuid.NewString(), "ann"))[0]
	s := lrs.New(brokenDefinitions{store}, lrs.Options{})
	if _, err := s.Statement(t.Context(), reader, id, false, lrs.Output{Format: lrs.Canonical}); err == nil {
		t.Error("the statement came without its definition")
	}
}

type brokenDefinitions struct{ *sqlite.Store }

func (brokenDefinitions) Definitions(context.Context, ...string) (map[string][]byte, error) {
	return nil, errors.New("the page is damaged")
}

// counting counts how often definitions are looked up.
type counting struct {
	*sqlite.Store
	calls int
}

func (c *counting) Definitions(ctx context.Context, activities ...string) (map[string][]byte, error) {
	c.calls++
	return c.Store.Definitions(ctx, activities...)
}

func TestAPagesDefinitionsAreLookedUpTogether(t *testing.T) {
	store := &counting{Store: newStore(t)}
	s := lrs.New(store, lrs.Options{})
	var texts []string
	for i := range 40 {
		texts = append(texts, text(uuid.NewString(), "ann", fmt.Sprintf(`"context":{"contextActivities":{"other":[
			{"id":"https://example.com/%d","definition":{"name":{"de":"Nummer %[1]d","en":"Number %[1]d"}}}]}}`, i/2)))
	}
	put(t, s, nil, texts...)
	page, err := s.Query(t.Context(), reader, lrs.Query{Output: lrs.Output{Format: lrs.Canonical, Languages: []string{"de"}}})
	if err != nil || len(page.Statements) != 40 {
		t.Fatal(len(page.Statements), err)
	}
	if store.calls != 1 {
		t.Errorf("%d look-ups for a page", store.calls)
	}
	for i, st := range page.Statements { // the newest first
		if want := fmt.Sprintf(`{"name":{"de":"Nummer %d"}}`, (39-i)/2); !strings.Contains(string(st), want) {
			t.Errorf("%s is not in %s", want, st)
		}
	}
	if _, err := s.Query(t.Context(), reader, lrs.Query{}); err != nil || store.calls != 1 {
		t.Errorf("%d look-ups for the exact form, %v", store.calls-1, err)
	}
}
