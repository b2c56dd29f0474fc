package xapi_test

import (
	"encoding/json"
	"errors"
	"testing"

	"pgregory.net/rapid"

	"github.com/liftmark/liftmark/xapi"
)

func TestMergeDefinitionAddsWhatIsNew(t *testing.T) {
	for _, tt := range []struct {
		instance
		old, add, want string
	}{{
		instance{"XAPI-00254", "languages of all statements come together"},
		`{"name":{"en":"Course"},"description":{"en":"About"}}`, `{"name":{"de":"Kurs"},"description":{"fr":"Sur"}}`,
		`{"name":{"de":"Kurs","en":"Course"},"description":{"en":"About","fr":"Sur"}}`,
	}, {
		instance{"XAPI-00254", "a correction replaces a text, a type and a link"},
		`{"name":{"en":"Curse"},"type":"https://e.com/a","moreInfo":"https://e.com/1"}`, `{"name":{"en":"Course"},"type":"https://e.com/b","moreInfo":"https://e.com/2"}`,
		`{"name":{"en":"Course"},"type":"https://e.com/b","moreInfo":"https://e.com/2"}`,
	}, {
		instance{"XAPI-00254", "extensions come together, verbatim"},
		`{"extensions":{"https://e.com/b":{"x":1.0},"https://e.com/a":null}}`, `{"extensions":{"https://e.com/a":[ 1 ],"https://e.com/c":"\u00e4"}}`,
		`{"extensions":{"https://e.com/a":[ 1 ],"https://e.com/b":{"x":1.0},"https://e.com/c":"\u00e4"}}`,
	}, {
		instance{"XAPI-00254", "correct responses stay as they were first told"},
		`{"interactionType":"choice","correctResponsesPattern":["a"],"choices":[{"id":"a","description":{"en":"A"}}]}`,
		`{"interactionType":"choice","correctResponsesPattern":["b"],"choices":[{"id":"b"},{"id":"a","description":{"de":"Ah"}}]}`,
		`{"interactionType":"choice","correctResponsesPattern":["a"],"choices":[{"id":"a","description":{"de":"Ah","en":"A"}},{"id":"b"}]}`,
	}, {
		instance{"XAPI-00254", "an interaction of another type is not mixed in"},
		`{"interactionType":"choice","choices":[{"id":"a"}]}`, `{"interactionType":"likert","scale":[{"id":"b"}],"name":{"en":"N"}}`,
		`{"name":{"en":"N"},"interactionType":"choice","choices":[{"id":"a"}]}`,
	}, {
		instance{"XAPI-00254", "an interaction told later is added"},
		`{"name":{"en":"N"}}`, `{"interactionType":"matching","correctResponsesPattern":["a[.]b"],"source":[{"id":"a"}],"target":[{"id":"b"}]}`,
		`{"name":{"en":"N"},"interactionType":"matching","correctResponsesPattern":["a[.]b"],"source":[{"id":"a"}],"target":[{"id":"b"}]}`,
	}, {
		instance{"XAPI-00254", "the first definition is taken as it is"},
		``, ` {"steps":[{"id":"1"}],"name":{"en":"N"},"interactionType":"performance"} `,
		`{"name":{"en":"N"},"interactionType":"performance","steps":[{"id":"1"}]}`,
	}} {
		tt.run(t, func(t *testing.T) {
			got, err := xapi.MergeDefinition([]byte(tt.old), []byte(tt.add))
			if err != nil || string(got) != tt.want {
				t.Errorf("%v\ngot  %s\nwant %s", err, got, tt.want)
			}
		})
	}
}

func TestMergeDefinitionRefusesWhatIsNoObject(t *testing.T) {
	for _, pair := range [][2]string{{`{}`, ``}, {`{}`, `[]`}, {`x`, `{}`}, {`{}`, `{"name":{"en":"a","en":"b"}}`}} {
		var problem *xapi.Problem
		if got, err := xapi.MergeDefinition([]byte(pair[0]), []byte(pair[1])); !errors.As(err, &problem) {
			t.Errorf("%q gives %s, %v", pair, got, err)
		}
	}
}

// TestMergeDefinitionSettles shows that merging again changes nothing, in any
// order of languages, and that an own definition is kept.
func TestMergeDefinitionSettles(t *testing.T) {
	tag := rapid.SampledFrom([]string{"en", "de", "fr", "es"})
	text := rapid.MapOf(tag, rapid.String())
	draw := func(rt *rapid.T, label string) []byte {
		d := xapi.ActivityDefinition{
			Name: text.Draw(rt, label+" name"), Description: text.Draw(rt, label+" description"),
			InteractionType: rapid.SampledFrom([]string{"", "choice", "likert"}).Draw(rt, label+" interaction"),
		}
		for _, id := range rapid.SliceOfDistinct(rapid.SampledFrom([]string{"a", "b", "c"}), rapid.ID[string]).Draw(rt, label+" choices") {
			d.Choices = append(d.Choices, xapi.InteractionComponent{ID: id, Description: text.Draw(rt, label+id)})
		}
		s := xapi.Statement{Object: xapi.Object{Activity: &xapi.Activity{Definition: &d}}}
		return definitionIn(rt, s.AppendJSON(nil))
	}
	rapid.Check(t, func(rt *rapid.T) {
		a, b := draw(rt, "a"), draw(rt, "b")
		merged := merge(rt, merge(rt, nil, a), b)
		if again := merge(rt, merged, b); string(again) != string(merged) {
			rt.Fatalf("%s became %s", merged, again)
		}
		if alone := merge(rt, nil, a); string(alone) != string(a) {
			rt.Fatalf("%s became %s", a, alone)
		}
	})
}

// definitionIn gives the definition of a statement's object.
func definitionIn(t rapid.TB, statement []byte) []byte {
	var s struct {
		Object struct{ Definition json.RawMessage }
	}
	if err := json.Unmarshal(statement, &s); err != nil {
		t.Fatal(err)
	}
	return s.Object.Definition
}

func merge(t rapid.TB, old, add []byte) []byte {
	merged, err := xapi.MergeDefinition(old, add)
	if err != nil {
		t.Fatal(err)
	}
	return merged
}

func TestPersonHasEachIdentifierOnce(t *testing.T) {
	got := string(xapi.Person([]xapi.IFI{
		"account::https://lms.example.com|ann|2", "mbox::mailto:ann@example.com", "mbox::mailto:a@example.com", "mbox::mailto:ann@example.com",
		"openid::https://ann.example.com/", "mbox_sha1sum::ebd31e95054c018b10727ccffd2ef2ec3a016ee9", "", "nonsense",
	}, []string{"Ann", "", "Ann", `A "B"`}))
	want := `{"objectType":"Person","name":["Ann","A \"B\""],"mbox":["mailto:ann@example.com","mailto:a@example.com"],` +
		`"mbox_sha1sum":["ebd31e95054c018b10727ccffd2ef2ec3a016ee9"],"openid":["https://ann.example.com/"],` +
		`"account":[{"homePage":"https://lms.example.com","name":"ann|2"}]}`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := string(xapi.Person([]xapi.IFI{"openid::https://x.example.com"}, nil)); got != `{"objectType":"Person","openid":["https://x.example.com"]}` {
		t.Errorf("an unknown agent gives %s", got)
	}
}
