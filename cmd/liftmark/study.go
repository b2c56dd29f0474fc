package main

import (
	"context"
	"os"

	"github.com/spf13/cobra"

	"github.com/liftmark/liftmark/internal/app"
	"github.com/liftmark/liftmark/internal/server"
	"github.com/liftmark/liftmark/internal/study"
)

func (c *cli) studyCommand() *cobra.Command {
	group := &cobra.Command{Use: "study", Short: "Find out what training caused", Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	run := &cobra.Command{
		Use: "run FILE|ID", Short: "Run a study: effect, interval, checks, grade and verdict", Args: args(cobra.ExactArgs(1)),
		Long: "A study is a YAML file, or the id of one in the workspace's directory studies/.\nIts grammar is in docs/guide/study.md.",
		RunE: func(cmd *cobra.Command, which []string) error {
			bar := c.progress()
			return c.withExisting(cmd.Context(), app.Hearing{Studying: bar.studying}, func(w *server.Workspace) error {
				plan, err := planOf(cmd.Context(), w, which[0])
				if err != nil {
					return err
				}
				findings, err := w.Studies.Run(cmd.Context(), plan)
				bar.finish()
				if err != nil {
					return err
				}
				if c.asJSON {
					return c.printJSON(findings)
				}
				for _, f := range findings {
					c.sayFinding(f)
				}
				return nil
			})
		},
	}
	group.AddCommand(c.workspaceFlags(run))
	return group
}

// planOf reads a study: a file if there is one of that name, else the study of
// that id in the workspace.
func planOf(ctx context.Context, w *server.Workspace, fileOrID string) (study.Plan, error) {
	if _, err := os.Stat(fileOrID); err == nil {
		return app.ReadPlan(fileOrID)
	}
	return w.Studies.Plan(ctx, fileOrID)
}

// studying shows the progress of a study.
func (p *progress) studying(done, total int, outcome string) {
	if outcome == "" { // the last one is done
		p.finish()
		return
	}
	p.update("study "+outcome, int64(done), int64(total), "outcomes")
}

// sayFinding prints a finding: the answer first, then the reasons.
func (c *cli) sayFinding(f study.Finding) {
	c.say("%s", f.Verdict.Headline)
	c.say("  %s", f.Verdict.HowSure)
	if f.Verdict.Natural != "" {
		c.say("  %s", f.Verdict.Natural)
	}
	c.say("  How: %s. %s", f.Design.Name, f.Design.Why)
	for _, check := range f.Checks {
		c.say("  %s: %s (%s)", check.Name, check.Verdict, check.Detail)
	}
	for _, r := range f.Grade.Raise {
		c.say("  To raise the grade: %s", r)
	}
	c.say("")
}
