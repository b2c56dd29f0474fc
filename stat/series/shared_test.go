package series_test

import (
	"slices"
	"testing"

	"github.com/liftmark/liftmark/internal/reference"
	"github.com/liftmark/liftmark/stat/series"
)

// prop99 is the panel of 39 states × 31 years, in order of name, and where
// California is.
func prop99(t testing.TB) (p series.Panel, states []string, california int) {
	t.Helper()
	data := reference.CSV(t, reference.Path(t, "prop99", "california_prop99.csv"))
	state, year, packs := data["State"], data.Ints(t, "Year"), data.Floats(t, "PacksPerCapita")
	states = slices.Compact(slices.Sorted(slices.Values(state)))
	p = series.Panel{Outcome: make([][]float64, len(states)), Before: 19}
	for i := range p.Outcome {
		p.Outcome[i] = make([]float64, 31)
	}
	for row, name := range state {
		p.Outcome[slices.Index(states, name)][year[row]-1970] = packs[row]
	}
	return p, states, slices.Index(states, "California")
}

// prop99Reference is what R's synthdid and quadprog say of it.
type prop99Reference struct {
	SDID struct {
		Est        float64
		Omega      map[string]float64
		Lambda     []float64
		ZetaOmega  float64 `json:"zeta_omega"`
		ZetaLambda float64 `json:"zeta_lambda"`
		SE         struct{ Mean float64 }
	}
	SC struct {
		Est float64
		SE  struct{ Mean float64 }
	} `json:"sc_synthdid"`
	DID struct {
		Est float64
		SE  struct{ Mean float64 }
	}
	QP struct {
		Ridge      float64
		Weights    map[string]float64 `json:"weights_over_1pct"`
		Effect     float64            `json:"att_mean_post"`
		Gap        map[string]float64
		PreRMSPE   float64 `json:"pre_rmspe"`
		PostRMSPE  float64 `json:"post_rmspe"`
		Ratio      float64
		Rank       int                `json:"placebo_ratio_rank"`
		N          int                `json:"placebo_n"`
		P          float64            `json:"p_perm"`
		PlaceboATT map[string]float64 `json:"placebo_att"`
	} `json:"sc_outcome_only_qp"`
}

func prop99Numbers(t testing.TB) prop99Reference {
	t.Helper()
	var ref prop99Reference
	reference.JSON(t, reference.Path(t, "prop99", "reference-prop99.json"), &ref)
	return ref
}
