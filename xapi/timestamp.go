package xapi

import "time"

// ParseTimestamp reads an RFC 3339 timestamp.
//
// Errors: *Problem without a path.
func ParseTimestamp(v Version, text string) (time.Time, error) {
	return time.Parse(time.RFC3339Nano, text)
}
