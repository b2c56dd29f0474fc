package sqlite_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/liftmark/liftmark/internal/state"
	"github.com/liftmark/liftmark/internal/state/sqlite"
)

// BenchmarkFind measures searches of 50 statements in a store of
// LIFTMARK_BENCH_STATEMENTS (100,000 unless told), and writing to it.
func BenchmarkFind(b *testing.B) {
	size := 100_000
	if text := os.Getenv("LIFTMARK_BENCH_STATEMENTS"); text != "" {
		var err error
		if size, err = strconv.Atoi(text); err != nil {
			b.Fatal(err)
		}
	}
	for _, v := range varieties {
		b.Run(fmt.Sprintf("%s/%d", v.name, size), func(b *testing.B) {
			s := filled(b, v, size)
			for _, q := range searches {
				b.Run(q.name, func(b *testing.B) { benchFind(b, s, v, q) })
			}
			b.Run("put/batch50/writers4", func(b *testing.B) {
				benchPut(b, v, 50, 4, putTo(s))
				b.ReportMetric(residentMB(), "MB")
			})
			b.Run("put/batch1/writers16", func(b *testing.B) {
				benchPut(b, v, 1, 16, putTo(s))
			})
		})
	}
}

func filled(b *testing.B, v variety, size int) *sqlite.Store {
	b.Helper()
	s := open(b, filepath.Join(b.TempDir(), "state.db"), time.Now)
	r := rand.New(rand.NewPCG(7, uint64(size)))
	began := time.Now()
	for n := 0; n < size; n += 500 {
		if _, err := s.PutStatements(context.Background(), v.batch(r, 500), nil, nil); err != nil {
			b.Fatal(err)
		}
	}
	b.Logf("%d statements in %s, %.0f MB resident", size, time.Since(began).Round(time.Second), residentMB())
	return s
}

// residentMB is the memory of this process, 0 where it cannot be read.
func residentMB() float64 {
	runtime.GC()
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	pages, err := strconv.Atoi(strings.Fields(string(text))[1])
	if err != nil {
		return 0
	}
	return float64(pages*os.Getpagesize()) / (1 << 20)
}

// middle stands for the time at which half of the statements were stored.
var middle = time.Unix(1, 0)

type search struct {
	name   string
	filter func(v variety, r *rand.Rand) state.Filter
}

// one makes a filter of one term a group from those of a statement.
func one(indexes ...int) func(variety, *rand.Rand) state.Filter {
	return func(v variety, r *rand.Rand) state.Filter {
		var f state.Filter
		terms := v.made(r).Terms
		for _, i := range indexes {
			f.Any = append(f.Any, []state.Term{terms[i]})
		}
		return f
	}
}

var searches = []search{
	{"all", one()},
	{"agent", one(0)},
	{"verb", one(1)},
	{"activity", one(2)},
	{"agent+verb+activity", one(0, 1, 2)},
	{"registration", one(6)},
	{"authority", one(7)},
	{"authority+agent+verb", one(7, 0, 1)},
	{"relatedAgent", func(v variety, r *rand.Rand) state.Filter {
		t := v.made(r).Terms[5]
		return state.Filter{Any: [][]state.Term{{{Kind: state.TermAgent, Text: t.Text}, t}}}
	}},
	{"relatedActivity", func(v variety, r *rand.Rand) state.Filter {
		t := v.made(r).Terms[3]
		return state.Filter{Any: [][]state.Term{{{Kind: state.TermActivity, Text: t.Text}, t}}}
	}},
	{"nothing", func(variety, *rand.Rand) state.Filter {
		return state.Filter{Any: [][]state.Term{{{Kind: state.TermAgent, Text: "nobody"}}}}
	}},
	{"agent+nothing+authority", func(v variety, r *rand.Rand) state.Filter {
		t := v.made(r).Terms
		return state.Filter{Any: [][]state.Term{{t[7]}, {t[0]}, {{Kind: state.TermVerb, Text: "none"}}}}
	}},
	{"ascending", func(v variety, r *rand.Rand) state.Filter {
		f := one(0, 1)(v, r)
		f.Ascending = true
		return f
	}},
	{"since", func(v variety, r *rand.Rand) state.Filter {
		f := one(2)(v, r)
		f.Since, f.Ascending = middle, true
		return f
	}},
	{"until", func(v variety, r *rand.Rand) state.Filter {
		f := one(2)(v, r)
		f.Until = middle
		return f
	}},
	{"between, none", func(v variety, r *rand.Rand) state.Filter {
		f := one(7, 0)(v, r)
		f.Since, f.Until = middle, middle.Add(time.Microsecond)
		return f
	}},
}

func benchFind(b *testing.B, s *sqlite.Store, v variety, q search) {
	b.Helper()
	half := storedInTheMiddle(b, s)
	r := rand.New(rand.NewPCG(3, 4))
	var times []time.Duration
	hits := 0
	for b.Loop() {
		f := q.filter(v, r)
		f.Limit = 50
		f.Since, f.Until = at(f.Since, half), at(f.Until, half)
		began := time.Now()
		err := s.Statements(context.Background(), f, func(state.Statement) error { hits++; return nil })
		if err != nil {
			b.Fatal(err)
		}
		times = append(times, time.Since(began))
	}
	slices.Sort(times)
	b.ReportMetric(times[len(times)*99/100].Seconds()*1000, "p99-ms")
	b.ReportMetric(float64(hits)/float64(len(times)), "hits")
}

// at moves a time by which a filter names the middle to where that is.
func at(t, half time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return half.Add(t.Sub(middle))
}

func storedInTheMiddle(b *testing.B, s *sqlite.Store) (stored time.Time) {
	b.Helper()
	last, err := s.LastChange(context.Background())
	if err != nil {
		b.Fatal(err)
	}
	err = s.Statements(context.Background(), state.Filter{After: last / 2, Limit: 1}, func(st state.Statement) error {
		stored = st.Stored
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return stored
}
