package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/state"
)

// deleteMax is how many statements are deleted in one transaction, and listed
// in one change.
const deleteMax = 500

// DeleteStatements implements state.Upkeep.
func (s *Store) DeleteStatements(ctx context.Context, ids []string) (int, error) {
	deleted := 0
	for len(ids) > 0 {
		part := ids[:min(deleteMax, len(ids))]
		ids = ids[len(part):]
		n := 0
		err := s.write(ctx, len(part), 0, func(t *txn) (err error) {
			n, err = t.deleteAll(part)
			return err
		})
		if err != nil {
			return deleted, err
		}
		deleted += n
	}
	return deleted, nil
}

func (t *txn) deleteAll(ids []string) (int, error) {
	var removed []byte
	for _, text := range ids {
		id, err := parseUUID(text)
		if err != nil {
			continue // nothing is stored under such an id
		}
		ok, err := t.delete(id)
		if err != nil {
			return 0, fmt.Errorf("delete statement %s: %w", id, err)
		}
		if ok {
			removed = append(removed, id[:]...)
		}
	}
	if len(removed) == 0 {
		return 0, nil
	}
	err := t.exec("INSERT INTO change (seq, replaced, removed) VALUES ($1, 0, $2)", t.place(), removed)
	return len(removed) / len(uuid{}), err
}

// delete says whether there was a statement of the id.
func (t *txn) delete(id uuid) (bool, error) {
	l, err := t.link(id)
	if err != nil || l == nil {
		return false, err
	}
	if err := t.part(id, *l); err != nil {
		return false, err
	}
	if err := t.markOwn(*l, true); err != nil {
		return false, err
	}
	for _, own := range []term{termExists, termLive} {
		if err := t.mark(op{own, 0, l.seq, true}); err != nil {
			return false, err
		}
	}
	if err := t.detach(l.seq); err != nil {
		return false, err
	}
	for _, query := range []string{
		"DELETE FROM change WHERE seq = (SELECT replaced FROM statement WHERE seq = $1)",
		"DELETE FROM statement WHERE seq = $1",
	} {
		if err := t.exec(query, l.seq); err != nil {
			return false, err
		}
	}
	t.setID(id, 0)
	if chunk := t.s.tail.span.chunk(l.seq); chunk < t.s.tail.first {
		t.runs[runOf(chunk, t.s.merged)] = true
	}
	return true, t.exec("DELETE FROM statement_id WHERE chunk = $1 AND id = $2", t.s.tail.span.chunk(l.seq), id[:])
}

// markOwn puts a statement in the lists of its own terms, or takes it out.
func (t *txn) markOwn(l link, remove bool) error {
	for _, own := range l.terms {
		if err := t.mark(op{own, 0, l.seq, remove}); err != nil {
			return err
		}
	}
	return nil
}

// detach forgets what a statement refers to and has attached, with contents
// that nothing else has.
func (t *txn) detach(seq int64) error {
	var attachments string
	var target []byte
	err := t.row("SELECT attachments, target FROM statement WHERE seq = $1", seq).Scan(&attachments, &target)
	if err != nil {
		return err
	}
	if target != nil {
		if err := t.exec("DELETE FROM reference WHERE target = $1 AND seq = $2", target, seq); err != nil {
			return err
		}
	}
	for _, sha2 := range strings.Fields(attachments) {
		if err := t.exec("DELETE FROM attachment WHERE sha2 = $1 AND seq = $2", sha2, seq); err != nil {
			return err
		}
		err := t.exec("DELETE FROM content WHERE sha2 = $1 AND NOT EXISTS (SELECT 1 FROM attachment WHERE sha2 = $1)", sha2)
		if err != nil {
			return err
		}
	}
	return nil
}

// ReplaceStatement implements state.Upkeep.
func (s *Store) ReplaceStatement(ctx context.Context, n state.NewStatement) error {
	d, err := s.draft(n)
	if err != nil {
		return err
	}
	return s.write(ctx, 1, d.size, func(t *txn) error {
		if err := t.replace(&d); err != nil {
			return fmt.Errorf("replace statement %s: %w", d.ID, err)
		}
		return nil
	})
}

func (t *txn) replace(d *draft) error {
	old, err := t.link(d.id)
	if err != nil {
		return err
	}
	if old == nil {
		return fault.New(fault.NotFound, "there is no such statement")
	}
	if err := t.part(d.id, *old); err != nil {
		return err
	}
	if err := t.markOwn(*old, true); err != nil {
		return err
	}
	fresh := link{old.seq, d.target, d.terms}
	if err := t.rewrite(d, fresh); err != nil {
		return err
	}
	if err := t.markOwn(fresh, false); err != nil {
		return err
	}
	if err := t.join(d.id, fresh); err != nil {
		return err
	}
	if d.Voids {
		if err := t.void(d, fresh.seq); err != nil {
			return err
		}
	}
	return t.describe(d, fresh.seq)
}

// rewrite changes the row of a statement and notes the change.
func (t *txn) rewrite(d *draft, l link) error {
	if err := t.exchangeAttachments(d, l.seq); err != nil {
		return err
	}
	err := t.exec("DELETE FROM change WHERE seq = (SELECT replaced FROM statement WHERE seq = $1)", l.seq)
	if err != nil {
		return err
	}
	change := t.place()
	err = t.exec(`UPDATE statement SET flags = (flags & 1) | $1, target = $2, replaced = $3, credential = $4,
		country = $5, attachments = $6, terms = $7, body = $8 WHERE seq = $9`, d.flags(), d.target.column(), change,
		d.Credential, d.Country, strings.Join(d.Attachments, " "), packTerms(d.terms), d.Body, l.seq)
	if err != nil {
		return err
	}
	return t.exec("INSERT INTO change (seq, replaced, removed) VALUES ($1, $2, X'')", change, l.seq)
}

// exchangeAttachments notes the new references and attachments before it
// forgets the old ones, so that a content that stays is not deleted.
func (t *txn) exchangeAttachments(d *draft, seq int64) error {
	const holder = -1 // the place of no statement
	for _, sha2 := range d.Attachments {
		if err := t.exec("INSERT INTO attachment (sha2, seq) VALUES ($1, $2) ON CONFLICT DO NOTHING", sha2, holder); err != nil {
			return err
		}
	}
	if err := t.detach(seq); err != nil {
		return err
	}
	if err := t.exec("DELETE FROM attachment WHERE seq = $1", holder); err != nil {
		return err
	}
	return t.refer(d, seq)
}

// ForgetAgent implements state.Upkeep.
func (s *Store) ForgetAgent(ctx context.Context, agent string) (int, error) {
	n := 0
	err := s.write(ctx, 1, 0, func(t *txn) (err error) {
		t.s.known.forget()
		if n, err = t.count("DELETE FROM document WHERE agent = $1 AND agent <> ''", agent); err != nil {
			return err
		}
		return t.exec("DELETE FROM agent_name WHERE agent = $1", agent)
	})
	return n, err
}

// Suppress implements state.Upkeep.
func (s *Store) Suppress(ctx context.Context, hashes []string, at time.Time) error {
	return s.write(ctx, len(hashes), 0, func(t *txn) error {
		for _, hash := range hashes {
			err := t.exec("INSERT INTO suppressed (hash, at) VALUES ($1, $2) ON CONFLICT DO NOTHING", hash, micros(at))
			if err != nil {
				return fmt.Errorf("suppress an agent: %w", err)
			}
		}
		return nil
	})
}

// Suppressed implements state.Upkeep.
func (s *Store) Suppressed(ctx context.Context, hashes []string) (map[string]bool, error) {
	out := map[string]bool{}
	for _, hash := range hashes {
		var n int
		err := s.readers.QueryRowContext(ctx, "SELECT 1 FROM suppressed WHERE hash = $1", hash).Scan(&n)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return nil, s.explain(fmt.Errorf("look up suppressed agents: %w", err))
		}
		out[hash] = true
	}
	return out, nil
}
