package track

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/liftmark/liftmark/internal/fault"
)

// Service takes the events of one workspace.
type Service struct {
	opt   Options
	queue chan *submission
	stop  context.CancelFunc
	ended chan struct{}

	gate   sync.RWMutex // closing excludes submitting
	closed bool

	// turn belongs to whoever changes what is stored: the writer, or a change
	// of the mappings or links. It guards memory and staleLinks.
	turn       sync.Mutex
	memory     *memory
	staleLinks bool
	row        int64

	kin   *kinship
	rules atomic.Pointer[rules]
	plan  atomic.Pointer[compiledPlan]
	seen  seenCache
	stats counters
}

type counters struct {
	received, stored, duplicate, refused, suppressed, parked, groups, panics atomic.Int64
	queuedEvents, queuedBytes                                                atomic.Int64
}

// New starts a service, first ending what a change of mappings left undone.
// Close ends it.
//
// Errors: those of the settings and the facts when they cannot be read.
func New(opt Options) (*Service, error) {
	ctx, stop := context.WithCancel(context.Background())
	opt.fill()
	s := &Service{
		opt: opt, stop: stop, ended: make(chan struct{}), queue: make(chan *submission, opt.Limits.QueuedEvents),
		memory: newMemory(opt.Limits.KnownPeople), kin: newKinship(opt.Limits.KnownLinks),
	}
	if err := s.open(ctx); err != nil {
		stop()
		return nil, err
	}
	go s.write(ctx)
	return s, nil
}

func (s *Service) open(ctx context.Context) error {
	if err := s.makeLot(ctx); err != nil {
		return err
	}
	if err := s.loadRow(ctx); err != nil {
		return err
	}
	if err := s.loadLinks(ctx); err != nil {
		return err
	}
	if err := s.loadPlan(ctx); err != nil {
		return err
	}
	return s.loadMappings(ctx)
}

func (o *Options) fill() {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.NewID == nil {
		o.NewID = uuid.NewString
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.Limits.fill()
}

func (l *Limits) fill() {
	orElse(&l.RequestBytes, 500<<10)
	orElse(&l.EventBytes, 32<<10)
	orElse(&l.QueuedEvents, 20_000)
	orElse(&l.QueuedBytes, 64<<20)
	orElse(&l.GroupEvents, 4_000)
	orElse(&l.Linger, 2*time.Millisecond)
	orElse(&l.KnownPeople, 100_000)
	orElse(&l.KnownLinks, 1_000_000)
}

func orElse[T comparable](v *T, fallback T) {
	var zero T
	if *v == zero {
		*v = fallback
	}
}

// Close refuses further events, writes those that wait and returns.
func (s *Service) Close() error {
	s.gate.Lock()
	already := s.closed
	s.closed = true
	if !already {
		close(s.queue)
	}
	s.gate.Unlock()
	<-s.ended
	s.stop()
	return nil
}

// Stats counts what the service did.
func (s *Service) Stats() Stats {
	c := &s.stats
	return Stats{
		Received: c.received.Load(), Stored: c.stored.Load(), Duplicate: c.duplicate.Load(), Refused: c.refused.Load(),
		Suppressed: c.suppressed.Load(), Parked: c.parked.Load(), Groups: c.groups.Load(), Panics: c.panics.Load(),
		QueuedEvents: c.queuedEvents.Load(), QueuedBytes: c.queuedBytes.Load(),
	}
}

// errFull tells a sender to come back: the queue is bounded.
var errFull = fault.New(fault.Unavailable, "more events wait to be written than fit; send this request again later")

var errClosing = fault.New(fault.Unavailable, "the server is shutting down; send this request again later")
