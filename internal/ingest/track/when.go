package track

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// earliest is the first time that an event may have; clocks that were never set
// show less.
var earliest = time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC)

// timeLayouts are the forms in which clients write times.
var timeLayouts = []string{
	time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700", "2006-01-02 15:04:05.999999999Z07:00",
	"2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999", "2006-01-02T15:04Z07:00", time.DateOnly,
	"20060102T150405Z0700",
}

// parseTime reads a time as clients write it: ISO 8601, taken as UTC without a
// zone, or seconds or milliseconds since 1970.
func parseTime(text string) (time.Time, bool) {
	if len(text) > 8 && strings.Trim(text, "0123456789.eE+-") == "" {
		if n, err := strconv.ParseFloat(text, 64); err == nil {
			return fromEpoch(n)
		}
	}
	for _, layout := range timeLayouts {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

func fromEpoch(n float64) (time.Time, bool) {
	if math.Abs(n) < 1e11 { // as milliseconds that would be before March 1973
		n *= 1000
	}
	if math.IsNaN(n) || math.Abs(n) > 253402300799999 { // the end of the year 9999
		return time.Time{}, false
	}
	return time.UnixMicro(int64(math.Round(n * 1000))).UTC(), true
}

// clock corrects the times of one request's events.
type clock struct {
	received time.Time
	ahead    time.Duration // how much the sender's clock shows too little
}

// newClock compares the sender's clock, as it was on sending, with ours.
// Without a believable sentAt the sender's clock is trusted.
func newClock(received time.Time, sentAt string) clock {
	c := clock{received: received.UTC().Truncate(time.Microsecond)}
	if sent, ok := parseTime(sentAt); ok && sent.Year() >= 1970 && sent.Year() < 10000 {
		c.ahead = received.Sub(sent)
	}
	return c
}

// correct gives the time of an event whose client's clock showed text, and what
// was wrong with it, "" for nothing.
func (c clock) correct(text string) (at time.Time, flaw string) {
	if text == "" {
		return c.received, ""
	}
	t, ok := parseTime(text)
	if !ok {
		return c.received, "is not a time"
	}
	t = t.Add(c.ahead).Truncate(time.Microsecond)
	switch {
	case t.Before(earliest):
		return c.received, "is before 1990"
	case t.After(c.received):
		if t.Sub(c.received) < time.Second { // rounding, and clocks that tick apart
			return c.received, ""
		}
		return c.received, "is in the future"
	}
	return t, ""
}
