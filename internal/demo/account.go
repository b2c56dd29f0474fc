package demo

import (
	"fmt"
	"math"
	"time"
)

// Never stands for a month that did not come within the window.
const Never = -1

// Account is a customer with its traits, its fate and its months.
type Account struct {
	Index                                     int
	ID, Plan, Industry, Region, Country, Tier string
	Seats, People                             int
	Signup                                    time.Time
	SignupMonth                               int       // negative before the window
	Engagement                                float64   // standard normal; the files show it through usage alone
	Trained                                   int       // month in which the share of seats was reached, or Never
	Churned                                   int       // last month as a customer, or Never
	Left                                      time.Time // when it churned, within month Churned; zero while a customer
	First                                     int       // first month in the window
	Months                                    []Month   // First, First+1, … to Churned or the window's end

	price     float64 // list price per seat and month, in USD
	zone      string
	utc       int       // hours that the zone is ahead of UTC, by and large
	trainOdds []float64 // chance of training in month t while untrained, by t-First
	churnOdds []float64 // hazard of churn in month t without training, by t-First
	used      []int     // usage rows in month t without training, by t-First
	awake     []float32 // uniform draws by person, then month; see activeChance
}

// Month is what an account did in one calendar month, and what training truly
// changed in it: expectation with training minus expectation without, 0 before
// the month of training.
type Month struct {
	Index              int // calendar month of the window
	Usage              int // usage rows
	Active             int // people with at least one
	Tickets, Billing   int // tickets on the product; on billing
	Answers, Satisfied int // CSAT answers; of these 4 or 5
	NPSAnswers         int // NPS answers
	Promoters          int
	Detractors         int
	MRR                float64 // monthly recurring revenue at the month's end, in USD
	Expansion          float64 // rise of MRR in the month by expansion
	Contraction        float64 // fall of MRR in the month by contraction

	TrainChance float64 // given the account is a customer and was untrained

	TicketEffect, AdoptionEffect, CSATEffect, ExpansionEffect float64
}

// Customer says whether the account was a customer at the end of a month.
func (a *Account) Customer(month int) bool {
	return month >= a.First && (a.Churned == Never || month < a.Churned)
}

// since gives the months since training at a month; negative before and for
// the untrained.
func (a *Account) since(month int) int {
	if a.Trained == Never {
		return Never
	}
	return month - a.Trained
}

var (
	plans      = [...]string{"starter", "growth", "enterprise"}
	prices     = [...]float64{35, 48, 62}
	sizes      = [...]float64{6, 11, 22}
	industries = [...]string{"software", "manufacturing", "retail", "finance", "healthcare", "education", "logistics"}
	tiers      = [...]string{"bronze", "silver", "gold"}
	places     = [...]struct {
		region, country, zone string
		utc                   int
	}{
		{"Americas", "US", "America/New_York", -5}, {"Americas", "US", "America/Los_Angeles", -8}, {"Americas", "CA", "America/Toronto", -5},
		{"Americas", "BR", "America/Sao_Paulo", -3}, {"EMEA", "DE", "Europe/Berlin", 1}, {"EMEA", "GB", "Europe/London", 0},
		{"EMEA", "FR", "Europe/Paris", 1}, {"EMEA", "ZA", "Africa/Johannesburg", 2}, {"APAC", "IN", "Asia/Kolkata", 5},
		{"APAC", "JP", "Asia/Tokyo", 9}, {"APAC", "AU", "Australia/Sydney", 10},
	}
)

// account makes the account of that number. Equal worlds and numbers give equal
// accounts, whatever else was made before.
func (w *world) account(i int) *Account {
	a := w.traits(i)
	w.history(a)
	w.fate(a)
	w.outcomes(a)
	return a
}

func (w *world) traits(i int) *Account {
	r := w.rand(i, traits)
	plan, place := pick(r, 0.4, 0.4, 0.2), places[r.IntN(len(places))]
	a := &Account{Index: i, ID: fmt.Sprintf("A%05d", i+1), Plan: plans[plan], price: prices[plan],
		Industry: industries[r.IntN(len(industries))], Region: place.region, Country: place.country, zone: place.zone, utc: place.utc,
		Tier: tiers[r.IntN(len(tiers))], Trained: Never, Churned: Never}
	a.Engagement = clamp(r.NormFloat64(), -2.5, 2.5)
	a.Seats = int(clamp(math.Round(sizes[plan]*math.Exp(0.35*r.NormFloat64())), 4, 60))
	a.People = max(int(float64(a.Seats)*(0.75+0.25*r.Float64())), 3)
	if r.Float64() < w.p.ShareBeforeWindow {
		a.SignupMonth = -1 - r.IntN(36)
	} else {
		a.SignupMonth = r.IntN(w.Months - 3)
	}
	a.Signup = w.start(a.SignupMonth).Add(time.Duration(24*r.IntN(20)+9) * time.Hour)
	a.First = max(a.SignupMonth, 0)
	return a
}

// history draws what happens to the account while untrained, to the end of the
// window: its use of the product, and from it the chances of training and churn.
// How much is used does not depend on who is active: colleagues stand in. So a
// start of training that follows much use says nothing of who was active then.
func (w *world) history(a *Account) {
	r, months := w.rand(a.Index, history), w.Months-a.First
	a.used, a.awake = make([]int, months), make([]float32, a.People*months)
	a.trainOdds, a.churnOdds = make([]float64, months), make([]float64, months)
	mood := r.NormFloat64()
	for k := range months {
		t := a.First + k
		for person := range a.People {
			a.awake[person*months+k] = r.Float32()
		}
		rows := poisson(r, w.rowsPerUser(a, t, mood)*w.habitual(a)*float64(a.People))
		a.used[k] = max(rows, w.active(a, t, 0))
		a.trainOdds[k], a.churnOdds[k] = w.trainChance(a, t), w.churnHazard(a, t, mood)
		mood = 0.8*mood + 0.6*r.NormFloat64() // stationary, standard deviation 1
	}
}

// rowsPerUser gives the expected usage rows of an active person in a month.
func (w *world) rowsPerUser(a *Account, t int, mood float64) float64 {
	return w.p.UsagePerUser * math.Exp(w.p.UsageEngagement*a.Engagement+w.p.UsageMood*mood) * (1 + w.p.UsageSeason*w.season(t))
}

// isActive says whether a person uses the product in a month.
func (w *world) isActive(a *Account, person, t int, lift float64) bool {
	draw := a.awake[person*(w.Months-a.First)+t-a.First]
	return float64(draw) < w.activeChance(a, person, lift)
}

// active counts the people who use the product in a month.
func (w *world) active(a *Account, t int, lift float64) int {
	n := 0
	for person := range a.People {
		if w.isActive(a, person, t, lift) {
			n++
		}
	}
	return n
}

// habitual gives the share of people who use the product every month.
func (w *world) habitual(a *Account) float64 {
	return w.p.HabitShare + w.p.HabitEngagement*a.Engagement
}

const (
	activeHabitual = 0.95
	activeOther    = 0.04
)

// activeChance gives a person's chance of using the product in a month, where
// training has lifted the share of habitual users by lift. People are ordered:
// the first are habitual.
func (w *world) activeChance(a *Account, person int, lift float64) float64 {
	if w.mover(a) && person == a.People-1 {
		return 0
	}
	if person == 0 {
		return 1 // the administrator: an account is never silent
	}
	if float64(person)+0.5 < (w.habitual(a)+lift)*float64(a.People) {
		return activeHabitual
	}
	return activeOther
}

// trainChance depends on what the files show from before the month, and on
// nothing else: log(1 + mean usage rows of the last three months), plan,
// tenure, and the month: the academy takes in accounts every third month.
func (w *world) trainChance(a *Account, t int) float64 {
	tenure, k := t-a.SignupMonth, t-a.First
	if t < w.launch || (t-w.launch)%w.p.TrainEvery != 0 || tenure < w.p.TrainMinTenure || k < 3 {
		return 0
	}
	usage := math.Log1p(float64(a.used[k-1]+a.used[k-2]+a.used[k-3]) / 3)
	return logistic(w.p.TrainBase + w.p.TrainUsage*(usage-3) + w.p.TrainPlan[a.Plan] + w.p.TrainTenure*float64(tenure)/12)
}

// churnHazard is the hazard without training; nobody churns in the month of
// signing up.
func (w *world) churnHazard(a *Account, t int, mood float64) float64 {
	if t == a.SignupMonth {
		return 0
	}
	x := w.p.ChurnEngagement*a.Engagement + w.p.ChurnMood*mood + w.p.ChurnPlan[a.Plan]
	if a.Plan == "starter" && t >= w.price {
		x += w.p.ChurnPrice
	}
	return math.Min(w.p.ChurnBase*math.Exp(x), 0.3)
}

// hazard gives the hazard of churn at month t, e months after training.
func (w *world) hazard(a *Account, t, e int) float64 {
	return a.churnOdds[t-a.First] * (1 - w.p.ChurnCut*at(w.p.ChurnRamp, e))
}

// fate draws the months of training and churn. Within a month training comes
// first and the month's churn has not felt it yet.
func (w *world) fate(a *Account) {
	r := w.rand(a.Index, fate)
	for t := a.First; t < w.Months; t++ {
		train, churn := r.Float64(), r.Float64()
		if a.Trained == Never && train < a.trainOdds[t-a.First] {
			a.Trained = t
		}
		if churn < w.hazard(a, t, a.since(t)) {
			a.Churned = t
			a.Left = w.start(t).Add(time.Duration(24*(24+r.IntN(4))+18) * time.Hour)
			return
		}
	}
}

// last gives the last month in which the account was a customer.
func (w *world) last(a *Account) int {
	if a.Churned == Never {
		return w.Months - 1
	}
	return a.Churned
}

// mover says whether the last person of the account leaves for the next
// account in the middle of the window. Movers do not use the product before.
func (w *world) mover(a *Account) bool { return a.Index%40 == 7 && a.Index+1 < w.Accounts }
