package main

import (
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/liftmark/liftmark/internal/app"
)

func (c *cli) serveCommand() *cobra.Command {
	var listen string
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Take statements and events as they happen: the record store, the tracking API and the API",
		Long: "Serve opens every workspace of a directory and answers until it is interrupted.\n" +
			"  /xapi           the learning record store, xAPI 1.0.3 and 2.0\n" +
			"  /v1/…           the tracking API, compatible with Segment's clients\n" +
			"  /scorm/commit   commits of SCORM packages\n" +
			"  /api/v1/…       everything else, described at /api/v1/openapi.json\n" +
			"While it runs, the other commands go through it.",
		Example: "  liftmark serve --data liftmark-data\n  liftmark credential add --label LMS --scope all",
		Args:    args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			settings, err := c.rootSettings()
			if err != nil {
				return err
			}
			if listen != "" {
				settings.Server.Listen = listen
			}
			log := slog.New(slog.NewJSONHandler(c.errOut, nil))
			return app.Serve(cmd.Context(), app.ServeOptions{Settings: settings, Now: c.now, Log: log, Started: func(url string) {
				c.say("Liftmark answers at %s. Press Ctrl-C to end it.", url)
			}})
		},
	}
	cmd.Flags().StringVar(&listen, "listen", "", "address and port (default 127.0.0.1:8080, or server.listen in liftmark.yaml)")
	c.dataFlag(cmd)
	return cmd
}

func (c *cli) workspaceCommand() *cobra.Command {
	add := &cobra.Command{Use: "add NAME", Short: "Make a further workspace, with data and credentials of its own", Args: args(cobra.ExactArgs(1)),
		RunE: func(_ *cobra.Command, given []string) error {
			settings, err := c.rootSettings()
			if err != nil {
				return err
			}
			dir, err := app.AddWorkspace(settings.Data, given[0])
			if err != nil {
				return err
			}
			return c.show(map[string]string{"workspace": given[0], "dir": dir}, func() error {
				c.say("The workspace %s is in %s. Use it with --workspace %s; a server has to be started again to serve it.", given[0], dir, given[0])
				return nil
			})
		}}
	list := &cobra.Command{Use: "list", Short: "List the workspaces of a directory", Args: args(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			settings, err := c.rootSettings()
			if err != nil {
				return err
			}
			names, err := app.Workspaces(settings.Data)
			if err != nil {
				return err
			}
			return c.show(names, func() error {
				for _, n := range names {
					c.say("%s", n)
				}
				return nil
			})
		}}
	for _, cmd := range []*cobra.Command{add, list} {
		c.dataFlag(cmd)
		c.jsonFlag(cmd)
	}
	return group("workspace", "Keep several companies apart in one server", add, list)
}
