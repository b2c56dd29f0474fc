package did

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
)

// Never is the Start of a unit that is not treated in the time observed.
const Never = math.MaxInt

// Panel holds the outcomes of units over periods. Units are numbered from 0;
// rows may come in any order, and a unit may lack some periods. A period without
// an outcome (an account that had churned, a month before it signed up) has no
// row: it is not a zero.
type Panel struct {
	// One value per unit.
	Start      []int       // first treated period, or Never
	Covariates [][]float64 // one slice per covariate, measured before treatment; no intercept
	Cluster    []int       // equal labels are one cluster; nil: every unit is its own
	Weight     []float64   // sampling weight ≥ 0; nil: 1

	// One value per row: the outcome of Unit in Period.
	Unit    []int
	Period  []int
	Outcome []float64
}

// mustAgree panics when lengths disagree, which is misuse.
func (p Panel) mustAgree() {
	units, rows := len(p.Start), len(p.Outcome)
	if len(p.Unit) != rows || len(p.Period) != rows {
		panic(fmt.Sprintf("did: %d units, %d periods and %d outcomes in rows", len(p.Unit), len(p.Period), rows))
	}
	if p.Cluster != nil && len(p.Cluster) != units || p.Weight != nil && len(p.Weight) != units {
		panic(fmt.Sprintf("did: %d clusters, %d weights for %d units", len(p.Cluster), len(p.Weight), units))
	}
	for j, x := range p.Covariates {
		if len(x) != units {
			panic(fmt.Sprintf("did: covariate %d has %d values for %d units", j, len(x), units))
		}
	}
}

// check reports the first value outside its domain.
func (p Panel) check() error {
	for i, u := range p.Unit {
		if u < 0 || u >= len(p.Start) {
			return fmt.Errorf("row %d: unit %d of %d: %w", i, u, len(p.Start), stat.ErrInvalid)
		}
	}
	for i, y := range p.Outcome {
		if !isFinite(y) {
			return fmt.Errorf("outcome of row %d (unit %d, period %d): %w", i, p.Unit[i], p.Period[i], stat.ErrNotFinite)
		}
	}
	for j, x := range p.Covariates {
		for u, v := range x {
			if !isFinite(v) {
				return fmt.Errorf("covariate %d of unit %d: %w", j, u, stat.ErrNotFinite)
			}
		}
	}
	for u, w := range p.Weight {
		if !isFinite(w) {
			return fmt.Errorf("weight of unit %d: %w", u, stat.ErrNotFinite)
		}
		if w < 0 {
			return fmt.Errorf("weight %g of unit %d: %w", w, u, stat.ErrInvalid)
		}
	}
	return nil
}

// Dropped counts what Balanced left out.
type Dropped struct {
	Units   int   // units with a row in some periods but not in all
	Rows    int   // their rows
	Periods []int // the distinct periods of the panel
	Missing []int // for each of Periods, how many of the dropped units lack it
}

// Balanced keeps the units that have a row in every period of the panel, as R's
// did does by default, and counts what that leaves out. The panel returned
// numbers the same units; the dropped ones merely have no rows. Little missing
// at random can drop most units, and units that leave early are rarely like those
// that stay: prefer the whole panel, which GroupTime takes as it is.
//
// Errors: ErrInvalid for a unit out of range or a unit with two rows in a period.
func (p Panel) Balanced() (Panel, Dropped, error) {
	p.mustAgree()
	if err := p.check(); err != nil {
		return Panel{}, Dropped{}, fmt.Errorf("balancing a panel: %w", err)
	}
	periods := newCalendar(p.Period)
	seen, rows, err := p.presence(periods)
	if err != nil {
		return Panel{}, Dropped{}, fmt.Errorf("balancing a panel: %w", err)
	}
	out, dropped := p, Dropped{Periods: periods.sorted, Missing: make([]int, len(periods.sorted))}
	for u, n := range rows {
		if n == 0 || n == len(periods.sorted) {
			continue
		}
		dropped.Units++
		dropped.Rows += n
		for t := range periods.sorted {
			if !seen[t][u] {
				dropped.Missing[t]++
			}
		}
	}
	out.Unit, out.Period, out.Outcome = nil, nil, nil
	for i, u := range p.Unit {
		if rows[u] == len(periods.sorted) {
			out.Unit = append(out.Unit, u)
			out.Period = append(out.Period, p.Period[i])
			out.Outcome = append(out.Outcome, p.Outcome[i])
		}
	}
	return out, dropped, nil
}

// presence says for each period and unit whether there is a row, and counts the
// rows of each unit.
func (p Panel) presence(periods calendar) (seen [][]bool, rows []int, err error) {
	seen, rows = make([][]bool, len(periods.sorted)), make([]int, len(p.Start))
	for t := range seen {
		seen[t] = make([]bool, len(p.Start))
	}
	for i, u := range p.Unit {
		t := periods.index(p.Period[i])
		if seen[t][u] {
			return nil, nil, duplicate(i, u, p.Period[i])
		}
		seen[t][u] = true
		rows[u]++
	}
	return seen, rows, nil
}

func duplicate(row, unit, period int) error {
	return fmt.Errorf("row %d: unit %d already has a row in period %d: %w", row, unit, period, stat.ErrInvalid)
}

func isFinite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
