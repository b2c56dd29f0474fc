package forward

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"sync"
	"time"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/state"
)

// worker delivers for one forwarding.
type worker struct {
	store Store
	opt   Options
	to    *target
	from  int64 // place at which the forwarding began
	stop  context.CancelFunc
	done  chan struct{}

	// Of the worker alone. batch is how many statements a request holds at most:
	// fewer after each failure in a row, for it may be the size that is too much.
	cursor int64
	batch  int
	flight *flight // what was read last; nil: nothing yet

	flights *flights

	mu     sync.Mutex // guards status and letters
	status Status
	// letters are the statements that are dead letters, so that one that is
	// sent again after a crash does not become two.
	letters map[string]bool
}

// run delivers until ctx ends.
func (w *worker) run(ctx context.Context) {
	defer close(w.done)
	failures := 0
	for ctx.Err() == nil {
		more, err := w.step(ctx)
		switch {
		case ctx.Err() != nil:
		case err != nil:
			failures++
			w.batch = max(w.batch/2, 1)
			w.wait(ctx, failures, err)
		case !more:
			failures, w.batch = 0, min(2*w.batch, w.opt.Batch)
			w.set(func(s *Status) { s.State, s.Attempts, s.Error, s.NextTry = Idle, 0, "", time.Time{} })
			if err := w.store.AwaitChange(ctx, w.cursor); err != nil && ctx.Err() == nil {
				failures++
				w.wait(ctx, failures, err)
			}
		default:
			failures, w.batch = 0, min(2*w.batch, w.opt.Batch)
		}
	}
	w.flight.land()
	w.set(func(s *Status) { s.State, s.NextTry = Stopped, time.Time{} })
}

// open reads where the forwarding was.
func (w *worker) open(ctx context.Context) error {
	if w.letters != nil {
		return nil
	}
	cursor, err := w.store.Cursor(ctx, reader(w.to.Name))
	if err != nil {
		return err
	}
	letters := map[string]bool{}
	err = eachLetter(ctx, w.store, w.to.Name, func(d state.DeadLetter) error { letters[d.Statement] = true; return nil })
	if err != nil {
		return err
	}
	w.cursor = cursor
	w.mu.Lock()
	w.letters = letters
	w.mu.Unlock()
	return nil
}

// step deals with the next changes and says whether there may be more.
func (w *worker) step(ctx context.Context) (more bool, err error) {
	if err := w.open(ctx); err != nil {
		return false, err
	}
	changes, ok, err := w.next(ctx, w.batch)
	if err != nil || !ok {
		return !ok, err
	}
	err = w.pass(ctx, changes)
	if errors.Is(err, errWithdrawn) {
		return true, nil
	}
	if err != nil || len(changes) == 0 {
		return false, err
	}
	return len(changes) == w.batch, w.advance(ctx, changes[len(changes)-1].Seq)
}

// errWithdrawn says that a statement on its way was erased or rewritten: what
// follows the cursor is to be read again.
var errWithdrawn = fault.New(fault.Conflict, "statements were erased or rewritten meanwhile; try again")

// next reads changes behind the cursor and lets them take off. It is not ok when
// something was withdrawn just then.
func (w *worker) next(ctx context.Context, n int) (changes []state.Change, ok bool, err error) {
	w.flight.land()
	w.flight = nil
	round := w.flights.now()
	if changes, err = w.store.Changes(ctx, w.cursor, n); err != nil {
		return nil, true, err
	}
	ids := make([]string, 0, len(changes))
	for _, ch := range changes {
		if ch.Statement != nil {
			ids = append(ids, ch.Statement.ID)
		}
	}
	w.flight = w.flights.takeOff(round, ids, w.hush)
	return changes, w.flight != nil, nil
}

// pass delivers what is wanted of changes.
func (w *worker) pass(ctx context.Context, changes []state.Change) error {
	var batch []*item
	size := 0
	for _, ch := range changes {
		it, err := w.take(ctx, ch)
		if err != nil {
			return err
		}
		if it == nil {
			continue
		}
		if len(batch) > 0 && (batch[0].version != it.version || size+it.size() > w.opt.BatchBytes) {
			if err := w.deliver(ctx, batch); err != nil {
				return err
			}
			batch, size = nil, 0
		}
		batch, size = append(batch, it), size+it.size()
	}
	if len(batch) == 0 {
		return nil
	}
	return w.deliver(ctx, batch)
}

// take makes a change ready to be sent, nil when there is nothing to send.
func (w *worker) take(ctx context.Context, ch state.Change) (*item, error) {
	if ch.Statement == nil {
		return nil, nil // deleted here: xAPI has no way to delete it there
	}
	wanted, err := w.wants(ctx, ch)
	if err != nil || !wanted {
		return nil, err
	}
	if ch.Seq != ch.Statement.Seq {
		if may, err := w.mayHave(ctx, ch.Statement); err != nil || may {
			return nil, err
		}
	}
	return w.prepare(ctx, ch.Seq, ch.Statement)
}

// mayHave says whether the other store may have a statement as it was before
// somebody in it was erased here. What stands there now does not change, and
// the two together would say whose pseudonym it is.
func (w *worker) mayHave(ctx context.Context, st *state.Statement) (bool, error) {
	if st.Seq <= w.from {
		return true, nil // it was never meant to be sent
	}
	_, version, err := outgoing(st.Body, true)
	if err != nil {
		return false, fmt.Errorf("statement %s: %w", st.ID, err)
	}
	if w.to.Version != "" {
		version = w.to.Version
	}
	return w.to.mayHave(ctx, st.ID, version)
}

// deliver sends a batch. What is refused is halved until the statement is found
// that the other store does not want; the others keep their order.
func (w *worker) deliver(ctx context.Context, batch []*item) error {
	if w.flight.lost() {
		return errWithdrawn
	}
	w.set(func(s *Status) { s.State = Sending })
	err := w.to.post(ctx, batch)
	var refused *refusal
	switch {
	case err == nil:
		return w.delivered(ctx, batch)
	case !errors.As(err, &refused):
		return err
	case len(batch) == 1:
		return w.settle(ctx, batch[0], refused)
	}
	half := len(batch) / 2
	if err := w.deliver(ctx, batch[:half]); err != nil {
		return err
	}
	return w.deliver(ctx, batch[half:])
}

func (w *worker) delivered(ctx context.Context, batch []*item) error {
	w.set(func(s *Status) { s.Delivered, s.DeliveredAt = s.Delivered+int64(len(batch)), w.opt.Now().UTC() })
	return w.advance(ctx, batch[len(batch)-1].seq)
}

// settle decides about a statement that was refused by itself.
func (w *worker) settle(ctx context.Context, it *item, refused *refusal) error {
	has, err := w.to.has(ctx, it, refused)
	if err != nil {
		return err
	}
	if has {
		return w.delivered(ctx, []*item{it})
	}
	if err := w.bury(ctx, it, refused); err != nil {
		return err
	}
	return w.advance(ctx, it.seq)
}

// has says whether a conflict is one in name only.
func (t *target) has(ctx context.Context, it *item, refused *refusal) (bool, error) {
	if refused.status != 409 {
		return false, nil
	}
	return t.holds(ctx, it)
}

// bury makes a statement a dead letter.
func (w *worker) bury(ctx context.Context, it *item, refused *refusal) error {
	w.mu.Lock()
	known, full := w.letters[it.id], len(w.letters) >= w.opt.MaxDeadLetters
	w.mu.Unlock()
	if known {
		return nil
	}
	if full {
		return fmt.Errorf("there are %d dead letters; replay or discard some, then forwarding goes on", w.opt.MaxDeadLetters)
	}
	letter := state.DeadLetter{Target: w.to.Name, Statement: it.id, Reason: refused.reason, Attempts: 1, At: w.opt.Now().UTC()}
	whole, err := w.flight.whole(func() error { return w.keep(ctx, letter) })
	if err != nil {
		return err
	}
	if !whole {
		return errWithdrawn
	}
	w.opt.Log.Warn("a statement was refused and is a dead letter", "forwarding", w.to.Name, "statement", it.id, "status", refused.status)
	return nil
}

func (w *worker) keep(ctx context.Context, letter state.DeadLetter) error {
	if err := w.store.AddDeadLetters(ctx, []state.DeadLetter{letter}); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.letters[letter.Statement] = true
	return nil
}

// forget notes that statements are no dead letters any more.
func (w *worker) forget(ids []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, id := range ids {
		delete(w.letters, id)
	}
}

// advance moves the place on disk: everything up to it is dealt with.
func (w *worker) advance(ctx context.Context, seq int64) error {
	if seq <= w.cursor {
		return nil
	}
	if err := w.store.SetCursor(ctx, reader(w.to.Name), seq); err != nil {
		return err
	}
	w.cursor = seq
	return nil
}

// wait pauses after a failure, longer with each in a row.
func (w *worker) wait(ctx context.Context, failures int, err error) {
	delay := w.delay(failures, err)
	w.set(func(s *Status) { s.State, s.Attempts, s.NextTry = Waiting, failures, w.opt.Now().Add(delay).UTC() })
	w.say(err)
	level := slog.LevelDebug
	if failures == 1 {
		level = slog.LevelWarn // once for each outage, without the answer's text
	}
	w.opt.Log.Log(ctx, level, "forwarding waits", "forwarding", w.to.Name, "failures", failures, "delay", delay)
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// delay is exponential with the upper half of it random, and never shorter than
// the other store asked for.
func (w *worker) delay(failures int, err error) time.Duration {
	longest := min(float64(w.opt.FirstRetry)*math.Pow(2, float64(failures-1)), float64(w.opt.LastRetry))
	delay := time.Duration(longest * (0.5 + 0.5*w.opt.Random()))
	var back *setback
	if errors.As(err, &back) {
		delay = max(delay, back.after)
	}
	return delay
}

// say shows why the worker waits. The text may quote the statements that were
// being sent.
func (w *worker) say(err error) {
	show := func() error {
		w.set(func(s *Status) { s.Error = err.Error() })
		return nil
	}
	if w.flight == nil {
		_ = show()
		return
	}
	if whole, _ := w.flight.whole(show); !whole {
		w.set(func(s *Status) { s.Error = withheld })
	}
}

// withheld stands for an answer about statements that are erased.
const withheld = "the other store's answer is not shown, for it is about statements that were erased or rewritten since"

func (w *worker) hush() {
	w.set(func(s *Status) {
		if s.Error != "" {
			s.Error = withheld
		}
	})
}

func (w *worker) set(change func(*Status)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change(&w.status)
}

// look gives the status and the number of dead letters, −1 if not read yet.
func (w *worker) look() (status Status, letters int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.letters == nil {
		return w.status, -1
	}
	return w.status, len(w.letters)
}
