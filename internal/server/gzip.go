package server

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"
)

// worthIt is the size from which an answer is compressed.
const worthIt = 1 << 10

// compress sends answers gzipped to clients that accept it. What has an ETag is
// left alone, as the tag stands for the bytes; so are HEAD's answers.
func compress(next http.Handler) http.Handler {
	pool := &sync.Pool{New: func() any {
		z, _ := gzip.NewWriterLevel(io.Discard, gzip.BestSpeed) // errs for levels that there are not
		return z
	}}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Vary", "Accept-Encoding")
		if r.Method == http.MethodHead || !acceptsGzip(r.Header.Get("Accept-Encoding")) {
			next.ServeHTTP(w, r)
			return
		}
		z := &zipper{ResponseWriter: w, pool: pool}
		next.ServeHTTP(z, r)
		z.close() // not after a panic: what was held back is not sent then
	})
}

func acceptsGzip(header string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, params, _ := strings.Cut(part, ";")
		if name = strings.TrimSpace(name); name != "gzip" && name != "*" {
			continue
		}
		_, q, weighted := strings.Cut(params, "q=")
		weight, err := strconv.ParseFloat(strings.TrimSpace(q), 64)
		return !weighted || err == nil && weight > 0
	}
	return false
}

// zipper holds an answer back until it knows whether compressing pays.
type zipper struct {
	http.ResponseWriter
	pool   *sync.Pool
	status int
	held   []byte
	out    io.Writer    // nil while held
	gz     *gzip.Writer // nil: plain
}

func (z *zipper) Unwrap() http.ResponseWriter { return z.ResponseWriter }

func (z *zipper) WriteHeader(status int) {
	switch {
	case status < http.StatusOK:
		z.ResponseWriter.WriteHeader(status)
	case z.status == 0:
		z.status = status
		if status == http.StatusNoContent || status == http.StatusNotModified {
			z.begin(false)
		}
	}
}

func (z *zipper) Write(p []byte) (int, error) {
	if z.status == 0 {
		z.status = http.StatusOK
	}
	if z.out != nil {
		return z.out.Write(p)
	}
	z.held = append(z.held, p...)
	if len(z.held) < worthIt {
		return len(p), nil
	}
	z.begin(z.suits())
	return len(p), z.release()
}

func (z *zipper) suits() bool {
	h := z.Header()
	return h.Get("Content-Encoding") == "" && h.Get("ETag") == "" && h.Get("Content-Range") == "" && isText(h.Get("Content-Type"))
}

func isText(contentType string) bool {
	base, _, _ := strings.Cut(contentType, ";")
	base = strings.TrimSpace(base)
	return strings.HasPrefix(base, "text/") || strings.HasSuffix(base, "json") || strings.HasSuffix(base, "javascript") || strings.HasSuffix(base, "ndjson")
}

// begin sends the head.
func (z *zipper) begin(zipped bool) {
	z.out = z.ResponseWriter
	if zipped {
		z.Header().Set("Content-Encoding", "gzip")
		z.Header().Del("Content-Length")
		z.gz, _ = z.pool.Get().(*gzip.Writer)
		z.gz.Reset(z.ResponseWriter)
		z.out = z.gz
	}
	z.ResponseWriter.WriteHeader(z.status)
}

func (z *zipper) release() error {
	held := z.held
	z.held = nil
	_, err := z.out.Write(held)
	return err
}

// FlushError sends what there is; streams want that.
func (z *zipper) FlushError() error {
	if z.status == 0 {
		z.status = http.StatusOK
	}
	if z.out == nil {
		z.begin(z.suits())
		if err := z.release(); err != nil {
			return err
		}
	}
	if z.gz != nil {
		if err := z.gz.Flush(); err != nil {
			return err
		}
	}
	return http.NewResponseController(z.ResponseWriter).Flush()
}

// close sends the rest.
func (z *zipper) close() {
	if z.status != 0 && z.out == nil {
		z.begin(false)
		_ = z.release() // the client may be gone
	}
	if z.gz != nil {
		_ = z.gz.Close()
		z.gz.Reset(io.Discard)
		z.pool.Put(z.gz)
	}
}
