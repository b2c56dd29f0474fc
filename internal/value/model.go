package value

// Model is what a company says about costs and about the worth of effects. It
// is read from YAML by Parse; every key that is not shown here is on the types
// below:
//
//	currency: EUR
//	horizon_months: 24
//	discount_rate: 0.10              # a year
//	exposed: {accounts: 240, learners: 900}
//	costs:
//	  - {category: creation, label: Course production, amount: 8000}
//	  - {category: learner_time, label: Hours in class, amount: {triangular: [60, 90, 150]}, per: learner}
//	benefits:
//	  - {kind: retained_revenue, label: Accounts kept, finding: onboarding-churn, value_per_unit: 450, margin: 0.8}
//	  - {kind: productivity, label: Time saved, assumed: {triangular: [0.5, 1, 3]}, value_per_unit: 40}
//	intangibles:
//	  - {label: Satisfaction, finding: onboarding-csat}
type Model struct {
	Currency      string        `yaml:"currency"`       // ISO 4217
	HorizonMonths int           `yaml:"horizon_months"` // over which costs and benefits count, 1 to 240
	DiscountRate  float64       `yaml:"discount_rate"`  // a year, 0.10 is 10 %
	Exposed       Exposed       `yaml:"exposed"`
	Costs         []CostLine    `yaml:"costs"`
	Benefits      []BenefitLine `yaml:"benefits"`
	Intangibles   []Intangible  `yaml:"intangibles"`
}

// Exposed counts whom the training reached; it multiplies cost lines per
// account and per learner, and benefit lines that state no units.
type Exposed struct {
	Accounts *Quantity `yaml:"accounts"`
	Learners *Quantity `yaml:"learners"`
}

// Category sorts costs; together they are the fully loaded cost.
type Category string

// The cost categories.
const (
	Creation    Category = "creation"
	Delivery    Category = "delivery"
	Platform    Category = "platform"
	StaffTime   Category = "staff_time"
	LearnerTime Category = "learner_time"
	OtherCost   Category = "other"
)

// Provenance says whether a cost was planned in the model or recorded in the
// books.
type Provenance string

// The provenances.
const (
	Planned  Provenance = "planned"
	Recorded Provenance = "recorded"
)

// CostLine is one cost. Amount, in major units of the model's currency, is
// multiplied by Per (total, the default: 1; account; learner) and falls due by
// Every: once, the default, now; month, at the end of each month; year, now
// and at the start of each further year of the horizon.
type CostLine struct {
	Category   Category   `yaml:"category"`
	Label      string     `yaml:"label"`
	Amount     Quantity   `yaml:"amount"`
	Per        string     `yaml:"per"`
	Every      string     `yaml:"every"`
	Provenance Provenance `yaml:"-"`
}

// Kind sorts benefits.
type Kind string

// The benefit kinds.
const (
	RetainedRevenue    Kind = "retained_revenue"
	Expansion          Kind = "expansion"
	SupportCostAvoided Kind = "support_cost_avoided"
	Productivity       Kind = "productivity"
	TrainingRevenue    Kind = "training_revenue"
	CustomBenefit      Kind = "custom"
)

// Accrual says how a line's quantity turns into months of benefit.
type Accrual string

// The accruals. Cumulative is the default of retained revenue, Monthly that of
// every other kind but custom, which must state its own.
const (
	// Monthly: the quantity is per unit and month and earns its value each month.
	Monthly Accrual = "monthly"
	// Cumulative: the quantity (a difference in the share of accounts kept)
	// builds up linearly until ReachedAfter months and then stays; each month
	// earns its value on what has been built up by the middle of the month.
	Cumulative Accrual = "cumulative"
	// Once: the quantity earns its value one time, at ReachedAfter months.
	Once Accrual = "once"
)

// BenefitLine is one benefit: quantity × units × value per unit × margin,
// spread over months by Accrual. Exactly one of Finding and Assumed gives the
// quantity.
type BenefitLine struct {
	Kind    Kind      `yaml:"kind"`
	Label   string    `yaml:"label"`
	Finding string    `yaml:"finding"` // study id, or KPI id if one study is about it
	Assumed *Quantity `yaml:"assumed"` // per unit, positive is good

	Units        *Quantity `yaml:"units"`          // exposed units; else the finding's, else exposed.accounts
	ValuePerUnit Quantity  `yaml:"value_per_unit"` // major units per quantity; per month too where Cumulative (MRR of an account)
	Margin       *Quantity `yaml:"margin"`         // share that is profit, 0 to 1; 1 if not stated
	Months       int       `yaml:"months"`         // how long the benefit counts; the model's horizon if 0
	Accrual      Accrual   `yaml:"accrual"`
	ReachedAfter float64   `yaml:"reached_after"` // months; else the finding's horizon, else Months (Once: 1)

	// Population names the accounts that the line is about. Lines of the same
	// population (all, if none is named) are guarded against double counting.
	Population string `yaml:"population"`
	// IncludesChurn says that an expansion quantity is net of churn (net
	// revenue retention) and so holds the retained revenue already.
	IncludesChurn bool `yaml:"includes_churn"`
}

// Intangible is a benefit that is listed with its finding and never summed.
type Intangible struct {
	Label   string `yaml:"label"`
	Finding string `yaml:"finding"`
	Note    string `yaml:"note"`
}
