package demo

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// person is a member of an account, with what becomes of its courses.
type person struct {
	id, email, later string    // later: the e-mail from changed on, or empty
	changed          time.Time // when the e-mail changed, and whether it did
	started          bool      // the onboarding course
	completed        bool
	mastery          bool
}

// address gives the e-mail in use at a time.
func (p *person) address(at time.Time) string {
	if p.later != "" && !at.Before(p.changed) {
		return p.later
	}
	return p.email
}

var (
	given    = [...]string{"Ana", "Ben", "Chidi", "Dana", "Elif", "Farid", "Grace", "Hugo", "Ines", "Jun", "Kofi", "Lena", "Mateo", "Nadia", "Oskar", "Priya", "Quinn", "Rosa", "Sven", "Tara"}
	family   = [...]string{"Adler", "Bianchi", "Costa", "Dubois", "Eriksen", "Fischer", "Garcia", "Haddad", "Ito", "Jansen", "Kumar", "Lopez", "Mbeki", "Novak", "Okafor", "Petrov", "Rossi", "Silva", "Tanaka", "Weber"}
	firms    = [...]string{"Northwind", "Bluebird", "Cobalt", "Delta", "Evergreen", "Falcon", "Granite", "Harbour", "Iris", "Juniper", "Kestrel", "Lumen", "Meridian", "Nimbus", "Orchard", "Pioneer", "Quarry", "Ridge", "Summit", "Tundra"}
	suffixes = [...]string{"Group", "Labs", "Partners, Ltd.", "Works", "& Sons", "Systems"}
	jobs     = [...]string{"administrator", "analyst", "manager", "agent", "developer"}
)

func (a *Account) name(r *rand.Rand) string {
	return fmt.Sprintf("%s %s %d", firms[a.Index%len(firms)], suffixes[r.IntN(len(suffixes))], a.Index+1)
}

func (a *Account) domain() string {
	return fmt.Sprintf("%s%d.example", strings.ToLower(firms[a.Index%len(firms)]), a.Index+1)
}

// writePeople writes the account's people and those who came to it.
func (f *files) writePeople(r *rand.Rand, a *Account) []*person {
	people := make([]*person, a.People)
	for i := range people {
		first, last := given[r.IntN(len(given))], family[r.IntN(len(family))]
		p := &person{id: fmt.Sprintf("P%05d-%02d", a.Index+1, i+1),
			email: fmt.Sprintf("%s.%s%d@%s", strings.ToLower(first), strings.ToLower(last), i+1, a.domain())}
		people[i] = p
		role := jobs[0]
		if i > 0 {
			role = jobs[1+r.IntN(len(jobs)-1)]
		}
		f.people.add(p.id, a.ID, p.email, role, "customer", a.Country, a.zone, instant(a.Signup))
		f.changeMail(r, a, p, role, i)
	}
	f.move(r, a, people)
	return people
}

// changeMail gives a few people a second e-mail from some month on.
func (f *files) changeMail(r *rand.Rand, a *Account, p *person, role string, i int) {
	if (a.Index*7+i)%61 != 5 || f.w.mover(a) && i == a.People-1 {
		return
	}
	month := a.First + r.IntN(len(a.Months))
	p.changed = f.w.moment(r, a, month)
	p.later = strings.Replace(p.email, "@", ".new@", 1)
	f.mess[changedMail]++
	f.people.add(p.id, a.ID, p.later, role, "customer", a.Country, a.zone, instant(p.changed))
}

// move takes in who comes from the account before, and remembers who leaves for
// the next one. A mover's rows name no account: it follows from the date.
func (f *files) move(r *rand.Rand, a *Account, people []*person) {
	month := f.w.Months / 2
	if p := f.moved; p != nil {
		f.moved = nil
		arrival := f.w.start(month).AddDate(0, 0, 14)
		f.mess[movedPerson]++
		f.people.add(p.id, a.ID, p.email, "manager", "customer", a.Country, a.zone, instant(arrival))
		for t := month + 1; t <= f.w.last(a) && t >= a.First && t < month+3; t++ {
			f.writeUse(r, p, "", f.w.moment(r, a, t), "search", fmt.Sprintf("U%05d-m%d", a.Index+1, t))
		}
	}
	if f.w.mover(a) && month >= a.First && a.Customer(month) {
		f.moved = people[len(people)-1]
	}
}
