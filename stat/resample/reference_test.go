package resample_test

import (
	"context"
	"math"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/internal/reference"
	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/resample"
	"github.com/liftmark/liftmark/stat/summary"
)

// bootReference is what R's boot gives with 200,000 replicates.
type bootReference struct {
	T0                                          float64
	SE                                          float64 `json:"boot_se"`
	Normal, Basic, Studentised, Percentile, BCa []float64
}

// numbers are the reference's intervals in the order of bootNumbers.
func (r bootReference) numbers(se float64) []float64 {
	out := []float64{se}
	for _, iv := range [][]float64{r.Normal, r.Basic, r.Percentile, r.BCa, r.Studentised} {
		out = append(out, iv...)
	}
	return out
}

var bootNames = []string{
	"standard error", "normal, low", "normal, high", "basic, low", "basic, high", "percentile, low", "percentile, high",
	"BCa, low", "BCa, high", "studentised, low", "studentised, high",
}

// bootNumbers are the standard error and all intervals of output 0, whose
// variance is output 1. influence is analytic, as boot's is to first order; the
// jackknife's acceleration of ten cities differs.
func bootNumbers(t *testing.T, f resample.Statistic, influence []float64, seed uint64, replicates int) []float64 {
	t.Helper()
	withSE := func(sample []int, out []float64) error {
		if err := f(sample, out); err != nil {
			return err
		}
		out[1] = math.Sqrt(out[1])
		return nil
	}
	d, err := resample.Bootstrap(context.Background(), resample.Plan{Units: len(influence), Outputs: 2, Replicates: replicates, Seed: seed}, withSE)
	if err != nil {
		t.Fatal(err)
	}
	se, err := d.SE(0)
	if err != nil {
		t.Fatal(err)
	}
	out := []float64{se}
	add := func(iv stat.Interval, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, iv.Low, iv.High)
	}
	add(d.Normal(0, 0.95))
	add(d.Basic(0, 0.95))
	add(d.Percentile(0, 0.95))
	add(d.BCa(0, influence, 0.95))
	add(d.Studentised(0, 1, 0.95))
	return out
}

// meanAndVariance gives a mean and its squared standard error as boot's
// aircondit example does.
func meanAndVariance(x []float64) resample.Statistic {
	return func(sample []int, out []float64) error {
		drawn := make([]float64, len(sample))
		for k, i := range sample {
			drawn[k] = x[i]
		}
		m, err := summary.Of(drawn)
		out[0], out[1] = m.Mean, m.Var/float64(len(sample))
		return err
	}
}

// cityInfluence is the influence of each city on the ratio Σx/Σu: x - ratio·u,
// up to a constant.
func cityInfluence() []float64 {
	ratio := summary.Sum(cityX) / summary.Sum(cityU)
	out := make([]float64, len(cityU))
	for i := range out {
		out[i] = cityX[i] - ratio*cityU[i]
	}
	return out
}

func ratioAndVariance(num, den []float64) resample.Statistic {
	ratio := ratioOf(num, den)
	return func(sample []int, out []float64) error {
		if err := ratio(sample, out); err != nil {
			return err
		}
		n, size, squares := float64(len(sample)), 0.0, 0.0
		for _, i := range sample {
			e := num[i] - out[0]*den[i]
			squares += e * e
			size += den[i] / n
		}
		out[1] = squares / (n * (n - 1)) / (size * size)
		return nil
	}
}

// Bootstrap numbers are random on both sides. Ours are the mean of twenty runs
// of 4,000 replicates, whose spread gives the Monte-Carlo error of the mean and
// of R's one run of 200,000; the tolerance is 4.5 of the two together.
func TestAgainstBoot(t *testing.T) {
	const runs, replicates, theirs = 20, 4000, 200000
	var own struct {
		Aircondit, City struct {
			bootReference
			SE float64
		}
	}
	reference.JSON(t, "testdata/reference.json", &own)
	own.Aircondit.bootReference.SE, own.City.bootReference.SE = own.Aircondit.SE, own.City.SE
	for _, tt := range []struct {
		name      string
		f         resample.Statistic
		influence []float64
		want      bootReference
	}{
		{"aircondit, mean", meanAndVariance(aircondit), aircondit, own.Aircondit.bootReference},
		{"city, ratio", ratioAndVariance(cityX, cityU), cityInfluence(), own.City.bootReference},
	} {
		var moments []summary.Moments
		for run := range runs {
			for k, v := range bootNumbers(t, tt.f, tt.influence, uint64(run), replicates) {
				if run == 0 {
					moments = append(moments, summary.Moments{})
				}
				moments[k] = summary.Merge(moments[k], summary.Moments{N: 1, Mean: v})
			}
		}
		var got []float64
		widest := 0.0
		want := tt.want.numbers(tt.want.SE)
		for k, w := range want {
			m := moments[k]
			se := m.SD() * math.Sqrt(1./runs+float64(replicates)/theirs)
			t.Logf("%s, %s: %.2f, boot %.2f, Monte-Carlo error %.2f", tt.name, bootNames[k], m.Mean, w, se)
			if math.Abs(m.Mean-w) > 4.5*se {
				t.Errorf("%s, %s: %v, boot %v, Monte-Carlo error %v", tt.name, bootNames[k], m.Mean, w, se)
			}
			got, widest = append(got, m.Mean), math.Max(widest, 4.5*se/math.Abs(w))
		}
		evidence.Claim{Method: "Bootstrap error and five intervals", Data: tt.name, Source: "R boot 1.3, all within Monte-Carlo error"}.Agree(t, got, want, widest)
	}
}

// The same data in the shared reference file, from another run of boot.
func TestAgainstBasics(t *testing.T) {
	var ref struct{ Bootstrap map[string]bootReference }
	reference.JSON(t, reference.Path(t, "basics/reference-basics.json"), &ref)
	for _, tt := range []struct {
		name      string
		f         resample.Statistic
		influence []float64
	}{{"aircondit_mean", meanAndVariance(aircondit), aircondit}, {"city_ratio", ratioAndVariance(cityX, cityU), cityInfluence()}} {
		want := ref.Bootstrap[tt.name]
		want.Studentised = []float64{} // not in this file
		got := bootNumbers(t, tt.f, tt.influence, 99, 40000)
		for k, w := range want.numbers(want.SE) {
			// Two runs of a tail quantile: 3 % is five of their Monte-Carlo errors.
			if !(math.Abs(got[k]-w) <= 0.03*math.Abs(w)) {
				t.Errorf("%s, %s: %v, boot has %v", tt.name, bootNames[k], got[k], w)
			}
		}
		d, err := resample.Bootstrap(context.Background(), resample.Plan{Units: len(tt.influence), Outputs: 2, Replicates: 1, Seed: 1}, tt.f)
		if err != nil {
			t.Fatal(err)
		}
		evidence.Claim{Method: "Statistic of the bootstrap's data", Data: tt.name, Source: "R 4.2.2"}.Agree(t, d.Original[:1], []float64{want.T0}, 1e-13)
	}
}

type permutationReference struct {
	Y                      []float64
	T, G                   []int
	Diff, P, Greater, Less float64
	Ways                   int
}

func (r permutationReference) design(draws int) resample.Design {
	d := resample.Design{Stratum: r.G, Draws: draws, Seed: 4}
	for _, t := range r.T {
		d.Treated = append(d.Treated, t == 1)
	}
	return d
}

// Full enumeration equals R's to the last assignment; drawn assignments come
// within four Monte-Carlo errors of it.
func TestPermuteAgainstR(t *testing.T) {
	var ref struct{ Permutation, Stratified []permutationReference }
	reference.JSON(t, "testdata/reference.json", &ref)
	for i, r := range append(ref.Permutation, ref.Stratified...) {
		f := resample.DifferenceOfMeans(r.Y)
		got, err := resample.Permute(context.Background(), r.design(200000), f)
		if err != nil || !got.Exact || got.Assignments != r.Ways {
			t.Fatalf("%+v, %v; want %d assignments", got, err, r.Ways)
		}
		method := "Permutation test, all assignments"
		if i >= len(ref.Permutation) {
			method = "Stratified permutation test, all assignments"
		}
		evidence.Claim{Method: method, Data: "sleep, PlantGrowth, small samples", Source: "R 4.2 combn; coin 1.4"}.
			Agree(t, []float64{got.Statistic, got.P, got.Greater, got.Less}, []float64{r.Diff, r.P, r.Greater, r.Less}, 1e-12)
		const draws = 2000
		if r.Ways <= draws {
			continue
		}
		drawn, err := resample.Permute(context.Background(), r.design(draws), f)
		if err != nil || drawn.Exact || drawn.Assignments != draws {
			t.Fatalf("%+v, %v", drawn, err)
		}
		if mc := math.Sqrt(r.P * (1 - r.P) / draws); math.Abs(drawn.P-r.P) > 4*mc {
			t.Errorf("drawn p %v, exact %v", drawn.P, r.P)
		}
	}
}
