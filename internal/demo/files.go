package demo

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// files writes a company's files, one account after the other.
type files struct {
	w *world

	accounts, people, activities, learning, usage, tickets *table
	responses, revenue, outcomes, costs, interventions     *table

	hours map[string][]float64 // learners' hours by program, then month
	mess  map[string]int       // rows that an import must take as they are, by kind of mess
	moved *person              // who comes from the account before
	flaws []Flaw
}

// The kinds of mess that an import must take.
const (
	byMail      = "e-mail in another case and with spaces instead of the key"
	changedMail = "person with a second e-mail from a later date on"
	movedPerson = "person who moves to another account"
	noAccount   = "row without account, which follows from the person"
)

func createFiles(w *world, dir string) (*files, error) {
	f := &files{w: w, mess: map[string]int{}, hours: map[string][]float64{
		academy: make([]float64, w.Months), masterclass: make([]float64, w.Months)}}
	var err error
	create := func(to **table, name string, messy bool, more ...string) {
		var mess *rand.Rand
		if messy {
			mess = rand.New(rand.NewPCG(scramble(w.Seed), scramble(uint64(len(f.tables())))))
		}
		if err == nil {
			*to, err = createTable(dir, name, mess, more...)
		}
	}
	create(&f.accounts, "accounts", false, "tier")
	create(&f.people, "people", false)
	create(&f.activities, "activities", false)
	create(&f.learning, "learning", true)
	create(&f.usage, "usage", true, "device")
	create(&f.tickets, "tickets", true)
	create(&f.responses, "responses", true)
	create(&f.revenue, "revenue", true)
	create(&f.outcomes, "outcomes", true)
	create(&f.costs, "costs", false)
	create(&f.interventions, "interventions", false)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("files of the demo company: %w", err), f.close())
	}
	f.planFlaws()
	return f, nil
}

// tables lists the files that are open.
func (f *files) tables() []*table {
	var open []*table
	for _, t := range []*table{f.accounts, f.people, f.activities, f.learning, f.usage, f.tickets,
		f.responses, f.revenue, f.outcomes, f.costs, f.interventions} {
		if t != nil {
			open = append(open, t)
		}
	}
	return open
}

func (f *files) planFlaws() {
	f.flaws = badRows()
	for _, flaw := range f.flaws {
		for _, t := range f.tables() {
			for range flaw.Count {
				if t.name == flaw.File {
					t.bad = append(t.bad, flaw)
				}
			}
		}
	}
}

func (f *files) writeAll(ctx context.Context) (*tally, error) {
	sum := newTally(f.w)
	f.writeActivities()
	for i := range f.w.Accounts {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		a := f.w.account(i)
		sum.add(a)
		f.writeAccount(a)
		if f.w.Progress != nil {
			f.w.Progress(i+1, f.w.Accounts)
		}
	}
	f.writeCosts()
	for _, x := range f.w.interventions() {
		f.interventions.add(x.From, "", x.Name, x.Kind, x.Scope)
	}
	return sum, nil
}

func (f *files) close() error {
	var err error
	for _, t := range f.tables() {
		err = errors.Join(err, t.close())
	}
	f.noteMess()
	return err
}

// noteMess lists, behind the bad rows, what an import must take as it is.
func (f *files) noteMess() {
	for _, t := range f.tables() {
		if t.rand != nil {
			f.flaws = append(f.flaws, Flaw{File: t.name, Kind: "exact duplicate", Count: t.rows.Duplicates},
				Flaw{File: t.name, Kind: "late, out of order", Count: t.rows.Late})
		}
	}
	f.flaws = append(f.flaws,
		Flaw{File: "learning", Column: "person_id", Kind: byMail, Count: f.mess[byMail]},
		Flaw{File: "people", Column: "email", Kind: changedMail, Count: f.mess[changedMail]},
		Flaw{File: "people", Column: "account_id", Kind: movedPerson, Count: f.mess[movedPerson]},
		Flaw{File: "usage", Column: "account_id", Kind: noAccount, Count: f.mess[noAccount]})
}

func (f *files) rows() map[string]Rows {
	rows := map[string]Rows{}
	for _, t := range f.tables() {
		rows[t.name] = t.rows
	}
	return rows
}

func (f *files) writeAccount(a *Account) {
	r := f.w.rand(a.Index, rows)
	f.accounts.add(a.ID, a.name(r), a.Plan, a.Industry, a.Region, a.Country, number(a.Seats), instant(a.Signup), a.Tier)
	people := f.writePeople(r, a)
	f.writeLearning(a, people)
	value := a.value(r)
	for i := range a.Months {
		m := &a.Months[i]
		f.writeUsage(r, a, m, people, value)
		f.writeTickets(r, a, m, people)
		f.writeResponses(r, a, m, people)
		f.writeReferral(r, a, m, people)
	}
	f.writeRevenue(r, a)
}

// window gives the whole days of a month in which the account was a customer,
// half-open: from the day after signing up, to the day before leaving.
func (w *world) window(a *Account, t int) (from, to time.Time) {
	from, to = w.start(t), w.start(t+1)
	if t == a.SignupMonth {
		from = a.Signup.Truncate(24*time.Hour).AddDate(0, 0, 1)
	}
	if t == a.Churned {
		to = a.Left.Truncate(24 * time.Hour)
	}
	return from, to
}

// moment draws a time in the account's office hours on a day of the window.
func (w *world) moment(r *rand.Rand, a *Account, t int) time.Time {
	from, to := w.window(a, t)
	day := r.IntN(int(to.Sub(from) / (24 * time.Hour)))
	return from.AddDate(0, 0, day).Add(a.office(r))
}

// office draws a time of day in UTC, around the account's noon.
func (a *Account) office(r *rand.Rand) time.Duration {
	local := 7 + 6*(r.Float64()+r.Float64())
	seconds := (int(local*3600) - a.utc*3600 + 2*86400) % 86400
	return time.Duration(seconds) * time.Second
}
