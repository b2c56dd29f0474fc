package did

import (
	"fmt"
	"math/rand/v2"

	"github.com/liftmark/liftmark/stat"
)

// Control says whom treated units are compared with.
type Control int

const (
	// NeverTreated: units that do not start in the time observed.
	NeverTreated Control = iota
	// NotYetTreated: in each cell, all units that have not started by its periods,
	// the never-treated among them. More controls, under parallel trends for all cohorts.
	NotYetTreated
)

// Method says how covariates enter. Without covariates all three are the same
// difference of mean changes.
type Method int

const (
	// DoublyRobust is right if either the propensity score or the outcome model
	// is (Sant'Anna and Zhao 2020, J. Econometrics 219:101-122).
	DoublyRobust Method = iota
	// OutcomeRegression predicts the change of the treated from the controls by
	// least squares (Heckman, Ichimura and Todd 1997, Rev. Econ. Stud. 64:605-654).
	OutcomeRegression
	// InverseProbability reweights controls by their odds of treatment, normalised
	// (Abadie 2005, Rev. Econ. Stud. 72:1-19).
	InverseProbability
)

// Base says which period a cell's change is measured from. It matters before
// treatment only; cells after it always use the last period before treatment
// (and its anticipation).
type Base int

const (
	// Varying: the period before. Each cell is one period's change, as a placebo
	// effect of starting then.
	Varying Base = iota
	// Universal: the last period before treatment for all cells. That period's
	// cell is 0 by construction and marked Reference.
	Universal
)

// Multiplier is the two-point distribution of the bootstrap's multipliers.
type Multiplier int

const (
	// Rademacher: −1 or 1 with equal probability, which R's did draws.
	Rademacher Multiplier = iota
	// Mammen: (1−√5)/2 or (1+√5)/2, which also keeps the third moment of the
	// influence function (Mammen 1993, Ann. Statist. 21:255-285).
	Mammen
)

// Options choose an estimator. The zero value is the doubly robust one with
// never-treated controls, varying base, no anticipation, 95 % intervals and no
// bootstrap.
type Options struct {
	Control Control
	Method  Method
	Base    Base
	// Anticipation is the number of periods before the start in which units may
	// already react. Those periods are not used as a base.
	Anticipation int
	// Level is the coverage of intervals, in (0, 1); 0 means 0.95.
	Level float64
	// Draws is the number of multiplier bootstrap draws; 0 means none, and no
	// uniform bands. 1,000 are enough for a band, 10,000 for its third digit.
	Draws int
	// Source seeds the bootstrap; required with Draws. Equal sources give equal
	// results, whatever GOMAXPROCS.
	Source rand.Source
	// Multiplier is the distribution of the bootstrap's multipliers.
	Multiplier Multiplier
}

// settle fills in defaults and panics on misuse.
func (o Options) settle() Options {
	if o.Level == 0 {
		o.Level = 0.95
	}
	stat.CheckLevel(o.Level)
	switch {
	case o.Anticipation < 0 || o.Draws < 0:
		panic(fmt.Sprintf("did: anticipation %d, draws %d", o.Anticipation, o.Draws))
	case o.Draws > 0 && o.Source == nil:
		panic("did: bootstrap draws without a source")
	}
	return o
}
