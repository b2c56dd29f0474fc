package xapi

import (
	"strings"
	"time"
)

// ParseTimestamp reads a timestamp and gives it in UTC. Version 2.0 takes RFC
// 3339. Version 1.0.3 takes other ISO 8601 forms of a date with a time too:
// without hyphens and colons, without seconds, with a zone of hours, and with
// no zone, which is read as UTC. In both the unknown zone -00:00 is refused. A
// leap second is the first moment of the next minute.
//
// Errors: *Problem without a path.
func ParseTimestamp(v Version, text string) (time.Time, error) {
	t, rule := parseTime(v, text)
	if rule != "" {
		return time.Time{}, &Problem{Index: -1, Rule: rule, Value: shown(quoted(text)), Section: v.section(clauseTime)}
	}
	return t, nil
}

// timestampFault tells what keeps text from being a timestamp.
func (v Version) timestampFault(text string) string {
	_, rule := parseTime(v, text)
	return rule
}

const (
	timeRule = "must be an RFC 3339 timestamp with zone, such as 2015-11-18T12:17:00.123Z"
	zoneRule = "the zone -00:00 says that it is unknown: send Z or the zone's offset"
	yearRule = "the year in UTC must be from 0 to 9999"
)

// parseTime reads a timestamp, or tells what is wrong with it.
func parseTime(v Version, text string) (time.Time, string) {
	c := clock{text: text}
	year, month, day := c.date(v)
	c.expect("Tt")
	hour, minute, second, nanos := c.timeOfDay(v)
	offset, unknown := c.zone(v)
	if c.bad || c.text != "" {
		return time.Time{}, timeRule
	}
	if unknown {
		return time.Time{}, zoneRule
	}
	date := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if date.Month() != time.Month(month) || date.Day() != day || hour > 23 || minute > 59 || second > 60 {
		return time.Time{}, timeRule
	}
	t := time.Date(year, time.Month(month), day, hour, minute-offset, second, nanos, time.UTC)
	if second == 60 && (t.Hour() != 0 || t.Minute() != 0) {
		return time.Time{}, timeRule
	}
	if t.Year() < 0 || t.Year() > 9999 {
		return time.Time{}, yearRule
	}
	return t, ""
}

// clock takes a timestamp apart from the left.
type clock struct {
	text  string
	basic bool // without hyphens and colons
	bad   bool
}

// number takes exactly n digits.
func (c *clock) number(n int) (value int) {
	if len(c.text) < n || !isDigits(c.text[:n]) {
		c.bad, c.text = true, ""
		return 0
	}
	for i := range n {
		value = value*10 + int(c.text[i]-'0')
	}
	c.text = c.text[n:]
	return value
}

// accept takes one byte of set if it comes next.
func (c *clock) accept(set string) (byte, bool) {
	if c.text == "" || strings.IndexByte(set, c.text[0]) < 0 {
		return 0, false
	}
	b := c.text[0]
	c.text = c.text[1:]
	return b, true
}

// expect takes one byte of set.
func (c *clock) expect(set string) {
	if _, ok := c.accept(set); !ok {
		c.bad, c.text = true, ""
	}
}

// date takes year, month and day, and notes whether they are hyphenated.
func (c *clock) date(v Version) (year, month, day int) {
	year = c.number(4)
	_, hyphen := c.accept("-")
	c.basic = !hyphen
	c.bad = c.bad || c.basic && v == V2
	month = c.number(2)
	if !c.basic {
		c.expect("-")
	}
	return year, month, c.number(2)
}

// timeOfDay takes hours, minutes and seconds with decimals.
func (c *clock) timeOfDay(v Version) (hour, minute, second, nanos int) {
	hour = c.number(2)
	if !c.basic {
		c.expect(":")
	}
	minute = c.number(2)
	_, colon := c.accept(":")
	if !colon && (!c.basic || digitsAt(c.text, 0) == 0) {
		c.bad = c.bad || v == V2
		return hour, minute, 0, 0
	}
	c.bad = c.bad || colon == c.basic
	second = c.number(2)
	point := "."
	if v == V1 {
		point = ".,"
	}
	if _, ok := c.accept(point); ok {
		nanos = c.decimals()
	}
	return hour, minute, second, nanos
}

// decimals takes the decimals of a second; those beyond nanoseconds are dropped.
func (c *clock) decimals() (nanos int) {
	n := digitsAt(c.text, 0)
	c.bad = c.bad || n == 0
	for i := range 9 {
		nanos *= 10
		if i < n {
			nanos += int(c.text[i] - '0')
		}
	}
	c.text = c.text[n:]
	return nanos
}

// zone takes the offset from UTC in minutes; unknown is the offset -00.
func (c *clock) zone(v Version) (offset int, unknown bool) {
	if _, ok := c.accept("Zz"); ok {
		return 0, false
	}
	if c.text == "" && v == V1 {
		return 0, false
	}
	sign, ok := c.accept("+-")
	if !ok {
		c.bad = true
		return 0, false
	}
	hours, minutes := c.number(2), 0
	if colon, ok := c.accept(":"); ok || v == V2 || c.text != "" {
		c.bad = c.bad || v == V2 && colon == 0
		minutes = c.number(2)
	}
	c.bad = c.bad || hours > 23 || minutes > 59
	offset = hours*60 + minutes
	if sign == '-' {
		return -offset, offset == 0
	}
	return offset, false
}
