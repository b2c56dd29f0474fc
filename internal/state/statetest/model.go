package statetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/liftmark/liftmark/internal/state"
)

// modelled is a statement in the model.
type modelled struct {
	state.NewStatement
	seq    int64
	stored time.Time
	voided bool
}

// model does what a store does, in the plainest way: it looks at every
// statement.
type model struct {
	*suite
	statements []modelled // in the order of their places
	times      []time.Time
	places     []int64
	names      int // of the store at hand
}

// Terms and ids are few, so that statements meet.
const modelIDs = 14

var (
	modelTerms   = []state.Term{agent("a"), agent("b"), related("a"), verb("v"), verb("w"), activity("x")}
	modelAuthors = []state.Term{author("me"), author("you")}
)

// runModel does random things to a store and to a model and compares what they
// find.
func runModel(t *testing.T, open Opener) {
	round := 0
	rapid.Check(t, func(rt *rapid.T) {
		round++
		m := &model{suite: &suite{T: t, ctx: t.Context(), open: open, clock: &clock{at: start}}, names: round}
		m.open1()
		defer func() { m.ok(m.Store.Close()) }()
		rt.Repeat(map[string]func(*rapid.T){
			"put": m.putSome, "put more": m.putSome, "delete": m.deleteSome, "replace": m.replaceOne,
			"reopen": m.reopenSometimes, "find": m.findSome, "find more": m.findSome,
			"": func(rt *rapid.T) { m.compare(rt, state.Filter{Limit: 1000, Ascending: true}) },
		})
	})
}

func (m *model) open1() {
	m.Store = m.open(m.T, fmt.Sprint("model", m.names), m.options())
}

func (m *model) reopenSometimes(rt *rapid.T) {
	if rapid.IntRange(0, 3).Draw(rt, "reopen") == 0 {
		m.ok(m.Store.Close())
		m.open1()
	}
}

func (m *model) index(name string) int {
	return slices.IndexFunc(m.statements, func(s modelled) bool { return s.ID == name })
}

func drawNew(rt *rapid.T) state.NewStatement {
	n := plain(rapid.IntRange(0, modelIDs).Draw(rt, "id"), rapid.SliceOfN(rapid.SampledFrom(modelTerms), 0, 4).Draw(rt, "terms")...)
	n.Terms = append(n.Terms, rapid.SampledFrom(modelAuthors).Draw(rt, "author"))
	switch rapid.IntRange(0, 5).Draw(rt, "refers") {
	case 0, 1, 2:
		n.RefersTo = id(rapid.IntRange(0, modelIDs).Draw(rt, "to"))
	case 3:
		n.RefersTo, n.Voids = id(rapid.IntRange(0, modelIDs).Draw(rt, "voids")), true
	}
	return n
}

func (m *model) putSome(rt *rapid.T) {
	m.clock.move(time.Duration(rapid.IntRange(-2, 5).Draw(rt, "clock")) * time.Second)
	batch := rapid.SliceOfN(rapid.Custom(drawNew), 1, 4).Draw(rt, "batch")
	places, err := m.PutStatements(m.ctx, batch, nil, func(i int, old state.Statement) error {
		if old.ID != batch[i].ID {
			return fmt.Errorf("%s compared with %s", batch[i].ID, old.ID)
		}
		return nil
	})
	if err != nil {
		rt.Fatal(err)
	}
	for i, n := range batch {
		if at := m.index(n.ID); at >= 0 {
			if m.statements[at].seq != places[i] {
				rt.Fatalf("%s is at %d, not %d", n.ID, m.statements[at].seq, places[i])
			}
			continue
		}
		m.add(rt, n, places[i])
	}
}

func (m *model) add(rt *rapid.T, n state.NewStatement, place int64) {
	st, err := m.Statement(m.ctx, n.ID)
	if err != nil {
		rt.Fatal(err)
	}
	if len(m.places) > 0 && (place <= slices.Max(m.places) || !st.Stored.After(m.times[len(m.times)-1])) {
		rt.Fatalf("place %d and time %s do not increase", place, st.Stored)
	}
	s := modelled{NewStatement: n, seq: place, stored: st.Stored}
	s.voided = !n.Voids && slices.ContainsFunc(m.statements, func(o modelled) bool { return o.Voids && o.RefersTo == n.ID })
	m.statements = append(m.statements, s)
	m.void(n)
	m.places, m.times = append(m.places, place), append(m.times, st.Stored)
}

func (m *model) void(n state.NewStatement) {
	if at := m.index(n.RefersTo); n.Voids && at >= 0 && !m.statements[at].Voids {
		m.statements[at].voided = true
	}
}

func (m *model) deleteSome(rt *rapid.T) {
	names := ids(rapid.SliceOfN(rapid.IntRange(0, modelIDs), 1, 3).Draw(rt, "delete")...)
	want := 0
	for _, name := range names {
		if at := m.index(name); at >= 0 {
			m.statements = slices.Delete(m.statements, at, at+1)
			want++
		}
	}
	if n, err := m.DeleteStatements(m.ctx, names); err != nil || n != want {
		rt.Fatalf("%d deleted, want %d, %v", n, want, err)
	}
}

// replaceOne gives a statement other terms and another reference; whether it
// voids stays.
func (m *model) replaceOne(rt *rapid.T) {
	n := drawNew(rt)
	at := m.index(n.ID)
	if at < 0 {
		return
	}
	old := m.statements[at]
	if n.Voids = old.Voids; n.Voids {
		n.RefersTo = old.RefersTo
	}
	if err := m.ReplaceStatement(m.ctx, n); err != nil {
		rt.Fatal(err)
	}
	m.statements[at].NewStatement = n
	m.void(n)
}

func (m *model) findSome(rt *rapid.T) {
	for range 4 {
		m.compare(rt, m.drawFilter(rt))
	}
}

func (m *model) drawFilter(rt *rapid.T) state.Filter {
	f := state.Filter{
		Limit: rapid.SampledFrom([]int{1, 3, 1000}).Draw(rt, "limit"), Ascending: rapid.Bool().Draw(rt, "ascending"),
		WithVoided: rapid.Bool().Draw(rt, "with voided"),
		Any:        rapid.SliceOfN(rapid.SliceOfN(rapid.SampledFrom(modelTerms), 1, 2), 0, 3).Draw(rt, "any"),
	}
	if rapid.Bool().Draw(rt, "mine") {
		f.Mine = &modelAuthors[0]
	}
	if len(m.times) > 0 {
		some := rapid.SampledFrom(m.times)
		switch rapid.IntRange(0, 5).Draw(rt, "bounds") {
		case 0:
			f.Since = some.Draw(rt, "since")
		case 1:
			f.Until = some.Draw(rt, "until")
		case 2:
			f.Since, f.Until = some.Draw(rt, "since"), some.Draw(rt, "until")
		case 3:
			f.After = rapid.SampledFrom(m.places).Draw(rt, "after")
		}
	}
	return f
}

// compare has store and model answer a filter.
func (m *model) compare(rt *rapid.T, f state.Filter) {
	var got []string
	err := m.Statements(m.ctx, f, func(s state.Statement) error {
		got = append(got, s.ID)
		if at := m.index(s.ID); at < 0 || m.statements[at].voided != s.Voided || m.statements[at].seq != s.Seq {
			return fmt.Errorf("%s at %d, voided %v, is not what was stored", s.ID, s.Seq, s.Voided)
		}
		return nil
	})
	if err != nil {
		rt.Fatal(err)
	}
	if want := m.answer(f); !slices.Equal(got, want) {
		rt.Fatalf("%+v selects\n%v, want\n%v", f, got, want)
	}
}

func (m *model) answer(f state.Filter) []string {
	var out []string
	for i := range m.statements {
		s := m.statements[i]
		if !f.Ascending {
			s = m.statements[len(m.statements)-1-i]
		}
		if len(out) < f.Limit && m.selects(f, s) {
			out = append(out, s.ID)
		}
	}
	return out
}

func (m *model) selects(f state.Filter, s modelled) bool {
	switch {
	case s.voided && !f.WithVoided,
		f.Mine != nil && !slices.Contains(s.Terms, *f.Mine),
		!f.Since.IsZero() && !s.stored.After(f.Since),
		!f.Until.IsZero() && s.stored.After(f.Until),
		f.After > 0 && f.Ascending && s.seq <= f.After,
		f.After > 0 && !f.Ascending && s.seq >= f.After:
		return false
	}
	return m.reaches(f, s)
}

// reaches walks from a statement to what it refers to.
func (m *model) reaches(f state.Filter, s modelled) bool {
	for seen := map[string]bool{}; !seen[s.ID]; {
		seen[s.ID] = true
		if hasOfEach(f, s) {
			return true
		}
		at := m.index(s.RefersTo)
		if at < 0 {
			return false
		}
		s = m.statements[at]
	}
	return false
}

func hasOfEach(f state.Filter, s modelled) bool {
	return !slices.ContainsFunc(f.Any, func(g []state.Term) bool {
		return !slices.ContainsFunc(g, func(t state.Term) bool { return slices.Contains(s.Terms, t) })
	})
}
