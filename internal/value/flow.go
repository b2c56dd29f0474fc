package value

import (
	"math"

	"github.com/liftmark/liftmark/internal/record"
	"github.com/liftmark/liftmark/stat/money"
)

// outcome is the case at one value of every input, in minor units. flows are
// net per month: flows[0] falls now, flows[t] at the end of month t.
type outcome struct {
	benefit, cost           []float64 // by line, over the horizon
	totalBenefit, totalCost float64
	flows                   []float64
}

func (o *outcome) net() float64 { return o.totalBenefit - o.totalCost }

// terms change what counts: benefits after lastMonth do not, and without guard
// overlapping benefits are counted twice.
type terms struct {
	lastMonth int
	guard     bool
}

func (s *scenario) fullTerms() terms { return terms{lastMonth: s.model.HorizonMonths, guard: true} }

func (s *scenario) newOutcome() *outcome {
	return &outcome{
		benefit: make([]float64, len(s.benefits)),
		cost:    make([]float64, len(s.costs)),
		flows:   make([]float64, s.model.HorizonMonths+1),
	}
}

// run computes the case at values (one an input) into out.
func (s *scenario) run(values []float64, t terms, out *outcome) {
	clear(out.benefit)
	clear(out.cost)
	clear(out.flows)
	minor := math.Pow10(record.MinorDigits(s.model.Currency))
	for month := 1; month <= t.lastMonth; month++ {
		s.earn(values, month, minor, t.guard, out)
	}
	for i, c := range s.costs {
		amount := values[c.amount] * values[c.units] * minor
		for _, month := range dueMonths(c.Every, s.model.HorizonMonths) {
			out.cost[i] += amount
			out.flows[month] -= amount
		}
	}
	out.totalBenefit, out.totalCost = 0, 0
	for _, b := range out.benefit {
		out.totalBenefit += b
	}
	for _, c := range out.cost {
		out.totalCost += c
	}
}

// earn adds one month's benefits. Retained revenue comes first, because the
// guard measures the other lines against it.
func (s *scenario) earn(values []float64, month int, minor float64, guard bool, out *outcome) {
	for i, b := range s.benefits {
		if b.Kind == RetainedRevenue {
			s.book(i, b.earned(values, month)*minor, month, out)
		}
	}
	for i, b := range s.benefits {
		if b.Kind == RetainedRevenue {
			continue
		}
		amount := b.earned(values, month) * minor
		if guard {
			amount = s.guarded(b, amount, values, month, minor)
		}
		s.book(i, amount, month, out)
	}
}

func (s *scenario) book(line int, amount float64, month int, out *outcome) {
	out.benefit[line] += amount
	out.flows[month] += amount
}

// earned is the line's benefit of one month in major units, before the guard.
func (l priced) earned(values []float64, month int) float64 {
	return values[l.quantity] * l.weight(month) * values[l.units] * values[l.value] * values[l.margin]
}

// weight is the share of the quantity that earns in a month: see Accrual.
func (l priced) weight(month int) float64 {
	if month > l.months {
		return 0
	}
	switch l.Accrual {
	case Cumulative:
		return min((float64(month)-0.5)/l.reached, 1)
	case Once:
		if month == l.onceMonth() {
			return 1
		}
		return 0
	default:
		return 1
	}
}

func (l priced) onceMonth() int { return max(1, int(math.Ceil(l.reached))) }

// dueMonths lists the months at which a cost falls due; 0 is now.
func dueMonths(every string, horizon int) []int {
	switch every {
	case "month":
		due := make([]int, horizon)
		for i := range due {
			due[i] = i + 1
		}
		return due
	case "year":
		var due []int
		for month := 0; month < horizon; month += 12 {
			due = append(due, month)
		}
		return due
	default:
		return []int{0}
	}
}

// presentValue discounts flows by the year-end convention: what falls now
// counts in full, the months of year y at (1+rate)^-y.
func presentValue(rate float64, flows []float64) (float64, error) {
	years := make([]float64, (len(flows)-1+11)/12)
	for t, f := range flows[1:] {
		years[t/12] += f
	}
	return money.NPV(rate, flows[0], years)
}

// paybackMonths is when the running sum of flows turns non-negative for good,
// interpolated within a month. ok is false if it ends negative.
func paybackMonths(flows []float64) (months float64, ok bool) {
	sum, last, before := 0.0, -1, 0.0 // last month that ends negative, and the sum there
	for t, f := range flows {
		sum += f
		if sum < 0 {
			last, before = t, sum
		}
	}
	if last < 0 {
		return 0, true
	}
	if last == len(flows)-1 {
		return 0, false
	}
	return float64(last) - before/flows[last+1], true
}
