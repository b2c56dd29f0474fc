package protocol

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/liftmark/liftmark/internal/access"
	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/xapi"
)

// allParams are the parameters of the specification.
var allParams = []string{
	"statementId", "voidedStatementId", "agent", "verb", "activity", "registration", "related_activities",
	"related_agents", "since", "until", "limit", "format", "attachments", "ascending",
	"activityId", "stateId", "profileId",
}

// maxParam bounds a parameter, in bytes: forms may be long.
const maxParam = 8 << 10

// checkParams refuses parameters that the method does not know, those that are
// there twice, and those that are too long.
func (c *call) checkParams(known []string) error {
	for name, values := range c.params {
		if len(values) > 1 {
			return fault.New(fault.Invalid, "the parameter %q is there %d times; give it once", name, len(values))
		}
		if len(values[0]) > maxParam {
			return fault.New(fault.Invalid, "the parameter %.40q has %d bytes; it may have %d", name, len(values[0]), maxParam)
		}
		if slices.Contains(known, name) || c.caller.Tolerates(access.CacheBusters) && !c.ours(name) {
			continue
		}
		return unknown(name, known)
	}
	return nil
}

// ours says whether a name is one of the specification's, in any letter case.
func (c *call) ours(name string) bool {
	return slices.ContainsFunc(allParams, func(p string) bool { return strings.EqualFold(p, name) })
}

func unknown(name string, known []string) error {
	if i := slices.IndexFunc(known, func(k string) bool { return strings.EqualFold(k, name) }); i >= 0 {
		return fault.New(fault.Invalid, "the parameter %q is written %q: letter case counts", name, known[i])
	}
	if len(known) == 0 {
		return fault.New(fault.Invalid, "the parameter %q is unknown here: this request has none", name)
	}
	return fault.New(fault.Invalid, "the parameter %q is unknown here; there are %s", name, strings.Join(known, ", "))
}

// reader reads parameters and keeps the first thing that is wrong with them.
type reader struct {
	c   *call
	err error
}

// text gives a parameter, "" when it is not there; an empty one is refused.
func (p *reader) text(name string) string {
	value := p.c.params.Get(name)
	if value == "" && p.c.params.Has(name) {
		p.fail(name, "is empty; leave it out or give it a value")
	}
	return value
}

// need gives a parameter that must be there.
func (p *reader) need(name string) string {
	if !p.c.params.Has(name) {
		p.fail(name, "is missing; this request needs it")
	}
	return p.text(name)
}

// fail notes what is wrong with a parameter.
func (p *reader) fail(name, rule string) {
	if p.err == nil {
		p.err = fault.New(fault.Invalid, "the parameter %q %s", name, rule)
	}
}

// checked gives a parameter that a check of package xapi passes, if it is there.
func (p *reader) checked(name, value string, check func(string) error) string {
	if value == "" {
		return ""
	}
	if err := check(value); err != nil && p.err == nil {
		p.err = fault.New(fault.Invalid, "the parameter %q: %w", name, err)
	}
	return value
}

func (p *reader) iri(name string) string  { return p.checked(name, p.text(name), xapi.CheckIRI) }
func (p *reader) uuid(name string) string { return p.checked(name, p.text(name), xapi.CheckUUID) }

func (p *reader) boolean(name string) bool {
	switch p.text(name) {
	case "true":
		return true
	case "", "false":
	default:
		p.fail(name, "must be true or false")
	}
	return false
}

func (p *reader) time(name string) time.Time {
	text := p.text(name)
	if text == "" {
		return time.Time{}
	}
	t, err := xapi.ParseTimestamp(p.c.version, text)
	if err != nil && p.err == nil {
		p.err = fault.New(fault.Invalid, "the parameter %q: %w", name, err)
	}
	return t
}

func (p *reader) count(name string) int {
	text := p.text(name)
	if text == "" {
		return 0
	}
	n, err := strconv.ParseUint(text, 10, 31)
	if err != nil {
		p.fail(name, "must be a whole number, 0 or above")
	}
	return int(n)
}

// agent gives the agent or identified group of a parameter.
func (p *reader) agent(name, text string) xapi.IFI {
	if text == "" {
		return ""
	}
	a, err := xapi.ParseActor(p.c.version, []byte(text), name)
	if err != nil {
		if p.err == nil {
			p.err = fault.New(fault.Invalid, "the parameter %q is no agent: %w", name, err)
		}
		return ""
	}
	if a.IFI() == "" {
		p.fail(name, "is a group without an identifier; name an agent or an identified group")
	}
	return a.IFI()
}
