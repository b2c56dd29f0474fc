package xapi

import (
	"slices"
)

// Person gives the Person object of the Agents resource: every identifier and
// name under which the store knows somebody, each property a list, without
// repetition and in the order given. What is no identifier is left out.
func Person(ifis []IFI, names []string) []byte {
	var mboxes, sums, openids []string
	var accounts []Account
	for _, ifi := range ifis {
		actor, ok := ifi.Actor()
		switch {
		case !ok:
		case actor.Account != nil:
			accounts = appendOnce(accounts, *actor.Account)
		default:
			mboxes = appendOnce(mboxes, actor.Mbox)
			sums = appendOnce(sums, actor.MboxSHA1Sum)
			openids = appendOnce(openids, actor.OpenID)
		}
	}
	var known []string
	for _, name := range names {
		known = appendOnce(known, name)
	}
	dst := []byte(`{"objectType":"Person"`)
	dst = appendTexts(dst, "name", known)
	dst = appendTexts(dst, "mbox", mboxes)
	dst = appendTexts(dst, "mbox_sha1sum", sums)
	dst = appendTexts(dst, "openid", openids)
	dst = appendList(dst, "account", accounts, (*Account).appendJSON)
	return append(dst, '}')
}

// appendOnce appends what is not empty and not there yet.
func appendOnce[T comparable](list []T, value T) []T {
	var empty T
	if value == empty || slices.Contains(list, value) {
		return list
	}
	return append(list, value)
}
