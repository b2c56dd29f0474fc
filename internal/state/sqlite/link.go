package sqlite

import (
	"database/sql"
	"fmt"
	"slices"
)

// link is a statement as a step of a chain of references.
type link struct {
	seq    int64
	target uuid // zero: none
	terms  []term
}

// mark adds a statement to a list of the index, or removes it.
func (t *txn) mark(o op) error {
	if t.s.tail.span.chunk(o.seq) >= t.s.tail.first {
		t.ops = append(t.ops, o)
		return nil
	}
	return t.markPage(o)
}

// postOwn puts a statement of the tail in the lists of its own terms.
func (t *txn) postOwn(l link, voided bool) {
	t.ops = append(t.ops, op{term: termExists, seq: l.seq})
	if !voided {
		t.ops = append(t.ops, op{term: termLive, seq: l.seq})
	}
	for _, own := range l.terms {
		t.ops = append(t.ops, op{term: own, seq: l.seq})
	}
}

// link reads a statement by its id; it gives nil when there is none.
func (t *txn) link(id uuid) (*link, error) {
	seq, err := t.lookup(id)
	if err != nil || seq == 0 {
		return nil, err
	}
	l := &link{seq: seq}
	var target, terms []byte
	err = t.row("SELECT target, terms FROM statement WHERE seq = $1", seq).Scan(&target, &terms)
	if err != nil {
		return nil, fmt.Errorf("read statement %s: %w", id, err)
	}
	l.target, l.terms = toUUID(target), unpackTerms(terms)
	return l, nil
}

// chain gives what a statement refers to, directly first, each once and at most
// maxLayer steps; deep says that it goes on behind them.
func (t *txn) chain(from link) (chain []link, deep bool, err error) {
	for at := from; at.target != (uuid{}); {
		next, err := t.link(at.target)
		if err != nil {
			return nil, false, err
		}
		if next == nil || next.seq == from.seq || passed(chain, next.seq) {
			return chain, false, nil
		}
		if len(chain) == maxLayer {
			return chain, true, nil
		}
		chain = append(chain, *next)
		at = *next
	}
	return chain, false, nil
}

func passed(chain []link, seq int64) bool {
	return slices.ContainsFunc(chain, func(l link) bool { return l.seq == seq })
}

// inherit posts a statement under the terms of what it refers to.
func (t *txn) inherit(l link) error {
	chain, deep, err := t.chain(l)
	if err != nil {
		return err
	}
	if err := t.connectDeep(l.seq, deep, false); err != nil {
		return err
	}
	return t.markChain(l.seq, 1, chain, false)
}

// markChain posts a statement under the terms of a chain that begins at a layer
// of its own, or takes it away.
func (t *txn) markChain(seq int64, layer int, chain []link, remove bool) error {
	for i, l := range chain {
		if layer+i > maxLayer {
			return nil
		}
		for _, of := range l.terms {
			if err := t.mark(op{of, layer + i, seq, remove}); err != nil {
				return err
			}
		}
	}
	return nil
}

// follower is a statement that refers to another over the steps of its path,
// itself first.
type follower struct {
	id   uuid
	path []int64
}

// join connects a statement that is stored now with those that it refers to and
// those that refer to it; part undoes that.
func (t *txn) join(id uuid, l link) error { return t.connect(id, l, false) }
func (t *txn) part(id uuid, l link) error { return t.connect(id, l, true) }

func (t *txn) connect(id uuid, l link, remove bool) error {
	chain, deep, err := t.chain(l)
	if err != nil {
		return err
	}
	if err := t.connectDeep(l.seq, deep, remove); err != nil {
		return err
	}
	if err := t.markChain(l.seq, 1, chain, remove); err != nil {
		return err
	}
	if !t.refs {
		return nil
	}
	return t.connectFollowers(follower{id: id}, append([]link{l}, chain...), deep, remove)
}

// connectDeep marks a statement whose chain is longer than the layers. The mark
// makes a search look closer, so that a needless one does no harm.
func (t *txn) connectDeep(seq int64, deep, remove bool) error {
	if !deep || remove {
		return nil
	}
	if !t.deep {
		t.deep = true
		if err := t.exec("INSERT INTO mark (name, value) VALUES ('deep', 1) ON CONFLICT DO NOTHING"); err != nil {
			return err
		}
	}
	return t.mark(op{term: termDeep, seq: seq})
}

// connectFollowers connects those that refer to the head of a chain, and those
// that refer to them.
func (t *txn) connectFollowers(head follower, chain []link, deep, remove bool) error {
	level := []follower{head}
	seen := map[int64]bool{chain[0].seq: true}
	for layer := 1; layer <= layers && len(level) > 0; layer++ {
		var next []follower
		for _, f := range level {
			more, err := t.followers(f, seen)
			if err != nil {
				return err
			}
			next = append(next, more...)
		}
		for _, f := range next {
			if err := t.connectFollower(f, layer, chain, deep, remove); err != nil {
				return err
			}
		}
		level = next
	}
	return nil
}

func (t *txn) connectFollower(f follower, layer int, chain []link, deep, remove bool) error {
	end := slices.IndexFunc(chain, func(l link) bool { return slices.Contains(f.path, l.seq) })
	if end >= 0 {
		chain, deep = chain[:end], false
	}
	deep = deep || layer-1+len(chain) > maxLayer
	if err := t.connectDeep(f.path[0], deep, remove); err != nil {
		return err
	}
	return t.markChain(f.path[0], layer, chain, remove)
}

// followers gives the statements that refer to one, but for those seen.
func (t *txn) followers(of follower, seen map[int64]bool) ([]follower, error) {
	var out []follower
	err := t.each(func(rows *sql.Rows) error {
		var seq int64
		var id []byte
		if err := rows.Scan(&seq, &id); err != nil {
			return err
		}
		if !seen[seq] {
			seen[seq] = true
			out = append(out, follower{toUUID(id), append([]int64{seq}, of.path...)})
		}
		return nil
	}, `SELECT r.seq, s.id FROM reference r JOIN statement s ON s.seq = r.seq
		WHERE r.target = $1 ORDER BY r.seq`, of.id[:])
	if err != nil {
		return nil, fmt.Errorf("find what refers to %s: %w", of.id, err)
	}
	return out, nil
}
