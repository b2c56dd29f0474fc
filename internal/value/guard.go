package value

import "fmt"

// Names of the guard's warnings. They are permanent.
const (
	WarnExpansionOfRetained = "expansion_of_retained_accounts"
	WarnNetRevenueRetention = "net_revenue_counted_with_retained_revenue"
	WarnTicketsOfChurned    = "tickets_of_churned_accounts"
	WarnOverlapNotRemoved   = "overlap_not_removed"
	WarnMarginAssumedFull   = "margin_not_stated"
	WarnBeyondHorizon       = "benefit_after_its_months"
	WarnWeakFinding         = "weak_finding"
	WarnCannotTell          = "cannot_tell_yet"
	WarnPlannedReplaced     = "planned_cost_replaced"
)

// guarded takes from a month's amount what retained revenue of the same
// population has already counted. Rules:
//
//   - expansion net of churn (IncludesChurn): only what exceeds that month's
//     retained revenue counts, so that together the larger of the two counts;
//   - other expansion, and support cost avoided: accounts that only training
//     kept count as retained revenue alone, so the amount shrinks by the share
//     of accounts kept. Where training loses accounts nothing is taken away.
func (s *scenario) guarded(b priced, amount float64, values []float64, month int, minor float64) float64 {
	if b.Kind == Expansion && b.IncludesChurn {
		retained := 0.0
		for _, r := range s.benefits {
			if r.Kind == RetainedRevenue && r.Population == b.Population {
				retained += r.earned(values, month) * minor
			}
		}
		if retained <= 0 || amount <= 0 {
			return amount
		}
		return max(0, amount-retained)
	}
	if b.Kind == Expansion || b.Kind == SupportCostAvoided {
		return amount * (1 - s.keptShare(b.Population, values, month))
	}
	return amount
}

// keptShare is the share (0–1) of a population's accounts that only training
// has kept by the middle of a month. Only cumulative lines state a share.
func (s *scenario) keptShare(population string, values []float64, month int) float64 {
	share := 0.0
	for _, r := range s.benefits {
		if r.Kind == RetainedRevenue && r.Accrual == Cumulative && r.Population == population {
			share += values[r.quantity] * r.weight(month)
		}
	}
	return min(1, max(0, share))
}

// guardWarnings names every overlap between retained revenue and another line
// of the same population, and what was taken away at medians.
func (s *scenario) guardWarnings() []Warning {
	var out []Warning
	with, without := s.newOutcome(), s.newOutcome()
	s.run(s.medians(), s.fullTerms(), with)
	s.run(s.medians(), terms{lastMonth: s.model.HorizonMonths}, without)
	for i, b := range s.benefits {
		if b.Kind != Expansion && b.Kind != SupportCostAvoided {
			continue
		}
		retained, cumulative := s.retainedLines(b.Population)
		if len(retained) == 0 {
			continue
		}
		w := overlap(b, cumulative)
		w.Lines = append([]string{b.Label}, retained...)
		w.RemovedMinor = round(without.benefit[i] - with.benefit[i])
		out = append(out, w)
	}
	return out
}

// retainedLines lists the retained-revenue lines of a population, and says
// whether any of them states the share of accounts kept.
func (s *scenario) retainedLines(population string) (labels []string, cumulative bool) {
	for _, r := range s.benefits {
		if r.Kind == RetainedRevenue && r.Population == population {
			labels = append(labels, r.Label)
			cumulative = cumulative || r.Accrual == Cumulative
		}
	}
	return labels, cumulative
}

func overlap(b priced, cumulative bool) Warning {
	switch {
	case b.Kind == Expansion && b.IncludesChurn:
		return Warning{
			Name:    WarnNetRevenueRetention,
			Message: fmt.Sprintf("%s is net of churn and holds the retained revenue already.", b.Label),
			Rule:    "Each month only what exceeds the retained revenue is counted.",
		}
	case !cumulative:
		return Warning{
			Name:    WarnOverlapNotRemoved,
			Message: fmt.Sprintf("%s may count accounts that retained revenue counts already.", b.Label),
			Rule:    "Nothing was taken away: the retained-revenue line does not state a share of accounts kept (accrual: cumulative).",
		}
	case b.Kind == Expansion:
		return Warning{
			Name:    WarnExpansionOfRetained,
			Message: fmt.Sprintf("%s and retained revenue would both count the accounts that only training kept.", b.Label),
			Rule:    "Expansion is counted only for accounts that would have stayed anyway.",
		}
	default:
		return Warning{
			Name:    WarnTicketsOfChurned,
			Message: fmt.Sprintf("%s includes accounts that would have churned and then opened no tickets.", b.Label),
			Rule:    "Avoided tickets are counted only for accounts that would have stayed anyway.",
		}
	}
}

// lineWarnings names what a reader must know about single lines.
func (s *scenario) lineWarnings() []Warning {
	var out []Warning
	for _, b := range s.benefits {
		add := func(name, message, rule string) {
			out = append(out, Warning{Name: name, Message: message, Rule: rule, Lines: []string{b.Label}})
		}
		if b.Margin == nil && (b.Kind == RetainedRevenue || b.Kind == Expansion || b.Kind == TrainingRevenue) {
			add(WarnMarginAssumedFull, b.Label+" states no margin.", "Revenue is counted in full, as if it had no cost.")
		}
		if b.Accrual == Once && b.onceMonth() > b.months {
			add(WarnBeyondHorizon, fmt.Sprintf("%s comes in month %d, after the %d months that count.", b.Label, b.onceMonth(), b.months), "It is counted as 0.")
		}
		if b.finding == nil {
			continue
		}
		if b.finding.CannotTell {
			add(WarnCannotTell, b.Label+" rests on a finding that cannot tell yet.", "It is counted with its full uncertainty and shown apart.")
		} else if b.finding.Grade == "D" {
			add(WarnWeakFinding, b.Label+" rests on a grade D finding: a change, not an effect.", "It is counted and shown apart.")
		}
	}
	return out
}
