package track

import (
	"context"
	_ "embed"
	"fmt"

	"github.com/go-json-experiment/json"
)

//go:embed sql/ignored.sql
var ignoredSQL string

// Ignored calls each with the events of people, by the keys that facts carry,
// that a mapping ignores and that are kept in case another lets them count,
// oldest first.
func (s *Service) Ignored(ctx context.Context, keys []string, each func(row map[string]any) error) error {
	rows, err := s.opt.Facts.SQL().QueryContext(ctx, ignoredSQL, keys)
	if err != nil {
		return fmt.Errorf("read ignored events: %w", err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return fmt.Errorf("read ignored events: %w", err)
		}
		var row map[string]any
		if err := json.Unmarshal([]byte(text), &row); err != nil {
			return fmt.Errorf("read ignored events: %w", err)
		}
		if err := each(row); err != nil {
			return err
		}
	}
	return rows.Err()
}
