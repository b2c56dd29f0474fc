package metric

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/record"
	"github.com/liftmark/liftmark/internal/warehouse/plan"
)

// FirstEvent is the first time that a person did something, and the account
// that they belonged to then; empty when it is not known.
type FirstEvent struct {
	Person, Account string
	Time            time.Time
}

// FirstEvents gives each person's first row of a fact that fulfils a
// condition, by time: for example the first completion of a course with fact
// "learning" and where "verb = 'completed' and activity.course = 'onboarding'".
//
// Errors: fault.Invalid for an unknown fact, a fact that is about no person, or
// a condition that cannot be read; fault.NotFound for an attribute that no row
// has.
func (s *Service) FirstEvents(ctx context.Context, fact, where string) ([]FirstEvent, error) {
	src, err := findSource(fact)
	if err != nil {
		return nil, err
	}
	if !src.Has("person_id") {
		return nil, fault.New(fault.Invalid, "a %s row is about no person", fact)
	}
	facts := s.uncached(ctx)
	scope := newRowScope(src, nil, facts.digits()).knowing(facts)
	scope.own[src.At], scope.own["person_id"] = true, true
	for _, d := range dimensions() {
		if src.Has(d.key) {
			scope.own[d.key] = true
		}
	}
	var condition plan.Expr = plan.And{}
	if where != "" {
		if condition, err = parseCondition(where, scope); err != nil {
			return nil, err
		}
	}
	resolve := plan.Resolve{Input: src.read(sortedKeys(scope.own)), Person: "person_id", At: src.At}
	if src.Has("account_id") {
		resolve.Account = "account_id"
	}
	rows := attachDimensions(resolve, scope.dims, unitKeys(&resolve))
	at := plan.Column(src.At)
	known := plan.Not{X: plan.IsNull{X: plan.Column("person")}}
	first := plan.Aggregate{
		Input: plan.Filter{Input: rows, Where: plan.And{known, plan.Not{X: plan.IsNull{X: at}}, condition}}, By: plan.Columns("person"),
		Measures: []plan.Measure{{Name: "at", Func: plan.Min, Arg: at}, {Name: "account", Func: plan.First, Arg: plan.Coalesce{plan.Column("account"), plan.Value{V: ""}}, Arg2: at}},
	}
	var out []FirstEvent
	err = s.each(ctx, plan.Sort{Input: first, By: []string{"at", "person"}}, func(scan func(...any) error) error {
		var e FirstEvent
		err := scan(&e.Person, &e.Time, &e.Account)
		e.Time = e.Time.UTC()
		out = append(out, e)
		return err
	})
	return out, err
}

// Account is a customer as it is known now. Fields holds plan, industry, region,
// country and the further columns; what is not known is missing.
type Account struct {
	ID       string
	Name     string
	Fields   map[string]string
	Seats    int       // 0 when not known
	SignupAt time.Time // zero when not known
}

// Accounts lists the accounts that fulfil a filter (empty: all), by id.
//
// Errors: fault.Invalid for a filter that cannot be read or is not about
// accounts; fault.NotFound for an attribute that no account has.
func (s *Service) Accounts(ctx context.Context, where string) ([]Account, error) {
	fact, _ := record.Find("account")
	fields := []string{"account_id"}
	for _, f := range fact.Fields {
		if f.Name != "account_id" {
			fields = append(fields, f.Name)
		}
	}
	var n plan.Node = plan.Scan{Table: "account", Columns: append(fields, "attributes")}
	filter, err := newUnitFilter(where, "account", s.uncached(ctx))
	if err != nil {
		return nil, err
	}
	if filter.rows != "" {
		return nil, fault.New(fault.Invalid, "the filter %q is not about accounts; use their fields only", where)
	}
	c := compiler{def: &Definition{Unit: "account"}, filter: filter}
	n = plan.Project{Input: c.keepUnits(n, "account_id"), Columns: append(plan.Columns(fields...), plan.Named{Name: "further", Expr: plan.AllAttributes{}})}
	var out []Account
	err = s.each(ctx, plan.Sort{Input: n, By: []string{"account_id"}}, func(scan func(...any) error) error {
		a, err := scanAccount(fields, scan)
		out = append(out, a)
		return err
	})
	return out, err
}

func scanAccount(fields []string, scan func(...any) error) (Account, error) {
	var seats *int64
	var signup *time.Time
	var further *string
	texts := make([]*string, len(fields))
	dest := make([]any, 0, len(fields)+1)
	for i, name := range fields {
		switch name {
		case "seats":
			dest = append(dest, &seats)
		case "signup_at":
			dest = append(dest, &signup)
		default:
			dest = append(dest, &texts[i])
		}
	}
	a := Account{Fields: map[string]string{}}
	if err := scan(append(dest, &further)...); err != nil {
		return a, err
	}
	if further != nil {
		if err := json.Unmarshal([]byte(*further), &a.Fields); err != nil {
			return a, fmt.Errorf("further columns of an account: %w", err)
		}
	}
	for i, name := range fields {
		a.set(name, texts[i])
	}
	if seats != nil {
		a.Seats = int(*seats)
		a.Fields["seats"] = strconv.FormatInt(*seats, 10)
	}
	if signup != nil {
		a.SignupAt = signup.UTC()
	}
	return a, nil
}

func (a *Account) set(field string, value *string) {
	switch {
	case value == nil:
	case field == "account_id":
		a.ID = *value
	case field == "name":
		a.Name = *value
	default:
		a.Fields[field] = *value
	}
}

// Spell is a time in which an account was a customer, half-open; End is nil
// while it is one. Reason is the one given for leaving.
type Spell struct {
	Account string
	Start   time.Time
	End     *time.Time
	Reason  string
}

// Subscriptions lists all spells, by account and start.
func (s *Service) Subscriptions(ctx context.Context) ([]Spell, error) {
	n := plan.Sort{Input: plan.Scan{Table: "subscription", Columns: []string{"account_id", "started_at", "ended_at", "reason"}}, By: []string{"account_id", "started_at", "ended_at", "reason"}}
	var out []Spell
	err := s.each(ctx, n, func(scan func(...any) error) error {
		var x Spell
		var reason *string
		err := scan(&x.Account, &x.Start, &x.End, &reason)
		x.Start, x.End, x.Reason = x.Start.UTC(), utc(x.End), text(reason)
		out = append(out, x)
		return err
	})
	return out, err
}

// RevenueLevel is a stretch of constant recurring revenue of an account,
// half-open, in minor units of the reporting currency a month.
type RevenueLevel struct {
	Account  string
	Start    time.Time
	End      *time.Time
	MRR      float64
	Currency string
}

// RevenueLevels lists recurring revenue, by account and start.
//
// Errors: fault.Invalid when currencies differ and rates are missing.
func (s *Service) RevenueLevels(ctx context.Context) ([]RevenueLevel, error) {
	facts, err := s.lookups(ctx)
	if err != nil {
		return nil, err
	}
	mrr, err := convert("mrr", "mrr_span", facts)
	if err != nil {
		return nil, err
	}
	scan := plan.Scan{Table: "mrr_span", Columns: []string{"account_id", "started_at", "ended_at", "mrr", "currency"}}
	n := plan.Project{Input: scan, Columns: append(plan.Columns("account_id", "started_at", "ended_at"), plan.Named{Name: "mrr", Expr: mrr})}
	var out []RevenueLevel
	err = s.each(ctx, plan.Sort{Input: n, By: []string{"account_id", "started_at", "ended_at", "mrr"}}, func(scan func(...any) error) error {
		x := RevenueLevel{Currency: facts.base}
		err := scan(&x.Account, &x.Start, &x.End, &x.MRR)
		x.Start, x.End = x.Start.UTC(), utc(x.End)
		out = append(out, x)
		return err
	})
	return out, err
}

// convert gives an amount in minor units of the reporting currency.
func convert(column, fact string, facts *lookups) (plan.Expr, error) {
	factor, err := facts.money(fact)
	if err != nil {
		return nil, err
	}
	amount := plan.Expr(plan.ToFloat{X: plan.Column(column)})
	if factor != nil {
		amount = plan.Binary{Op: plan.Mul, L: amount, R: factor}
	}
	return amount, nil
}

// Cost is a line of training cost over a time, half-open, in minor units of the
// reporting currency.
type Cost struct {
	From, To          time.Time
	Program, Category string
	Amount            float64
	Currency          string
}

// Costs lists the costs of a program (empty: of all), by time.
//
// Errors: fault.Invalid when currencies differ and rates are missing.
func (s *Service) Costs(ctx context.Context, program string) ([]Cost, error) {
	facts, err := s.lookups(ctx)
	if err != nil {
		return nil, err
	}
	amount, err := convert("amount", "cost", facts)
	if err != nil {
		return nil, err
	}
	var n plan.Node = plan.Scan{Table: "cost", Columns: []string{"from", "to", "program", "category", "amount", "currency"}}
	if program != "" {
		n = plan.Filter{Input: n, Where: plan.Binary{Op: plan.Eq, L: plan.Column("program"), R: plan.Value{V: program}}}
	}
	n = plan.Project{Input: n, Columns: append(plan.Columns("from", "to", "program", "category"), plan.Named{Name: "amount", Expr: amount})}
	var out []Cost
	err = s.each(ctx, plan.Sort{Input: n, By: []string{"from", "to", "program", "category", "amount"}}, func(scan func(...any) error) error {
		x := Cost{Currency: facts.base}
		var program, category *string
		err := scan(&x.From, &x.To, &program, &category, &x.Amount)
		x.From, x.To, x.Program, x.Category = x.From.UTC(), x.To.UTC(), text(program), text(category)
		out = append(out, x)
		return err
	})
	return out, err
}

// Intervention is other help or change in the time of a training. To is nil
// while it goes on. Scope is empty or all for everyone, else a filter of
// accounts.
type Intervention struct {
	From              time.Time
	To                *time.Time
	Name, Kind, Scope string
}

// Interventions lists what else happened, by time.
func (s *Service) Interventions(ctx context.Context) ([]Intervention, error) {
	n := plan.Sort{Input: plan.Scan{Table: "intervention", Columns: []string{"from", "to", "name", "kind", "scope"}}, By: []string{"from", "name", "to", "kind", "scope"}}
	var out []Intervention
	err := s.each(ctx, n, func(scan func(...any) error) error {
		var x Intervention
		var kind, scope *string
		err := scan(&x.From, &x.To, &x.Name, &kind, &scope)
		x.From, x.To, x.Kind, x.Scope = x.From.UTC(), utc(x.To), text(kind), text(scope)
		out = append(out, x)
		return err
	})
	return out, err
}

// Activity is something to learn from.
type Activity struct {
	ID, Program, Course, Title, Kind, Format, Feature string
	Position                                          int // within the course, from 1; 0 when not known
}

// Activities lists what there is to learn, by program, course and position.
func (s *Service) Activities(ctx context.Context) ([]Activity, error) {
	n := plan.Sort{Input: plan.Scan{Table: "activity", Columns: []string{"activity_id", "program", "course", "title", "kind", "format", "feature", "position"}},
		By: []string{"program", "course", "position", "activity_id"}}
	var out []Activity
	err := s.each(ctx, n, func(scan func(...any) error) error {
		var t [6]*string
		var x Activity
		var position *int64
		err := scan(&x.ID, &t[0], &t[1], &t[2], &t[3], &t[4], &t[5], &position)
		x.Program, x.Course, x.Title, x.Kind, x.Format, x.Feature = text(t[0]), text(t[1]), text(t[2]), text(t[3]), text(t[4]), text(t[5])
		if position != nil {
			x.Position = int(*position)
		}
		out = append(out, x)
		return err
	})
	return out, err
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func utc(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	u := t.UTC()
	return &u
}
