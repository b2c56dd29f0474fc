package record

import (
	"strings"
	"unicode"
)

// AttributeName writes a column's name in snake_case: "Customer ID", "customerID"
// and "customer-id" are customer_id. Letters of any script stay.
func AttributeName(name string) string {
	var b strings.Builder
	runes := []rune(strings.TrimSpace(name))
	gap := false
	for i, r := range runes {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			gap = b.Len() > 0
			continue
		}
		if unicode.IsUpper(r) && i > 0 && startsWord(runes, i) {
			gap = b.Len() > 0
		}
		if gap {
			b.WriteByte('_')
			gap = false
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// startsWord says whether the capital at i begins a word: after a small letter
// or a digit, or before a small letter in a run of capitals (IDNumber).
func startsWord(runes []rune, i int) bool {
	if unicode.IsLower(runes[i-1]) || unicode.IsDigit(runes[i-1]) {
		return true
	}
	return unicode.IsUpper(runes[i-1]) && i+1 < len(runes) && unicode.IsLower(runes[i+1])
}
