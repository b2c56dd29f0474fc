package study

import "time"

// Finding is what a study found about one outcome. It is never a bare number:
// the effect comes with its interval, arms, design, checks, grade and the words
// that say what it means. The report renders it and value prices it; neither
// computes anything of its own, so number, picture and sentence cannot disagree.
type Finding struct {
	Study    string `json:"study"`    // id of the study
	Question string `json:"question"` // in words: did TREATMENT change OUTCOME for POPULATION?

	Outcome    Outcome `json:"outcome"`
	Treatment  string  `json:"treatment"`  // in words: "30 % of an account's seats completed Onboarding Academy"
	Population string  `json:"population"` // in words: "all accounts" or the filter

	Design Design `json:"design"`

	// Effect is the caused change in the outcome's unit; nil when the data
	// cannot give one. For target trials it is the risk difference at the horizon.
	Effect *Effect `json:"effect"`
	// Relative is the effect as a share of what would have been without training
	// (−0.22: 22 % less); nil when that level is zero or unknown.
	Relative *Effect `json:"relative"`
	// Others are further measures of the same effect: risk ratio, difference in
	// restricted mean survival time, hazard ratio.
	Others []NamedEffect `json:"others,omitempty"`

	Arms    []Arm     `json:"arms"`
	Naive   *Naive    `json:"naive"`
	Checks  []Check   `json:"checks"`
	Balance []Balance `json:"balance,omitempty"`

	EventStudy []EventPoint `json:"event_study,omitempty"` // panel outcomes
	Curves     []Curve      `json:"curves,omitempty"`      // time-to-event outcomes

	Grade   Grade    `json:"grade"`
	Verdict Verdict  `json:"verdict"`
	Caveats []string `json:"caveats,omitempty"`

	Provenance Provenance `json:"provenance"`

	// Draws are draws of Effect.Value from its sampling distribution, for the
	// money model; empty when there is no effect. They are not part of the JSON.
	Draws []float64 `json:"-"`

	problem string  // why there is no effect, in words
	units   int     // distinct accounts that take part
	measure measure // how the outcome is written
}

// Outcome names what was measured.
type Outcome struct {
	KPI       string `json:"kpi"`
	Name      string `json:"name"`
	Unit      string `json:"unit"`      // of the KPI: "tickets per account-month", "share of accounts"
	Direction string `json:"direction"` // "higher" or "lower" is better
	Role      string `json:"role"`      // "primary", "guard" or "negative_control"
	// EventFree is what a unit is until the event of a time-to-event outcome:
	// "still a customer". Empty for other outcomes.
	EventFree string `json:"event_free,omitempty"`
}

// Design says how the effect was estimated and why that way.
type Design struct {
	ID   string `json:"id"`   // staggered_did, target_trials, cluster_difference, before_after
	Name string `json:"name"` // "staggered difference-in-differences (Callaway–Sant'Anna)"
	Why  string `json:"why"`  // why the data allow it, in words
	// Method explains it to a reader without statistics, in a few sentences.
	Method string `json:"method"`
	// Rejected are designs higher in the order of preference, with the reason each was not used.
	Rejected []Rejected `json:"rejected,omitempty"`
	Horizon  int        `json:"horizon,omitempty"` // months of follow-up
	Trials   int        `json:"trials,omitempty"`  // sequential trials pooled
	Estimand string     `json:"estimand"`          // whose effect, averaged how
}

// Rejected is a design that was not used.
type Rejected struct {
	Design string `json:"design"`
	Reason string `json:"reason"`
}

// Effect is an estimate with its interval, in the unit that its place states.
type Effect struct {
	Value float64 `json:"value"`
	SE    float64 `json:"se"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
	Level float64 `json:"level"` // nominal coverage, 0.95
}

// NamedEffect is a further measure of the effect.
type NamedEffect struct {
	Name string `json:"name"` // "risk ratio", "months kept (restricted mean survival time)"
	Unit string `json:"unit"`
	Effect
}

// Arm is one side of the comparison.
type Arm struct {
	Name   string `json:"name"`   // "trained", "not (yet) trained"
	Units  int    `json:"units"`  // accounts or people
	Rows   int    `json:"rows"`   // account-months, or account-trials
	Events int    `json:"events"` // of a time-to-event outcome; 0 otherwise
	// Level is the outcome's level in this arm, in the outcome's unit: for
	// "trained" as observed, for the other what would have been without training.
	Level float64 `json:"level"`
	// EffectiveSize is the effective sample size after weighting; 0 when unweighted.
	EffectiveSize float64 `json:"effective_size,omitempty"`
}

// Naive is the comparison that a spreadsheet makes, shown so that the reader
// sees by how much and why it differs.
type Naive struct {
	Trained    float64  `json:"trained"`   // the outcome's level among ever trained units
	Untrained  float64  `json:"untrained"` // and among never trained ones
	Difference Effect   `json:"difference"`
	Why        []string `json:"why"` // reasons it differs, in words
}

// CheckVerdict is the outcome of a check, by name: never a p-value to be read
// the wrong way round.
type CheckVerdict string

// The verdicts of a check.
const (
	Passed     CheckVerdict = "passed"
	Failed     CheckVerdict = "failed"
	Impossible CheckVerdict = "impossible" // the data do not allow the check
	Noted      CheckVerdict = "noted"      // something to know, neither passed nor failed
)

// Check is one attempt to show that the finding is wrong.
type Check struct {
	ID      string       `json:"id"`   // pre_trend, placebo_date, negative_control, balance, overlap, few_clusters, co_intervention, hidden_confounding, missing_data, regression_to_mean, leave_one_out, treatment_rule
	Name    string       `json:"name"` // in words
	Verdict CheckVerdict `json:"verdict"`
	// Detail says what was compared and found, with the numbers in it.
	Detail string   `json:"detail"`
	Effect *Effect  `json:"effect,omitempty"` // what the check estimated (zero expected)
	P      *float64 `json:"p,omitempty"`
	Method string   `json:"method,omitempty"` // file name of its page under docs/method
}

// Balance compares a covariate between the arms, in standard deviations.
type Balance struct {
	Covariate string  `json:"covariate"`
	Before    float64 `json:"before"` // standardised mean difference before adjustment
	After     float64 `json:"after"`  // and after
}

// EventPoint is the effect at a distance from the month of training.
type EventPoint struct {
	Period    int     `json:"period"` // months since training started; −1 is the month before
	Effect    Effect  `json:"effect"` // pointwise interval
	BandLow   float64 `json:"band_low"`
	BandHigh  float64 `json:"band_high"` // uniform band over all points
	Reference bool    `json:"reference,omitempty"`
	Treated   int     `json:"treated"` // trained units behind the point
	Controls  int     `json:"controls"`
}

// Curve is the share of an arm that is still event-free.
type Curve struct {
	Arm    string       `json:"arm"`
	Points []CurvePoint `json:"points"`
}

// CurvePoint is one month of a curve.
type CurvePoint struct {
	Period   int     `json:"period"` // months since time zero
	Survival float64 `json:"survival"`
	Low      float64 `json:"low"`
	High     float64 `json:"high"`
	AtRisk   int     `json:"at_risk"`
}

// Grade is how strong the evidence is: A randomised … D unadjusted.
type Grade struct {
	Letter  string   `json:"letter"` // "A", "B", "C", "D"; "" when there is no effect to grade
	Meaning string   `json:"meaning"`
	Reasons []string `json:"reasons"` // what was met and what was not
	Raise   []string `json:"raise"`   // what would raise it
}

// Answer classifies a verdict.
type Answer string

// The answers that a study can give.
const (
	Better     Answer = "better"          // the interval excludes no effect, in the good direction
	Worse      Answer = "worse"           // and in the bad direction
	NoEffect   Answer = "no_clear_effect" // the interval holds zero and excludes every effect worth having
	CannotTell Answer = "cannot_tell_yet"
)

// Verdict is the finding in words.
type Verdict struct {
	Answer   Answer `json:"answer"`
	Headline string `json:"headline"` // one sentence with number, direction, interval and grade
	HowSure  string `json:"how_sure"`
	Natural  string `json:"natural,omitempty"` // natural frequencies: "about 3 fewer tickets per 10 accounts and month"
	// Needed is how many more units an answer would take, 0 when it is known.
	Needed int `json:"needed,omitempty"`
}

// Provenance ties a finding to its inputs: the same four give the same bytes.
type Provenance struct {
	PlanHash    string    `json:"plan_hash"`   // SHA-256 of the study file's canonical form
	Fingerprint string    `json:"fingerprint"` // of the data
	Version     string    `json:"version"`     // of Liftmark
	Seed        uint64    `json:"seed"`
	DataFrom    time.Time `json:"data_from"`
	DataTo      time.Time `json:"data_to"` // exclusive
}
