package main

import (
	"github.com/spf13/cobra"

	"github.com/liftmark/liftmark/internal/app"
	"github.com/liftmark/liftmark/internal/fault"
)

func (c *cli) reportCommand() *cobra.Command {
	group := &cobra.Command{Use: "report", Short: "Write reports for people", Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	var studyID, out string
	impact := &cobra.Command{
		Use: "impact --out FILE", Short: "Write the impact report: what changed, how sure, what it is worth", Args: args(cobra.NoArgs),
		Example: "  liftmark report impact --study onboarding --out impact.html",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.withExisting(cmd.Context(), func(w *app.Workspace) error {
				return c.writeImpact(cmd, w, studyID, out)
			})
		},
	}
	impact.Flags().StringVar(&studyID, "study", "", "study to report, a file or an id (default: the workspace's only one)")
	impact.Flags().StringVar(&out, "out", "", "file to write, .html, .json or .md")
	if err := impact.MarkFlagRequired("out"); err != nil {
		panic(err) // the flag is defined above
	}
	group.AddCommand(c.workspaceFlags(impact))
	return group
}

func (c *cli) writeImpact(cmd *cobra.Command, w *app.Workspace, studyID, out string) error {
	if studyID == "" {
		known, err := w.Studies()
		if err != nil {
			return err
		}
		if len(known) != 1 {
			return usageError{fault.New(fault.Invalid, "the workspace has %d studies %v; name one with --study", len(known), known)}
		}
		studyID = known[0]
	}
	if err := app.CheckReportName(out); err != nil {
		return err
	}
	plan, err := w.Plan(studyID)
	if err != nil {
		return err
	}
	bar := c.progress()
	impact, err := w.Impact(cmd.Context(), plan, bar.studying)
	bar.finish()
	if err != nil {
		return err
	}
	if err := app.WriteReport(out, impact); err != nil {
		return err
	}
	if c.asJSON {
		return c.printJSON(map[string]string{"report": out})
	}
	c.say("The report is in %s.", out)
	return nil
}
