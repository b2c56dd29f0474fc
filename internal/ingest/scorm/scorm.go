// Package scorm turns what SCORM content says of a learner into statements. The
// content runs in a browser beside the library scorm-again, which commits the
// data model (CMI) of SCORM 1.2 or 2004 here, whole, each time that the content
// saves and once more when it ends.
//
// A commit says how things stand, not what changed. Each fact in it becomes a
// statement whose id follows from what it says, so that a fact that was
// committed before, or a beacon that repeats the last commit, adds nothing and
// no state is kept here. The package knows no database and no credentials: the
// record store is package lrs's, and who calls was found before. What statements
// mean for KPIs is the matter of package ingest/lrs.
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

// Options are what the endpoint is told. Zero values stand for the defaults.
type Options struct {
	Now          func() time.Time // tells answers' times that cannot be; nil: time.Now
	Body         int64            // bytes of a commit, by default 2 MiB
	Interactions int              // in a commit, by default 1,000
}

// Ingest takes commits. It is safe for concurrent use.
type Ingest struct {
	store Store
	opt   Options
}

// New gives the endpoint over a store.
func New(store Store, opt Options) *Ingest {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Body <= 0 {
		opt.Body = 2 << 20
	}
	if opt.Interactions <= 0 {
		opt.Interactions = 1000
	}
	return &Ingest{store, opt}
}

// Handler serves POST of commits, at any path. The request's context carries
// the caller, who must hold the scope statements/write. The query says whose
// commit it is:
//
//	activity      IRI of what the content teaches; required
//	title         its name for people
//	language      of the title and of questions, und by default
//	course        IRI of the course that it belongs to
//	registration  UUID of the learner's attempt; by default one for each learner and activity
//	session       of one launch, any text; by default one for each attempt
//	mbox          the learner's mail address, or
//	account       the learner's name in a system, whose address is
//	homePage      the system; without account the data model's learner id counts
//	name          the learner's name for people
//	final         true when this commit ends the session
//
// The body is what scorm-again sends as json, flattened or params, with or
// without renderCommonCommitFields, whatever its content type says. A commit
// ends its session when it has a total_time, as scorm-again sends it then alone
// unless alwaysSendTotalTime is set, or when the query says so.
//
// The answer is {"result":true,"errorCode":0}, or the same with false, code 101
// and a message.
func (i *Ingest) Handler() http.Handler { return http.HandlerFunc(i.serve) }
