package survival

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/stat"
)

func contains(f *CoxFit, hazardRatio float64) bool { return f.Terms[0].Interval.Contains(hazardRatio) }

// twoArms is a randomised comparison of n a side.
func twoArms(rng *rand.Rand, n int, hazard, ratio float64) CoxData {
	a, b := drawArm(rng, n, hazard), drawArm(rng, n, hazard*ratio)
	d := CoxData{Data: Data{Stop: append(a.Stop, b.Stop...), Event: append(a.Event, b.Event...)}, Names: []string{"treated"}}
	for i := range d.Stop {
		d.X = append(d.X, float64(i/n))
	}
	return d
}

func TestCoxIntervalsCover(t *testing.T) {
	const ratio = 0.55
	sim := evidence.Simulate(t, "Cox model", draws(17), func(rng *rand.Rand, hold func(string, bool)) error {
		fit, err := Cox(twoArms(rng, 60, 1, ratio), CoxOptions{})
		if err != nil {
			return err
		}
		hold("60 a side", contains(fit, ratio))
		rare, err := Cox(twoArms(rng, 800, 0.02, ratio), CoxOptions{})
		if err != nil {
			return err
		}
		hold("800 a side, 40 events", contains(rare, ratio))
		curve, err := fit.Predict([]float64{1}, 0)
		if err != nil {
			return err
		}
		e, _ := curve.At(1, 0.95, LogLog)
		hold("prediction, 60 a side", e.Interval.Contains(math.Exp(-ratio)))
		same, err := Cox(twoArms(rng, 60, 1, 1), CoxOptions{})
		if err != nil {
			return err
		}
		hold("60 a side, Wald test rejects the null", same.Terms[0].P < 0.05)
		hold("60 a side, likelihood ratio rejects the null", same.LikelihoodRatio.P < 0.05)
		hold("60 a side, score test rejects the null", same.Score.P < 0.05)
		return nil
	})
	for _, name := range []string{"60 a side", "800 a side, 40 events", "prediction, 60 a side"} {
		sim.Nominal(name, 0.95, 0.005) // normal approximation with 40 to 90 events
	}
	for _, name := range []string{"Wald test", "likelihood ratio", "score test"} {
		sim.Nominal("60 a side, "+name+" rejects the null", 0.05, 0.005)
	}
}

// Months with a third of the units leaving in each: Efron's ties stay near the
// truth of the continuous times, Breslow's are drawn to 1.
func TestEfronHoldsUnderTiesAndBreslowFails(t *testing.T) {
	const ratio = 2.5
	sim := evidence.Simulate(t, "Cox model, heavy ties (six periods)", draws(18), func(rng *rand.Rand, hold func(string, bool)) error {
		d := twoArms(rng, 150, 0.5, ratio)
		d.Data = d.inPeriods(0.5)
		efron, err := Cox(d, CoxOptions{})
		if err != nil {
			return err
		}
		breslow, err := Cox(d, CoxOptions{Ties: Breslow})
		if err != nil {
			return err
		}
		hold("Efron, 150 a side", contains(efron, ratio))
		hold("Breslow, 150 a side", contains(breslow, ratio))
		return nil
	})
	sim.Nominal("Efron, 150 a side", 0.95, 0.01) // Efron is an approximation too
	sim.ShownToFail("Breslow, 150 a side", 0.92)
}

// drawPairs draws clusters of two units that share a covariate and part of
// their luck; each unit's own hazard is exp(0.5·x) exactly.
func drawPairs(rng *rand.Rand, clusters int) CoxData {
	d := CoxData{Names: []string{"x"}}
	for c := range clusters {
		x := float64(c % 2)
		shared := rng.NormFloat64()
		for range 2 {
			z := 0.8*shared + 0.6*rng.NormFloat64() // standard normal, correlated within the pair
			event := -math.Log(0.5*math.Erfc(-z/math.Sqrt2)) / math.Exp(0.5*x)
			censored := 0.5 + 2.5*rng.Float64()
			d.Stop = append(d.Stop, min(event, censored))
			d.Event = append(d.Event, event <= censored)
			d.X = append(d.X, x)
			d.Cluster = append(d.Cluster, c)
		}
	}
	return d
}

func TestClusterRobustIntervalsCover(t *testing.T) {
	truth := math.Exp(0.5)
	sim := evidence.Simulate(t, "Cox model, cluster-robust", draws(19), func(rng *rand.Rand, hold func(string, bool)) error {
		d := drawPairs(rng, 60)
		robust, err := Cox(d, CoxOptions{})
		if err != nil {
			return err
		}
		hold("60 clusters of two", contains(robust, truth))
		d.Cluster = nil
		model, err := Cox(d, CoxOptions{})
		if err != nil {
			return err
		}
		hold("60 clusters of two taken for independent", contains(model, truth))
		few, err := Cox(drawPairs(rng, 6), CoxOptions{})
		if errors.Is(err, stat.ErrSeparation) {
			return nil // one arm without an event: no interval is given
		}
		if err != nil {
			return err
		}
		hold("6 clusters of two", contains(few, truth))
		return nil
	})
	sim.Nominal("60 clusters of two", 0.95, 0.015) // sandwich variances of few clusters are a little small
	sim.ShownToFail("60 clusters of two taken for independent", 0.93)
	sim.ShownToFail("6 clusters of two", 0.93) // the page says so: 30 clusters, or none
}

func TestProportionalHazardsTestHoldsItsSize(t *testing.T) {
	sim := evidence.Simulate(t, "Proportional hazards test", draws(20), func(rng *rand.Rand, hold func(string, bool)) error {
		d := twoArms(rng, 80, 1, 0.6)
		for i := range d.Stop { // a second covariate without effect
			d.X[i] = float64(i / 80)
		}
		x := make([]float64, 0, 2*len(d.X))
		for _, v := range d.X {
			x = append(x, v, rng.NormFloat64())
		}
		d.Names, d.X = []string{"treated", "x"}, x
		fit, err := Cox(d, CoxOptions{})
		if err != nil {
			return err
		}
		for clock, name := range map[Clock]string{KMClock: "Kaplan–Meier clock", Identity: "identity clock"} {
			tests, err := fit.ProportionalHazards(clock)
			if err != nil {
				return err
			}
			hold(name+", 80 a side, treatment", tests[0].P < 0.05)
			hold(name+", 80 a side, all", tests[2].P < 0.05)
		}
		return nil
	})
	for _, name := range []string{"Kaplan–Meier clock", "identity clock"} {
		sim.Nominal(name+", 80 a side, treatment", 0.05, 0.005) // χ² is approximate with 120 events
		sim.Nominal(name+", 80 a side, all", 0.05, 0.005)
	}
}

// drawTraining draws customers who leave at a constant rate and, if still
// there, are trained at another; training changes the rate to leave by ratio.
// spells have a covariate that switches, whole the same customers with "ever
// trained" from the beginning.
func drawTraining(rng *rand.Rand, n int, ratio float64) (spells, whole CoxData) {
	spells.Names, whole.Names = []string{"trained"}, []string{"ever trained"}
	for i := range n {
		trained, luck, censored := rng.ExpFloat64()/0.4, rng.ExpFloat64(), 1+2*rng.Float64()
		leaves := luck / 0.5
		if leaves > trained {
			leaves = trained + (luck-0.5*trained)/(0.5*ratio)
		}
		end, event := min(leaves, censored), leaves <= censored
		ever := 0.0
		if trained < end {
			ever = 1
			spells.addSpell(i, 0, trained, false, 0)
			spells.addSpell(i, trained, end, event, 1)
		} else {
			spells.addSpell(i, 0, end, event, 0)
		}
		whole.addSpell(i, 0, end, event, ever)
	}
	return spells, whole
}

func (d *CoxData) addSpell(unit int, start, stop float64, event bool, x float64) {
	d.Start, d.Stop, d.Event = append(d.Start, start), append(d.Stop, stop), append(d.Event, event)
	d.X, d.Cluster = append(d.X, x), append(d.Cluster, unit)
}

// Without any effect, "ever trained" cuts the rate to leave by half or more:
// whoever left early could not be trained any more. The covariate that
// switches shows the truth.
func TestImmortalTime(t *testing.T) {
	for _, ratio := range []float64{1, 0.7} {
		name := map[float64]string{1: "no effect", 0.7: "hazard ratio 0.7"}[ratio]
		sim := evidence.Simulate(t, "Cox model, immortal time", draws(21+uint64(10*ratio)), func(rng *rand.Rand, hold func(string, bool)) error {
			spells, whole := drawTraining(rng, 200, ratio)
			right, err := Cox(spells, CoxOptions{})
			if err != nil {
				return err
			}
			naive, err := Cox(whole, CoxOptions{})
			if err != nil {
				return err
			}
			hold("training switches on, 200 customers, "+name, contains(right, ratio))
			hold("ever trained as a baseline covariate, 200 customers, "+name, contains(naive, ratio))
			return nil
		})
		sim.Nominal("training switches on, 200 customers, "+name, 0.95, 0.005) // a sandwich of 200 clusters
		sim.ShownToFail("ever trained as a baseline covariate, 200 customers, "+name, 0.10)
	}
}
