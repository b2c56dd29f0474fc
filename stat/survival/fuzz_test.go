package survival

import (
	"math"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
)

// odd values that no time, weight or covariate should be.
var odd = []float64{math.NaN(), math.Inf(1), math.Inf(-1), -3, math.MaxFloat64, -math.MaxFloat64, math.SmallestNonzeroFloat64, 1e-120, 1e150, math.Copysign(0, -1), 1e16 + 2, math.Pi}

// value reads a byte as a quarter of it, or as something odd.
func value(b byte) float64 {
	if at := int(b) - (256 - len(odd)); at >= 0 {
		return odd[at]
	}
	return float64(b) / 4
}

// fuzzed reads seven bytes a row: start, length or stop, event and labels,
// weight, two covariates, cause. The first byte says which slices there are.
func fuzzed(raw []byte) (d CoxData, cause, group []int) {
	d.Names = []string{"a", "b"}
	if len(raw) == 0 {
		return d, nil, nil
	}
	has, rows := raw[0], raw[1:]
	for ; len(rows) >= 7; rows = rows[7:] {
		d.Start = append(d.Start, value(rows[0]))
		d.Stop = append(d.Stop, value(rows[1]))
		d.Event = append(d.Event, rows[2]&1 == 1)
		d.Weight = append(d.Weight, value(rows[3]))
		d.X = append(d.X, value(rows[4]), value(rows[5]))
		d.Strata, d.Cluster = append(d.Strata, int(rows[2]>>1&3)), append(d.Cluster, int(rows[2]>>3&7))
		cause, group = append(cause, int(rows[6]&1)), append(group, int(rows[6]>>1&3))
	}
	if has&1 == 0 {
		d.Start = nil
	}
	if has&2 == 0 {
		d.Weight = nil
	}
	if has&4 == 0 {
		d.Strata = nil
	}
	if has&8 == 0 {
		d.Cluster = nil
	}
	return d, cause, group
}

func FuzzSurvival(f *testing.F) {
	row := func(start, stop, event, weight, a, b, cause byte) []byte {
		return []byte{start, stop, event, weight, a, b, cause}
	}
	rows := func(has byte, list ...[]byte) []byte {
		out := []byte{has}
		for _, r := range list {
			out = append(out, r...)
		}
		return out
	}
	nan, inf, negative := byte(256-len(odd)), byte(257-len(odd)), byte(259-len(odd))
	f.Add([]byte{})
	f.Add(rows(0, row(0, 4, 1, 4, 1, 2, 0)))                                                                                                            // one row
	f.Add(rows(0, row(0, 4, 1, 4, 1, 2, 0), row(0, nan, 1, 4, 1, 2, 1)))                                                                                // not a number
	f.Add(rows(2, row(0, 4, 1, inf, 1, 2, 0), row(0, 4, 1, 4, inf, 2, 1)))                                                                              // infinite
	f.Add(rows(1, row(negative, 4, 1, 4, 1, 2, 0), row(0, negative, 1, 4, 1, 2, 1)))                                                                    // before 0
	f.Add(rows(0, row(0, 4, 1, 4, 1, 2, 0), row(0, 4, 1, 4, 3, 1, 2), row(0, 4, 1, 4, 5, 9, 1), row(0, 4, 1, 4, 7, 2, 3)))                              // all tied, all events
	f.Add(rows(0, row(0, 4, 0, 4, 1, 2, 0), row(0, 5, 0, 4, 3, 1, 2), row(0, 6, 0, 4, 5, 9, 1)))                                                        // no event
	f.Add(rows(0, row(0, 4, 1, 4, 9, 2, 0), row(0, 5, 1, 4, 8, 1, 2), row(0, 6, 1, 4, 7, 9, 1), row(0, 7, 0, 4, 6, 3, 0)))                              // separation
	f.Add(rows(0, row(0, 4, 1, 4, 9, 18, 0), row(0, 5, 1, 4, 2, 4, 2), row(0, 6, 1, 4, 7, 14, 1), row(0, 7, 0, 4, 6, 12, 0)))                           // collinear
	f.Add(rows(0, row(0, 4, 1, 4, 9, 5, 0), row(0, 5, 1, 4, 2, 5, 2), row(0, 6, 1, 4, 7, 5, 1), row(0, 7, 0, 4, 6, 5, 0)))                              // no variance
	f.Add(rows(15, row(0, 4, 17, 4, 9, 5, 0), row(4, 9, 9, 2, 2, 1, 3), row(0, 6, 1, 5, 7, 8, 1), row(2, 7, 3, 4, 6, 9, 2), row(3, 9, 25, 1, 4, 4, 5))) // everything at once
	f.Fuzz(func(t *testing.T, raw []byte) {
		if len(raw) > 400 {
			return
		}
		d, cause, group := fuzzed(raw)
		fuzzCurves(t, d.Data, d.Cluster)
		fuzzIncidence(t, d, cause, group)
		fuzzCox(t, d)
	})
}

func fuzzCurves(t *testing.T, d Data, cluster []int) {
	c, err := KaplanMeier(d)
	if !evidence.Finite(t, "curve", err) {
		return
	}
	evidence.Finite(t, "curve", nil, c.Surv...)
	evidence.Finite(t, "hazard", nil, c.CumHazard...)
	robust, err := RobustKaplanMeier(d, cluster)
	for _, at := range append([]float64{0, 1.3}, c.Times...) {
		for _, scale := range []Transform{LogLog, Log, Plain} {
			checkPoint(t, c.At(at, 0.95, scale))
			if evidence.Finite(t, "robust curve", err) {
				checkPoint(t, robust.At(at, 0.95, scale))
			}
			q := c.Quantile(0.5, 0.95, scale)
			evidence.Finite(t, "median", nil, q.Time, q.Low.Time, q.High.Time)
		}
		h, _ := c.HazardAt(at, 0.95)
		evidence.Finite(t, "hazard", nil, h.Value, h.SE)
		if m, err := c.RMST(at, 0.95); evidence.Finite(t, "mean", err) {
			evidence.Finite(t, "mean", nil, m.Value, m.SE, m.Interval.Low, m.Interval.High)
			if m.SE == 0 {
				t.Errorf("mean without an error: %+v", m)
			}
		}
	}
}

func checkPoint(t *testing.T, p Point) {
	t.Helper()
	evidence.Finite(t, "point", nil, p.AtRisk, p.Surv, p.SE)
	if p.HasInterval {
		evidence.Finite(t, "interval", nil, p.Interval.Low, p.Interval.High)
		if !(p.Interval.Low < p.Interval.High) {
			t.Errorf("interval without width: %+v", p)
		}
	}
}

func fuzzIncidence(t *testing.T, d CoxData, cause, group []int) {
	if test, err := LogRank(d.Data, group, d.Strata, TaroneWare); evidence.Finite(t, "log-rank", err) {
		evidence.Finite(t, "log-rank", nil, test.ChiSq, test.P)
	}
	if test, err := Gray(d.Data, cause, group, d.Strata, 1); evidence.Finite(t, "gray", err) {
		evidence.Finite(t, "gray", nil, test.ChiSq, test.P)
	}
	c, err := AalenJohansen(d.Data, cause, d.Cluster)
	if !evidence.Finite(t, "incidence", err) {
		return
	}
	for _, at := range c.Times {
		for _, why := range c.Causes {
			r := c.At(why, at, 0.95, LogLog)
			evidence.Finite(t, "incidence", nil, r.Value, r.SE, r.AtRisk, r.Interval.Low, r.Interval.High)
		}
	}
}

func fuzzCox(t *testing.T, d CoxData) {
	for _, ties := range []Ties{Efron, Breslow} {
		fit, err := Cox(d, CoxOptions{Ties: ties})
		if !evidence.Finite(t, "cox", err) {
			continue
		}
		for _, term := range fit.Terms {
			evidence.Finite(t, "term", nil, term.Coef, term.SE, term.Z, term.P, term.ModelSE)
		}
		evidence.Finite(t, "tests", nil, fit.Wald.P, fit.Score.P, fit.LikelihoodRatio.P)
		if c, err := fit.Concordance(d.Cluster); evidence.Finite(t, "concordance", err) {
			evidence.Finite(t, "concordance", nil, c.Value, c.SE)
		}
		for _, clock := range []Clock{KMClock, Identity, LogClock} {
			if tests, err := fit.ProportionalHazards(clock); evidence.Finite(t, "proportional hazards", err) {
				evidence.Finite(t, "proportional hazards", nil, tests[0].P, tests[1].P, tests[2].P)
			}
		}
		baseline, err := fit.BaselineHazard()
		evidence.Finite(t, "baseline", err)
		for _, b := range baseline {
			evidence.Finite(t, "baseline", nil, b.CumHazard)
		}
		stratum := 0
		if d.Strata != nil {
			stratum = d.Strata[0]
		}
		if c, err := fit.Predict(d.X[:2], stratum); evidence.Finite(t, "prediction", err) {
			evidence.Finite(t, "prediction", nil, c.CumHazard...)
			evidence.Finite(t, "prediction SE", nil, c.SE...)
		}
	}
}
