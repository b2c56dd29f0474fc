// Package job runs named tasks on a clock: retention, refreshes, deliveries. A
// task has a schedule, never runs twice at once, is given up after a time limit
// and tried again sooner when it failed. What happened last and what comes next
// can be seen.
//
// It keeps nothing on disk: a task that must not be lost records its own intent.
package job

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"sync"
	"time"

	"github.com/liftmark/liftmark/internal/fault"
)

// Schedule says when a task runs next.
type Schedule interface {
	// Next gives a time after the given one.
	Next(after time.Time) time.Time
}

// Every runs a task at intervals, counted from the end of the run before.
type Every time.Duration

// Next is one interval later.
func (e Every) Next(after time.Time) time.Time { return after.Add(time.Duration(e)) }

// Daily runs a task once a day at a time of day. On a day that skips that time
// it runs as much later as the clock was put forward; on one that has it twice,
// once.
type Daily struct {
	Hour, Minute int
	Zone         *time.Location // nil: UTC
}

// Next is the coming occurrence.
func (d Daily) Next(after time.Time) time.Time {
	zone := d.Zone
	if zone == nil {
		zone = time.UTC
	}
	day := after.In(zone)
	for ahead := 0; ; ahead++ {
		next := time.Date(day.Year(), day.Month(), day.Day()+ahead, d.Hour, d.Minute, 0, 0, zone)
		if next.After(after) {
			return next
		}
	}
}

// Task is something to do again and again.
type Task struct {
	Name     string
	Schedule Schedule
	// Jitter delays each run by a random part of it, so that many servers do
	// not all begin at once.
	Jitter time.Duration
	// Timeout ends a run's context; 0 sets no limit.
	Timeout time.Duration
	// Retry is the delay after a failed run, doubled with each further one, if
	// that comes sooner than the schedule; 0 leaves it to the schedule.
	Retry time.Duration
	// AtStart runs the task once when the runner starts.
	AtStart bool
	Run     func(ctx context.Context) error
}

func (t Task) check() error {
	switch {
	case t.Name == "":
		return errors.New("a task needs a name")
	case t.Schedule == nil || t.Run == nil:
		return fmt.Errorf("task %s needs a schedule and something to run", t.Name)
	case t.Jitter < 0 || t.Timeout < 0 || t.Retry < 0:
		return fmt.Errorf("task %s has a negative duration", t.Name)
	}
	if e, ok := t.Schedule.(Every); ok && e <= 0 {
		return fmt.Errorf("task %s has an interval of %s", t.Name, time.Duration(e))
	}
	return nil
}

// Status is what is known of a task.
type Status struct {
	Name      string    `json:"name"`
	Running   bool      `json:"running"`
	StartedAt time.Time `json:"started_at,omitzero"` // of the latest run
	EndedAt   time.Time `json:"ended_at,omitzero"`   // of the latest run that ended
	Error     string    `json:"error,omitempty"`     // of the latest run that ended, empty when it went well
	NextAt    time.Time `json:"next_at,omitzero"`    // zero while it runs
	Runs      int       `json:"runs"`
	Failures  int       `json:"failures"` // in a row, up to now
}

// Options are what a runner asks of its surroundings.
type Options struct {
	Now    func() time.Time
	Random func() float64 // in [0, 1)
	Log    *slog.Logger
	// Grace is how long running tasks may go on after the runner was told to
	// stop, before their contexts end.
	Grace time.Duration
}

// Runner runs tasks.
type Runner struct {
	opt Options

	mu      sync.Mutex
	tasks   []*entry
	started bool
}

// entry is a task and what became of it. The runner's mutex guards status.
type entry struct {
	Task
	status  Status
	trigger chan struct{} // holds one
}

// New gives a runner without tasks.
func New(opt Options) *Runner { return &Runner{opt: opt} }

// Add adds a task. All tasks are added before Run.
//
// Errors: fault.Invalid for a task that cannot run, fault.Conflict when there
// is one of that name or the runner runs already.
func (r *Runner) Add(t Task) error {
	if err := t.check(); err != nil {
		return fault.New(fault.Invalid, "%w", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.started {
		return fault.New(fault.Conflict, "task %s comes too late: the tasks are running", t.Name)
	}
	if r.find(t.Name) != nil {
		return fault.New(fault.Conflict, "there are two tasks named %s", t.Name)
	}
	r.tasks = append(r.tasks, &entry{Task: t, status: Status{Name: t.Name}, trigger: make(chan struct{}, 1)})
	return nil
}

func (r *Runner) find(name string) *entry {
	for _, e := range r.tasks {
		if e.Name == name {
			return e
		}
	}
	return nil
}

// Trigger runs a task as soon as the runner gets to it, beside its schedule.
//
// Errors: fault.NotFound, fault.Conflict when it is running.
func (r *Runner) Trigger(name string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	e := r.find(name)
	if e == nil {
		return fault.New(fault.NotFound, "there is no task named %s", name)
	}
	if e.status.Running {
		return fault.New(fault.Conflict, "task %s is running; its status shows when it ends", name)
	}
	select {
	case e.trigger <- struct{}{}:
	default: // asked for already
	}
	return nil
}

// Status gives every task's, in the order in which they were added.
func (r *Runner) Status() []Status {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := make([]Status, len(r.tasks))
	for i, e := range r.tasks {
		all[i] = e.status
	}
	return all
}

// Run runs the tasks until ctx ends and gives back when none is running any
// more. It is called once.
func (r *Runner) Run(ctx context.Context) {
	r.mu.Lock()
	r.started = true
	tasks := r.tasks
	r.mu.Unlock()

	// Running tasks outlive ctx by the grace, then are told to end.
	work, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	var wg sync.WaitGroup
	for _, e := range tasks {
		wg.Go(func() { r.keep(ctx, work, e) })
	}
	<-ctx.Done()
	timer := time.AfterFunc(r.opt.Grace, end)
	defer timer.Stop()
	wg.Wait()
}

// keep runs one task at its times, until stop ends.
func (r *Runner) keep(stop, work context.Context, e *entry) {
	next := r.plan(e, r.opt.Now())
	if e.AtStart {
		next = r.opt.Now()
	}
	for {
		r.set(e, func(s *Status) { s.NextAt = next.UTC() })
		if !r.wait(stop, e, next) {
			return
		}
		next = r.once(work, e)
	}
}

// wait gives true when it is time to run, false when the runner stops.
func (r *Runner) wait(stop context.Context, e *entry, next time.Time) bool {
	timer := time.NewTimer(next.Sub(r.opt.Now()))
	defer timer.Stop()
	select {
	case <-stop.Done():
		return false
	case <-timer.C:
	case <-e.trigger:
	}
	return stop.Err() == nil
}

// once runs a task and gives the time of its next run.
func (r *Runner) once(work context.Context, e *entry) time.Time {
	r.set(e, func(s *Status) {
		s.Running, s.StartedAt, s.NextAt, s.Runs = true, r.opt.Now().UTC(), time.Time{}, s.Runs+1
	})
	err := attempt(work, e.Task)
	now := r.opt.Now()
	failures := 0
	r.set(e, func(s *Status) {
		s.Running, s.EndedAt, s.Error = false, now.UTC(), ""
		if err == nil {
			s.Failures = 0
			return
		}
		s.Failures++
		s.Error, failures = err.Error(), s.Failures
	})
	if err != nil {
		r.opt.Log.Error("task failed", "task", e.Name, "failures", failures, "error", err)
	}
	next := r.plan(e, now)
	if failures > 0 && e.Retry > 0 {
		if again := now.Add(r.backoff(e.Retry, failures)); again.Before(next) {
			return again
		}
	}
	return next
}

// attempt runs a task within its time limit. A panic is a failure of that task,
// not the end of the server.
func attempt(ctx context.Context, t Task) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fault.New(fault.Internal, "panic: %v", p)
		}
	}()
	if t.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, t.Timeout, fault.New(fault.Unavailable, "it took longer than %s", t.Timeout))
		defer cancel()
	}
	if err := t.Run(ctx); err != nil {
		if cause := context.Cause(ctx); cause != nil && errors.Is(err, ctx.Err()) {
			return cause
		}
		return err
	}
	return nil
}

// plan gives the next time by schedule, with jitter.
func (r *Runner) plan(e *entry, after time.Time) time.Time {
	return e.Schedule.Next(after).Add(time.Duration(r.opt.Random() * float64(e.Jitter)))
}

// backoff doubles with each failure, at most to a day, and varies by a quarter.
func (r *Runner) backoff(base time.Duration, failures int) time.Duration {
	d := min(float64(base)*math.Pow(2, float64(failures-1)), float64(24*time.Hour))
	return time.Duration(d * (0.75 + 0.5*r.opt.Random()))
}

func (r *Runner) set(e *entry, change func(*Status)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change(&e.status)
}
