package lrs_test

import (
	"strings"
	"testing"
)

const (
	cmi5Progress = `"https://w3id.org/xapi/cmi5/result/extensions/progress"`
	video        = "https://w3id.org/xapi/video/"
	facts        = "SELECT verb, score, success, duration_seconds FROM learning"
	further      = "SELECT array_to_string(list_sort(list_transform(list_filter(map_entries(attributes), lambda e: e.key <> 'xapi_verb'), lambda e: e.key || '=' || e.value)), ' ') FROM learning"
)

// of narrows a query to the facts of a test's statement.
func of(query, name string) string {
	for _, key := range [][2]string{{"learning", "event_id"}, {"response", "response_id"}} {
		query = strings.ReplaceAll(query, "FROM "+key[0], "FROM (SELECT * FROM "+key[0]+" WHERE "+key[1]+" = '"+id(name)+"')")
	}
	return query
}

// TestWhatStatementsMean projects statements of which each has one point.
func TestWhatStatementsMean(t *testing.T) {
	b := newBench(t)
	tests := []struct{ name, source, statement, query, want string }{
		// verbs
		{"registered", "ADL vocabulary", text("a@x.com", "registered", "http://x/a", ""), facts, "enrolled ∅ ∅ ∅"},
		{"launched", "cmi5 9.3.1", text("a@x.com", "launched", "http://x/a", ""), facts, "started ∅ ∅ ∅"},
		{"initialized", "cmi5 9.3.2", text("a@x.com", "initialized", "http://x/a", ""), facts, "started ∅ ∅ ∅"},
		{"experienced", "ADL vocabulary", text("a@x.com", "experienced", "http://x/a", ""), facts, "viewed ∅ ∅ ∅"},
		{"passed, said by the verb alone", "cmi5 9.3.4", text("a@x.com", "passed", "http://x/a", ""), facts, "passed ∅ true ∅"},
		{"failed", "cmi5 9.3.5", text("a@x.com", "failed", "http://x/a", `"result":{"score":{"scaled":0.4},"success":false,"duration":"PT1M30S"}`), facts, "failed 0.4 false 90"},
		{"mastered", "ADL vocabulary", text("a@x.com", "mastered", "http://x/a", ""), facts, "passed ∅ true ∅"},
		{"satisfied", "cmi5 9.3.9", text("a@x.com", "https://w3id.org/xapi/adl/verbs/satisfied", "http://x/a", ""), facts, "completed ∅ ∅ ∅"},
		{"unregistered", "TinCan registry", text("a@x.com", "http://id.tincanapi.com/verb/unregistered", "http://x/a", ""), facts, "withdrew ∅ ∅ ∅"},
		{"earned", "TinCan registry", text("a@x.com", "http://id.tincanapi.com/verb/earned", "http://x/a", ""), facts, "certified ∅ ∅ ∅"},
		{"expired", "TinCan registry", text("a@x.com", "http://id.tincanapi.com/verb/expired", "http://x/a", ""), facts, "expired ∅ ∅ ∅"},
		{"attended", "ADL vocabulary", text("a@x.com", "attended", "http://x/a", ""), facts, "attended ∅ ∅ ∅"},
		{"scored with success", "ADL vocabulary", text("a@x.com", "scored", "http://x/a", `"result":{"score":{"scaled":1},"success":true}`), facts, "passed 1 true ∅"},
		{"progressed to the end", "xAPI Data 2.4.5", text("a@x.com", "progressed", "http://x/a", `"result":{"completion":true}`), facts, "completed ∅ ∅ ∅"},
		{"interacted is no learning", "ADL vocabulary", text("a@x.com", "interacted", "http://x/a", ""), facts, ""},
		{"about a person", "xAPI Data 2.4.4.2", strings.Replace(text("a@x.com", "attended", "http://x/a", ""), `{"id":"http://x/a"}`, `{"objectType":"Agent","mbox":"mailto:b@x.com"}`, 1), facts, ""},

		// scores
		{"below nothing", "xAPI Data 2.4.5.1: scaled is -1 to 1", text("a@x.com", "completed", "http://x/a", `"result":{"score":{"scaled":-0.25,"raw":3,"max":4}}`), facts, "completed 0 ∅ ∅"},
		{"raw within bounds", "xAPI Data 2.4.5.1", text("a@x.com", "completed", "http://x/a", `"result":{"score":{"raw":30,"min":20,"max":40}}`), facts, "completed 0.5 ∅ ∅"},
		{"raw of a maximum", "xAPI Data 2.4.5.1", text("a@x.com", "completed", "http://x/a", `"result":{"score":{"raw":30,"max":40}}`), facts, "completed 0.75 ∅ ∅"},
		{"raw of nothing known", "xAPI Data 2.4.5.1", text("a@x.com", "completed", "http://x/a", `"result":{"score":{"raw":30}}`), facts, "completed ∅ ∅ ∅"},

		// extent
		{"cmi5 progress", "cmi5 9.5.5.1: 0 to 100", text("a@x.com", "progressed", "http://x/a", `"result":{"extensions":{`+cmi5Progress+`:1}}`), further, "progress=0.01"},
		{"where it ended", "cmi5 9.3.8", text("a@x.com", "terminated", "http://x/a", `"result":{"duration":"PT2M"}`), "SELECT verb, duration_seconds, attributes['ended'] FROM learning", "progressed 120 terminated"},
		{"a paused video", "Video Profile 2.5", text("a@x.com", video+"verbs/paused", "http://x/a", `"result":{"extensions":{"`+video+`extensions/time":12.5,"`+video+`extensions/progress":0.25,"`+video+`extensions/played-segments":"0[.]10[,]5[.]12.5"}}`), further, "position_seconds=12.5 progress=0.25 watched_seconds=12.5"},
		{"a seek goes to its end", "Video Profile 2.5", text("a@x.com", video+"verbs/seeked", "http://x/a", `"result":{"extensions":{"`+video+`extensions/time-to":40,"`+video+`extensions/time-from":3}}`), further, "position_seconds=40"},
		{"a completed video", "Video Profile 2.5; overlaps once: 10 + 5", text("a@x.com", "completed", "http://x/a", `"result":{"extensions":{"`+video+`extensions/played-segments":"0[.]10[,]20[.]25[,]2[.]3"}}`), facts, "completed ∅ ∅ 15"},
		{"a malformed segment", "Video Profile 2.5; seen in the wild", text("a@x.com", "terminated", "http://x/a", `"result":{"extensions":{"`+video+`extensions/played-segments":"0[.]42[,]43[.]124[,]176"}}`), facts, "progressed ∅ ∅ 123"},
		{"two weeks", "ISO 8601 4.4.3.2", text("a@x.com", "completed", "http://x/a", `"result":{"duration":"P2W"}`), facts, "completed ∅ ∅ 1.2096e+06"},

		// where
		{"context", "xAPI Data 2.4.6", text("a@x.com", "completed", "http://x/a", `"context":{"registration":"6f2a4bc0-4b3c-4cc2-9a39-d5cf4c3ac2a3","platform":"in Germany","language":"de","extensions":{"https://w3id.org/xapi/cmi5/context/extensions/sessionid":"s1"}}`),
			"SELECT country, attributes['registration'], attributes['platform'], attributes['language'], attributes['session'] FROM learning", "DE 6f2a4bc0-4b3c-4cc2-9a39-d5cf4c3ac2a3 in Germany de s1"},
		{"time in another zone", "RFC 3339", strings.Replace(text("a@x.com", "completed", "http://x/a", ""), "2026-05-04T10:00:00Z", "2026-05-04T10:00:00.123456+02:00", 1), "SELECT time::VARCHAR FROM learning", "2026-05-04 08:00:00.123456"},
		{"without a time", "xAPI Data 2.4.7: then it is when it was stored", strings.Replace(text("a@x.com", "completed", "http://x/a", ""), `,"timestamp":"2026-05-04T10:00:00Z"`, "", 1), "SELECT time::DATE::VARCHAR FROM learning", "2026-06-01"},
	}
	for _, tt := range tests {
		b.put(tt.name, tt.statement)
	}
	b.catchUp()
	for _, tt := range tests {
		if got := strings.Join(b.rows(of(tt.query, tt.name)), "\n"); got != tt.want {
			t.Errorf("%s: got %q, want %q (%s)", tt.name, got, tt.want, tt.source)
		}
	}
}

func TestWhoIsMeant(t *testing.T) {
	b := newBench(t)
	ann, bob := `{"mbox":"mailto:Ann@X.com"}`, `{"account":{"homePage":"http://x.com","name":"Bob@x.com"}}`
	for _, tt := range []struct {
		name, actor string
		want        []string
	}{
		{"address", ann, []string{"ann@x.com"}},
		{"digest", `{"mbox_sha1sum":"EBD31E95054C018B10727CCFFD2EF2EC3A016EE9"}`, []string{"sha1:ebd31e95054c018b10727ccffd2ef2ec3a016ee9"}},
		{"OpenID", `{"openid":"https://ann.x.com/"}`, []string{"https://ann.x.com/"}},
		{"account", bob, []string{"http://x.com|Bob@x.com"}},
		{"a group with a name of its own", `{"objectType":"Group","mbox":"mailto:team@x.com","member":[` + ann + `]}`, []string{"team@x.com"}},
		{"each member of any other", `{"objectType":"Group","member":[` + ann + `,` + bob + `]}`, []string{"ann@x.com", "http://x.com|Bob@x.com"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b.put(tt.name, strings.Replace(text("x@x.com", "completed", "http://x/a", ""), `{"mbox":"mailto:x@x.com"}`, tt.actor, 1))
			b.catchUp()
			b.want("SELECT person_id FROM learning WHERE starts_with(event_id, '"+id(tt.name)+"') ORDER BY event_id", tt.want...)
		})
	}
	b.put("by address", text("bob@x.com", "passed", "http://x/a", ""))
	b.catchUp()
	b.want("SELECT count(*), count(DISTINCT i.person_id) FROM learning l JOIN identity i ON i.value = l.person_id WHERE lower(l.person_id) LIKE '%bob@x.com'", "3 1")
}

func TestAnswersKeepWhatWasAsked(t *testing.T) {
	b := newBench(t)
	question := func(definition, response string) string {
		return strings.Replace(text("a@x.com", "answered", "http://x/q", `"result":{"success":true,"response":"`+response+`"}`),
			`{"id":"http://x/q"}`, `{"id":"http://x/q","definition":{"type":"http://adlnet.gov/expapi/activities/cmi.interaction",`+definition+`}}`, 1)
	}
	for _, tt := range []struct{ name, statement, want string }{
		// the definitions are those of xAPI Data, appendix C
		{"choice", question(`"interactionType":"choice","correctResponsesPattern":["golf[,]tetris"],"choices":[{"id":"golf","description":{"en-US":"Golf Example"}},{"id":"tetris","description":{"en-US":"Tetris Example","de":"Beispiel"}}]`, "golf[,]tetris"),
			"choice golf[,]tetris golf[,]tetris Golf Example; Tetris Example"},
		{"matching", question(`"interactionType":"matching","correctResponsesPattern":["ben[.]3[,]chris[.]2"],"source":[{"id":"ben","description":{"en-US":"Ben"}},{"id":"chris","description":{"en-US":"Chris"}}],"target":[{"id":"3","description":{"en-US":"SCORM Engine"}},{"id":"2","description":{"en-US":"Pure-sewage"}}]`, "ben[.]2[,]chris[.]3"),
			"matching ben[.]2[,]chris[.]3 ben[.]3[,]chris[.]2 Ben: Pure-sewage; Chris: SCORM Engine"},
		{"performance", question(`"interactionType":"performance","correctResponsesPattern":["pong[.]1:[,]dg[.]:10"],"steps":[{"id":"pong","description":{"en-US":"Net pong matches won"}},{"id":"dg","description":{"en-US":"Strokes over par"}}]`, "pong[.]3[,]dg[.]2"),
			"performance pong[.]3[,]dg[.]2 pong[.]1:[,]dg[.]:10 Net pong matches won: 3; Strokes over par: 2"},
		{"true-false", question(`"interactionType":"true-false","correctResponsesPattern":["true"]`, "true"), "true-false true true ∅"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b.put(tt.name, tt.statement)
			b.catchUp()
			b.want(of("SELECT attributes['interaction_type'], attributes['response'], attributes['correct_pattern'], attributes['chosen'] FROM learning", tt.name), tt.want)
			b.want("SELECT kind FROM activity", "question")
		})
	}
}

func TestOpinionsAreResponses(t *testing.T) {
	b := newBench(t)
	likert := strings.Replace(text("a@x.com", "answered", "http://x/q", `"result":{"response":"likert_3"}`), `{"id":"http://x/q"}`,
		`{"id":"http://x/q","definition":{"interactionType":"likert","scale":[{"id":"likert_0"},{"id":"likert_1"},{"id":"likert_2"},{"id":"likert_3"}]}}`, 1)
	for _, tt := range []struct{ name, statement, want string }{
		{"stars", text("a@x.com", "http://id.tincanapi.com/verb/rated", "http://x/a", `"result":{"score":{"raw":4,"min":0,"max":5},"response":"fine"}`), "rating education http://x/a 4 5 fine"},
		{"thumb down", text("a@x.com", "http://id.tincanapi.com/verb/voted-down", "http://x/a", ""), "rating education http://x/a 0 1 ∅"},
		{"scale", likert, "rating education http://x/q 4 4 ∅"},
		{"comment", text("a@x.com", "commented", "http://x/a", `"result":{"response":"too long"}`), "text education http://x/a ∅ ∅ too long"},
		{"a rating without a value", text("a@x.com", "http://id.tincanapi.com/verb/rated", "http://x/a", ""), ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b.put(tt.name, tt.statement)
			b.catchUp()
			if got := strings.Join(b.rows(of("SELECT kind, target, question, score, scale_max, text FROM response", tt.name)), "\n"); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			b.want(of("SELECT count(*) FROM learning", tt.name), "1")
		})
	}
}

func TestActivitiesAreDescribed(t *testing.T) {
	b := newBench(t)
	activity := func(id, kind, more string) string {
		return `{"id":"` + id + `","definition":{"type":"http://adlnet.gov/expapi/activities/` + kind + `"` + more + `}}`
	}
	lesson := activity("http://x/l", "lesson", `,"name":{"de":"Anfang","en-GB":"Beginning"},"extensions":{"http://x/ext/position":3}`)
	b.put("s", strings.Replace(text("a@x.com", "completed", "http://x/l", `"context":{"contextActivities":{"parent":[`+activity("http://x/m", "module", "")+`],"grouping":[`+
		activity("http://x/c", "course", `,"name":{"en":"The course"}`)+`,{"id":"http://x/p","definition":{"type":"http://x/types/program"}}]}}`), `{"id":"http://x/l"}`, lesson, 1))
	b.catchUp()
	query := "SELECT activity_id, title, kind, format, course, program, position FROM activity ORDER BY 1"
	b.want(query, "http://x/c The course course ∅ http://x/c ∅ ∅", "http://x/l Beginning lesson ∅ http://x/c http://x/p 3", "http://x/p ∅ program ∅ ∅ http://x/p ∅")
	b.put("t", strings.Replace(text("a@x.com", "completed", "http://x/l", ""), `{"id":"http://x/l"}`, activity("http://x/l", "lesson", `,"name":{"en-GB":"Begin"}`), 1),
		"v", strings.Replace(text("a@x.com", video+"verbs/played", "http://x/v", ""), `{"id":"http://x/v"}`, `{"id":"http://x/v","definition":{"type":"`+video+`activity-type/video"}}`, 1))
	b.catchUp()
	b.want("SELECT title, course, kind, format FROM activity WHERE activity_id IN ('http://x/l', 'http://x/v') ORDER BY activity_id", "Begin http://x/c lesson ∅", "∅ ∅ lesson video")
}
