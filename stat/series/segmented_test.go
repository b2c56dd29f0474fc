package series_test

import (
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/internal/reference"
	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/series"
)

// seatbelts are the numbers of testdata/interrupted.R: monthly road casualties in
// Great Britain before and after front seat belts became compulsory.
type seatbelts struct {
	Front, Rear, Kms, Price []float64
	Change                  float64
	Harmonics               struct {
		Coef, SE, NW4, NW12 []float64
		DW                  float64
		ACF                 []float64
		Effect              delta
		EffectNW12          delta `json:"effect_nw12"`
		Counterfactual      struct{ Fit, SE float64 }
	}
	Months, Lagged coefficients
	ML, REML       likelihood
	Averaged       likelihood
	Holes          likelihood
	HoleRows       []int `json:"hole_rows"`
	PraisWinsten   struct {
		Coef, SE []float64
		Rho      float64
	} `json:"prais_winsten"`
	Counts struct {
		Coef, SE       []float64
		SEPoisson      []float64 `json:"se_poisson"`
		SENW4          []float64 `json:"se_nw4"`
		Dispersion     float64
		LogLik         float64
		Cumulative     float64
		CumulativeSE   float64 `json:"cumulative_se"`
		Counterfactual float64
	}
	Controlled struct {
		Level, Slope float64
		NW6          []float64
	}
}

type (
	coefficients struct{ Coef, SE []float64 }
	likelihood   struct {
		Coef, SE    []float64
		Phi, LogLik float64
	}
	delta struct {
		Cumulative, Last float64
		CumulativeSE     float64 `json:"cumulative_se"`
		LastSE           float64 `json:"last_se"`
	}
)

func belts(t testing.TB) (series.Interrupted, seatbelts) {
	t.Helper()
	var ref seatbelts
	reference.JSON(t, "testdata/interrupted.json", &ref)
	return series.Interrupted{Time: months(len(ref.Front)), Outcome: ref.Front, Change: ref.Change}, ref
}

// months are 1, 2, …, n.
func months(n int) []float64 {
	time := make([]float64, n)
	for i := range time {
		time[i] = float64(i + 1)
	}
	return time
}

var yearly = series.Season{Period: 12, Harmonics: 2}

// values and errors of the terms.
func coef(r *series.Segmented) (values []float64) {
	for _, term := range r.Terms {
		values = append(values, term.Value)
	}
	return values
}

func errorsOf(r *series.Segmented) (errors []float64) {
	for _, term := range r.Terms {
		errors = append(errors, term.SE)
	}
	return errors
}

func claim(method, source string) evidence.Claim {
	return evidence.Claim{Method: "interrupted series: " + method, Data: "R Seatbelts", Source: source}
}

func must(t testing.TB) func(*series.Segmented, error) *series.Segmented {
	return func(r *series.Segmented, err error) *series.Segmented {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
}

func TestSegmentedOLSOfSeatbelts(t *testing.T) {
	s, ref := belts(t)
	s.Season = yearly
	r := must(t)(series.SegmentedOLS(s, 0.95))
	ols := claim("least squares, two harmonics", "R 4.2 lm")
	ols.Agree(t, coef(r), ref.Harmonics.Coef, 1e-10)
	ols.Agree(t, errorsOf(r), ref.Harmonics.SE, 1e-10)
	claim("Durbin–Watson, autocorrelations", "R 4.2 acf").Agree(t, append(r.Autocorrelation, r.DurbinWatson), append(slices.Clone(ref.Harmonics.ACF), ref.Harmonics.DW), 1e-9)
	last := r.Points[len(r.Points)-1]
	got := []float64{r.Cumulative.Value, r.Cumulative.SE, last.Effect.Value, last.Effect.SE, last.Counterfactual.Value, last.Counterfactual.SE}
	want := ref.Harmonics
	claim("effects and counterfactual", "R 4.2 predict, delta method").Agree(t, got, []float64{want.Effect.Cumulative, want.Effect.CumulativeSE, want.Effect.Last, want.Effect.LastSE, want.Counterfactual.Fit, want.Counterfactual.SE}, 1e-10)
	within(t, "average effect of 23 months", r.Average.Value*23, r.Cumulative.Value, 1e-9)
	within(t, "its error", r.Average.SE*23, r.Cumulative.SE, 1e-9)
}

func TestSegmentedOLSWithDummiesAndCovariate(t *testing.T) {
	s, ref := belts(t)
	s.Season = series.Season{Period: 12, Dummies: true}
	s.Covariates = [][]float64{ref.Price}
	r := must(t)(series.SegmentedOLS(s, 0.95))
	dummies := claim("least squares, month dummies and a covariate", "R 4.2 lm")
	dummies.Agree(t, coef(r), ref.Months.Coef, 1e-10)
	dummies.Agree(t, errorsOf(r), ref.Months.SE, 1e-10)
}

func TestTransitionLeavesRowsOut(t *testing.T) {
	s, ref := belts(t)
	s.Transition, s.LevelOnly = 3, true
	r := must(t)(series.SegmentedOLS(s, 0.95))
	lagged := claim("least squares, three months left out, level only", "R 4.2 lm")
	lagged.Agree(t, coef(r), ref.Lagged.Coef, 1e-10)
	lagged.Agree(t, errorsOf(r), ref.Lagged.SE, 1e-10)
	if r.Dropped != 3 || r.Rows != 189 || r.Slope != (stat.Test{}) {
		t.Errorf("%d dropped, %d rows, slope %v", r.Dropped, r.Rows, r.Slope)
	}
}

func TestSegmentedGLSOfSeatbelts(t *testing.T) {
	s, ref := belts(t)
	for _, tt := range []struct {
		name string
		kind series.Likelihood
		want likelihood
	}{{"ML", series.ML, ref.ML}, {"REML", series.REML, ref.REML}} {
		r := must(t)(series.SegmentedGLS(s, tt.kind, 0.95))
		gls := claim("AR(1) errors by "+tt.name, "R nlme 3.1-162 gls")
		gls.Agree(t, coef(r), tt.want.Coef, 1e-5)
		gls.Agree(t, errorsOf(r), tt.want.SE, 1e-5)
		gls.Agree(t, []float64{r.Correlation}, []float64{tt.want.Phi}, 1e-5)
		gls.Agree(t, []float64{r.LogLikelihood}, []float64{tt.want.LogLik}, 1e-10)
	}
}

func TestAveragedGLSOfSeatbelts(t *testing.T) {
	s, ref := belts(t)
	r := must(t)(series.SegmentedGLS(s, series.Averaged, 0.95))
	average := claim("AR(1) errors, averaged over φ", "R 4.2, matrices written out")
	average.Agree(t, append(coef(r), r.Correlation), append(slices.Clone(ref.Averaged.Coef), ref.Averaged.Phi), 1e-8)
	average.Agree(t, errorsOf(r), ref.Averaged.SE, 1e-8)
}

func TestSegmentedGLSWithHoles(t *testing.T) {
	s, ref := belts(t)
	var time, outcome []float64
	for i := range s.Time {
		if !slices.Contains(ref.HoleRows, i+1) {
			time, outcome = append(time, s.Time[i]), append(outcome, s.Outcome[i])
		}
	}
	s.Time, s.Outcome = time, outcome
	r := must(t)(series.SegmentedGLS(s, series.REML, 0.95))
	gls := claim("AR(1) errors by REML, five months missing", "R nlme 3.1-162 gls")
	gls.Agree(t, coef(r), ref.Holes.Coef, 1e-5)
	gls.Agree(t, errorsOf(r), ref.Holes.SE, 1e-5)
	gls.Agree(t, []float64{r.LogLikelihood}, []float64{ref.Holes.LogLik}, 1e-10)
}

func TestPraisWinstenOfSeatbelts(t *testing.T) {
	s, ref := belts(t)
	s.Season = yearly
	r := must(t)(series.SegmentedPraisWinsten(s, 0.95))
	prais := claim("Prais–Winsten", "R 4.2, matrices written out")
	prais.Agree(t, append(coef(r), r.Correlation), append(slices.Clone(ref.PraisWinsten.Coef), ref.PraisWinsten.Rho), 1e-9)
	prais.Agree(t, errorsOf(r), ref.PraisWinsten.SE, 1e-9)
}

func TestSegmentedNeweyWestOfSeatbelts(t *testing.T) {
	s, ref := belts(t)
	s.Season = yearly
	nw := claim("Newey–West", "R sandwich 3.0-2")
	automatic := must(t)(series.SegmentedNeweyWest(s, series.AutomaticLag, 0.95))
	if automatic.Lag != 4 {
		t.Errorf("automatic lag %d, want 4·1.92^(2/9) = 4.6, rounded down", automatic.Lag)
	}
	nw.Agree(t, errorsOf(automatic), ref.Harmonics.NW4, 1e-9)
	r := must(t)(series.SegmentedNeweyWest(s, 12, 0.95))
	last := r.Points[len(r.Points)-1].Effect
	nw.Agree(t, errorsOf(r), ref.Harmonics.NW12, 1e-9)
	nw.Agree(t, []float64{r.Cumulative.SE, last.SE}, []float64{ref.Harmonics.EffectNW12.CumulativeSE, ref.Harmonics.EffectNW12.LastSE}, 1e-9)
}

func TestSegmentedCountsOfSeatbelts(t *testing.T) {
	s, ref := belts(t)
	s.Season = series.Season{Period: 12, Harmonics: 1}
	quasi := must(t)(series.SegmentedCounts(s, ref.Kms, series.QuasiPoisson, 0.95))
	exact := must(t)(series.SegmentedCounts(s, ref.Kms, series.PoissonError, 0.95))
	serial := must(t)(series.SegmentedCounts(s, ref.Kms, series.SerialCounts, 0.95))
	glm := claim("counts with exposure", "R 4.2 glm, sandwich 3.0-2")
	glm.Agree(t, coef(quasi), ref.Counts.Coef, 1e-9)
	glm.Agree(t, errorsOf(quasi), ref.Counts.SE, 1e-9)
	glm.Agree(t, errorsOf(exact), ref.Counts.SEPoisson, 1e-9)
	glm.Agree(t, errorsOf(serial), ref.Counts.SENW4, 1e-8)
	glm.Agree(t, []float64{quasi.Dispersion, exact.LogLikelihood, quasi.Cumulative.Value, quasi.Cumulative.SE, quasi.Points[191].Counterfactual.Value},
		[]float64{ref.Counts.Dispersion, ref.Counts.LogLik, ref.Counts.Cumulative, ref.Counts.CumulativeSE, ref.Counts.Counterfactual}, 1e-9)
}

func TestControlledSeriesIsTheRegressionOfBoth(t *testing.T) {
	s, ref := belts(t)
	s.Season = series.Season{Period: 12, Harmonics: 1}
	r := must(t)(series.SegmentedNeweyWest(s.Against(ref.Rear), 6, 0.95))
	both := claim("comparison series", "R 4.2 lm with interactions, sandwich 3.0-2")
	both.Agree(t, []float64{r.Level.Value, r.Slope.Value}, []float64{ref.Controlled.Level, ref.Controlled.Slope}, 1e-9)
	both.Agree(t, []float64{r.Level.SE, r.Slope.SE}, ref.Controlled.NW6, 1e-9)
}

// sicily are the numbers of the smoking ban in Sicily, from R.
type sicily struct {
	Poisson   poissonTable `json:"poisson_level"`
	Quasi     poissonTable `json:"quasipoisson_level"`
	Harmonic  poissonTable `json:"quasipoisson_harmonic2"`
	Segmented struct {
		Table []struct {
			Estimate float64
			SE       float64 `json:"Std. Error"`
			P        float64 `json:"Pr(>|t|)"`
		}
		NW1  []float64 `json:"se_newey_west_lag1"`
		NW3  []float64 `json:"lag3"`
		NW6  []float64 `json:"lag6"`
		DW   float64
		ACF1 float64
	} `json:"segmented_ols_rate"`
	ML likelihood `json:"gls_ar1_ml"`
}

type poissonTable struct {
	Coef, SE, Exp []float64
	CI            [][]float64
	Dispersion    float64
}

// sicilyRate is the rate of coronary events per 100,000 standardised person-years,
// with the ban from month 37.
func sicilyRate(t *testing.T) (s series.Interrupted, events, population []float64, ref sicily) {
	t.Helper()
	reference.JSON(t, reference.Path(t, "sicily-its", "reference-sicily.json"), &ref)
	data := reference.CSV(t, reference.Path(t, "sicily-its", "sicily.csv"))
	events, population = data.Floats(t, "aces"), data.Floats(t, "stdpop")
	rate := make([]float64, len(events))
	for i := range rate {
		rate[i] = events[i] / population[i] * 1e5
	}
	return series.Interrupted{Time: data.Floats(t, "time"), Outcome: rate, Change: 36}, events, population, ref
}

// sicilyOrder is the order of our terms in the reference's tables.
func sicilyClaim(method, source string) evidence.Claim {
	return evidence.Claim{Method: "interrupted series: " + method, Data: "Sicily smoking ban", Source: source}
}

func TestSegmentedOLSOfSicily(t *testing.T) {
	s, _, _, ref := sicilyRate(t)
	r := must(t)(series.SegmentedOLS(s, 0.95))
	var estimates, ses, ps, p []float64
	for k, row := range ref.Segmented.Table {
		estimates, ses, ps = append(estimates, row.Estimate), append(ses, row.SE), append(ps, row.P)
		p = append(p, r.Terms[k].P)
	}
	ols := sicilyClaim("least squares", "R 4.2 lm")
	ols.Agree(t, coef(r), estimates, 1e-9)
	ols.Agree(t, errorsOf(r), ses, 1e-9)
	ols.Agree(t, p, ps, 1e-8)
	sicilyClaim("Durbin–Watson, autocorrelation", "R lmtest 0.9-40").Agree(t, []float64{r.DurbinWatson, r.Autocorrelation[1]}, []float64{ref.Segmented.DW, ref.Segmented.ACF1}, 1e-9)
}

func TestSegmentedNeweyWestOfSicily(t *testing.T) {
	s, _, _, ref := sicilyRate(t)
	nw := sicilyClaim("Newey–West", "R sandwich 3.0-2")
	for lag, want := range map[int][]float64{1: ref.Segmented.NW1, 3: ref.Segmented.NW3, 6: ref.Segmented.NW6} {
		nw.Agree(t, errorsOf(must(t)(series.SegmentedNeweyWest(s, lag, 0.95))), want, 1e-9)
	}
}

func TestSegmentedCountsOfSicily(t *testing.T) {
	s, events, population, ref := sicilyRate(t)
	s.Outcome, s.LevelOnly = events, true
	order := []int{0, 2, 1} // the reference has the ban before time
	for _, tt := range []struct {
		name   string
		kind   series.CountError
		season series.Season
		want   poissonTable
		order  []int
	}{
		{"Poisson", series.PoissonError, series.Season{}, ref.Poisson, order},
		{"quasi-Poisson", series.QuasiPoisson, series.Season{}, ref.Quasi, order},
		{"quasi-Poisson, two harmonics", series.QuasiPoisson, yearly, ref.Harmonic, append(order, 3, 4, 5, 6)},
	} {
		s.Season = tt.season
		r := must(t)(series.SegmentedCounts(s, population, tt.kind, 0.95))
		var got, want []float64
		for j, k := range tt.order {
			got, want = append(got, r.Terms[j].Value, r.Terms[j].SE), append(want, tt.want.Coef[k], tt.want.SE[k])
		}
		// The reference's glm stopped at its default tolerance, so that its errors
		// are those of the step before; Seatbelts compares with one that went on.
		sicilyClaim(tt.name, "R 4.2 glm, default tolerance").Agree(t, got, want, 1e-5)
		if tt.kind == series.QuasiPoisson {
			sicilyClaim(tt.name+", dispersion", "R 4.2 glm").Agree(t, []float64{r.Dispersion}, []float64{tt.want.Dispersion}, 1e-5)
		} else {
			ratio := []float64{math.Exp(r.Level.Value), math.Exp(r.Level.Interval.Low), math.Exp(r.Level.Interval.High)}
			sicilyClaim("rate ratio", "R 4.2 glm").Agree(t, ratio, append([]float64{tt.want.Exp[1]}, tt.want.CI[1]...), 1e-6)
			for k, v := range []float64{0.894, 0.864, 0.925} { // as the paper prints them
				within(t, "published rate ratio", ratio[k], v, 1e-3)
			}
		}
	}
}

func TestSegmentedGLSOfSicily(t *testing.T) {
	s, _, _, ref := sicilyRate(t)
	r := must(t)(series.SegmentedGLS(s, series.ML, 0.95))
	gls := sicilyClaim("AR(1) errors by ML", "R nlme 3.1-162 gls")
	gls.Agree(t, coef(r), ref.ML.Coef, 1e-5)
	gls.Agree(t, errorsOf(r), ref.ML.SE, 1e-5)
	gls.Agree(t, []float64{r.LogLikelihood}, []float64{ref.ML.LogLik}, 1e-10)
	within(t, "autocorrelation", r.Correlation, ref.ML.Phi, 1e-5)
}

func TestSegmentedRefuses(t *testing.T) {
	good, _ := belts(t)
	straight := make([]float64, len(good.Time))
	for i, t := range good.Time {
		straight[i] = 2 + 3*t
	}
	for name, tt := range map[string]struct {
		set  func(s *series.Interrupted)
		want error
	}{
		"nothing":               {func(s *series.Interrupted) { s.Time, s.Outcome = nil, nil }, stat.ErrTooFew},
		"NaN":                   {func(s *series.Interrupted) { s.Outcome = slices.Clone(s.Outcome); s.Outcome[3] = math.NaN() }, stat.ErrNotFinite},
		"time goes back":        {func(s *series.Interrupted) { s.Time = slices.Clone(s.Time); s.Time[7] = 1 }, stat.ErrInvalid},
		"change before all":     {func(s *series.Interrupted) { s.Change = 0 }, stat.ErrTooFew},
		"change after all":      {func(s *series.Interrupted) { s.Change = 192 }, stat.ErrTooFew},
		"change NaN":            {func(s *series.Interrupted) { s.Change = math.NaN() }, stat.ErrNotFinite},
		"transition to the end": {func(s *series.Interrupted) { s.Transition = 30 }, stat.ErrTooFew},
		"negative transition":   {func(s *series.Interrupted) { s.Transition = -1 }, stat.ErrInvalid},
		"season of nothing":     {func(s *series.Interrupted) { s.Season = series.Season{Harmonics: 1} }, stat.ErrInvalid},
		"too many harmonics":    {func(s *series.Interrupted) { s.Season = series.Season{Period: 12, Harmonics: 7} }, stat.ErrInvalid},
		"harmonics and dummies": {func(s *series.Interrupted) { s.Season = series.Season{Period: 12, Harmonics: 1, Dummies: true} }, stat.ErrInvalid},
		"half a phase":          {func(s *series.Interrupted) { s.Season = series.Season{Period: 12.5, Dummies: true} }, stat.ErrInvalid},
		"constant covariate":    {func(s *series.Interrupted) { s.Covariates = [][]float64{make([]float64, 192)} }, stat.ErrCollinear},
		"straight line":         {func(s *series.Interrupted) { s.Outcome = straight }, stat.ErrNoVariance},
		"constant":              {func(s *series.Interrupted) { s.Outcome = make([]float64, 192) }, stat.ErrNoVariance},
	} {
		s := good
		tt.set(&s)
		if _, err := series.SegmentedOLS(s, 0.95); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
}
