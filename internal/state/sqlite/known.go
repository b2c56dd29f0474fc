package sqlite

import (
	"hash/maphash"

	"github.com/liftmark/liftmark/internal/state"
)

// knownMax is how many names and definitions are remembered before the older
// half is forgotten.
const knownMax = 50_000

// known remembers what was said last of activities and agents, so that saying
// it again costs nothing. The writer alone uses it.
type known struct {
	seed        maphash.Seed
	names       recent
	definitions recent
	fresh       []uint64 // keys that the request at work has set
}

// recent maps hashes of keys to hashes of what was last said of them.
type recent struct{ young, old map[uint64]uint64 }

func (r *recent) get(key uint64) (uint64, bool) {
	if v, ok := r.young[key]; ok {
		return v, true
	}
	v, ok := r.old[key]
	return v, ok
}

func (r *recent) set(key, value uint64) {
	if r.young == nil || len(r.young) >= knownMax {
		r.young, r.old = map[uint64]uint64{}, r.young
	}
	r.young[key] = value
}

func (r *recent) drop(key uint64) {
	delete(r.young, key)
	delete(r.old, key)
}

func (k *known) hash(parts ...[]byte) uint64 {
	var h maphash.Hash
	h.SetSeed(k.seed)
	for _, p := range parts {
		h.Write(p)
		h.WriteByte(0xff)
	}
	return h.Sum64()
}

func (k *known) hasName(n state.AgentName) bool {
	_, ok := k.names.get(k.hash([]byte(n.Agent), []byte(n.Name)))
	return ok
}

func (k *known) addName(n state.AgentName) {
	key := k.hash([]byte(n.Agent), []byte(n.Name))
	k.names.set(key, 0)
	k.fresh = append(k.fresh, key)
}

// said tells whether this is what was said last of the activity, which then is
// part of what is known of it.
func (k *known) said(d state.Definition) bool {
	v, ok := k.definitions.get(k.hash([]byte(d.Activity)))
	return ok && v == k.hash(d.JSON)
}

func (k *known) say(d state.Definition) {
	key := k.hash([]byte(d.Activity))
	k.definitions.set(key, k.hash(d.JSON))
	k.fresh = append(k.fresh, key)
}

// undo forgets what the request at work has said: it was not stored.
func (k *known) undo() {
	for _, key := range k.fresh {
		k.names.drop(key)
		k.definitions.drop(key)
	}
	k.fresh = k.fresh[:0]
}

// forget drops everything: what was remembered may not be stored.
func (k *known) forget() { k.names, k.definitions, k.fresh = recent{}, recent{}, nil }
