package value

import (
	"fmt"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/stat/money"
	"github.com/liftmark/liftmark/stat/resample"
	"github.com/liftmark/liftmark/stat/summary"
)

// input is one number of the case: its draws and their percentiles. A
// quantity from a finding is turned so that positive is good.
type input struct {
	name              string
	draws             []float64 // nil if it has no spread
	low, median, high float64   // 5th, 50th and 95th percentile
	conservative      float64   // its value in the conservative case
	finding           bool      // scaled by the overall break-even
	assumed           bool
}

// priced is a benefit line whose numbers are inputs by index.
type priced struct {
	BenefitLine
	finding                        *Finding // nil where assumed
	quantity, units, value, margin int
	months                         int     // that count, within the horizon
	reached                        float64 // months until the quantity is reached
}

// pricedCost is a cost line whose numbers are inputs by index.
type pricedCost struct {
	CostLine
	amount, units int
}

// scenario is a model whose findings are found and whose inputs are drawn:
// flows (see flow.go) are a function of the inputs' values alone.
type scenario struct {
	model    Model
	seed     uint64
	draws    int
	inputs   []input
	benefits []priced
	costs    []pricedCost
	skipped  []NotPriced
	shared   map[string]int // inputs that several lines share, by name
}

func newScenario(m Model, in Inputs) (*scenario, error) {
	s := &scenario{model: m, seed: in.Seed, draws: in.Draws, shared: map[string]int{}}
	if s.draws == 0 {
		s.draws = defaultDraws
	}
	if s.draws < 200 {
		return nil, fault.New(fault.Invalid, "%d draws are too few for a 90 %% interval: use 200 or more", s.draws)
	}
	for _, c := range m.Costs {
		s.costs = append(s.costs, pricedCost{
			CostLine: c,
			amount:   s.addQuantity(c.Label+": amount", c.Amount, false),
			units:    s.costUnits(c.Per),
		})
	}
	for _, b := range m.Benefits {
		if err := s.addBenefit(b, in.Findings); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (s *scenario) addBenefit(b BenefitLine, findings []Finding) error {
	line := priced{BenefitLine: b, months: b.Months, reached: b.ReachedAfter}
	if b.Assumed == nil {
		f, reason, err := find(findings, b.Finding)
		if err != nil {
			return fmt.Errorf("benefit %s: %w", b.Label, err)
		}
		if reason != "" {
			s.skipped = append(s.skipped, NotPriced{b.Label, b.Finding, "not priced: " + reason})
			return nil
		}
		if b.Units == nil && f.Exposed == 0 && s.model.Exposed.Accounts == nil {
			s.skipped = append(s.skipped, NotPriced{b.Label, b.Finding, "not priced: how many units were exposed is unknown; state units"})
			return nil
		}
		line.finding = f
		line.quantity = s.addEffect(*f)
	} else {
		line.quantity = s.addQuantity(b.Label+": assumed quantity", *b.Assumed, true)
	}
	line.defaults(s.model)
	line.units = s.benefitUnits(b, line.finding)
	line.value = s.addQuantity(b.Label+": value per unit", b.ValuePerUnit, false)
	margin := Known(1)
	if b.Margin != nil {
		margin = *b.Margin
	}
	line.margin = s.addQuantity(b.Label+": margin", margin, false)
	s.benefits = append(s.benefits, line)
	return nil
}

// defaults fills in what the line leaves open.
func (l *priced) defaults(m Model) {
	if l.months == 0 {
		l.months = m.HorizonMonths
	}
	if l.Accrual == "" {
		l.Accrual = Monthly
		if l.Kind == RetainedRevenue {
			l.Accrual = Cumulative
		}
	}
	if l.reached == 0 && l.finding != nil {
		l.reached = l.finding.HorizonMonths
	}
	if l.reached == 0 {
		l.reached = float64(l.months)
		if l.Accrual == Once {
			l.reached = 1
		}
	}
}

// find looks a finding up by id, then by KPI. A reason says why there is
// nothing to price; an error, why the question is wrong.
func find(findings []Finding, name string) (*Finding, string, error) {
	hit, err := lookUp(findings, name)
	if err != nil {
		return nil, "", err
	}
	if hit == nil {
		return nil, "no study with this id or about this KPI was run", nil
	}
	if err := hit.check(); err != nil {
		return nil, "", err
	}
	if len(hit.Draws) == 0 {
		return nil, "the finding has no effect estimate", nil
	}
	return hit, "", nil
}

func lookUp(findings []Finding, name string) (*Finding, error) {
	var aboutKPI *Finding
	for i := range findings {
		if findings[i].ID == name {
			return &findings[i], nil
		}
	}
	for i, f := range findings {
		if f.KPI != name {
			continue
		}
		if aboutKPI != nil {
			return nil, fault.New(fault.Invalid, "findings %s and %s are both about %s: name one", aboutKPI.ID, f.ID, name)
		}
		aboutKPI = &findings[i]
	}
	return aboutKPI, nil
}

func (s *scenario) costUnits(per string) int {
	switch per {
	case "account":
		return s.addShared("exposed accounts", *s.model.Exposed.Accounts)
	case "learner":
		return s.addShared("exposed learners", *s.model.Exposed.Learners)
	default:
		return s.addShared("one", Known(1))
	}
}

func (s *scenario) benefitUnits(b BenefitLine, f *Finding) int {
	switch {
	case b.Units != nil:
		return s.addQuantity(b.Label+": units", *b.Units, false)
	case f != nil && f.Exposed > 0:
		return s.addShared("exposed units of "+f.ID, Known(f.Exposed))
	default:
		return s.addShared("exposed accounts", *s.model.Exposed.Accounts)
	}
}

// addShared adds an input once, however many lines use it.
func (s *scenario) addShared(name string, q Quantity) int {
	if i, ok := s.shared[name]; ok {
		return i
	}
	i := s.addQuantity(name, q, false)
	s.shared[name] = i
	return i
}

func (s *scenario) addQuantity(name string, q Quantity, assumed bool) int {
	in := input{
		name: name, assumed: assumed,
		low: q.Quantile(0.05), median: money.Median(q), high: q.Quantile(0.95),
	}
	in.conservative = in.median
	if assumed {
		in.conservative = 0
	}
	if !known(q) {
		in.draws = money.Draw(q, s.draws, resample.Stream(resample.Child(s.seed, name), 0))
	}
	return s.add(in)
}

// addEffect adds a finding's effect, turned into a benefit. Its draws are
// taken in a random order of their own, which makes findings independent of
// each other in the case; as many as needed, spread evenly over those given.
func (s *scenario) addEffect(f Finding) int {
	name := "effect: " + f.name()
	if i, ok := s.shared[name]; ok {
		return i
	}
	quantity := make([]float64, len(f.Draws))
	for i, d := range f.Draws {
		quantity[i] = f.sign() * d
	}
	q, err := summary.Quantiles(quantity, 0.05, 0.5, 0.95)
	if err != nil {
		panic("value: " + err.Error()) // find has refused empty and NaN draws
	}
	low, high := f.bounds()
	in := input{name: name, finding: true, low: q[0], median: q[1], high: q[2], conservative: min(f.sign()*low, f.sign()*high)}
	in.draws = money.Draw(ranked(quantity), s.draws, resample.Stream(resample.Child(s.seed, name), 0))
	i := s.add(in)
	s.shared[name] = i
	return i
}

func (s *scenario) add(in input) int {
	s.inputs = append(s.inputs, in)
	return len(s.inputs) - 1
}

// medians gives every input at its median.
func (s *scenario) medians() []float64 {
	values := make([]float64, len(s.inputs))
	for i, in := range s.inputs {
		values[i] = in.median
	}
	return values
}

// at fills values with draw number d of every input.
func (s *scenario) at(d int, values []float64) {
	for i, in := range s.inputs {
		values[i] = in.median
		if in.draws != nil {
			values[i] = in.draws[d]
		}
	}
}
