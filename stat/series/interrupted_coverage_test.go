package series_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/series"
	"gonum.org/v1/gonum/stat/distuv"
)

// monthly is a series around a line, the change after five eighths of it, with
// noise of standard deviation 1 that carries a share of itself over to the next
// month.
func monthly(rng *rand.Rand, n int, carried float64) series.Interrupted {
	s := series.Interrupted{Time: months(n), Outcome: make([]float64, n), Change: math.Trunc(float64(n) * 5 / 8)}
	noise := rng.NormFloat64()
	for i, t := range s.Time {
		s.Outcome[i] = 20 + 0.1*t + noise
		noise = carried*noise + math.Sqrt(1-carried*carried)*rng.NormFloat64()
	}
	return s
}

// jump is the change in level that intervals should hold.
const jump = 3

// launch adds the jump after the change.
func launch(s series.Interrupted) {
	for i, t := range s.Time {
		if t > s.Change {
			s.Outcome[i] += jump
		}
	}
}

type interval func(series.Interrupted) (*series.Segmented, error)

func leastSquares(s series.Interrupted) (*series.Segmented, error) {
	return series.SegmentedOLS(s, 0.95)
}

func neweyWest(s series.Interrupted) (*series.Segmented, error) {
	return series.SegmentedNeweyWest(s, series.AutomaticLag, 0.95)
}

func reml(s series.Interrupted) (*series.Segmented, error) {
	return series.SegmentedGLS(s, series.REML, 0.95)
}

func averaged(s series.Interrupted) (*series.Segmented, error) {
	return series.SegmentedGLS(s, series.Averaged, 0.95)
}

func likely(s series.Interrupted) (*series.Segmented, error) {
	return series.SegmentedGLS(s, series.ML, 0.95)
}

func praisWinsten(s series.Interrupted) (*series.Segmented, error) {
	return series.SegmentedPraisWinsten(s, 0.95)
}

// covers simulates series and reports, for each method, whether its intervals of
// the level and of the cumulative effect held the truth.
func covers(t *testing.T, n int, carried float64, draws evidence.Draws, methods map[string]interval) *evidence.Simulation {
	t.Helper()
	return evidence.Simulate(t, "Interrupted series", draws, func(rng *rand.Rand, hold func(string, bool)) error {
		s := monthly(rng, n, carried)
		launch(s)
		for name, method := range methods {
			r, err := method(s)
			if errors.Is(err, stat.ErrNoConvergence) {
				continue // a series like a random walk, refused
			}
			if err != nil {
				return err
			}
			hold(name+": level", r.Level.Interval.Contains(jump))
			hold(name+": cumulative", r.Cumulative.Interval.Contains(jump*(float64(n)-s.Change)))
		}
		return nil
	})
}

func TestCoverageOfIndependentMonths(t *testing.T) {
	sim := covers(t, 48, 0, evidence.Draws{Quick: 80, Full: 4000, Seed: 11}, map[string]interval{
		"48 independent months, least squares": leastSquares, "48 independent months, Newey–West": neweyWest, "48 independent months, REML": reml, "48 independent months, averaged": averaged,
	})
	for _, part := range []string{": level", ": cumulative"} {
		sim.Nominal("48 independent months, least squares"+part, 0.95, 0)
		sim.Nominal("48 independent months, averaged"+part, 0.95, 0)
		sim.Nominal("48 independent months, REML"+part, 0.95, 0.01) // φ is taken for known
		// The residuals of 18 months around a line of their own vary less, and together
		// less, than the errors: a bias of order lag/n that no factor n/(n−p) mends.
		sim.Nominal("48 independent months, Newey–West"+part, 0.95, 0.09)
	}
}

func TestCoverageOfCorrelatedMonths(t *testing.T) {
	const name = "48 months that carry over 0.6, "
	sim := covers(t, 48, 0.6, evidence.Draws{Quick: 80, Full: 4000, Seed: 12}, map[string]interval{
		name + "least squares": leastSquares, name + "Newey–West": neweyWest, name + "REML": reml,
		name + "likelihood": likely, name + "averaged": averaged, name + "Prais–Winsten": praisWinsten,
	})
	for _, part := range []string{": level", ": cumulative"} {
		sim.ShownToFail(name+"least squares"+part, 0.9)
		sim.ShownToFail(name+"Newey–West"+part, 0.9)
		// All three take φ for known; ML and Prais–Winsten also find it too small, by
		// about (number of terms + 1)/n.
		sim.Nominal(name+"averaged"+part, 0.95, 0.015) // an even prior is not quite without opinion
		sim.Nominal(name+"REML"+part, 0.95, 0.04)
		sim.Nominal(name+"likelihood"+part, 0.95, 0.1)
		sim.Nominal(name+"Prais–Winsten"+part, 0.95, 0.1)
	}
}

func TestCoverageOfLongSeries(t *testing.T) {
	const name = "240 months that carry over 0.3, "
	sim := covers(t, 240, 0.3, evidence.Draws{Quick: 25, Full: 1000, Seed: 13}, map[string]interval{
		name + "least squares": leastSquares, name + "Newey–West": neweyWest, name + "REML": reml,
		name + "Prais–Winsten": praisWinsten, name + "averaged": averaged,
	})
	sim.ShownToFail(name+"least squares: level", 0.95)
	for _, part := range []string{": level", ": cumulative"} {
		// Five lags of Bartlett weights miss a part of the correlation.
		sim.Nominal(name+"Newey–West"+part, 0.95, 0.05)
		sim.Nominal(name+"averaged"+part, 0.95, 0.015) // an even prior is not quite without opinion
		sim.Nominal(name+"REML"+part, 0.95, 0.01)
		sim.Nominal(name+"Prais–Winsten"+part, 0.95, 0.02)
	}
}

// A launch in the weak half of the year: without a season the weak months are
// taken for its effect. A shock to all accounts at the launch: without a
// comparison series it is taken for its effect. A launch in answer to a bad
// quarter: the return to normal is taken for its effect.
func TestWhatInterruptedSeriesMistakeForAnEffect(t *testing.T) {
	const (
		noSeason, season      = "season left out", "season by two harmonics"
		noComparison, against = "shock to all, alone", "shock to all, against a comparison"
		chosen, planned       = "launch after the worst quarter", "launch on a planned date"
	)
	sim := evidence.Simulate(t, "Interrupted series", evidence.Draws{Quick: 150, Full: 4000, Seed: 14}, func(rng *rand.Rand, hold func(string, bool)) error {
		check := func(name string, s series.Interrupted, truth float64) error {
			r, err := leastSquares(s)
			if err != nil {
				return err
			}
			hold(name, r.Level.Interval.Contains(truth))
			return nil
		}
		wave := monthly(rng, 42, 0)
		wave.Change = 36
		for i, t := range wave.Time {
			wave.Outcome[i] += 4 * math.Sin(2*math.Pi*t/12)
		}
		modelled := wave
		modelled.Season = yearly
		shock, comparison := monthly(rng, 48, 0), monthly(rng, 48, 0)
		launch(shock)
		launch(comparison)
		pattern := monthly(rng, 48, 0.6)
		worst := pattern
		worst.Change = worstQuarter(pattern)
		for _, err := range []error{
			check(noSeason, wave, 0), check(season, modelled, 0),
			check(noComparison, shock, 0), check(against, shock.Against(comparison.Outcome), 0),
			check(planned, monthly(rng, 48, 0), 0), check(chosen, worst, 0),
		} {
			if err != nil {
				return err
			}
		}
		return nil
	})
	for _, good := range []string{season, against, planned} {
		sim.Nominal(good, 0.95, 0)
	}
	for _, bad := range []string{noSeason, noComparison, chosen} {
		sim.ShownToFail(bad, 0.9)
	}
}

// worstQuarter is the end of the three lowest months in a row, off the ends.
func worstQuarter(s series.Interrupted) (change float64) {
	least := math.Inf(1)
	for i := 12; i < 36; i++ {
		if sum := s.Outcome[i] + s.Outcome[i-1] + s.Outcome[i-2] - 0.3*s.Time[i]; sum < least {
			least, change = sum, s.Time[i]
		}
	}
	return change
}

// Tickets vary more than Poisson: by account, by week. Plain Poisson intervals
// do not know.
func TestCoverageOfCounts(t *testing.T) {
	sim := evidence.Simulate(t, "Interrupted series of counts", evidence.Draws{Quick: 200, Full: 4000, Seed: 15}, func(rng *rand.Rand, hold func(string, bool)) error {
		s := series.Interrupted{Time: months(48), Outcome: make([]float64, 48), Change: 30, LevelOnly: true}
		exposure := make([]float64, 48)
		for i, t := range s.Time {
			exposure[i] = 100 + t
			rate := 0.5 * math.Exp(0.005*t)
			if t > s.Change {
				rate *= 0.8
			}
			// a mixture of 0.7 and 1.3 times the rate: variance about 6 times the mean
			rate *= 0.7 + 0.6*float64(rng.IntN(2))
			s.Outcome[i] = distuv.Poisson{Lambda: rate * exposure[i], Src: rng}.Rand()
		}
		for name, kind := range map[string]series.CountError{"quasi-Poisson": series.QuasiPoisson, "Poisson": series.PoissonError} {
			r, err := series.SegmentedCounts(s, exposure, kind, 0.95)
			if err != nil {
				return err
			}
			hold(name, r.Level.Interval.Contains(math.Log(0.8)))
		}
		return nil
	})
	sim.Nominal("quasi-Poisson", 0.95, 0)
	sim.ShownToFail("Poisson", 0.8)
}
