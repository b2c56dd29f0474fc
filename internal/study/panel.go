package study

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat/did"
)

// panel is the outcome by account and period, from the months in which the
// account was a customer throughout. A month after it left has no row: it is
// not a zero.
type panel struct {
	step    int   // months in a period: 1, or 3 for an outcome that is often missing
	origin  month // first month of period 0
	units   []int // one element a row
	periods []int
	values  []float64
	start   []int // period of training by account; did.Never for never
	dropped droppedRows
}

// droppedRows counts what a panel leaves out, and why.
type droppedRows struct {
	partMonths int // months in which the account was a customer for a part only
	noValue    int // whole months as a customer without a denominator
	noRows     int // accounts without any row
}

const (
	quarter      = 3
	sparseBelow  = 0.7 // share of account-months with a value below which periods are quarters
	minQuarters  = 6   // and the quarters that the data must then hold
	sparseReason = "Many account-months have no value of this KPI, so it is taken over three months at a time: a comparison needs a value on both sides."
)

// emptyPanel fixes periods and starts. Periods of three months end with the data.
func (c *company) emptyPanel(step int) *panel {
	p := &panel{step: step, origin: c.months.from + month(c.months.len()%step), start: make([]int, len(c.accounts))}
	for i, st := range c.rollout.starts {
		if p.start[i] = did.Never; st.ever {
			p.start[i] = p.period(st.month)
		}
	}
	return p
}

func (p *panel) period(m month) int {
	return int(math.Floor(float64(m-p.origin) / float64(p.step)))
}

// first and last month of a period: [from, to).
func (p *panel) span(period int) (from, to month) {
	from = p.origin + month(period*p.step)
	return from, from + month(p.step)
}

// months writes so many periods as months.
func (p *panel) months(periods int) string { return plural(periods*p.step, "month") }

// last names the period before training: "month" or "3 months".
func (p *panel) last() string {
	if p.step == 1 {
		return "month"
	}
	return p.months(1)
}

// stepFor is the length of a period that an outcome bears.
func (c *company) stepFor(s *series) int {
	whole, valued := 0, 0
	for i := range c.accounts {
		for m := c.months.from; m < c.months.to; m++ {
			if !c.customerFor(i, m) {
				continue
			}
			whole++
			if _, den := s.at(i, m); den > 0 {
				valued++
			}
		}
	}
	if float64(valued) < sparseBelow*float64(whole) && c.months.len() >= minQuarters*quarter {
		return quarter
	}
	return 1
}

// panelOf arranges an outcome as a panel.
func (c *company) panelOf(s *series) *panel {
	p := c.emptyPanel(c.stepFor(s))
	for i := range c.accounts {
		before := len(p.values)
		for period := 0; ; period++ {
			from, to := p.span(period)
			if to > c.months.to {
				break
			}
			p.add(c, s, i, period, from, to)
		}
		if len(p.values) == before {
			p.dropped.noRows++
		}
	}
	return p
}

// add adds an account's row of a period: Σnum ÷ Σden over its whole months as a
// customer.
func (p *panel) add(c *company, s *series, i, period int, from, to month) {
	var num, den float64
	for m := from; m < to; m++ {
		n, d := s.at(i, m)
		switch whole := c.customerFor(i, m); {
		case !whole && d > 0:
			p.dropped.partMonths++
		case whole && d == 0:
			p.dropped.noValue++
		case whole:
			num, den = num+n, den+d
		}
	}
	if den > 0 {
		p.row(i, period, num/den)
	}
}

func (p *panel) row(i, period int, value float64) {
	p.units, p.periods, p.values = append(p.units, i), append(p.periods, period), append(p.values, value)
}

// has says which accounts have any row.
func (p *panel) has() map[int]bool {
	out := map[int]bool{}
	for _, i := range p.units {
		out[i] = true
	}
	return out
}

// notes says what was left out of the panel.
func (p *panel) notes() []string {
	var out []string
	if p.step > 1 {
		out = append(out, sparseReason)
	}
	if n := p.dropped.partMonths; n > 0 {
		out = append(out, fmt.Sprintf("%s left out because the account was a customer for part of the month only.", plural(n, "account-month")+" were"))
	}
	if n := p.dropped.noValue; n > 0 {
		out = append(out, fmt.Sprintf("%s no value of this KPI (nothing to divide by) and count nowhere: they are not zeros.", plural(n, "account-month")+" have"))
	}
	if n := p.dropped.noRows; n > 0 {
		out = append(out, fmt.Sprintf("%s no month with a value and take no part.", plural(n, "account")+" have"))
	}
	return out
}
