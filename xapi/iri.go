package xapi

import "unicode/utf8"

// CheckIRI tells what keeps text from being an IRI with a scheme, by the
// characters and the shape that RFC 3987 allows. IRLs and URIs are IRIs.
//
// Errors: *Problem without a path.
func CheckIRI(text string) error { return check(text, clauseIRI, iriFault) }

// check makes a Problem of a fault, for the version-independent checks.
func check(text string, c clause, fault func(string) string) error {
	if rule := fault(text); rule != "" {
		return &Problem{Index: -1, Rule: rule, Value: shown(quoted(text)), Section: V1.section(c)}
	}
	return nil
}

// iriFault tells what keeps text from being an IRI with a scheme.
func iriFault(text string) string {
	n := schemeLength(text)
	if n < 0 {
		return "must be an IRI with a scheme, such as https://example.com/course"
	}
	for i := n; i < len(text); {
		c := text[i]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(text[i:])
			if !isIRIRune(r) {
				return "must be an IRI: a character in it is not allowed, write it percent-encoded"
			}
			i += size
			continue
		}
		if c == '%' && (i+2 >= len(text) || !isHexDigits(text[i+1:i+3])) {
			return "must be an IRI: a percent sign is followed by two hexadecimal digits, or is written %25"
		}
		if !isIRIByte(c) {
			return "must be an IRI: spaces, quotes, backslashes, ^, `, |, <, >, { and } are written percent-encoded"
		}
		i++
	}
	return ""
}

// schemeLength gives the length of the scheme with its colon, -1 for none.
func schemeLength(text string) int {
	for i := range len(text) {
		c := text[i]
		switch {
		case c == ':' && i > 0:
			return i + 1
		case isAlpha(c):
		case i > 0 && (isDigit(c) || c == '+' || c == '-' || c == '.'):
		default:
			return -1
		}
	}
	return -1
}

// isIRIByte tells whether an ASCII byte may stand in an IRI.
func isIRIByte(c byte) bool {
	switch c {
	case '"', '<', '>', '\\', '^', '`', '{', '|', '}', 0x7f:
		return false
	}
	return c > ' '
}

// isIRIRune tells whether a rune beyond ASCII may stand in an IRI: ucschar or
// iprivate of RFC 3987.
func isIRIRune(r rune) bool {
	switch {
	case r == utf8.RuneError, r < 0xA0, r >= 0xFDD0 && r <= 0xFDEF, r >= 0xFFF0 && r <= 0xFFFF:
		return false
	case r >= 0xE0000 && r < 0xE1000:
		return false
	}
	return r&0xFFFE != 0xFFFE
}

func isAlpha(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
func isDigit(c byte) bool { return c >= '0' && c <= '9' }
func isAlnum(c byte) bool { return isAlpha(c) || isDigit(c) }

// isHexDigits tells whether text consists of hexadecimal digits.
func isHexDigits(text string) bool {
	for i := range len(text) {
		if c := text[i]; !isDigit(c) && (c < 'a' || c > 'f') && (c < 'A' || c > 'F') {
			return false
		}
	}
	return true
}

// lowerASCII gives text with A to Z in lower case.
func lowerASCII(text string) string {
	for i := range len(text) {
		if c := text[i]; c >= 'A' && c <= 'Z' {
			lower := []byte(text)
			for j := i; j < len(lower); j++ {
				if lower[j] >= 'A' && lower[j] <= 'Z' {
					lower[j] += 'a' - 'A'
				}
			}
			return string(lower)
		}
	}
	return text
}
