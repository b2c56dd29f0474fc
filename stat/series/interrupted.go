package series

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/regression"
)

// Interrupted is one series with a change at a known time.
type Interrupted struct {
	// Time is strictly increasing, in periods (months); holes are allowed.
	Time    []float64
	Outcome []float64
	// Change is the moment of the change: rows with Time > Change are after it, and
	// the slope after counts from it. For months numbered 1, 2, … and a launch at
	// the start of month 37 it is 36. It must be known beforehand; choosing it from
	// the series makes every interval too short.
	Change float64
	// Transition ≥ 0 leaves out the rows with Change < Time ≤ Change+Transition, in
	// which the change was under way.
	Transition float64
	// LevelOnly leaves out the change in slope.
	LevelOnly bool
	Season    Season
	// Covariates are columns with a value per row, such as a price; the treatment
	// must not move them.
	Covariates [][]float64
}

// Season repeats every Period periods (12 for months). Use Harmonics pairs of sine
// and cosine, or Dummies: an indicator for each phase but the first. The zero
// value is no season.
type Season struct {
	Period    float64
	Harmonics int
	Dummies   bool
}

// Against is the series less a comparison series at the same times, which the
// change did not touch: whatever moved both cancels, and Level and Slope are the
// changes beyond those of the comparison. It is the regression of both series
// together with every term of its own for each, and keeps what their errors
// share. It panics when lengths differ.
//
// Source: Lopez Bernal, Cummins and Gasparrini (2018), International Journal of
// Epidemiology 47:2082-2093.
func (s Interrupted) Against(comparison []float64) Interrupted {
	if len(comparison) != len(s.Outcome) {
		panic(fmt.Sprintf("series: %d values of the comparison, %d outcomes", len(comparison), len(s.Outcome)))
	}
	s.Outcome = subtract(s.Outcome, comparison)
	return s
}

// segments is an interrupted series as a regression.
type segments struct {
	names   []string
	time    []float64 // of the rows used
	outcome []float64
	row     []int // where they were in the series
	design  regression.Design
	change  float64
	dropped int
	slope   bool
}

// Positions of the terms that every regression has.
const (
	interceptTerm = iota
	timeTerm
	levelTerm
	slopeTerm
)

// segments checks the series and lays out its design.
func (s Interrupted) segments() (*segments, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	g := &segments{change: s.Change, slope: !s.LevelOnly, names: []string{"intercept", "time", "level"}}
	if g.slope {
		g.names = append(g.names, "slope")
	}
	for i, t := range s.Time {
		if t > s.Change && t <= s.Change+s.Transition {
			g.dropped++
			continue
		}
		g.row, g.time, g.outcome = append(g.row, i), append(g.time, t), append(g.outcome, s.Outcome[i])
	}
	if err := g.enough(); err != nil {
		return nil, err
	}
	season, names, err := s.Season.columns(g.time)
	if err != nil {
		return nil, err
	}
	g.names = append(g.names, names...)
	columns := append(g.trend(), season...)
	for k, column := range s.Covariates {
		used := make([]float64, len(g.row))
		for j, i := range g.row {
			used[j] = column[i]
		}
		columns, g.names = append(columns, used), append(g.names, fmt.Sprintf("covariate %d", k))
	}
	g.design = regression.WithIntercept(len(g.row), columns...)
	if len(g.row) <= g.design.Cols {
		return nil, fmt.Errorf("%d rows for the terms %s: %w", len(g.row), strings.Join(g.names, ", "), stat.ErrTooFew)
	}
	return g, nil
}

// check says what is wrong with the series' values.
func (s Interrupted) check() error {
	if len(s.Time) != len(s.Outcome) {
		panic(fmt.Sprintf("series: %d times, %d outcomes", len(s.Time), len(s.Outcome)))
	}
	for k, column := range s.Covariates {
		if len(column) != len(s.Time) {
			panic(fmt.Sprintf("series: %d values of covariate %d, %d times", len(column), k, len(s.Time)))
		}
		if err := checkColumn(fmt.Sprintf("covariate %d", k), column); err != nil {
			return err
		}
	}
	if err := checkColumn("time", s.Time); err != nil {
		return err
	}
	if err := checkColumn("outcome", s.Outcome); err != nil {
		return err
	}
	for i := range s.Time[min(1, len(s.Time)):] {
		if s.Time[i+1] <= s.Time[i] {
			return fmt.Errorf("time %g of row %d follows %g: %w", s.Time[i+1], i+1, s.Time[i], stat.ErrInvalid)
		}
	}
	if math.IsNaN(s.Change) || math.IsInf(s.Change, 0) {
		return fmt.Errorf("time of the change is %v: %w", s.Change, stat.ErrNotFinite)
	}
	if !(s.Transition >= 0) || math.IsInf(s.Transition, 1) {
		return fmt.Errorf("transition of %v periods: %w", s.Transition, stat.ErrInvalid)
	}
	return nil
}

// checkColumn refuses values that are not finite, or whose squares may not be.
func checkColumn(what string, column []float64) error {
	for i, v := range column {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("%s of row %d is %v: %w", what, i, v, stat.ErrNotFinite)
		}
		if math.Abs(v) > largest {
			return fmt.Errorf("%s of row %d is %g, whose square overflows: %w", what, i, v, stat.ErrInvalid)
		}
	}
	return nil
}

// enough refuses a segment too short for its line.
func (g *segments) enough() error {
	var before, after int
	for _, t := range g.time {
		if t > g.change {
			after++
		} else {
			before++
		}
	}
	least := 1
	if g.slope {
		least = 2
	}
	if before < 2 || after < least {
		return fmt.Errorf("%d rows before the change and %d after: %w", before, after, stat.ErrTooFew)
	}
	return nil
}

// trend is time, the change in level and, if asked for, in slope.
func (g *segments) trend() [][]float64 {
	level, slope := make([]float64, len(g.time)), make([]float64, len(g.time))
	for i, t := range g.time {
		if t > g.change {
			level[i], slope[i] = 1, t-g.change
		}
	}
	if g.slope {
		return [][]float64{g.time, level, slope}
	}
	return [][]float64{g.time, level}
}

// columns are the season's, with their names.
func (s Season) columns(time []float64) (columns [][]float64, names []string, err error) {
	switch {
	case s == Season{}:
		return nil, nil, nil
	case !(s.Period > 1) || s.Period > largest:
		return nil, nil, fmt.Errorf("season of %v periods: %w", s.Period, stat.ErrInvalid)
	case s.Harmonics < 0 || s.Dummies == (s.Harmonics > 0):
		return nil, nil, fmt.Errorf("season with %d harmonics and dummies %v, one of the two is needed: %w", s.Harmonics, s.Dummies, stat.ErrInvalid)
	case s.Dummies:
		return s.dummies(time)
	case float64(s.Harmonics) > s.Period/2:
		return nil, nil, fmt.Errorf("%d harmonics of a season of %g periods: %w", s.Harmonics, s.Period, stat.ErrInvalid)
	}
	for k := 1; k <= s.Harmonics; k++ {
		sine, cosine := make([]float64, len(time)), make([]float64, len(time))
		for i, t := range time {
			sine[i], cosine[i] = math.Sincos(2 * math.Pi * float64(k) * math.Mod(t, s.Period) / s.Period)
		}
		if float64(k) == s.Period/2 { // the sine is 0 throughout whole periods
			columns, names = append(columns, cosine), append(names, fmt.Sprintf("cosine %d", k))
			break
		}
		columns = append(columns, sine, cosine)
		names = append(names, fmt.Sprintf("sine %d", k), fmt.Sprintf("cosine %d", k))
	}
	return columns, names, nil
}

// dummies are indicators of the phases but the first that occurs.
func (s Season) dummies(time []float64) (columns [][]float64, names []string, err error) {
	if s.Period != math.Trunc(s.Period) || s.Period > maxPhases {
		return nil, nil, fmt.Errorf("a phase of its own for each of %g periods: %w", s.Period, stat.ErrInvalid)
	}
	occurs := make([]bool, int(s.Period))
	for i, t := range time {
		if t != math.Trunc(t) {
			return nil, nil, fmt.Errorf("time %g of row %d is not a whole period: %w", t, i, stat.ErrInvalid)
		}
		occurs[s.phase(t)] = true
	}
	for phase := slices.Index(occurs, true) + 1; phase < len(occurs); phase++ {
		if !occurs[phase] {
			continue
		}
		column := make([]float64, len(time))
		for i, t := range time {
			if s.phase(t) == phase {
				column[i] = 1
			}
		}
		columns, names = append(columns, column), append(names, fmt.Sprintf("phase %d", phase))
	}
	return columns, names, nil
}

// maxPhases is the longest season that indicators may describe: a year of days.
const maxPhases = 366

// phase of a time within its season, from 0.
func (s Season) phase(t float64) int {
	m := math.Mod(t, s.Period)
	if m < 0 {
		m += s.Period
	}
	return int(m)
}
