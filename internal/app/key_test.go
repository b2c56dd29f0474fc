package app_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/liftmark/liftmark/internal/app"
	"github.com/liftmark/liftmark/internal/config"
	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/server"
	"github.com/liftmark/liftmark/internal/vault"
)

func settingsOf(dir string) config.Config {
	c := config.Default()
	c.Data = dir
	return c
}

// erasedAnn makes a workspace in which ann@x.com was erased, and gives its key.
func erasedAnn(t *testing.T) (dir string, key []byte) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "data")
	inParts(t, dir, func(_ *app.Workspace, parts *server.Workspace) {
		if _, err := parts.Privacy.EraseActor(t.Context(), []string{"ann@x.com"}); err != nil {
			t.Fatal(err)
		}
		if err := parts.Forwardings.AddForwarding(t.Context(), server.Forwarding{Name: "archive", Endpoint: "https://lrs.example.com/xapi", Key: "k", Secret: "hush-hush-hush"}); err != nil {
			t.Fatal(err)
		}
	})
	key, err := os.ReadFile(filepath.Join(dir, vault.FileName))
	if err != nil {
		t.Fatal(err)
	}
	return dir, key
}

// inParts opens a workspace, lets do work on it and closes it.
func inParts(t *testing.T, dir string, do func(*app.Workspace, *server.Workspace)) {
	t.Helper()
	w, err := app.Open(t.Context(), settingsOf(dir), clock)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	}()
	parts, err := w.Parts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	do(w, parts)
}

// refusal opens a workspace that must not open and gives why.
func refusal(t *testing.T, dir string) error {
	t.Helper()
	w, err := app.Open(t.Context(), settingsOf(dir), clock)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = w.Close() }()
	_, err = w.Parts(t.Context())
	return err
}

// letsAnnIn says whether a file brings Ann in as a person.
func letsAnnIn(t *testing.T, dir string) bool {
	t.Helper()
	path := filepath.Join(t.TempDir(), "people.csv")
	if err := os.WriteFile(path, []byte("person_id,account_id,created_at,email\nann,a1,2026-01-01,ann@x.com\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	let := false
	inParts(t, dir, func(w *app.Workspace, _ *server.Workspace) {
		report, err := w.Import(t.Context(), []string{path}, app.ImportOptions{})
		if err != nil {
			t.Fatal(err)
		}
		let = report.Rows.Added == 1
		if !let && report.Rows.Skipped != 1 {
			t.Fatalf("the row was neither added nor skipped: %+v", report.Rows)
		}
	})
	return let
}

func TestLostKeyIsNotMadeAnew(t *testing.T) {
	dir, key := erasedAnn(t)
	path := filepath.Join(dir, vault.FileName)
	foreign := make([]byte, len(key))
	for name, change := range map[string]func() error{
		"missing": func() error { return os.Remove(path) },
		"another": func() error { return os.WriteFile(path, foreign, 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			if err := change(); err != nil {
				t.Fatal(err)
			}
			err := refusal(t, dir)
			for _, want := range []string{path, "erased", "forwardings", "backup", "liftmark workspace accept-key --data " + dir} {
				if fault.KindOf(err) != fault.Conflict || !strings.Contains(err.Error(), want) {
					t.Errorf("got %v, want a conflict that says %q", err, want)
				}
			}
			if now, err := os.ReadFile(path); name == "missing" && err == nil {
				t.Errorf("a new key was made: %x", now)
			}
		})
	}
	if err := os.WriteFile(path, key, 0o600); err != nil {
		t.Fatal(err)
	}
	if letsAnnIn(t, dir) {
		t.Error("with its key the workspace lets an erased person in")
	}
}

func TestWorkspaceFromBeforeFingerprintsKeepsItsKey(t *testing.T) {
	dir := t.TempDir()
	key, err := vault.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	inParts(t, dir, func(*app.Workspace, *server.Workspace) {})
	if again, err := vault.Read(dir); err != nil || again.Fingerprint() != key.Fingerprint() {
		t.Errorf("the key is another, %v", err)
	}
}

func TestAcceptingANewKeySaysWhatIsLostFirst(t *testing.T) {
	dir, _ := erasedAnn(t)
	path := filepath.Join(dir, vault.FileName)
	if loss, err := app.AcceptKey(t.Context(), settingsOf(dir), clock, true); err != nil || !loss.Fits {
		t.Errorf("with a key that fits: %+v, %v", loss, err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	for _, do := range []bool{false, true} {
		loss, err := app.AcceptKey(t.Context(), settingsOf(dir), clock, do)
		if err != nil || loss.Fits || loss.Accepted != do || loss.Erasures != 1 || len(loss.Forwardings) != 1 || loss.Forwardings[0] != "archive" {
			t.Errorf("accepting %v: %+v, %v", do, loss, err)
		}
		if _, err := os.Stat(path); (err == nil) != do {
			t.Errorf("accepting %v: the key's file gives %v", do, err)
		}
	}
	if !letsAnnIn(t, dir) {
		t.Error("the documented loss did not come: who was erased is known without the key, so that none need be lost")
	}
	if _, err := app.AcceptKey(t.Context(), settingsOf(t.TempDir()), clock, true); fault.KindOf(err) != fault.NotFound {
		t.Errorf("where there is no workspace: %v", err)
	}
}

// A backup that is made while the key's file is away still brings the key, for
// the workspace that is open has it.
func TestRestoreKeepsErasedPeopleOut(t *testing.T) {
	for _, gone := range []bool{false, true} {
		dir, key := erasedAnn(t)
		backup, restored := filepath.Join(t.TempDir(), "b"), filepath.Join(t.TempDir(), "restored")
		inParts(t, dir, func(w *app.Workspace, _ *server.Workspace) {
			if gone {
				if err := os.Remove(filepath.Join(dir, vault.FileName)); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := w.Backup(t.Context(), backup); err != nil {
				t.Fatal(err)
			}
		})
		if _, err := app.Restore(backup, restored); err != nil {
			t.Fatal(err)
		}
		back, err := os.ReadFile(filepath.Join(restored, vault.FileName))
		if err != nil || string(back) != string(key) {
			t.Fatalf("file gone %v: the restored key is another, %v", gone, err)
		}
		if info, err := os.Stat(filepath.Join(restored, vault.FileName)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("the restored key's mode is %v, %v", info.Mode(), err)
		}
		if letsAnnIn(t, restored) {
			t.Errorf("file gone %v: the restored workspace lets an erased person in", gone)
		}
	}
}
