package track

import (
	"context"
	_ "embed"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
)

//go:embed sql/lot.sql
var lotSQL string

//go:embed sql/park.sql
var parkSQL string

// makeLot makes the table in which ignored events wait.
func (s *Service) makeLot(ctx context.Context) error {
	if _, err := s.opt.Facts.SQL().ExecContext(ctx, lotSQL); err != nil {
		return fmt.Errorf("make the table of ignored events: %w", err)
	}
	return nil
}

type parkedEvent struct {
	ID         string            `json:"event_id"`
	Micros     int64             `json:"micros"`
	Person     string            `json:"person_id"`
	Account    string            `json:"account_id"`
	Attributes map[string]string `json:"attributes"`
}

// repeated is how far from an event's own time the time of a repetition is at
// most, for clients reckon it anew: what a database of facts takes when its
// options name no horizon.
const repeated = 7 * 24 * time.Hour

// park keeps events that a mapping ignores, so that another can let them count.
func (s *Service) park(ctx context.Context, list []*occurrence) error {
	if len(list) == 0 {
		return nil
	}
	events, ids := make([]parkedEvent, len(list)), make([]string, len(list))
	first, last := list[0].at, list[0].at
	for i, o := range list {
		if o.at.Before(first) {
			first = o.at
		}
		if o.at.After(last) {
			last = o.at
		}
		events[i], ids[i] = parkedEvent{o.id, o.at.UnixMicro(), o.person, o.account, o.attributes}, o.id
	}
	data, err := json.Marshal(events)
	if err != nil {
		return fmt.Errorf("write ignored events: %w", err)
	}
	if _, err := s.opt.Facts.SQL().ExecContext(ctx, parkSQL, string(data), ids,
		first.Add(-repeated).UnixMicro(), last.Add(repeated).UnixMicro()); err != nil {
		return fmt.Errorf("keep ignored events: %w", err)
	}
	return nil
}

// unpark removes events that count again.
func (s *Service) unpark(ctx context.Context, ids []string) error {
	defer s.seen.forget()
	_, err := s.opt.Facts.SQL().ExecContext(ctx, "DELETE FROM track_parked WHERE event_id IN (SELECT unnest($1::VARCHAR[]))", ids)
	if err != nil {
		return fmt.Errorf("release ignored events: %w", err)
	}
	return nil
}

// Erase deletes the ignored events of people by the keys that facts carry, and
// gives how many there were. What the stream holds of them others delete.
func (s *Service) Erase(ctx context.Context, keys []string) (int64, error) {
	return s.deleteParked(ctx, "person_id IN (SELECT unnest($1::VARCHAR[]))", keys)
}

// Prune deletes ignored events from before a time, and gives how many there were.
func (s *Service) Prune(ctx context.Context, before time.Time) (int64, error) {
	return s.deleteParked(ctx, "time < make_timestamp($1)", before.UnixMicro())
}

func (s *Service) deleteParked(ctx context.Context, where string, arg any) (int64, error) {
	s.turn.Lock()
	defer s.turn.Unlock()
	defer s.seen.forget()
	result, err := s.opt.Facts.SQL().ExecContext(ctx, "DELETE FROM track_parked WHERE "+where, arg)
	if err != nil {
		return 0, fmt.Errorf("delete ignored events: %w", err)
	}
	return result.RowsAffected()
}

// withCountry says which of the people have a country.
func (s *Service) withCountry(ctx context.Context, people []string) (map[string]bool, error) {
	if len(people) == 0 {
		return nil, nil
	}
	rows, err := s.opt.Facts.SQL().QueryContext(ctx, "SELECT DISTINCT person_id FROM person WHERE country IS NOT NULL AND person_id IN (SELECT unnest($1::VARCHAR[]))", people)
	if err != nil {
		return nil, fmt.Errorf("look the country of people up: %w", err)
	}
	defer func() { _ = rows.Close() }()
	known := map[string]bool{}
	for rows.Next() {
		var person string
		if err := rows.Scan(&person); err != nil {
			return nil, err
		}
		known[person] = true
	}
	return known, rows.Err()
}
