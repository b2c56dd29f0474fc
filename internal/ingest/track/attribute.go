package track

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/liftmark/liftmark/internal/record"
)

// Bounds of what an event leaves behind.
const (
	maxAttributes    = 50
	maxAttributeName = 64  // bytes
	maxAttribute     = 500 // bytes
	maxNesting       = 3   // objects within properties that are looked into
)

// Attributes that the package itself writes; properties of these names get the
// prefix "property_".
const (
	attrEvent = "event"    // the name as sent
	attrCall  = "kind"     // track, page or screen
	attrGroup = "group_id" // account that the event named
)

// fromContext are the parts of an event's context that are kept: what segments
// are made of, and nothing that singles a person out. Addresses, user agents,
// advertising ids, referrers and campaigns stay outside.
var fromContext = map[string]string{"locale": "locale", "timezone": "timezone", "groupId": attrGroup}

var fromContextObjects = map[string]map[string]string{
	"page": {"path": "page_path"}, "device": {"type": "device_type"},
	"os": {"name": "os", "version": "os_version"}, "app": {"name": "app", "version": "app_version"},
}

// neverKept are properties that would identify a device or place a person.
var neverKept = map[string]bool{"ip": true, "ip_address": true, "user_agent": true, "search": true, "password": true, "token": true}

// flattener collects scalar values under flat names.
type flattener struct {
	into    map[string]string
	dropped int // values that there was no room for
}

// flatten adds the scalar members of an object, and of objects within it under
// joined names.
func (f *flattener) flatten(object jsontext.Value) {
	if object == nil {
		return
	}
	w := &walker{text: object}
	w.members(func(name []byte) { f.member(w, "", name, 1) })
}

func (f *flattener) member(w *walker, prefix string, name []byte, depth int) {
	joined := attributeName(string(name))
	if joined == "" {
		return
	}
	if prefix != "" {
		joined = prefix + "_" + joined
	}
	switch w.kind() {
	case '{':
		if depth < maxNesting && len(joined) <= maxAttributeName {
			w.members(func(inner []byte) { f.member(w, joined, inner, depth+1) })
		}
	case '"', '0':
		text, _ := w.string()
		f.add(joined, text)
	case 't', 'f':
		f.add(joined, string(w.value()))
	}
}

func (f *flattener) add(name, text string) {
	if neverKept[name] || text == "" {
		return
	}
	switch name {
	case attrEvent, attrCall, attrGroup:
		name = "property_" + name
	}
	if _, taken := f.into[name]; taken {
		return
	}
	if len(f.into) >= maxAttributes && !namesActivity[name] || len(name) > maxAttributeName {
		f.dropped++
		return
	}
	f.into[name] = cut(withoutQuery(clean(text)), maxAttribute)
}

// withoutQuery cuts what follows the path of a web address, and a password in
// it: tokens and addresses of people travel there.
func withoutQuery(text string) string {
	scheme, rest, isURL := strings.Cut(text, "://")
	if !isURL || len(scheme) > 16 || strings.ContainsAny(scheme, " ?#/") {
		return text
	}
	if i := strings.IndexAny(rest, "?#"); i >= 0 {
		rest = rest[:i]
	}
	host, path, found := strings.Cut(rest, "/")
	if i := strings.LastIndexByte(host, '@'); i >= 0 {
		host = host[i+1:]
	}
	if found {
		host += "/"
	}
	return scheme + "://" + host + path
}

// pathOnly gives the path of a page's path or address.
func pathOnly(text string) string {
	text = withoutQuery(text)
	if _, rest, ok := strings.Cut(text, "://"); ok {
		_, path, _ := strings.Cut(rest, "/")
		text = "/" + path
	}
	if i := strings.IndexAny(text, "?#"); i >= 0 {
		text = text[:i]
	}
	return text
}

// contextAttributes adds what is kept of a context. What is there stays, so that
// an event's context goes before its batch's.
func contextAttributes(into map[string]string, context jsontext.Value) {
	if context == nil {
		return
	}
	w := &walker{text: context}
	w.members(func(name []byte) {
		if inner := fromContextObjects[string(name)]; inner != nil && w.kind() == '{' {
			w.members(func(name []byte) { keepContext(into, inner[string(name)], w) })
			return
		}
		keepContext(into, fromContext[string(name)], w)
	})
}

func keepContext(into map[string]string, name string, w *walker) {
	if kind := w.kind(); name == "" || kind != '"' && kind != '0' {
		return
	}
	text, _ := w.string()
	text = clean(text)
	switch {
	case text == "" || into[name] != "":
		return
	case name == attrGroup:
		if text = cutID(text); text == "" {
			return
		}
	case name == "page_path":
		text = pathOnly(text)
	}
	if name != attrGroup {
		text = cut(text, maxAttribute)
	}
	into[name] = text
}

// contextText gives one text of a context by its dotted path, "" for none.
func contextText(context jsontext.Value, path string) (found string) {
	eachScalar(context, func(at, text string) {
		if at == path {
			found = clean(text)
		}
	})
	return found
}

// eachScalar calls each with the texts and numbers of an object and of the
// objects right in it, by dotted path.
func eachScalar(object jsontext.Value, each func(path, text string)) {
	if object == nil {
		return
	}
	w := &walker{text: object}
	w.members(func(name []byte) {
		switch w.kind() {
		case '"', '0':
			at := string(name)
			text, _ := w.string()
			each(at, text)
		case '{':
			outer := string(name)
			w.members(func(inner []byte) {
				if kind := w.kind(); kind == '"' || kind == '0' {
					text, _ := w.string()
					each(outer+"."+string(inner), text)
				}
			})
		}
	})
}

// attributeName writes a property's name as imports do: "Plan Name", "planName"
// and "plan-name" are plan_name. It is "" for a name without letters or digits.
func attributeName(name string) string {
	if isAttributeName(name) {
		return name
	}
	return record.AttributeName(cut(name, 4*maxAttributeName))
}

func isAttributeName(name string) bool {
	for i := range len(name) {
		c := name[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && (c != '_' || i == 0 || i == len(name)-1 || name[i-1] == '_') {
			return false
		}
	}
	return name != ""
}
