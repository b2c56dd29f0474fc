package sqlite

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
)

// A filter takes an id for one that is in a chunk about once in a thousand times.
const (
	filterBits   = 16 // of a chunk, for each place in it
	filterHashes = 6
	filterWide   = 64 // chunks in a word
)

// filter tells which chunks in the file may have an id: bits that all of them
// have in common are looked at together. It hashes with the store's own key, so
// that nobody can choose ids that are looked for in vain.
type filter struct {
	key   []byte
	size  uint64     // bits of a chunk
	words [][]uint64 // for 64 chunks each, one word for each bit
}

func newFilter(key []byte, s span) filter {
	return filter{key: key, size: filterBits * uint64(s)} //nolint:gosec // above zero
}

// at gives the bits of an id.
func (f *filter) at(id uuid) [filterHashes]uint64 {
	var buffer [64]byte
	sum := sha256.Sum256(append(append(buffer[:0], f.key...), id[:]...))
	h, step := binary.LittleEndian.Uint64(sum[:]), binary.LittleEndian.Uint64(sum[8:])|1
	var out [filterHashes]uint64
	for i := range out {
		out[i] = h % f.size
		h += step
	}
	return out
}

// pack gives the bits of a chunk with ids.
func (f *filter) pack(ids []uuid) []byte {
	out := make([]byte, (f.size+7)/8)
	for _, id := range ids {
		for _, bit := range f.at(id) {
			out[bit/8] |= 1 << (bit % 8)
		}
	}
	return out
}

// set takes what pack gave for a chunk.
func (f *filter) set(chunk int64, packed []byte) {
	for int64(len(f.words)) <= chunk/filterWide {
		f.words = append(f.words, make([]uint64, f.size))
	}
	words, mine := f.words[chunk/filterWide], uint64(1)<<(chunk%filterWide)
	for i := range words {
		if packed[i/8]&(1<<(i%8)) != 0 {
			words[i] |= mine
		}
	}
}

// chunks gives those that may have an id, the newest first.
func (f *filter) chunks(id uuid) []int64 {
	if len(f.words) == 0 {
		return nil
	}
	var out []int64
	at := f.at(id)
	for i := len(f.words) - 1; i >= 0; i-- {
		common := ^uint64(0)
		for _, bit := range at {
			if common &= f.words[i][bit]; common == 0 {
				break
			}
		}
		for common != 0 {
			top := filterWide - 1 - bits.LeadingZeros64(common)
			out = append(out, int64(i*filterWide+top))
			common &^= 1 << top
		}
	}
	return out
}

// loadFilter reads the filters of the chunks in the file, and makes those that
// an older program left out.
func (s *Store) loadFilter(ctx context.Context) error {
	f := newFilter(s.termKey, s.tail.span)
	missing := make(map[int64]bool, s.tail.first)
	for chunk := range s.tail.first {
		missing[chunk] = true
	}
	err := eachRow(ctx, s.conn, func(rows *sql.Rows) error {
		var chunk int64
		var packed []byte
		if err := rows.Scan(&chunk, &packed); err != nil {
			return err
		}
		if uint64(len(packed)) != (f.size+7)/8 {
			return errDamaged
		}
		f.set(chunk, packed)
		delete(missing, chunk)
		return nil
	}, "SELECT chunk, bits FROM id_filter WHERE chunk < $1", s.tail.first)
	if err != nil {
		return fmt.Errorf("read where ids may be: %w", err)
	}
	s.tail.filter = f
	for chunk := range missing {
		if err := s.makeFilter(ctx, chunk); err != nil {
			return fmt.Errorf("note where ids may be: %w", err)
		}
	}
	return nil
}

// makeFilter makes the filter of a chunk from the ids in the file.
func (s *Store) makeFilter(ctx context.Context, chunk int64) error {
	var ids []uuid
	err := eachRow(ctx, s.conn, func(rows *sql.Rows) error {
		var id []byte
		err := rows.Scan(&id)
		ids = append(ids, toUUID(id))
		return err
	}, "SELECT id FROM statement_id WHERE chunk = $1", chunk)
	if err != nil {
		return err
	}
	packed := s.tail.filter.pack(ids)
	s.tail.filter.set(chunk, packed)
	_, err = s.conn.ExecContext(ctx, "INSERT INTO id_filter (chunk, bits) VALUES ($1, $2)", chunk, packed)
	return err
}

// search looks for an id in chunks; sql.ErrNoRows when it is in none.
func search(ctx context.Context, q rowQueryer, chunks []int64, id uuid) (seq int64, err error) {
	for _, chunk := range chunks {
		err = q.QueryRowContext(ctx, "SELECT seq FROM statement_id WHERE chunk = $1 AND id = $2", chunk, id[:]).Scan(&seq)
		if !errors.Is(err, sql.ErrNoRows) {
			return seq, err
		}
	}
	return 0, sql.ErrNoRows
}
