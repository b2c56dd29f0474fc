package xapi

// CheckUUID tells what keeps text from being a UUID in the standard form of RFC
// 4122: 32 hexadecimal digits, in either case, and four hyphens.
//
// Errors: *Problem without a path.
func CheckUUID(text string) error { return check(text, clauseUUID, uuidFault) }

// uuidFault tells what keeps text from being a UUID.
func uuidFault(text string) string {
	const rule = "must be a UUID, such as 6690e6c9-3ef0-4ed3-8b37-7f3964730bee"
	if len(text) != 36 {
		return rule
	}
	for _, hyphen := range [...]int{8, 13, 18, 23} {
		if text[hyphen] != '-' {
			return rule
		}
	}
	if isHexDigits(text[:8]) && isHexDigits(text[9:13]) && isHexDigits(text[14:18]) && isHexDigits(text[19:23]) && isHexDigits(text[24:]) {
		return ""
	}
	return rule
}
