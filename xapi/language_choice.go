package xapi

// AcceptLanguage gives the language tags of an Accept-Language header, best first.
func AcceptLanguage(header string) []string { return nil }
