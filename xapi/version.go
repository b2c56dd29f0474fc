package xapi

import "strings"

// ParseVersion reads the header X-Experience-API-Version, or a statement's
// version: "1.0" and "1.0.x" are V1, "2.0" and "2.0.x" are V2.
//
// Errors: *Problem for anything else.
func ParseVersion(header string) (Version, error) {
	for v, minor := range map[Version]string{V1: "1.0", V2: "2.0"} {
		if isRelease(header, minor) {
			return v, nil
		}
	}
	return 0, &Problem{
		Index: -1,
		Rule:  "the version must be 1.0.x or 2.0.x: send one such as 1.0.3 or 2.0.0",
		Value: shown(header), Section: V1.section(clauseVersioning),
	}
}

// isRelease tells whether text is the minor version or one of its patches.
func isRelease(text, minor string) bool {
	patch, ok := strings.CutPrefix(text, minor)
	if !ok {
		return false
	}
	return patch == "" || patch[0] == '.' && isDigits(patch[1:])
}

// isDigits tells whether text consists of one or more ASCII digits.
func isDigits(text string) bool {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return text != ""
}

// releaseFault tells what keeps a statement's version from being one that
// requests of version v may hold.
func (v Version) releaseFault(text string) string {
	if isRelease(text, "1.0") || v == V2 && isRelease(text, "2.0") {
		return ""
	}
	if v == V2 {
		return "the version must be 2.0.x or 1.0.x: leave it out, or send 2.0.0"
	}
	return "the version must be 1.0.x: leave it out, or send 1.0.0"
}
