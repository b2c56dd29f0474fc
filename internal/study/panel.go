package study

import (
	"fmt"
)

// panel is the outcome by account and month, for the months in which the
// account was a customer throughout. A month after it left has no row: it is
// not a zero.
type panel struct {
	units, months []int // one element a row; months count from year 0
	values        []float64
	start         []int // by account; did.Never for never
	dropped       droppedRows
}

// droppedRows counts what a panel leaves out, and why.
type droppedRows struct {
	partMonths int // months in which the account was a customer for a part only
	noValue    int // whole months as a customer without a denominator
	noRows     int // accounts without any row
}

// panelStarts gives each account's month of training, or never.
func (c *company) panelStarts(never int) []int {
	out := make([]int, len(c.accounts))
	for i, st := range c.rollout.starts {
		if out[i] = never; st.ever {
			out[i] = int(st.month)
		}
	}
	return out
}

// panelOf arranges an outcome as a panel.
func (c *company) panelOf(s *series, never int) *panel {
	p := &panel{start: c.panelStarts(never)}
	for i := range c.accounts {
		before := len(p.values)
		for m := c.months.from; m < c.months.to; m++ {
			c.addMonth(p, s, i, m)
		}
		if len(p.values) == before {
			p.dropped.noRows++
		}
	}
	return p
}

func (c *company) addMonth(p *panel, s *series, i int, m month) {
	num, den := s.at(i, m)
	switch whole := c.customerFor(i, m); {
	case !whole && den > 0:
		p.dropped.partMonths++
	case whole && den == 0:
		p.dropped.noValue++
	case whole:
		p.units = append(p.units, i)
		p.months = append(p.months, int(m))
		p.values = append(p.values, num/den)
	}
}

// notes says what was left out of the panel.
func (d droppedRows) notes() []string {
	var out []string
	if d.partMonths > 0 {
		out = append(out, fmt.Sprintf("%s account-months were left out because the account was a customer for part of the month only.", count(d.partMonths)))
	}
	if d.noValue > 0 {
		out = append(out, fmt.Sprintf("%s account-months have no value of this KPI (nothing to divide by) and have no row.", count(d.noValue)))
	}
	if d.noRows > 0 {
		out = append(out, fmt.Sprintf("%s accounts have no month with a value and take no part.", count(d.noRows)))
	}
	return out
}
