package main

import (
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/liftmark/liftmark/internal/app"
	"github.com/liftmark/liftmark/internal/server"
)

func (c *cli) backupCommand() *cobra.Command {
	return c.workspaceFlags(&cobra.Command{
		Use: "backup FILE", Short: "Write the whole workspace to one file", Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, files []string) error {
			path, err := filepath.Abs(files[0])
			if err != nil {
				return err
			}
			return c.withExisting(cmd.Context(), app.Hearing{}, func(w *server.Workspace) error {
				backup, err := w.Backups.Backup(cmd.Context(), path)
				if err != nil {
					return err
				}
				return c.sayManifest("Backed up to "+files[0], manifestOf(backup))
			})
		},
	})
}

func (c *cli) restoreCommand() *cobra.Command {
	return c.workspaceFlags(&cobra.Command{
		Use: "restore FILE", Short: "Bring a backup back into an empty workspace directory", Args: args(cobra.ExactArgs(1)),
		RunE: func(_ *cobra.Command, files []string) error {
			settings, err := c.settings()
			if err != nil {
				return err
			}
			manifest, err := app.Restore(files[0], settings.Data)
			if err != nil {
				return err
			}
			return c.sayManifest("Restored into "+settings.Data, manifest)
		},
	})
}

func manifestOf(b server.Backup) app.Manifest {
	m := app.Manifest{Version: b.Version, MadeAt: b.MadeAt, Files: make([]app.FileEntry, len(b.Files))}
	for i, f := range b.Files {
		m.Files[i] = app.FileEntry(f)
	}
	return m
}

func (c *cli) sayManifest(done string, m app.Manifest) error {
	if c.asJSON {
		return c.printJSON(m)
	}
	var bytes int64
	for _, f := range m.Files {
		bytes += f.Bytes
	}
	c.say("%s: %d files, %.1f MB, made %s by version %s.", done, len(m.Files), float64(bytes)/1e6, m.MadeAt.Format("2 Jan 2006 15:04 MST"), m.Version)
	return nil
}
