package protocol_test

import (
	"slices"
	"strings"
	"time"
)

// rich gives a statement that has an agent and an activity in every place.
func rich(l *lab) (st object, agents, activities map[string]object) {
	agents, activities = map[string]object{}, map[string]object{}
	agent := func(place string) object { agents[place] = newAgent(); return agents[place] }
	activity := func(place string) object { activities[place] = newActivity(); return activities[place] }
	context := func(prefix string) object {
		c := object{
			"registration": newID(), "instructor": agent(prefix + "instructor"),
			"team":              object{"objectType": "Group", "member": []object{agent(prefix + "team")}},
			"contextActivities": object{"parent": activity(prefix + "parent"), "grouping": activity(prefix + "grouping"), "category": []object{activity(prefix + "category")}, "other": activity(prefix + "other")},
		}
		if l.version.String() == "2.0.0" {
			c["contextAgents"] = []object{{"objectType": "contextAgent", "agent": agent(prefix + "context agent"), "relevantTypes": []string{newIRI()}}}
			c["contextGroups"] = []object{{"objectType": "contextGroup", "group": object{"objectType": "Group", "member": []object{agent(prefix + "context group")}}, "relevantTypes": []string{newIRI()}}}
		}
		return c
	}
	sub := object{"objectType": "SubStatement", "actor": agent("sub actor"), "verb": newVerb(), "object": activity("sub object"), "context": context("sub ")}
	st = newStatement().set("actor", agent("actor")).set("authority", agent("authority")).set("object", sub).set("context", context(""))
	return st, agents, activities
}

// queryCases show how statements are found.
var queryCases = map[string]func(*lab){
	"XAPI-00149": func(l *lab) {
		a := l.do("GET", "/statements"+query("verb", newIRI()), nil).want(200)
		if !strings.Contains(string(a.body), `"statements":[]`) {
			l.Errorf("the answer is %s", a.body)
		}
	},
	"XAPI-00150": func(l *lab) { refuseBeside(l, "voidedStatementId") },
	"XAPI-00151": func(l *lab) { refuseBeside(l, "statementId") },
	"XAPI-00153": func(l *lab) {
		_, id := stored(l)
		for _, q := range []string{"", query("limit", "1"), query("statementId", id), query("statementId", newID()), query("limit", "x"), query("nonsense", "1")} {
			if a := l.do("GET", "/statements"+q, nil); a.header.Get(headerConsistent) == "" {
				l.Errorf("%s: status %d without %s", q, a.status, headerConsistent)
			}
		}
		for _, a := range []*answer{l.do("POST", "/statements", newStatement()), l.do("POST", "/statements", "{"), l.do("GET", "/statements", nil, as("nobody")), l.do("PATCH", "/statements", nil)} {
			if a.header.Get(headerConsistent) == "" {
				l.Errorf("%s: status %d without %s", a.request, a.status, headerConsistent)
			}
		}
	},
	"XAPI-00154": func(l *lab) {
		if r := l.find(); r.Statements == nil {
			l.Error("there is no list")
		}
	},
	"XAPI-00156": func(l *lab) {
		st, id := stored(l)
		if got := l.get(id); got["id"] != id || got.at("actor", "mbox") != st["actor"].(object)["mbox"] {
			l.Errorf("the statement is %v", got)
		}
		l.get(strings.ToUpper(id))
	},
	"XAPI-00158": func(l *lab) {
		l.do("GET", "/statements"+query("statementId", newID()), nil).want(404)
		l.do("GET", "/statements"+query("statementId", "1"), nil).want(400)
	},
	"XAPI-00159": func(l *lab) { l.do("GET", "/statements", nil).want(200) },
	"XAPI-00160": func(l *lab) {
		_, id := stored(l)
		at, err := time.Parse(time.RFC3339, l.do("GET", "/statements", nil).header.Get(headerConsistent))
		if err != nil {
			l.Fatal(err)
		}
		late, err := time.Parse(time.RFC3339, l.get(id)["stored"].(string))
		if err != nil || at.Before(late) {
			l.Errorf("consistent through %v, but what is stored at %v is there; %v", at, late, err)
		}
	},
	"XAPI-00164": func(l *lab) {
		st, id := stored(l)
		stored(l)
		l.post(st.set("id", newID()).set("verb", newVerb()))
		l.wantIDs("agent, verb and activity", l.find("agent", st["actor"], "verb", st["verb"].(object)["id"], "activity", st["object"].(object)["id"]).ids(), id)
	},
	"XAPI-00165": func(l *lab) {
		_, id := stored(l)
		for _, q := range []string{"", query("statementId", id)} {
			l.do("GET", "/statements"+q, nil).want(200).wantHeader("Content-Type", "application/json")
		}
	},
	"XAPI-00166": func(l *lab) {
		agent, ids := several(l, 3)
		l.wantIDs("ascending", l.find("agent", agent, "ascending", "true").ids(), ids...)
		slices.Reverse(ids)
		l.wantIDs("descending", l.find("agent", agent, "ascending", "false").ids(), ids...)
		l.do("GET", "/statements"+query("ascending", "yes"), nil).want(400)
	},
	"XAPI-00173": func(l *lab) {
		agent, ids := several(l, 3)
		l.wantIDs("limit 1", l.find("agent", agent, "limit", "1").ids(), ids[2])
		for _, q := range [][]any{{"agent", agent}, {"agent", agent, "limit", "0"}, {"agent", agent, "limit", "100000"}} {
			l.wantIDs("no limit", l.find(q...).ids(), ids[2], ids[1], ids[0])
		}
		for _, bad := range []string{"-1", "1.5", "many"} {
			l.do("GET", "/statements"+query("limit", bad), nil).want(400)
		}
	},
	"XAPI-00174": func(l *lab) {
		agent, ids := several(l, 3)
		at := l.get(ids[1])["stored"]
		l.wantIDs("until the second", l.find("agent", agent, "until", at).ids(), ids[1], ids[0])
		l.do("GET", "/statements"+query("until", "yesterday"), nil).want(400)
	},
	"XAPI-00175": func(l *lab) {
		agent, ids := several(l, 3)
		at := l.get(ids[1])["stored"]
		l.wantIDs("since the second", l.find("agent", agent, "since", at).ids(), ids[2])
		l.do("GET", "/statements"+query("since", "yesterday"), nil).want(400)
	},
	"XAPI-00176": func(l *lab) {
		st, agents, _ := rich(l)
		l.post(st)
		for place, agent := range agents {
			l.wantIDs(place+", related", l.find("agent", agent, "related_agents", "true").ids(), st["id"].(string))
			if place != "actor" {
				l.wantIDs(place, l.find("agent", agent).ids())
			}
		}
	},
	"IEEE-4.2.2.5-d": func(l *lab) {
		st, agents, _ := rich(l)
		l.post(st)
		for _, place := range []string{"context agent", "context group", "sub context agent", "sub context group"} {
			l.wantIDs(place, l.find("agent", agents[place], "related_agents", "true").ids(), st["id"].(string))
		}
	},
	"XAPI-00177": func(l *lab) {
		st, _, activities := rich(l)
		l.post(st)
		for place, activity := range activities {
			l.wantIDs(place+", related", l.find("activity", activity["id"], "related_activities", "true").ids(), st["id"].(string))
			l.wantIDs(place, l.find("activity", activity["id"]).ids())
		}
	},
	"XAPI-00178": func(l *lab) {
		registration := newID()
		id := l.post(newStatement().set("context", object{"registration": registration}))[0]
		l.wantIDs("the registration", l.find("registration", registration).ids(), id)
		l.wantIDs("another", l.find("registration", newID()).ids())
		l.do("GET", "/statements"+query("registration", "r1"), nil).want(400)
	},
	"XAPI-00179": func(l *lab) {
		st, id := stored(l)
		l.wantIDs("the activity", l.find("activity", st["object"].(object)["id"]).ids(), id)
		l.do("GET", "/statements"+query("activity", "no IRI"), nil).want(400)
	},
	"XAPI-00180": func(l *lab) {
		st, id := stored(l)
		l.wantIDs("the verb", l.find("verb", st["verb"].(object)["id"]).ids(), id)
		l.do("GET", "/statements"+query("verb", "completed"), nil).want(400)
	},
	"XAPI-00181": func(l *lab) {
		alone, member, about := newAgent(), newAgent(), newAgent()
		group := object{"objectType": "Group", "account": object{"homePage": "https://example.com", "name": newID()}, "member": []object{member}}
		ids := l.post(
			newStatement().set("actor", alone),
			newStatement().set("actor", group),
			newStatement().set("object", about.set("objectType", "Agent")),
		)
		l.wantIDs("the actor", l.find("agent", alone).ids(), ids[0])
		l.wantIDs("the group", l.find("agent", group.set("member", nil)).ids(), ids[1])
		l.wantIDs("its member", l.find("agent", member).ids(), ids[1])
		l.wantIDs("the object", l.find("agent", about).ids(), ids[2])
		for _, bad := range []string{"ann", "{}", `{"mbox":"ann@example.com"}`, `{"objectType":"Group","member":[{"mbox":"mailto:ann@example.com"}]}`} {
			l.do("GET", "/statements"+query("agent", bad), nil).want(400)
		}
	},
	"XAPI-00168": func(l *lab) { wantExact(l) },
	"XAPI-00170": func(l *lab) { wantExact(l, "format", "exact") },
	"XAPI-00169": func(l *lab) {
		st, activity := described(l)
		got := l.get(st, "format", "canonical")
		if asJSON(got.at("object", "definition", "name")) != `{"en-US":"lesson"}` && asJSON(got.at("object", "definition", "name")) != `{"fr":"leçon"}` {
			l.Errorf("name %v of %v", got.at("object", "definition"), activity)
		}
		if d, _ := got.at("verb", "display").(map[string]any); len(d) != 1 {
			l.Errorf("display %v", d)
		}
		if got.at("object", "definition", "type") != "https://example.com/lesson" {
			l.Errorf("definition %v lacks what another statement said", got.at("object", "definition"))
		}
	},
	"XAPI-00171": func(l *lab) {
		member := newAgent()
		st := newStatement().set("actor", object{"objectType": "Group", "name": "Us", "member": []object{member.set("name", "Ann")}}).
			set("object", newActivity().set("definition", object{"name": object{"en": "x"}}))
		got := l.get(l.post(st)[0], "format", "ids")
		want := object{"objectType": "Group", "member": []object{member}}
		if asJSON(got["actor"]) != asJSON(want) {
			l.Errorf("actor %s, want %s", asJSON(got["actor"]), asJSON(want))
		}
		if got.at("object", "id") != st["object"].(object)["id"] || got.at("object", "definition") != nil || got.at("verb", "display") != nil {
			l.Errorf("the statement is %v", got)
		}
	},
	"XAPI-00172": func(l *lab) {
		id, _ := described(l)
		for language, want := range map[string]string{"fr": `{"fr":"leçon"}`, "en;q=0.5, fr;q=0.1": `{"en-US":"lesson"}`} {
			a := l.do("GET", "/statements"+query("statementId", id, "format", "canonical"), nil, header{"Accept-Language", language})
			if got := asJSON(a.want(200).object().at("object", "definition", "name")); got != want {
				l.Errorf("%s: %s, want %s", language, got, want)
			}
		}
		a := l.do("GET", "/statements"+query("statementId", id), nil, header{"Accept-Language", "fr"})
		if got := asJSON(a.want(200).object().at("object", "definition", "name")); got != `{"en-US":"lesson"}` {
			l.Errorf("exact, but the name is %s", got)
		}
		l.do("GET", "/statements"+query("format", "short"), nil).want(400)
	},
}

// described stores two statements that each say a part of an activity, and
// gives the first's id.
func described(l *lab) (id string, activity object) {
	l.Helper()
	activity = newActivity()
	return l.post(
		newStatement().set("object", activity.set("definition", object{"name": object{"en-US": "lesson"}})),
		newStatement().set("object", activity.set("definition", object{"name": object{"fr": "leçon"}, "type": "https://example.com/lesson"})),
	)[0], activity
}

// wantExact fails unless a statement comes back as it was, extensions and all.
func wantExact(l *lab, params ...any) {
	l.Helper()
	st := newStatement().set("actor", newAgent().set("name", "Ann")).set("object", newActivity().set("definition", object{
		"name": object{"en": "a", "de": "b"}, "extensions": object{"urn:x": object{"none": nil, "empty": "", "n": 1.50}},
	})).set("result", object{"duration": "PT120S"})
	got := l.get(l.post(st)[0], params...)
	for _, name := range []string{"id", "actor", "verb", "object", "result"} {
		if asJSON(got[name]) != asJSON(st[name]) {
			l.Errorf("%s came back as %s, was %s", name, asJSON(got[name]), asJSON(st[name]))
		}
	}
}

// refuseBeside fails unless parameters beside an id are refused.
func refuseBeside(l *lab, name string) {
	l.Helper()
	_, id := stored(l)
	if name == "voidedStatementId" {
		l.post(voiding(id))
	}
	for _, beside := range [][2]any{
		{"agent", newAgent()}, {"verb", newIRI()}, {"activity", newIRI()}, {"registration", newID()}, {"related_activities", "true"}, {"related_agents", "true"},
		{"since", "2020-01-01T00:00:00Z"}, {"until", "2020-01-01T00:00:00Z"}, {"limit", "1"}, {"ascending", "true"},
	} {
		l.do("GET", "/statements"+query(name, id, beside[0], beside[1]), nil).want(400)
	}
	l.do("GET", "/statements"+query("statementId", id, "voidedStatementId", id), nil).want(400)
	l.do("GET", "/statements"+query(name, id, "format", "exact"), nil).want(200)
	l.do("GET", "/statements"+query(name, id, "attachments", "false"), nil).want(200)
}

const headerConsistent = "X-Experience-API-Consistent-Through"
