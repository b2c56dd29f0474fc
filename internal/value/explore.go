package value

import (
	"math"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/stat/money"
)

// tornado moves every input that has a spread between its 5th and its 95th
// percentile, on ROI or, where that is undefined, on the net value.
func (s *scenario) tornado(roi bool) Tornado {
	t := Tornado{Measure: "net_value_minor", Bars: []TornadoBar{}}
	if roi {
		t.Measure = "roi"
	}
	var moving []money.Input
	at := map[string]int{}
	for i, in := range s.inputs {
		if in.low != in.high {
			moving = append(moving, money.Input{Name: in.name, Low: in.low, Middle: in.median, High: in.high})
			at[in.name] = i
		}
	}
	values, out := s.medians(), s.newOutcome()
	bars := money.Tornado(moving, func(v []float64) float64 {
		for k, in := range moving {
			values[at[in.Name]] = v[k]
		}
		s.run(values, s.fullTerms(), out)
		if roi {
			return out.net() / out.totalCost
		}
		return math.Round(out.net())
	})
	for _, b := range bars {
		in := s.inputs[at[b.Name]]
		t.Bars = append(t.Bars, TornadoBar{
			Input: b.Name, Assumed: in.assumed, Low: in.low, High: in.high, AtLow: b.AtLow, AtHigh: b.AtHigh, Swing: b.Swing,
		})
	}
	return t
}

// breakEven asks how small effects may be, one by one and together, for the
// net value at medians to be zero.
func (s *scenario) breakEven() BreakEven {
	be := BreakEven{Lines: []LineBreakEven{}}
	values, out := s.medians(), s.newOutcome()
	net := func() float64 {
		s.run(values, s.fullTerms(), out)
		return out.net()
	}
	be.Scale, be.Note = s.breakEvenScale(values, net)
	seen := map[int]bool{}
	for _, b := range s.benefits {
		if b.finding == nil || seen[b.quantity] {
			continue
		}
		seen[b.quantity] = true
		line := LineBreakEven{
			Label: b.Label, Finding: b.finding.ID, Unit: b.finding.Unit, Estimate: b.finding.sign() * s.inputs[b.quantity].median,
		}
		largest := 1e6 * math.Max(math.Abs(s.inputs[b.quantity].median), 1e-6)
		if b.Accrual == Cumulative && b.Kind == RetainedRevenue {
			largest = 1 // no more than every account can be kept
		}
		q, note := root(func(q float64) float64 {
			values[b.quantity] = q
			return net()
		}, largest, "costs are covered without this effect", "no effect of this size or less covers the costs alone")
		values[b.quantity] = s.inputs[b.quantity].median
		if line.Note = note; q != nil {
			effect := b.finding.sign() * *q
			line.Effect = &effect
		}
		be.Lines = append(be.Lines, line)
	}
	return be
}

func (s *scenario) breakEvenScale(values []float64, net func() float64) (*float64, string) {
	backed := false
	for _, in := range s.inputs {
		backed = backed || in.finding
	}
	if !backed {
		return nil, "no benefit line rests on a finding"
	}
	return root(func(k float64) float64 {
		for i, in := range s.inputs {
			if in.finding {
				values[i] = k * in.median
			}
		}
		v := net()
		for i, in := range s.inputs {
			values[i] = in.median
		}
		return v
	}, 1e6, "costs are covered without any finding", "no multiple of the estimated effects covers the costs")
}

// root finds where f turns from negative at 0 to positive below largest.
func root(f func(float64) float64, largest float64, atZero, never string) (*float64, string) {
	if f(0) >= 0 {
		return nil, atZero
	}
	for high := largest / (1 << 30); ; high *= 2 {
		high = min(high, largest)
		if f(high) >= 0 {
			x, err := money.BreakEven(f, 0, high)
			if err != nil {
				return nil, never // f is not finite
			}
			return &x, ""
		}
		if high == largest {
			return nil, never
		}
	}
}

const conservativeRule = "Worse end of each finding's interval, benefits of the first 12 months only, assumed lines at 0; costs over the whole horizon, other inputs at their medians."

// conservative is the case at its conservative values, in the first year.
func (s *scenario) conservative() (Conservative, error) {
	values, out := make([]float64, len(s.inputs)), s.newOutcome()
	for i, in := range s.inputs {
		values[i] = in.conservative
	}
	t := s.fullTerms()
	t.lastMonth = min(12, t.lastMonth)
	s.run(values, t, out)
	npv, err := presentValue(s.model.DiscountRate, out.flows)
	if err != nil {
		return Conservative{}, fault.New(fault.Invalid, "conservative case: %w", err)
	}
	c := Conservative{
		Rule: conservativeRule, Benefit: round(out.totalBenefit), Cost: round(out.totalCost), Net: round(out.net()), NPV: round(npv),
		Undefined: undefinedROI([]float64{out.totalCost}),
	}
	if c.Undefined == "" {
		roi, bcr := out.net()/out.totalCost, out.totalBenefit/out.totalCost
		c.ROI, c.BCR = &roi, &bcr
	}
	if months, ok := paybackMonths(out.flows); ok {
		c.PaybackMonths = &months
	}
	return c, nil
}
