package resample_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/mean"
	"github.com/liftmark/liftmark/stat/resample"
	"github.com/liftmark/liftmark/stat/summary"
)

// drawAccounts draws accounts with a rate of their own (gamma), months of their
// own and Poisson tickets: Σnum/Σden estimates the common mean rate.
func drawAccounts(rng *rand.Rand, accounts int, rate float64) (num, den []float64) {
	num, den = make([]float64, accounts), make([]float64, accounts)
	for i := range num {
		den[i] = float64(3 + rng.IntN(20))
		own := rate * (rng.ExpFloat64() + rng.ExpFloat64()) / 2
		for at := rng.ExpFloat64(); at < own*den[i]; at += rng.ExpFloat64() {
			num[i]++
		}
	}
	return num, den
}

// intervals bootstraps f and reports which intervals hold the truth.
func intervals(units int, f resample.Statistic, truth float64, seed uint64, of string, hold func(string, bool)) error {
	const replicates = 400
	d, err := resample.Bootstrap(context.Background(), resample.Plan{Units: units, Outputs: 2, Replicates: replicates, Seed: seed}, f)
	if err != nil {
		return err
	}
	influence, err := resample.Jackknife(units, 2, f)
	if err != nil {
		return err
	}
	covers := func(name string, iv stat.Interval, err error) {
		if err == nil {
			hold(name+", "+of, iv.Contains(truth))
		}
	}
	iv, err := d.Normal(0, 0.95)
	covers("normal", iv, err)
	iv, err = d.Basic(0, 0.95)
	covers("basic", iv, err)
	iv, err = d.Percentile(0, 0.95)
	covers("percentile", iv, err)
	iv, err = d.BCa(0, influence[0], 0.95)
	covers("BCa", iv, err)
	iv, err = d.Studentised(0, 1, 0.95)
	covers("studentised", iv, err)
	return nil
}

// root turns output 1, a variance, into a standard error.
func root(f resample.Statistic) resample.Statistic {
	return func(sample []int, out []float64) error {
		err := f(sample, out)
		out[1] = math.Sqrt(out[1])
		return err
	}
}

func TestBootstrapCoverage(t *testing.T) {
	const many, fifty, eight, skewed = "rate of 200 accounts", "rate of 50 accounts", "rate of 8 accounts", "mean of 25 log-normal values"
	s := evidence.Simulate(t, "Bootstrap interval", evidence.Draws{Quick: 250, Full: 2000, Seed: 31}, func(rng *rand.Rand, hold func(string, bool)) error {
		num, den := drawAccounts(rng, 200, 0.4)
		if err := intervals(200, root(ratioAndVariance(num, den)), 0.4, rng.Uint64(), many, hold); err != nil {
			return err
		}
		num, den = drawAccounts(rng, 50, 0.4)
		if err := intervals(50, root(ratioAndVariance(num, den)), 0.4, rng.Uint64(), fifty, hold); err != nil {
			return err
		}
		num, den = drawAccounts(rng, 8, 0.4)
		if err := intervals(8, root(ratioAndVariance(num, den)), 0.4, rng.Uint64(), eight, hold); err != nil {
			return err
		}
		x := make([]float64, 25)
		for i := range x {
			x[i] = math.Exp(rng.NormFloat64())
		}
		return intervals(25, root(meanAndVariance(x)), math.Exp(0.5), rng.Uint64(), skewed, hold)
	})
	// The ratio is skewed, the replicates' spread lacks (n-1)/n, and tails are
	// read off 400 replicates: a point short with 200 accounts, two to four with 50.
	for _, name := range []string{"normal", "basic", "percentile", "BCa", "studentised"} {
		s.Nominal(name+", "+many, 0.95, 0.02)
	}
	for name, allowance := range map[string]float64{"normal": 0.03, "basic": 0.04, "percentile": 0.03, "BCa": 0.025, "studentised": 0.02} {
		s.Nominal(name+", "+fifty, 0.95, allowance)
	}
	// Eight clusters are too few, and a heavy tail hides from 25 values. Only
	// the studentised interval comes near its level.
	s.ShownToFail("percentile, "+eight, 0.93)
	s.ShownToFail("BCa, "+eight, 0.93)
	s.AtLeast("studentised, "+eight, 0.90)
	s.ShownToFail("percentile, "+skewed, 0.93)
	s.ShownToFail("normal, "+skewed, 0.93)
	s.ShownToFail("basic, "+skewed, 0.93)
	s.AtLeast("BCa, "+skewed, 0.84)
	s.AtLeast("studentised, "+skewed, 0.88)
}

// The size of the permutation test under the null: units, clusters of unequal
// size, strata of different levels. Permuting people although accounts were
// dealt is shown to fail.
func TestPermutationSize(t *testing.T) {
	ctx := context.Background()
	s := evidence.Simulate(t, "Permutation test", evidence.Draws{Quick: 500, Full: 4000, Seed: 32}, func(rng *rand.Rand, hold func(string, bool)) error {
		rejects := func(name string, d resample.Design, f resample.ArmStatistic) error {
			d.Draws, d.Seed = 199, rng.Uint64()
			p, err := resample.Permute(ctx, d, f)
			if err == nil {
				hold(name, p.P <= 0.05)
			}
			if errors.Is(err, stat.ErrNoVariance) {
				return nil // says nothing
			}
			return err
		}
		const units = 24
		y, sums, sizes := make([]float64, units), make([]float64, units), make([]float64, units)
		var people, level []float64
		var ofPeople []bool
		treated, stratum := make([]bool, units), make([]int, units)
		for i := range units {
			treated[i], stratum[i] = i%3 == 0, i/6
			y[i] = math.Exp(1.5 * rng.NormFloat64())
			level = append(level, 10*float64(stratum[i])+rng.NormFloat64())
			account := rng.NormFloat64()
			for range 1 + rng.IntN(9) {
				v := account + rng.NormFloat64()
				sums[i] += v
				sizes[i]++
				people, ofPeople = append(people, v), append(ofPeople, treated[i])
			}
		}
		return errors.Join(
			rejects("24 log-normal values", resample.Design{Treated: treated}, resample.DifferenceOfMeans(y)),
			rejects("24 clusters", resample.Design{Treated: treated}, resample.DifferenceOfRatios(sums, sizes)),
			rejects("four strata", resample.Design{Treated: treated, Stratum: stratum}, resample.DifferenceOfMeans(level)),
			rejects("people permuted, accounts dealt", resample.Design{Treated: ofPeople}, resample.DifferenceOfMeans(people)),
		)
	})
	for _, name := range []string{"24 log-normal values", "24 clusters", "four strata"} {
		s.Nominal(name, 0.05, 0)
	}
	s.AtLeast("people permuted, accounts dealt", 0.15) // rejects three times too often: shown to fail
}

// A bootstrap of rows where accounts are the units is shown to fail; so are
// Welch's t on rows.
func TestRowsAreNotClusters(t *testing.T) {
	s := evidence.Simulate(t, "Bootstrap percentile interval", evidence.Draws{Quick: 150, Full: 1500, Seed: 33}, func(rng *rand.Rand, hold func(string, bool)) error {
		const accounts, each = 40, 10
		var rows []float64
		sums, sizes := make([]float64, accounts), make([]float64, accounts)
		for i := range accounts {
			account := rng.NormFloat64()
			for range each {
				v := account + rng.NormFloat64()
				rows = append(rows, v)
				sums[i] += v
				sizes[i]++
			}
		}
		percentile := func(name string, units int, f resample.Statistic) error {
			d, err := resample.Bootstrap(context.Background(), resample.Plan{Units: units, Outputs: 1, Replicates: 400, Seed: rng.Uint64()}, f)
			if err != nil {
				return err
			}
			iv, err := d.Percentile(0, 0.95)
			hold(name, iv.Contains(0))
			return err
		}
		m, err := summary.Of(rows)
		if err != nil {
			return err
		}
		one, err := mean.OneSample(m, 0, 0.95)
		hold("t on rows instead of accounts", one.Interval.Contains(0))
		return errors.Join(err,
			percentile("40 accounts of ten people, accounts drawn", accounts, ratioOf(sums, sizes)),
			percentile("40 accounts of ten people, people drawn", len(rows), meanOf(rows)))
	})
	s.Nominal("40 accounts of ten people, accounts drawn", 0.95, 0.02) // percentile: spread lacks (n-1)/n
	s.ShownToFail("40 accounts of ten people, people drawn", 0.8)
	s.ShownToFail("t on rows instead of accounts", 0.8)
}
