package study

import (
	"fmt"
	"time"
)

// month counts calendar months from year 0, so that months subtract.
type month int

func monthOf(t time.Time, zone *time.Location) month {
	local := t.In(zone)
	return month(local.Year()*12 + int(local.Month()) - 1)
}

// start is the instant at which the month begins in the zone.
func (m month) start(zone *time.Location) time.Time {
	return time.Date(int(m)/12, time.Month(int(m)%12+1), 1, 0, 0, 0, 0, zone)
}

// String writes "Nov 2026".
func (m month) String() string {
	return fmt.Sprintf("%s %d", time.Month(int(m)%12 + 1).String()[:3], int(m)/12)
}

// window is a half-open range of months.
type window struct{ from, to month }

func (w window) has(m month) bool { return w.from <= m && m < w.to }

func (w window) len() int { return max(0, int(w.to-w.from)) }

// wholeMonths are the months that lie entirely in [from, to).
func wholeMonths(from, to time.Time, zone *time.Location) window {
	w := window{monthOf(from, zone), monthOf(to, zone)}
	if w.from.start(zone).Before(from) {
		w.from++
	}
	return w
}
