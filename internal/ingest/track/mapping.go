package track

import (
	"context"
	"database/sql"
	_ "embed"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/record"
	"github.com/liftmark/liftmark/internal/warehouse"
)

//go:embed sql/occurrences.sql
var occurrencesSQL string

const mappingSetting = "track.mappings"

// maxMappings bounds how many events can be mapped.
const maxMappings = 10_000

// mappingDocument is how mappings are kept. Pending ones hold for new events
// and have yet to be applied to all of the past.
type mappingDocument struct {
	Mappings []Mapping `json:"mappings"`
	Pending  []Mapping `json:"pending,omitempty,omitzero"`
}

// check says what is wrong with a mapping.
func (m Mapping) check() error {
	said := 0
	for _, is := range []bool{m.Feature != "", m.Ignore, m.Verb != ""} {
		if is {
			said++
		}
	}
	switch {
	case m.Call != Track && m.Call != Page && m.Call != Screen:
		return fault.New(fault.Invalid, "call %q has no events to map; use track, page or screen", m.Call)
	case m.Name == "" || len(m.Name) > maxName:
		return fault.New(fault.Invalid, "name the event, in at most %d bytes", maxName)
	case said > 1:
		return fault.New(fault.Invalid, "%q counts as one thing: a feature, learning, or nothing", m.Name)
	case len(m.Feature) > maxName:
		return fault.New(fault.Invalid, "the feature's name is longer than %d bytes", maxName)
	case m.Verb != "" && !slices.Contains(record.Verbs, m.Verb):
		return fault.New(fault.Invalid, "%q is no verb of learning; use one of %s", m.Verb, strings.Join(record.Verbs, ", "))
	}
	return nil
}

// says tells whether a mapping says anything.
func (m Mapping) says() bool { return m.Feature != "" || m.Ignore || m.Verb != "" }

// Mappings lists the mappings in force, by name.
func (s *Service) Mappings(context.Context) ([]Mapping, error) {
	return sortedMappings(s.rules.Load().byName), nil
}

func sortedMappings(byName map[mappingKey]Mapping) []Mapping {
	return slices.SortedFunc(maps.Values(byName), func(a, b Mapping) int {
		if c := strings.Compare(a.Name, b.Name); c != 0 {
			return c
		}
		return strings.Compare(string(a.Call), string(b.Call))
	})
}

// MapEvent says what the events of a name count as, those of the past too, and
// gives how many facts of the past changed. Any mapping can be replaced by any
// other, and taken back by one that says nothing. New events follow it at once;
// the past follows in portions between which events go on being stored. What an
// interruption leaves undone is done when the service starts next.
//
// Errors: fault.Invalid for a mapping that cannot be.
func (s *Service) MapEvent(ctx context.Context, m Mapping) (int64, error) {
	if err := m.check(); err != nil {
		return 0, err
	}
	if err := s.changeMappings(ctx, func(d *mappingDocument) error {
		d.Mappings = slices.DeleteFunc(d.Mappings, func(old Mapping) bool { return old.key() == m.key() })
		d.Pending = append(slices.DeleteFunc(d.Pending, func(old Mapping) bool { return old.key() == m.key() }), m)
		if m.says() {
			d.Mappings = append(d.Mappings, m)
		}
		if len(d.Mappings) > maxMappings {
			return fault.New(fault.Conflict, "%d events are mapped, which is the most there can be", maxMappings)
		}
		return nil
	}); err != nil {
		return 0, err
	}
	changed, err := s.applyToPast(ctx, m.key())
	if err != nil {
		return changed, fmt.Errorf("apply the mapping of %q to the past: %w", m.Name, err)
	}
	return changed, s.changeMappings(ctx, func(d *mappingDocument) error {
		d.Pending = slices.DeleteFunc(d.Pending, func(old Mapping) bool { return old == m })
		return nil
	})
}

// changeMappings changes what is stored and what is in force.
func (s *Service) changeMappings(ctx context.Context, change func(*mappingDocument) error) error {
	var d mappingDocument
	err := s.opt.Settings.ChangeSetting(ctx, mappingSetting, func(old []byte) ([]byte, error) {
		var err error
		if d, err = decodeMappings(old); err != nil {
			return nil, err
		}
		if err := change(&d); err != nil {
			return nil, err
		}
		return json.Marshal(d)
	})
	if err != nil {
		return fmt.Errorf("store the mapping: %w", err)
	}
	s.turn.Lock() // when the writer goes on, it goes by the new rules
	defer s.turn.Unlock()
	s.rules.Store(newRules(d.Mappings))
	s.seen.forget()
	return nil
}

func decodeMappings(data []byte) (d mappingDocument, err error) {
	if len(data) == 0 {
		return d, nil
	}
	if err := json.Unmarshal(data, &d); err != nil {
		return d, fmt.Errorf("read the setting %s: %w", mappingSetting, err)
	}
	return d, nil
}

func newRules(list []Mapping) *rules {
	r := &rules{byName: make(map[mappingKey]Mapping, len(list))}
	for _, m := range list {
		r.byName[m.key()] = m
	}
	return r
}

// loadMappings reads the mappings and applies those that were interrupted.
func (s *Service) loadMappings(ctx context.Context) error {
	data, err := s.opt.Settings.Setting(ctx, mappingSetting)
	if err != nil {
		return fmt.Errorf("read the mappings: %w", err)
	}
	d, err := decodeMappings(data)
	if err != nil {
		return err
	}
	s.rules.Store(newRules(d.Mappings))
	for _, m := range d.Pending {
		if _, err := s.applyToPast(ctx, m.key()); err != nil {
			return fmt.Errorf("apply the mapping of %q to the past: %w", m.Name, err)
		}
	}
	if len(d.Pending) == 0 {
		return nil
	}
	return s.changeMappings(ctx, func(d *mappingDocument) error { d.Pending = nil; return nil })
}

// portion is how many events of the past are moved in one go.
const portion = 5000

// applyToPast moves what the events of a name became to where the rules in
// force want it.
func (s *Service) applyToPast(ctx context.Context, key mappingKey) (changed int64, err error) {
	for _, from := range []place{inUsage, inLearning, parked} {
		at, id := time.Time{}, ""
		for {
			n, last, err := s.movePortion(ctx, key, from, at, id)
			changed += n
			if err != nil || last == nil {
				if err != nil {
					return changed, err
				}
				break
			}
			at, id = last.at, last.id
		}
	}
	return changed, nil
}

// movePortion moves a page of events and gives how many it moved and the last
// one that it looked at, nil for none.
func (s *Service) movePortion(ctx context.Context, key mappingKey, from place, at time.Time, id string) (int64, *occurrence, error) {
	s.turn.Lock()
	defer s.turn.Unlock()
	list, features, err := s.page(ctx, key, from, at, id)
	if err != nil || len(list) == 0 {
		return 0, nil, err
	}
	m := moving{Service: s, from: from}
	for i, o := range list {
		m.add(o, features[i])
	}
	return m.moved(), list[len(list)-1], m.run(ctx)
}

// moving is a portion on its way from one place to others.
type moving struct {
	*Service
	from    place
	delta   warehouse.Delta
	parked  []*occurrence
	release []string
}

func (m *moving) add(o *occurrence, feature string) {
	to, row := m.rules.Load().placeOf(o)
	if to == m.from && (to != inUsage || row.Values["feature"] == feature) && (to != inLearning || row.Values["verb"] == feature) {
		return
	}
	switch m.from {
	case parked:
		m.release = append(m.release, o.id)
	default:
		m.delta.Removed = append(m.delta.Removed, warehouse.Key{Fact: string(m.from), ID: o.id})
	}
	if to == parked {
		m.parked = append(m.parked, o)
		return
	}
	if s := o.described(); to == inLearning && s != nil {
		m.append(s.row())
	}
	m.append(row)
}

func (m *moving) append(row warehouse.Row) {
	row.Row = m.nextRow()
	m.delta.Rows = append(m.delta.Rows, row)
}

func (m *moving) moved() int64 { return int64(len(m.delta.Removed) + len(m.release)) }

// run stores where things go before it removes them where they were; between
// the two an interruption leaves them in both places, which the next run mends.
func (m *moving) run(ctx context.Context) error {
	if m.moved() == 0 {
		return nil
	}
	if err := m.park(ctx, m.parked); err != nil {
		return err
	}
	m.delta.Source = Source
	if len(m.delta.Removed)+len(m.delta.Rows) > 0 {
		if _, err := m.opt.Facts.Take(ctx, m.delta); err != nil {
			return err
		}
	}
	if len(m.release) == 0 {
		return nil
	}
	return m.unpark(ctx, m.release)
}

// page reads what events of a name became, with the feature or the verb.
func (s *Service) page(ctx context.Context, key mappingKey, from place, at time.Time, id string) (list []*occurrence, features []string, err error) {
	if at.IsZero() {
		at = time.UnixMicro(math.MinInt32)
	}
	columns, own := map[place]string{inUsage: "account_id, feature", inLearning: "NULL, verb", parked: "account_id, NULL"}[from], "batch IN (SELECT batch FROM batch WHERE source = '"+Source+"')"
	table := string(from)
	if from == parked {
		table, own = "track_parked", "true"
	}
	query := strings.NewReplacer("{columns}", columns, "{place}", table, "{own}", own, "$3", "make_timestamp($3::BIGINT)").Replace(occurrencesSQL)
	rows, err := s.opt.Facts.SQL().QueryContext(ctx, query, string(key.call), key.name, at.UnixMicro(), id, portion)
	if err != nil {
		return nil, nil, fmt.Errorf("read events of the past: %w", err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		o, feature, err := scanOccurrence(rows)
		if err != nil {
			return nil, nil, err
		}
		list, features = append(list, o), append(features, feature)
	}
	return list, features, rows.Err()
}

func scanOccurrence(rows *sql.Rows) (*occurrence, string, error) {
	var o occurrence
	var person, account, feature sql.NullString
	var attributes string
	if err := rows.Scan(&o.id, &o.at, &person, &account, &feature, &attributes); err != nil {
		return nil, "", fmt.Errorf("read an event of the past: %w", err)
	}
	o.at, o.person, o.account = o.at.UTC(), person.String, account.String
	return &o, feature.String, json.Unmarshal([]byte(attributes), &o.attributes)
}
