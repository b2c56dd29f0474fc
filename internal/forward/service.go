package forward

import (
	"context"
	"time"
)

// Run delivers for every forwarding that is not paused, and follows changes of
// the settings, until ctx ends and no request is under way any more. It is
// called once.
func (s *Service) Run(ctx context.Context) {
	defer s.stopAll()
	for ctx.Err() == nil {
		again := time.Hour
		if err := s.reconcile(ctx); err != nil && ctx.Err() == nil {
			s.opt.Log.Error("the forwardings cannot be read", "error", err)
			again = s.opt.LastRetry
		}
		timer := time.NewTimer(again)
		select {
		case <-ctx.Done():
		case <-s.changed:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// reconcile lets workers run by the present settings.
func (s *Service) reconcile(ctx context.Context) error {
	s.setup.Lock() // no forwarding is removed between reading and starting
	defer s.setup.Unlock()
	all, err := s.load(ctx)
	if err != nil {
		return err
	}
	wanted := map[string]kept{}
	for _, k := range all {
		if !k.Paused {
			wanted[k.Name] = k
		}
	}
	for name := range s.running() {
		delete(wanted, name) // who changes a forwarding ends its worker
	}
	for _, k := range wanted {
		s.start(ctx, k)
	}
	return nil
}

func (s *Service) running() map[string]*worker {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make(map[string]*worker, len(s.workers))
	for name, w := range s.workers {
		all[name] = w
	}
	return all
}

// start lets a worker run. A password that does not open shows in its status.
func (s *Service) start(ctx context.Context, k kept) {
	w := s.worker(k)
	ctx, w.stop = context.WithCancel(ctx)
	s.mu.Lock()
	s.workers[k.Name] = w
	s.mu.Unlock()
	var err error
	if w.to.password, err = s.key.Open(k.purpose(), k.Sealed); err != nil {
		w.set(func(st *Status) { st.State, st.Error = Waiting, err.Error() })
		close(w.done)
		return
	}
	go w.run(ctx)
}

func (s *Service) worker(k kept) *worker {
	return &worker{
		store: s.store, opt: s.opt, batch: s.opt.Batch, done: make(chan struct{}),
		to:   &target{Forwarding: k.Forwarding, client: s.opt.Client, now: s.opt.Now},
		from: k.From, flights: s.flights,
		status: Status{State: Idle},
	}
}

// stop ends a worker and waits for it.
func (s *Service) stop(name string) {
	s.mu.Lock()
	w := s.workers[name]
	delete(s.workers, name)
	s.mu.Unlock()
	if w != nil {
		w.stop()
		<-w.done
	}
}

func (s *Service) stopAll() {
	for name := range s.running() {
		s.stop(name)
	}
}

// List gives every forwarding and how far it is.
func (s *Service) List(ctx context.Context) ([]Status, error) {
	all, err := s.load(ctx)
	if err != nil {
		return nil, err
	}
	last, err := s.store.LastChange(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]Status, 0, len(all))
	for _, k := range all {
		status, err := s.statusOf(ctx, k, last)
		if err != nil {
			return nil, err
		}
		list = append(list, status)
	}
	return list, nil
}

// Get gives one forwarding.
//
// Errors: fault.NotFound.
func (s *Service) Get(ctx context.Context, name string) (Status, error) {
	all, err := s.List(ctx)
	if err != nil {
		return Status{}, err
	}
	for _, status := range all {
		if status.Name == name {
			return status, nil
		}
	}
	return Status{}, missing(name)
}

func (s *Service) statusOf(ctx context.Context, k kept, last int64) (Status, error) {
	status, letters := Status{State: Stopped}, -1
	if w := s.running()[k.Name]; w != nil {
		status, letters = w.look()
	}
	if k.Paused {
		status.State = Paused
	}
	status.Forwarding = k.Forwarding
	var err error
	if status.Cursor, err = s.store.Cursor(ctx, reader(k.Name)); err != nil {
		return Status{}, err
	}
	status.Lag = max(last-status.Cursor, 0)
	if status.DeadLetters = letters; letters < 0 {
		status.DeadLetters, err = s.countLetters(ctx, k.Name)
	}
	return status, err
}
