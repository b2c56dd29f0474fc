package study

import (
	"context"
	"time"
)

// interim declarations until package metric lands.
type (
	Query struct {
		KPI      string
		Params   map[string]string
		From, To time.Time
		Grain    string
		Zone     *time.Location
		Where    string
	}
	UnitPeriod struct {
		Unit     string
		Period   time.Time
		Num, Den float64
	}
	UnitSpan struct {
		Unit       string
		Start, End time.Time
		Event      bool
	}
	FirstEvent struct {
		Person, Account string
		Time            time.Time
	}
	Account struct {
		ID     string
		Fields map[string]string
		Seats  int
	}
	Spell struct {
		Account string
		Start   time.Time
		End     *time.Time
		Reason  string
	}
	Intervention struct {
		From              time.Time
		To                *time.Time
		Name, Kind, Scope string
	}
	Activity struct {
		ID, Program, Course, Title, Kind string
	}
	Definition struct {
		ID, Name, Unit, Kind, Value, Direction string
	}
)

// KPIs computes outcomes and covariates as rows of unit and time.
type KPIs interface {
	Definition(id string) (*Definition, error)
	UnitPeriods(ctx context.Context, q Query) ([]UnitPeriod, error)
	UnitSpans(ctx context.Context, q Query) ([]UnitSpan, error)
}

// Company tells who the accounts are and what happened to them.
type Company interface {
	Accounts(ctx context.Context, where string) ([]Account, error)
	Subscriptions(ctx context.Context) ([]Spell, error)
	Activities(ctx context.Context) ([]Activity, error)
	FirstEvents(ctx context.Context, fact, where string) ([]FirstEvent, error)
	Interventions(ctx context.Context) ([]Intervention, error)
	Coverage(ctx context.Context) (from, to time.Time, err error)
	Fingerprint(ctx context.Context) (string, error)
}

// Source is where a study gets its data.
type Source interface {
	KPIs
	Company
}
