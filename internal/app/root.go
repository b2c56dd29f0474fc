package app

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/liftmark/liftmark/internal/config"
	"github.com/liftmark/liftmark/internal/fault"
)

// DefaultWorkspace is the workspace that lies in a root directory itself.
// Others lie in directories of their names below it; nothing of one is
// reachable from another.
const DefaultWorkspace = "default"

const workspacesDir = "workspaces"

var workspaceName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

// WorkspaceDir gives the directory of a workspace; "" is the default one.
//
// Errors: fault.Invalid for what cannot be a name.
func WorkspaceDir(root, name string) (string, error) {
	if name == "" || name == DefaultWorkspace {
		return root, nil
	}
	if !workspaceName.MatchString(name) {
		return "", fault.New(fault.Invalid, "%q cannot name a workspace; use up to 40 lower-case letters, digits and hyphens, a letter or digit first", name)
	}
	return filepath.Join(root, workspacesDir, name), nil
}

// Workspaces lists the workspaces of a root directory, the default one first.
func Workspaces(root string) ([]string, error) {
	names := []string{DefaultWorkspace}
	entries, err := os.ReadDir(filepath.Join(root, workspacesDir))
	if errors.Is(err, fs.ErrNotExist) {
		return names, nil
	}
	if err != nil {
		return nil, fault.New(fault.Unavailable, "list the workspaces: %w", err)
	}
	for _, e := range entries {
		if e.IsDir() && workspaceName.MatchString(e.Name()) && e.Name() != DefaultWorkspace {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names[1:])
	return names, nil
}

// AddWorkspace makes the directory of a further workspace.
//
// Errors: fault.Conflict when there is one of that name.
func AddWorkspace(root, name string) (dir string, err error) {
	if dir, err = WorkspaceDir(root, name); err != nil {
		return "", err
	}
	if _, err := os.Stat(dir); err == nil {
		return "", fault.New(fault.Conflict, "there is a workspace %s already", name)
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return "", fault.New(fault.Unavailable, "cannot create the workspace: %w", err)
	}
	return dir, nil
}

// loadWorkspace reads the settings of one workspace of a root directory.
func loadWorkspace(root, name string) (config.Config, error) {
	dir, err := WorkspaceDir(root, name)
	if err != nil {
		return config.Config{}, err
	}
	return config.Load(func(c *config.Config) { c.Data = dir })
}
