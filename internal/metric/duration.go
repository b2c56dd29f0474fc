package metric

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/warehouse/plan"
	"github.com/liftmark/liftmark/stat/survival"
)

// UnitSpan is one span of a duration KPI: from Start to the event, or to End
// without one, where it is censored and never dropped.
type UnitSpan struct {
	Unit       string
	Start, End time.Time
	Event      bool
	// Left says that the span is censored because a half-open spell, such as a
	// subscription, is over at End: the unit was last there just before.
	Left    bool
	Segment string
}

func wrongKind(id, kind, rows string) error {
	return fault.New(fault.Invalid, "%s is a %s KPI; ask for its %s", id, kind, rows)
}

// UnitSpans gives the spans of a duration KPI that start within the query's
// time, by unit and start. Spans still open where the data end are censored
// there.
//
// Errors: as Value; fault.Invalid for a ratio KPI.
func (s *Service) UnitSpans(ctx context.Context, q Query) ([]UnitSpan, error) {
	r, err := s.prepare(ctx, q)
	if err != nil {
		return nil, err
	}
	return s.spans(ctx, r)
}

func (s *Service) spans(ctx context.Context, r *request) ([]UnitSpan, error) {
	if r.def.Kind != "duration" {
		return nil, wrongKind(r.def.ID, "ratio", "unit periods")
	}
	n, err := r.spanRows()
	if err != nil {
		return nil, fmt.Errorf("spans of %s: %w", r.def.ID, err)
	}
	var out []UnitSpan
	err = s.each(ctx, n, func(scan func(...any) error) error {
		var u UnitSpan
		var event, until, left *time.Time
		var segment *string
		if err := scan(&u.Unit, &u.Start, &event, &until, &left, &segment); err != nil {
			return err
		}
		if segment != nil {
			u.Segment = *segment
		}
		if u.close(event, until, left, r.dataEnd) {
			out = append(out, u)
		}
		return nil
	})
	return out, err
}

// close ends a span at its event, or where it is censored: at until, when the
// unit left, or where the data end, whichever is first. An event at until
// counts, one at the moment of leaving does not. A span without any length is
// none.
func (u *UnitSpan) close(event, until, left *time.Time, dataEnd time.Time) bool {
	u.Start, u.End = u.Start.UTC(), dataEnd
	if until != nil && until.Before(u.End) {
		u.End = until.UTC()
	}
	if left != nil && !left.After(u.End) {
		u.End, u.Left = left.UTC(), true
	}
	if event != nil && (event.Before(u.End) || event.Equal(u.End) && !u.Left) {
		u.End, u.Event, u.Left = event.UTC(), true, false
	}
	return u.Event && !u.End.Before(u.Start) || u.End.After(u.Start)
}

// Columns of the spans.
const (
	startColumn = "start"
	eventColumn = "event"
	untilColumn = "until"
	leftColumn  = "left"
)

// spanRows builds unit, start, event, until, left and segment.
func (c *compiler) spanRows() (plan.Node, error) {
	start, err := c.moments("start", c.def.Start)
	if err != nil {
		return nil, err
	}
	n := start
	if c.def.Event.Fact != "" {
		if n, err = c.attachMoment(n, eventColumn, eventColumn, c.def.Event, plan.Ge); err != nil {
			return nil, err
		}
	}
	if n, err = c.attachEnds(n); err != nil {
		return nil, err
	}
	at := plan.Column(startColumn)
	n = plan.Filter{Input: n, Where: plan.And{
		plan.Binary{Op: plan.Ge, L: at, R: plan.Value{V: c.line.start()}}, plan.Binary{Op: plan.Lt, L: at, R: plan.Value{V: c.line.until()}}}}
	if !c.needBy {
		n = c.attachUnit(n)
	}
	n = c.keepUnits(n, unitColumn)
	columns := []string{unitColumn, startColumn, eventColumn, untilColumn, leftColumn, segmentColumn}
	return plan.Sort{By: columns, Input: plan.Project{Input: n, Columns: plan.Columns(columns...)}}, nil
}

// moments reads the starts: the first of each unit, or every row with its own
// event where the definition says each.
func (c *compiler) moments(part string, m *Moment) (plan.Node, error) {
	each := m.Agg == "each"
	b, err := c.bindMoment(part, m, c.filter.rows)
	if err != nil {
		return nil, err
	}
	if c.def.Event.Fact == "" {
		b.scope.own[c.def.Event.At] = true
		if c.def.Event.Where != "" {
			if _, err := parseCondition(c.def.Event.Where, b.scope); err != nil {
				return nil, err
			}
		}
	}
	rows, unit, err := c.momentRows(b)
	if err != nil {
		return nil, err
	}
	by := c.keyExprs(unit, plan.Value{V: c.line.periods[0].key})
	by = slices.DeleteFunc(by, func(n plan.Named) bool { return n.Name == periodColumn })
	if !each {
		return plan.Aggregate{Input: rows, By: by, Measures: []plan.Measure{{Name: startColumn, Func: plan.Min, Arg: plan.Column(m.At)}}}, nil
	}
	event, err := c.ownEvent(b)
	if err != nil {
		return nil, err
	}
	started := plan.Not{X: plan.IsNull{X: plan.Column(m.At)}}
	return plan.Project{Input: plan.Filter{Input: rows, Where: started}, Columns: append(by, plan.Named{Name: startColumn, Expr: plan.Column(m.At)}, plan.Named{Name: eventColumn, Expr: event})}, nil
}

// ownEvent is the event that the row of the start holds itself.
func (c *compiler) ownEvent(b *bound) (plan.Expr, error) {
	at := plan.Column(c.def.Event.At)
	if c.def.Event.Where == "" {
		return at, nil
	}
	x, err := parseCondition(c.def.Event.Where, b.scope)
	return plan.If{Cond: x, Then: at, Else: plan.Value{}}, err
}

func (c *compiler) bindMoment(part string, m *Moment, filter string) (*bound, error) {
	src, err := findSource(m.Fact)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", part, err)
	}
	b := &bound{Measure: Measure{Fact: m.Fact, Agg: "first", At: m.At, Where: m.Where}, name: part, source: src, scope: newRowScope(src, c.params, c.facts.digits()).knowing(c.facts)}
	b.scope.own[m.At] = true
	if b.source.canonical, err = c.isCanonical(src); err != nil {
		return nil, err
	}
	if err := c.bindSegment(b); err != nil && part == startColumn {
		return nil, err
	}
	var conditions []string
	if m.Where != "" {
		conditions = append(conditions, m.Where)
	}
	for _, name := range c.given {
		if w := c.def.Params[name].Where[part]; w != "" {
			conditions = append(conditions, w)
		}
	}
	if err := b.bindWhere(conditions, filter, c.def.Unit); err != nil {
		return nil, fmt.Errorf("%s: %w", part, err)
	}
	return b, nil
}

// momentRows reads the rows of a moment without limits of time: a start before
// the report has its event within it.
func (c *compiler) momentRows(b *bound) (plan.Node, string, error) {
	b.AsOf = "period_end"
	return c.rows(&group{measures: []*bound{b}})
}

// attachEnds adds the earliest moments at which a span is censored: until, and
// left where a half-open spell ends.
func (c *compiler) attachEnds(n plan.Node) (plan.Node, error) {
	var until, left plan.Least
	for i := range c.def.Until {
		m, column := &c.def.Until[i], fmt.Sprintf("until_%d", i+1)
		var err error
		if n, err = c.attachMoment(n, column, m.part(), m, plan.Gt); err != nil {
			return nil, err
		}
		if src, err := findSource(m.Fact); err == nil && src.isSpan() && m.At == src.to {
			left = append(left, plan.Column(column))
		} else {
			until = append(until, plan.Column(column))
		}
	}
	return plan.Extend{Input: n, Columns: []plan.Named{{Name: untilColumn, Expr: earliestOf(until)}, {Name: leftColumn, Expr: earliestOf(left)}}}, nil
}

func earliestOf(moments plan.Least) plan.Expr {
	switch len(moments) {
	case 0:
		return plan.Value{}
	case 1:
		return moments[0]
	}
	return moments
}

// attachMoment adds, as column name, the first time of a moment at (op Ge) or
// only after (op Gt) the start.
func (c *compiler) attachMoment(starts plan.Node, name, part string, m *Moment, op plan.Op) (plan.Node, error) {
	b, err := c.bindMoment(part, m, "")
	if err != nil {
		return nil, err
	}
	if c.def.Unit == "person" && !b.source.Has("person_id") {
		return c.attachAccountMoment(starts, name, b, op), nil
	}
	rows, unit, err := c.momentRows(b)
	if err != nil {
		return nil, err
	}
	events := plan.Project{Input: rows, Columns: []plan.Named{{Name: "event_unit", Expr: plan.Column(unit)}, {Name: "at", Expr: plan.Column(m.At)}}}
	dated := plan.Join{Left: events, Right: starts, On: []plan.Pair{{Left: "event_unit", Right: unitColumn}}, Take: []plan.Pair{{Left: startColumn, Right: startColumn}}, Inner: true}
	return attachFirst(starts, dated, name, op), nil
}

// attachAccountMoment adds the first time of a moment in the account that the
// person belonged to at the start.
func (c *compiler) attachAccountMoment(starts plan.Node, name string, b *bound, op plan.Op) plan.Node {
	b.scope.own["account_id"] = true
	rows := attachDimensions(b.source.read(sortedKeys(b.scope.own)), b.scope.dims, unitKeys(nil))
	if b.where != nil {
		rows = plan.Filter{Input: rows, Where: b.where}
	}
	events := plan.Project{Input: rows, Columns: []plan.Named{{Name: "event_account", Expr: plan.Column("account_id")}, {Name: "at", Expr: plan.Column(b.At)}}}
	placed := plan.Project{
		Input:   plan.Resolve{Input: plan.Project{Input: starts, Columns: plan.Columns(unitColumn, startColumn)}, Person: unitColumn, At: startColumn},
		Columns: []plan.Named{{Name: "event_unit", Expr: plan.Column(unitColumn)}, {Name: startColumn, Expr: plan.Column(startColumn)}, {Name: "account", Expr: plan.Column("account")}},
	}
	dated := plan.Join{Left: placed, Right: events, On: []plan.Pair{{Left: "account", Right: "event_account"}}, Take: []plan.Pair{{Left: "at", Right: "at"}}, Inner: true}
	return attachFirst(starts, dated, name, op)
}

// attachFirst adds to starts the first "at" of dated (event_unit, start, at) at
// or after the start.
func attachFirst(starts, dated plan.Node, name string, op plan.Op) plan.Node {
	after := plan.Filter{Input: dated, Where: plan.Binary{Op: op, L: plan.Column("at"), R: plan.Column(startColumn)}}
	first := plan.Aggregate{Input: after, By: plan.Columns("event_unit", startColumn), Measures: []plan.Measure{{Name: name, Func: plan.Min, Arg: plan.Column("at")}}}
	return plan.Join{Left: starts, Right: first, On: []plan.Pair{{Left: unitColumn, Right: "event_unit"}, {Left: startColumn, Right: startColumn}}, Take: []plan.Pair{{Left: name, Right: name}}}
}

// durations answers a duration KPI: the spans that start in a period, followed
// until the data end.
func (s *Service) durations(ctx context.Context, r *request) ([]Row, error) {
	spans, err := s.spans(ctx, r)
	if err != nil {
		return nil, err
	}
	type cell struct {
		key     time.Time
		segment string
	}
	cells := map[cell][]UnitSpan{}
	for _, u := range spans {
		i := r.line.find(u.Start)
		c := cell{r.line.periods[i].key, u.Segment}
		cells[c] = append(cells[c], u)
	}
	order := make([]cell, 0, len(cells))
	for c := range cells {
		order = append(order, c)
	}
	slices.SortFunc(order, func(a, b cell) int {
		return cmp.Or(a.key.Compare(b.key), cmp.Compare(a.segment, b.segment))
	})
	found := map[time.Time][]Row{}
	for _, c := range order {
		row, err := r.durationRow(c.segment, cells[c])
		if err != nil {
			return nil, err
		}
		found[c.key] = append(found[c.key], row)
	}
	return r.fill(found), nil
}

// find gives the index of the period that an instant lies in.
func (l timeline) find(t time.Time) int {
	i, exact := slices.BinarySearchFunc(l.periods, t, func(p period, t time.Time) int { return p.start.Compare(t) })
	if exact {
		return i
	}
	return i - 1
}

// durationRow estimates the median, or the share that got there in time, from
// the spans of one period. Num counts events, Den spans.
func (r *request) durationRow(segment string, spans []UnitSpan) (Row, error) {
	row := Row{Segment: segment, Den: float64(len(spans))}
	data := survival.Data{}
	units := map[string]bool{}
	for _, u := range spans {
		units[u.Unit] = true
		days := u.End.Sub(u.Start).Hours() / 24
		if u.Left { // no longer at risk of what happens to others at that moment
			days = math.Nextafter(days, 0)
		}
		data.Stop = append(data.Stop, days)
		data.Event = append(data.Event, u.Event)
		if u.Event {
			row.Num++
		}
	}
	row.Units, row.Clusters = len(units), len(units)
	curve, err := survival.KaplanMeier(data)
	if err != nil {
		return row, err
	}
	if r.texts[statisticParam] == shareStatistic {
		return r.shareRow(row, curve)
	}
	median := curve.Median(level, survival.LogLog)
	return r.answered(row, medianAnswer(median, len(spans), int(row.Num))), nil
}

// shareRow gives the percentage that had the event within the horizon.
func (r *request) shareRow(row Row, curve *survival.Curve) (Row, error) {
	days, err := strconv.ParseFloat(r.texts[horizonParam], 64)
	if err != nil || days <= 0 {
		return row, fault.New(fault.Invalid, "%s must be a number of days above 0", horizonParam)
	}
	p := curve.At(days, level, survival.LogLog)
	switch {
	case days > math.Nextafter(curve.LastTime(), math.Inf(1)) && p.Surv > 0:
		return r.answered(row, answer{reason: sentence("nobody was followed for %v days yet; the longest was %.0f", days, curve.LastTime())}), nil
	case !p.HasInterval:
		share := 100 * (1 - p.Surv)
		return r.answered(row, answer{value: &share, method: survivalMethod, noInterval: "all or none had the event by then, so the spread cannot be judged"}), nil
	}
	share, low, high := 100*(1-p.Surv), 100*(1-p.Interval.High), 100*(1-p.Interval.Low)
	return r.answered(row, answer{value: &share, low: &low, high: &high, method: survivalMethod}), nil
}

// medianAnswer is the day by which half had the event. Where fewer than half
// have had it so far there is no median, and that is a result.
func medianAnswer(q survival.Quantile, spans, events int) answer {
	if !q.Reached {
		return answer{reason: sentence("fewer than half of %d got there so far (%d did), so there is no median yet", spans, events)}
	}
	a := answer{value: &q.Time, method: survivalMethod}
	if q.Low.Reached {
		a.low = &q.Low.Time
	}
	if q.High.Reached {
		a.high = &q.High.Time
	}
	if a.low == nil || a.high == nil || q.Low.Time == q.High.Time {
		a.low, a.high = nil, nil
		a.noInterval = "too few events to bound the median on both sides"
	}
	return a
}
