package sqlite

import "sync"

// hotBytes bounds what is kept of the table posting; twice as much when the
// older half is still there.
const hotBytes = 8 << 20

// located are postings of a term in a run, with the chunk and layer they are of.
type located struct {
	where where
	*postings
}

// found are all postings of a term in a run. They are shared: nobody changes them.
type found []located

// in gives the postings in a chunk.
func (f found) in(chunk int64) byLayer {
	var out byLayer
	for _, l := range f {
		if l.where.chunk() == int(chunk%runChunks) {
			out[l.where.layer()] = l.postings
		}
	}
	return out
}

func (f found) size() int {
	size := 100
	for _, l := range f {
		size += 60 + 2*len(l.list)
		if l.set != nil {
			size += setBytes
		}
	}
	return size
}

// hotKey names the postings of a term in a run before or after it was merged.
type hotKey struct {
	run    int64
	merged bool
	term   term
}

// hot keeps postings that were read of late. Whoever changes the table posting
// clears it before that is acknowledged; what was read from a state of the file
// before the change does not come in behind it.
type hot struct {
	mu         sync.RWMutex
	changes    int64
	young, old map[hotKey]found
	bytes      int // of young
}

// now names the state of the table; take it before the file is read.
func (h *hot) now() int64 {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.changes
}

// get gives postings that are at least as new as the state.
func (h *hot) get(key hotKey) (found, bool) {
	h.mu.RLock()
	f, ok := h.young[key]
	if ok {
		h.mu.RUnlock()
		return f, true
	}
	f, ok = h.old[key]
	changes := h.changes
	h.mu.RUnlock()
	if ok {
		h.put(key, f, changes)
	}
	return f, ok
}

// put keeps what was read from a state of the table, unless there is a newer one.
func (h *hot) put(key hotKey, f found, state int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.changes != state {
		return
	}
	if h.young == nil || h.bytes > hotBytes {
		h.young, h.old, h.bytes = map[hotKey]found{}, h.young, 0
	}
	h.young[key] = f
	h.bytes += f.size()
}

// clear forgets all: the table has changed.
func (h *hot) clear() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.changes++
	h.young, h.old, h.bytes = nil, nil, 0
}
