package value

// MoneyRange is an amount in minor units of the result's currency: the median
// and the ends of the 90 % interval over draws. The medians of parts do not
// add up to the median of their sum.
type MoneyRange struct {
	Median int64 `json:"median_minor"`
	Low    int64 `json:"low_minor"`
	High   int64 `json:"high_minor"`
}

// Range is a plain number: its median and the ends of the 90 % interval over
// draws.
type Range struct {
	Median float64 `json:"median"`
	Low    float64 `json:"low"`
	High   float64 `json:"high"`
}

// Metric is a Range that may not exist; Undefined then says why.
type Metric struct {
	*Range
	Undefined string `json:"undefined,omitempty"`
}

// Backing is what a line's quantity rests on: a finding with its grade, or an
// assumption. Effect is in the finding's unit and sign.
type Backing struct {
	Source     string `json:"source"` // "finding" or "assumed"
	FindingID  string `json:"finding_id,omitempty"`
	KPI        string `json:"kpi,omitempty"`
	Label      string `json:"label,omitempty"`
	Grade      string `json:"grade,omitempty"` // A to D
	CannotTell bool   `json:"cannot_tell,omitempty"`
	Effect     *Range `json:"effect,omitempty"`
	Unit       string `json:"unit,omitempty"`
}

// BenefitResult is one benefit line, priced, after the double-count guard.
type BenefitResult struct {
	Label   string     `json:"label"`
	Kind    Kind       `json:"kind"`
	Assumed bool       `json:"assumed"`
	Stamp   string     `json:"stamp"` // "assumed", or "finding x, grade B"
	Backing Backing    `json:"backing"`
	Units   Range      `json:"units"`
	Months  int        `json:"months"`
	Amount  MoneyRange `json:"amount"`
}

// CostResult is one cost line over the horizon.
type CostResult struct {
	Label      string     `json:"label"`
	Category   Category   `json:"category"`
	Provenance Provenance `json:"provenance"`
	Amount     MoneyRange `json:"amount"`
}

// NotPriced is a benefit line left out of every sum, and why.
type NotPriced struct {
	Label   string `json:"label"`
	Finding string `json:"finding"`
	Reason  string `json:"reason"` // begins "not priced: "
}

// Step is a bar of the waterfall. Costs are negative. The last step is the net
// value, whose median is not the sum of the others' medians.
type Step struct {
	Label   string     `json:"label"`
	Kind    string     `json:"kind"` // "benefit", "cost" or "net"
	Assumed bool       `json:"assumed"`
	Amount  MoneyRange `json:"amount"`
}

// Tornado ranks inputs by how far each alone moves Measure between its 5th and
// 95th percentile, the others at their medians.
type Tornado struct {
	Measure string       `json:"measure"` // "roi", or "net_value_minor" where ROI is undefined
	Bars    []TornadoBar `json:"bars"`
}

// TornadoBar is one input. Low and High are its percentiles in its own unit
// (a finding's effect as the benefit it is, positive is good); AtLow and
// AtHigh are Measure there.
type TornadoBar struct {
	Input   string  `json:"input"`
	Assumed bool    `json:"assumed"`
	Low     float64 `json:"low"`
	High    float64 `json:"high"`
	AtLow   float64 `json:"at_low"`
	AtHigh  float64 `json:"at_high"`
	Swing   float64 `json:"swing"`
}

// BreakEven says how small effects may be before the training no longer pays,
// all else at medians and undiscounted. Scale multiplies every finding at
// once: 0.4 means that 40 % of the estimated effects suffice.
type BreakEven struct {
	Scale *float64        `json:"scale,omitempty"`
	Note  string          `json:"note,omitempty"` // why there is no Scale
	Lines []LineBreakEven `json:"lines"`
}

// LineBreakEven is the effect of one finding at which the net value is zero,
// in the finding's unit and sign, beside the median estimate.
type LineBreakEven struct {
	Label    string   `json:"label"`
	Finding  string   `json:"finding_id"`
	Unit     string   `json:"unit"`
	Estimate float64  `json:"estimate"`
	Effect   *float64 `json:"effect,omitempty"`
	Note     string   `json:"note,omitempty"` // why there is no Effect
}

// Conservative is the case with the worse end of each finding's interval, the
// benefits of the first year only, and assumed lines at 0; costs in full, all
// other inputs at their medians. Amounts are minor units.
type Conservative struct {
	Rule          string   `json:"rule"`
	Benefit       int64    `json:"benefit_minor"`
	Cost          int64    `json:"cost_minor"`
	Net           int64    `json:"net_value_minor"`
	NPV           int64    `json:"npv_minor"`
	ROI           *float64 `json:"roi,omitempty"`
	BCR           *float64 `json:"benefit_cost_ratio,omitempty"`
	Undefined     string   `json:"undefined,omitempty"` // why there is no ROI
	PaybackMonths *float64 `json:"payback_months,omitempty"`
}

// Payback is when the running undiscounted net value turns positive for good.
// Share is the share of draws in which it does within the horizon; a part of
// the range that lies in draws where it does not is nil.
type Payback struct {
	Median *float64 `json:"median_months"`
	Low    *float64 `json:"low_months"`
	High   *float64 `json:"high_months"`
	Share  float64  `json:"share_within_horizon"`
}

// BackingShare is the benefit that rests on one grade, on "cannot tell yet" or
// on assumptions.
type BackingShare struct {
	Backing string     `json:"backing"` // "A" to "D", "ungraded", "cannot tell yet", "assumed"
	Amount  MoneyRange `json:"amount"`
}

// Warning is something that a reader of the numbers must know. Name is
// permanent; Rule says what was done about it.
type Warning struct {
	Name         string   `json:"name"`
	Message      string   `json:"message"`
	Rule         string   `json:"rule"`
	Lines        []string `json:"lines"`
	RemovedMinor int64    `json:"removed_minor,omitempty"` // benefit taken away, at medians
}

// IntangibleResult is listed and never summed.
type IntangibleResult struct {
	Label   string   `json:"label"`
	Note    string   `json:"note,omitempty"`
	Backing *Backing `json:"backing,omitempty"`
	Reason  string   `json:"reason,omitempty"` // why there is no backing
}

// Result is the case. ROI is (benefit − cost) ÷ cost and so net: 4 means that
// each unit spent came back and 4 more. BenefitCostRatio is benefit ÷ cost:
// always ROI + 1.
type Result struct {
	Currency      string  `json:"currency"`
	MinorDigits   int     `json:"minor_digits"`
	HorizonMonths int     `json:"horizon_months"`
	DiscountRate  float64 `json:"discount_rate"` // a year, flows at year ends
	Draws         int     `json:"draws"`
	Seed          uint64  `json:"seed"`
	IntervalLevel float64 `json:"interval_level"`

	TotalBenefit     MoneyRange `json:"total_benefit"`
	TotalCost        MoneyRange `json:"total_cost"`
	NetValue         MoneyRange `json:"net_value"`
	NPV              MoneyRange `json:"npv"`
	ROI              Metric     `json:"roi"`
	BenefitCostRatio Metric     `json:"benefit_cost_ratio"`
	Payback          Payback    `json:"payback"`
	// ProbPositiveROI is the share of draws with ROI above 0; nil where ROI is
	// undefined. It knows only the uncertainty that the inputs state.
	ProbPositiveROI *float64 `json:"prob_positive_roi,omitempty"`

	Benefits     []BenefitResult    `json:"benefits"`
	ByBacking    []BackingShare     `json:"by_backing"`
	Costs        []CostResult       `json:"costs"`
	NotPriced    []NotPriced        `json:"not_priced"`
	Intangibles  []IntangibleResult `json:"intangibles"`
	Waterfall    []Step             `json:"waterfall"`
	Tornado      Tornado            `json:"tornado"`
	BreakEven    BreakEven          `json:"break_even"`
	Conservative Conservative       `json:"conservative"`
	Warnings     []Warning          `json:"warnings"`
}
