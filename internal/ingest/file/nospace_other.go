//go:build !unix

package file

import "strings"

// isNoSpace says whether a write failed for want of room.
func isNoSpace(err error) bool { return strings.Contains(err.Error(), "not enough space") }
