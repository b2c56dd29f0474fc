package scorm_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/liftmark/liftmark/internal/access"
	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/ingest/scorm"
	"github.com/liftmark/liftmark/internal/lrs"
	"github.com/liftmark/liftmark/xapi"
)

// keeper keeps statements as the record store does: one sent again is kept once,
// another one under its id is refused.
type keeper struct {
	t      testing.TB
	kept   map[string]*xapi.Statement
	order  []string // ids as they came
	writer lrs.Writer
	err    error
}

func newKeeper(t testing.TB) *keeper { return &keeper{t: t, kept: map[string]*xapi.Statement{}} }

func (k *keeper) Store(_ context.Context, w lrs.Writer, statements []*xapi.Statement, _ []xapi.Part) ([]string, error) {
	if k.err != nil {
		return nil, k.err
	}
	k.writer = w
	batch := map[string]bool{}
	for _, s := range statements {
		if batch[s.ID] {
			return nil, fault.New(fault.Invalid, "%s is twice in the batch", s.ID)
		}
		batch[s.ID] = true
		for _, v := range []xapi.Version{xapi.V1, xapi.V2} {
			if _, err := xapi.Parse(v, s.Raw); err != nil {
				k.t.Errorf("not valid in %s: %v\n%s", v, err, s.Raw)
			}
		}
		if old := k.kept[s.ID]; old != nil {
			if same, difference := xapi.Equal(old, s); !same {
				return nil, fault.New(fault.Conflict, "%s differs at %s", s.ID, difference)
			}
			continue
		}
		k.kept[s.ID] = s
		k.order = append(k.order, s.ID)
	}
	return nil, nil
}

// told gives what was kept, a line each: verb, what of the activity, result.
func (k *keeper) told() []string {
	var lines []string
	for _, id := range k.order {
		s := k.kept[id]
		var raw struct {
			Result    json.RawMessage
			Timestamp string
		}
		if err := json.Unmarshal(s.Raw, &raw); err != nil {
			k.t.Fatal(err)
		}
		verb := s.Verb.ID[strings.LastIndexByte(s.Verb.ID, '/')+1:]
		_, question, _ := strings.Cut(s.Object.Activity.ID, "#")
		lines = append(lines, strings.Join(strings.Fields(verb+" "+question+" "+string(raw.Result)+" "+raw.Timestamp), " "))
	}
	return lines
}

// now is when the commits come.
func now() time.Time { return time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC) }

// learner is a query that says whose commit it is.
func learner() url.Values {
	return url.Values{
		"key": {"secret"}, "activity": {"https://lms.example.com/courses/1/lessons/2"}, "title": {"Prices"}, "language": {"en"},
		"course": {"https://lms.example.com/courses/1"}, "registration": {"0F6F4A52-7a51-4c0b-93a4-9b8a6a2f6c11"}, "session": {"s1"},
		"homePage": {"https://lms.example.com"}, "account": {"ann-4711"}, "name": {"Ann"},
	}
}

// post sends a commit and gives the status and the answer.
func post(t testing.TB, k *keeper, query url.Values, contentType, body string) (int, string) {
	t.Helper()
	return postAs(t, k, query, contentType, strings.NewReader(body), &access.Caller{Credential: "c1", Country: "AT", Scopes: []access.Scope{access.StatementsWrite}})
}

func postAs(t testing.TB, k *keeper, query url.Values, contentType string, body io.Reader, caller *access.Caller) (int, string) {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/scorm/commit?"+query.Encode(), body)
	r.Header.Set("Content-Type", contentType)
	if caller != nil {
		r = r.WithContext(access.With(r.Context(), caller))
	}
	w := httptest.NewRecorder()
	scorm.New(k, scorm.Options{Now: now, Body: 20000, Interactions: 20}).Handler().ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

// request is a request that scorm-again made; see testdata/make.mjs.
type request struct{ Scenario, How, ContentType, Body string }

// recorded gives the requests by scenario.
func recorded(t testing.TB) map[string][]request {
	t.Helper()
	data, err := os.ReadFile("testdata/commits.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []request
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	scenarios := map[string][]request{}
	for _, r := range all {
		scenarios[r.Scenario] = append(scenarios[r.Scenario], r)
	}
	return scenarios
}

// lessons says what the two lessons of testdata/make.mjs are, by what the script
// sets and what SCORM and xAPI say of it.
var lessons = map[string][]string{
	"scorm12": {
		`initialized`,
		`answered interaction-seat%20price {"success":false,"response":"a[,]c","duration":"PT12.5S"}`,
		`answered interaction-is_true {"success":true,"response":"true","duration":"PT1M"}`,
		`answered interaction-pairs {"success":true,"response":"1[.]a[,]2[.]b"}`,
		`answered interaction-order {"response":"c[,]b[,]a"}`,
		`answered interaction-count {"score":{"raw":0.5},"response":"4.5"}`,
		`answered interaction-word {"response":"a & b = c, 100 %"}`,
		`scored {"score":{"scaled":0.8,"raw":80,"min":0,"max":100}}`,
		`passed {"success":true}`,
		`completed {"completion":true}`,
		`terminated {"duration":"PT1H10M5.25S"}`,
	},
	"scorm2004": {
		`initialized`,
		`answered interaction-urn:example:q1 {"success":true,"response":"a[,]b","duration":"PT12.5S"} 2026-03-04T10:15:30.5Z`,
		`answered interaction-urn:example:q2 {"success":false,"response":"Because it & is = so."}`,
		`answered interaction-urn:example:q3 {"score":{"raw":0.25},"response":"7"}`,
		`progressed {"extensions":{"https://w3id.org/xapi/cmi5/result/extensions/progress":51}}`,
		`progressed {"extensions":{"https://w3id.org/xapi/cmi5/result/extensions/progress":100}}`,
		`scored {"score":{"scaled":0.45,"raw":9,"min":0,"max":20}}`,
		`failed {"success":false}`,
		`completed {"completion":true}`,
		`suspended {"duration":"PT10M0.5S"}`,
	},
}

func TestCommitsOfEveryFormTellTheLesson(t *testing.T) {
	scenarios := recorded(t)
	if len(scenarios) != 16 {
		t.Fatalf("%d scenarios", len(scenarios))
	}
	for name, requests := range scenarios {
		t.Run(name, func(t *testing.T) {
			k := newKeeper(t)
			for _, r := range requests {
				if status, answer := post(t, k, learner(), r.ContentType, r.Body); status != http.StatusOK || answer != `{"result":true,"errorCode":0}` {
					t.Fatalf("%d %s", status, answer)
				}
			}
			lesson, _, _ := strings.Cut(name, " ")
			if got := k.told(); !slices.Equal(got, lessons[lesson]) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(lessons[lesson], "\n"))
			}
			if want := (lrs.Writer{Version: xapi.V1, Credential: "c1", Country: "AT"}); k.writer != want {
				t.Errorf("written as %+v", k.writer)
			}
		})
	}
}

func TestCommitsAgainAddNothing(t *testing.T) {
	scenarios := recorded(t)
	for _, lesson := range []string{"scorm12", "scorm2004"} {
		k := newKeeper(t)
		for range 2 {
			for _, form := range []string{"json", "params", "commonFlattened", "fetch"} { // forms say the same
				for _, r := range scenarios[lesson+" "+form] {
					if status, answer := post(t, k, learner(), r.ContentType, r.Body); status != http.StatusOK {
						t.Fatalf("%d %s", status, answer)
					}
				}
			}
		}
		if got := k.told(); !slices.Equal(got, lessons[lesson]) {
			t.Errorf("%s: got\n%s", lesson, strings.Join(got, "\n"))
		}
	}
}

func TestAnotherSessionTellsOnlyWhatIsItsOwn(t *testing.T) {
	k := newKeeper(t)
	final := recorded(t)["scorm12 json"][1]
	for _, session := range []string{"s1", "s2"} {
		query := learner()
		query.Set("session", session)
		if status, answer := post(t, k, query, final.ContentType, final.Body); status != http.StatusOK {
			t.Fatalf("%d %s", status, answer)
		}
	}
	want := append(slices.Clone(lessons["scorm12"]), `initialized`, `terminated {"duration":"PT1H10M5.25S"}`)
	if got := k.told(); !slices.Equal(got, want) {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
}

func TestAnotherAttemptLearnerOrActivityIsAnother(t *testing.T) {
	final := recorded(t)["scorm2004 json"][1]
	base := newKeeper(t)
	post(t, base, learner(), final.ContentType, final.Body)
	for parameter, value := range map[string]string{
		"registration": "1f6f4a52-7a51-4c0b-93a4-9b8a6a2f6c11", "account": "bob", "homePage": "https://other.example.com", "activity": "https://lms.example.com/x",
	} {
		query := learner()
		query.Set(parameter, value)
		k := newKeeper(t)
		post(t, k, query, final.ContentType, final.Body)
		if len(k.kept) != len(base.kept) {
			t.Errorf("%s: %d statements", parameter, len(k.kept))
		}
		for id := range k.kept {
			if base.kept[id] != nil {
				t.Errorf("another %s has the id %s", parameter, id)
			}
		}
	}
}

func TestStatementsAreInTheContextOfTheCourse(t *testing.T) {
	k := newKeeper(t)
	r := recorded(t)["scorm2004 json"][1]
	post(t, k, learner(), r.ContentType, r.Body)
	for _, s := range k.kept {
		c := s.Context
		if s.Actor.IFI() != "account::https://lms.example.com|ann-4711" || s.Actor.Name != "Ann" || c.Registration != "0f6f4a52-7a51-4c0b-93a4-9b8a6a2f6c11" {
			t.Errorf("actor %v, registration %s", s.Actor, c.Registration)
		}
		if len(c.ContextActivities.Category) != 1 || c.ContextActivities.Category[0].ID != "https://w3id.org/xapi/scorm" {
			t.Errorf("category %v", c.ContextActivities.Category)
		}
		parent, grouping := c.ContextActivities.Parent[0].ID, c.ContextActivities.Grouping
		definition := s.Object.Activity.Definition
		if strings.HasSuffix(s.Verb.ID, "/answered") {
			if parent != "https://lms.example.com/courses/1/lessons/2" || grouping[0].ID != "https://lms.example.com/courses/1" {
				t.Errorf("%s: parent %s, grouping %v", s.Verb.ID, parent, grouping)
			}
		} else if parent != "https://lms.example.com/courses/1" || grouping != nil || definition.Name["en"] != "Prices" {
			t.Errorf("%s: parent %s, grouping %v, definition %+v", s.Verb.ID, parent, grouping, definition)
		}
		_, ofSession := c.Extensions["https://w3id.org/xapi/cmi5/context/extensions/sessionid"]
		if want := strings.HasSuffix(s.Verb.ID, "/initialized") || strings.HasSuffix(s.Verb.ID, "/suspended"); ofSession != want {
			t.Errorf("%s names its session: %v", s.Verb.ID, ofSession)
		}
	}
}

func TestQuestionsAreDescribed(t *testing.T) {
	k := newKeeper(t)
	r := recorded(t)["scorm2004 params"][1]
	post(t, k, learner(), r.ContentType, r.Body)
	old := recorded(t)["scorm12 json"][1]
	post(t, k, learner(), old.ContentType, old.Body)
	got := map[string]string{}
	for _, s := range k.kept {
		if d := s.Object.Activity.Definition; strings.HasSuffix(s.Verb.ID, "/answered") {
			_, name, _ := strings.Cut(s.Object.Activity.ID, "#interaction-")
			got[name] = fmt.Sprint(d.InteractionType, " ", d.CorrectResponsesPattern, " ", d.Description)
		}
	}
	for name, want := range map[string]string{
		"urn:example:q1": "choice [a[,]b] map[de:Größe = ?]", "urn:example:q2": "long-fill-in [] map[]", "urn:example:q3": "numeric [6[:]8] map[en:How many?]",
		"seat%20price": "choice [a[,]b] map[]", "is_true": "true-false [true] map[]", "pairs": "matching [1[.]a[,]2[.]b] map[]", "order": "sequencing [a[,]b[,]c] map[]",
	} {
		if got[name] != want {
			t.Errorf("%s is %q, want %q", name, got[name], want)
		}
	}
}

func TestLearnersAreFoundInQueryOrModel(t *testing.T) {
	const old = `{"cmi":{"core":{"student_id":"s-9","student_name":"Nine, Ann","lesson_status":"incomplete"}}}`
	for _, tt := range []struct {
		name, query, body string
		ifi               xapi.IFI
		learner           string
	}{
		{"mail address", "mbox=ann@Example.com", old, "mbox::mailto:ann@example.com", "Nine, Ann"},
		{"mail IRI", "mbox=mailto:ann@example.com&name=A", old, "mbox::mailto:ann@example.com", "A"},
		{"account", "homePage=https://h.example.com&account=ann|1", old, "account::https://h.example.com|ann|1", "Nine, Ann"},
		{"SCORM 1.2", "homePage=https://h.example.com", old, "account::https://h.example.com|s-9", "Nine, Ann"},
		{"SCORM 2004", "homePage=https://h.example.com", `{"cmi.learner_id":"l","cmi.completion_status":"unknown"}`, "account::https://h.example.com|l", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			query, err := url.ParseQuery(tt.query + "&activity=https://example.com/a")
			if err != nil {
				t.Fatal(err)
			}
			k := newKeeper(t)
			if status, answer := post(t, k, query, "application/json", tt.body); status != http.StatusOK || len(k.kept) != 1 {
				t.Fatalf("%d %s, %d statements", status, answer, len(k.kept))
			}
			for _, s := range k.kept {
				if s.Actor.IFI() != tt.ifi || s.Actor.Name != tt.learner || s.Context.Registration == "" {
					t.Errorf("%s %q, registration %q", s.Actor.IFI(), s.Actor.Name, s.Context.Registration)
				}
			}
		})
	}
}

func TestValuesThatFitNoStatementAreLeftOut(t *testing.T) {
	for _, tt := range []struct{ name, body, want string }{
		{"nothing but an empty status", `{"cmi.core.lesson_status":"not attempted"}`, ``},
		{"browsed", `{"cmi.core.lesson_status":"browsed"}`, ``},
		{"failed is not completed", `{"cmi.core.lesson_status":"failed"}`, `failed {"success":false}`},
		{"a score of 1.2 alone is of 0 to 100", `{"cmi.core.score.raw":"65"}`, `scored {"score":{"scaled":0.65,"raw":65,"min":0,"max":100}}`},
		{"a score out of its range has none", `{"cmi.core.score.raw":"150"}`, `scored {"score":{"raw":150}}`},
		{"a range upside down is none", `{"cmi.score.raw":5,"cmi.score.min":10,"cmi.score.max":0}`, `scored {"score":{"raw":5}}`},
		{"a range beyond what numbers hold", `{"cmi.score.raw":"1e308","cmi.score.min":"-1e308","cmi.score.max":"1e308"}`, `scored {"score":{"raw":1e+308,"min":-1e+308,"max":1e+308}}`},
		{"a scaled score beyond 1", `{"cmi.score.scaled":"1.5"}`, ``},
		{"a scaled score alone", `{"cmi.score.scaled":-1}`, `scored {"score":{"scaled":-1}}`},
		{"a score that is no number", `{"cmi.score.raw":"NaN","cmi.score.scaled":"Infinity"}`, ``},
		{"progress beyond 1", `{"cmi.progress_measure":"1.5"}`, ``},
		{"no progress yet", `{"cmi.progress_measure":"0"}`, ``},
		{"an end without time", `{"cmi.total_time":"PT0S","cmi.session_time":"PT0H0M0S"}`, `terminated`},
		{"an end with a time that is none", `{"cmi.core.total_time":"00:00:00","cmi.core.session_time":"1:2"}`, `terminated`},
		{"an end of many hours", `{"cmi.core.total_time":"0026:00:00","cmi.core.session_time":"0026:00:00"}`, `terminated {"duration":"PT26H"}`},
		{"a time of answer that cannot be", `{"cmi.interactions.0.id":"q","cmi.interactions.0.learner_response":"a","cmi.interactions.0.timestamp":"1970-01-01T00:00:00Z"}`, `answered interaction-q {"response":"a"}`},
		{"a time of answer to come", `{"cmi.interactions.0.id":"q","cmi.interactions.0.learner_response":"a","cmi.interactions.0.timestamp":"2036-01-01T00:00:00Z"}`, `answered interaction-q {"response":"a"}`},
		{"answers of tools with ways of their own", `{"cmi":{"core":{"x":"y"},"interactions":[{"id":"a","type":"choice","student_response":"{x,y}"},{"id":"b","type":"true-false","student_response":"0"},{"id":"c","type":"true-false","student_response":"maybe"},{"id":"d","type":"choice","student_response":"x[,]y"},{"id":"e","type":"likert","student_response":"a,b"}]}}`,
			"answered interaction-a {\"response\":\"x[,]y\"}\nanswered interaction-b {\"response\":\"false\"}\nanswered interaction-c {\"response\":\"maybe\"}\nanswered interaction-d {\"response\":\"x[,]y\"}\nanswered interaction-e {\"response\":\"a,b\"}"},
		{"truth and numbers as JSON has them", `{"cmi":{"interactions":[{"id":7,"learner_response":true,"result":0.5}],"score":{"scaled":0.25,"raw":null}}}`, "answered interaction-7 {\"score\":{\"raw\":0.5},\"response\":\"true\"}\nscored {\"score\":{\"scaled\":0.25}}"},
		{"latencies that are none", `{"cmi":{"core":{"x":"y"},"interactions":[{"id":"a","student_response":"x","latency":"1:00"},{"id":"b","student_response":"x","latency":"00:0x:01"},{"id":"c","student_response":"x","latency":"00:00:1e9"}]}}`, "answered interaction-a {\"response\":\"x\"}\nanswered interaction-b {\"response\":\"x\"}\nanswered interaction-c {\"response\":\"x\"}"},
		{"a question without id", `{"cmi.interactions.0.learner_response":"a"}`, ``},
		{"a kind that xAPI has not", `{"cmi":{"interactions":[{"id":"q","type":"drawing","result":"correct","correct_responses":[{"pattern":"x"}]}]}}`, `answered interaction-q {"success":true}`},
		{"the same row twice", `{"cmi":{"interactions":[{"id":"q","learner_response":"a"},{"id":"q","learner_response":"a"}]}}`, `answered interaction-q {"response":"a"}`},
		{"a row again at another time", `{"cmi":{"core":{"x":"y"},"interactions":[{"id":"q","student_response":"a","time":"10:00:00"},{"id":"q","student_response":"a","time":"10:01:00"}]}}`, "answered interaction-q {\"response\":\"a\"}\nanswered interaction-q {\"response\":\"a\"}"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			k := newKeeper(t)
			if status, answer := post(t, k, learner(), "text/plain", tt.body); status != http.StatusOK {
				t.Fatalf("%d %s", status, answer)
			}
			if got := strings.Join(k.told()[1:], "\n"); k.told()[0] != "initialized" || got != tt.want {
				t.Errorf("got %q, want %q", k.told(), tt.want)
			}
		})
	}
}

func TestTheQueryCanEndASession(t *testing.T) {
	k := newKeeper(t)
	query := learner()
	query.Set("final", "true")
	post(t, k, query, "text/plain", `{"cmi":{"core":{"lesson_status":"incomplete","session_time":"00:05:00","exit":"suspend"}}}`)
	if want := []string{"initialized", `suspended {"duration":"PT5M"}`}; !slices.Equal(k.told(), want) {
		t.Errorf("got %q", k.told())
	}
}

func TestBadCommitsSayWhatIsWrong(t *testing.T) {
	const good = `{"cmi":{"core":{"lesson_status":"incomplete"}}}`
	without := func(names ...string) url.Values {
		q := learner()
		for _, name := range names {
			q.Del(name)
		}
		return q
	}
	with := func(name, value string) url.Values {
		q := learner()
		q.Set(name, value)
		return q
	}
	many := `{"cmi":{"interactions":[` + strings.Repeat(`{"id":"q"},`, 20) + `{"id":"q"}]}}`
	for _, tt := range []struct {
		name   string
		query  url.Values
		body   string
		status int
		want   string
	}{
		{"no activity", without("activity"), good, 400, "query parameter activity is missing"},
		{"an activity that is no IRI", with("activity", "lesson 1"), good, 400, "query parameter activity"},
		{"a course that is no IRI", with("course", "c"), good, 400, "query parameter course"},
		{"a registration that is no UUID", with("registration", "1"), good, 400, "query parameter registration"},
		{"a language that is none", with("language", "english!"), good, 400, "query parameter language"},
		{"nobody", without("account"), good, 400, "does not say whose it is"},
		{"an account of nowhere", without("homePage"), good, 400, "does not say whose it is"},
		{"a home page that is no IRI", with("homePage", "lms"), good, 400, "account and homePage"},
		{"a mail address that is none", with("mbox", "ann"), good, 400, "mbox"},
		{"a title without end", with("title", strings.Repeat("x", 2001)), good, 400, "more than 2000 bytes"},
		{"a name without end", with("name", strings.Repeat("x", 2001)), good, 400, "more than 2000 bytes"},
		{"nothing", learner(), "", 400, "no cmi values"},
		{"another's form", learner(), "a=b&c=d", 400, "no cmi values"},
		{"another's JSON", learner(), `{"a":1}`, 400, "no cmi values"},
		{"broken JSON", learner(), `{"cmi":`, 400, "no valid JSON"},
		{"names twice", learner(), `{"cmi":{"x":"1","x":"2"}}`, 400, "no valid JSON"},
		{"deep JSON", learner(), `{"cmi":` + strings.Repeat(`[`, 15000), 400, "no valid JSON"},
		{"too large", learner(), strings.Repeat(" ", 20001), 413, "more than 20000 bytes"},
		{"too many answers", learner(), many, 413, "21 interactions"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			k := newKeeper(t)
			status, answer := post(t, k, tt.query, "application/json", tt.body)
			if status != tt.status || !strings.Contains(answer, tt.want) || !strings.HasPrefix(answer, `{"result":false,"errorCode":101,`) || len(k.kept) != 0 {
				t.Errorf("%d %s, %d statements", status, answer, len(k.kept))
			}
		})
	}
}

func TestCallersNeedTheRight(t *testing.T) {
	const good = `{"cmi":{"core":{"lesson_status":"incomplete"}}}`
	for _, tt := range []struct {
		caller *access.Caller
		status int
	}{
		{nil, http.StatusUnauthorized},
		{&access.Caller{Scopes: []access.Scope{access.StatementsRead, access.State, access.APIWrite}}, http.StatusForbidden},
		{&access.Caller{Scopes: []access.Scope{access.Track}}, http.StatusForbidden}, // events are no statements
		{&access.Caller{Scopes: []access.Scope{access.StatementsWrite}}, http.StatusOK},
	} {
		k := newKeeper(t)
		if status, answer := postAs(t, k, learner(), "text/plain", strings.NewReader(good), tt.caller); status != tt.status || (status != http.StatusOK) != (len(k.kept) == 0) {
			t.Errorf("%+v: %d %s", tt.caller, status, answer)
		}
	}
}

func TestFailuresOfTheStoreReachTheContent(t *testing.T) {
	const good = `{"cmi":{"core":{"lesson_status":"incomplete"}}}`
	for err, want := range map[error]int{
		fault.New(fault.Unavailable, "the disk is full"): http.StatusServiceUnavailable, fault.New(fault.Conflict, "other"): http.StatusConflict,
		errors.New("password=hunter2"): http.StatusInternalServerError,
	} {
		k := newKeeper(t)
		k.err = err
		if status, answer := post(t, k, learner(), "text/plain", good); status != want || strings.Contains(answer, "hunter2") {
			t.Errorf("%v: %d %s", err, status, answer)
		}
	}
	k := newKeeper(t)
	hangup := iotest.ErrReader(errors.New("hung up"))
	if status, answer := postAs(t, k, learner(), "text/plain", hangup, &access.Caller{Scopes: []access.Scope{access.StatementsWrite}}); status != http.StatusBadRequest || len(k.kept) != 0 {
		t.Errorf("a hang-up: %d %s", status, answer)
	}
	if status, answer := postAs(t, k, learner(), "text/plain", iotest.ErrReader(tooSlow{}), &access.Caller{Scopes: []access.Scope{access.StatementsWrite}}); status != http.StatusRequestTimeout || len(k.kept) != 0 {
		t.Errorf("a slow body: %d %s", status, answer)
	}
}

// tooSlow is what a server's limits make of a body.
type tooSlow struct{}

func (tooSlow) Error() string   { return "too slow" }
func (tooSlow) HTTPStatus() int { return http.StatusRequestTimeout }

func TestOnlyPostIsTaken(t *testing.T) {
	w := httptest.NewRecorder()
	scorm.New(newKeeper(t), scorm.Options{}).Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/scorm/commit", nil))
	if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != http.MethodPost {
		t.Errorf("%d, Allow %q", w.Code, w.Header().Get("Allow"))
	}
}

// FuzzCommit looks for commits that make the endpoint panic, make statements
// that are not valid, or are not the same when they come again.
func FuzzCommit(f *testing.F) {
	for _, requests := range recorded(f) {
		for _, r := range requests {
			f.Add([]byte(r.Body))
		}
	}
	f.Add([]byte(`{"cmi":{"core":{"score":{"raw":1e308,"min":-1e308,"max":"1e308"}},"interactions":{"-1":{},"x":{"id":1},"9999999999999999999":null}}}`))
	f.Add([]byte("cmi.interactions.0.id=\xff&cmi.interactions.0.student_response=\xfe&cmi.core.total_time=1"))
	f.Fuzz(func(t *testing.T, body []byte) {
		k := newKeeper(t)
		status, answer := post(t, k, learner(), "text/plain", string(body))
		if status != http.StatusOK && status != http.StatusBadRequest && status != http.StatusRequestEntityTooLarge {
			t.Fatalf("%d %s", status, answer)
		}
		kept := len(k.kept)
		if again, answer := post(t, k, learner(), "text/plain", string(body)); again != status || len(k.kept) != kept {
			t.Fatalf("again %d %s, %d statements after %d", again, answer, len(k.kept), kept)
		}
	})
}
