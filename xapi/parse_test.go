package xapi_test

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/liftmark/liftmark/xapi"
)

func TestParseReadsEveryProperty(t *testing.T) {
	text, err := os.ReadFile("testdata/full.json")
	if err != nil {
		t.Fatal(err)
	}
	got, err := xapi.Parse(xapi.V1, text)
	if err != nil {
		t.Fatal(err)
	}
	if string(got.Raw) != strings.TrimSpace(string(text)) {
		t.Error("Raw is not the text that was parsed")
	}
	if !strings.HasPrefix(string(got.Object.Activity.Definition.Raw), `{
      "name"`) {
		t.Errorf("the definition's Raw is %s", got.Object.Activity.Definition.Raw)
	}
	got.Raw, got.Object.Activity.Definition.Raw = nil, nil
	if diff := cmp.Diff(fullParsed(), got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// fullParsed is testdata/full.json, read by eye.
func fullParsed() *xapi.Statement {
	yes, no := true, false
	half, five, zero, ten := 0.5, 5.0, 0.0, 10.0
	agent := func(mbox string) xapi.Actor { return xapi.Actor{ObjectType: "Agent", Mbox: mbox} }
	carol := agent("mailto:carol@example.com")
	return &xapi.Statement{
		ID: "6690e6c9-3ef0-4ed3-8b37-7f3964730bee",
		Actor: xapi.Actor{ObjectType: "Group", Name: "Team A", Mbox: "mailto:team-a@example.com", Member: []xapi.Actor{
			{ObjectType: "Agent", Name: "Ann", Account: &xapi.Account{HomePage: "https://lms.example.com", Name: "4711"}},
			{ObjectType: "Agent", OpenID: "https://ben.example.com/"},
			{ObjectType: "Agent", MboxSHA1Sum: "ebd31e95054c018b10727ccffd2ef2ec3a016ee9"},
		}},
		Verb: xapi.Verb{ID: "http://adlnet.gov/expapi/verbs/answered", Display: xapi.LanguageMap{"en": "answered", "pt-BR": "respondeu"}},
		Object: xapi.Object{Activity: &xapi.Activity{ID: "https://lms.example.com/quiz/3", Definition: &xapi.ActivityDefinition{
			Name: xapi.LanguageMap{"en": "Question 3"}, Description: xapi.LanguageMap{"en": "What does a seat cost?"},
			Type: "http://adlnet.gov/expapi/activities/cmi.interaction", MoreInfo: "https://lms.example.com/quiz/3/about",
			InteractionType: "choice", CorrectResponsesPattern: []string{"b"},
			Choices:    []xapi.InteractionComponent{{ID: "a", Description: xapi.LanguageMap{"en": "Ten"}}, {ID: "b"}},
			Extensions: xapi.Extensions{"https://example.com/ext/level": []byte("3")},
		}}},
		Result: &xapi.Result{
			Score:   &xapi.Score{Scaled: &half, Raw: &five, Min: &zero, Max: &ten},
			Success: &yes, Completion: &no, Response: "b", Duration: "PT1M30.5S",
			Extensions: xapi.Extensions{"https://example.com/ext/tries": []byte(`{"deep": [1, null]}`)},
		},
		Context: &xapi.Context{
			Registration: "ec531277-b57b-4c15-8d91-d292c5b2b8f7", Instructor: &carol,
			Team: &xapi.Actor{ObjectType: "Group", Member: []xapi.Actor{agent("mailto:dan@example.com")}},
			ContextActivities: &xapi.ContextActivities{
				Parent: []xapi.Activity{{ID: "https://lms.example.com/quiz"}}, Grouping: []xapi.Activity{{ID: "https://lms.example.com/course"}},
				Alone: true,
			},
			Revision: "2", Platform: "Example LMS", Language: "en-GB", Statement: "8f87ccde-bb56-4c2e-ab83-44982ef22df0",
			Extensions: xapi.Extensions{"https://example.com/ext/room": []byte(`"B 12"`)},
		},
		Timestamp: "2026-03-04T10:15:30.250+01:00", Stored: "2026-03-04T09:15:31Z",
		Authority: &xapi.Actor{ObjectType: "Agent", Account: &xapi.Account{HomePage: "https://lms.example.com", Name: "lms"}},
		Version:   "1.0.0",
		Attachments: []xapi.Attachment{{
			UsageType: "https://example.com/usage/certificate", Display: xapi.LanguageMap{"en": "Certificate"},
			Description: xapi.LanguageMap{"en": "The certificate as PDF"}, ContentType: "application/pdf", Length: 27,
			SHA2: "495395e777cd98da653df9615d09c0fd6bb2f8d4788394cd53c56a3bfdcd848a", FileURL: "https://lms.example.com/files/1.pdf",
		}},
	}
}

func TestParseReadsSubStatementsAndContextActors(t *testing.T) {
	text := `{"object":{"actor":` + ann + `,"verb":{"id":"a:b"},"object":` + aRef + `,"timestamp":"2126-01-01T00:00:00Z","objectType":"SubStatement"},` +
		`"context":{"contextAgents":[{"relevantTypes":["a:t"],` + relatedAgent + `}],"contextGroups":[{` + relatedGroup + `}]},` +
		`"verb":{"id":"a:plan"},"actor":` + ann + `}`
	got, err := xapi.Parse(xapi.V2, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	agent := func(mbox string) xapi.Actor { return xapi.Actor{ObjectType: "Agent", Mbox: mbox} }
	want := &xapi.Statement{
		Actor: agent("mailto:ann@example.com"), Verb: xapi.Verb{ID: "a:plan"}, Raw: []byte(text),
		Object: xapi.Object{SubStatement: &xapi.SubStatement{
			Actor: agent("mailto:ann@example.com"), Verb: xapi.Verb{ID: "a:b"}, Timestamp: "2126-01-01T00:00:00Z",
			Object: xapi.Object{StatementRef: "8f87ccde-bb56-4c2e-ab83-44982ef22df0"},
		}},
		Context: &xapi.Context{
			Agents: []xapi.ContextActor{{Actor: agent("mailto:ann@example.com"), RelevantTypes: []string{"a:t"}}},
			Groups: []xapi.ContextActor{{Actor: xapi.Actor{ObjectType: "Group", Member: []xapi.Actor{agent("mailto:a@example.com"), agent("mailto:b@example.com")}}}},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestParseUnescapesTexts(t *testing.T) {
	text := strings.Replace(bare, `"id":"http://example.com/a"`, `"\u0069d":"http:\/\/example.com\/\u00e9\ud83d\ude00"`, 1)
	s, err := xapi.Parse(xapi.V1, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := s.Object.Activity.ID, "http://example.com/é😀"; got != want {
		t.Errorf("id %q, want %q", got, want)
	}
}

func TestBatchesKeepOrderAndText(t *testing.T) {
	got, err := xapi.ParseBatch(xapi.V1, []byte(" [ "+bare+" ,\n"+strings.Replace(bare, "did", "saw", 1)+" ] "))
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got[0].Verb.ID != "http://example.com/did" || got[1].Verb.ID != "http://example.com/saw" {
		t.Fatalf("got %d statements", len(got))
	}
	if string(got[0].Raw) != bare || string(got[1].Raw) != strings.Replace(bare, "did", "saw", 1) {
		t.Errorf("Raw %s and %s", got[0].Raw, got[1].Raw)
	}
	if got, err = xapi.ParseBatch(xapi.V1, []byte("[]")); err != nil || got == nil || len(got) != 0 {
		t.Errorf("an empty array gives %v, %v; want an empty slice", got, err)
	}
	if got, err = xapi.ParseBatch(xapi.V1, []byte(bare)); err != nil || len(got) != 1 {
		t.Errorf("an object gives %d statements, %v; want one", len(got), err)
	}
}

func TestProblemsNameTheStatementAndThePlace(t *testing.T) {
	withID := strings.Replace(bare, "{", `{"id":"AA97B177-9383-4934-8543-0F91A7A02836",`, 1)
	for _, tt := range []struct {
		name, text, want string
		version          xapi.Version
	}{
		{"second of a batch", "[" + bare + `,{"actor":` + aGroup + `"member":[{"mbox":"x"}]},"verb":{"id":"a:b"},"object":{"id":"a:b"}}]`,
			`statement 1: $.actor.member[0].mbox: must be mailto: and one mail address, such as mailto:ann@example.com; got "x" (xAPI 1.0.3 Data 2.4.2.3)`, xapi.V1},
		{"no object in a batch", "[" + bare + `,7]`, `statement 1: $: must be an object; got 7 (IEEE 9274.1.1 4.2.2)`, xapi.V2},
		{"neither object nor array", `"x"`, `statement 0: $: must be an object; got "x" (xAPI 1.0.3 Data 2.4)`, xapi.V1},
		{"broken in a batch", "[" + bare + `,{"actor":{"name":"a` + "\n" + `"}}]`,
			"statement 1: $.actor.name: the text is no valid JSON at byte 142: mend it there; got \ufffd\"}}] (xAPI 1.0.3 Data 2.2)", xapi.V1},
		{"id twice in a batch", "[" + withID + "," + bare + "," + strings.ToLower(withID) + "]",
			`statement 2: $.id: an earlier statement of the batch has this id: send each id once; got aa97b177-9383-4934-8543-0f91a7a02836 (IEEE 9274.1.1 4.1.6.1)`, xapi.V2},
		{"no text", "", `$: there is no JSON: send one object or one array (xAPI 1.0.3 Data 2.2)`, xapi.V1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := xapi.ParseBatch(tt.version, []byte(tt.text))
			if err == nil || err.Error() != tt.want {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
			var problem *xapi.Problem
			if !errors.As(err, &problem) {
				t.Errorf("error is a %T, want one that holds a *Problem", err)
			}
		})
	}
	if _, err := xapi.ParseBatch(xapi.V1, []byte("["+withID+","+withID+"]")); err != nil {
		t.Errorf("version 1.0.3 leaves equal ids to the store, got %v", err)
	}
}

func TestSeveralProblemsAreToldAtOnce(t *testing.T) {
	_, err := xapi.Parse(xapi.V1, []byte(`{"actor":{"mbox":"x"},"verb":{"id":"y"},"object":{"id":"z"},"result":{"score":{"scaled":3}}}`))
	var problems xapi.Problems
	if !errors.As(err, &problems) || len(problems) != 4 {
		t.Fatalf("got %v, want four problems", err)
	}
	for i, path := range []string{"$.actor.mbox", "$.verb.id", "$.object.id", "$.result.score.scaled"} {
		if problems[i].Path != path {
			t.Errorf("problem %d at %s, want %s", i, problems[i].Path, path)
		}
	}
}

func TestProblemsAreBounded(t *testing.T) {
	huge := strings.Repeat("é ", 1<<20)
	for name, text := range map[string]string{
		"many statements": "[" + strings.Repeat(`{"x":1},`, 1e5) + "{}]",
		"many members":    `{"actor":{"objectType":"Group","member":[` + strings.Repeat(`{"mbox":1},`, 1e5) + `{}]}}`,
		"many properties": "{" + strings.Repeat(`"x":1,`, 1e5) + `"y":2}`,
		"a long value":    `{"id":"` + huge + `"}`,
		"a long name":     `{"` + huge + `":1}`,
	} {
		t.Run(name, func(t *testing.T) {
			_, err := xapi.ParseBatch(xapi.V2, []byte(text))
			var problems xapi.Problems
			if !errors.As(err, &problems) || len(problems) > 20 {
				t.Fatalf("%d problems, want 1 to 20", len(problems))
			}
			if n := len(err.Error()); n > 20000 || !utf8.ValidString(err.Error()) {
				t.Errorf("the message has %d bytes, want some thousand of valid text", n)
			}
		})
	}
}

func TestDeepJSONIsRefused(t *testing.T) {
	for _, open := range []string{"[", `{"a":`} {
		for _, depth := range []int{xapi.MaxDepth, 100_000, 1_000_000} {
			value := strings.Repeat(open, depth) + "1" + strings.Repeat(map[string]string{"[": "]"}[open]+map[string]string{`{"a":`: "}"}[open], depth)
			text := strings.Replace(bare, `{`, `{"context":{"extensions":{"a:b":`+value+`}},`, 1)
			_, err := xapi.Parse(xapi.V1, []byte(text))
			if err == nil || !strings.Contains(err.Error(), "deep") {
				t.Errorf("depth %d of %s: %.200v, want a refusal for depth", depth, open, err)
			}
			if _, err = xapi.Parse(xapi.V1, []byte(text[:len(text)/2])); err == nil {
				t.Errorf("depth %d, cut, is accepted", depth)
			}
		}
	}
	// Three levels are the statement, its context and the extensions.
	value := strings.Repeat("[", xapi.MaxDepth-3) + strings.Repeat("]", xapi.MaxDepth-3)
	if _, err := xapi.Parse(xapi.V1, []byte(strings.Replace(bare, `{`, `{"context":{"extensions":{"a:b":`+value+`}},`, 1))); err != nil {
		t.Errorf("the allowed depth is refused: %.200v", err)
	}
}

func TestActorsAreParsedAlone(t *testing.T) {
	got, err := xapi.ParseActor(xapi.V1, []byte(`{"account":{"name":"a","homePage":"http://example.com"}}`), "agent")
	want := xapi.Actor{ObjectType: "Agent", Account: &xapi.Account{HomePage: "http://example.com", Name: "a"}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("error %v, -want +got\n%s", err, diff)
	}
	for text, want := range map[string]string{
		`{"account":{"name":"a"}}`: "agent.account: homePage is missing: give the address of the system that the account is on (xAPI 1.0.3 Data 2.4.2.4)",
		`wrong`:                    "agent: the text is no valid JSON at byte 0: mend it there; got wrong (xAPI 1.0.3 Data 2.2)",
		`[]`:                       "agent: must be an object; got [] (xAPI 1.0.3 Data 2.4.2)",
		ann + ann:                  "agent: more text follows the JSON value: send one object or one array (xAPI 1.0.3 Data 2.2)",
	} {
		if _, err := xapi.ParseActor(xapi.V1, []byte(text), "agent"); err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
}

// TestRepetitionsAmongManyAreFound has more properties and components than can
// be compared two by two.
func TestRepetitionsAmongManyAreFound(t *testing.T) {
	var tags, components []string
	for i := range 50_000 {
		tags = append(tags, `"a:`+strings.Repeat("x", i%50)+string(rune('a'+i%26))+strings.Repeat("y", i/50%40)+`":1`)
		components = append(components, `{"id":"`+strings.Repeat("x", i%50)+string(rune('0'+i%10))+strings.Repeat("y", i/50%40)+`"}`)
	}
	for _, text := range []string{
		strings.Replace(bare, `{`, `{"context":{"extensions":{`+strings.Join(tags, ",")+`}},`, 1),
		strings.Replace(bare, `"object":{`, `"object":{"definition":{"interactionType":"choice","choices":[`+strings.Join(components, ",")+`]},`, 1),
	} {
		if _, err := xapi.Parse(xapi.V1, []byte(text)); err == nil || !strings.Contains(err.Error(), "keep one") && !strings.Contains(err.Error(), "each its own") {
			t.Errorf("repetitions are not found: %.300v", err)
		}
	}
}

// TestProblemsPointToTheirCause replaces each value of a full statement by
// others, one at a time. Whatever is refused for it lies in the object or array
// that holds it.
func TestProblemsPointToTheirCause(t *testing.T) {
	junk := []string{`null`, `1`, `-0.5`, `""`, `"x"`, `"a:b"`, `true`, `{}`, `[]`, `[null]`, `{"a:b":null}`, `{"objectType":"Group"}`}
	refused := 0
	for _, place := range places("", fullStatement(t)) {
		for _, value := range junk {
			e := example{set: place, to: value}
			parent := e.path("$")
			parent = parent[:strings.LastIndexAny(parent, ".[")]
			for _, v := range both {
				_, err := xapi.Parse(v, e.statement(t))
				if err == nil {
					continue
				}
				refused++
				explained(t, err)
				var problems xapi.Problems
				errors.As(err, &problems)
				for _, p := range problems {
					if !strings.HasPrefix(p.Path, parent) {
						t.Errorf("%v: %s = %s is refused at %s", v, place, value, p.Path)
					}
				}
			}
		}
	}
	if refused < 1000 {
		t.Errorf("only %d refusals", refused)
	}
}

// places lists every value within a value, as example.set does; extensions
// count as one.
func places(at string, value any) (all []string) {
	add := func(step string, inner any) {
		place := strings.TrimPrefix(at+"."+step, ".")
		all = append(all, place)
		if step != "extensions" {
			all = append(all, places(place, inner)...)
		}
	}
	switch value := value.(type) {
	case map[string]any:
		for name, inner := range value {
			add(name, inner)
		}
	case []any:
		for i, inner := range value {
			add(strconv.Itoa(i), inner)
		}
	}
	return all
}
