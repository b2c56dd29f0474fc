package server

import (
	"bytes"
	"crypto/sha256"
	"io"
	"maps"
	"net/http"
	"sync"
	"time"

	"github.com/liftmark/liftmark/internal/access"
	"github.com/liftmark/liftmark/internal/fault"
)

// What is kept of requests with an Idempotency-Key, at most.
const (
	keptFor     = time.Hour
	maxKept     = 500
	maxKeptBody = 64 << 10
	maxKeyBytes = 255
)

// repeats keeps answers in memory, so that a POST that is sent again, as after a
// lost connection, is answered and not done again. They are gone after an hour,
// when there are too many, and when the process ends.
type repeats struct {
	now func() time.Time

	mu   sync.Mutex
	kept map[[sha256.Size]byte]*kept
}

type kept struct {
	body   [sha256.Size]byte // of the request
	until  time.Time
	under  bool // still being answered
	status int
	header http.Header
	answer []byte
}

func newRepeats(now func() time.Time) *repeats {
	return &repeats{now: now, kept: map[[sha256.Size]byte]*kept{}}
}

// repeatable answers a POST with a known Idempotency-Key as it was answered
// before. The body must have been read.
func (s *Server) repeatable(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key := r.Header.Get("Idempotency-Key")
		if r.Method != http.MethodPost || key == "" {
			next.ServeHTTP(w, r)
			return
		}
		if len(key) > maxKeyBytes {
			s.fail(w, r, fault.New(fault.Invalid, "the Idempotency-Key has %d bytes; %d are the most", len(key), maxKeyBytes))
			return
		}
		name, body, err := digests(r, key)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		known, err := s.repeats.begin(name, body)
		switch {
		case err != nil:
			s.fail(w, r, err)
		case known != nil:
			known.send(w)
		default:
			s.record(w, r, name, next)
		}
	})
}

// digests names a request: by who asks what, with which key; and by its body.
func digests(r *http.Request, key string) (name, body [sha256.Size]byte, err error) {
	data, err := readWhole(r)
	c := access.From(r.Context())
	name = sha256.Sum256([]byte(c.Workspace + "\x00" + c.Author() + "\x00" + r.URL.Path + "\x00" + key))
	return name, sha256.Sum256(data), err
}

// begin gives the answer of a request that was answered before, or notes that it
// is under way.
func (rs *repeats) begin(name, body [sha256.Size]byte) (*kept, error) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	now := rs.now()
	if k := rs.kept[name]; k != nil && now.Before(k.until) {
		switch {
		case k.body != body:
			return nil, fault.New(fault.Invalid, "another request came with this Idempotency-Key before; use a new key for each")
		case k.under:
			return nil, fault.New(fault.Conflict, "the request with this Idempotency-Key is still being answered; ask again later")
		}
		return k, nil
	}
	if len(rs.kept) >= maxKept {
		rs.makeRoom(now)
	}
	rs.kept[name] = &kept{body: body, under: true, until: now.Add(keptFor)}
	return nil, nil //nolint:nilnil // nothing is known of it
}

// makeRoom forgets what is over, else the oldest answer. What is under way stays:
// forgotten, it could be done twice.
func (rs *repeats) makeRoom(now time.Time) {
	maps.DeleteFunc(rs.kept, func(_ [sha256.Size]byte, k *kept) bool { return !now.Before(k.until) })
	if len(rs.kept) < maxKept {
		return
	}
	var oldest [sha256.Size]byte
	var until time.Time
	for name, k := range rs.kept {
		if !k.under && (until.IsZero() || k.until.Before(until)) {
			oldest, until = name, k.until
		}
	}
	delete(rs.kept, oldest)
}

// record answers a request and keeps the answer. Failures of ours are not kept:
// the request may be sent again.
func (s *Server) record(w http.ResponseWriter, r *http.Request, name [sha256.Size]byte, next http.Handler) {
	c := &copier{ResponseWriter: w, status: http.StatusOK}
	finished := false
	defer func() {
		s.repeats.end(name, c, finished && c.status < http.StatusInternalServerError && c.body.Len() <= maxKeptBody)
	}()
	next.ServeHTTP(c, r)
	finished = true
}

func (rs *repeats) end(name [sha256.Size]byte, c *copier, keep bool) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	k := rs.kept[name]
	if k == nil {
		return
	}
	if !keep {
		delete(rs.kept, name)
		return
	}
	k.under, k.status, k.answer = false, c.status, c.body.Bytes()
	k.header = http.Header{"Content-Type": c.Header().Values("Content-Type"), "Location": c.Header().Values("Location")}
}

func (k *kept) send(w http.ResponseWriter) {
	for name, values := range k.header {
		if len(values) > 0 {
			w.Header()[name] = values
		}
	}
	w.Header().Set("Idempotency-Replayed", "true")
	w.WriteHeader(k.status)
	_, _ = io.Copy(w, bytes.NewReader(k.answer)) // the client may be gone
}

// copier keeps what is answered, up to a bound.
type copier struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

// Unwrap lets http.ResponseController reach the connection.
func (c *copier) Unwrap() http.ResponseWriter { return c.ResponseWriter }

// WriteHeader notes the status.
func (c *copier) WriteHeader(status int) {
	c.status = status
	c.ResponseWriter.WriteHeader(status)
}

// Write copies.
func (c *copier) Write(p []byte) (int, error) {
	if c.body.Len() <= maxKeptBody {
		c.body.Write(p[:min(len(p), maxKeptBody+1-c.body.Len())])
	}
	return c.ResponseWriter.Write(p)
}
