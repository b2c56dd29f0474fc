package survival

import (
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"
)

// table is a CSV file by column name.
type table struct {
	column map[string]int
	rows   [][]string
}

func readTable(t *testing.T, path string) table {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var in io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		if in, err = gzip.NewReader(f); err != nil {
			t.Fatal(err)
		}
	}
	rows, err := csv.NewReader(in).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	out := table{column: map[string]int{}, rows: rows[1:]}
	for j, name := range rows[0] {
		out.column[name] = j
	}
	return out
}

func (tb table) text(i int, name string) string {
	j, ok := tb.column[name]
	if !ok {
		panic("no column " + name)
	}
	return tb.rows[i][j]
}

// number is NaN for NA.
func (tb table) number(i int, name string) float64 {
	v, err := strconv.ParseFloat(tb.text(i, name), 64)
	if err != nil {
		return math.NaN()
	}
	return v
}

// near fails unless got is within tol of want, relative to want (absolute
// below 1e-3). NaN never passes.
func near(t *testing.T, what string, got, want, tol float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tol*math.Max(math.Abs(want), 1e-3)) {
		t.Errorf("%s = %.15g, want %.15g (relative difference %.1e)", what, got, want, math.Abs(got-want)/math.Abs(want))
	}
}

// list reads a JSON array, or the lone number that R writes for one of length 1.
type list []float64

func (l *list) UnmarshalJSON(raw []byte) error {
	var one float64
	if json.Unmarshal(raw, &one) == nil {
		*l = list{one}
		return nil
	}
	return json.Unmarshal(raw, (*[]float64)(l))
}

// refCox is one fit as surv.R of the data folder, and reference.R of testdata,
// write it.
type refCox struct {
	Coef        list        `json:"coef"`
	SE          list        `json:"se"`
	P           list        `json:"p"`
	VCov        [][]float64 `json:"vcov"`
	LogLikNull  float64     `json:"loglik_null"`
	LogLik      float64     `json:"loglik"`
	LR          []float64   `json:"lr"`
	Wald        []float64   `json:"wald"`
	Score       []float64   `json:"score"`
	N           int         `json:"n"`
	NEvent      int         `json:"nevent"`
	Concordance []float64   `json:"concordance"`
}

// check compares a fit with R's. Coefficients may differ by the distance at
// which R stops iterating.
func (want refCox) check(t *testing.T, data string, fit *CoxFit) {
	t.Helper()
	const tol = 1e-8
	agreed := compare("Cox model", data, rSurvival)
	if fit.N != want.N || fit.Events != want.NEvent {
		t.Errorf("n, events = %d, %d, want %d, %d", fit.N, fit.Events, want.N, want.NEvent)
	}
	for j, term := range fit.Terms {
		agreed.near(t, term.Name+" coefficient", term.Coef, want.Coef[j], tol)
		agreed.near(t, term.Name+" standard error", term.SE, want.SE[j], tol)
		near(t, term.Name+" p", term.P, want.P[j], 100*tol)
		for k := range want.VCov[j] {
			near(t, term.Name+" covariance", fit.Cov.At(j, k), want.VCov[j][k], tol) // may be as good as 0: no digits to count
		}
	}
	agreed.near(t, "null log-likelihood", fit.LogLikNull, want.LogLikNull, 1e-12)
	agreed.near(t, "log-likelihood", fit.LogLik, want.LogLik, 1e-12)
	agreed.near(t, "likelihood ratio", fit.LikelihoodRatio.ChiSq, want.LR[0], 1e-9)
	agreed.near(t, "score test", fit.Score.ChiSq, want.Score[0], 1e-9)
	near(t, "score p", fit.Score.P, want.Score[2], 1e-6)
	near(t, "Wald p", fit.Wald.P, want.Wald[2], 1e-6)
	agreed.agree(t)
	agreed = compare("Concordance", data, rSurvival)
	c, err := fit.Concordance(nil)
	if err != nil {
		t.Fatal(err)
	}
	agreed.near(t, "concordance", c.Value, want.Concordance[0], 1e-12)
	agreed.near(t, "concordance SE", c.SE, want.Concordance[1], 1e-8)
	agreed.agree(t)
}
