package track

import (
	"hash/maphash"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/liftmark/liftmark/internal/record"
	"github.com/liftmark/liftmark/internal/warehouse"
)

// memory remembers what was said last of accounts, people and activities, so
// that repeated statements write nothing and late ones do not undo what is
// newer. It is bounded and forgets what was not used; what it forgot is said to
// the stream again, which finds it unchanged. Only the writer uses it.
type memory struct {
	seed     maphash.Seed
	limit    int // entries of a generation
	now, old map[string]*remembered
}

// remembered is what was said of one thing.
type remembered struct {
	said  []said
	moves []move // of a person: which account, and when, in order of time

	hasCountry bool // of a person: its country is known
	named      bool // it was said that the thing is there
}

// said is when a field was given a value last. Names and values are hashed: a
// rare collision repeats or, as rarely, skips a statement.
type said struct {
	field, value uint64
	at           int64
}

// move says that a person belonged to an account at a time.
type move struct {
	at      time.Time
	account string
}

// maxMoves bounds how many statements of membership are kept for one person.
const maxMoves = 16

func newMemory(limit int) *memory {
	return &memory{seed: maphash.MakeSeed(), limit: max(limit/2, 1), now: map[string]*remembered{}, old: map[string]*remembered{}}
}

// of gives what is remembered of a thing, an empty memory for none.
func (m *memory) of(fact, id string) *remembered {
	key := fact + "\x00" + id
	if r := m.now[key]; r != nil {
		return r
	}
	r := m.old[key]
	if r == nil {
		r = &remembered{}
	}
	if len(m.now) >= m.limit {
		m.now, m.old = make(map[string]*remembered, m.limit), m.now
	}
	m.now[key] = r
	return r
}

// forget drops everything, after a group that was not stored.
func (m *memory) forget() {
	m.now, m.old = map[string]*remembered{}, map[string]*remembered{}
}

// news strikes from a statement what was said before or what is older than what
// is known. It says whether anything is left.
func (m *memory) news(s *statement) bool {
	r := m.of(s.fact, s.id)
	for _, part := range []map[string]string{s.fields, s.attributes} {
		for name, value := range part {
			if !m.note(r, name, value, s.at.UnixMicro()) {
				delete(part, name)
			}
		}
	}
	return len(s.fields)+len(s.attributes) > 0
}

// note says whether a value is new and not late.
func (m *memory) note(r *remembered, name, value string, at int64) bool {
	field, hash := maphash.String(m.seed, name), maphash.String(m.seed, value)
	for i := range r.said {
		k := &r.said[i]
		if k.field != field {
			continue
		}
		if at < k.at {
			return false
		}
		changed := k.value != hash
		k.at, k.value = at, hash
		return changed
	}
	r.said = append(r.said, said{field, hash, at})
	return true
}

// belongs notes that a person belonged to an account at a time, and gives the
// moves to be stored, in order of time: none when the person was there already.
// When a late statement comes between two that agree, the second one is given
// too, for it was not stored as long as it said nothing new. So memberships do
// not depend on the order of arrival, as far as the memory reaches: what was
// forgotten since (by a restart, or under more people or moves than are kept)
// cannot be given again, and a person who came back to an account counts in the
// other one until the next statement.
func (r *remembered) belongs(account string, at time.Time) []move {
	i, _ := slices.BinarySearchFunc(r.moves, at, func(m move, at time.Time) int {
		if m.at.After(at) {
			return 1
		}
		return -1
	})
	before, after := "", move{}
	if i > 0 {
		before = r.moves[i-1].account
	}
	if i < len(r.moves) {
		after = r.moves[i]
	}
	said := move{at, account}
	r.moves = slices.Insert(r.moves, i, said)
	if len(r.moves) > maxMoves {
		r.moves = slices.Delete(r.moves, 0, len(r.moves)-maxMoves)
	}
	switch {
	case before == account:
		return nil
	case after.account != "" && after.account == before:
		return []move{said, after}
	}
	return []move{said}
}

// row makes a row of a statement, leaving out values that its fact does not
// take; what those would have been stays in the attributes.
func (s *statement) row() warehouse.Row {
	fact, _ := record.Find(s.fact)
	row := warehouse.Row{Fact: s.fact, Values: map[string]any{fact.Key[0]: s.id}, Attributes: s.attributes}
	for name, text := range s.fields {
		field, ok := fact.Field(name)
		if !ok {
			continue
		}
		if value, ok := typed(field, text); ok {
			row.Values[name] = value
		}
	}
	return row
}

// typed gives a text as a field's value.
func typed(field record.Field, text string) (any, bool) {
	switch field.Type {
	case record.Integer:
		n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
		return n, err == nil && (field.Min == nil || float64(n) >= *field.Min)
	case record.Time:
		at, ok := parseTime(text)
		return at, ok && at.Year() >= 1900 && at.Year() < 10000
	case record.Enum:
		text = strings.ToLower(text)
		return text, slices.Contains(field.Values, text)
	case record.Country:
		text = strings.ToUpper(text)
		return text, isCountry(text)
	case record.Email:
		text = strings.ToLower(strings.TrimSpace(text))
		return text, isEmail(text)
	case record.Zone:
		return text, isZone(text)
	}
	text = cut(strings.TrimSpace(text), maxAttribute)
	return text, text != ""
}

// isCountry says whether a text has the form of ISO 3166-1 alpha-2.
func isCountry(text string) bool {
	return len(text) == 2 && text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'A' && text[1] <= 'Z'
}

func isEmail(text string) bool {
	local, domain, ok := strings.Cut(text, "@")
	return ok && local != "" && strings.Contains(domain, ".") && !strings.ContainsAny(text, " \t\r\n<>,;") && !strings.Contains(domain, "@") && len(text) <= 254
}

// isZone says whether a text names a time zone of the IANA database.
func isZone(text string) bool {
	if len(text) > 64 || text == "" || text == "Local" {
		return false
	}
	_, err := time.LoadLocation(text)
	return err == nil
}
