package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/liftmark/liftmark/internal/app"
	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/server"
	"github.com/liftmark/liftmark/internal/study"
)

func (c *cli) reportCommand() *cobra.Command {
	group := &cobra.Command{Use: "report", Short: "Write reports for people", Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	var studies []string
	var out string
	impact := &cobra.Command{
		Use: "impact --out FILE", Short: "Write the impact report: what changed, how sure, what it is worth", Args: args(cobra.NoArgs),
		Example: "  liftmark report impact --study onboarding --out impact.html",
		RunE: func(cmd *cobra.Command, _ []string) error {
			bar := c.progress()
			return c.withExisting(cmd.Context(), app.Hearing{Studying: bar.studying}, func(w *server.Workspace) error {
				return c.writeImpact(cmd, w, bar, studies, out)
			})
		},
	}
	impact.Flags().StringArrayVar(&studies, "study", nil, "study to report, a file or an id; repeat for more (default: all of the workspace)")
	impact.Flags().StringVar(&out, "out", "", "file to write, .html, .json or .md")
	if err := impact.MarkFlagRequired("out"); err != nil {
		panic(err) // the flag is defined above
	}
	group.AddCommand(c.workspaceFlags(impact))
	return group
}

func (c *cli) writeImpact(cmd *cobra.Command, w *server.Workspace, bar *progress, studies []string, out string) error {
	if err := app.CheckReportName(out); err != nil {
		return err
	}
	plans, err := plansOf(cmd.Context(), w, studies)
	if err != nil {
		return err
	}
	impact, err := w.Studies.Impact(cmd.Context(), plans)
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

// plansOf reads the studies that were named, or all of the workspace.
func plansOf(ctx context.Context, w *server.Workspace, studies []string) ([]study.Plan, error) {
	if len(studies) == 0 {
		var err error
		if studies, err = w.Studies.Studies(ctx); err != nil {
			return nil, err
		}
	}
	if len(studies) == 0 {
		return nil, fault.New(fault.NotFound, "the workspace has no study yet; name a study file with --study")
	}
	plans := make([]study.Plan, len(studies))
	for i, name := range studies {
		var err error
		if plans[i], err = planOf(ctx, w, name); err != nil {
			return nil, err
		}
	}
	return plans, nil
}
