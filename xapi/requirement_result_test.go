package xapi_test

var resultRequirements = []contentRule{{
	ID: "XAPI-00074", Section: "Data 2.4.5", Versions: both, Text: "success is true or false.",
	Accepts: []example{{set: "result.success", to: `false`}, {set: "result.success"}},
	Refuses: []example{{set: "result.success", to: `"true"`}, {set: "result.success", to: `0`}},
}, {
	ID: "XAPI-00075", Section: "Data 2.4.5", Versions: both, Text: "completion is true or false.",
	Accepts: []example{{set: "result.completion", to: `true`}},
	Refuses: []example{{set: "result.completion", to: `"false"`}, {set: "result.completion", to: `{}`}},
}, {
	ID: "XAPI-00076", Section: "Data 2.4.5", Versions: both, Text: "response is a string.",
	Accepts: []example{{set: "result.response", to: `"{case_matters=true}a[,]b"`}},
	Refuses: []example{{set: "result.response", to: `12345`}, {set: "result.response", to: `["b"]`}},
}, {
	ID: "XAPI-00077", Section: "Data 2.4.5", Versions: both, Text: "duration is an ISO 8601 duration.",
	Accepts: []example{{set: "result.duration", to: `"PT1H0M0.1S"`}},
	Refuses: []example{{set: "result.duration", to: `"should fail"`}, {set: "result.duration", to: `12345`}},
}, {
	ID: "XAPI-00078", Section: "Data 2.4.5", Versions: both, Text: "A result's extensions are an object.",
	Accepts: []example{{set: "result.extensions"}, {set: "result.extensions", to: `{}`}},
	Refuses: []example{{set: "result.extensions", to: `12345`}, {set: "result.extensions", to: `"x"`}},
}, {
	ID: "XAPI-00079", Section: "Data 2.4.5.1", Versions: both, Text: "score is an object.",
	Accepts: []example{{set: "result.score"}, {set: "result.score", to: `{}`}},
	Refuses: []example{{set: "result.score", to: `0.5`}, {set: "result.score", to: `"50 %"`}},
}, {
	ID: "XAPI-00080", Section: "Data 2.4.5.1", Versions: both, Text: "max is a number above min.",
	Accepts: []example{{set: "result.score", to: `{"max":-5}`}, {set: "result.score", to: `{"min":-1e3,"max":-1E2}`}},
	Refuses: []example{{set: "result.score.max", to: `"10"`}, {set: "result.score", to: `{"min":104.7,"max":100.7}`, at: "$.result.score.min"}, {set: "result.score", to: `{"min":5,"max":5}`, at: "$.result.score.min"}, {set: "result.score.max", to: `1e999`}},
}, {
	ID: "XAPI-00081", Section: "Data 2.4.5.1", Versions: both, Text: "min is a number below max.",
	Accepts: []example{{set: "result.score", to: `{"min":100}`}},
	Refuses: []example{{set: "result.score.min", to: `"0"`}, {set: "result.score", to: `{"max":0.6767355,"min":0.6767676}`, at: "$.result.score.min"}},
}, {
	ID: "XAPI-00082", Section: "Data 2.4.5.1", Versions: both, Text: "raw is a number from min to max.",
	Accepts: []example{{set: "result.score", to: `{"raw":1e6}`}, {set: "result.score", to: `{"raw":0,"min":0,"max":1}`}, {set: "result.score", to: `{"raw":1,"min":0,"max":1}`}},
	Refuses: []example{{set: "result.score.raw", to: `-1`}, {set: "result.score.raw", to: `10.01`}, {set: "result.score.raw", to: `true`}},
}, {
	ID: "XAPI-00083", Section: "Data 2.4.5.1", Versions: both, Text: "scaled is a number from -1 to 1.",
	Accepts: []example{{set: "result.score.scaled", to: `1.0`}, {set: "result.score.scaled", to: `-1`}, {set: "result.score.scaled", to: `0.6767676`}},
	Refuses: []example{{set: "result.score.scaled", to: `1.01`}, {set: "result.score.scaled", to: `-1.00001`}, {set: "result.score.scaled", to: `"0.5"`}},
}}
