package xapi_test

var typeRequirements = []contentRule{{
	ID: "XAPI-00027", Section: "Data 2.4.1", Versions: both, Text: "A statement's id is a UUID.",
	Accepts: []example{{set: "id"}, {set: "id", to: `"AA97B177-9383-4934-8543-0F91A7A02836"`}},
	Refuses: []example{{set: "id", to: `"AA97B177-9383-4934-8543-0F91A7A028368"`}, {set: "id", to: `"MA97B177-9383-4934-8543-0F91A7A02836"`}},
}, {
	ID: "XAPI-00028", Section: "Data 2.4.1", Versions: both, Text: "A statement's id is a string.",
	Accepts: []example{{set: "id", to: `"00000000-0000-4000-8000-000000000000"`}},
	Refuses: []example{{set: "id", to: `12345`}, {set: "id", to: `{"key":"should fail"}`}},
}, {
	ID: "XAPI-00029", Section: "Data 2.4.1", Versions: both, Text: "UUIDs are in the standard form with hyphens.",
	Accepts: []example{{set: "context.statement.id", to: `"8f87ccde-bb56-4c2e-ab83-44982ef22df0"`}},
	Refuses: []example{{set: "id", to: `"aa97b17793834934854 30f91a7a02836"`}, {set: "id", to: `"aa97b177938349348543 0f91a7a02836"`}, {set: "id", to: `"{aa97b177-9383-4934-8543-0f91a7a02836}"`}, {set: "id", to: `"urn:uuid:aa97b177-9383-4934-8543-0f91a7a02836"`}, {set: "context.registration", to: `"aa97b17793834934854330f91a7a02836"`}},
}, {
	ID: "XAPI-00030", Section: "Data 2.4.1", Versions: both, Text: "UUIDs follow RFC 4122.",
	Accepts: []example{{set: "context.registration", to: `"018f3f4e-7d3c-7b1a-9c2d-1a2b3c4d5e6f"`}},
	Refuses: []example{{set: "context.statement.id", to: `"8f87ccde-bb56-4c2e-ab83-44982ef22df"`}, {set: "context.registration", to: `"8f87ccde-bb56-4c2e-ab8344982-ef22df0"`}},
}, {
	ID: "XAPI-00118", Section: "Data 4.1", Versions: both, Text: "The keys of extensions are IRIs.",
	Accepts: []example{{set: "context.extensions", to: `{"http://example.com/x":1,"urn:x:y":2}`}},
	Refuses: []example{
		{set: "context.extensions", to: `{"x":1}`, at: "$.context.extensions.x"}, {set: "result.extensions", to: `{"":1}`, at: `$.result.extensions[""]`},
		{set: "object.definition.extensions", to: `{"example.com/x":1}`, at: `$.object.definition.extensions["example.com/x"]`},
	},
}, {
	ID: "XAPI-00119", Section: "Data 4.1", Versions: both, Text: "An extension's value may be null, empty, or anything else.",
	Accepts: []example{{set: "context.extensions", to: `{"a:n":null,"a:s":"","a:o":{},"a:a":[],"a:f":false,"a:d":{"":{"ID":null}}}`}, {set: "object.definition.extensions", to: `{"a:n":null}`}},
	Refuses: []example{{set: "context.extensions", to: `null`}},
}, {
	ID: "XAPI-00120", Section: "Data 4.1", Versions: both, Text: "Extensions are keys with values.",
	Accepts: []example{{set: "result.extensions", to: `{"a:b":[1,"2",{"c":3}]}`}},
	Refuses: []example{{set: "result.extensions", to: `["a:b"]`}, {set: "result.extensions", to: `"a:b"`}, {set: "context.extensions", to: `1`}},
}, {
	ID: "XAPI-00121", Section: "Data 4.2", Versions: both, Text: "The keys of language maps are RFC 5646 tags, their values strings.",
	Accepts: []example{{set: "object.definition.description", to: `{"en-US":"","sr-Latn-RS":"x","x-klingon":"y"}`}},
	Refuses: []example{
		{set: "object.definition.description", to: `{"e":"x"}`, at: "$.object.definition.description.e"}, {set: "object.definition.choices.0.description", to: `{"en US":"x"}`, at: `$.object.definition.choices[0].description["en US"]`},
		{set: "verb.display", to: `{"":"x"}`, at: `$.verb.display[""]`}, {set: "attachments.0.display", to: `{"en":["x"]}`, at: "$.attachments[0].display.en"}, {set: "verb.display", to: `["en"]`},
	},
}, {
	ID: "XAPI-00123", Section: "Data 4.5", Versions: both, Text: "Timestamps are a date with a time and a zone; the unknown zone -00:00 is refused.",
	Accepts: []example{
		{set: "timestamp", to: `"2015-11-18T12:17:00+00:00"`}, {set: "timestamp", to: `"2015-11-18T12:17:00Z"`}, {set: "timestamp", to: `"2016-02-29T23:59:59.999999999999-11:30"`},
		{set: "timestamp", to: `"2016-12-31T23:59:60Z"`}, {set: "timestamp", to: `"2015-11-18t12:17:00z"`},
	},
	Refuses: []example{
		{set: "timestamp", to: `"2008-09-15T15:53:00.601-00"`}, {set: "timestamp", to: `"2008-09-15T15:53:00.601-0000"`}, {set: "timestamp", to: `"2008-09-15T15:53:00.601-00:00"`},
		{set: "timestamp", to: `"2015-02-29T12:17:00Z"`}, {set: "timestamp", to: `"2015-13-01T12:17:00Z"`}, {set: "timestamp", to: `"2015-11-18T24:17:00Z"`}, {set: "timestamp", to: `"2015-11-18T12:60:00Z"`},
		{set: "timestamp", to: `"2015-11-18T12:17:61Z"`}, {set: "timestamp", to: `"2015-11-18T12:17:60Z"`}, {set: "timestamp", to: `"2015-11-18 12:17:00Z"`}, {set: "timestamp", to: `"2015-11-18T12:17:00.Z"`},
		{set: "timestamp", to: `"2015-11-18T12:17:00+24:00"`}, {set: "timestamp", to: `"2015-11-18T12:17:00Zx"`}, {set: "timestamp", to: `"15-11-18T12:17:00Z"`}, {set: "timestamp", to: `"0000-01-01T00:00:00+01:00"`},
	},
}, {
	ID: "LM-19", Section: "Data 4.5", Versions: onlyV1, Text: "Version 1.0.3 takes the other forms of ISO 8601 too.",
	Accepts: []example{
		{set: "timestamp", to: `"2015-11-18T12:17:00"`}, {set: "timestamp", to: `"2015-11-18T12:17Z"`}, {set: "timestamp", to: `"2015-11-18T12:17:00,5+01"`}, {set: "timestamp", to: `"2015-11-18T12:17:00-0500"`},
		{set: "timestamp", to: `"20151118T121700Z"`}, {set: "timestamp", to: `"20151118T121700.25+0100"`}, {set: "timestamp", to: `"20151118T1217"`},
	},
	Refuses: []example{{set: "timestamp", to: `"2015-W47-3T12:17:00Z"`}, {set: "timestamp", to: `"2015-1118T12:17:00Z"`}, {set: "timestamp", to: `"20151118T12:17:00Z"`}, {set: "timestamp", to: `"2015-11-18T121700Z"`}, {set: "timestamp", to: `"2015-11-18T12Z"`}},
}, {
	ID: "IEEE-4.2.7-a", Section: "IEEE 9274.1.1 4.2.7", Versions: onlyV2, Text: "Version 2.0 takes RFC 3339 timestamps only.",
	Accepts: []example{{set: "timestamp", to: `"2023-05-04T12:00:00-05:00"`}},
	Refuses: []example{{set: "timestamp", to: `"2015-11-18T12:17:00"`}, {set: "timestamp", to: `"2015-11-18T12:17Z"`}, {set: "timestamp", to: `"2015-11-18T12:17:00,5Z"`}, {set: "timestamp", to: `"2015-11-18T12:17:00-0500"`}, {set: "timestamp", to: `"20151118T121700Z"`}, {set: "timestamp", to: `"2015-11-18T12:17:00+01"`}},
}, {
	ID: "XAPI-00124", Section: "Data 4.6", Versions: both, Text: "Durations use the ISO 8601 format with designators; weeks stand alone.",
	Accepts: []example{
		{set: "result.duration", to: `"PT4H35M59.14S"`}, {set: "result.duration", to: `"PT16559.14S"`}, {set: "result.duration", to: `"P3Y1M29DT4H35M59.14S"`}, {set: "result.duration", to: `"P3Y"`},
		{set: "result.duration", to: `"P4W"`}, {set: "result.duration", to: `"P1DT12H36M0.12567S"`}, {set: "result.duration", to: `"PT0S"`}, {set: "result.duration", to: `"P0.5Y"`}, {set: "result.duration", to: `"PT1,5H"`}, {set: "result.duration", to: `"P1M"`}, {set: "result.duration", to: `"PT1M"`},
	},
	Refuses: []example{
		{set: "result.duration", to: `"P4W1D"`}, {set: "result.duration", to: `"P1Y4W"`}, {set: "result.duration", to: `"PA1H0M0S"`}, {set: "result.duration", to: `"P"`}, {set: "result.duration", to: `"PT"`}, {set: "result.duration", to: `"P1DT"`},
		{set: "result.duration", to: `"1H"`}, {set: "result.duration", to: `"PT1D"`}, {set: "result.duration", to: `"P1H"`}, {set: "result.duration", to: `"P1D1Y"`}, {set: "result.duration", to: `"PT1S1M"`}, {set: "result.duration", to: `"PT1M1M"`},
		{set: "result.duration", to: `"PT1.5H30M"`}, {set: "result.duration", to: `"PT.5S"`}, {set: "result.duration", to: `"PT5.S"`}, {set: "result.duration", to: `"-PT5S"`}, {set: "result.duration", to: `"PT-5S"`}, {set: "result.duration", to: `"pt5s"`},
		{set: "result.duration", to: `"P0003-06-04T12:30:05"`}, {set: "result.duration", to: `"PT5"`}, {set: "result.duration", to: `"PTT5S"`}, {set: "result.duration", to: `"PT5S "`}, {set: "result.duration", to: `"PT4W"`},
	},
}}
