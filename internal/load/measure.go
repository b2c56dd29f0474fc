package load

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Measured is what came of a run.
type Measured struct {
	Requests, Records int
	Errors            int
	FirstError        error
	Elapsed           time.Duration
	latencies         []time.Duration
}

// PerSecond is the rate of records that were acknowledged.
func (m Measured) PerSecond() float64 { return float64(m.Records) / m.Elapsed.Seconds() }

// Quantile of the latency of requests that succeeded, q in 0 to 1; 0 without any.
func (m Measured) Quantile(q float64) time.Duration {
	if len(m.latencies) == 0 {
		return 0
	}
	return m.latencies[min(len(m.latencies)-1, int(q*float64(len(m.latencies))))]
}

// Run calls one client's work again and again from n goroutines until the time
// is over. Each call gets the number of its goroutine and gives how many records
// were acknowledged.
func Run(ctx context.Context, n int, d time.Duration, work func(ctx context.Context, client int) (records int, err error)) Measured {
	end := time.Now().Add(d)
	parts := make([]Measured, n)
	var wg sync.WaitGroup
	begun := time.Now()
	for i := range n {
		wg.Go(func() { parts[i] = runOne(ctx, i, end, work) })
	}
	wg.Wait()
	total := Measured{Elapsed: time.Since(begun)}
	for _, p := range parts {
		total.Requests += p.Requests
		total.Records += p.Records
		total.Errors += p.Errors
		total.latencies = append(total.latencies, p.latencies...)
		if total.FirstError == nil {
			total.FirstError = p.FirstError
		}
	}
	slices.Sort(total.latencies)
	return total
}

func runOne(ctx context.Context, client int, end time.Time, work func(context.Context, int) (int, error)) (m Measured) {
	for time.Now().Before(end) && ctx.Err() == nil {
		at := time.Now()
		records, err := work(ctx, client)
		m.Requests++
		if err != nil {
			m.Errors++
			if m.FirstError == nil {
				m.FirstError = err
			}
			continue
		}
		m.Records += records
		m.latencies = append(m.latencies, time.Since(at))
	}
	return m
}
