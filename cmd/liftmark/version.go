package main

import (
	"runtime"

	"github.com/spf13/cobra"

	"github.com/liftmark/liftmark/internal/app"
)

func (c *cli) versionCommand() *cobra.Command {
	return c.jsonFlag(&cobra.Command{
		Use: "version", Short: "Print the version", Args: args(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			if c.asJSON {
				return c.printJSON(map[string]string{"version": app.Version, "go": runtime.Version()})
			}
			c.say("liftmark %s (%s)", app.Version, runtime.Version())
			return nil
		},
	})
}
