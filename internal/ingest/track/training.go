package track

import (
	"cmp"
	"strings"
	"time"

	"github.com/liftmark/liftmark/internal/warehouse"
)

// activityIDs are the properties that name what was learned, the most particular
// first, and the kind of activity that each names.
var activityIDs = []struct{ property, kind string }{
	{"question_id", "question"}, {"quiz_id", "quiz"}, {"assessment_id", "quiz"}, {"exam_id", "quiz"},
	{"lesson_id", "lesson"}, {"video_id", "video"}, {"module_id", "module"}, {"webinar_id", "webinar"},
	{"certificate_id", "certificate"}, {"certification_id", "certificate"},
	{"course_id", "course"}, {"program_id", "program"}, {"activity_id", ""},
}

// namesActivity has the properties that are kept however many there are.
var namesActivity = func() map[string]bool {
	names := map[string]bool{}
	for _, a := range activityIDs {
		names[a.property] = true
	}
	return names
}()

// trainingThings and trainingVerbs make up the names of events that count as
// learning without a mapping: a thing and what happened to it, in the past tense.
var (
	trainingThings = map[string]bool{
		"course": true, "lesson": true, "module": true, "quiz": true, "assessment": true, "exam": true, "question": true,
		"webinar": true, "certificate": true, "certification": true, "training": true, "learning path": true,
		"training video": true, "video lesson": true,
	}
	trainingVerbs = map[string]string{
		"enrolled": "enrolled", "registered": "enrolled", "invited": "invited", "assigned": "invited",
		"started": "started", "launched": "started", "progressed": "progressed", "viewed": "viewed", "opened": "viewed",
		"attempted": "attempted", "submitted": "attempted", "answered": "answered", "commented": "commented", "rated": "rated",
		"completed": "completed", "finished": "completed", "passed": "passed", "failed": "failed",
		"withdrew": "withdrew", "dropped": "withdrew", "unenrolled": "withdrew",
		"earned": "certified", "issued": "certified", "expired": "expired", "attended": "attended",
	}
)

// trainingVerb gives the verb of an event that speaks of learning: one named
// after a thing to learn, such as "Course Completed", that says which one.
func trainingVerb(o *occurrence) string {
	if id, _ := o.activity(); id == "" {
		return ""
	}
	words := strings.ReplaceAll(attributeName(o.attributes[attrEvent]), "_", " ")
	i := strings.LastIndexByte(words, ' ')
	if i < 0 || !trainingThings[words[:i]] {
		return ""
	}
	return trainingVerbs[words[i+1:]]
}

// activity gives the key and kind of what the occurrence was about, "" for none.
func (o *occurrence) activity() (id, kind string) {
	for _, a := range activityIDs {
		if id := o.attributes[a.property]; id != "" {
			return id, a.kind
		}
	}
	return "", ""
}

// learning makes a learning fact of the occurrence. One that names no activity
// is about an activity of the event's own name.
func (o *occurrence) learning(verb string) warehouse.Row {
	id, _ := o.activity()
	values := map[string]any{
		"event_id": o.id, "time": o.at, "verb": verb,
		"activity_id": cmp.Or(id, o.attributes[attrEvent]), "person_id": o.person,
	}
	if score, ok := o.score(); ok {
		values["score"] = score
	}
	switch o.attributes["success"] + o.attributes["passed"] {
	case "true":
		values["success"] = true
	case "false":
		values["success"] = false
	}
	if seconds, ok := o.seconds(); ok {
		values["duration_seconds"] = seconds
	}
	if country := o.attributes["country"]; isCountry(country) {
		values["country"] = country
	}
	return warehouse.Row{Fact: "learning", Values: values, Attributes: o.attributes}
}

// score gives the share of the points. With a maximum it is their ratio; a bare
// score up to 1 is a share and one up to 100 a percentage. A bare rating says
// nothing, for its scale is not known.
func (o *occurrence) score() (float64, bool) {
	a := o.attributes
	if p, ok := number(cmp.Or(a["score_percent"], a["score_percentage"], a["percent"], a["percentage"])); ok {
		return p / 100, p >= 0 && p <= 100
	}
	points, ok := number(cmp.Or(a["score"], a["points"], a["grade"]))
	if rating, rated := number(a["rating"]); !ok && rated && cmp.Or(a["rating_max"], a["max_rating"]) != "" {
		points, ok = rating, true
	}
	if !ok || points < 0 {
		return 0, false
	}
	if most, ok := number(cmp.Or(a["max_score"], a["score_max"], a["max_points"], a["points_possible"], a["rating_max"], a["max_rating"])); ok && most > 0 {
		return points / most, points <= most
	}
	if points <= 1 {
		return points, true
	}
	return points / 100, points <= 100
}

// seconds gives how long it took.
func (o *occurrence) seconds() (float64, bool) {
	a := o.attributes
	for _, m := range []struct {
		text    string
		seconds float64
	}{
		{cmp.Or(a["duration_seconds"], a["time_spent_seconds"], a["duration"], a["time_spent"]), 1},
		{cmp.Or(a["duration_ms"], a["duration_milliseconds"]), 1e-3},
		{cmp.Or(a["duration_minutes"], a["time_spent_minutes"]), 60},
	} {
		if n, ok := number(m.text); ok && n >= 0 {
			return n * m.seconds, true
		}
	}
	return 0, false
}

// described is what an occurrence of learning says of its activity, nil when it
// only names it.
func (o *occurrence) described() *statement {
	id, kind := o.activity()
	a := o.attributes
	if id == "" {
		return nil
	}
	s := &statement{fact: "activity", id: id, at: o.at, fields: map[string]string{}}
	s.set("kind", cmp.Or(kind, a["activity_kind"], a["activity_type"]))
	s.set("title", cmp.Or(a[kind+"_title"], a[kind+"_name"], a["title"], a["name"]))
	s.set("program", cmp.Or(a["program_id"], a["program"]))
	if kind != "course" {
		s.set("course", cmp.Or(a["course_id"], a["course"]))
	}
	s.set("format", a["format"])
	return s
}

// statement is what was said of an account, a person or an activity.
type statement struct {
	fact, id   string
	at         time.Time
	fields     map[string]string // of the fact, as text
	attributes map[string]string
}

func (s *statement) set(name, text string) {
	if text != "" {
		s.fields[name] = text
	}
}
