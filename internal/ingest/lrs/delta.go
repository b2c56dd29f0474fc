package lrs

import (
	"context"
	"hash/maphash"
	"maps"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/liftmark/liftmark/internal/state"
	"github.com/liftmark/liftmark/internal/warehouse"
)

// delta is what a page of changes adds and takes away.
func (p *Projector) delta(ctx context.Context, next page) (*warehouse.Delta, error) {
	b := p.build()
	for _, c := range next.changes {
		for _, id := range c.Removed {
			b.gone[id] = true
		}
		if c.Voids != "" {
			b.gone[c.Voids] = true
		}
	}
	b.addAll(next.said)
	b.count()
	return b.finish(ctx)
}

// building is a delta that is being made.
type building struct {
	*Projector
	out     warehouse.Delta
	said    []said
	gone    map[string]bool   // ids of statements whose earlier facts go
	defined map[string]uint64 // hashes of the definitions that were said last
	places  map[string]place  // the last ones said, by activity
}

func (p *Projector) build() *building {
	return &building{Projector: p, out: warehouse.Delta{Source: Source}, gone: map[string]bool{}, defined: map[string]uint64{}, places: map[string]place{}}
}

func (b *building) addAll(list []said) {
	b.said = list
	for i := range b.said {
		b.add(&b.said[i])
	}
}

// readAll reads statements on all processors, in order.
func (p *Projector) readAll(changes []state.Change) []said {
	out := make([]said, len(changes))
	size := (len(changes) + runtime.GOMAXPROCS(0) - 1) / runtime.GOMAXPROCS(0)
	var group errgroup.Group
	for from := 0; from < len(changes); from += size {
		group.Go(func() error {
			return safely(func() error {
				for i := from; i < min(from+size, len(changes)); i++ {
					if changes[i].Statement != nil {
						out[i] = p.vocabulary.read(&changes[i], p.lookup)
					}
				}
				return nil
			})
		})
	}
	if err := group.Wait(); err != nil {
		panic(err) // one that the caller's goroutine can recover from
	}
	return out
}

// add adds what a statement says.
func (b *building) add(s *said) {
	for _, d := range s.defined {
		b.defined[d.activity] = maphash.Bytes(b.memory.seed, d.definition)
	}
	if s.again {
		b.gone[s.id] = true
	}
	if len(s.rows) == 0 {
		return
	}
	b.out.Rows = append(b.out.Rows, s.rows...)
	for _, l := range s.links {
		if !b.memory.links[l.ID] {
			b.memory.linked(l.ID)
			b.out.Links = append(b.out.Links, l)
		}
	}
	at := b.places[s.place.activity]
	b.places[s.place.activity] = place{s.place.activity, or(s.place.course, at.course), or(s.place.program, at.program)}
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// count counts the statements that are new, by verb.
func (b *building) count() {
	seen := map[string]*warehouse.Seen{}
	for _, s := range b.said {
		if s.verb == "" || s.again {
			continue
		}
		sum := seen[s.verb]
		if sum == nil {
			sum = &warehouse.Seen{Name: s.verb, As: s.as}
			seen[s.verb] = sum
		}
		sum.Count++
		if s.stored.After(sum.Last) {
			sum.Last = s.stored
		}
	}
	for _, verb := range slices.Sorted(maps.Keys(seen)) {
		b.out.Seen = append(b.out.Seen, *seen[verb])
	}
}

// finish adds what follows for activities and links.
func (b *building) finish(ctx context.Context) (*warehouse.Delta, error) {
	if err := b.describe(ctx); err != nil {
		return nil, err
	}
	if len(b.gone) > 0 {
		if err := b.takeAway(ctx); err != nil {
			return nil, err
		}
	}
	return &b.out, nil
}

// takeAway removes the facts of statements that have gone, and what they alone
// said: activities, and whose account is whose address.
func (b *building) takeAway(ctx context.Context) error {
	gone := slices.Sorted(maps.Keys(b.gone))
	for _, id := range gone {
		b.out.Removed = append(b.out.Removed, warehouse.Key{Fact: "learning", ID: id}, warehouse.Key{Fact: "response", ID: id})
	}
	remains, err := b.to.Remains(ctx, Source, gone, slices.Sorted(maps.Keys(b.places)))
	if err != nil {
		return err
	}
	named := b.naming()
	for _, n := range remains.Activities {
		if !n.Still && !named[n.Activity] {
			b.out.Removed = append(b.out.Removed, warehouse.Key{Fact: "activity", ID: n.Activity})
			b.memory.forget(n.Activity)
			continue
		}
		if err := b.restate(ctx, n); err != nil {
			return err
		}
	}
	b.unlink(remains.People)
	return nil
}

// naming gives the activities that new records name.
func (b *building) naming() map[string]bool {
	named := map[string]bool{}
	for _, s := range b.said {
		if len(s.rows) > 0 {
			named[s.place.activity], named[s.place.course], named[s.place.program] = true, true, true
		}
	}
	return named
}

// restate says in full where an activity belongs that gone records named.
func (b *building) restate(ctx context.Context, n warehouse.Named) error {
	course, courseRow, program, programRow := n.Course, n.CourseRow, n.Program, n.ProgramRow
	for _, s := range b.said {
		if len(s.rows) == 0 || s.place.activity != n.Activity {
			continue
		}
		row := s.rows[0].Row
		if s.place.course != "" && row >= courseRow {
			course, courseRow = s.place.course, row
		}
		if s.place.program != "" && row >= programRow {
			program, programRow = s.place.program, row
		}
	}
	b.memory.forget(n.Activity)
	definitions, err := b.from.Definitions(ctx, n.Activity)
	if err != nil {
		return err
	}
	values := b.activity(n.Activity, definitions[n.Activity])
	for name, text := range map[string]string{"course": course, "program": program} {
		if values[name] == nil {
			values[name] = orNil(text)
		}
	}
	b.out.Rows = append(b.out.Rows, warehouse.Row{Fact: "activity", Values: values})
	return nil
}

func orNil(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// unlink withdraws without a trace what was said of people who are named no more.
func (b *building) unlink(people []string) {
	named := map[string]bool{}
	for _, s := range b.said {
		for _, row := range s.rows {
			if key, ok := row.Values["person_id"].(string); ok {
				named[key] = true
			}
		}
	}
	for _, key := range people {
		if !named[key] {
			b.out.Unlinked = append(b.out.Unlinked, linkID(key))
			delete(b.memory.links, linkID(key))
		}
	}
}
