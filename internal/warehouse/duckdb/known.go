package duckdb

import (
	"context"
	"fmt"
	"hash/maphash"
	"slices"
	"time"

	"github.com/liftmark/liftmark/internal/warehouse"
)

// known remembers which event keys of late may be stored, so that new ones need
// no look at the table. It is a Bloom filter: it may take a new key for a
// stored one, about once in 50,000, and never the other way round.
type known struct {
	seed  maphash.Seed
	bits  []uint64
	since time.Time // events from this time on are in it
	room  int       // how many more keys it takes
	full  bool      // there are more than it can take: it is of no use
}

const (
	bitsPerKey = 24
	hashes     = 10
	leastKeys  = 1 << 18
	mostKeys   = 16 << 20 // 48 MiB
)

func newKnown(since time.Time, keys int) *known {
	k := &known{seed: maphash.MakeSeed(), since: since, full: keys > mostKeys}
	if !k.full {
		k.room = min(max(2*keys, leastKeys), mostKeys)
		k.bits = make([]uint64, k.room*bitsPerKey/64)
	}
	return k
}

// places calls each with the bits of a key until it gives false.
func (k *known) places(key string, each func(word int, bit uint64) bool) {
	h := maphash.String(k.seed, key)
	step := h>>32 | 1
	for range hashes {
		at := h % uint64(len(k.bits)*64)
		if !each(int(at/64), 1<<(at%64)) { //nolint:gosec // below the number of words
			return
		}
		h += step * 0x9e3779b97f4a7c15
	}
}

func (k *known) add(key string) {
	k.room--
	k.places(key, func(word int, bit uint64) bool {
		k.bits[word] |= bit
		return true
	})
}

func (k *known) mayHave(key string) bool {
	there := true
	k.places(key, func(word int, bit uint64) bool {
		there = k.bits[word]&bit != 0
		return there
	})
	return there
}

// suspects gives those of the rows whose keys may be stored.
func (t *taking) suspects(ctx context.Context, l *layout, rows []stored) ([]stored, error) {
	k, err := t.knownKeys(ctx, l)
	if err != nil || k.full {
		return rows, err
	}
	return slices.DeleteFunc(slices.Clone(rows), func(s stored) bool {
		at, _ := s[l.at()].(time.Time)
		return !at.Add(-max(t.horizon, 0)).Before(k.since) && !k.mayHave(text(s[l.key()]))
	}), nil
}

// remember adds stored rows. When there is no room left the next delta reads
// the table again, from a later time on.
func (t *taking) remember(l *layout, rows []stored) {
	k := t.live.known[l.fact.Name]
	if k == nil || k.full {
		return
	}
	if k.room < len(rows) {
		delete(t.live.known, l.fact.Name)
		return
	}
	for _, s := range rows {
		k.add(text(s[l.key()]))
	}
}

// knownKeys gives the filter of a fact, reading the table the first time: what
// is within twice the horizon, or all of it where the horizon is everywhere.
func (t *taking) knownKeys(ctx context.Context, l *layout) (*known, error) {
	if k := t.live.known[l.fact.Name]; k != nil {
		return k, nil
	}
	var since time.Time
	if t.horizon >= 0 {
		since = t.now().Add(-2 * t.horizon)
	}
	from := " FROM " + l.table() + " WHERE " + warehouse.Quote(l.fact.At) + " >= ?"
	var n int
	if err := t.tx.QueryRowContext(ctx, "SELECT count(*)"+from, timestamp(since)).Scan(&n); err != nil {
		return nil, fmt.Errorf("count the keys: %w", err)
	}
	k := newKnown(since, n)
	t.live.known[l.fact.Name] = k
	if k.full {
		return k, nil
	}
	rows, err := t.tx.QueryContext(ctx, "SELECT "+warehouse.Quote(l.fact.Key[0])+from, timestamp(since))
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var key string
		if err := rows.Scan(&key); err != nil {
			return nil, err
		}
		k.add(key)
	}
	return k, rows.Err()
}
