package sqlite_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/liftmark/liftmark/internal/state"
	"github.com/liftmark/liftmark/internal/state/sqlite"
	"github.com/liftmark/liftmark/internal/state/statetest"
)

// opener opens stores below one directory for each test; places says how large
// the chunks of their index are, 0 for as always.
func opener(places int) statetest.Opener {
	dirs := map[testing.TB]string{}
	return func(t testing.TB, name string, opt state.Options) state.Store {
		t.Helper()
		path := name
		if !filepath.IsAbs(path) {
			if dirs[t] == "" {
				dirs[t] = memoryDir(t)
			}
			path = filepath.Join(dirs[t], name+".db")
		}
		if places > 0 && !exists(path) {
			if err := sqlite.SetSpan(path, places); err != nil {
				t.Fatal(err)
			}
		}
		s, err := sqlite.Open(context.Background(), path, opt)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
}

func TestConformance(t *testing.T) { statetest.Run(t, opener(0)) }

// Small chunks bring every path of the index on disk into a short test.
func TestConformanceWithSmallChunks(t *testing.T) { statetest.Run(t, opener(4)) }

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// memoryDir makes a directory in memory where there is such a thing: what these
// tests ask of the store does not depend on the disk.
func memoryDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "liftmark-test-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}
