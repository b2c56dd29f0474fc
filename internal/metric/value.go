package metric

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/liftmark/liftmark/internal/warehouse/plan"
)

// Result is the answer to a Query. Money is in minor units of Currency. Rows and
// Warnings are never null; a breakdown of nobody has no rows and a warning.
type Result struct {
	KPI         string            `json:"kpi"`
	Version     int               `json:"version"`
	Name        string            `json:"name"`
	Unit        string            `json:"unit"` // of the values: percent, points, money, …
	Currency    string            `json:"currency,omitempty"`
	Direction   string            `json:"direction"`
	Params      map[string]string `json:"params"`
	Variants    map[string]string `json:"variants,omitempty"` // names of the rival definitions chosen
	Zone        string            `json:"zone"`
	From        time.Time         `json:"from"` // this and all times are in Zone
	To          time.Time         `json:"to"`
	Grain       string            `json:"grain"`
	By          string            `json:"by,omitempty"`
	Where       string            `json:"where,omitempty"`
	Rows        []Row             `json:"rows"`
	Warnings    []string          `json:"warnings"`
	Fingerprint string            `json:"fingerprint"`
}

// Row is one value with its interval. Value, Low and High are null when they
// do not exist; NoValueReason or NoIntervalReason then says why.
type Row struct {
	PeriodStart      time.Time `json:"period_start"`
	PeriodEnd        time.Time `json:"period_end"`
	Complete         bool      `json:"complete"` // the data cover the whole period
	Segment          string    `json:"segment"`
	Value            *float64  `json:"value"`
	Low              *float64  `json:"low"`
	High             *float64  `json:"high"`
	Level            float64   `json:"level"`
	Method           string    `json:"method,omitempty"`
	Num              float64   `json:"num"`
	Den              float64   `json:"den"`
	Units            int       `json:"units"`    // accounts or people with data
	Clusters         int       `json:"clusters"` // independent ones: accounts
	Band             string    `json:"band,omitempty"`
	NoValueReason    string    `json:"no_value_reason,omitempty"`
	NoIntervalReason string    `json:"no_interval_reason,omitempty"`
}

// Value answers a query: one row for each period and segment.
//
// Errors: fault.NotFound for an unknown KPI, field or attribute, fault.Invalid for
// parameters, grains and filters, fault.InsufficientData for an empty
// workspace.
func (s *Service) Value(ctx context.Context, q Query) (Result, error) {
	r, err := s.prepare(ctx, q)
	if err != nil {
		return Result{}, err
	}
	var rows []Row
	if r.def.Kind == "duration" {
		rows, err = s.durations(ctx, r)
	} else {
		rows, err = s.ratios(ctx, r)
	}
	if err != nil {
		return Result{}, fmt.Errorf("value of %s: %w", q.KPI, err)
	}
	if err := r.warnUnplaced(); err != nil {
		return Result{}, fmt.Errorf("value of %s: %w", q.KPI, err)
	}
	return r.result(q, rows), nil
}

// warnUnplaced says how many rows of the facts that the KPI reads belong to no
// known account: a KPI of accounts cannot count them.
func (r *request) warnUnplaced() error {
	if r.def.Unit != "account" {
		return nil
	}
	for _, name := range r.read {
		src, err := findSource(name)
		if err != nil {
			return err
		}
		n, err := r.facts.withoutAccount(src)
		if err != nil {
			return err
		}
		if n > 0 {
			r.warnings = append(r.warnings, sentence("%d %s rows belong to no known account and are left out; import the people behind them, or name the account in the row", n, name))
		}
	}
	return nil
}

func (r *request) result(q Query, rows []Row) Result {
	d := r.definition
	last := r.line.periods[len(r.line.periods)-1]
	out := Result{
		KPI: d.ID, Version: d.Version, Name: d.Name, Unit: d.Value, Direction: d.Direction,
		Params: r.texts, Variants: map[string]string{}, Zone: r.line.zone.String(),
		From: r.line.start().In(r.line.zone), To: last.end.In(r.line.zone), Grain: r.line.grain, Where: q.Where, Rows: rows, Warnings: r.warn(last, len(rows)), Fingerprint: r.facts.known.fingerprint,
	}
	if r.texts[statisticParam] == shareStatistic && d.Kind == "duration" {
		out.Unit = "percent"
	}
	if r.by != nil {
		out.By = r.by.column()
	}
	if r.facts.usesMoney {
		out.Currency = r.facts.base
	}
	for name, text := range r.texts {
		if c, ok := d.Params[name].Choices[text]; ok {
			out.Variants[name] = c.Name
		}
	}
	return out
}

// warn says what a reader of the result must know.
func (r *request) warn(last period, rows int) []string {
	out := append([]string{}, r.warnings...)
	if !last.complete {
		out = append(out, fmt.Sprintf("the last period is not complete: the last day of data is %s", last.until.Add(-time.Nanosecond).In(r.line.zone).Format("2 Jan 2006")))
	}
	if r.alone {
		out = append(out, "where all people are of one account, the interval takes them as independent and says nothing about other accounts")
	}
	if r.by != nil && rows == 0 {
		out = append(out, fmt.Sprintf("no %s to measure in this time, so there is nothing to break down by %s", r.def.Unit, r.by.column()))
	}
	slices.Sort(r.facts.unnamed)
	for _, fact := range slices.Compact(r.facts.unnamed) {
		out = append(out, fmt.Sprintf("some %s rows name no currency; they count as %s", fact, r.facts.base))
	}
	return out
}

// ratios answers a ratio KPI: the engine adds up, the intervals come from the
// sums.
func (s *Service) ratios(ctx context.Context, r *request) ([]Row, error) {
	n, err := r.summary()
	if err != nil {
		return nil, err
	}
	all, err := s.cells(ctx, n)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(all, func(c summed) bool { return r.ofOneAccount(c.totals) }) {
		if err := s.takeAlone(ctx, r, all); err != nil {
			return nil, err
		}
	}
	found := map[time.Time][]Row{}
	for _, c := range all {
		found[c.key] = append(found[c.key], r.row(c.segment, c.totals))
	}
	return r.fill(found), nil
}

// summed is what one period and segment add up to.
type summed struct {
	key     time.Time
	segment string
	totals  totals
}

func (s *Service) cells(ctx context.Context, n plan.Node) ([]summed, error) {
	var out []summed
	err := s.each(ctx, n, func(scan func(...any) error) error {
		var c summed
		var err error
		c.key, c.segment, c.totals, err = scanTotals(scan)
		out = append(out, c)
		return err
	})
	return out, err
}

// ofOneAccount says whether totals are about several people of one account.
func (r *request) ofOneAccount(t totals) bool {
	return r.def.Unit == "person" && t.N == 1 && t.units > 1
}

// takeAlone counts people one by one where all are of one account.
func (s *Service) takeAlone(ctx context.Context, r *request, all []summed) error {
	n, err := r.summaryOfPeople()
	if err != nil {
		return err
	}
	people, err := s.cells(ctx, n)
	if err != nil {
		return err
	}
	for i := range all {
		if !r.ofOneAccount(all[i].totals) {
			continue
		}
		j := slices.IndexFunc(people, func(c summed) bool { return c.key.Equal(all[i].key) && c.segment == all[i].segment })
		if j >= 0 {
			all[i].totals = people[j].totals
			all[i].totals.alone = true
		}
	}
	return nil
}

// row shapes the statistics of one period and segment.
func (r *request) row(segment string, t totals) Row {
	a := t.estimate(r.def.Value, r.def.Unit)
	row := Row{Segment: segment, Num: t.num, Den: t.den, Units: t.units, Clusters: t.N}
	if t.alone {
		r.alone = true
	}
	if a.value != nil { // the exact quotient of the sums: 85 of 100 is 85
		exact := factor(r.def.Value) * t.num / t.den
		a.value = &exact
	}
	return r.answered(row, a)
}

func (r *request) answered(row Row, a answer) Row {
	row.Level, row.Method, row.NoValueReason, row.NoIntervalReason = level, a.method, a.reason, a.noInterval
	if a.value != nil {
		row.Value = a.value
		row.Band = r.definition.Band(*a.value)
	}
	if a.low != nil && a.high != nil {
		low, high := factor(r.def.Value)**a.low, factor(r.def.Value)**a.high
		row.Low, row.High = &low, &high
	}
	return row
}

// fill puts rows into their periods; a period without any says so.
func (r *request) fill(found map[time.Time][]Row) []Row {
	out := []Row{}
	for _, p := range r.line.periods {
		rows := found[p.key]
		if len(rows) == 0 && r.by == nil {
			rows = []Row{r.answered(Row{}, totals{}.estimate(r.def.Value, r.def.Unit))}
		}
		for _, row := range rows {
			row.PeriodStart, row.PeriodEnd, row.Complete = p.start.In(r.line.zone), p.end.In(r.line.zone), p.complete
			out = append(out, row)
		}
	}
	return out
}

// UnitPeriod is one row of a ratio KPI.
type UnitPeriod struct {
	Unit     string
	Period   time.Time // start of the period
	Num, Den float64
	Complete bool // the data cover the whole period
}

// UnitPeriods gives the rows of a ratio KPI, by unit and period: the panel of a
// study. A unit has no row in a period in which both parts are zero.
//
// Errors: as Value; fault.Invalid for a duration KPI.
func (s *Service) UnitPeriods(ctx context.Context, q Query) ([]UnitPeriod, error) {
	r, err := s.prepare(ctx, q)
	if err != nil {
		return nil, err
	}
	if r.def.Kind != "ratio" {
		return nil, wrongKind(r.def.ID, "duration", "spans")
	}
	rows, err := r.unitRows()
	if err != nil {
		return nil, fmt.Errorf("rows of %s: %w", q.KPI, err)
	}
	n := plan.Sort{By: []string{unitColumn, periodColumn}, Input: plan.Aggregate{
		Input: rows, By: plan.Columns(unitColumn, periodColumn), Measures: []plan.Measure{
			{Name: numColumn, Func: plan.Sum, Arg: plan.Column(numColumn)}, {Name: denColumn, Func: plan.Sum, Arg: plan.Column(denColumn)}}}}
	byKey := map[time.Time]period{}
	for _, p := range r.line.periods {
		byKey[p.key.UTC()] = p
	}
	var out []UnitPeriod
	err = s.each(ctx, n, func(scan func(...any) error) error {
		var u UnitPeriod
		var key time.Time
		if err := scan(&u.Unit, &key, &u.Num, &u.Den); err != nil {
			return err
		}
		p := byKey[key.UTC()]
		u.Period, u.Complete = p.start, p.complete
		out = append(out, u)
		return nil
	})
	return out, err
}
