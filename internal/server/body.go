package server

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/zlib"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/liftmark/liftmark/internal/fault"
)

// bodies makes the body of a request safe to read: bounded in size before and
// after decompression, in the time that it may take and in the memory of all
// bodies together. Reading beyond a bound gives an error with a fault kind.
func (s *Server) bodies(most int64, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body == nil || r.Body == http.NoBody {
			next.ServeHTTP(w, r)
			return
		}
		b := &body{in: r.Body, ctx: r.Context(), most: most, gate: s.gate, limits: s.limits, began: s.opt.Now(), control: http.NewResponseController(w)}
		defer b.release()
		r.Body = b
		waits := r.Header.Get("Expect") != "" // sends nothing before it is told to
		if err := b.begin(r); err != nil {
			s.fail(w, r, err)
		} else {
			next.ServeHTTP(w, r)
		}
		if !b.ended && (!waits || b.read > 0) {
			b.drain(s.opt.Now)
		}
	})
}

// begin looks at what is said of the body.
func (b *body) begin(r *http.Request) error {
	if r.ContentLength > b.most {
		return tooLarge(b.most)
	}
	return decompress(r, b)
}

func tooLarge(most int64) error {
	return fault.New(fault.TooLarge, "the body is larger than the %d bytes that are taken here; send less at a time", most)
}

// body reads what the client sends and holds it to its bounds.
type body struct {
	in      io.ReadCloser
	ctx     context.Context
	most    int64
	gate    *gate
	limits  Limits
	began   time.Time
	control *http.ResponseController

	read  int64
	taken int64 // of the gate's memory
	ended bool  // nothing more comes
}

func (b *body) Read(p []byte) (int, error) {
	if b.read > b.most {
		return 0, tooLarge(b.most)
	}
	if err := b.reserve(min(b.read+1, b.most)); err != nil {
		return 0, err
	}
	due := b.limits.BodyStart + time.Duration(float64(b.read)/float64(b.limits.BytesPerSecond)*float64(time.Second))
	_ = b.control.SetReadDeadline(b.began.Add(due)) // none without a connection
	n, err := b.in.Read(p)
	b.read += int64(n)
	b.ended = err != nil
	switch {
	case b.read > b.most:
		return 0, tooLarge(b.most)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return n, &refusal{error: fault.New(fault.Invalid, "the body came too slowly: at least %d bytes a second are expected", b.limits.BytesPerSecond), status: http.StatusRequestTimeout}
	case errors.Is(err, io.EOF):
		_ = b.control.SetReadDeadline(time.Time{}) // it would end the handler's context
	case err != nil:
		return n, fault.New(fault.Invalid, "the body broke off: %w", err)
	}
	return n, err
}

// reserve takes memory of the gate for n bytes, in steps: small ones, so that
// there is one for each connection.
func (b *body) reserve(n int64) error {
	const step = 64 << 10
	for b.taken < n {
		if !b.gate.enter(b.ctx, b.gate.memory, step) {
			return fault.New(fault.Unavailable, "too many large requests at once; try again")
		}
		b.taken += step
	}
	return nil
}

func (b *body) release() {
	if b.taken > 0 {
		b.gate.memory.Release(b.taken)
	}
}

// drain sends the answer and reads for a moment what the handler did not read:
// most clients look at the answer only when they have sent everything, and would
// else see a broken connection where a refusal was sent.
func (b *body) drain(now func() time.Time) {
	if b.control.Flush() != nil || b.control.SetReadDeadline(now().Add(time.Second)) != nil {
		return // no connection
	}
	if _, err := io.CopyN(io.Discard, b.in, maxUnread); errors.Is(err, io.EOF) {
		_ = b.control.SetReadDeadline(time.Time{})
	}
}

// maxUnread is how much of a refused body is read to its end.
const maxUnread = 64 << 20

func (b *body) Close() error { return b.in.Close() }

// decompress unpacks a body that came with a Content-Encoding.
func decompress(r *http.Request, b *body) error {
	encoding := strings.ToLower(strings.TrimSpace(r.Header.Get("Content-Encoding")))
	if encoding == "" || encoding == "identity" {
		return nil
	}
	var unpacked io.Reader
	var err error
	switch encoding {
	case "gzip", "x-gzip":
		unpacked, err = gzip.NewReader(b)
	case "deflate":
		unpacked, err = inflate(b)
	default:
		return refuse(http.StatusUnsupportedMediaType, fault.Invalid, "the body's Content-Encoding is not known here; send it plain, or with gzip or deflate")
	}
	if err != nil {
		return badPacking(err)
	}
	r.Header.Del("Content-Encoding")
	r.Header.Del("Content-Length")
	r.ContentLength = -1
	r.Body = &unpacker{from: unpacked, packed: b}
	return nil
}

func badPacking(err error) error {
	if k := fault.KindOf(err); k != "" && k != fault.Internal {
		return err // of reading, not of unpacking
	}
	return refuse(http.StatusBadRequest, fault.Invalid, "the body is not what its Content-Encoding says: "+err.Error())
}

// inflate reads deflate: zlib by its specification, bare by some clients.
func inflate(in io.Reader) (io.Reader, error) {
	buffered := bufio.NewReader(in)
	head, err := buffered.Peek(2)
	if err != nil {
		return nil, err
	}
	if head[0]&0x0f == 8 && (int(head[0])<<8|int(head[1]))%31 == 0 {
		return zlib.NewReader(buffered)
	}
	return flate.NewReader(buffered), nil
}

// unpacker bounds what comes out of a compressed body.
type unpacker struct {
	from   io.Reader
	packed *body
	read   int64
}

func (u *unpacker) Read(p []byte) (int, error) {
	if err := u.packed.reserve(u.packed.read + min(u.read+1, u.packed.most)); err != nil {
		return 0, err
	}
	n, err := u.from.Read(p)
	if u.read += int64(n); u.read > u.packed.most {
		return 0, tooLarge(u.packed.most)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = badPacking(err)
	}
	return n, err
}

func (u *unpacker) Close() error { return u.packed.Close() }

// whole reads the body now, so that what is wrong with it is answered here, in
// one way for all who read it later.
func (s *Server) whole(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body != nil && r.Body != http.NoBody {
			if _, err := readWhole(r); err != nil {
				s.fail(w, r, err)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// readWhole reads the body and leaves it to be read again.
func readWhole(r *http.Request) ([]byte, error) {
	data, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	r.Body = io.NopCloser(bytes.NewReader(data))
	r.ContentLength = int64(len(data))
	return data, nil
}
