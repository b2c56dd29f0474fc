package main

import (
	"log/slog"
	"strings"

	"github.com/spf13/cobra"

	"github.com/liftmark/liftmark/internal/app"
	"github.com/liftmark/liftmark/internal/figure"
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
	return group("workspace", "Keep several companies apart in one server", add, list, c.acceptKeyCommand())
}

func (c *cli) acceptKeyCommand() *cobra.Command {
	var do bool
	cmd := c.workspaceFlags(&cobra.Command{
		Use: "accept-key", Short: "Say what is lost with a workspace's key, and go on with another one", Args: args(cobra.NoArgs),
		Long: "A workspace whose file workspace.key is missing, or is another one, does not open:\n" +
			"by its key it knows whom it erased. Look for the file in your backups first.\n" +
			"With --yes the workspace goes on with the key that lies there, or with a new\n" +
			"one. That cannot be taken back:\n" +
			"  - people who were erased are not kept out any more: erase them again\n" +
			"  - receipts of erasures cannot be checked any more\n" +
			"  - an erasure under way has to begin anew\n" +
			"  - passwords of forwardings have to be entered again",
		RunE: func(cmd *cobra.Command, _ []string) error {
			settings, err := c.settings()
			if err != nil {
				return err
			}
			loss, err := app.AcceptKey(cmd.Context(), settings, c.now, do)
			if err != nil {
				return err
			}
			return c.show(loss, func() error { c.sayLoss(loss); return nil })
		},
	})
	cmd.Flags().BoolVar(&do, "yes", false, "go on with another key (default: say what is lost, change nothing)")
	return cmd
}

func (c *cli) sayLoss(loss app.KeyLoss) {
	if loss.Fits {
		c.say("The key is the workspace's own. Nothing is lost.")
		return
	}
	lost := []string{figure.Counted(loss.Erasures, "erasure", "erasures") + ", so that these people can come in again and their receipts cannot be checked"}
	if len(loss.Forwardings) > 0 {
		lost = append(lost, "the passwords of the forwardings "+figure.List(loss.Forwardings))
	}
	if loss.Accepted {
		c.say("The workspace goes by another key now. Lost: %s.", strings.Join(lost, "; "))
		return
	}
	c.say("With its key the workspace loses: %s. Nothing was changed. Look for workspace.key in your backups; if it is nowhere, run this again with --yes.", strings.Join(lost, "; "))
}
