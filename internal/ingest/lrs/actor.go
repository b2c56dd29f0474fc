package lrs

import (
	"strings"

	"github.com/liftmark/liftmark/internal/warehouse"
	"github.com/liftmark/liftmark/xapi"
)

// personKey is how facts name an actor: a lower-case e-mail address, "sha1:" and
// the digest of one, an OpenID, or "homePage|name" of an account. It is empty
// for an actor without an identifier.
func personKey(a *xapi.Actor) string {
	switch {
	case a.Mbox != "":
		return strings.ToLower(strings.TrimPrefix(a.Mbox, "mailto:"))
	case a.MboxSHA1Sum != "":
		return "sha1:" + strings.ToLower(a.MboxSHA1Sum)
	case a.OpenID != "":
		return a.OpenID
	case a.Account != nil:
		return a.Account.HomePage + "|" + a.Account.Name
	}
	return ""
}

// people gives whom a statement is about: the actor, or the members of a group
// that has no identifier of its own.
func people(a *xapi.Actor) []*xapi.Actor {
	if personKey(a) != "" {
		return []*xapi.Actor{a}
	}
	var list []*xapi.Actor
	for i := range a.Member {
		if personKey(&a.Member[i]) != "" {
			list = append(list, &a.Member[i])
		}
	}
	return list
}

// linkOf links an account whose name is an e-mail address to that address.
func linkOf(a *xapi.Actor) (warehouse.Link, bool) {
	if a.Mbox != "" || a.MboxSHA1Sum != "" || a.OpenID != "" || a.Account == nil || !isEmail(a.Account.Name) {
		return warehouse.Link{}, false
	}
	key := personKey(a)
	return warehouse.Link{ID: linkID(key), Value: key, Other: strings.ToLower(a.Account.Name), Why: "account name"}, true
}

func linkID(key string) string { return "account " + key }

func isEmail(text string) bool {
	local, domain, ok := strings.Cut(text, "@")
	return ok && local != "" && strings.Contains(domain, ".") && !strings.ContainsAny(text, " \t\r\n|/<>\"") && !strings.Contains(domain, "@")
}
