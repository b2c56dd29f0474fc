package xapi_test

const voidedVerb = `{"id":"http://adlnet.gov/expapi/verbs/voided"}`

var statementRequirements = []contentRule{{
	ID: "XAPI-00017", Section: "Data 2.3.2", Versions: both, Text: "A statement that voids is refused unless it is about a StatementRef.",
	Accepts: []example{{to: `{"actor":{"mbox":"mailto:a@example.com"},"verb":` + voidedVerb + `,"object":{"objectType":"StatementRef","id":"e05aa883-acaf-40ad-bf54-02c8ce485fb0"}}`}},
	Refuses: []example{
		{set: "verb", to: voidedVerb, at: "$.object"},
		{to: `{"actor":{"mbox":"mailto:a@example.com"},"verb":` + voidedVerb + `,"object":{"objectType":"Agent","mbox":"mailto:a@example.com"}}`, at: "$.object"},
		{to: `{"actor":{"mbox":"mailto:a@example.com"},"verb":` + voidedVerb + `,"object":{"id":"http://example.com/e05aa883-acaf-40ad-bf54-02c8ce485fb0"}}`, at: "$.object"},
	},
}, {
	ID: "XAPI-00019", Section: "Data 2.3.2", Versions: both, Text: "A statement voids when its verb is http://adlnet.gov/expapi/verbs/voided, and no other verb voids.",
	Accepts: []example{{set: "verb.id", to: `"http://example.com/verbs/voided"`}},
	Refuses: []example{{set: "verb.id", to: `"http://adlnet.gov/expapi/verbs/voided"`, at: "$.object"}},
}, {
	ID: "XAPI-00020", Section: "Data 2.3.2", Versions: both, Text: "What a statement voids is named by objectType StatementRef and the id.",
	Accepts: []example{{to: `{"actor":{"mbox":"mailto:a@example.com"},"verb":` + voidedVerb + `,"object":{"id":"e05aa883-acaf-40ad-bf54-02c8ce485fb0","objectType":"StatementRef"}}`}},
	Refuses: []example{{to: `{"actor":{"mbox":"mailto:a@example.com"},"verb":` + voidedVerb + `,"object":{"objectType":"StatementRef"}}`, at: "$.object"}},
}, {
	ID: "XAPI-00022", Section: "Data 2.4.7", Versions: both, Text: "timestamp is a timestamp; it may lie in the future.",
	Accepts: []example{{set: "timestamp", to: `"2126-03-04T10:15:30Z"`}, {set: "timestamp", to: `"2026-03-04T10:15:30.123456789+05:30"`}},
	Refuses: []example{{set: "timestamp", to: `"should fail"`}, {set: "timestamp", to: `"01/011/2015"`}, {set: "timestamp", to: `{}`}, {set: "timestamp", to: `"2026-03-04"`}},
}, {
	ID: "XAPI-00023", Section: "Data 2.4.8", Versions: both, Text: "stored is a timestamp.",
	Accepts: []example{{set: "stored", to: `"2026-03-04T10:15:30Z"`}},
	Refuses: []example{{set: "stored", to: `"yesterday"`}, {set: "stored", to: `7`}},
}, {
	ID: "XAPI-00024", Section: "Data 2.4.9", Versions: both, Text: "authority is an Agent or a Group.",
	Accepts: []example{{set: "authority", to: `{"objectType":"Agent","mbox":"mailto:a@example.com"}`}},
	Refuses: []example{{set: "authority", to: `{"objectType":"Activity","id":"http://example.com/a"}`, at: "$.authority.objectType"}, {set: "authority", to: `"lms"`}, {set: "authority", to: `{}`}},
}, {
	ID: "XAPI-00098", Section: "Data 2.4.9", Versions: both, Text: "A Group as authority is anonymous and has exactly two members.",
	Accepts: []example{{set: "authority", to: `{"objectType":"Group","member":[{"account":{"homePage":"http://example.com/","name":"app"}},{"mbox":"mailto:a@example.com"}]}`}},
	Refuses: []example{
		{set: "authority", to: `{"objectType":"Group","member":[{"mbox":"mailto:a@example.com"}]}`, at: "$.authority.member"},
		{set: "authority", to: `{"objectType":"Group","mbox":"mailto:g@example.com"}`},
		{set: "authority", to: `{"objectType":"Group","openid":"http://example.com/","member":[{"mbox":"mailto:a@example.com"},{"mbox":"mailto:b@example.com"}]}`},
	},
}, {
	ID: "XAPI-00100", Section: "Data 2.4.9", Versions: both, Text: "A Group as authority has no third member.",
	Accepts: []example{{set: "authority", to: `{"objectType":"Group","member":[{"mbox":"mailto:a@example.com"},{"mbox":"mailto:b@example.com"}]}`}},
	Refuses: []example{{set: "authority", to: `{"objectType":"Group","member":[{"mbox":"mailto:a@example.com"},{"mbox":"mailto:b@example.com"},{"mbox":"mailto:c@example.com"}]}`, at: "$.authority.member"}},
}, {
	ID: "XAPI-00101", Section: "Data 2.4.10", Versions: both, Text: "version is 1.0 or 1.0.x.",
	Accepts: []example{{set: "version", to: `"1.0"`}, {set: "version", to: `"1.0.9"`}, {set: "version", to: `"1.0.10"`}},
	Refuses: []example{{set: "version", to: `"0.9.9"`}, {set: "version", to: `"1.1.0"`}, {set: "version", to: `"1"`}, {set: "version", to: `"1.0."`}, {set: "version", to: `"1.0.x"`}, {set: "version", to: `"1.0.1.2"`}, {set: "version", to: `1.0`}, {set: "version", to: `"3.0.0"`}},
}, {
	ID: "IEEE-4.2.4.3-a", Section: "IEEE 9274.1.1 4.2.4.3", Versions: onlyV2, Text: "In version 2.0, version may be 2.0 or 2.0.x too.",
	Accepts: []example{{set: "version", to: `"2.0.0"`}, {set: "version", to: `"2.0"`}},
	Refuses: []example{{set: "version", to: `"2.1.0"`}, {set: "version", to: `"2"`}},
}, {
	ID: "LM-18", Section: "Data 2.4.10", Versions: onlyV1, Text: "In version 1.0.3, a statement of version 2.0 is refused.",
	Accepts: []example{{set: "version", to: `"1.0.3"`}},
	Refuses: []example{{set: "version", to: `"2.0.0"`}},
}, {
	ID: "XAPI-00025", Section: "Data 2.4.11", Versions: both, Text: "attachments is an array of attachments.",
	Accepts: []example{{set: "attachments", to: `[]`}},
	Refuses: []example{{set: "attachments", to: `{"usageType":"http://example.com/"}`}, {set: "attachments.0", to: `12345`}, {set: "attachments.0", to: `"file"`}},
}, {
	ID: "XAPI-00102", Section: "Data 2.4.11", Versions: both, Text: "An attachment has a length, a whole number of bytes.",
	Accepts: []example{{set: "attachments.0.length", to: `0`}, {set: "attachments.0.length", to: `9007199254740993`}},
	Refuses: []example{{set: "attachments.0.length", at: "$.attachments[0]"}, {set: "attachments.0.length", to: `"27"`}, {set: "attachments.0.length", to: `27.5`}, {set: "attachments.0.length", to: `-1`}, {set: "attachments.0.length", to: `99999999999999999999`}},
}, {
	ID: "XAPI-00103", Section: "Data 2.4.11", Versions: both, Text: "An attachment has a sha2, a SHA-2 hash in hexadecimal.",
	Accepts: []example{{set: "attachments.0.sha2", to: `"495395E777CD98DA653DF9615D09C0FD6BB2F8D4788394CD53C56A3BFDCD848A"`}},
	Refuses: []example{{set: "attachments.0.sha2", at: "$.attachments[0]"}, {set: "attachments.0.sha2", to: `12345`}, {set: "attachments.0.sha2", to: `"495395e7"`}, {set: "attachments.0.sha2", to: `"Z95395e777cd98da653df9615d09c0fd6bb2f8d4788394cd53c56a3bfdcd848a"`}},
}, {
	ID: "XAPI-00104", Section: "Data 2.4.11", Versions: both, Text: "An attachment's fileUrl is an IRL.",
	Accepts: []example{{set: "attachments.0.fileUrl"}, {set: "attachments.0.fileUrl", to: `"https://example.com/f%20g.pdf"`}},
	Refuses: []example{{set: "attachments.0.fileUrl", to: `"should fail"`}, {set: "attachments.0.fileUrl", to: `5`}},
}, {
	ID: "XAPI-00105", Section: "Data 2.4.11", Versions: both, Text: "An attachment has a contentType, an Internet media type.",
	Accepts: []example{{set: "attachments.0.contentType", to: `"text/plain; charset=ascii"`}},
	Refuses: []example{{set: "attachments.0.contentType", at: "$.attachments[0]"}, {set: "attachments.0.contentType", to: `12345`}, {set: "attachments.0.contentType", to: `"pdf"`}, {set: "attachments.0.contentType", to: `"text/"`}},
}, {
	ID: "XAPI-00106", Section: "Data 2.4.11", Versions: both, Text: "An attachment has a display, a language map; its description is one too.",
	Accepts: []example{{set: "attachments.0.description"}, {set: "attachments.0.display", to: `{"de":"Urkunde"}`}},
	Refuses: []example{{set: "attachments.0.display", at: "$.attachments[0]"}, {set: "attachments.0.display", to: `"Certificate"`}, {set: "attachments.0.description", to: `12345`}, {set: "attachments.0.display", to: `{"en":5}`, at: "$.attachments[0].display.en"}},
}, {
	ID: "XAPI-00107", Section: "Data 2.4.11", Versions: both, Text: "An attachment has a usageType, an IRI.",
	Accepts: []example{{set: "attachments.0.usageType", to: `"http://adlnet.gov/expapi/attachments/signature"`}},
	Refuses: []example{{set: "attachments.0.usageType", at: "$.attachments[0]"}, {set: "attachments.0.usageType", to: `"should fail"`}},
}}
