package protocol_test

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// stored is what the statements' cases look at: one statement, stored.
func stored(l *lab) (object, string) {
	l.Helper()
	st := newStatement()
	return st, l.post(st)[0]
}

// statementCases show how statements are stored.
var statementCases = map[string]func(*lab){
	"XAPI-00139": func(l *lab) {
		l.do("POST", "/statements", newStatement()).want(200)
		l.do("GET", "/statements", nil).want(200)
		l.do("GET", "/statement", nil).want(404)
	},
	"XAPI-00142": func(l *lab) {
		st, id := stored(l)
		other := st.set("verb", newVerb())
		l.do("PUT", "/statements"+query("statementId", id), other).want(409)
		refused := l.do("POST", "/statements", other).want(409)
		if !strings.Contains(string(refused.body), "verb") {
			l.Errorf("the conflict does not name what differs: %s", refused.body)
		}
		if got := l.get(id).at("verb", "id"); got != st.at("verb").(object)["id"] {
			l.Errorf("the stored statement changed: verb %v", got)
		}
	},
	"XAPI-00143": func(l *lab) {
		st := newStatement()
		if a := l.do("PUT", "/statements"+query("statementId", st["id"]), st).want(204); len(a.body) > 0 {
			l.Errorf("204 with a body: %s", a.body)
		}
	},
	"XAPI-00144": func(l *lab) {
		id := newID()
		l.do("PUT", "/statements"+query("statementId", id), newStatement().set("id", nil)).want(204)
		if got := l.get(id)["id"]; got != id {
			l.Errorf("id %v, want %s", got, id)
		}
		l.do("PUT", "/statements"+query("statementId", newID()), newStatement()).want(400)
	},
	"XAPI-00145": func(l *lab) { l.do("PUT", "/statements", newStatement()).want(400) },
	"XAPI-00146": func(l *lab) {
		batch := []object{newStatement(), newStatement().set("id", nil), newStatement()}
		ids := l.post(batch...)
		if len(ids) != 3 || ids[0] != batch[0]["id"] || ids[2] != batch[2]["id"] {
			l.Fatalf("ids %v", ids)
		}
		if got := l.get(ids[1]).at("verb", "id"); got != batch[1]["verb"].(object)["id"] {
			l.Errorf("the second id is that of another statement: verb %v", got)
		}
	},
	"XAPI-00147": func(l *lab) {
		l.do("POST", "/statements", newStatement()).want(200)
		l.do("POST", "/statements", []object{newStatement(), newStatement()}).want(200)
	},
	"XAPI-00015": func(l *lab) {
		st := newStatement().set("result", object{"response": "Ünïcôdé 学习 😀"})
		if got := l.get(l.post(st)[0]).at("result", "response"); got != "Ünïcôdé 学习 😀" {
			l.Errorf("the text came back as %v", got)
		}
		l.do("POST", "/statements", strings.Replace(asJSON(newStatement().set("result", object{"response": "here"})), "here", "\xff", 1)).want(400)
	},
	"XAPI-00332": func(l *lab) {
		sent := map[string]string{"1.0.3": "1.0.2", "2.0.0": "2.0.1"}[l.version.String()]
		missing := map[string]string{"1.0.3": "1.0.0", "2.0.0": "2.0.0"}[l.version.String()]
		ids := l.post(newStatement().set("version", sent), newStatement())
		for i, want := range []string{sent, missing} {
			if got := l.get(ids[i])["version"]; got != want {
				l.Errorf("version %v, want %s", got, want)
			}
		}
	},
	"LM-01": func(l *lab) {
		st := newStatement().set("actor", object{"objectType": "Agent", "mbox": "mailto:" + newID() + "@example.com"})
		l.post(st)
		again := st.set("actor", object{"mbox": st["actor"].(object)["mbox"]}).set("verb", object{"id": st["verb"].(object)["id"]})
		l.post(again)
		l.do("PUT", "/statements"+query("statementId", st["id"]), st).want(204)
		l.wantIDs("the agent", l.find("agent", st["actor"]).ids(), st["id"].(string))
	},
	"LM-08": func(l *lab) { l.wantIDs("an empty batch", l.do("POST", "/statements", "[]").want(200).list()) },
	"LM-10": func(l *lab) {
		if got := l.get(l.post(newStatement())[0]); got["timestamp"] != got["stored"] {
			l.Errorf("timestamp %v, stored %v", got["timestamp"], got["stored"])
		}
		const sent = "2013-05-18T05:32:34.804Z"
		if got := l.get(l.post(newStatement().set("timestamp", sent))[0]); got["timestamp"] != sent {
			l.Errorf("timestamp %v, want %s", got["timestamp"], sent)
		}
	},
	"XAPI-00002": func(l *lab) {
		text := `{"id":"` + newID() + `","actor":` + asJSON(newAgent()) + `,"verb":{"id":"urn:v"},"object":{"id":"urn:o"},"result":{"score":{"raw":1.17549435e-38,"max":3.40282347e+38,"scaled":0.123456789012345678}}}`
		id := l.do("POST", "/statements", text).want(200).list()[0]
		for name, want := range map[string]string{"raw": "1.17549435e-38", "max": "3.40282347e+38", "scaled": "0.123456789012345678"} {
			if got := asJSON(l.get(id).at("result", "score", name)); got != want {
				l.Errorf("%s came back as %s, was %s", name, got, want)
			}
		}
	},
	"XAPI-00026": func(l *lab) {
		ids := l.post(newStatement().set("id", nil), newStatement().set("id", nil))
		for _, id := range ids {
			if parsed, err := uuid.Parse(id); err != nil || parsed.Variant() != uuid.RFC4122 || l.get(id)["id"] != id {
				l.Errorf("id %s, %v", id, err)
			}
		}
		if ids[0] == ids[1] {
			l.Errorf("one id for two statements: %s", ids[0])
		}
	},
	"XAPI-00097": func(l *lab) {
		before := time.Now().Add(-time.Minute)
		got := l.get(l.post(newStatement().set("stored", "2001-02-03T04:05:06Z"))[0])
		at, err := time.Parse(time.RFC3339, got["stored"].(string))
		if err != nil || at.Before(before) || at.After(time.Now().Add(time.Minute)) {
			l.Errorf("stored %v, %v", got["stored"], err)
		}
	},
	"XAPI-00122": func(l *lab) {
		for _, sent := range []string{"2016-01-01T12:30:45.123Z", "2016-01-01T12:30:45.123456789Z", "2016-01-01T12:30:45.1Z"} {
			got, err := time.Parse(time.RFC3339, l.get(l.post(newStatement().set("timestamp", sent))[0])["timestamp"].(string))
			want, _ := time.Parse(time.RFC3339, sent)
			if err != nil || !got.Truncate(time.Millisecond).Equal(want.Truncate(time.Millisecond)) {
				l.Errorf("timestamp %v, was %s; %v", got, sent, err)
			}
		}
	},
	"XAPI-00099": func(l *lab) {
		_, id := stored(l)
		account := l.get(id).at("authority", "account")
		if got := asJSON(account); got != `{"homePage":"https://lrs.example.com","name":"all"}` {
			l.Errorf("authority %s", got)
		}
		agent := newAgent()
		got := l.get(l.post(newStatement().set("authority", agent))[0])
		if got.at("authority", "mbox") != agent["mbox"] {
			l.Errorf("authority %v, want %v", got["authority"], agent)
		}
	},
	"XAPI-00096": func(l *lab) {
		context := object{"contextActivities": object{"parent": newActivity(), "other": []object{newActivity()}}}
		sub := object{"objectType": "SubStatement", "actor": newAgent(), "verb": newVerb(), "object": newActivity(), "context": context}
		got := l.get(l.post(newStatement().set("object", sub).set("context", context))[0])
		for _, path := range [][]string{{"context"}, {"object", "context"}} {
			for _, relation := range []string{"parent", "other"} {
				list, _ := got.at(append(path, "contextActivities", relation)...).([]any)
				if len(list) != 1 {
					l.Errorf("%v %s: %v", path, relation, list)
				}
			}
		}
	},
	"IEEE-4.1.6.1-a": func(l *lab) {
		st := newStatement()
		l.do("POST", "/statements", []object{st, st}).want(400)
		l.do("GET", "/statements"+query("statementId", st["id"]), nil).want(404)
	},
	"IEEE-4.1.6.1-b": func(l *lab) {
		_, id := stored(l)
		a := l.do("GET", "/statements"+query("statementId", id), nil).want(200)
		at, err := time.Parse(time.RFC3339, a.object()["stored"].(string))
		if err != nil {
			l.Fatal(err)
		}
		a.wantHeader("Last-Modified", at.UTC().Format(http.TimeFormat))
	},
	"IEEE-4.2.4.2-a": func(l *lab) {
		id := l.post(newStatement().set("timestamp", "2026-03-04T12:00:00.123456+05:30"))[0]
		if got := l.get(id)["timestamp"]; got != "2026-03-04T06:30:00.123456Z" {
			l.Errorf("timestamp %v", got)
		}
	},
}

// retrievalCases show how lists of statements come.
var retrievalCases = map[string]func(*lab){
	"XAPI-00108": func(l *lab) {
		agent, ids := several(l, 3)
		page := l.find("agent", agent, "limit", "2")
		l.wantIDs("the first page", page.ids(), ids[2], ids[1])
		l.wantIDs("the second page", l.next(page).ids(), ids[0])
	},
	"XAPI-00109": func(l *lab) {
		agent, _ := several(l, 2)
		if page := l.find("agent", agent); page.More == nil || *page.More != "" {
			l.Errorf("more is %v at the end", page.More)
		}
	},
	"XAPI-00110": func(l *lab) {
		agent, ids := several(l, 1)
		l.wantIDs("the agent", l.find("agent", agent).ids(), ids...)
	},
	"XAPI-00111": func(l *lab) {
		agent, ids := several(l, 3)
		second := l.next(l.find("agent", agent, "limit", "1"))
		l.wantIDs("the second page", second.ids(), ids[1])
		third := l.next(second)
		l.wantIDs("the third page", third.ids(), ids[0])
		if *third.More != "" {
			l.Errorf("more is %q at the end", *third.More)
		}
	},
	"XAPI-00113": func(l *lab) {
		agent, _ := several(l, 2)
		o := l.do("GET", "/statements"+query("agent", agent, "limit", "1"), nil).want(200).object()
		more, _ := o["more"].(string)
		if len(o) != 2 || o["statements"] == nil || !strings.HasPrefix(more, "/xapi/statements/more/") {
			l.Errorf("the answer is %v", o)
		}
	},
	"XAPI-00114": func(l *lab) {
		agent, ids := several(l, 7)
		slices.Reverse(ids)
		var got []string
		page := l.find("agent", agent, "limit", "3")
		for got = page.ids(); *page.More != ""; got = append(got, page.ids()...) {
			page = l.next(page)
		}
		l.wantIDs("all pages", got, ids...)
	},
	"LM-02": func(l *lab) {
		agent, ids := several(l, 5)
		statement := func() object { return newStatement().set("actor", agent) }
		down := l.find("agent", agent, "limit", "2", "format", "ids")
		up := l.find("agent", agent, "limit", "2", "ascending", "true")
		l.post(statement(), newStatement())
		down, up = l.next(down), l.next(up)
		l.wantIDs("the second page down", down.ids(), ids[2], ids[1])
		l.wantIDs("the second page up", up.ids(), ids[2], ids[3])
		if v := down.Statements[0].at("verb", "display"); v != nil {
			l.Errorf("the second page has another format: display %v", v)
		}
		l.wantIDs("the last page down", l.next(down).ids(), ids[0])
	},
	"LM-03": func(l *lab) {
		agent, _ := several(l, 2)
		more := *l.find("agent", agent, "limit", "1").More
		last := map[bool]string{true: "B", false: "A"}[strings.HasSuffix(more, "A")]
		for _, token := range []string{more[:len(more)-1] + last, more[:len(more)-4], "/xapi/statements/more/x", "/xapi/statements/more/%00"} {
			l.at("GET", l.server.url+token, nil).want(400)
		}
		l.do("GET", "/statements/more/", nil).want(404)
	},
}

// several stores n statements of an agent, one after the other, and gives their
// ids in order.
func several(l *lab, n int) (agent object, ids []string) {
	l.Helper()
	agent = newAgent()
	for range n {
		ids = append(ids, l.post(newStatement().set("actor", agent))...)
	}
	return agent, ids
}

// next follows more.
func (l *lab) next(page result) result {
	l.Helper()
	if page.More == nil || *page.More == "" {
		l.Fatal("there is no further page")
	}
	return l.at("GET", l.server.url+*page.More, nil).want(200).result()
}

// voidingCases show how statements are voided.
var voidingCases = map[string]func(*lab){
	"XAPI-00016": func(l *lab) {
		_, id := stored(l)
		first := l.post(voiding(id))[0]
		second := l.do("POST", "/statements", voiding(first))
		if second.status != 200 && second.status != 400 {
			second.want(400)
		}
		l.get(first)
		l.do("GET", "/statements"+query("voidedStatementId", first), nil).want(404)
		l.do("GET", "/statements"+query("voidedStatementId", id), nil).want(200)
	},
	"XAPI-00018": func(l *lab) {
		_, id := stored(l)
		l.post(voiding(id))
		l.do("GET", "/statements"+query("statementId", id), nil).want(404)
		l.do("GET", "/statements"+query("voidedStatementId", id), nil).want(200)
	},
	"XAPI-00155": func(l *lab) {
		st, id := stored(l)
		l.post(voiding(id))
		got := l.do("GET", "/statements"+query("voidedStatementId", id), nil).want(200).object()
		if got["id"] != id || got.at("actor", "mbox") != st["actor"].(object)["mbox"] {
			l.Errorf("the voided statement is %v", got)
		}
	},
	"XAPI-00157": func(l *lab) {
		_, id := stored(l)
		l.do("GET", "/statements"+query("voidedStatementId", id), nil).want(404)
		l.post(voiding(id))
		l.do("GET", "/statements"+query("voidedStatementId", id, "format", "ids", "attachments", "false"), nil).want(200)
	},
	"XAPI-00162": func(l *lab) {
		st, id := stored(l)
		about := l.post(newStatement().set("object", reference(id)))[0]
		voids := l.post(voiding(id))[0]
		l.wantIDs("the voided statement's verb", l.find("verb", st["verb"].(object)["id"]).ids(), voids, about)
		l.wantIDs("its agent, one", l.find("agent", st["actor"], "limit", "1").ids(), voids)
	},
	"XAPI-00163": func(l *lab) {
		st, id := stored(l)
		l.post(voiding(id))
		if ids := l.find("agent", st["actor"]).ids(); slices.Contains(ids, id) {
			l.Errorf("a query gives the voided statement")
		}
		if ids := l.find("since", time.Now().Add(-time.Hour).Format(time.RFC3339)).ids(); slices.Contains(ids, id) {
			l.Errorf("a query by time gives the voided statement")
		}
	},
	"LM-05": func(l *lab) {
		st, id := stored(l)
		chain := []string{id}
		for range 4 {
			chain = append(chain, l.post(newStatement().set("object", reference(chain[len(chain)-1])))...)
		}
		slices.Reverse(chain)
		l.wantIDs("the chain", l.find("verb", st["verb"].(object)["id"]).ids(), chain...)
		early := newID()
		ref := l.post(newStatement().set("object", reference(early)))[0]
		late := newStatement().set("id", early)
		l.post(late)
		l.wantIDs("a target that came later", l.find("agent", late["actor"]).ids(), early, ref)
	},
	"LM-06": func(l *lab) {
		st := newStatement()
		l.post(voiding(st["id"].(string)))
		l.post(st)
		l.do("GET", "/statements"+query("statementId", st["id"]), nil).want(404)
		l.do("GET", "/statements"+query("voidedStatementId", st["id"]), nil).want(200)
	},
	"LM-11": func(l *lab) {
		st, id := stored(l)
		l.post(newStatement().set("context", object{"statement": reference(id)}))
		l.wantIDs("the verb", l.find("verb", st["verb"].(object)["id"]).ids(), id)
	},
}
