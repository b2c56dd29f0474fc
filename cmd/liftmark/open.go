package main

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/liftmark/liftmark/internal/app"
	"github.com/liftmark/liftmark/internal/client"
	"github.com/liftmark/liftmark/internal/config"
	"github.com/liftmark/liftmark/internal/server"
)

// workspaceFlags adds --data, --workspace and --json.
func (c *cli) workspaceFlags(cmd *cobra.Command) *cobra.Command {
	c.dataFlag(cmd)
	cmd.Flags().StringVar(&c.workspace, "workspace", "", "name of a further workspace below that directory")
	return c.jsonFlag(cmd)
}

func (c *cli) dataFlag(cmd *cobra.Command) {
	cmd.Flags().StringVar(&c.data, "data", "", "directory of the workspace (default liftmark-data, or LIFTMARK_DATA)")
}

func (c *cli) jsonFlag(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().BoolVar(&c.asJSON, "json", false, "print JSON, stable and documented in docs/guide/json.md")
	return cmd
}

// rootSettings loads the settings of the directory that --data names.
func (c *cli) rootSettings() (config.Config, error) {
	return config.Load(func(s *config.Config) {
		if c.data != "" {
			s.Data = c.data
		}
	})
}

// settings loads the settings of the workspace that the flags name.
func (c *cli) settings() (config.Config, error) {
	settings, err := c.rootSettings()
	if err != nil || c.workspace == "" {
		return settings, err
	}
	dir, err := app.WorkspaceDir(settings.Data, c.workspace)
	if err != nil {
		return settings, err
	}
	return config.Load(func(s *config.Config) { s.Data = dir })
}

// opener opens a workspace's files.
type opener func(context.Context, config.Config, func() time.Time) (*app.Workspace, error)

// withWorkspace calls do with the workspace that the flags name, creating it when
// it is not there.
func (c *cli) withWorkspace(ctx context.Context, hear app.Hearing, do func(*server.Workspace) error) error {
	return c.with(ctx, app.Open, hear, do)
}

// withExisting calls do with a workspace that must be there already.
func (c *cli) withExisting(ctx context.Context, hear app.Hearing, do func(*server.Workspace) error) error {
	return c.with(ctx, app.OpenExisting, hear, do)
}

// with goes through the server that has the workspace open, if one runs, and
// opens the files itself if not. A server reports no progress.
func (c *cli) with(ctx context.Context, open opener, hear app.Hearing, do func(*server.Workspace) error) (err error) {
	if remote, err := c.remote(ctx); err != nil || remote != nil {
		if err != nil {
			return err
		}
		return do(remote)
	}
	settings, err := c.settings()
	if err != nil {
		return err
	}
	w, err := open(ctx, settings, c.now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	w.Hear = hear
	parts, err := w.Parts(ctx)
	if err != nil {
		return err
	}
	return do(parts)
}

// remote gives the workspace as the running server serves it, nil when none runs.
func (c *cli) remote(ctx context.Context) (*server.Workspace, error) {
	settings, err := c.rootSettings()
	if err != nil {
		return nil, err
	}
	running, err := app.FindRunning(settings.Data)
	if err != nil || running == nil {
		return nil, err
	}
	if settings, err = c.settings(); err != nil {
		return nil, err
	}
	library, err := app.Library(settings)
	if err != nil {
		return nil, err
	}
	name := c.workspace
	if name == "" {
		name = app.DefaultWorkspace
	}
	return client.Dial(ctx, running.URL, running.Token, name, library, settings.Location())
}
