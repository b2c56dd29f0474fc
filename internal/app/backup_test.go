package app_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/liftmark/liftmark/internal/app"
	"github.com/liftmark/liftmark/internal/config"
	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/warehouse/duckdb"
)

func clock() time.Time { return time.Date(2026, 10, 1, 12, 0, 0, 0, time.UTC) }

func openWorkspace(t *testing.T, dir string) *app.Workspace {
	t.Helper()
	c := config.Default()
	c.Data = dir
	w, err := app.Open(t.Context(), c, clock)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	return w
}

func backedUp(t *testing.T) (path string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, config.FileName), []byte("company: Acme\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"value.yaml": "currency: USD\n", "studies/onboarding.yaml": "id: onboarding\n", "kpis/own.txt": "not read\n"} {
		target := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(target), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(target, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	path = filepath.Join(t.TempDir(), "acme.backup")
	w := openWorkspace(t, dir)
	if _, err := w.Backup(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Backup(t.Context(), path); fault.KindOf(err) != fault.Conflict {
		t.Errorf("a backup over a backup gives %v, want a conflict", err)
	}
	return path
}

func TestRestoreBringsBackTheWorkspace(t *testing.T) {
	path, dir := backedUp(t), filepath.Join(t.TempDir(), "new")
	manifest, err := app.Restore(path, dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(manifest.Files) != 5 || !manifest.MadeAt.Equal(clock()) {
		t.Errorf("manifest is %+v", manifest)
	}
	if text, err := os.ReadFile(filepath.Join(dir, config.FileName)); err != nil || string(text) != "company: Acme\n" {
		t.Errorf("settings are %q, %v", text, err)
	}
	if text, err := os.ReadFile(filepath.Join(dir, "studies", "onboarding.yaml")); err != nil || string(text) != "id: onboarding\n" {
		t.Errorf("the study is %q, %v", text, err)
	}
	openWorkspace(t, dir)
	if left, _ := filepath.Glob(filepath.Join(dir, ".liftmark-*")); len(left) > 0 {
		t.Errorf("scratch is left: %v", left)
	}
}

func TestRestoreOverAWorkspaceIsRefused(t *testing.T) {
	path := backedUp(t)
	// The engines would take a log that was left for one of the restored files.
	for _, name := range []string{duckdb.FileName, duckdb.FileName + ".wal", "state.db", "state.db-wal", "workspace.key"} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, name), []byte("precious"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := app.Restore(path, dir); fault.KindOf(err) != fault.Conflict {
			t.Errorf("over %s: got %v, want a conflict", name, err)
		}
		if text, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(text) != "precious" {
			t.Errorf("%s was touched: %q, %v", name, text, err)
		}
	}
}

func TestDamagedBackupRestoresNothing(t *testing.T) {
	whole, err := os.ReadFile(backedUp(t))
	if err != nil {
		t.Fatal(err)
	}
	flipped := append([]byte(nil), whole...)
	flipped[len(flipped)/2] ^= 0xff
	for name, text := range map[string][]byte{"truncated": whole[:len(whole)/2], "flipped": flipped, "foreign": []byte("%PDF-1.4"), "empty": nil} {
		t.Run(name, func(t *testing.T) {
			path, dir := filepath.Join(t.TempDir(), "b"), t.TempDir()
			if err := os.WriteFile(path, text, 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := app.Restore(path, dir); fault.KindOf(err) != fault.Invalid {
				t.Errorf("got %v, want invalid input", err)
			}
			if entries, _ := os.ReadDir(dir); len(entries) > 0 {
				t.Errorf("something was restored: %v", entries)
			}
		})
	}
}
