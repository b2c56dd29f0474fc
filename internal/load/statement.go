// Package load makes traffic for benchmarks, for the crash test and for long
// runs: statements and events of a chosen variety, sent by concurrent clients
// that remember what was acknowledged. It talks to the server over HTTP alone.
package load

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// Variety says among how many actors, verbs and activities the traffic draws.
// With Groups the actor is a Group of three.
type Variety struct {
	Actors, Verbs, Activities int
	Groups                    bool
}

// Low and High are the varieties of the benchmarks: a handful of everything, as
// in one class on one day, and the breadth of a large academy.
var (
	Low  = Variety{Actors: 4, Verbs: 10, Activities: 10}
	High = Variety{Actors: 100_000, Verbs: 10, Activities: 10_000}
)

// Source draws statements and events, the same ones for the same seed. It is
// not safe for concurrent use: give each client its own.
type Source struct {
	Variety
	draw *rand.Rand
	from time.Time
	n    int
}

// NewSource makes a source; its records are dated from the given time on, one
// second apart.
func NewSource(v Variety, seed uint64, from time.Time) *Source {
	return &Source{Variety: v, draw: rand.New(rand.NewPCG(seed, 0x6c6f6164)), from: from.UTC()}
}

// UUID draws a random identifier of version 4.
func (s *Source) UUID() string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], s.draw.Uint64())
	binary.BigEndian.PutUint64(b[8:], s.draw.Uint64())
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	h := hex.EncodeToString(b[:])
	return strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:]}, "-")
}

// Statement draws a statement of about 1.4 KB, with a score, a duration, a
// registration and two context activities, as authoring tools send them.
func (s *Source) Statement() (id string, body []byte) {
	id = s.UUID()
	s.n++
	activity, verb := s.draw.IntN(s.Activities), s.draw.IntN(s.Verbs)
	scaled := float64(s.draw.IntN(101)) / 100
	body = fmt.Appendf(nil, `{"id":%q,"actor":%s,"verb":{"id":%q,"display":{"en-US":"did thing %d"}},"object":{"objectType":"Activity","id":%q,"definition":{"type":"http://adlnet.gov/expapi/activities/lesson","name":{"en-US":"Lesson %d","de-DE":"Lektion %d"},"description":{"en-US":"What a customer needs to know before the first report: where the data come from, who may see them, and how often they change."}}},`+
		`"result":{"score":{"scaled":%g,"raw":%g,"min":0,"max":100},"success":%t,"completion":true,"duration":"PT%dM%dS"},"context":{"registration":%q,"platform":"Load generator","language":"en-US","instructor":{"objectType":"Agent","name":"Instructor %d","mbox":"mailto:instructor%d@school.example"},`+
		`"contextActivities":{"parent":[{"objectType":"Activity","id":"https://lms.example/course/%d"}],"grouping":[{"objectType":"Activity","id":"https://lms.example/program/%d"}],"category":[{"objectType":"Activity","id":"https://w3id.org/xapi/cmi5/context/categories/moveon"}]},"extensions":{"https://lms.example/extension/session":%q,"https://lms.example/extension/attempt":%d}},"timestamp":%q}`,
		id, s.actor(), Verb(verb), verb, Activity(activity), activity, activity,
		scaled, scaled*100, scaled >= 0.5, s.draw.IntN(50), s.draw.IntN(60), s.UUID(), activity%25, activity%25,
		activity/20, activity/200, s.UUID(), 1+s.draw.IntN(3), s.from.Add(time.Duration(s.n)*time.Second).Format(time.RFC3339Nano))
	return id, body
}

// Statements draws a batch as a JSON array.
func (s *Source) Statements(n int) (ids []string, body []byte) {
	body = append(body, '[')
	for i := range n {
		if i > 0 {
			body = append(body, ',')
		}
		id, one := s.Statement()
		ids, body = append(ids, id), append(body, one...)
	}
	return ids, append(body, ']')
}

// verbs that a learning platform sends, all of which become facts.
func verbs() []string {
	return []string{"completed", "experienced", "answered", "attempted", "passed", "failed", "progressed", "initialized", "registered", "commented"}
}

// Verb is the IRI of the n-th verb; there are ten.
func Verb(n int) string { return "http://adlnet.gov/expapi/verbs/" + verbs()[n%len(verbs())] }

func (s *Source) actor() string {
	if !s.Groups {
		return Agent(s.draw.IntN(s.Actors))
	}
	members := make([]string, 3)
	for i := range members {
		members[i] = Agent(s.draw.IntN(s.Actors))
	}
	return fmt.Sprintf(`{"objectType":"Group","name":"Team %d","mbox":"mailto:team%d@customer.example","member":[%s]}`, s.n%50, s.n%50, strings.Join(members, ","))
}

// Agent is the JSON of the n-th actor, for queries too.
func Agent(n int) string {
	return fmt.Sprintf(`{"objectType":"Agent","name":"Learner %d","account":{"homePage":"https://lms.example","name":"learner-%d"}}`, n, n)
}

// Activity is the IRI of the n-th activity.
func Activity(n int) string { return fmt.Sprintf("https://lms.example/lesson/%d", n) }

// Events draws a batch of the tracking API.
func (s *Source) Events(n int) (ids []string, body []byte) {
	body = append(body, `{"batch":[`...)
	for i := range n {
		if i > 0 {
			body = append(body, ',')
		}
		id := s.UUID()
		s.n++
		ids = append(ids, id)
		body = fmt.Appendf(body, `{"type":"track","messageId":%q,"userId":"user-%d","event":"Feature %d used","properties":{"plan":"pro","quantity":%d,"screen":"reports/detail"},"context":{"groupId":"account-%d","library":{"name":"load","version":"1"},"locale":"en-US"},"timestamp":%q}`,
			id, s.draw.IntN(s.Actors), s.draw.IntN(s.Verbs), 1+s.draw.IntN(9), s.draw.IntN(max(1, s.Actors/20)), s.from.Add(time.Duration(s.n)*time.Second).Format(time.RFC3339Nano))
	}
	return ids, append(body, `]}`...)
}
