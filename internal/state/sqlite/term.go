package sqlite

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"

	"github.com/liftmark/liftmark/internal/state"
)

// term is the keyed hash of a state.Term. The key is the store's own and
// random, so that nobody can make two terms meet, and the index holds no
// personal data.
type term int64

// Terms that the index keeps for itself.
const (
	termExists term = iota // the statement is there
	termLive               // and is not voided
	termDeep               // it refers to others over more than maxLayer steps
	reserved               // hashes begin here
)

// layers are the steps of reference that the index knows. Layer 0 holds a
// statement's own terms; layer n those of the statement that it refers to over
// n steps, which is one at most: so terms of different statements never mix.
const (
	maxLayer = 4
	layers   = maxLayer + 1
)

// entry names a list of postings.
type entry struct {
	term  term
	where where
}

// where is the chunk of a run, and the layer.
type where uint8

func whereIs(chunk int64, layer int) where { return where(chunk%runChunks<<4) | where(layer) }

func (w where) layer() int { return int(w & 15) }
func (w where) chunk() int { return int(w >> 4) }

// hash gives the hash of a term.
func (s *Store) hash(t state.Term) term {
	var short [256]byte
	h, _ := s.hashWith(short[:0], t)
	return h
}

// hashWith hashes with a buffer, which it gives back for the next term.
func (s *Store) hashWith(buffer []byte, t state.Term) (term, []byte) {
	buffer = append(append(append(buffer[:0], s.termKey...), byte(t.Kind)), t.Text...)
	sum := sha256.Sum256(buffer)
	h := term(binary.LittleEndian.Uint64(sum[:]))
	if h >= 0 && h < reserved {
		h += reserved
	}
	return h, buffer
}

// hashes gives the terms of a statement, each once, in order.
func (s *Store) hashes(terms []state.Term) []term {
	out := make([]term, len(terms))
	var short [256]byte
	buffer := short[:0]
	for i, t := range terms {
		out[i], buffer = s.hashWith(buffer, t)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func packTerms(terms []term) []byte {
	out := make([]byte, 0, 8*len(terms))
	for _, t := range terms {
		out = binary.LittleEndian.AppendUint64(out, uint64(t))
	}
	return out
}

func unpackTerms(src []byte) []term {
	out := make([]term, len(src)/8)
	for i := range out {
		out[i] = term(binary.LittleEndian.Uint64(src[8*i:]))
	}
	return out
}
