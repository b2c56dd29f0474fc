package app_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/liftmark/liftmark/internal/access"
	"github.com/liftmark/liftmark/internal/app"
	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/server"
)

// Without a server the command line works on one workspace's files alone.
func TestKeyIsUniqueAmongWorkspacesWithoutAServerToo(t *testing.T) {
	root := t.TempDir()
	acme, err := app.AddWorkspace(root, "acme")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := app.AddWorkspace(root, "globex"); err != nil { // never opened
		t.Fatal(err)
	}
	add := func(dir, id string) (err error) {
		inParts(t, dir, func(_ *app.Workspace, parts *server.Workspace) {
			_, err = parts.Keys.Add(t.Context(), access.Wish{ID: id, Secret: "a secret that is brought along"})
		})
		return err
	}
	if err := add(acme, "lms"); err != nil {
		t.Fatal(err)
	}
	if err := add(root, "lms"); fault.KindOf(err) != fault.Conflict {
		t.Errorf("a key of acme in the default workspace: %v, want a conflict", err)
	}
	if err := add(root, "portal"); err != nil {
		t.Errorf("a key that nobody has: %v", err)
	}
	if err := add(acme, "portal"); fault.KindOf(err) != fault.Conflict {
		t.Errorf("a key of the default workspace in acme: %v, want a conflict", err)
	}
	inParts(t, acme, func(*app.Workspace, *server.Workspace) { // it is open elsewhere meanwhile
		if err := add(root, "lms"); fault.KindOf(err) != fault.Conflict {
			t.Errorf("with acme open: %v, want a conflict", err)
		}
	})
	inParts(t, root, func(_ *app.Workspace, parts *server.Workspace) {
		if err := os.WriteFile(filepath.Join(acme, "state.db"), []byte("this is no database, but it is long enough to be taken for one"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := parts.Keys.Add(t.Context(), access.Wish{ID: "another"}); fault.KindOf(err) != fault.Unavailable {
			t.Errorf("with acme damaged: %v, want unavailable", err)
		}
		if _, err := parts.Keys.Add(t.Context(), access.Wish{}); err != nil {
			t.Errorf("a new key needs nobody's word: %v", err)
		}
	})
}
