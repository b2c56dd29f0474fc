package app

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/liftmark/liftmark/internal/state/sqlite"
)

// rootOf gives the root directory that a workspace's directory belongs to, and
// the workspace's name in it.
func rootOf(dir string) (root, name string, err error) {
	if dir, err = filepath.Abs(dir); err != nil {
		return "", "", err
	}
	name = filepath.Base(dir)
	if parent := filepath.Dir(dir); filepath.Base(parent) == workspacesDir && workspaceName.MatchString(name) {
		return filepath.Dir(parent), name, nil
	}
	return dir, DefaultWorkspace, nil
}

// keyElsewhere says whether another workspace of the same root directory has a
// credential of an id: one server serves them all, and tells them apart by it.
// A server asks its own books instead; see access.Authenticator.Taken.
func (w *Workspace) keyElsewhere(ctx context.Context, id string) (bool, error) {
	root, own, err := rootOf(w.Config.Data)
	if err != nil {
		return false, err
	}
	names, err := Workspaces(root)
	if err != nil {
		return false, err
	}
	for _, name := range names {
		if name == own {
			continue
		}
		dir, err := WorkspaceDir(root, name)
		if err != nil {
			return false, err
		}
		taken, err := sqlite.HasCredential(ctx, filepath.Join(dir, stateFile), id)
		if err != nil {
			return false, fmt.Errorf("workspace %s: %w", name, err)
		}
		if taken {
			return true, nil
		}
	}
	return false, nil
}
