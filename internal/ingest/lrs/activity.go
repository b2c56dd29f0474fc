package lrs

import (
	"context"
	"hash/maphash"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/liftmark/liftmark/internal/warehouse"
	"github.com/liftmark/liftmark/xapi"
)

// memory is what the projector remembers between pages, so that it describes an
// activity again only when something about it is new. It is bounded.
type memory struct {
	seed       maphash.Seed
	activities map[string]known
	links      map[string]bool
}

// known is what an activity's row was last made of.
type known struct {
	definition      uint64 // of the last statement that had one
	course, program string
}

const most = 20_000

func newMemory() *memory {
	return &memory{seed: maphash.MakeSeed(), activities: map[string]known{}, links: map[string]bool{}}
}

func (m *memory) forget(activity string) { delete(m.activities, activity) }

func (m *memory) learnt(activity string, k known) {
	if len(m.activities) >= most {
		clear(m.activities)
	}
	// A part of a statement's text would keep all of it.
	k.course, k.program = strings.Clone(k.course), strings.Clone(k.program)
	m.activities[strings.Clone(activity)] = k
}

func (m *memory) linked(id string) {
	if len(m.links) >= most {
		clear(m.links)
	}
	m.links[id] = true
}

// describe adds rows of the activities that the page's records name, and of
// described ones that any of its statements defines anew.
func (b *building) describe(ctx context.Context) error {
	named := maps.Clone(b.places)
	for _, at := range b.places { // courses and programs are activities, too
		for _, above := range []string{at.course, at.program} {
			if _, ok := named[above]; !ok && above != "" {
				named[above] = place{activity: above}
			}
		}
	}
	others, err := b.redefined(ctx, named)
	if err != nil {
		return err
	}
	for _, activity := range others {
		named[activity] = place{activity: activity}
	}
	return b.describeAll(ctx, named)
}

// describeAll adds the rows of those activities about which something is new.
func (b *building) describeAll(ctx context.Context, named map[string]place) error {
	told := map[string]known{}
	for activity, at := range named {
		if k, news := b.news(at); news {
			told[activity] = k
		}
	}
	activities := slices.Sorted(maps.Keys(told))
	definitions, err := b.from.Definitions(ctx, activities...)
	if err != nil {
		return err
	}
	for _, activity := range activities {
		values := b.activity(activity, definitions[activity])
		if at := named[activity]; at.course != "" {
			values["course"] = at.course
		}
		if at := named[activity]; at.program != "" {
			values["program"] = at.program
		}
		b.out.Rows = append(b.out.Rows, warehouse.Row{Fact: "activity", Values: values})
		b.memory.learnt(activity, told[activity])
	}
	return nil
}

// redefined gives the activities that are described already and that statements
// without records of them define in another way than before.
func (b *building) redefined(ctx context.Context, named map[string]place) ([]string, error) {
	var candidates []string
	for activity, hash := range b.defined {
		if _, ok := named[activity]; ok {
			continue
		}
		if k, ok := b.memory.activities[activity]; !ok || k.definition != hash {
			candidates = append(candidates, activity)
		}
	}
	if len(candidates) == 0 {
		return nil, nil
	}
	return b.to.Described(ctx, Source, candidates)
}

// news gives what is known of an activity now, and whether it is new.
func (b *building) news(at place) (now known, news bool) {
	k, ok := b.memory.activities[at.activity]
	now = known{definition: k.definition, course: or(at.course, k.course), program: or(at.program, k.program)}
	if hash, defined := b.defined[at.activity]; defined {
		now.definition = hash
	}
	return now, !ok || k != now
}

// activity gives the fields that follow from an activity's definition, as the
// store has merged it; nil for none.
func (p *Projector) activity(id string, definition []byte) map[string]any {
	values := map[string]any{"activity_id": id, "title": nil, "kind": nil, "format": nil, "position": nil}
	if len(definition) == 0 {
		return values
	}
	var d struct {
		Name       xapi.LanguageMap `json:"name"`
		Type       string           `json:"type"`
		Extensions xapi.Extensions  `json:"extensions"`
	}
	if json.Unmarshal(definition, &d) != nil {
		return values
	}
	t := p.vocabulary.typeOf(d.Type)
	values["title"], values["format"] = orNil(best(d.Name)), orNil(t.Format)
	values["kind"] = orNil(or(t.Kind, strings.ToLower(lastPart(d.Type))))
	if t.Kind == "course" || t.Kind == "program" { // belongs to itself
		values[t.Kind] = id
	}
	for _, iri := range sorted(d.Extensions) {
		x, ok := number(d.Extensions[iri])
		if strings.ToLower(lastPart(iri)) == "position" && ok && x == math.Trunc(x) && math.Abs(x) < 1e15 {
			values["position"] = int64(x)
		}
	}
	return values
}
