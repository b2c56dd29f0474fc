package xapi_test

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/liftmark/liftmark/xapi"
)

// assigned is an assignment of all there is.
var assigned = xapi.Assignment{
	ID: "7c1d5a0e-52c3-4d4e-8f0a-1b2c3d4e5f60", Stored: "2026-03-04T10:15:31Z", Timestamp: "2026-03-04T10:15:30Z", Version: "1.0.0",
	Authority: &xapi.Actor{ObjectType: "Agent", Account: &xapi.Account{HomePage: "https://lrs.example.com", Name: `"key"`}},
}

func TestAssignedChangesOnlyWhatIsAssigned(t *testing.T) {
	const authority = `"authority":{"objectType":"Agent","account":{"homePage":"https://lrs.example.com","name":"\"key\""}}`
	for _, tt := range []struct {
		name, raw, want string
		set             xapi.Assignment
	}{{
		name: "adds at the end", set: assigned,
		raw:  `{"actor":{},"x":[1, 2]}`,
		want: `{"actor":{},"x":[1, 2],"id":"7c1d5a0e-52c3-4d4e-8f0a-1b2c3d4e5f60","timestamp":"2026-03-04T10:15:30Z","stored":"2026-03-04T10:15:31Z","version":"1.0.0",` + authority + `}`,
	}, {
		name: "replaces in place", set: assigned,
		raw:  `{"stored":"1999","id":"a","actor":{"id":"mine","stored":"mine"},"authority":{"member":[{"id":"}"}]},"timestamp":"b","version":"c"}`,
		want: `{"stored":"2026-03-04T10:15:31Z","id":"7c1d5a0e-52c3-4d4e-8f0a-1b2c3d4e5f60","actor":{"id":"mine","stored":"mine"},` + authority + `,"timestamp":"2026-03-04T10:15:30Z","version":"1.0.0"}`,
	}, {
		name: "takes away a client's stored and leaves the rest",
		raw:  ` { "id" : "a" , "stored" : "1999" , "version":"1.0.2" } `,
		want: `{"id" : "a","version":"1.0.2"}`,
	}, {
		name: "keeps numbers, escapes and white space within values", set: xapi.Assignment{ID: "b"},
		raw:  `{"\u0069d":"a","result":{"extensions":{"https://e.com/\"{":  1e2,"b":"\\"}},"n":-0.0}`,
		want: `{"id":"b","result":{"extensions":{"https://e.com/\"{":  1e2,"b":"\\"}},"n":-0.0}`,
	}, {
		name: "an empty statement", set: xapi.Assignment{Version: "2.0.0"}, raw: `{}`, want: `{"version":"2.0.0"}`,
	}} {
		t.Run(tt.name, func(t *testing.T) {
			s := &xapi.Statement{Raw: []byte(tt.raw)}
			if got := string(s.Assigned(tt.set)); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			if string(s.Raw) != tt.raw {
				t.Errorf("the statement became %s", s.Raw)
			}
		})
	}
}

// TestAssignedAgreesWithAMap does the same with encoding/json on random objects.
func TestAssignedAgreesWithAMap(t *testing.T) {
	text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"id", "stored", "version", "timestamp", "authority", `a\"b`, "{", "}"}))
	value := rapid.OneOf(rapid.Map(text, func(s string) any { return s }), rapid.Map(rapid.MapOf(text, text), func(m map[string]string) any { return m }),
		rapid.Map(rapid.SliceOf(text), func(s []string) any { return s }), rapid.Map(rapid.Float64Range(-1e9, 1e9), func(f float64) any { return f }))
	rapid.Check(t, func(rt *rapid.T) {
		object := rapid.MapOf(text, value).Draw(rt, "object")
		raw, err := json.MarshalIndent(object, "", rapid.SampledFrom([]string{"", " ", "\t"}).Draw(rt, "indent"))
		if err != nil {
			rt.Skip(err)
		}
		set := xapi.Assignment{ID: text.Draw(rt, "id"), Version: text.Draw(rt, "version")}
		delete(object, "stored")
		if set.ID != "" {
			object["id"] = set.ID
		}
		if set.Version != "" {
			object["version"] = set.Version
		}
		want, _ := json.Marshal(object)
		got := (&xapi.Statement{Raw: raw}).Assigned(set)
		if !sameValue(t, got, want) {
			rt.Fatalf("got %s, want %s", got, want)
		}
	})
}

// objects are statements about each kind of object that the other examples have
// not.
var objects = []string{
	strings.Replace(toSign, `{"id":"https://example.com/o"}`, `{"objectType":"StatementRef","id":"7c1d5a0e-52c3-4d4e-8f0a-1b2c3d4e5f60"}`, 1),
	strings.Replace(toSign, `{"id":"https://example.com/o"}`, `{"objectType":"Agent","name":"Zo\u00eb \"Z\"","openid":"https://z.example.com/"}`, 1),
	strings.Replace(toSign, `{"id":"https://example.com/o"}`, `{"objectType":"Group","member":[{"mbox":"mailto:m@example.com"}]}`, 1),
}

func TestAppendJSONGivesWhatWasParsed(t *testing.T) {
	for _, text := range append([]string{readTestdata(t, "statement.json"), full, groupStatement([]string{"a", "b"})}, objects...) {
		const v = xapi.V2
		s := parse(t, v, text)
		encoded := s.AppendJSON(nil)
		again := parse(t, v, string(encoded))
		if same, difference := xapi.Equal(s, again); !same {
			t.Errorf("differs at %s: %s", difference, encoded)
		}
		if twice := again.AppendJSON(nil); !bytes.Equal(twice, encoded) {
			t.Errorf("encodes differently again:\n%s\n%s", encoded, twice)
		}
	}
}

func TestAppendJSONKeepsEveryProperty(t *testing.T) {
	s := parse(t, xapi.V1, readTestdata(t, "statement.json"))
	// The file has all objectTypes but one spelt out, and no white space.
	want := []byte(readTestdata(t, "statement.json"))
	for _, id := range []string{`{"id":"https://lms.example.com/courses/onboarding/quiz"}`, `{"id":"https://lms.example.com/courses/onboarding"}`} {
		want = bytes.Replace(want, []byte(id), []byte(`{"objectType":"Activity",`+id[1:]), 1)
	}
	if got := s.AppendJSON(nil); !sameValue(t, got, want) {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func readTestdata(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func BenchmarkAssigned(b *testing.B) {
	s := parse(b, xapi.V1, readTestdata(b, "statement.json"))
	set := assigned
	b.SetBytes(int64(len(s.Raw)))
	b.ReportAllocs()
	for b.Loop() {
		s.Assigned(set)
	}
}
