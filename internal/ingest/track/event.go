package track

import (
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// Bounds of what an event may say; longer ids are refused, for cutting them
// would make two people one.
const (
	maxID   = 512 // bytes of a user, group or message id
	maxName = 256 // bytes of an event's name
)

// event is a message as it was sent, and what is wrong with it.
type event struct {
	index     int // in its request
	call      Call
	name      string // of what was tracked, of the page or the screen
	user      string
	anonymous string
	group     string
	previous  string
	messageID string
	timestamp string
	sentAt    string

	raw, properties, traits, context jsontext.Value

	problems []Problem
	refused  bool
}

// problem notes what is wrong with a member of the event.
func (e *event) problem(member, rule, remedy string, refuse bool) {
	path := "$" + member
	if e.index >= 0 {
		path = fmt.Sprintf("$.batch[%d]%s", e.index, member)
	}
	e.problems = append(e.problems, Problem{Index: max(e.index, 0), MessageID: shorten(e.messageID, 128), Path: path, Rule: rule, Remedy: remedy, Refused: refuse})
	e.refused = e.refused || refuse
}

// decodeEvent takes an event apart that openEnvelope found well formed. call is
// what the request's path says, "" for batches, whose events say it themselves.
func decodeEvent(raw jsontext.Value, index int, call Call) *event {
	e := &event{index: index, raw: raw, call: call}
	if raw.Kind() != '{' {
		e.problem("", "an event is an object", `send {"type": "track", "event": "…", "userId": "…"}`, true)
		return e
	}
	w := &walker{text: raw}
	w.kind()
	w.members(func(name []byte) { e.member(w, name) })
	return e
}

func (e *event) member(w *walker, name []byte) {
	switch string(name) {
	case "type":
		e.readType(w)
	case "event":
		e.name = e.string(w, "event", maxName)
	case "name": // of a page or a screen; others have none
		if e.name == "" {
			e.name = e.string(w, "name", maxName)
		}
	case "userId":
		e.user = e.string(w, "userId", maxID)
	case "anonymousId":
		e.anonymous = e.string(w, "anonymousId", maxID)
	case "groupId":
		e.group = e.string(w, "groupId", maxID)
	case "previousId":
		e.previous = e.string(w, "previousId", maxID)
	case "messageId":
		e.messageID = e.string(w, "messageId", maxID)
	case "timestamp":
		if t := e.string(w, "timestamp", maxName); e.timestamp == "" {
			e.timestamp = t
		}
	case "originalTimestamp": // what the client's clock showed, where timestamp was corrected already
		if t := e.string(w, "originalTimestamp", maxName); t != "" {
			e.timestamp = t
		}
	case "sentAt":
		e.sentAt = e.string(w, "sentAt", maxName)
	case "properties":
		e.properties = e.object(w, "properties")
	case "traits":
		e.traits = e.object(w, "traits")
	case "context":
		e.context = e.object(w, "context")
	}
}

func (e *event) readType(w *walker) {
	text := e.string(w, "type", maxName)
	if e.call == "" {
		e.call = Call(text)
	}
}

func (e *event) string(w *walker, member string, limit int) string {
	text, ok := w.string()
	if !ok {
		e.problem("."+member, "this is neither text nor a number", "send "+member+" as a string", false)
		return ""
	}
	text = clean(text)
	if len(text) > limit {
		e.problem("."+member, fmt.Sprintf("longer than %d bytes", limit), "send a shorter "+member, true)
		return ""
	}
	return text
}

func (e *event) object(w *walker, member string) jsontext.Value {
	if kind := w.kind(); kind != '{' && kind != 'n' {
		e.problem("."+member, "this is not an object", "send "+member+` as {"name": value}`, false)
		return nil
	}
	return w.value()
}

// key is the name under which facts carry the person: the user's id, else the
// anonymous one with a prefix that tells the two apart.
func (e *event) key() string {
	if e.user != "" {
		return e.user
	}
	return anonymousKey(e.anonymous)
}

func anonymousKey(id string) string {
	if id == "" {
		return ""
	}
	return "anon:" + id
}

// takenAt gives the event's time by a clock, noting what was wrong with it.
func (e *event) takenAt(c clock) time.Time {
	at, flaw := c.correct(e.timestamp)
	if flaw != "" {
		e.problem(".timestamp", fmt.Sprintf("%q %s; the time of receipt was taken", shorten(e.timestamp, 64), flaw), "send ISO 8601 in UTC and sentAt with the time of sending", false)
	}
	return at
}

// clean removes what databases and terminals do not take: the character NUL.
func clean(text string) string {
	for i := range len(text) {
		if text[i] == 0 {
			return string(removeNUL([]byte(text)))
		}
	}
	return text
}

func removeNUL(text []byte) []byte {
	kept := text[:0]
	for _, c := range text {
		if c != 0 {
			kept = append(kept, c)
		}
	}
	return kept
}

// shorten cuts text to at most n bytes, between characters.
func shorten(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n] + "…"
}

// cut is shorten without a sign that something is missing.
func cut(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n]
}
