package value

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/figure"
	"github.com/liftmark/liftmark/internal/record"
	"github.com/liftmark/liftmark/stat/summary"
)

const (
	intervalLevel = 0.9
	maxMinor      = 9e15 // amounts beyond lose cents in float64
)

// Evaluate prices the model with the findings. Every uncertain input is drawn
// in.Draws times, each from a random stream named after it, so that the result
// is a function of model, inputs and seed, byte for byte, and a new line
// changes no other line's draws. Findings are drawn independently of each
// other.
//
// A benefit line whose finding is missing or has no effect estimate is listed
// in NotPriced and not summed. A finding that cannot tell yet or is of grade D
// is summed and named in Backing, ByBacking and Warnings.
//
// Errors: kind invalid if the model is not valid, a name fits two findings, a
// draw is not a number, Draws is below 200, or amounts exceed 9e15 minor units.
func Evaluate(m Model, in Inputs) (*Result, error) {
	costs, replaced := MergeCosts(m.Costs, in.Recorded)
	m.Costs = costs
	if err := errors.Join(m.Validate(), m.checkExposed()); err != nil {
		return nil, err
	}
	s, err := newScenario(m, in)
	if err != nil {
		return nil, err
	}
	sim, err := s.simulate()
	if err != nil {
		return nil, err
	}
	r := &Result{
		Currency: m.Currency, MinorDigits: record.MinorDigits(m.Currency), HorizonMonths: m.HorizonMonths,
		DiscountRate: m.DiscountRate, Draws: s.draws, Seed: in.Seed, IntervalLevel: intervalLevel,
		NotPriced: append([]NotPriced{}, s.skipped...),
		Warnings:  append(append(append([]Warning{}, replaced...), s.guardWarnings()...), s.lineWarnings()...),
	}
	r.Intangibles, err = intangibles(m.Intangibles, in.Findings)
	if err != nil {
		return nil, err
	}
	s.totals(sim, r)
	s.lines(sim, r)
	r.Tornado = s.tornado(r.ROI.Range != nil)
	r.BreakEven = s.breakEven()
	if r.Conservative, err = s.conservative(); err != nil {
		return nil, err
	}
	return r, nil
}

// simulation is the case over all draws, in minor units.
type simulation struct {
	benefit, cost           [][]float64 // [line][draw]
	totalBenefit, totalCost []float64
	net, npv                []float64
	payback                 []float64 // months; +Inf where it does not pay back
}

func (s *scenario) simulate() (*simulation, error) {
	sim := &simulation{benefit: columns(len(s.benefits), s.draws), cost: columns(len(s.costs), s.draws)}
	values, out := make([]float64, len(s.inputs)), s.newOutcome()
	for d := range s.draws {
		s.at(d, values)
		s.run(values, s.fullTerms(), out)
		npv, err := presentValue(s.model.DiscountRate, out.flows)
		if err != nil || math.Abs(out.totalBenefit) > maxMinor || math.Abs(out.totalCost) > maxMinor {
			return nil, fault.New(fault.Invalid, "amounts are beyond %s: check units and value per unit", figure.Money(maxMinor, s.model.Currency))
		}
		for i, b := range out.benefit {
			sim.benefit[i][d] = b
		}
		for i, c := range out.cost {
			sim.cost[i][d] = c
		}
		months, ok := paybackMonths(out.flows)
		if !ok {
			months = math.Inf(1)
		}
		sim.totalBenefit = append(sim.totalBenefit, out.totalBenefit)
		sim.totalCost = append(sim.totalCost, out.totalCost)
		sim.net = append(sim.net, out.net())
		sim.npv = append(sim.npv, npv)
		sim.payback = append(sim.payback, months)
	}
	return sim, nil
}

func columns(n, length int) [][]float64 {
	out := make([][]float64, n)
	for i := range out {
		out[i] = make([]float64, length)
	}
	return out
}

func (s *scenario) totals(sim *simulation, r *Result) {
	r.TotalBenefit, r.TotalCost = moneyRange(sim.totalBenefit), moneyRange(sim.totalCost)
	r.NetValue, r.NPV = moneyRange(sim.net), moneyRange(sim.npv)
	r.Payback = payback(sim.payback)
	if reason := undefinedROI(sim.totalCost); reason != "" {
		r.ROI, r.BenefitCostRatio = Metric{Undefined: reason}, Metric{Undefined: reason}
		return
	}
	roi, bcr := make([]float64, s.draws), make([]float64, s.draws)
	positive := 0.0
	for d := range roi {
		roi[d] = sim.net[d] / sim.totalCost[d]
		bcr[d] = sim.totalBenefit[d] / sim.totalCost[d]
		if roi[d] > 0 {
			positive++
		}
	}
	share := positive / float64(s.draws)
	r.ROI, r.BenefitCostRatio = metric(roi), metric(bcr)
	r.ProbPositiveROI = &share
}

// undefinedROI says why a return on these costs does not exist, or "".
func undefinedROI(cost []float64) string {
	free := 0
	for _, c := range cost {
		if c <= 0 {
			free++
		}
	}
	switch free {
	case 0:
		return ""
	case len(cost):
		return "the cost is 0: a return on nothing is undefined"
	default:
		return fmt.Sprintf("the cost is 0 or below in %d of %d draws", free, len(cost))
	}
}

// lines fills in what each line contributes, the waterfall and the backing.
func (s *scenario) lines(sim *simulation, r *Result) {
	r.Benefits, r.Costs = []BenefitResult{}, []CostResult{}
	r.ByBacking = s.byBacking(sim)
	for i, b := range s.benefits {
		amount := moneyRange(sim.benefit[i])
		backing := b.backing()
		units := s.inputs[b.units]
		r.Benefits = append(r.Benefits, BenefitResult{
			Label: b.Label, Kind: b.Kind, Assumed: b.finding == nil, Stamp: backing.stamp(), Backing: backing,
			Units: Range{units.median, units.low, units.high}, Months: b.months, Amount: amount,
		})
		r.Waterfall = append(r.Waterfall, Step{b.Label, "benefit", b.finding == nil, amount})
	}
	for i, c := range s.costs {
		amount := moneyRange(sim.cost[i])
		provenance := c.Provenance
		if provenance == "" {
			provenance = Planned
		}
		r.Costs = append(r.Costs, CostResult{c.Label, c.Category, provenance, amount})
		r.Waterfall = append(r.Waterfall, Step{c.Label, "cost", false, MoneyRange{-amount.Median, -amount.High, -amount.Low}})
	}
	r.Waterfall = append(r.Waterfall, Step{"Net value", "net", false, r.NetValue})
}

// byBacking sums benefits by what they rest on, best grade first.
func (s *scenario) byBacking(sim *simulation) []BackingShare {
	out := []BackingShare{}
	for _, name := range []string{"A", "B", "C", "D", "ungraded", "cannot tell yet", "assumed"} {
		var sum []float64
		for i, b := range s.benefits {
			if b.backing().class() != name {
				continue
			}
			if sum == nil {
				sum = make([]float64, s.draws)
			}
			for d, v := range sim.benefit[i] {
				sum[d] += v
			}
		}
		if sum != nil {
			out = append(out, BackingShare{name, moneyRange(sum)})
		}
	}
	return out
}

func (l priced) backing() Backing {
	if l.finding == nil {
		return Backing{Source: "assumed"}
	}
	return l.finding.backing()
}

func (f Finding) backing() Backing {
	b := Backing{
		Source: "finding", FindingID: f.ID, KPI: f.KPI, Label: f.Label, Grade: f.Grade, CannotTell: f.CannotTell, Unit: f.Unit,
	}
	if len(f.Draws) > 0 {
		effect := rangeOf(f.Draws)
		b.Effect = &effect
	}
	return b
}

// class is the group that the backing is summed under.
func (b Backing) class() string {
	switch {
	case b.Source == "assumed":
		return "assumed"
	case b.CannotTell:
		return "cannot tell yet"
	case b.Grade == "":
		return "ungraded"
	default:
		return b.Grade
	}
}

func (b Backing) stamp() string {
	finding := b.Label
	if finding == "" {
		finding = b.FindingID
	}
	switch {
	case b.Source == "assumed":
		return "assumed"
	case b.CannotTell:
		return fmt.Sprintf("finding %s, cannot tell yet", finding)
	case b.Grade == "":
		return "finding " + finding
	default:
		return fmt.Sprintf("finding %s, grade %s", finding, b.Grade)
	}
}

func intangibles(lines []Intangible, findings []Finding) ([]IntangibleResult, error) {
	out := []IntangibleResult{}
	for _, l := range lines {
		r := IntangibleResult{Label: l.Label, Note: l.Note}
		if l.Finding != "" {
			f, reason, err := find(findings, l.Finding)
			if err != nil {
				return nil, fmt.Errorf("intangible %s: %w", l.Label, err)
			}
			r.Reason = reason
			if f != nil {
				b := f.backing()
				r.Backing = &b
			}
		}
		out = append(out, r)
	}
	return out, nil
}

// rangeOf is the median and the central 90 % of finite, non-empty draws.
func rangeOf(draws []float64) Range {
	q, err := summary.Quantiles(draws, 0.5, (1-intervalLevel)/2, (1+intervalLevel)/2)
	if err != nil {
		panic("value: " + err.Error())
	}
	return Range{q[0], q[1], q[2]}
}

func metric(draws []float64) Metric {
	r := rangeOf(draws)
	return Metric{Range: &r}
}

func moneyRange(draws []float64) MoneyRange {
	r := rangeOf(draws)
	return MoneyRange{round(r.Median), round(r.Low), round(r.High)}
}

// round gives whole minor units, half away from zero.
func round(minor float64) int64 { return int64(math.Round(minor)) }

// payback sums up months of which some are +Inf.
func payback(months []float64) Payback {
	sorted := slices.Clone(months)
	slices.Sort(sorted)
	within := 0.0
	for _, m := range sorted {
		if !math.IsInf(m, 1) {
			within++
		}
	}
	at := func(p float64) *float64 {
		// The upper neighbour decides: between a month and never lies never.
		v := sorted[int(math.Ceil(p*float64(len(sorted)-1)))]
		if math.IsInf(v, 1) {
			return nil
		}
		q := summary.QuantileSorted(sorted, p)
		return &q
	}
	return Payback{
		Median: at(0.5), Low: at((1 - intervalLevel) / 2), High: at((1 + intervalLevel) / 2),
		Share: within / float64(len(months)),
	}
}
