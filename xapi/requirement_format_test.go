package xapi_test

// bare is a statement in one line, for examples that are no variations.
const bare = `{"actor":{"mbox":"mailto:ann@example.com"},"verb":{"id":"http://example.com/did"},"object":{"id":"http://example.com/a"}}`

var formatRequirements = []contentRule{{
	ID: "XAPI-00001", Section: "Data 2.2", Versions: both,
	Text:    "No property is null, except within extensions.",
	Accepts: []example{{set: "context.extensions", to: `{"http://example.com/x":null}`}, {set: "result.extensions", to: `{"http://example.com/x":{"y":[null]}}`}},
	Refuses: []example{
		{set: "id", to: `null`}, {set: "actor", to: `null`}, {set: "actor.name", to: `null`}, {set: "actor.member.0", to: `null`},
		{set: "verb", to: `null`}, {set: "verb.display", to: `null`}, {set: "verb.display.en", to: `null`},
		{set: "object", to: `null`}, {set: "object.definition", to: `null`}, {set: "object.definition.moreInfo", to: `null`},
		{set: "result", to: `null`}, {set: "result.success", to: `null`}, {set: "result.score.raw", to: `null`},
		{set: "context", to: `null`}, {set: "context.team", to: `null`}, {set: "context.contextActivities.parent", to: `null`},
		{set: "context.extensions", to: `null`}, {set: "timestamp", to: `null`}, {set: "stored", to: `null`},
		{set: "authority", to: `null`}, {set: "version", to: `null`}, {set: "attachments", to: `null`}, {set: "attachments.0.length", to: `null`},
	},
}, {
	ID: "XAPI-00003", Section: "Data 2.2", Versions: both, Text: "A statement has an actor.",
	Accepts: []example{{to: bare}}, Refuses: []example{{set: "actor", at: "$"}},
}, {
	ID: "XAPI-00004", Section: "Data 2.2", Versions: both, Text: "A statement has a verb.",
	Accepts: []example{{to: bare}}, Refuses: []example{{set: "verb", at: "$"}},
}, {
	ID: "XAPI-00005", Section: "Data 2.2", Versions: both, Text: "A statement has an object.",
	Accepts: []example{{to: bare}}, Refuses: []example{{set: "object", at: "$"}},
}, {
	ID: "XAPI-00006", Section: "Data 2.2", Versions: both,
	Text:    "Every value has the type that the specification gives it; numbers and booleans in quotes are strings.",
	Accepts: []example{{set: "result.score.raw", to: `5.0e0`}, {set: "result.completion", to: `true`}},
	Refuses: []example{
		{set: "result.score.raw", to: `"5"`}, {set: "result.completion", to: `"true"`}, {set: "result.success", to: `1`},
		{set: "actor", to: `"ann"`}, {set: "actor.name", to: `7`}, {set: "verb", to: `"http://example.com/did"`}, {set: "object", to: `[]`},
		{set: "context", to: `[]`}, {set: "attachments", to: `{}`}, {set: "result", to: `true`}, {set: "timestamp", to: `1772619330`},
		{to: `"a statement"`, at: "$"}, {to: `17`, at: "$"}, {to: `true`, at: "$"},
	},
}, {
	ID: "XAPI-00007", Section: "Data 2.2", Versions: both,
	Text:    "A string that has a format follows it; an empty one does not.",
	Accepts: []example{{set: "actor.name", to: `""`}, {set: "result.response", to: `""`}, {set: "context.platform", to: `""`}},
	Refuses: []example{
		{set: "id", to: `""`}, {set: "actor.mbox", to: `""`}, {set: "actor.member.1.openid", to: `""`}, {set: "actor.member.2.mbox_sha1sum", to: `""`},
		{set: "actor.member.0.account.homePage", to: `""`}, {set: "verb.id", to: `""`}, {set: "object.id", to: `""`},
		{set: "object.definition.type", to: `""`}, {set: "object.definition.moreInfo", to: `""`}, {set: "object.definition.interactionType", to: `""`},
		{set: "context.registration", to: `""`}, {set: "context.language", to: `""`}, {set: "context.statement.id", to: `""`},
		{set: "result.duration", to: `""`}, {set: "timestamp", to: `""`}, {set: "version", to: `""`},
		{set: "attachments.0.usageType", to: `""`}, {set: "attachments.0.contentType", to: `""`}, {set: "attachments.0.sha2", to: `""`},
	},
}, {
	ID: "XAPI-00008", Section: "Data 2.2", Versions: both, Text: "Names of properties are written in the case of the specification.",
	Accepts: []example{{set: "actor.mbox", to: `"mailto:team-b@example.com"`}},
	Refuses: []example{
		{set: "Actor", to: `{}`}, {set: "ID", to: `"6690e6c9-3ef0-4ed3-8b37-7f3964730bee"`}, {set: "actor.Name", to: `"x"`}, {set: "verb.Display", to: `{}`},
		{set: "object.ObjectType", to: `"Activity"`}, {set: "object.definition.moreinfo", to: `"http://example.com/"`}, {set: "result.Score", to: `{}`},
		{set: "result.score.SCALED", to: `0`}, {set: "context.contextactivities", to: `{}`}, {set: "attachments.0.fileURL", to: `"http://example.com/"`},
		{set: "actor.member.0.account.homepage", to: `"http://example.com/"`},
	},
}, {
	ID: "XAPI-00009", Section: "Data 2.2", Versions: both, Text: "Values of a fixed list are written in the case of the specification.",
	Accepts: []example{{set: "object.objectType", to: `"Activity"`}},
	Refuses: []example{
		{set: "object.objectType", to: `"activity"`}, {set: "actor.member.1.objectType", to: `"agent"`}, {set: "context.statement.objectType", to: `"statementRef"`},
		{set: "object.definition.interactionType", to: `"Choice"`}, {set: "actor", to: `{"objectType":"group","mbox":"mailto:a@example.com"}`, at: "$.actor.objectType"},
	},
}, {
	ID: "XAPI-00010", Section: "Data 2.2", Versions: both, Text: "There are no properties beyond those of the specification, except within extensions.",
	Accepts: []example{{set: "result.extensions", to: `{"http://example.com/x":{"Anything":{"goes":1}}}`}},
	Refuses: []example{
		{set: "extra", to: `1`}, {set: "actor.extra", to: `1`}, {set: "actor.member.0.member", to: `[]`}, {set: "actor.member.0.account.extra", to: `1`},
		{set: "verb.extra", to: `1`}, {set: "object.extra", to: `1`}, {set: "object.definition.extra", to: `1`}, {set: "object.definition.choices.0.extra", to: `1`},
		{set: "result.extra", to: `1`}, {set: "result.score.extra", to: `1`}, {set: "context.extra", to: `1`}, {set: "context.statement.extra", to: `1`},
		{set: "context.contextActivities.parent.0.extra", to: `1`}, {set: "attachments.0.extra", to: `1`}, {set: "objectType", to: `"Statement"`},
	},
}, {
	ID: "XAPI-00011", Section: "Data 2.2", Versions: both, Text: "IRIs and IRLs have a scheme.",
	Accepts: []example{
		{set: "verb.id", to: `"http://example.com/فعل/خواندن"`}, {set: "object.id", to: `"course-v1:FUN-MOOC+00002+session01"`},
		{set: "object.id", to: `"uuid://7d4f3c70-1e79-4243-9b7d-166076ce8bfb"`}, {set: "object.id", to: `"urn:isbn:0451450523"`},
		{set: "object.id", to: `"tag:example.com,2026:a"`}, {set: "object.id", to: `"http://[2001:db8::7]/a?b=c#d"`},
	},
	Refuses: []example{
		{set: "verb.id", to: `"example.com/did"`}, {set: "object.id", to: `"/a"`}, {set: "object.id", to: `"//example.com/a"`}, {set: "object.definition.type", to: `"course"`},
		{set: "object.definition.moreInfo", to: `"www.example.com"`}, {set: "attachments.0.fileUrl", to: `"files/1.pdf"`}, {set: "attachments.0.usageType", to: `"certificate"`},
		{set: "actor.member.1.openid", to: `"ben.example.com"`}, {set: "actor.member.0.account.homePage", to: `"lms.example.com"`},
		{set: "object.id", to: `"1http://example.com"`}, {set: "object.id", to: `"ab=c://example.com"`}, {set: "object.id", to: `":a"`},
		{set: "object.id", to: `"http://example.com/a b"`}, {set: "object.id", to: `"http://example.com/{a}"`}, {set: "object.id", to: `"http://example.com/%zz"`},
		{set: "object.id", to: `"http://example.com/\u0007"`}, {set: "object.id", to: `"http://example.com/\ufffe"`},
	},
}, {
	ID: "XAPI-00013", Section: "Data 2.2", Versions: both, Text: "The parts of language tags have the lengths that RFC 5646 allows.",
	Accepts: []example{{set: "verb.display", to: `{"en":"a","zh-cmn-Hans-CN":"b","sl-rozaj-biske-1994":"c","de-CH-x-phonebk":"d","es-419":"e","i-klingon":"f","en-u-ca-gregory":"g"}`}},
	Refuses: []example{
		{set: "verb.display", to: `{"a12345678":"x"}`, at: "$.verb.display.a12345678"}, {set: "verb.display", to: `{"e":"x"}`, at: "$.verb.display.e"},
		{set: "object.definition.name", to: `{"en-":"x"}`, at: `$.object.definition.name["en-"]`}, {set: "context.language", to: `"en_US"`},
		{set: "context.language", to: `"english-languages"`}, {set: "context.language", to: `"en-USAAAAAAA"`}, {set: "context.language", to: `"x"`},
	},
}, {
	ID: "XAPI-00014", Section: "Data 2.1", Versions: both, Text: "The text is well-formed JSON.",
	Accepts: []example{{to: "\r\n\t " + bare + " \n"}},
	Refuses: []example{
		{to: ``}, {to: `{`}, {to: `{"actor"`, at: "$.actor"}, {to: bare[:len(bare)-1]}, {to: bare + bare}, {to: bare + "x"}, {to: `{'actor':1}`},
		{to: `{"actor":{"mbox":"mailto:a@b.c",}}`, at: "$.actor"}, {to: "{\"actor\":{\"name\":\"a\tb\"}}", at: "$.actor.name"}, {to: `{"id":01}`, at: "$"},
		{to: `{"id":NaN}`, at: "$.id"},
	},
}, {
	ID: "XAPI-00021", Section: "Data 2.4", Versions: both, Text: "No object has a property twice.",
	Accepts: []example{{set: "actor", to: `{"mbox":"mailto:a@example.com","name":"mbox"}`}},
	Refuses: []example{
		{to: `{"id":"6690e6c9-3ef0-4ed3-8b37-7f3964730bee","id":"6690e6c9-3ef0-4ed3-8b37-7f3964730bee",` + bare[1:], at: "$.id"},
		{set: "actor", to: `{"mbox":"mailto:a@example.com","mbox":"mailto:a@example.com"}`, at: "$.actor.mbox"}, {set: "verb", to: `{"id":"a:b","id":"a:b"}`, at: "$.verb.id"},
		{set: "verb.display", to: `{"en":"a","en":"b"}`, at: "$.verb.display.en"}, {set: "context.extensions", to: `{"a:b":1,"\u0061:b":2}`, at: `$.context.extensions["a:b"]`},
		{set: "context.extensions", to: `{"a:b":{"x":[{"y":1,"y":2}]}}`, at: `$.context.extensions["a:b"]`},
	},
}, {
	ID: "XAPI-00015", Section: "Data 2.2", Versions: both, Text: "Texts are UTF-8, in both directions, and what is not UTF-8 is refused.",
	Accepts: []example{{set: "actor.name", to: `"Zoë Ελληνικά 汉语 😀"`}},
	Refuses: []example{
		{to: "{\"actor\":{\"name\":\"Zo\xeb\"}}", at: "$.actor.name"}, {to: "{\"actor\":{\"name\":\"\xed\xa0\x80\"}}", at: "$.actor.name"},
		{to: `{"actor":{"name":"\ud800"}}`, at: "$.actor.name"}, {to: "{\"actor\":{\"name\":\"\xf8\"}}", at: "$.actor.name"},
	},
}}
