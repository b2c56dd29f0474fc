package track

import (
	"context"
	_ "embed"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/liftmark/liftmark/internal/warehouse"
)

//go:embed sql/seen.sql
var seenSQL string

// seenFor is how long an answer of Seen is good; counting reads all events.
const seenFor = 5 * time.Second

// seenCache keeps the latest answer.
type seenCache struct {
	mu   sync.Mutex
	at   time.Time
	list []Seen
}

func (c *seenCache) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.list = nil
}

// Seen lists what arrived: the events by call and name, the most frequent first,
// at most 5,000 of them, then the calls that leave no events. Volumes of events
// are those that are stored, so that repetitions do not count; volumes of calls
// count each. An answer may be a few seconds old.
func (s *Service) Seen(ctx context.Context) ([]Seen, error) {
	s.seen.mu.Lock()
	defer s.seen.mu.Unlock()
	now := s.opt.Now()
	if age := now.Sub(s.seen.at); s.seen.list != nil && age >= 0 && age < seenFor {
		return s.seen.list, nil
	}
	list, err := s.countEvents(ctx, now)
	if err != nil {
		return nil, err
	}
	calls, err := s.opt.Facts.Seen(ctx, Source)
	if err != nil {
		return nil, fmt.Errorf("count calls: %w", err)
	}
	for _, c := range calls {
		list = append(list, seenCall(c))
	}
	s.seen.at, s.seen.list = now, list
	return list, nil
}

func seenCall(c warehouse.Seen) Seen {
	return Seen{Call: Call(c.Name), Total: c.Count, LastSeen: c.Last, CountsAs: map[Call]string{Identify: "person", Group: "account", Alias: "link"}[Call(c.Name)], InPlan: true}
}

func (s *Service) countEvents(ctx context.Context, now time.Time) ([]Seen, error) {
	query := strings.ReplaceAll(seenSQL, "$2", "make_timestamp($2::BIGINT)")
	rows, err := s.opt.Facts.SQL().QueryContext(ctx, query, Source, now.Add(-24*time.Hour).UnixMicro())
	if err != nil {
		return nil, fmt.Errorf("count events: %w", err)
	}
	defer func() { _ = rows.Close() }()
	list := []Seen{}
	known, plan := s.rules.Load(), s.plan.Load()
	for rows.Next() {
		var e Seen
		if err := rows.Scan(&e.Call, &e.Name, &e.Total, &e.LastDay, &e.FirstSeen, &e.LastSeen, &e.CountsAs); err != nil {
			return nil, fmt.Errorf("count events: %w", err)
		}
		e.FirstSeen, e.LastSeen = e.FirstSeen.UTC(), e.LastSeen.UTC()
		if strings.Contains(e.CountsAs, " ") {
			e.CountsAs = "mixed"
		}
		key := mappingKey{e.Call, e.Name}
		if m, ok := known.byName[key]; ok {
			e.Mapping = &m
		}
		_, e.InPlan = plan.events[key]
		list = append(list, e)
	}
	return list, rows.Err()
}
