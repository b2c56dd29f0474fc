package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"slices"
)

// reader answers a query from the tail and the file.
type reader struct {
	ctx     context.Context
	s       *Store
	tx      *sql.Tx
	query   *query
	first   int64            // chunk; from it on the tail has answered
	last    int64            // chunk; the highest
	tail    map[int64]*match // answers of the tail
	scratch match            // of the chunk at hand
	reached map[int64]bool   // by place: it or what it refers to meets the query
	merged  int64            // chunk; earlier ones are in merged runs
	state   int64            // of the table posting, or an earlier one
	deep    bool             // references go deeper than the index
}

// look has the tail answer.
func (r *reader) look() {
	r.s.mu.RLock()
	defer r.s.mu.RUnlock()
	r.deep, r.state = r.s.tail.deep, r.s.hot.now()
	r.first, r.last = r.s.tail.first, r.s.tail.first-1
	r.tail = make(map[int64]*match, len(r.s.tail.chunks))
	for chunk, l := range r.s.tail.chunks {
		r.last = max(r.last, chunk)
		r.tail[chunk], _ = r.match(&match{}, func(t term) (byLayer, error) { return l.find(chunk, t), nil })
	}
}

func (l lists) find(chunk int64, t term) byLayer {
	var out byLayer
	for layer := range out {
		out[layer] = l[entry{t, whereIs(chunk, layer)}]
	}
	return out
}

// bound reads how far runs are merged and turns times into places; statements
// are stored in the order of both.
func (r *reader) bound() error {
	q := r.query
	if err := r.tx.QueryRow("SELECT value FROM mark WHERE name = 'merged'").Scan(&r.merged); err != nil {
		return err
	}
	if q.bounded {
		return nil
	}
	q.bounded = true
	if q.since != 0 {
		first, err := r.firstAfter(q.since)
		if err != nil {
			return err
		}
		q.low = max(q.low, first)
	}
	if q.till != 0 {
		first, err := r.firstAfter(q.till)
		if err != nil {
			return err
		}
		q.high = min(q.high, first-1)
	}
	return nil
}

// firstAfter gives the place of the first statement stored after a time.
func (r *reader) firstAfter(stored int64) (int64, error) {
	var seq int64
	err := r.tx.QueryRow("SELECT seq FROM statement WHERE stored > $1 ORDER BY stored LIMIT 1", stored).Scan(&seq)
	if errors.Is(err, sql.ErrNoRows) {
		return 1 << 62, nil
	}
	return seq, err
}

// places gives the next n places that the query selects, fewer at the end.
func (r *reader) places(n int) ([]int64, error) {
	var out []int64
	span := r.s.tail.span
	low, high := span.chunk(r.query.low), min(span.chunk(r.query.high), r.last)
	for i := int64(0); i <= high-low && len(out) < n; i++ {
		chunk := high - i
		if r.query.ascending {
			chunk = low + i
		}
		if err := r.ctx.Err(); err != nil {
			return nil, err
		}
		found, err := r.chunk(chunk, n-len(out))
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	return out, nil
}

// chunk gives at most n places of a chunk.
func (r *reader) chunk(chunk int64, n int) ([]int64, error) {
	m := r.tail[chunk]
	if m == nil && chunk >= r.first {
		return nil, nil
	}
	if m == nil {
		var err error
		r.scratch = match{}
		if m, err = r.match(&r.scratch, r.stored(chunk)); err != nil {
			return nil, err
		}
	}
	if m.empty() {
		return nil, nil
	}
	base := r.s.tail.span.first(chunk)
	low, high := max(r.query.low-base, 0), min(r.query.high-base, int64(r.s.tail.span)-1)
	m.sure.keep(int(low), int(high))
	m.deep.keep(int(low), int(high))
	m.deep.andNot(&m.sure)
	if err := r.resolve(base, m); err != nil {
		return nil, err
	}
	places := m.sure.places()
	if !r.query.ascending {
		slices.Reverse(places)
	}
	out := make([]int64, 0, min(n, len(places)))
	for _, p := range places[:min(n, len(places))] {
		out = append(out, base+int64(p))
	}
	return out, nil
}

// stored reads postings of a chunk from the file, but for those that were read
// of late.
func (r *reader) stored(chunk int64) source {
	key := hotKey{run: runOf(chunk, r.merged), merged: chunk < r.merged}
	return func(t term) (byLayer, error) {
		key.term = t
		f, ok := r.s.hot.get(key)
		if !ok {
			var err error
			if f, err = r.readTerm(key.run, t); err != nil {
				return byLayer{}, err
			}
			r.s.hot.put(key, f, r.state)
		}
		return f.in(chunk), nil
	}
}

func (r *reader) readTerm(run int64, t term) (found, error) {
	var entries []byte
	err := r.tx.QueryRow(`SELECT entries FROM posting
		WHERE run = $1 AND term <= $2 ORDER BY term DESC LIMIT 1`, run, int64(t)).Scan(&entries)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return find(entries, t)
}
