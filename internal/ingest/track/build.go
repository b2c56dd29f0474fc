package track

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/liftmark/liftmark/internal/warehouse"
)

// builder turns a group of events into a delta.
type builder struct {
	*Service
	ctx    context.Context
	rows   []warehouse.Row
	links  []warehouse.Link
	parked []*occurrence
	calls  map[Call]*warehouse.Seen

	suppressed map[string]bool
	homes      map[string]bool // people whose country is known
}

func (b *builder) add(group []*submission) error {
	if err := b.lookUp(group); err != nil {
		return err
	}
	b.calls = map[Call]*warehouse.Seen{}
	for _, sub := range group {
		for i := range sub.items {
			it := &sub.items[i]
			if b.isSuppressed(it) {
				b.stats.suppressed.Add(1)
				continue
			}
			b.addItem(it)
		}
	}
	return nil
}

func (b *builder) addItem(it *item) {
	switch it.call {
	case Identify:
		b.count(it)
		b.identify(it)
	case Group:
		b.count(it)
		b.group(it)
	case Alias:
		b.count(it)
		b.links = append(b.links, b.kin.alias(it.user, it.previous, it.at)...)
	default:
		b.occurrence(it.occurred)
	}
}

// count adds up the calls that leave no event behind.
func (b *builder) count(it *item) {
	c := b.calls[it.call]
	if c == nil {
		c = &warehouse.Seen{Name: string(it.call), As: string(it.call)}
		b.calls[it.call] = c
	}
	c.Count++
	if it.at.After(c.Last) {
		c.Last = it.at
	}
}

func (b *builder) occurrence(o *occurrence) {
	where, row := b.Service.rules.Load().placeOf(o)
	if where == parked {
		b.parked = append(b.parked, o)
		return
	}
	if where == inLearning {
		b.state(o.described())
	}
	b.append(row)
}

func (b *builder) append(row warehouse.Row) {
	row.Row = b.nextRow()
	b.rows = append(b.rows, row)
}

// state adds what is new of a statement, be it only that the thing is there.
func (b *builder) state(s *statement) {
	if s == nil {
		return
	}
	known := b.memory.of(s.fact, s.id)
	if b.memory.news(s) || !known.named {
		b.append(s.row())
	}
	known.named = true
}

func (b *builder) identify(it *item) {
	p := it.profile
	if home := b.memory.of("person", p.person.id); p.person.fields["country"] != "" {
		home.hasCountry = true
	} else if isCountry(it.country) && !home.hasCountry {
		if !b.homes[p.person.id] {
			p.person.fields["country"] = it.country
		}
		home.hasCountry = true
	}
	b.state(p.person)
	if p.account != nil {
		b.state(p.account)
		b.belong(p.person.id, p.account.id, it.at)
	}
	if it.user == "" || it.anonymous == "" {
		return
	}
	links, others := b.kin.join(it.user, anonymousKey(it.anonymous), it.at)
	b.links = append(b.links, links...)
	if others {
		it.note("the anonymousId belongs to another user already; it was not linked to this one", "call reset() when a user signs out, or send alias if both are one person")
	}
}

func (b *builder) group(it *item) {
	b.state(it.profile.account)
	if it.profile.person != nil {
		b.belong(it.profile.person.id, it.profile.account.id, it.at)
	}
}

// belong adds what is new of a person's memberships.
func (b *builder) belong(person, account string, at time.Time) {
	for _, m := range b.memory.of("person", person).belongs(account, at) {
		b.append(warehouse.Row{Fact: "person", Values: map[string]any{"person_id": person, "account_id": m.account, "created_at": m.at}})
	}
}

func (b *builder) delta() warehouse.Delta {
	d := warehouse.Delta{Source: Source, Rows: b.rows, Links: b.links}
	for _, call := range []Call{Identify, Group, Alias} {
		if c := b.calls[call]; c != nil {
			d.Seen = append(d.Seen, *c)
		}
	}
	return d
}

// lookUp asks what deciding about a group needs to know.
func (b *builder) lookUp(group []*submission) error {
	keys, homeless := map[string]bool{}, []string{}
	for _, sub := range group {
		for i := range sub.items {
			it := &sub.items[i]
			if b.opt.Suppressed != nil {
				for _, key := range it.keys() {
					keys[key] = true
				}
			}
			if it.call == Identify && isCountry(it.country) && it.profile.person.fields["country"] == "" && !b.memory.of("person", it.profile.person.id).hasCountry {
				homeless = append(homeless, it.profile.person.id)
			}
		}
	}
	var err error
	if b.opt.Suppressed != nil {
		if b.suppressed, err = b.opt.Suppressed(b.ctx, sortedKeys(keys)); err != nil {
			return fmt.Errorf("look erased people up: %w", err)
		}
	}
	b.homes, err = b.withCountry(b.ctx, homeless)
	return err
}

func sortedKeys(m map[string]bool) []string {
	list := make([]string, 0, len(m))
	for key := range m {
		list = append(list, key)
	}
	slices.Sort(list)
	return list
}

// keys are the names by which an event speaks of people.
func (it *item) keys() []string {
	keys := make([]string, 0, 4)
	for _, key := range []string{it.user, anonymousKey(it.anonymous), strings.ToLower(it.email)} {
		if key != "" {
			keys = append(keys, key)
		}
	}
	if it.previous != "" {
		keys = append(keys, it.previous, anonymousKey(it.previous))
	}
	return keys
}

func (b *builder) isSuppressed(it *item) bool {
	return len(b.suppressed) > 0 && slices.ContainsFunc(it.keys(), func(key string) bool { return b.suppressed[key] })
}
