package survival

import (
	"math"
	"path/filepath"
	"testing"

	"github.com/liftmark/liftmark/internal/reference"
)

const (
	rSurvival = "R 4.2 survival 3.5-3"
	rCmprsk   = "R cmprsk 2.2-11"
)

// refPoints are estimates at some times, with R's limits, null where it has none.
type refPoints struct {
	Surv, SE []float64
	Limits   struct{ Plain, Log, LogLog refLimits }
}

type refIncidence struct {
	Surv      []float64
	Value, SE [][]float64
	Limits    []struct{ Plain, Log, LogLog refLimits }
}

type refGray struct {
	ChiSq, P, DF []float64
}

// competingReference is testdata/competing.json.
type competingReference struct {
	Mgus struct {
		Time, Entry      []float64
		Cause, Sex, Band []int
	}
	At        []float64
	AJ        refIncidence
	AJCluster refIncidence `json:"aj_cluster"`
	AJWeights refIncidence `json:"aj_weights"`
	AJEntry   refIncidence `json:"aj_entry"`
	Cuminc    struct{ Value, Variance [][]float64 }
	GraySex   refGray                     `json:"gray_sex"`
	GrayBand  refGray                     `json:"gray_band"`
	GrayStr   refGray                     `json:"gray_strata"`
	KMWeights refPoints                   `json:"km_weights"`
	KMCluster refPoints                   `json:"km_cluster"`
	KMEntry   refPoints                   `json:"km_entry"`
	RMSTW     struct{ Value, SE float64 } `json:"rmst_weights"`
}

// mgus are the patients of survival::mgus2 with the weights and units that
// competing.R made up.
func mgus(t *testing.T) (ref competingReference, d Data, unit []int) {
	t.Helper()
	reference.JSON(t, filepath.Join("testdata", "competing.json"), &ref)
	d = Data{Start: ref.Mgus.Entry, Stop: ref.Mgus.Time}
	for i, c := range ref.Mgus.Cause {
		d.Event = append(d.Event, c > 0)
		d.Weight = append(d.Weight, 1+float64((i+1)%7)/8)
		unit = append(unit, (i+1)/3)
	}
	return ref, d, unit
}

func TestAalenJohansenAgreesWithR(t *testing.T) {
	ref, d, unit := mgus(t)
	plain := Data{Stop: d.Stop, Event: d.Event}
	for _, tt := range []struct {
		name    string
		d       Data
		cluster []int
		want    refIncidence
	}{
		{"mgus2", plain, nil, ref.AJ},
		{"mgus2, robust", plain, allRows(len(d.Stop)), ref.AJ},
		{"mgus2, clusters", plain, unit, ref.AJCluster},
		{"mgus2, weights and clusters", Data{Stop: d.Stop, Event: d.Event, Weight: d.Weight}, unit, ref.AJWeights},
		{"mgus2, delayed entry", Data{Start: d.Start, Stop: d.Stop, Event: d.Event}, allRows(len(d.Stop)), ref.AJEntry},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := AalenJohansen(tt.d, ref.Mgus.Cause, tt.cluster)
			if err != nil {
				t.Fatal(err)
			}
			agreed := compare("Aalen–Johansen incidence, standard errors, intervals", tt.name, rSurvival)
			for j, cause := range c.Causes {
				tt.want.check(t, agreed, c, j, cause, ref.At)
			}
			agreed.agree(t)
		})
	}
}

func (want refIncidence) check(t *testing.T, agreed *compared, c *Incidence, j, cause int, times []float64) {
	t.Helper()
	for k, at := range times {
		limits := want.Limits[j]
		for scale, ref := range map[Transform]refLimits{Plain: limits.Plain, Log: limits.Log, LogLog: limits.LogLog} {
			r := c.At(cause, at, 0.95, scale)
			agreed.near(t, "incidence", r.Value, want.Value[j][k], 1e-10)
			agreed.near(t, "SE", r.SE, want.SE[j][k], 1e-9)
			if r.HasInterval != (ref.Low[k] != nil) {
				t.Errorf("interval %d at %v: %v", scale, at, r.HasInterval)
			} else if r.HasInterval {
				agreed.near(t, "low", r.Interval.Low, *ref.Low[k], 1e-9)
				agreed.near(t, "high", r.Interval.High, *ref.High[k], 1e-9)
			}
		}
	}
}

// cmprsk's variance of the incidence is another estimator, asymptotically the
// same: it must be near, but not equal.
func TestIncidenceIsThatOfCuminc(t *testing.T) {
	ref, d, _ := mgus(t)
	c, err := AalenJohansen(Data{Stop: d.Stop, Event: d.Event}, ref.Mgus.Cause, nil)
	if err != nil {
		t.Fatal(err)
	}
	agreed := compare("Aalen–Johansen incidence", "mgus2", rCmprsk)
	for j, cause := range c.Causes {
		for k, at := range ref.At {
			r := c.At(cause, at, 0.95, Plain)
			agreed.near(t, "incidence", r.Value, ref.Cuminc.Value[j][k], 1e-10)
			near(t, "SE", r.SE, math.Sqrt(ref.Cuminc.Variance[j][k]), 0.01)
		}
	}
	agreed.agree(t)
}

func TestGrayAgreesWithCmprsk(t *testing.T) {
	ref, d, _ := mgus(t)
	d = Data{Stop: d.Stop, Event: d.Event}
	for _, tt := range []struct {
		name          string
		group, strata []int
		want          refGray
	}{
		{"mgus2 by sex", ref.Mgus.Sex, nil, ref.GraySex},
		{"mgus2 by four ages", ref.Mgus.Band, nil, ref.GrayBand},
		{"mgus2 by sex, within ages", ref.Mgus.Sex, ref.Mgus.Band, ref.GrayStr},
	} {
		agreed := compare("Gray's test", tt.name, rCmprsk)
		for j, cause := range []int{1, 2} {
			got, err := Gray(d, ref.Mgus.Cause, tt.group, tt.strata, cause)
			if err != nil {
				t.Fatal(err)
			}
			agreed.near(t, tt.name, got.ChiSq, tt.want.ChiSq[j], 1e-9)
			if got.DF != int(tt.want.DF[j]) {
				t.Errorf("%s: %d degrees of freedom, want %v", tt.name, got.DF, tt.want.DF[j])
			}
		}
		agreed.agree(t)
	}
}

func TestRobustKaplanMeierAgreesWithR(t *testing.T) {
	ref, d, unit := mgus(t)
	late := Data{Stop: d.Stop, Event: d.Event, Weight: d.Weight}
	for _, tt := range []struct {
		name    string
		d       Data
		cluster []int
		want    refPoints
	}{
		{"mgus2, weights", late, nil, ref.KMWeights},
		{"mgus2, weights and clusters", late, unit, ref.KMCluster},
		{"mgus2, weights, clusters, delayed entry", d, unit, ref.KMEntry},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := RobustKaplanMeier(tt.d, tt.cluster)
			if err != nil {
				t.Fatal(err)
			}
			agreed := compare("Kaplan–Meier, robust standard errors and intervals", tt.name, rSurvival)
			for k, at := range ref.At {
				for scale, limits := range map[Transform]refLimits{Plain: tt.want.Limits.Plain, Log: tt.want.Limits.Log, LogLog: tt.want.Limits.LogLog} {
					p := c.At(at, 0.95, scale)
					agreed.near(t, "surv", p.Surv, tt.want.Surv[k], 1e-10)
					agreed.near(t, "SE", p.SE, tt.want.SE[k], 1e-9)
					agreed.near(t, "low", p.Interval.Low, *limits.Low[k], 1e-9)
					agreed.near(t, "high", p.Interval.High, *limits.High[k], 1e-9)
				}
			}
			agreed.agree(t)
		})
	}
	c, err := RobustKaplanMeier(late, nil)
	if err != nil {
		t.Fatal(err)
	}
	m, err := c.RMST(120, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	agreed := compare("Restricted mean, robust standard error", "mgus2, weights", rSurvival)
	agreed.near(t, "RMST", m.Value, ref.RMSTW.Value, 1e-10)
	agreed.near(t, "RMST SE", m.SE, ref.RMSTW.SE, 1e-9)
	agreed.agree(t)
}

type refPrediction struct {
	At, Surv, SE, Low, High, LogLow, LogHigh []float64
}

// refModel is one fit of competing.R.
type refModel struct {
	Coef, SE    []float64
	ModelSE     []float64 `json:"model_se"`
	LogLik      []float64
	Score, Wald float64
	N, NEvent   int
	ZPH         []float64
	ZPHIdentity []float64 `json:"zph_identity"`
	Concordance []float64
	Curve       *refPrediction
}

func (want refModel) check(t *testing.T, name string, d CoxData, ties Ties, stratum int, x ...float64) {
	t.Helper()
	fit := mustCox(t, d, ties)
	if fit.N != want.N || fit.Events != want.NEvent {
		t.Errorf("%s: n, events = %d, %d, want %d, %d", name, fit.N, fit.Events, want.N, want.NEvent)
	}
	agreed := compare("Cox model", name, rSurvival)
	agreed.fit(t, fit, fitNumbers{want.Coef, want.SE, want.ModelSE, want.LogLik, want.Score, want.Wald}, 1e-8)
	agreed.agree(t)
	agreed = compare("Concordance", name, rSurvival)
	c, err := fit.Concordance(d.Cluster)
	if err != nil {
		t.Fatal(err)
	}
	agreed.near(t, "concordance", c.Value, want.Concordance[0], 1e-10)
	agreed.near(t, "concordance SE", c.SE, want.Concordance[1], 1e-9)
	agreed.agree(t)
	agreed = compare("Proportional hazards test", name, rSurvival)
	for clock, ref := range map[Clock][]float64{KMClock: want.ZPH, Identity: want.ZPHIdentity} {
		tests, err := fit.ProportionalHazards(clock)
		if err != nil {
			t.Fatal(err)
		}
		for j := range tests {
			agreed.near(t, "zph "+tests[j].Name, tests[j].ChiSq, ref[j], 1e-8)
		}
	}
	agreed.agree(t)
	if want.Curve != nil && len(want.Curve.At) > 0 {
		want.Curve.check(t, name, fit, stratum, x)
	}
}

func (want refPrediction) check(t *testing.T, name string, fit *CoxFit, stratum int, x []float64) {
	t.Helper()
	c, err := fit.Predict(x, stratum)
	if err != nil {
		t.Fatal(err)
	}
	agreed := compare("Survival predicted by a Cox model", name, rSurvival)
	for k, at := range want.At {
		log, ok := c.At(at, 0.95, Log)
		loglog, ok2 := c.At(at, 0.95, LogLog)
		if !ok || !ok2 {
			t.Errorf("%s: no interval at %v", name, at)
		}
		agreed.near(t, "surv", log.Value, want.Surv[k], 1e-9)
		agreed.near(t, "SE", log.SE, want.SE[k], 1e-9)
		agreed.near(t, "low", log.Interval.Low, want.Low[k], 1e-9)
		agreed.near(t, "high", log.Interval.High, want.High[k], 1e-9)
		agreed.near(t, "log-log low", loglog.Interval.Low, want.LogLow[k], 1e-9)
		agreed.near(t, "log-log high", loglog.Interval.High, want.LogHigh[k], 1e-9)
	}
	agreed.agree(t)
}

// columns interleaves columns into rows.
func columns(cols ...[]float64) []float64 {
	var out []float64
	for i := range cols[0] {
		for _, c := range cols {
			out = append(out, c[i])
		}
	}
	return out
}

func isOne(v []float64) []bool {
	out := make([]bool, len(v))
	for i, x := range v {
		out[i] = x == 1
	}
	return out
}

func TestVeteranAgreesWithR(t *testing.T) {
	var ref struct {
		Veteran struct {
			Time, Status, Treat, Karno, Diagtime, Age, Prior10 []float64
			Cell                                               []int
		}
		Efron   refModel `json:"veteran_efron"`
		Breslow refModel `json:"veteran_breslow"`
		Strata  refModel `json:"veteran_strata"`
		LR      struct {
			ChiSq    float64
			Obs, Exp []float64
		} `json:"veteran_lr"`
		LRCell struct{ ChiSq float64 } `json:"veteran_lr_cell"`
		Median [][]float64             `json:"veteran_median"`
		RMST   [][]float64             `json:"veteran_rmst"`
	}
	reference.JSON(t, filepath.Join("testdata", "competing.json"), &ref)
	v := ref.Veteran
	d := CoxData{Data: Data{Stop: v.Time, Event: isOne(v.Status)}, Names: []string{"treat", "karno", "diagtime", "age", "prior10"}, X: columns(v.Treat, v.Karno, v.Diagtime, v.Age, v.Prior10)}
	ref.Efron.check(t, "veteran, Efron", d, Efron, 0, 1, 60, 5, 60, 0)
	ref.Breslow.check(t, "veteran, Breslow", d, Breslow, 0, 1, 60, 5, 60, 0)
	d.Names, d.X, d.Strata = []string{"treat", "karno"}, columns(v.Treat, v.Karno), v.Cell
	ref.Strata.check(t, "veteran, strata", d, Efron, 2, 0, 50)

	group := make([]int, len(v.Treat))
	for i, x := range v.Treat {
		group[i] = int(x)
	}
	agreed := compare("Log-rank test", "veteran", rSurvival)
	lr := mustLogRank(t, d.Data, group, nil, Even)
	agreed.near(t, "log-rank", lr.ChiSq, ref.LR.ChiSq, 1e-9)
	agreed.near(t, "expected", lr.Expected[1], ref.LR.Exp[1], 1e-9)
	agreed.near(t, "log-rank of cells", mustLogRank(t, d.Data, v.Cell, nil, Even).ChiSq, ref.LRCell.ChiSq, 1e-9)
	agreed.agree(t)
	medians, means := compare("Kaplan–Meier median and its interval", "veteran", rSurvival), compare("Restricted mean", "veteran", rSurvival)
	for g, c := range curvesBy(t, d.Data, group) {
		q := c.Median(0.95, Log)
		for k, m := range []Moment{q.Moment, q.Low, q.High} {
			medians.near(t, "median", m.Time, ref.Median[k][g], 0)
		}
		means.mean(t, c, 365, ref.RMST[0][g], ref.RMST[1][g])
	}
	medians.agree(t)
	means.agree(t)
}

// Recurrences of bladder cancer: several spells a patient.
func TestBladderAgreesWithR(t *testing.T) {
	var ref struct {
		Bladder struct {
			Start, Stop, Event, Treat, Number, Size []float64
			ID, Enum                                []int
		}
		Cluster refModel `json:"bladder_cluster"`
		Breslow refModel `json:"bladder_cluster_breslow"`
		PWP     refModel `json:"bladder_pwp"`
	}
	reference.JSON(t, filepath.Join("testdata", "competing.json"), &ref)
	b := ref.Bladder
	d := CoxData{Data: Data{Start: b.Start, Stop: b.Stop, Event: isOne(b.Event)}, Names: []string{"treat", "number", "size"}, X: columns(b.Treat, b.Number, b.Size), Cluster: b.ID}
	ref.Cluster.check(t, "bladder, clusters, Efron", d, Efron, 0, 1, 2, 1)
	ref.Breslow.check(t, "bladder, clusters, Breslow", d, Breslow, 0)
	d.Strata = b.Enum
	ref.PWP.check(t, "bladder, clusters, strata by recurrence", d, Efron, 0)
}

func TestPBCAgreesWithR(t *testing.T) {
	var ref struct {
		PBC   struct{ Time, Dead, Treat, Age, Logbili, Albumin []float64 }
		Efron refModel    `json:"pbc_efron"`
		RMST  [][]float64 `json:"pbc_rmst"`
	}
	reference.JSON(t, filepath.Join("testdata", "competing.json"), &ref)
	p := ref.PBC
	d := CoxData{Data: Data{Stop: p.Time, Event: isOne(p.Dead)}, Names: []string{"treat", "age", "log bilirubin", "albumin"}, X: columns(p.Treat, p.Age, p.Logbili, p.Albumin)}
	ref.Efron.check(t, "pbc", d, Efron, 0, 0, 50, 1, 3.5)
	group := make([]int, len(p.Treat))
	for i, x := range p.Treat {
		group[i] = int(x)
	}
	agreed := compare("Restricted mean", "pbc", rSurvival)
	for g, c := range curvesBy(t, d.Data, group) {
		agreed.mean(t, c, 3650, ref.RMST[0][g], ref.RMST[1][g])
	}
	agreed.agree(t)
}
