package sqlite

import (
	"database/sql"
	"errors"
	"fmt"
	"slices"
)

// match is what a query selects in a chunk: for sure, and what may be selected
// by references that go deeper than the index.
type match struct{ sure, deep set }

// source gives the postings of a term in a chunk.
type source func(term) (byLayer, error)

func (m *match) empty() bool { return m.sure.empty() && m.deep.empty() }

// match evaluates the query on a chunk, into an empty match.
func (r *reader) match(m *match, from source) (*match, error) {
	q := r.query
	if len(q.groups) == 0 {
		m.sure.fill()
	} else if err := q.meet(from, m); err != nil {
		return nil, err
	}
	if len(q.groups) > 0 && r.deep {
		if err := m.add(from); err != nil {
			return nil, err
		}
	}
	own := []term{termLive}
	if q.withVoided {
		own[0] = termExists
	}
	if q.mine != termExists {
		own = append(own, q.mine)
	}
	for _, t := range own {
		if m.empty() {
			return m, nil
		}
		if err := m.restrict(from, t); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// meet selects what has a term of each group in one layer.
func (q *query) meet(from source, m *match) error {
	var met [layers]*set
	for i, g := range q.groups {
		group, err := union(from, g)
		if err != nil {
			return err
		}
		any := false
		for layer := range met {
			if i == 0 {
				met[layer] = group[layer]
			} else if met[layer] != nil && group[layer] != nil {
				met[layer].and(group[layer])
			} else {
				met[layer] = nil
			}
			any = any || met[layer] != nil && !met[layer].empty()
		}
		if !any { // the next chunk is likely to fail here too
			q.groups[0], q.groups[i] = q.groups[i], q.groups[0]
			return nil
		}
	}
	for _, s := range met {
		if s != nil {
			m.sure.or(s)
		}
	}
	return nil
}

// union gives what has any of the terms, by layer.
func union(from source, terms []term) ([layers]*set, error) {
	var out [layers]*set
	for _, t := range terms {
		p, err := from(t)
		if err != nil {
			return out, err
		}
		for layer, list := range p {
			if list == nil {
				continue
			}
			if out[layer] == nil {
				out[layer] = &set{}
			}
			list.into(out[layer])
		}
	}
	return out, nil
}

// add selects what is to be looked at closer.
func (m *match) add(from source) error {
	p, err := from(termDeep)
	if err == nil && p[0] != nil {
		p[0].into(&m.deep)
	}
	return err
}

// restrict keeps what has a term of its own.
func (m *match) restrict(from source, t term) error {
	p, err := from(t)
	if err != nil {
		return err
	}
	var own set
	if p[0] != nil {
		p[0].into(&own)
	}
	m.sure.and(&own)
	m.deep.and(&own)
	return nil
}

// resolve follows the references of what is not sure.
func (r *reader) resolve(base int64, m *match) error {
	for _, p := range m.deep.places() {
		ok, err := r.reaches(base + int64(p))
		if err != nil {
			return err
		}
		if ok {
			m.sure.add(p)
		}
	}
	return nil
}

// reachedMax is how many answers are kept while a page is read.
const reachedMax = 100_000

// reaches says whether a statement, or one that it refers to over any number of
// steps, has a term of each group.
func (r *reader) reaches(seq int64) (bool, error) {
	if r.reached == nil || len(r.reached) > reachedMax {
		r.reached = map[int64]bool{}
	}
	var path []int64
	meets := map[int64]bool{}
	hit := false
	for seq != 0 {
		var known bool
		if hit, known = r.reached[seq]; known {
			break
		}
		if _, again := meets[seq]; again {
			hit = r.closeCycle(path, seq, meets)
			break
		}
		if err := r.ctx.Err(); err != nil {
			return false, err
		}
		own, target, err := r.step(seq)
		if err != nil {
			return false, err
		}
		path, meets[seq], seq = append(path, seq), own, target
	}
	for _, p := range slices.Backward(path) {
		hit = hit || meets[p]
		r.reached[p] = hit
	}
	return hit, nil
}

// closeCycle says whether any statement of a cycle has a term of each group.
func (r *reader) closeCycle(path []int64, seq int64, meets map[int64]bool) bool {
	return slices.ContainsFunc(path[slices.Index(path, seq):], func(p int64) bool { return meets[p] })
}

// step says whether a statement itself has a term of each group, and where the
// statement is that it refers to, 0 for nowhere.
func (r *reader) step(seq int64) (own bool, target int64, err error) {
	var id, packed []byte
	err = r.tx.QueryRow("SELECT target, terms FROM statement WHERE seq = $1", seq).Scan(&id, &packed)
	if errors.Is(err, sql.ErrNoRows) {
		return false, 0, nil
	}
	if err != nil {
		return false, 0, fmt.Errorf("follow a reference: %w", err)
	}
	terms := unpackTerms(packed)
	own = !slices.ContainsFunc(r.query.groups, func(g []term) bool {
		return !slices.ContainsFunc(g, func(t term) bool {
			_, ok := slices.BinarySearch(terms, t)
			return ok
		})
	})
	if id == nil {
		return own, 0, nil
	}
	target, err = r.s.placeOf(r.ctx, r.tx, toUUID(id))
	if errors.Is(err, sql.ErrNoRows) {
		err = r.sealedSince()
	}
	return own, target, err
}

// errSealed says that ids went from the tail to the file after the reader had
// begun, so that it may have seen them in neither.
var errSealed = errors.New("a chunk was sealed meanwhile")

// sealedSince gives errSealed when that is so.
func (r *reader) sealedSince() error {
	r.s.mu.RLock()
	defer r.s.mu.RUnlock()
	if r.s.tail.first != r.first {
		return errSealed
	}
	return nil
}
