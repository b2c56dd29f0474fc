//go:build unix

package sqlite

import (
	"errors"
	"os"
	"syscall"

	"github.com/liftmark/liftmark/internal/fault"
)

// fileLock keeps other processes from a store. It ends with the process.
type fileLock struct{ file *os.File }

func lockFile(path string) (*fileLock, error) {
	f, err := os.OpenFile(path+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fault.New(fault.Unavailable, "it cannot be locked: see that its directory exists and is writable for this user: %w", err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		return &fileLock{f}, nil
	}
	_ = f.Close() // nothing was written
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, fault.New(fault.Conflict, "%w: stop it, or work through the running server", fault.ErrInUse)
	}
	return nil, fault.New(fault.Unavailable, "it cannot be locked: put it on a disk of this machine: %w", err)
}

func (l *fileLock) release() error {
	if l == nil {
		return nil
	}
	return l.file.Close()
}
