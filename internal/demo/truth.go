package demo

import (
	"encoding/json"
	"fmt"
	"os"
	"time"
)

// Truth is what is known of a demo company because it was made: its effects,
// the answers of naive comparisons, and the flaws of its files. Months are
// numbered from 0, the first of the window, and written as YYYY-MM beside.
type Truth struct {
	Seed          uint64          `json:"seed"`
	Start         time.Time       `json:"start"`
	End           time.Time       `json:"end"` // exclusive
	Months        int             `json:"months"`
	Training      Training        `json:"training"`
	Counts        Counts          `json:"counts"`
	Effects       []Effect        `json:"effects"`
	Churn         ChurnTruth      `json:"churn"`
	Naive         []Naive         `json:"naive"`
	Interventions []Intervention  `json:"interventions"`
	Files         map[string]Rows `json:"files,omitempty"` // by stem, "usage"
	Messy         []Flaw          `json:"messy,omitempty"`
	Parameters    Parameters      `json:"parameters"`
	Notes         []string        `json:"notes"`
}

// Training is the rule that makes an account a trained one.
type Training struct {
	Program      string  `json:"program"`
	Course       string  `json:"course"` // course and activity_id of the course
	Verb         string  `json:"verb"`   // that counts, on the activity of that key
	ShareOfSeats float64 `json:"share_of_seats"`
	Launch       string  `json:"launch"` // first month in which anyone can learn
	LaunchMonth  int     `json:"launch_month"`
	Rule         string  `json:"rule"`
}

// Counts size the company. An account-month is a month in which an account was
// a customer for at least a day; a trial is an account and an intake month at
// whose end it was a customer, and before which it was untrained.
type Counts struct {
	Accounts             int `json:"accounts"`
	People               int `json:"people"`
	Trained              int `json:"trained"`
	NeverTrained         int `json:"never_trained"`
	Churned              int `json:"churned"`
	ChurnedAfterTraining int `json:"churned_after_training"`
	AccountMonths        int `json:"account_months"`
	TrainedAccountMonths int `json:"trained_account_months"` // from the month of training on
	Trials               int `json:"trials"`
	TrialsTrained        int `json:"trials_trained"` // trained in the month
}

// Effect is the true effect of training on a panel KPI, averaged over the
// account-months of trained accounts (the ATT), as the expected value with
// training minus that without, in Unit.
type Effect struct {
	KPI        string            `json:"kpi"`
	Params     map[string]string `json:"params,omitempty"`
	Definition string            `json:"definition"`
	Unit       string            `json:"unit"`
	// Value weights every account-month from the month of training on alike.
	Value float64 `json:"att"`
	// MonthAfter leaves out the month of training, in which the effect only begins.
	MonthAfter float64 `json:"att_from_month_after"`
	// ByGroup weights cohort and month as the simple aggregation of
	// Callaway and Sant'Anna does: by the number of accounts in the cohort.
	ByGroup float64 `json:"att_simple_group_weighted"`
	// Relative is Value over the expected level without training in the same
	// account-months; absent where the effect is zero.
	Relative    float64   `json:"relative,omitempty"`
	ByEventTime []float64 `json:"by_event_time,omitempty"` // months since training: 0, 1, 2, …
	Months      []int     `json:"account_months_by_event_time,omitempty"`
}

// ChurnTruth is the true effect of training on churn in the trials, from exact
// expected hazards given each account's history. Each discrete hazard averages
// over the trials that the window still covers at that month of follow-up, as
// a weighted curve pooled over trials does.
type ChurnTruth struct {
	KPI         string       `json:"kpi"`
	Population  string       `json:"population"`
	HazardRatio float64      `json:"hazard_ratio_full_effect"` // monthly, from the third month after training on
	ATE         TrialEffects `json:"ate"`                      // over all trials
	ATT         TrialEffects `json:"att"`                      // over the trials that trained
	Sustained   TrialEffects `json:"ate_sustained"`            // over all trials, controls never training
	Horizon6    float64      `json:"ate_risk_difference_6"`
	Horizon12   float64      `json:"ate_risk_difference_12"`
}

// TrialEffects are cumulative risks of churn (0 to 1) by month of follow-up
// 1, 2, … and what follows from them. Differences are trained minus control.
type TrialEffects struct {
	Definition       string    `json:"definition"`
	RiskTrained      []float64 `json:"risk_trained"`
	RiskControl      []float64 `json:"risk_control"`
	RiskDifference6  float64   `json:"risk_difference_6"`
	RiskDifference12 float64   `json:"risk_difference_12"`
	RMSTDifference12 float64   `json:"rmst_difference_12_months"` // months as a customer of the first twelve
}

// Naive is the answer of a comparison that ignores why accounts train.
type Naive struct {
	KPI        string  `json:"kpi"`
	Comparison string  `json:"comparison"`
	Trained    float64 `json:"trained"`
	Other      float64 `json:"other"`
	Difference float64 `json:"difference"`
	Truth      float64 `json:"truth"`
	Wrong      string  `json:"wrong"` // in which direction and why
}

// Intervention is other help or change in the window.
type Intervention struct {
	Name   string `json:"name"`
	Kind   string `json:"kind"`
	From   string `json:"from"`
	Scope  string `json:"scope"`
	Effect string `json:"effect"`
}

// Rows count the data rows of a file, header apart: Written = Distinct +
// Duplicates + Rejects. Late rows stand behind rows of later accounts.
type Rows struct {
	Written    int `json:"written"`
	Distinct   int `json:"distinct"`
	Duplicates int `json:"duplicates"`
	Rejects    int `json:"rejects"`
	Late       int `json:"late"`
}

// Flaw is a kind of mess in a file and how many rows have it. Rejected ones
// must not become facts; the others must.
type Flaw struct {
	File     string `json:"file"`
	Column   string `json:"column"`
	Value    string `json:"value"`
	Kind     string `json:"kind"`
	Count    int    `json:"count"`
	Rejected bool   `json:"rejected"`
}

// Effect is the true effect of training on a KPI as a study estimates it: on
// accounts that trained, for churn within twelve months, for other KPIs averaged
// over the whole months after training. False for a KPI without a stated truth.
func (t Truth) Effect(kpi string) (float64, bool) {
	if kpi == t.Churn.KPI {
		return t.Churn.ATT.RiskDifference12, true
	}
	for _, e := range t.Effects {
		if e.KPI == kpi && len(e.Params) == 0 {
			return e.MonthAfter, true
		}
	}
	return 0, false
}

func (t Truth) write(path string) error {
	text, err := json.MarshalIndent(t, "", "  ")
	if err != nil {
		return fmt.Errorf("truth of the demo company: %w", err)
	}
	if err := os.WriteFile(path, append(text, '\n'), 0o644); err != nil {
		return fmt.Errorf("truth of the demo company: %w", err)
	}
	return nil
}
