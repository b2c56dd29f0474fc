package metric

import (
	"time"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/warehouse/plan"
)

// Grains are the lengths of a period, shortest first. "" is the whole span.
func Grains() []string { return []string{"day", "week", "month", "quarter", "year"} }

// period is a stretch of the report, half-open. Start and End are instants;
// key is the local date of the calendar period that it lies in. Until is where
// the data end within it, End when they reach it.
type period struct {
	key               time.Time
	start, end, until time.Time
	complete          bool
}

// maxPeriods bounds one answer; beyond it the grain is a mistake.
const maxPeriods = 5000

// timeline cuts [from, to) into periods. openFrom and openTo say that the user
// did not set that end: the first period then reaches back to its calendar
// start and the last one on to its calendar end.
type timeline struct {
	grain   string
	zone    *time.Location
	periods []period
}

func newTimeline(grain string, zone *time.Location, from, to, dataEnd time.Time, openFrom, openTo bool) (timeline, error) {
	line := timeline{grain: grain, zone: zone}
	if !from.Before(to) {
		return line, fault.New(fault.Invalid, "the span from %s to %s is empty; set from before to", from.Format(time.DateOnly), to.Format(time.DateOnly))
	}
	if grain == "" {
		line.add(period{key: from, start: from, end: to}, dataEnd, true)
		return line, nil
	}
	first := truncateLocal(from.In(zone), grain)
	for day := first; ; day = nextLocal(day, grain) {
		start, end := startOfDay(day, zone), startOfDay(nextLocal(day, grain), zone)
		if !start.Before(to) {
			return line, nil
		}
		whole := true
		if start.Before(from) && !openFrom {
			start, whole = from, false
		}
		if end.After(to) && !openTo {
			end, whole = to, false
		}
		line.add(period{key: day, start: start, end: end}, dataEnd, whole)
		if len(line.periods) > maxPeriods {
			return line, fault.New(fault.Invalid, "more than %d periods; choose a longer grain than %s or a shorter span", maxPeriods, grain)
		}
	}
}

func (l *timeline) add(p period, dataEnd time.Time, whole bool) {
	p.start, p.end = p.start.UTC(), p.end.UTC()
	p.until = p.end
	if dataEnd.Before(p.end) {
		p.until = dataEnd.UTC()
	}
	if p.until.Before(p.start) {
		p.until = p.start
	}
	p.complete = whole && p.until.Equal(p.end)
	l.periods = append(l.periods, p)
}

func (l timeline) start() time.Time { return l.periods[0].start }

// until is where the data of the last period end.
func (l timeline) until() time.Time { return l.periods[len(l.periods)-1].until }

// plan gives the periods to align with, cut where the data end.
func (l timeline) plan() []plan.Period {
	out := make([]plan.Period, len(l.periods))
	for i, p := range l.periods {
		out[i] = plan.Period{Key: p.key, Start: p.start, End: p.until}
	}
	return out
}

// bucket is the key of the period that an instant lies in.
func (l timeline) bucket(at plan.Expr) plan.Expr {
	if l.grain == "" {
		return plan.Value{V: l.periods[0].key}
	}
	return plan.Bucket{X: l.local(at), Grain: l.grain}
}

// local is the wall clock's time in the zone of the report.
func (l timeline) local(at plan.Expr) plan.Expr {
	return plan.LocalTime{X: at, Shifts: shifts(l.zone, l.start(), l.until())}
}

// shifts lists the offsets of a zone that are in force between two instants.
func shifts(zone *time.Location, from, to time.Time) []plan.Shift {
	var out []plan.Shift
	for at := from; ; {
		_, end := at.In(zone).ZoneBounds()
		_, offset := at.In(zone).Zone()
		shift := plan.Shift{Offset: time.Duration(offset) * time.Second}
		if end.IsZero() || end.After(to) {
			return append(out, shift)
		}
		shift.Until = end.UTC()
		out = append(out, shift)
		at = end
	}
}

// truncateLocal is the local date on which the period of t starts, written as
// midnight UTC. Weeks start on Monday.
func truncateLocal(t time.Time, grain string) time.Time {
	y, m, d := t.Date()
	switch grain {
	case "week":
		d -= (int(t.Weekday()) + 6) % 7
	case "month":
		d = 1
	case "quarter":
		m, d = m-(m-1)%3, 1
	case "year":
		m, d = 1, 1
	}
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

func nextLocal(day time.Time, grain string) time.Time {
	switch grain {
	case "week":
		return day.AddDate(0, 0, 7)
	case "month":
		return day.AddDate(0, 1, 0)
	case "quarter":
		return day.AddDate(0, 3, 0)
	case "year":
		return day.AddDate(1, 0, 0)
	}
	return day.AddDate(0, 0, 1)
}

// startOfDay is the first instant of a local date. Where the clocks jump over
// midnight that is the moment of the jump.
func startOfDay(day time.Time, zone *time.Location) time.Time {
	t := time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, zone)
	if t.Day() != day.Day() { // Go chose the offset before the jump
		_, jump := t.ZoneBounds()
		return jump
	}
	if start, _ := t.ZoneBounds(); t.Hour() != 0 && start.Day() == day.Day() && !start.After(t) {
		return start
	}
	return t
}
