package lrs

import (
	"context"
	"fmt"

	"github.com/liftmark/liftmark/internal/fault"
)

// aheadSetting is there while the facts are ahead of the record store.
const aheadSetting = "statements.ahead"

var errAhead = fault.New(fault.Conflict, "the facts were made of other statements than the record store has: state.db is older than facts.duckdb, or another one; put the right state.db back, or make the facts of the statements that there are: liftmark facts rebuild")

// checkPlace refuses to go on from a place that the record store never came to:
// its file was put back from before the facts', or is another one. New statements
// would get places that count as dealt with, and never become facts. That the
// store has come that far since does not mend it; Rebuild does. Who calls it
// holds mu.
func (p *Projector) checkPlace(ctx context.Context, cursor int64) error {
	last, err := p.from.LastChange(ctx)
	if err != nil {
		return err
	}
	if !p.placed {
		text, err := p.from.Setting(ctx, aheadSetting)
		if err != nil {
			return fmt.Errorf("read whether the facts are ahead: %w", err)
		}
		p.placed, p.ahead = true, len(text) > 0
	}
	if cursor > last && !p.ahead {
		err := p.from.ChangeSetting(ctx, aheadSetting, func([]byte) ([]byte, error) { return fmt.Appendf(nil, "%d", cursor), nil })
		if err != nil {
			return fmt.Errorf("note that the facts are ahead: %w", err)
		}
		p.ahead = true
	}
	if p.ahead {
		return errAhead
	}
	return nil
}

// replace forgets that the facts were ahead, for they begin anew.
func (p *Projector) replace(ctx context.Context) error {
	p.placed, p.ahead = true, false
	return p.from.ChangeSetting(ctx, aheadSetting, func([]byte) ([]byte, error) { return nil, nil })
}
