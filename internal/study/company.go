package study

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/metric"
)

// account is one unit of a study.
type account struct {
	id     string
	fields map[string]string
	seats  int
	spells []span // when it was a customer, in order
	joined month  // month in which it first became a customer
}

// span is a half-open stretch of time; a zero end has not come yet.
type span struct{ from, to time.Time }

// covers says whether the span holds all of [from, to).
func (s span) covers(from, to time.Time) bool {
	return !s.from.After(from) && (s.to.IsZero() || !s.to.Before(to))
}

// company is what a study knows before it looks at any outcome.
type company struct {
	zone     *time.Location
	from, to time.Time // of the data, to exclusive
	months   window    // whole months of the data
	accounts []account // of the population, by id
	index    map[string]int
	rollout  rollout
	firsts   []metric.FirstEvent // what the rollout was dated by
	people   map[string]int
	// courseRecord says whether the rule was met on the course's own record; if
	// not, finishing any of its activities counted.
	courseRecord bool
	spells       bool // whether subscriptions are known
	fingerprint  string
}

// load reads the population and dates its training.
func load(ctx context.Context, src Source, p Plan) (*company, error) {
	zone, err := time.LoadLocation(p.Zone)
	if err != nil {
		return nil, fault.New(fault.Invalid, "zone of study %s: %w", p.ID, err)
	}
	c := &company{zone: zone}
	if c.from, c.to, err = src.Coverage(ctx); err != nil {
		return nil, fmt.Errorf("coverage of the data: %w", err)
	}
	if c.months = wholeMonths(c.from, c.to, zone); c.months.len() == 0 {
		return nil, fault.New(fault.InsufficientData, "the data hold no whole month yet (they run from %s to %s): import more",
			day(c.from, zone), day(c.to, zone))
	}
	if c.fingerprint, err = src.Fingerprint(ctx); err != nil {
		return nil, fmt.Errorf("fingerprint of the data: %w", err)
	}
	if err := c.loadAccounts(ctx, src, p.Population); err != nil {
		return nil, err
	}
	return c, c.date(ctx, src, p.Treatment)
}

func (c *company) loadAccounts(ctx context.Context, src Source, where string) error {
	rows, err := src.Accounts(ctx, where)
	if err != nil {
		return fmt.Errorf("accounts of the population: %w", err)
	}
	if len(rows) == 0 {
		return fault.New(fault.InsufficientData, "the population holds no account: import accounts or widen the filter %q", where)
	}
	c.index = make(map[string]int, len(rows))
	for _, row := range rows {
		c.accounts = append(c.accounts, account{id: row.ID, fields: row.Fields, seats: row.Seats})
	}
	slices.SortFunc(c.accounts, func(a, b account) int { return strings.Compare(a.id, b.id) })
	for i, a := range c.accounts {
		c.index[a.id] = i
	}
	return c.loadSpells(ctx, src)
}

// loadSpells says when each account was a customer. Where no spell is known of
// any account, all months count; otherwise an account without one is no customer.
func (c *company) loadSpells(ctx context.Context, src Source) error {
	spells, err := src.Subscriptions(ctx)
	if err != nil {
		return fmt.Errorf("subscriptions: %w", err)
	}
	c.spells = len(spells) > 0
	for _, s := range spells {
		if i, ok := c.index[s.Account]; ok {
			c.accounts[i].spells = append(c.accounts[i].spells, spanOf(s))
		}
	}
	for i := range c.accounts {
		a := &c.accounts[i]
		slices.SortFunc(a.spells, func(x, y span) int { return x.from.Compare(y.from) })
		a.joined = c.months.from
		if len(a.spells) > 0 {
			a.joined = monthOf(a.spells[0].from, c.zone)
		}
	}
	return nil
}

func spanOf(s metric.Spell) span {
	if s.End == nil {
		return span{from: s.Start}
	}
	return span{s.Start, *s.End}
}

// customerFor says whether the account was a customer for the whole month.
func (c *company) customerFor(i int, m month) bool {
	if !c.spells {
		return true
	}
	from, to := m.start(c.zone), (m + 1).start(c.zone)
	return slices.ContainsFunc(c.accounts[i].spells, func(s span) bool { return s.covers(from, to) })
}

// date finds each account's start of training.
func (c *company) date(ctx context.Context, src Source, rule Treatment) error {
	firsts, err := c.firstEvents(ctx, src, rule)
	if err != nil {
		return err
	}
	if len(firsts) == 0 {
		return nobodyDid(ctx, src, rule)
	}
	people, err := c.knownPeople(ctx, src, rule)
	if err != nil {
		return err
	}
	c.firsts, c.people = firsts, people
	c.rollout = dateStarts(rule, c.accounts, firsts, people, c.zone)
	return c.comparable(rule)
}

// firstEvents looks for the course's own record first. Where a source sends
// none, finishing any activity of the course has to stand for it.
func (c *company) firstEvents(ctx context.Context, src Source, rule Treatment) ([]metric.FirstEvent, error) {
	if rule.Course != "" {
		firsts, err := src.FirstEvents(ctx, "learning", rule.where()+" and activity.kind = 'course'")
		if err != nil {
			return nil, fmt.Errorf("first completions of course %s: %w", rule.Course, err)
		}
		if len(firsts) > 0 {
			c.courseRecord = true
			return firsts, nil
		}
	}
	firsts, err := src.FirstEvents(ctx, "learning", rule.where())
	if err != nil {
		field, value := rule.target()
		return nil, fmt.Errorf("first records of %s %s: %w", field, value, err)
	}
	return firsts, nil
}

// knownPeople counts the people of each account when a share has accounts
// without seats to fall back on.
func (c *company) knownPeople(ctx context.Context, src Source, rule Treatment) (map[string]int, error) {
	noSeats := func(a account) bool { return a.seats <= 0 }
	if rule.Share == 0 || !slices.ContainsFunc(c.accounts, noSeats) {
		return nil, nil
	}
	members, err := src.FirstEvents(ctx, "person", "")
	if err != nil {
		return nil, fmt.Errorf("people of accounts without seats: %w", err)
	}
	count := map[string]int{}
	for _, m := range members {
		count[m.Account]++
	}
	return count, nil
}

func day(t time.Time, zone *time.Location) string { return t.In(zone).Format("2 Jan 2006") }
