// Package metric turns facts into KPIs. A KPI is defined once, in YAML, as rows
// of unit, period, numerator and denominator, or of unit, start and event; from
// those rows come values with intervals, series, breakdowns and the panels that
// studies use. Definitions are checked here and compiled to the engine-free
// tree of package plan; which engine answers it is not this package's concern.
//
// What a change of a KPI means, whether training caused it, is for package
// study above.
package metric

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/warehouse/plan"
)

// Engine answers plans over one workspace's facts.
type Engine interface {
	Run(ctx context.Context, n plan.Node) (plan.Rows, error)
	// Revision is another number after each change of the facts.
	Revision() uint64
}

// Options set what all queries of a service share.
type Options struct {
	// Currency is the one that money is reported in (ISO 4217). When empty,
	// the facts must agree on one.
	Currency string
	// Rates convert other currencies: the price of one unit of each, in major
	// units of Currency.
	Rates map[string]float64
	// Now bounds what counts as past; nil takes the facts' own coverage.
	Now func() time.Time
}

// Service answers questions about KPIs and the facts behind them. It is safe
// for concurrent use.
type Service struct {
	engine  Engine
	library *Library
	options Options

	mu    sync.Mutex
	known *knowledge
	state state
}

// NewService makes a service over one workspace.
func NewService(engine Engine, library *Library, options Options) *Service {
	return &Service{engine: engine, library: library, options: options}
}

// Query asks for one KPI.
type Query struct {
	KPI    string
	Params map[string]string // an empty value clears a default
	// From and To bound the report, half-open; zero takes the coverage of the
	// facts.
	From, To time.Time
	Grain    string         // one of Grains; empty: the whole span as one period
	Zone     *time.Location // of periods; nil: UTC
	By       string         // field of account, person or activity to break down by
	Where    string         // filter of units or of what they did
}

// request is a query whose parts were found and checked.
type request struct {
	compiler
	definition *Definition // before the choices
	texts      map[string]string
	facts      *lookups
	warnings   []string
	dataEnd    time.Time
	alone      bool // some row is about the people of a single account
}

// prepare checks a query against the library and the coverage of the facts.
func (s *Service) prepare(ctx context.Context, q Query) (*request, error) {
	d, err := s.library.Find(q.KPI)
	if err != nil {
		return nil, err
	}
	texts, values, err := d.resolveParams(q.Params)
	if err != nil {
		return nil, err
	}
	facts, err := s.lookups(ctx)
	if err != nil {
		return nil, err
	}
	r := &request{definition: d, texts: texts, facts: facts}
	r.compiler = compiler{def: d.withChoices(texts), params: values, given: sortedKeys(texts), facts: r.facts}
	if err := r.setTime(ctx, s, q); err != nil {
		return nil, err
	}
	if r.filter, err = newUnitFilter(q.Where, d.Unit, r.facts); err != nil {
		return nil, fmt.Errorf("where: %w", err)
	}
	if err := r.setSegment(q.By); err != nil {
		return nil, err
	}
	return r, nil
}

func (r *request) setTime(ctx context.Context, s *Service, q Query) error {
	if q.Grain != "" && !contains(Grains(), q.Grain) {
		return fault.New(fault.Invalid, "there is no grain %q; choose one of %v, or none for the whole span", q.Grain, Grains())
	}
	start, end, err := s.Coverage(ctx)
	if err != nil {
		return err
	}
	zone := q.Zone
	if zone == nil {
		zone = time.UTC
	}
	from, to := q.From, q.To
	if from.IsZero() {
		from = start
	}
	if to.IsZero() {
		to = end
	}
	if start.IsZero() && (q.From.IsZero() || q.To.IsZero()) {
		return fault.New(fault.InsufficientData, "the workspace has no facts yet; import some first, for example with: liftmark import FOLDER")
	}
	r.dataEnd = end
	r.line, err = newTimeline(q.Grain, zone, from, to, end, q.From.IsZero(), q.To.IsZero())
	return err
}

func (r *request) setSegment(by string) error {
	if by == "" {
		return nil
	}
	full, err := qualify(by, r.def.Unit)
	if err != nil {
		return fault.New(fault.NotFound, "by: %w", err)
	}
	ref, err := parseColumnRef(full)
	if err != nil {
		return fault.New(fault.NotFound, "by: %w", err)
	}
	if ref, err = ref.resolved(r.facts); err != nil {
		return fmt.Errorf("by: %w", err)
	}
	r.by = &ref
	r.needBy = !isUnitLevel(map[string]columnRef{"": ref}, r.def.Unit)
	return nil
}

// Coverage gives the half-open span that the facts cover; zero times when there
// are none.
func (s *Service) Coverage(ctx context.Context) (start, end time.Time, err error) {
	err = s.each(ctx, plan.Scan{Table: "coverage", Columns: []string{"data_start", "data_end"}}, func(scan func(...any) error) error {
		var low, high *time.Time
		if err := scan(&low, &high); err != nil {
			return err
		}
		if low != nil && high != nil {
			start, end = low.UTC(), high.UTC()
		}
		return nil
	})
	if now := s.options.Now; err == nil && now != nil && end.After(now()) {
		end = now().UTC()
	}
	return start, end, err
}

// each runs a plan and reads its rows one by one.
func (s *Service) each(ctx context.Context, n plan.Node, read func(scan func(...any) error) error) error {
	rows, err := s.engine.Run(ctx, n)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := read(rows.Scan); err != nil {
			return fmt.Errorf("read an answer: %w", err)
		}
	}
	return rows.Err()
}

func contains(all []string, one string) bool {
	for _, x := range all {
		if x == one {
			return true
		}
	}
	return false
}
