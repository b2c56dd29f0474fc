package did_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/internal/reference"
	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/did"
)

// asSections reads the rows of a panel as if they were of different units.
func asSections(p did.Panel) did.CrossSections {
	s := did.CrossSections{Period: p.Period, Outcome: p.Outcome}
	for i, u := range p.Unit {
		s.Unit, s.Start = append(s.Unit, i), append(s.Start, p.Start[u])
	}
	for range p.Covariates {
		s.Covariates = append(s.Covariates, nil)
	}
	for _, u := range p.Unit {
		for j, x := range p.Covariates {
			s.Covariates[j] = append(s.Covariates[j], x[u])
		}
	}
	return s
}

func TestCrossSectionsMatchDid(t *testing.T) {
	var ref struct {
		Results struct {
			RC struct {
				rGroupTime
				Simple struct{ ATT, SE float64 }
			} `json:"rc_noX"`
		}
	}
	reference.JSON(t, reference.Path(t, "mpdta", "reference-mpdta.json"), &ref)
	want := ref.Results.RC
	panel := mpdta(t, false)
	r, err := did.EstimateCrossSections(context.Background(), asSections(panel), did.Options{})
	if err != nil {
		t.Fatal(err)
	}
	claim := evidence.Claim{Method: "Callaway–Sant'Anna, repeated cross-sections", Data: "mpdta", Source: "R did 2.5.1"}
	checkCells(t, r.Cells, want.rGroupTime, claim)
	a := aggregated(t, "simple", r)
	claim.Agree(t, []float64{a.Overall.ATT, a.Overall.SE}, []float64{want.Simple.ATT, want.Simple.SE}, 1e-8)
	// The same rows as a panel: same effect, a standard error 13 times smaller.
	p, err := did.Estimate(context.Background(), panel, did.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if ratio := a.Overall.SE / aggregated(t, "simple", p).Overall.SE; ratio < 13 || ratio > 14 {
		t.Errorf("standard error is %.2f times that of the panel, R has 13.47", ratio)
	}
}

func TestCrossSectionsMatchInfinitesimalJackknife(t *testing.T) {
	var ref struct {
		X1, X2, Weight, Y []float64
		Treated, After    []int
		ATT, SE           map[string]float64
		DRDID             map[string]struct{ ATT, SE float64 }
	}
	reference.JSON(t, "testdata/sections.json", &ref)
	s := did.CrossSections{Outcome: ref.Y, Weight: ref.Weight}
	for i := range ref.Y {
		start := did.Never
		if ref.Treated[i] == 1 {
			start = 1
		}
		s.Unit, s.Period, s.Start = append(s.Unit, i), append(s.Period, ref.After[i]), append(s.Start, start)
	}
	for name, m := range map[string]did.Method{"reg": did.OutcomeRegression, "ipw": did.InverseProbability, "dr": did.DoublyRobust, "plain": did.DoublyRobust} {
		s.Covariates = [][]float64{ref.X1, ref.X2}
		if name == "plain" {
			s.Covariates = nil
		}
		r, err := did.EstimateCrossSections(context.Background(), s, did.Options{Method: m})
		if err != nil {
			t.Fatal(err)
		}
		c := r.Cells[0]
		claim := evidence.Claim{Method: "Callaway–Sant'Anna, repeated cross-sections (" + name + ")", Data: "300 simulated rows, weighted",
			Source: "lm and glm in R, standard error by numerical infinitesimal jackknife"}
		claim.Agree(t, []float64{c.ATT, c.SE}, []float64{ref.ATT[name], ref.SE[name]}, 2e-8)
		if d, ok := ref.DRDID[name]; ok {
			evidence.Claim{Method: claim.Method, Data: claim.Data, Source: "R DRDID 1.2.3"}.Agree(t, []float64{c.ATT}, []float64{d.ATT}, 1e-8)
			if !reference.Near(c.SE/d.SE, 1, 0.01) {
				t.Errorf("%s: SE %.6f, DRDID %.6f", name, c.SE, d.SE)
			}
		}
	}
}

// A panel whose rows stay together in clusters has the panel's standard errors.
func TestClusteredSectionsAreAPanel(t *testing.T) {
	p := generated(200, 9, 3)
	p.Covariates = nil
	s := asSections(p)
	s.Unit, s.Cluster = p.Unit, p.Unit
	a, err := did.EstimateCrossSections(context.Background(), s, did.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b, err := did.Estimate(context.Background(), p, did.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range a.Cells {
		reference.Agree(t, "cell", []float64{c.ATT, c.SE}, []float64{b.Cells[i].ATT, b.Cells[i].SE}, 1e-10)
	}
}

func TestCrossSectionsRefuse(t *testing.T) {
	p := tiny()
	s := asSections(p)
	s.Unit = p.Unit
	_, err := did.EstimateCrossSections(context.Background(), s, did.Options{})
	if !errors.Is(err, stat.ErrInvalid) || !strings.Contains(err.Error(), "a panel") {
		t.Errorf("a panel's rows give %v", err)
	}
	if _, err := did.EstimateCrossSections(context.Background(), did.CrossSections{}, did.Options{}); !errors.Is(err, stat.ErrTooFew) {
		t.Errorf("no rows give %v", err)
	}
	s = asSections(p)
	for i := range s.Start {
		s.Start[i] = 3
	}
	if _, err := did.EstimateCrossSections(context.Background(), s, did.Options{}); !errors.Is(err, stat.ErrNoOverlap) {
		t.Errorf("no controls give %v", err)
	}
}

func TestCrossSectionsCount(t *testing.T) {
	s := asSections(tiny())
	s.Unit, s.Period, s.Start, s.Outcome = append(s.Unit, 99), append(s.Period, 2), append(s.Start, 1), append(s.Outcome, 5)
	r, err := did.EstimateCrossSections(context.Background(), s, did.Options{})
	if err != nil {
		t.Fatal(err)
	}
	a, err := r.Simple()
	if err != nil {
		t.Fatal(err)
	}
	// ATT(3, 3) compares two rows each of the treated and of controls, before and after.
	if r.Units != 12 || r.Excluded.AlwaysTreated != 1 || r.Excluded.Rows != 1 || a.Overall.Treated != 4 || a.Overall.Controls != 4 {
		t.Errorf("%d rows, excluded %+v, %d treated and %d controls", r.Units, r.Excluded, a.Overall.Treated, a.Overall.Controls)
	}
}

// The zero baseline: with all outcomes 0 before, the panel estimators are those of a
// single cross-section.
func TestZeroBaselineIsTheCrossSection(t *testing.T) {
	type zero struct {
		DRDID map[string]struct{ Est, SE float64 } `json:"drdid_zero_baseline"`
	}
	var lalonde struct{ Family zero }
	var nsw struct {
		Linear zero `json:"observational_linear_ps"`
	}
	reference.JSON(t, reference.Path(t, "lalonde-matchit", "reference-lalonde-matchit.json"), &lalonde)
	reference.JSON(t, reference.Path(t, "nsw-cps", "reference-nsw-cps.json"), &nsw)
	file := func(folder, name string) reference.Columns { return reference.CSV(t, reference.Path(t, folder, name)) }
	for _, tt := range []struct {
		data    string
		want    zero
		files   []reference.Columns // of the second, all rows are controls; of the first then only the treated count
		columns []string
	}{
		{"LaLonde (MatchIt)", lalonde.Family, []reference.Columns{file("lalonde-matchit", "lalonde.csv")},
			[]string{"age", "educ", "racehispan", "racewhite", "married", "nodegree", "re74", "re75"}},
		{"NSW and CPS controls", nsw.Linear, []reference.Columns{file("nsw-cps", "nsw_dw.csv"), file("nsw-cps", "cps_controls.csv")},
			[]string{"age", "educ", "black", "hisp", "marr", "nodegree", "re74", "re75"}},
	} {
		p := did.Panel{Covariates: make([][]float64, len(tt.columns))}
		for k, c := range tt.files {
			addTrainees(t, &p, c, tt.columns, k == 0 && len(tt.files) > 1)
		}
		for name, m := range map[string]did.Method{"dr": did.DoublyRobust, "ipw_hajek": did.InverseProbability, "reg": did.OutcomeRegression} {
			r, err := did.Estimate(context.Background(), p, did.Options{Method: m})
			if err != nil {
				t.Fatal(err)
			}
			evidence.Claim{Method: "Doubly robust difference-in-differences (" + name + ")", Data: tt.data + ", zero baseline", Source: "R DRDID 1.2.3"}.
				Agree(t, []float64{r.Cells[0].ATT, r.Cells[0].SE}, []float64{tt.want.DRDID[name].Est, tt.want.DRDID[name].SE}, 3e-8)
		}
	}
}

// addTrainees appends the rows of a file, with an outcome of 0 before.
func addTrainees(t testing.TB, p *did.Panel, c reference.Columns, columns []string, treatedOnly bool) {
	t.Helper()
	covariates := make([][]float64, len(columns))
	for j, name := range columns {
		covariates[j] = covariateOf(t, c, name)
	}
	for i, y := range c.Floats(t, "re78") {
		start := did.Never
		if c["treat"][i] == "1" {
			start = 1
		} else if treatedOnly {
			continue
		}
		u := len(p.Start)
		p.Start, p.Unit, p.Period, p.Outcome = append(p.Start, start), append(p.Unit, u, u), append(p.Period, 0, 1), append(p.Outcome, 0, y)
		for j := range columns {
			p.Covariates[j] = append(p.Covariates[j], covariates[j][i])
		}
	}
}

// covariateOf reads a column, or a dummy of the column race.
func covariateOf(t testing.TB, c reference.Columns, name string) []float64 {
	level, dummy := strings.CutPrefix(name, "race")
	if !dummy {
		return c.Floats(t, name)
	}
	out := make([]float64, len(c["race"]))
	for i, v := range c["race"] {
		if v == level {
			out[i] = 1
		}
	}
	return out
}
