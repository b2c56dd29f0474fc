package series_test

import (
	"context"
	"encoding/binary"
	"math"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/stat/series"
)

// numbers reads up to 400 doubles; every other one as a small whole number, so
// that ties, lines and zeros come about.
func numbers(data []byte) []float64 {
	var out []float64
	for len(data) >= 2 && len(out) < 400 {
		if data[0]%4 == 0 && len(data) >= 9 {
			out = append(out, math.Float64frombits(binary.LittleEndian.Uint64(data[1:])))
			data = data[9:]
		} else {
			out = append(out, float64(int8(data[1])))
			data = data[2:]
		}
	}
	return out
}

func whole(v ...int8) (data []byte) {
	for _, x := range v {
		data = append(data, 1, byte(x))
	}
	return data
}

func double(v ...float64) (data []byte) {
	for _, x := range v {
		data = binary.LittleEndian.AppendUint64(append(data, 0), math.Float64bits(x))
	}
	return data
}

func FuzzPanel(f *testing.F) {
	f.Add(whole(1, 2, 3, 4, 2, 4, 5, 9, 7, 3, 1, 1, 8, 2, 9, 3), 4, 2, uint8(0))
	f.Add(whole(1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4), 4, 3, uint8(0))        // all alike
	f.Add(whole(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), 4, 3, uint8(1))        // all zero
	f.Add(whole(99, 99, 99, 1, 2, 3, 4, 5, 6, 2, 2, 2), 3, 2, uint8(2))     // treated apart
	f.Add([]byte{}, 1, 0, uint8(0))                                         // nothing
	f.Add(whole(1), 1, 1, uint8(0))                                         // one value
	f.Add(double(math.NaN(), 1, 2, 3, 4, 5, 6, 7, 8), 3, 2, uint8(0))       // not a number
	f.Add(double(math.Inf(1), 1, 2, 3, 4, 5, 6, 7, 8), 3, 2, uint8(0))      // infinite
	f.Add(double(1e308, -1e308, 2, 3, 4, 5, 6, 7, 8), 3, 2, uint8(0))       // overflows
	f.Add(double(1e-300, 2e-300, 1e-299, 3, 4, 5, 6, 7, 8), 3, 2, uint8(0)) // underflows
	f.Fuzz(func(t *testing.T, data []byte, periods, before int, mode uint8) {
		values := numbers(data)
		if periods < 1 || periods > 40 || before > 40 {
			return
		}
		p := series.Panel{Before: before}
		for len(values) >= periods && len(p.Outcome) < 12 {
			p.Outcome, values = append(p.Outcome, values[:periods]), values[periods:]
		}
		if len(p.Outcome) == 0 {
			_, err := series.SyntheticDID(p, nil, series.SyntheticDifference)
			evidence.Finite(t, "empty panel", err)
			return
		}
		treated := []int{0}
		if mode%2 == 1 && len(p.Outcome) > 1 {
			treated = append(treated, 1)
		}
		checkDID(t, p, treated, series.Comparison(mode/2%3))
		checkControl(t, p, float64(mode%3))
	})
}

func checkDID(t *testing.T, p series.Panel, treated []int, kind series.Comparison) {
	w, err := series.SyntheticDID(p, treated, kind)
	evidence.Finite(t, "difference", err)
	if err != nil {
		return
	}
	evidence.Finite(t, "difference", nil, append(append(append(w.ByPeriod, w.Units...), w.Periods...), w.Effect)...)
	draws := series.Replication{Replicates: 3, Seed: 1}
	for what, uncertain := range map[string]func() (*series.Uncertainty, error){
		"placebo":   func() (*series.Uncertainty, error) { return w.Placebo(context.Background(), draws, 0.95) },
		"bootstrap": func() (*series.Uncertainty, error) { return w.Bootstrap(context.Background(), draws, 0.95) },
		"jackknife": func() (*series.Uncertainty, error) { return w.Jackknife(0.95) },
	} {
		u, err := uncertain()
		evidence.Finite(t, what, err)
		if err == nil {
			evidence.Finite(t, what, nil, u.Effect.SE, u.Effect.Interval.Low, u.Effect.Interval.High, u.Effect.P)
		}
	}
	start := make([]int, len(p.Outcome))
	for i := range start {
		start[i] = series.Never
	}
	for k, i := range treated {
		start[i] = max(0, p.Before-k)
	}
	s, err := series.StaggeredDID(p.Outcome, start, kind)
	evidence.Finite(t, "staggered", err)
	if err == nil {
		evidence.Finite(t, "staggered", nil, s.Effect)
	}
}

func checkControl(t *testing.T, p series.Panel, ridge float64) {
	d := series.Donors{Ridge: ridge}
	s, err := series.SyntheticControl(p, 0, d)
	evidence.Finite(t, "synthetic control", err)
	if err == nil {
		evidence.Finite(t, "synthetic control", nil, append(append(s.Gap, s.Weights...), s.Effect, s.Ratio)...)
		_, err = series.PlaceboInSpace(context.Background(), p, 0, d, 0)
		evidence.Finite(t, "placebo in space", err)
		_, err = series.LeaveOneDonorOut(p, 0, d)
		evidence.Finite(t, "leave one out", err)
	}
	_, err = series.PlaceboInTime(p, 0, p.Before/2, d)
	evidence.Finite(t, "placebo in time", err)
	if periods := len(p.Outcome[0]); periods == 3 {
		d.Predictors = p.Outcome
		s, err := series.SyntheticControl(p, 0, d)
		evidence.Finite(t, "predictors", err)
		if err == nil {
			evidence.Finite(t, "predictors", nil, append(s.Importance, s.Effect)...)
		}
	}
}

func FuzzInterrupted(f *testing.F) {
	f.Add(whole(5, 6, 7, 4, 6, 9, 8, 9, 11, 10), 5.0, 0.0, uint8(0))
	f.Add(whole(1, 2, 3, 4, 5, 6, 7, 8, 9, 10), 5.0, 0.0, uint8(1))         // a line
	f.Add(whole(0, 0, 0, 0, 0, 0, 0, 0, 0, 0), 5.0, 0.0, uint8(2))          // no events
	f.Add(whole(0, 0, 0, 0, 0, 3, 4, 5, 6, 7), 5.0, 0.0, uint8(3))          // none before
	f.Add(whole(7, 7, 7, 7, 7, 7, 7, 7, 7, 7), 5.0, 2.0, uint8(4))          // all tied
	f.Add(whole(5, 6, 7, 4, 6, 9, 8, 9, 11, 10), math.NaN(), 0.0, uint8(0)) // no date
	f.Add(whole(5, 6, 7, 4, 6, 9, 8, 9, 11, 10), 5.0, -1.0, uint8(0))       // backwards
	f.Add([]byte{}, 0.0, 0.0, uint8(0))                                     // nothing
	f.Add(whole(3), 0.0, 0.0, uint8(0))                                     // one month
	f.Add(whole(-5, 5, -5, 5, -5, 5, -5, 5, -5, 5), 5.0, 0.0, uint8(0))     // alternating
	f.Add(double(1e300, 2, 3, math.Inf(-1), 4, 5, 6, 7, 8), 4.0, 0.0, uint8(0))
	f.Add(double(1e60, -2e60, 3e60, 1e60, 4, 5, 6, 7, 8), 4.0, 0.0, uint8(7))
	f.Fuzz(func(t *testing.T, data []byte, date, transition float64, mode uint8) {
		values := numbers(data)
		s := series.Interrupted{Time: months(len(values)), Outcome: values, Change: date, Transition: transition, LevelOnly: mode&1 > 0}
		if mode&2 > 0 {
			s.Season = series.Season{Period: float64(mode >> 4), Harmonics: int(mode >> 6)}
		}
		if mode&4 > 0 {
			s.Season = series.Season{Period: float64(mode >> 4), Dummies: true}
		}
		if mode&8 > 0 {
			s.Covariates = [][]float64{values}
		}
		for what, fit := range map[string]interval{
			"least squares": leastSquares, "Newey–West": neweyWest, "Prais–Winsten": praisWinsten, "REML": reml, "averaged": averaged, "ML": likely,
			"quasi-Poisson": func(s series.Interrupted) (*series.Segmented, error) {
				return series.SegmentedCounts(s, nil, series.QuasiPoisson, 0.95)
			},
			"Poisson": func(s series.Interrupted) (*series.Segmented, error) {
				return series.SegmentedCounts(s, s.Time, series.PoissonError, 0.95)
			},
			"serial counts": func(s series.Interrupted) (*series.Segmented, error) {
				return series.SegmentedCounts(s, nil, series.SerialCounts, 0.95)
			},
		} {
			r, err := fit(s)
			evidence.Finite(t, what, err)
			if err != nil {
				continue
			}
			evidence.Finite(t, what, nil, r.Level.Value, r.Level.SE, r.Level.P, r.Cumulative.Value, r.Cumulative.Interval.Low, r.Cumulative.SE, r.Average.P, r.DurbinWatson)
			for _, p := range r.Points {
				evidence.Finite(t, what, nil, p.Fitted, p.Counterfactual.SE, p.Effect.SE)
			}
			if !(r.Level.SE > 0) || !(r.Cumulative.SE > 0) {
				t.Fatalf("%s: an error of nothing", what)
			}
		}
	})
}
