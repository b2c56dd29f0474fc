package xapi

import "errors"

// CheckIRI tells what keeps text from being an absolute IRI.
//
// Errors: *Problem without a path.
func CheckIRI(text string) error { return errors.New("not yet") }

// CheckUUID tells what keeps text from being a UUID.
//
// Errors: *Problem without a path.
func CheckUUID(text string) error { return errors.New("not yet") }

// CheckLanguageTag tells what keeps text from being an RFC 5646 language tag.
//
// Errors: *Problem without a path.
func CheckLanguageTag(text string) error { return errors.New("not yet") }
