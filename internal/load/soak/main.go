// Command soak loads a liftmark server steadily, with statements, events and
// queries, and prints its memory every minute. It fails when the memory of the
// last quarter is more than a tenth above that of the second quarter, when it
// was more than 500 MiB at any time, or when a request fails.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/url"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"github.com/liftmark/liftmark/internal/load"
)

func main() {
	binary := flag.String("binary", "bin/liftmark", "the program")
	length := flag.Duration("for", time.Hour, "how long")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM) // the server ends with it
	err := run(ctx, *binary, *length)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(1)
	}
}

// clients of each kind, and how long each waits between two requests: together
// some 500 statements and 1,000 events a second.
const (
	clients = 4
	pause   = 80 * time.Millisecond
)

func run(ctx context.Context, binary string, length time.Duration) (err error) {
	dir, err := os.MkdirTemp("", "liftmark-soak-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	server, err := load.StartServer(ctx, binary, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	key, secret, err := server.Credential(ctx, "--label", "soak", "--scope", "all", "--scope", "track")
	if err != nil {
		return err
	}
	client := load.NewClient(server.URL, key, secret, 3*clients)
	watch := make(chan error, 1)
	watched, stop := context.WithCancel(ctx)
	go func() { watch <- watchMemory(watched, server, length) }()
	m := load.Run(ctx, 3*clients, length, work(client))
	stop()
	fmt.Printf("%d requests, %d records, %d errors, median %v, p99 %v\n", m.Requests, m.Records, m.Errors, m.Quantile(0.5), m.Quantile(0.99))
	return errors.Join(<-watch, m.FirstError)
}

// work gives each client its kind: statements, events, queries.
func work(client *load.Client) func(context.Context, int) (int, error) {
	sources := make([]*load.Source, 3*clients)
	for i := range sources {
		sources[i] = load.NewSource(load.Variety{Actors: 5000, Verbs: 10, Activities: 500}, uint64(i), time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)) //nolint:gosec // small and positive
	}
	turn := make([]int, 3*clients)
	return func(ctx context.Context, i int) (int, error) {
		time.Sleep(pause)
		turn[i]++
		switch i % 3 {
		case 0:
			_, body := sources[i].Statements(10)
			return 10, client.PostStatements(ctx, body)
		case 1:
			_, body := sources[i].Events(20)
			return 20, client.PostEvents(ctx, body)
		}
		_, err := client.Get(ctx, "/xapi/statements?"+url.Values{"limit": {"25"}, "agent": {load.Agent(turn[i] % 5000)}}.Encode())
		return 1, err
	}
}

// watchMemory prints the server's memory and judges it at the end.
func watchMemory(ctx context.Context, server *load.Server, length time.Duration) error {
	every := min(time.Minute, length/20)
	tick := time.NewTicker(every)
	defer tick.Stop()
	var samples []int
	for begun := time.Now(); ; {
		select {
		case <-ctx.Done():
			peak, err := server.PeakMiB()
			return errors.Join(err, judge(samples, peak))
		case <-tick.C:
			mib, err := server.MemoryMiB()
			if err != nil {
				return err
			}
			samples = append(samples, mib)
			fmt.Printf("%6s %5d MiB\n", time.Since(begun).Round(time.Second), mib)
		}
	}
}

// mostMiB is the memory that a server may take at its peak.
const mostMiB = 500

// judge wants the memory to be flat, but for what the engines take now and then
// to write their files anew, and never above its bound.
func judge(samples []int, peak int) error {
	if len(samples) < 8 {
		return errors.New("too short to judge the memory")
	}
	quarter := len(samples) / 4
	early, late := median(samples[quarter:2*quarter]), median(samples[3*quarter:])
	fmt.Printf("memory: %d MiB in the second quarter, %d MiB in the last (medians), at most %d MiB\n", early, late, peak)
	if late > early+early/10 {
		return fmt.Errorf("memory grew from %d to %d MiB", early, late)
	}
	if peak > mostMiB {
		return fmt.Errorf("memory reached %d MiB, more than %d", peak, mostMiB)
	}
	return nil
}

func median(list []int) int {
	list = slices.Sorted(slices.Values(list))
	return list[len(list)/2]
}
