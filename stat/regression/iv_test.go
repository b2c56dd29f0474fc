package regression_test

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/internal/reference"
	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/regression"
)

type ivFit struct {
	Coef, Classical, HC0, HC1, CR0, CR1, Wu, First []float64
	RSS                                            float64
	FirstHC1                                       []float64 `json:"first_hc1"`
	FirstCR1                                       []float64 `json:"first_cr1"`
}

type arSet struct {
	Zero, Ends []float64
	Inside     []int
}

type ivReference struct {
	Data struct {
		G                                    []int
		X, Z1, Z2, W, Strong, Weak, Other, Y []float64
		Y2, Y3                               []float64
	}
	Over, Just, Weighted, Two ivFit
	Sargan, Hansen            []float64
	SarganWeighted            []float64 `json:"sargan_weighted"`
	SarganTwo                 []float64 `json:"sargan_two"`
	HansenCluster             []float64 `json:"hansen_cluster"`
	AR                        map[string]arSet
}

func instruments(t testing.TB) ivReference {
	t.Helper()
	var ref ivReference
	reference.JSON(t, "testdata/iv.json", &ref)
	return ref
}

const aer = "R AER 1.2-10, sandwich 3.0-2"

func TestInstrumentedMatchesR(t *testing.T) {
	ref := instruments(t)
	d := ref.Data
	x := regression.WithIntercept(len(d.Y), d.Strong, d.X)
	for _, tt := range []struct {
		name    string
		z       regression.Design
		weights []float64
		want    ivFit
	}{
		{"two instruments", columnsOf(d.Z1, d.Z2), nil, ref.Over},
		{"one instrument", columnsOf(d.Z1), nil, ref.Just},
		{"two instruments, weighted", columnsOf(d.Z1, d.Z2), d.W, ref.Weighted},
	} {
		t.Run(tt.name, func(t *testing.T) {
			fit := must(regression.Instrumented(d.Y, x, []int{1}, tt.z, tt.weights))
			agree := func(what string, got, want []float64) {
				t.Helper()
				evidence.Claim{Method: "two-stage least squares, " + what, Data: "made rows, " + tt.name, Source: aer}.Agree(t, got, want, 1e-9)
			}
			agree("coefficients", append(fit.Coef, fit.RSS), append(tt.want.Coef, tt.want.RSS))
			agree("classical", regression.StandardErrors(must(fit.Classical())), tt.want.Classical)
			agree("HC0", regression.StandardErrors(must(fit.HC(regression.HC0))), tt.want.HC0)
			agree("HC1", regression.StandardErrors(must(fit.HC(regression.HC1))), tt.want.HC1)
			agree("CR0", regression.StandardErrors(must(fit.Clustered(regression.CR0, d.G))), tt.want.CR0)
			agree("CR1", regression.StandardErrors(must(fit.Clustered(regression.CR1, d.G))), tt.want.CR1)
			agree("Wu–Hausman", waldNumbers(must(fit.WuHausman())), tt.want.Wu)
			first := fit.First[0]
			for what, c := range map[string]struct {
				cov  *mat.SymDense
				df   int
				want []float64
			}{
				"first-stage F":                    {must(first.Classical()), first.DF, tt.want.First},
				"first-stage and effective F, HC1": {must(first.HC(regression.HC1)), first.DF, tt.want.FirstHC1},
				"first-stage and effective F, CR1": {must(first.Clustered(regression.CR1, d.G)), 14, tt.want.FirstCR1},
			} {
				f := must(fit.FirstStage(0, c.cov, float64(c.df)))
				agree(what, append(waldNumbers(f.WaldTest), f.Effective), c.want)
			}
		})
	}
}

func waldNumbers(w regression.WaldTest) []float64 { return []float64{w.F, w.DF1, w.DF2, w.P} }

func TestTwoEndogenousColumnsMatchR(t *testing.T) {
	ref := instruments(t)
	d := ref.Data
	product := make([]float64, len(d.Y))
	for i := range product {
		product[i] = d.Z1[i] * d.Z2[i]
	}
	fit := must(regression.Instrumented(d.Y, regression.WithIntercept(len(d.Y), d.Strong, d.Other, d.X), []int{1, 2}, columnsOf(d.Z1, d.Z2, product), nil))
	claim := evidence.Claim{Method: "two-stage least squares, two endogenous columns", Data: "made rows", Source: aer}
	claim.Agree(t, fit.Coef, ref.Two.Coef, 1e-8)
	claim.Agree(t, regression.StandardErrors(must(fit.Classical())), ref.Two.Classical, 1e-9)
	claim.Agree(t, regression.StandardErrors(must(fit.HC(regression.HC1))), ref.Two.HC1, 1e-9)
	claim.Method = "Wu–Hausman, two endogenous columns"
	claim.Agree(t, waldNumbers(must(fit.WuHausman())), ref.Two.Wu, 1e-9)
	claim.Method = "Sargan"
	s := must(fit.Sargan())
	claim.Agree(t, []float64{s.Statistic, s.DF, s.P}, ref.SarganTwo, 1e-9)
	_, err := fit.AndersonRubin(0.95)
	wantError(t, err, stat.ErrInvalid, "2 endogenous")
}

func TestOveridentificationMatchesR(t *testing.T) {
	ref := instruments(t)
	d := ref.Data
	x, z := regression.WithIntercept(len(d.Y), d.Strong, d.X), columnsOf(d.Z1, d.Z2)
	plain, weighted := must(regression.Instrumented(d.Y, x, []int{1}, z, nil)), must(regression.Instrumented(d.Y, x, []int{1}, z, d.W))
	for _, tt := range []struct {
		name, source string
		got          regression.Overidentified
		want         []float64
	}{
		{"Sargan", aer, must(plain.Sargan()), ref.Sargan},
		{"Sargan, weighted", "R, by its formula", must(weighted.Sargan()), ref.SarganWeighted},
		{"Hansen J", "R, by its formula", must(plain.Hansen(nil)), ref.Hansen},
		{"Hansen J, clustered", "R, by its formula", must(plain.Hansen(d.G)), ref.HansenCluster},
	} {
		evidence.Claim{Method: tt.name, Data: "made rows", Source: tt.source}.Agree(t, []float64{tt.got.Statistic, tt.got.DF, tt.got.P}, tt.want, 1e-8)
	}
	just := must(regression.Instrumented(d.Y, x, []int{1}, columnsOf(d.Z1), nil))
	_, err := just.Sargan()
	wantError(t, err, stat.ErrTooFew, "as many")
	_, err = just.Hansen(nil)
	wantError(t, err, stat.ErrTooFew, "as many")
}

func TestAndersonRubinMatchesR(t *testing.T) {
	ref := instruments(t)
	d := ref.Data
	z1, z2, both := columnsOf(d.Z1), columnsOf(d.Z2), columnsOf(d.Z1, d.Z2)
	fit := func(y, end []float64, z regression.Design) *regression.TwoStage {
		return must(regression.Instrumented(y, regression.WithIntercept(len(y), end, d.X), []int{1}, z, nil))
	}
	strong, just, weak := fit(d.Y, d.Strong, both), fit(d.Y, d.Strong, z1), fit(d.Y2, d.Weak, z1)
	empty := fit(d.Y3, d.Strong, both)
	for name, tt := range map[string]struct {
		got  regression.RobustSet
		form regression.Form
	}{
		"strong":     {must(strong.AndersonRubin(0.95)), regression.Bounded},
		"strong_hc1": {must(strong.AndersonRubinRobust(nil, 0.95)), regression.Bounded},
		"strong_cr1": {must(strong.AndersonRubinRobust(d.G, 0.95)), regression.Bounded},
		"just":       {must(just.AndersonRubin(0.95)), regression.Bounded},
		"just_hc1":   {must(just.AndersonRubinRobust(nil, 0.95)), regression.Bounded},
		"weak":       {must(weak.AndersonRubin(0.95)), regression.Unbounded},
		"weak_cr1":   {must(weak.AndersonRubinRobust(d.G, 0.95)), regression.Unbounded},
		"none":       {must(fit(d.Y2, d.Weak, z2).AndersonRubin(0.95)), regression.Whole},
		"empty":      {must(empty.AndersonRubin(0.95)), regression.Empty},
		"empty_hc1":  {must(empty.AndersonRubinRobust(nil, 0.95)), regression.Empty},
	} {
		want := ref.AR[name]
		if tt.got.Form != tt.form {
			t.Errorf("%s: form %v, want %v", name, tt.got.Form, tt.form)
		}
		claim := evidence.Claim{Method: "Anderson–Rubin test", Data: "made rows, " + name, Source: "R lm, sandwich 3.0-2"}
		claim.Agree(t, waldNumbers(tt.got.Zero), want.Zero, 1e-8)
		var ends []float64
		for _, part := range tt.got.Parts {
			for _, end := range []float64{part.Low, part.High} {
				if !math.IsInf(end, 0) {
					ends = append(ends, end)
				}
			}
		}
		if len(want.Ends) > 0 {
			claim.Method, claim.Source = "Anderson–Rubin set", "R uniroot"
			claim.Agree(t, ends, want.Ends, 1e-8)
		} else if len(ends) > 0 {
			t.Errorf("%s: ends %v, want none", name, ends)
		}
	}
}

// With one binary instrument the coefficient is the ratio of two differences of
// means (Wald 1940): the effect on those whom the offer brings to train.
func TestInstrumentedIsTheWaldRatio(t *testing.T) {
	offered := []float64{0, 0, 0, 0, 1, 1, 1, 1}
	trained := []float64{0, 0, 0, 1, 0, 1, 1, 1}
	tickets := []float64{9, 7, 8, 4, 8, 3, 5, 4}
	fit := must(regression.Instrumented(tickets, regression.WithIntercept(8, trained), []int{1}, columnsOf(offered), nil))
	// Means: 5 − 7 = −2 tickets for 3/4 − 1/4 = ½ trained.
	if math.Abs(fit.Coef[1]+4) > 1e-12 {
		t.Errorf("effect %g, want −4", fit.Coef[1])
	}
}

func TestInstrumentedRefuses(t *testing.T) {
	y, x, z := []float64{1, 3, 2, 5, 4, 6}, []float64{0, 1, 0, 1, 1, 0}, []float64{0, 0, 1, 1, 0, 1}
	design := regression.WithIntercept(6, x)
	for _, tt := range []struct {
		name       string
		endogenous []int
		z          regression.Design
		err        error
		says       string
	}{
		{"no endogenous column", nil, columnsOf(z), stat.ErrTooFew, "0 endogenous"},
		{"too few instruments", []int{0, 1}, columnsOf(z), stat.ErrTooFew, "1 instruments for 2"},
		{"constant instrument", []int{1}, columnsOf([]float64{2, 2, 2, 2, 2, 2}), stat.ErrCollinear, "first stage"},
		{"instrument that moves nothing", []int{1}, columnsOf([]float64{1, 1, -1, -1, 0, 0}), stat.ErrCollinear, "second stage"},
		{"NaN instrument", []int{1}, columnsOf([]float64{1, math.NaN(), 0, 0, 1, 1}), stat.ErrNotFinite, "instruments: covariate 0 of row 1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := regression.Instrumented(y, design, tt.endogenous, tt.z, nil)
			wantError(t, err, tt.err, tt.says)
		})
	}
}
