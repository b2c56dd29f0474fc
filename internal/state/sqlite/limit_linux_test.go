//go:build linux

package sqlite_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/state"
	"github.com/liftmark/liftmark/internal/state/sqlite"
)

// limitPath names the store that a child process fills to its limit.
const limitPath = "LIFTMARK_TEST_LIMIT_PATH"

// A limit on the size of files stands for a disk that takes no more. It holds for
// a whole process, so that a child does the writing.
func TestDiskThatTakesNoMoreIsAnErrorThatPasses(t *testing.T) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), limitPath+"="+filepath.Join(t.TempDir(), "state.db"))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// writeToTheLimit gives the exit code of the child.
func writeToTheLimit(path string) int {
	signal.Ignore(syscall.SIGXFSZ)
	s, err := sqlite.Open(context.Background(), path, state.Options{})
	if err == nil {
		err = fillAndGoOn(s)
	}
	if err == nil {
		err = s.Close()
	}
	if err != nil {
		fmt.Println(err)
		return 1
	}
	return 0
}

func fillAndGoOn(s *sqlite.Store) error {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	setLimit := func(bytes uint64) error {
		return syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: bytes, Max: limit.Max})
	}
	if err := setLimit(1 << 20); err != nil {
		return err
	}
	stored, failure := fill(s, 0, 10_000)
	if fault.KindOf(failure) != fault.Unavailable || stored == 0 {
		return fmt.Errorf("%d statements, then %w; want some and an error of kind unavailable", stored, failure)
	}
	if err := setLimit(4096); err != nil {
		return err
	}
	if err := s.Check(context.Background()); fault.KindOf(err) != fault.Unavailable {
		return fmt.Errorf("the check says %w, want an error of kind unavailable", err)
	}
	if err := hasAll(s, stored); err != nil {
		return err
	}
	if err := setLimit(limit.Cur); err != nil {
		return err
	}
	more, err := fill(s, stored, 50)
	if err != nil {
		return fmt.Errorf("with space again: %w", err)
	}
	return hasAll(s, stored+more)
}

// fill stores statements until it has stored n or fails.
func fill(s *sqlite.Store, from, n int) (int, error) {
	for i := range n {
		st := state.NewStatement{
			ID:    fmt.Sprintf("00000000-0000-4000-8000-%012x", from+i),
			Body:  fmt.Appendf(nil, `{"x":%q}`, bytes.Repeat([]byte("y"), 5000)),
			Terms: []state.Term{{Kind: state.TermAgent, Text: "a"}},
		}
		if _, err := s.PutStatements(context.Background(), []state.NewStatement{st}, nil, nil); err != nil {
			return i, err
		}
	}
	return n, nil
}

// hasAll says whether exactly n statements are there.
func hasAll(s *sqlite.Store, n int) error {
	got := 0
	f := state.Filter{Any: [][]state.Term{{{Kind: state.TermAgent, Text: "a"}}}, Limit: 1 << 30}
	err := s.Statements(context.Background(), f, func(state.Statement) error { got++; return nil })
	if err == nil && got != n {
		err = fmt.Errorf("%d statements are there, want %d", got, n)
	}
	return err
}

func TestFullDiskIsAnErrorWithARemedy(t *testing.T) {
	dir := mountMemory(t, "size=2m")
	s := openStore(t, filepath.Join(dir, "state.db"))
	defer s.Close()
	stored, err := fill(s, 0, 10_000)
	mentions(t, err, fault.Unavailable, "full", "free space")
	if err := hasAll(s, stored); err != nil {
		t.Error(err)
	}
}

func TestReadOnlyDirectoryIsAnErrorWithARemedy(t *testing.T) {
	dir := t.TempDir()
	if os.Getuid() == 0 { // permissions do not hold for root
		dir = mountMemory(t, "size=2m")
	}
	path := filepath.Join(dir, "state.db")
	s := openStore(t, path)
	if _, err := fill(s, 0, 1); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if os.Getuid() == 0 {
		if err := syscall.Mount("none", dir, "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
			t.Fatal(err)
		}
	} else {
		readOnly(t, dir, path, path+".lock")
	}
	_, err := sqlite.Open(context.Background(), path, state.Options{})
	mentions(t, err, fault.Unavailable, "state.db", "writable")
}

func readOnly(t *testing.T, dir string, files ...string) {
	t.Helper()
	t.Cleanup(func() { _ = os.Chmod(dir, 0o700) }) // lets it be deleted
	for _, f := range append(files, dir) {
		if err := os.Chmod(f, 0o500); err != nil {
			t.Fatal(err)
		}
	}
}

// mountMemory mounts a small file system, which needs the right to.
func mountMemory(t *testing.T, options string) string {
	t.Helper()
	dir := t.TempDir()
	err := syscall.Mount("none", dir, "tmpfs", 0, options)
	if errors.Is(err, syscall.EPERM) {
		t.Skip("SKIPPED: a small file system cannot be mounted without the right to")
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}
