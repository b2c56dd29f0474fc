package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/liftmark/liftmark/internal/load"
)

// TestFullDiskLosesNothingAcknowledged fills the disk under a server: it refuses
// what it cannot store and says why, and goes on by itself when there is room.
func TestFullDiskLosesNothingAcknowledged(t *testing.T) {
	t.Setenv(asProgram, "1")
	disk := newDisk(t, "size=64m")
	p := startPlace(t, disk.dir)
	p.store(t)
	disk.fill(t, p)
	for what, store := range map[string]func(context.Context) error{"statements": p.storeStatements, "events": p.storeEvents} {
		var r *load.Refused
		err := until(func() error { return store(t.Context()) })
		if !errors.As(err, &r) || r.Status != http.StatusServiceUnavailable || r.RetryAfter == "" || !strings.Contains(r.Body, "space") {
			t.Errorf("%s on a full disk: %v; want 503 with Retry-After and a remedy", what, err)
		}
	}
	if err := p.becomes(t, http.StatusServiceUnavailable); err != nil {
		t.Errorf("/readyz on a full disk: %v", err)
	}
	disk.free(t, p)
	for what, store := range map[string]func(context.Context) error{"statements": p.storeStatements, "events": p.storeEvents} {
		if err := eventually(t, func() error { return store(t.Context()) }); err != nil {
			t.Errorf("%s with space again: %v", what, err)
		}
	}
	if err := p.becomes(t, http.StatusOK); err != nil {
		t.Errorf("/readyz with space again: %v", err)
	}
	p.hasAll(t)
	if err := p.server.Kill(); err != nil {
		t.Fatal(err)
	}
	p.start(t)
	p.hasAll(t)
	p.stop(t)
}

// becomes waits until /readyz answers with a status; it looks once a second.
func (p *place) becomes(t *testing.T, want int) error {
	t.Helper()
	return eventually(t, func() error {
		if status, text := p.ready(t); status != want {
			return fmt.Errorf("status %d, want %d: %s", status, want, text)
		}
		return nil
	})
}

func (p *place) ready(t *testing.T) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.server.URL+"/readyz", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// eventually tries again for ten seconds.
func eventually(t *testing.T, do func() error) error {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if err := do(); err == nil || time.Now().After(deadline) {
			return err
		}
	}
}

// disk is a directory whose space a test takes away and gives back: a small file
// system where one may be mounted, else a limit on the size of the server's files.
type disk struct {
	dir     string
	mounted bool
	limit   unix.Rlimit
}

func newDisk(t *testing.T, options string) *disk {
	t.Helper()
	d := &disk{dir: t.TempDir()}
	err := syscall.Mount("none", d.dir, "tmpfs", 0, options)
	if errors.Is(err, syscall.EPERM) {
		return d
	}
	if err != nil {
		t.Fatal(err)
	}
	d.mounted = true
	t.Cleanup(func() {
		if err := syscall.Unmount(d.dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return d
}

func (d *disk) fill(t *testing.T, p *place) {
	t.Helper()
	if !d.mounted {
		d.bound(t, p, 4096, &d.limit)
		return
	}
	f, err := os.Create(d.filler())
	if err != nil {
		t.Fatal(err)
	}
	for size := 1 << 20; size > 0; size /= 16 {
		for err = nil; err == nil; {
			_, err = f.Write(make([]byte, size))
		}
	}
	if err := errors.Join(f.Close()); !errors.Is(err, syscall.ENOSPC) && err != nil {
		t.Fatal(err)
	}
}

func (d *disk) free(t *testing.T, p *place) {
	t.Helper()
	if !d.mounted {
		d.bound(t, p, d.limit.Cur, nil)
		return
	}
	if err := os.Remove(d.filler()); err != nil {
		t.Fatal(err)
	}
}

func (d *disk) filler() string { return filepath.Join(d.dir, "filler") }

// bound limits the size of the files that the server writes.
func (d *disk) bound(t *testing.T, p *place, limit uint64, old *unix.Rlimit) {
	t.Helper()
	now := unix.Rlimit{Cur: limit, Max: unix.RLIM_INFINITY}
	if err := unix.Prlimit(p.server.PID(), unix.RLIMIT_FSIZE, &now, old); err != nil {
		t.Fatal(err)
	}
}

func TestReadOnlyDirectoryIsNamedWithARemedy(t *testing.T) {
	t.Setenv(asProgram, "1")
	disk := newDisk(t, "size=64m")
	p := startPlace(t, disk.dir)
	p.store(t)
	p.stop(t)
	switch {
	case disk.mounted:
		if err := syscall.Mount("none", disk.dir, "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
			t.Fatal(err)
		}
	case os.Getuid() == 0:
		t.Skip("SKIPPED: permissions do not hold for root, and a file system cannot be mounted read-only without the right to")
	default:
		if err := os.Chmod(disk.dir, 0o500); err != nil { //nolint:gosec // a directory
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.Chmod(disk.dir, 0o700) }) //nolint:gosec // a directory, to be deleted
	}
	_, err := load.StartServer(t.Context(), os.Args[0], disk.dir)
	if err == nil || !strings.Contains(err.Error(), disk.dir) || !strings.Contains(err.Error(), "look at the disk and its permissions") {
		t.Errorf("the server says: %v", err)
	}
}

// TestDamagedStoreIsNamedAndHurtsNoOtherWorkspace overwrites pages of one
// workspace's record store under the server.
func TestDamagedStoreIsNamedAndHurtsNoOtherWorkspace(t *testing.T) {
	t.Setenv(asProgram, "1")
	dir := t.TempDir()
	if out, err := exec.CommandContext(t.Context(), os.Args[0], "workspace", "add", "other", "--data", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	p := startPlace(t, dir)
	other := p.beside(t, "other")
	for range 20 {
		p.store(t)
		other.store(t)
	}
	p.hasAll(t)
	other.hasAll(t)
	p.stop(t)
	p.start(t) // what was written lies in the file now, and little of it in memory
	other.client.URL = p.server.URL
	file := filepath.Join(dir, "workspaces", "other", "state.db")
	damage(t, file)
	for _, try := range []struct {
		what string
		do   func() error
	}{
		{"reading", func() error { _, err := other.client.Get(t.Context(), "/xapi/statements"); return err }},
		{"writing, once the damage is known", func() error { return other.storeStatements(t.Context()) }},
	} {
		var r *load.Refused
		if err := try.do(); !errors.As(err, &r) || r.Status != http.StatusServiceUnavailable {
			t.Errorf("%s the damaged store: %v; want 503", try.what, err)
		}
	}
	p.store(t)
	p.hasAll(t)
	_ = p.server.Stop() // it may say that it could not put the damaged file in order
	p.start(t)
	other.client.URL = p.server.URL
	p.store(t)
	p.hasAll(t)
	if status, text := p.ready(t); status != http.StatusOK || text != "ready, without other; see the log\n" {
		t.Errorf("/readyz of a server that is started on it: %d %q", status, text)
	}
	var r *load.Refused
	if err := other.storeStatements(t.Context()); !errors.As(err, &r) || r.Status != http.StatusServiceUnavailable || r.RetryAfter == "" {
		t.Errorf("a client of the damaged workspace: %v; want 503 with Retry-After", err)
	}
	p.stop(t)
	for _, word := range []string{`"workspace":"other"`, file, "damaged", "liftmark restore"} {
		if !strings.Contains(p.server.Log(), word) {
			t.Errorf("the log of a server that is started on it does not say %q", word)
		}
	}
}

// beside is a client of another workspace of the same server.
func (p *place) beside(t *testing.T, workspace string) *place {
	t.Helper()
	o := &place{dir: p.dir, server: p.server, source: newSource(2)}
	var err error
	if o.key, o.secret, err = p.server.Credential(t.Context(), "--workspace", workspace, "--label", "hostile", "--scope", "admin"); err != nil {
		t.Fatal(err)
	}
	o.client = load.NewClient(p.server.URL, o.key, o.secret, 4)
	return o
}

// damage overwrites pages in the middle of a file.
func damage(t *testing.T, path string) {
	t.Helper()
	const page = 4096
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	pages := info.Size() / page
	for at := pages / 4; at < pages; at += 2 {
		if _, err := f.WriteAt(bytes.Repeat([]byte{0x5a}, page), at*page); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}
