package record

// Verbs of a learning record, in the order of a learner's way.
var Verbs = []string{"enrolled", "invited", "started", "progressed", "viewed", "attempted", "answered", "commented",
	"rated", "completed", "passed", "failed", "withdrew", "certified", "expired", "attended"}

// RevenueKinds say what moved recurring revenue. After "churn" the account is
// no customer; "reactivation" makes it one again; "one_off" moves no recurring
// revenue and "training" is sold training.
var RevenueKinds = []string{"new", "renewal", "expansion", "contraction", "churn", "reactivation", "one_off", "training"}

// CostCategories are the fully loaded cost lines of training.
var CostCategories = []string{"creation", "delivery", "platform", "staff_time", "learner_time", "other"}

func atLeast(x float64) *float64 { return &x }

// Facts lists every fact that files, statements and events become.
var Facts = []Fact{
	{Name: "account", File: "accounts", Key: []string{"account_id"}, Versioned: true, At: "signup_at",
		Doc: "a customer organisation, the unit of most studies",
		Fields: []Field{
			{Name: "account_id", Required: true, Doc: "the customer's own key"},
			{Name: "name"}, {Name: "plan"}, {Name: "industry"}, {Name: "region"},
			{Name: "country", Type: Country},
			{Name: "seats", Type: Integer, Min: atLeast(0), Doc: "people who may use the product"},
			{Name: "signup_at", Type: Time, Doc: "when the account became a customer; revenue rows refine it"},
		}},
	{Name: "person", File: "people", Key: []string{"person_id", "account_id", "created_at"}, Versioned: true, At: "created_at",
		Doc: "a person's membership of an account from created_at on; a person who moves has one row for each account",
		Fields: []Field{
			{Name: "person_id", Required: true, Doc: "the customer's own key"},
			{Name: "account_id", Ref: "account"},
			{Name: "email", Type: Email}, {Name: "role"},
			{Name: "audience", Type: Enum, Values: []string{"customer", "partner", "employee"}},
			{Name: "country", Type: Country}, {Name: "timezone", Type: Zone},
			{Name: "created_at", Type: Time},
		}},
	{Name: "activity", File: "activities", Key: []string{"activity_id"}, Versioned: true, At: "published_at",
		Doc: "something to learn from: a course, a lesson, a quiz",
		Fields: []Field{
			{Name: "activity_id", Required: true},
			{Name: "program", Doc: "the training program it belongs to"},
			{Name: "course", Doc: "the course it belongs to"},
			{Name: "title"}, {Name: "kind", Doc: "course, lesson, quiz, webinar, certificate, …"}, {Name: "format", Doc: "video, text, interactive, live, …"},
			{Name: "position", Type: Integer, Doc: "order within the course, from 1"},
			{Name: "feature", Doc: "the product feature that it teaches"},
			{Name: "published_at", Type: Time}, {Name: "reviewed_at", Type: Time},
		}},
	{Name: "learning", File: "learning", Key: []string{"event_id"}, At: "time",
		Doc: "what a person did with an activity",
		Fields: []Field{
			{Name: "event_id", Required: true},
			{Name: "time", Type: Time, Required: true},
			{Name: "person_id", Required: true, Ref: "person", Doc: "key or e-mail of the person"},
			{Name: "activity_id", Required: true, Ref: "activity"},
			{Name: "verb", Type: Enum, Required: true, Values: Verbs},
			{Name: "score", Type: Number, Min: atLeast(0), Max: atLeast(1), Doc: "share of the points, 0 to 1"},
			{Name: "success", Type: Boolean},
			{Name: "duration_seconds", Type: Number, Min: atLeast(0)},
			{Name: "country", Type: Country},
		}},
	{Name: "usage", File: "usage", Key: []string{"event_id"}, At: "time",
		Doc: "a use of the product",
		Fields: []Field{
			{Name: "event_id", Required: true},
			{Name: "time", Type: Time, Required: true},
			{Name: "person_id", Ref: "person", Doc: "key or e-mail of the person"},
			{Name: "account_id", Ref: "account", Doc: "empty: the person's account at that time"},
			{Name: "feature", Required: true},
			{Name: "quantity", Type: Number, Min: atLeast(0)},
		}},
	{Name: "ticket", File: "tickets", Key: []string{"ticket_id"}, Versioned: true, At: "opened_at",
		Doc: "a request for support",
		Fields: []Field{
			{Name: "ticket_id", Required: true},
			{Name: "account_id", Ref: "account"}, {Name: "person_id", Ref: "person"},
			{Name: "opened_at", Type: Time, Required: true}, {Name: "solved_at", Type: Time},
			{Name: "topic"}, {Name: "priority"},
			{Name: "cost", Type: Money, Min: atLeast(0)}, {Name: "currency", Type: Currency},
		}},
	{Name: "response", File: "responses", Key: []string{"response_id"}, At: "time",
		Doc: "an answer to a survey question",
		Fields: []Field{
			{Name: "response_id", Required: true},
			{Name: "time", Type: Time, Required: true},
			{Name: "person_id", Ref: "person"}, {Name: "account_id", Ref: "account"},
			{Name: "survey"}, {Name: "question"},
			{Name: "kind", Type: Enum, Required: true, Values: []string{"nps", "csat", "ces", "rating", "text", "choice"}},
			{Name: "target", Type: Enum, Values: []string{"product", "education", "support"}, Doc: "what was rated"},
			{Name: "score", Type: Number}, {Name: "scale_max", Type: Number, Doc: "highest point of the scale; 10 for NPS, 5 for CSAT when empty"},
			{Name: "text"},
		}},
	{Name: "revenue", File: "revenue", Key: []string{"revenue_id"}, Versioned: true, At: "time",
		Doc: "a movement of an account's revenue",
		Fields: []Field{
			{Name: "revenue_id", Required: true},
			{Name: "time", Type: Time, Required: true},
			{Name: "account_id", Required: true, Ref: "account"},
			{Name: "kind", Type: Enum, Required: true, Values: RevenueKinds},
			{Name: "mrr", Type: Money, Min: atLeast(0), Doc: "monthly recurring revenue from this time on (the level, not the change)"},
			{Name: "amount", Type: Money, Doc: "money billed once"},
			{Name: "currency", Type: Currency},
			{Name: "reason", Doc: "why it moved: price, product, payment, …"},
		}},
	{Name: "outcome", File: "outcomes", Key: []string{"time", "person_id", "account_id", "name"}, Versioned: true, At: "time",
		Doc: "any other measured result of a person or an account",
		Fields: []Field{
			{Name: "time", Type: Time, Required: true},
			{Name: "person_id", Ref: "person"}, {Name: "account_id", Ref: "account"},
			{Name: "name", Required: true},
			{Name: "value", Type: Number, Required: true}, {Name: "unit"},
		}},
	{Name: "cost", File: "costs", Key: []string{"from", "to", "program", "category", "currency"}, Versioned: true, At: "from",
		Doc: "what training cost over a period",
		Fields: []Field{
			{Name: "from", Type: Time, Required: true}, {Name: "to", Type: Time, Required: true, Doc: "exclusive"},
			{Name: "program"},
			{Name: "category", Type: Enum, Required: true, Values: CostCategories},
			{Name: "amount", Type: Money, Required: true, Min: atLeast(0)}, {Name: "currency", Type: Currency},
		}},
	{Name: "intervention", File: "interventions", Key: []string{"from", "name", "scope"}, Versioned: true, At: "from",
		Doc: "other help or change that may move the same outcomes",
		Fields: []Field{
			{Name: "from", Type: Time, Required: true}, {Name: "to", Type: Time, Doc: "exclusive; empty: still going on"},
			{Name: "name", Required: true},
			{Name: "kind", Doc: "price, chat, release, account_manager, campaign, …"},
			{Name: "scope", Doc: "whom it reached: empty or all for everyone, else a filter over accounts such as plan = 'pro'"},
		}},
}
