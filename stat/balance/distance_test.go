package balance_test

import (
	"fmt"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/internal/reference"
	"github.com/liftmark/liftmark/stat/balance"
)

type distances struct {
	Treated                                     []int
	Tenure, Size, Plan, Score, Weights, Outcome []float64
	KSBefore                                    map[string]float64 `json:"ks_before"`
	KSAfter                                     map[string]float64 `json:"ks_after"`
	Outside                                     [2]float64
	C, Common                                   float64
	Bins                                        [2][]float64
	Range                                       [4]float64
	Prognostic                                  []float64
	PrognosticSMD                               [2]float64 `json:"prognostic_smd"`
}

func readDistances(t testing.TB) (ref distances, treated []bool, columns []balance.Covariate) {
	reference.JSON(t, "testdata/distance.json", &ref)
	for _, v := range ref.Treated {
		treated = append(treated, v == 1)
	}
	return ref, treated, []balance.Covariate{{Name: "tenure", Values: ref.Tenure}, {Name: "size", Values: ref.Size}, {Name: "plan", Values: ref.Plan}}
}

func TestKolmogorovSmirnov(t *testing.T) {
	ref, treated, columns := readDistances(t)
	table, err := balance.New(treated, ref.Weights, columns, balance.Treated)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range table.Rows {
		evidence.Claim{Method: "Kolmogorov–Smirnov distance, weighted", Data: "simulated", Source: "R 4.2, by definition (cobalt's)"}.Agree(t,
			[]float64{row.Before.KS, row.After.KS}, []float64{ref.KSBefore[row.Name], ref.KSAfter[row.Name]}, 1e-12)
	}
	if table.MaxKS != max(table.Rows[0].After.KS, table.Rows[1].After.KS, table.Rows[2].After.KS) || table.MaxKSBefore < table.Rows[0].Before.KS {
		t.Errorf("largest distances %v and %v of %+v", table.MaxKSBefore, table.MaxKS, table.Rows)
	}
}

func TestOverlap(t *testing.T) {
	ref, treated, _ := readDistances(t)
	o, err := balance.OverlapOf(treated, ref.Score, 10)
	if err != nil {
		t.Fatal(err)
	}
	got := []float64{o.Control.Low, o.Control.High, o.Treated.Low, o.Treated.High, o.ControlsOutside, o.TreatedOutside, o.CStatistic, o.Common}
	want := append(append(ref.Range[:], ref.Outside[:]...), ref.C, ref.Common)
	for k, b := range o.Bins {
		got, want = append(got, float64(b.Controls), float64(b.Treated)), append(want, ref.Bins[0][k], ref.Bins[1][k])
	}
	evidence.Claim{Method: "Overlap of scores", Data: "simulated", Source: "R 4.2, base functions"}.Agree(t, got, want, 1e-12)
}

func TestPrognosticScore(t *testing.T) {
	ref, treated, columns := readDistances(t)
	with, err := balance.Prognostic(treated, ref.Outcome, columns)
	if err != nil {
		t.Fatal(err)
	}
	table, err := balance.New(treated, ref.Weights, with, balance.Treated)
	if err != nil {
		t.Fatal(err)
	}
	last := table.Rows[len(table.Rows)-1]
	claim := evidence.Claim{Method: "Prognostic score balance", Data: "simulated", Source: "R 4.2 lm"}
	claim.Agree(t, with[3].Values, ref.Prognostic, 1e-10)
	claim.Agree(t, []float64{last.Before.SMD, last.After.SMD}, ref.PrognosticSMD[:], 1e-9)
}

func ExampleOverlapOf() {
	treated := []bool{true, true, true, true, false, false, false, false}
	score := []float64{0.4, 0.5, 0.6, 0.9, 0.1, 0.3, 0.5, 0.6}
	o, err := balance.OverlapOf(treated, score, 4)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.0f %% of the trained score above every control; c-statistic %.3f\n", 100*o.TreatedOutside, o.CStatistic)
	// Output:
	// 25 % of the trained score above every control; c-statistic 0.750
}
