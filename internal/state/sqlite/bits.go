package sqlite

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// Statements are indexed in chunks of consecutive places.
const (
	chunkSize = 1 << 14
	setWords  = chunkSize / 64
	setBytes  = chunkSize / 8
	// listMax is how many places a list holds before it is kept as a set,
	// which then is the smaller of the two.
	listMax = setBytes / 2
)

// set has one bit for each place of a chunk.
type set [setWords]uint64

func (s *set) add(place uint16) { s[place>>6] |= 1 << (place & 63) }

func (s *set) fill() {
	for i := range s {
		s[i] = ^uint64(0)
	}
}

func (s *set) and(o *set) {
	for i := range s {
		s[i] &= o[i]
	}
}

func (s *set) andNot(o *set) {
	for i := range s {
		s[i] &^= o[i]
	}
}

func (s *set) or(o *set) {
	for i := range s {
		s[i] |= o[i]
	}
}

func (s *set) empty() bool {
	for _, word := range s {
		if word != 0 {
			return false
		}
	}
	return true
}

// keep clears the places outside low..high.
func (s *set) keep(low, high int) {
	for i := range s {
		if first := i * 64; first+63 < low || first > high {
			s[i] = 0
			continue
		}
		if low > i*64 {
			s[i] &= ^uint64(0) << (low - i*64)
		}
		if high < i*64+63 {
			s[i] &= ^uint64(0) >> (i*64 + 63 - high)
		}
	}
}

// places lists the places of the set in ascending order.
func (s *set) places() []uint16 {
	var out []uint16
	for i, word := range s {
		for ; word != 0; word &= word - 1 {
			out = append(out, uint16(i*64+bits.TrailingZeros64(word)))
		}
	}
	return out
}

// postings are the places of one term in a chunk: few in a list, many in a set.
type postings struct {
	list []uint16 // ascending
	set  *set
}

func (p *postings) add(place uint16) {
	if p.set != nil {
		p.set.add(place)
		return
	}
	i, found := slices.BinarySearch(p.list, place)
	if found {
		return
	}
	p.list = slices.Insert(p.list, i, place)
	if len(p.list) > listMax {
		p.set = &set{}
		for _, place := range p.list {
			p.set.add(place)
		}
		p.list = nil
	}
}

func (p *postings) remove(place uint16) {
	if p.set != nil {
		p.set[place>>6] &^= 1 << (place & 63)
	} else if i, found := slices.BinarySearch(p.list, place); found {
		p.list = slices.Delete(p.list, i, i+1)
	}
}

func (p *postings) empty() bool {
	return p == nil || len(p.list) == 0 && (p.set == nil || p.set.empty())
}

// into adds the places to a set.
func (p *postings) into(s *set) {
	if p.set != nil {
		s.or(p.set)
		return
	}
	for _, place := range p.list {
		s.add(place)
	}
}

// append writes the postings: the number of places of a list and they, or 0
// and the set.
func (p *postings) append(dst []byte) []byte {
	if p.set != nil {
		dst = binary.LittleEndian.AppendUint16(dst, 0)
		for _, word := range p.set {
			dst = binary.LittleEndian.AppendUint64(dst, word)
		}
		return dst
	}
	dst = binary.LittleEndian.AppendUint16(dst, uint16(len(p.list)))
	for _, place := range p.list {
		dst = binary.LittleEndian.AppendUint16(dst, place)
	}
	return dst
}

// postingsSize is the length of what append wrote at the beginning of src.
func postingsSize(src []byte) int {
	if n := int(binary.LittleEndian.Uint16(src)); n > 0 {
		return 2 + 2*n
	}
	return 2 + setBytes
}

// readPostings reads what append wrote.
func readPostings(src []byte) *postings {
	n := int(binary.LittleEndian.Uint16(src))
	src = src[2:]
	if n == 0 {
		p := &postings{set: &set{}}
		for i := range p.set {
			p.set[i] = binary.LittleEndian.Uint64(src[8*i:])
		}
		return p
	}
	p := &postings{list: make([]uint16, n)}
	for i := range p.list {
		p.list[i] = binary.LittleEndian.Uint16(src[2*i:])
	}
	return p
}
