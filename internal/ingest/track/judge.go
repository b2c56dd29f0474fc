package track

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

// request is what a sender's events are judged by.
type request struct {
	*Service
	env     *envelope
	call    Call // "" for batches
	clock   clock
	sentAt  string
	country string

	items    []item
	problems []Problem
}

// judge decodes the events of a request and parts those that can be stored from
// those that are refused.
func (s *Service) judge(env *envelope, call Call, received time.Time, country string) *request {
	r := &request{Service: s, env: env, call: call, sentAt: env.sentAt, country: country}
	r.clock = newClock(received, r.sentAt)
	r.items = make([]item, 0, len(env.events))
	for i := range env.events {
		r.event(i)
	}
	s.stats.received.Add(int64(len(env.events)))
	s.stats.refused.Add(int64(len(env.events) - len(r.items)))
	return r
}

func (r *request) event(i int) {
	index := i
	if !r.env.batched {
		index = -1
	}
	raw := r.env.events[i]
	if len(raw) > r.opt.Limits.EventBytes {
		e := &event{index: index}
		e.problem("", fmt.Sprintf("the event has %d bytes, more than %d", len(raw), r.opt.Limits.EventBytes), "send fewer or shorter properties", true)
		r.problems = append(r.problems, e.problems...)
		return
	}
	e := decodeEvent(raw, index, r.call)
	it := r.item(e)
	if !e.refused {
		if e.call == Identify {
			it.note = r.noteOn(e)
		}
		r.items = append(r.items, it)
	}
	r.problems = append(r.problems, e.problems...)
}

// noteOn gives what adds a problem that only writing shows, once however often
// it is tried.
func (r *request) noteOn(e *event) func(rule, remedy string) {
	said := false
	return func(rule, remedy string) {
		if said {
			return
		}
		said, e.problems = true, nil
		e.problem("", rule, remedy, false)
		r.problems = append(r.problems, e.problems...)
	}
}

// item makes of an event what the writer needs, noting what is wrong with it.
func (r *request) item(e *event) item {
	if !e.check() {
		return item{}
	}
	c := r.clock
	if r.sentAt == "" && e.sentAt != "" {
		c = newClock(c.received, e.sentAt)
	}
	it := item{call: e.call, at: e.takenAt(c), user: e.user, anonymous: e.anonymous, previous: e.previous, country: r.country}
	if e.messageID = r.messageID(e); e.refused {
		return it
	}
	switch e.call {
	case Identify:
		it.profile = identified(e, it.at)
	case Group:
		it.profile = grouped(e, it.at)
	case Track, Page, Screen:
		var dropped int
		it.occurred, dropped = occurrenceOf(e, r.env.context, it.at, r.country)
		if dropped > 0 {
			e.problem(".properties", fmt.Sprintf("%d properties were left out: an event keeps %d, with names of up to %d bytes", dropped, maxAttributes, maxAttributeName), "send fewer properties", false)
		}
		r.plan.Load().judge(e, it.occurred.attributes[attrEvent])
	}
	it.email = it.profile.email
	return it
}

// check notes what keeps an event from being stored, and says whether nothing does.
func (e *event) check() bool {
	if e.refused {
		return false
	}
	switch e.call {
	case Track:
		if e.name == "" {
			e.problem(".event", "a track call names its event", `send "event": "Report Exported"`, true)
		}
	case Group:
		if e.group == "" {
			e.problem(".groupId", "a group call names the group", `send "groupId"`, true)
		}
	case Alias:
		e.checkAlias()
	case Identify, Page, Screen:
	case "":
		e.problem(".type", "the event has no type", "send type as track, identify, group, page, screen or alias", true)
	default:
		e.problem(".type", fmt.Sprintf("%q is no type of event", shorten(string(e.call), 64)), "send type as track, identify, group, page, screen or alias", true)
	}
	if e.user == "" && e.anonymous == "" && !e.refused {
		e.problem("", "the event says of nobody", "send userId or anonymousId", true)
	}
	return !e.refused
}

func (e *event) checkAlias() {
	switch {
	case e.user == "":
		e.problem(".userId", "an alias names the user", "send userId with the name that stays", true)
	case e.previous == "":
		e.problem(".previousId", "an alias names the previous id", "send previousId with the name that is given up", true)
	case e.previous == e.user:
		e.problem(".previousId", "the previous id is the user's own", "send two different ids", true)
	}
}

// messageID gives the id by which a repeated event is known. Without one of the
// client's it follows from what was sent, so that a repeated request is known:
// from the event when that has a time of its own, else from it and the request's
// sentAt and place. Where not even that is there, nothing tells a repetition
// from a second event, and both count.
func (r *request) messageID(e *event) string {
	switch {
	case len(e.messageID) > 128:
		return "long:" + digest(e.messageID)
	case strings.Contains(e.messageID, "#"): // facts that begin with another's id and # belong to it
		return strings.ReplaceAll(e.messageID, "#", "%23")
	case e.messageID != "":
		return e.messageID
	case e.timestamp != "":
		return "made:" + digest(string(e.raw))
	case r.sentAt != "" || e.sentAt != "":
		return "made:" + digest(fmt.Sprintf("%s\x00%d\x00%s", r.sentAt, e.index, e.raw))
	}
	return "made:" + r.opt.NewID()
}

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:16])
}
