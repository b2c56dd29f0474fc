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
