package resample_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"runtime"
	"testing"

	"github.com/liftmark/liftmark/internal/reference"
	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/resample"
)

// Davison and Hinkley (1997): hours between failures of air conditioning, and
// the populations (1,000s) of ten cities in 1920 (u) and 1930 (x).
var (
	aircondit = []float64{3, 5, 7, 18, 43, 85, 91, 98, 100, 130, 230, 487}
	cityU     = []float64{138, 93, 61, 179, 48, 37, 29, 23, 30, 2}
	cityX     = []float64{143, 104, 69, 260, 75, 63, 50, 48, 111, 50}
)

func meanOf(x []float64) resample.Statistic {
	return func(sample []int, out []float64) error {
		sum := 0.0
		for _, i := range sample {
			sum += x[i]
		}
		out[0] = sum / float64(len(sample))
		return nil
	}
}

func ratioOf(num, den []float64) resample.Statistic {
	return func(sample []int, out []float64) error {
		n, d := 0.0, 0.0
		for _, i := range sample {
			n += num[i]
			d += den[i]
		}
		if d == 0 {
			return fmt.Errorf("denominators sum to zero: %w", stat.ErrTooFew)
		}
		out[0] = n / d
		return nil
	}
}

// The acceleration of a mean is its skewness over 6√n, by hand for 0, 0, 3:
// centred -1, -1, 2; ΣL³ = 6, ΣL² = 6; 6/(6·6^1.5) = 6^-1.5.
func TestAccelerationByHand(t *testing.T) {
	influence, err := resample.Jackknife(3, 1, meanOf([]float64{0, 0, 3}))
	if err != nil {
		t.Fatal(err)
	}
	a, err := resample.Acceleration(influence[0])
	if err != nil || !reference.Near(a, math.Pow(6, -1.5), 1e-14) {
		t.Errorf("acceleration %v, %v", a, err)
	}
	for i, want := range []float64{-1, -1, 2} { // the influence of a unit on a mean is its deviation
		if !reference.Near(influence[0][i], want, 1e-14) {
			t.Errorf("influence of unit %d is %v, want %v", i, influence[0][i], want)
		}
	}
}

func TestSameSeedSameDrawsOnAnyNumberOfProcessors(t *testing.T) {
	plan := resample.Plan{Units: 12, Outputs: 1, Replicates: 500, Seed: 7}
	run := func(processors int) *resample.Draws {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(processors))
		d, err := resample.Bootstrap(context.Background(), plan, meanOf(aircondit))
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	one, four := run(1), run(4)
	if !reflect.DeepEqual(one, four) {
		t.Error("draws depend on the number of processors")
	}
	plan.Seed++
	if other := run(1); reflect.DeepEqual(one.Values, other.Values) {
		t.Error("another seed gives the same draws")
	}
}

// Streams of neighbouring seeds and indices are uncorrelated: over 20,000
// pairs the correlation's standard error is 0.007.
func TestStreamsAreIndependent(t *testing.T) {
	const n = 20000
	for _, pair := range [][2]rand.Source{
		{resample.Stream(1, 0), resample.Stream(1, 1)},
		{resample.Stream(1, 5), resample.Stream(2, 5)},
		{resample.Stream(0, 1), resample.Stream(1, 0)},
		{resample.Stream(resample.Child(1, "churn"), 0), resample.Stream(resample.Child(1, "tickets"), 0)},
	} {
		a, b := rand.New(pair[0]), rand.New(pair[1])
		sum := 0.0
		for range n {
			sum += (a.Float64() - 0.5) * (b.Float64() - 0.5)
		}
		if r := sum / n * 12; math.Abs(r) > 0.035 {
			t.Errorf("correlation %v", r)
		}
	}
}

func TestErrors(t *testing.T) {
	run := func(units, replicates int, f resample.Statistic) (*resample.Draws, error) {
		return resample.Bootstrap(context.Background(), resample.Plan{Units: units, Outputs: 1, Replicates: replicates, Seed: 3}, f)
	}
	bug := errors.New("bug")
	_, one := run(1, 10, meanOf(aircondit))
	_, onData := run(3, 10, func([]int, []float64) error { return stat.ErrNoOverlap })
	_, nan := run(3, 10, func(_ []int, out []float64) error { out[0] = math.NaN(); return nil })
	calls := 0
	_, ends := run(2, 1, func([]int, []float64) error {
		if calls++; calls > 1 {
			return bug
		}
		return nil
	})
	// Unit 0 is missing from (1/2)² of the samples of two: far over 5 %.
	_, often := run(2, 400, ratioOf([]float64{1, 1}, []float64{1, 0}))
	constant, err := run(3, 400, meanOf([]float64{2, 2, 2}))
	if err != nil {
		t.Fatal(err)
	}
	_, flat := constant.Percentile(0, 0.95)
	few, err := run(12, 50, meanOf(aircondit))
	if err != nil {
		t.Fatal(err)
	}
	_, tails := few.Percentile(0, 0.95)
	_, noInfluence := resample.Acceleration([]float64{1, 1, 1})
	_, jack := resample.Jackknife(2, 1, meanOf(aircondit))
	for _, c := range []struct {
		name      string
		got, want error
	}{
		{"one unit", one, stat.ErrTooFew}, {"no value on the data", onData, stat.ErrNoOverlap},
		{"NaN", nan, stat.ErrNotFinite}, {"a bug ends the run", ends, bug},
		{"too many samples without value", often, stat.ErrTooFew}, {"constant", flat, stat.ErrNoVariance},
		{"tails hold nothing", tails, stat.ErrTooFew}, {"no influence", noInfluence, stat.ErrNoVariance},
		{"jackknife of two", jack, stat.ErrTooFew},
	} {
		if !errors.Is(c.got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, c.got, c.want)
		}
	}
}

func TestFailedReplicatesAreCounted(t *testing.T) {
	// Eight units, one of denominator 1: (7/8)^8 = 34 % of samples would fail
	// with one; with five of eight it is (3/8)^8 = 0.04 %.
	den := []float64{1, 1, 1, 1, 1, 0, 0, 0}
	d, err := resample.Bootstrap(context.Background(), resample.Plan{Units: 8, Outputs: 1, Replicates: 20000, Seed: 5}, ratioOf(den, den))
	if err != nil {
		t.Fatal(err)
	}
	if d.Failed == 0 || d.Failed > 40 || !errors.Is(d.Reason, stat.ErrTooFew) || len(d.Values[0])+d.Failed != 20000 {
		t.Errorf("%d failed (%v), %d values", d.Failed, d.Reason, len(d.Values[0]))
	}
}

func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	calls := 0
	_, err := resample.Bootstrap(ctx, resample.Plan{Units: 3, Outputs: 1, Replicates: 1 << 20, Seed: 1}, func([]int, []float64) error {
		if calls++; calls == 1 {
			cancel()
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

func BenchmarkClusterRatio(b *testing.B) {
	const accounts = 100000
	rng := rand.New(resample.Stream(1, 0))
	num, den := make([]float64, accounts), make([]float64, accounts)
	for i := range accounts {
		num[i], den[i] = rng.ExpFloat64(), 1+rng.Float64()
	}
	for b.Loop() {
		if _, err := resample.Bootstrap(context.Background(), resample.Plan{Units: accounts, Outputs: 1, Replicates: 2000, Seed: 1}, ratioOf(num, den)); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPermuteClusters deals 10,000 accounts 2,000 times.
func BenchmarkPermuteClusters(b *testing.B) {
	const accounts = 10000
	rng := rand.New(resample.Stream(1, 0))
	num, den, treated := make([]float64, accounts), make([]float64, accounts), make([]bool, accounts)
	for i := range accounts {
		num[i], den[i], treated[i] = rng.ExpFloat64(), 1+rng.Float64(), i%2 == 0
	}
	for b.Loop() {
		if _, err := resample.Permute(context.Background(), resample.Design{Treated: treated, Draws: 2000, Seed: 1}, resample.DifferenceOfRatios(num, den)); err != nil {
			b.Fatal(err)
		}
	}
}
