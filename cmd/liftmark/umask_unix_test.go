//go:build unix

package main

import (
	"io/fs"
	"path/filepath"
	"syscall"
	"testing"
)

func TestNobodyElseReadsWhatTheServerKeeps(t *testing.T) {
	t.Setenv(asProgram, "1")
	old := syscall.Umask(0o022) // as most systems have it
	defer syscall.Umask(old)
	dir := t.TempDir()
	p := startPlace(t, dir)
	p.store(t)
	p.hasAll(t)
	p.stop(t)
	files := 0
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has the mode %04o", path, info.Mode().Perm())
		}
		files++
		return err
	})
	if err != nil || files < 3 {
		t.Errorf("%d files, %v", files, err)
	}
}
