package main

import (
	"context"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/figure"
	"github.com/liftmark/liftmark/internal/server"
)

const keepFactsUsage = "leave the facts, so that KPIs of the past stay as they are"

func (c *cli) retentionCommand() *cobra.Command {
	var from, to string
	var d server.Deleting
	remove := c.onWorkspace("delete", "Delete the statements that were stored in a range of days", cobra.NoArgs, func(ctx context.Context, w *server.Workspace, _ []string) error {
		var err error
		if d.From, err = day("--from", from, w.KPIs.Zone()); err != nil {
			return err
		}
		if d.To, err = day("--to", to, w.KPIs.Zone()); err != nil {
			return err
		}
		if d.To.IsZero() {
			return usageError{fault.New(fault.Invalid, "name the day after the last one with --to")}
		}
		deleted, err := w.Privacy.DeleteRange(ctx, d)
		if err != nil {
			return err
		}
		return c.show(deleted, func() error { c.sayDeleted(deleted); return nil })
	})
	remove.Flags().StringVar(&from, "from", "", "first day (default: the beginning)")
	remove.Flags().StringVar(&to, "to", "", "day after the last one")
	remove.Flags().BoolVar(&d.KeepFacts, "keep-facts", false, keepFactsUsage)
	remove.Flags().BoolVar(&d.DryRun, "dry-run", false, "count them, delete nothing")
	var keep bool
	set := c.onWorkspace("set DAYS", "Delete statements when they are older than this; 0 keeps all", cobra.ExactArgs(1), func(ctx context.Context, w *server.Workspace, given []string) error {
		days, err := strconv.Atoi(given[0])
		if err != nil || days < 0 {
			return usageError{fault.New(fault.Invalid, "%q is not a number of days", given[0])}
		}
		if err := w.Privacy.SetRetention(ctx, server.Retention{Days: days, KeepFacts: keep}); err != nil {
			return err
		}
		return c.showRetention(ctx, w, nil)
	})
	set.Flags().BoolVar(&keep, "keep-facts", false, keepFactsUsage)
	return group("retention", "Say how long statements are kept", remove, set,
		c.onWorkspace("show", "Say how long statements are kept", cobra.NoArgs, c.showRetention))
}

func (c *cli) showRetention(ctx context.Context, w *server.Workspace, _ []string) error {
	r, err := w.Privacy.Retention(ctx)
	if err != nil {
		return err
	}
	return c.show(r, func() error {
		if r.Days == 0 {
			c.say("Statements are kept for ever.")
		} else {
			c.say("Statements are deleted when they are older than %s.", figure.Counted(r.Days, "day", "days"))
		}
		return nil
	})
}

func (c *cli) sayDeleted(d server.Deletion) {
	if d.DryRun {
		c.say("%s would be deleted.", figure.Counted(int(d.Statements), "statement", "statements"))
		return
	}
	c.say("%s deleted.", figure.Counted(int(d.Statements), "statement", "statements"))
	if d.Left > 0 {
		c.say("%s not a fact yet and left for later; make facts of what arrived with: liftmark facts wait", figure.Counted(int(d.Left), "statement is", "statements are"))
	}
}

func (c *cli) exportCommand() *cobra.Command {
	var e server.StatementExport
	var from, to, out string
	statements := c.onWorkspace("statements", "Write statements to a file: JSON Lines, CSV or Parquet", cobra.NoArgs, func(ctx context.Context, w *server.Workspace, _ []string) (err error) {
		if e.From, err = day("--from", from, time.UTC); err != nil {
			return err
		}
		if e.To, err = day("--to", to, time.UTC); err != nil {
			return err
		}
		if e.Format, err = formatOf(out, "jsonl", "csv", "parquet"); err != nil {
			return err
		}
		if err := toFile(out, func(f io.Writer) error { return w.Exports.ExportStatements(ctx, f, e) }); err != nil {
			return err
		}
		return c.show(map[string]string{"export": out}, func() error { c.say("The statements are in %s.", out); return nil })
	})
	statements.Flags().StringVar(&from, "from", "", "first day on which they were stored (default: the beginning)")
	statements.Flags().StringVar(&to, "to", "", "day after the last one (default: now)")
	statements.Flags().StringVar(&out, "out", "", "file to write, .jsonl, .csv or .parquet")
	mustHave(statements, "out")
	return group("export", "Write data out", statements, c.exportFactCommand())
}

func (c *cli) exportFactCommand() *cobra.Command {
	var out string
	cmd := c.onWorkspace("fact NAME", "Write a table of facts to a file: CSV or Parquet", cobra.ExactArgs(1), func(ctx context.Context, w *server.Workspace, given []string) error {
		format, err := formatOf(out, "csv", "parquet")
		if err != nil {
			return err
		}
		if err := toFile(out, func(f io.Writer) error { return w.Exports.ExportFact(ctx, f, given[0], format) }); err != nil {
			return err
		}
		return c.show(map[string]string{"export": out}, func() error { c.say("The facts are in %s.", out); return nil })
	})
	cmd.Flags().StringVar(&out, "out", "", "file to write, .csv or .parquet")
	mustHave(cmd, "out")
	return cmd
}

func mustHave(cmd *cobra.Command, flag string) {
	if err := cmd.MarkFlagRequired(flag); err != nil {
		panic(err) // the flag is defined beside the call
	}
}

// formatOf reads the format off a file's name.
func formatOf(path string, formats ...string) (string, error) {
	for _, f := range formats {
		if len(path) > len(f)+1 && path[len(path)-len(f)-1:] == "."+f {
			return f, nil
		}
	}
	return "", usageError{fault.New(fault.Invalid, "cannot tell the format of %s; end its name in one of %s", path, figure.List(formats))}
}

// toFile writes a new file; when that fails there is none of its name.
func toFile(path string, write func(io.Writer) error) error {
	if _, err := os.Stat(path); err == nil {
		return fault.New(fault.Conflict, "%s exists already; choose another name", path)
	}
	part := path + ".part"
	f, err := os.OpenFile(part, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fault.New(fault.Unavailable, "cannot write: %w", err)
	}
	if err := firstError(write(f), f.Sync(), f.Close()); err != nil {
		_ = os.Remove(part)
		return err
	}
	return os.Rename(part, path)
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
