package study

import (
	"context"
	"fmt"
	"hash/fnv"
	"math/rand/v2"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/metric"
)

// analysis is one outcome of a study on its way to a finding.
type analysis struct {
	silence []string // months that hold nothing for anyone, in words
	c       *company
	plan    Plan
	role    string
	ref     OutcomeRef
	def     *metric.Definition
	m       measure
	kpis    []kpiCovariate
	src     Source

	series *series // of a ratio
	fates  []fate  // of a time-to-event outcome; nil for a panel
}

// kpiCovariate is a KPI that adjusts.
type kpiCovariate struct {
	id, name string
	series   *series
	log      bool // whether it is read on a log scale
}

// timed says whether the outcome is an event and not a level.
func (a *analysis) timed() bool { return a.fates != nil }

// newAnalysis reads an outcome's definition and rows.
func newAnalysis(ctx context.Context, s *session, rr roleRef) (*analysis, error) {
	a := &analysis{c: s.company, plan: s.plan, role: rr.role, ref: rr.ref, kpis: s.kpis, src: s.src}
	var err error
	if a.def, err = s.src.Definition(rr.ref.KPI); err != nil {
		return nil, fmt.Errorf("outcome %s: %w", rr.ref.key(), err)
	}
	if a.def.Unit != "account" {
		return nil, fault.New(fault.Invalid, "outcome %s is measured by %s; a study of accounts needs a KPI by account", rr.ref.KPI, a.def.Unit)
	}
	if err := a.read(ctx); err != nil {
		return nil, err
	}
	unit, factor := outcomeUnit(a.def, s.options.Currency)
	horizon := 0
	if a.timed() {
		horizon = a.ref.Horizon
	} else {
		a.series.times(factor)
	}
	a.m = measureOf(a.def, unit, a.ref.Params, horizon)
	return a, nil
}

// outcomeName is the KPI's name with the parameters of the plan.
func (a *analysis) outcomeName() string {
	if text := paramWords(a.ref.Params); text != "" {
		return a.def.Name + " (" + text + ")"
	}
	return a.def.Name
}

func (a *analysis) read(ctx context.Context) error {
	if a.def.Kind == "duration" {
		rows, err := a.src.UnitSpans(ctx, a.c.query(a.ref))
		if err != nil {
			return fmt.Errorf("KPI %s as spans of accounts: %w", a.ref.key(), err)
		}
		a.fates = a.c.spanFates(rows)
		return nil
	}
	var err error
	if a.series, err = a.c.loadSeries(ctx, a.src, a.ref); err != nil {
		return err
	}
	if a.series.empty() {
		return fault.New(fault.InsufficientData, "KPI %s has no value for any account of the population: import the records that it is made of", a.ref.key())
	}
	a.silence = a.series.unsilence()
	if a.def.Terminal {
		if !a.series.single() {
			return fault.New(fault.Invalid, "KPI %s calls its event terminal, so an account and month must be 0 or 1 of 0 or 1; it is not", a.ref.key())
		}
		a.fates = a.series.fates()
	}
	return nil
}

// stream keeps the random numbers of one purpose apart from those of others.
type stream string

const (
	streamDiD   stream = "did"
	streamTrial stream = "trial"
)

// seed is the plan's seed, mixed with outcome and purpose: adding an outcome
// to a plan changes no other finding.
func (a *analysis) seed(s stream) uint64 {
	h := fnv.New64a()
	_, _ = fmt.Fprintf(h, "%d/%s/%s", a.plan.Seed, a.ref.key(), s)
	return h.Sum64()
}

func (a *analysis) source(s stream) rand.Source { return rand.NewPCG(a.plan.Seed, a.seed(s)) }

// staticCovariates describe accounts before training, the same in every month:
// the plan's fields and its KPIs in its first months.
// The outcome itself is left out: its own past belongs to the comparison.
func (a *analysis) staticCovariates() []covariate {
	columns, _ := a.c.fieldCovariates(a.plan.Covariates.Fields)
	for _, k := range a.kpis {
		if k.id != a.ref.KPI {
			columns = append(columns, completed(scaled(k.name+" at first", a.c.baseline(k.series)))...)
		}
	}
	return distinct(varying(columns))
}

// distinct leaves out columns that repeat an earlier one.
func distinct(columns []covariate) []covariate {
	var out []covariate
	for _, c := range columns {
		repeated := false
		for _, o := range out {
			repeated = repeated || equal(c.values, o.values)
		}
		if !repeated {
			out = append(out, c)
		}
	}
	return out
}

func equal(a, b []float64) bool {
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return len(a) == len(b)
}
