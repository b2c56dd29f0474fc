package xapi_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/liftmark/liftmark/xapi"
)

func TestFormatIDsLeavesIdentifiers(t *testing.T) {
	for _, tt := range []struct {
		instance
		body, want string
	}{{
		instance{"XAPI-00171", "an agent, an activity and a verb keep their identifiers"},
		`{"id":"a","actor":{"objectType":"Agent","name":"Ann","mbox":"mailto:a@e.com"},"verb":{"id":"v","display":{"en":"did"}},"object":{"objectType":"Activity","id":"o","definition":{"name":{"en":"O"}}},"result":{"response":"kept"},"timestamp":"t"}`,
		`{"id":"a","actor":{"objectType":"Agent","mbox":"mailto:a@e.com"},"verb":{"id":"v"},"object":{"id":"o"},"result":{"response":"kept"},"timestamp":"t"}`,
	}, {
		instance{"XAPI-00171", "an anonymous group keeps its members' identifiers"},
		`{"actor":{"objectType":"Group","name":"G","member":[{"name":"A","mbox":"m"},{"objectType":"Agent","account":{"homePage":"h","name":"n"}}]}}`,
		`{"actor":{"objectType":"Group","member":[{"mbox":"m"},{"objectType":"Agent","account":{"homePage":"h","name":"n"}}]}}`,
	}, {
		instance{"XAPI-00171", "an identified group keeps no members"},
		`{"object":{"member":[{"mbox":"m"}],"objectType":"Group","name":"G","openid":"i"}}`,
		`{"object":{"objectType":"Group","openid":"i"}}`,
	}, {
		instance{"XAPI-00171", "so does what is within a SubStatement"},
		`{"object":{"objectType":"SubStatement","actor":{"mbox_sha1sum":"s","name":"A"},"verb":{"display":{},"id":"v"},"object":{"id":"o","definition":{}},"context":{"team":{"objectType":"Group","name":"T","mbox":"t"}}}}`,
		`{"object":{"objectType":"SubStatement","actor":{"mbox_sha1sum":"s"},"verb":{"id":"v"},"object":{"id":"o"},"context":{"team":{"objectType":"Group","mbox":"t"}}}}`,
	}, {
		instance{"XAPI-00171", "and within the context"},
		`{"context":{"registration":"r","instructor":{"name":"I","mbox":"i"},"contextActivities":{"parent":[{"id":"p","definition":{}},{"objectType":"Activity","id":"q"}],"other":{"id":"x","definition":{}}},"extensions":{"https://e.com":{"name":1}}}}`,
		`{"context":{"registration":"r","instructor":{"mbox":"i"},"contextActivities":{"parent":[{"id":"p"},{"id":"q"}],"other":{"id":"x"}},"extensions":{"https://e.com":{"name":1}}}}`,
	}, {
		instance{"XAPI-00171", "and the agents and groups of the context"},
		`{"context":{"contextAgents":[{"objectType":"contextAgent","agent":{"mbox":"a","name":"A"},"relevantTypes":["t"]}],"contextGroups":[{"objectType":"contextGroup","group":{"objectType":"Group","name":"G","mbox":"g"}}]}}`,
		`{"context":{"contextAgents":[{"objectType":"contextAgent","agent":{"mbox":"a"},"relevantTypes":["t"]}],"contextGroups":[{"objectType":"contextGroup","group":{"objectType":"Group","mbox":"g"}}]}}`,
	}, {
		instance{"XAPI-00171", "a reference and an authority"},
		`{"object":{"objectType":"StatementRef","id":"r"},"authority":{"objectType":"Group","member":[{"mbox":"m","name":"M"},{"mbox":"n"}]},"attachments":[{"display":{"en":"kept"}}]}`,
		`{"object":{"objectType":"StatementRef","id":"r"},"authority":{"objectType":"Group","member":[{"mbox":"m"},{"mbox":"n"}]},"attachments":[{"display":{"en":"kept"}}]}`,
	}, {
		instance{"XAPI-00171", "names are told whatever their escapes, and values are not touched"},
		` { "\u0061ctor" : {"n\u0061me":"A","mbox":"m"} , "result" : { "x": [ 1.0 , "\"}" ] } } `,
		`{"\u0061ctor":{"mbox":"m"},"result":{ "x": [ 1.0 , "\"}" ] }}`,
	}} {
		tt.run(t, func(t *testing.T) {
			got, err := xapi.FormatIDs([]byte(tt.body))
			if err != nil || string(got) != tt.want {
				t.Errorf("%v\ngot  %s\nwant %s", err, got, tt.want)
			}
		})
	}
}

func TestFormatCanonicalHasOneLanguage(t *testing.T) {
	store := map[string]string{
		"known": `{"name":{"de":"Bekannt","en-US":"Known","fr":"Connu"},"description":{"fr":"Desc"},"choices":[{"id":"a","description":{"en":"A","de":"Ah"}}],"extensions":{"https://e.com":{"de":1,"en":2}}}`,
	}
	definition := func(id string) []byte { return []byte(store[id]) }
	for _, tt := range []struct {
		instance
		languages  []string
		body, want string
	}{{
		instance{"XAPI-00169", "activities have the store's definition and one language in each map"},
		[]string{"en-US"},
		`{"actor":{"name":"A"},"verb":{"id":"v","display":{"de":"tat","en-US":"did"}},"object":{"id":"known","definition":{"name":{"es":"Otro"}}}}`,
		`{"actor":{"name":"A"},"verb":{"id":"v","display":{"en-US":"did"}},"object":{"id":"known","definition":{"name":{"en-US":"Known"},"description":{"fr":"Desc"},"choices":[{"id":"a","description":{"en":"A"}}],"extensions":{"https://e.com":{"de":1,"en":2}}}}}`,
	}, {
		instance{"XAPI-00172", "each map by itself has the language that the reader likes best"},
		[]string{"es", "de", "fr"},
		`{"verb":{"id":"v","display":{"fr":"fit","en":"did"}},"object":{"id":"known"}}`,
		`{"verb":{"id":"v","display":{"fr":"fit"}},"object":{"id":"known","definition":{"name":{"de":"Bekannt"},"description":{"fr":"Desc"},"choices":[{"id":"a","description":{"de":"Ah"}}],"extensions":{"https://e.com":{"de":1,"en":2}}}}}`,
	}, {
		instance{"XAPI-00169", "an activity that the store does not define keeps its own"},
		[]string{"fr"},
		`{"object":{"objectType":"Activity","id":"new","definition":{"type":"t","name":{"en":"N","fr":"Nf"},"scale":[{"id":"s"}],"steps":[{"id":"1","description":{"en":"E","fr":"F"}}]}}}`,
		`{"object":{"objectType":"Activity","id":"new","definition":{"type":"t","name":{"fr":"Nf"},"scale":[{"id":"s"}],"steps":[{"id":"1","description":{"fr":"F"}}]}}}`,
	}, {
		instance{"XAPI-00169", "SubStatements and context activities alike"},
		nil,
		`{"object":{"objectType":"SubStatement","verb":{"id":"v","display":{"a":"1","b":"2"}},"object":{"id":"new"},"context":{"contextActivities":{"grouping":{"id":"new","definition":{"name":{"x":"1","y":"2"}}}}}},"context":{"contextActivities":{"parent":[{"id":"new","definition":{"name":{"en":"N"}}}]}}}`,
		`{"object":{"objectType":"SubStatement","verb":{"id":"v","display":{"a":"1"}},"object":{"id":"new"},"context":{"contextActivities":{"grouping":{"id":"new","definition":{"name":{"x":"1"}}}}}},"context":{"contextActivities":{"parent":[{"id":"new","definition":{"name":{"en":"N"}}}]}}}`,
	}, {
		instance{"XAPI-00169", "agents, groups, references, attachments and extensions stay"},
		[]string{"en"},
		`{"actor":{"objectType":"Group","member":[{"name":"A"}]},"object":{"objectType":"Agent","name":"B"},"attachments":[{"display":{"de":"D","en":"E"}}],"result":{"extensions":{"name":{"de":"D","en":"E"}}}}`,
		`{"actor":{"objectType":"Group","member":[{"name":"A"}]},"object":{"objectType":"Agent","name":"B"},"attachments":[{"display":{"de":"D","en":"E"}}],"result":{"extensions":{"name":{"de":"D","en":"E"}}}}`,
	}} {
		tt.run(t, func(t *testing.T) {
			got, err := xapi.FormatCanonical([]byte(tt.body), definition, tt.languages)
			if err != nil || string(got) != tt.want {
				t.Errorf("%v\ngot  %s\nwant %s", err, got, tt.want)
			}
		})
	}
}

func TestFormatsOfFullStatementsStayValid(t *testing.T) {
	ids, err := xapi.FormatIDs([]byte(full))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := xapi.FormatCanonical([]byte(full), func(string) []byte { return nil }, nil)
	if err != nil {
		t.Fatal(err)
	}
	original := parse(t, xapi.V2, full)
	if same, difference := xapi.Equal(original, parse(t, xapi.V2, string(plain))); !same {
		t.Errorf("canonical differs at %s", difference)
	}
	short := parse(t, xapi.V2, string(ids))
	if short.Actor.IFI() != original.Actor.IFI() || short.Object.SubStatement.Object.Activity.ID != original.Object.SubStatement.Object.Activity.ID {
		t.Errorf("identifiers are lost: %s", ids)
	}
	if short.Actor.Name != "" || short.Actor.Member != nil || short.Verb.Display != nil || short.Object.SubStatement.Object.Activity.Definition != nil {
		t.Errorf("more than identifiers: %s", ids)
	}
}

func TestFormatsRefuseWhatIsNoObject(t *testing.T) {
	for _, body := range []string{``, `[]`, `"x"`, `{`, `{"a":1}{}`, `{"a":1,"a":2}`, "{\"a\":\"\xff\"}"} {
		var problem *xapi.Problem
		if _, err := xapi.FormatIDs([]byte(body)); !errors.As(err, &problem) {
			t.Errorf("ids of %q: %v", body, err)
		}
		if _, err := xapi.FormatCanonical([]byte(body), func(string) []byte { return nil }, nil); !errors.As(err, &problem) {
			t.Errorf("canonical of %q: %v", body, err)
		}
	}
}

func TestAcceptLanguageOrdersByQuality(t *testing.T) {
	// The first is the example of RFC 9110, section 12.5.4.
	for header, want := range map[string][]string{
		"da, en-gb;q=0.8, en;q=0.7":                     {"da", "en-gb", "en"},
		"en;q=0.1,de ; Q=0.9 , fr":                      {"fr", "de", "en"},
		"en;q=0, de;q=0.001":                            {"de"},
		"*, fr;q=0.5":                                   {"fr"},
		"a;q=0.5,b;q=0.5,c;q=0.6":                       {"c", "a", "b"},
		"en;q=2, de;q=-1, fr;q=x, es;q=NaN, it;level=1": {"it"},
		"": {},
		" , ;q=1, toolongsubtag, de_AT, -, zh-Hans-CN ,": {"zh-Hans-CN"},
	} {
		if got := xapi.AcceptLanguage(header); !slices.Equal(got, want) {
			t.Errorf("%q gives %q, want %q", header, got, want)
		}
	}
}

func TestAcceptLanguageIsBounded(t *testing.T) {
	header := ""
	for range 10000 {
		header += "en,"
	}
	if n := len(xapi.AcceptLanguage(header)); n > 100 {
		t.Errorf("%d languages", n)
	}
}

func TestCanonicalLanguageIsLookedUp(t *testing.T) {
	for _, tt := range []struct {
		name      string
		languages []string
		tags      string
		want      string
	}{
		{"itself", []string{"de", "en"}, `{"en":"","de":""}`, "de"},
		{"whatever the case", []string{"EN-us"}, `{"de":"","en-US":""}`, "en-US"},
		{"a more specific one, as RFC 2616 matches", []string{"en"}, `{"fr":"","english":"","en-AU":"","en-US":""}`, "en-AU"},
		{"a less specific one, as RFC 4647 looks up", []string{"zh-Hant-CN"}, `{"en":"","zh":"","zh-Hant":""}`, "zh-Hant"},
		{"a lone letter goes with what follows it", []string{"zh-Hant-x-private"}, `{"en":"","zh-Hant-x":"","zh-Hant":""}`, "zh-Hant"},
		{"less specific before the next wish", []string{"de-AT", "en"}, `{"en":"","de":""}`, "de"},
		{"the next wish before the same language elsewhere", []string{"en-GB", "fr"}, `{"de":"","en-US":"","fr":""}`, "fr"},
		{"the same language elsewhere before none", []string{"en-GB"}, `{"de":"","en-US":""}`, "en-US"},
		{"the first when nothing fits", []string{"ja"}, `{"de":"","en-US":""}`, "de"},
		{"the first without wishes", nil, `{"fr":"","en":""}`, "fr"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			body := `{"verb":{"display":` + tt.tags + `}}`
			got, err := xapi.FormatCanonical([]byte(body), func(string) []byte { return nil }, tt.languages)
			if want := `{"verb":{"display":{"` + tt.want + `":""}}}`; err != nil || string(got) != want {
				t.Errorf("%v, got %s, want %s", err, got, want)
			}
		})
	}
}

// FuzzFormat looks for statements whose formats are no JSON objects, or change
// when they are made again.
func FuzzFormat(f *testing.F) {
	f.Add([]byte(full), "en")
	f.Add([]byte(groupStatement([]string{"a"})), "de-AT, *;q=0.1")
	f.Add([]byte(`{"actor":1,"verb":[],"object":null,"context":{"contextActivities":[{}],"team":""}}`), ";;q")
	f.Add([]byte("{\"object\" :{ \"definition\":{\"name\":{\"en\":\"\\\"\",\"de\":\"\\\\\"}} } }"), "de")
	f.Fuzz(func(t *testing.T, body []byte, header string) {
		languages := xapi.AcceptLanguage(header)
		definition := func(string) []byte { return []byte(`{"name":{"en":"N"}}`) }
		for _, format := range []func([]byte) ([]byte, error){
			xapi.FormatIDs,
			func(b []byte) ([]byte, error) { return xapi.FormatCanonical(b, definition, languages) },
		} {
			once, err := format(body)
			if err != nil {
				continue
			}
			if !json.Valid(once) {
				t.Fatalf("%s became %s", body, once)
			}
			twice, err := format(once)
			if err != nil || string(twice) != string(once) {
				t.Fatalf("%v: %s became %s", err, once, twice)
			}
		}
	})
}

func BenchmarkFormatIDs(b *testing.B) {
	body := []byte(readTestdata(b, "statement.json"))
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := xapi.FormatIDs(body); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFormatCanonical(b *testing.B) {
	body := []byte(readTestdata(b, "statement.json"))
	languages := []string{"de-AT", "de", "en"}
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := xapi.FormatCanonical(body, func(string) []byte { return nil }, languages); err != nil {
			b.Fatal(err)
		}
	}
}

// TestTheActivitiesOfAStatementAreThoseThatItsFormAsksFor compares the list that
// is looked up with what the canonical form then asks for.
func TestTheActivitiesOfAStatementAreThoseThatItsFormAsksFor(t *testing.T) {
	bodies := [][]byte{
		[]byte(full),
		[]byte(`{"actor":{"id":"no"},"object":{"id":"a","definition":{"id":"no"}},"context":{"contextActivities":{"parent":[{"id":"p\u0041"},{"id":"p2"}],"other":{"id":"o"}},"extensions":{"object":{"id":"no"}}}}`),
		[]byte(`{"object":{"objectType":"Agent","id":"no"},"context":{"statement":{"id":"no"}}}`),
		[]byte(`{"object":{"objectType":"StatementRef","id":"no"}}`),
		[]byte(`{"object":{"objectType":"SubStatement","object":{"objectType":"Activity","id":"s"},"context":{"contextActivities":{"grouping":[{"id":"g"},{"id":"s"}]}}}}`),
	}
	want := []string{"", "a pA p2 o", "", "", "s g s"}
	for i, body := range bodies {
		var asked []string
		if _, err := xapi.FormatCanonical(body, func(id string) []byte { asked = append(asked, id); return nil }, nil); err != nil {
			t.Fatal(err)
		}
		got := xapi.AppendActivities(nil, body)
		if !slices.Equal(got, asked) || len(got) > 0 != (len(want[i]) > 0 || i == 0) || i > 0 && strings.Join(got, " ") != want[i] {
			t.Errorf("%s: %q, asked for %q, want %q", body, got, asked, want[i])
		}
	}
	for _, text := range []string{``, `[`, `"x"`, `{"object":`, `{"object":{"id":7}}`, `{"context":{"contextActivities":{"parent":[7,{}]}}}`} {
		if got := xapi.AppendActivities(nil, []byte(text)); len(got) > 0 {
			t.Errorf("%s names %q", text, got)
		}
	}
}
