package xapi_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/liftmark/liftmark/xapi"
)

// full is a statement of version 2.0 that has every property that comparison
// knows; a SubStatement repeats what a statement has.
const full = `{
 "id":"7c1d5a0e-52c3-4d4e-8f0a-1b2c3d4e5f60",
 "actor":{"objectType":"Group","name":"Crew","mbox":"mailto:crew@example.com","member":[
  {"mbox":"mailto:ann@example.com","name":"Ann"},{"mbox_sha1sum":"ebd31e95054c018b10727ccffd2ef2ec3a016ee9"},{"account":{"homePage":"https://lms.example.com","name":"bob"}}]},
 "verb":{"id":"http://adlnet.gov/expapi/verbs/planned","display":{"en":"planned"}},
 "object":{"objectType":"SubStatement",
  "actor":{"objectType":"Agent","openid":"https://ann.example.com/"},
  "verb":{"id":"http://adlnet.gov/expapi/verbs/visited"},
  "object":{"objectType":"Activity","id":"https://example.com/site","definition":{"name":{"en":"Site"}}},
  "result":{"duration":"PT1.50S","extensions":{"https://example.com/x":[1,{"a":null}]}},
  "timestamp":"2026-03-04T09:00:00Z"},
 "result":{"score":{"scaled":0.5,"raw":5,"min":0,"max":10},"success":true,"completion":false,"response":"b","duration":"PT2M14.25S",
  "extensions":{"https://example.com/n":{"big":12345678901234567890,"list":[1,2]}}},
 "context":{"registration":"0f6f4a52-7a51-4c0b-93a4-9b8a6a2f6c11","instructor":{"mbox":"mailto:ida@example.com"},
  "team":{"objectType":"Group","mbox":"mailto:team@example.com"},"language":"en-GB",
  "statement":{"objectType":"StatementRef","id":"11111111-52c3-4d4e-8f0a-1b2c3d4e5f60"},
  "contextActivities":{"parent":[{"id":"https://example.com/course"}],"category":[{"id":"https://example.com/a"},{"id":"https://example.com/b"}]},
  "contextAgents":[{"objectType":"contextAgent","agent":{"mbox":"mailto:cy@example.com"},"relevantTypes":["https://example.com/coach"]}],
  "contextGroups":[{"objectType":"contextGroup","group":{"objectType":"Group","mbox":"mailto:g@example.com"},"relevantTypes":["https://example.com/peer"]}],
  "extensions":{"https://example.com/flag":true}},
 "timestamp":"2026-03-04T10:15:30.250Z",
 "attachments":[{"usageType":"https://example.com/certificate","display":{"en-GB":"Certificate"},"description":{"en":"Of attendance"},
  "contentType":"text/plain; charset=utf-8","length":3,"sha2":"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad","fileUrl":"https://example.com/c"}]
}`

func parse(t testing.TB, v xapi.Version, text string) *xapi.Statement {
	t.Helper()
	s, err := xapi.Parse(v, []byte(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return s
}

// swap replaces text that must be there.
func swap(t testing.TB, text, from, to string) string {
	t.Helper()
	if !strings.Contains(text, from) {
		t.Fatalf("no %q to replace", from)
	}
	return strings.Replace(text, from, to, 1)
}

func TestEqualIgnoresWhatIsNoDifference(t *testing.T) {
	for _, tt := range []struct {
		instance
		from, to string
	}{
		{instance{"LM-13", "an assigned id"}, `"id":"7c1d5a0e-52c3-4d4e-8f0a-1b2c3d4e5f60",`, ``},
		{instance{"LM-13", "an assigned timestamp"}, "\"timestamp\":\"2026-03-04T10:15:30.250Z\",\n", ``},
		{instance{"LM-13", "stored"}, `"id":`, `"stored":"2026-03-04T10:15:31Z","id":`},
		{instance{"LM-13", "authority"}, `"id":`, `"authority":{"mbox":"mailto:lrs@example.com"},"id":`},
		{instance{"LM-13", "version"}, `"id":`, `"version":"2.0.0","id":`},
		{instance{"LM-13", "an activity's definition"}, `,"definition":{"name":{"en":"Site"}}`, ``},
		{instance{"LM-13", "another definition"}, `{"en":"Site"}`, `{"de":"Seite"}`},
		{instance{"LM-13", "a context activity's definition"}, `{"id":"https://example.com/course"}`, `{"id":"https://example.com/course","definition":{"type":"https://example.com/t"}}`},
		{instance{"LM-13", "a verb's display"}, `,"display":{"en":"planned"}`, ``},
		{instance{"LM-13", "the zone of a timestamp"}, `2026-03-04T10:15:30.250Z`, `2026-03-04T11:15:30.25+01:00`},
		{instance{"LM-13", "the zone of a SubStatement's timestamp"}, `2026-03-04T09:00:00Z`, `2026-03-04T04:00:00.000-05:00`},
		{instance{"LM-13", "the case of a mail domain"}, `mailto:crew@example.com`, `mailto:crew@EXAMPLE.com`},
		{instance{"LM-13", "the case of a member's mail domain"}, `mailto:ann@example.com`, `mailto:ann@Example.Com`},
		{instance{"LM-13", "the case of a hash"}, `ebd31e95054c018b10727ccffd2ef2ec3a016ee9`, `EBD31E95054C018B10727CCFFD2EF2EC3A016EE9`},
		{instance{"LM-13", "the case of an attachment's hash"}, `ba7816bf8f01cfea`, `BA7816BF8F01CFEA`},
		{instance{"LM-13", "the case of an id"}, `7c1d5a0e-52c3-4d4e-8f0a-1b2c3d4e5f60`, `7C1D5A0E-52C3-4D4E-8F0A-1B2C3D4E5F60`},
		{instance{"LM-13", "the case of a registration"}, `0f6f4a52-7a51`, `0F6F4A52-7A51`},
		{instance{"LM-13", "the case of a referenced id"}, `1b2c3d4e5f60"},`, `1B2C3D4E5F60"},`},
		{instance{"LM-13", "the case of a language"}, `"language":"en-GB"`, `"language":"en-gb"`},
		{instance{"LM-13", "the case of a map's language"}, `{"en-GB":"Certificate"}`, `{"EN-gb":"Certificate"}`},
		{instance{"LM-13", "the case of a media type"}, `text/plain; charset=utf-8`, `Text/PLAIN;Charset=utf-8`},
		{instance{"LM-13", "objectType Agent that goes without saying"}, `{"objectType":"Agent","openid"`, `{"openid"`},
		{instance{"LM-13", "objectType Activity that goes without saying"}, `{"objectType":"Activity","id"`, `{"id"`},
		{instance{"LM-13", "a single activity for a list of one"}, `[{"id":"https://example.com/course"}]`, `{"id":"https://example.com/course"}`},
		{instance{"IEEE-4.2.7-b", "a duration beyond hundredths"}, `PT2M14.25S`, `PT2M14.259S`},
		{instance{"LM-13", "zeros at a duration's end"}, `PT1.50S`, `PT1.5S`},
		{instance{"LM-13", "how a number is written"}, `"scaled":0.5`, `"scaled":5e-1`},
		{instance{"LM-13", "how a number in an extension is written"}, `"list":[1,2]`, `"list":[1.0,20e-1]`},
		{instance{"LM-13", "the order of an extension's members"}, `{"big":12345678901234567890,"list":[1,2]}`, `{"list":[1,2],"big":12345678901234567890}`},
		{instance{"LM-13", "how a text in an extension is escaped"}, `{"a":null}`, `{"\u0061":null}`},
	} {
		tt.run(t, func(t *testing.T) {
			a, b := parse(t, xapi.V2, full), parse(t, xapi.V2, swap(t, full, tt.from, tt.to))
			for _, pair := range [][2]*xapi.Statement{{a, b}, {b, a}} {
				if same, difference := xapi.Equal(pair[0], pair[1]); !same || difference != "" {
					t.Errorf("differ at %q", difference)
				}
			}
		})
	}
}

func TestEqualNamesTheDifference(t *testing.T) {
	for _, tt := range []struct{ from, to, want string }{
		{`7c1d5a0e`, `8c1d5a0e`, "$.id"},
		{`2026-03-04T10:15:30.250Z`, `2026-03-04T10:15:30.251Z`, "$.timestamp"},
		{`"name":"Crew"`, `"name":"Team"`, "$.actor.name"},
		{`mailto:crew@`, `mailto:Crew@`, "$.actor.mbox"},
		{`"name":"Ann"`, `"name":"Anna"`, "$.actor.member"},
		{`,{"account":{"homePage":"https://lms.example.com","name":"bob"}}`, ``, "$.actor.member"},
		{`verbs/planned`, `verbs/Planned`, "$.verb.id"},
		{`https://ann.example.com/`, `https://ann.example.com`, "$.object.actor.openid"},
		{`verbs/visited`, `verbs/left`, "$.object.verb.id"},
		{`https://example.com/site`, `HTTPS://example.com/site`, "$.object.object.id"},
		{`{"objectType":"Activity","id":"https://example.com/site","definition":{"name":{"en":"Site"}}}`, `{"objectType":"Agent","mbox":"mailto:x@example.com"}`, "$.object.object.objectType"},
		{`"PT1.50S"`, `"PT1.51S"`, "$.object.result.duration"},
		{`[1,{"a":null}]`, `[1,{"a":false}]`, `$.object.result.extensions["https://example.com/x"]`},
		{`2026-03-04T09:00:00Z`, `2026-03-04T09:00:01Z`, "$.object.timestamp"},
		{"},\n  \"timestamp\":\"2026-03-04T09:00:00Z\"", `}`, "$.object.timestamp"},
		{`"scaled":0.5`, `"scaled":0.25`, "$.result.score.scaled"},
		{`"raw":5,`, ``, "$.result.score.raw"},
		{`"min":0`, `"min":1`, "$.result.score.min"},
		{`"max":10`, `"max":11`, "$.result.score.max"},
		{`"success":true`, `"success":false`, "$.result.success"},
		{`"completion":false,`, ``, "$.result.completion"},
		{`"response":"b"`, `"response":"B"`, "$.result.response"},
		{`PT2M14.25S`, `PT134.25S`, "$.result.duration"},
		{`12345678901234567890`, `12345678901234567891`, `$.result.extensions["https://example.com/n"]`},
		{`[1,2]`, `[2,1]`, `$.result.extensions["https://example.com/n"]`},
		{`0f6f4a52`, `1f6f4a52`, "$.context.registration"},
		{`"instructor":{"mbox":"mailto:ida@example.com"},`, ``, "$.context.instructor"},
		{`mailto:team@`, `mailto:Team@`, "$.context.team.mbox"},
		{`"language":"en-GB"`, `"language":"en"`, "$.context.language"},
		{`11111111-`, `11111112-`, "$.context.statement.id"},
		{`https://example.com/course`, `https://example.com/Course`, "$.context.contextActivities.parent[0].id"},
		{`[{"id":"https://example.com/a"},{"id":"https://example.com/b"}]`, `[{"id":"https://example.com/b"},{"id":"https://example.com/a"}]`, "$.context.contextActivities.category[0].id"},
		{`"contextActivities":{"parent":`, `"contextActivities":{"other":`, "$.context.contextActivities.parent"},
		{`mailto:cy@`, `mailto:di@`, "$.context.contextAgents[0].agent.mbox"},
		{`https://example.com/coach`, `https://example.com/mentor`, "$.context.contextAgents[0].relevantTypes"},
		{`mailto:g@`, `mailto:h@`, "$.context.contextGroups[0].group.mbox"},
		{`{"https://example.com/flag":true}`, `{"https://example.com/flag":1}`, `$.context.extensions["https://example.com/flag"]`},
		{`{"https://example.com/flag":true}`, `{"https://example.com/flag":true,"https://example.com/e":null}`, `$.context.extensions["https://example.com/e"]`},
		{`https://example.com/certificate`, `https://example.com/diploma`, "$.attachments[0].usageType"},
		{`"Certificate"`, `"Paper"`, "$.attachments[0].display"},
		{`"Of attendance"`, `"Of success"`, "$.attachments[0].description"},
		{`charset=utf-8`, `charset=ascii`, "$.attachments[0].contentType"},
		{`"length":3`, `"length":4`, "$.attachments[0].length"},
		{`ba7816bf`, `aa7816bf`, "$.attachments[0].sha2"},
		{`https://example.com/c"`, `https://example.com/d"`, "$.attachments[0].fileUrl"},
		{`"en-GB":"Certificate"`, `"en":"Certificate"`, "$.attachments[0].display"},
		{`{"en":"Of attendance"}`, `{"en":"Of attendance","de":"Teilnahme"}`, "$.attachments[0].description"},
		{`[1,{"a":null}]`, `[1,{"a":null},{}]`, `$.object.result.extensions["https://example.com/x"]`},
		{`[1,{"a":null}]`, `[1,{"b":null}]`, `$.object.result.extensions["https://example.com/x"]`},
		{`[1,{"a":null}]`, `{"1":{"a":null}}`, `$.object.result.extensions["https://example.com/x"]`},
		{`[1,{"a":null}]`, `[-1,{"a":null}]`, `$.object.result.extensions["https://example.com/x"]`},
		{`[1,{"a":null}]`, `[1e-9,{"a":null}]`, `$.object.result.extensions["https://example.com/x"]`},
	} {
		t.Run(tt.want+" "+tt.to, func(t *testing.T) {
			a, b := parse(t, xapi.V2, full), parse(t, xapi.V2, swap(t, full, tt.from, tt.to))
			for _, pair := range [][2]*xapi.Statement{{a, b}, {b, a}} {
				if same, difference := xapi.Equal(pair[0], pair[1]); same || difference != tt.want {
					t.Errorf("difference %q, want %q", difference, tt.want)
				}
			}
		})
	}
}

func TestEqualTellsRevisionAndPlatformApart(t *testing.T) {
	const base = `{"actor":{"mbox":"mailto:a@example.com"},"verb":{"id":"https://example.com/v"},"object":{"id":"https://example.com/o"},"context":{"revision":"1","platform":"web"}}`
	a := parse(t, xapi.V1, base)
	for from, want := range map[string]string{`"revision":"1"`: "$.context.revision", `"platform":"web"`: "$.context.platform"} {
		b := parse(t, xapi.V1, swap(t, base, from, strings.Replace(from, `":"`, `":"x`, 1)))
		if _, difference := xapi.Equal(a, b); difference != want {
			t.Errorf("difference %q, want %q", difference, want)
		}
	}
}

func TestEqualComparesReferences(t *testing.T) {
	const base = `{"actor":{"mbox":"mailto:a@example.com"},"verb":{"id":"https://example.com/v"},"object":{"objectType":"StatementRef","id":"7c1d5a0e-52c3-4d4e-8f0a-1b2c3d4e5f60"}}`
	a := parse(t, xapi.V1, base)
	if same, difference := xapi.Equal(a, parse(t, xapi.V1, swap(t, base, "7c1d5a0e", "7C1D5A0E"))); !same {
		t.Errorf("differ at %s", difference)
	}
	if _, difference := xapi.Equal(a, parse(t, xapi.V1, swap(t, base, "7c1d5a0e", "6c1d5a0e"))); difference != "$.object.id" {
		t.Errorf("difference %q", difference)
	}
}

// TestEqualIsBlindToOrder shuffles what has no order, as a property of random
// groups and extensions: members in any order, with their names, and the members
// of an extension's objects.
func TestEqualIsBlindToOrder(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		names := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z]{1,8}`), 1, 12, rapid.ID[string]).Draw(rt, "names")
		seed := rapid.Uint64().Draw(rt, "seed")
		a := groupStatement(names)
		shuffled := slices.Clone(names)
		rand.New(rand.NewPCG(seed, 1)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		if same, difference := xapi.Equal(parse(t, xapi.V1, a), parse(t, xapi.V1, groupStatement(shuffled))); !same {
			rt.Fatalf("differ at %s", difference)
		}
		renamed := append(slices.Clone(shuffled[1:]), shuffled[0]+"0") // as none is called
		if same, _ := xapi.Equal(parse(t, xapi.V1, a), parse(t, xapi.V1, groupStatement(renamed))); same {
			rt.Fatal("another member is no difference")
		}
	})
}

// groupStatement has a group of the names, and an object with them as members.
func groupStatement(names []string) string {
	var members, values []string
	for _, name := range names {
		members = append(members, fmt.Sprintf(`{"name":%q,"mbox":"mailto:%s@example.com"}`, name, name))
		values = append(values, fmt.Sprintf(`%q:1.0`, name))
	}
	return `{"actor":{"objectType":"Group","member":[` + strings.Join(members, ",") +
		`]},"verb":{"id":"https://example.com/v"},"object":{"id":"https://example.com/o"},"result":{"extensions":{"https://example.com/x":{` +
		strings.Join(values, ",") + `}}}}`
}

// FuzzEqual looks for statements that are not equal to themselves, to what their
// members encode to, or to each other in one direction only.
func FuzzEqual(f *testing.F) {
	f.Add([]byte(full), []byte(full))
	f.Add([]byte(full), []byte(groupStatement([]string{"a", "b"})))
	f.Add([]byte(readTestdata(f, "statement.json")), []byte(readTestdata(f, "signature/statement.json")))
	f.Add([]byte(objects[0]), []byte(objects[1]))
	f.Add([]byte(groupStatement([]string{"b", "a"})), []byte(groupStatement([]string{"a", "b"})))
	f.Fuzz(func(t *testing.T, left, right []byte) {
		a, err := xapi.Parse(xapi.V2, left)
		if err != nil {
			return
		}
		if same, difference := xapi.Equal(a, a); !same {
			t.Fatalf("not equal to itself at %s", difference)
		}
		again, err := xapi.Parse(xapi.V2, a.AppendJSON(nil))
		if err != nil {
			t.Fatalf("encodes to what does not parse: %v\n%s", err, a.AppendJSON(nil))
		}
		if same, difference := xapi.Equal(a, again); !same {
			t.Fatalf("not equal to its encoding at %s\n%s", difference, a.AppendJSON(nil))
		}
		b, err := xapi.Parse(xapi.V2, right)
		if err != nil {
			return
		}
		ab, there := xapi.Equal(a, b)
		ba, back := xapi.Equal(b, a)
		if ab != ba || there != back {
			t.Fatalf("%v at %q one way, %v at %q the other", ab, there, ba, back)
		}
	})
}

func BenchmarkEqual(b *testing.B) {
	text, err := os.ReadFile("testdata/statement.json")
	if err != nil {
		b.Fatal(err)
	}
	left, right := parse(b, xapi.V1, string(text)), parse(b, xapi.V1, string(text))
	b.ReportAllocs()
	for b.Loop() {
		if same, _ := xapi.Equal(left, right); !same {
			b.Fatal("differ")
		}
	}
}

// sameValue tells whether two JSON texts hold the same value, by the standard
// library's reading of them.
func sameValue(t testing.TB, a, b []byte) bool {
	t.Helper()
	var left, right any
	if err := json.Unmarshal(a, &left); err != nil {
		t.Fatalf("%v in %s", err, a)
	}
	if err := json.Unmarshal(b, &right); err != nil {
		t.Fatalf("%v in %s", err, b)
	}
	x, _ := json.Marshal(left)
	y, _ := json.Marshal(right)
	return string(x) == string(y)
}
