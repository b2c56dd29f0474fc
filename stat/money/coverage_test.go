package money_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/stat/money"
)

// The chance that a case pays back, and its 90 % range, from 2,000 draws: the
// net value is 8 × effect - cost with a normal effect (2 ± 1) and cost
// (10 ± 3), so it is normal with mean 6 and standard deviation √73, and loses
// with chance Φ(-6/√73).
func TestMonteCarloRange(t *testing.T) {
	effect, cost := money.Normal{Mu: 2, Sigma: 1}, money.Normal{Mu: 10, Sigma: 3}
	sd := math.Sqrt(64 + 9)
	loss := distuv.UnitNormal.CDF(-6 / sd)
	const draws = 2000
	s := evidence.Simulate(t, "Monte Carlo of a money case", evidence.Draws{Quick: 300, Full: 3000, Seed: 61}, func(rng *rand.Rand, hold func(string, bool)) error {
		e := money.Draw(effect, draws, rand.NewPCG(rng.Uint64(), 1))
		c := money.Draw(cost, draws, rand.NewPCG(rng.Uint64(), 2))
		net, lost := make([]float64, draws), 0.0
		for i := range net {
			net[i] = 8*e[i] - c[i]
			if net[i] < 0 {
				lost++
			}
		}
		slices.Sort(net)
		future := 6 + sd*rng.NormFloat64()
		hold("outcome inside the 90 % range of 2,000 draws", net[draws/20] <= future && future <= net[draws-draws/20])
		mc := math.Sqrt(loss * (1 - loss) / draws)
		hold("chance of a loss within two Monte-Carlo errors", math.Abs(lost/draws-loss) <= 2*mc)
		return nil
	})
	s.Nominal("outcome inside the 90 % range of 2,000 draws", 0.9, 0)
	s.AtLeast("chance of a loss within two Monte-Carlo errors", 0.95) // stratified draws do better than independent ones
}
