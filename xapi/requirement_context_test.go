package xapi_test

// aboutNoActivity are statements with a property in their context that are
// about something else than an Activity.
func aboutNoActivity(property string) []example {
	var all []example
	for _, object := range []string{aRef, aTeamOf2, anAgent + annMbox + "}", aSub + "}"} {
		all = append(all, example{
			to: `{"actor":` + ann + `,"verb":{"id":"a:b"},"context":{"` + property + `":""},"object":` + object + `}`,
			at: "$.context." + property,
		})
	}
	return all
}

// relation is a context of version 2.0 with one related actor.
func relation(list, properties string) string { return `{"` + list + `":[{` + properties + `}]}` }

const (
	relatedAgent = `"objectType":"contextAgent","agent":` + ann
	relatedGroup = `"objectType":"contextGroup","group":` + aTeamOf2
)

var contextRequirements = []contentRule{{
	ID: "XAPI-00084", Section: "Data 2.4.6", Versions: both, Text: "A context has a revision only when the object is an Activity.",
	Accepts: []example{{set: "context.revision", to: `""`}, {set: "object.objectType"}},
	Refuses: aboutNoActivity("revision"),
}, {
	ID: "XAPI-00085", Section: "Data 2.4.6", Versions: both, Text: "A context has a platform only when the object is an Activity.",
	Accepts: []example{{set: "context.platform", to: `"x"`}, {set: "object.objectType"}},
	Refuses: aboutNoActivity("platform"),
}, {
	ID: "XAPI-00086", Section: "Data 2.4.6", Versions: both, Text: "contextActivities is an object.",
	Accepts: []example{{set: "context.contextActivities", to: `{}`}},
	Refuses: []example{{set: "context.contextActivities", to: `"x"`}, {set: "context.contextActivities", to: `[]`}},
}, {
	ID: "XAPI-00087-1", Section: "Data 2.4.6", Versions: both, Text: "registration is a UUID.",
	Accepts: []example{{set: "context.registration", to: `"EC531277-B57B-4C15-8D91-D292C5B2B8F7"`}},
	Refuses: []example{{set: "context.registration", to: `"12345"`}, {set: "context.registration", to: `12345`}},
}, {
	ID: "XAPI-00087-2", Section: "Data 2.4.6", Versions: both, Text: "instructor is an Agent or a Group.",
	Accepts: []example{{set: "context.instructor", to: aTeamOf2}, {set: "context.instructor", to: "{" + annAcc + "}"}},
	Refuses: []example{{set: "context.instructor", to: `"Carol"`}, {set: "context.instructor", to: `[` + ann + `]`}, {set: "context.instructor", to: `{"objectType":"Activity","id":"a:b"}`, at: "$.context.instructor.id"}},
}, {
	ID: "XAPI-00088", Section: "Data 2.4.6", Versions: both, Text: "team is a Group.",
	Accepts: []example{{set: "context.team", to: aGroup + annMbox + "}"}},
	Refuses: []example{{set: "context.team", to: ann}, {set: "context.team", to: anAgent + annMbox + "}"}, {set: "context.team", to: `"A"`}, {set: "context.team", to: aGroup + annMbox + "," + annID + "}"}},
}, {
	ID: "XAPI-00089", Section: "Data 2.4.6", Versions: both, Text: "revision is a string.",
	Accepts: []example{{set: "context.revision", to: `"2.1-beta"`}},
	Refuses: []example{{set: "context.revision", to: `2`}, {set: "context.revision", to: `{}`}},
}, {
	ID: "XAPI-00090", Section: "Data 2.4.6", Versions: both, Text: "platform is a string.",
	Accepts: []example{{set: "context.platform", to: `"Web"`}},
	Refuses: []example{{set: "context.platform", to: `7`}, {set: "context.platform", to: `["Web"]`}},
}, {
	ID: "XAPI-00091", Section: "Data 2.4.6", Versions: both, Text: "language is an RFC 5646 language tag.",
	Accepts: []example{{set: "context.language", to: `"tlh"`}, {set: "context.language", to: `"zh-Hant-TW"`}},
	Refuses: []example{{set: "context.language", to: `"a12345678"`}, {set: "context.language", to: `12345`}, {set: "context.language", to: `"en-US-"`}},
}, {
	ID: "XAPI-00092", Section: "Data 2.4.6", Versions: both, Text: "A context's statement is a StatementRef.",
	Accepts: []example{{set: "context.statement", to: aRef}},
	Refuses: []example{{set: "context.statement", to: `"8f87ccde-bb56-4c2e-ab83-44982ef22df0"`}, {set: "context.statement", to: `{"objectType":"StatementRef","id":"x"}`, at: "$.context.statement.id"}, {set: "context.statement.objectType", to: `"SubStatement"`}},
}, {
	ID: "XAPI-00093", Section: "Data 2.4.6.2", Versions: both, Text: "contextActivities holds only parent, grouping, category and other.",
	Accepts: []example{{set: "context.contextActivities", to: `{"parent":[],"grouping":[],"category":[{"id":"a:b"}],"other":{"id":"a:b"}}`}},
	Refuses: []example{{set: "context.contextActivities.sibling", to: `[]`}, {set: "context.contextActivities.Parent", to: `[]`}},
}, {
	ID: "XAPI-00094", Section: "Data 2.4.6.2", Versions: both, Text: "Each of the contextActivities is an Activity or an array of them.",
	Accepts: []example{{set: "context.contextActivities.parent", to: `{"id":"a:b"}`}, {set: "context.contextActivities.other", to: `[{"id":"a:b"},{"id":"a:c","objectType":"Activity","definition":{"name":{"en":"x"}}}]`}},
	Refuses: []example{
		{set: "context.contextActivities.parent", to: `"http://example.com/a"`}, {set: "context.contextActivities.parent.0", to: `"http://example.com/a"`},
		{set: "context.contextActivities.parent.0.id", at: "$.context.contextActivities.parent[0]"}, {set: "context.contextActivities.parent.0.objectType", to: `"Agent"`},
		{set: "context.contextActivities.grouping.id", to: `"should fail"`}, {set: "context.contextActivities.parent.0.definition", to: `7`},
	},
}, {
	ID: "IEEE-4.2.2.5-a", Section: "IEEE 9274.1.1 4.2.2.5", Versions: onlyV2, Text: "contextAgents are an array of contextAgent objects, each with an Agent.",
	Accepts: []example{{set: "context", to: relation("contextAgents", relatedAgent)}, {set: "context.contextAgents", to: `[]`}},
	Refuses: []example{
		{set: "context.contextAgents", to: `{` + relatedAgent + `}`}, {set: "context.contextAgents", to: `["ann"]`, at: "$.context.contextAgents[0]"},
		{set: "context", to: relation("contextAgents", `"agent":`+ann), at: "$.context.contextAgents[0]"},
		{set: "context", to: relation("contextAgents", `"objectType":"ContextAgent","agent":`+ann), at: "$.context.contextAgents[0].objectType"},
		{set: "context", to: relation("contextAgents", `"objectType":"contextAgent"`), at: "$.context.contextAgents[0]"},
		{set: "context", to: relation("contextAgents", `"objectType":"contextAgent","agent":{"key":1}`), at: "$.context.contextAgents[0].agent"},
		{set: "context", to: relation("contextAgents", `"objectType":"contextAgent","agent":`+aTeamOf2), at: "$.context.contextAgents[0].agent"},
		{set: "context", to: relation("contextAgents", relatedAgent+`,"extra":1`), at: "$.context.contextAgents[0].extra"},
	},
}, {
	ID: "IEEE-4.2.2.5-b", Section: "IEEE 9274.1.1 4.2.2.5", Versions: onlyV2, Text: "contextGroups are an array of contextGroup objects, each with a Group.",
	Accepts: []example{{set: "context", to: relation("contextGroups", relatedGroup)}},
	Refuses: []example{
		{set: "context.contextGroups", to: `"A"`}, {set: "context", to: relation("contextGroups", `"group":`+aTeamOf2), at: "$.context.contextGroups[0]"},
		{set: "context", to: relation("contextGroups", `"objectType":"contextAgent","group":`+aTeamOf2), at: "$.context.contextGroups[0].objectType"},
		{set: "context", to: relation("contextGroups", `"objectType":"contextGroup","group":`+ann), at: "$.context.contextGroups[0].group"},
		{set: "context", to: relation("contextGroups", `"objectType":"contextGroup","group":{"objectType":"Group"}`), at: "$.context.contextGroups[0].group"},
		{set: "context", to: relation("contextGroups", `"objectType":"contextGroup","agent":`+ann), at: "$.context.contextGroups[0].agent"},
		{set: "context", to: relation("contextGroups", relatedGroup+`,"member":[]`), at: "$.context.contextGroups[0].member"},
	},
}, {
	ID: "IEEE-4.2.2.5-c", Section: "IEEE 9274.1.1 4.2.2.5", Versions: onlyV2, Text: "relevantTypes, where there, list at least one IRI.",
	Accepts: []example{{set: "context", to: relation("contextAgents", relatedAgent+`,"relevantTypes":["http://example.com/t","urn:x:y"]`)}, {set: "context", to: relation("contextGroups", relatedGroup+`,"relevantTypes":["a:b"]`)}},
	Refuses: []example{
		{set: "context", to: relation("contextAgents", relatedAgent+`,"relevantTypes":[]`), at: "$.context.contextAgents[0].relevantTypes"},
		{set: "context", to: relation("contextAgents", relatedAgent+`,"relevantTypes":["abc"]`), at: "$.context.contextAgents[0].relevantTypes[0]"},
		{set: "context", to: relation("contextAgents", relatedAgent+`,"relevantTypes":"a:b"`), at: "$.context.contextAgents[0].relevantTypes"},
		{set: "context", to: relation("contextGroups", relatedGroup+`,"relevantTypes":[]`), at: "$.context.contextGroups[0].relevantTypes"},
		{set: "context", to: relation("contextGroups", relatedGroup+`,"relevantTypes":[7]`), at: "$.context.contextGroups[0].relevantTypes[0]"},
	},
}, {
	ID: "LM-17", Section: "Data 2.4.6", Versions: onlyV1, Text: "Version 1.0.3 has no contextAgents and contextGroups.",
	Accepts: []example{{set: "context", to: `{}`}},
	Refuses: []example{{set: "context", to: relation("contextAgents", relatedAgent), at: "$.context.contextAgents"}, {set: "context", to: relation("contextGroups", relatedGroup), at: "$.context.contextGroups"}},
}}
