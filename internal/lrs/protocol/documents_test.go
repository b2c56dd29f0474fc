package protocol_test

import (
	"crypto/sha1"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
	"time"
)

// shelf is one of the document resources and where the documents of a case lie.
type shelf struct {
	path, id string
	keys     []any // names and values of parameters
}

func states() shelf {
	return shelf{"/activities/state", "stateId", []any{"activityId", newIRI(), "agent", newAgent()}}
}
func agentProfiles() shelf {
	return shelf{"/agents/profile", "profileId", []any{"agent", newAgent()}}
}
func activityProfiles() shelf {
	return shelf{"/activities/profile", "profileId", []any{"activityId", newIRI()}}
}

// of gives the address of a document, "" for the shelf, with further parameters.
func (s shelf) of(id string, more ...any) string {
	pairs := append(slices.Clone(s.keys), more...)
	if id != "" {
		pairs = append(pairs, s.id, id)
	}
	return s.path + query(pairs...)
}

// without gives the address of a document that lacks a parameter.
func (s shelf) without(name string) string {
	var pairs []any
	for i := 0; i < len(s.keys); i += 2 {
		if s.keys[i] != name {
			pairs = append(pairs, s.keys[i], s.keys[i+1])
		}
	}
	if name != s.id {
		pairs = append(pairs, s.id, "document")
	}
	return s.path + query(pairs...)
}

var isNew = header{"If-None-Match", "*"}

// document is the JSON of most cases.
func document() object { return object{"name": newID(), "location": object{"name": "Basel"}} }

// attempt sends a method that should be refused, with a body where one belongs.
func (l *lab) attempt(method, address string) *answer {
	l.Helper()
	if method == "PUT" || method == "POST" {
		return l.do(method, address, document(), isNew)
	}
	return l.do(method, address, nil)
}

// refusesWithout fails unless a method needs a parameter.
func refusesWithout(shelf func() shelf, method, name string) func(*lab) {
	return func(l *lab) { l.attempt(method, shelf().without(name)).want(400) }
}

// refusesAgent fails unless a method refuses what is no agent.
func refusesAgent(shelf func() shelf, method string) func(*lab) {
	return func(l *lab) {
		for _, bad := range []string{"true", "not JSON", "{}", `{"mbox":"ann@example.com"}`, `{"objectType":"Group","member":[{"mbox":"mailto:ann@example.com"}]}`} {
			s := shelf()
			for i, name := range s.keys {
				if name == "agent" {
					s.keys[i+1] = bad
				}
			}
			l.attempt(method, s.of("document")).want(400)
		}
	}
}

// takesAnyID fails unless a method takes any text as an id, but not none.
func takesAnyID(shelf func() shelf, method string) func(*lab) {
	return func(l *lab) {
		s := shelf()
		for _, id := range []string{"true", "1", "a/b?c=d&e", "学习", " "} {
			if method == "GET" || method == "DELETE" {
				l.do("POST", s.of(id), document()).want(204)
			}
			if a := l.attempt(method, s.of(id)); a.status != 204 && a.status != 200 {
				a.want(204)
			}
		}
		l.attempt(method, s.of("", s.id, "")).want(400)
	}
}

// keeps fails unless a document can be stored and read.
func keeps(shelf func() shelf, method string, headers ...header) func(*lab) {
	return func(l *lab) {
		s, doc := shelf(), document()
		l.do(method, s.of("document"), doc, headers...).want(204)
		wantDocument(l, s.of("document"), asJSON(doc))
	}
}

// wantDocument fails unless a document is as it was stored.
func wantDocument(l *lab, address, want string) *answer {
	l.Helper()
	a := l.do("GET", address, nil).want(200)
	if string(a.body) != want {
		l.Errorf("the document is %s, want %s", a.body, want)
	}
	return a
}

// deletes fails unless DELETE deletes one document of two.
func deletes(shelf func() shelf) func(*lab) {
	return func(l *lab) {
		s := shelf()
		l.do("POST", s.of("one"), document()).want(204)
		l.do("POST", s.of("two"), document()).want(204)
		l.do("DELETE", s.of("one"), nil).want(204)
		l.do("GET", s.of("one"), nil).want(404)
		l.do("GET", s.of("two"), nil).want(200)
		l.do("DELETE", s.of("one"), nil).want(204)
	}
}

// lists fails unless GET lists the ids on a shelf.
func lists(shelf func() shelf) func(*lab) {
	return func(l *lab) {
		s := shelf()
		l.wantIDs("an empty shelf", l.do("GET", s.of(""), nil).want(200).list())
		l.do("POST", s.of("one"), document()).want(204)
		l.do("POST", s.of("two"), document()).want(204)
		l.do("POST", shelf().of("three"), document()).want(204)
		ids := l.do("GET", s.of(""), nil).want(200).wantHeader("Content-Type", "application/json").list()
		slices.Sort(ids)
		l.wantIDs("the shelf", ids, "one", "two")
	}
}

// listsSince fails unless since selects what changed after a time.
func listsSince(shelf func() shelf) func(*lab) {
	return func(l *lab) {
		s := shelf()
		l.do("POST", s.of("one"), document()).want(204)
		time.Sleep(2 * time.Millisecond)
		between := time.Now().UTC().Format(time.RFC3339Nano)
		time.Sleep(2 * time.Millisecond)
		l.do("POST", s.of("two"), document()).want(204)
		l.wantIDs("since then", l.do("GET", s.of("", "since", between), nil).want(200).list(), "two")
		l.do("POST", s.of("one"), document()).want(204)
		if ids := l.do("GET", s.of("", "since", between), nil).want(200).list(); len(ids) != 2 {
			l.Errorf("after both changed: %v", ids)
		}
	}
}

func refusesSince(shelf func() shelf) func(*lab) {
	return func(l *lab) { l.do("GET", shelf().of("", "since", "yesterday"), nil).want(400) }
}

// joins fails unless a POST joins two documents.
func joins(shelf func() shelf) func(*lab) {
	return func(l *lab) {
		s := shelf()
		l.do("POST", s.of("document"), `{"a":1,"b":{"x":1,"y":2}}`).want(204)
		l.do("POST", s.of("document"), `{"b":{"z":3},"c":[1.50]}`).want(204)
		wantDocument(l, s.of("document"), `{"a":1,"b":{"z":3},"c":[1.50]}`).wantHeader("Content-Type", "application/json")
	}
}

// joinsJSONOnly fails unless both documents must be application/json.
func joinsJSONOnly(shelf func() shelf) func(*lab) {
	return func(l *lab) {
		s := shelf()
		l.do("POST", s.of("json"), `{"a":1}`).want(204)
		l.do("POST", s.of("json"), `{"b":1}`, header{"Content-Type", "text/plain"}).want(400)
		wantDocument(l, s.of("json"), `{"a":1}`)
		l.do("POST", s.of("text"), `{"a":1}`, header{"Content-Type", "text/plain"}).want(204)
		l.do("POST", s.of("text"), `{"b":1}`).want(400)
		wantDocument(l, s.of("text"), `{"a":1}`).wantHeader("Content-Type", "text/plain")
	}
}

// joinsObjectsOnly fails unless both documents must be objects.
func joinsObjectsOnly(shelf func() shelf) func(*lab) {
	return func(l *lab) {
		s := shelf()
		l.do("POST", s.of("object"), `{"a":1}`).want(204)
		for _, bad := range []string{`[1]`, `"text"`, `null`, `{"a":`} {
			l.do("POST", s.of("object"), bad).want(400)
		}
		wantDocument(l, s.of("object"), `{"a":1}`)
		l.do("PUT", s.of("array"), `[1]`, isNew).want(204)
		l.do("POST", s.of("array"), `{"a":1}`).want(400)
		wantDocument(l, s.of("array"), `[1]`)
	}
}

// refusesBrokenJSON fails unless text that is labelled as JSON is JSON.
func refusesBrokenJSON(shelf func() shelf) func(*lab) {
	return func(l *lab) {
		s := shelf()
		for _, bad := range []string{`{"a":1`, `hello`, ``, `{"a":1}{"b":2}`, `{"a":1,"a":2}`} {
			l.do("POST", s.of("document"), bad).want(400)
			l.do("PUT", s.of("document"), bad, isNew).want(400)
		}
		l.do("GET", s.of("document"), nil).want(404)
		bytes := "\x00\xff not JSON"
		l.do("PUT", s.of("bytes"), bytes, isNew, header{"Content-Type", "application/octet-stream"}).want(204)
		wantDocument(l, s.of("bytes"), bytes).wantHeader("Content-Type", "application/octet-stream")
	}
}

// putsUnderCondition fails unless a profile is put under a condition; 1.0.3
// demands one of new ones too.
func putsUnderCondition(shelf func() shelf) func(*lab) {
	return func(l *lab) {
		keeps(shelf, "PUT", isNew)(l)
		l.do("PUT", shelf().of("document"), document()).want(map[string]int{"1.0.3": 400, "2.0.0": 204}[l.version.String()])
	}
}

// stateCases are the cases of states.
func stateCases() map[string]func(*lab) {
	registered := func(method string) func(*lab) {
		return func(l *lab) {
			s, registration := states(), newID()
			l.do("POST", s.of("document", "registration", registration), document()).want(204)
			l.attempt(method, s.of("other", "registration", registration))
			l.do("GET", s.of("document"), nil).want(404)
			l.do("GET", s.of("document", "registration", newID()), nil).want(404)
			l.do("GET", s.of("document", "registration", strings.ToUpper(registration)), nil).want(200)
		}
	}
	refusesRegistration := func(method string) func(*lab) {
		return func(l *lab) { l.attempt(method, states().of("document", "registration", "true")).want(400) }
	}
	clears := func(l *lab) {
		s, registration := states(), newID()
		l.do("POST", s.of("one"), document()).want(204)
		l.do("POST", s.of("two", "registration", registration), document()).want(204)
		l.do("POST", s.of("three", "registration", registration), document()).want(204)
		l.do("DELETE", s.of("", "registration", registration), nil).want(204)
		l.wantIDs("what is left", l.do("GET", s.of(""), nil).want(200).list(), "one")
		l.do("DELETE", s.of(""), nil).want(204)
		l.wantIDs("what is left", l.do("GET", s.of(""), nil).want(200).list())
	}
	all := map[string]func(*lab){
		"XAPI-00187": deletes(states), "XAPI-00191": deletes(states), "XAPI-00216": deletes(states),
		"XAPI-00188": keeps(states, "PUT"), "XAPI-00190": keeps(states, "PUT"), "XAPI-00192": keeps(states, "PUT"),
		"XAPI-00217": keeps(states, "POST"), "XAPI-00189": keeps(states, "POST"), "XAPI-00231": keeps(states, "POST"), "XAPI-00233": keeps(states, "POST"),
		"XAPI-00193": lists(states), "XAPI-00195": listsSince(states), "XAPI-00221": listsSince(states), "XAPI-00204": refusesSince(states),
		"XAPI-00194": clears, "XAPI-00206": refusesWithout(states, "PUT", "stateId"), "XAPI-00211": refusesWithout(states, "POST", "stateId"),
		"XAPI-00229": joinsObjectsOnly(states), "XAPI-00232": joinsJSONOnly(states), "XAPI-00234": joins(states), "XAPI-00235": refusesBrokenJSON(states),
		"XAPI-00230": func(l *lab) {
			l.do("POST", states().of("document"), document()).want(204)
			l.do("POST", "/activity/state"+query("stateId", "x"), document()).want(404)
		},
	}
	for i, method := range []string{"DELETE", "GET", "POST", "PUT"} {
		all[number(196+i)] = refusesAgent(states, method)
		all[number(200+i)] = refusesRegistration(method)
		all[number(207+i)] = refusesWithout(states, method, "activityId")
		all[number(212+i)] = refusesWithout(states, method, "agent")
		all[number([]int{224, 225, 226, 228}[i])] = takesAnyID(states, method)
		all[number([]int{219, 220, 227, 218}[i])] = registered(method)
	}
	return all
}

// profileCases are the cases of both kinds of profiles, and of documents as such.
func profileCases() map[string]func(*lab) {
	agents, activities := agentProfiles, activityProfiles
	all := map[string]func(*lab){
		"XAPI-00259": lists(agents), "XAPI-00270": lists(agents), "XAPI-00260": refusesSince(agents), "XAPI-00268": listsSince(agents), "XAPI-00275": listsSince(agents),
		"XAPI-00269": keeps(agents, "POST"), "XAPI-00272": keeps(agents, "POST"), "XAPI-00274": keeps(agents, "PUT", isNew), "XAPI-00280": keeps(agents, "POST"),
		"XAPI-00282": keeps(agents, "POST"), "XAPI-00283": keeps(agents, "POST"), "XAPI-00273": putsUnderCondition(agents), "XAPI-00271": deletes(agents),
		"XAPI-00278": joinsJSONOnly(agents), "XAPI-00279": joins(agents), "XAPI-00281": joinsObjectsOnly(agents), "XAPI-00284": refusesBrokenJSON(agents),
		"XAPI-00276": takesAnyID(agents, "POST"), "XAPI-00277": takesAnyID(agents, "PUT"),
		"XAPI-00285": deletes(activities), "XAPI-00291": deletes(activities), "XAPI-00287": putsUnderCondition(activities), "XAPI-00293": keeps(activities, "PUT", isNew),
		"XAPI-00286": keeps(activities, "POST"), "XAPI-00288": keeps(activities, "PUT", isNew), "XAPI-00290": keeps(activities, "PUT", isNew), "XAPI-00292": keeps(activities, "POST"),
		"XAPI-00310": keeps(activities, "POST"), "XAPI-00311": keeps(activities, "POST"), "XAPI-00312": keeps(activities, "POST"),
		"XAPI-00289": lists(activities), "XAPI-00294": listsSince(activities), "XAPI-00303": listsSince(activities), "XAPI-00295": refusesSince(activities),
		"XAPI-00308": joins(activities), "XAPI-00309": joinsJSONOnly(activities), "XAPI-00313": joinsObjectsOnly(activities), "XAPI-00314": refusesBrokenJSON(activities),
		"XAPI-00305": takesAnyID(activities, "DELETE"), "XAPI-00306": takesAnyID(activities, "POST"), "XAPI-00307": takesAnyID(activities, "PUT"),
		"XAPI-00304": func(l *lab) { l.do("GET", activities().of("", "agent", newAgent()), nil).want(400) },
		"XAPI-00183": joins(states), "XAPI-00184": joins(states),
		"XAPI-00182": joinsObjectsOnly(states), "XAPI-00322": tagged, "IEEE-4.1.4-a": replacesUnderCondition, "IEEE-4.1.4-b": obeysIfMatch, "IEEE-4.1.6.2-a": dated,
	}
	for i, method := range []string{"DELETE", "POST", "PUT"} {
		all[number(255+i)] = refusesAgent(agents, method)
		all[number(262+i)] = refusesWithout(agents, method, "agent")
		all[number(265+i)] = refusesWithout(agents, method, "profileId")
		all[number(297+i)] = refusesWithout(activities, method, "activityId")
		all[number(300+i)] = refusesWithout(activities, method, "profileId")
	}
	all[number(258)] = refusesAgent(agents, "GET")
	all[number(261)] = refusesWithout(agents, "GET", "agent")
	all[number(296)] = refusesWithout(activities, "GET", "activityId")
	return all
}

// number gives the id of a numbered requirement.
func number(n int) string {
	return "XAPI-00" + string(rune('0'+n/100)) + string(rune('0'+n/10%10)) + string(rune('0'+n%10))
}

// tagged shows ETags and conditions, on each resource.
func tagged(l *lab) {
	for _, s := range []shelf{states(), agentProfiles(), activityProfiles()} {
		doc := asJSON(document())
		l.do("PUT", s.of("d"), doc, header{"If-Match", `"` + strings.Repeat("1", 40) + `"`}).want(412)
		l.do("PUT", s.of("d"), doc, isNew).want(204)
		sum := sha1.Sum([]byte(doc))
		tag := `"` + hex.EncodeToString(sum[:]) + `"`
		l.do("GET", s.of("d"), nil).want(200).wantHeader("ETag", tag)
		l.do("PUT", s.of("d"), document(), isNew).want(412)
		l.do("PUT", s.of("d"), document(), header{"If-Match", `"` + strings.Repeat("1", 40) + `"`}).want(412)
		l.do("PUT", s.of("d"), document(), header{"If-None-Match", tag}).want(412)
		if s.id == "profileId" {
			if a := l.do("PUT", s.of("d"), document()).want(409); len(a.body) == 0 {
				l.Error("409 without a text")
			}
		}
		wantDocument(l, s.of("d"), doc)
		l.do("PUT", s.of("d"), `{"new":1}`, header{"If-Match", tag}).want(204)
		wantDocument(l, s.of("d"), `{"new":1}`)
		l.do("PUT", s.of("d"), `{"new":2}`, header{"If-Match", `"x", *`}).want(204)
	}
}

func replacesUnderCondition(l *lab) {
	for _, s := range []shelf{states(), agentProfiles(), activityProfiles()} {
		l.do("PUT", s.of("d"), `{"a":1}`, isNew).want(204)
		if a := l.do("PUT", s.of("d"), `{"a":2}`).want(409); !strings.Contains(string(a.body), "If-Match") {
			l.Errorf("the conflict names no remedy: %s", a.body)
		}
		wantDocument(l, s.of("d"), `{"a":1}`)
	}
}

func obeysIfMatch(l *lab) {
	for _, s := range []shelf{states(), agentProfiles(), activityProfiles()} {
		l.do("POST", s.of("d"), `{"a":1}`).want(204)
		tag := l.do("GET", s.of("d"), nil).want(200).header.Get("ETag")
		for _, method := range []string{"POST", "DELETE"} {
			body := map[string]any{"POST": `{"b":2}`}[method]
			l.do(method, s.of("d"), body, header{"If-Match", `"1234"`}).want(412)
		}
		wantDocument(l, s.of("d"), `{"a":1}`)
		l.do("POST", s.of("d"), `{"b":2}`, header{"If-Match", tag}).want(204)
		l.do("DELETE", s.of("d"), nil, header{"If-Match", tag}).want(412)
		tag = l.do("GET", s.of("d"), nil).want(200).header.Get("ETag")
		l.do("DELETE", s.of("d"), nil, header{"If-Match", tag}).want(204)
		l.do("GET", s.of("d"), nil).want(404)
	}
}

// dated shows Last-Modified, on each resource.
func dated(l *lab) {
	for _, s := range []shelf{states(), agentProfiles(), activityProfiles()} {
		before := time.Now().Truncate(time.Second)
		l.do("POST", s.of("d"), document()).want(204)
		text := l.do("GET", s.of("d"), nil).want(200).header.Get("Last-Modified")
		at, err := time.Parse(http.TimeFormat, text)
		if err != nil || at.Before(before) || at.After(time.Now()) {
			l.Errorf("Last-Modified %q, %v", text, err)
		}
	}
}
