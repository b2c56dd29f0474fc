// Package study answers one question: did TREATMENT change OUTCOME for
// POPULATION? It reads a plan, sets cohorts and time zero, chooses the design
// that the data allow, estimates with the methods of stat, tries to break the
// result with checks, grades what is left and says it in words.
//
// It reads KPIs through metric and knows no SQL; value prices its findings and
// report shows them.
package study

// Plan is a study file. Unknown keys are errors that name their line.
//
//	id: onboarding
//	title: Onboarding Academy
//	treatment:
//	  course: onboarding
//	  share_of_seats: 0.3
//	population: plan != 'free'
//	outcomes:
//	  - kpi: churn_rate
//	    horizon: 12
//	    worth: 0.01
//	  - kpi: tickets_per_account_month
//	guards: [nps_product]
//	negative_control: {kpi: tickets_per_account_month, params: {topic: billing}}
//	covariates:
//	  fields: [plan, industry, seats]
//	  kpis: [product_adoption_rate, tickets_per_account_month]
//	seed: 1
type Plan struct {
	ID              string       `yaml:"id" json:"id"`
	Title           string       `yaml:"title" json:"title"`
	Treatment       Treatment    `yaml:"treatment" json:"treatment"`
	Population      string       `yaml:"population" json:"population,omitempty"` // filter over accounts; empty: all
	Outcomes        []OutcomeRef `yaml:"outcomes" json:"outcomes"`
	Guards          []OutcomeRef `yaml:"guards" json:"guards,omitempty"`
	NegativeControl *OutcomeRef  `yaml:"negative_control" json:"negative_control,omitempty"`
	Covariates      Covariates   `yaml:"covariates" json:"covariates"`
	Zone            string       `yaml:"zone" json:"zone,omitempty"`   // IANA zone of the months; empty: UTC
	Draws           int          `yaml:"draws" json:"draws,omitempty"` // bootstrap draws; 0: 1,000
	Seed            uint64       `yaml:"seed" json:"seed"`
}

// Treatment says when an account counts as trained.
type Treatment struct {
	Course   string  `yaml:"course" json:"course,omitempty"`                 // course that people complete
	Activity string  `yaml:"activity" json:"activity,omitempty"`             // or one activity
	Program  string  `yaml:"program" json:"program,omitempty"`               // or any course of a program
	Verb     string  `yaml:"verb" json:"verb,omitempty"`                     // completed when empty; passed, certified, attended, …
	Share    float64 `yaml:"share_of_seats" json:"share_of_seats,omitempty"` // (0, 1]; 0: any one person
	People   int     `yaml:"people" json:"people,omitempty"`                 // or a number of people
}

// OutcomeRef names an outcome and what would count as an effect.
type OutcomeRef struct {
	KPI     string            `yaml:"kpi" json:"kpi"`
	Params  map[string]string `yaml:"params" json:"params,omitempty"`
	Horizon int               `yaml:"horizon" json:"horizon,omitempty"` // months of follow-up of a time-to-event outcome; 0: 12
	Worth   float64           `yaml:"worth" json:"worth,omitempty"`     // smallest effect worth having, in the outcome's unit (a share: 0.01); 0: 5 % of the level, or 5 points
	Design  string            `yaml:"design" json:"design,omitempty"`   // overrides the choice of design
	// Strategy of target trials: "as_started" (default; controls that train
	// later stay) or "sustained" (they are censored, with weights).
	Strategy string `yaml:"strategy" json:"strategy,omitempty"`
}

// Covariates are what the adjustment may use, all from before time zero.
type Covariates struct {
	Fields []string `yaml:"fields" json:"fields,omitempty"` // of the account, attributes included
	KPIs   []string `yaml:"kpis" json:"kpis,omitempty"`     // level and trend over the last three months
}
