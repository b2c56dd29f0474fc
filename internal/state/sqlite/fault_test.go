package sqlite_test

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/state"
	"github.com/liftmark/liftmark/internal/state/sqlite"
)

// mentions says what an error must be and name.
func mentions(t *testing.T, err error, kind fault.Kind, words ...string) {
	t.Helper()
	if err == nil || fault.KindOf(err) != kind {
		t.Fatalf("error %v is of kind %q, want %q", err, fault.KindOf(err), kind)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("error %q does not mention %q", err, w)
		}
	}
}

func TestStoreInUseIsAConflict(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	s := openStore(t, path)
	_, err := sqlite.Open(context.Background(), path, state.Options{})
	mentions(t, err, fault.Conflict, "another process", "server")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again := openStore(t, path)
	if err := again.Close(); err != nil {
		t.Error(err)
	}
}

func TestStoreWithoutDirectoryIsUnavailable(t *testing.T) {
	_, err := sqlite.Open(context.Background(), filepath.Join(t.TempDir(), "none", "state.db"), state.Options{})
	mentions(t, err, fault.Unavailable, "directory")
}

func TestStoreOfANewerProgramIsAConflict(t *testing.T) {
	path := closedStore(t, 0)
	edit(t, path, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99991231000000, 1)")
	_, err := sqlite.Open(context.Background(), path, state.Options{})
	mentions(t, err, fault.Conflict, "newer", "install")
}

func TestStoreIsNobodyElsesToRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	s := openStore(t, path)
	defer s.Close()
	if _, err := fill(s, 0, 1); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{path, path + "-wal", path + "-shm", path + ".lock"} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %s", filepath.Base(name), info.Mode())
		}
	}
}

func TestFileThatIsNoStoreIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	if err := os.WriteFile(path, bytes.Repeat([]byte("nonsense "), 2000), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := sqlite.Open(context.Background(), path, state.Options{})
	mentions(t, err, fault.Unavailable, "damaged", "restore")
}

func TestDamagedPageEndsWriting(t *testing.T) {
	path := closedStore(t, 300)
	damage(t, path)
	s := openStore(t, path) // reads the newest statements alone
	defer s.Close()
	if _, err := fill(s, 1000, 1); err != nil {
		t.Fatal(err)
	}
	mentions(t, hasAll(s, 301), fault.Unavailable, "damaged", "restore the latest backup")
	_, err := fill(s, 1001, 1)
	mentions(t, err, fault.Unavailable, "damaged", "restore the latest backup")
	mentions(t, s.Check(context.Background()), fault.Unavailable, "damaged")
}

func TestDamagedIndexEndsWriting(t *testing.T) {
	for name, entries := range map[string]string{
		"short": "X'0102'", "no layer": "X'0000000000000080FF0100'", "cut off": "X'000000000000008000FF00'",
	} {
		t.Run(name, func(t *testing.T) {
			path := closedStore(t, 10)
			edit(t, path, "UPDATE posting SET entries = "+entries)
			s := openStore(t, path)
			defer s.Close()
			mentions(t, hasAll(s, 10), fault.Unavailable, "damaged", "restore")
			_, err := fill(s, 20, 1)
			mentions(t, err, fault.Unavailable, "damaged")
		})
	}
}

// A crash leaves the durable mark ahead of the clock: what was reported before
// holds after it.
func TestStampsAfterACrashAreLaterThanWhatWasReported(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	now := func() time.Time { return at }
	s, err := sqlite.Open(context.Background(), path, state.Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := fill(s, 0, 1); err != nil {
		t.Fatal(err)
	}
	at = at.Add(time.Hour)
	through := s.ConsistentThrough()
	copied := filepath.Join(t.TempDir(), "state.db") // as a crash would leave it
	for _, end := range []string{"", "-wal"} {
		data, err := os.ReadFile(path + end)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(copied+end, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	at = at.Add(-time.Hour)
	after, err := sqlite.Open(context.Background(), copied, state.Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	defer after.Close()
	if _, err := fill(after, 1, 1); err != nil {
		t.Fatal(err)
	}
	st, err := after.Statement(context.Background(), fmt.Sprintf("00000000-0000-4000-8000-%012x", 1))
	if err != nil {
		t.Fatal(err)
	}
	if !st.Stored.After(through) || st.Stored.After(through.Add(2*time.Second)) {
		t.Errorf("stored at %s, reported through %s before the crash", st.Stored, through)
	}
}

// closedStore makes a store of n statements and closes it.
func closedStore(t *testing.T, n int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "state.db")
	if err := sqlite.SetSpan(path, 4); err != nil {
		t.Fatal(err)
	}
	s := openStore(t, path)
	if _, err := fill(s, 0, n); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func edit(t *testing.T, path, query string) {
	t.Helper()
	db, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(query); err != nil {
		t.Fatal(err)
	}
}

// damage overwrites a part of the middle of a file.
func damage(t *testing.T, path string) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt(bytes.Repeat([]byte{0xa5}, 64<<10), info.Size()/2/4096*4096); err != nil {
		t.Fatal(err)
	}
}
