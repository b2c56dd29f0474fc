package sqlite

import (
	"cmp"
	"encoding/binary"
	"errors"
	"math"
	"slices"
)

// A chunk that is complete lies in the table posting as pages of entries in
// order of term, so that storing it writes few rows side by side however many
// terms it has. Later a run of several chunks is merged, so that a search reads
// few rows however many chunks there are. All entries of a term are on one page.
const (
	pageTarget = 3500
	pageMax    = 4 * pageTarget
	entryHead  = 9 // term and where
	runChunks  = 8
)

// lists are the postings of a chunk, or of a part of it.
type lists map[entry]*postings

func (l lists) add(e entry, place uint16) {
	p := l[e]
	if p == nil {
		p = &postings{}
		l[e] = p
	}
	p.add(place)
}

func (l lists) remove(e entry, place uint16) {
	if p := l[e]; p != nil {
		p.remove(place)
		if p.empty() {
			delete(l, e)
		}
	}
}

// page is a row of the table posting.
type page struct {
	term    term // lowest that may be on it
	entries []byte
}

// pack lays lists out on pages, the first of which begins at from.
func (l lists) pack(from term, target int) []page {
	keys := make([]entry, 0, len(l))
	for e := range l {
		keys = append(keys, e)
	}
	slices.SortFunc(keys, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.term, b.term), cmp.Compare(a.where, b.where))
	})
	out := []page{{term: from, entries: []byte{}}}
	for i, e := range keys {
		last := &out[len(out)-1]
		if len(last.entries) >= target && e.term != keys[i-1].term {
			out = append(out, page{term: e.term, entries: []byte{}})
			last = &out[len(out)-1]
		}
		last.entries = binary.LittleEndian.AppendUint64(last.entries, uint64(e.term))
		last.entries = append(last.entries, byte(e.where))
		last.entries = l[e].append(last.entries)
	}
	return out
}

// errDamaged says that a page is not what pack wrote.
var errDamaged = errors.New("a page of the index is damaged")

// next splits a page behind its first entry.
func next(entries []byte) (e entry, list, rest []byte, err error) {
	if len(entries) < entryHead+2 {
		return e, nil, nil, errDamaged
	}
	e = entry{term(binary.LittleEndian.Uint64(entries)), where(entries[8])}
	entries = entries[entryHead:]
	n := postingsSize(entries)
	if n > len(entries) || e.where.layer() >= layers || e.where.chunk() >= runChunks {
		return e, nil, nil, errDamaged
	}
	return e, entries[:n], entries[n:], nil
}

// unpack reads a page.
func unpack(entries []byte) (lists, error) {
	out := lists{}
	for len(entries) > 0 {
		e, list, rest, err := next(entries)
		if err != nil {
			return nil, err
		}
		out[e] = readPostings(list)
		entries = rest
	}
	return out, nil
}

// byLayer are the postings of one term in a chunk by layer, nil for none.
type byLayer [layers]*postings

// find gives the postings of a term on a page.
func find(entries []byte, t term) (found, error) {
	var out found
	for len(entries) > 0 {
		e, list, rest, err := next(entries)
		if err != nil {
			return nil, err
		}
		if e.term > t {
			break
		}
		if e.term == t {
			out = append(out, located{e.where, readPostings(list)})
		}
		entries = rest
	}
	return out, nil
}

const lowestTerm term = math.MinInt64
