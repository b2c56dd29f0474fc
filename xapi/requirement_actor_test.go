package xapi_test

const (
	ann      = `{"mbox":"mailto:ann@example.com"}`
	annSHA   = `"mbox_sha1sum":"ebd31e95054c018b10727ccffd2ef2ec3a016ee9"`
	annID    = `"openid":"https://ann.example.com/"`
	annAcc   = `"account":{"homePage":"https://lms.example.com","name":"ann"}`
	annMbox  = `"mbox":"mailto:ann@example.com"`
	anAgent  = `{"objectType":"Agent",`
	aGroup   = `{"objectType":"Group",`
	aTeamOf2 = `{"objectType":"Group","member":[{"mbox":"mailto:a@example.com"},{"mbox":"mailto:b@example.com"}]}`
)

var actorRequirements = []contentRule{{
	ID: "XAPI-00031", Section: "Data 2.4.2", Versions: both, Text: "The objectType of an actor is Agent or Group.",
	Accepts: []example{{set: "actor", to: anAgent + annMbox + "}"}, {set: "actor", to: aTeamOf2}, {set: "actor", to: ann}},
	Refuses: []example{{set: "actor", to: `{"objectType":"Activity",` + annMbox + "}", at: "$.actor.objectType"}, {set: "actor", to: `{"objectType":"",` + annMbox + "}", at: "$.actor.objectType"}},
}, {
	ID: "XAPI-00032", Section: "Data 2.4.2.1", Versions: both, Text: "objectType is a string.",
	Accepts: []example{{set: "actor", to: "{" + annMbox + `,"objectType":"Agent"}`}},
	Refuses: []example{{set: "actor", to: `{"objectType":12345,` + annMbox + "}", at: "$.actor.objectType"}, {set: "context.instructor.objectType", to: `{"key":"x"}`}},
}, {
	ID: "XAPI-00033", Section: "Data 2.4.2.1", Versions: both, Text: "name is a string.",
	Accepts: []example{{set: "actor.name", to: `"O'Brien \"Ann\" \u00e9"`}},
	Refuses: []example{{set: "actor.name", to: `12345`}, {set: "actor.member.0.name", to: `{"key":"x"}`}, {set: "context.instructor.name", to: `["x"]`}},
}, {
	ID: "XAPI-00034", Section: "Data 2.4.2.1", Versions: both, Text: "An Agent has exactly one of mbox, mbox_sha1sum, openid and account.",
	Accepts: []example{{set: "actor", to: "{" + annSHA + "}"}, {set: "actor", to: "{" + annID + "}"}, {set: "actor", to: "{" + annAcc + "}"}, {set: "object", to: anAgent + annAcc + "}"}},
	Refuses: []example{
		{set: "actor", to: `{}`}, {set: "actor", to: anAgent + `"name":"Ann"}`}, {set: "object", to: `{"objectType":"Agent"}`},
		{set: "actor", to: "{" + annMbox + "," + annSHA + "}"}, {set: "actor", to: "{" + annMbox + "," + annID + "}"}, {set: "actor", to: "{" + annMbox + "," + annAcc + "}"},
		{set: "actor", to: "{" + annSHA + "," + annID + "}"}, {set: "actor", to: "{" + annSHA + "," + annAcc + "}"}, {set: "actor", to: "{" + annID + "," + annAcc + "}"},
		{set: "context.instructor", to: `{"name":"Carol"}`}, {set: "authority", to: "{" + annID + "," + annAcc + "}"}, {set: "actor.member.0", to: `{"name":"Ann"}`},
	},
}, {
	ID: "XAPI-00035", Section: "Data 2.4.2.2", Versions: both, Text: "Only a Group has members, and an anonymous one must have some.",
	Accepts: []example{{set: "actor", to: aTeamOf2}, {set: "object", to: aTeamOf2}},
	Refuses: []example{
		{set: "actor", to: `{"objectType":"Group"}`}, {set: "actor", to: aGroup + `"name":"Team"}`}, {set: "actor", to: aGroup + `"member":[]}`},
		{set: "actor", to: anAgent + annMbox + `,"member":[` + ann + `]}`, at: "$.actor.member"}, {set: "context.team", to: `{"objectType":"Group"}`},
	},
}, {
	ID: "XAPI-00036", Section: "Data 2.4.2.2", Versions: both, Text: "Members are an array of Agents: no Groups, nothing else.",
	Accepts: []example{{set: "actor.member", to: `[` + ann + `,` + anAgent + annAcc + `}]`}, {set: "actor.member", to: `[]`}},
	Refuses: []example{
		{set: "actor.member", to: ann}, {set: "actor.member", to: `"ann"`}, {set: "actor.member.1", to: `"ann"`}, {set: "actor.member.1", to: `{}`},
		{set: "actor.member.0", to: aGroup + annMbox + "}", at: "$.actor.member[0].objectType"}, {set: "actor.member.0", to: aTeamOf2, at: "$.actor.member[0].objectType"},
		{set: "context.team.member.0.mbox", to: `"dan@example.com"`},
	},
}, {
	ID: "XAPI-00037", Section: "Data 2.4.2.2", Versions: both, Text: "A Group has at most one of mbox, mbox_sha1sum, openid and account; without any it lists at least one Agent.",
	Accepts: []example{{set: "actor", to: aGroup + annSHA + "}"}, {set: "actor", to: aGroup + annID + "}"}, {set: "actor", to: aGroup + annAcc + "}"}, {set: "actor", to: aGroup + annMbox + "}"}},
	Refuses: []example{
		{set: "actor", to: aGroup + annMbox + "," + annSHA + "}"}, {set: "actor", to: aGroup + annMbox + "," + annID + "}"}, {set: "actor", to: aGroup + annMbox + "," + annAcc + "}"},
		{set: "actor", to: aGroup + annSHA + "," + annID + "}"}, {set: "actor", to: aGroup + annSHA + "," + annAcc + "}"}, {set: "object", to: aGroup + annID + "," + annAcc + "}"},
	},
}, {
	ID: "XAPI-00038", Section: "Data 2.4.2.3", Versions: both, Text: "mbox is mailto: and one mail address.",
	Accepts: []example{
		{set: "actor.mbox", to: `"mailto:a.b+c@mail.example.com"`}, {set: "actor.mbox", to: `"mailto:zoë@exämple.com"`}, {set: "actor.mbox", to: `"mailto:a@localhost"`},
		{set: "actor.mbox", to: `"mailto:o'brien@example.com"`}, {set: "actor.mbox", to: `"mailto:a@[192.0.2.1]"`}, {set: "actor.mbox", to: `"mailto:a%20b@example.com"`},
	},
	Refuses: []example{
		{set: "actor.mbox", to: `"ann@example.com"`}, {set: "actor.mbox", to: `"http://should.fail.com"`}, {set: "actor.mbox", to: `"mailto:should.fail.com"`},
		{set: "actor.mbox", to: `"mailto:"`}, {set: "actor.mbox", to: `"mailto:@example.com"`}, {set: "actor.mbox", to: `"mailto:a@"`}, {set: "actor.mbox", to: `"mailto:a@b@c"`},
		{set: "actor.mbox", to: `"mailto:a@b..c"`}, {set: "actor.mbox", to: `"mailto:a b@example.com"`}, {set: "actor.mbox", to: `"mailto:Ann <ann@example.com>"`},
		{set: "actor.mbox", to: `"mailto:a@example.com,b@example.com"`}, {set: "actor.mbox", to: `"mailto:a@example.com?subject=x"`}, {set: "actor.mbox", to: `"Mailto:a@example.com"`},
		{set: "actor.mbox", to: `["mailto:a@example.com"]`},
	},
}, {
	ID: "XAPI-00039", Section: "Data 2.4.2.3", Versions: both, Text: "mbox_sha1sum is a string of 40 hexadecimal digits.",
	Accepts: []example{{set: "actor.member.2.mbox_sha1sum", to: `"EBD31E95054C018B10727CCFFD2EF2EC3A016EE9"`}},
	Refuses: []example{{set: "actor.member.2.mbox_sha1sum", to: `{"key":"value"}`}, {set: "actor.member.2.mbox_sha1sum", to: `"ebd31e95"`}, {set: "actor.member.2.mbox_sha1sum", to: `"gbd31e95054c018b10727ccffd2ef2ec3a016ee9"`}},
}, {
	ID: "XAPI-00040", Section: "Data 2.4.2.3", Versions: both, Text: "openid is a URI.",
	Accepts: []example{{set: "actor.member.1.openid", to: `"http://toby.openid.example.org/"`}},
	Refuses: []example{{set: "actor.member.1.openid", to: `"ab=c://should.fail.com"`}, {set: "actor.member.1.openid", to: `true`}},
}, {
	ID: "XAPI-00041", Section: "Data 2.4.2.4", Versions: both, Text: "account is an object.",
	Accepts: []example{{set: "actor.member.0.account", to: `{"name":"4711","homePage":"https://example.com"}`}},
	Refuses: []example{{set: "actor.member.0.account", to: `"ann"`}, {set: "actor.member.0.account", to: `[]`}, {set: "actor.member.0.account", to: `{}`}},
}, {
	ID: "XAPI-00042", Section: "Data 2.4.2.4", Versions: both, Text: "An account has a homePage, an IRL.",
	Accepts: []example{{set: "actor.member.0.account.homePage", to: `"http://fun-mooc.fr"`}},
	Refuses: []example{{set: "actor.member.0.account.homePage", at: "$.actor.member[0].account"}, {set: "actor.member.0.account.homePage", to: `"should fail"`}, {set: "actor.member.0.account.homePage", to: `7`}},
}, {
	ID: "XAPI-00043", Section: "Data 2.4.2.4", Versions: both, Text: "An account has a name, a string.",
	Accepts: []example{{set: "actor.member.0.account.name", to: `"ann|example"`}},
	Refuses: []example{{set: "actor.member.0.account.name", at: "$.actor.member[0].account"}, {set: "actor.member.0.account.name", to: `4711`}},
}}
