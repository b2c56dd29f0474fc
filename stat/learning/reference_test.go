package learning_test

import (
	"math"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/internal/reference"
	"github.com/liftmark/liftmark/stat/learning"
)

type modelReference struct {
	Par, SE []float64
	LogLik  float64
}

type curveReference struct {
	Coef, Par, SE              []float64
	Deviance, RSS, LogLik, AIC float64
}

type ownReference struct {
	Answers, Missing    []string
	OnePL, TwoPL, Rasch modelReference
	TwoPLMissing        modelReference `json:"twopl_missing"`
	CML                 struct {
		Difficulty, SE []float64
		LogLik         float64
	}
	CTT struct {
		P              []float64
		ItemTotal      []float64 `json:"item_total"`
		ItemRest       []float64 `json:"item_rest"`
		Discrimination []float64
	}
	Alpha, Attitude struct {
		Alpha, Psych, SEM, Low, High, KR20 float64
		Without, Values                    []float64
	}
	TracingAnswers []string `json:"tracing_answers"`
	Tracing        struct {
		Par    []float64
		SE     []float64 `json:"se_logit"`
		LogLik float64
	}
	Forgetting, Ebbinghaus struct{ Exponential, Power curveReference }
	Gain                   gainReference
}

type gainReference struct {
	Pre, Post          []float64
	Class, Person      float64
	ClassSE            float64 `json:"class_se"`
	ClassLow           float64 `json:"class_low"`
	ClassHigh          float64 `json:"class_high"`
	PersonLow          float64 `json:"person_low"`
	PersonHigh         float64 `json:"person_high"`
	PersonP            float64 `json:"person_p"`
	Observed, Expected float64
	ObservedP          float64 `json:"observed_p"`
	Beyond             float64
	BeyondLow          float64 `json:"beyond_low"`
	BeyondP            float64 `json:"beyond_p"`
}

func own(t testing.TB) ownReference {
	var ref ownReference
	reference.JSON(t, "testdata/reference.json", &ref)
	return ref
}

// answers reads rows of 0, 1 and - for a missing mark.
func answers(rows []string) learning.Answers {
	a := learning.Answers{Persons: len(rows), Items: len(rows[0])}
	for _, r := range rows {
		a.Marks = append(a.Marks, marks(r)...)
	}
	return a
}

const simulated = "300 simulated people, 6 items"

func TestIRTOwnReference(t *testing.T) {
	ref := own(t)
	for _, tt := range []struct {
		name  string
		model learning.Model
		rows  []string
		want  modelReference
	}{
		{"Rasch", learning.Rasch, ref.Answers, ref.Rasch}, {"1PL", learning.OnePL, ref.Answers, ref.OnePL},
		{"2PL", learning.TwoPL, ref.Answers, ref.TwoPL}, {"2PL with missing answers", learning.TwoPL, ref.Missing, ref.TwoPLMissing},
	} {
		fit := must(learning.FitIRT(t.Context(), answers(tt.rows), tt.model, 0.95))
		got, se := []float64{fit.LogLik}, []float64(nil)
		for _, it := range fit.Items {
			got, se = append(got, it.Intercept.Value), append(se, it.Intercept.SE)
		}
		for i, it := range fit.Items {
			if tt.model == learning.TwoPL || tt.model == learning.OnePL && i == 0 {
				got, se = append(got, it.Discrimination.Value), append(se, it.Discrimination.SE)
			}
		}
		claim := evidence.Claim{Method: tt.name + ", parameters and log likelihood", Data: simulated, Source: "R 4.2 optim and numDeriv"}
		claim.Agree(t, got, append([]float64{tt.want.LogLik}, tt.want.Par...), 1e-7)
		claim.Method = tt.name + ", standard errors"
		claim.Agree(t, se, tt.want.SE, 1e-6)
	}
}

func TestRaschOwnReference(t *testing.T) {
	ref := own(t)
	fit := must(learning.FitRasch(answers(ref.Answers), 0.95))
	got, want := []float64{fit.LogLik}, []float64{ref.CML.LogLik}
	for i, d := range fit.Difficulty {
		got, want = append(got, d.Value, d.SE), append(want, ref.CML.Difficulty[i], ref.CML.SE[i])
	}
	evidence.Claim{Method: "Rasch, conditional maximum likelihood", Data: simulated, Source: "R 4.2, enumeration of all patterns"}.Agree(t, got, want, 1e-9)
}

func TestClassicalOwnReference(t *testing.T) {
	ref := own(t)
	a := answers(ref.Answers)
	var got, want []float64
	for i, it := range must(learning.Items(a)) {
		got = append(got, it.PCorrect, it.ItemTotal, it.ItemRest, it.Discrimination)
		want = append(want, ref.CTT.P[i], ref.CTT.ItemTotal[i], ref.CTT.ItemRest[i], ref.CTT.Discrimination[i])
	}
	evidence.Claim{Method: "Item analysis", Data: simulated, Source: "R 4.2 cor"}.Agree(t, got, want, 1e-10)
	r := must(learning.AlphaOf(a, 0.95))
	evidence.Claim{Method: "Cronbach's α and KR-20", Data: simulated, Source: "R psych 2.2.9 and qf"}.Agree(t,
		append([]float64{r.Alpha, r.Alpha, r.Alpha, r.SEM, r.Interval.Low, r.Interval.High}, r.WithoutItem...),
		append([]float64{ref.Alpha.Alpha, ref.Alpha.Psych, ref.Alpha.KR20, ref.Alpha.SEM, ref.Alpha.Low, ref.Alpha.High}, ref.Alpha.Without...), 1e-8)
	r = must(learning.Alpha(learning.Scores{Persons: 30, Items: 7, Values: ref.Attitude.Values}, 0.95))
	evidence.Claim{Method: "Cronbach's α", Data: "attitude, 30 departments, 7 scales", Source: "R psych 2.2.9 and qf"}.Agree(t,
		append([]float64{r.Alpha, r.SEM, r.Interval.Low, r.Interval.High}, r.WithoutItem...),
		append([]float64{ref.Attitude.Alpha, ref.Attitude.SEM, ref.Attitude.Low, ref.Attitude.High}, ref.Attitude.Without...), 1e-8)
}

func TestClassicalLSAT(t *testing.T) {
	a, ref := lsat(t)
	var got, want []float64
	for i, it := range must(learning.Items(a)) {
		got, want = append(got, it.PCorrect, it.ItemRest), append(want, ref.PCorrect[i], ref.ItemRest[i])
	}
	got, want = append(got, must(learning.AlphaOf(a, 0.95)).Alpha), append(want, ref.Alpha)
	evidence.Claim{Method: "Item analysis and Cronbach's α", Data: "LSAT6", Source: "R 4.2 and psych"}.Agree(t, got, want, 1e-10)
}

// What R's ltm prints for these data (Rizopoulos 2006, Journal of Statistical
// Software 17(5)): rasch() with a common discrimination, and ltm(). Its 21
// quadrature points move the third digit of the second.
func TestLSATPublished(t *testing.T) {
	a, _ := lsat(t)
	one := must(learning.FitIRT(t.Context(), a, learning.OnePL, 0.95))
	got, want := []float64{one.LogLik, one.Items[0].Discrimination.Value}, []float64{-2466.938, 0.7551}
	for i, d := range []float64{-3.6153, -1.3224, -0.3176, -1.7301, -2.7802} {
		got, want = append(got, one.Items[i].Difficulty.Value), append(want, d)
	}
	evidence.Claim{Method: "Item response, 1PL", Data: "LSAT6", Source: "R ltm, 4 decimals printed"}.Agree(t, got, want, 1.6e-4)
	two := must(learning.FitIRT(t.Context(), a, learning.TwoPL, 0.95))
	got, want = []float64{two.LogLik}, []float64{-2466.653}
	for i, w := range [][2]float64{{-3.3597, 0.8254}, {-1.3696, 0.7229}, {-0.2799, 0.8905}, {-1.8659, 0.6886}, {-3.1236, 0.6575}} {
		got, want = append(got, two.Items[i].Difficulty.Value, two.Items[i].Discrimination.Value), append(want, w[0], w[1])
	}
	evidence.Claim{Method: "Item response, 2PL", Data: "LSAT6", Source: "R ltm, 21 quadrature points"}.Agree(t, got, want, 2e-3)
}

func TestTracingOwnReference(t *testing.T) {
	ref := own(t)
	var people [][]int8
	for _, r := range ref.TracingAnswers {
		people = append(people, marks(r))
	}
	fit := must(learning.FitTracing(t.Context(), people, 0.95))
	got, want := []float64{fit.LogLik}, []float64{ref.Tracing.LogLik}
	var se []float64
	for k, e := range fit.Parameters {
		got, want = append(got, e.Value), append(want, ref.Tracing.Par[k])
		se = append(se, e.SE/(e.Value*(1-e.Value)))
	}
	claim := evidence.Claim{Method: "Bayesian knowledge tracing, maximum likelihood", Data: "400 simulated people, 5 answers", Source: "R 4.2, enumeration of when the skill was learnt"}
	claim.Agree(t, got, want, 1e-6)
	claim.Method = "Bayesian knowledge tracing, standard errors"
	claim.Agree(t, se, ref.Tracing.SE, 1e-5)
}

func TestForgettingReference(t *testing.T) {
	ref := own(t)
	days, right := []float64{0, 1, 2, 7, 14, 30, 60}, []int{70, 66, 61, 50, 37, 21, 9}
	var tests []learning.Recall
	for i, d := range days {
		tests = append(tests, learning.Recall{Time: d, Right: right[i], Asked: 80})
	}
	for curve, want := range map[learning.Curve]curveReference{learning.Exponential: ref.Forgetting.Exponential, learning.Power: ref.Forgetting.Power} {
		f := must(learning.FitForgetting(tests, curve, 0.95))
		evidence.Claim{Method: []string{"Forgetting, exponential", "Forgetting, power"}[curve], Data: "seven tests of 80 questions", Source: "R 4.2 glm, binomial with log link"}.Agree(t,
			[]float64{math.Log(f.Start.Value), -f.Rate.Value, f.Start.SE / f.Start.Value, f.Rate.SE, f.Misfit, f.LogLik},
			append(append(want.Coef, want.SE...), want.Deviance, want.LogLik), 1e-7)
	}
}

// Ebbinghaus (1885), in the translation of Ruger and Bussenius (1913), Memory,
// page 76: savings of 58.2 to 21.1 % of the time of learning after 0.33, 1, 8.8,
// 24 and 48 hours, 6 and 31 days.
func ebbinghaus() (days, savings []float64) {
	for _, hours := range []float64{1.0 / 3, 1, 8.8, 24, 48, 144, 744} {
		days = append(days, hours/24)
	}
	return days, []float64{0.582, 0.442, 0.358, 0.337, 0.278, 0.254, 0.211}
}

func TestEbbinghaus(t *testing.T) {
	ref := own(t)
	days, savings := ebbinghaus()
	hours := make([]float64, len(days))
	for i, d := range days {
		hours[i] = d * 24
	}
	for _, tt := range []struct {
		name  string
		curve learning.Curve
		times []float64
		want  curveReference
	}{{"Forgetting, exponential", learning.Exponential, days, ref.Ebbinghaus.Exponential}, {"Forgetting, power", learning.Power, hours, ref.Ebbinghaus.Power}} {
		f := must(learning.FitSavings(tt.times, savings, tt.curve, 0.95))
		evidence.Claim{Method: tt.name + " by least squares", Data: "Ebbinghaus's savings", Source: "R 4.2 nls"}.Agree(t,
			[]float64{f.Start.Value, f.Rate.Value, f.Start.SE, f.Rate.SE, f.Misfit, f.LogLik, f.AIC},
			append(append(tt.want.Par, tt.want.SE...), tt.want.RSS, tt.want.LogLik, tt.want.AIC), 1e-7)
	}
}

func TestGainReference(t *testing.T) {
	ref := own(t).Gain
	g := must(learning.NormalisedGain(ref.Pre, ref.Post, 10, 0.95))
	evidence.Claim{Method: "Normalised gain", Data: "12 typed-in people", Source: "R 4.2, delta method and t.test"}.Agree(t,
		[]float64{g.Class.Value, g.Class.SE, g.Class.Interval.Low, g.Class.Interval.High, g.Person.Value, g.Person.Interval.Low, g.Person.Interval.High, g.Person.P},
		[]float64{ref.Class, ref.ClassSE, ref.ClassLow, ref.ClassHigh, ref.Person, ref.PersonLow, ref.PersonHigh, ref.PersonP}, 1e-9)
	if g.FullBoth != 1 || g.ZeroBoth != 1 || g.People != 12 {
		t.Errorf("%+v", g)
	}
	c := must(learning.Change(ref.Pre, ref.Post, learning.Population{Mean: 6, Correlation: 0.6}, 0.95))
	evidence.Claim{Method: "Change beyond regression to the mean", Data: "12 typed-in people", Source: "R 4.2 t.test"}.Agree(t,
		[]float64{c.Observed.Value, c.Observed.P, c.Beyond.Value, c.Beyond.Interval.Low, c.Beyond.P, c.Expected},
		[]float64{ref.Observed, ref.ObservedP, ref.Beyond, ref.BeyondLow, ref.BeyondP, ref.Expected}, 1e-9)
}

// Hake (1998), section II: a class average of 40 % before and 70 % after is a
// gain of one half.
func TestHakePublished(t *testing.T) {
	g := must(learning.NormalisedGain([]float64{30, 40, 50}, []float64{68, 71, 71}, 100, 0.95))
	if math.Abs(g.Class.Value-0.5) > 1e-12 {
		t.Errorf("%v", g.Class.Value)
	}
}
