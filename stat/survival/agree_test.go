package survival

import (
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
)

// compared collects pairs of our numbers and someone else's for one claim.
type compared struct {
	claim     evidence.Claim
	got, want []float64
}

func compare(method, data, source string) *compared {
	return &compared{claim: evidence.Claim{Method: method, Data: data, Source: source}}
}

// near fails by name, beyond tol; the pair joins the claim.
func (c *compared) near(t *testing.T, what string, got, want, tol float64) {
	t.Helper()
	near(t, what, got, want, tol)
	c.got, c.want = append(c.got, got), append(c.want, want)
}

// agree records the digits of all pairs, at least eight.
func (c *compared) agree(t *testing.T) {
	t.Helper()
	c.claim.Agree(t, c.got, c.want, 1e-8)
}

// fitNumbers is what R's files of one Cox fit have in common.
type fitNumbers struct {
	coef, se, modelSE, logLik []float64
	score, wald               float64
}

// fit compares the numbers of a Cox fit; coefficients to the distance at which R
// stops iterating.
func (c *compared) fit(t *testing.T, fit *CoxFit, want fitNumbers, coefTol float64) {
	t.Helper()
	for j, term := range fit.Terms {
		c.near(t, "coefficient", term.Coef, want.coef[j], coefTol)
		c.near(t, "SE", term.SE, want.se[j], 1e-9)
		c.near(t, "model SE", term.ModelSE, want.modelSE[j], 1e-9)
	}
	c.near(t, "null log-likelihood", fit.LogLikNull, want.logLik[0], 1e-12)
	c.near(t, "log-likelihood", fit.LogLik, want.logLik[1], 1e-12)
	c.near(t, "score", fit.Score.ChiSq, want.score, 1e-9)
	c.near(t, "Wald", fit.Wald.ChiSq, want.wald, 1e-9)
}

// mean compares a restricted mean and its standard error.
func (c *compared) mean(t *testing.T, curve *Curve, to, value, se float64) {
	t.Helper()
	m, err := curve.RMST(to, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	c.near(t, "RMST", m.Value, value, 1e-10)
	c.near(t, "RMST SE", m.SE, se, 1e-10)
}
