package main

import (
	"github.com/spf13/cobra"
)

func (c *cli) configCommand() *cobra.Command {
	group := &cobra.Command{Use: "config", Short: "Look at the settings", Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	check := &cobra.Command{
		Use: "check", Short: "Check the settings and show what is in force", Args: args(cobra.NoArgs),
		Long: "Settings come from the defaults, then liftmark.yaml in the workspace, then the\nenvironment (LIFTMARK_…), then flags. Every problem is reported at once.",
		RunE: func(*cobra.Command, []string) error { return c.checkConfig() },
	}
	group.AddCommand(c.workspaceFlags(check))
	return group
}

func (c *cli) checkConfig() error {
	settings, err := c.settings()
	if err != nil {
		return err
	}
	if c.asJSON {
		return c.printJSON(settings)
	}
	c.say("The settings are good.")
	return c.table(func(row func(...any)) {
		row("data", settings.Data)
		row("company", settings.Company)
		row("currency", settings.Currency)
		row("zone", settings.Zone)
		row("memory_mib", settings.MemoryMiB)
		row("threads", settings.Threads)
		row("kpis", settings.KPIDir())
	})
}
