package series

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"

	"github.com/liftmark/liftmark/stat"
)

// Never is the start of a unit that was not treated within the periods.
const Never = -1

// Cohort is the effect on the units that started in the same period.
type Cohort struct {
	Start int
	Share float64 // of all treated unit-periods; the cohorts' add up to one
	*WeightedDifference
}

// StaggeredDifference is the effect of a treatment that began at several times.
type StaggeredDifference struct {
	// Effect is the average effect over all treated units and their periods after.
	Effect  float64
	Cohorts []Cohort // by Start
	Treated int

	controls []int
}

// StaggeredDID estimates each cohort's effect beside the never-treated units, with
// weights of its own, and averages over treated unit-periods. start gives, for
// each row of outcome, its first treated period or Never. Units that start
// later are not used as controls, so an effect never stands in for its absence.
//
// Errors: those of SyntheticDID for each cohort, naming its start; ErrInvalid
// for a start outside the periods. StaggeredDID panics when lengths disagree.
//
// Source: Arkhangelsky et al. (2021), appendix A; Clarke, Pailañir, Athey and
// Imbens (2024), The Stata Journal 24:557-598.
func StaggeredDID(outcome [][]float64, start []int, kind Comparison) (*StaggeredDifference, error) {
	if len(start) != len(outcome) {
		panic(fmt.Sprintf("series: %d starts of %d units", len(start), len(outcome)))
	}
	controls, cohorts, err := byStart(outcome, start)
	if err != nil {
		return nil, fmt.Errorf("staggered %s: %w", kind, err)
	}
	s := &StaggeredDifference{controls: controls}
	for _, g := range slices.Sorted(maps.Keys(cohorts)) {
		rows := make([][]float64, 0, len(controls)+len(cohorts[g]))
		members := make([]int, len(cohorts[g]))
		for k, i := range cohorts[g] {
			rows, members[k] = append(rows, outcome[i]), k
		}
		for _, i := range controls {
			rows = append(rows, outcome[i])
		}
		fit, err := SyntheticDID(Panel{Outcome: rows, Before: g}, members, kind)
		if err != nil {
			return nil, fmt.Errorf("cohort that starts in period %d: %w", g, err)
		}
		s.place(fit, outcome, controls, cohorts[g])
		s.Cohorts = append(s.Cohorts, Cohort{Start: g, WeightedDifference: fit})
		s.Treated += len(members)
	}
	s.average()
	return s, nil
}

// byStart splits the units into never-treated and cohorts.
func byStart(outcome [][]float64, start []int) (controls []int, cohorts map[int][]int, err error) {
	cohorts = map[int][]int{}
	for i, g := range start {
		switch {
		case g == Never:
			controls = append(controls, i)
		case g < 0 || g >= len(outcome[i]):
			return nil, nil, fmt.Errorf("unit %d starts in period %d of %d: %w", i, g, len(outcome[i]), stat.ErrInvalid)
		default:
			cohorts[g] = append(cohorts[g], i)
		}
	}
	if len(cohorts) == 0 {
		return nil, nil, fmt.Errorf("no treated unit: %w", stat.ErrTooFew)
	}
	return controls, cohorts, nil
}

// place numbers a cohort's units as in the whole panel, so that replicates can
// draw any unit.
func (s *StaggeredDifference) place(fit *WeightedDifference, outcome [][]float64, controls, members []int) {
	units := make([]float64, len(outcome))
	for k, i := range controls {
		units[i] = fit.Units[len(members)+k]
	}
	fit.Units, fit.treated = units, members
	fit.panel = Panel{Outcome: outcome, Before: fit.panel.Before}
}

// average fills shares and effect.
func (s *StaggeredDifference) average() {
	var cells float64
	for _, c := range s.Cohorts {
		cells += float64(c.Treated * c.panel.after())
	}
	for k, c := range s.Cohorts {
		s.Cohorts[k].Share = float64(c.Treated*c.panel.after()) / cells
		s.Effect += s.Cohorts[k].Share * c.Effect
	}
}

// again is the effect with other controls and cohorts, under the same penalties.
// A cohort without members does not count.
func (s *StaggeredDifference) again(controls []int, members [][]int) (float64, error) {
	var total, cells float64
	for k, c := range s.Cohorts {
		if len(members[k]) == 0 {
			continue
		}
		outputs, err := c.WeightedDifference.again(controls, members[k])
		if err != nil {
			return 0, err
		}
		size := float64(len(members[k]) * c.panel.after())
		total, cells = total+size*outputs[0], cells+size
	}
	return total / cells, nil
}

// Placebo gives the cohorts' starts to as many controls, drawn at random in each
// replicate; see WeightedDifference.Placebo, whose errors are these.
func (s *StaggeredDifference) Placebo(ctx context.Context, r Replication, level float64) (stat.Test, error) {
	stat.CheckLevel(level)
	if len(s.controls) <= s.Treated {
		return stat.Test{}, fmt.Errorf("placebo: %d controls for %d treated units: %w", len(s.controls), s.Treated, stat.ErrTooFew)
	}
	draws, err := replicate(ctx, r, "placebo", func(rng *rand.Rand) ([]float64, error) {
		units := slices.Clone(s.controls)
		rng.Shuffle(len(units), func(i, j int) { units[i], units[j] = units[j], units[i] })
		members := make([][]int, len(s.Cohorts))
		for k, c := range s.Cohorts {
			members[k], units = units[:c.Treated], units[c.Treated:]
		}
		effect, err := s.again(units, members)
		return []float64{effect}, err
	})
	if err != nil {
		return stat.Test{}, fmt.Errorf("placebo: %w", err)
	}
	return s.test(draws, level)
}

// Bootstrap draws units with replacement; see WeightedDifference.Bootstrap, whose
// errors are these.
func (s *StaggeredDifference) Bootstrap(ctx context.Context, r Replication, level float64) (stat.Test, error) {
	stat.CheckLevel(level)
	if s.Treated < 2 {
		return stat.Test{}, fmt.Errorf("bootstrap with one treated unit: use Placebo: %w", stat.ErrTooFew)
	}
	draws, err := replicate(ctx, r, "bootstrap", func(rng *rand.Rand) ([]float64, error) {
		effect, err := s.again(s.sample(rng))
		return []float64{effect}, err
	})
	if err != nil {
		return stat.Test{}, fmt.Errorf("bootstrap: %w", err)
	}
	return s.test(draws, level)
}

// sample draws units with replacement until there are controls and treated.
func (s *StaggeredDifference) sample(rng *rand.Rand) (controls []int, members [][]int) {
	cohort := make([]int, 0, len(s.controls)+s.Treated) // of each unit; −1: control
	units := slices.Clone(s.controls)
	for range s.controls {
		cohort = append(cohort, -1)
	}
	for k, c := range s.Cohorts {
		for _, i := range c.treated {
			cohort, units = append(cohort, k), append(units, i)
		}
	}
	for treated := 0; len(controls) < 2 || treated == 0; {
		controls, members, treated = nil, make([][]int, len(s.Cohorts)), 0
		for range units {
			i := rng.IntN(len(units))
			if k := cohort[i]; k < 0 {
				controls = append(controls, units[i])
			} else {
				members[k] = append(members[k], units[i])
				treated++
			}
		}
	}
	return controls, members
}

func (s *StaggeredDifference) test(draws [][]float64, level float64) (stat.Test, error) {
	se, err := spread(draws, 0)
	if err != nil {
		return stat.Test{}, err
	}
	if !(se > 0) {
		return stat.Test{}, fmt.Errorf("replicates of the effect are all the same: %w", stat.ErrNoVariance)
	}
	return stat.Normal(s.Effect, se, level), nil
}
