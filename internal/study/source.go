package study

import (
	"context"
	"time"

	"github.com/liftmark/liftmark/internal/metric"
)

// KPIs computes outcomes and covariates as rows of unit and time.
type KPIs interface {
	// Definition finds a KPI; fault.NotFound when there is none of that id.
	Definition(id string) (*metric.Definition, error)
	UnitPeriods(ctx context.Context, q metric.Query) ([]metric.UnitPeriod, error)
	UnitSpans(ctx context.Context, q metric.Query) ([]metric.UnitSpan, error)
}

// Company tells who the accounts are and what happened to them.
type Company interface {
	// Accounts lists the accounts that fulfil a filter (empty: all), as known now.
	Accounts(ctx context.Context, where string) ([]metric.Account, error)
	// Subscriptions lists when each account was a customer.
	Subscriptions(ctx context.Context) ([]metric.Spell, error)
	Activities(ctx context.Context) ([]metric.Activity, error)
	// FirstEvents gives each person's first row of a fact that fulfils a condition.
	FirstEvents(ctx context.Context, fact, where string) ([]metric.FirstEvent, error)
	Interventions(ctx context.Context) ([]metric.Intervention, error)
	// Coverage bounds what the data cover, half-open, in whole days.
	Coverage(ctx context.Context) (from, to time.Time, err error)
	// Fingerprint names the data's state: the same data have the same one.
	Fingerprint(ctx context.Context) (string, error)
}

// Source is where a study gets its data; metric.Service is one.
type Source interface {
	KPIs
	Company
}
