package lrs

import (
	"slices"
	"strings"

	"github.com/liftmark/liftmark/internal/state"
	"github.com/liftmark/liftmark/xapi"
)

// Rewrite makes another body of a stored statement ready to take its place:
// found by what it says now, written by who wrote it, with the contents of
// those attachments that it still has. body names its id and timestamp.
//
// Errors: xapi's, when the body breaks the rules of its version.
func Rewrite(old state.Statement, body []byte) (state.NewStatement, error) {
	st, err := parseStored(body)
	if err != nil {
		return state.NewStatement{}, err
	}
	n := Index(st)
	n.ID, n.Body, n.Credential, n.Country = old.ID, body, old.Credential, old.Country
	n.Terms = append(n.Terms, writtenBy(old.Credential))
	has := func(sha2 string, list []xapi.Attachment) bool {
		return slices.ContainsFunc(list, func(a xapi.Attachment) bool { return strings.EqualFold(a.SHA2, sha2) })
	}
	for _, sha2 := range old.Attachments {
		if has(sha2, st.Attachments) || st.Object.SubStatement != nil && has(sha2, st.Object.SubStatement.Attachments) {
			n.Attachments = append(n.Attachments, sha2)
		}
	}
	return n, nil
}
