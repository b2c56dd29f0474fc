package privacy

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/liftmark/liftmark/xapi"
)

// What stands in the place of an erased person: an account that nobody has.
// Names that end in "invalid" belong to no one (RFC 2606).
const (
	erasedHome = "https://erased.invalid"
	erasedHost = "erased.invalid"
)

const usageSignature = "http://adlnet.gov/expapi/attachments/signature"

// agent is what identifies an actor in JSON.
type agent struct {
	ObjectType string `json:"objectType"`
	Mbox       string `json:"mbox"`
	SHA1       string `json:"mbox_sha1sum"`
	OpenID     string `json:"openid"`
	Account    *struct {
		HomePage string `json:"homePage"`
		Name     string `json:"name"`
	} `json:"account"`
	Member []agent `json:"member"`
}

func (a *agent) ifi() xapi.IFI {
	actor := xapi.Actor{Mbox: a.Mbox, MboxSHA1Sum: a.SHA1, OpenID: a.OpenID}
	if a.Account != nil {
		actor.Account = &xapi.Account{HomePage: a.Account.HomePage, Name: a.Account.Name}
	}
	return actor.IFI()
}

// fate is what becomes of a statement.
type fate int

const (
	untouched fate = iota
	rewritten
	deleted
)

// eraser takes one person out of statements.
type eraser struct {
	agents    map[xapi.IFI]bool
	addresses []string // in lower case
	pseudonym string   // a UUID
}

func newEraser(p *Person, pseudonym string) *eraser {
	e := &eraser{agents: map[xapi.IFI]bool{}, addresses: p.addresses(), pseudonym: pseudonym}
	for _, a := range p.Agents {
		e.agents[xapi.IFI(a)] = true
	}
	return e
}

// take decides about a statement. A statement by or about the person alone is
// deleted; one in which the person has another part is rewritten: a pseudonym
// in the person's place, the person's addresses nowhere, no signature, for it
// holds the statement as it was, and no "stored".
func (e *eraser) take(body []byte) (fate, []byte, error) {
	var st struct {
		Actor  agent `json:"actor"`
		Object agent `json:"object"`
	}
	if err := json.Unmarshal(body, &st); err != nil {
		return untouched, nil, err
	}
	isActor := st.Object.ObjectType == "Agent" || st.Object.ObjectType == "Group"
	if e.only(&st.Actor) || isActor && e.only(&st.Object) {
		return deleted, nil, nil
	}
	found := false
	out, err := e.statement(body, &found)
	if err != nil || !found {
		return untouched, nil, err
	}
	if out, err = members(out, e.finish); err != nil {
		return untouched, nil, err
	}
	out, err = e.scrub(out)
	return rewritten, out, err
}

// only says whether an actor is the person, or a group of nobody else.
func (e *eraser) only(a *agent) bool {
	if e.agents[a.ifi()] {
		return true
	}
	return len(a.Member) > 0 && !slices.ContainsFunc(a.Member, func(m agent) bool { return !e.agents[m.ifi()] })
}

// statement replaces the person in a statement or SubStatement.
func (e *eraser) statement(raw jsontext.Value, found *bool) (jsontext.Value, error) {
	return members(raw, func(name string, value jsontext.Value) (jsontext.Value, error) {
		switch name {
		case "actor", "authority":
			return e.actor(value, found)
		case "object":
			return e.object(value, found)
		case "context":
			return e.context(value, found)
		}
		return value, nil
	})
}

func (e *eraser) object(raw jsontext.Value, found *bool) (jsontext.Value, error) {
	var o struct {
		ObjectType string `json:"objectType"`
	}
	if err := json.Unmarshal(raw, &o); err != nil {
		return nil, err
	}
	switch o.ObjectType {
	case "Agent", "Group":
		return e.actor(raw, found)
	case "SubStatement":
		return e.statement(raw, found)
	}
	return raw, nil
}

func (e *eraser) context(raw jsontext.Value, found *bool) (jsontext.Value, error) {
	related := func(inner string) func(jsontext.Value) (jsontext.Value, error) {
		return func(element jsontext.Value) (jsontext.Value, error) {
			return members(element, func(name string, value jsontext.Value) (jsontext.Value, error) {
				if name == inner {
					return e.actor(value, found)
				}
				return value, nil
			})
		}
	}
	return members(raw, func(name string, value jsontext.Value) (jsontext.Value, error) {
		switch name {
		case "instructor", "team":
			return e.actor(value, found)
		case "contextAgents":
			return elements(value, related("agent"))
		case "contextGroups":
			return elements(value, related("group"))
		}
		return value, nil
	})
}

// actor replaces an agent that is the person, and members of a group.
func (e *eraser) actor(raw jsontext.Value, found *bool) (jsontext.Value, error) {
	var a agent
	if err := json.Unmarshal(raw, &a); err != nil {
		return nil, err
	}
	own := e.agents[a.ifi()]
	*found = *found || own
	out, err := members(raw, func(name string, value jsontext.Value) (jsontext.Value, error) {
		switch {
		case name == "member":
			return elements(value, func(m jsontext.Value) (jsontext.Value, error) { return e.actor(m, found) })
		case own && name != "objectType":
			return nil, nil // name and identifier
		}
		return value, nil
	})
	if err != nil || !own {
		return out, err
	}
	return withMember(out, "account", jsontext.Value(`{"homePage":"`+erasedHome+`","name":"`+e.pseudonym+`"}`)), nil
}

// finish drops what the store assigns anew and what would keep the old text.
func (e *eraser) finish(name string, value jsontext.Value) (jsontext.Value, error) {
	switch name {
	case "stored":
		return nil, nil
	case "attachments":
		kept, err := elements(value, func(a jsontext.Value) (jsontext.Value, error) {
			if signs(a) {
				return nil, nil
			}
			return a, nil
		})
		if err != nil || string(kept) == "[]" {
			return nil, err
		}
		return kept, nil
	}
	return value, nil
}

func signs(attachment jsontext.Value) bool {
	var a struct {
		UsageType string `json:"usageType"`
	}
	return json.Unmarshal(attachment, &a) == nil && a.UsageType == usageSignature
}

// scrub replaces the person's addresses in every text, names of members too.
func (e *eraser) scrub(raw jsontext.Value) (jsontext.Value, error) {
	var out bytes.Buffer
	enc := jsontext.NewEncoder(&out, jsontext.PreserveRawStrings(true), jsontext.AllowDuplicateNames(true))
	dec := jsontext.NewDecoder(bytes.NewReader(raw))
	for {
		var err error
		switch dec.PeekKind() {
		case '{', '}', '[', ']':
			var token jsontext.Token
			if token, err = dec.ReadToken(); err == nil {
				err = enc.WriteToken(token)
			}
		default:
			var value jsontext.Value
			if value, err = dec.ReadValue(); err == nil {
				err = enc.WriteValue(e.text(value))
			}
		}
		if errors.Is(err, io.EOF) {
			return bytes.TrimSpace(out.Bytes()), nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// text replaces addresses in a JSON string; other values pass.
func (e *eraser) text(value jsontext.Value) jsontext.Value {
	if value.Kind() != '"' {
		return value
	}
	plain, err := jsontext.AppendUnquote(nil, value)
	if err != nil {
		return value
	}
	text, changed := string(plain), false
	for _, address := range e.addresses {
		var hit bool
		text, hit = replaceFold(text, address, e.pseudonym+"@"+erasedHost)
		changed = changed || hit
	}
	if !changed {
		return value
	}
	quoted, err := jsontext.AppendQuote(nil, text)
	if err != nil {
		return jsontext.Value(`""`)
	}
	return quoted
}

// replaceFold replaces old, which is in lower case, whatever the letter case.
func replaceFold(text, old, replacement string) (string, bool) {
	lower := strings.ToLower(text)
	if len(lower) != len(text) { // a letter whose lower case is of another length
		if strings.Contains(lower, old) {
			return strings.ReplaceAll(lower, old, replacement), true
		}
		return text, false
	}
	var b strings.Builder
	rest, hit := 0, false
	for {
		at := strings.Index(lower[rest:], old)
		if at < 0 {
			break
		}
		hit = true
		b.WriteString(text[rest:rest+at] + replacement)
		rest += at + len(old)
	}
	return b.String() + text[rest:], hit
}

// members rebuilds an object, each member being what change makes of it; nil
// leaves it out. Everything that is kept is kept verbatim.
func members(object jsontext.Value, change func(name string, value jsontext.Value) (jsontext.Value, error)) (jsontext.Value, error) {
	out := jsontext.Value{'{'}
	err := each(object, '{', func(name, value jsontext.Value) error {
		plain, err := jsontext.AppendUnquote(nil, name)
		if err != nil {
			return err
		}
		changed, err := change(string(plain), value)
		if err != nil || changed == nil {
			return err
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(append(append(out, name...), ':'), changed...)
		return nil
	})
	return append(out, '}'), err
}

// elements rebuilds an array in the same way.
func elements(array jsontext.Value, change func(jsontext.Value) (jsontext.Value, error)) (jsontext.Value, error) {
	out := jsontext.Value{'['}
	err := each(array, '[', func(_, value jsontext.Value) error {
		changed, err := change(value)
		if err != nil || changed == nil {
			return err
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(out, changed...)
		return nil
	})
	return append(out, ']'), err
}

// each calls do with the members of an object or, without names, the elements
// of an array.
func each(raw jsontext.Value, open jsontext.Kind, do func(name, value jsontext.Value) error) error {
	dec := jsontext.NewDecoder(bytes.NewReader(raw), jsontext.AllowDuplicateNames(true))
	if token, err := dec.ReadToken(); err != nil || token.Kind() != open {
		return errors.Join(err, errors.New("a stored statement is not as it should be"))
	}
	for dec.PeekKind() != '}' && dec.PeekKind() != ']' {
		var name, value jsontext.Value
		if open == '{' {
			text, err := dec.ReadValue()
			if err != nil {
				return err
			}
			name = text.Clone()
		}
		text, err := dec.ReadValue()
		if err != nil {
			return err
		}
		value = text.Clone()
		if err := do(name, value); err != nil {
			return err
		}
	}
	return nil
}

func withMember(object jsontext.Value, name string, value jsontext.Value) jsontext.Value {
	out := bytes.TrimSuffix(object, []byte("}"))
	if len(out) > 1 {
		out = append(out, ',')
	}
	return append(append(append(append(out, '"'), name...), `":`...), append(value, '}')...)
}
