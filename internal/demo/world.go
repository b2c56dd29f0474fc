package demo

import (
	"math"
	"math/rand/v2"
	"time"
)

// Parameters are the numbers that make the world; truth.json repeats them.
// Chances and hazards are monthly. Ramps are indexed by months since the month
// of training and stay at their last value.
type Parameters struct {
	ShareBeforeWindow float64 `json:"share_of_accounts_before_window"`

	TrainShareOfSeats float64            `json:"train_share_of_seats"`
	TrainBase         float64            `json:"train_log_odds"`
	TrainUsage        float64            `json:"train_log_odds_per_log_usage"`
	TrainPlan         map[string]float64 `json:"train_log_odds_by_plan"`
	TrainTenure       float64            `json:"train_log_odds_per_year_of_tenure"`
	TrainEvery        int                `json:"train_every_months_from_launch"`
	TrainMinTenure    int                `json:"train_from_months_of_tenure"`

	ChurnBase       float64            `json:"churn_hazard"`
	ChurnEngagement float64            `json:"churn_log_hazard_per_sd_of_engagement"`
	ChurnMood       float64            `json:"churn_log_hazard_per_sd_of_mood"`
	ChurnPlan       map[string]float64 `json:"churn_log_hazard_by_plan"`
	ChurnPrice      float64            `json:"churn_log_hazard_of_price_change"`
	ChurnCut        float64            `json:"churn_cut_by_training"`
	ChurnRamp       []float64          `json:"churn_ramp"`

	TicketFloor      float64   `json:"ticket_floor"`
	TicketSize       float64   `json:"tickets_at_ten_seats"`
	TicketEngagement float64   `json:"ticket_log_per_sd_of_engagement"`
	TicketSeason     float64   `json:"ticket_season_amplitude"`
	TicketChat       float64   `json:"ticket_shift_of_chat"`
	TicketCutEarly   float64   `json:"ticket_cut_early_cohorts"`
	TicketCutLate    float64   `json:"ticket_cut_late_cohorts"`
	TicketRamp       []float64 `json:"ticket_ramp"`
	BillingTickets   float64   `json:"billing_tickets_at_ten_seats"`

	UsagePerUser    float64   `json:"usage_rows_per_habitual_user"`
	UsageEngagement float64   `json:"usage_log_per_sd_of_engagement"`
	UsageMood       float64   `json:"usage_log_per_sd_of_mood"`
	UsageSeason     float64   `json:"usage_season_amplitude"`
	HabitShare      float64   `json:"habitual_users"`
	HabitEngagement float64   `json:"habitual_users_per_sd_of_engagement"`
	HabitLift       float64   `json:"habitual_users_lift_by_training"`
	HabitRamp       []float64 `json:"habitual_users_ramp"`

	ExpansionChance     float64   `json:"expansion_chance"`
	ExpansionEngagement float64   `json:"expansion_chance_per_sd_of_engagement"`
	ExpansionLift       float64   `json:"expansion_lift_by_training"`
	ExpansionRamp       []float64 `json:"expansion_ramp"`

	Satisfied           float64   `json:"satisfied"`
	SatisfiedEngagement float64   `json:"satisfied_per_sd_of_engagement"`
	SatisfiedLift       float64   `json:"satisfied_lift_by_training"`
	SatisfiedRamp       []float64 `json:"satisfied_ramp"`
	AnswerSatisfied     float64   `json:"answer_chance_if_satisfied"`
	AnswerOther         float64   `json:"answer_chance_if_not"`
}

func parameters() Parameters {
	return Parameters{
		ShareBeforeWindow: 0.6,

		TrainShareOfSeats: 0.3, TrainBase: -1.8, TrainUsage: 0.7,
		TrainPlan:   map[string]float64{"starter": -0.2, "growth": 0, "enterprise": 0.2},
		TrainTenure: -0.1, TrainMinTenure: 3, TrainEvery: 3,

		ChurnBase: 0.022, ChurnEngagement: -0.5, ChurnMood: -0.25,
		ChurnPlan:  map[string]float64{"starter": 0.2, "growth": 0, "enterprise": -0.3},
		ChurnPrice: 0.35, ChurnCut: 0.45, ChurnRamp: []float64{0, 0.6, 0.9, 1},

		TicketFloor: 0.8, TicketSize: 0.55, TicketEngagement: 0.5, TicketSeason: 0.2, TicketChat: -0.35,
		TicketCutEarly: 0.35, TicketCutLate: 0.25, TicketRamp: []float64{0.1, 0.3, 0.5, 0.7, 0.85, 0.95, 1},
		BillingTickets: 0.3,

		UsagePerUser: 3.2, UsageEngagement: 0.35, UsageMood: 0.3, UsageSeason: 0.12,
		HabitShare: 0.55, HabitEngagement: 0.1, HabitLift: 0.14, HabitRamp: []float64{0.2, 0.6, 0.9, 1},

		ExpansionChance: 0.1, ExpansionEngagement: 0.025, ExpansionLift: 0.08, ExpansionRamp: []float64{0, 0.5, 1},

		Satisfied: 0.62, SatisfiedEngagement: 0.09, SatisfiedLift: 0.1, SatisfiedRamp: []float64{0, 0.5, 1},
		AnswerSatisfied: 0.45, AnswerOther: 0.3,
	}
}

// at gives a ramp's value at month e since training; 0 before it.
func at(ramp []float64, e int) float64 {
	if e < 0 {
		return 0
	}
	return ramp[min(e, len(ramp)-1)]
}

// world is the calendar and the law that every account lives under. Months are
// numbered from 0, the first of the window.
type world struct {
	Options
	p                   Parameters
	starts              []time.Time // of the months 0..Months
	launch, chat, price int         // months in which the academy, the chat and the new price begin
	revised             int         // first month of the late cohorts
}

func newWorld(o Options) *world {
	w := &world{Options: o, p: parameters(),
		launch: o.Months / 5, price: o.Months * 2 / 5, revised: o.Months / 2, chat: o.Months * 3 / 5}
	for t := range o.Months + 1 {
		w.starts = append(w.starts, o.End.AddDate(0, t-o.Months, 0))
	}
	return w
}

// start gives the first instant of a month, of those before the window too.
func (w *world) start(month int) time.Time { return w.starts[0].AddDate(0, month, 0) }

// season is a wave over the calendar year, in [-1, 1], highest in March.
func (w *world) season(month int) float64 {
	return math.Cos(2 * math.Pi * float64(int(w.start(month).Month())-3) / 12)
}

// stream separates the random numbers of one account by purpose, so that a
// change in one part of the world leaves the others as they were.
type stream uint64

const (
	traits stream = iota
	history
	fate
	outcomes
	rows
	lessons
)

func (w *world) rand(account int, s stream) *rand.Rand {
	return rand.New(rand.NewPCG(scramble(w.Seed^scramble(uint64(account))), scramble(uint64(account)<<8|uint64(s))))
}

// scramble is the finaliser of SplitMix64 (Steele, Lea and Flood, 2014): near
// seeds become far ones.
func scramble(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// poisson draws a count with the given mean by multiplying uniforms (Knuth),
// in pieces small enough for exp.
func poisson(r *rand.Rand, mean float64) int {
	n := 0
	for ; mean > 20; mean -= 20 {
		n += poisson(r, 20)
	}
	limit := math.Exp(-mean)
	for p := r.Float64(); p > limit; p *= r.Float64() {
		n++
	}
	return n
}

func binomial(r *rand.Rand, n int, chance float64) int {
	k := 0
	for range n {
		if r.Float64() < chance {
			k++
		}
	}
	return k
}

// pick draws an index in proportion to weights that sum to 1.
func pick(r *rand.Rand, weights ...float64) int {
	u := r.Float64()
	for i, weight := range weights {
		if u -= weight; u < 0 {
			return i
		}
	}
	return len(weights) - 1
}

func clamp(x, low, high float64) float64 { return math.Max(low, math.Min(high, x)) }

func logistic(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
