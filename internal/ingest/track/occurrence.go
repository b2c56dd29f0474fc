package track

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/liftmark/liftmark/internal/warehouse"
)

// occurrence is something that happened, with everything that deciding what it
// counts as needs. It can be made again from the fact that it became.
type occurrence struct {
	id, person, account string
	at                  time.Time
	attributes          map[string]string // has attrEvent and attrCall
}

// place is where an occurrence is kept.
type place string

const (
	inUsage    place = "usage"
	inLearning place = "learning"
	parked     place = "parked" // ignored: kept so that it can count again
)

// rules are the mappings in force. They do not change; others replace them.
type rules struct{ byName map[mappingKey]Mapping }

type mappingKey struct {
	call Call
	name string
}

func (m Mapping) key() mappingKey { return mappingKey{m.Call, m.Name} }

// find gives the mapping of an occurrence.
func (r *rules) find(o *occurrence) (Mapping, bool) {
	m, ok := r.byName[mappingKey{Call(o.attributes[attrCall]), o.attributes[attrEvent]}]
	return m, ok
}

// placeOf decides where an occurrence belongs, and gives its row there. What is
// parked has none.
func (r *rules) placeOf(o *occurrence) (place, warehouse.Row) {
	mapping, mapped := r.find(o)
	switch {
	case mapping.Ignore:
		return parked, warehouse.Row{}
	case mapping.Verb != "":
		return inLearning, o.learning(mapping.Verb)
	case !mapped && o.attributes[attrCall] == string(Track):
		if verb := trainingVerb(o); verb != "" {
			return inLearning, o.learning(verb)
		}
	}
	feature := mapping.Feature
	if feature == "" {
		feature = o.attributes[attrEvent]
	}
	return inUsage, o.usage(feature)
}

// usage makes a use of a feature of the occurrence.
func (o *occurrence) usage(feature string) warehouse.Row {
	values := map[string]any{"event_id": o.id, "time": o.at, "feature": feature}
	if o.person != "" {
		values["person_id"] = o.person
	}
	if account := o.accountID(); account != "" {
		values["account_id"] = account
	}
	for _, name := range []string{"quantity", "value"} {
		if q, ok := number(o.attributes[name]); ok && q >= 0 {
			values["quantity"] = q
			break
		}
	}
	return warehouse.Row{Fact: "usage", Values: values, Attributes: o.attributes}
}

func (o *occurrence) accountID() string {
	if o.account != "" {
		return o.account
	}
	return o.attributes[attrGroup]
}

// number reads a finite number.
func number(text string) (float64, bool) {
	if text == "" || len(text) > 40 {
		return 0, false
	}
	n, err := strconv.ParseFloat(text, 64)
	return n, err == nil && !math.IsNaN(n) && !math.IsInf(n, 0)
}

// occurrenceOf makes an occurrence of a track, page or screen call.
func occurrenceOf(e *event, shared jsontext.Value, at time.Time, country string) (*occurrence, int) {
	o := &occurrence{id: e.messageID, person: e.key(), at: at, attributes: make(map[string]string, 16)}
	o.attributes[attrCall] = string(e.call)
	if e.group != "" {
		o.attributes[attrGroup] = e.group
	}
	contextAttributes(o.attributes, e.context)
	contextAttributes(o.attributes, shared)
	o.account = o.attributes[attrGroup]
	if country != "" {
		o.attributes["country"] = country
	}
	f := flattener{into: o.attributes}
	name := e.name
	if e.call == Page {
		name = o.page(e)
	}
	o.attributes[attrEvent] = name
	f.flatten(e.properties)
	return o, f.dropped
}

// cutID drops an id that is longer than ids may be; cut, it would be another's.
func cutID(id string) string {
	if len(id) > maxID {
		return ""
	}
	return id
}

// page gives the name that a page goes by: its own, else its path without the
// parts that name single things.
func (o *occurrence) page(e *event) string {
	path := contextText(e.properties, "path")
	if path == "" {
		path = contextText(e.properties, "url")
	}
	if path == "" {
		path = o.attributes["page_path"]
	}
	if path != "" {
		path = cut(pathOnly(path), maxAttribute)
		o.attributes["path"] = path
	}
	if e.name == "" && path != "" {
		return cut(pathPattern(path), maxName)
	}
	if e.name == "" {
		return "page"
	}
	return e.name
}

// pathPattern replaces the segments of a path that look like identifiers: those
// with a digit that are numbers, UUIDs, or long.
func pathPattern(path string) string {
	segments := strings.Split(path, "/")
	for i, s := range segments {
		if isIdentifier(s) {
			segments[i] = ":id"
		}
	}
	return strings.Join(segments, "/")
}

func isIdentifier(segment string) bool {
	digits, hex, at := 0, 0, strings.ContainsRune(segment, '@')
	for _, c := range segment {
		switch {
		case c >= '0' && c <= '9':
			digits++
			hex++
		case c >= 'a' && c <= 'f', c >= 'A' && c <= 'F', c == '-':
			hex++
		}
	}
	n := len(segment)
	return at || n > 0 && digits == n || digits > 0 && (n >= 16 || n >= 8 && hex == n)
}
