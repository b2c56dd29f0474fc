//go:build unix

package file

import (
	"errors"
	"syscall"
)

// isNoSpace says whether a write failed for want of room.
func isNoSpace(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG)
}
