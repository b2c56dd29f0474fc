package main

import (
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/liftmark/liftmark/internal/config"
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
	settings.Server.PublicURL = masked(settings.Server.PublicURL)
	if c.asJSON {
		return c.printJSON(settings)
	}
	c.say("The settings are good.")
	return c.table(func(row func(...any)) {
		row("data", settings.Data)
		row("company", settings.Company)
		row("currency", settings.Currency)
		for _, code := range sortedNames(settings.Rates) {
			row("rates."+code, settings.Rates[code])
		}
		row("zone", settings.Zone)
		row("memory_mib", settings.MemoryMiB)
		row("threads", settings.Threads)
		row("kpis", settings.KPIDir())
		serverRows(row, settings.Server)
	})
}

func serverRows(row func(...any), s config.Server) {
	row("server.listen", s.Listen)
	row("server.public_url", orElse(s.PublicURL, "(none)"))
	row("server.trusted_proxies", orElse(strings.Join(s.TrustedProxies, ", "), "(none)"))
	row("server.origins", orElse(strings.Join(s.Origins, ", "), "(all)"))
	row("server.max_requests", s.MaxRequests)
	row("server.max_body_mib", s.MaxBodyMiB)
}

func orElse(text, empty string) string {
	if text == "" {
		return empty
	}
	return text
}

// masked hides a password that stands in a URL.
func masked(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return text // the settings were checked: it is a URL
	}
	return u.Redacted()
}
