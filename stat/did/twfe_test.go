package did_test

import (
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/internal/reference"
	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/did"
)

func castle(t testing.TB) did.Panel {
	t.Helper()
	c := reference.CSV(t, reference.Path(t, "castle", "castle.csv"))
	sid, year, post := c.Ints(t, "sid"), c.Ints(t, "year"), c.Floats(t, "post")
	adopted := make(map[int]int) // state → first year with the law in force
	for i, s := range sid {
		if post[i] > 0 && (adopted[s] == 0 || year[i] < adopted[s]) {
			adopted[s] = year[i]
		}
	}
	start := make([]int, len(sid))
	for i, s := range sid {
		start[i] = adopted[s]
	}
	return unitPanel(t, sid, year, start, c.Floats(t, "l_homicide"), nil)
}

func organ(t testing.TB) did.Panel {
	t.Helper()
	c := reference.CSV(t, reference.Path(t, "organ-donations", "organ_donations.csv"))
	id, quarter := make([]int, len(c["State"])), c.Ints(t, "Quarter_Num")
	start, numbers := make([]int, len(id)), map[string]int{}
	for i, s := range c["State"] {
		if _, ok := numbers[s]; !ok {
			numbers[s] = len(numbers)
		}
		id[i] = numbers[s]
		if s == "California" {
			start[i] = 4
		}
	}
	return unitPanel(t, id, quarter, start, c.Floats(t, "Rate"), nil)
}

func TestTwoWayMatchesFixest(t *testing.T) {
	var minimum struct {
		TWFE struct {
			Coef float64
			SE   float64 `json:"se_cluster_fixest_default"`
		}
	}
	reference.JSON(t, reference.Path(t, "mpdta", "reference-mpdta.json"), &minimum)
	var law struct {
		Post     struct{ Coef, SE float64 } `json:"twfe_post"`
		Weighted struct{ Coef, SE float64 } `json:"twfe_post_popwt"`
		D        struct{ Coef, SE float64 } `json:"twfe_D"`
	}
	reference.JSON(t, reference.Path(t, "castle", "reference-castle.json"), &law)
	weighted := castle(t)
	c := reference.CSV(t, reference.Path(t, "castle", "castle.csv"))
	for i, w := range c.Floats(t, "popwt") {
		if u := weighted.Unit[i]; u == len(weighted.Weight) {
			weighted.Weight = append(weighted.Weight, w)
		}
	}
	for _, tt := range []struct {
		data     string
		p        did.Panel
		coef, se float64
	}{
		{"mpdta", mpdta(t, false), minimum.TWFE.Coef, minimum.TWFE.SE},
		{"castle", castle(t), law.Post.Coef, law.Post.SE},
		{"castle, dummy", castle(t), law.D.Coef, law.D.SE},
		{"castle, weighted by population", weighted, law.Weighted.Coef, law.Weighted.SE},
	} {
		r, err := did.TwoWayFixedEffects(tt.p, 0.95)
		if err != nil {
			t.Fatal(err)
		}
		evidence.Claim{Method: "Two-way fixed effects, clustered by unit", Data: tt.data, Source: "R fixest 0.12.2"}.
			Agree(t, []float64{r.Value, r.SE}, []float64{tt.coef, tt.se}, 1e-8)
		if r.Warning == "" || r.Test == nil || r.Refused != nil {
			t.Errorf("%s: warning %q, test %v, refused %v", tt.data, r.Warning, r.Test, r.Refused)
		}
	}
}

func TestTwoWayRobustMatchesFixest(t *testing.T) {
	var law struct {
		HC1 struct{ Coef, SE float64 } `json:"twfe_D_hc1"`
	}
	reference.JSON(t, reference.Path(t, "castle", "reference-castle.json"), &law)
	r, err := did.TwoWayFixedEffects(castle(t), 0.95)
	if err != nil {
		t.Fatal(err)
	}
	evidence.Claim{Method: "Two-way fixed effects, HC1", Data: "castle", Source: "R fixest 0.12.2 (hetero)"}.
		Agree(t, []float64{r.Value, r.HC1}, []float64{law.HC1.Coef, law.HC1.SE}, 1e-8)
}

func TestOneTreatedStateIsRefusedATest(t *testing.T) {
	var ref struct {
		TWFE struct {
			Coef float64
			SE   float64 `json:"se_cluster"`
		}
		Study struct{ Coef, SE []float64 } `json:"event_study"`
		Rank  struct {
			Placebo map[string]float64
			P       float64 `json:"rank_p_two_sided"`
		} `json:"randomisation_inference"`
	}
	reference.JSON(t, reference.Path(t, "organ-donations", "reference-organ.json"), &ref)
	p := organ(t)
	r, err := did.TwoWayFixedEffects(p, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	claim := evidence.Claim{Method: "Two-way fixed effects, clustered by unit", Data: "organ donations", Source: "R fixest 0.12.2"}
	claim.Agree(t, []float64{r.Value, r.SE}, []float64{ref.TWFE.Coef, ref.TWFE.SE}, 1e-8)
	if r.Test != nil || !errors.Is(r.Refused, stat.ErrTooFew) || r.TreatedClusters != 1 || r.Warning != "" {
		t.Errorf("test %v, refused %v, %d treated clusters, warning %q", r.Test, r.Refused, r.TreatedClusters, r.Warning)
	}
	s, err := did.TwoWayEventStudy(p, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	var coef, se []float64
	for _, e := range s.Effects {
		if e.Interval.Level != 0 {
			t.Errorf("event time %d has an interval", e.At)
		}
		if !e.Reference {
			coef, se = append(coef, e.ATT), append(se, e.SE)
		}
	}
	claim.Method = "Two-way event study, clustered by unit"
	claim.Agree(t, slices.Concat(coef, se), slices.Concat(ref.Study.Coef, ref.Study.SE), 1e-8)
	rank, err := did.RankTest(p)
	if err != nil {
		t.Fatal(err)
	}
	var want []float64
	for _, v := range ref.Rank.Placebo {
		want = append(want, v)
	}
	got := slices.Clone(rank.Placebo)
	slices.Sort(got)
	slices.Sort(want)
	claim.Method = "Rank test of one treated unit"
	claim.Agree(t, append(got, rank.P, rank.Value), append(want, ref.Rank.P, ref.TWFE.Coef), 1e-8)
}

func TestSunAbrahamMatchesFixest(t *testing.T) {
	var ref struct {
		Sunab struct {
			Coef, SE []float64
			ATT      float64
			ATTSE    float64 `json:"att_se"`
		}
	}
	reference.JSON(t, reference.Path(t, "mpdta", "reference-mpdta.json"), &ref)
	r, err := did.SunAbraham(mpdta(t, false), 0.95)
	if err != nil {
		t.Fatal(err)
	}
	var got []float64
	for _, e := range r.Effects {
		if !e.Reference {
			got = append(got, e.ATT)
		}
	}
	for i, e := range r.Effects {
		if !e.Reference {
			got = append(got, e.SE)
			if math.Abs(math.Sqrt(r.Covariance.At(i, i))-e.SE) > 1e-14 {
				t.Errorf("event time %d: covariance and SE disagree", e.At)
			}
		}
	}
	got = append(got, r.Overall.ATT, r.Overall.SE)
	want := append(slices.Concat(ref.Sunab.Coef, ref.Sunab.SE), ref.Sunab.ATT, ref.Sunab.ATTSE)
	evidence.Claim{Method: "Sun–Abraham event study", Data: "mpdta", Source: "R fixest 0.12.2 (sunab)"}.Agree(t, got, want, 1e-8)
}
