package xapi_test

import (
	"fmt"
	"strings"
)

const (
	aRef = `{"objectType":"StatementRef","id":"8f87ccde-bb56-4c2e-ab83-44982ef22df0"}`
	aSub = `{"objectType":"SubStatement","actor":` + ann + `,"verb":{"id":"http://example.com/will"},"object":{"id":"http://example.com/a"}`
)

// interaction is an object with the definition of an interaction.
func interaction(properties string) string {
	return `{"id":"http://example.com/q","definition":{` + properties + `}}`
}

// components gives n components of an interaction.
func components(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf(`{"id":"choice %d"}`, i)
	}
	return out
}

// componentRule is the rule for a list of components, and for the interaction
// that has it.
func componentRule(id, interactionType, list string) contentRule {
	with := func(value string) string {
		return interaction(`"interactionType":"` + interactionType + `","` + list + `":` + value)
	}
	at := "$.object.definition." + list
	return contentRule{
		ID: id, Section: "Data 2.4.4.1", Versions: both, Text: list + " is an array of components, for the interaction type " + interactionType + ".",
		Accepts: []example{{set: "object", to: with(`[{"id":"a","description":{"en":"A"}},{"id":"b"}]`)}, {set: "object", to: with(`[]`)}},
		Refuses: []example{
			{set: "object", to: with(`{"id":"a"}`), at: at}, {set: "object", to: with(`"a"`), at: at}, {set: "object", to: with(`["a"]`), at: at + "[0]"},
			{set: "object", to: with(`[{"description":{"en":"A"}}]`), at: at + "[0]"}, {set: "object", to: with(`[{"id":"a"},{"id":7}]`), at: at + "[1].id"},
			{set: "object", to: interaction(`"interactionType":"other","` + list + `":[{"id":"a"}]`), at: at},
		},
	}
}

var objectRequirements = []contentRule{{
	ID: "XAPI-00044", Section: "Data 2.4.3", Versions: both, Text: "A verb has an id, an IRI.",
	Accepts: []example{{set: "verb", to: `{"id":"http://example.com/xapi/verbs#sent"}`}},
	Refuses: []example{{set: "verb.id", at: "$.verb"}, {set: "verb.id", to: `"should fail"`}, {set: "verb.id", to: `12345`}, {set: "verb", to: `{}`}},
}, {
	ID: "XAPI-00045", Section: "Data 2.4.3", Versions: both, Text: "A verb's display is a language map.",
	Accepts: []example{{set: "verb.display"}, {set: "verb.display", to: `{}`}, {set: "verb.display", to: `{"und":"x"}`}},
	Refuses: []example{{set: "verb.display", to: `"did"`}, {set: "verb.display", to: `12345`}, {set: "verb.display", to: `{"en":{}}`, at: "$.verb.display.en"}},
}, {
	ID: "XAPI-00046", Section: "Data 2.4.4", Versions: both, Text: "An object's objectType is Activity, Agent, Group, SubStatement or StatementRef.",
	Accepts: []example{{set: "object.objectType"}, {set: "object", to: aRef}, {set: "object", to: aTeamOf2}, {set: "object", to: aSub + "}", alone: true}},
	Refuses: []example{{set: "object.objectType", to: `"should fail"`}, {set: "object.objectType", to: `7`}, {set: "object", to: `{"objectType":"Statement"}`, at: "$.object.objectType"}},
}, {
	ID: "XAPI-00047", Section: "Data 2.4.4.1", Versions: both, Text: "An Activity has an id, an IRI, once.",
	Accepts: []example{{set: "object", to: `{"id":"http://example.com/a"}`}},
	Refuses: []example{{set: "object.id", at: "$.object"}, {set: "object.id", to: `"should fail"`}, {set: "object.id", to: `7`}, {set: "object", to: `{"id":"http://example.com/a","id":"http://example.com/a"}`, at: "$.object.id"}},
}, {
	ID: "XAPI-00048", Section: "Data 2.4.4.1", Versions: both, Text: "An Activity's definition is an object.",
	Accepts: []example{{set: "object.definition"}, {set: "object.definition", to: `{}`}},
	Refuses: []example{{set: "object.definition", to: `"should fail"`}, {set: "object.definition", to: `12345`}, {set: "object.definition", to: `[]`}},
}, {
	ID: "XAPI-00049", Section: "Data 2.4.4.1", Versions: both, Text: "interactionType is one of the ten types, and only the component lists of that type are there.",
	Accepts: []example{
		{set: "object", to: interaction(`"interactionType":"true-false","correctResponsesPattern":["true"]`)},
		{set: "object", to: interaction(`"interactionType":"choice","choices":[]`)},
		{set: "object", to: interaction(`"choices":[{"id":"a"},{"id":"b"}],"interactionType":"sequencing"`)},
		{set: "object", to: interaction(`"interactionType":"fill-in"`)}, {set: "object", to: interaction(`"interactionType":"long-fill-in"`)},
		{set: "object", to: interaction(`"interactionType":"matching","source":[{"id":"a"}],"target":[{"id":"a"}]`)},
		{set: "object", to: interaction(`"interactionType":"performance","steps":[{"id":"a"}]`)},
		{set: "object", to: interaction(`"interactionType":"likert","scale":[{"id":"1"}]`)},
		{set: "object", to: interaction(`"interactionType":"numeric","correctResponsesPattern":["4[:]"]`)}, {set: "object", to: interaction(`"interactionType":"other"`)},
	},
	Refuses: []example{
		{set: "object.definition.interactionType", to: `"should fail"`}, {set: "object.definition.interactionType", to: `12345`}, {set: "object.definition.interactionType", to: `{}`},
		{set: "object", to: interaction(`"interactionType":"true-false","choices":[]`), at: "$.object.definition.choices"},
		{set: "object", to: interaction(`"interactionType":"choice","scale":[]`), at: "$.object.definition.scale"},
		{set: "object", to: interaction(`"interactionType":"likert","steps":[]`), at: "$.object.definition.steps"},
		{set: "object", to: interaction(`"interactionType":"matching","source":[],"choices":[]`), at: "$.object.definition.choices"},
		{set: "object", to: interaction(`"target":[],"interactionType":"performance"`), at: "$.object.definition.target"},
		{set: "object", to: interaction(`"source":[],"interactionType":"numeric"`), at: "$.object.definition.source"},
	},
}, {
	ID: "XAPI-00056", Section: "Data 2.4.4.1", Versions: both, Text: "A definition's name is a language map.",
	Accepts: []example{{set: "object.definition.name", to: `{"en":"a","de":"b"}`}},
	Refuses: []example{{set: "object.definition.name", to: `"a"`}, {set: "object.definition.name", to: `{"en":1}`, at: "$.object.definition.name.en"}},
}, {
	ID: "XAPI-00057", Section: "Data 2.4.4.1", Versions: both, Text: "A definition's extensions are an object.",
	Accepts: []example{{set: "object.definition.extensions", to: `{}`}},
	Refuses: []example{{set: "object.definition.extensions", to: `"should fail"`}, {set: "object.definition.extensions", to: `[]`}},
}, {
	ID: "XAPI-00059", Section: "Data 2.4.4.1", Versions: both, Text: "A definition's description is a language map.",
	Accepts: []example{{set: "object.definition.description", to: `{"en":"a"}`}},
	Refuses: []example{{set: "object.definition.description", to: `12345`}, {set: "object.definition.description", to: `{"en":null}`, at: "$.object.definition.description.en"}},
}, {
	ID: "XAPI-00060", Section: "Data 2.4.4.1", Versions: both, Text: "A definition's type is an IRI.",
	Accepts: []example{{set: "object.definition.type", to: `"http://adlnet.gov/expapi/activities/course"`}},
	Refuses: []example{{set: "object.definition.type", to: `"should fail"`}, {set: "object.definition.type", to: `{}`}},
}, {
	ID: "XAPI-00061", Section: "Data 2.4.4.1", Versions: both, Text: "A definition's moreInfo is an IRL.",
	Accepts: []example{{set: "object.definition.moreInfo", to: `"http://virtualmeeting.example.com/345256"`}},
	Refuses: []example{{set: "object.definition.moreInfo", to: `"should fail"`}, {set: "object.definition.moreInfo", to: `5`}},
}, {
	ID: "XAPI-00050", Section: "Data 2.4.4.1", Versions: both, Text: "correctResponsesPattern is an array of strings.",
	Accepts: []example{{set: "object.definition.correctResponsesPattern", to: `["a[,]b",""]`}},
	Refuses: []example{
		{set: "object.definition.correctResponsesPattern", to: `"b"`}, {set: "object.definition.correctResponsesPattern", to: `{}`},
		{set: "object.definition.correctResponsesPattern", to: `["b",1]`, at: "$.object.definition.correctResponsesPattern[1]"},
	},
},
	componentRule("XAPI-00051", "performance", "steps"), componentRule("XAPI-00052", "matching", "target"), componentRule("XAPI-00053", "matching", "source"),
	componentRule("XAPI-00054", "likert", "scale"), componentRule("XAPI-00055", "choice", "choices"), {
		ID: "XAPI-00058", Section: "Data 2.4.4.1", Versions: both, Text: "A component has an id, a string that no other of its list has.",
		Accepts: []example{
			{set: "object.definition.choices", to: `[{"id":"a"},{"id":"A"},{"id":"a "}]`},
			{set: "object.definition.choices", to: `[` + strings.Join(components(40), ",") + `]`},
			{set: "object", to: interaction(`"interactionType":"matching","source":[{"id":"a"}],"target":[{"id":"a"}]`)},
		},
		Refuses: []example{
			{set: "object.definition.choices", to: `[{"description":{"en":"x"}}]`, at: "$.object.definition.choices[0]"},
			{set: "object.definition.choices", to: `[{"id":1}]`, at: "$.object.definition.choices[0].id"},
			{set: "object.definition.choices", to: `[{"id":"a"},{"id":"b"},{"id":"a"}]`, at: "$.object.definition.choices[2].id"},
			{set: "object.definition.choices", to: `[{"id":"a"},{"id":"\u0061"}]`, at: "$.object.definition.choices[1].id"},
			{set: "object.definition.choices", to: `[` + strings.Join(components(40), ",") + `,` + components(40)[7] + `]`, at: "$.object.definition.choices[40].id"},
		},
	}, {
		ID: "XAPI-00062", Section: "Data 2.4.4.1", Versions: both, Text: "A component's description is a language map.",
		Accepts: []example{{set: "object.definition.choices.0.description", to: `{"en":"a","de":"b"}`}},
		Refuses: []example{
			{set: "object.definition.choices.0.description", to: `"x"`}, {set: "object.definition.choices.0.description", to: `7`},
			{set: "object.definition.choices.0.description", to: `{"en":7}`, at: "$.object.definition.choices[0].description.en"},
			{set: "object.definition.choices.0.description", to: `{"a12345678":"x"}`, at: "$.object.definition.choices[0].description.a12345678"},
		},
	}, {
		ID: "XAPI-00063", Section: "Data 2.4.4.1", Versions: both, Text: "A component is an object.",
		Accepts: []example{{set: "object.definition.choices.0", to: `{"id":"a"}`}},
		Refuses: []example{{set: "object.definition.choices.0", to: `"a"`}, {set: "object.definition.choices.0", to: `7`}, {set: "object.definition.choices.0", to: `[{"id":"a"}]`}},
	}, {
		ID: "XAPI-00064", Section: "Data 2.4.4.1", Versions: both, Text: "Where a definition has any property of an interaction it has interactionType.",
		Accepts: []example{{set: "object", to: interaction(`"interactionType":"other","correctResponsesPattern":[]`)}},
		Refuses: []example{
			{set: "object", to: interaction(`"correctResponsesPattern":["true"]`), at: "$.object.definition"}, {set: "object", to: interaction(`"choices":[]`), at: "$.object.definition"},
			{set: "object", to: interaction(`"scale":[]`), at: "$.object.definition"}, {set: "object", to: interaction(`"source":[]`), at: "$.object.definition"},
			{set: "object", to: interaction(`"target":[]`), at: "$.object.definition"}, {set: "object", to: interaction(`"steps":[]`), at: "$.object.definition"},
		},
	}, {
		ID: "XAPI-00065", Section: "Data 2.4.4.2", Versions: both, Text: "An Agent or Group as object says its objectType.",
		Accepts: []example{{set: "object", to: `{` + annMbox + `,"objectType":"Agent"}`}, {set: "object", to: aGroup + annMbox + "}"}},
		Refuses: []example{{set: "object", to: ann, at: "$.object.mbox"}, {set: "object", to: `{"member":[` + ann + `]}`, at: "$.object.member"}},
	}, {
		ID: "XAPI-00066", Section: "Data 2.4.4.3", Versions: both, Text: "A SubStatement keeps the rules of statements.",
		Accepts: []example{{set: "object", to: aSub + `,"timestamp":"2126-03-04T10:15:30Z","result":{},"context":{"platform":"x"},"attachments":[]}`, alone: true}},
		Refuses: []example{
			{set: "object", to: `{"objectType":"SubStatement"}`, alone: true}, {set: "object", to: `{"objectType":"SubStatement","actor":` + ann + `,"verb":{"id":"a:b"}}`, alone: true},
			{set: "object", to: aSub + `,"extra":1}`, at: "$.object.extra", alone: true}, {set: "object", to: aSub + `,"timestamp":"soon"}`, at: "$.object.timestamp", alone: true},
			{set: "object", to: aSub + `,"result":{"score":{"scaled":2}}}`, at: "$.object.result.score.scaled", alone: true},
		},
	}, {
		ID: "XAPI-00067", Section: "Data 2.4.4.3", Versions: both, Text: "A SubStatement has no authority.",
		Accepts: []example{{set: "object", to: aSub + "}", alone: true}},
		Refuses: []example{{set: "object", to: aSub + `,"authority":` + ann + `}`, at: "$.object.authority", alone: true}},
	}, {
		ID: "XAPI-00068", Section: "Data 2.4.4.3", Versions: both, Text: "A SubStatement has no version.",
		Accepts: []example{{set: "object", to: aSub + "}", alone: true}},
		Refuses: []example{{set: "object", to: aSub + `,"version":"1.0.0"}`, at: "$.object.version", alone: true}},
	}, {
		ID: "XAPI-00069", Section: "Data 2.4.4.3", Versions: both, Text: "A SubStatement has no stored.",
		Accepts: []example{{set: "object", to: aSub + "}", alone: true}},
		Refuses: []example{{set: "object", to: aSub + `,"stored":"2026-03-04T10:15:30Z"}`, at: "$.object.stored", alone: true}},
	}, {
		ID: "XAPI-00070", Section: "Data 2.4.4.3", Versions: both, Text: "A SubStatement has no id.",
		Accepts: []example{{set: "object", to: aSub + "}", alone: true}},
		Refuses: []example{{set: "object", to: aSub + `,"id":"8f87ccde-bb56-4c2e-ab83-44982ef22df0"}`, at: "$.object.id", alone: true}},
	}, {
		ID: "XAPI-00071", Section: "Data 2.4.4.3", Versions: both, Text: "A SubStatement is about no SubStatement.",
		Accepts: []example{{set: "object", to: `{"objectType":"SubStatement","actor":` + ann + `,"verb":{"id":"a:b"},"object":` + aRef + `}`, alone: true}},
		Refuses: []example{{set: "object", to: `{"objectType":"SubStatement","actor":` + ann + `,"verb":{"id":"a:b"},"object":` + aSub + `}}`, at: "$.object.object.objectType", alone: true}},
	}, {
		ID: "XAPI-00072", Section: "Data 2.4.4.3", Versions: both, Text: "A StatementRef has an id, a UUID.",
		Accepts: []example{{set: "object", to: aRef}},
		Refuses: []example{
			{set: "object", to: `{"objectType":"StatementRef"}`}, {set: "object", to: `{"objectType":"StatementRef","id":"http://example.com/a"}`, at: "$.object.id"},
			{set: "object", to: `{"objectType":"StatementRef","id":7}`, at: "$.object.id"},
		},
	}, {
		ID: "XAPI-00073", Section: "Data 2.4.4.3", Versions: both, Text: "A StatementRef or SubStatement says its objectType.",
		Accepts: []example{{set: "object", to: aRef}, {set: "object", to: aSub + "}", alone: true}},
		Refuses: []example{
			{set: "object", to: `{"id":"8f87ccde-bb56-4c2e-ab83-44982ef22df0"}`, at: "$.object.id"}, {set: "context.statement", to: `{"id":"8f87ccde-bb56-4c2e-ab83-44982ef22df0"}`},
			{set: "object", to: `{"actor":` + ann + `,"verb":{"id":"a:b"},"object":{"id":"a:b"}}`, at: "$.object.actor"},
		},
	}}
