package xapi

import "errors"

// Parse reads and validates one statement by the rules of a version. Its Raw
// refers to data, which must not be changed afterwards.
//
// Errors: Problems.
func Parse(v Version, data []byte) (*Statement, error) {
	return nil, errors.New("not yet")
}

// ParseBatch reads and validates a statement, or an array of statements, by the
// rules of a version; an empty array gives an empty slice. Their Raw refers to
// data, which must not be changed afterwards.
//
// Errors: Problems, with the statements' indexes. One bad statement refuses the
// whole batch.
func ParseBatch(v Version, data []byte) ([]*Statement, error) {
	return nil, errors.New("not yet")
}

// ParseActor reads and validates an Agent or Group, such as a parameter of a
// request or a member of some other JSON. Paths in problems begin with path.
//
// Errors: Problems, with Index -1.
func ParseActor(v Version, data []byte, path string) (Actor, error) {
	return Actor{}, errors.New("not yet")
}
