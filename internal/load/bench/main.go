// Command bench measures a liftmark server under load: it starts one on an empty
// directory, fills it to each of the given sizes, waits until all of that is
// facts, runs every use case for a while and prints rates and latencies, beside
// the raw engine with the same bytes in the same run. Writers are as many as
// -clients; readers are that many, which keeps the machine busy, and -readers,
// which does not. Readers drop what they read as it comes, packed.
package main

import (
	"context"
	"flag"
	"fmt"
	"net/url"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/liftmark/liftmark/internal/load"
)

func main() {
	var o options
	sizes := flag.String("sizes", "0,100000,1000000", "numbers of statements that are stored before the use cases run")
	flag.StringVar(&o.binary, "binary", "bin/liftmark", "the program")
	flag.StringVar(&o.dir, "dir", "", "directory for the data; empty: a temporary one")
	flag.DurationVar(&o.each, "each", 10*time.Second, "how long each use case runs")
	flag.IntVar(&o.clients, "clients", 16, "concurrent connections")
	flag.IntVar(&o.readers, "readers", 4, "concurrent readers of a store that is not busy")
	flag.StringVar(&o.only, "only", "", "run the use cases whose names contain this")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM) // the server ends with it
	err := run(ctx, o, *sizes)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

type options struct {
	binary, dir, only string
	each              time.Duration
	clients, readers  int
}

func run(ctx context.Context, o options, sizes string) (err error) {
	if o.dir == "" {
		if o.dir, err = os.MkdirTemp("", "liftmark-bench-"); err != nil {
			return err
		}
		defer func() { _ = os.RemoveAll(o.dir) }()
	}
	server, err := load.StartServer(ctx, o.binary, o.dir)
	if err != nil {
		return err
	}
	defer func() { _ = server.Stop() }()
	key, secret, err := server.Credential(ctx, "--label", "bench", "--scope", "all", "--scope", "track")
	if err != nil {
		return err
	}
	b := &bench{options: o, server: server, client: load.NewClient(server.URL, key, secret, o.clients)}
	for text := range strings.SplitSeq(sizes, ",") {
		size, err := strconv.Atoi(strings.TrimSpace(text))
		if err != nil {
			return err
		}
		if err := b.at(ctx, size); err != nil {
			return err
		}
	}
	return nil
}

type bench struct {
	options
	server *load.Server
	client *load.Client
	stored int
	seed   uint64
}

// at fills the store up to a size and runs every use case.
func (b *bench) at(ctx context.Context, size int) error {
	if err := b.fill(ctx, size); err != nil {
		return err
	}
	if err := b.catchUp(ctx); err != nil {
		return err
	}
	fmt.Printf("\nwith %d statements stored\n%-44s %12s %10s %10s %10s %8s %10s\n", b.stored, "use case", "records/s", "median", "p99", "max", "errors", "raw engine")
	for _, c := range b.cases() {
		if !strings.Contains(c.name, b.only) {
			continue
		}
		if err := b.measure(ctx, c); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
	}
	memory, err := b.server.MemoryMiB()
	if err != nil {
		return err
	}
	peak, err := b.server.PeakMiB()
	if err != nil {
		return err
	}
	fmt.Printf("memory of the server: %d MiB, at most %d\n", memory, peak)
	return nil
}

// catchUp waits until every statement has become facts.
func (b *bench) catchUp(ctx context.Context) error {
	begun, before := time.Now(), -1
	for {
		behind, err := b.server.Behind(ctx)
		if err != nil {
			return err
		}
		if before < 0 {
			before = behind
		}
		if behind == 0 {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	if before > 1000 {
		fmt.Printf("made facts of %d statements at %.0f/s\n", before, float64(before)/time.Since(begun).Seconds())
	}
	return nil
}

func (b *bench) measure(ctx context.Context, c useCase) error {
	if !c.writes { // what was written before is not measured again
		if err := b.catchUp(ctx); err != nil {
			return err
		}
	}
	m := load.Run(ctx, c.clients, b.each, c.work)
	if m.FirstError != nil {
		fmt.Printf("  first error: %v\n", m.FirstError)
	}
	if c.writes {
		b.stored += m.Records
	}
	ratio := "-"
	if c.raw != nil {
		raw, err := c.raw(ctx, b.each/4)
		if err != nil {
			return err
		}
		ratio = fmt.Sprintf("%.2f", m.PerSecond()/raw)
	}
	fmt.Printf("%-44s %12.0f %10s %10s %10s %8d %10s\n", c.name, m.PerSecond(), short(m.Quantile(0.5)), short(m.Quantile(0.99)), short(m.Quantile(1)), m.Errors, ratio)
	return nil
}

func short(d time.Duration) string {
	return strconv.FormatFloat(float64(d.Microseconds())/1000, 'f', 1, 64) + "ms"
}

// fill stores statements of high variety until there are as many as asked for.
func (b *bench) fill(ctx context.Context, size int) error {
	begun, before := time.Now(), b.stored
	sources := b.sources(load.High)
	for b.stored < size {
		m := load.Run(ctx, len(sources), time.Second, func(ctx context.Context, i int) (int, error) {
			_, body := sources[i].Statements(100)
			return 100, b.client.PostStatements(ctx, body)
		})
		if m.Errors > 0 {
			return fmt.Errorf("fill: %w", m.FirstError)
		}
		b.stored += m.Records
	}
	if b.stored > before {
		fmt.Printf("filled with %d statements at %.0f/s\n", b.stored-before, float64(b.stored-before)/time.Since(begun).Seconds())
	}
	return nil
}

// sources gives each client a source of its own, never one that was used before.
func (b *bench) sources(v load.Variety) []*load.Source {
	sources := make([]*load.Source, b.clients)
	for i := range sources {
		b.seed++
		sources[i] = load.NewSource(v, b.seed, time.Now().Add(-24*time.Hour)) // as live data are
	}
	return sources
}

// useCase is one row of the table. raw gives the rate of the engine alone.
type useCase struct {
	name    string
	writes  bool
	clients int
	work    func(ctx context.Context, client int) (int, error)
	raw     func(ctx context.Context, d time.Duration) (float64, error)
}

func (b *bench) cases() []useCase {
	teams := load.Variety{Actors: 1000, Verbs: 10, Activities: 1000, Groups: true}
	list := []useCase{
		b.posting("post 1, low variety", load.Low, 1),
		b.posting("post 1, high variety", load.High, 1),
		b.posting("post 25, low variety", load.Low, 25),
		b.posting("post 25, high variety", load.High, 25),
		b.posting("post 250, low variety", load.Low, 250),
		b.posting("post 250, high variety", load.High, 250),
		b.posting("post 25, group actors", teams, 25),
		b.tracking(),
	}
	for _, q := range queries {
		list = append(list, b.asking(q, b.clients), b.asking(q, b.readers))
	}
	return list
}

// query makes the n-th query of a kind.
type query struct {
	name string
	of   func(n int) url.Values
}

var queries = []query{
	{"get the latest 50", func(int) url.Values { return url.Values{} }},
	{"get by agent", func(n int) url.Values { return url.Values{"agent": {load.Agent(n % 1000)}} }},
	{"get by activity", func(n int) url.Values { return url.Values{"activity": {load.Activity(n % 1000)}} }},
	{"get by agent, verb and activity", func(n int) url.Values {
		return url.Values{"agent": {load.Agent(n % 4)}, "verb": {load.Verb(n)}, "activity": {load.Activity(n % 10)}}
	}},
	{"get by related agent", func(n int) url.Values {
		return url.Values{"agent": {fmt.Sprintf(`{"mbox":"mailto:instructor%d@school.example"}`, n%25)}, "related_agents": {"true"}}
	}},
	{"get by related activity", func(n int) url.Values {
		return url.Values{"activity": {fmt.Sprintf("https://lms.example/course/%d", n%500)}, "related_activities": {"true"}}
	}},
	{"get by agent, of a minute", func(n int) url.Values {
		until := time.Now().Add(-time.Duration(n%60) * time.Second).UTC()
		return url.Values{"agent": {load.Agent(n % 1000)}, "since": {until.Add(-time.Minute).Format(time.RFC3339)}, "until": {until.Format(time.RFC3339)}}
	}},
	{"get by agent whom nobody knows", func(n int) url.Values {
		return url.Values{"agent": {fmt.Sprintf(`{"mbox":"mailto:nobody%d@nowhere.example"}`, n)}}
	}},
}

func (b *bench) posting(name string, v load.Variety, n int) useCase {
	sources := b.sources(v)
	return useCase{name: name, writes: true, clients: b.clients, raw: rawStatements(v, n), work: func(ctx context.Context, i int) (int, error) {
		_, body := sources[i].Statements(n)
		return n, b.client.PostStatements(ctx, body)
	}}
}

// asking reads pages of 50; a record is a page.
func (b *bench) asking(q query, clients int) useCase {
	turns := make([]int, clients)
	name := fmt.Sprintf("%s, %d readers", q.name, clients)
	return useCase{name: name, clients: clients, raw: rawPages, work: func(ctx context.Context, i int) (int, error) {
		turns[i]++
		values := q.of(turns[i]*clients + i)
		values.Set("limit", "50")
		return 1, b.client.Drop(ctx, "/xapi/statements?"+values.Encode())
	}}
}

func (b *bench) tracking() useCase {
	sources := b.sources(load.High)
	return useCase{name: "track, batches of 100", clients: b.clients, raw: rawEvents, work: func(ctx context.Context, i int) (int, error) {
		_, body := sources[i].Events(100)
		return 100, b.client.PostEvents(ctx, body)
	}}
}
