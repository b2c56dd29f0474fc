package survival

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/liftmark/liftmark/stat"
)

func TestBadRowsAreNamed(t *testing.T) {
	nan := math.NaN()
	for _, tt := range []struct {
		name string
		d    Data
		err  error
		says string
	}{
		{"nothing", Data{}, stat.ErrTooFew, "no spells"},
		{"stop not a number", Data{Stop: []float64{1, nan}, Event: []bool{true, true}}, stat.ErrNotFinite, "row 1"},
		{"stop before 0", Data{Stop: []float64{1, -2}, Event: []bool{true, true}}, stat.ErrInvalid, "row 1"},
		{"starts as it stops", Data{Start: []float64{0, 2}, Stop: []float64{1, 2}, Event: []bool{true, true}}, stat.ErrInvalid, "row 1"},
		{"start not a number", Data{Start: []float64{nan, 1}, Stop: []float64{1, 2}, Event: []bool{true, true}}, stat.ErrNotFinite, "start in row 0"},
		{"no weight", Data{Stop: []float64{1, 2}, Event: []bool{true, true}, Weight: []float64{1, 0}}, stat.ErrInvalid, "weight in row 1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, km := KaplanMeier(tt.d)
			_, lr := LogRank(tt.d, make([]int, len(tt.d.Stop)), nil, Even)
			_, cox := Cox(CoxData{Data: tt.d, Names: []string{"x"}, X: make([]float64, len(tt.d.Stop))}, CoxOptions{})
			for _, err := range []error{km, lr, cox} {
				if !errors.Is(err, tt.err) || !strings.Contains(err.Error(), tt.says) {
					t.Errorf("error = %v, want %v naming %q", err, tt.err, tt.says)
				}
			}
		})
	}
}

func TestLengthsThatDisagreePanic(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	_, _ = KaplanMeier(Data{Stop: []float64{1}, Event: nil})
}

func TestMedianNotReachedIsAbsent(t *testing.T) {
	c, err := KaplanMeier(Data{Stop: []float64{1, 2, 3, 4}, Event: []bool{true, false, false, false}})
	if err != nil {
		t.Fatal(err)
	}
	if q := c.Median(0.95, LogLog); q.Reached || q.High.Reached {
		t.Errorf("median = %+v, want not reached", q)
	}
	if _, err := c.RMST(5, 0.95); !errors.Is(err, stat.ErrInvalid) {
		t.Errorf("restricted mean beyond the data: %v, want ErrInvalid", err)
	}
	if _, err := c.RMST(0.5, 0.95); !errors.Is(err, stat.ErrTooFew) {
		t.Errorf("restricted mean before the first event: %v, want ErrTooFew", err)
	}
	if p := c.At(0.5, 0.95, LogLog); p.Surv != 1 || p.HasInterval {
		t.Errorf("before the first event: %+v, want 1 without an interval", p)
	}
}

// By hand: times 1, 2 (delayed entry), risk sets 2 of which 1 has the event,
// then 2 (one entered at 1) of which 1: S = 1/2, then 1/4. Area to 2 is
// 1 + 1/2.
func TestDelayedEntryByHand(t *testing.T) {
	c, err := KaplanMeier(Data{Start: []float64{0, 0, 1}, Stop: []float64{1, 2, 3}, Event: []bool{true, true, false}})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "S(1)", c.At(1, 0.95, Plain).Surv, 0.5, 1e-15)
	near(t, "S(2)", c.At(2, 0.95, Plain).Surv, 0.25, 1e-15)
	near(t, "at risk at 1", c.AtRiskAt(1), 2, 0)
	near(t, "at risk at 1.5", c.AtRiskAt(1.5), 2, 0)
	near(t, "at risk at 4", c.AtRiskAt(4), 0, 0)
	near(t, "hazard", c.CumHazard[1], 1, 1e-15)
	m, err := c.RMST(2, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "area", m.Value, 1.5, 1e-15)
	// Greenwood: event at 1 has d/(n(n−d)) = 1/2 and area 1/2 to its right.
	near(t, "area SE", m.SE, math.Sqrt(0.25*0.5), 1e-15)
}

// coxOf is a model of columns over spells that stop at 1, 2, ….
func coxOf(event string, names string, columns ...[]float64) CoxData {
	d := CoxData{Names: strings.Fields(names)}
	for i, e := range event {
		d.Stop = append(d.Stop, float64(i+1))
		d.Event = append(d.Event, e == '1')
		for _, c := range columns {
			d.X = append(d.X, c[i])
		}
	}
	return d
}

func TestCoxRefusesWhatHasNoAnswer(t *testing.T) {
	wave := []float64{1, -1, 2, 0, -2, 1, 0, 3}
	twice := make([]float64, len(wave))
	for i, v := range wave {
		twice[i] = 2*v + 1
	}
	falling := []float64{8, 7, 6, 5, 4, 3, 2, 1}
	rising := []float64{1, 2, 3, 4, 5, 6, 7, 8}
	firstHalf := []float64{1, 1, 1, 1, 0, 0, 0, 0}
	broken := append([]float64(nil), wave...)
	broken[5] = math.Inf(1)
	for _, tt := range []struct {
		name string
		d    CoxData
		err  error
		says string
	}{
		{"no event", coxOf("00000000", "x", wave), stat.ErrTooFew, "0 events"},
		{"more covariates than events", coxOf("00010000", "x y", wave, falling), stat.ErrTooFew, "1 events for 2"},
		{"constant", coxOf("11011011", "x y", wave, []float64{3, 3, 3, 3, 3, 3, 3, 3}), stat.ErrNoVariance, "y"},
		{"infinite", coxOf("11011011", "x y", wave, broken), stat.ErrNotFinite, "y in row 5"},
		{"collinear", coxOf("11011011", "x y", wave, twice), stat.ErrCollinear, "y"},
		{"the largest goes first", coxOf("11011011", "x y", wave, falling), stat.ErrSeparation, "y"},
		{"the smallest goes first", coxOf("11011011", "x y", wave, rising), stat.ErrSeparation, "y"},
		{"only one group has events", coxOf("11010000", "x y", wave, firstHalf), stat.ErrSeparation, "y"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Cox(tt.d, CoxOptions{})
			if !errors.Is(err, tt.err) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("error = %v, want %v naming %q", err, tt.err, tt.says)
			}
			if !errors.Is(tt.err, stat.ErrSeparation) {
				return
			}
			tt.d.Start = make([]float64, len(tt.d.Stop)) // found by the iteration, not before it
			if _, err := Cox(tt.d, CoxOptions{}); !errors.Is(err, stat.ErrSeparation) {
				t.Errorf("with entry times: %v, want ErrSeparation", err)
			}
		})
	}
}

// A sum of two covariates orders the events; neither does alone.
func TestCoxFindsJointSeparation(t *testing.T) {
	a := []float64{5, 1, 4, 2, 0, 3, -2, 0}
	b := make([]float64, len(a))
	for i := range a {
		b[i] = float64(len(a)-i) - a[i]
	}
	if _, err := Cox(coxOf("11111111", "a b", a, b), CoxOptions{}); !errors.Is(err, stat.ErrSeparation) {
		t.Errorf("error = %v, want ErrSeparation", err)
	}
}

func TestLogRankRefusesWhatHasNoAnswer(t *testing.T) {
	d := Data{Stop: []float64{1, 2, 3}, Event: []bool{true, true, false}}
	if _, err := LogRank(d, []int{1, 1, 1}, nil, Even); !errors.Is(err, stat.ErrTooFew) {
		t.Errorf("one group: %v, want ErrTooFew", err)
	}
	d.Event = make([]bool, 3)
	if _, err := LogRank(d, []int{1, 2, 1}, nil, Even); !errors.Is(err, stat.ErrTooFew) {
		t.Errorf("no event: %v, want ErrTooFew", err)
	}
	apart := Data{Start: []float64{0, 0, 5, 5}, Stop: []float64{1, 2, 6, 7}, Event: []bool{true, true, true, true}}
	if _, err := LogRank(apart, []int{1, 1, 2, 2}, nil, Even); !errors.Is(err, stat.ErrNoVariance) {
		t.Errorf("groups at different times: %v, want ErrNoVariance", err)
	}
}

func TestFewClustersAreRefused(t *testing.T) {
	d := coxOf("11011011", "x y", []float64{1, -1, 2, 0, -2, 1, 0, 3}, []float64{0, 1, 1, 0, 1, 0, 0, 1})
	d.Cluster = []int{1, 1, 1, 1, 2, 2, 2, 2}
	if _, err := Cox(d, CoxOptions{}); !errors.Is(err, stat.ErrTooFew) || !strings.Contains(err.Error(), "2 clusters for 2") {
		t.Errorf("error = %v, want ErrTooFew naming the clusters", err)
	}
}

// Weights of 0.1 do not sum exactly: the curve must end at 0 all the same.
func TestFractionalWeightsEndAtZero(t *testing.T) {
	c, err := KaplanMeier(Data{Stop: []float64{1, 2, 3, 4}, Event: []bool{true, true, true, true}, Weight: []float64{0.1, 0.2, 0.3, 0.7}})
	if err != nil {
		t.Fatal(err)
	}
	if last := c.At(4, 0.95, Log); last.Surv != 0 || last.HasInterval || last.SE != 0 {
		t.Errorf("end of the curve = %+v, want 0 without an interval", last)
	}
	if _, err := c.RMST(9, 0.95); err != nil {
		t.Errorf("restricted mean beyond the last event of a curve at 0: %v", err)
	}
}

// A covariate far from 0, as a date in seconds is: the hazard at 0 cannot be
// written down, that within the data can.
func TestHazardFarOutsideTheDataIsRefused(t *testing.T) {
	d := CoxData{Data: Data{Stop: []float64{1, 2, 3, 4, 5}, Event: []bool{true, true, true, false, true}}, Names: []string{"x"}, X: []float64{1e4 - 2, 1e4 + 1, 1e4 - 1, 1e4 + 2, 1e4}}
	fit := mustCox(t, d, Efron)
	if fit.Terms[0].Coef > -0.08 {
		t.Fatalf("coefficient %v: e to the power of ten thousand of them is within reach", fit.Terms[0].Coef)
	}
	if steps, err := fit.BaselineHazard(); !errors.Is(err, stat.ErrNotFinite) {
		t.Errorf("baseline hazard at 0: %v, %v", steps, err)
	}
	if c, err := fit.Predict([]float64{0}, 0); !errors.Is(err, stat.ErrNotFinite) {
		t.Errorf("prediction at 0: %v, %v", c, err)
	}
	if _, err := fit.Predict([]float64{1e4}, 0); err != nil {
		t.Errorf("prediction within the data: %v", err)
	}
}
