package privacy

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/mail"
	"slices"
	"strings"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/xapi"
)

// Person is everything by which one person is known here.
type Person struct {
	Agents []string `json:"agents"` // of statements, as xapi.IFI writes them
	Keys   []string `json:"keys"`   // as facts hold them
}

// maxIdentities bounds what one person can be known by.
const maxIdentities = 1000

// Find gives everything that is known to be the same person as the identities:
// what the facts and their links join, the hash of an address. An identity is
// an xAPI agent as JSON, an inverse functional identifier ("mbox::mailto:…",
// "account::homePage|name"), an e-mail address, or a key as facts hold it. Look
// at the result before erasing by it.
//
// Errors: fault.Invalid for an identity that is none.
func (s *Service) Find(ctx context.Context, identities []string) (Person, error) {
	var p Person
	for i, text := range identities {
		if err := p.add(text); err != nil {
			return Person{}, fault.New(fault.Invalid, "identity %d: %w", i+1, err)
		}
	}
	if len(p.Agents)+len(p.Keys) == 0 {
		return Person{}, fault.New(fault.Invalid, "name the person: an xAPI agent, an e-mail address or a person's key")
	}
	for s.facts != nil {
		keys, err := s.facts.PersonKeys(ctx, p.Keys)
		if err != nil {
			return Person{}, fmt.Errorf("find the person: %w", err)
		}
		before := len(p.Keys) + len(p.Agents)
		for _, key := range keys {
			p.addKey(key)
		}
		if len(p.Keys)+len(p.Agents) > maxIdentities {
			return Person{}, fault.New(fault.Invalid, "the links join more than %d identities into one person; withdraw wrong links first", maxIdentities)
		}
		if len(p.Keys)+len(p.Agents) == before {
			break
		}
	}
	if err := s.addSpellings(ctx, &p); err != nil {
		return Person{}, fmt.Errorf("find the person: %w", err)
	}
	slices.Sort(p.Agents)
	slices.Sort(p.Keys)
	return p, nil
}

// addSpellings finds the agents of the person's statements that differ from
// those that are known in letter case alone: facts know addresses in lower case
// and name the statements that they come from.
func (s *Service) addSpellings(ctx context.Context, p *Person) error {
	if s.facts == nil {
		return nil
	}
	known := map[string]bool{}
	for _, a := range p.Agents {
		known[strings.ToLower(a)] = true
	}
	return s.facts.ExportPerson(ctx, slices.Clone(p.Keys), func(_ string, row map[string]any) error {
		event, _ := row["event_id"].(string)
		event, _, _ = strings.Cut(event, "#")
		if xapi.CheckUUID(event) != nil {
			return nil
		}
		st, err := s.store.Statement(ctx, strings.ToLower(event))
		if fault.KindOf(err) == fault.NotFound {
			return nil
		}
		var named struct {
			Actor agent `json:"actor"`
		}
		if err := errors.Join(err, json.Unmarshal(st.Body, &named)); err != nil {
			return err
		}
		for _, a := range append(named.Actor.Member, named.Actor) {
			if ifi := a.ifi(); known[strings.ToLower(string(ifi))] && len(p.Agents) < maxIdentities {
				p.addAgent(ifi)
			}
		}
		return nil
	})
}

func (p *Person) add(text string) error {
	text = strings.TrimSpace(text)
	if strings.HasPrefix(text, "{") {
		var a agent
		if err := json.Unmarshal([]byte(text), &a); err != nil {
			return fmt.Errorf("not an xAPI agent: %w", err)
		}
		if a.ifi() == "" {
			return fmt.Errorf("the agent has none of mbox, mbox_sha1sum, openid and account")
		}
		p.addAgent(a.ifi())
		return nil
	}
	if text == "" || len(text) > 4096 || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' }) {
		return fmt.Errorf("empty, longer than 4096 bytes or with control characters")
	}
	if _, ok := xapi.IFI(text).Actor(); ok {
		p.addAgent(xapi.IFI(text))
		return nil
	}
	p.addKey(text)
	return nil
}

// addAgent notes an agent and what facts call it.
func (p *Person) addAgent(ifi xapi.IFI) {
	kind, value, _ := strings.Cut(string(ifi), "::")
	switch kind {
	case "mbox":
		p.addAddress(value[len("mailto:"):])
	case "mbox_sha1sum":
		p.agent(ifi)
		p.key("sha1:" + strings.ToLower(value))
	default: // account: "homePage|name"; openid: its IRI
		p.agent(ifi)
		p.key(value)
	}
}

// addKey notes a key and the agents whose key it is.
func (p *Person) addKey(key string) {
	address, hasScheme := strings.CutPrefix(key, "mailto:")
	if _, err := mail.ParseAddress("<" + address + ">"); err == nil && (hasScheme || strings.Count(key, "@") == 1) && !strings.ContainsAny(key, "|/") {
		p.addAddress(address)
		return
	}
	p.key(key)
	if digits, ok := strings.CutPrefix(key, "sha1:"); ok {
		p.agent(xapi.IFI("mbox_sha1sum::" + strings.ToLower(digits)))
		return
	}
	home, _, isAccount := strings.Cut(key, "|")
	if isIRI := xapi.CheckIRI(home) == nil; isIRI && isAccount {
		p.agent(xapi.IFI("account::" + key))
	} else if isIRI {
		p.agent(xapi.IFI("openid::" + key))
	}
}

// addAddress notes a mail address in all its forms. Systems differ in the
// letter case of what they send and hash.
func (p *Person) addAddress(address string) {
	for _, form := range []string{address, strings.ToLower(address)} {
		a := xapi.Actor{Mbox: "mailto:" + form}
		p.agent(a.IFI())
		sum := sha1.Sum([]byte("mailto:" + form))
		digits := hex.EncodeToString(sum[:])
		p.agent(xapi.IFI("mbox_sha1sum::" + digits))
		p.key("sha1:" + digits)
	}
	p.key(strings.ToLower(address))
}

func (p *Person) agent(ifi xapi.IFI) { p.Agents = appendNew(p.Agents, string(ifi)) }
func (p *Person) key(key string)     { p.Keys = appendNew(p.Keys, key) }

func appendNew(list []string, text string) []string {
	if text == "" || slices.Contains(list, text) {
		return list
	}
	return append(list, text)
}

// addresses gives the person's mail addresses, in lower case.
func (p *Person) addresses() (list []string) {
	for _, key := range p.Keys {
		if strings.Contains(key, "@") && !strings.ContainsAny(key, "|/: ") {
			list = append(list, strings.ToLower(key))
		}
	}
	return list
}

// all gives agents and keys.
func (p *Person) all() []string { return slices.Concat(p.Agents, p.Keys) }
