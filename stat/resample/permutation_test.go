package resample_test

import (
	"context"
	"errors"
	"math"
	"reflect"
	"runtime"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/liftmark/liftmark/internal/reference"
	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/resample"
)

func permute(t rapidOrTest, d resample.Design, f resample.ArmStatistic) resample.Permutation {
	t.Helper()
	p, err := resample.Permute(context.Background(), d, f)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

type rapidOrTest interface {
	Helper()
	Fatal(args ...any)
}

// Fisher's lady tasting tea: of eight cups she names the four right. One of
// C(8,4) = 70 assignments is as good: p = 1/70 one-sided, 2/70 two-sided, by
// hand.
func TestLadyTastingTea(t *testing.T) {
	milkFirst := []bool{true, false, true, true, false, false, true, false}
	named := make([]float64, len(milkFirst))
	for i, m := range milkFirst {
		if m {
			named[i] = 1
		}
	}
	p := permute(t, resample.Design{Treated: milkFirst, Draws: 100}, resample.DifferenceOfMeans(named))
	if !p.Exact || p.Assignments != 70 || !reference.Near(p.Greater, 1./70, 1e-15) || !reference.Near(p.P, 2./70, 1e-15) || p.Less != 1 {
		t.Errorf("%+v", p)
	}
}

// Permuting clusters: six accounts of unequal size have C(6,3) = 20
// assignments however many people they hold, so no p-value is below 2/20.
func TestPermuteClusters(t *testing.T) {
	sums, sizes := []float64{90, 12, 35, 8, 2, 7}, []float64{30, 4, 10, 8, 2, 6}
	p := permute(t, resample.Design{Treated: []bool{true, true, true, false, false, false}, Draws: 1000}, resample.DifferenceOfRatios(sums, sizes))
	if p.Assignments != 20 || !reference.Near(p.Statistic, 137./44-17./16, 1e-14) || p.P < 0.1 {
		t.Errorf("%+v", p)
	}
}

func TestPermuteProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(6, 14).Draw(t, "units")
		y, treated, stratum := make([]float64, n), make([]bool, n), make([]int, n)
		for i := range y {
			y[i] = float64(rapid.IntRange(-50, 50).Draw(t, "y"))
			treated[i] = i%2 == 0
			stratum[i] = i / 4
		}
		d := resample.Design{Treated: treated, Stratum: stratum, Draws: 5000, Seed: rapid.Uint64().Draw(t, "seed")}
		want, err := resample.Permute(context.Background(), d, resample.DifferenceOfMeans(y))
		if errors.Is(err, stat.ErrNoVariance) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		// Another unit and a common shift change nothing but the statistic.
		scaled := make([]float64, n)
		for i := range y {
			scaled[i] = 8*y[i] + 100
		}
		again := permute(t, d, resample.DifferenceOfMeans(scaled))
		if again.P != want.P || again.Greater != want.Greater || !reference.Near(again.Statistic, 8*want.Statistic, 1e-12) {
			t.Fatalf("%+v and in another unit %+v", want, again)
		}
		// Swapping the arms flips the sign.
		swapped := d
		swapped.Treated = make([]bool, n)
		for i := range treated {
			swapped.Treated[i] = !treated[i]
		}
		flipped := permute(t, swapped, resample.DifferenceOfMeans(y))
		if want.Exact && (flipped.P != want.P || flipped.Greater != want.Less || flipped.Statistic != -want.Statistic) {
			t.Fatalf("%+v and swapped %+v", want, flipped)
		}
		// The order of units does not matter to an exact test.
		slices.Reverse(scaled)
		slices.Reverse(swapped.Treated)
		backwards := resample.Design{Treated: swapped.Treated, Stratum: slices.Clone(stratum), Draws: 5000}
		slices.Reverse(backwards.Stratum)
		if r := permute(t, backwards, resample.DifferenceOfMeans(scaled)); want.Exact && r.P != want.P {
			t.Fatalf("%+v and backwards %+v", want, r)
		}
	})
}

func TestPermuteIsAFunctionOfTheSeed(t *testing.T) {
	y, treated := make([]float64, 40), make([]bool, 40)
	for i := range y {
		y[i], treated[i] = math.Sin(float64(i*i)), i%3 == 0
	}
	run := func(processors int, seed uint64) resample.Permutation {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(processors))
		return permute(t, resample.Design{Treated: treated, Draws: 999, Seed: seed}, resample.DifferenceOfMeans(y))
	}
	one, four := run(1, 7), run(4, 7)
	if !reflect.DeepEqual(one, four) || one.Exact {
		t.Errorf("%+v on one processor, %+v on four", one, four)
	}
	if other := run(1, 8); other.P == one.P && other.Greater == one.Greater {
		t.Error("another seed gives the same draws")
	}
}

func TestPermuteErrors(t *testing.T) {
	three := []bool{true, false, false}
	run := func(d resample.Design, f resample.ArmStatistic) error {
		d.Draws = 100
		_, err := resample.Permute(context.Background(), d, f)
		return err
	}
	bug := errors.New("bug")
	for _, c := range []struct {
		name string
		err  error
		want error
	}{
		{"nobody treated", run(resample.Design{Treated: []bool{false, false}}, resample.DifferenceOfMeans([]float64{1, 2})), stat.ErrTooFew},
		{"no units", run(resample.Design{}, resample.DifferenceOfMeans(nil)), stat.ErrTooFew},
		{"each stratum of one arm", run(resample.Design{Treated: three, Stratum: []int{1, 2, 2}}, resample.DifferenceOfMeans([]float64{1, 2, 3})), stat.ErrTooFew},
		{"constant", run(resample.Design{Treated: three}, resample.DifferenceOfMeans([]float64{2, 2, 2})), stat.ErrNoVariance},
		{"NaN", run(resample.Design{Treated: three}, resample.DifferenceOfMeans([]float64{2, math.NaN(), 2})), stat.ErrNotFinite},
		{"a bug ends the run", run(resample.Design{Treated: three}, func(treated []bool) (float64, error) {
			if treated[1] {
				return 0, bug
			}
			return 1, nil
		}), bug},
		{"too many without value", run(resample.Design{Treated: three}, func(treated []bool) (float64, error) {
			if treated[1] {
				return 0, stat.ErrNoOverlap
			}
			return 1, nil
		}), stat.ErrTooFew},
	} {
		if !errors.Is(c.err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, c.err, c.want)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := resample.Permute(ctx, resample.Design{Treated: three, Draws: 100}, resample.DifferenceOfMeans([]float64{1, 2, 3})); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
