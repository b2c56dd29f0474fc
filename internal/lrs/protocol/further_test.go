package protocol_test

import (
	"strings"

	"github.com/liftmark/liftmark/xapi"
)

// furtherCases show what the public list asks for again in other words, and what
// version 2.0 says of data types.
func furtherCases() map[string]func(*lab) {
	return map[string]func(*lab){
		"XAPI-00112": func(l *lab) {
			for _, q := range []string{query("agent", newAgent()), query("activity", newIRI()), query("registration", newID()), query("since", "2999-01-01T00:00:00Z")} {
				if r := l.do("GET", "/statements"+q, nil).want(200).result(); r.Statements == nil || len(r.Statements) > 0 || r.More != nil && *r.More != "" {
					l.Errorf("%s gives %+v", q, r)
				}
			}
		},
		"XAPI-00140": func(l *lab) {
			for name, address := range everyGet(l) {
				if a := l.do("GET", address, nil).want(200); len(a.body) == 0 {
					l.Errorf("%s is empty", name)
				}
			}
		},
		"XAPI-00141": func(l *lab) {
			for _, resource := range []func() shelf{states, agentProfiles, activityProfiles} {
				listsSince(resource)(l)
			}
		},
		"XAPI-00185": joinsToOneObject,
		"XAPI-00186": joinsByMeaning,
		"XAPI-00205": func(l *lab) { l.do("DELETE", states().of("", "since", "yesterday"), nil).want(400) },
		"XAPI-00222": listsSince(states),
		"XAPI-00223": func(l *lab) {
			s := states()
			l.do("POST", s.of("document"), document()).want(204)
			l.do("DELETE", s.of("", "since", "2020-01-01T00:00:00Z"), nil).want(400)
			l.do("GET", s.of("document"), nil).want(200)
		},
		"XAPI-00320":   describesInExtensions,
		"IEEE-4.2.7-c": keepsFineDurations,
		"IEEE-4.2.7-d": comparesDurationsToHundredths,
		"IEEE-4.2.7-e": comparesIRIsByCharacter,
		"IEEE-4.2.5-a": voidedStatementComesAgain,
	}
}

// joinsToOneObject joins documents of any layout, on each resource.
func joinsToOneObject(l *lab) {
	for _, s := range []shelf{states(), agentProfiles(), activityProfiles()} {
		l.do("POST", s.of("d"), " {\n\t\"a\" : [ 1 , {} ] ,\r\n \"b\":\"}{\" } ").want(204)
		l.do("POST", s.of("d"), `{}`).want(204)
		l.do("POST", s.of("d"), "\n{ \"c\" : null }\n").want(204)
		got := l.do("GET", s.of("d"), nil).want(200).wantHeader("Content-Type", "application/json").object()
		if text := asJSON(got); text != `{"a":[1,{}],"b":"}{","c":null}` {
			l.Errorf("%s: the document is %s", s.path, text)
		}
	}
}

// joinsByMeaning joins documents whose names are escaped differently, on each
// resource. A JSON text with a name twice would not be one object.
func joinsByMeaning(l *lab) {
	for _, s := range []shelf{states(), agentProfiles(), activityProfiles()} {
		l.do("POST", s.of("d"), `{"name":1,"other":2}`).want(204)
		l.do("POST", s.of("d"), `{"n\u0061me":3}`).want(204)
		a := l.do("GET", s.of("d"), nil).want(200)
		if got := asJSON(a.object()); got != `{"name":3,"other":2}` || strings.Count(string(a.body), ":") != 2 {
			l.Errorf("%s: the document is %s", s.path, a.body)
		}
	}
}

func describesInExtensions(l *lab) {
	for name, value := range l.do("GET", "/about", nil).want(200).object() {
		if name == "version" {
			continue
		}
		extensions, isObject := value.(map[string]any)
		if name != "extensions" || !isObject {
			l.Errorf("the description has %s: %v", name, value)
		}
		for key := range extensions {
			if err := xapi.CheckIRI(key); err != nil {
				l.Error(err)
			}
		}
	}
}

// lasting gives a statement with a duration.
func lasting(duration string) object {
	return newStatement().set("result", object{"duration": duration})
}

func keepsFineDurations(l *lab) {
	for _, d := range []string{"PT1.239S", "PT0.009S", "P1DT12H36M0.12567S", "PT59.999999999S"} {
		whole, fraction, _ := strings.Cut(strings.TrimSuffix(d, "S"), ".")
		got, _ := l.get(l.post(lasting(d))[0]).at("result", "duration").(string)
		if got != d && got != whole+"."+fraction[:2]+"S" {
			l.Errorf("%s came back as %s", d, got)
		}
	}
}

func comparesDurationsToHundredths(l *lab) {
	st := lasting("PT1.234S")
	l.post(st)
	for _, d := range []string{"PT1.23S", "PT1.239S", "PT1.23000001S"} {
		l.post(st.set("result", object{"duration": d}))
	}
	for _, d := range []string{"PT1.24S", "PT1.2S", "PT0M1.234S"} {
		l.do("POST", "/statements", st.set("result", object{"duration": d})).want(409)
	}
}

// comparesIRIsByCharacter looks for spellings of an IRI that other comparisons
// take for the same.
func comparesIRIsByCharacter(l *lab) {
	name := newID()
	id := "https://Example.com/a%c3%a9/../é学/" + name
	st := newStatement().set("object", object{"id": id}).set("verb", object{"id": id + "/verb"})
	l.post(st)
	if got := l.get(st["id"].(string)); got.at("object", "id") != id || got.at("verb", "id") != id+"/verb" {
		l.Errorf("the object is %v, the verb %v", got["object"], got["verb"])
	}
	l.wantIDs("the activity", l.find("activity", id).ids(), st["id"].(string))
	for _, other := range []string{"https://example.com/a%c3%a9/../é学/", "https://Example.com/a%C3%A9/../é学/", "https://Example.com/é学/", "https://Example.com/aé/../é学/"} {
		l.wantIDs(other, l.find("activity", other+name).ids())
		l.wantIDs(other, l.find("verb", other+name+"/verb").ids())
		l.do("POST", "/statements", st.set("object", object{"id": other + name})).want(409)
	}
}

func voidedStatementComesAgain(l *lab) {
	st, id := stored(l)
	l.post(voiding(id))
	l.post(st)
	l.do("PUT", "/statements"+query("statementId", id), st).want(204)
	l.do("GET", "/statements"+query("statementId", id), nil).want(404)
	l.do("GET", "/statements"+query("voidedStatementId", id), nil).want(200)
}
