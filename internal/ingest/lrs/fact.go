package lrs

import (
	"bytes"
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/liftmark/liftmark/internal/record"
	"github.com/liftmark/liftmark/internal/state"
	"github.com/liftmark/liftmark/internal/warehouse"
	"github.com/liftmark/liftmark/xapi"
)

// said is what a statement says: its facts, and what it tells of activities and
// people beside.
type said struct {
	id      string
	verb    string // IRI; empty when the statement could not be read
	as      string // what the verb counts as, "" when it is not known
	stored  time.Time
	voided  bool
	again   bool // another version of it was there
	rows    []warehouse.Row
	links   []warehouse.Link
	place   place
	defined []defined
}

// place is where an activity belongs.
type place struct{ activity, course, program string }

// defined is an activity that the statement names, with its definition.
type defined struct {
	activity   string
	definition jsontext.Value
}

// read reads a change's statement.
func (v *vocabulary) read(c *state.Change, lookup func(iri string) string) said {
	out := said{id: c.Statement.ID, stored: c.Statement.Stored, voided: c.Statement.Voided, again: c.Seq != c.Statement.Seq}
	s := parse(c.Statement.Body)
	if s == nil {
		return out
	}
	out.verb, out.as = s.Verb.ID, lookup(s.Verb.ID)
	out.defined = definitions(s)
	if out.voided || out.as == "" || out.as == Nothing || s.Object.Activity == nil {
		return out
	}
	f := &facts{vocabulary: v, s: s, from: c.Statement, verb: out.as}
	out.place = f.place()
	f.course, f.program = out.place.course, out.place.program
	for i, actor := range people(&s.Actor) {
		out.rows = append(out.rows, f.of(actor, i)...)
		if link, ok := linkOf(actor); ok {
			out.links = append(out.links, link)
		}
	}
	return out
}

// parse reads a body by the rules of its version; nil when neither reads it.
func parse(body []byte) *xapi.Statement {
	versions := []xapi.Version{xapi.V1, xapi.V2}
	if bytes.Contains(body, []byte(`"version":"2.`)) {
		versions = []xapi.Version{xapi.V2, xapi.V1}
	}
	for _, v := range versions {
		if s, err := xapi.Parse(v, body); err == nil {
			return s
		}
	}
	return nil
}

// definitions lists the activities that a statement defines.
func definitions(s *xapi.Statement) (list []defined) {
	add := func(a *xapi.Activity) {
		if a != nil && a.Definition != nil {
			list = append(list, defined{a.ID, a.Definition.Raw})
		}
	}
	add(s.Object.Activity)
	if sub := s.Object.SubStatement; sub != nil {
		add(sub.Object.Activity)
	}
	for _, a := range related(s) {
		add(&a)
	}
	return list
}

// related gives the activities of the context, the closest first.
func related(s *xapi.Statement) []xapi.Activity {
	if s.Context == nil || s.Context.ContextActivities == nil {
		return nil
	}
	c := s.Context.ContextActivities
	return append(append(append(append([]xapi.Activity{}, c.Parent...), c.Grouping...), c.Category...), c.Other...)
}

// facts makes the facts of one statement about an activity.
type facts struct {
	*vocabulary
	s               *xapi.Statement
	from            *state.Statement
	verb            string
	course, program string
}

// place finds the course and the program of the activity: the nearest parent or
// group that is one by its type, or else the first of them for a course. A
// course belongs to itself.
func (f *facts) place() place {
	p := place{activity: f.s.Object.Activity.ID}
	var first string
	if c := f.s.Context; c != nil && c.ContextActivities != nil {
		for _, a := range append(append([]xapi.Activity{}, c.ContextActivities.Parent...), c.ContextActivities.Grouping...) {
			kind := f.kind(&a)
			switch {
			case a.ID == p.activity:
			case kind == "course":
				p.course = cmp.Or(p.course, a.ID)
			case kind == "program":
				p.program = cmp.Or(p.program, a.ID)
			default:
				first = cmp.Or(first, a.ID)
			}
		}
	}
	switch f.kind(f.s.Object.Activity) {
	case "course":
		p.course = p.activity
	case "program":
		p.program = p.activity
	default:
		p.course = cmp.Or(p.course, first)
	}
	return p
}

func (f *facts) kind(a *xapi.Activity) string {
	if a.Definition == nil {
		return ""
	}
	return f.typeOf(a.Definition.Type).Kind
}

// of gives the facts of the n-th of the people that the statement is about.
func (f *facts) of(actor *xapi.Actor, n int) []warehouse.Row {
	key := f.from.ID
	if n > 0 {
		key += "#" + strconv.Itoa(n+1)
	}
	values := map[string]any{"event_id": key, "time": f.time(), "person_id": personKey(actor), "activity_id": f.s.Object.Activity.ID}
	if f.from.Country != "" {
		values["country"] = f.from.Country
	}
	attributes := f.attributes()
	f.result(values, attributes)
	rows := []warehouse.Row{{Fact: "learning", Row: f.from.Seq, Values: values, Attributes: attributes}}
	if response, ok := f.response(values, attributes); ok {
		rows = append(rows, response)
	}
	return rows
}

// time is when it happened, or else when it was stored.
func (f *facts) time() time.Time {
	for _, v := range []xapi.Version{xapi.V2, xapi.V1} {
		if at, err := xapi.ParseTimestamp(v, f.s.Timestamp); err == nil && at.Year() >= 1 && at.Year() <= 9999 {
			return at
		}
	}
	return f.from.Stored
}

// attributes says where and in which attempt it happened.
func (f *facts) attributes() map[string]string {
	m := map[string]string{"xapi_verb": f.s.Verb.ID}
	set(m, "course", f.course)
	set(m, "program", f.program)
	c := f.s.Context
	if c == nil {
		return m
	}
	set(m, "platform", c.Platform)
	set(m, "language", c.Language)
	set(m, "registration", c.Registration)
	set(m, "revision", c.Revision)
	for _, iri := range sorted(c.Extensions) {
		switch strings.ToLower(lastPart(iri)) {
		case "session-id", "sessionid", "session":
			set(m, "session", plain(c.Extensions[iri]))
		}
	}
	return m
}

// maxAttribute bounds the length of an attribute's value, in bytes.
const maxAttribute = 2000

// set sets an attribute unless it is empty, cut to a length that is bounded.
func set(m map[string]string, name, text string) {
	if text == "" {
		return
	}
	if len(text) > maxAttribute {
		text = strings.ToValidUTF8(text[:maxAttribute], "")
	}
	m[name] = text
}

func sorted(e xapi.Extensions) []string {
	iris := slices.AppendSeq(make([]string, 0, len(e)), maps.Keys(e))
	slices.Sort(iris)
	return iris
}

// ended are verbs that end a session, by the last part of their IRI.
var ended = map[string]bool{"suspended": true, "exited": true, "terminated": true, "terminate": true, "abandoned": true}

// result sets what came of it.
func (f *facts) result(values map[string]any, attributes map[string]string) {
	verb, r := f.verb, f.s.Result
	if r == nil {
		r = &xapi.Result{}
	}
	if x, ok := share(r.Score); ok {
		values["score"] = x
	}
	success := r.Success
	if done := r.Completion; done != nil {
		attributes["completion"] = strconv.FormatBool(*done)
	}
	switch {
	case lastPart(f.s.Verb.ID) == "scored" && success != nil && *success:
		verb = "passed"
	case lastPart(f.s.Verb.ID) == "scored" && success != nil:
		verb = "failed"
	case r.Completion != nil && *r.Completion && goesOn[verb]:
		verb = "completed"
	}
	if success == nil && (verb == "passed" || verb == "failed") {
		passed := verb == "passed"
		success = &passed
	}
	if success != nil {
		values["success"] = *success
	}
	values["verb"] = verb
	if part := lastPart(f.s.Verb.ID); ended[part] {
		attributes["ended"] = part
	}
	f.extent(values, attributes, r)
	f.answer(attributes, r)
}

// goesOn are learning verbs that a result's completion makes a completion.
var goesOn = map[string]bool{"started": true, "progressed": true, "viewed": true, "attempted": true}

// extent sets how long it took and how far it went.
func (f *facts) extent(values map[string]any, attributes map[string]string, r *xapi.Result) {
	if x, ok := durationSeconds(r.Duration); ok {
		values["duration_seconds"] = x
	}
	for _, iri := range sorted(r.Extensions) { // time before time-to, where a seek ends
		value := r.Extensions[iri]
		switch strings.ToLower(lastPart(iri)) {
		case "progress":
			if x, ok := number(value); ok && x >= 0 {
				if strings.Contains(iri, "cmi5") || x > 1 {
					x /= 100
				}
				attributes["progress"] = decimal(clamp(x))
			}
		case "time", "time-to", "ending-point":
			if x, ok := seconds(value); ok {
				attributes["position_seconds"] = decimal(x)
			}
		case "played-segments":
			f.watched(values, attributes, plain(value))
		}
	}
}

// watched sets the time that a medium was watched. It counts as the duration
// where the session ends or the medium is completed.
func (f *facts) watched(values map[string]any, attributes map[string]string, segments string) {
	x, ok := watched(segments)
	if !ok {
		return
	}
	attributes["watched_seconds"] = decimal(x)
	if _, given := values["duration_seconds"]; !given && f.s.Result.Duration == "" && (values["verb"] == "completed" || attributes["ended"] != "") {
		values["duration_seconds"] = x
	}
}

func decimal(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }

func isVerb(verb string) bool {
	for _, v := range record.Verbs {
		if v == verb {
			return true
		}
	}
	return verb == Nothing
}
