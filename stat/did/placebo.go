package did

import (
	"context"
	"fmt"
	"slices"

	"github.com/liftmark/liftmark/stat"
)

// PlaceboDate estimates effects of a start that never was, a number of periods
// before the real one (less its anticipation), from the rows before the real one
// alone. Parallel trends make them 0; Simple is the test. Cohorts are named by the
// pretended start.
//
// Errors: those of Estimate, and ErrTooFew when no unit has enough rows before its
// start. PlaceboDate panics if earlier < 1.
//
// It asks the same of the data as the cells before treatment, all at once, with more
// power against a slow drift. A placebo effect of 0 does not prove parallel trends
// afterwards.
func PlaceboDate(ctx context.Context, p Panel, earlier int, o Options) (*GroupTime, error) {
	if earlier < 1 {
		panic(fmt.Sprintf("did: placebo date %d periods earlier", earlier))
	}
	p.mustAgree()
	if err := p.check(); err != nil {
		return nil, fmt.Errorf("placebo date: %w", err)
	}
	if len(p.Period) == 0 {
		return nil, fmt.Errorf("placebo date: panel without rows: %w", stat.ErrTooFew)
	}
	last := slices.Max(p.Period)
	pretended := p.filter(func(i int) bool {
		s := p.Start[p.Unit[i]]
		return s > last+o.Anticipation || p.Period[i] < s-o.Anticipation
	})
	pretended.Start = slices.Clone(p.Start)
	for u, s := range p.Start {
		if s <= last+o.Anticipation {
			pretended.Start[u] = s - o.Anticipation - earlier
		} else {
			pretended.Start[u] = Never
		}
	}
	o.Anticipation = 0
	r, err := Estimate(ctx, pretended, o)
	if err != nil {
		return nil, fmt.Errorf("placebo date %d periods earlier: %w", earlier, err)
	}
	r.Skipped = slices.DeleteFunc(r.Skipped, func(s Skipped) bool { return s.Period >= s.Cohort+earlier })
	return r, nil
}
