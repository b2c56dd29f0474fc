package xapi

// Person gives the Person object of the Agents resource.
func Person(ifis []IFI, names []string) []byte { return nil }
