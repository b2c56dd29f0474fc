package xapi

import (
	"errors"
	"time"
)

// Duration is an ISO 8601 duration as it was written, such as PT4H35M59.14S. It
// is text: months have no fixed length, so PT120S and PT2M differ.
type Duration struct{ text string }

// ParseDuration reads an ISO 8601 duration.
//
// Errors: *Problem without a path.
func ParseDuration(text string) (Duration, error) { return Duration{text}, errors.New("not yet") }

// Approximate gives the length with years of 365.25 days and months of a
// twelfth of it.
func (d Duration) Approximate() time.Duration { return 0 }

// Truncated gives the text with the seconds cut, never rounded, after
// hundredths: PT1.129S is PT1.12S.
func (d Duration) Truncated() string { return d.text }
