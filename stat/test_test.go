package stat_test

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/stat"
	"pgregory.net/rapid"
)

// R 4.2: qt(.975, df), qt(.995, df), 2*pt(-2, df), 2*pt(-8, df).
var student = [][5]float64{
	{1, 12.70620473617469, 63.65674116287153, 0.2951672353008664, 0.07916684832113108},
	{2.5, 3.574654842003692, 7.163728138948803, 0.1573914957579659, 0.007656644131043445},
	{30, 2.042272456301238, 2.749995653567225, 0.0546250449629831, 6.265822475700772e-09},
	{1e5, 1.959987707534609, 2.575878469908374, 0.04550296345750646, 1.257391987625632e-15},
	{1e6, 1.959966356814107, 2.575834220105333, 0.04550053385131918, 1.245506343320253e-15},
	{1e7, 1.959964221767205, 2.575829795203748, 0.04550029089184295, 1.244323480280671e-15},
	{1e8, 1.959964008262766, 2.575829352714377, 0.04550026659590674, 1.244205250822946e-15},
	{1e10, 1.959963984777281, 2.575829304040555, 0.0455002639233538, 1.244192246213414e-15},
}

func TestStudentMatchesR(t *testing.T) {
	for _, r := range student {
		df := r[0]
		got := []float64{
			stat.Student(0, 1, df, 0.95).Interval.High, stat.Student(0, 1, df, 0.99).Interval.High,
			stat.StudentP(-2, df), stat.Student(8, 1, df, 0.95).P,
		}
		evidence.Claim{Method: "Student's t: quantiles and p-values", Data: fmt.Sprintf("%g degrees of freedom", df), Source: "R 4.2 qt, pt"}.
			Agree(t, got, r[1:], 1e-9)
	}
}

func TestNormalMatchesR(t *testing.T) {
	// R 4.2: qnorm(.975), 2*pnorm(-1), 2*pnorm(-8).
	w := stat.Normal(1, 1, 0.95)
	evidence.Claim{Method: "Normal: quantile and p-values", Data: "tails", Source: "R 4.2 qnorm, pnorm"}.Agree(t,
		[]float64{w.Interval.High - 1, w.P, stat.NormalP(8)}, []float64{1.959963984540054, 0.3173105078629141, 1.244192114854357e-15}, 1e-13)
	if !math.IsInf(w.DF, 1) {
		t.Errorf("degrees of freedom %v of a normal estimate", w.DF)
	}
}

// The interval holds zero when, and only when, the test does not reject.
func TestIntervalAndTestAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value, se := rapid.Float64Range(-10, 10).Draw(t, "value"), rapid.Float64Range(0.01, 10).Draw(t, "se")
		df, level := rapid.Float64Range(1, 1e9).Draw(t, "df"), rapid.Float64Range(0.5, 0.999).Draw(t, "level")
		w := stat.Student(value, se, df, level)
		if math.Abs(w.P-(1-level)) > 1e-7 && w.Interval.Contains(0) != (w.P >= 1-level) {
			t.Fatalf("interval %+v, but p = %v", w.Interval, w.P)
		}
		if o := stat.Student(-value, se, df, level); o.P != w.P || o.Interval.Low != -w.Interval.High {
			t.Fatalf("another sign gives %+v beside %+v", o, w)
		}
	})
}

func TestLevelOutsideItsRangePanics(t *testing.T) {
	for _, level := range []float64{0, 1, -0.1, 95, math.NaN()} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("level %v was taken", level)
				}
			}()
			stat.Normal(1, 1, level)
		}()
	}
}

func TestDataErrorKnowsItsOwn(t *testing.T) {
	if !stat.DataError(fmt.Errorf("arm 2: %w", stat.ErrNoOverlap)) || stat.DataError(errors.New("disk full")) || stat.DataError(nil) {
		t.Error("errors of data are mistaken")
	}
}
