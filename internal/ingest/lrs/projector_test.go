package lrs_test

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/ingest/lrs"
	"github.com/liftmark/liftmark/internal/record"
	"github.com/liftmark/liftmark/internal/state"
	"github.com/liftmark/liftmark/internal/state/sqlite"
	"github.com/liftmark/liftmark/internal/warehouse"
	"github.com/liftmark/liftmark/internal/warehouse/duckdb"
	"github.com/liftmark/liftmark/xapi"
)

var start = time.Date(2026, 6, 1, 9, 0, 0, 0, time.UTC)

// bench is a workspace: a record store, facts and the projector between them.
type bench struct {
	testing.TB
	store *sqlite.Store
	facts *duckdb.DB
	p     *lrs.Projector
}

func newBench(t testing.TB) *bench {
	t.Helper()
	b := &bench{TB: t}
	dir, now := t.TempDir(), start
	var err error
	b.store, err = sqlite.Open(t.Context(), filepath.Join(dir, "state.db"), state.Options{Now: func() time.Time { now = now.Add(time.Millisecond); return now }, Merge: xapi.MergeDefinition})
	b.check(err)
	t.Cleanup(func() { _ = b.store.Close() })
	b.facts, err = duckdb.Open(t.Context(), "", duckdb.Options{Now: func() time.Time { return start.AddDate(10, 0, 0) }})
	b.check(err)
	t.Cleanup(func() { _ = b.facts.Close() })
	b.p = b.projector()
	return b
}

// projector makes a new one, as the next process does.
func (b *bench) projector() *lrs.Projector {
	b.Helper()
	p, err := lrs.NewProjector(b.store, b.facts, lrs.Options{Page: 7})
	b.check(err)
	return p
}

func (b *bench) check(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// id makes the statement id that a test calls by a name.
func id(name string) string {
	sum := sha256.Sum256([]byte(name))
	u, _ := uuid.FromBytes(sum[:16])
	return u.String()
}

// statement reads a statement and makes it what is stored; a name gives it an
// id.
func (b *bench) statement(name, text string) state.NewStatement {
	b.Helper()
	if name != "" {
		text = `{"id":"` + id(name) + `",` + text[1:]
	}
	version := xapi.V1
	if strings.Contains(text, `"version":"2.`) {
		version = xapi.V2
	}
	s, err := xapi.Parse(version, []byte(text))
	b.check(err)
	return stored(s, country(text))
}

// stored is what is stored of a parsed statement.
func stored(s *xapi.Statement, country string) state.NewStatement {
	n := state.NewStatement{ID: strings.ToLower(s.ID), Body: s.Raw, NoTimestamp: s.Timestamp == "", RefersTo: s.Object.StatementRef, Country: country,
		Voids: s.Verb.ID == "http://adlnet.gov/expapi/verbs/voided"}
	define := func(a *xapi.Activity) {
		if a != nil && a.Definition != nil {
			n.Definitions = append(n.Definitions, state.Definition{Activity: a.ID, JSON: a.Definition.Raw})
		}
	}
	define(s.Object.Activity)
	if s.Context != nil && s.Context.ContextActivities != nil {
		c := s.Context.ContextActivities
		for _, list := range [][]xapi.Activity{c.Parent, c.Grouping, c.Category, c.Other} {
			for i := range list {
				define(&list[i])
			}
		}
	}
	return n
}

// country stands for the look-up of the sender's address.
func country(text string) string {
	if strings.Contains(text, `"platform":"in Germany"`) {
		return "DE"
	}
	return ""
}

func (b *bench) put(namesAndTexts ...string) {
	b.Helper()
	for i := 0; i < len(namesAndTexts); i += 2 {
		_, err := b.store.PutStatements(b.Context(), []state.NewStatement{b.statement(namesAndTexts[i], namesAndTexts[i+1])}, nil,
			func(int, state.Statement) error { return nil })
		b.check(err)
	}
}

func (b *bench) catchUp() {
	b.Helper()
	b.check(b.p.CatchUp(b.Context()))
}

// rows reads a query's rows, each as one text; what is not known is ∅.
func (b *bench) rows(query string) []string {
	b.Helper()
	b.check(b.facts.Settle(b.Context()))
	rows, err := b.facts.SQL().Query(query)
	b.check(err)
	defer rows.Close()
	names, err := rows.Columns()
	b.check(err)
	list := []string{}
	for rows.Next() {
		values, targets := make([]any, len(names)), make([]any, len(names))
		for i := range values {
			targets[i] = &values[i]
		}
		b.check(rows.Scan(targets...))
		texts := make([]string, len(values))
		for i, v := range values {
			if v == nil {
				v = "∅"
			}
			texts[i] = fmt.Sprint(v)
		}
		list = append(list, strings.Join(texts, " "))
	}
	b.check(rows.Err())
	return list
}

func (b *bench) want(query string, want ...string) {
	b.Helper()
	if want == nil {
		want = []string{}
	}
	if diff := cmp.Diff(want, b.rows(query)); diff != "" {
		b.Errorf("%s: %s", query, diff)
	}
}

// dump writes every row of every table that statements fill.
func (b *bench) dump() []string {
	b.Helper()
	var all []string
	for _, fact := range record.Facts {
		all = append(all, b.rows("SELECT '"+fact.Name+"', t::VARCHAR FROM "+warehouse.Quote(fact.Table())+" t ORDER BY 2")...)
	}
	for _, table := range []string{"identity", "identity_link", "membership", "coverage", "stream"} {
		all = append(all, b.rows("SELECT '"+table+"', t::VARCHAR FROM "+table+" t ORDER BY 2")...)
	}
	return all
}

const adl = "http://adlnet.gov/expapi/verbs/"

// text writes a statement; further members follow the object.
func text(mbox, verb, activity, more string) string {
	if !strings.Contains(verb, ":") {
		verb = adl + verb
	}
	if more != "" {
		more = "," + more
	}
	return `{"actor":{"mbox":"mailto:` + mbox + `"},"verb":{"id":"` + verb + `"},"object":{"id":"` + activity + `"},"timestamp":"2026-05-04T10:00:00Z"` + more + `}`
}

const learning = "SELECT verb, person_id, activity_id FROM learning ORDER BY 1, 2, 3"

func TestVoidedStatementsCountNoMore(t *testing.T) {
	all := newBench(t)
	for name, steps := range map[string][]string{ // "" projects
		"at-once":           {"a", "void", "c", ""},
		"later":             {"a", "c", "", "void", ""},
		"before-it-came":    {"void", "a", "c", ""},
		"before-in-parts":   {"void", "", "a", "", "c", ""},
		"later-in-one-page": {"", "c", "a", "void", ""},
	} {
		t.Run(name, func(t *testing.T) {
			b := *all
			b.TB = t
			course := "http://x.com/" + name + "/"
			texts := map[string]string{
				"a": text("ann@x.com", "completed", course+"a", ""), "c": text("cid@x.com", "passed", course+"c", ""),
				"void": `{"actor":{"mbox":"mailto:admin@x.com"},"verb":{"id":"` + adl + `voided"},"object":{"objectType":"StatementRef","id":"` + id(name+" a") + `"}}`,
			}
			for _, step := range steps {
				if step == "" {
					b.catchUp()
					continue
				}
				b.put(name+" "+step, texts[step])
			}
			b.want("SELECT verb, person_id FROM learning WHERE starts_with(activity_id, '"+course+"')", "passed cid@x.com")
			b.want("SELECT activity_id FROM activity WHERE starts_with(activity_id, '"+course+"')", course+"c")
		})
	}
}

// TestRebuildGivesTheSameFacts does everything that can happen to statements
// and compares all tables before and after.
func TestRebuildGivesTheSameFacts(t *testing.T) {
	b := newBench(t)
	inCourse := func(n int) string {
		return fmt.Sprintf(`"context":{"contextActivities":{"parent":[{"id":"http://x.com/course%d","definition":{"type":"http://adlnet.gov/expapi/activities/course","name":{"en":"Course %d"}}}]}}`, n, n)
	}
	account := func(name string) string {
		return strings.Replace(text("x@x.com", "experienced", "http://x.com/l1", ""), `"mbox":"mailto:x@x.com"`, `"account":{"homePage":"http://x.com","name":"`+name+`"}`, 1)
	}
	for i := range 20 {
		b.put(fmt.Sprint("s", i), text(fmt.Sprintf("p%d@x.com", i%4), []string{"completed", "answered", "http://x.com/own"}[i%3], fmt.Sprintf("http://x.com/l%d", i%5), inCourse(i%2)))
		if i%6 == 0 {
			b.catchUp()
		}
	}
	b.put("by account", account("ann@x.com"), "by another", account("bob@x.com"))
	b.catchUp()
	b.put("named", `{"actor":{"mbox":"mailto:z@x.com"},"verb":{"id":"http://x.com/unknown"},"object":{"id":"http://x.com/l1","definition":{"name":{"fr":"Un","en":"One"},"type":"http://adlnet.gov/expapi/activities/lesson"}}}`,
		"void s3", `{"actor":{"mbox":"mailto:admin@x.com"},"verb":{"id":"`+adl+`voided"},"object":{"objectType":"StatementRef","id":"`+id("s3")+`"}}`)
	b.catchUp()
	_, err := b.store.DeleteStatements(t.Context(), []string{id("s19"), id("s18"), id("s4"), id("by another")})
	b.check(err)
	b.check(b.store.ReplaceStatement(t.Context(), b.statement("s15", text("other@x.com", "failed", "http://x.com/new", inCourse(3)))))
	b.check(b.store.ReplaceStatement(t.Context(), b.statement("s1", text("p1@x.com", "answered", "http://x.com/l1", inCourse(0)))))
	b.catchUp()
	b.put("s4", text("p0@x.com", "passed", "http://x.com/l4", "")) // the id of one that was deleted
	b.catchUp()
	b.check(b.p.MapVerb(t.Context(), "http://x.com/own", "attended"))

	before := b.dump()
	if len(before) < 29 {
		t.Fatalf("only %d rows to compare:\n%s", len(before), strings.Join(before, "\n"))
	}
	b.check(b.p.Rebuild(t.Context()))
	if diff := cmp.Diff(before, b.dump()); diff != "" {
		t.Error(diff)
	}
	b.want("SELECT title, kind, course FROM activity WHERE activity_id = 'http://x.com/l1'", "One lesson http://x.com/course0")
	b.want("SELECT value FROM identity_link", "http://x.com|ann@x.com")
	b.want("SELECT count(*) FROM learning WHERE activity_id IN ('http://x.com/new', 'http://x.com/course1')", "1")
}

func TestUnknownVerbsCountOnceTheyAreMapped(t *testing.T) {
	b := newBench(t)
	const own = "http://x.com/verbs/cuddled"
	b.put("a", text("ann@x.com", own, "http://x.com/a", ""), "b", text("ann@x.com", "completed", "http://x.com/b", ""), "c", text("bob@x.com", own, "http://x.com/a", ""))
	b.catchUp()
	b.want(learning, "completed ann@x.com http://x.com/b")
	seen := func(as string) {
		t.Helper()
		list, err := b.projector().Seen(t.Context()) // as after a restart
		b.check(err)
		got := map[string]string{}
		for _, s := range list {
			got[s.Name] = fmt.Sprint(s.Count, " ", s.As)
		}
		if diff := cmp.Diff(map[string]string{own: "2 " + as, adl + "completed": "1 completed"}, got); diff != "" {
			t.Error(diff)
		}
	}
	seen("")
	b.check(b.p.MapVerb(t.Context(), own, "attended"))
	b.want(learning, "attended ann@x.com http://x.com/a", "attended bob@x.com http://x.com/a", "completed ann@x.com http://x.com/b")
	seen("attended")
	b.check(b.p.MapVerb(t.Context(), adl+"completed", lrs.Nothing))
	b.want(learning, "attended ann@x.com http://x.com/a", "attended bob@x.com http://x.com/a")
	b.want("SELECT activity_id FROM activity", "http://x.com/a")
	b.check(b.p.UnmapVerb(t.Context(), adl+"completed"))
	b.check(b.p.UnmapVerb(t.Context(), own))
	b.want(learning, "completed ann@x.com http://x.com/b")
	seen("")
	if err := b.p.UnmapVerb(t.Context(), own); fault.KindOf(err) != fault.NotFound {
		t.Errorf("unmapping it twice gives %v", err)
	}
	for _, bad := range [][2]string{{"no IRI", "attended"}, {own, "cuddled"}} {
		if err := b.p.MapVerb(t.Context(), bad[0], bad[1]); fault.KindOf(err) != fault.Invalid {
			t.Errorf("mapping %q to %q gives %v", bad[0], bad[1], err)
		}
	}
}

// TestAMappingThatWasCutShortIsMadeUpFor stores the mapping as MapVerb does, and
// nothing else, as when the process ended then.
func TestAMappingThatWasCutShortIsMadeUpFor(t *testing.T) {
	b := newBench(t)
	b.put("a", text("ann@x.com", "http://x.com/own", "http://x.com/a", ""))
	b.catchUp()
	b.check(b.store.ChangeSetting(t.Context(), "verbs", func([]byte) ([]byte, error) { return []byte(`{"http://x.com/own":"attended"}`), nil }))
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- b.projector().Run(ctx) }()
	for range 500 {
		if len(b.rows("SELECT 1 FROM learning")) > 0 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	stop()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("Run ends with %v", err)
	}
	b.want(learning, "attended ann@x.com http://x.com/a")
}

// TestEachStatementCountsOnceWheneverTheProcessEnds fails after every step that
// can fail, goes on with a new projector, and counts.
func TestEachStatementCountsOnceWheneverTheProcessEnds(t *testing.T) {
	b := newBench(t)
	for i := range 40 {
		b.put(fmt.Sprint(i), text("ann@x.com", "completed", fmt.Sprint("http://x.com/", i%3), ""))
	}
	for broken := 0; ; broken++ {
		f := &fragile{DB: b.facts, calls: broken % 5}
		p, err := lrs.NewProjector(b.store, f, lrs.Options{Page: 3})
		b.check(err)
		if p.CatchUp(t.Context()) == nil {
			break
		}
		if broken > 200 {
			t.Fatal("it never ends")
		}
	}
	b.want("SELECT count(*), count(DISTINCT event_id) FROM learning", "40 40")
	b.want("SELECT sum(n)::BIGINT FROM stream_seen", "40")
	lag, err := b.p.Lag(t.Context())
	if err != nil || lag.Changes != 0 {
		t.Errorf("the lag is %+v, %v", lag, err)
	}
}

// fragile ends after some deltas, half of the time with the delta stored.
type fragile struct {
	*duckdb.DB
	calls int
}

func (f *fragile) Take(ctx context.Context, d warehouse.Delta) (warehouse.Taken, error) {
	f.calls--
	if f.calls >= 0 {
		return f.DB.Take(ctx, d)
	}
	if d.Cursor%2 == 0 {
		if _, err := f.DB.Take(ctx, d); err != nil {
			return warehouse.Taken{}, err
		}
	}
	return warehouse.Taken{}, fmt.Errorf("the process ended")
}

func FuzzAStatementNeverKeepsTheOthersBack(f *testing.F) {
	f.Add("ann@x.com", "completed", `"result":{"score":{"scaled":-0.5},"duration":"PT1H"}`, uint16(3))
	f.Add("ann@x.com", "commented", `"result":{"response":"\u0000","extensions":{"http://x/progress":1e300}}`, uint16(0))
	f.Fuzz(func(t *testing.T, mbox, verb, more string, seed uint16) {
		body := text(mbox, verb, "http://x.com/"+fmt.Sprint(binary.LittleEndian.AppendUint16(nil, seed)), more)
		if !json.Valid([]byte(body)) {
			t.Skip("no JSON: it never gets as far as the store")
		}
		if _, err := xapi.Parse(xapi.V1, []byte(`{"id":"`+id("f")+`",`+body[1:])); err != nil {
			t.Skip("no statement: it never gets as far as the store")
		}
		b := newBench(t)
		b.put("f", body, "g", text("ann@x.com", "completed", "http://x.com/a", ""))
		b.catchUp()
		if got := b.rows("SELECT 1 FROM learning WHERE event_id = '" + id("g") + "'"); len(got) != 1 {
			t.Error("the next statement did not count")
		}
	})
}

// brief gives two changes at most, as a store does with large statements.
type brief struct{ lrs.Store }

func (b brief) Changes(ctx context.Context, after int64, n int) ([]state.Change, error) {
	return b.Store.Changes(ctx, after, min(n, 2))
}

func TestPagesThatAreNotFullAreNotTheLast(t *testing.T) {
	b := newBench(t)
	for i := range 7 {
		b.put(fmt.Sprint(i), text("ann@x.com", "completed", fmt.Sprint("http://x.com/", i), ""))
	}
	p, err := lrs.NewProjector(brief{b.store}, b.facts, lrs.Options{Page: 5})
	b.check(err)
	b.check(p.CatchUp(t.Context()))
	b.want("SELECT count(*) FROM learning", "7")
}
