package sqlite_test

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/liftmark/liftmark/internal/state"
	"github.com/liftmark/liftmark/internal/state/sqlite"
)

// variety is how many different actors, verbs and activities there are.
type variety struct {
	name                      string
	actors, verbs, activities int
}

var varieties = []variety{{"low", 4, 10, 10}, {"high", 100_000, 30, 10_000}}

// filler brings a statement to its length.
var filler = strings.Repeat("0123456789", 100)

// made gives a statement of about 1.2 KB with eight or nine terms.
func (v variety) made(r *rand.Rand) state.NewStatement {
	actor, verb, activity := r.IntN(v.actors), r.IntN(v.verbs), r.IntN(v.activities)
	id := fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", r.Uint32(), r.IntN(1<<16), r.IntN(1<<12), r.IntN(1<<12), r.Int64N(1<<48))
	body := fmt.Sprintf(`{"id":"%s","actor":{"mbox":"mailto:a%d@example.com"},"verb":{"id":"http://verb/%d"},"object":{"id":"http://activity/%d"},"result":{"response":"%s"}}`,
		id, actor, verb, activity, filler)
	return state.NewStatement{ID: id, Body: []byte(body), Credential: "bench", Terms: []state.Term{
		{Kind: state.TermAgent, Text: fmt.Sprint("mbox::mailto:a", actor, "@example.com")},
		{Kind: state.TermVerb, Text: fmt.Sprint("http://verb/", verb)},
		{Kind: state.TermActivity, Text: fmt.Sprint("http://activity/", activity)},
		{Kind: state.TermRelatedActivity, Text: fmt.Sprint("http://course/", activity/10)},
		{Kind: state.TermRelatedActivity, Text: fmt.Sprint("http://section/", activity/3)},
		{Kind: state.TermRelatedAgent, Text: fmt.Sprint("mbox::mailto:i", actor/50, "@example.com")},
		{Kind: state.TermRegistration, Text: fmt.Sprint("registration", actor, activity/10)},
		{Kind: state.TermAuthority, Text: "account::http://lrs|bench"},
	}}
}

func (v variety) batch(r *rand.Rand, n int) []state.NewStatement {
	out := make([]state.NewStatement, n)
	for i := range out {
		out[i] = v.made(r)
	}
	return out
}

func open(tb testing.TB, path string, now func() time.Time) *sqlite.Store {
	tb.Helper()
	s, err := sqlite.Open(context.Background(), path, state.Options{Now: now, Merge: func(_, add []byte) ([]byte, error) { return add, nil }})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	return s
}

// BenchmarkPut measures statements stored durably. The peer, in the same run, is
// SQLite alone: one writer, the same bodies, two indexes beside the id, and one
// transaction a batch.
func BenchmarkPut(b *testing.B) {
	for _, v := range varieties {
		for _, size := range []int{1, 50, 100} {
			var peer float64
			b.Run(fmt.Sprintf("%s/batch%d/peer", v.name, size), func(b *testing.B) {
				peer = benchPut(b, v, size, 1, rawPut(b))
			})
			for _, writers := range []int{1, 4, 16} {
				b.Run(fmt.Sprintf("%s/batch%d/writers%d", v.name, size, writers), func(b *testing.B) {
					s := open(b, filepath.Join(b.TempDir(), "state.db"), time.Now)
					rate := benchPut(b, v, size, writers, putTo(s))
					if peer > 0 {
						b.ReportMetric(rate/peer, "of-peer")
					}
				})
			}
		}
	}
}

func putTo(s *sqlite.Store) func([]state.NewStatement) error {
	return func(batch []state.NewStatement) error {
		_, err := s.PutStatements(context.Background(), batch, nil, nil)
		return err
	}
}

// benchPut stores b.N batches and gives the statements a second.
func benchPut(b *testing.B, v variety, size, writers int, put func([]state.NewStatement) error) float64 {
	b.Helper()
	var left atomic.Int64
	left.Store(int64(b.N))
	var wg sync.WaitGroup
	b.ResetTimer()
	for w := range writers {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(w), uint64(b.N)))
			for left.Add(-1) >= 0 {
				if err := put(v.batch(r, size)); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	rate := float64(b.N*size) / b.Elapsed().Seconds()
	b.ReportMetric(rate, "statements/s")
	return rate
}

func rawPut(b *testing.B) func([]state.NewStatement) error {
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(b.TempDir(), "raw.db")+"?_journal_mode=WAL&_synchronous=FULL")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	_, err = db.Exec(`CREATE TABLE s (seq INTEGER PRIMARY KEY, id TEXT UNIQUE, agent TEXT, activity TEXT, body BLOB);
		CREATE INDEX agent ON s (agent, seq); CREATE INDEX activity ON s (activity, seq)`)
	if err != nil {
		b.Fatal(err)
	}
	return func(batch []state.NewStatement) error {
		tx, err := db.Begin()
		if err != nil {
			return err
		}
		for _, s := range batch {
			if _, err := tx.Exec("INSERT INTO s (id, agent, activity, body) VALUES ($1, $2, $3, $4)", s.ID, s.Terms[0].Text, s.Terms[2].Text, s.Body); err != nil {
				return err
			}
		}
		return tx.Commit()
	}
}
