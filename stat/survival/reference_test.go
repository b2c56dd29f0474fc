package survival

import (
	"path/filepath"
	"testing"

	"github.com/liftmark/liftmark/internal/reference"
)

// referenceRows are the spells that testdata/reference.R simulated.
func referenceRows(t *testing.T) (d CoxData, group []int) {
	t.Helper()
	tb := readTable(t, filepath.Join("testdata", "rows.csv"))
	d.Names = []string{"x1", "x2"}
	for i := range tb.rows {
		d.Start = append(d.Start, tb.number(i, "start"))
		d.Stop = append(d.Stop, tb.number(i, "stop"))
		d.Event = append(d.Event, tb.text(i, "event") == "1")
		d.Weight = append(d.Weight, tb.number(i, "w"))
		d.X = append(d.X, tb.number(i, "x1"), tb.number(i, "x2"))
		d.Strata = append(d.Strata, int(tb.number(i, "s")))
		d.Cluster = append(d.Cluster, int(tb.number(i, "id")))
		group = append(group, int(tb.number(i, "g")))
	}
	return d, group
}

type refLimits struct{ Low, High []*float64 } // null where R gives none

type refCurve struct {
	Times   []float64
	NRisk   []float64 `json:"n_risk"`
	NEvent  []float64 `json:"n_event"`
	Surv    []float64
	CumHaz  []float64
	StdChaz []float64 `json:"std_chaz"`
	At      []float64
	AtSurv  []float64 `json:"at_surv"`
	AtSE    []float64 `json:"at_se"`
	Limits  struct{ Plain, Log, LogLog refLimits }
	Q       []*float64
	QLow    []*float64 `json:"q_low"`
	QHigh   []*float64 `json:"q_high"`
	RMST9   []float64
}

func (ref refCurve) check(t *testing.T, data string, d Data) {
	t.Helper()
	agreed := compare("Kaplan–Meier and Nelson–Aalen, errors, intervals, quantiles", data, rSurvival)
	c, err := KaplanMeier(d)
	if err != nil {
		t.Fatal(err)
	}
	for k, at := range ref.Times {
		agreed.near(t, "time", c.Times[k], at, 0)
		agreed.near(t, "at risk", c.AtRisk[k], ref.NRisk[k], 1e-12)
		agreed.near(t, "events", c.Events[k], ref.NEvent[k], 0)
		agreed.near(t, "surv", c.Surv[k], ref.Surv[k], 1e-10)
		agreed.near(t, "hazard", c.CumHazard[k], ref.CumHaz[k], 1e-10)
		h, ok := c.HazardAt(at, 0.95)
		if ok != (ref.CumHaz[k] > 0) {
			t.Errorf("hazard interval at %v: %v", at, ok)
		}
		agreed.near(t, "hazard SE", h.SE, ref.StdChaz[k], 1e-10)
	}
	for k, at := range ref.At {
		for scale, want := range map[Transform]refLimits{Plain: ref.Limits.Plain, Log: ref.Limits.Log, LogLog: ref.Limits.LogLog} {
			p := c.At(at, 0.95, scale)
			agreed.near(t, "surv", p.Surv, ref.AtSurv[k], 1e-10)
			agreed.near(t, "SE", p.SE, ref.AtSE[k], 1e-10)
			if p.HasInterval != (want.Low[k] != nil) {
				t.Errorf("interval %d at %v: %v", scale, at, p.HasInterval)
			} else if p.HasInterval {
				agreed.near(t, "low", p.Interval.Low, *want.Low[k], 1e-10)
				agreed.near(t, "high", p.Interval.High, *want.High[k], 1e-10)
			}
		}
	}
	for k, share := range []float64{0.25, 0.5, 0.75} {
		q := c.Quantile(share, 0.95, LogLog)
		sameMoment(t, "quantile", q.Moment, ref.Q[k])
		sameMoment(t, "quantile low", q.Low, ref.QLow[k])
		sameMoment(t, "quantile high", q.High, ref.QHigh[k])
	}
	mean, err := c.RMST(9, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	agreed.near(t, "RMST", mean.Value, ref.RMST9[0], 1e-10)
	agreed.near(t, "RMST SE", mean.SE, ref.RMST9[1], 1e-10)
	agreed.agree(t)
}

// Source: R 4.2.2 survival 3.5-3, testdata/reference.R.
func TestCurveAgreesWithR(t *testing.T) {
	var ref struct {
		Entry         refCurve `json:"km_entry"`
		Weighted      refCurve `json:"km_weighted"`
		EntryWeighted refCurve `json:"km_entry_weighted"`
		MedianHalf    float64  `json:"median_half"`
	}
	reference.JSON(t, filepath.Join("testdata", "reference.json"), &ref)
	d, _ := referenceRows(t)
	ref.EntryWeighted.check(t, "simulated: delayed entry, weights", d.Data)
	ref.Entry.check(t, "simulated: delayed entry", Data{Start: d.Start, Stop: d.Stop, Event: d.Event})
	ref.Weighted.check(t, "simulated: weights", Data{Stop: d.Stop, Event: d.Event, Weight: d.Weight})
	c, err := KaplanMeier(Data{Stop: []float64{1, 2, 3, 4, 5, 6}, Event: []bool{true, true, true, false, true, true}})
	if err != nil {
		t.Fatal(err)
	}
	sameMoment(t, "median of a curve that is level at one half", c.Median(0.95, Log).Moment, &ref.MedianHalf)
}

// Source: R survival's survdiff, and the defining sums for Gehan and
// Tarone–Ware, testdata/reference.R.
func TestLogRankAgreesWithR(t *testing.T) {
	type result struct {
		ChiSq    float64
		Obs, Exp []float64
	}
	var ref struct {
		Even   result  `json:"lr"`
		Peto   result  `json:"lr_peto"`
		Strata result  `json:"lr_strata"`
		Gehan  float64 `json:"lr_gehan"`
		Tarone float64 `json:"lr_tarone"`
	}
	reference.JSON(t, filepath.Join("testdata", "reference.json"), &ref)
	d, group := referenceRows(t)
	data := Data{Stop: d.Stop, Event: d.Event}
	two := make([]int, len(group))
	for i, g := range group {
		two[i] = g / 2
	}
	for _, tt := range []struct {
		name string
		got  *LogRankTest
		want result
	}{
		{"log-rank", mustLogRank(t, data, group, nil, Even), ref.Even},
		{"Peto–Peto", mustLogRank(t, data, group, nil, PetoPeto), ref.Peto},
		{"stratified", mustLogRank(t, data, group, d.Strata, Even), ref.Strata},
		{"Gehan", mustLogRank(t, data, two, nil, Gehan), result{ChiSq: ref.Gehan}},
		{"Tarone–Ware", mustLogRank(t, data, two, nil, TaroneWare), result{ChiSq: ref.Tarone}},
	} {
		agreed := compare("Log-rank test", "simulated: "+tt.name, rSurvival)
		agreed.near(t, tt.name, tt.got.ChiSq, tt.want.ChiSq, 1e-10)
		for g := range tt.want.Obs {
			agreed.near(t, tt.name+" observed", tt.got.Observed[g], tt.want.Obs[g], 1e-10)
			agreed.near(t, tt.name+" expected", tt.got.Expected[g], tt.want.Exp[g], 1e-10)
		}
		agreed.agree(t)
	}
}

// coxCase is one coxph fit of testdata/reference.R with its cox.zph.
type coxCase struct {
	Coef, SE    []float64
	NaiveSE     []float64 `json:"naive_se"`
	LogLik      []float64
	Score, Wald float64
	Concordance []float64
	ZPH         []float64
	ZPHIdentity []float64 `json:"zph_identity"`
	ZPHLog      []float64 `json:"zph_log"`
	Hazard      []struct{ Time, Hazard float64 }
}

func (want coxCase) check(t *testing.T, data string, d CoxData, ties Ties) {
	t.Helper()
	fit := mustCox(t, d, ties)
	agreed := compare("Cox model, concordance, proportional hazards test", data, rSurvival)
	agreed.fit(t, fit, fitNumbers{want.Coef, want.SE, want.NaiveSE, want.LogLik, want.Score, want.Wald}, 1e-9)
	c, err := fit.Concordance(d.Cluster)
	if err != nil {
		t.Fatal(err)
	}
	agreed.near(t, "concordance", c.Value, want.Concordance[0], 1e-10)
	agreed.near(t, "concordance SE", c.SE, want.Concordance[1], 1e-9)
	for clock, ref := range map[Clock][]float64{KMClock: want.ZPH, Identity: want.ZPHIdentity, LogClock: want.ZPHLog} {
		tests, err := fit.ProportionalHazards(clock)
		if err != nil {
			t.Fatal(err)
		}
		for j := range tests {
			agreed.near(t, "zph "+tests[j].Name, tests[j].ChiSq, ref[j], 1e-8)
		}
	}
	agreed.agree(t)
	steps, err := fit.BaselineHazard()
	if err != nil {
		t.Fatal(err)
	}
	want.checkHazard(t, steps)
}

// checkHazard: R also lists times without an event.
func (want coxCase) checkHazard(t *testing.T, steps []BaselineStep) {
	t.Helper()
	for _, ref := range want.Hazard {
		got := 0.0
		for _, s := range steps {
			if s.Stratum == steps[0].Stratum && s.Time <= ref.Time {
				got = s.CumHazard
			}
		}
		near(t, "baseline hazard", got, ref.Hazard, 1e-9)
	}
}

// Source: R survival's coxph iterated to 1e-14, testdata/reference.R.
func TestCoxAgreesWithR(t *testing.T) {
	var whole struct {
		Right          coxCase `json:"cox_right"`
		RightBreslow   coxCase `json:"cox_right_breslow"`
		Entry          coxCase `json:"cox_entry"`
		EntryBreslow   coxCase `json:"cox_entry_breslow"`
		Cluster        coxCase `json:"cox_cluster"`
		ClusterBreslow coxCase `json:"cox_cluster_breslow"`
		Strata         coxCase `json:"cox_strata"`
		Weights        coxCase `json:"cox_weights"`
		WeightsBreslow coxCase `json:"cox_weights_breslow"`
	}
	reference.JSON(t, filepath.Join("testdata", "reference.json"), &whole)
	for _, tt := range []struct {
		name                            string
		want                            coxCase
		ties                            Ties
		entry, weight, strata, clusters bool
	}{
		{name: "right-censored", want: whole.Right},
		{name: "right-censored", want: whole.RightBreslow, ties: Breslow},
		{name: "delayed entry", want: whole.Entry, entry: true},
		{name: "delayed entry", want: whole.EntryBreslow, ties: Breslow, entry: true},
		{name: "clusters", want: whole.Cluster, entry: true, clusters: true},
		{name: "clusters", want: whole.ClusterBreslow, ties: Breslow, entry: true, clusters: true},
		{name: "strata", want: whole.Strata, entry: true, strata: true, clusters: true},
		{name: "weights", want: whole.Weights, entry: true, weight: true, clusters: true},
		{name: "weights and strata", want: whole.WeightsBreslow, ties: Breslow, weight: true, strata: true, clusters: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, _ := referenceRows(t)
			if !tt.entry {
				d.Start = nil
			}
			if !tt.weight {
				d.Weight = nil
			}
			if !tt.strata {
				d.Strata = nil
			}
			if !tt.clusters {
				d.Cluster = nil
			}
			tt.want.check(t, "simulated: "+tt.name+[]string{", Efron", ", Breslow"}[tt.ties], d, tt.ties)
		})
	}
}
