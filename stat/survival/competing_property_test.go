package survival

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/stat"
	"pgregory.net/rapid"
)

// reasons draws a cause for each row.
func reasons(t *rapid.T, n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = rapid.IntRange(1, 3).Draw(t, "cause")
	}
	return out
}

func mustIncidence(t *rapid.T, d Data, cause, cluster []int) *Incidence {
	t.Helper()
	c, err := AalenJohansen(d, cause, cluster)
	if err != nil {
		evidence.Discard(t, err)
	}
	return c
}

// The incidences and the probability of no event add up to 1, and the latter
// is the Kaplan–Meier curve of any event.
func TestIncidencesAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := spells(t)
		c := mustIncidence(t, d.Data, reasons(t, len(d.Stop)), nil)
		km, err := KaplanMeier(d.Data)
		if err != nil {
			t.Fatal(err)
		}
		for k := range c.Times {
			total := c.Surv[k]
			for j := range c.Causes {
				total += c.Cumulative[j][k]
			}
			close(t, "sum", total, 1)
			close(t, "no event", c.Surv[k], km.Surv[k])
		}
	})
}

// One cause alone is one minus Kaplan–Meier, with Greenwood's error, and the
// robust curve has the error of the robust incidence.
func TestOneCauseIsKaplanMeier(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := spells(t)
		one := make([]int, len(d.Stop))
		c := mustIncidence(t, d.Data, one, nil)
		robust := mustIncidence(t, d.Data, one, d.Cluster)
		km, errKM := KaplanMeier(d.Data)
		rkm, err := RobustKaplanMeier(d.Data, d.Cluster)
		if errKM != nil || err != nil {
			t.Fatal(errKM, err)
		}
		for _, at := range c.Times {
			p, q := km.At(at, 0.95, Plain), rkm.At(at, 0.95, Plain)
			if p.Surv == 0 {
				continue // no error at 0
			}
			close(t, "SE", c.At(0, at, 0.95, Plain).SE, p.SE)
			close(t, "robust SE", robust.At(0, at, 0.95, Plain).SE, q.SE)
		}
	})
}

func TestOrderOfRowsDoesNotMatterToIncidence(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := spells(t)
		cause := reasons(t, len(d.Stop))
		rows := rapid.Permutation(allRows(len(d.Stop))).Draw(t, "order")
		other := d.reorder(rows)
		a, b := mustIncidence(t, d.Data, cause, d.Cluster), mustIncidence(t, other.Data, pick(cause, rows), other.Cluster)
		for _, why := range a.Causes {
			close(t, "incidence", b.At(why, 8, 0.95, LogLog).Value, a.At(why, 8, 0.95, LogLog).Value)
			close(t, "SE", b.At(why, 8, 0.95, LogLog).SE, a.At(why, 8, 0.95, LogLog).SE)
		}
	})
}

// Robust errors do not change with the scale of the weights, and copies of
// rows within clusters add nothing.
func TestRobustErrorsKnowWeightsAndCopies(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := spells(t)
		double := d.reorder(append(allRows(len(d.Stop)), allRows(len(d.Stop))...))
		heavy := d.Data
		heavy.Weight = slices.Repeat([]float64{7}, len(d.Stop))
		a, errA := RobustKaplanMeier(d.Data, d.Cluster)
		b, errB := RobustKaplanMeier(double.Data, double.Cluster)
		c, errC := RobustKaplanMeier(heavy, d.Cluster)
		if err := errors.Join(errA, errB, errC); err != nil {
			t.Fatal(err)
		}
		for _, at := range a.Curve.Times {
			close(t, "SE of copies", b.At(at, 0.95, Plain).SE, a.At(at, 0.95, Plain).SE)
			close(t, "SE of heavier rows", c.At(at, 0.95, Plain).SE, a.At(at, 0.95, Plain).SE)
		}
		ma, errA := a.RMST(6, 0.95)
		mb, errB := b.RMST(6, 0.95)
		bothOrNone(t, "mean", errA, errB)
		close(t, "SE of the mean", mb.SE, ma.SE)
	})
}

// Units of time change nothing but the times.
func TestUnitsOfTimeCarryThrough(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := spells(t)
		days := d.reorder(allRows(len(d.Stop)))
		for i := range days.Stop {
			days.Start[i] *= 30
			days.Stop[i] *= 30
		}
		a, errA := KaplanMeier(d.Data)
		b, errB := KaplanMeier(days.Data)
		if errA != nil || errB != nil {
			t.Fatal(errA, errB)
		}
		close(t, "survival", b.At(240, 0.95, LogLog).Surv, a.At(8, 0.95, LogLog).Surv)
		close(t, "median", b.Median(0.95, LogLog).Time, 30*a.Median(0.95, LogLog).Time)
		if m, err := a.RMST(6, 0.95); err == nil {
			n, err := b.RMST(180, 0.95)
			if err != nil {
				t.Fatal(err)
			}
			close(t, "mean", n.Value, 30*m.Value)
			close(t, "SE", n.SE, 30*m.SE)
		}
	})
}

func TestGrayOfSwappedGroupsIsTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := spells(t)
		n := len(d.Stop)
		cause, group, swapped := reasons(t, n), groupsOf(n, 2), make([]int, n)
		for i := range swapped {
			swapped[i] = 1 - group[i]
		}
		plain := Data{Stop: d.Stop, Event: d.Event}
		a, errA := Gray(plain, cause, group, nil, 1)
		b, errB := Gray(plain, cause, swapped, nil, 1)
		bothOrNone(t, "test", errA, errB)
		if errA != nil {
			evidence.Discard(t, errA)
		}
		close(t, "χ²", b.ChiSq, a.ChiSq)
		close(t, "score", b.Scores[0], a.Scores[1])
		close(t, "scores add up", a.Scores[0]+a.Scores[1], 0)
	})
}

// A change of units of the covariates leaves predictions where they were.
func TestPredictionsFollowUnits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := spells(t)
		changed := d.reorder(allRows(len(d.Stop)))
		for k := range changed.X {
			changed.X[k] = -10*changed.X[k] + 3
		}
		a, b := both(t, d, changed, Efron)
		x := []float64{0.5, 1}
		pa, errA := a.Predict(x, d.Strata[0])
		pb, errB := b.Predict([]float64{-2, -7}, d.Strata[0])
		if (errA == nil) != (errB == nil) {
			t.Fatal(errA, errB)
		}
		if errA != nil {
			evidence.Discard(t, errA)
		}
		last := len(pa.Times) - 1
		close(t, "hazard", pb.CumHazard[last], pa.CumHazard[last])
		close(t, "SE", pb.SE[last], pa.SE[last])
	})
}

// A covariate that does not vary, or repeats another, is named.
func TestConstantCovariateIsRefused(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := spells(t)
		if _, err := Cox(d, CoxOptions{}); err != nil {
			evidence.Discard(t, err)
		}
		with := func(x func(i int) float64) CoxData {
			out := d.reorder(allRows(len(d.Stop)))
			out.Names, out.X = []string{"a", "b", "c"}, nil
			for i := range d.Stop {
				out.X = append(out.X, d.X[2*i], d.X[2*i+1], x(i))
			}
			return out
		}
		if _, err := Cox(with(func(int) float64 { return 4 }), CoxOptions{}); !errors.Is(err, stat.ErrNoVariance) {
			t.Fatalf("constant: %v, want ErrNoVariance", err)
		}
		if _, err := Cox(with(func(i int) float64 { return d.X[2*i] - d.X[2*i+1] }), CoxOptions{}); !errors.Is(err, stat.ErrCollinear) && !errors.Is(err, stat.ErrTooFew) {
			t.Fatalf("a combination of others: %v, want ErrCollinear", err)
		}
	})
}

func TestNewMethodsRefuseWhatHasNoAnswer(t *testing.T) {
	d := Data{Stop: []float64{1, 2, 3, 4}, Event: []bool{true, true, false, true}}
	cause, group := []int{1, 2, 0, 1}, []int{0, 1, 0, 1}
	none := Data{Stop: d.Stop, Event: make([]bool, 4)}
	late := Data{Start: []float64{0, 0, 1, 1}, Stop: d.Stop, Event: d.Event}
	fit, err := Cox(CoxData{Data: d, Names: []string{"x"}, X: []float64{1, 3, 0, 1}}, CoxOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		call func() error
		want error
	}{
		{"incidence without an event", func() error { _, err := AalenJohansen(none, cause, nil); return err }, stat.ErrTooFew},
		{"incidence of one cluster", func() error { _, err := AalenJohansen(d, cause, []int{1, 1, 1, 1}); return err }, stat.ErrTooFew},
		{"curve of one cluster", func() error { _, err := RobustKaplanMeier(d, []int{1, 1, 1, 1}); return err }, stat.ErrTooFew},
		{"Gray without the cause", func() error { _, err := Gray(d, cause, group, nil, 9); return err }, stat.ErrTooFew},
		{"Gray of one group", func() error { _, err := Gray(d, cause, []int{5, 5, 5, 5}, nil, 1); return err }, stat.ErrTooFew},
		{"Gray with delayed entry", func() error { _, err := Gray(late, cause, group, nil, 1); return err }, stat.ErrInvalid},
		{"prediction in no stratum", func() error { _, err := fit.Predict([]float64{1}, 7); return err }, stat.ErrInvalid},
		{"prediction for infinity", func() error { _, err := fit.Predict([]float64{odd[1]}, 0); return err }, stat.ErrNotFinite},
		{"mean when all leave at once", func() error {
			c, err := KaplanMeier(Data{Stop: []float64{2, 2}, Event: []bool{true, true}})
			if err == nil {
				_, err = c.RMST(2, 0.95)
			}
			return err
		}, stat.ErrNoVariance},
	} {
		if err := tt.call(); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
}

func TestCancelledCoxEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	d := coxOf("11011011", "x", []float64{1, -1, 2, 0, -2, 1, 0, 3})
	if _, err := CoxContext(ctx, d, CoxOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v, want context.Canceled", err)
	}
}
