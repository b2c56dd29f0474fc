package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	_ "github.com/duckdb/duckdb-go/v2" // to count facts when the server is down

	"github.com/liftmark/liftmark/internal/load"
)

// asProgram makes the test binary behave as liftmark itself, so that a server
// can be a process that is killed.
const asProgram = "LIFTMARK_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		signal.Ignore(syscall.SIGXFSZ) // a limit on the size of files may stand for a full disk
		main()
	}
	os.Exit(m.Run())
}

// TestNothingAcknowledgedIsLostOrDoubled kills the server again and again under
// load. LIFTMARK_CRASHES says how often.
func TestNothingAcknowledgedIsLostOrDoubled(t *testing.T) {
	crashes := 3
	if text := os.Getenv("LIFTMARK_CRASHES"); text != "" {
		var err error
		if crashes, err = strconv.Atoi(text); err != nil {
			t.Fatalf("LIFTMARK_CRASHES: %v", err)
		}
	}
	t.Setenv(asProgram, "1")
	c := &crashing{t: t, dir: t.TempDir(), draw: rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 1))}
	for i := range 6 {
		c.writers = append(c.writers, &writer{events: i >= 4, source: load.NewSource(load.Variety{Actors: 20, Verbs: 10, Activities: 10}, uint64(i), time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)), batch: 1 + 9*(i%3)})
	}
	for range crashes {
		c.round(time.Duration(50+c.draw.IntN(600)) * time.Millisecond)
	}
	c.settle()
	c.countStatements()
	c.countFacts()
}

// writer sends batches, one after the other. What was not acknowledged is sent
// again, with the same ids, as clients do.
type writer struct {
	events  bool
	source  *load.Source
	batch   int
	ids     []string // of the batch under way
	body    []byte
	acked   []string
	refused error
}

func (w *writer) send(ctx context.Context, client *load.Client) error {
	if w.body == nil {
		if w.events {
			w.ids, w.body = w.source.Events(w.batch)
		} else {
			w.ids, w.body = w.source.Statements(w.batch)
		}
	}
	post := client.PostStatements
	if w.events {
		post = client.PostEvents
	}
	err := post(ctx, w.body)
	if err == nil {
		w.acked, w.body = append(w.acked, w.ids...), nil
	}
	return err
}

type crashing struct {
	t           *testing.T
	dir         string
	draw        *rand.Rand
	key, secret string
	writers     []*writer
}

func (c *crashing) start() (*load.Server, *load.Client) {
	c.t.Helper()
	server, err := load.StartServer(c.t.Context(), os.Args[0], c.dir)
	if err != nil {
		c.t.Fatal(err)
	}
	if c.key == "" {
		if c.key, c.secret, err = server.Credential(c.t.Context(), "--label", "crash", "--scope", "all", "--scope", "track"); err != nil {
			c.t.Fatal(err)
		}
	}
	return server, load.NewClient(server.URL, c.key, c.secret, len(c.writers))
}

// round lets all writers write for a while and kills the server under them.
func (c *crashing) round(after time.Duration) {
	c.t.Helper()
	server, client := c.start()
	var wg sync.WaitGroup
	for _, w := range c.writers {
		wg.Go(func() { w.refused = until(func() error { return w.send(c.t.Context(), client) }) })
	}
	time.Sleep(after) // a random point under load, which is what is tested
	if err := server.Kill(); err != nil {
		c.t.Fatal(err)
	}
	wg.Wait()
	for _, w := range c.writers {
		var refused *load.Refused
		if errors.As(w.refused, &refused) {
			c.t.Errorf("a writer was refused: %v", refused)
		}
	}
}

// until repeats something until it fails.
func until(do func() error) error {
	for {
		if err := do(); err != nil {
			return err
		}
	}
}

// settle sends what is under way once more, waits until facts have caught up
// and ends the server in good order.
func (c *crashing) settle() {
	c.t.Helper()
	server, client := c.start()
	for _, w := range c.writers {
		if w.body != nil {
			if err := w.send(c.t.Context(), client); err != nil {
				c.t.Errorf("after the last crash: %v", err)
			}
		}
	}
	c.t.Setenv(asProgram, "")
	mustRun(c.t, "facts", "wait", "--data", c.dir)
	found := map[string]int{}
	if err := client.StatementIDs(c.t.Context(), url.Values{}, func(id string) { found[id]++ }); err != nil {
		c.t.Fatal(err)
	}
	c.compare("statements", found, false)
	if err := server.Stop(); err != nil {
		c.t.Errorf("the server ended with %v:\n%s", err, server.Log())
	}
}

// compare checks that what was acknowledged is there once, and nothing else.
func (c *crashing) compare(what string, found map[string]int, events bool) {
	c.t.Helper()
	acked, lost, doubled := 0, 0, 0
	for _, w := range c.writers {
		if w.events != events {
			continue
		}
		for _, id := range w.acked {
			acked++
			switch n := found[id]; {
			case n == 0:
				lost++
			case n > 1:
				doubled++
			}
		}
	}
	c.t.Logf("%s: %d acknowledged, %d found, %d lost, %d doubled", what, acked, len(found), lost, doubled)
	if acked == 0 || lost > 0 || doubled > 0 || len(found) != acked {
		c.t.Errorf("%s: %d acknowledged, %d found, %d lost, %d doubled", what, acked, len(found), lost, doubled)
	}
}

func (c *crashing) countStatements() {
	c.t.Helper()
	c.compare("rows of the record store", c.count("sqlite3", "state.db", `SELECT lower(hex(id)) FROM statement`, dashed), false)
}

// countFacts looks at the facts: one for each statement and each event.
func (c *crashing) countFacts() {
	c.t.Helper()
	plain := func(id string) string { return id }
	c.compare("learning facts", c.count("duckdb", "facts.duckdb", `SELECT event_id FROM learning`, plain), false)
	c.compare("usage facts", c.count("duckdb", "facts.duckdb", `SELECT event_id FROM usage`, plain), true)
}

func (c *crashing) count(driver, file, query string, name func(string) string) map[string]int {
	c.t.Helper()
	db, err := sql.Open(driver, filepath.Join(c.dir, file))
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	rows, err := db.QueryContext(c.t.Context(), query)
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	found := map[string]int{}
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			c.t.Fatal(err)
		}
		found[name(id)]++
	}
	if err := rows.Err(); err != nil {
		c.t.Fatal(err)
	}
	return found
}

// dashed writes 32 hexadecimal digits as a UUID.
func dashed(hex string) string {
	return fmt.Sprintf("%s-%s-%s-%s-%s", hex[:8], hex[8:12], hex[12:16], hex[16:20], hex[20:])
}
