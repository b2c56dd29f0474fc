package scorm

import (
	"math"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/xapi"
)

// The verbs of the SCORM profile, and those of questions and scores.
const (
	adlVerbs    = "http://adlnet.gov/expapi/verbs/"
	initialized = adlVerbs + "initialized"
	answered    = adlVerbs + "answered"
	progressed  = adlVerbs + "progressed"
	completed   = adlVerbs + "completed"
	passed      = adlVerbs + "passed"
	failed      = adlVerbs + "failed"
	scored      = adlVerbs + "scored"
	suspended   = adlVerbs + "suspended"
	terminated  = adlVerbs + "terminated"
)

// Names that statements use beside verbs.
const (
	profile           = "https://w3id.org/xapi/scorm"                             // category of statements of SCORM content
	lessonType        = "http://adlnet.gov/expapi/activities/lesson"              // what content teaches
	interactionType   = "http://adlnet.gov/expapi/activities/cmi.interaction"     //
	progressExtension = "https://w3id.org/xapi/cmi5/result/extensions/progress"   // per cent, whole
	sessionExtension  = "https://w3id.org/xapi/cmi5/context/extensions/sessionid" //
)

// statements says what a commit says. What belongs to the session (it began, it
// ended) is said once for each session, all else once for each attempt, so that
// a status that the content finds when it is resumed is not news.
//
// Errors: fault.Invalid when a value cannot be part of a statement.
func (t *target) statements(c *commit, now time.Time) ([]*xapi.Statement, error) {
	b := &builder{target: t, now: now, seen: map[string]bool{}}
	b.session(initialized, nil)
	for i := range c.interactions {
		b.answered(&c.interactions[i])
	}
	if c.progress != nil && *c.progress > 0 && *c.progress <= 1 {
		percent := strconv.Itoa(int(math.Round(100 * *c.progress)))
		b.attempt(progressed, &xapi.Result{Extensions: xapi.Extensions{progressExtension: jsontext.Value(percent)}})
	}
	if s := c.score.result(); s != nil {
		b.attempt(scored, &xapi.Result{Score: s})
	}
	if c.success != nil {
		verb := failed
		if *c.success {
			verb = passed
		}
		b.attempt(verb, &xapi.Result{Success: c.success})
	}
	if c.completed {
		b.attempt(completed, &xapi.Result{Completion: truth(true)})
	}
	if c.final || t.final {
		b.end(c)
	}
	return b.statements, b.err
}

// builder makes the statements of one commit, until the first error.
type builder struct {
	*target
	now        time.Time
	statements []*xapi.Statement
	seen       map[string]bool // ids
	err        error
}

// attempt says something of the attempt.
func (b *builder) attempt(verb string, result *xapi.Result) {
	b.add(b.statement(verb, b.activity, result), "", b.described())
}

// session says something of the session.
func (b *builder) session(verb string, result *xapi.Result) {
	s := b.statement(verb, b.activity, result)
	if b.launch != "" {
		quoted, _ := jsontext.AppendQuote(nil, b.launch) // its error tells of invalid UTF-8 replaced
		s.Context.Extensions = xapi.Extensions{sessionExtension: quoted}
	}
	b.add(s, "", b.described())
}

// end says how the session ended, and how long it was.
func (b *builder) end(c *commit) {
	verb := terminated
	if c.suspended {
		verb = suspended
	}
	var result *xapi.Result
	if c.duration != "" {
		result = &xapi.Result{Duration: c.duration}
	}
	b.session(verb, result)
}

// answered says what was answered to a question, which is part of the activity.
func (b *builder) answered(i *interaction) {
	activity, _, _ := strings.Cut(b.activity, "#")
	result := &xapi.Result{Success: i.success, Response: i.response, Duration: i.latency}
	if i.grade != nil {
		result.Score = &xapi.Score{Raw: i.grade}
	}
	s := b.statement(answered, activity+"#interaction-"+url.PathEscape(i.id), result)
	s.Context.ContextActivities.Parent = activities(b.activity)
	s.Context.ContextActivities.Grouping = activities(b.course)
	s.Timestamp = b.plausible(i.timestamp)
	b.add(s, i.row, b.question(i))
}

// plausible gives the time of an answer, "" for none: a timestamp without zone
// says no instant, and clocks of devices are sometimes years off.
func (b *builder) plausible(timestamp string) string {
	at, err := xapi.ParseTimestamp(xapi.V2, timestamp)
	if err != nil || at.Year() < 2000 || at.After(b.now.Add(24*time.Hour)) {
		return ""
	}
	return timestamp
}

// statement gives a statement of the attempt, without id and descriptions.
func (b *builder) statement(verb, activity string, result *xapi.Result) *xapi.Statement {
	return &xapi.Statement{
		Actor: b.actor, Verb: xapi.Verb{ID: verb}, Object: xapi.Object{Activity: &xapi.Activity{ID: activity}}, Result: result,
		Context: &xapi.Context{
			Registration:      b.registration,
			ContextActivities: &xapi.ContextActivities{Parent: activities(b.course), Category: activities(profile)},
		},
	}
}

// activities gives a list of one activity, none for "".
func activities(id string) []xapi.Activity {
	if id == "" {
		return nil
	}
	return []xapi.Activity{{ID: id}}
}

// described describes what the content teaches.
func (b *builder) described() *xapi.ActivityDefinition {
	d := &xapi.ActivityDefinition{Type: lessonType}
	if b.title != "" {
		d.Name = xapi.LanguageMap{b.language: b.title}
	}
	return d
}

// question describes a question.
func (b *builder) question(i *interaction) *xapi.ActivityDefinition {
	d := &xapi.ActivityDefinition{Type: interactionType, InteractionType: i.kind}
	if i.kind != "" {
		d.CorrectResponsesPattern = i.correct
	}
	if i.description != "" {
		language, text := cutLanguage(i.description, b.language)
		d.Description = xapi.LanguageMap{language: text}
	}
	return d
}

// add gives a statement its id and descriptions, and keeps it once. The id
// follows from all that the statement says and from what else tells it from
// others, but not from descriptions, which do not count when statements are
// compared.
func (b *builder) add(s *xapi.Statement, apart string, definition *xapi.ActivityDefinition) {
	if b.err != nil {
		return
	}
	s.ID = uuid.NewSHA1(namespace, s.AppendJSON([]byte(apart+"\n"))).String()
	if b.seen[s.ID] {
		return
	}
	b.seen[s.ID] = true
	s.Verb.Display = xapi.LanguageMap{"en": strings.TrimPrefix(s.Verb.ID, adlVerbs)}
	s.Object.Activity.Definition = definition
	parsed, err := xapi.Parse(xapi.V1, s.AppendJSON(nil))
	if err != nil {
		b.err = fault.New(fault.Invalid, "the commit cannot be told as a statement: %w", err)
		return
	}
	b.statements = append(b.statements, parsed)
}
