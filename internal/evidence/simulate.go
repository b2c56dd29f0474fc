package evidence

import (
	"cmp"
	"iter"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"testing"

	"golang.org/x/sync/errgroup"
)

// Draws says how many samples a simulation draws: Quick in every run of the
// tests, Full when LIFTMARK_COVERAGE=full. Sample i depends on Seed and i alone.
type Draws struct {
	Quick, Full int
	Seed        uint64
}

// Full says whether this run is the long one.
func Full() bool { return os.Getenv("LIFTMARK_COVERAGE") == "full" }

// Share is one line of the coverage page: how often something held in the
// samples of a simulation, and what should be.
type Share struct {
	Method   string // "Welch's t"
	Scenario string // "30 and 60 observations, log-normal"
	Samples  int
	Got      float64
	Want     string // "95 %", "at most 50 %: shown to fail"
}

// Simulation holds the shares that a simulation found.
type Simulation struct {
	t      testing.TB
	method string
	mu     sync.Mutex
	tried  map[string]int
	held   map[string]int
}

// Simulate draws samples on all processors. draw makes one sample from rng and
// reports by name, through hold, what held in it (an interval covered the
// truth, a test rejected). A sample that cannot be analysed may report nothing,
// and then does not count. An error fails the test.
func Simulate(t testing.TB, method string, n Draws, draw func(rng *rand.Rand, hold func(scenario string, yes bool)) error) *Simulation {
	t.Helper()
	s := &Simulation{t: t, method: method, tried: map[string]int{}, held: map[string]int{}}
	samples := n.Quick
	if Full() {
		samples = n.Full
	}
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i := range samples {
		group.Go(func() error { return draw(rand.New(rand.NewPCG(n.Seed, uint64(i))), s.hold) })
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *Simulation) hold(scenario string, yes bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tried[scenario]++
	if yes {
		s.held[scenario]++
	}
}

// share is how often the scenario held, and its Monte-Carlo standard error at
// the given true share.
func (s *Simulation) share(scenario string, truth float64) (got, se float64) {
	s.t.Helper()
	n := s.tried[scenario]
	if n == 0 {
		s.t.Fatalf("%s: no sample says anything of %q", s.method, scenario)
	}
	return float64(s.held[scenario]) / float64(n), math.Sqrt(truth * (1 - truth) / float64(n))
}

// Nominal fails unless the scenario held in the nominal share of the samples,
// within 3.3 Monte-Carlo errors (a false alarm in a thousand) and an allowance
// for what the method is known to miss at this size, which its caller explains.
func (s *Simulation) Nominal(scenario string, nominal, allowance float64) {
	s.t.Helper()
	got, se := s.share(scenario, nominal)
	if math.Abs(got-nominal) > 3.3*se+allowance {
		s.t.Errorf("%s, %s: %.3f, want %.3f ± %.3f", s.method, scenario, got, nominal, 3.3*se+allowance)
	}
	s.record(scenario, percent(nominal))
}

// AtLeast fails if the scenario held in clearly less than the bound: a method
// that is conservative by design.
func (s *Simulation) AtLeast(scenario string, bound float64) {
	s.t.Helper()
	if got, se := s.share(scenario, bound); got < bound-3.3*se {
		s.t.Errorf("%s, %s: %.3f, want at least %.3f", s.method, scenario, got, bound)
	}
	s.record(scenario, "at least "+percent(bound))
}

// AtMost fails if the scenario held in clearly more than the bound.
func (s *Simulation) AtMost(scenario string, bound float64) {
	s.t.Helper()
	if got, se := s.share(scenario, bound); got > bound+3.3*se {
		s.t.Errorf("%s, %s: %.3f, want at most %.3f", s.method, scenario, got, bound)
	}
	s.record(scenario, "at most "+percent(bound))
}

// ShownToFail fails unless the interval covered in less than the bound: the
// wrong method has to be seen to be wrong.
func (s *Simulation) ShownToFail(scenario string, bound float64) {
	s.t.Helper()
	if got, se := s.share(scenario, bound); got > bound-3.3*se {
		s.t.Errorf("%s, %s: %.3f, expected to fail with less than %.3f", s.method, scenario, got, bound)
	}
	s.record(scenario, "shown to fail: below "+percent(bound))
}

func (s *Simulation) record(scenario, want string) {
	s.t.Helper()
	got, _ := s.share(scenario, 0)
	s.t.Logf("%s, %s: %.3f of %d (%s)", s.method, scenario, got, s.tried[scenario], want)
	write(s.t, "share", Share{s.method, scenario, s.tried[scenario], got, want})
}

func percent(share float64) string {
	return strconv.FormatFloat(math.Round(share*1000)/10, 'f', -1, 64) + "\u00a0%"
}

// InOrder goes through a map by its keys in order: samples that are drawn on the
// way are the same every time.
func InOrder[K cmp.Ordered, V any](m map[K]V) iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		for _, k := range slices.Sorted(maps.Keys(m)) {
			if !yield(k, m[k]) {
				return
			}
		}
	}
}
