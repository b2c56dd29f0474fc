package track_test

import (
	"compress/gzip"
	"io"
	"strings"
	"testing"
)

func newGzip(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }

const usage = `SELECT event_id, strftime(time, '%H:%M:%S.%g'), person_id, account_id, feature, quantity::VARCHAR FROM usage ORDER BY event_id`

func TestTrackBecomesUsage(t *testing.T) {
	b := newBench(t)
	b.ok("/v1/track", `{"userId":"u1","event":"Report Exported","messageId":"m1","timestamp":"2026-11-22T11:00:00.5Z",
		"properties":{"quantity":3,"Plan Name":"pro","nested":{"deep":{"er":1,"est":{"x":2}}},"list":[1],"none":null,"yes":true},
		"context":{"groupId":"acme","locale":"de-DE","timezone":"Europe/Berlin","page":{"path":"/a?token=1","url":"https://x/?q=1"},"device":{"type":"ios"},"os":{"name":"iOS","version":"18"},"app":{"name":"App","version":"1.2"},"ip":"1.2.3.4","userAgent":"secret"}}`)
	b.want(usage, []string{"m1", "11:00:00.500", "u1", "acme", "Report Exported", "3.0"})
	b.want(`SELECT k, attributes[k] FROM (SELECT attributes, unnest(map_keys(attributes)) AS k FROM usage) ORDER BY k`,
		[]string{"app", "App"}, []string{"app_version", "1.2"}, []string{"device_type", "ios"}, []string{"event", "Report Exported"},
		[]string{"group_id", "acme"}, []string{"kind", "track"}, []string{"locale", "de-DE"}, []string{"nested_deep_er", "1"}, []string{"os", "iOS"},
		[]string{"os_version", "18"}, []string{"page_path", "/a"}, []string{"plan_name", "pro"}, []string{"quantity", "3"}, []string{"timezone", "Europe/Berlin"}, []string{"yes", "true"})
}

func TestCallsBecomeFacts(t *testing.T) {
	b := newBench(t)
	for _, tt := range []struct {
		name  string
		calls []string // path, body
		query string
		want  [][]string
	}{{
		name:  "an anonymous event belongs to the anonymous id",
		calls: []string{"/v1/track", `{"anonymousId":"a1","event":"E","messageId":"m"}`},
		query: "SELECT person_id, strftime(time, '%Y-%m-%d %H:%M') FROM usage",
		want:  [][]string{{"anon:a1", "2026-11-22 12:00"}},
	}, {
		name:  "the event's own group is the account",
		calls: []string{"/v1/track", `{"userId":"u","event":"E","messageId":"m","groupId":"g1","context":{"groupId":"g2"}}`},
		query: "SELECT account_id FROM usage",
		want:  [][]string{{"g1"}},
	}, {
		name:  "a batch's context holds for events without one",
		calls: []string{"/v1/batch", `{"batch":[{"type":"track","userId":"u","event":"E","messageId":"m","context":{"locale":"fr"}}],"context":{"locale":"en","timezone":"UTC","groupId":"g"}}`},
		query: "SELECT account_id, attributes['locale'], attributes['timezone'] FROM usage",
		want:  [][]string{{"g", "fr", "UTC"}},
	}, {
		name:  "value counts as quantity, a negative one does not",
		calls: []string{"/v1/batch", `{"batch":[{"type":"track","userId":"u","event":"A","messageId":"1","properties":{"value":2.5}},{"type":"track","userId":"u","event":"A","messageId":"2","properties":{"value":-1}},{"type":"track","userId":"u","event":"A","messageId":"3","properties":{"value":"many"}}]}`},
		query: "SELECT event_id, quantity::VARCHAR FROM usage ORDER BY 1",
		want:  [][]string{{"1", "2.5"}, {"2", ""}, {"3", ""}},
	}, {
		name:  "a page goes by its name",
		calls: []string{"/v1/page", `{"userId":"u","name":"Pricing","messageId":"m","properties":{"path":"/pricing","url":"https://u:p@x.y/pricing?mail=a@b.c#top","title":"Prices","search":"?mail=a@b.c","referrer":"https://z/?q=secret"}}`},
		query: "SELECT feature, attributes['kind'], attributes['event'], attributes['path'], attributes['url'], attributes['title'], attributes['search'], attributes['referrer'] FROM usage",
		want:  [][]string{{"Pricing", "page", "Pricing", "/pricing", "https://x.y/pricing", "Prices", "", "https://z/"}},
	}, {
		name:  "a page without a name goes by the pattern of its path",
		calls: []string{"/v1/p", `{"anonymousId":"a","messageId":"m","properties":{"url":"https://x.y/users/4711/orders/0b9c2a52-2c4e-4b43-9d26-3f6f0f6b1e7a/edit?x=1"}}`},
		query: "SELECT feature, attributes['path'] FROM usage",
		want:  [][]string{{"/users/:id/orders/:id/edit", "/users/4711/orders/0b9c2a52-2c4e-4b43-9d26-3f6f0f6b1e7a/edit"}},
	}, {
		name:  "a screen is a use too",
		calls: []string{"/v1/screen", `{"userId":"u","name":"Home","messageId":"m"}`},
		query: "SELECT feature, attributes['kind'] FROM usage",
		want:  [][]string{{"Home", "screen"}},
	}, {
		name:  "properties cannot pass for what the server writes",
		calls: []string{"/v1/track", `{"userId":"u","event":"E","messageId":"m","properties":{"event":"x","kind":"page","group_id":"evil"}}`},
		query: "SELECT attributes['event'], attributes['kind'], attributes['group_id'], attributes['property_group_id'], account_id FROM usage",
		want:  [][]string{{"E", "track", "", "evil", ""}},
	}, {
		name:  "identify describes the person",
		calls: []string{"/v1/identify", `{"userId":"u","messageId":"m","timestamp":"2026-11-22T10:00:00Z","traits":{"email":"Ann@Example.com ","name":"Ann","title":"Head","phone":"1","audience":"Partner","address":{"country":"de","city":"Bonn"},"timezone":"Europe/Berlin","createdAt":"2024-02-03T04:05:06Z","seniority":"high","logins":7,"lastLogin":"2026-11-22"}}`},
		query: "SELECT person_id, email, role, audience, country, timezone, strftime(created_at, '%Y-%m-%d'), array_to_string(map_keys(attributes), ' ') FROM person",
		want:  [][]string{{"u", "ann@example.com", "Head", "partner", "DE", "Europe/Berlin", "2024-02-03", "seniority"}},
	}, {
		name:  "identify with a company makes a member and describes the account",
		calls: []string{"/v1/identify", `{"userId":"u","messageId":"m","timestamp":"2026-11-22T10:00:00Z","traits":{"company":{"id":"c1","name":"Acme","employee_count":12,"plan":"pro"}}}`},
		query: "SELECT p.account_id, strftime(p.created_at, '%H:%M'), a.name, a.seats::VARCHAR, a.plan, p.attributes::VARCHAR FROM person p JOIN account a USING (account_id)",
		want:  [][]string{{"c1", "10:00", "Acme", "12", "pro", ""}},
	}, {
		name:  "group describes the account and makes a member",
		calls: []string{"/v1/group", `{"userId":"u","groupId":"g","messageId":"m","timestamp":"2026-11-22T09:00:00Z","traits":{"name":"Acme","plan":"pro","industry":"steel","employees":300,"country":"us","createdAt":1700000000,"tier":2}}`},
		query: "SELECT p.person_id, strftime(p.created_at, '%H:%M'), a.account_id, a.name, a.plan, a.industry, a.seats::VARCHAR, a.country, strftime(a.signup_at, '%Y-%m-%d'), a.attributes['tier'] FROM account a JOIN person p USING (account_id)",
		want:  [][]string{{"u", "09:00", "g", "Acme", "pro", "steel", "300", "US", "2023-11-14", "2"}},
	}, {
		name:  "a group without traits is an account all the same",
		calls: []string{"/v1/g", `{"userId":"u","groupId":"g","messageId":"m"}`},
		query: "SELECT account_id FROM account",
		want:  [][]string{{"g"}},
	}, {
		name: "later traits replace earlier ones, whichever arrives first",
		calls: []string{
			"/v1/identify", `{"userId":"u","messageId":"2","timestamp":"2026-11-22T10:00:00Z","traits":{"role":"new","audience":"partner"}}`,
			"/v1/identify", `{"userId":"u","messageId":"1","timestamp":"2026-11-22T09:00:00Z","traits":{"role":"old","timezone":"UTC"}}`},
		query: "SELECT role, audience, timezone FROM person",
		want:  [][]string{{"new", "partner", "UTC"}},
	}, {
		name:  "a course event becomes learning",
		calls: []string{"/v1/track", `{"userId":"u","event":"Lesson Completed","messageId":"m","properties":{"course_id":"c1","lesson_id":"l1","lessonTitle":"One","score":80,"duration":90,"passed":true}}`},
		query: "SELECT l.event_id, l.person_id, l.activity_id, l.verb, l.score::VARCHAR, l.success::VARCHAR, l.duration_seconds::VARCHAR, a.kind, a.title, a.course FROM learning l JOIN activity a USING (activity_id)",
		want:  [][]string{{"m", "u", "l1", "completed", "0.8", "true", "90.0", "lesson", "One", "c1"}},
	}, {
		name:  "a course event that names no course is a use of the product",
		calls: []string{"/v1/track", `{"userId":"u","event":"Course Completed","messageId":"m","properties":{"name":"x"}}`},
		query: "SELECT feature, (SELECT count(*) FROM learning) FROM usage",
		want:  [][]string{{"Course Completed", "0"}},
	}} {
		t.Run(tt.name, func(t *testing.T) {
			b.t = t
			b.reset()
			for i := 0; i < len(tt.calls); i += 2 {
				b.ok(tt.calls[i], tt.calls[i+1])
			}
			b.want(tt.query, tt.want...)
		})
	}
}

func TestTrainingEventNames(t *testing.T) {
	b := newBench(t)
	for name, verb := range map[string]string{
		"Course Enrolled": "enrolled", "course_started": "started", "courseProgressed": "progressed", "Lesson Viewed": "viewed",
		"Quiz Attempted": "attempted", "Quiz Passed": "passed", "Quiz Failed": "failed", "Question Answered": "answered",
		"Course Rated": "rated", "Certificate Earned": "certified", "Certificate Expired": "expired", "Webinar Attended": "attended",
		"Webinar Registered": "enrolled", "Training Assigned": "invited", "Learning Path Completed": "completed",
	} {
		b.ok("/v1/track", `{"userId":"u","event":"`+name+`","messageId":"`+name+`","properties":{"course_id":"c"}}`)
		b.want("SELECT verb, attributes['event'] FROM learning WHERE event_id = '"+name+"'", []string{verb, name})
	}
}

func TestScoresAreShares(t *testing.T) {
	b := newBench(t)
	for properties, want := range map[string]string{
		`"score":0.7`: "0.7", `"score":70`: "0.7", `"score":7,"max_score":10`: "0.7", `"score_percent":1`: "0.01", `"rating":4,"rating_max":5`: "0.8",
		`"rating":4`: "", `"score":120`: "", `"score":-1`: "", `"score":11,"max_score":10`: "", `"score":"A"`: "",
	} {
		b.ok("/v1/track", `{"userId":"u","event":"Quiz Completed","messageId":"`+strings.ReplaceAll(properties, `"`, "'")+`","properties":{"quiz_id":"q",`+properties+`}}`)
		b.want("SELECT score::VARCHAR FROM learning WHERE event_id = '"+strings.ReplaceAll(properties, `"`, "''")+"'", []string{want})
	}
}

func TestTheRequestsCountryMarksLearningAndPeopleWithoutOne(t *testing.T) {
	b := newBench(t)
	b.caller.Country = "FR"
	b.ok("/v1/batch", `{"batch":[
		{"type":"track","userId":"u","event":"Course Started","messageId":"1","properties":{"course_id":"c"}},
		{"type":"identify","userId":"u","messageId":"2","traits":{"role":"r"}},
		{"type":"identify","userId":"v","messageId":"3","traits":{"country":"IT"}}]}`)
	b.restart()
	b.caller.Country = "ES"
	b.ok("/v1/batch", `{"batch":[{"type":"identify","userId":"u","messageId":"4","traits":{"role":"s"}},{"type":"identify","userId":"v","messageId":"5","traits":{"role":"s"}}]}`)
	b.want("SELECT country FROM learning", []string{"FR"})
	b.want("SELECT person_id, country, role FROM person ORDER BY 1", []string{"u", "FR", "s"}, []string{"v", "IT", "s"})
}
