package server

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/liftmark/liftmark/internal/config"
)

// Limits bound what clients can make the server do.
type Limits struct {
	Header time.Duration // to send the head of a request
	Idle   time.Duration // between requests of a connection
	Write  time.Duration // to take 64 KiB of the answer
	Grace  time.Duration // to finish requests at shutdown
	Queue  time.Duration // to wait for a free place or for memory before 503
	// Heartbeat is how long a live stream is silent at most, and how soon it ends
	// after its credential was revoked.
	Heartbeat time.Duration

	// A body must arrive within BodyStart and, from then on, at BytesPerSecond
	// or faster.
	BodyStart      time.Duration
	BytesPerSecond int

	HeaderBytes int
	TrackBody   int64 // decompressed; tracking, SCORM
	APIBody     int64 // decompressed; /api/v1
	BodyMemory  int64 // of all bodies that are being read, together
	// AnswerMemory is of all long answers that are being sent, together.
	AnswerMemory int64
	// StreamMemory is of all statements that live streams are sending, together,
	// so that AnswerMemory is not held by them.
	StreamMemory int64

	Connections   int
	PerCredential int // requests at once
	Streams       int // of live statements, at once
	Failures      int // failed attempts a minute and address
}

// DefaultLimits are the limits that hold where Options name none.
func DefaultLimits() Limits {
	return Limits{
		Header: 10 * time.Second, Idle: 2 * time.Minute, Write: 30 * time.Second, Grace: 30 * time.Second, Queue: 2 * time.Second,
		BodyStart: 10 * time.Second, BytesPerSecond: 4 << 10,
		HeaderBytes: 64 << 10, TrackBody: 4 << 20, APIBody: 4 << 20, BodyMemory: 256 << 20, AnswerMemory: 96 << 20, StreamMemory: 64 << 20,
		Connections: 4096, PerCredential: 128, Streams: 256, Failures: 30, Heartbeat: 15 * time.Second,
	}
}

// orDefault fills in the fields that are zero.
func (l Limits) orDefault() Limits {
	d := DefaultLimits()
	fill(&l.Header, d.Header)
	fill(&l.Idle, d.Idle)
	fill(&l.Write, d.Write)
	fill(&l.Grace, d.Grace)
	fill(&l.Queue, d.Queue)
	fill(&l.BodyStart, d.BodyStart)
	fill(&l.BytesPerSecond, d.BytesPerSecond)
	fill(&l.HeaderBytes, d.HeaderBytes)
	fill(&l.TrackBody, d.TrackBody)
	fill(&l.APIBody, d.APIBody)
	fill(&l.BodyMemory, d.BodyMemory)
	fill(&l.AnswerMemory, d.AnswerMemory)
	fill(&l.StreamMemory, d.StreamMemory)
	fill(&l.Connections, d.Connections)
	fill(&l.PerCredential, d.PerCredential)
	fill(&l.Failures, d.Failures)
	fill(&l.Streams, d.Streams)
	fill(&l.Heartbeat, d.Heartbeat)
	return l
}

func fill[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// gate lets a bounded number of requests in at once, of all and of each
// credential, and a bounded amount of bodies into memory.
type gate struct {
	places  *semaphore.Weighted
	memory  *semaphore.Weighted // of bodies
	answers *semaphore.Weighted // memory of answers
	streams *semaphore.Weighted
	sending *semaphore.Weighted // memory of what streams send
	reading *semaphore.Weighted // streams that read from the store
	wait    time.Duration
	each    int

	mu   sync.Mutex
	busy map[string]int // by workspace and credential; only those with requests
}

// streamReads is how many streams read at once: all of them wake up when
// something happens, and a statement may be 10 MB.
const streamReads = 4

func newGate(c config.Server, l Limits) *gate {
	return &gate{
		places: semaphore.NewWeighted(int64(max(1, c.MaxRequests))), memory: semaphore.NewWeighted(l.BodyMemory),
		answers: semaphore.NewWeighted(l.AnswerMemory),
		streams: semaphore.NewWeighted(int64(l.Streams)),
		sending: semaphore.NewWeighted(l.StreamMemory),
		reading: semaphore.NewWeighted(streamReads),
		wait:    l.Queue, each: l.PerCredential, busy: map[string]int{},
	}
}

// enter takes n of a semaphore, waiting for a short time; false: it is full.
func (g *gate) enter(ctx context.Context, s *semaphore.Weighted, n int64) bool {
	if s.TryAcquire(n) {
		return true
	}
	ctx, cancel := context.WithTimeout(ctx, g.wait)
	defer cancel()
	return s.Acquire(ctx, n) == nil
}

// enterCredential counts a request of a credential; false: it has too many.
func (g *gate) enterCredential(key string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.busy[key] >= g.each {
		return false
	}
	g.busy[key]++
	return true
}

func (g *gate) leaveCredential(key string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.busy[key]--; g.busy[key] <= 0 {
		delete(g.busy, key)
	}
}
