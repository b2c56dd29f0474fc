package privacy_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/lrs"
	"github.com/liftmark/liftmark/internal/privacy"
	"github.com/liftmark/liftmark/internal/state"
	"github.com/liftmark/liftmark/internal/state/sqlite"
	"github.com/liftmark/liftmark/internal/vault"
	"github.com/liftmark/liftmark/internal/warehouse"
	"github.com/liftmark/liftmark/internal/warehouse/duckdb"
	"github.com/liftmark/liftmark/xapi"
)

// workspace is a real one: SQLite and DuckDB files in one directory.
type workspace struct {
	t       *testing.T
	dir     string
	now     time.Time
	store   *sqlite.Store
	lrs     *lrs.Service
	privacy *privacy.Service
	heard   []string // statements that others were told of
	holding chan struct{}

	hasFacts bool
	facts    *duckdb.DB
}

// newWorkspace makes one without facts, withFacts one with.
func newWorkspace(t *testing.T) *workspace { return makeWorkspace(t, false) }

func withFacts(t *testing.T) *workspace { return makeWorkspace(t, true) }

func makeWorkspace(t *testing.T, facts bool) *workspace {
	t.Helper()
	w := &workspace{t: t, dir: t.TempDir(), hasFacts: facts, now: time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)}
	w.open()
	t.Cleanup(w.close)
	return w
}

func (w *workspace) clock() time.Time { return w.now }

func (w *workspace) open() {
	w.t.Helper()
	ctx := context.Background()
	key, err := vault.Open(w.dir)
	w.must(err)
	w.store, err = sqlite.Open(ctx, filepath.Join(w.dir, "state.db"), state.Options{Now: w.clock, Merge: xapi.MergeDefinition})
	w.must(err)
	if w.hasFacts {
		w.facts, err = duckdb.Open(ctx, w.dir, duckdb.Options{})
		w.must(err)
	}
	w.privacy = w.service(w.store, key)
	w.lrs = lrs.New(w.recordStore(), lrs.Options{HomePage: "https://here.example", Suppressed: w.privacy.Guard().Agents, Rewrite: w.privacy.Guard().Rewrite})
}

func (w *workspace) service(store privacy.Store, key vault.Key) *privacy.Service {
	var facts privacy.Facts
	if w.hasFacts {
		facts = w.facts
	}
	return privacy.New(store, facts, key, privacy.Options{
		Now: w.clock, NewID: uuid.NewString, Source: "statements",
		OnSuppressed: func() { w.lrs.Settle() },
		OnStatements: func(_ context.Context, ids []string) error { w.heard = append(w.heard, ids...); return nil },
	})
}

func (w *workspace) close() {
	w.t.Helper()
	w.must(w.store.Close())
	if w.hasFacts {
		w.must(w.facts.Close())
	}
}

func (w *workspace) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func id(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", n) }

const (
	ann  = `{"name":"Ann Lovelace","mbox":"mailto:Ann.Lovelace@x.com"}`
	bob  = `{"name":"Bob","mbox":"mailto:bob@x.com"}`
	carl = `{"name":"Carl","account":{"homePage":"https://lms.x.com","name":"carl"}}`
)

// put stores a statement by actor about lesson n, unless members say otherwise.
func (w *workspace) put(v xapi.Version, n int, actor string, members string) {
	w.t.Helper()
	if !strings.Contains(members, `"object"`) {
		members = strings.TrimSuffix(`"object":{"id":"https://x.com/lesson"},`+members, ",")
	}
	text := fmt.Sprintf(`{"id":%q,"actor":%s,"verb":{"id":"https://x.com/did"},%s}`, id(n), actor, members)
	w.putText(v, text)
}

func (w *workspace) putText(v xapi.Version, text string, parts ...xapi.Part) {
	w.t.Helper()
	w.now = w.now.Add(time.Second)
	parsed, err := xapi.ParseBatch(v, []byte(text))
	w.must(err)
	_, err = w.lrs.Store(w.t.Context(), lrs.Writer{Version: v, Credential: "c1"}, parsed, parts)
	w.must(err)
}

// ids gives the numbers of all statements, in order.
func (w *workspace) ids() (list []string) {
	w.t.Helper()
	w.must(w.store.Statements(w.t.Context(), state.Filter{WithVoided: true, Ascending: true, Limit: 1000}, func(st state.Statement) error {
		list = append(list, strings.TrimLeft(st.ID[24:], "0"))
		return nil
	}))
	slices.Sort(list)
	return list
}

func (w *workspace) body(n int) string {
	w.t.Helper()
	st, err := w.store.Statement(w.t.Context(), id(n))
	w.must(err)
	return string(st.Body)
}

func (w *workspace) erase(identities ...string) privacy.Receipt {
	w.t.Helper()
	receipt, err := w.privacy.Erase(w.t.Context(), identities, "c-admin")
	w.must(err)
	return receipt
}

func TestStatementsByOrAboutThePersonGoAndOthersAreRewritten(t *testing.T) {
	w := newWorkspace(t)
	group := func(kind string, members ...string) string {
		return `{"objectType":"Group",` + kind + `"member":[` + strings.Join(members, ",") + `]}`
	}
	w.put(xapi.V1, 1, ann, "")
	w.put(xapi.V1, 2, bob, `"object":`+strings.Replace(ann, "{", `{"objectType":"Agent",`, 1))
	w.put(xapi.V1, 3, group("", ann), "")
	w.put(xapi.V1, 4, `{"mbox_sha1sum":"1f83f91f1d8f5a4a0b4e8f6b6c3f0a4d7d4d2a11"}`, "") // somebody else
	w.put(xapi.V1, 5, bob, `"context":{"instructor":`+ann+`}`)
	w.put(xapi.V1, 6, bob, `"context":{"team":`+group(`"name":"T",`, ann, carl)+`}`)
	w.put(xapi.V1, 7, group("", ann, bob), "")
	w.put(xapi.V1, 8, bob, `"authority":`+ann)
	w.put(xapi.V1, 9, bob, `"object":{"objectType":"SubStatement","actor":`+ann+`,"verb":{"id":"https://x.com/plan"},"object":{"id":"https://x.com/lesson"}}`)
	w.put(xapi.V2, 10, bob, `"context":{"contextAgents":[{"objectType":"contextAgent","agent":`+ann+`,"relevantTypes":["https://x.com/coach"]}],"contextGroups":[{"objectType":"contextGroup","group":`+group("", ann, carl)+`,"relevantTypes":["https://x.com/crew"]}]}`)
	w.put(xapi.V1, 11, bob, `"result":{"response":"not about Ann.Lovelace@x.com"}`) // the person has no part: it cannot be found
	w.put(xapi.V1, 12, bob, "")

	receipt := w.erase("ann.lovelace@x.com", "mbox::mailto:Ann.Lovelace@x.com")
	if diff := cmp.Diff([]string{"10", "11", "12", "4", "5", "6", "7", "8", "9"}, w.ids()); diff != "" {
		t.Error(diff)
	}
	if receipt.Statements != 3 || receipt.Rewritten != 6 {
		t.Errorf("receipt %+v", receipt)
	}
	for _, n := range []int{5, 6, 7, 8, 9, 10} {
		body := w.body(n)
		if strings.Contains(strings.ToLower(body), "lovelace") || !strings.Contains(body, `"homePage":"https://erased.invalid"`) {
			t.Errorf("statement %d is %s", n, body)
		}
		if n == 6 && (!strings.Contains(body, `"carl"`) || !strings.Contains(body, `"name":"T"`)) {
			t.Errorf("somebody else went too: %s", body)
		}
	}
	slices.Sort(w.heard)
	told := len(w.heard)
	w.heard = slices.Compact(w.heard)
	if told != 2*len(w.heard) {
		t.Errorf("others were told %d times of %d statements, want before and afterwards", told, len(w.heard))
	}
	if want := []string{id(1), id(2), id(3), id(5), id(6), id(7), id(8), id(9), id(10)}; !cmp.Equal(want, w.heard) {
		t.Errorf("others were told of %v", w.heard)
	}
	page, err := w.lrs.Query(t.Context(), lrs.Reader{}, lrs.Query{Limit: 100})
	if err != nil || len(page.Statements) != 9 {
		t.Errorf("a query finds %d statements, %v", len(page.Statements), err)
	}
}

func TestRewrittenStatementKeepsTheRestVerbatim(t *testing.T) {
	w := newWorkspace(t)
	w.putText(xapi.V1, `{"id":"`+id(1)+`","actor":`+bob+`,"verb":{"id":"https://x.com/did","display":{"en":"d\u0069d"}},
		"object":{"id":"https://x.com/lesson"},"result":{"score":{"raw":1.50},"extensions":{"https://x.com/e":{"n":1e2,"null":null,"by":"ANN\u002eLovelace@x.com!"}}},
		"context":{"instructor":`+ann+`},"timestamp":"2026-01-02T03:04:05.678Z"}`)
	stored := w.stored(1)
	w.erase("Ann.Lovelace@x.com")
	body := w.body(1)
	for _, want := range []string{`"raw":1.50`, `{"n":1e2,"null":null,"by":"`, `"d\u0069d"`, `"2026-01-02T03:04:05.678Z"`, `"stored":"` + stored + `"`} {
		if !strings.Contains(body, want) {
			t.Errorf("%s is not in %s", want, body)
		}
	}
	if strings.Contains(strings.ToLower(body), "lovelace") {
		t.Errorf("the address is in %s", body)
	}
	if _, err := xapi.Parse(xapi.V1, []byte(body)); err != nil {
		t.Error(err)
	}
}

// stored gives a statement's time of storage as it is written.
func (w *workspace) stored(n int) string {
	var st struct {
		Stored string `json:"stored"`
	}
	w.must(json.Unmarshal([]byte(w.body(n)), &st))
	return st.Stored
}

func TestEverythingElseOfThePersonGoes(t *testing.T) {
	w := withFacts(t)
	w.put(xapi.V1, 1, ann, "")
	agent := "mbox::mailto:Ann.Lovelace@x.com"
	key := state.DocumentKey{Shelf: state.Shelf{Resource: state.StateResource, Activity: "https://x.com/lesson", Agent: agent}, ID: "bookmark"}
	w.must(w.store.ChangeDocument(t.Context(), key, func(*state.Document) (*state.Document, error) {
		return &state.Document{ContentType: "text/plain", Body: []byte("Ann Lovelace was here")}, nil
	}))
	_, err := w.facts.Take(t.Context(), warehouse.Delta{Source: "track", Rows: []warehouse.Row{
		{Fact: "person", Values: map[string]any{"person_id": "u-ann", "email": "ann.lovelace@x.com", "account_id": "acme"}},
		{Fact: "usage", Values: map[string]any{"event_id": "e1", "time": w.now, "person_id": "u-ann", "feature": "export"}},
	}})
	w.must(err)
	_, err = w.facts.Take(t.Context(), warehouse.Delta{Source: "statements", Cursor: 1, Rows: []warehouse.Row{
		{Fact: "learning", Values: map[string]any{"event_id": id(1), "time": w.now, "person_id": "ann.lovelace@x.com", "activity_id": "a", "verb": "completed"}}}})
	w.must(err)

	receipt := w.erase("u-ann") // who has that address in other letters
	if receipt.Statements != 1 || receipt.Documents != 1 || receipt.Facts["usage"] != 1 || receipt.Facts["learning"] != 1 {
		t.Errorf("receipt %+v", receipt)
	}
	if names, err := w.store.AgentNames(t.Context(), agent); err != nil || len(names) != 0 {
		t.Errorf("names %v, %v", names, err)
	}
	if _, err := w.store.Document(t.Context(), key); fault.KindOf(err) != fault.NotFound {
		t.Errorf("the document gives %v", err)
	}
	var rows int
	w.must(w.facts.SQL().QueryRow("SELECT (SELECT count(*) FROM usage WHERE person_id = 'u-ann') + (SELECT count(*) FROM person_version WHERE email IS NOT NULL)").Scan(&rows))
	if rows != 0 {
		t.Errorf("%d facts still name the person", rows)
	}
	var out bytes.Buffer
	manifest, err := w.privacy.Export(t.Context(), &out, []string{"u-ann", agent})
	if err != nil || manifest.Files["statements.jsonl"] != 0 || manifest.Files["documents.jsonl"] != 0 || len(manifest.Names) != 0 || manifest.Files["facts/usage.jsonl"] != 0 {
		t.Errorf("an export after the erasure holds %+v, %v", manifest, err)
	}
}

func TestErasedPersonDoesNotComeInAgain(t *testing.T) {
	w := newWorkspace(t)
	w.put(xapi.V1, 1, ann, "")
	if any, err := w.privacy.HasErased(t.Context()); any || err != nil {
		t.Errorf("before anything somebody was erased: %v, %v", any, err)
	}
	w.erase("Ann.Lovelace@x.com")
	if any, err := w.privacy.HasErased(t.Context()); !any || err != nil {
		t.Errorf("after an erasure nobody was erased: %v, %v", any, err)
	}
	w.put(xapi.V1, 2, ann, "")
	w.put(xapi.V1, 3, `{"mbox":"mailto:ann.lovelace@X.com"}`, "")
	w.put(xapi.V1, 4, `{"mbox":"mailto:ANN.Lovelace@x.com"}`, "")
	w.put(xapi.V1, 5, bob, "")
	if diff := cmp.Diff([]string{"5"}, w.ids()); diff != "" {
		t.Error(diff)
	}
	found, err := w.privacy.Guard().Suppressed(t.Context(), []string{"ann.lovelace@x.com", "Ann.Lovelace@X.com", "bob@x.com", "u-1"})
	want := map[string]bool{"ann.lovelace@x.com": true, "Ann.Lovelace@X.com": true}
	if diff := cmp.Diff(want, found); diff != "" || err != nil {
		t.Error(diff, err)
	}
	w.close()
	w.open()
	w.put(xapi.V1, 6, ann, "")
	if diff := cmp.Diff([]string{"5"}, w.ids()); diff != "" {
		t.Errorf("after a restart: %s", diff)
	}
}

func TestErasedPersonIsTakenOutOfWhatOthersSendLater(t *testing.T) {
	w := newWorkspace(t)
	at := `,"timestamp":"2026-11-22T08:00:00Z"`
	w.put(xapi.V1, 1, bob, `"context":{"instructor":`+ann+`}`+at)
	w.erase("Ann.Lovelace@x.com")
	before := w.body(1)
	w.put(xapi.V1, 1, bob, `"context":{"instructor":`+ann+`}`+at) // sent again: acknowledged
	w.put(xapi.V1, 2, bob, `"context":{"instructor":`+ann+`}`)
	w.put(xapi.V1, 3, `{"objectType":"Group","member":[`+ann+`,`+bob+`]}`, "")
	w.put(xapi.V1, 4, `{"objectType":"Group","member":[`+ann+`]}`, "")
	w.put(xapi.V1, 5, bob, `"authority":`+ann)
	if diff := cmp.Diff([]string{"1", "2", "3", "5"}, w.ids()); diff != "" || w.body(1) != before {
		t.Error(diff, w.body(1))
	}
	for _, n := range []int{2, 3, 5} {
		body := w.body(n)
		if strings.Contains(strings.ToLower(body), "lovelace") || !strings.Contains(body, "https://erased.invalid") || !strings.Contains(body, "bob@x.com") {
			t.Errorf("statement %d is %s", n, body)
		}
		if _, err := xapi.Parse(xapi.V1, []byte(body)); err != nil {
			t.Error(err)
		}
	}
	if names, err := w.store.AgentNames(t.Context(), "mbox::mailto:Ann.Lovelace@x.com"); err != nil || len(names) != 0 {
		t.Errorf("names %v, %v", names, err)
	}
}

func TestSomebodyElsesWorkspaceKnowsOtherHashes(t *testing.T) {
	a, b := newWorkspace(t), newWorkspace(t)
	x, y := a.erase("ann@x.com"), b.erase("ann@x.com")
	for _, hash := range x.Identities {
		if slices.Contains(y.Identities, hash) {
			t.Errorf("both workspaces know %s", hash)
		}
	}
	if len(x.Identities) == 0 {
		t.Error("no hashes")
	}
}

func TestReceiptHoldsNoPersonalData(t *testing.T) {
	w := newWorkspace(t)
	w.put(xapi.V1, 1, ann, "")
	w.put(xapi.V1, 2, bob, `"context":{"instructor":`+ann+`}`)
	receipt := w.erase("Ann.Lovelace@x.com")
	text, err := json.Marshal(receipt)
	w.must(err)
	for _, secret := range []string{"ann", "lovelace", "x.com", "sha1", "erased.invalid"} {
		if strings.Contains(strings.ToLower(string(text)), secret) {
			t.Errorf("the receipt holds %q: %s", secret, text)
		}
	}
	if receipt.By != "c-admin" || receipt.FinishedAt.IsZero() {
		t.Errorf("receipt %+v", receipt)
	}
	// Who holds the receipt must not be led to the pseudonym, and so to what is left.
	_, rest, _ := strings.Cut(w.body(2), `"https://erased.invalid","name":"`)
	if pseudonym := rest[:36]; strings.Contains(string(text), pseudonym) {
		t.Errorf("the receipt holds the pseudonym %s", pseudonym)
	}
	kept, err := w.privacy.Receipt(t.Context(), receipt.ID)
	if diff := cmp.Diff(receipt, kept); err != nil || diff != "" {
		t.Error(err, diff)
	}
	if _, err := w.privacy.Receipt(t.Context(), "none"); fault.KindOf(err) != fault.NotFound {
		t.Errorf("an unknown receipt gives %v", err)
	}
}

// faulty is a store that breaks at the n-th change.
type faulty struct {
	*sqlite.Store
	left int
}

var errBroken = errors.New("power cut")

func (f *faulty) step() error {
	f.left--
	if f.left < 0 {
		return errBroken
	}
	return nil
}

func (f *faulty) DeleteStatements(ctx context.Context, ids []string) (int, error) {
	if err := f.step(); err != nil {
		return 0, err
	}
	return f.Store.DeleteStatements(ctx, ids)
}

func (f *faulty) ReplaceStatement(ctx context.Context, s state.NewStatement) error {
	return errors.Join(f.step(), f.ifWhole(func() error { return f.Store.ReplaceStatement(ctx, s) }))
}

func (f *faulty) ForgetAgent(ctx context.Context, agent string) (int, error) {
	if err := f.step(); err != nil {
		return 0, err
	}
	return f.Store.ForgetAgent(ctx, agent)
}

func (f *faulty) Suppress(ctx context.Context, hashes []string, at time.Time) error {
	return errors.Join(f.step(), f.ifWhole(func() error { return f.Store.Suppress(ctx, hashes, at) }))
}

func (f *faulty) ChangeSetting(ctx context.Context, name string, change func([]byte) ([]byte, error)) error {
	return errors.Join(f.step(), f.ifWhole(func() error { return f.Store.ChangeSetting(ctx, name, change) }))
}

func (f *faulty) ifWhole(do func() error) error {
	if f.left < 0 {
		return nil
	}
	return do()
}

func TestInterruptedErasureIsResumed(t *testing.T) {
	w := newWorkspace(t)
	key, err := vault.Open(w.dir)
	w.must(err)
	completed := false
	for at := 1; !completed; at++ { // break at every change in turn; the 0th is the intent
		n := 10 * at
		person := fmt.Sprintf("person%d@x.com", at)
		actor := `{"mbox":"mailto:` + person + `"}`
		w.put(xapi.V1, n+1, actor, "")
		w.put(xapi.V1, n+2, bob, `"context":{"instructor":`+actor+`}`)
		broken := &faulty{Store: w.store, left: at}
		_, err := w.service(broken, key).Erase(t.Context(), []string{person}, "c-admin")
		if completed = err == nil; !completed && !errors.Is(err, errBroken) {
			t.Fatal(err)
		}
		w.must(w.service(w.store, key).Resume(t.Context()))
		for _, gone := range []string{w.all(), w.settings()} {
			if strings.Contains(gone, person) {
				t.Fatalf("broken at change %d: the person is still in %s", at, gone)
			}
		}
		if at > 100 {
			t.Fatal("the erasure never ends")
		}
	}
	receipts := 0
	w.must(w.privacy.Receipts(t.Context(), func(r privacy.Receipt) error {
		receipts++
		if r.Statements+r.Rewritten != 2 && r.Resumed == 0 {
			t.Errorf("receipt %+v", r)
		}
		return nil
	}))
	if receipts < 8 {
		t.Errorf("%d receipts", receipts)
	}
	if pending, err := w.store.Setting(t.Context(), "privacy.erasing"); err != nil || len(pending) != 0 {
		t.Errorf("still under way: %s, %v", pending, err)
	}
}

func (w *workspace) all() string {
	var b strings.Builder
	w.must(w.store.Statements(w.t.Context(), state.Filter{WithVoided: true, Limit: 1000}, func(st state.Statement) error {
		b.Write(st.Body)
		return nil
	}))
	return b.String()
}

func (w *workspace) settings() string {
	var b strings.Builder
	for _, name := range []string{"privacy.erasing", "privacy.receipts", "privacy.receipts.2026-11"} {
		text, err := w.store.Setting(w.t.Context(), name)
		w.must(err)
		b.Write(text)
	}
	return b.String()
}
