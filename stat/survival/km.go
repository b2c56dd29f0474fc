package survival

import (
	"fmt"
	"math"
	"slices"
	"sort"

	"github.com/liftmark/liftmark/stat"
)

// Curve is a Kaplan–Meier estimate of the probability of being event-free and
// a Nelson–Aalen estimate of the cumulative hazard, as step functions that
// jump at Times. All slices have the length of Times.
type Curve struct {
	N         int       // spells
	Times     []float64 // distinct event and censoring times, ascending
	AtRisk    []float64 // weight at risk just before each time
	Events    []float64 // weight with the event at each time
	Censored  []float64 // weight censored at each time
	Surv      []float64 // probability of being event-free after each time
	CumHazard []float64 // Nelson–Aalen cumulative hazard after each time

	greenwood []float64 // running sum of d/(n(n-d)); +Inf once n = d
	hazardVar []float64 // running sum of d/n²
	entries   *ledger   // weight by Start; nil without delayed entry
}

// KaplanMeier estimates the curve of d. With delayed entry the first risk sets
// can be small, and an early time at which all of them have the event brings
// the curve to 0 for good: look at AtRisk.
//
// Errors: ErrTooFew without spells; ErrNotFinite or ErrInvalid naming the row
// whose times or weight cannot be.
//
// Sources: Kaplan & Meier (1958), JASA 53:457-481; Aalen (1978), Annals of
// Statistics 6:701-726. Weights are counts: the variance treats a spell of
// weight 2 as two units.
func KaplanMeier(d Data) (*Curve, error) {
	if err := d.check(); err != nil {
		return nil, fmt.Errorf("kaplan–meier curve: %w", err)
	}
	c := &Curve{N: len(d.Stop)}
	rows := newLanes(d, nil, nil, 1)
	c.grow(rows.size())
	surv, hazard, greenwood, hazardVar := 1.0, 0.0, 0.0, 0.0
	rows.sweep(func(at *riskTable) {
		n, e := atRisk(at.atRisk[0], at.events[0]), at.events[0]
		if e > 0 {
			surv *= 1 - e/n
			hazard += e / n
			greenwood += e / (n * (n - e))
			hazardVar += e / (n * n)
		}
		c.Times = append(c.Times, at.time)
		c.AtRisk = append(c.AtRisk, n)
		c.Events = append(c.Events, e)
		c.Censored = append(c.Censored, at.censored[0])
		c.Surv = append(c.Surv, surv)
		c.CumHazard = append(c.CumHazard, hazard)
		c.greenwood = append(c.greenwood, greenwood)
		c.hazardVar = append(c.hazardVar, hazardVar)
	})
	if d.Start != nil {
		c.entries = newLedger(rows.entries[0])
	}
	return c, nil
}

// atRisk is n, or the events e where those are the last of the risk set:
// fractional weights leave a remainder.
func atRisk(n, e float64) float64 {
	if math.Abs(n-e) <= 1e-12*n {
		return e
	}
	return n
}

// grow makes room for n times.
func (c *Curve) grow(n int) {
	for _, column := range []*[]float64{&c.Times, &c.AtRisk, &c.Events, &c.Censored, &c.Surv, &c.CumHazard, &c.greenwood, &c.hazardVar} {
		*column = make([]float64, 0, n)
	}
}

// ledger sums weight up to a time.
type ledger struct{ times, running []float64 }

func newLedger(from lane) *ledger {
	l := new(ledger)
	total := 0.0
	for at := (reader{lane: from}); at.next < len(at.times); {
		l.times = append(l.times, at.times[at.next])
		total += at.at(at.times[at.next])
		l.running = append(l.running, total)
	}
	return l
}

// before returns the weight with a time below t.
func (l *ledger) before(t float64) float64 {
	k := sort.SearchFloat64s(l.times, t)
	if k == 0 {
		return 0
	}
	return l.running[k-1]
}

// AtRiskAt returns the weight at risk at time t: entered before t and not
// ended before t.
func (c *Curve) AtRiskAt(t float64) float64 {
	k := sort.SearchFloat64s(c.Times, t)
	switch {
	case k == len(c.Times):
		return 0
	case c.entries == nil:
		return c.AtRisk[k]
	}
	return c.AtRisk[k] - (c.entries.before(c.Times[k]) - c.entries.before(t))
}

// step returns the index of the last jump at or before t, -1 if none.
func (c *Curve) step(t float64) int {
	k, found := slices.BinarySearch(c.Times, t)
	if found {
		return k
	}
	return k - 1
}

// LastTime is the largest observed time; beyond it the curve says nothing.
func (c *Curve) LastTime() float64 { return c.Times[len(c.Times)-1] }

// Transform is the scale on which an interval for a survival probability is
// symmetric. The zero value is the default.
type Transform int

// Transforms.
const (
	LogLog Transform = iota // log(−log S): stays inside (0, 1); best coverage in small samples
	Log                     // log S: R's default; its upper limit is cut at 1
	Plain                   // S itself: cut at 0 and 1
)

// Point is the curve at one time.
type Point struct {
	Time, AtRisk float64 // weight at risk at Time
	Surv, SE     float64 // probability of being event-free, Greenwood standard error
	// Interval is pointwise. HasInterval is false where the data say nothing of
	// the uncertainty: at a probability of exactly 0 or 1.
	Interval    stat.Interval
	HasInterval bool
}

// At returns the curve at time t >= 0 with a pointwise interval. Beyond
// LastTime it carries the last value on. It panics if level is outside (0, 1).
//
// Sources: Greenwood (1926); Kalbfleisch & Prentice (2002), section 1.4.
func (c *Curve) At(t, level float64, scale Transform) Point {
	z := stat.Critical(level)
	p := Point{Time: t, AtRisk: c.AtRiskAt(t), Surv: 1}
	logSE := 0.0
	if k := c.step(t); k >= 0 {
		p.Surv, logSE = c.Surv[k], math.Sqrt(c.greenwood[k])
	}
	if p.Surv > 0 {
		p.SE = p.Surv * logSE
	}
	p.Interval, p.HasInterval = survInterval(p.Surv, logSE, z, scale)
	p.Interval.Level = level
	return p
}

// survInterval is the interval for probability s whose logarithm has standard
// error logSE.
func survInterval(s, logSE, z float64, scale Transform) (stat.Interval, bool) {
	switch {
	case s <= 0 || s >= 1 || logSE == 0:
		return stat.Interval{}, false
	case scale == Plain:
		return stat.Interval{Low: max(s-z*s*logSE, 0), High: min(s+z*s*logSE, 1)}, true
	case scale == Log:
		return stat.Interval{Low: s * math.Exp(-z*logSE), High: min(s*math.Exp(z*logSE), 1)}, true
	}
	half := z * logSE / math.Log(s)
	center := math.Log(-math.Log(s))
	return stat.Interval{Low: math.Exp(-math.Exp(center - half)), High: math.Exp(-math.Exp(center + half))}, true
}

// HazardAt returns the Nelson–Aalen cumulative hazard at t with an interval
// that is symmetric on the log scale. Before the first event it is 0 and the
// second result is false: there is no interval.
func (c *Curve) HazardAt(t, level float64) (stat.Estimate, bool) {
	z := stat.Critical(level)
	k := c.step(t)
	if k < 0 || c.CumHazard[k] == 0 {
		return stat.Estimate{}, false
	}
	h, se := c.CumHazard[k], math.Sqrt(c.hazardVar[k])
	width := math.Exp(z * se / h)
	return stat.Estimate{Value: h, SE: se, Interval: stat.Interval{Low: h / width, High: h * width, Level: level}}, true
}
