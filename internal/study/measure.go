package study

import (
	"fmt"
	"math"
	"strings"

	"github.com/liftmark/liftmark/internal/figure"
	"github.com/liftmark/liftmark/internal/metric"
	"github.com/liftmark/liftmark/internal/record"
)

// measure says how an effect is written: on which scale, with which words.
type measure struct {
	subject   string  // what changed: "tickets", "churn within 12 months", "NPS"
	unitName  string  // of the outcome, as findings state it: "share of accounts"
	unit      string  // what follows the number: "per account and month", "percentage points"
	scale     float64 // a share is written in percentage points: 100
	event     string  // of a time-to-event outcome: what the account does, "leave"
	eventFree string  // what it is until then: "still a customer"
	horizon   int     // and within how many months
	counted   string  // of a counted outcome: what is counted, "tickets"
	per       string  // and per what: "account and month"
	lower     bool    // whether less of it is better
}

// outcomeUnit is the unit in which a study writes a KPI, and what num ÷ den is
// multiplied with to be in it: shares stay between 0 and 1, points are hundred
// times as much, money turns from minor into major units.
func outcomeUnit(d *metric.Definition, currencyCode string) (unit string, factor float64) {
	switch d.Value {
	case "percent":
		return "share", 1
	case "points":
		return "points", 100
	case "per_account_month":
		counted, _, _ := strings.Cut(figure.Small(d.Name), " per ")
		return counted + " per account-month", 1
	case "money":
		code := "money"
		if currencyCode != "" {
			code = currencyCode
		}
		return code + " per account-month", math.Pow10(-record.MinorDigits(currencyCode))
	case "days":
		return "days", 1
	default:
		return "", 1
	}
}

// measureOf reads how to write an outcome from the KPI's definition, its unit
// and its parameters. Horizon is 0 for a panel outcome.
func measureOf(d *metric.Definition, unit string, params map[string]string, horizon int) measure {
	m := measure{lower: d.Direction == "lower", horizon: horizon, scale: 1, unitName: unit}
	counted, per, isRate := strings.Cut(unit, " per ")
	switch {
	case horizon > 0:
		m.scale, m.unit, m.unitName = 100, "percentage points", "share of accounts"
		m.subject, m.event, m.eventFree = eventWords(d, horizon)
		if d.Kind == "duration" { // a shorter time means that more have got there
			m.lower = !m.lower
		}
	case unit == "share":
		m.subject, m.scale, m.unit = figure.Small(d.Name), 100, "percentage points"
	case isRate && d.Value == "money":
		m.subject, m.unit = figure.Small(d.Name), counted+" per "+perWords(per)
	case isRate:
		m.subject, m.counted, m.per = counted, counted, perWords(per)
		m.unit = "per " + m.per
	default:
		m.subject, m.unit = figure.Small(d.Name), unit
	}
	if text := paramWords(params); text != "" {
		m.subject += " (" + text + ")"
	}
	return m
}

func perWords(per string) string { return strings.ReplaceAll(per, "-", " and ") }

// paramWords writes parameters as "topic billing".
func paramWords(params map[string]string) string {
	var parts []string
	for _, k := range keysOf(params) {
		parts = append(parts, strings.ReplaceAll(k, "_", " ")+" "+params[k])
	}
	return strings.Join(parts, ", ")
}

func eventWords(d *metric.Definition, horizon int) (subject, event, eventFree string) {
	within := fmt.Sprintf(" within %d months", horizon)
	switch {
	case d.Words != nil:
		return d.Words.Subject + within, d.Words.Event, d.Words.Until
	case d.Kind == "duration":
		return "the share of accounts with “" + d.Name + "” reached" + within, "get there", "not there yet"
	default:
		return "the share of accounts with “" + d.Name + "”" + within, "have it happen", "still without the event"
	}
}

// amount writes a size without sign: "0.21 per account and month".
func (m measure) amount(x float64, decimals int) string {
	return strings.TrimSpace(figure.Number(math.Abs(m.scale*x), decimals) + " " + m.unit)
}

// signed writes a number with its sign and no unit.
func (m measure) signed(x float64, decimals int) string { return figure.Number(m.scale*x, decimals) }

// decimals is what the effect's interval supports.
func (m measure) decimals(e Effect) int { return decimals(m.scale*e.Low, m.scale*e.High) }

// interval writes "95 % interval −0.29 to −0.13".
func (m measure) interval(e Effect) string {
	d := m.decimals(e)
	return fmt.Sprintf("%s interval %s to %s", figure.Share(e.Level), m.signed(e.Low, d), m.signed(e.High, d))
}

// full writes an effect with unit and interval: "−0.21 per account and month
// (95 % interval −0.29 to −0.13)".
func (m measure) full(e Effect) string {
	return strings.TrimSpace(m.signed(e.Value, m.decimals(e))+" "+m.unit) + " (" + m.interval(e) + ")"
}

// natural says an effect as a change among so many accounts.
func (m measure) natural(e Effect) string {
	switch {
	case m.event != "":
		return m.frequency(e, 100, "", fmt.Sprintf(" of every %s accounts %s within %d months", "%s", m.event, m.horizon))
	case m.counted != "":
		accounts, when, monthly := strings.Cut(m.per, " and ")
		if monthly {
			when = " each " + when
		}
		return m.frequency(e, 10, " "+m.counted, " per %s "+accounts+"s"+when)
	default:
		return ""
	}
}

// frequency scales an effect up to whole units among 1, 10, 100 … accounts; when
// the interval holds zero it says the range.
func (m measure) frequency(e Effect, per float64, noun, tail string) string {
	widest := math.Max(math.Abs(e.Low), math.Abs(e.High))
	for excludesZero(e) && math.Abs(e.Value)*per < 1.5 && per < 1e6 || !excludesZero(e) && widest*per < 1.5 && per < 1e6 {
		per *= 10
	}
	tail = fmt.Sprintf(tail, figure.Count(int(per)))
	if excludesZero(e) {
		return fmt.Sprintf("about %s%s%s", moreOrFewer(e.Value*per), noun, tail)
	}
	return fmt.Sprintf("anything from %s to %s%s%s", moreOrFewer(e.Low*per), moreOrFewer(e.High*per), noun, tail)
}

func moreOrFewer(x float64) string {
	word := "more"
	if x < 0 {
		word = "fewer"
	}
	return figure.Number(math.Round(math.Abs(x)), 0) + " " + word
}

// excludesZero says whether the interval leaves out zero.
func excludesZero(e Effect) bool { return e.Low > 0 || e.High < 0 }
