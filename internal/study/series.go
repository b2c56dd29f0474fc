package study

import (
	"context"
	"fmt"
	"math"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/metric"
)

// series is a KPI by account and whole month: num ÷ den is its value, and a
// den of 0 means that the account has none that month.
type series struct {
	months   window
	num, den [][]float64 // [account][month − months.from]
}

// loadSeries reads a KPI for every account of the population over the whole
// months of the data. Rows of other accounts and months are left out.
func (c *company) loadSeries(ctx context.Context, src Source, ref OutcomeRef) (*series, error) {
	rows, err := src.UnitPeriods(ctx, c.query(ref))
	if err != nil {
		return nil, fmt.Errorf("KPI %s by account and month: %w", ref.key(), err)
	}
	s := &series{months: c.months, num: grid(len(c.accounts), c.months.len()), den: grid(len(c.accounts), c.months.len())}
	for _, row := range rows {
		i, known := c.index[row.Unit]
		m := monthOf(row.Period, c.zone)
		if !known || !c.months.has(m) {
			continue
		}
		if math.IsNaN(row.Num) || math.IsNaN(row.Den) || row.Den < 0 {
			return nil, fault.New(fault.Internal, "KPI %s: account %s has %v ÷ %v in %s", ref.key(), row.Unit, row.Num, row.Den, m)
		}
		s.num[i][m-c.months.from] += row.Num
		s.den[i][m-c.months.from] += row.Den
	}
	return s, nil
}

// query asks for a KPI by month over the whole months of the data.
func (c *company) query(ref OutcomeRef) metric.Query {
	return metric.Query{KPI: ref.KPI, Params: ref.Params, Grain: "month", Zone: c.zone,
		From: c.months.from.start(c.zone), To: c.months.to.start(c.zone)}
}

func grid(rows, columns int) [][]float64 {
	cells := make([]float64, rows*columns)
	out := make([][]float64, rows)
	for i := range out {
		out[i] = cells[i*columns : (i+1)*columns : (i+1)*columns]
	}
	return out
}

// at gives num and den of one account and month, zeros outside the data.
func (s *series) at(i int, m month) (num, den float64) {
	if !s.months.has(m) {
		return 0, 0
	}
	return s.num[i][m-s.months.from], s.den[i][m-s.months.from]
}

// mean is Σnum ÷ Σden over the months [from, to); NaN without a denominator.
func (s *series) mean(i int, from, to month) float64 {
	var num, den float64
	for m := max(from, s.months.from); m < min(to, s.months.to); m++ {
		n, d := s.at(i, m)
		num, den = num+n, den+d
	}
	if den == 0 {
		return math.NaN()
	}
	return num / den
}

// times puts a KPI on another scale.
func (s *series) times(factor float64) {
	for _, row := range s.num {
		for k := range row {
			row[k] *= factor
		}
	}
}

// empty says whether no account has a value in any month.
func (s *series) empty() bool {
	for _, row := range s.den {
		for _, d := range row {
			if d > 0 {
				return false
			}
		}
	}
	return true
}

// fate is an account's way to a single event: at risk from the end of month
// first−1 on, until the event or the end of observation in month last.
type fate struct {
	known bool
	first month // first month at risk at its start
	last  month // last month observed
	event bool  // whether the event came in month last
}

// atRiskAfter says whether the account is observed and event-free at the end of m.
func (f fate) atRiskAfter(m month) bool {
	return f.known && f.first <= m+1 && (m < f.last || m == f.last && !f.event) && m <= f.last
}

// single says whether every month of every account is one chance of one event: 0
// or 1 of a denominator of 0 or 1.
func (s *series) single() bool {
	for i := range s.num {
		for k, n := range s.num[i] {
			d := s.den[i][k]
			if (n != 0 && n != 1) || (d != 0 && d != 1) || n > d {
				return false
			}
		}
	}
	return true
}

// fates reads a terminal ratio: den 1 is at risk at the start of the month, num
// 1 is the event in it. Only the first stretch counts; a return is ignored.
func (s *series) fates() []fate {
	out := make([]fate, len(s.num))
	for i := range s.num {
		f := &out[i]
		for k := range s.num[i] {
			m := s.months.from + month(k)
			if s.den[i][k] == 0 {
				if f.known {
					break
				}
				continue
			}
			if !f.known {
				*f = fate{known: true, first: m}
			}
			f.last = m
			if s.num[i][k] > 0 {
				f.event = true
				break
			}
		}
	}
	return out
}

// spanFates reads a duration KPI: at risk from the start of the span, event or
// censoring at its end. Spans that start after the last whole month are left
// out; those that end after it are cut there.
func (c *company) spanFates(rows []metric.UnitSpan) []fate {
	out := make([]fate, len(c.accounts))
	for _, row := range rows {
		i, known := c.index[row.Unit]
		if !known || out[i].known {
			continue
		}
		f := fate{known: true, first: monthOf(row.Start, c.zone) + 1, last: monthOf(row.End, c.zone), event: row.Event}
		if f.last >= c.months.to {
			f.last, f.event = c.months.to-1, false
		} else if !f.event {
			f.last-- // censored within the month: observed to the end of the one before
		}
		if f.last+1 < f.first || f.last < c.months.from {
			continue
		}
		out[i] = f
	}
	return out
}
