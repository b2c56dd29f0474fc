package xapi

import (
	"strings"
	"unicode/utf8"
)

// IFI is an inverse functional identifier in canonical text: two Agents are the
// same when their IFIs are equal. It is one of
//
//	mbox::mailto:ann@example.com
//	mbox_sha1sum::ebd31e95054c018b10727ccffd2ef2ec3a016ee9
//	openid::https://ann.example.com/
//	account::https://lms.example.com|ann
//
// The domain of a mail address and the digits of a hash are in lower case, as
// they are insensitive to it; all else is as sent. The home page of an account
// ends at the first "|", which no IRI contains.
type IFI string

// IFI gives what identifies the actor, "" for an anonymous Group. An actor has
// one identifier; of several the first in the order above counts.
func (a *Actor) IFI() IFI {
	switch {
	case a.Mbox != "":
		return IFI("mbox::" + foldMailDomain(a.Mbox))
	case a.MboxSHA1Sum != "":
		return IFI("mbox_sha1sum::" + strings.ToLower(a.MboxSHA1Sum))
	case a.OpenID != "":
		return IFI("openid::" + a.OpenID)
	case a.Account != nil:
		return IFI("account::" + a.Account.HomePage + "|" + a.Account.Name)
	}
	return ""
}

// Identities gives the actor's own identifier and those of a Group's members,
// without repetition.
func (a *Actor) Identities() []IFI {
	ids := appendNew(nil, a.IFI())
	for i := range a.Member {
		ids = appendNew(ids, a.Member[i].IFI())
	}
	return ids
}

// appendNew appends id unless it is empty or there already.
func appendNew(ids []IFI, id IFI) []IFI {
	if id == "" {
		return ids
	}
	for _, have := range ids {
		if have == id {
			return ids
		}
	}
	return append(ids, id)
}

// Actor gives an actor with only the identifier and objectType "Agent"; ok is
// false for text that is no IFI.
func (f IFI) Actor() (actor Actor, ok bool) {
	kind, value, found := strings.Cut(string(f), "::")
	if !found || value == "" {
		return Actor{}, false
	}
	actor.ObjectType = "Agent"
	switch kind {
	case "mbox":
		actor.Mbox = value
	case "mbox_sha1sum":
		actor.MboxSHA1Sum = value
	case "openid":
		actor.OpenID = value
	case "account":
		home, name, found := strings.Cut(value, "|")
		if !found {
			return Actor{}, false
		}
		actor.Account = &Account{HomePage: home, Name: name}
	default:
		return Actor{}, false
	}
	return actor, true
}

// foldMailDomain puts what follows the last @ and the scheme in lower case.
func foldMailDomain(mbox string) string {
	at := strings.LastIndexByte(mbox, '@')
	if at < 0 {
		return mbox
	}
	const scheme = "mailto:"
	local, domain := mbox[:at], strings.ToLower(mbox[at:])
	if len(local) >= len(scheme) && local[:len(scheme)] != scheme && strings.EqualFold(local[:len(scheme)], scheme) {
		return scheme + local[len(scheme):] + domain
	}
	if domain == mbox[at:] {
		return mbox // as nearly all are
	}
	return local + domain
}

// mboxFault tells what keeps text from being a mailto IRI of one address.
func mboxFault(text string) string {
	const rule = "must be mailto: and one mail address, such as mailto:ann@example.com"
	address, ok := strings.CutPrefix(text, "mailto:")
	at := strings.LastIndexByte(address, '@')
	if !ok || at <= 0 || !isMailLocal(address[:at]) || !isMailDomain(address[at+1:]) {
		return rule
	}
	return ""
}

// isMailLocal tells whether text may stand before the @ of a mail address. A
// quoted part may hold an @ too.
func isMailLocal(text string) bool {
	inQuotes := len(text) > 2 && text[0] == '"' && text[len(text)-1] == '"'
	if inQuotes {
		text = text[1 : len(text)-1]
	}
	for i := range len(text) {
		c := text[i]
		if c <= ' ' || c == 0x7f || strings.IndexByte(`<>"\`, c) >= 0 || !inQuotes && strings.IndexByte("@,;:()[]", c) >= 0 {
			return false
		}
	}
	return utf8.ValidString(text)
}

// isMailDomain tells whether text may follow the @ of a mail address: a domain
// name, internationalised or not, or an address in brackets.
func isMailDomain(text string) bool {
	if strings.HasPrefix(text, "[") && strings.HasSuffix(text, "]") {
		text = strings.ReplaceAll(text[1:len(text)-1], ":", "")
	}
	for _, label := range strings.Split(text, ".") {
		if label == "" {
			return false
		}
		for _, r := range label {
			if r < utf8.RuneSelf && !isAlnum(byte(r)) && r != '-' && r != '_' || r >= utf8.RuneSelf && !isIRIRune(r) {
				return false
			}
		}
	}
	return true
}

// sha1Fault tells what keeps text from being a SHA-1 hash in hexadecimal.
func sha1Fault(text string) string {
	if len(text) == 40 && isHexDigits(text) {
		return ""
	}
	return "must be the SHA-1 hash of a mailto IRI: 40 hexadecimal digits"
}
