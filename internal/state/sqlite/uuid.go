package sqlite

import (
	"bytes"
	"encoding/hex"
	"slices"

	"github.com/liftmark/liftmark/internal/fault"
)

// uuid is the id of a statement; the zero uuid stands for none.
type uuid [16]byte

// parseUUID reads the canonical lower-case form.
func parseUUID(text string) (uuid, error) {
	var id uuid
	if len(text) == 36 {
		var digits [32]byte
		n := copy(digits[:], text[:8])
		n += copy(digits[n:], text[9:13])
		n += copy(digits[n:], text[14:18])
		n += copy(digits[n:], text[19:23])
		copy(digits[n:], text[24:])
		if _, err := hex.Decode(id[:], digits[:]); err == nil && id.String() == text {
			return id, nil
		}
	}
	return id, fault.New(fault.Invalid, "%q is no statement id: give a UUID in lower case, such as 6690e6c9-3ef0-4ed3-8b37-7f3964730bee", text)
}

func (id uuid) String() string {
	var out [36]byte
	hex.Encode(out[:8], id[:4])
	hex.Encode(out[9:13], id[4:6])
	hex.Encode(out[14:18], id[6:8])
	hex.Encode(out[19:23], id[8:10])
	hex.Encode(out[24:], id[10:])
	out[8], out[13], out[18], out[23] = '-', '-', '-', '-'
	return string(out[:])
}

// toUUID takes what a column holds, which is shorter only in a damaged file.
func toUUID(column []byte) uuid {
	var id uuid
	copy(id[:], column)
	return id
}

// column is what a column holds: NULL for none.
func (id uuid) column() []byte {
	if id == (uuid{}) {
		return nil
	}
	return id[:]
}

// idsOf lists the ids of a chunk in their order.
func (l *tail) idsOf(chunk int64) []uuid {
	var out []uuid
	for id, seq := range l.ids {
		if l.span.chunk(seq) == chunk {
			out = append(out, id)
		}
	}
	slices.SortFunc(out, func(a, b uuid) int { return bytes.Compare(a[:], b[:]) })
	return out
}
