package protocol_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/liftmark/liftmark/internal/access"
	"github.com/liftmark/liftmark/internal/lrs"
	"github.com/liftmark/liftmark/internal/lrs/protocol"
	"github.com/liftmark/liftmark/internal/state"
	"github.com/liftmark/liftmark/xapi"
)

// person asks for an agent.
func (l *lab) person(agent object) object {
	l.Helper()
	return l.do("GET", "/agents"+query("agent", agent), nil).want(200).object()
}

// personHas shows that a Person has, in an array, what the agent was asked with.
func personHas(name string, value func() any) func(*lab) {
	return func(l *lab) {
		v := value()
		if got := asJSON(l.person(object{name: v})[name]); got != asJSON([]any{v}) {
			l.Errorf("%s is %s, want %s", name, got, asJSON([]any{v}))
		}
	}
}

func mailbox() any { return "mailto:" + newID() + "@example.com" }

// agentCases show what is known of agents.
var agentCases = map[string]func(*lab){
	"XAPI-00236": func(l *lab) { l.person(newAgent()) },
	"XAPI-00237": func(l *lab) {
		if got := l.person(newAgent())["objectType"]; got != "Person" {
			l.Errorf("objectType %v", got)
		}
	},
	"XAPI-00238": func(l *lab) {
		agent := newAgent()
		l.post(newStatement().set("actor", agent.set("name", "Ann")), newStatement().set("object", agent.set("name", "Anna").set("objectType", "Agent")))
		names, _ := l.person(agent)["name"].([]any)
		if asJSON(names) != `["Ann","Anna"]` {
			l.Errorf("names %v", names)
		}
	},
	"XAPI-00239": personHas("mbox", mailbox),
	"XAPI-00240": personHas("mbox_sha1sum", func() any { return strings.ReplaceAll(newID(), "-", "") + "01234567" }),
	"XAPI-00241": personHas("openid", func() any { return newIRI() }),
	"XAPI-00242": personHas("account", func() any { return object{"homePage": "https://example.com", "name": newID()} }),
	"XAPI-00243": func(l *lab) { l.do("GET", "/agents", nil).want(400) },
	"XAPI-00244": func(l *lab) {
		for _, m := range l.person(newAgent())["mbox"].([]any) {
			if !strings.HasPrefix(m.(string), "mailto:") {
				l.Errorf("mbox %v", m)
			}
		}
	},
	"XAPI-00245": func(l *lab) {
		l.person(newAgent())
		l.do("GET", "/agent"+query("agent", newAgent()), nil).want(404)
	},
	"XAPI-00246": func(l *lab) {
		agent := newAgent()
		l.post(newStatement().set("actor", agent.set("name", "Ann")))
		for name, value := range l.person(agent) {
			if _, isList := value.([]any); !isList && name != "objectType" {
				l.Errorf("%s is %v", name, value)
			}
		}
	},
	"XAPI-00247": func(l *lab) {
		agent := newAgent()
		if got := asJSON(l.person(agent)); got != asJSON(object{"objectType": "Person", "mbox": []any{agent["mbox"]}}) {
			l.Errorf("the person is %s", got)
		}
	},
	"XAPI-00248": personHas("mbox", mailbox),
	"XAPI-00249": func(l *lab) {
		for _, bad := range []string{"ann", "{}", "[]", `{"mbox":1}`, `{"account":{"name":"ann"}}`, `{"mbox":"mailto:a@example.com","openid":"https://example.com"}`} {
			l.do("GET", "/agents"+query("agent", bad), nil).want(400)
		}
	},
}

// activityCases show what is known of activities.
var activityCases = map[string]func(*lab){
	"XAPI-00250": func(l *lab) {
		l.do("GET", "/activities", nil).want(400)
		l.do("GET", "/activities"+query("activityId", "lesson one"), nil).want(400)
	},
	"XAPI-00251": func(l *lab) { wantMerged(l) },
	"XAPI-00252": func(l *lab) { wantMerged(l) },
	"XAPI-00253": func(l *lab) { l.do("GET", "/activities"+query("activityId", newIRI()), nil).want(200) },
	"XAPI-00254": func(l *lab) { wantMerged(l) },
	"IEEE-4.1.6.4-a": func(l *lab) {
		id := newIRI()
		if got := asJSON(l.do("GET", "/activities"+query("activityId", id), nil).want(200).object()); got != asJSON(object{"objectType": "Activity", "id": id}) {
			l.Errorf("the activity is %s", got)
		}
	},
}

// wantMerged fails unless an activity has what two statements say of it, one as
// its object and one in its context.
func wantMerged(l *lab) {
	l.Helper()
	_, activity := described(l)
	more := activity.set("definition", object{"description": object{"en": "A lesson."}})
	l.post(newStatement().set("context", object{"contextActivities": object{"parent": more}}))
	got := l.do("GET", "/activities"+query("activityId", activity["id"]), nil).want(200).object()
	want := object{"objectType": "Activity", "id": activity["id"], "definition": object{
		"name": object{"en-US": "lesson", "fr": "leçon"}, "type": "https://example.com/lesson", "description": object{"en": "A lesson."},
	}}
	if asJSON(got) != asJSON(want) {
		l.Errorf("the activity is %s, want %s", asJSON(got), asJSON(want))
	}
}

// versionsOf gives what the store says that it speaks.
func versionsOf(l *lab) []string {
	l.Helper()
	var versions []string
	for _, v := range l.do("GET", "/about", nil, header{headerVersion, ""}).want(200).object()["version"].([]any) {
		versions = append(versions, v.(string))
	}
	return versions
}

// aboutCases show how the store describes itself.
var aboutCases = map[string]func(*lab){
	"XAPI-00315": func(l *lab) { l.do("GET", "/about", nil).want(200) },
	"XAPI-00316": func(l *lab) { l.wantIDs("about", versionsOf(l), "1.0.3", "2.0.0") },
	"XAPI-00317": func(l *lab) {
		if !slices.Contains(versionsOf(l), "1.0.3") {
			l.Error("1.0.3 is missing")
		}
	},
	"XAPI-00318": func(l *lab) { versionsOf(l) },
	"XAPI-00319": func(l *lab) { versionsOf(l) },
	"XAPI-00321": func(l *lab) {
		for _, v := range []string{"", "0.9", "9.9"} {
			l.do("GET", "/about", nil, header{headerVersion, v}).want(200)
		}
		l.do("GET", "/statements", nil, header{headerVersion, ""}).want(400)
	},
}

// everyGet gives an address that can be read of each resource.
func everyGet(l *lab) map[string]string {
	l.Helper()
	_, id := stored(l)
	agent, _ := several(l, 2)
	st, data := withFile()
	l.postMixed(jsonPart(st), dataPart("text/plain", data)).want(200)
	s, a, v := states(), agentProfiles(), activityProfiles()
	for _, shelf := range []shelf{s, a, v} {
		l.do("POST", shelf.of("document"), document()).want(204)
	}
	return map[string]string{
		"statements": "/statements" + query("limit", "2"), "statement": "/statements" + query("statementId", id),
		"attachments": "/statements" + query("statementId", st["id"], "attachments", "true"),
		"more":        strings.TrimPrefix(*l.find("agent", agent, "limit", "1").More, "/xapi"),
		"state":       s.of("document"), "states": s.of(""), "agent profile": a.of("document"), "agent profiles": a.of(""),
		"activity profile": v.of("document"), "activity profiles": v.of(""),
		"activity": "/activities" + query("activityId", newIRI()), "agent": "/agents" + query("agent", newAgent()), "about": "/about",
	}
}

// headCases show HEAD.
var headCases = map[string]func(*lab){
	"XAPI-00125": func(l *lab) {
		for name, address := range everyGet(l) {
			get, head := l.do("GET", address, nil).want(200), l.do("HEAD", address, nil).want(200)
			if len(head.body) > 0 {
				l.Errorf("%s: HEAD has a body", name)
			}
			for h := range get.header {
				same := get.header.Get(h) == head.header.Get(h)
				if h == "Content-Type" { // boundaries differ
					same = strings.HasPrefix(head.header.Get(h), strings.SplitN(get.header.Get(h), ";", 2)[0])
				}
				if !same && h != "Date" && !strings.EqualFold(h, headerConsistent) {
					l.Errorf("%s: %s is %q with GET and %q with HEAD", name, h, get.header.Get(h), head.header.Get(h))
				}
			}
			if get.header.Get("Content-Length") != strconv.Itoa(len(get.body)) {
				l.Errorf("%s: Content-Length %s of %d bytes", name, get.header.Get("Content-Length"), len(get.body))
			}
		}
	},
	"XAPI-00126": func(l *lab) {
		for _, address := range everyGet(l) {
			l.do("HEAD", address, nil).want(200)
		}
	},
}

// errorCases show how requests are refused.
var errorCases = map[string]func(*lab){
	"XAPI-00323": func(l *lab) {
		bad := newStatement().set("actor", object{"mbox": "ann@example.com"})
		a := l.do("POST", "/statements", []object{newStatement(), bad}).want(400).wantHeader("Content-Type", "application/json")
		body := readJSON[refusal](l, a.body)
		if len(body.Problems) == 0 || body.Error == "" {
			l.Fatalf("the answer is %s", a.body)
		}
		if p := body.Problems[0]; p.Index != 1 || p.Path != "$.actor.mbox" || p.Rule == "" || !strings.Contains(p.Value, "ann@") || p.Section == "" {
			l.Errorf("the problem is %+v", p)
		}
	},
	"XAPI-00012": func(l *lab) {
		for _, bad := range []string{
			query("statementId", "{"+newID()+"}"), query("registration", strings.ReplaceAll(newID(), "-", "")), query("verb", "did"), query("activity", "/lesson"),
			query("agent", `{"objectType":"agent","mbox":"mailto:ann@example.com"}`), query("agent", `{"mbox":"mailto:ann@example.com","shoe":43}`), query("agent", `{"mbox":null}`),
			query("since", "2020-01-01"), query("until", "2020-01-01T00:00:00-00:00"), query("limit", "one"), query("related_agents", "1"), query("attachments", "True"), query("format", "EXACT"),
		} {
			l.do("GET", "/statements"+bad, nil).want(400)
		}
	},
	"XAPI-00324": func(l *lab) {
		for _, address := range everyGet(l) {
			l.do("GET", joined(address, "nonsense=1"), nil).want(400)
		}
		l.do("POST", "/statements?nonsense=1", newStatement()).want(400)
		l.do("PUT", "/statements"+query("statementId", newID(), "limit", "1"), newStatement()).want(400)
	},
	"XAPI-00325": func(l *lab) {
		for _, p := range []string{"StatementId=" + newID(), "VERB=" + url.QueryEscape(newIRI()), "Limit=1", "Related_Agents=true", "ASCENDING=true"} {
			l.do("GET", "/statements?"+p, nil).want(400)
		}
		for _, s := range []shelf{states(), agentProfiles(), activityProfiles()} {
			l.do("GET", s.of("", strings.ToUpper(s.id), "x"), nil).want(400)
		}
		l.do("GET", "/activities?activityid="+url.QueryEscape(newIRI()), nil).want(400)
		l.do("GET", "/agents"+query("Agent", newAgent()), nil).want(400)
		l.do("GET", "/statements?limit=1&limit=2", nil).want(400)
	},
	"XAPI-00326": func(l *lab) {
		good, late := newStatement(), newStatement()
		l.do("POST", "/statements", []object{good, newStatement().set("verb", nil), late}).want(400)
		l.post(late)
		l.do("POST", "/statements", []object{good, late.set("verb", newVerb())}).want(409)
		l.do("GET", "/statements"+query("statementId", good["id"]), nil).want(404)
	},
	"LM-12": func(l *lab) {
		deep := strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000)
		l.do("POST", "/statements", deep).want(400)
		extended := asJSON(newStatement().set("result", object{"extensions": object{"urn:x": "here"}}))
		l.do("POST", "/statements", strings.Replace(extended, `"here"`, deep, 1)).want(400)
		l.do("PUT", states().of("d"), strings.Repeat("[", 30_000)+strings.Repeat("]", 30_000)).want(400)
		l.do("GET", "/statements"+query("agent", strings.Repeat(`{"member":[`, 2000)), nil).want(400)
		l.do("GET", "/statements"+query("verb", "https://example.com/"+strings.Repeat("x", 10_000)), nil).want(400)
		l.do("POST", "/statements", `{"id":"`+newID()+`",`+asJSON(newStatement())[1:]).want(400)
	},
	"XAPI-00328": func(l *lab) {
		l.do("POST", "/statements", newStatement().set("result", object{"response": strings.Repeat("x", 1<<20)})).want(413)
		l.do("PUT", states().of("d"), strings.Repeat("x", 64<<10+1), header{"Content-Type", "text/plain"}).want(413)
		s := states()
		l.do("POST", s.of("d"), object{"a": strings.Repeat("x", 40<<10)}).want(204)
		l.do("POST", s.of("d"), object{"b": strings.Repeat("x", 40<<10)}).want(413)
		st, _ := withFile()
		l.postMixed(jsonPart(st), dataPart("text/plain", strings.Repeat("x", 1<<20))).want(413)
	},
	"XAPI-00329": func(l *lab) {
		broken := newSite(l, failing{l.server.store}, lrs.Options{}, protocol.Options{})
		at := &lab{T: l.T, server: broken, version: l.version}
		a := at.do("GET", "/statements", nil).want(500)
		if strings.Contains(string(a.body), "spindle") || len(broken.reports) != 1 || !strings.Contains(broken.reports[0].Error(), "spindle") {
			l.Errorf("the answer is %s, reports %v", a.body, broken.reports)
		}
	},
	"LM-09": func(l *lab) {
		l.do("DELETE", "/statements", nil).want(405).wantHeader("Allow", "GET, HEAD, POST, PUT").wantHeader(headerVersion, l.version.String())
		l.do("POST", "/about", object{}).want(405).wantHeader("Allow", "GET, HEAD")
		l.do("PATCH", states().of("d"), document()).want(405).wantHeader("Allow", "DELETE, GET, HEAD, POST, PUT")
	},
}

// refusal is the body of a refusal.
type refusal struct {
	Error    string
	Problems []struct {
		Index                      int
		Path, Rule, Value, Section string
	}
}

func joined(address, param string) string {
	if strings.Contains(address, "?") {
		return address + "&" + param
	}
	return address + "?" + param
}

// failing is a store whose disk is broken.
type failing struct{ lrs.Store }

func (failing) Statements(context.Context, state.Filter, func(state.Statement) error) error {
	return errors.New("the spindle does not turn")
}

const headerVersion = "X-Experience-API-Version"

// versionCases show versions.
var versionCases = map[string]func(*lab){
	"XAPI-00330": func(l *lab) {
		other := &lab{T: l.T, server: l.server, version: map[xapi.Version]xapi.Version{xapi.V1: xapi.V2, xapi.V2: xapi.V1}[l.version]}
		st := newStatement().set("timestamp", "2026-01-02T03:04:05Z")
		id := l.post(st)[0]
		mine, theirs := l.get(id), other.get(id)
		if asJSON(mine) != asJSON(theirs) {
			l.Errorf("the other version reads %s, stored was %s", asJSON(theirs), asJSON(mine))
		}
	},
	"XAPI-00331": func(l *lab) {
		for _, address := range everyGet(l) {
			for _, v := range []string{"", "0.95", "1.1.0", "3.0.0", "1", "2", "latest"} {
				if address != "/about" {
					l.do("GET", address, nil, header{headerVersion, v}).want(400)
				}
			}
		}
	},
	"XAPI-00333": func(l *lab) {
		want := l.version.String()
		short := want[:len("1.0")]
		for _, sent := range []string{short, want, short + ".1"} {
			for _, address := range everyGet(l) {
				l.do("GET", address, nil, header{headerVersion, sent}).want(200).wantHeader(headerVersion, want)
			}
			l.do("GET", "/statements?x=1", nil, header{headerVersion, sent}).want(400).wantHeader(headerVersion, want)
			l.do("GET", "/nowhere", nil, header{headerVersion, sent}).want(404).wantHeader(headerVersion, want)
			l.do("GET", "/statements", nil, header{headerVersion, sent}, as("nobody")).want(401).wantHeader(headerVersion, want)
			l.do("POST", "/statements", newStatement(), header{headerVersion, sent}).want(200).wantHeader(headerVersion, want)
		}
	},
}

// accessCases show who may do what.
var accessCases = map[string]func(*lab){
	"XAPI-00334": func(l *lab) {
		for _, credentials := range []header{as("nobody"), {"Authorization", ""}, {"Authorization", "Basic"}, {"Authorization", "Basic !"}} {
			a := l.do("GET", "/statements", nil, credentials).want(401)
			if a.header.Get("WWW-Authenticate") == "" {
				l.Errorf("%s: no WWW-Authenticate", credentials.value)
			}
			l.do("POST", "/statements", newStatement(), credentials).want(401)
		}
	},
	"XAPI-00335": func(l *lab) { l.do("GET", "/statements", nil, as("all")).want(200) },
	"XAPI-00327": func(l *lab) {
		states, agents, activities := states(), agentProfiles(), activityProfiles()
		allowed := map[string][]access.Scope{
			"POST /statements":     {access.StatementsWrite, access.All},
			"GET /statements":      {access.StatementsRead, access.StatementsReadMine, access.AllRead, access.All},
			"GET " + states.of(""): {access.State, access.AllRead, access.All}, "DELETE " + states.of(""): {access.State, access.All},
			"GET " + agents.of(""): {access.Profile, access.AllRead, access.All}, "DELETE " + agents.of("x"): {access.Profile, access.All},
			"GET " + activities.of(""): {access.Profile, access.AllRead, access.All}, "POST " + activities.of("x"): {access.Profile, access.All},
			"GET /activities" + query("activityId", newIRI()): {access.StatementsRead, access.StatementsReadMine, access.State, access.Profile, access.AllRead, access.All},
			"GET /agents" + query("agent", newAgent()):        {access.StatementsRead, access.Profile, access.AllRead, access.All},
		}
		for _, scope := range []access.Scope{access.StatementsWrite, access.StatementsRead, access.StatementsReadMine, access.State, access.Profile, access.AllRead, access.All, access.Track} {
			name := "only " + string(scope)
			l.caller(name, scope)
			for request, scopes := range allowed {
				method, address, _ := strings.Cut(request, " ")
				var body any
				if method == "POST" {
					body = newStatement()
				}
				a := l.do(method, address, body, as(name))
				if may := slices.Contains(scopes, scope); may != (a.status != 403) || a.status >= 400 && a.status != 403 {
					l.Errorf("%s with %s: status %d", request, scope, a.status)
				} else if !may && !strings.Contains(string(a.body), string(scopes[0])) {
					l.Errorf("%s with %s: the answer does not name the scope: %s", request, scope, a.body)
				}
			}
		}
	},
	"LM-04": func(l *lab) {
		l.caller("mine", access.StatementsWrite, access.StatementsReadMine)
		agent := newAgent()
		write := func(who string) (string, string) {
			st, data := withFile()
			st = st.set("actor", agent).set("authority", newAgent())
			contentType, body := mixed(jsonPart(st), dataPart("text/plain", data))
			l.do("POST", "/statements", body, header{"Content-Type", contentType}, as(who)).want(200)
			return st["id"].(string), data
		}
		mine1, data := write("mine")
		other, secret := write("all")
		mine2, _ := write("mine")
		l.do("POST", "/statements", newStatement().set("object", reference(mine1)), as("all")).want(200)
		l.do("GET", "/statements"+query("statementId", mine1), nil, as("mine")).want(200)
		l.do("GET", "/statements"+query("statementId", other), nil, as("mine")).want(404)
		page := l.do("GET", "/statements"+query("agent", agent, "limit", "1"), nil, as("mine")).want(200).result()
		l.wantIDs("the first page", page.ids(), mine2)
		l.wantIDs("the second page", l.at("GET", l.server.url+*page.More, nil, as("mine")).want(200).result().ids(), mine1)
		theirs := l.find("agent", agent, "limit", "1", "attachments", "false")
		l.wantIDs("a page of others", l.at("GET", l.server.url+*theirs.More, nil, as("mine")).want(200).result().ids(), mine2)
		all := l.do("GET", "/statements?attachments=true", nil, as("mine")).want(200)
		if !strings.Contains(string(all.body), data) || strings.Contains(string(all.body), secret) {
			l.Error("the attachments are not the reader's own")
		}
		l.post(voiding(other))
		l.do("GET", "/statements"+query("voidedStatementId", other), nil, as("mine")).want(404)
	},
	"LM-20": func(l *lab) {
		token := func(name, client, subject string) {
			l.caller(name, access.StatementsWrite, access.StatementsReadMine).Bearer = &access.Bearer{Issuer: "https://id.example.com", Client: client, Subject: subject}
			l.server.callers[name].Credential = "oidc_1"
		}
		token("ann", "player", "u-1")
		token("bob", "player", "u-2")
		token("service", "player", "")
		for who, want := range map[string]string{
			"ann":     `{"member":[{"account":{"homePage":"https://id.example.com","name":"player"},"objectType":"Agent"},{"account":{"homePage":"https://id.example.com","name":"u-1"},"objectType":"Agent"}],"objectType":"Group"}`,
			"service": `{"account":{"homePage":"https://id.example.com","name":"player"},"objectType":"Agent"}`,
		} {
			st := newStatement()
			l.do("POST", "/statements", st, as(who)).want(200)
			if got := asJSON(l.get(st["id"].(string))["authority"]); got != want {
				l.Errorf("%s: the authority is %s, want %s", who, got, want)
			}
			l.do("GET", "/statements"+query("statementId", st["id"]), nil, as(who)).want(200)
			l.do("GET", "/statements"+query("statementId", st["id"]), nil, as("bob")).want(404)
		}
		if ids := l.do("GET", "/statements", nil, as("bob")).want(200).result().ids(); len(ids) != 0 {
			l.Errorf("another user of the same application sees %v", ids)
		}
	},
	"LM-07": func(l *lab) {
		tolerant := func(name string, t access.Tolerance) { l.caller(name, access.All).Lenient = []access.Tolerance{t} }
		tolerant("busters", access.CacheBusters)
		l.do("GET", "/statements?limit=1&cachebuster=17", nil, as("busters")).want(200)
		l.do("GET", "/statements?Limit=1", nil, as("busters")).want(400)
		l.do("GET", "/statements"+query("statementId", newID(), "_", "17"), nil, as("busters")).want(404)
		tolerant("any state", access.AnyStateContent)
		s := states()
		l.do("PUT", s.of("d"), "2A3B|C", as("any state")).want(204)
		wantDocument(l, s.of("d"), "2A3B|C")
		l.do("POST", agentProfiles().of("d"), "2A3B|C", as("any state")).want(400)
		tolerant("no version", access.MissingVersion)
		l.do("GET", "/statements?limit=1", nil, as("no version"), header{headerVersion, ""}).want(200).wantHeader(headerVersion, "1.0.3")
		l.do("GET", "/statements?limit=1", nil, as("no version"), header{headerVersion, "0.9"}).want(400)
		tolerant("text forms", access.TextPlainForms)
		form := url.Values{"limit": {"1"}}.Encode()
		plain := []header{{"Content-Type", "text/plain"}, {headerVersion, "1.0.3"}}
		l.do("POST", "/statements?method=GET", form, append(plain, as("text forms"))...).want(200)
		l.do("POST", "/statements?method=GET", form, append(plain, as("all"))...).want(400)
	},
}

// form posts an alternate request.
func (l *lab) form(path string, fields url.Values, headers ...header) *answer {
	l.Helper()
	return l.do("POST", path, fields.Encode(), append([]header{{"Content-Type", "application/x-www-form-urlencoded"}}, headers...)...)
}

// alternateCases show the alternate request syntax.
var alternateCases = map[string]func(*lab){
	"XAPI-00148": func(l *lab) {
		agent, ids := several(l, 2)
		a := l.form("/statements?method=GET", url.Values{"agent": {asJSON(agent)}, "limit": {"1"}}).want(200)
		page := a.result()
		l.wantIDs("the form", page.ids(), ids[1])
		second := l.at("POST", l.server.url+*page.More+"?method=GET", "", header{"Content-Type", "application/x-www-form-urlencoded"}).want(200)
		l.wantIDs("the next page", second.result().ids(), ids[0])
	},
	"XAPI-00336": func(l *lab) {
		st := newStatement()
		fields := url.Values{"statementId": {st["id"].(string)}, "content": {asJSON(st)}}
		l.form("/statements?method=PUT", fields).want(204)
		l.get(st["id"].(string))
		fresh := func(more ...string) url.Values {
			st := newStatement()
			fields := url.Values{"statementId": {st["id"].(string)}, "content": {asJSON(st)}}
			for i := 0; i < len(more); i += 2 {
				fields.Set(more[i], more[i+1])
			}
			return fields
		}
		l.form("/statements?method=PUT", fresh(headerVersion, "1.0.2"), header{headerVersion, ""}).want(204)
		l.form("/statements?method=PUT", fresh(headerVersion, "0.8")).want(400)
		l.form("/statements?method=PUT", fresh("content", "{")).want(400)
		l.form("/statements?method=PUT", url.Values{"statementId": {newID()}}).want(400)
		l.form("/statements?method=PUT&statementId="+newID(), fresh()).want(400)
		l.form("/statements?method=put", fresh()).want(400)
		l.form("/statements?method=PUT", fresh("nonsense", "1")).want(400)
		l.do("POST", "/statements?method=GET", strings.Repeat("a=b&", 100)+"limit=1", header{"Content-Type", "application/x-www-form-urlencoded"}).want(400)
		l.do("PUT", "/statements?method=POST", fresh().Encode(), header{"Content-Type", "application/x-www-form-urlencoded"}).want(400)
		l.do("POST", "/statements?method=PUT", asJSON(fresh()), header{"Content-Type", "application/x-www-form-urlencoded"}).want(400)
		s := states()
		doc := url.Values{"activityId": {s.keys[1].(string)}, "agent": {asJSON(s.keys[3])}, "stateId": {"d"}, "content": {"a&b=ü"}, "Content-Type": {"text/plain"}}
		l.form("/activities/state?method=PUT", doc).want(204)
		wantDocument(l, s.of("d"), "a&b=ü").wantHeader("Content-Type", "text/plain")
		doc.Set("If-None-Match", "*")
		l.form("/activities/state?method=PUT", doc).want(412)
		for _, name := range []string{"content", "Content-Type", "If-None-Match"} {
			doc.Del(name)
		}
		if a := l.form("/activities/state?method=HEAD", doc).want(200); len(a.body) > 0 || a.header.Get("ETag") == "" {
			l.Errorf("HEAD gives %q with ETag %q", a.body, a.header.Get("ETag"))
		}
		l.form("/activities/state?method=DELETE", doc).want(204)
		l.do("GET", s.of("d"), nil).want(404)
	},
	"IEEE-4.1.2-a": func(l *lab) {
		for _, method := range []string{"GET", "PUT", "POST", "DELETE"} {
			a := l.form("/statements?method="+method, url.Values{"statementId": {newID()}, "content": {asJSON(newStatement())}})
			if a.status != http.StatusBadRequest {
				a.want(400)
			}
		}
	},
}
