package lrs

import (
	"context"
	"slices"
	"strings"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/state"
	"github.com/liftmark/liftmark/xapi"
)

// screen takes suppressed agents out of the batch: statements about them are
// not kept, others are rewritten. A statement that is stored already is
// acknowledged, whatever it said of them then.
func (b *batch) screen(ctx context.Context) error {
	if b.service.opt.Suppressed == nil {
		return nil
	}
	var all []xapi.IFI
	for i := range b.put {
		all = append(all, b.agents(b.put[i].Terms)...)
	}
	slices.Sort(all)
	suppressed, err := b.service.opt.Suppressed(ctx, slices.Compact(all))
	if err != nil || len(suppressed) == 0 {
		return err
	}
	b.screened = map[int]bool{}
	put, at := b.put[:0], b.at[:0]
	for i, n := range b.put {
		if slices.ContainsFunc(b.agents(n.Terms), func(id xapi.IFI) bool { return suppressed[id] }) {
			keep, err := b.rewrite(&n, suppressed)
			if err != nil {
				return fault.New(fault.Internal, "take an erased agent out of statement %s: %w", n.ID, err)
			}
			if !keep {
				continue
			}
			b.screened[b.at[i]] = true
		}
		put, at = append(put, n), append(at, b.at[i])
	}
	b.put, b.at = put, at
	return nil
}

// rewrite takes suppressed agents out of a statement, and says whether it is to
// be kept.
func (b *batch) rewrite(n *state.NewStatement, suppressed map[xapi.IFI]bool) (keep bool, err error) {
	if b.service.opt.Rewrite == nil {
		return false, nil
	}
	body, err := b.service.opt.Rewrite(n.Body, suppressed)
	if err != nil || body == nil {
		return false, err
	}
	old := state.Statement{ID: n.ID, Attachments: n.Attachments, Credential: n.Credential, Country: n.Country}
	again, err := Rewrite(old, body)
	again.NoTimestamp = n.NoTimestamp
	*n = again
	return err == nil, err
}

// agents gives the agents by whom statements are found, that are asked about:
// those that a statement is about (actor, object, members of both), and all
// others too when they can be taken out.
func (b *batch) agents(terms []state.Term) []xapi.IFI {
	var agents []xapi.IFI
	for _, t := range terms {
		related := t.Kind == state.TermRelatedAgent || t.Kind == state.TermAuthority
		if t.Kind == state.TermAgent || related && b.service.opt.Rewrite != nil && !strings.HasPrefix(t.Text, credentialTerm) {
			agents = append(agents, xapi.IFI(t.Text))
		}
	}
	return agents
}
