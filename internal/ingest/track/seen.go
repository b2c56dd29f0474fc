package track

import (
	"cmp"
	"context"
	"database/sql"
	_ "embed"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/liftmark/liftmark/internal/warehouse"
)

//go:embed sql/seen.sql
var seenSQL string

const (
	seenFor    = 5 * time.Second // how long an answer of Seen is good
	maxSeen    = 5000            // names that Seen lists
	maxTallied = 100_000         // names whose counts are kept in memory
)

// seenCache keeps the latest answer, and what it was made of.
type seenCache struct {
	stale atomic.Bool // counts anew the next time

	mu    sync.Mutex
	at    time.Time
	list  []Seen
	tally *tally
}

// forget lets the next answer be made from what is stored. It does not wait for
// one that is being made.
func (c *seenCache) forget() { c.stale.Store(true) }

// Seen lists what arrived: the events by call and name, the most frequent first,
// at most 5,000 of them, then the calls that leave no events. Volumes of events
// are those that are stored, so that repetitions do not count; volumes of calls
// count each. An answer may be a few seconds old. What is stored is read whole
// the first time and after events went or moved; then what is new is added.
func (s *Service) Seen(ctx context.Context) ([]Seen, error) {
	s.seen.mu.Lock()
	defer s.seen.mu.Unlock()
	now := s.opt.Now()
	age := now.Sub(s.seen.at)
	if s.seen.stale.Swap(false) || age < 0 {
		s.seen.list, s.seen.tally = nil, nil
	}
	if s.seen.list != nil && age < seenFor {
		return s.seen.list, nil
	}
	t, err := s.tallied(ctx, now)
	if err != nil {
		return nil, fmt.Errorf("count events: %w", err)
	}
	list := t.list(now, s.rules.Load(), s.plan.Load())
	calls, err := s.opt.Facts.Seen(ctx, Source)
	if err != nil {
		return nil, fmt.Errorf("count calls: %w", err)
	}
	for _, c := range calls {
		list = append(list, seenCall(c))
	}
	s.seen.at, s.seen.list = now, list
	if s.seen.tally = t; len(t.names) > maxTallied {
		s.seen.tally = nil
	}
	return list, nil
}

func seenCall(c warehouse.Seen) Seen {
	return Seen{Call: Call(c.Name), Total: c.Count, LastSeen: c.Last, CountsAs: map[Call]string{Identify: "person", Group: "account", Alias: "link"}[Call(c.Name)], InPlan: true}
}

// tallied brings the counts up to date.
func (s *Service) tallied(ctx context.Context, now time.Time) (*tally, error) {
	t := s.seen.tally
	for _, p := range []place{inUsage, inLearning, parked} {
		if whole, err := s.holds(ctx, t, p); err != nil {
			return nil, err
		} else if !whole {
			t = nil
		}
	}
	s.seen.tally = nil // good again when nothing fails from here on
	if t == nil {
		t = newTally()
	}
	for _, p := range []place{inUsage, inLearning, parked} {
		if err := s.addTo(ctx, t, p, now); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// holds says whether all that was counted of a place is still there.
func (s *Service) holds(ctx context.Context, t *tally, p place) (bool, error) {
	if t == nil {
		return false, nil
	}
	var n int64
	err := s.opt.Facts.SQL().QueryRowContext(ctx, ofPlace(p, "SELECT count(*) FROM {place} WHERE {own} AND {row} <= $1"), t.upTo[p]).Scan(&n)
	return n == t.rows[p], err
}

// addTo counts what came to a place since the last time.
func (s *Service) addTo(ctx context.Context, t *tally, p place, now time.Time) error {
	query := strings.ReplaceAll(ofPlace(p, seenSQL), "$2", "make_timestamp($2::BIGINT)")
	rows, err := s.opt.Facts.SQL().QueryContext(ctx, query, t.upTo[p], now.Add(-day-slot).UnixMicro())
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := t.scan(rows, p); err != nil {
			return err
		}
	}
	return rows.Err()
}

// ofPlace fills the name of a place into a query, which of its rows are this
// package's, and the column whose values grow with each row.
func ofPlace(p place, query string) string {
	table, own, row := string(p), "batch IN (SELECT batch FROM batch WHERE source = '"+Source+"')", "row"
	if p == parked {
		table, own, row = "track_parked", "true", "rowid"
	}
	return strings.NewReplacer("{place}", table, "{own}", own, "{row}", row).Replace(query)
}

const (
	day  = 24 * time.Hour
	slot = 15 * time.Minute
)

// tally counts stored events by name, as far as they were read.
type tally struct {
	names map[mappingKey]*counted
	rows  map[place]int64 // how many were read
	upTo  map[place]int64 // the last of them
}

type counted struct {
	total       int64
	first, last time.Time
	places      map[place]bool
	recent      map[time.Time]int64 // by the quarter of an hour, of the last day
}

func newTally() *tally {
	t := &tally{names: map[mappingKey]*counted{}, rows: map[place]int64{}, upTo: map[place]int64{}}
	for _, p := range []place{inUsage, inLearning, parked} {
		t.upTo[p] = math.MinInt64
	}
	return t
}

func (t *tally) scan(rows *sql.Rows, p place) error {
	var key mappingKey
	var quarter sql.NullTime
	var n, last int64
	c := &counted{}
	if err := rows.Scan(&key.call, &key.name, &quarter, &n, &c.first, &c.last, &last); err != nil {
		return err
	}
	t.rows[p] += n
	t.upTo[p] = max(t.upTo[p], last)
	if key.call != "" && key.name != "" {
		t.add(key, p, n, quarter.Time.UTC(), c)
	}
	return nil
}

// add counts n further events, of a quarter of an hour or of older ones.
func (t *tally) add(key mappingKey, p place, n int64, quarter time.Time, of *counted) {
	c := t.names[key]
	if c == nil {
		c = &counted{first: of.first.UTC(), last: of.last.UTC(), places: map[place]bool{}, recent: map[time.Time]int64{}}
		t.names[key] = c
	}
	c.total += n
	c.places[p] = true
	if of.first.Before(c.first) {
		c.first = of.first.UTC()
	}
	if of.last.After(c.last) {
		c.last = of.last.UTC()
	}
	if !quarter.IsZero() {
		c.recent[quarter] += n
	}
}

// list gives what was counted, the most frequent first.
func (t *tally) list(now time.Time, known *rules, plan *compiledPlan) []Seen {
	list := make([]Seen, 0, len(t.names))
	for key, c := range t.names {
		e := Seen{Call: key.call, Name: key.name, Total: c.total, LastDay: c.lastDay(now), FirstSeen: c.first, LastSeen: c.last, CountsAs: c.countsAs()}
		if m, ok := known.byName[key]; ok {
			e.Mapping = &m
		}
		_, e.InPlan = plan.events[key]
		list = append(list, e)
	}
	slices.SortFunc(list, func(a, b Seen) int {
		return cmp.Or(cmp.Compare(b.Total, a.Total), cmp.Compare(a.Call, b.Call), cmp.Compare(a.Name, b.Name))
	})
	return list[:min(len(list), maxSeen)]
}

// lastDay adds the quarters of an hour that are not a day old up, and drops the
// others.
func (c *counted) lastDay(now time.Time) (n int64) {
	for quarter, count := range c.recent {
		if quarter.Before(now.Add(-day)) {
			delete(c.recent, quarter)
			continue
		}
		n += count
	}
	return n
}

func (c *counted) countsAs() string {
	if len(c.places) > 1 {
		return "mixed"
	}
	for p := range c.places {
		return map[place]string{inUsage: "feature", inLearning: "learning", parked: "ignored"}[p]
	}
	return ""
}
