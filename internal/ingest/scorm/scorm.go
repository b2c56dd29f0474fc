// Package scorm turns what SCORM content says of a learner into statements.
package scorm

import (
	"context"
	"net/http"
	"time"

	"github.com/liftmark/liftmark/internal/lrs"
	"github.com/liftmark/liftmark/xapi"
)

// Store keeps statements; lrs.Service does.
type Store interface {
	Store(ctx context.Context, w lrs.Writer, statements []*xapi.Statement, parts []xapi.Part) ([]string, error)
}

// Options are what the endpoint is told.
type Options struct {
	Now func() time.Time // nil: time.Now
}

// Ingest takes commits.
type Ingest struct {
	store Store
	opt   Options
}

// New gives the endpoint over a store.
func New(store Store, opt Options) *Ingest { return &Ingest{store, opt} }

// Handler serves POST /scorm/commit.
func (i *Ingest) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusServiceUnavailable)
	})
}
