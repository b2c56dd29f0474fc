package regression_test

import (
	"math"
	"slices"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/internal/reference"
	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/regression"
)

func TestFirstDifferencesOfTrainingGrants(t *testing.T) {
	c := reference.CSV(t, reference.Path(t, "jtrain", "jtrain.csv"))
	type row struct {
		Estimate float64
		SE       float64 `json:"Std. Error"`
		T        float64 `json:"t value"`
		P        float64 `json:"Pr(>|t|)"`
	}
	var ref struct {
		Scrap []row     `json:"fd_scrap_87_88"`
		Log   []row     `json:"fd_logscrap_87_88"`
		HC1   []float64 `json:"fd_logscrap_HC1"`
		N     int       `json:"n_fd"`
	}
	reference.JSON(t, reference.Path(t, "jtrain", "reference-jtrain.json"), &ref)
	for outcome, want := range map[string][]row{"scrap": ref.Scrap, "lscrap": ref.Log} {
		var rows []int
		for _, i := range complete(c, outcome, "grant", "year") {
			if c["year"][i] != "1989" {
				rows = append(rows, i)
			}
		}
		var firm, year []int
		for _, i := range rows {
			firm, year = append(firm, c.Ints(t, "fcode")[i]), append(year, c.Ints(t, "year")[i])
		}
		d := must(regression.FirstDifferences(numbers(c, outcome, rows), columnsOf(numbers(c, "grant", rows)), firm, year))
		fit := must(regression.OLS(d.Y, d.X))
		if fit.N != ref.N {
			t.Errorf("%d changes, want %d", fit.N, ref.N)
		}
		claim := evidence.Claim{Method: "first differences", Data: "jtrain " + outcome, Source: "R lm"}
		tol := 1e-10
		if outcome == "lscrap" {
			tol = 1e-7 // the reference takes the file's column of changes, which is rounded to float32
		}
		for j, c := range must(regression.Coefficients(nil, fit.Coef, must(fit.Classical()), []float64{float64(fit.DF)}, 0.95)) {
			claim.Agree(t, []float64{c.Value, c.SE, c.Statistic, c.P}, []float64{want[j].Estimate, want[j].SE, want[j].T, want[j].P}, tol)
		}
		if outcome == "lscrap" {
			claim.Method, claim.Source = "first differences, HC1", "R sandwich 3.0-2"
			claim.Agree(t, regression.StandardErrors(must(fit.HC(regression.HC1))), ref.HC1, tol)
		}
	}
}

func TestFirstDifferencesCountWhatTheyLeaveOut(t *testing.T) {
	unit := []int{7, 3, 7, 7, 5, 3}
	period := []int{2, 1, 1, 4, 9, 2}
	d := must(regression.FirstDifferences([]float64{5, 1, 3, 9, 0, 4}, columnsOf([]float64{1, 0, 0, 1, 1, 0}), unit, period))
	if !slices.Equal(d.Y, []float64{3, 2}) || !slices.Equal(d.Rows, []int{5, 0}) || !slices.Equal(d.X.Values, []float64{1, 0, 1, 1}) || !slices.Equal(d.Unit, []int{3, 7}) {
		t.Errorf("changes are %+v", d)
	}
	if d.Gaps != 1 || d.LoneRows != 1 {
		t.Errorf("%d gaps and %d lone rows, want 1 and 1", d.Gaps, d.LoneRows)
	}
	_, err := regression.FirstDifferences([]float64{1, 2}, columnsOf([]float64{1, 2}), []int{1, 1}, []int{4, 4})
	wantError(t, err, stat.ErrInvalid, "unit 1 has period 4")
	_, err = regression.FirstDifferences([]float64{1, 2}, columnsOf([]float64{1, 2}), []int{1, 2}, []int{4, 5})
	wantError(t, err, stat.ErrTooFew, "neighbouring")
}

// With two periods, first differences are two-way fixed effects.
func TestTwoPeriodsDifferencesAreFixedEffects(t *testing.T) {
	unit, period := []int{1, 1, 2, 2, 3, 3, 4, 4}, []int{0, 1, 0, 1, 0, 1, 0, 1}
	y, x := []float64{1, 2, 4, 3, 5, 9, 2, 8}, []float64{0, 1, 0, 0, 0, 1, 0, 0}
	d := must(regression.FirstDifferences(y, columnsOf(x), unit, period))
	fe := must(regression.FixedEffects(y, columnsOf(x), [][]int{unit, period}, nil))
	if fd := must(regression.OLS(d.Y, d.X)); math.Abs(fd.Coef[1]-fe.Coef[0]) > 1e-12 {
		t.Errorf("slope %g by differences, %g by effects", fd.Coef[1], fe.Coef[0])
	}
}
