package job_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/job"
)

func runner() *job.Runner {
	return job.New(job.Options{Now: time.Now, Random: func() float64 { return 0.5 }, Log: slog.New(slog.DiscardHandler), Grace: time.Second})
}

// while runs the tasks in a bubble of time for as long as it says.
func while(t *testing.T, r *job.Runner, d time.Duration, look func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { r.Run(ctx); close(ended) }()
	time.Sleep(d)
	synctest.Wait()
	look()
	cancel()
	<-ended
}

func add(t *testing.T, r *job.Runner, tasks ...job.Task) {
	t.Helper()
	for _, task := range tasks {
		if err := r.Add(task); err != nil {
			t.Fatal(err)
		}
	}
}

func TestIntervalCountsFromTheEndOfTheRunBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		var starts []time.Duration
		r := runner()
		add(t, r, job.Task{Name: "a", Schedule: job.Every(10 * time.Minute), Jitter: 2 * time.Minute, Run: func(context.Context) error {
			starts = append(starts, time.Since(begin))
			time.Sleep(3 * time.Minute)
			return nil
		}})
		while(t, r, 40*time.Minute, func() {
			// 10 + half of 2 minutes of jitter, then 3 + 10 + 1 more each time.
			want := []time.Duration{11 * time.Minute, 25 * time.Minute, 39 * time.Minute}
			if diff := cmp.Diff(want, starts); diff != "" {
				t.Error(diff)
			}
			if s := r.Status()[0]; !s.Running || s.Runs != 3 || !s.NextAt.IsZero() || !s.EndedAt.Equal(begin.Add(28*time.Minute)) {
				t.Errorf("status in the middle of the third run is %+v", s)
			}
		})
	})
}

func TestFailureIsTriedAgainSoonerAndSlowsDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		var starts []time.Duration
		r := runner()
		add(t, r, job.Task{Name: "a", Schedule: job.Every(time.Hour), Retry: 10 * time.Second, AtStart: true, Run: func(context.Context) error {
			starts = append(starts, time.Since(begin))
			if len(starts) <= 3 {
				return errors.New("not yet")
			}
			return nil
		}})
		while(t, r, 30*time.Minute, func() {
			want := []time.Duration{0, 10 * time.Second, 30 * time.Second, 70 * time.Second} // + 10, 20, 40
			if diff := cmp.Diff(want, starts); diff != "" {
				t.Error(diff)
			}
			s := r.Status()[0]
			if s.Failures != 0 || s.Error != "" || !s.NextAt.Equal(begin.Add(70*time.Second+time.Hour)) {
				t.Errorf("status after success is %+v", s)
			}
		})
	})
}

func TestTaskNeverRunsTwiceAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var running, most atomic.Int32
		r := runner()
		add(t, r, job.Task{Name: "slow", Schedule: job.Every(time.Second), Run: func(context.Context) error {
			most.Store(max(most.Load(), running.Add(1)))
			time.Sleep(time.Minute)
			running.Add(-1)
			return nil
		}})
		while(t, r, 90*time.Second, func() {
			if err := r.Trigger("slow"); fault.KindOf(err) != fault.Conflict {
				t.Errorf("triggering a running task gives %v, want a conflict", err)
			}
			if most.Load() != 1 || r.Status()[0].Runs != 2 {
				t.Errorf("at most %d at once, %+v", most.Load(), r.Status()[0])
			}
		})
	})
}

func TestTriggerRunsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		runs := 0
		r := runner()
		add(t, r, job.Task{Name: "a", Schedule: job.Every(time.Hour), Run: func(context.Context) error { runs++; return nil }})
		while(t, r, time.Minute, func() {
			if err := r.Trigger("a"); err != nil {
				t.Error(err)
			}
			synctest.Wait()
			if runs != 1 {
				t.Errorf("%d runs after the trigger, want 1", runs)
			}
			if err := r.Trigger("b"); fault.KindOf(err) != fault.NotFound {
				t.Errorf("an unknown task gives %v", err)
			}
		})
	})
}

func TestTimeoutAndPanicAreFailuresOfTheTaskAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		good := 0
		r := runner()
		add(t, r,
			job.Task{Name: "hangs", Schedule: job.Every(time.Hour), AtStart: true, Timeout: time.Minute, Run: func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }},
			job.Task{Name: "panics", Schedule: job.Every(time.Hour), AtStart: true, Run: func(context.Context) error { panic("boom") }},
			job.Task{Name: "works", Schedule: job.Every(time.Minute), Run: func(context.Context) error { good++; return nil }})
		while(t, r, 5*time.Minute, func() {
			all := r.Status()
			if !strings.Contains(all[0].Error, "longer than 1m") || !strings.Contains(all[1].Error, "boom") || good != 5 {
				t.Errorf("%d good runs, %+v", good, all)
			}
		})
	})
}

func TestStopLetsRunsFinishWithinTheGrace(t *testing.T) {
	for name, tt := range map[string]struct {
		takes time.Duration
		want  error
	}{
		"a short run finishes":      {500 * time.Millisecond, nil},
		"a long run is told to end": {time.Hour, context.Canceled},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got := errors.New("did not end")
				r := runner()
				add(t, r, job.Task{Name: "a", Schedule: job.Every(time.Hour), AtStart: true, Run: func(ctx context.Context) error {
					select {
					case <-ctx.Done():
						got = ctx.Err()
					case <-time.After(tt.takes):
						got = nil
					}
					return got
				}})
				begin := time.Now()
				while(t, r, time.Millisecond, func() {})
				if !errors.Is(got, tt.want) || time.Since(begin) > 2*time.Second {
					t.Errorf("ended with %v after %s, want %v", got, time.Since(begin), tt.want)
				}
			})
		})
	}
}

func TestDailyKeepsItsTimeOfDay(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	at := func(s string) time.Time {
		v, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, tt := range []struct {
		name, after, want string
		daily             job.Daily
	}{
		{"later today", "2026-11-22T01:00:00Z", "2026-11-22T03:30:00Z", job.Daily{Hour: 3, Minute: 30}},
		{"exactly now is tomorrow", "2026-11-22T03:30:00Z", "2026-11-23T03:30:00Z", job.Daily{Hour: 3, Minute: 30}},
		{"over the end of a year", "2026-12-31T04:00:00Z", "2027-01-01T03:30:00Z", job.Daily{Hour: 3, Minute: 30}},
		{"winter in Berlin is UTC+1", "2026-11-22T01:00:00Z", "2026-11-22T02:30:00Z", job.Daily{Hour: 3, Minute: 30, Zone: berlin}},
		{"summer in Berlin is UTC+2", "2026-07-22T01:00:00Z", "2026-07-22T01:30:00Z", job.Daily{Hour: 3, Minute: 30, Zone: berlin}},
		{"02:30 does not exist on 29 March 2026", "2026-03-29T00:00:00Z", "2026-03-29T01:30:00Z", job.Daily{Hour: 2, Minute: 30, Zone: berlin}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.daily.Next(at(tt.after)); !got.Equal(at(tt.want)) {
				t.Errorf("after %s comes %s, want %s", tt.after, got.UTC().Format(time.RFC3339), tt.want)
			}
		})
	}
}

func TestTasksThatCannotRunAreRefused(t *testing.T) {
	do := func(context.Context) error { return nil }
	r := runner()
	add(t, r, job.Task{Name: "a", Schedule: job.Every(1), Run: do})
	for name, tt := range map[string]struct {
		task job.Task
		want fault.Kind
	}{
		"no name":           {job.Task{Schedule: job.Every(1), Run: do}, fault.Invalid},
		"no schedule":       {job.Task{Name: "b", Run: do}, fault.Invalid},
		"no work":           {job.Task{Name: "b", Schedule: job.Every(1)}, fault.Invalid},
		"no interval":       {job.Task{Name: "b", Schedule: job.Every(0), Run: do}, fault.Invalid},
		"negative duration": {job.Task{Name: "b", Schedule: job.Every(1), Run: do, Retry: -1}, fault.Invalid},
		"name taken":        {job.Task{Name: "a", Schedule: job.Every(1), Run: do}, fault.Conflict},
	} {
		if err := r.Add(tt.task); fault.KindOf(err) != tt.want {
			t.Errorf("%s gives %v, want %s", name, err, tt.want)
		}
	}
}
